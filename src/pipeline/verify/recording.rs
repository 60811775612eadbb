//! Looks at one recording of a release: the file, its sidecar, and whether each is what the other says.

use super::list::{Item, SIDECAR};
use super::{Broken, Looked, broken};
use crate::code::RecordingCode;
use crate::consent::sidecar::{LONGEST, Sidecar};
use crate::consent::{Consent, Date, distribution};
use crate::cut::{FileSource, Source};
use crate::guidance::{self, rules};
use crate::inspect;
use crate::pipeline::{beside, disk};
use crate::place::{Area, Covering};
use crate::recording::terms::{PixelState, Subject, Usability};
use crate::recording::{Deidentification, DicomOption, Distribution, Format, Treatment};
use crate::scan;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Pieces that later covers may leave of an earlier one; of more the first are looked at.
const MOST_PIECES: usize = 256;

/// Looks at the files of one recording, or at one file that is of none.
pub(super) fn look(release: &Path, items: &[Item]) -> Looked {
    let mut looked = Looked::default();
    let mut files = Files::default();
    for item in items {
        if let Err(fault) = files.take(release, item, &mut looked) {
            looked.broken.push(fault);
        }
    }
    let code = items.first().and_then(Item::code);
    let Some(code) = code else { return looked };
    let at = |ending: &str| format!("recordings/{}/{code}{ending}", code.patient());
    match (&files.recording, &files.sidecar) {
        (None, _) if looked.broken.is_empty() => {
            looked.broken.push(broken("recording-missing", "A sidecar without its recording.", &at(SIDECAR)));
        }
        (Some(recording), None) if looked.broken.is_empty() => {
            let place = at(&format!(".{}", recording.extension));
            looked.broken.push(broken("sidecar-missing", "A recording without its sidecar.", &place));
        }
        (Some(recording), Some(sidecar)) => {
            looked.purpose = Some(sidecar.verdict.purpose);
            looked.broken.extend(compare(&code, recording, sidecar, &at(SIDECAR)));
            let place = at(&format!(".{}", recording.extension));
            looked.broken.extend(reread(recording, sidecar, &place).err());
            looked.broken.extend(filled(recording, sidecar, &place).err());
        }
        _ => {}
    }
    looked.code = Some(code);
    looked
}

/// A recording as it lies in the release.
struct Recording {
    extension: String,
    sha256: String,
    format: Format,
    source: FileSource,
}

/// The files of one recording.
#[derive(Default)]
struct Files {
    recording: Option<Recording>,
    sidecar: Option<Sidecar>,
}

impl Files {
    fn take(&mut self, release: &Path, item: &Item, looked: &mut Looked) -> Result<(), Broken> {
        item.there.clone()?;
        let path = &item.path;
        if !super::list::is_ours(path) || (path.starts_with("recordings/") && item.code().is_none()) {
            return Err(broken("foreign-file", "A file that a release does not have.", path));
        }
        let unreadable = |_| broken("unreadable", "It cannot be read.", path);
        let file = disk::open_source(&release.join(path)).map_err(unreadable)?;
        let source = FileSource::new(file).map_err(unreadable)?;
        let sha256 = beside::sha256(&source).map_err(unreadable)?;
        match &item.listed {
            None => return Err(broken("not-listed", "The list of digests does not have it.", path)),
            Some(listed) if *listed != sha256 => {
                return Err(broken("digest-differs", "It is not what it was when the list was written.", path));
            }
            Some(_) => {}
        }
        if !path.starts_with("recordings/") {
            looked.others += 1;
            return Ok(());
        }
        if path.ends_with(SIDECAR) {
            let sidecar = read(&source).map_err(unreadable)?;
            let sidecar = Sidecar::read(&sidecar).map_err(|error| broken("sidecar-broken", error.to_string(), path))?;
            self.sidecar = Some(sidecar);
            looked.others += 1;
            return Ok(());
        }
        if self.recording.is_some() {
            return Err(broken("foreign-file", "Two recordings have one code.", path));
        }
        let format = scan::sniff(&source).map_err(unreadable)?;
        let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default();
        self.recording = Some(Recording { extension, sha256, format, source });
        Ok(())
    }
}

fn read(source: &FileSource) -> io::Result<Vec<u8>> {
    let length = source.len().min(LONGEST as u64 + 1);
    let mut bytes = vec![0; length as usize];
    source.read_exact_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Whether the sidecar is this recording's, and its verdict one under which it may lie in a release.
fn compare(code: &RecordingCode, recording: &Recording, sidecar: &Sidecar, place: &str) -> Vec<Broken> {
    let verdict = &sidecar.verdict;
    let known =
        |id: &str, cites: &[String]| rules().iter().any(|rule| rule.id == id && rule.cites.iter().eq(cites.iter()));
    let clean = matches!(sidecar.anonymisation.pixels, PixelState::Checked | PixelState::NoMarks);
    // Only an authority lets a recording be used that is not cleaned.
    let authorised = verdict.rules.iter().any(|rule| rule.id == "G9");
    let checks = [
        (sidecar.recording == *code, "sidecar-of-another", "The sidecar is of another recording."),
        (
            sidecar.sha256 == recording.sha256,
            "sidecar-of-another",
            "The sidecar states another digest than the recording's.",
        ),
        (
            sidecar.media_type == recording.format.media_type() && recording.extension == recording.format.extension(),
            "format-differs",
            "The recording is of another format than its sidecar or its name says.",
        ),
        (
            verdict.outcome <= Usability::UsableWithConditions,
            "not-usable",
            "The verdict does not let the recording be used.",
        ),
        (
            verdict.outcome > Usability::UsableWithConditions || guidance::explains(sidecar, Date::today()),
            "verdict-differs",
            "The verdict is not the one that the sidecar's own facts lead to.",
        ),
        (clean || authorised, "not-clean", "Nobody has looked at the picture itself, and no authority is cited."),
        (
            verdict.rules.iter().all(|rule| known(&rule.id, &rule.cites)),
            "rule-unknown",
            "The verdict rests on a rule or a paragraph that the table of rules does not have.",
        ),
    ];
    let told = |code: &str, says: &str| match code {
        "verdict-differs" => format!("{says} {}", stated(sidecar)),
        _ => says.to_owned(),
    };
    let broken = |(_, code, says): (bool, &'static str, &str)| broken(code, told(code, says), place);
    checks.into_iter().filter(|(holds, _, _)| !holds).map(broken).collect()
}

/// What a verdict rests on, in the sidecar's own words.
fn stated(sidecar: &Sidecar) -> String {
    let verdict = &sidecar.verdict;
    let cited: Vec<&str> = verdict.rules.iter().map(|rule| rule.id.as_str()).collect();
    format!(
        "It says: consent {}, recognisable {}, pixels {}; and yet {} for {} by {}.",
        sidecar.consent.status.word(),
        sidecar.identifiable.value.word(),
        sidecar.anonymisation.pixels.word(),
        verdict.outcome.word(),
        verdict.purpose.word(),
        if cited.is_empty() { "no rule".to_owned() } else { cited.join(", ") },
    )
}

/// Shows the recording to the witness again.
fn reread(recording: &Recording, sidecar: &Sidecar, place: &str) -> Result<(), Broken> {
    let told = how(sidecar);
    let mut first = None;
    for stated in statable(recording.format, sidecar) {
        match inspect::reread(&recording.source, recording.format, &told.stating(stated)) {
            Ok(_) => return Ok(()),
            Err(trouble) => _ = first.get_or_insert(trouble),
        }
    }
    match first {
        None => Ok(()),
        Some(trouble) => Err(broken(trouble.code(), trouble.to_string(), place)),
    }
}

/// Shows the witness that every region is filled of which the sidecar says that it was covered. What was covered later lies over
/// what was covered before, in a colour of its own.
fn filled(recording: &Recording, sidecar: &Sidecar, place: &str) -> Result<(), Broken> {
    let covers = sidecar.anonymisation.regions.iter().filter(|region| region.action == "cover");
    let covers: Vec<(Option<u32>, Area)> = covers.map(|r| (r.frame, Area::new(r.x, r.y, r.width, r.height))).collect();
    let mut covered = Covering::default();
    for (n, (frame, area)) in covers.iter().enumerate() {
        let mut left = vec![*area];
        for (over, later) in &covers[n + 1..] {
            // One that differs from frame to frame below is not looked for under what is covered in some of them.
            if frame.is_none() || over.is_none() || over == frame {
                left = left.iter().flat_map(|piece| piece.without(later)).take(MOST_PIECES).collect();
            }
        }
        for piece in left {
            match frame {
                Some(frame) => covered.in_frame(*frame, piece),
                None => covered.everywhere(piece),
            }
        }
    }
    if covered.is_empty() {
        return Ok(());
    }
    let proved = inspect::filled(&recording.source, recording.format, &covered);
    proved.map_err(|trouble| broken("not-covered", trouble.to_string(), place))
}

/// How a DICOM object was de-identified, as its sidecar says.
fn how(sidecar: &Sidecar) -> Deidentification {
    let method = &sidecar.anonymisation.method;
    let options = DicomOption::ALL.iter().copied().filter(|option| method.iter().any(|word| word == option.code()));
    let deviation = |word: &String| {
        let (tag, action) = word.strip_prefix("deviation-")?.split_once('-')?;
        let tag = u32::from_str_radix(&tag.replace('.', ""), 16).ok()?;
        // What stands in an attribute's place is a value of the user's profile, which stays there.
        Some((tag, if action == "remove" { Treatment::Remove } else { Treatment::Keep }))
    };
    let deviations: BTreeMap<u32, Treatment> = method.iter().filter_map(deviation).collect();
    Deidentification::new(options.collect(), deviations)
}

/// The consent that a DICOM object may state: none, or what its sidecar amounts to.
fn statable(format: Format, sidecar: &Sidecar) -> Vec<Vec<Distribution>> {
    let mut all = vec![Vec::new()];
    if format == Format::Dicom {
        let noted = &sidecar.consent;
        let consent = Consent {
            status: noted.status,
            scopes: noted.scopes.clone(),
            conditions: noted.conditions.clone(),
            ..Consent::default()
        };
        all.push(distribution::state(&consent, Subject::Unknown, None, Date::today()));
    }
    all
}
