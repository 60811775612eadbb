//! What stands among coded pictures and in the settings of a coding goes, and the coded samples stay where they are.
#![allow(clippy::unwrap_used)]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/film.rs"]
mod film;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, held};
use film::{aac, avc1, boxed, film, sample, slice, sound, video};
use picture::found;
use scrubs::recording::Format;

#[test]
fn units_that_no_player_of_one_view_shows_go() {
    let units: [&[u8]; 5] = [b"\x13", b"\x74\xC0\0\0", b"\x75\xC0\0\0", b"\x0D", b"\x6F"];
    let mut tried = 0;
    for head in units {
        let unit = [head, b"CANARY-behind-the-picture"].concat();
        let samples = vec![sample(&[&slice(0), &unit]), sample(&[&unit, &slice(1)])];
        let bytes = film(*b"isom", vec![video(samples, avc1(&[0; 4], b"", b"", b""))], true, false).bytes();
        let (output, _) = clean(Format::Mp4, &bytes).unwrap();
        assert!(found(&output, "CANARY").is_none(), "{head:?}");
        for number in 0..2 {
            let place = |bytes: &[u8]| memchr::memmem::find(bytes, &slice(number));
            assert!(place(&output).is_some() && place(&output) == place(&bytes));
        }
        assert_eq!(held(Format::Mp4, &bytes), None, "{head:?}");
        tried += 1;
    }
    assert_eq!(tried, 5);
    let parted = vec![sample(&[&slice(0), b"\x42CANARY"])];
    let bytes = film(*b"isom", vec![video(parted, avc1(&[0; 4], b"", b"", b""))], true, false).bytes();
    assert_eq!(clean(Format::Mp4, &bytes).err().map(|refusal| refusal.code), Some("not-understood"));
}

/// A film of MPEG-2 (by the name of its entry) or MPEG-4 Part 2 (by an ES descriptor) of these samples.
fn mpeg(four: bool, samples: Vec<Vec<u8>>) -> Vec<u8> {
    let fields = &avc1(&[0; 4], b"", b"", b"")[8..86];
    let headers = b"\0\0\x01\xB0\x01\0\0\x01\xB5\x09";
    let decoder =
        [&[4, 13 + 2 + headers.len() as u8, 0x20, 0x11][..], &[0; 11], &[5, headers.len() as u8], headers].concat();
    let es = [&[0, 0, 0, 0, 3, 3 + decoder.len() as u8, 0, 1, 0][..], &decoder].concat();
    let entry = if four { boxed(b"mp4v", &[fields, &boxed(b"esds", &es)].concat()) } else { boxed(b"m2v1", fields) };
    film(*b"isom", vec![video(samples, entry)], true, false).bytes()
}

#[test]
fn codes_of_mpeg_on_no_list_go_and_pictures_stay() {
    let words = b"CANARY-among-the-codes";
    let heads: [(bool, &[u8]); 11] = [
        (false, b"\0\0\x01\xB0"),
        (false, b"\0\0\x01\xB1"),
        (false, b"\0\0\x01\xB4"),
        (false, b"\0\0\x01\xB5\x40"),
        (false, b"\0\0\x01\xB7"),
        (false, b"\0\0\x01\xB8\0\x08\0\x40"),
        (false, b"\0\0\x01\xBE\0\x16"),
        (true, b"\0\0\x01\xB1"),
        (true, b"\0\0\x01\xB0\x01"),
        (true, b"\0\0\x01\xC4"),
        (true, b"\0\0\x01\x05"),
    ];
    let mut tried = 0;
    for (four, head) in heads {
        let picture = |number: u8| {
            let head: &[u8] = if four { b"\0\0\x01\xB6" } else { b"\0\0\x01\0\0\x0F\xFF\xF8\0\0\x01\x01" };
            [head, &slice(number)].concat()
        };
        let note = [head, words].concat();
        let bytes = mpeg(four, vec![[picture(0), note.clone()].concat(), [note, picture(1)].concat()]);
        let (output, _) = clean(Format::Mp4, &bytes).unwrap();
        assert!(found(&output, "CANARY").is_none(), "{four} {head:?}");
        for number in 0..2 {
            let place = |bytes: &[u8]| memchr::memmem::find(bytes, &picture(number));
            assert!(place(&output).is_some() && place(&output) == place(&bytes), "{four} {head:?}");
        }
        assert_eq!(held(Format::Mp4, &bytes), None, "{four} {head:?}");
        let (again, plan) = clean(Format::Mp4, &output).unwrap();
        assert!(again == output && plan.cut.is_whole(output.len() as u64), "{four} {head:?}");
        tried += 1;
    }
    assert_eq!(tried, 11);
    let before = [&words[..], b"\0\0\x01\xB3"].concat();
    assert_eq!(clean(Format::Mp4, &mpeg(false, vec![before])).err().map(|refusal| refusal.code), Some("truncated"));
}

#[test]
fn a_comment_in_the_settings_of_sound_goes_and_the_settings_stay() {
    let layout = |comment: &[u8]| [&[0x12, 0, 5, 4, 4, 0, 0x21, 0x10, comment.len() as u8][..], comment].concat();
    let bands = [0x56, 0xE5, 0];
    let wide: Vec<u8> = b"CANARY-settings".iter().flat_map(|b| [*b, 0]).collect();
    let cases: [(Vec<u8>, Vec<u8>); 5] = [
        ([&layout(b"CANARYX")[..], &bands].concat(), [&layout(&[0; 7])[..], &bands].concat()),
        ([&layout(b"CANARY-settings")[..], &bands].concat(), [&layout(&[0; 15])[..], &bands].concat()),
        ([&[0x12, 0x10][..], &wide].concat(), [&[0x12, 0x10][..], &[0; 30]].concat()),
        ([&[0x12, 0x10][..], b"CANARY"].concat(), [&[0x12, 0x10][..], &[0; 6]].concat()),
        ([&[0x12, 0x10][..], &bands, b"CANARY"].concat(), [&[0x12, 0x10][..], &bands, &[0; 6]].concat()),
    ];
    let mut tried = 0;
    for (told, expected) in cases {
        let bytes = film(*b"M4A ", vec![sound(aac(&told, b"", b""))], true, false).bytes();
        let (output, _) = clean(Format::M4a, &bytes).unwrap();
        assert!(memchr::memmem::find(&output, &expected).is_some(), "{told:X?}");
        assert!(found(&output, "CANARY").is_none() && memchr::memmem::find(&output, &wide).is_none(), "{told:X?}");
        assert_eq!(held(Format::M4a, &bytes), None, "{told:X?}");
        tried += 1;
    }
    assert_eq!(tried, 5);
    // How large a buffer is and how many bits a second there are.
    let mut bytes = film(*b"M4A ", vec![sound(aac(&[0x12, 0x10], b"", b""))], true, false).bytes();
    let at = memchr::memmem::find(&bytes, &[0x40, 0x15]).unwrap() + 2;
    bytes[at..at + 6].copy_from_slice(b"CANARY");
    assert!(found(&clean(Format::M4a, &bytes).unwrap().0, "CANARY").is_none());
    assert_eq!(held(Format::M4a, &bytes), None);
}

#[test]
fn settings_of_sound_end_where_their_numbers_do() {
    let wide: Vec<u8> = b"CANARY".iter().flat_map(|b| [*b, 0]).collect();
    let fields = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 8], &[0, 2, 0, 16, 0, 0, 0, 0, 0xBB, 0x80, 0, 0]].concat();
    let opus = [0, 2, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0];
    let layout = [0, 0, 0, 0, 0, 0x65, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
    let old = boxed(b"wave", &[boxed(b"frma", b"CANA"), boxed(b"mp4a", &wide)].concat());
    let entries: [(&[u8; 4], Vec<u8>); 6] = [
        (b"Opus", boxed(b"dOps", &[&opus[..], &wide].concat())),
        (b"ac-3", boxed(b"dac3", &[&[0x10, 0x3D, 0xE0][..], b"CANARY"].concat())),
        (b"Opus", [boxed(b"dOps", &opus), boxed(b"chan", &[&layout[..], b"CANARY"].concat())].concat()),
        (b"Opus", [boxed(b"dOps", &opus), boxed(b"dac3", b"CANARYX")].concat()),
        (b"Opus", [boxed(b"dOps", &opus), boxed(b"srat", b"CANARYX\0")].concat()),
        (b"Opus", [boxed(b"dOps", &opus), old].concat()),
    ];
    let mut tried = 0;
    for (kind, settings) in entries {
        let entry = boxed(kind, &[&fields[..], &settings].concat());
        let bytes = film(*b"isom", vec![sound(entry)], true, false).bytes();
        let (output, _) = clean(Format::Mp4, &bytes).unwrap();
        assert!(found(&output, "CANA").is_none() && memchr::memmem::find(&output, &wide).is_none(), "case {tried}");
        assert_eq!(held(Format::Mp4, &bytes), None, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn parameter_sets_stand_in_their_own_list_and_hold_no_text() {
    let wide: Vec<u8> = b"CANARY".iter().flat_map(|b| [*b, 0]).collect();
    let unit = |unit: &[u8]| [&(unit.len() as u16).to_be_bytes()[..], unit].concat();
    let sets = |second: &[u8]| {
        let fields = &avc1(&[0; 4], b"", b"", b"")[8..86];
        let first = unit(&[0x67, 0x42, 0xC0, 0x0A, 0xD9, 0x1E, 0x84]);
        let own =
            [&[1, 0x42, 0xC0, 0x0A, 0xFF, 0xE2][..], &first, &unit(second), &[1], &unit(&[0x68, 0xCE, 0x38, 0x80])];
        let entry = boxed(b"avc1", &[fields, &boxed(b"avcC", &own.concat())].concat());
        film(*b"isom", vec![video(vec![sample(&[&slice(0)])], entry)], true, false).bytes()
    };
    let mut tried = 0;
    for head in [0x01, 0x05, 0x08, 0x0D, 0x74] {
        let bytes = sets(&[&[head][..], &wide].concat());
        let (output, _) = clean(Format::Mp4, &bytes).unwrap();
        assert!(memchr::memmem::find(&output, &wide).is_none(), "{head}");
        assert_eq!(held(Format::Mp4, &bytes), None, "{head}");
        tried += 1;
    }
    assert_eq!(tried, 5);
    for text in [&wide[..], b"CANARYX", b"Canaryx"] {
        assert!(clean(Format::Mp4, &sets(&[&[0x67, 0x42, 0xC0, 0x0A][..], text].concat())).is_err(), "{text:?}");
        let set = [&[0x67, 0x42, 0xC0, 0x0A][..], text].concat();
        let samples = vec![sample(&[&set, &slice(0)])];
        let bytes = film(*b"isom", vec![video(samples, avc1(&[0; 4], b"", b"", b""))], true, false).bytes();
        assert!(clean(Format::Mp4, &bytes).is_err(), "{text:?}");
    }
}

#[test]
fn sound_is_as_long_as_players_read_it() {
    let row = |numbers: &[u32]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_be_bytes()).collect() };
    let first = |bytes: u32| {
        let fields =
            [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 1][..], &[0; 6], &[0, 2, 0, 16, 0, 0, 0, 0, 0x1F, 0x40, 0, 0]].concat();
        boxed(b"twos", &[fields, row(&[1, 2, bytes, 2])].concat())
    };
    // Version 2, for rates above 65,535: size, rate, channels, a mark, bits, flags, bytes and samples of a packet.
    let second = |bytes: u32| {
        let fields =
            [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 2][..], &[0; 6], &[0, 3, 0, 16, 0xFF, 0xFE, 0, 0, 0, 1, 0, 0]].concat();
        boxed(b"lpcm", &[fields, row(&[72, 0x40F7_7000, 0, 2, 0x7F00_0000, 16, 12, bytes, 1])].concat())
    };
    let mut tried = 0;
    for entry in [first(4), first(8), second(4), second(8)] {
        let mut track = sound(entry);
        track.samples = (0..40_u8).map(|n| vec![0x80 | n; 4]).collect();
        let mut bytes = film(*b"qt  ", vec![track.clone()], true, false).bytes();
        let sizes = memchr::memmem::find(&bytes, b"stsz").unwrap();
        bytes[sizes + 8..sizes + 12].copy_from_slice(&[0, 0, 0, 1]);
        let words = [&b"CANARY-behind-the-sound"[..], &[0; 160]].concat();
        let at = memchr::memmem::find(&bytes, b"mdat").unwrap();
        bytes[at - 4..at].copy_from_slice(&(8 + 160 + words.len() as u32).to_be_bytes());
        bytes.extend(words);
        let (output, _) = clean(Format::Mov, &bytes).unwrap();
        assert!(found(&output, "CANARY").is_none(), "case {tried}");
        assert!(memchr::memmem::find(&output, &track.samples.concat()).is_some(), "case {tried}");
        assert_eq!(held(Format::Mov, &bytes), None, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}
