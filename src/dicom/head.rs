//! Whether an object is a slice or volume of a head, from which a face can be rebuilt.
//!
//! DICOM PS3.3 C.7.3.1.1.1 (Modality), PS3.16 Annex L (Body Part Examined); GMC paras 17 and 23. PS3.15 E.3.2 (Clean
//! Recognizable Visual Features Option) names such volumes. An object need not say what it shows, and many do not: what
//! names no part of the body, or one next to the head, may be a head.

use super::Object;
use super::value::trim;
use crate::recording::Head;

mod word;

/// Modalities of which many slices make a surface.
const MODALITIES: [&[u8]; 2] = [b"CT", b"MR"];

/// Body Part Examined, Study Description, Series Description, Protocol Name, Requested Procedure Description, Performed
/// Procedure Step Description.
const SPOKEN: [u32; 6] = [0x0018_0015, 0x0008_1030, 0x0008_103E, 0x0018_1030, 0x0032_1060, 0x0040_0254];

/// Anatomic Region Sequence and Primary Anatomic Structure Sequence, also those of Frame Anatomy Sequence (PS3.3 10.5 and
/// C.7.6.16.2.8).
const REGIONS: [u32; 2] = [0x0008_2218, 0x0008_2228];
const CODE_MEANING: u32 = 0x0008_0104;
/// How many of these are read: frames mostly say the same.
const MOST: usize = 64;

/// In a picture with fewer rows or columns nobody is recognised; where it says that it shows a head, it counts all the same.
const LEAST: u64 = 64;

/// How much of a head there may be in objects like this one; none where there is none.
pub(super) fn find(object: &Object<'_>) -> Option<Head> {
    let modality = object.text(0x0008_0060).unwrap_or_default();
    if !MODALITIES.contains(&trim(&modality)) {
        return None;
    }
    let texts: Vec<Vec<u8>> = SPOKEN.iter().filter_map(|tag| object.text(*tag)).chain(regions(object)).collect();
    match said(&texts) {
        Some(Part::Head) => Some(Head::Shown),
        Some(Part::Other) => None,
        Some(Part::NextToHead) | None => {
            let size = |tag| object.number(tag).unwrap_or_default();
            let shows = object.has_pixels() && size(0x0028_0010) >= LEAST && size(0x0028_0011) >= LEAST;
            shows.then_some(Head::Perhaps)
        }
    }
}

/// What the codes of anatomy in it mean.
fn regions(object: &Object<'_>) -> Vec<Vec<u8>> {
    let nodes = &object.list.nodes;
    let sequences = nodes.iter().enumerate().filter(|(_, node)| REGIONS.contains(&node.tag));
    let within = sequences.flat_map(|(at, node)| nodes.get(at..node.next as usize).unwrap_or_default());
    let meanings = within.filter(|node| node.tag == CODE_MEANING).take(MOST);
    let mut window = object.window();
    meanings.filter_map(|node| super::open::value(&mut window, node)).collect()
}

/// A part of the body, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Other,
    NextToHead,
    Head,
}

/// What several texts say together: of two parts the nearer to the head counts.
fn said(texts: &[Vec<u8>]) -> Option<Part> {
    texts.iter().filter_map(|text| part(text)).max()
}

/// What a text says.
fn part(text: &[u8]) -> Option<Part> {
    // Letters that are not of ASCII belong to their word, whatever the character set.
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
    let words = text.split(|byte| !is_letter(*byte)).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect();
    let pairs = words.windows(2).map(|pair| pair.concat());
    let known = |word: &str| {
        let is_in = |list: &str| list.split(' ').any(|known| known == word);
        let nearest = [(word::HEAD, Part::Head), (word::NEXT_TO_HEAD, Part::NextToHead), (word::OTHER, Part::Other)];
        nearest.iter().find(|(list, _)| is_in(list)).map(|(_, part)| *part)
    };
    words.iter().cloned().chain(pairs).filter_map(|word| known(&word)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(texts: &[&str]) -> Option<Part> {
        said(&texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn a_head_is_named_by_a_word_of_its_own() {
        let heads =
            ["HEAD", "ct_brain_axial", "MRI Head w/o", "Skull  ", "T1 BRAIN", "Thorax, Kopf", "HeadNeck", "chest/head"];
        let others = ["CHEST", "HEADER", "Surface", "HIP", "", "ahead", "Interface 3"];
        assert!(heads.iter().all(|text| all(&[text]) == Some(Part::Head)));
        assert!(others.iter().all(|text| all(&[text]) != Some(Part::Head)));
        assert_eq!((heads.len(), others.len()), (8, 7));
    }

    #[test]
    fn what_names_no_part_or_one_next_to_the_head_may_be_a_head() {
        let mut tried = 0;
        for (texts, part) in [
            (&["CHEST"][..], Some(Part::Other)),
            (&["MRI left knee", "t2_tse_sag"], Some(Part::Other)),
            (&["7.1 L-Spine 3 Level"], Some(Part::Other)),
            (&["L SPINE"], Some(Part::Other)),
            (&["C-Spine"], Some(Part::NextToHead)),
            (&["CSPINE", "CHEST"], Some(Part::NextToHead)),
            (&["PET whole body", "ABDOMEN"], Some(Part::NextToHead)),
            (&["THORAX", "neck + thorax"], Some(Part::NextToHead)),
            (&["t1_mprage_sag"], Some(Part::NextToHead)),
            (&["MP2RAGE", "HAND"], Some(Part::NextToHead)),
            (&["fMRI_finger_tapping"], Some(Part::NextToHead)),
            (&["Research^Arm 2", "t1_sag"], None),
            (&["Spine"], None),
            (&[""], None),
            (&[], None),
            (&["CHEST", "BRAIN"], Some(Part::Head)),
        ] {
            assert_eq!(all(texts), part, "{texts:?}");
            tried += 1;
        }
        assert_eq!(tried, 16);
    }
}
