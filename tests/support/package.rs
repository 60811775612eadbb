//! Documents with planted items, made for the tests: a presentation, two texts, a PDF, an archive.

use image::ImageEncoder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// A JPEG with a GPS position, a serial number and an artist that stand nowhere else.
pub fn picture() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let grey: Vec<u8> = (0..32 * 32_u32).map(|n| (n * 7 % 251) as u8).collect();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    encoder.write_image(&grey, 32, 32, image::ExtendedColorType::L8).unwrap();
    let block = exif();
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend((block.len() as u16 + 2).to_be_bytes());
    out.extend(block);
    out.extend(&jpeg[2..]);
    out
}

/// Exif with an artist and a GPS directory.
fn exif() -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x013b, 2, 14, 100));
    tiff.extend(entry(0x8825, 4, 1, 40));
    tiff.extend([0; 4]);
    tiff.resize(40, 0);
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(1, 2, 2, u32::from(b'N')));
    tiff.extend(entry(2, 5, 3, 120));
    tiff.extend([0; 4]);
    tiff.resize(100, 0);
    tiff.extend(b"CanaryArtist1\0");
    tiff.resize(120, 0);
    for number in [53_u32, 1, 24, 1, 5917, 100] {
        tiff.extend(number.to_le_bytes());
    }
    [&b"Exif\0\0"[..], &tiff].concat()
}

/// A ZIP archive of these members.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let plain = zip::CompressionMethod::Stored;
        let options = SimpleFileOptions::default();
        // A package says what it is in its first member, uncompressed.
        let options = if *name == "mimetype" { options.compression_method(plain) } else { options };
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const TYPES: &[u8] =
    b"<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const CORE: &[u8] =
    b"<cp:coreProperties xmlns:cp=\"c\" xmlns:dc=\"d\" xmlns:dcterms=\"t\"><dc:creator>Dr Canary</dc:creator>\
    <cp:lastModifiedBy>Canary Secretary</cp:lastModifiedBy><dcterms:created>2019-05-14T09:30:00Z</dcterms:created>\
    <dc:title></dc:title></cp:coreProperties>";
const APP: &[u8] = b"<Properties><Company>Canary Hospital</Company><Pages>3</Pages></Properties>";

fn relations(targets: &[(&str, &str)]) -> Vec<u8> {
    let each = targets.iter().map(|(id, target)| format!("<Relationship Id=\"{id}\" Type=\"t\" Target=\"{target}\"/>"));
    format!("<Relationships>{}</Relationships>", each.collect::<String>()).into_bytes()
}

/// Two slides, listed in another order than their names; the second picture of the second is cropped.
pub fn pptx() -> Vec<u8> {
    let jpeg = picture();
    let shown = |pictures: &[(&str, &str)]| {
        let each = pictures.iter().map(|(id, crop)| format!("<p:pic><a:blip r:embed=\"{id}\"/>{crop}</p:pic>"));
        format!("<p:sld xmlns:p=\"p\" xmlns:a=\"a\" xmlns:r=\"r\">{}</p:sld>", each.collect::<String>()).into_bytes()
    };
    let first = shown(&[("rId1", "<a:srcRect/>")]);
    let second = shown(&[("rId1", ""), ("rId2", "<a:srcRect l=\"12000\" b=\"0\"/>")]);
    archive(&[
        ("[Content_Types].xml", TYPES),
        ("docProps/core.xml", CORE),
        ("docProps/app.xml", APP),
        ("docProps/custom.xml", b"<Properties><property name=\"Canary\"/></Properties>"),
        ("docProps/thumbnail.jpeg", &jpeg),
        (
            "ppt/presentation.xml",
            b"<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId8\"/>\
            <p:sldId id=\"257\" r:id=\"rId7\"/></p:sldIdLst></p:presentation>",
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            &relations(&[("rId7", "slides/slide1.xml"), ("rId8", "slides/slide2.xml")]),
        ),
        ("ppt/slides/slide2.xml", &first),
        ("ppt/slides/_rels/slide2.xml.rels", &relations(&[("rId1", "../media/a.jpg")])),
        ("ppt/slides/slide1.xml", &second),
        ("ppt/slides/_rels/slide1.xml.rels", &relations(&[("rId1", "../media/b.jpg"), ("rId2", "../media/c.jpg")])),
        ("ppt/slideMasters/slideMaster1.xml", b"<p:sldMaster/>"),
        ("ppt/slideMasters/_rels/slideMaster1.xml.rels", &relations(&[("rId1", "../media/logo.jpg")])),
        ("ppt/notesSlides/notesSlide1.xml", b"<p:notes xmlns:a=\"a\"><a:t>Mrs Canary, ward 4</a:t></p:notes>"),
        ("ppt/comments/comment1.xml", b"<p:cmLst><p:cm><p:text>Canary</p:text></p:cm></p:cmLst>"),
        ("ppt/media/a.jpg", &jpeg),
        ("ppt/media/b.jpg", &jpeg),
        ("ppt/media/c.jpg", &jpeg),
        ("ppt/media/logo.jpg", &jpeg),
        ("ppt/media/left-over.jpg", &jpeg),
    ])
}

/// Two pictures, the second cropped, a header, comments and tracked changes.
pub fn docx() -> Vec<u8> {
    let jpeg = picture();
    archive(&[
        ("[Content_Types].xml", TYPES),
        ("docProps/core.xml", CORE),
        (
            "word/document.xml",
            b"<w:document xmlns:w=\"w\" xmlns:a=\"a\" xmlns:r=\"r\"><a:blip r:embed=\"rId1\"/>\
            <w:ins w:author=\"Dr Canary\"/><w:del w:author=\"Dr Canary\"/><a:blip r:embed=\"rId2\"/>\
            <a:srcRect t=\"25%\"/></w:document>",
        ),
        ("word/_rels/document.xml.rels", &relations(&[("rId1", "media/1.jpg"), ("rId2", "/word/media/2.jpg")])),
        ("word/header1.xml", b"<w:hdr/>"),
        ("word/_rels/header1.xml.rels", &relations(&[("rId1", "media/head.jpg")])),
        ("word/comments.xml", b"<w:comments><w:comment w:author=\"Dr Canary\"/></w:comments>"),
        ("word/media/1.jpg", &jpeg),
        ("word/media/2.jpg", &jpeg),
        ("word/media/head.jpg", &jpeg),
    ])
}

/// A presentation whose second page has a cropped picture and a comment.
pub fn odp() -> Vec<u8> {
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.presentation"),
        ("meta.xml", b"<office:meta xmlns:meta=\"m\"><meta:initial-creator>Dr Canary</meta:initial-creator></office:meta>"),
        ("content.xml", b"<office:document-content xmlns:style=\"s\" xmlns:fo=\"f\" xmlns:draw=\"d\" xmlns:xlink=\"x\" xmlns:office=\"o\">\
            <style:style style:name=\"gr1\"><style:graphic-properties fo:clip=\"rect(0cm, 1.2cm, 0cm, 0cm)\"/></style:style>\
            <draw:page/><draw:page><draw:frame draw:style-name=\"gr1\"><draw:image xlink:href=\"Pictures/1.jpg\"/></draw:frame>\
            <office:annotation>Canary</office:annotation></draw:page></office:document-content>"),
        ("Pictures/1.jpg", &picture()),
    ])
}

/// Writes an object.
type Writer<'w> = dyn Fn(&mut Vec<u8>) + 'w;

/// A page, cropped, with one picture and a comment; a second picture is on no page.
pub fn pdf() -> Vec<u8> {
    let jpeg = picture();
    let image = |out: &mut Vec<u8>| {
        let head = format!(
            "<< /Type /XObject /Subtype /Image /Width 32 /Height 32 /ColorSpace /DeviceGray /BitsPerComponent 8 \
             /Filter /DCTDecode /Length {} >>\nstream\n",
            jpeg.len()
        );
        out.extend(head.as_bytes());
        out.extend(&jpeg);
        out.extend(b"\nendstream");
    };
    let plain = |text: &'static str| move |out: &mut Vec<u8>| out.extend(text.as_bytes());
    let objects: [&Writer; 8] = [
        &plain("<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R >>"),
        &plain("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
        &plain(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /CropBox [0 0 100 100] /Annots [6 0 R] \
                /Resources << /XObject << /Im1 4 0 R >> >> >>",
        ),
        &image,
        &image,
        &plain("<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Mrs Canary) >>"),
        &plain("<< /Type /Metadata /Subtype /XML /Length 8 >>\nstream\n<x:xmp/>\nendstream"),
        &plain("<< /Author (Dr Canary) >>"),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).as_bytes());
        object(&mut out);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").as_bytes());
    }
    out.extend(
        format!("trailer\n<< /Size {} /Root 1 0 R /Info 8 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1)
            .as_bytes(),
    );
    out
}
