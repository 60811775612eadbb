//! `SHA256SUMS` over a release, in the form that `sha256sum -c` (GNU coreutils) reads.

use super::part::{self, Part};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use walkdir::WalkDir;

/// The name of the list, at the root of the release.
const NAME: &str = "SHA256SUMS";
/// Longest line of `recordings.jsonl` that is read; longer ones make their recording be read again.
const LINE: u64 = 1 << 20;

/// Lists every file of a release but the list itself, sorted by path, and returns how many there are.
///
/// A recording's digest is taken from `report/recordings.jsonl`, where it stands since the recording was written, so
/// that no recording is read a second time; every other file is read. Write the report first.
///
/// # Errors
/// When the release cannot be read or the list not written, and when the release holds something that is neither file
/// nor folder (`InvalidData`): a link could point at anything.
pub fn write_sums(release: &Path) -> io::Result<u64> {
    let (mut known, mut linked) = (Known::open(release)?, Known::open(release)?);
    let mut out = BufWriter::new(Part::create(release, NAME)?);
    let mut count = 0;
    for item in WalkDir::new(release).follow_links(false).sort_by_file_name().min_depth(1) {
        let item = item?;
        let kind = item.file_type();
        let path = item.path().strip_prefix(release).map_err(io::Error::other)?;
        if kind.is_dir() {
            part::neutral_time(item.path());
            continue;
        }
        if path == Path::new(NAME) || path == Path::new(".SHA256SUMS.part") {
            continue;
        }
        if !kind.is_file() {
            let error = "the release holds something that is neither a file nor a folder";
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        let name = with_slashes(path);
        let digest = match recording_of(&name) {
            // A second name of a recording: its digest is the recording's. These names come in the recordings' order.
            Some(recording) => linked.digest(&recording)?,
            None => known.digest(&name)?,
        };
        let digest = match digest {
            Some(digest) => digest,
            None => digest_of(item.path())?,
        };
        write_line(&mut out, &digest, &name)?;
        count += 1;
    }
    out.into_inner()?.finish()?;
    part::neutral_time(release);
    Ok(count)
}

/// The path of the recording that an object of a DICOM file-set is a second name of: its File ID is the code, cut up.
fn recording_of(name: &[u8]) -> Option<Vec<u8>> {
    let parts: Vec<&[u8]> = name.split(|b| *b == b'/').collect();
    let [b"DICOM", first, second, own] = parts[..] else { return None };
    let patient = [b"P-", first, second].concat();
    Some([b"recordings/", &patient[..], b"/", &patient[..], b"-", own, b".dcm"].concat())
}

/// One line; a name with a line break or a backslash is written as `sha256sum` writes it.
fn write_line(out: &mut impl Write, digest: &str, name: &[u8]) -> io::Result<()> {
    if !name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')) {
        write!(out, "{digest}  ")?;
        out.write_all(name)?;
        return out.write_all(b"\n");
    }
    write!(out, "\\{digest}  ")?;
    for byte in name {
        match byte {
            b'\\' => out.write_all(b"\\\\")?,
            b'\n' => out.write_all(b"\\n")?,
            b'\r' => out.write_all(b"\\r")?,
            _ => out.write_all(&[*byte])?,
        }
    }
    out.write_all(b"\n")
}

/// The digests that the report states, read alongside the walk: both are in the order of the paths.
struct Known {
    lines: Option<BufReader<File>>,
    next: Option<Stated>,
}

#[derive(Deserialize)]
struct Stated {
    path: Option<String>,
    sha256: Option<String>,
}

impl Known {
    fn open(release: &Path) -> io::Result<Self> {
        let lines = match File::open(release.join("report").join("recordings.jsonl")) {
            Ok(file) => Some(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let mut known = Self { lines, next: None };
        known.advance()?;
        Ok(known)
    }

    /// The digest that the report states for this path, if it states one; the paths must be asked for in order.
    fn digest(&mut self, name: &[u8]) -> io::Result<Option<String>> {
        while let Some(stated) = &self.next {
            let path = stated.path.as_deref().unwrap_or_default();
            match path.split('/').map(str::as_bytes).cmp(name.split(|b| *b == b'/')) {
                std::cmp::Ordering::Less => self.advance()?,
                std::cmp::Ordering::Greater => return Ok(None),
                std::cmp::Ordering::Equal => {
                    return Ok(stated.sha256.clone().filter(|digest| is_digest(digest)));
                }
            }
        }
        Ok(None)
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = None;
        let Some(lines) = &mut self.lines else {
            return Ok(());
        };
        let mut line = Vec::new();
        lines.take(LINE).read_until(b'\n', &mut line)?;
        // A line that cannot be read ends the list; what follows is read from the recordings themselves.
        self.next = serde_json::from_slice(&line).ok();
        Ok(())
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => sha.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in sha.finalize() {
        let digits = b"0123456789abcdef";
        text.push(char::from(digits[usize::from(byte >> 4)]));
        text.push(char::from(digits[usize::from(byte & 15)]));
    }
    Ok(text)
}

/// A path below the release with `/` between names, in the bytes the file system has.
fn with_slashes(path: &Path) -> Vec<u8> {
    let mut name = Vec::new();
    for part in path.components() {
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(part.as_os_str().as_encoded_bytes());
    }
    name
}
