//! The witness holds what was filled against what was asked for, and does not take the surgeon's word for it.

#![allow(
    clippy::unwrap_used,
    clippy::ptr_arg,
    reason = "a test that unwraps fails loudly, which is what a test is for"
)]

mod support;

#[path = "support/stored.rs"]
#[allow(missing_docs)]
mod stored;

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::webp::WebPEncoder};
use scrubs::inspect::{Redacted, filled, redacted_as_asked};
use scrubs::pixels::Redaction;
use scrubs::place::{Area, Covering};
use scrubs::recording::{Format, PixelClaims};
use scrubs::{dicom, strip};
use stored::{Tiff, apng, bmp, gif, png};
use support::object::{Element, object};

const SIDE: u32 = 64;
/// What was asked for.
const ASKED: Area = Area { x: 3, y: 4, width: 9, height: 7 };

fn shades() -> Vec<u8> {
    (0..SIDE * SIDE).map(|n| (40 + n % SIDE + n / SIDE + n * 7 % 11) as u8).collect()
}

/// A cleaned recording of every format that can be covered, with the number of its frames.
fn recordings() -> Vec<(Format, Vec<u8>, u32)> {
    let (mut jpeg, mut webp) = (Vec::new(), Vec::new());
    JpegEncoder::new(&mut jpeg).write_image(&shades(), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    let colours: Vec<u8> = shades().into_iter().flat_map(|s| [s, s / 2, 200 - s]).collect();
    WebPEncoder::new_lossless(&mut webp).write_image(&colours, SIDE, SIDE, ExtendedColorType::Rgb8).unwrap();
    vec![
        (Format::Jpeg, jpeg, 1),
        (Format::Png, png(33, 21, 8, 6, true), 1),
        (Format::Png, png(33, 21, 4, 0, false), 1),
        (Format::Png, apng(2, true), 2),
        (Format::Gif, gif(false, false, gif::DisposalMethod::Keep), 2),
        (Format::WebP, webp, 1),
        (Format::Tiff, Tiff { tile: Some((16, 16)), pages: 2, ..Tiff::default() }.file(), 2),
        (Format::BigTiff, Tiff { big: true, compression: 5, bits: 16, ..Tiff::default() }.file(), 1),
        (Format::Bmp, bmp(33, 21, 24, None), 1),
        (Format::Dicom, object(&Element::cr(), &shades(), SIDE as u16), 1),
    ]
}

fn covered(format: Format, bytes: &Vec<u8>, areas: &[Area]) -> (Vec<u8>, Redaction) {
    let mut covering = Covering::default();
    areas.iter().for_each(|area| covering.everywhere(*area));
    let redaction = match format {
        Format::Dicom => dicom::redact_claiming(bytes, &covering, PixelClaims::default()),
        format => strip::redact(format, bytes, &covering),
    };
    let redaction = redaction.unwrap_or_else(|refusal| panic!("{format:?}: {refusal:?}"));
    let mut out = Vec::new();
    redaction.cut.write_to(bytes, &mut out).unwrap();
    (out, redaction)
}

fn asking(areas: &[(Option<u32>, Area)]) -> Covering {
    let mut asked = Covering::default();
    for (frame, area) in areas {
        match frame {
            Some(frame) => asked.in_frame(*frame, *area),
            None => asked.everywhere(*area),
        }
    }
    asked
}

#[test]
fn a_surgeon_that_fills_less_than_was_asked_for_is_found_out_in_every_format() {
    let mut tried = 0;
    for (format, cleaned, frames) in recordings() {
        // Each of these leaves a part of what was asked for, and its own account of that is true to the last pixel.
        let wrong: [&[Area]; 4] = [
            &[Area { x: 20, ..ASKED }],
            &[],
            &[Area { width: 1, ..ASKED }],
            &[Area { height: 3, ..ASKED }, Area { y: 8, height: 3, ..ASKED }],
        ];
        // JPEG fills whole blocks, which hold what was asked for whatever part of it was understood: there it is elsewhere.
        let wrong = if format == Format::Jpeg { &wrong[..2] } else { &wrong[..] };
        for areas in wrong {
            let (output, redaction) = covered(format, &cleaned, areas);
            let shown = Redacted { format, cleaned: &cleaned, output: &output, covered: &redaction.covered };
            let prove = |asked: &Covering| {
                redacted_as_asked(&shown, asked, PixelClaims::default()).map(drop).map_err(|trouble| trouble.code())
            };
            assert_eq!(prove(&redaction.covered), Ok(()), "{format:?} {areas:?}");
            for frame in [None, Some(frames - 1)] {
                assert_eq!(prove(&asking(&[(frame, ASKED)])), Err("not-covered"), "{format:?} {areas:?} {frame:?}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 38);
}

#[test]
fn what_was_filled_may_be_more_than_was_asked_for_and_lie_in_pieces_but_in_every_frame() {
    let mut tried = 0;
    for (format, cleaned, frames) in recordings() {
        let pieces = [Area { width: 5, ..ASKED }, Area { x: 8, width: 9, ..ASKED }, Area::new(0, 0, 2, 2)];
        let (output, redaction) = covered(format, &cleaned, &pieces);
        let shown = Redacted { format, cleaned: &cleaned, output: &output, covered: &redaction.covered };
        let prove = |asked: &[(Option<u32>, Area)]| {
            let proved = redacted_as_asked(&shown, &asking(asked), PixelClaims::default());
            proved.map(drop).map_err(|trouble| trouble.code())
        };
        assert_eq!(prove(&[(None, ASKED)]), Ok(()), "{format:?}");
        assert_eq!(prove(&[(Some(0), ASKED), (Some(frames - 1), ASKED)]), Ok(()), "{format:?}");
        // What reaches past the frame was asked for as far as the frame goes; what lies beyond it, not at all.
        assert_eq!(prove(&[(None, Area::new(5_000, 5_000, 9, 9))]), Ok(()), "{format:?}");
        assert_eq!(prove(&[(Some(9), ASKED)]), Err("not-covered"), "{format:?}: a frame that is not there");
        assert_eq!(filled(&output, format, &redaction.covered), Ok(()), "{format:?}");
        assert!(filled(&cleaned, format, &redaction.covered).is_err(), "{format:?}: nothing is filled there");
        tried += 1;
    }
    assert_eq!(tried, 10);
}
