//! The scan regions that an ultrasound object states.
//!
//! DICOM PS3.3 C.8.5.5 (US Region Calibration Module): Sequence of Ultrasound Regions (0018,6011).

use super::super::Object;
use super::super::walk::Node;
use crate::cut::Source;
use crate::place::Area;

const REGIONS: u32 = 0x0018_6011;
/// Regions of one object, at most.
const MOST: usize = 256;

/// The scan regions of an ultrasound object (Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5), in stored samples;
/// empty where it states none. Read them from the original: cleaning may take them.
pub fn scan_regions(source: &dyn Source) -> Vec<Area> {
    super::super::read(source).map(|object| regions(&object)).unwrap_or_default()
}

fn regions(object: &Object<'_>) -> Vec<Area> {
    let nodes = &object.list.nodes;
    let Some(at) = nodes.iter().position(|n| n.tag == REGIONS) else { return Vec::new() };
    let end = nodes[at].next as usize;
    let (mut found, mut item) = (Vec::new(), at + 1);
    while item < end && found.len() < MOST {
        let next = nodes[item].next as usize;
        found.extend(area(object, &nodes[item + 1..next.max(item + 1)]));
        item = next.max(item + 1);
    }
    found
}

/// Both corners belong to the region.
fn area(object: &Object<'_>, nodes: &[Node]) -> Option<Area> {
    let number = |tag: u32| {
        let node = nodes.iter().find(|n| n.tag == tag)?;
        let mut window = object.window();
        let bytes = window.bytes(node.value()).ok()?;
        Some(node.encoding.u32(bytes.get(..4)?.try_into().ok()?))
    };
    let [x0, y0, x1, y1] = [number(0x0018_6018)?, number(0x0018_601A)?, number(0x0018_601C)?, number(0x0018_601E)?];
    let sound = x1 > x0 && y1 > y0 && x1 < 1 << 20 && y1 < 1 << 20;
    sound.then(|| Area::new(x0, y0, x1 - x0 + 1, y1 - y0 + 1))
}
