//! How an object says that its grey values are to be shown: writing may be plain to see there that hardly differs from its
//! ground as it is stored.
//!
//! DICOM PS3.3 C.11.1 (Modality LUT), C.11.2 (VOI LUT: windows and tables), C.7.6.16.2.9 and .10 (the same for each frame),
//! C.7.6.19 (Supplemental Palette Color).

use super::super::Object;
use super::super::open::value;
use super::super::walk::Node;
use super::palette::Palette;
use super::shape::{Photometric, Shape};
use crate::pixels::{Display, Unseen};
use std::ops::Range;

const SHARED: u32 = 0x5200_9229;
const EACH: u32 = 0x5200_9230;
const INTERCEPT: u32 = 0x0028_1052;
const SLOPE: u32 = 0x0028_1053;
const CENTER: u32 = 0x0028_1050;
const WIDTH: u32 = 0x0028_1051;
const MODALITY: u32 = 0x0028_3000;
const VOI: u32 = 0x0028_3010;
const DESCRIPTOR: u32 = 0x0028_3002;
const DATA: u32 = 0x0028_3006;
/// Ways to show one frame, at most.
const MOST: usize = 16;
/// Two windows of which neither end lies further apart than this part of the width show the same.
const ALIKE: f64 = 0.125;

/// What an object says of all frames and of each.
#[derive(Debug, Default)]
pub(in crate::dicom) struct Displays {
    all: Vec<Display>,
    /// By tables of colour, of every frame.
    coloured: Vec<Display>,
    /// Where what is said of one frame stands in the list of elements, in the order of frames.
    each: Vec<Range<usize>>,
}

/// A step on the way from stored values to those that are shown.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Line { slope: f64, intercept: f64 },
    Table { first: f64, entries: Vec<u16> },
}

impl Step {
    fn of(&self, v: f64) -> f64 {
        match self {
            Step::Line { slope, intercept } => v * slope + intercept,
            Step::Table { first, entries } => {
                let at = (v - first).clamp(0.0, entries.len().saturating_sub(1) as f64);
                entries.get(at as usize).copied().map_or(0.0, f64::from)
            }
        }
    }
}

/// What is said at one place: of all frames, or of one.
#[derive(Debug, Default)]
struct Said {
    modality: Option<Step>,
    windows: Vec<(f64, f64)>,
    tables: Vec<Step>,
}

impl Displays {
    /// What an object of grey values says.
    ///
    /// # Errors
    /// That it says more ways than are looked through.
    pub(super) fn of(object: &Object<'_>, shape: &Shape) -> Result<Self, Unseen> {
        if shape.samples != 1 || shape.stored < 2 || shape.photometric == Photometric::Palette {
            return Ok(Self::default());
        }
        let nodes = &object.list.nodes;
        let each = nodes.iter().position(|node| node.tag == EACH).map_or(Vec::new(), |at| items(nodes, at));
        let mut displays = Self { each, ..Self::default() };
        displays.coloured = coloured(object, shape);
        displays.all = displays.said(object, shape, None)?;
        Ok(displays)
    }

    /// The ways to show frame `index`.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(super) fn frame(&self, object: &Object<'_>, shape: &Shape, index: u32) -> Result<Vec<Display>, Unseen> {
        match self.each.get(index as usize) {
            Some(item) => self.said(object, shape, Some(item.clone())),
            _ => Ok(self.all.clone()),
        }
    }

    fn said(&self, object: &Object<'_>, shape: &Shape, item: Option<Range<usize>>) -> Result<Vec<Display>, Unseen> {
        let nodes = &object.list.nodes;
        let own = item.map_or_else(Said::default, |item| Said::read(object, item, true));
        let shared = nodes.iter().position(|node| node.tag == SHARED);
        let shared = shared.map(|at| Said::read(object, at + 1..nodes[at].next as usize, true)).unwrap_or_default();
        let outer = Said::read(object, 0..nodes.len(), false);
        let all = [own, shared, outer];
        let straight = Step::Line { slope: 1.0, intercept: 0.0 };
        let modality = all.iter().find_map(|said| said.modality.clone());
        let mut steps: Vec<Step> = Vec::new();
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (center, width) in all.iter().flat_map(|said| said.windows.iter().copied()) {
            // No window is narrower (C.11.2.1.2.1).
            if width < 1.0 {
                continue;
            }
            let (low, high) = (center - 0.5 - (width - 1.0) / 2.0, center - 0.5 + (width - 1.0) / 2.0);
            let near = |a: f64, b: f64| (a - b).abs() <= ALIKE * width;
            if !taken.iter().any(|(from, to)| near(*from, low) && near(*to, high)) {
                taken.push((low, high));
                let span = (high - low).max(1.0);
                steps.push(Step::Line { slope: 255.0 / span, intercept: -low * 255.0 / span });
            }
        }
        for table in all.iter().flat_map(|said| &said.tables) {
            let Step::Table { first, entries } = table else { continue };
            let most = entries.iter().copied().max().unwrap_or(0).max(1);
            let entries = entries.iter().map(|v| (u32::from(*v) * 255 / u32::from(most)) as u16).collect();
            let table = Step::Table { first: *first, entries };
            if !steps.contains(&table) {
                steps.push(table);
            }
        }
        // A table alone is shown over all that it gives.
        if let (true, Some(Step::Table { entries, .. })) = (steps.is_empty(), &modality) {
            let most = entries.iter().copied().max().unwrap_or(0).max(1);
            steps.push(Step::Line { slope: 255.0 / f64::from(most), intercept: 0.0 });
        }
        if steps.len() > MOST {
            return Err(Unseen::too_large("the object says more ways of showing its picture than are looked through"));
        }
        let modality = modality.unwrap_or(straight);
        let smallest = if shape.signed { -f64::from(1u32 << (shape.stored - 1)) } else { 0.0 };
        let values = 0..1u32 << shape.stored;
        let shown = |step: &Step| {
            values.clone().map(|v| step.of(modality.of(f64::from(v) + smallest)).clamp(0.0, 255.0) as u8).collect()
        };
        Ok(steps.iter().map(shown).chain(self.coloured.iter().cloned()).collect())
    }
}

/// The ranges of the elements inside each item of a sequence.
fn items(nodes: &[Node], sequence: usize) -> Vec<Range<usize>> {
    let end = (nodes[sequence].next as usize).min(nodes.len());
    let (mut all, mut item) = (Vec::new(), sequence + 1);
    while item < end {
        let next = (nodes[item].next as usize).clamp(item + 1, end);
        all.push(item + 1..next);
        item = next;
    }
    all
}

impl Said {
    /// What the elements of a range say: the outermost ones of it alone, or all inside them too.
    fn read(object: &Object<'_>, range: Range<usize>, inside: bool) -> Self {
        let nodes = &object.list.nodes;
        let mut said = Self::default();
        let mut window = object.window();
        let mut numbers = |node: &Node| value(&mut window, node).map(|bytes| decimals(&bytes)).unwrap_or_default();
        let (mut intercept, mut centers) = (None, Vec::new());
        let mut at = range.start;
        while let Some(node) = nodes.get(at).filter(|_| at < range.end) {
            let next = node.next as usize;
            match node.tag {
                INTERCEPT => intercept = numbers(node).first().copied(),
                SLOPE => {
                    let slope = numbers(node).first().copied().zip(intercept.take());
                    let line = slope.map(|(slope, intercept)| Step::Line { slope, intercept });
                    said.modality = said.modality.or(line);
                }
                CENTER => centers = numbers(node),
                WIDTH => said.windows.extend(centers.drain(..).zip(numbers(node))),
                MODALITY => {
                    let table = items(nodes, at).into_iter().find_map(|item| table(object, &nodes[item]));
                    said.modality = table.or(said.modality);
                }
                VOI => said.tables.extend(items(nodes, at).into_iter().filter_map(|item| table(object, &nodes[item]))),
                _ if inside => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            at = next.max(at + 1);
        }
        said
    }
}

/// The table of an item: its descriptor says how many entries, the first value that is looked up, and the bits of an entry.
fn table(object: &Object<'_>, nodes: &[Node]) -> Option<Step> {
    let descriptor = nodes.iter().find(|node| node.tag == DESCRIPTOR)?;
    let data = nodes.iter().find(|node| node.tag == DATA)?;
    let bytes = value(&mut object.window(), descriptor)?;
    let mut words = bytes.chunks_exact(2).map(|b| descriptor.encoding.u16([b[0], b[1]]));
    let (count, first, bits) = (words.next()?, words.next()?, words.next()?);
    let count = if count == 0 { 1 << 16 } else { usize::from(count) };
    let signed = descriptor.vr.0 == *b"SS" || descriptor.vr.0 != *b"US" && object.number(0x0028_0103) == Some(1);
    let first = if signed { f64::from(first as i16) } else { f64::from(first) };
    let bytes = object.body().read_range(data.value(), 4 << 16).ok()?;
    let entries: Vec<u16> = match bits <= 8 && bytes.len() < 2 * count {
        true => bytes.iter().copied().map(u16::from).take(count).collect(),
        false => bytes.chunks_exact(2).map(|b| data.encoding.u16([b[0], b[1]])).take(count).collect(),
    };
    (!entries.is_empty()).then_some(Step::Table { first, entries })
}

/// How light and how coloured each value is shown by tables of colour that stand beside grey values.
fn coloured(object: &Object<'_>, shape: &Shape) -> Vec<Display> {
    let Some(palette) = Palette::of(object) else { return Vec::new() };
    let all: Vec<[u16; 3]> = (0..=u16::MAX >> (16 - shape.stored)).map(|v| palette.entry(v, shape)).collect();
    let light = |[r, g, b]: &[u16; 3]| ((2 * u32::from(*r) + 5 * u32::from(*g) + u32::from(*b)) / 8) as u16;
    let strong = |c: &[u16; 3]| c.iter().max().unwrap_or(&0) - c.iter().min().unwrap_or(&0);
    let most = all.iter().flatten().copied().max().unwrap_or(0).max(1);
    let of = |value: &dyn Fn(&[u16; 3]) -> u16| -> Display {
        all.iter().map(|c| (u32::from(value(c)) * 255 / u32::from(most)) as u8).collect()
    };
    vec![of(&light), of(&strong)]
}

/// Decimal strings, one behind the other; what is no number is left out with all behind it.
fn decimals(bytes: &[u8]) -> Vec<f64> {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split('\\').map(|part| part.trim_matches([' ', '\0']).parse::<f64>().ok());
    parts.take_while(Option::is_some).flatten().filter(|number| number.is_finite()).collect()
}
