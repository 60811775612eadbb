//! Films: some frames of every picture track, by `ffmpeg`, at places that `ffprobe` helps to choose.
//!
//! The first frame, the last, and others evenly between ([`sample`]); the numbers count frames of the average rate. Only the
//! demuxer of the format that scrubs itself has recognised may read the file, and no other file or address can be reached.

use super::limit::Work;
use super::png::Pictures;
use super::room::Room;
use super::{Films, limit};
use crate::cut::Source;
use crate::pixels::{Sampled, Unseen, sample};
use crate::recording::Format;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The longest film that is decoded, in bytes: it is copied for that.
const LONGEST: u64 = 4 << 30;
/// The most picture tracks.
const TRACKS: usize = 4;
/// The longest description by `ffprobe` that is read.
const SAID: u64 = 256 * 1024;
/// The file that they are given.
const GIVEN: &str = "film";
/// Films of more frames than this are looked at where they can be entered (key frames), since every other frame is decoded
/// from the last of those on: some 250 frames for one.
const LONG: u64 = 2_000;
/// Pictures of more bytes are taken for different ones.
const MOST_COMPARED: u64 = 64 << 20;
/// How much earlier, in per mille of all frames, is looked where a frame is not there: films say more than they hold.
const EARLIER: [u64; 4] = [0, 5, 30, 120];

/// What `ffprobe` says.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    streams: Vec<Stream>,
    format: Option<Length>,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    avg_frame_rate: Option<String>,
    nb_frames: Option<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
struct Length {
    duration: Option<String>,
}

/// A picture track: its number, its frames, and how many there are in a second.
struct Track {
    index: u32,
    frames: u64,
    rate: f64,
}

/// Decodes some frames of a film.
///
/// # Errors
/// Where its tracks cannot be read, or most of the chosen frames cannot be decoded.
pub(super) fn decode(
    films: &Films,
    work: &Work,
    place: &Path,
    (format, most): (Format, u32),
    source: &dyn Source,
) -> Result<Sampled<'static>, Unseen> {
    let demuxer = demuxer(format).ok_or_else(|| Unseen::no_decoder("no decoder for films of this kind is at hand"))?;
    let room = Room::new(place)?;
    room.put(GIVEN, source, LONGEST)?;
    let tracks = tracks(films, work, &room, demuxer)?;
    let (begun, most) = (Instant::now(), (most / tracks.len() as u32).max(1));
    let (mut files, mut numbers, mut wanted) = (Vec::new(), Vec::new(), 0);
    for track in &tracks {
        let mut last: Option<PathBuf> = None;
        for frame in sample(track.frames, most) {
            wanted += 1;
            for earlier in EARLIER {
                if begun.elapsed() > work.limits.whole {
                    return Err(Unseen::too_large("the installed decoder took too long with it"));
                }
                let frame = frame.saturating_sub(track.frames * earlier / 1000);
                let file = room.path().join(format!("frame-{:03}.png", files.len()));
                let near = track.frames > LONG && frame + 1 < track.frames;
                let mut shown = near && show(films, work, &room, demuxer, (track, frame, true), &file)?;
                // A film that can be entered at one place only shows the same picture again.
                if !shown || last.as_deref().is_some_and(|last| is_same(last, &file)) {
                    shown = show(films, work, &room, demuxer, (track, frame, false), &file)?;
                }
                if shown {
                    last = Some(file.clone());
                    files.push(file);
                    numbers.push(u32::try_from(frame).unwrap_or(u32::MAX));
                    break;
                }
                if frame == 0 {
                    break;
                }
            }
        }
    }
    if files.is_empty() || files.len() * 2 < wanted {
        return Err(Unseen::damaged("the frames of the film cannot be decoded"));
    }
    let frames = Pictures::open(room, files)?;
    Ok(Sampled { frames: Box::new(frames), numbers, by: Some(work.by.clone()) })
}

/// The demuxer for a format; films of other formats have no surgeon here.
fn demuxer(format: Format) -> Option<&'static str> {
    match format {
        Format::Mp4 | Format::Mov | Format::ThreeGp => Some("mov"),
        Format::Matroska => Some("matroska"),
        Format::Avi => Some("avi"),
        Format::Asf => Some("asf"),
        _ => None,
    }
}

/// What both programs are told of the file.
fn reading(demuxer: &str) -> [&str; 6] {
    ["-v", "quiet", "-protocol_whitelist", "file,pipe", "-f", demuxer]
}

fn tracks(films: &Films, work: &Work, room: &Room, demuxer: &str) -> Result<Vec<Track>, Unseen> {
    let mut args = reading(demuxer).to_vec();
    args.extend(["-select_streams", "v", "-show_entries"]);
    args.extend(["stream=index,avg_frame_rate,nb_frames,duration:format=duration", "-of", "json", "-i", "file:film"]);
    work.ask(&films.ffprobe.path, &args, room.path())?;
    let mut said = Vec::new();
    let read = File::open(room.path().join("said")).and_then(|file| file.take(SAID).read_to_end(&mut said));
    read.map_err(|_| limit::no_room())?;
    let told: Told =
        serde_json::from_slice(&said).map_err(|_| Unseen::damaged("the tracks of the film cannot be read"))?;
    if told.streams.len() > TRACKS {
        return Err(Unseen::too_large("the film has more picture tracks than can be looked at"));
    }
    let whole = told.format.and_then(|format| seconds(format.duration.as_deref()));
    let tracks: Vec<Track> = told.streams.iter().map(|stream| track(stream, whole)).collect();
    if tracks.is_empty() {
        Err(Unseen::no_decoder("there is no picture track in it that can be decoded"))
    } else {
        Ok(tracks)
    }
}

fn track(stream: &Stream, whole: Option<f64>) -> Track {
    let rate = stream.avg_frame_rate.as_deref().and_then(|rate| {
        let (n, d) = rate.split_once('/')?;
        Some(n.parse::<f64>().ok()? / d.parse::<f64>().ok()?)
    });
    let rate = rate.filter(|rate| rate.is_finite() && (0.001..100_000.0).contains(rate)).unwrap_or(25.0);
    let counted = stream.nb_frames.as_deref().and_then(|count| count.parse::<u64>().ok());
    let length = seconds(stream.duration.as_deref()).or(whole).unwrap_or(0.0);
    let frames = counted.filter(|count| *count > 0).unwrap_or((length * rate).round() as u64);
    Track { index: stream.index, frames: frames.clamp(1, u64::from(u32::MAX)), rate }
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse::<f64>().ok().filter(|length| length.is_finite() && (0.0..1e9).contains(length))
}

/// Writes one frame, or the nearest before it at which the film can be entered. Whether it did is seen by its file: a place
/// behind the last frame is no fault.
fn show(
    films: &Films,
    work: &Work,
    room: &Room,
    demuxer: &str,
    (track, frame, near): (&Track, u64, bool),
    file: &Path,
) -> Result<bool, Unseen> {
    // A little before the frame, so that rounding does not lead to the next one.
    let at = format!("{:.6}", ((frame as f64 - 0.5) / track.rate).max(0.0));
    let map = format!("0:{}", track.index);
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let out = format!("file:{name}");
    let mut args = vec!["-nostdin", "-hide_banner", "-threads", "1"];
    args.extend(near.then_some("-noaccurate_seek"));
    args.extend(["-ss", &at]);
    args.extend(reading(demuxer));
    args.extend(["-i", "file:film", "-map", &map, "-an", "-sn", "-dn", "-frames:v", "1", "-threads", "1"]);
    args.extend(["-c:v", "png", "-pix_fmt", "rgb24", "-compression_level", "1"]);
    args.extend(["-f", "image2", "-update", "1", "-y", &out]);
    match work.run(&films.ffmpeg.path, &args, room.path(), GIVEN) {
        Err(fault) if fault.code != "damaged" => Err(fault),
        _ => Ok(file.metadata().is_ok_and(|meta| meta.len() > 0)),
    }
}

/// Whether two pictures were written with the same bytes.
fn is_same(one: &Path, other: &Path) -> bool {
    let lengths = [one, other].map(|file| file.metadata().map_or(0, |meta| meta.len()));
    lengths[0] == lengths[1]
        && lengths[0] < MOST_COMPARED
        && matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
}
