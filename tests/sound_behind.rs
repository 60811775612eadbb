//! What hides where sound ends: behind a length that is not stated or not true, behind the last page, in the last frame.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/sound.rs"]
mod sound;

use cleaning::{clean, held};
use scrubs::cut::Piece;
use scrubs::inspect;
use scrubs::recording::Format;
use sound::*;

const WORDS: &[u8] = b"QUOLLBY MIRABEL 1931-02-28";

fn holds(output: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(output, words).is_some()
}

/// Why the second reader would hold this output; none where it clears it.
fn doubted(format: Format, original: &[u8], output: &[u8]) -> Option<&'static str> {
    let (original, output) = (original.to_vec(), output.to_vec());
    let evidence = inspect::Evidence { format, original: &original, output: &output, dropped: &[] };
    inspect::witness(&evidence).err().map(|trouble| trouble.code())
}

/// A WAV file of 4,000 bytes of sound whose length is stated as `size`, and what stands behind them.
fn open_wav(size: u32, behind: &[u8]) -> Vec<u8> {
    let start = [b"data", &size.to_le_bytes()[..], &noise(4000), behind].concat();
    riff(b"WAVE", &[riff_chunk(b"fmt ", &FORMAT), start])
}

fn id3_tag() -> Vec<u8> {
    let mut tag = [b"TAG", WORDS].concat();
    tag.resize(128, 0);
    tag
}

#[test]
fn sound_that_does_not_say_how_long_it_is_ends_before_every_part_behind_it() {
    let list = riff_chunk(b"LIST", &[b"INFOINAM\x1A\0\0\0", WORDS].concat());
    let guano = riff_chunk(b"guan", &[b"GUANO|Version:1.0\n", WORDS].concat());
    let strange = riff_chunk(b"zzQ9", WORDS);
    let long = riff_chunk(b"id3 ", &[b"ID3\x03\0\0\0\0\0\0", WORDS, &vec![0; 5 << 20]].concat());
    let behind = [
        list.clone(),
        guano.clone(),
        strange.clone(),
        [&guano[..], &list].concat(),
        [&strange[..], &guano, &list].concat(),
        [&list[..], &[0; 3]].concat(),
        [&strange[..], &[0; 7]].concat(),
        list[..list.len() - 6].to_vec(),
        [&strange[..], &list[..list.len() - 6]].concat(),
        long,
    ];
    let mut tried = 0;
    for size in [0, u32::MAX, 10_000_000] {
        for behind in &behind {
            let bytes = open_wav(size, behind);
            let (output, _) = clean(Format::Wav, &bytes).expect("sound");
            assert!(output == wav_plain(), "{size} {:?}", &behind[..4]);
            assert_eq!(held(Format::Wav, &bytes), None, "{size} {:?}", &behind[..4]);
            tried += 1;
        }
    }
    assert_eq!(tried, 30);
}

#[test]
fn texts_that_are_no_part_to_the_end_of_the_file_are_refused_where_the_sound_does_not_say_how_long_it_is() {
    let list = riff_chunk(b"LIST", &[b"INFOINAM\x1A\0\0\0", WORDS].concat());
    let ape = [&b"APETAGEX\xD0\x07\0\0"[..], &[0; 20], WORDS].concat();
    let id3 = [&b"ID3\x04\0\0\0\0\0\x1A"[..], WORDS].concat();
    let mut tried = 0;
    for size in [0, u32::MAX, 10_000_000] {
        for behind in
            [id3_tag(), [list.clone(), id3_tag()].concat(), ape.clone(), id3.clone(), [&list[..], &noise(60)].concat()]
        {
            let refusal = clean(Format::Wav, &open_wav(size, &behind)).expect_err("texts");
            assert!(refusal.code == "not-understood" && refusal.advice.contains("save it as"), "{refusal}");
            tried += 1;
        }
    }
    assert_eq!(tried, 15);
}

#[test]
fn sound_that_reads_like_parts_stays_where_no_part_leads_to_the_end() {
    let bare =
        [b"LIST\x10\0\0\0WIDEbext\xFF\xFF\x7F\0guan\x04\0\0\0iXML\xF0\xFF\xFF\0;;".to_vec(), noise(9000)].concat();
    for size in [0, u32::MAX, 10_000_000] {
        let bytes = open_wav(size, &bare);
        let (output, _) = clean(Format::Wav, &bytes).expect("sound");
        assert!(output.ends_with(&[noise(4000), bare.clone()].concat()));
        assert_eq!(held(Format::Wav, &bytes), None);
    }
}

#[test]
fn the_second_reader_sees_a_part_that_was_left_behind_sound_of_no_stated_length() {
    let parts = [
        riff_chunk(b"LIST", &[b"INFOINAM\x1A\0\0\0", WORDS].concat()),
        riff_chunk(b"guan", &[b"GUANO|Version:1.0\n", WORDS].concat()),
        riff_chunk(b"zzQ9", WORDS),
        id3_tag(),
    ];
    let mut tried = 0;
    for behind in &parts {
        let kept = [&noise(4000)[..], behind].concat();
        let left = riff(b"WAVE", &[riff_chunk(b"fmt ", &FORMAT), riff_chunk(b"data", &kept)]);
        assert_eq!(doubted(Format::Wav, &open_wav(u32::MAX, behind), &left), Some("residue"));
        // Sound is cut off nowhere but before parts.
        let cut = riff(b"WAVE", &[riff_chunk(b"fmt ", &FORMAT), riff_chunk(b"data", &noise(3000))]);
        assert_eq!(doubted(Format::Wav, &open_wav(u32::MAX, behind), &cut), Some("samples-changed"));
        tried += 1;
    }
    assert_eq!(tried, parts.len());
}

/// An AIFF file of 1,000 samples in 4,000 bytes, whose sound claims to be `claimed` bytes long, and what stands behind.
fn aiff_claiming(description: &[u8], claimed: Option<u32>, behind: &[u8]) -> Vec<u8> {
    let mut sound = form_chunk(b"SSND", &[&[0; 8][..], &noise(4000), behind].concat());
    if let Some(claimed) = claimed {
        sound[4..8].copy_from_slice(&claimed.to_be_bytes());
    }
    form(b"AIFF", &[form_chunk(b"COMM", description), sound])
}

#[test]
fn sound_of_an_aiff_ends_with_the_samples_that_its_description_speaks_of() {
    let note = form_chunk(b"ANNO", WORDS);
    let mut tried = 0;
    for (claimed, behind) in [(None, WORDS), (None, &note[..]), (Some(0x7FFF_FFFF), WORDS), (Some(9000), &note[..])] {
        let bytes = aiff_claiming(&DESCRIPTION, claimed, behind);
        let (output, _) = clean(Format::Aiff, &bytes).expect("sound");
        assert!(output == aiff_plain(), "{claimed:?}");
        assert_eq!(held(Format::Aiff, &bytes), None, "{claimed:?}");
        let left = aiff_claiming(&DESCRIPTION, None, behind);
        assert_eq!(doubted(Format::Aiff, &bytes, &left), Some("residue"), "{claimed:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn an_aiff_that_speaks_of_less_sound_than_it_holds_is_held_and_not_cut() {
    let mut tried = 0;
    for (behind, code) in [(4_096, None), (4_097, Some("not-understood")), (1 << 20, Some("not-understood"))] {
        let bytes = aiff_claiming(&DESCRIPTION, None, &vec![7; behind]);
        assert_eq!(clean(Format::Aiff, &bytes).err().map(|refusal| refusal.code), code, "{behind}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn sound_of_an_aiff_that_claims_more_than_there_is_ends_before_the_parts_behind_it() {
    // The number of samples is not stated, or is more than there are.
    for samples in [[0; 4], [0, 1, 0, 0]] {
        let description = [&DESCRIPTION[..2], &samples, &DESCRIPTION[6..]].concat();
        let note = [form_chunk(b"ANNO", WORDS), form_chunk(b"zzQ9", WORDS)].concat();
        let bytes = aiff_claiming(&description, Some(0x7FFF_FFFF), &note);
        let (output, _) = clean(Format::Aiff, &bytes).expect("sound");
        assert!(output == aiff_claiming(&description, None, b"") && !holds(&output, WORDS));
        assert_eq!(held(Format::Aiff, &bytes), None);
        let left = aiff_claiming(&description, None, &note);
        assert_eq!(doubted(Format::Aiff, &bytes, &left), Some("residue"));
    }
}

/// The headers of a track of Vorbis, Opus, FLAC or Theora, and packets of its sound.
fn track(kind: &str) -> (Vec<u8>, [Vec<u8>; 2]) {
    let (head, more) = match kind {
        "Vorbis" => (vorbis_head(), vec![b"\x03vorbis\0\0\0\0\0\0\0\0\x01".to_vec(), noise(300)]),
        "Opus" => (opus_head(), vec![b"OpusTags\0\0\0\0\0\0\0\0".to_vec()]),
        "FLAC" => {
            let head = [&b"\x7FFLAC\x01\0\0\x01fLaC\0\0\0\x22"[..], &flac_info()].concat();
            (head, vec![b"\x84\0\0\x08\0\0\0\0\0\0\0\0".to_vec()])
        }
        _ => {
            let mut head = b"\x80theora\x03\x02\x01".to_vec();
            head.resize(42, 1);
            (head, vec![b"\x81theora\0\0\0\0\0\0\0\0".to_vec(), noise(200)])
        }
    };
    let first: &[u8] = if kind == "FLAC" { &[0xFF, 0xF8] } else { &[0] };
    let more: Vec<&[u8]> = more.iter().map(Vec::as_slice).collect();
    let pages = [ogg_page(5, 0, 2, &[&head], false), ogg_page(5, 1, 0, &more, false)];
    (pages.concat(), [500, 700].map(|length| [first, &noise(length)].concat()))
}

#[test]
fn headers_among_the_packets_of_an_ogg_are_emptied_where_they_stand() {
    let texts = comments(WORDS, &[[b"TITLE=", WORDS].concat()]);
    let long = comments(WORDS, &[[b"TITLE=", WORDS, &[b'A'; 900]].concat()]);
    let mut tried = 0;
    for (kind, start, stays) in [
        ("Vorbis", &b"\x03vorbis"[..], &b"\x03vorbis\0\0\0\0\0\0\0\0\x01"[..]),
        ("Vorbis", b"\x01vorbis", b"\x01"),
        ("Vorbis", b"\x07", b"\x07"),
        ("Opus", b"OpusTags", b"OpusTags"),
        ("Opus", b"OpusHead", b"OpusHead"),
        ("FLAC", b"\x84\0\0\x40", b"\x84"),
        ("FLAC", b"\x06\0\0\x40", b"\x06"),
        ("Theora", b"\x81theora", b"\x81theora"),
        ("Theora", b"\x85", b"\x85"),
    ] {
        for texts in [&texts, &long] {
            let (headers, [first, second]) = track(kind);
            let file = |header: &[u8]| {
                let (half, rest) = header.split_at(header.len() / 255 * 255);
                let pages = match half.is_empty() {
                    true => ogg_page(5, 2, 0, &[&first, header], false),
                    false => [ogg_page(5, 2, 0, &[&first, half], true), ogg_page(5, 3, 1, &[rest], false)].concat(),
                };
                [&headers[..], &pages, &ogg_page(5, 4, 4, &[&second], false)].concat()
            };
            let header = [start, texts].concat();
            let mut empty = stays.to_vec();
            empty.resize(header.len(), 0);
            let bytes = file(&header);
            assert!(holds(&bytes, WORDS));
            let (output, plan) = clean(Format::Ogg, &bytes).expect("sound");
            assert!(output == file(&empty), "{kind} {start:?}");
            assert!(!plan.findings.is_empty());
            assert_eq!(held(Format::Ogg, &bytes), None, "{kind} {start:?}");
            assert_eq!(doubted(Format::Ogg, &bytes, &bytes), Some("residue"), "{kind} {start:?}");
            let (again, plan) = clean(Format::Ogg, &output).expect("sound");
            assert!(again == output && plan.findings.is_empty());
            tried += 1;
        }
    }
    assert_eq!(tried, 18);
}

/// What becomes of words, and a page that is made with what became of them.
type Change = dyn Fn(&[u8]) -> Vec<u8>;
type Part<'a> = &'a dyn Fn(&Change) -> Vec<u8>;

#[test]
fn bytes_of_packets_that_never_end_or_never_began_are_zero() {
    let (headers, [first, second]) = track("Vorbis");
    let long = [b"\0", &WORDS.repeat(12)[..255 - 1]].concat();
    let longer = [&long[..], &WORDS.repeat(12)[..255]].concat();
    let plain = ogg_page(5, 9, 4, &[&second], false);
    let with = |pages: &[Part<'_>]| {
        let build = |change: &Change| pages.iter().fold(headers.clone(), |all, page| [all, page(change)].concat());
        (build(&|words| words.to_vec()), build(&|words| vec![0; words.len()]))
    };
    let sound: Part<'_> = &|_| ogg_page(5, 2, 0, &[&first], false);
    let end: Part<'_> = &|_| plain.clone();
    let open: Part<'_> = &|zero| ogg_page(5, 3, 0, &[&second, &zero(&long)], true);
    let last: Part<'_> = &|zero| ogg_page(5, 3, 4, &[&zero(&long)], true);
    let goes_on: Part<'_> = &|zero| ogg_page(5, 4, 1, &[&zero(&longer)], true);
    let headless: Part<'_> = &|zero| ogg_page(5, 4, 1, &[&zero(WORDS), &first], false);
    let other: Part<'_> = &|_| [ogg_page(6, 0, 2, &[&opus_head()], false)].concat();
    let opus: Part<'_> = &|_| ogg_page(6, 1, 4, &[b"OpusTags\0\0\0\0\0\0\0\0"], false);
    let cases: &[&[Part<'_>]] = &[
        &[sound, open],
        &[sound, last],
        &[sound, open, goes_on],
        &[sound, open, goes_on, goes_on, end],
        &[sound, open, sound, end],
        &[other, opus, sound, open],
        &[other, sound, open, opus, goes_on, end],
        &[sound, headless, end],
        &[sound, goes_on, goes_on, end],
    ];
    let mut tried = 0;
    for (n, case) in cases.iter().enumerate() {
        let (bytes, blank) = with(case);
        assert!(holds(&bytes, WORDS) && !holds(&blank, WORDS));
        let (output, _) = clean(Format::Ogg, &bytes).unwrap_or_else(|refusal| panic!("{n}: {refusal}"));
        assert!(output == blank, "{n}");
        assert_eq!(held(Format::Ogg, &bytes), None, "{n}");
        assert_eq!(doubted(Format::Ogg, &bytes, &bytes), Some("residue"), "{n}");
        let (again, plan) = clean(Format::Ogg, &output).expect("sound");
        assert!(again == output && plan.findings.is_empty(), "{n}");
        tried += 1;
    }
    assert_eq!(tried, cases.len());
}

#[test]
fn a_packet_over_many_pages_is_sound_to_its_last_byte() {
    let (headers, [first, _]) = track("Vorbis");
    let packet = [vec![0], noise(255 * 9 - 1), noise(40)].concat();
    let pages = [
        ogg_page(5, 2, 0, &[&first, &packet[..255 * 3]], true),
        ogg_page(5, 3, 1, &[&packet[255 * 3..255 * 6]], true),
        ogg_page(6, 0, 2, &[&opus_head()], false),
        ogg_page(6, 1, 4, &[b"OpusTags\0\0\0\0\0\0\0\0", &first], false),
        ogg_page(5, 4, 5, &[&packet[255 * 6..]], false),
    ];
    let bytes = [headers, pages.concat()].concat();
    let (output, plan) = clean(Format::Ogg, &bytes).expect("sound");
    assert!(output == bytes && plan.findings.is_empty());
    assert_eq!(held(Format::Ogg, &bytes), None);
}

#[test]
fn a_track_that_goes_on_behind_its_last_page_is_refused() {
    let (headers, [first, second]) = track("Vorbis");
    let end = ogg_page(5, 2, 4, &[&first], false);
    let behind = ogg_page(5, 3, 4, &[&second], false);
    let bytes = [&headers[..], &end, &behind].concat();
    let refusal = clean(Format::Ogg, &bytes).expect_err("more than the end");
    assert_eq!(refusal.code, "not-understood");
    assert_eq!(doubted(Format::Ogg, &bytes, &bytes), Some("unaccounted"));
    // A page of nothing goes, and a track that begins anew is another.
    let bytes = [&headers[..], &end, &ogg_page(5, 3, 4, &[], false), &headers, &end].concat();
    let (output, _) = clean(Format::Ogg, &bytes).expect("sound");
    assert!(output == [&headers[..], &end, &headers, &end].concat());
    assert_eq!(held(Format::Ogg, &bytes), None);
}

#[test]
fn a_describing_frame_speaks_of_all_frames_of_files_that_were_joined() {
    let places = std::array::from_fn(|n| (n * 2) as u8);
    let mut encoder = [0; 36];
    encoder[..24].copy_from_slice(b"LAME3.100\x24\xA0\0\0\0\0\x0C\x53\0\0\x7F\x80\x24\x05\x31");
    let one = [mp3_info(&places, &encoder, b""), mp3_plain()].concat();
    let (output, _) = clean(Format::Mp3, &one).expect("sound");
    let frames = |output: &[u8]| u32::from_be_bytes([output[44], output[45], output[46], output[47]]);
    let delays = |output: &[u8]| output[156 + 21..156 + 24].to_vec();
    assert_eq!((frames(&output), delays(&output)), (8, vec![0x24, 0x05, 0x31]));
    let both = [&one[..], &id3(3, 0, WORDS), &one].concat();
    let (output, _) = clean(Format::Mp3, &both).expect("sound");
    // The second one's first frame is a frame as any; nothing is left out at the end.
    assert_eq!((frames(&output), delays(&output)), (17, vec![0x24, 0, 0]));
    assert_eq!(held(Format::Mp3, &both), None);
    assert!(!holds(&output, WORDS) && output.len() == 2 * one.len());
    let (again, plan) = clean(Format::Mp3, &output).expect("sound");
    assert!(again == output && plan.findings.is_empty());
    // A number that is too small is a fault.
    let mut less = clean(Format::Mp3, &one).expect("sound").0;
    less[47] = 6;
    let sum = less[..156 + 34].iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xA001 } else { sum >> 1 })
    });
    less[156 + 34..156 + 36].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(doubted(Format::Mp3, &one, &less), Some("residue"));
}

#[test]
fn a_last_frame_of_a_flac_goes_where_it_is_cut_off_and_is_refused_where_it_is_damaged() {
    let frames: Vec<u8> = (0..7).flat_map(flac_frame).collect();
    let start = flac_plain().len() - flac_frames().len();
    let with = |last: &[u8]| [&flac_plain()[..start], &frames, last].concat();
    let whole = flac_frame(7);
    let (output, _) = clean(Format::Flac, &with(&whole[..whole.len() - 40])).expect("sound");
    assert!(output == with(b""));
    let body = &whole[..whole.len() - 2];
    let hidden = [body, WORDS].concat();
    let sum = crc16(&hidden);
    let mut tried = 0;
    for behind in [&b""[..], &id3_tag()] {
        for last in [[&hidden[..], &sum].concat(), [body, &[1, 2]].concat()] {
            let refusal = clean(Format::Flac, &with(&[&last, behind].concat())).expect_err("a damaged frame");
            assert_eq!(refusal.code, "not-understood");
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}

#[test]
fn an_mp3_in_too_many_pieces_is_refused_with_what_to_do() {
    // 104 bytes a frame: one channel, 32 kilobits, no sound, and a note to its end.
    let frame = [&[0xFF, 0xFB, 0x10, 0xC0][..], &[0; 17], &WORDS.repeat(4)[..83]].concat();
    let (output, plan) = clean(Format::Mp3, &frame.repeat(1000)).expect("sound");
    assert!(!holds(&output, WORDS));
    assert_eq!(plan.cut.pieces().len(), 2000);
    let refusal = clean(Format::Mp3, &frame.repeat(200_002)).expect_err("too many");
    assert!(refusal.code == "too-large" && refusal.advice.contains("in parts"), "{refusal}");
}

#[test]
fn a_page_whose_packets_are_emptied_is_kept_in_small_pieces() {
    let (headers, [first, second]) = track("Opus");
    let texts = [&b"OpusTags"[..], &comments(WORDS, &[])].concat();
    let packets: Vec<&[u8]> = (0..40).flat_map(|_| [&first[..], &texts, &second]).collect();
    let pages: Vec<u8> = packets.chunks(60).flat_map(|some| ogg_page(5, 2, 0, some, false)).collect();
    let bytes = [headers, pages].concat();
    let (output, plan) = clean(Format::Ogg, &bytes).expect("sound");
    assert!(!holds(&output, WORDS) && output.len() == bytes.len());
    let written: usize = plan
        .cut
        .pieces()
        .iter()
        .filter(|piece| matches!(piece, Piece::Write { .. }))
        .map(|piece| piece.len() as usize)
        .sum();
    assert_eq!(written, 2 * 4);
    assert_eq!(held(Format::Ogg, &bytes), None);
}

#[test]
fn bytes_between_the_sound_of_a_frame_and_its_check_sum_are_refused_by_both_readers() {
    let start = flac_plain().len() - flac_frames().len();
    let whole = flac_frame(3);
    let hidden = [&whole[..whole.len() - 2], WORDS].concat();
    let sum = crc16(&hidden);
    let frames: Vec<u8> =
        (0..8).flat_map(|n| if n == 3 { [&hidden[..], &sum].concat() } else { flac_frame(n) }).collect();
    let bytes = [&flac_plain()[..start], &frames].concat();
    let refusal = clean(Format::Flac, &bytes).expect_err("more than sound");
    assert_eq!(refusal.code, "not-understood");
    assert_eq!(doubted(Format::Flac, &bytes, &bytes), Some("unaccounted"));
}

/// The check sum of a frame of FLAC.
fn crc16(bytes: &[u8]) -> [u8; 2] {
    let sum = bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 })
    });
    sum.to_be_bytes()
}

#[test]
fn an_aiff_that_was_written_as_a_stream_states_its_lengths_when_it_is_clean() {
    let description = [&DESCRIPTION[..2], &[0; 4], &DESCRIPTION[6..]].concat();
    let mut tried = 0;
    for behind in [vec![], form_chunk(b"ANNO", WORDS), vec![1, 2]] {
        let mut bytes = aiff_claiming(&description, Some(0), &behind);
        bytes[4..8].fill(0);
        let (output, _) = clean(Format::Aiff, &bytes).expect("sound");
        assert!(output == aiff_plain(), "{}", behind.len());
        assert_eq!(held(Format::Aiff, &bytes), None, "{}", behind.len());
        // Neither less sound nor a part behind it.
        let few = [&DESCRIPTION[..2], &999_u32.to_be_bytes(), &DESCRIPTION[6..]].concat();
        let less = [&[0; 8][..], &noise(3996)].concat();
        let less = form(b"AIFF", &[form_chunk(b"COMM", &few), form_chunk(b"SSND", &less)]);
        assert_eq!(doubted(Format::Aiff, &bytes, &less), Some("samples-changed"));
        tried += 1;
    }
    assert_eq!(tried, 3);
    let more = form_chunk(b"ANNO", &[WORDS, b" 1"].concat());
    let mut bytes = aiff_claiming(&description, Some(0), &more);
    bytes[4..8].fill(0);
    let many = [&DESCRIPTION[..2], &1009_u32.to_be_bytes(), &DESCRIPTION[6..]].concat();
    let left = aiff_claiming(&many, None, &more);
    assert_eq!(doubted(Format::Aiff, &bytes, &left), Some("residue"));
}
