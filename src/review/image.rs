//! A frame as the page shows it: 8 bits as PNG, more bits as samples, so that the page sets the window itself.

use crate::cut::Source;
use crate::decode::Decoders;
use crate::dicom;
use crate::pixels::{Frames, Picture, Samples, Unseen};
use crate::recording::{Family, Format};
use crate::strip;

/// The longest side of what is sent, in pixels.
pub(super) const LONGEST_SIDE: u32 = 8192;
/// The most samples of what is sent: larger frames are sent smaller.
const MOST_SENT: u64 = 32 * 1024 * 1024;

/// A frame, encoded.
pub(super) struct Sent {
    /// `image/png`, or samples of 16 bits, the lesser byte first, row by row.
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
    /// What the page must know of it: `width,height,sent width,sent height,channels,bits,inverted`.
    pub(super) about: String,
}

/// What there is to see in a recording.
pub(super) fn open<'s>(
    format: Format,
    source: &'s dyn Source,
    decoders: &Decoders,
) -> Result<Box<dyn Frames + 's>, Unseen> {
    // Of a film some frames would be shown under numbers of others: it is looked at in a player.
    if format.family() == Family::Picture
        && let Some(shown) = decoders.decode(format, source)
    {
        return shown.map(|shown| shown.frames);
    }
    match format.family() {
        Family::Dicom => dicom::frames(source),
        _ => strip::frames(format, source),
    }
}

/// Encodes a frame with no side longer than `max`.
pub(super) fn encode(picture: &Picture, max: u32) -> Result<Sent, Unseen> {
    let (width, height) = fitted(picture, max.clamp(1, LONGEST_SIDE));
    let channels = usize::from(picture.channels());
    let bits = picture.bits();
    let about = format!(
        "{},{},{width},{height},{channels},{bits},{}",
        picture.width(),
        picture.height(),
        u8::from(picture.is_inverted())
    );
    match picture.samples() {
        Samples::U16(samples) => {
            let smaller = shrunk(samples, picture, width, height);
            let bytes = smaller.into_iter().flat_map(u16::to_le_bytes).collect();
            Ok(Sent { media_type: "application/octet-stream", bytes, about })
        }
        Samples::U8(samples) => {
            let mut smaller = shrunk(samples, picture, width, height);
            let most = (1u16 << bits.min(8)) - 1;
            let inverted = picture.is_inverted();
            if most < 255 || inverted {
                for sample in &mut smaller {
                    let full = u16::from(*sample).min(most) * 255 / most.max(1);
                    let full = u8::try_from(full).unwrap_or(u8::MAX);
                    *sample = if inverted { 255 - full } else { full };
                }
            }
            let bytes = png(&smaller, width, height, picture.channels())?;
            Ok(Sent { media_type: "image/png", bytes, about })
        }
    }
}

/// The size in which a frame is sent.
fn fitted(picture: &Picture, max: u32) -> (u32, u32) {
    let (width, height) = (picture.width(), picture.height());
    let pixels = u64::from(width) * u64::from(height) * u64::from(picture.channels());
    let mut scale = (f64::from(max) / f64::from(width.max(height))).min(1.0);
    if pixels > MOST_SENT {
        scale = scale.min((MOST_SENT as f64 / pixels as f64).sqrt());
    }
    let side = |side: u32| ((f64::from(side) * scale).floor() as u32).clamp(1, side);
    (side(width), side(height))
}

/// The mean of the samples that fall together: fine writing grows fainter and does not vanish.
fn shrunk<T: Copy + Into<u64> + TryFrom<u64> + Default>(
    samples: &[T],
    picture: &Picture,
    width: u32,
    height: u32,
) -> Vec<T> {
    let (from_width, from_height, channels) =
        (picture.width() as usize, picture.height() as usize, usize::from(picture.channels()));
    let (width, height) = (width as usize, height as usize);
    if (width, height) == (from_width, from_height) {
        return samples.to_vec();
    }
    let mut out = Vec::with_capacity(width * height * channels);
    let mut sums = vec![0u64; width * channels];
    // A column of what is sent, and how many of the frame's columns fall into it.
    let columns: Vec<usize> = (0..from_width).map(|x| x * width / from_width).collect();
    let mut counts = vec![0u64; width];
    columns.iter().for_each(|column| counts[*column] += 1);
    for y in 0..height {
        sums.fill(0);
        let rows = (y * from_height).div_ceil(height)..((y + 1) * from_height).div_ceil(height);
        let rows =
            if rows.is_empty() { rows.start.min(from_height - 1)..rows.start.min(from_height - 1) + 1 } else { rows };
        for row in rows.clone() {
            let start = row * from_width * channels;
            for (column, pixel) in
                columns.iter().zip(samples[start..start + from_width * channels].chunks_exact(channels))
            {
                for (sum, sample) in sums[column * channels..].iter_mut().zip(pixel) {
                    *sum += (*sample).into();
                }
            }
        }
        for (at, sum) in sums.iter().enumerate() {
            let count = counts[at / channels] * rows.len() as u64;
            out.push(T::try_from(sum / count.max(1)).unwrap_or_default());
        }
    }
    out
}

fn png(samples: &[u8], width: u32, height: u32, channels: u8) -> Result<Vec<u8>, Unseen> {
    let failed = |_| Unseen::damaged("the picture could not be prepared for the page");
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(if channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    // It goes no further than this machine: quick counts for more than small.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_sent_as_it_is_or_smaller() {
        let samples: Vec<u8> = (0..600u32).map(|n| (n % 256) as u8).collect();
        let picture = Picture::new(20, 10, 3, 8, Samples::U8(samples)).expect("a picture");
        let sent = encode(&picture, 4096).expect("sent");
        assert_eq!((sent.media_type, sent.about.as_str()), ("image/png", "20,10,20,10,3,8,0"));
        assert_eq!(encode(&picture, 7).expect("sent").about, "20,10,7,3,3,8,0");
        let wide =
            Picture::new(4, 2, 1, 12, Samples::U16(vec![0, 100, 4000, 4000, 0, 300, 4000, 4000])).expect("a picture");
        let sent = encode(&wide.inverted(true), 2).expect("sent");
        assert_eq!((sent.about.as_str(), sent.bytes), ("4,2,2,1,1,12,1", vec![100, 0, 0xA0, 0x0F]));
        let bits = Picture::new(2, 1, 1, 1, Samples::U8(vec![0, 1])).expect("a picture");
        let decoded = encode(&bits.inverted(true), 9).expect("sent").bytes;
        let mut reader = png::Decoder::new(std::io::Cursor::new(decoded)).read_info().expect("a PNG");
        let mut shown = vec![0; 2];
        reader.next_frame(&mut shown).expect("decoded");
        assert_eq!(shown, [255, 0]);
    }

    #[test]
    fn every_size_can_be_asked_for() {
        let mut tried = 0;
        for (width, height) in [(1, 1), (1, 50), (50, 1), (13, 7), (7, 13), (64, 64)] {
            let samples = Samples::U8(vec![200; width as usize * height as usize]);
            let picture = Picture::new(width, height, 1, 8, samples).expect("a picture");
            for max in [0, 1, 2, 3, 5, 12, 13, 50, 63, 64, u32::MAX] {
                let (w, h) = fitted(&picture, max.clamp(1, LONGEST_SIDE));
                let Samples::U8(all) = picture.samples() else { continue };
                let smaller = shrunk(all, &picture, w, h);
                assert_eq!(smaller, vec![200; w as usize * h as usize]);
                tried += 1;
            }
        }
        assert_eq!(tried, 66);
    }
}
