//! `scrubs check` on what other programs write: odd wrappings, locked documents, parts that nobody thinks of.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

#[path = "support/package.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the makers are shared, and this file uses a part of them")]
mod package;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the runners are shared, and this file uses a part of them")]
mod running;

use package::{archive, picture};
use running::Home;
use serde_json::Value;
use std::fs;

/// Everything that is told of a file: `place | member | label`, a line each; and the exit code.
fn told(home: &Home, name: &str, bytes: &[u8]) -> (i32, String) {
    fs::write(home.at(name), bytes).unwrap();
    let output = home.run(&["check", "--format", "json", name]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert!(!value.to_string().contains("Canary"), "a value is told: {value}");
    let mut lines = String::new();
    for item in value["items"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let place = format!("{} | {} | ", text(&item["inside"]), text(&item["member"]));
        lines += &format!("{place}\n");
        for finding in item["findings"].as_array().unwrap() {
            lines += &format!("{place}{}\n", text(&finding["label"]));
        }
    }
    (output.status.code().unwrap(), lines)
}

fn all_told(lines: &str, expected: &[&str]) {
    for line in expected {
        assert!(lines.lines().any(|one| one.contains(line)), "{line} is missing in\n{lines}");
    }
}

/// A PDF of these objects, the first of which is the catalogue; the second may be the information dictionary.
fn pdf(objects: &[Vec<u8>], information: usize) -> Vec<u8> {
    let (mut out, mut at) = (b"%PDF-1.7\n".to_vec(), Vec::new());
    for (n, object) in objects.iter().enumerate() {
        at.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).into_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    at.iter().for_each(|at| out.extend(format!("{at:010} 00000 n \n").into_bytes()));
    let trailer = format!("trailer<</Size {}/Root 1 0 R/Info {information} 0 R>>\n", objects.len() + 1);
    out.extend(format!("{trailer}startxref\n{start}\n%%EOF\n").into_bytes());
    out
}

fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<<{dictionary}/Length {}>>stream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

const IMAGE: &str = "/Type/XObject/Subtype/Image/Width 32/Height 32/ColorSpace/DeviceGray/BitsPerComponent 8";

fn odd_pdf() -> Vec<u8> {
    let hex: String = picture().iter().map(|byte| format!("{byte:02X}")).collect::<String>() + ">";
    let plain = |what: &str| stream(&format!("{IMAGE}{what}/Filter/DCTDecode"), &picture());
    let page = "<</Type/Page/Parent 3 0 R/MediaBox[0 0 99 99]/Contents 5 0 R/PieceInfo<</X<</LastModified(D:2019)>>>>\
        /Resources<</XObject<</Im1 7 0 R/Im2 6 0 R>>/Pattern<</P 8 0 R>>>>\
        /Annots[<</Type/Annot/Subtype/Square/Rect[0 0 9 9]/Contents(CanaryNote)/T(CanaryName)/AP<</N 10 0 R>>>>\
        <</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Tx/T(name)/V(CanaryName)>>]>>";
    let objects = [
        b"<</Type/Catalog/Pages 3 0 R/OCProperties<</OCGs[<</Type/OCG/Name(CanaryLayer)>>]>>>>".to_vec(),
        b"<</Producer(x)/PatientName(CanaryName)>>".to_vec(),
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>".to_vec(),
        page.as_bytes().to_vec(),
        stream("", b"q /Im2 Do Q q 1 0 0 1 0 0 cm/Im1 Do Q"),
        stream(&format!("{IMAGE}/Filter[/ASCIIHexDecode/DCTDecode]"), hex.as_bytes()),
        plain("/A 1"),
        stream(
            "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<</XObject<</Z 9 0 R>>>>",
            b"/Z Do",
        ),
        plain("/B 2"),
        stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Y 11 0 R>>>>", b"/Y Do"),
        plain("/C 3"),
        stream("/Type/EmbeddedFile", &picture()),
        b"<</Type/Filespec/F(x)/EF<</F 12 0 R>>>>".to_vec(),
        plain("/D 4"),
        stream(&format!("{IMAGE}/Filter[/LZWDecode/DCTDecode]"), b"x"),
    ];
    pdf(&objects, 2)
}

#[test]
fn a_pdf_is_looked_into_wherever_a_picture_or_a_name_may_lie() {
    let home = Home::new();
    let (exit, lines) = told(&home, "odd.pdf", &odd_pdf());
    let expected = [
        "page 1, picture 1 |  | GPS position",
        "page 1, picture 2 |  | GPS position",
        "page 1 |  | GPS position",
        "page 1, comment or form |  | GPS position",
        "attached file |  | GPS position",
        "on no page |  | picture that the document does not show",
        "1 comments, with who wrote them",
        "1 fields of a form that are filled in",
        "1 files inside the document",
        "1 layers, which can be shown and hidden",
        "1 blocks of private data",
        "1 properties that somebody or a program added",
        "1 pictures or files packed in a way that is not read",
    ];
    all_told(&lines, &expected);
    assert_eq!((expected.len(), lines.matches("on no page |  | GPS").count(), exit), (13, 1, 1), "{lines}");
    assert!(!lines.contains("earlier versions"));
    let again = [odd_pdf(), b"2 0 obj<</Producer(y)>>endobj\n%%EOF\n".to_vec()].concat();
    assert!(told(&home, "again.pdf", &again).1.contains("earlier versions"));
}

#[test]
fn what_is_locked_or_has_no_reader_is_said_to_be_not_looked_into() {
    let home = Home::new();
    let manifest = b"<m:manifest xmlns:m='x'><m:file-entry m:full-path='content.xml'><m:encryption-data/></m:file-entry></m:manifest>";
    let odt: &[(&str, &[u8])] = &[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", b"\x01\x02"),
    ];
    let metafile = [&[1, 0, 0, 0, 0x6c, 0, 0, 0][..], &[0; 32], b" EMF", &[0; 40]].concat();
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("locked.odt", archive(odt), "protected by a password"),
        ("a.emf", metafile, "Windows metafiles are not looked into"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><text>CanaryName</text></svg>".to_vec(), "not looked into"),
        ("a.rtf", b"{\\rtf1 CanaryName}".to_vec(), "RTF"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%Title: CanaryName".to_vec(), "PostScript"),
    ];
    for (name, bytes, label) in &cases {
        let (exit, lines) = told(&home, name, bytes);
        assert!(lines.contains(label) && exit == 1, "{name}: {lines}");
    }
    assert_eq!(cases.len(), 5);
}

#[test]
fn what_is_named_as_a_recording_and_is_none_is_said_to_be_not_looked_into() {
    let home = Home::new();
    let zeros = vec![0; 4096];
    let cases: [(&str, &[u8], bool); 8] = [
        ("zeros.jpg", &zeros, true),
        ("words.dcm", b"CanaryName was here, and nothing of it is an object of any kind", true),
        ("CUT.TIFF", b"\0\x01", true),
        ("page.pdf", &zeros, true),
        ("clip.m4v", b"CanaryName", true),
        ("words.txt", b"CanaryName", false),
        ("tool.bin", &zeros, false),
        ("jpg", &zeros, false),
    ];
    for (name, bytes, is_told) in &cases {
        let (exit, lines) = told(&home, name, bytes);
        assert_eq!(
            (lines.contains("not what its name says"), exit),
            (*is_told, i32::from(*is_told)),
            "{name}: {lines}"
        );
    }
    let (exit, lines) = told(&home, "a.zip", &archive(&[("b/zeros.png", &zeros), ("b/words.txt", b"x")]));
    all_told(&lines, &[" | b/zeros.png | not what its name says, or damaged from its first byte: not looked into"]);
    assert_eq!((exit, lines.contains("words.txt"), cases.len()), (1, false, 8));
}

const RELS: &str = "xmlns='r'><Relationship Id='r1' Type='image' Target='media/a.jpg'/><Relationship Id='r2' Type='image' Target='media/b.jpg'/>";

#[test]
fn a_text_is_looked_into_beyond_its_pages() {
    let home = Home::new();
    let one = picture();
    let blip = |id: &str| format!("<w:drawing><wp:docPr descr='CanaryName.jpg'/><a:blip r:embed='{id}'/></w:drawing>");
    let document = format!(
        "<w:document xmlns:w='w' xmlns:a='a' xmlns:r='r' xmlns:mc='m' xmlns:v='v' xmlns:wp='p'><mc:AlternateContent><mc:Choice>{}</mc:Choice>\
         <mc:Fallback><w:pict><v:imagedata r:id='r1'/></w:pict></mc:Fallback></mc:AlternateContent>{}</w:document>",
        blip("r1"),
        blip("r2")
    );
    let rels = format!(
        "<Relationships {RELS}<Relationship Id='r3' Type='x' TargetMode='External' Target='file:///C:/CanaryName/a.jpg'/></Relationships>"
    );
    let notes = "<Relationships xmlns='r'><Relationship Id='r1' Type='image' Target='media/c.jpg'/></Relationships>";
    let members: [(&str, &[u8]); 10] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", rels.as_bytes()),
        ("word/_rels/footnotes.xml.rels", notes.as_bytes()),
        ("word/media/a.jpg", &one),
        ("word/media/b.jpg", &one),
        ("word/media/c.jpg", &one),
        ("word/people.xml", b"<w15:people xmlns:w15='x'/>"),
        ("customXml/item1.xml", b"<x>CanaryName</x>"),
        (
            "docProps/core.xml",
            b"<cp:coreProperties xmlns:cp='c'><cp:lastModifiedBy>CanaryName</cp:lastModifiedBy><broken",
        ),
    ];
    let (_, lines) = told(&home, "odd.docx", &archive(&members));
    let expected = [
        "picture 1 | word/media/a.jpg | GPS position",
        "picture 2 | word/media/b.jpg | GPS position",
        "footnote | word/media/c.jpg | GPS position",
        "names of those who commented on it or changed it",
        "data that a form or a program added",
        "paths of files on a computer or server",
        "descriptions of 2 pictures hold the names of files",
        "who changed it last",
        "a part of the document is damaged",
    ];
    all_told(&lines, &expected);
    assert_eq!(expected.len(), 9);
    assert!(!lines.contains("does not show"), "{lines}");
}

#[test]
fn a_presentation_is_looked_into_beyond_its_slides() {
    let home = Home::new();
    let metafile = [&[1, 0, 0, 0, 0x6c, 0, 0, 0][..], &[0; 32], b" EMF", &[0; 40]].concat();
    let rels = |target: &str| {
        format!("<Relationships xmlns='r'><Relationship Id='r1' Type='image' Target='../{target}'/></Relationships>")
    };
    let (slide, notes, chart) = (rels("media/a.emf"), rels("media/b.jpg"), rels("embeddings/c.xlsx"));
    let book = archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<x/>"),
        ("docProps/core.xml", b"<c><creator>CanaryName</creator></c>"),
    ]);
    let members: [(&str, &[u8]); 9] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("ppt/presentation.xml", b"<p:presentation xmlns:p='p'/>"),
        (
            "ppt/slides/slide1.xml",
            b"<p:sld xmlns:p='p' xmlns:a='a' xmlns:r='r' show='0'><a:blip r:embed='r1'/></p:sld>",
        ),
        ("ppt/slides/_rels/slide1.xml.rels", slide.as_bytes()),
        ("ppt/notesSlides/_rels/notesSlide1.xml.rels", notes.as_bytes()),
        ("ppt/charts/_rels/chart1.xml.rels", chart.as_bytes()),
        ("ppt/media/a.emf", &metafile),
        ("ppt/media/b.jpg", &picture()),
        ("ppt/embeddings/c.xlsx", &book),
    ];
    let (_, lines) = told(&home, "odd.pptx", &archive(&members));
    let expected = [
        "slide 1: hidden when it is shown",
        "slide 1, picture 1 | ppt/media/a.emf | Windows metafiles are not looked into",
        "speaker notes | ppt/media/b.jpg | GPS position",
        "chart | ppt/embeddings/c.xlsx | property of the document: author",
    ];
    all_told(&lines, &expected);
    assert_eq!(expected.len(), 4);
    assert!(!lines.contains("does not show"), "{lines}");
}

#[test]
fn a_locked_file_of_an_archive_is_named() {
    let home = Home::new();
    let mut bytes = archive(&[("plain.txt", b"x"), ("Testname Mittens.jpg", &picture())]);
    for (mark, flags) in [(&b"PK\x03\x04"[..], 6), (b"PK\x01\x02", 8)] {
        let last = memchr::memmem::rfind(&bytes, mark).unwrap();
        bytes[last + flags] |= 1;
    }
    let (exit, lines) = told(&home, "locked.zip", &bytes);
    all_told(
        &lines,
        &["Testname Mittens.jpg | locked by a password", "Testname Mittens.jpg | what looks like the name of a person"],
    );
    assert_eq!(exit, 1);
}

#[test]
fn a_baseline_of_the_folder_holds_for_a_file_that_is_named() {
    let home = Home::new();
    fs::write(home.at("a.jpg"), picture()).unwrap();
    let made = home.run(&["check", ".", "--baseline", "known.json", "--write-baseline"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert_eq!(home.run(&["check", "a.jpg", "--baseline", "known.json"]).status.code(), Some(0));
    assert_eq!(home.run(&["check", "a.jpg"]).status.code(), Some(1));
}

#[test]
fn an_archive_hides_nothing_behind_names() {
    let home = Home::new();
    let one = picture();
    let members: [(&str, &[u8]); 6] = [
        ("same1.jpg", &one),
        ("same2.jpg", &one),
        ("Testname Mittens/9434765919/a.jpg", &one),
        ("thumbnails/b.jpg", &one),
        ("IMG_1.AAE", b"<plist/>"),
        ("settings.json", b"{}"),
    ];
    let mut bytes = archive(&members);
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"same2.jpg").collect();
    places.iter().for_each(|at| bytes[at + 4] = b'1');
    let end = bytes.len() - 2;
    bytes[end] = 6;
    bytes.extend(b"Canary");
    let (exit, lines) = told(&home, "odd.zip", &bytes);
    let expected = [
        "several files of the same name",
        "comment of the archive",
        "what looks like the name of a person, in the name of the folder",
        "an NHS number, in the name of the folder",
        "IMG_1.AAE | ",
    ];
    all_told(&lines, &expected);
    assert_eq!((expected.len(), exit), (5, 1));
    assert!(!lines.contains("preview of the document") && !lines.contains("settings.json"), "{lines}");
    let drawing: [(&str, &[u8]); 2] =
        [("[Content_Types].xml", b"<Types/>"), ("docProps/core.xml", b"<c><creator>CanaryName</creator></c>")];
    all_told(&told(&home, "a.vsdx", &archive(&drawing)).1, &["property of the document: author"]);
    let book: [(&str, &[u8]); 2] =
        [("mimetype", b"application/epub+zip"), ("O/c.opf", b"<package><dc:creator>CanaryName</dc:creator></package>")];
    all_told(&told(&home, "a.epub", &archive(&book)).1, &["property of the document: author"]);
}
