//! GIF pictures come out of the surgeon with every canary gone and every frame kept.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/web.rs"]
mod web;

use cleaning::{clean, clean_corpus, damage};
use picture::found;
use scrubs::finding::{Action, Code};
use scrubs::recording::Format;
use web::{COLOURS, CONTROL, LOOPS, SCREEN, extension, gif, gif_frame, gif_plain, lzw};

/// The frames of an animation: pixels, and milliseconds.
fn frames(bytes: &[u8]) -> Vec<(Vec<u8>, (u32, u32))> {
    use image::AnimationDecoder;
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(bytes)).expect("a GIF");
    let frames = decoder.into_frames().collect_frames().expect("frames");
    frames.into_iter().map(|frame| (frame.buffer().as_raw().clone(), frame.delay().numer_denom_ms())).collect()
}

#[test]
fn no_canary_survives_in_any_of_19_places() {
    let fixture = gif();
    let before = picture::expanded(&fixture.bytes);
    let lost: Vec<_> = fixture.canaries.iter().filter(|canary| found(&before, canary).is_none()).collect();
    assert_eq!(lost, Vec::<&String>::new());
    let (output, _) = clean(Format::Gif, &fixture.bytes).expect("a picture");
    let all = picture::expanded(&output);
    let left: Vec<_> = fixture.canaries.iter().filter_map(|c| found(&all, c).map(|form| (c, form))).collect();
    assert_eq!(left, vec![]);
    assert_eq!(fixture.canaries.len(), 19);
}

#[test]
fn frames_timing_and_loops_are_what_they_were() {
    let (output, _) = clean(Format::Gif, &gif().bytes).expect("a picture");
    assert_eq!(frames(&output), frames(&gif_plain()));
    assert_eq!(frames(&output).len(), 2);
    assert!(memchr::memmem::find(&output, LOOPS).is_some());
}

#[test]
fn a_clean_picture_is_kept_whole() {
    let (output, plan) = clean(Format::Gif, &gif_plain()).expect("a picture");
    assert_eq!(output, gif_plain());
    assert!(plan.cut.is_whole(output.len() as u64), "{:?}", plan.cut);
    assert_eq!(plan.findings, vec![]);
}

#[test]
fn what_viewers_pass_over_goes_and_what_they_need_stays() {
    let plain = [SCREEN, COLOURS, CONTROL, &gif_frame(&lzw(0)), b";"].concat();
    let frame = gif_frame(&lzw(0));
    let comment = extension(0xFE, &[b"Hoeflich"]);
    let mut flags = CONTROL.to_vec();
    flags[3] |= 0xE0;
    let mut reserved = frame.clone();
    reserved[9] = 0x3F;
    let text = extension(0x01, &[&[0; 12], b"Hoeflich"]);
    let cases = [
        [SCREEN, COLOURS, CONTROL, &frame].concat(),
        [SCREEN, COLOURS, CONTROL, &comment, &frame, b";x"].concat(),
        [SCREEN, COLOURS, &[0, 0], CONTROL, &frame, &[0], b";"].concat(),
        [SCREEN, COLOURS, CONTROL, &frame, CONTROL, &text, b";"].concat(),
        [SCREEN, COLOURS, CONTROL, &text, CONTROL, &frame, b";"].concat(),
        [SCREEN, COLOURS, &flags, &frame, b";"].concat(),
        [SCREEN, COLOURS, CONTROL, &reserved, b";"].concat(),
        [SCREEN, COLOURS, CONTROL, &frame, b"\x2C\0\0\0"].concat(),
        [SCREEN, COLOURS, CONTROL, &frame, b"\x2CPatient Hoeflich was here"].concat(),
    ];
    let mut tried = 0;
    for bytes in cases {
        let (output, plan) = clean(Format::Gif, &bytes).expect("a picture");
        assert_eq!(output, plain, "case {tried}");
        let silent = tried == 5 || tried == 6;
        assert!(silent || plan.findings.iter().any(|finding| finding.action != Action::Keep), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn a_frame_that_breaks_off_is_ended_and_says_so() {
    let whole = [SCREEN, COLOURS, &gif_frame(&lzw(0)), CONTROL, &gif_frame(&lzw(1))].concat();
    let (output, plan) = clean(Format::Gif, &whole[..whole.len() - 5]).expect("a picture");
    assert_eq!(output.last_chunk::<2>(), Some(&[0, b';']));
    assert!(plan.findings.iter().any(|finding| finding.code == Code::Truncated));
    let (again, plan) = clean(Format::Gif, &output).expect("a picture");
    assert!(again == output && plan.findings.is_empty());
}

#[test]
fn of_several_loop_counts_the_one_that_counts_stays() {
    let loops = |n: u8| extension(0xFF, &[b"NETSCAPE2.0", &[1, n, 0]]);
    let frame = gif_frame(&lzw(0));
    let bytes = [SCREEN, COLOURS, &loops(3), &loops(7), &frame, &loops(9), b";"].concat();
    let wanted = [SCREEN, COLOURS, &loops(7), &frame, &loops(9), b";"].concat();
    assert_eq!(clean(Format::Gif, &bytes).expect("a picture").0, wanted);
}

#[test]
fn what_holds_no_picture_is_refused() {
    let cases: [(Vec<u8>, &str); 4] = [
        ([SCREEN, COLOURS, b";"].concat(), "not-understood"),
        (SCREEN.to_vec(), "truncated"),
        ([SCREEN, COLOURS].concat(), "truncated"),
        (b"PNG, a picture of another kind".to_vec(), "not-understood"),
    ];
    let mut tried = 0;
    for (bytes, code) in cases {
        let refused = clean(Format::Gif, &bytes).err().map(|refusal| refusal.code);
        assert!(refused == Some(code) || (tried == 0 && refused == Some("truncated")), "case {tried}: {refused:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn damage_never_panics_and_never_frees_a_canary() {
    assert_eq!(damage(Format::Gif, &gif()), 64 + 256);
}

#[test]
fn pictures_of_the_corpus_come_out_clean_and_stay_so() {
    clean_corpus(Format::Gif);
}

#[test]
fn colours_of_a_picture_that_the_file_ends_in_stay() {
    let plain = gif_plain();
    let cut = &plain[..SCREEN.len() + COLOURS.len() + LOOPS.len() + CONTROL.len() + 10 + 2 + 7];
    let (output, _) = clean(Format::Gif, cut).expect("a picture");
    assert_eq!(output[SCREEN.len()..][..COLOURS.len()], *COLOURS);
    assert_eq!(output.last(), Some(&b';'));
}

#[test]
fn a_number_of_loops_before_every_frame_is_kept_twice_at_most() {
    let frame = [LOOPS, CONTROL, &gif_frame(&lzw(0))].concat();
    let all = [SCREEN, COLOURS, &frame.repeat(5), b";"].concat();
    let (output, plan) = clean(Format::Gif, &all).expect("a picture");
    assert_eq!(memchr::memmem::find_iter(&output, LOOPS).count(), 2);
    assert_eq!(frames(&output), frames(&all));
    let gone = |finding: &&scrubs::finding::Finding| finding.code == Code::ApplicationData;
    assert_eq!(plan.findings.iter().filter(gone).count(), 3);
}
