//! What a JPEG XL codestream says beside its samples: names, extensions, a colour profile, and where it ends.
//!
//! ISO/IEC 18181-1 Annexes D (image header), E (colour profile), F (frame header, table of contents). Read by the crates
//! that jxl-oxide is made of: headers alone, frame by frame, no samples are decoded.

use crate::inspect::boxes::Spans;
use crate::inspect::bytes::Bytes;
use crate::inspect::{Trouble, exif, icc};
use crate::recording::Identifier;
use jxl_bitstream::Bitstream;
use jxl_frame::FrameHeader;
use jxl_frame::data::Toc;
use jxl_image::ImageHeader;
use jxl_oxide_common::Bundle;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// How many bytes a header is first looked for in, and at most.
const WINDOWS: &[usize] = &[4 << 10, 64 << 10, 1 << 20, 8 << 20];

/// The most frames of one codestream.
const MOST_FRAMES: usize = 100_000;

/// The most work that tables of contents may ask for: the square of the entries of each, together.
const MOST_WORK: u64 = 1 << 32;

/// The most bytes of a packed colour profile, which can say itself many times.
const LONGEST_PACKED: u64 = 4 << 20;

/// A frame: what its header says without its name, and where its samples lie.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    digest: [u8; 32],
    pub(super) data: Range<u64>,
}

/// What there is in a codestream beside its samples.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) size: Option<(u32, u32)>,
    pub(super) preview: Option<(u32, u32)>,
    /// Names of channels and frames.
    pub(super) names: Vec<(&'static str, Identifier)>,
    /// Whether there are extensions, which no reader knows.
    pub(super) extended: bool,
    /// Whether frames tell when they were taken.
    pub(super) timed: bool,
    pub(super) profile: Option<Vec<u8>>,
    /// What the image header says, without names.
    digest: [u8; 32],
    pub(super) frames: Vec<Frame>,
    /// Where the last frame ends; none where it cannot be told.
    pub(super) end: Option<u64>,
}

impl Account {
    /// Whether two codestreams decode to the same picture, as far as their headers tell.
    pub(super) fn looks_like(&self, other: &Account) -> bool {
        let digests = |a: &Account| a.frames.iter().map(|f| f.digest).collect::<Vec<_>>();
        self.digest == other.digest && digests(self) == digests(other)
    }
}

/// Reads the headers of a codestream; none where the crates cannot.
pub(super) fn account(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Option<Account>, Trouble> {
    let mut found = None;
    for window in WINDOWS {
        let head = stream.copy(bytes, 0, *window)?;
        found = exif::quietly(|| image(&head));
        if found.is_some() || head.len() as u64 >= stream.len() {
            break;
        }
    }
    let Some((header, small, mut account, mut at)) = found else { return Ok(None) };
    let mut work = 0u64;
    if let Some(small) = small {
        let Some(preview) = frame(bytes, stream, at, &small)? else { return Ok(Some(account)) };
        (at, work) = (preview.frame.data.end, preview.work);
    }
    for _ in 0..MOST_FRAMES {
        let Some(read) = frame(bytes, stream, at, &header)? else { return Ok(Some(account)) };
        work = work.saturating_add(read.work);
        if work > MOST_WORK {
            return Err(Trouble::TooLarge("a JPEG XL picture of too many parts"));
        }
        at = read.frame.data.end;
        if at > stream.len() {
            return Ok(Some(account));
        }
        if let Some(name) = read.name {
            account.names.push(("name of a frame", name));
        }
        account.extended |= read.extended;
        account.frames.push(read.frame);
        if read.last {
            account.end = Some(at);
            return Ok(Some(account));
        }
    }
    Err(Trouble::TooLarge("a JPEG XL picture of more than a hundred thousand frames"))
}

/// The image header, the same for the preview alone, its colour profile, and where the first frame begins, of which the
/// first is the preview's.
fn image(head: &[u8]) -> Option<(ImageHeader, Option<ImageHeader>, Account, u64)> {
    let mut bits = Bitstream::new(head);
    let header = ImageHeader::parse(&mut bits, ()).ok()?;
    let again = || ImageHeader::parse(&mut Bitstream::new(head), ()).ok();
    let mut account = Account { size: Some((header.size.width, header.size.height)), ..Account::default() };
    if header.metadata.colour_encoding.want_icc() {
        if bits.clone().read_u64().ok()? > LONGEST_PACKED {
            return None;
        }
        let packed = jxl_color::icc::read_icc(&mut bits).ok()?;
        if unpacked(&packed)? > icc::LONGEST as u64 {
            return None;
        }
        account.profile = Some(jxl_color::icc::decode_icc(&packed).ok()?);
    }
    bits.zero_pad_to_byte().ok()?;
    account.preview = header.metadata.preview.as_ref().map(|p| (p.width, p.height));
    let names = header.metadata.ec_info.iter().map(|c| c.name.as_str());
    let named = names.clone().filter(|n| !n.is_empty());
    account.names = named.map(|n| ("name of a channel", Identifier::from(n))).collect();
    // Previews and times go, and what is left says the same.
    let mut plain = again()?;
    plain.metadata.preview = None;
    if let Some(animation) = &mut plain.metadata.animation {
        account.timed = std::mem::take(&mut animation.have_timecodes);
    }
    let plain = format!("{plain:?}").replacen("have_preview: true", "have_preview: false", 1);
    (account.digest, account.extended) = told(plain, names.map(|n| format!("{n:?}")));
    // The crate reads a width even where a ratio tells it; such a preview is read wrongly, and its picture held.
    let mut small = None;
    if let Some((width, height)) = account.preview {
        let mut header = again()?;
        (header.size.width, header.size.height) = (width, height);
        small = Some(header);
    }
    let at = (bits.num_read_bits() / 8) as u64;
    Some((header, small, account, at))
}

/// How long a packed profile says that it becomes (E.4.2).
fn unpacked(packed: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (i, byte) in packed.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A digest of what a header says without its names and extensions, and whether it has extensions.
fn told(mut text: String, names: impl Iterator<Item = String>) -> ([u8; 32], bool) {
    for name in names {
        text = text.replacen(&format!("Name({name})"), "Name()", 1);
    }
    let mut extended = false;
    let mut digest = Sha256::new();
    for part in text.split("extension_bits: ") {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        extended |= digits > 0 && part.bytes().take(digits).any(|b| b != b'0');
        digest.update(&part.as_bytes()[digits..]);
    }
    zeroize::Zeroize::zeroize(&mut text);
    (digest.finalize().into(), extended)
}

/// What is read of one frame.
struct Read {
    frame: Frame,
    name: Option<Identifier>,
    extended: bool,
    last: bool,
    work: u64,
}

/// The frame at `at`: its header and its table of contents.
fn frame(bytes: &mut Bytes<'_>, stream: &Spans, at: u64, header: &ImageHeader) -> Result<Option<Read>, Trouble> {
    for window in WINDOWS {
        let head = stream.copy(bytes, at, *window)?;
        let found = exif::quietly(|| parse(&head, at, header));
        if found.is_some() || (head.len() as u64) < *window as u64 {
            return Ok(found);
        }
    }
    Ok(None)
}

fn parse(head: &[u8], at: u64, header: &ImageHeader) -> Option<Read> {
    let mut bits = Bitstream::new(head);
    let mut own = FrameHeader::parse(&mut bits, header).ok()?;
    if own.width == 0 || own.height == 0 || u64::from(own.width) * u64::from(own.height) > 1 << 40 {
        return None;
    }
    let entries = u64::from(own.num_groups()) * u64::from(own.passes.num_passes);
    if entries > 65_536 {
        return None;
    }
    let toc = Toc::parse(&mut bits, &own).ok()?;
    let start = at + (bits.num_read_bits() / 8) as u64;
    let end = start.checked_add(toc.total_byte_size() as u64)?;
    own.timecode = 0;
    let name = own.name.as_str();
    let (plain, extended) = told(format!("{own:?}"), std::iter::once(format!("{name:?}")));
    let mut digest = Sha256::new();
    digest.update(plain);
    for group in toc.iter_bitstream_order() {
        digest.update(format!("{:?} {}", group.kind, group.size));
    }
    let name = (!name.is_empty()).then(|| Identifier::from(name));
    let work = entries.saturating_mul(entries);
    let frame = Frame { digest: digest.finalize().into(), data: start..end };
    Some(Read { frame, name, extended, last: own.is_last, work })
}
