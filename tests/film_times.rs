//! Times of a film that count from a date count from its beginning afterwards, and the second reader sees where they do not.
#![allow(clippy::unwrap_used)]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/film.rs"]
mod film;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, held};
use film::{boxed, fragments, plain};
use scrubs::finding::Code;
use scrubs::recording::Format;

/// An instant in 2029 and a month, in seconds.
const THEN: u64 = 1_889_654_400;
const MONTH: u64 = 31 * 86_400;

/// New content for a box of this kind and this content, where it has some.
type Anew<'a> = &'a dyn Fn(&[u8; 4], &[u8]) -> Option<Vec<u8>>;

/// The boxes of `bytes` with new content for some of them, and the sizes of what holds them.
fn rebuilt(bytes: &[u8], anew: Anew<'_>) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let kind: [u8; 4] = bytes[at + 4..at + 8].try_into().unwrap();
        let content = &bytes[at + 8..at + size];
        out.extend(match &kind {
            b"moov" | b"trak" | b"edts" | b"mdia" | b"mvex" => boxed(&kind, &rebuilt(content, anew)),
            _ => boxed(&kind, &anew(&kind, content).unwrap_or_else(|| content.to_vec())),
        });
        at += size;
    }
    out
}

/// A clean film, the tracks of which begin after pauses of so many milliseconds; `more` is a further row of their lists.
fn paused(pauses: [u64; 2], more: Option<(u64, u64)>) -> Vec<u8> {
    let pauses = std::cell::RefCell::new(pauses.into_iter());
    let duration = pauses.borrow().clone().max().unwrap() + 160;
    let long = |content: &[u8], times: usize| {
        let (head, rest) = (&content[12..times], &content[times + 4..]);
        [&[1, content[1], content[2], content[3]][..], &[0; 16], head, &duration.to_be_bytes(), rest].concat()
    };
    let film = clean(Format::Mp4, &plain(false, false)).unwrap().0;
    rebuilt(&film, &|kind, content| match kind {
        b"mvhd" => Some(long(content, 16)),
        b"tkhd" => Some(long(content, 20)),
        b"elst" => {
            let pause = pauses.borrow_mut().next().unwrap();
            let rows = [(pause, u64::MAX), (160, 0)].into_iter().chain(more);
            let rows: Vec<u8> = rows
                .clone()
                .flat_map(|(length, from)| [&length.to_be_bytes()[..], &from.to_be_bytes(), &[0, 1, 0, 0]].concat())
                .collect();
            Some([&[1, 0, 0, 0, 0, 0, 0, 2 + u8::from(more.is_some())][..], &rows].concat())
        }
        _ => None,
    })
}

/// What the second reader says of a film that it is shown without an original.
fn told(film: &[u8]) -> Option<String> {
    let film = film.to_vec();
    let evidence = scrubs::inspect::Evidence { format: Format::Mp4, original: &film, output: &film, dropped: &[] };
    scrubs::inspect::witness(&evidence).err().map(|trouble| format!("{trouble:?}"))
}

#[test]
fn a_pause_since_a_date_goes_and_what_begins_together_still_does() {
    let mut tried = 0;
    for (pauses, wanted) in [
        ([THEN * 1_000 + 250, THEN * 1_000 + 1_226], [250, 1_226]),
        ([THEN * 1_000 + 5_000, THEN * 1_000 + 999], [5_000, 999]),
        ([MONTH * 1_000, 0], [MONTH * 1_000, 0]),
    ] {
        let film = paused(pauses, None);
        let (output, plan) = clean(Format::Mp4, &film).unwrap();
        assert!(output == paused(wanted, None), "case {tried}");
        let moved = pauses != wanted;
        assert_eq!(plan.findings.iter().filter(|found| found.code == Code::Time).count(), if moved { 5 } else { 0 });
        assert_eq!(held(Format::Mp4, &film), None);
        assert_eq!(told(&film).is_some_and(|told| told.contains("date in the times")), moved);
        assert_eq!(told(&output), None);
        tried += 1;
    }
    assert_eq!(tried, 3);
    // One track counts from the date and the other does not, or a later row does.
    let far = THEN * 1_000;
    for (pauses, more) in [([far, 0], None), ([0, 0], Some((far, u64::MAX))), ([0, 0], Some((1, far)))] {
        let film = paused(pauses, more);
        assert!(clean(Format::Mp4, &film).err().is_some_and(|refusal| refusal.what.contains("count from a date")));
        assert!(told(&film).is_some_and(|told| told.contains("date in the times")));
    }
    // Below 0 is a pause, too, and all ones is a length that is not known.
    let odd = paused([0, 0], Some((u64::MAX, -5_i64 as u64)));
    assert!(clean(Format::Mp4, &odd).is_ok_and(|(output, _)| output == odd) && told(&odd).is_none());
}

#[test]
fn durations_that_say_a_date_become_unknown_and_samples_of_years_are_refused() {
    let film = clean(Format::Mp4, &plain(false, false)).unwrap().0;
    let patched = |kind: &[u8; 4], at: usize, number: u32| {
        let mut film = film.clone();
        let start = memchr::memmem::find(&film, kind).unwrap() + 4 + at;
        film[start..start + 4].copy_from_slice(&number.to_be_bytes());
        film
    };
    // A clock of one tick a second, by which what lasts 160 ticks otherwise lasts from 1970 to 2029.
    let mut slow = patched(b"mdhd", 12, 1);
    // To the end, however long that is.
    let list = memchr::memmem::find(&slow, b"elst").unwrap() + 4 + 8;
    slow[list..list + 4].fill(0);
    let duration = memchr::memmem::find(&slow, b"mdhd").unwrap() + 4 + 16;
    slow[duration..duration + 4].copy_from_slice(&(THEN as u32).to_be_bytes());
    let (output, _) = clean(Format::Mp4, &slow).unwrap();
    assert_eq!(output[duration..duration + 4], [0xFF; 4]);
    assert!(told(&output).is_none() && told(&slow).is_some());
    assert!(clean(Format::Mp4, &output).is_ok_and(|(again, _)| again == output));
    // The length of samples in a table; one below 0 is none.
    let mut tried = 0;
    for (each, refused) in [(THEN as u32 / 4, true), (-40_i32 as u32, false), (40, false)] {
        let mut long = output.clone();
        let at = memchr::memmem::find(&long, b"stts").unwrap() + 4 + 12;
        long[at..at + 4].copy_from_slice(&each.to_be_bytes());
        assert_eq!(clean(Format::Mp4, &long).is_err(), refused, "{each}");
        assert_eq!(told(&long).is_some_and(|told| told.contains("date in the times")), refused, "{each}");
        tried += 1;
    }
    assert_eq!(tried, 3);
    // Two headers could have two clocks.
    let twice = rebuilt(&film, &|kind, content| (kind == b"tkhd").then(|| content.to_vec()));
    assert!(twice == film);
    let header = boxed(b"mvhd", &[0; 100]);
    let at = memchr::memmem::find(&film, b"moov").unwrap();
    let size = u32::from_be_bytes(film[at - 4..at].try_into().unwrap()) + header.len() as u32;
    let twice = [&film[..at - 4], &size.to_be_bytes(), b"moov", &header, &film[at + 4..]].concat();
    assert!(clean(Format::Mp4, &twice).is_err());
}

/// A clean film in fragments whose clock has one tick a second, with lists of segments and of places to jump to.
fn timed(times: [u64; 3], shown_from: u32) -> Vec<u8> {
    let short = |time: u64| (time as u32).to_be_bytes();
    let mut film = clean(Format::Mp4, &fragments().bytes).unwrap().0;
    let clock = memchr::memmem::find(&film, b"mdhd").unwrap() + 4 + 12;
    film[clock..clock + 4].copy_from_slice(&short(1));
    let places: Vec<usize> = memchr::memmem::find_iter(&film, b"tfdt").map(|at| at + 8).collect();
    assert_eq!(places.len(), 3);
    for (at, time) in places.into_iter().zip(times) {
        film[at..at + 4].copy_from_slice(&short(time));
    }
    let list = memchr::memmem::find(&film, b"elst").unwrap() + 4;
    film[list + 8..list + 12].fill(0);
    film[list + 12..list + 16].copy_from_slice(&shown_from.to_be_bytes());
    let index = [&[0; 4][..], &short(1), &short(1), &short(times[0]), &[0; 8], &[0; 12]].concat();
    let index = boxed(b"sidx", &[&index[..20], &[0, 0, 0, 1], &short(9), &short(240), &[0x90, 0, 0, 0]].concat());
    let jump = |time| [&short(time)[..], &short(500), &[1, 1, 1]].concat();
    let jumps = [&[0; 4][..], &short(1), &short(0), &short(2), &jump(times[0]), &jump(times[2])].concat();
    let jumps = boxed(b"mfra", &boxed(b"tfra", &jumps));
    [film, index, jumps].concat()
}

#[test]
fn fragments_that_count_from_a_date_count_from_the_first_afterwards() {
    let mut tried = 0;
    for (times, wanted, shown_from) in [
        ([THEN, THEN + 80, THEN + 160], [0, 80, 160], 0),
        // What is shown from the seventh second on is shown yet.
        ([THEN, THEN + 80, THEN + 160], [7, 87, 167], 7),
        ([MONTH, MONTH + 80, MONTH + 160], [MONTH, MONTH + 80, MONTH + 160], 0),
    ] {
        let film = timed(times, shown_from);
        let moved = times != wanted;
        let (output, plan) = clean(Format::Mp4, &film).unwrap();
        let mut expected = timed(wanted, shown_from);
        if moved {
            let at = memchr::memmem::find(&expected, b"tfra").unwrap();
            expected[at..].fill(0);
            expected[at..at + 4].copy_from_slice(b"free");
        }
        assert!(output == expected, "case {tried}");
        // Three fragments, the list of segments, and that of places to jump to.
        assert_eq!(plan.findings.iter().filter(|found| found.code == Code::Time).count(), if moved { 5 } else { 0 });
        assert_eq!(held(Format::Mp4, &film), None);
        assert_eq!(told(&film).is_some_and(|told| told.contains("date in the times")), moved);
        assert_eq!(told(&output), None);
        tried += 1;
    }
    assert_eq!(tried, 3);
    assert!(clean(Format::Mp4, &timed([0, THEN, THEN + 80], 0)).is_err(), "only later ones do");
}

#[test]
fn lists_of_pictures_and_of_segments_that_are_not_there_do_not_stay() {
    let words = u32::from_be_bytes(*b"HOEF");
    let mut tried = 0;
    // Four pictures.
    for (list, stays) in
        [(&[1, 3][..], true), (&[1, 1, 4], true), (&[], true), (&[1, 5], false), (&[3, 1], false), (&[1, words], false)]
    {
        let samples = (0..4).map(|n| film::sample(&[&film::slice(n)])).collect();
        let mut track = film::video(samples, film::avc1(&[0; 4], b"", b"", b""));
        let rows: Vec<u8> = [list.len() as u32].iter().chain(list).flat_map(|row| row.to_be_bytes()).collect();
        track.tables = film::full(b"stss", &rows);
        let film = film::film(*b"isom", vec![track], true, false).bytes();
        let refusal = clean(Format::Mp4, &film).err();
        assert_eq!(refusal.is_none_or(|refusal| !refusal.what.contains("pictures to begin with")), stays, "{list:?}");
        assert_eq!(told(&film).is_some_and(|told| told.contains("pictures that are not there")), !stays);
        tried += 1;
    }
    assert_eq!(tried, 6);
    // Sizes, lengths and beginnings of segments.
    let film = timed([0, 80, 160], 0);
    let at = memchr::memmem::find(&film, b"sidx").unwrap() + 4 + 24;
    for (row, stays) in [
        ([9, 240, 0x9000_0000], true),
        ([9, 240, 0x9000_00F0], true),
        ([9, 240, 0x9000_00F1], false),
        ([9, 240, 0xF000_0000], false),
        ([words, 240, 0], false),
        ([9, 240, words], false),
    ] {
        let mut film = film.clone();
        film[at..at + 12].copy_from_slice(&row.map(u32::to_be_bytes).concat());
        let (output, _) = clean(Format::Mp4, &film).unwrap();
        assert_eq!(memchr::memmem::find(&output, b"sidx").is_some(), stays, "{row:?}");
        assert_eq!(held(Format::Mp4, &film), None);
        assert_eq!(told(&film).is_some_and(|told| told.contains("segments that are not there")), !stays);
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn fragments_are_numbered_from_one_and_none_lasts_for_years() {
    let film = clean(Format::Mp4, &fragments().bytes).unwrap().0;
    let numbers = |film: &[u8]| -> Vec<u32> {
        let places = memchr::memmem::find_iter(film, b"mfhd");
        places.map(|at| u32::from_be_bytes(film[at + 8..at + 12].try_into().unwrap())).collect()
    };
    assert_eq!(numbers(&fragments().bytes), [377_930_880, 377_930_881, 377_930_882]);
    assert_eq!(numbers(&film), [1, 2, 3]);
    let at = memchr::memmem::find(&film, b"mfhd").unwrap() + 8;
    let other = [&film[..at], &[0, 0, 0, 9], &film[at + 4..]].concat();
    assert!(told(&other).is_some_and(|told| told.contains("number of a fragment")) && told(&film).is_none());
    // One tick a second, and samples that last 40 of them, or a year.
    let mut tried = 0;
    for (length, refused) in [(40_u32, false), (366 * 86_400, true)] {
        let mut slow = timed([0, 80, 160], 0);
        let usual = memchr::memmem::find(&slow, b"trex").unwrap() + 4 + 12;
        slow[usual..usual + 4].copy_from_slice(&length.to_be_bytes());
        let what = clean(Format::Mp4, &slow).err().map(|refusal| refusal.what);
        assert_eq!(what.is_some_and(|what| what.contains("count from a date")), refused);
        assert_eq!(told(&slow).is_some_and(|told| told.contains("date in the times")), refused);
        tried += 1;
    }
    assert_eq!(tried, 2);
}
