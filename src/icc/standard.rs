//! Standard colour spaces, recognised by their numbers and written out from the standards' own.
//!
//! IEC 61966-2-1 (sRGB), SMPTE EG 432-1 with the sRGB curve (Display P3), Adobe RGB (1998) 4.3, ISO 22028-2 (ROMM RGB),
//! ITU-R BT.709-6 and BT.2020-2; adaptation to D50 by Bradford's matrix (ICC.1:2022 annex E); the profile's form is that
//! of ICC.1:2001-04 6.3.1.2 and 6.3.2.2, or of ICC.1:2022 8.3.3 and 8.4.3 where it must be short. Whatever camera or
//! editor wrote such a profile, the same bytes come out.

use super::{HEADER, assemble, part, text};
use std::array;

/// A curve from stored values to light, as ICC.1:2022 table 68 writes them.
#[derive(Debug, Clone, Copy)]
enum Tone {
    /// A power in 256ths.
    Power(u16),
    /// `(a·x + b)^g` from `d` on, `c·x` below: g, a, b, c, d.
    Bent([f64; 5]),
}

/// A standard colour space.
struct Standard {
    /// What the profile is called; the witness knows these words.
    name: &'static str,
    /// Chromaticities of red, green, blue and white; none for grey.
    primaries: Option<[[f64; 2]; 4]>,
    tone: Tone,
    /// Primaries and transfer in ITU-T H.273, for profiles that say so beside their numbers.
    code_points: [u8; 2],
}

const D65: [f64; 2] = [0.3127, 0.3290];
const SRGB: Tone = Tone::Bent([2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045]);
const VIDEO: Tone = Tone::Bent([1.0 / 0.45, 1.0 / 1.099, 0.099 / 1.099, 1.0 / 4.5, 0.081]);
const BT709: [[f64; 2]; 4] = [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06], D65];
const P3: [[f64; 2]; 4] = [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060], D65];
const ADOBE: [[f64; 2]; 4] = [[0.64, 0.33], [0.21, 0.71], [0.15, 0.06], D65];
const ROMM: [[f64; 2]; 4] = [[0.7347, 0.2653], [0.1596, 0.8404], [0.0366, 0.0001], [0.3457, 0.3585]];
const BT2020: [[f64; 2]; 4] = [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046], D65];
/// No code point stands for this.
const NONE: [u8; 2] = [2, 2];

/// The list, the commonest first.
const STANDARDS: &[Standard] = &[
    Standard { name: "sRGB", primaries: Some(BT709), tone: SRGB, code_points: [1, 13] },
    Standard { name: "Display P3", primaries: Some(P3), tone: SRGB, code_points: [12, 13] },
    // 563/256 is the exponent that the standard states; the shelves' "gamma 2.2" is written so too.
    Standard { name: "Adobe RGB (1998) compatible", primaries: Some(ADOBE), tone: Tone::Power(563), code_points: NONE },
    Standard { name: "ProPhoto RGB", primaries: Some(ROMM), tone: Tone::Power(461), code_points: NONE },
    Standard {
        name: "ROMM RGB",
        primaries: Some(ROMM),
        tone: Tone::Bent([1.8, 1.0, 0.0, 1.0 / 16.0, 0.031_25]),
        code_points: NONE,
    },
    Standard { name: "Rec. 709", primaries: Some(BT709), tone: VIDEO, code_points: [1, 1] },
    Standard { name: "Rec. 2020", primaries: Some(BT2020), tone: VIDEO, code_points: [9, 14] },
    Standard { name: "Gray gamma 2.2", primaries: None, tone: Tone::Power(563), code_points: NONE },
    Standard { name: "Gray sRGB", primaries: None, tone: SRGB, code_points: NONE },
];

/// The white of the connection space (7.2.16), in 65536ths.
const D50: [i32; 3] = [0xF6D6, 0x1_0000, 0xD32D];
/// Points of a curve that is not a power.
const POINTS: u16 = 1024;
/// How far colourants may lie apart before anything else is compared.
const NEAR: f64 = 0.004;
/// The largest difference in a channel of sRGB, in 255ths: below one, so that rounded values differ by at most one.
const CHANNEL: f64 = 0.5;
const COLOUR: f64 = 0.75;

type Tag = ([u8; 4], Vec<u8>);

/// The canonical profile that renders as one with this cleaned header and these cleaned tags does, where a standard is so
/// near that no colour differs by a step of sRGB. `short` asks for version 4, whose formulas take the place of tables.
pub(super) fn canonical(header: &[u8; HEADER], tags: &[Tag], short: bool) -> Option<Vec<u8>> {
    let standard = recognised(header, tags)?;
    compose(header, standard, short)
}

/// Adobe RGB (1998), for pictures that only say that they are in it.
pub(super) fn adobe_rgb(header: &[u8; HEADER]) -> Option<Vec<u8>> {
    let standard = STANDARDS.iter().find(|standard| standard.primaries == Some(ADOBE))?;
    compose(header, standard, false)
}

/// The profile of a standard, under a header that is neutral already.
fn compose(header: &[u8; HEADER], standard: &Standard, short: bool) -> Option<Vec<u8>> {
    let major = if short { 4 } else { 2 };
    let mut tags = standard.tags(short);
    tags.push((*b"desc", text(major, standard.name, *b"desc")));
    tags.push((*b"cprt", text(major, super::COPYRIGHT, *b"text")));
    tags.sort();
    let mut new = *header;
    (new[8], new[9], new[67]) = if short { (4, 0x20, 0) } else { (2, 0x10, 0) };
    new[20..24].copy_from_slice(b"XYZ ");
    assemble(new, &tags)
}

/// The standard that is nearest to these tags, if it is so near.
fn recognised(header: &[u8; HEADER], tags: &[Tag]) -> Option<&'static Standard> {
    let source = Shape::read(header, tags)?;
    let mut best: Option<(f64, &Standard)> = None;
    for standard in STANDARDS.iter().filter(|s| s.primaries.is_some() == source.colourants.is_some()) {
        if source.code_points.is_some_and(|points| points != standard.code_points) || !source.is_near(standard) {
            continue;
        }
        let Some(shape) = Shape::read(header, &standard.tags(false)) else { continue };
        let Some(apart) = source.apart(&shape) else { continue };
        if best.as_ref().is_none_or(|(least, _)| apart < *least) {
            best = Some((apart, standard));
        }
    }
    best.map(|(_, standard)| standard)
}

impl Standard {
    /// White point, colourants and curves as tags; `short` as version 4 writes them, with the adaptation to D50.
    fn tags(&self, short: bool) -> Vec<Tag> {
        let mut tags = vec![(*b"wtpt", xyz(D50))];
        let curve = if short { self.tone.formula() } else { self.tone.written() };
        if let Some([.., white]) = self.primaries.filter(|[.., white]| short && *white == D65) {
            tags.extend(adaptation(white).map(|rows| (*b"chad", matrix(&rows))));
        }
        match self.primaries.and_then(colourants) {
            Some(columns) => {
                for (column, (place, tone)) in columns.into_iter().zip(NAMES) {
                    tags.push((*place, xyz(column)));
                    tags.push((*tone, curve.clone()));
                }
            }
            None => tags.push((*b"kTRC", curve)),
        }
        tags
    }
}

const NAMES: [(&[u8; 4], &[u8; 4]); 3] = [(b"rXYZ", b"rTRC"), (b"gXYZ", b"gTRC"), (b"bXYZ", b"bTRC")];

impl Tone {
    /// A `curv` element: one number for a power, a table for any other curve, since version 2 has no formulas.
    fn written(self) -> Vec<u8> {
        let values: Vec<u16> = match self {
            Tone::Power(power) => vec![power],
            Tone::Bent([g, a, b, c, d]) => {
                let at = |n: u16| f64::from(n) / f64::from(POINTS - 1);
                let light = |x: f64| if x >= d { (a * x + b).powf(g) } else { c * x };
                (0..POINTS).map(|n| (light(at(n)) * 65_535.0).round() as u16).collect()
            }
        };
        let mut data = b"curv\0\0\0\0".to_vec();
        data.extend_from_slice(&(values.len() as u32).to_be_bytes());
        data.extend(values.iter().flat_map(|v| v.to_be_bytes()));
        data
    }

    /// A `para` element of function 3, or the one number of a power.
    fn formula(self) -> Vec<u8> {
        let Tone::Bent(numbers) = self else { return self.written() };
        let mut data = b"para\0\0\0\0\0\x03\0\0".to_vec();
        data.extend(numbers.iter().flat_map(|v| fraction(*v)));
        data
    }
}

/// Nine numbers as `sf32`.
fn matrix(rows: &Matrix) -> Vec<u8> {
    let mut data = b"sf32\0\0\0\0".to_vec();
    data.extend(rows.iter().flatten().flat_map(|v| fraction(*v)));
    data
}

/// A number in 65536ths.
fn fraction(value: f64) -> [u8; 4] {
    ((value * 65_536.0).round() as i32).to_be_bytes()
}

fn xyz(values: [i32; 3]) -> Vec<u8> {
    let mut data = b"XYZ \0\0\0\0".to_vec();
    data.extend(values.iter().flat_map(|v| v.to_be_bytes()));
    data
}

/// Colourants of primaries under their white, adapted to D50, in 65536ths; their sum is D50 to the last digit.
fn colourants([red, green, blue, white]: [[f64; 2]; 4]) -> Option<[[i32; 3]; 3]> {
    let columns = transposed([place(red), place(green), place(blue)]);
    let scale = apply(&inverse(&columns)?, place(white));
    let device: Matrix = columns.map(|row| array::from_fn(|i| row[i] * scale[i]));
    let mut rounded =
        transposed(times(&adaptation(white)?, &device)).map(|column| column.map(|v| (v * 65_536.0).round() as i32));
    for axis in 0..3 {
        let sum: i32 = rounded.iter().map(|column| column[axis]).sum();
        rounded[1][axis] += D50[axis] - sum;
    }
    Some(rounded)
}

/// X, Y and Z of a chromaticity, with a Y of 1.
fn place([x, y]: [f64; 2]) -> [f64; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

/// Bradford's matrix from a white to D50.
fn adaptation(white: [f64; 2]) -> Option<Matrix> {
    const BRADFORD: Matrix = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
    let (from, to) = (apply(&BRADFORD, place(white)), apply(&BRADFORD, D50.map(|v| f64::from(v) / 65_536.0)));
    let adapted: Matrix = array::from_fn(|row| BRADFORD[row].map(|v| v * to[row] / from[row]));
    Some(times(&inverse(&BRADFORD)?, &adapted))
}

/// What a profile of a matrix and curves, or of one curve, does.
struct Shape {
    /// Columns of X, Y and Z for red, green and blue.
    colourants: Option<Matrix>,
    /// Light for each of 256 stored values, by channel.
    curves: Vec<Vec<f64>>,
    code_points: Option<[u8; 2]>,
}

impl Shape {
    /// None for profiles with tables, and for those that ask to be rendered under their own white (intent 3). No other
    /// intent looks at the white point of a profile of a matrix.
    fn read(header: &[u8; HEADER], tags: &[Tag]) -> Option<Self> {
        let tag = |name: &[u8; 4]| tags.iter().find(|(known, _)| known == name).map(|(_, data)| data.as_slice());
        let tabled = tags.iter().any(|(name, _)| matches!(name, b"A2B0" | b"A2B1" | b"A2B2" | b"gamt"));
        let class = part(header, 12)?;
        if tabled || header[67] == 3 || part(header, 20)? != *b"XYZ " || class == *b"prtr" {
            return None;
        }
        let code_points = match tag(b"cicp") {
            // Full range and RGB, or it is not these colours.
            Some(data) => Some(data.get(8..12).filter(|d| d[2..] == [0, 1])?[..2].try_into().ok()?),
            None => None,
        };
        let (colourants, curves) = match &part(header, 16)? {
            b"RGB " => {
                let mut columns = [[0.0; 3]; 3];
                let mut curves = Vec::new();
                for (column, (place, tone)) in columns.iter_mut().zip(NAMES) {
                    *column = triple(tag(place)?)?;
                    curves.push(levels(tag(tone)?)?);
                }
                (Some(transposed(columns)), curves)
            }
            b"GRAY" => (None, vec![levels(tag(b"kTRC")?)?]),
            _ => return None,
        };
        Some(Self { colourants, curves, code_points })
    }

    fn is_near(&self, standard: &Standard) -> bool {
        match (self.colourants, standard.primaries.and_then(colourants)) {
            (Some(own), Some(other)) => {
                let other = transposed(other.map(|column| column.map(|v| f64::from(v) / 65_536.0)));
                own.iter().flatten().zip(other.iter().flatten()).all(|(a, b)| near(*a, *b))
            }
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    /// The largest difference of any patch in sRGB, in 255ths, beyond its gamut too; none where it is visible.
    fn apart(&self, other: &Self) -> Option<f64> {
        let mut most: f64 = 0.0;
        for (own, other) in self.curves.iter().zip(&other.curves) {
            most = own.iter().zip(other).map(|(a, b)| difference(*a, *b)).fold(most, f64::max);
        }
        if most > CHANNEL {
            return None;
        }
        let (Some(own), Some(theirs)) = (&self.colourants, &other.colourants) else { return Some(most) };
        let to_srgb = inverse(&transposed(colourants(BT709)?.map(|c| c.map(|v| f64::from(v) / 65_536.0))))?;
        let (own, theirs) = (times(&to_srgb, own), times(&to_srgb, theirs));
        const LEVELS: [usize; 9] = [0, 8, 24, 48, 80, 120, 160, 208, 255];
        for patch in 0..LEVELS.len().pow(3) {
            let level = [patch % 9, patch / 9 % 9, patch / 81].map(|at| LEVELS[at]);
            let a = apply(&own, array::from_fn(|c| self.curves[c][level[c]]));
            let b = apply(&theirs, array::from_fn(|c| other.curves[c][level[c]]));
            most = a.iter().zip(b).map(|(a, b)| difference(*a, b)).fold(most, f64::max);
        }
        (most <= COLOUR).then_some(most)
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR
}

/// How far two lights lie apart when sRGB stores them, in 255ths.
fn difference(a: f64, b: f64) -> f64 {
    let stored = |light: f64| {
        let size = light.abs();
        let value = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * size.powf(1.0 / 2.4) - 0.055 };
        value.copysign(light)
    };
    if (a - b).abs() < 1e-9 { 0.0 } else { (stored(a) - stored(b)).abs() * 255.0 }
}

/// Three s15Fixed16 numbers of an `XYZ ` element.
fn triple(data: &[u8]) -> Option<[f64; 3]> {
    fixed(data, 8, 3)?.try_into().ok()
}

fn fixed(data: &[u8], at: usize, count: usize) -> Option<Vec<f64>> {
    let bytes = data.get(at..at + count * 4)?;
    Some(bytes.chunks_exact(4).map(|b| f64::from(i32::from_be_bytes([b[0], b[1], b[2], b[3]])) / 65_536.0).collect())
}

/// What a curve makes of 256 stored values (10.6, 10.18).
fn levels(data: &[u8]) -> Option<Vec<f64>> {
    let light: Box<dyn Fn(f64) -> f64> = match (&part(data, 0)?, data.get(9)) {
        (b"curv", _) => {
            let values: Vec<f64> =
                data.get(12..)?.chunks_exact(2).map(|b| f64::from(u16::from_be_bytes([b[0], b[1]]))).collect();
            match values[..] {
                [] => Box::new(|x| x),
                [power] => Box::new(move |x| x.powf(power / 256.0)),
                _ => Box::new(move |x| {
                    let at = x * (values.len() - 1) as f64;
                    let low = (at.floor() as usize).min(values.len() - 2);
                    let (from, to) = (values[low], values[low + 1]);
                    (from + (to - from) * (at - low as f64)) / 65_535.0
                }),
            }
        }
        (b"para", Some(function)) => {
            let n = fixed(data, 12, *[1, 3, 4, 5, 7].get(usize::from(*function))?)?;
            let n: [f64; 7] = array::from_fn(|at| n.get(at).copied().unwrap_or(0.0));
            parametric(*function, n)
        }
        _ => return None,
    };
    let levels: Vec<f64> = (0..=255_u8).map(|v| light(f64::from(v) / 255.0).clamp(0.0, 1.0)).collect();
    levels.iter().all(|v| v.is_finite()).then_some(levels)
}

/// The five functions of table 68, with their parameters in order g a b c d e f.
fn parametric(function: u8, [g, a, b, c, d, e, f]: [f64; 7]) -> Box<dyn Fn(f64) -> f64> {
    let power = move |x: f64| (a * x + b).max(0.0).powf(g);
    match function {
        0 => Box::new(move |x| x.powf(g)),
        1 => Box::new(move |x| if a * x + b >= 0.0 { power(x) } else { 0.0 }),
        2 => Box::new(move |x| if a * x + b >= 0.0 { power(x) + c } else { c }),
        3 => Box::new(move |x| if x >= d { power(x) } else { c * x }),
        _ => Box::new(move |x| if x >= d { power(x) + e } else { c * x + f }),
    }
}

type Matrix = [[f64; 3]; 3];

fn apply(m: &Matrix, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn transposed(m: [[f64; 3]; 3]) -> Matrix {
    array::from_fn(|row| array::from_fn(|column| m[column][row]))
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    transposed(transposed(*b).map(|column| apply(a, column)))
}

fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |r: usize, c: usize| {
        let (a, b, x, y) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[a][x] * m[b][y] - m[a][y] * m[b][x]
    };
    let determinant: f64 = (0..3).map(|c| m[0][c] * minor(0, c)).sum();
    if determinant.abs() < 1e-9 {
        return None;
    }
    Some(array::from_fn(|row| array::from_fn(|column| minor(column, row) / determinant)))
}
