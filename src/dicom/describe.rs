//! Cleans a description word by word: what stays is on the vocabulary's list, a small number or a short technical sign,
//! and neither part of what is known to identify nor identifying by its form.
//!
//! PS3.15 E.3.5. Tools that only look for patterns and for the names in the header leave every name that stands in the
//! description alone, every misspelling and every nickname. Here nothing is looked for first: unknown words go, and the
//! search for names, numbers and dates is the second net, for names that are words too.

use super::charset::{Folding, fold};
use super::known::Known;
use super::pattern::{self, Chunk};
use super::vocabulary::{self, is_doubtful, is_word};

/// What stands for what was removed.
pub(super) const MARK: &str = "[removed]";
/// The same, where that is too long.
const SHORT_MARK: &str = "[-]";
/// So many chunks are joined in search of a number.
const JOINED: usize = 6;

/// The text with what identifies replaced by a mark, in at most `most` characters; none where nothing of use is left.
pub(super) fn cleaned(text: &str, known: &Known, most: usize) -> Option<String> {
    let (mut chunks, tail) = split(text);
    pattern::mark(&mut chunks);
    listed(&mut chunks, known);
    numbers(&mut chunks, known);
    doubts(&mut chunks);
    chains(&mut chunks);
    let written_out = |c: &Chunk<'_>| c.text.len() >= 2 && c.text.chars().any(char::is_alphabetic);
    let useful = |c: &Chunk<'_>| !c.gone && c.folded != "removed" && written_out(c);
    if !chunks.iter().any(useful) {
        return None;
    }
    let long = written(&chunks, tail, MARK);
    if long.chars().count() <= most {
        return Some(long);
    }
    let short = written(&chunks, tail, SHORT_MARK);
    let short = if short.chars().count() <= most { short } else { cut(&short, most) };
    short.contains(char::is_alphabetic).then_some(short)
}

/// Whether a text is of known words, with nothing in it of the form of a date, a time or a number of a person.
pub(super) fn is_telling_nobody(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let (mut chunks, _) = split(text);
    pattern::mark(&mut chunks);
    vocabulary::is_remark(value) && !chunks.iter().any(|c| c.gone)
}

/// The chunks of a text, and what stands behind the last.
fn split(text: &str) -> (Vec<Chunk<'_>>, &str) {
    let mut chunks = Vec::new();
    let mut rest = text;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}');
    while let Some(start) = rest.find(part) {
        let end = rest[start..].find(|c| !part(c)).map_or(rest.len(), |end| start + end);
        let text = &rest[start..end];
        let folded = fold(text, Folding::Base);
        chunks.push(Chunk { text, gap: &rest[..start], folded, gone: false });
        rest = &rest[end..];
    }
    (chunks, rest)
}

/// Chunks that are not on the list, or known, go.
fn listed(chunks: &mut [Chunk<'_>], known: &Known) {
    for chunk in chunks.iter_mut().filter(|c| !c.gone) {
        let named = |part: &str| known.has(&fold(part, Folding::Base)) || known.has(&fold(part, Folding::Digraph));
        let parts = || runs(chunk.text).flat_map(|run| std::iter::once(run).chain(humps(run)));
        chunk.gone = named(chunk.text) || parts().any(named) || !is_technical(chunk.text);
    }
    let folded: Vec<String> = chunks.iter().map(|c| c.folded.clone()).collect();
    for at in 0..chunks.len() {
        let phrase = known.phrase(&folded[at..]);
        chunks[at..at + phrase].iter_mut().for_each(|c| c.gone = true);
    }
}

/// Whether a chunk is words of the vocabulary, a small number, or such with a few single letters: `T2w`, `3D`, `5mm`, `B30f`.
fn is_technical(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == text.len() {
        return digits <= 4;
    }
    // A matrix, and the b-value of diffusion, which is a round number.
    let small = |n: &str| (1..=4).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    let matrix = digits > 0 && text.split(['x', 'X']).all(small) && digits <= 12;
    let weighting = text.strip_prefix('b').filter(|n| small(n)).and_then(|n| n.parse::<u32>().ok());
    if matrix || weighting.is_some_and(|b| b % 50 == 0) {
        return true;
    }
    let (mut words, mut letters) = (0, 0);
    for run in runs(text).filter(|r| !r.starts_with(|c: char| c.is_ascii_digit())) {
        match run.chars().count() {
            1 if digits > 0 => letters += 1,
            1 if is_word(&fold(run, Folding::Base)) => words += 1,
            1 => return false,
            _ if is_listed(run) => words += 1,
            _ => return false,
        }
    }
    digits <= if words > 0 { 4 } else { 3 } && (words > 0 || letters <= 3) && text.len() <= 32
}

/// Whether a run of letters is a word of the list, or several in one: `TotalDLP`. Small words and parts of surnames, as
/// in `DeLong`, make no such word.
fn is_listed(run: &str) -> bool {
    if is_word(&fold(run, Folding::Base)) || is_word(&fold(run, Folding::Digraph)) {
        return true;
    }
    let parts: Vec<&str> = humps(run);
    let part = |p: &&str| {
        let capitals = p.chars().all(char::is_uppercase);
        is_word(&fold(p, Folding::Base)) && (p.chars().count() >= 3 || capitals && p.chars().count() == 2)
    };
    let doubtful = |p: &&str| is_doubtful(&fold(p, Folding::Base));
    parts.len() > 1 && parts.iter().all(part) && !parts.iter().any(doubtful)
}

/// Runs of letters and of digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let digit = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        rest = behind;
        Some(run)
    })
}

/// A run of letters at its humps: `SmartScore`, `noPF`, `TotalDLP`.
fn humps(run: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = run.char_indices().collect();
    let mut parts = Vec::new();
    let mut from = 0;
    for i in 1..letters.len() {
        let (at, c) = letters[i];
        let after_small = c.is_uppercase() && letters[i - 1].1.is_lowercase();
        let before_small = c.is_uppercase() && letters.get(i + 1).is_some_and(|(_, c)| c.is_lowercase());
        if after_small || before_small && letters[i - 1].1.is_uppercase() {
            parts.push(&run[from..at]);
            from = at;
        }
    }
    parts.push(&run[from..]);
    parts
}

/// Neighbours that together are a known number.
fn numbers(chunks: &mut [Chunk<'_>], known: &Known) {
    for at in 0..chunks.len() {
        let mut joined = chunks[at].folded.clone();
        // A word may be glued to the first and to the last figures of it.
        let mut figures = chunks[at].figures(true).to_owned();
        for end in at + 1..(at + JOINED).min(chunks.len()) {
            if chunks[end].gap.len() > 2 || joined.len() > 64 {
                break;
            }
            let (first, behind) = (chunks[at].figures(true), chunks[end].figures(false));
            let last = format!("{figures}{behind}");
            joined.push_str(&chunks[end].folded);
            figures.push_str(&chunks[end].folded);
            let glued = !first.is_empty() && !behind.is_empty();
            let glued = glued && (known.is_number(&figures) || known.is_number(&last));
            if glued || known.is_number(&joined) {
                chunks[at..=end].iter_mut().for_each(|c| c.gone = true);
            }
        }
    }
}

/// Surnames that are words too, and initials, go with a removed word beside them.
fn doubts(chunks: &mut [Chunk<'_>]) {
    let is_name = |c: &Chunk<'_>| c.gone && c.text.chars().all(char::is_alphabetic);
    let near = |gap: &str| gap.chars().count() <= 3 && gap.chars().all(|c| " ,.^-_'\u{2019}".contains(c));
    let doubtful = |c: &Chunk<'_>| !c.gone && is_doubtful(&c.folded);
    for at in 1..chunks.len() {
        let beside = is_name(&chunks[at - 1]) && near(chunks[at].gap);
        // Behind a word that nobody knows, a number may be what the word is short for.
        let number = chunks[at].is_number() && chunks[at].text.len() >= 3;
        chunks[at].gone |= beside && (number || doubtful(&chunks[at]));
    }
    for at in (1..chunks.len()).rev() {
        let beside = is_name(&chunks[at]) && near(chunks[at].gap);
        chunks[at - 1].gone |= beside && doubtful(&chunks[at - 1]);
    }
}

/// Names are written with circumflexes: where one part goes, the whole does.
fn chains(chunks: &mut [Chunk<'_>]) {
    let mut start = 0;
    while start < chunks.len() {
        let mut end = start + 1;
        while end < chunks.len() && chunks[end].gap.contains('^') {
            end += 1;
        }
        if end > start + 1 && chunks[start..end].iter().any(|c| c.gone) {
            chunks[start..end].iter_mut().for_each(|c| c.gone = true);
        }
        start = end;
    }
}

/// The text anew, with one mark for each run of chunks that went.
fn written(chunks: &[Chunk<'_>], tail: &str, mark: &str) -> String {
    let mut out = String::new();
    let mut marked = false;
    for chunk in chunks {
        if chunk.gone && marked {
            continue;
        }
        // What stood between two words of which one went may be part of it: a space is enough.
        out.push_str(&plain(chunk.gap));
        out.push_str(if chunk.gone { mark } else { chunk.text });
        marked = chunk.gone;
    }
    out.push_str(&plain(tail));
    out.trim_matches([' ', '\0']).to_owned()
}

/// Punctuation that may stay: of ASCII, with line ends; a space for anything else.
fn plain(gap: &str) -> String {
    gap.chars()
        .map(|c| if c == ' ' || c.is_ascii_punctuation() || "\r\n\t\u{c}".contains(c) { c } else { ' ' })
        .collect()
}

/// As much of a text as fits, whole words of it, no broken mark.
fn cut(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map_or(text.len(), |(i, _)| i);
    let whole = text[..end].rfind(' ').map_or("", |space| &text[..space]);
    whole.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let mut known = Known::default();
        known.name("Canary^Jane Li=\u{5c71}\u{7530}^\u{592a}\u{90ce}");
        known.name("Brain^Ad\u{e8}le");
        known.number("AB-12/345");
        known.number("777");
        known.place("Heart Hospital");
        known
    }

    fn clean(text: &str) -> String {
        cleaned(text, &known(), 64).unwrap_or_default()
    }

    #[test]
    fn technical_descriptions_stay_as_they_are() {
        let mut tried = 0;
        for text in [
            "CT CHEST W/O CONTRAST",
            "t1_mprage_sag_p2_iso 1.0mm",
            "AX T2 FLAIR FS",
            "ep2d_diff_4scan_trace_p2_ADC",
            "THORAX  5.0  B30f",
            "MRI L-Spine, T12-L5",
            "Sch\u{e4}del seitlich",
            "R\u{f6}ntgen Knie links 2 Ebenen",
            "RX rodilla derecha",
            "IRM c\u{e9}r\u{e9}brale sans injection",
            "Neuro^Crane",
            "TotalDLP 0.5 sec",
            "SmartScore - Gated",
            "b1000 TE100 3D 512x512",
            "JPEG 2000 lossy 16:1",
            "long axis view",
            "DR Chest AP",
            "MR Abdomen",
            "Scan 12/3",
            "PET-CT whole body 2.5 mm",
        ] {
            let expected = text.replace("2000 ", "[removed] ");
            assert_eq!(clean(text), expected, "{text}");
            tried += 1;
        }
        assert_eq!(tried, 20);
    }

    #[test]
    fn what_identifies_goes_and_the_rest_stays() {
        let cases = [
            ("CT Chest Canary", "CT Chest [removed]"),
            ("CT Chest CANARY,JANE", "CT Chest [removed]"),
            ("chest jane_li scan", "chest [removed] scan"),
            ("Brain MRI", "[removed] MRI"),
            ("SmartBrain MRI", "[removed] MRI"),
            ("CT ADELE chest", "CT [removed] chest"),
            ("CT \u{5c71}\u{7530} chest", "CT [removed] chest"),
            ("CT \u{ff33}\u{ff4d}\u{ff49}th chest", "CT [removed] chest"),
            ("Head^Harms", ""),
            ("CT Smith^Long^ chest", "CT [removed]"),
            ("CT J. Smith", "CT [removed]"),
            ("CT Long, Peter", "CT [removed]"),
            ("chest for Dr Long", "chest for [removed]"),
            ("chest Dr. Hand Foot knee", "chest [removed] knee"),
            ("chest Prof. Smith", "chest [removed]"),
            ("chest DeLong", "chest [removed]"),
            ("scan AB12345", "scan [removed]"),
            ("scan ab-12 345", "scan [removed]"),
            ("scan AB 12/345", "scan [removed]"),
            ("scan 777", "scan [removed]"),
            ("scan 778", "scan 778"),
            ("scan 12345", "scan [removed]"),
            ("scan 943 476 5919", "scan [removed]"),
            ("scan +49 (30) 123-456", "scan +[removed]"),
            ("scan 20190514", "scan [removed]"),
            ("scan 14/05/2019", "scan [removed]"),
            ("scan 14.05.19", "scan [removed]"),
            ("scan 05-14-2019", "scan [removed]"),
            ("scan 2019-05-14", "scan [removed]"),
            ("scan 14 May 2019", "scan [removed]"),
            ("scan May 14th, 2019", "scan [removed]"),
            ("scan 14. Mai", "scan [removed]"),
            ("scan 14 de mayo", "scan [removed]"),
            ("scan dec 14", "scan [removed]"),
            ("scan 05/2019", "scan [removed]"),
            ("scan 14/05", "scan [removed]"),
            ("scan 2019", "scan [removed]"),
            ("scan 123-456", "scan [removed]"),
            ("scan 20190514_1015", "scan [removed]"),
            ("scan 1,234,567", "scan [removed]"),
            ("scan mrn 4711", "scan [removed]"),
            ("scan no. 47", "scan no. [removed]"),
            ("scan no 5", "scan no 5"),
            ("scan C.P.", "scan [removed]."),
            ("scan 92F", "scan [removed]"),
            ("scan F18 5F", "scan F18 5F"),
            ("scan 10:15", "scan [removed]"),
            ("scan 10:15:22", "scan [removed]"),
            ("scan 92 yo", "scan [removed]"),
            ("scan 045Y", "scan [removed]"),
            ("scan 1.2.840.113619.2", "scan [removed]"),
            ("scan 1.2.3.4", "scan [removed]"),
            ("mail image@body.com scan", "[removed] scan"),
            ("see http://scan.image/head chest", "[removed]://scan chest"),
            ("Heart Hospital CT", "[removed] CT"),
            ("Heart CT", "Heart CT"),
            ("Chset Cananry CT", "[removed] CT"),
            ("[removed] CT", "[removed] CT"),
            ("Smith", ""),
            ("12 345", ""),
            ("[removed]", ""),
        ];
        let mut tried = 0;
        for (text, expected) in cases {
            let found = clean(text);
            if text.contains("://") {
                assert!(!found.contains("head") && found.ends_with("chest"), "{found}");
            } else {
                assert_eq!(found, expected, "{text}");
            }
            assert_eq!(clean(&found), found, "again: {text}");
            tried += 1;
        }
        assert_eq!(tried, 61);
    }

    #[test]
    fn what_is_left_fits_and_breaks_no_mark() {
        let most = |text: &str, most| cleaned(text, &known(), most);
        assert_eq!(most("Knee Smith left", 16).as_deref(), Some("Knee [-] left"));
        assert_eq!(most("Li Knee Li left Li right", 16).as_deref(), Some("[-] Knee [-]"));
        assert_eq!(most("Li Li, Li Li: Li Li; Li knee", 4), None);
        let long = "Smith knee ".repeat(20);
        assert!(most(&long, 64).is_some_and(|t| t.len() <= 64 && t.matches('[').count() == t.matches(']').count()));
    }
}
