//! Made names, numbers and terms; none of anybody.

use crate::case::Kind;
use crate::rng::Rng;

const STARTS: &[&str] =
    &["VEL", "BRAN", "OMU", "TAR", "KESH", "LUN", "DOR", "QUI", "SAM", "HOL", "NIE", "PAV", "ZUB", "ERI"];
const MIDDLES: &[&str] = &["K", "DI", "RA", "LO", "VI", "ME", "SU", "TO", "NA", "G", ""];
const ENDS: &[&str] = &["OR", "IS", "SON", "EN", "A", "UK", "ELL", "OTTI", "SKA", "MANN", "IDE", "AJ"];
const GIVEN: &[&str] =
    &["ANNA", "JORI", "MILO", "TESSA", "OLAF", "RUTA", "PEREG", "ISKA", "NOOR", "BELA", "FINN", "YLVA"];
const HOUSES: &[&str] =
    &["St. Orrin Hospital", "MILLBROOK CLINIC", "Klinik am Weiher", "Northgate Radiology", "HOSP. VALDORA"];
const TERMS: &[&str] = &[
    "ERECT",
    "SUPINE",
    "PA",
    "AP",
    "LAT",
    "MOBILE",
    "70 kV  2.5 mAs",
    "W 2048 L 1024",
    "Zoom 84%",
    "CHEST PA",
    "INSP",
    "Lossy 1:12",
    "STANDING",
    "SEMI-ERECT",
    "Ex 3 Im 2",
    "LAO 30",
    "WEIGHT BEARING",
    "SID 180 cm",
    "PORTABLE",
];

/// A surname.
pub(crate) fn surname(rng: &mut Rng) -> String {
    format!("{}{}{}", rng.pick(STARTS), rng.pick(MIDDLES), rng.pick(ENDS))
}

/// Small letters but for the first.
fn small(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().chain(letters.flat_map(char::to_lowercase)).collect()
}

fn digits(rng: &mut Rng, from: i32, to: i32) -> String {
    (0..rng.whole(from, to)).map(|_| char::from(b'0' + rng.whole(0, 9) as u8)).collect()
}

/// A date that never was.
pub(crate) fn date(rng: &mut Rng) -> String {
    let (day, month, year) = (rng.whole(1, 28), rng.whole(1, 12), rng.whole(2031, 2068));
    match rng.whole(0, 3) {
        0 => format!("{day:02}/{month:02}/{year}"),
        1 => format!("{year}-{month:02}-{day:02}"),
        2 => format!("{day:02}.{month:02}.{year}"),
        _ => format!("{day} {} {year}", rng.pick(&["Jan", "Mar", "May", "Aug", "Oct", "Dec"])),
    }
}

/// A time of day.
pub(crate) fn clock(rng: &mut Rng) -> String {
    format!("{:02}:{:02}:{:02}", rng.whole(0, 23), rng.whole(0, 59), rng.whole(0, 59))
}

/// A line that identifies: a name, a number, a date, a house.
pub(crate) fn identifying(rng: &mut Rng) -> String {
    let (last, first) = (surname(rng), rng.pick(GIVEN));
    match rng.whole(0, 9) {
        0 => format!("{last}, {first}"),
        1 => format!("{} {}", small(first), small(&last)),
        2 => format!("{last}^{first}"),
        3 => format!("ID: {}", digits(rng, 6, 10)),
        4 => format!("{} {}", digits(rng, 7, 9), rng.pick(&["M", "F"])),
        5 => format!("DOB {}", date(rng)),
        6 => date(rng),
        7 => format!("{} {}", date(rng), clock(rng)),
        8 => format!("Acc# {}-{}", rng.pick(&["XR", "DX", "CR"]), digits(rng, 5, 8)),
        _ => rng.pick(HOUSES).to_owned(),
    }
}

/// A number of its own.
pub(crate) fn number(rng: &mut Rng, from: i32, to: i32) -> String {
    digits(rng, from, to)
}

/// Other writing: projection, exposure, position.
pub(crate) fn term(rng: &mut Rng) -> String {
    rng.pick(TERMS).to_owned()
}

/// Some lines, the first of them identifying.
pub(crate) fn lines(rng: &mut Rng, from: i32, to: i32) -> Vec<(Kind, String)> {
    let line = |(at, rng): (i32, &mut Rng)| match at == 0 || rng.chance(0.6) {
        true => (Kind::Identifying, identifying(rng)),
        false => (Kind::Text, term(rng)),
    };
    (0..rng.whole(from, to)).map(|at| line((at, rng))).collect()
}
