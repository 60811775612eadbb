//! Small DICOM objects for the shipped collection: explicit VR little endian, one 8-bit frame.

/// One element: group, element, VR, value.
pub struct Element(pub u16, pub u16, pub &'static [u8; 2], pub Vec<u8>);

fn text(group: u16, element: u16, vr: &'static [u8; 2], value: &str) -> Element {
    Element(group, element, vr, value.as_bytes().to_vec())
}

impl Element {
    /// A CT slice of a made-up patient, with a private block.
    pub fn ct(number: u32) -> Vec<Element> {
        let mut all = Self::head("1.2.840.10008.5.1.4.1.1.2", "CT", "CanaryCt^Megan", "CANARYMRN-0001", number);
        all.push(text(0x0018, 0x0015, b"CS", "HEAD"));
        all.push(text(0x0018, 0x0050, b"DS", "5"));
        all.push(text(0x0018, 0x0060, b"DS", "120"));
        all.push(text(0x0020, 0x0032, b"DS", &format!("-64\\-64\\{}", number * 5)));
        all.push(text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"));
        all.push(text(0x0020, 0x0052, b"UI", "1.2.826.0.1.3680043.9.9999.7.3"));
        all.push(text(0x0020, 0x1040, b"LO", ""));
        all.push(text(0x0028, 0x0030, b"DS", "1\\1"));
        all.push(text(0x0028, 0x1052, b"DS", "-1024"));
        all.push(text(0x0028, 0x1053, b"DS", "1"));
        all.push(text(0x0029, 0x0010, b"LO", "CANARY MAKER"));
        all.push(text(0x0029, 0x1001, b"LO", "CanaryPrivateNote"));
        all
    }

    /// A chest film of another made-up patient.
    pub fn cr() -> Vec<Element> {
        let mut all = Self::head("1.2.840.10008.5.1.4.1.1.1", "CR", "CanaryCr^Tomos", "CANARYMRN-0002", 1);
        all.push(text(0x0018, 0x0015, b"CS", "CHEST"));
        all.push(text(0x0018, 0x5101, b"CS", "PA"));
        all
    }

    /// What every object has: who, where, when, of what class, by which device.
    pub fn head(class: &str, modality: &str, name: &str, id: &str, number: u32) -> Vec<Element> {
        let root = "1.2.826.0.1.3680043.9.9999";
        vec![
            text(0x0008, 0x0005, b"CS", "ISO_IR 100"),
            text(0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL"),
            text(0x0008, 0x0016, b"UI", class),
            text(0x0008, 0x0018, b"UI", &format!("{root}.{}.{number}", id.len() + id.as_bytes()[13] as usize)),
            text(0x0008, 0x0020, b"DA", "20190514"),
            text(0x0008, 0x0030, b"TM", "101112"),
            text(0x0008, 0x0050, b"SH", "CANARYACC42"),
            text(0x0008, 0x0060, b"CS", modality),
            text(0x0008, 0x0070, b"LO", "CanaryMaker"),
            text(0x0008, 0x0080, b"LO", "Canary General Hospital"),
            text(0x0008, 0x0090, b"PN", "CanaryWard^Consultant"),
            text(0x0008, 0x1030, b"LO", "CanaryStudy for clinic"),
            text(0x0010, 0x0010, b"PN", name),
            text(0x0010, 0x0020, b"LO", id),
            text(0x0010, 0x0030, b"DA", "19480705"),
            text(0x0010, 0x0040, b"CS", "F"),
            text(0x0020, 0x000D, b"UI", &format!("{root}.7.1")),
            text(0x0020, 0x000E, b"UI", &format!("{root}.7.2.{}", modality.len())),
            text(0x0020, 0x0010, b"SH", "CANARYST1"),
            text(0x0020, 0x0011, b"IS", "1"),
            text(0x0020, 0x0013, b"IS", &number.to_string()),
        ]
    }
}

/// A PS3.10 file with one frame of `side` × `side` 8-bit grey samples.
pub fn object(elements: &[Element], samples: &[u8], side: u16) -> Vec<u8> {
    let short = |group, element, value: u16| Element(group, element, b"US", value.to_le_bytes().to_vec());
    let image = [
        short(0x0028, 0x0002, 1),
        text(0x0028, 0x0004, b"CS", "MONOCHROME2"),
        short(0x0028, 0x0010, side),
        short(0x0028, 0x0011, side),
        short(0x0028, 0x0100, 8),
        short(0x0028, 0x0101, 8),
        short(0x0028, 0x0102, 7),
        short(0x0028, 0x0103, 0),
        Element(0x7FE0, 0x0010, b"OW", samples.to_vec()),
    ];
    let mut all: Vec<&Element> = elements.iter().chain(&image).collect();
    all.sort_by_key(|e| (e.0, e.1));
    let find = |element| elements.iter().find(|e| (e.0, e.1) == (0x0008, element)).map(|e| e.3.clone());
    let meta = [
        Element(0x0002, 0x0001, b"OB", vec![0, 1]),
        Element(0x0002, 0x0002, b"UI", find(0x0016).unwrap_or_default()),
        Element(0x0002, 0x0003, b"UI", find(0x0018).unwrap_or_default()),
        text(0x0002, 0x0010, b"UI", "1.2.840.10008.1.2.1"),
        text(0x0002, 0x0012, b"UI", "1.2.826.0.1.3680043.9.9999.1"),
        text(0x0002, 0x0016, b"AE", "CANARYAET"),
    ];
    let group: Vec<u8> = meta.iter().flat_map(encode).collect();
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM");
    file.extend(encode(&Element(0x0002, 0x0000, b"UL", (group.len() as u32).to_le_bytes().to_vec())));
    file.extend(group);
    file.extend(all.into_iter().flat_map(encode));
    file
}

fn encode(element: &Element) -> Vec<u8> {
    let Element(group, number, vr, value) = element;
    let mut value = value.clone();
    if value.len() % 2 == 1 {
        value.push(if matches!(*vr, b"UI" | b"OB" | b"OW") { 0 } else { b' ' });
    }
    let mut out = [group.to_le_bytes(), number.to_le_bytes()].concat();
    out.extend_from_slice(*vr);
    if matches!(*vr, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT") {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    out.extend(value);
    out
}
