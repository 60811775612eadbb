//! Codes without the coding secret: nobody who knows every patient's number can tell whose a code is.
//!
//! 100,000 consecutive numbers, a fixed secret, and thresholds that chance alone passes in one secret of ten thousand: a
//! failure means a change in the codes, since nothing here is random. Each test is shown to fail on codes that are not keyed.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use md5::Md5;
use scrubs::code::Coder;
use scrubs::code::coder::{CodingSecret, normalise_patient_id};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use support::collection::collection;
use support::running::{Home, copy, tree};

const IDS: usize = 100_000;
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Standard deviations that a count may lie from what chance gives: beyond it once in 26 million (two-sided).
const SIGMAS: f64 = 5.5;
/// Chi-square with 31 degrees of freedom is above this once in two million.
const CHI_SQUARE: f64 = 86.0;

fn secret() -> CodingSecret {
    let mut bytes = [0u8; 32];
    bytes.iter_mut().zip(0u8..).for_each(|(byte, n)| *byte = n.wrapping_mul(37).wrapping_add(11));
    CodingSecret::new(bytes)
}

fn id(number: usize) -> String {
    format!("{}", 9_434_700_000u64 + number as u64)
}

/// The 60 bits of a patient's code.
fn bits(code: &str) -> u64 {
    let digits = code.strip_prefix("P-").unwrap().bytes();
    digits.fold(0, |bits, c| bits << 5 | ALPHABET.iter().position(|a| *a == c).unwrap() as u64)
}

fn codes() -> Vec<u64> {
    let coder = Coder::new(&secret());
    (0..IDS).map(|n| bits(coder.patient(b"", id(n).as_bytes()).as_str())).collect()
}

/// What codes must not be: the number itself, spread over 60 bits so that each character looks well mixed.
fn unkeyed() -> Vec<u64> {
    (0..IDS as u64).map(|n| (n << 40 | n << 20 | n) ^ 0x0_5A5A_5A5A_5A5A_5A5A >> 4).collect()
}

/// Bit `bit` of every value, 64 values to a word.
fn column(values: &[u64], bit: u32) -> Vec<u64> {
    values.chunks(64).map(|part| part.iter().rev().fold(0, |word, value| word << 1 | (value >> bit & 1))).collect()
}

/// The correlation of two columns, in standard deviations of what chance gives; none where a column never changes.
fn correlation(a: &[u64], b: &[u64]) -> Option<f64> {
    let count = |words: &mut dyn Iterator<Item = u64>| words.map(|word| f64::from(word.count_ones())).sum::<f64>();
    let n = IDS as f64;
    let (ones_a, ones_b) = (count(&mut a.iter().copied()), count(&mut b.iter().copied()));
    let both = count(&mut a.iter().zip(b).map(|(a, b)| a & b));
    let variance = ones_a * (n - ones_a) * ones_b * (n - ones_b);
    (variance > 0.0).then(|| (n * both - ones_a * ones_b) / variance.sqrt() * n.sqrt())
}

/// The greatest chi-square of the twelve characters' distributions.
fn worst_character(codes: &[u64]) -> f64 {
    let statistic = |place: u32| {
        let mut counts = [0u32; 32];
        codes.iter().for_each(|code| counts[(code >> (5 * place) & 31) as usize] += 1);
        let expected = IDS as f64 / 32.0;
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum::<f64>()
    };
    (0..12).map(statistic).fold(0.0, f64::max)
}

/// The greatest correlation between a bit of the code and a bit of a digit of the number, and how many pairs there were.
fn worst_with_digits(codes: &[u64]) -> (f64, usize) {
    let digits: Vec<u64> = (0..IDS).map(|n| id(n).bytes().fold(0, |all, c| all << 4 | u64::from(c - b'0'))).collect();
    let code: Vec<_> = (0..60).map(|bit| column(codes, bit)).collect();
    let number: Vec<_> = (0..40).map(|bit| column(&digits, bit)).collect();
    let all = code.iter().flat_map(|a| number.iter().filter_map(|b| correlation(a, b)));
    all.fold((0.0, 0), |(worst, pairs), z| (f64::max(worst, z.abs()), pairs + 1))
}

/// The greatest correlation between two bits of the code, and how many pairs there were.
fn worst_within(codes: &[u64]) -> (f64, usize) {
    let code: Vec<_> = (0..60).map(|bit| column(codes, bit)).collect();
    let pairs = (0..60).flat_map(|a| (0..a).map(move |b| (a, b)));
    let all = pairs.filter_map(|(a, b)| correlation(&code[a], &code[b]));
    all.fold((0.0, 0), |(worst, pairs), z| (f64::max(worst, z.abs()), pairs + 1))
}

#[test]
fn no_character_of_a_code_is_more_frequent_than_chance_makes_it() {
    let worst = worst_character(&codes());
    assert!(worst < CHI_SQUARE, "{worst}");
    assert!(worst_character(&(0..IDS as u64).collect::<Vec<_>>()) > CHI_SQUARE, "this test cannot fail");
}

#[test]
fn no_bit_of_a_code_goes_with_a_bit_of_a_digit_or_with_another_bit() {
    let codes = codes();
    let (with_digits, pairs) = worst_with_digits(&codes);
    let (within, own_pairs) = worst_within(&codes);
    // Five digits of four bits change over these numbers.
    assert_eq!((pairs, own_pairs), (60 * 20, 60 * 59 / 2));
    assert!(with_digits < SIGMAS && within < SIGMAS, "{with_digits} {within}");
    assert!(worst_with_digits(&unkeyed()).0 > SIGMAS, "this test cannot fail");
}

#[test]
fn a_number_that_differs_in_one_digit_has_a_code_that_differs_in_half_its_bits() {
    let (coder, codes) = (Coder::new(&secret()), codes());
    let (mut flips, mut all) = ([0u32; 60], 0u64);
    for (number, code) in codes.iter().enumerate() {
        let mut other = id(number).into_bytes();
        let place = number % 10;
        other[place] = b'0' + (other[place] - b'0' + 1 + (number / 10 % 9) as u8) % 10;
        let changed = code ^ bits(coder.patient(b"", &other).as_str());
        all += u64::from(changed.count_ones());
        flips.iter_mut().zip(0..).for_each(|(count, bit)| *count += (changed >> bit & 1) as u32);
    }
    let n = IDS as f64;
    let mean = all as f64 / n;
    // 60 coins: a standard deviation of the root of 15, over the root of n in the mean.
    assert!((mean - 30.0).abs() < SIGMAS * (15.0 / n).sqrt(), "{mean}");
    for (bit, count) in flips.iter().enumerate() {
        let z = (f64::from(*count) - n / 2.0) / (n.sqrt() / 2.0);
        assert!(z.abs() < SIGMAS, "bit {bit}: {z}");
    }
}

#[test]
fn codes_tell_nothing_of_the_order_of_numbers_and_no_two_are_the_same() {
    let codes = codes();
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), IDS);
    let rises = codes.windows(2).filter(|pair| pair[0] < pair[1]).count() as f64;
    // Rises in a random order: mean (n-1)/2, variance (n+1)/12.
    let z = (rises - (IDS - 1) as f64 / 2.0) / ((IDS + 1) as f64 / 12.0).sqrt();
    assert!(z.abs() < SIGMAS, "{z}");
}

/// Whoever knows every number tries to compute the codes without the secret: by every plain digest, in every cut, and with
/// secrets that are easily guessed.
#[test]
fn who_knows_every_number_and_not_the_secret_computes_no_code() {
    let real: HashSet<u64> = codes().into_iter().collect();
    let mut tried = 0u64;
    for number in 0..IDS {
        let id = id(number);
        for (_, digest) in digests(id.as_bytes()) {
            for cut in [0, digest.len() - 8] {
                let word = u64::from_be_bytes(digest[cut..cut + 8].try_into().unwrap());
                assert!(!real.contains(&(word >> 4)) && !real.contains(&(word & ((1 << 60) - 1))));
                tried += 2;
            }
        }
    }
    for guess in [[0; 32], [0xff; 32], [1; 32], Sha256::digest(b"scrubs").into(), Sha256::digest(b"").into()] {
        let coder = Coder::new(&CodingSecret::new(guess));
        let hits = (0..IDS).filter(|n| real.contains(&bits(coder.patient(b"", id(*n).as_bytes()).as_str()))).count();
        assert_eq!(hits, 0);
        tried += IDS as u64;
    }
    assert_eq!(tried, (IDS * (4 * 2 * 2 + 5)) as u64);
}

fn digests(value: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    [
        ("SHA-256", Sha256::digest(value).to_vec()),
        ("SHA-1", Sha1::digest(value).to_vec()),
        ("MD5", Md5::digest(value).to_vec()),
        ("BLAKE3", blake3::hash(value).as_bytes().to_vec()),
    ]
}

/// Sixteen bytes, by which a digest in one of its forms is found.
type Mark = [u8; 16];

/// The beginnings of every form in which a digest of `value` may be stored.
fn marks(value: &[u8]) -> Vec<Mark> {
    let forms = digests(value).into_iter().flat_map(|(_, digest)| {
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = [STANDARD.encode(&digest), URL_SAFE.encode(&digest)].map(String::into_bytes);
        let [one, other] = base64;
        [hex.to_uppercase().into_bytes(), hex.into_bytes(), one, other, digest]
    });
    forms.map(|form| form[..16].try_into().unwrap()).collect()
}

/// How many places under a folder hold one of the marks, file names included.
fn found(root: &Path, marks: &HashSet<Mark>) -> usize {
    let holds = |bytes: &[u8]| bytes.windows(16).filter(|window| marks.contains(*window)).count();
    tree(root).iter().map(|(path, bytes)| holds(path.to_string_lossy().as_bytes()) + holds(bytes)).sum()
}

#[test]
fn no_unkeyed_digest_of_an_identifier_a_path_or_a_source_is_stored_anywhere() {
    let home = Home::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    copy(&fixtures.join("collection"), &home.at("pictures"));
    let text = |name: &str| fixtures.join(name).to_str().unwrap().to_owned();
    let (register, profile) = (text("register.csv"), text("scrubs.toml"));
    home.clean(
        &["pictures", "--to", "release", "--custody", "custody", "--register", &register, "--profile", &profile],
        1,
    );
    let source = home.at("pictures").canonicalize().unwrap();
    let outputs: HashSet<Vec<u8>> = tree(&home.at("release")).into_values().collect();
    let mut values: Vec<Vec<u8>> = Vec::new();
    for fixture in collection() {
        values.extend(fixture.planted.iter().map(|planted| planted.clone().into_bytes()));
        values.extend(fixture.planted.iter().map(|planted| normalise_patient_id(planted).into_bytes()));
        values.push(fixture.path.as_bytes().to_vec());
        values.push(source.join(fixture.path).to_str().unwrap().as_bytes().to_vec());
        let content = fs::read(source.join(fixture.path)).unwrap();
        // A source that is clean already is the output itself, and SHA256SUMS lists outputs.
        values.extend(Some(content).filter(|content| !outputs.contains(content)));
    }
    values.sort();
    values.dedup();
    values.retain(|value| !value.is_empty());
    let marks: HashSet<Mark> = values.iter().flat_map(|value| marks(value)).collect();
    assert!(values.len() > 600 && marks.len() > values.len() * 16, "{} values, {} marks", values.len(), marks.len());
    for root in ["release", "custody"] {
        assert_eq!(found(&home.at(root), &marks), 0, "{root}");
    }
    // That such a digest would be found, in every form.
    let mut caught = 0;
    for form in self::marks(&values[0]) {
        fs::write(home.at("release/planted"), [b"x".to_vec(), form.to_vec()].concat()).unwrap();
        caught += found(&home.at("release"), &marks);
    }
    assert_eq!(caught, 20);
}
