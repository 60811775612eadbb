//! Leica SCN: which directories are levels of the slide, as the XML text of the first directory says.
//!
//! The layout that OpenSlide documents for Leica: a collection with a size, images with a view and their directories by
//! number; the image whose view is the whole collection is the overview of the slide and its label.

use std::collections::HashSet;

/// The directories that are levels of the slide; none where the text (in small letters) does not tell.
pub(super) fn levels(text: &str) -> Option<HashSet<usize>> {
    let (_, collection) = text.split_once("<collection")?;
    let (collection, images) = collection.split_once('>')?;
    let whole = (attribute(collection, "sizex")?, attribute(collection, "sizey")?);
    let (mut levels, mut aside) = (HashSet::new(), 0);
    for image in images.split("<image ").skip(1) {
        let (image, _) = image.split_once("</image>")?;
        let view = image.split_once("<view")?.1.split_once('>')?.0;
        if (attribute(view, "sizex")?, attribute(view, "sizey")?) == whole {
            aside += 1;
            continue;
        }
        for dimension in image.split("<dimension").skip(1) {
            levels.insert(attribute(dimension.split_once('>')?.0, "ifd")?.parse().ok()?);
        }
    }
    // Without an overview that stands apart, the label may be in any of them.
    (aside == 1 && !levels.is_empty()).then_some(levels)
}

/// The value of an attribute.
fn attribute<'t>(element: &'t str, name: &str) -> Option<&'t str> {
    element.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"')).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_of_the_whole_collection_is_no_level() {
        let image = |size: &str, ifds: &str| format!("<image name=\"a\"><pixels>{ifds}</pixels><view {size}/></image>");
        let macro_ = image("sizex=\"26\" sizey=\"76\"", "<dimension r=\"0\" ifd=\"0\"/><dimension r=\"1\" ifd=\"1\"/>");
        let slide = image("sizex=\"9\" sizey=\"8\"", "<dimension r=\"0\" ifd=\"2\"/><dimension r=\"1\" ifd=\"3\"/>");
        let scn = |images: &str| format!("<scn><collection sizex=\"26\" sizey=\"76\">{images}</collection></scn>");
        assert_eq!(levels(&scn(&format!("{macro_}{slide}"))), Some(HashSet::from([2, 3])));
        let cases = [scn(&slide), scn(&macro_), scn(""), scn("<image "), String::new()];
        assert!(cases.iter().all(|text| levels(text).is_none()));
        assert_eq!(cases.len(), 5);
    }
}
