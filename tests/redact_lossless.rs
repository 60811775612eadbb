//! Parts of PNG, WebP, GIF, TIFF and BMP pictures are covered in stored samples: filled, proved, and identical outside.

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/stored.rs"]
mod stored;
#[path = "support/web.rs"]
mod web;

use cleaning::clean;
use scrubs::inspect::{Redacted, redacted, reread};
use scrubs::pixels::{How, Picture, Rules, Samples, examine};
use scrubs::place::{Area, Covering};
use scrubs::recording::{Deidentification, Format};
use scrubs::strip::{frames, redact};
use stored::{Tiff, apng, bmp, bmp_runs, gif as moving, png as still, png_filtered};

/// Every frame, as those who look at pictures see it.
fn seen(format: Format, bytes: &[u8]) -> Vec<Picture> {
    let source = bytes.to_vec();
    let mut frames = frames(format, &source).expect("a decoder");
    (0..frames.count()).map(|n| frames.frame(n).expect("a frame")).collect()
}

fn pixel(picture: &Picture, x: u32, y: u32) -> Vec<u16> {
    let channels = usize::from(picture.channels());
    let at = (y as usize * picture.width() as usize + x as usize) * channels;
    match picture.samples() {
        Samples::U8(all) => all[at..at + channels].iter().map(|v| u16::from(*v)).collect(),
        Samples::U16(all) => all[at..at + channels].to_vec(),
    }
}

/// What is covered in all tests: two areas that meet, one that reaches past the frame, and one alone.
fn areas() -> [Area; 4] {
    [Area::new(3, 2, 6, 5), Area::new(7, 5, 4, 4), Area::new(14, 9, 500, 3), Area::new(1, 10, 2, 2)]
}

/// Covers the areas in the frames, and proves it in three ways; the output, and what was done.
fn covered(format: Format, original: &[u8], only: Option<u32>) -> (Vec<u8>, How) {
    let (cleaned, _) = clean(format, original).expect("a picture");
    let mut covering = Covering::default();
    for area in areas() {
        match only {
            Some(frame) => covering.in_frame(frame, area),
            None => covering.everywhere(area),
        }
    }
    let redaction = redact(format, &cleaned, &covering).expect("a picture that can be covered");
    let mut output = Vec::new();
    redaction.cut.write_to(&cleaned, &mut output).expect("memory");
    reread(&output, format, &Deidentification::default()).expect("nothing but picture and listed parts");
    let shown = Redacted { format, cleaned: &cleaned, output: &output, covered: &redaction.covered };
    let compared = redacted(&shown).expect("covered, and the same outside");
    assert!(compared > 0);
    let wrong = Redacted { output: &cleaned, ..shown };
    assert!(redacted(&wrong).is_err(), "the witness takes a picture that is not covered");
    let (before, after) = (seen(format, &cleaned), seen(format, &output));
    assert_eq!(before.len(), after.len());
    for (index, (old, new)) in before.iter().zip(&after).enumerate() {
        let shape = |p: &Picture| (p.width(), p.height(), p.channels(), p.bits(), p.is_inverted());
        assert_eq!(shape(old), shape(new));
        let here: Vec<Area> = redaction.covered.of(index as u32).collect();
        for (x, y) in (0..old.height()).flat_map(|y| (0..old.width()).map(move |x| (x, y))) {
            if !areas().iter().any(|area| area.contains(x, y)) {
                assert_eq!(pixel(old, x, y), pixel(new, x, y), "frame {index} at {x}, {y}");
            }
        }
        // On a canvas, areas may lie partly on frames and partly beside them.
        if before.len() == 1 {
            for area in &here {
                let flat = (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y)));
                assert!(flat.into_iter().all(|(x, y)| pixel(new, x, y) == pixel(new, area.x, area.y)));
            }
        }
    }
    assert!(redaction.covered.regions() >= 4);
    (output, redaction.how)
}

#[test]
fn png_of_every_colour_type_depth_and_interlacing() {
    let kinds = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8)];
    let kinds = kinds.into_iter().chain([(4, 16), (6, 8), (6, 16)]);
    let mut tried = 0;
    for (colour, depth) in kinds {
        for interlaced in [false, true] {
            for (width, height) in [(33, 21), (17, 13)] {
                let (_, how) = covered(Format::Png, &still(width, height, depth, colour, interlaced), None);
                assert_eq!(how, How::Lossless);
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 60);
}

#[test]
fn png_rows_of_every_filter() {
    let all = [png::Filter::NoFilter, png::Filter::Sub, png::Filter::Up, png::Filter::Avg, png::Filter::Paeth];
    let tried =
        all.into_iter().chain([png::Filter::Adaptive]).map(|f| covered(Format::Png, &png_filtered(40, 30, f), None));
    assert_eq!(tried.count(), 6);
}

#[test]
fn animations_are_covered_in_every_frame() {
    let mut tried = 0;
    for colour in [0, 2, 3, 4, 6] {
        for leads in [true, false] {
            covered(Format::Png, &apng(colour, leads), Some(1));
            tried += 1;
        }
    }
    use gif::DisposalMethod::{Background, Keep, Previous};
    for disposal in [Keep, Background, Previous] {
        for interlaced in [false, true] {
            for transparent in [false, true] {
                covered(Format::Gif, &moving(interlaced, transparent, disposal), Some(2));
                tried += 1;
            }
        }
    }
    let (output, how) = covered(Format::WebP, &web::webp_animated_plain(), None);
    assert_eq!(how, How::Decompressed);
    assert!(output.windows(4).any(|w| w == b"VP8L") && !output.windows(4).any(|w| w == b"VP8 "));
    assert_eq!(tried + 1, 23);
}

#[test]
fn webp_with_and_without_loss_and_transparency() {
    let (_, how) = covered(Format::WebP, &web::webp_plain(), None);
    assert_eq!(how, How::Decompressed);
    let mut tried = 1;
    for colour in [image_webp::ColorType::Rgb8, image_webp::ColorType::Rgba8] {
        let channels = if colour == image_webp::ColorType::Rgb8 { 3 } else { 4 };
        let samples: Vec<u8> = (0..40 * 30 * channels).map(|n: u32| (n * n / 11 % 256) as u8).collect();
        let mut file = Vec::new();
        image_webp::WebPEncoder::new(&mut file).encode(&samples, 40, 30, colour).expect("memory");
        let (_, how) = covered(Format::WebP, &file, None);
        assert_eq!(how, How::Lossless);
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn bmp_of_every_depth_upwards_and_downwards_and_run_lengths() {
    let mut tried = 0;
    for depth in [1, 4, 8, 16, 24, 32] {
        for height in [21, -21] {
            covered(Format::Bmp, &bmp(35, height, depth, None), None);
            tried += 1;
        }
    }
    covered(Format::Bmp, &bmp(35, 21, 16, Some([0xF800, 0x07E0, 0x001F])), None);
    covered(Format::Bmp, &bmp(35, 21, 32, Some([0xFF00_0000, 0x00FF_0000, 0x0000_FF00])), None);
    for depth in [4, 8] {
        covered(Format::Bmp, &bmp_runs(depth), None);
        tried += 1;
    }
    assert_eq!(tried + 2, 16);
}

#[test]
fn tiff_of_every_layout_coding_and_kind_of_sample() {
    let mut tried = 0;
    let mut try_one = |page: Tiff| {
        let format = if page.big { Format::BigTiff } else { Format::Tiff };
        let (_, how) = covered(format, &page.file(), None);
        assert_eq!(how, How::Lossless);
        tried += 1;
    };
    for compression in [1, 5, 8, 32_946, 32_773] {
        for (little, big) in [(true, false), (false, false), (true, true)] {
            for tile in [None, Some((16, 16))] {
                let page = Tiff { compression, little, big, tile, ..Tiff::default() };
                for bits in [1, 2, 4, 8, 12, 16] {
                    try_one(Tiff { bits, ..page });
                }
                try_one(Tiff { channels: 3, photometric: 2, ..page });
                try_one(Tiff { channels: 3, photometric: 2, planar: true, bits: 16, ..page });
                try_one(Tiff { photometric: 3, ..page });
                if compression != 32_773 {
                    try_one(Tiff { predictor: 2, channels: 3, photometric: 2, ..page });
                    try_one(Tiff { predictor: 2, bits: 16, ..page });
                }
            }
        }
    }
    let plain = Tiff::default();
    try_one(Tiff { photometric: 0, bits: 1, reversed: true, compression: 8, ..plain });
    try_one(Tiff { photometric: 0, bits: 16, format: 2, ..plain });
    try_one(Tiff { photometric: 5, channels: 4, ..plain });
    try_one(Tiff { photometric: 2, channels: 4, extra: Some(2), ..plain });
    try_one(Tiff { photometric: 2, channels: 4, extra: Some(1), bits: 16, planar: true, ..plain });
    try_one(Tiff { photometric: 1, channels: 2, extra: Some(0), ..plain });
    try_one(Tiff { pages: 3, ..plain });
    assert_eq!(tried, 5 * 6 * 9 + 4 * 6 * 2 + 7);
}

#[test]
fn more_channels_than_are_looked_at_are_not_passed_over_in_silence() {
    let page = |channels, planar| Tiff { channels, planar, extra: Some(0), ..Tiff::default() }.file();
    let mut tried = 0;
    for (channels, planar) in [(2, false), (17, false), (17, true), (18, false), (18, true), (20, false), (20, true)] {
        let (cleaned, _) = clean(Format::Tiff, &page(channels, planar)).expect("a picture");
        let mut frames = frames(Format::Tiff, &cleaned).expect("a decoder");
        let extra = channels - 1;
        assert_eq!(frames.count(), 1 + extra.min(17), "{channels}");
        let unseen: Vec<_> = (0..frames.count()).filter_map(|n| frames.frame(n).err().map(|e| (n, e.code))).collect();
        assert_eq!(unseen, if extra > 16 { vec![(17, "too-large")] } else { vec![] }, "{channels}");
        tried += 1;
    }
    assert_eq!(tried, 7);
    let examined = |channels| {
        let file = page(channels, false);
        let mut frames = frames(Format::Tiff, &file).expect("a decoder");
        examine(&mut *frames, &Rules::default()).map(|_| ()).map_err(|unseen| unseen.code)
    };
    assert_eq!((examined(17), examined(18)), (Ok(()), Err("too-large")));
}

#[test]
fn a_page_that_is_not_named_stays_byte_for_byte() {
    let page = Tiff { pages: 3, compression: 8, ..Tiff::default() };
    let (cleaned, _) = clean(Format::Tiff, &page.file()).expect("a picture");
    let (output, _) = covered(Format::Tiff, &page.file(), Some(1));
    let (before, after) = (seen(Format::Tiff, &cleaned), seen(Format::Tiff, &output));
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_ne!(before[1], after[1]);
}

#[test]
fn writing_in_transparency_alone_is_shown_and_covered() {
    let mut transparent = Vec::new();
    let samples: Vec<u8> = (0..40 * 30_u32).flat_map(|n| [9, 9, 9, if n % 40 % 3 == 0 { 255 } else { 0 }]).collect();
    image_webp::WebPEncoder::new(&mut transparent)
        .encode(&samples, 40, 30, image_webp::ColorType::Rgba8)
        .expect("memory");
    let before = seen(Format::WebP, &transparent);
    assert_eq!(before.len(), 2);
    assert_eq!((pixel(&before[1], 0, 0), pixel(&before[1], 1, 0)), (vec![255], vec![0]));
    let (output, _) = covered(Format::WebP, &transparent, Some(1));
    let after = seen(Format::WebP, &output);
    assert!((3..9).all(|x| pixel(&after[1], x, 4) == [255]));
}

#[test]
fn what_cannot_be_written_again_is_refused_in_clear_words() {
    let mut covering = Covering::default();
    covering.everywhere(Area::new(0, 0, 4, 4));
    let formats = [Format::Jp2, Format::J2k, Format::JpegXl, Format::JpegXlCodestream, Format::Heif, Format::Avif];
    for format in formats {
        let refusal = redact(format, &vec![0_u8; 64], &covering).expect_err("no encoder");
        assert_eq!(refusal.code, "cannot-cover");
    }
    for format in [Format::Heif, Format::Avif] {
        let source = vec![0_u8; 64];
        assert_eq!(frames(format, &source).err().map(|unseen| unseen.code), Some("no-decoder"));
    }
    assert_eq!(formats.len(), 6);
}

#[test]
fn claims_of_vast_pictures_are_refused_at_once() {
    let vast = 46_341_u32;
    let mut png = stored::png_head(vast, vast, 8, 6, false);
    png.extend(stored::chunk(b"IDAT", &stored::zlib(&[0; 64])));
    png.extend(stored::chunk(b"IEND", &[]));
    let mut gif = moving(false, false, gif::DisposalMethod::Keep);
    gif[6..10].copy_from_slice(&[0xFF; 4]);
    let mut bmp = bmp(8, 8, 24, None);
    bmp[18..22].copy_from_slice(&vast.to_le_bytes());
    bmp[22..26].copy_from_slice(&vast.to_le_bytes());
    let mut tiff = Tiff::default().file();
    let at = tiff.windows(4).position(|w| w == [0, 1, 4, 0]).expect("ImageWidth") + 8;
    tiff[at..at + 4].copy_from_slice(&vast.to_le_bytes());
    tiff[at + 12..at + 16].copy_from_slice(&vast.to_le_bytes());
    let files = [(Format::Png, png), (Format::Gif, gif), (Format::Bmp, bmp), (Format::Tiff, tiff)];
    let begun = std::time::Instant::now();
    for (format, bytes) in &files {
        let refused = match frames(*format, bytes) {
            Ok(mut frames) => frames.frame(0).is_err(),
            Err(_) => true,
        };
        assert!(refused, "{format:?}");
    }
    assert!(begun.elapsed().as_secs() < 5);
    assert_eq!(files.len(), 4);
}

#[test]
fn damaged_pictures_are_refused_and_never_panic() {
    let files = [
        (Format::Png, still(20, 14, 8, 3, true)),
        (Format::Png, apng(6, true)),
        (Format::Gif, moving(true, true, gif::DisposalMethod::Previous)),
        (Format::WebP, web::webp_animated_plain()),
        (Format::WebP, web::webp_plain()),
        (Format::Bmp, bmp_runs(8)),
        (Format::Bmp, bmp(20, -14, 16, Some([0xF800, 0x07E0, 0x001F]))),
        (Format::Tiff, Tiff { compression: 5, predictor: 2, tile: Some((16, 16)), ..Tiff::default() }.file()),
        (Format::BigTiff, Tiff { big: true, compression: 32_773, ..Tiff::default() }.file()),
    ];
    let mut covering = Covering::default();
    areas().into_iter().for_each(|area| covering.everywhere(area));
    let (mut tried, mut refused) = (0, 0);
    let mut look = |format: Format, bytes: &Vec<u8>| {
        tried += 1;
        if let Ok(mut frames) = frames(format, bytes) {
            for n in 0..frames.count().min(8) {
                refused += u32::from(frames.frame(n).is_err());
            }
        }
        if let Ok(redaction) = redact(format, bytes, &covering) {
            let mut output = Vec::new();
            redaction.cut.write_to(bytes, &mut output).expect("kept ranges lie in the source");
            let shown = Redacted { format, cleaned: bytes, output: &output, covered: &redaction.covered };
            // Whatever a damaged picture is taken for, the witness says its own; it may not panic either.
            let _ = redacted(&shown);
        }
    };
    for (format, bytes) in &files {
        let (bytes, _) = clean(*format, bytes).expect("a picture");
        for step in 0..20 {
            look(*format, &bytes[..bytes.len() * step / 20].to_vec());
            let mut flipped = bytes.clone();
            let at = (step * 7_919 + 41) % flipped.len();
            flipped[at] ^= [0x01, 0x80, 0xFF, 0x10][step % 4];
            look(*format, &flipped);
        }
    }
    assert_eq!(tried, 9 * 40);
    assert!(refused > 0);
}

#[test]
fn transparency_is_looked_at_where_only_a_later_frame_has_it() {
    let mut bytes = Vec::new();
    let mut coder = ::gif::Encoder::new(&mut bytes, 8, 6, &[0, 0, 0, 255, 255, 255]).expect("a header");
    for transparent in [None, Some(1)] {
        let buffer = (0..48).map(|n| u8::from(n % 5 == 0)).collect::<Vec<u8>>().into();
        let frame = ::gif::Frame { width: 8, height: 6, buffer, transparent, ..Default::default() };
        coder.write_frame(&frame).expect("a frame");
    }
    drop(coder);
    let pictures = seen(Format::Gif, &bytes);
    assert_eq!(pictures.len(), 4, "two frames, and the transparency of each");
    assert_eq!(
        (pixel(&pictures[2], 0, 0), pixel(&pictures[3], 0, 0), pixel(&pictures[3], 1, 0)),
        (vec![255], vec![0], vec![255])
    );
}
