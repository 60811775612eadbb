//! What a GIF holds beside its picture, in the words of people.
//!
//! GIF89a sections 24 to 26; XMP Specification Part 3 (GIF); ICC.1:2022 Annex B (GIF).

use super::frames::{ending, repeats, shown};
use super::{Part, Walk, content};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::{Discovery, Trouble, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// What application extensions are, by the name they begin with.
const APPLICATIONS: &[(&[u8], Code, &str)] = &[
    (b"XMP DataXMP", Code::Xmp, "XMP block"),
    (b"ICCRGBG1", Code::IccDropped, "colour profile, which no viewer reads in a GIF"),
    (b"MGK8BIM", Code::Iptc, "Photoshop block"),
    (b"MGKIPTC", Code::Iptc, "IPTC block"),
    (b"C2PA_GIF", Code::Provenance, "content credentials"),
    (b"NETSCAPE2.0", Code::ApplicationData, "application data behind the count of repetitions"),
    (b"ANIMEXTS1.0", Code::ApplicationData, "application data behind the count of repetitions"),
];

/// The most images whose data is followed to its end, and the most bytes of them.
const MOST_FRAMES: usize = 4096;
const MOST_FOLLOWED: u64 = 64 << 20;

/// A GIF does not say when it was made.
pub(in crate::inspect) fn year(_source: &dyn Source) -> Result<Option<u16>, Trouble> {
    Ok(None)
}

/// Lists what a GIF holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let mut walk = Walk::new(&mut bytes)?;
    out.size = Some((u32::from(walk.screen.width), u32::from(walk.screen.height)));
    while let Some(part) = walk.next(&mut bytes)? {
        match part {
            Part::Extension { label: 0xf9, range, blocks } => {
                if blocks.end - blocks.start > 5 {
                    let place = Place::bytes("graphic control", range.start, range.end - range.start);
                    let found = Finding::new(Code::HiddenBytes, place, Action::Remove);
                    out.push(found.labelled("bytes behind a graphic control"));
                }
            }
            Part::Extension { label, range, blocks } => {
                let place = |name: &str| Place::bytes(name, range.start, range.end - range.start);
                let plain = repeats(&mut bytes, &blocks)?.is_some() && blocks.end - blocks.start == 16;
                if label == 0xff && plain {
                    continue;
                }
                let text = content(&mut bytes, &blocks, 256)?;
                let known = APPLICATIONS.iter().find(|(name, ..)| text.starts_with(name));
                let finding = match (label, known) {
                    (0xfe, _) => Finding::new(Code::Comment, place("comment"), Action::Remove),
                    (0x01, _) => {
                        Finding::new(Code::Text, place("plain text"), Action::Remove).labelled("text over the picture")
                    }
                    (0xff, Some((_, code, label))) => {
                        Finding::new(*code, place("application extension"), Action::Remove).labelled(*label)
                    }
                    _ => Finding::new(Code::ApplicationData, place("extension"), Action::Remove),
                };
                out.push_with(finding, Identifier::new(text));
            }
            Part::Image { .. } | Part::End(_) => {}
            Part::Junk(range) | Part::Broken(range) => {
                let place = Place::bytes("GIF", range.start, range.end - range.start);
                out.push(Finding::new(Code::Junk, place, Action::Remove));
            }
            Part::Behind(range) => trailer::discover(&mut bytes, range, out)?,
        }
    }
    if !walk.ended() {
        out.push(Finding::new(Code::Truncated, Place::bytes("GIF", source.len(), 0), Action::Look));
    }
    hidden(&mut bytes, out)
}

/// Bytes behind the end of an image's data, within its sub-blocks.
fn hidden(bytes: &mut Bytes<'_>, out: &mut Discovery) -> Result<(), Trouble> {
    let mut followed = 0;
    for frame in shown(bytes)?.frames.iter().take(MOST_FRAMES) {
        let length = frame.blocks.end - frame.blocks.start;
        followed += length;
        if followed > MOST_FOLLOWED {
            break;
        }
        let Ok(ending) = ending(bytes, frame) else { continue };
        if ending.taken < ending.length {
            let place = Place::bytes("image data", frame.blocks.start, length);
            let found = Finding::new(Code::HiddenBytes, place, Action::Remove);
            out.push(found.labelled("bytes behind the compressed picture"));
        }
    }
    Ok(())
}
