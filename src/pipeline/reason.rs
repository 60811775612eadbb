//! Why a recording is not in the release, in a doctor's words, each with the next step. Never a name, a value or a path.

use super::beside::Standing;
use crate::guidance::Facts;
use crate::inspect::Trouble;
use crate::ledger::Reason;
use crate::plan::{Gap, Refusal};
use crate::recording::fault::why;
use crate::recording::known::Disagreement;
use crate::recording::terms::{Identifiable, PixelState, Purpose};
use crate::recording::{Family, Format, Head, Sight};
use crate::scan::Stray;
use std::io;

fn reason(code: &str, says: impl Into<String>, next: &str) -> Reason {
    Reason::new(code, says, next)
}

pub(crate) fn empty() -> Reason {
    reason("empty", "The file is empty.", "Fetch it again from where it came from.")
}

pub(crate) fn unreadable(kind: io::ErrorKind) -> Reason {
    reason(
        "unreadable",
        format!("The file could not be read ({}).", why(kind)),
        "Check that the disk is connected and that you may read the file, then run the same command again.",
    )
}

pub(crate) fn link() -> Reason {
    reason(
        "link",
        "A link to another place; links are not followed.",
        "If its target should be included, name the target itself as a source.",
    )
}

pub(crate) fn special() -> Reason {
    reason("special-file", "Not a file but a device, a pipe or a socket.", "Take it out of the folder.")
}

pub(crate) fn stray(stray: Stray) -> Reason {
    reason(
        stray.word(),
        stray.says(),
        "It is not part of the release. Look into it before you pass the source folder on.",
    )
}

pub(crate) fn own_sidecar(standing: Standing) -> Reason {
    match standing {
        Standing::Believed => reason(
            "consent-sidecar",
            "A consent sidecar that this custody wrote; what it says counts for the recording beside it.",
            "Nothing is to be done. Each recording in the release has a new one.",
        ),
        Standing::Apart => reason(
            "sidecar-apart",
            "A consent sidecar that this custody wrote, without its recording: that is gone or was changed. It is not believed.",
            "Put the recording that it belongs to beside it again, or put what is known into the register.",
        ),
        Standing::Unknown => reason(
            "sidecar-not-known",
            "A consent sidecar that this custody did not write, or that was changed or replaced since. It is not believed.",
            "Clean with the custody that wrote it and into another release, or put what is known into the register.",
        ),
    }
}

/// Reasons outside the guidance: they hold whatever the purpose is, and whatever is withdrawn.
pub(crate) const LASTING: [&str; 8] = [
    "register-conflict",
    "register-issuer-unknown",
    "register-issuer-needed",
    "other-patient",
    "other-birth-date",
    "birth-dates-differ",
    "two-patients",
    "held-before",
];

/// Sources that disagree on what decides, where the recording is held: the more cautious one counts.
pub(crate) fn disagreement(all: &[Disagreement]) -> Option<Reason> {
    let grave = all.iter().find(|one| one.fact == "consent" || one.fact == "identifiable")?;
    let (about, next) = match &*grave.fact {
        "consent" => (
            "consent",
            "Find out which of them is right and correct the other where it is written. A refusal or withdrawal counts until then.",
        ),
        _ => (
            "whether the patient can be recognised",
            "Find out which of them is right and correct the other, or assess this very recording in the register, by its path.",
        ),
    };
    let (taken, against) = (&grave.taken, &grave.against);
    let says = format!("Sources disagree on {about}: the {taken} counts, and the {against} says otherwise.");
    Some(reason(&grave.code(), says, next))
}

pub(crate) fn held_before() -> Reason {
    reason(
        "held-before",
        "An earlier run held this recording for a reason that its sidecar does not tell.",
        "Look it up in the report of that run, or clean the recording from its source again.",
    )
}

pub(crate) fn internal_fault() -> Reason {
    reason(
        "internal-fault",
        "A fault in scrubs itself stopped the work on this file.",
        "Nothing was released. Please report it with the format of the file and the version of scrubs, not with the file.",
    )
}

pub(crate) fn unsupported(format: Format) -> Reason {
    let name = format.name();
    match format.family() {
        Family::Unknown => reason(
            "unrecognised",
            "Not a kind of file that scrubs knows.",
            "If it is a recording, open it in the program that made it and export it as JPEG, PNG or DICOM.",
        ),
        Family::Document => reason(
            "unsupported-document",
            format!("This is a file of the kind “{name}”, which may hold recordings but is not one."),
            "Export the pictures in it as JPEG or PNG and run scrubs on those.",
        ),
        _ => reason(
            "unsupported-format",
            format!("{name} cannot be cleaned by this version of scrubs."),
            match format.family() {
                Family::Video => "Save it as MP4 without coding it anew, or keep it back.",
                Family::Sound => "Save it as WAV or FLAC, or keep it back.",
                _ => "Export it as JPEG, PNG or DICOM, or keep it back.",
            },
        ),
    }
}

pub(crate) fn refused(refusal: &Refusal) -> Reason {
    reason(refusal.code, sentence(&refusal.what), refusal.advice)
}

pub(crate) fn incomplete(gap: &Gap) -> Reason {
    reason(
        "internal-fault",
        format!("The plan for this file was not comprehensive: {gap}."),
        "Nothing was released. Please report it with the format of the file and the version of scrubs, not with the file.",
    )
}

pub(crate) fn unproved(trouble: &Trouble) -> Reason {
    reason(trouble.code(), sentence(&trouble.to_string()), trouble.advice())
}

/// Something in the picture must be covered, and that cannot be done here.
pub(crate) fn cannot_cover(why: &str) -> Reason {
    reason(
        "cannot-cover",
        format!(
            "Something in the picture itself must be covered, and that cannot be done: {}.",
            why.trim_end_matches('.')
        ),
        "Cover it in a picture editor, or export the picture as PNG or uncompressed DICOM, and run scrubs again.",
    )
}

/// Why a film of which some frames were looked at does not count as looked at.
pub(crate) fn sampled(frames: u32) -> String {
    format!("{IN_PART} {frames} of its frames, no writing was found in those, and nothing listens to its sound")
}

const IN_PART: &str = "seen were";

/// Why writing that was found is put before a person instead of being covered.
pub(crate) fn no_encoder(format: Format) -> String {
    match format.family() {
        Family::Video => "Frames of the film seem to bear writing, and films cannot be covered here".to_owned(),
        _ => format!("There seems to be writing in the picture, and {} pictures cannot be covered here", format.name()),
    }
}

/// What was marked in a picture was to be read and was not.
pub(crate) fn cannot_read(why: &str) -> Reason {
    reason(
        "cannot-read",
        format!("The writing in the picture itself was to be read, and that failed: {}.", why.trim_end_matches('.')),
        "Check that tesseract works and run scrubs again, or run it without --ocr.",
    )
}

/// Says why nothing looked at the picture, and what it was that may let the patient be recognised. `head` says whether a face
/// may be rebuilt from the recording.
pub(crate) fn of_pixels(reasons: &mut Vec<Reason>, sight: &Sight, head: Option<Head>) {
    if let Some(why) = &sight.why {
        for unchecked in reasons.iter_mut().filter(|reason| reason.code == "pixels-unchecked") {
            let unsaid = match why {
                why if why.starts_with("nothing listens") => "The recording could not be listened to",
                why if why.starts_with(IN_PART) => "The film was looked at in part",
                _ => "The picture itself could not be looked at",
            };
            unchecked.says = format!("{unsaid}: {why} (GMC paras 12, 17).");
        }
    }
    if let (PixelState::NeedsEyes, Some(why)) = (sight.pixels, &sight.why) {
        for reason in reasons.iter_mut().filter(|reason| reason.code == "pixels-need-eyes") {
            reason.says = format!("{why} (GMC paras 12, 17).");
            reason.next = "Look at it. Save it as PNG or JPEG, or cover the film in an editor, and run scrubs again; or say in the \
                           register, by recording, that it bears no marks (`pixels`)."
                .to_owned();
        }
    }
    if !reasons.iter().any(|reason| IDENTIFIABLE.contains(&reason.code.as_str())) {
        return;
    }
    let next = "Add the patient's consent to the register, have the face covered (--cover-faces), or say in the register, by \
                recording, that the patient cannot be recognised.";
    match sight.found {
        Some(Identifiable::Yes) => {
            reasons.push(reason("face", "There is a face in the picture (GMC paras 17, 23).", next))
        }
        Some(Identifiable::MayBe) => reasons.push(reason(
            "face",
            "There may be a face or a part of one in the picture (GMC paras 17, 23).",
            next,
        )),
        _ => reasons.extend(head.map(of_head)),
    }
}

fn of_head(head: Head) -> Reason {
    match head {
        Head::Shown => reason(
            head.word(),
            "The head is in these slices, and a face can be rebuilt from them (GMC paras 17, 23).",
            "Add the patient's consent to the register, or have a named person state in the register or the profile that the \
             patient cannot be recognised.",
        ),
        Head::Perhaps => reason(
            head.word(),
            "Nothing in it rules out that it shows a head, and from slices of a head a face can be rebuilt (GMC paras 17, 23).",
            "Look at it. Where it is no head, have a named person state in review, the register or the profile that the patient \
             cannot be recognised; else add the patient's consent to the register.",
        ),
    }
}

/// Clean Pixel Data was asked for (PS3.15 E.3.1): an object whose pixels were not examined and proved free of writing is
/// held, whatever else speaks for it, unless the register answers for this very recording.
pub(crate) fn of_clean_pixels(reasons: &mut Vec<Reason>, pixels: PixelState, answered: bool) {
    let (code, says) = match pixels {
        PixelState::Checked | PixelState::NoMarks => return,
        PixelState::Unchecked => ("pixels-unchecked", "could not be examined"),
        PixelState::NeedsEyes => ("pixels-need-eyes", "may still bear writing"),
    };
    if answered || reasons.iter().any(|reason| reason.code == code) {
        return;
    }
    let says = format!("Clean pixel data are asked for, and the picture {says} (PS3.15 E.3.1).");
    reasons.push(reason(
        code,
        says,
        "Look at it, and say in the register, by recording, that it bears no marks (`pixels`).",
    ));
}

/// Clean recognisable features were asked for (PS3.15 E.3.2): an object in which a face is seen, from which one can be
/// rebuilt, or of which neither is known, is held.
pub(crate) fn of_features(reasons: &mut Vec<Reason>, sight: &Sight, head: Option<Head>, faceless: bool) {
    let (code, says) = match (sight.found, head) {
        (_, Some(head @ Head::Shown)) => (head.word(), "a face can be rebuilt from these slices"),
        (_, Some(head @ Head::Perhaps)) => (head.word(), "nothing rules out that it shows a head"),
        (Some(Identifiable::Yes), _) => ("face", "there is a face in the picture"),
        (Some(Identifiable::MayBe), _) => ("face", "there may be a face or a part of one in the picture"),
        _ if sight.pixels == PixelState::Unchecked && !faceless => ("pixels-unchecked", "nothing could look for faces"),
        _ => return,
    };
    if reasons.iter().any(|reason| reason.code == code) {
        return;
    }
    let says = format!("Clean recognisable features are asked for, and {says} (PS3.15 E.3.2).");
    let next = "Have faces covered (--cover-faces), or say in the register, by recording, that the patient cannot be \
                recognised.";
    reasons.push(reason(code, says, next));
}

/// Reasons that rest on whether the patient can be recognised.
const IDENTIFIABLE: [&str; 4] = ["no-consent-record", "consent-expired", "consent-not-by-entitled", "consent-scope"];

pub(crate) fn place_taken() -> Reason {
    reason(
        "place-taken",
        "A file that this custody does not know already lies where the recording should go; it was left alone.",
        "Release into a new folder, or use the custody that made the release.",
    )
}

pub(crate) fn two_patients() -> Reason {
    reason(
        "two-patients",
        "The same picture is filed under more than one patient.",
        "Find out whose it is, take the wrong copy away, and release into a new folder.",
    )
}

pub(crate) fn birth_dates_differ() -> Reason {
    reason(
        "birth-dates-differ",
        "Recordings with this patient's number state different dates of birth: whose it is is not clear.",
        "Find out whose each of them is. Then correct the number or the date where it is wrong, or write the patient's date of birth \
         into the register (born_on), or add a row to the register that names this recording by its path, with the number.",
    )
}

pub(crate) fn other_birth_date() -> Reason {
    reason(
        "other-birth-date",
        "The recording states another date of birth than the register has for the patient: whose it is is not clear.",
        "Find out whose it is, and correct the number or the date of birth where it is wrong.",
    )
}

pub(crate) fn issuer_needed() -> Reason {
    reason(
        "register-issuer-needed",
        "The register has the patient's number without an issuer, and recordings have it from more than one: whose consent it is is \
         not clear.",
        "Write into the register's column issuer who issued the number, with a row for each of the patients.",
    )
}

pub(crate) fn other_patient() -> Reason {
    reason(
        "other-patient",
        "The register gives this recording to another patient than the recording itself names.",
        "Find out whose it is and correct the register; the retained key tells which recording it is.",
    )
}

pub(crate) fn held_by_reviewer() -> Reason {
    reason(
        "held-by-reviewer",
        "A reviewer decided that this recording stays held.",
        "Decide about it anew in the review, or take that decision back there.",
    )
}

pub(crate) fn decision_out_of_date() -> Reason {
    reason(
        "decision-out-of-date",
        "A reviewer decided about this recording, but it is not any more what they looked at: its source, or how it is \
         cleaned, has changed since.",
        "Look at it again in the review and decide anew.",
    )
}

pub(crate) fn look_again() -> Reason {
    reason(
        "look-again",
        "A reviewer asked for a covered part to be left as it is, and now it shows: nobody has looked at it since.",
        "Look at it again in the review and decide anew.",
    )
}

pub(crate) fn to_be_cleaned_again() -> Reason {
    reason(
        "to-be-cleaned-again",
        "What a reviewer decided can be carried out only on the source: what is covered cannot be uncovered without it.",
        "Run `scrubs clean` over the sources again; then decide about it in the review.",
    )
}

pub(crate) fn own_consent() -> Reason {
    reason(
        "consent-not-in-register",
        "The patient may be recognised, and the only consent is one that the recording states of itself, which does not \
         say whether the face may be shown.",
        "Find the consent record and add a row to the register, or have a named person assess the recording.",
    )
}

/// What the patient laid down and the picture, or the use, plainly does not keep to. Conditions are for whoever uses a recording to
/// keep; nobody shows a face by mistake that lies held.
pub(crate) fn of_conditions(reasons: &mut Vec<Reason>, facts: &Facts, sight: &Sight) {
    let laid_down = |word| facts.consent.conditions.contains(word);
    let face = ["face", "partial-face"].iter().any(|word| sight.evidence.contains_key(*word));
    if laid_down("hide-face") && face && facts.identifiable != Identifiable::No {
        reasons.push(reason(
            "face-to-be-hidden",
            "The patient consented on condition that the face is not shown, and a face was found in it.",
            "Cover the face (--cover-faces, or a box in the review), and state that the patient cannot be recognised; or leave it out.",
        ));
    }
    if laid_down("no-online-use") && facts.purpose == Purpose::PublicMedia {
        reasons.push(reason(
            "not-for-online-use",
            "The patient consented on condition that it is not put online, and the public media are.",
            "Leave it out of this use.",
        ));
    }
}

/// A first letter in upper case and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Date;
    use crate::guidance::Gathered;

    #[test]
    fn a_face_that_is_to_be_hidden_and_a_use_that_was_ruled_out_hold() {
        let mut tried = 0;
        for (condition, purpose, seen, identifiable, held) in [
            ("hide-face", Purpose::Teaching, "face", Identifiable::Yes, Some("face-to-be-hidden")),
            ("hide-face", Purpose::Teaching, "partial-face", Identifiable::MayBe, Some("face-to-be-hidden")),
            ("hide-face", Purpose::Teaching, "face", Identifiable::No, None),
            ("hide-face", Purpose::Teaching, "burned-in-text", Identifiable::MayBe, None),
            ("no-copies", Purpose::Teaching, "face", Identifiable::Yes, None),
            ("no-online-use", Purpose::PublicMedia, "face", Identifiable::Yes, Some("not-for-online-use")),
            ("no-online-use", Purpose::Teaching, "face", Identifiable::Yes, None),
        ] {
            let gathered = Gathered::new(purpose, Date::iso("2026-11-21").expect("a date"));
            let mut facts = Facts { identifiable, ..gathered.facts().clone() };
            facts.consent.conditions.insert(condition.to_owned());
            let sight = Sight { evidence: [(seen.into(), 1)].into(), ..Sight::default() };
            let mut reasons = Vec::new();
            of_conditions(&mut reasons, &facts, &sight);
            assert_eq!(reasons.first().map(|reason| reason.code.as_str()), held, "{condition} {seen}");
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn every_format_has_words_of_its_own() {
        let mut tried = 0;
        for format in Format::ALL {
            let reason = unsupported(*format);
            assert!(reason.says.ends_with('.') && reason.next.ends_with('.'));
            tried += 1;
        }
        assert_eq!(tried, Format::ALL.len());
        assert_eq!(sentence("the file ends too early"), "The file ends too early.");
    }
}
