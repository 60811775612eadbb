//! Which finished recordings are the same, and which only claim to be.
//!
//! The same content of the same patient twice is one recording. Different content under one SOP Instance UID is two:
//! the later one's code is drawn from UID and content. The same content under two patients is held, and so is whatever bears a
//! number that may stand for two people.

use super::bench::Done;
use super::beside::paper_digest;
use super::commit::{CommitError, Committer, Move, at};
use super::reason;
use super::shelf::Side;
use crate::code::RecordingCode;
use crate::code::coder::Instance;
use crate::finding::Code;
use crate::ledger::store::{BIRTH, NUMBER};
use crate::ledger::{Entry, Reason};
use crate::recording::Outcome;
use crate::recording::terms::Usability;
use std::collections::HashMap;
use std::io::{self, Write};

/// What bears a code already.
enum Known {
    /// An entry of the ledger, and the keyed digest of its content.
    Before(Box<Entry>, [u8; 32]),
    /// An earlier move of this batch.
    Now(usize),
}

impl Committer<'_> {
    /// Gives each recording of a batch the code it will bear, in the order of the walk.
    pub(crate) fn settle_codes(&mut self, batch: Vec<Done>) -> Result<Vec<Move>, CommitError> {
        let mut moves: Vec<Move> = Vec::with_capacity(batch.len());
        let mut codes: HashMap<RecordingCode, usize> = HashMap::new();
        // One index for each patient that has the content.
        let mut contents: HashMap<[u8; 32], Vec<usize>> = HashMap::new();
        for mut done in batch {
            if self.is_overtaken(&done)? {
                self.put_off(&done)?;
                continue;
            }
            self.flag_two_patients(&mut done, &mut moves, &contents)?;
            self.flag_doubt(&mut done)?;
            let one = self.settle_code(done, &mut moves, &codes)?;
            if !one.duplicate {
                codes.insert(one.done.entry.code.clone(), moves.len());
            }
            if !one.done.entry.own_patient {
                let known = contents.entry(one.done.content).or_default();
                known.retain(|i| one.duplicate || moves[*i].done.entry.code != one.done.entry.code);
                if known.iter().all(|i| moves[*i].done.entry.code != one.done.entry.code) {
                    known.push(moves.len());
                }
            }
            moves.push(one);
        }
        Ok(moves)
    }

    /// Whether a recording was judged again on what this run has changed since: another source became it meanwhile.
    fn is_overtaken(&self, done: &Done) -> Result<bool, CommitError> {
        let made = if done.judged_again { self.ledger.made(&self.release, &done.entry.code)? } else { None };
        Ok(done.judged_again && made.is_none_or(|made| made.run == self.run))
    }

    /// Leaves it as it is, for the second pass (see `feed`).
    fn put_off(&mut self, done: &Done) -> Result<(), CommitError> {
        self.again = true;
        let Some(files) = &done.files else { return Ok(()) };
        for path in [&files.recording, &files.sidecar] {
            std::fs::remove_file(path).map_err(at(files.side))?;
        }
        Ok(())
    }

    fn known(&self, code: &RecordingCode, codes: &HashMap<RecordingCode, usize>) -> Result<Option<Known>, CommitError> {
        if let Some(index) = codes.get(code) {
            return Ok(Some(Known::Now(*index)));
        }
        let entry = self.ledger.entry(&self.release, code)?;
        Ok(entry.map(|(entry, content)| Known::Before(Box::new(entry), content)))
    }

    fn settle_code(
        &self,
        mut done: Done,
        moves: &mut [Move],
        codes: &HashMap<RecordingCode, usize>,
    ) -> Result<Move, CommitError> {
        let before = self.ledger.source(&self.release, &done.path)?;
        loop {
            let code = done.entry.code.clone();
            let mine = before.as_ref().is_some_and(|b| b.code == code && !b.duplicate);
            match self.known(&code, codes)? {
                None => return Ok(Move { done, old: None, duplicate: false }),
                Some(Known::Before(entry, content)) if content == done.content => {
                    let takes = self.takes(&done, mine)?;
                    return Ok(Move { done, old: takes.then_some(*entry), duplicate: !takes });
                }
                Some(Known::Before(entry, _)) if mine && self.ledger.sources_with_code(&self.release, &code)? == 1 => {
                    return Ok(Move { done, old: Some(*entry), duplicate: false });
                }
                Some(Known::Now(index)) if moves[index].done.content == done.content => {
                    if done.caution() <= moves[index].done.caution() {
                        return Ok(Move { done, old: None, duplicate: true });
                    }
                    moves[index].duplicate = true;
                    let old = moves[index].old.take();
                    return Ok(Move { done, old, duplicate: false });
                }
                Some(_) => self.recode(&mut done)?,
            }
        }
    }

    /// Whether this source stands for its recording from now on: when no other source of it, judged as today, calls for
    /// more caution. Of those that call for the same, the one that stands for it already does so.
    fn takes(&self, done: &Done, mine: bool) -> Result<bool, CommitError> {
        let (code, marks) = (&done.entry.code, self.bench.settings.marks());
        let others = self.ledger.caution_of_others(&self.release, code, &done.path, &marks)?;
        let own = done.caution();
        Ok(others.is_none_or(|others| own > others || (own == others && mine)))
    }

    /// Another recording bears this SOP Instance UID and differs: the code is drawn anew, from UID and content.
    fn recode(&self, done: &mut Done) -> Result<(), CommitError> {
        let Some(again) = done.again.take() else { return Err(CommitError::Collision(done.entry.code.clone())) };
        let instance = Instance::Both(again.uid.reveal(), &again.content);
        let code = self.bench.coder.recording(&done.entry.patient, instance);
        if let Some(path) = &mut done.entry.path {
            *path = path.replace(done.entry.code.as_str(), code.as_str());
        }
        *done.entry.findings.entry(Code::SameInstance.word().to_owned()).or_default() += 1;
        done.entry.code = code.clone();
        done.key.code = code.clone();
        if let Some(files) = &mut done.files {
            files.paper.recording = code;
            done.entry.known.sidecar = Some(rewrite(files).map_err(at(files.side))?);
        }
        Ok(())
    }

    /// The same content under two patients: one of them is wrong, so a person must look, and neither is released. One that
    /// is in its place already is worked on again (see `feed`).
    fn flag_two_patients(
        &mut self,
        done: &mut Done,
        moves: &mut [Move],
        contents: &HashMap<[u8; 32], Vec<usize>>,
    ) -> Result<(), CommitError> {
        if done.entry.own_patient {
            return Ok(());
        }
        let earlier = contents.get(&done.content).map_or(&[][..], Vec::as_slice);
        let others: Vec<usize> =
            earlier.iter().copied().filter(|i| moves[*i].done.entry.patient != done.entry.patient).collect();
        let marks = self.bench.settings.marks();
        let before = self.ledger.others_with_content(&self.release, &done.content, &done.path, &marks)?;
        let before: Vec<&Entry> = before.iter().filter(|e| is_another_patient(e, &done.entry)).collect();
        if others.is_empty() && before.is_empty() {
            return Ok(());
        }
        self.again |= before.iter().any(|e| e.outcome == Outcome::Released);
        for index in others {
            self.flag(&mut moves[index].done)?;
        }
        self.flag(done)
    }

    fn flag(&self, done: &mut Done) -> Result<(), CommitError> {
        let reason = reason::two_patients();
        if done.entry.reasons.contains(&reason) {
            return Ok(());
        }
        *done.entry.findings.entry(Code::SameContent.word().to_owned()).or_default() += 1;
        done.entry.reasons.insert(0, reason);
        if done.entry.outcome == Outcome::Released {
            self.hold(done)?;
        }
        Ok(())
    }

    /// One number under two dates of birth, or under two issuers where the register's row names none: whose the recording is
    /// cannot be told, so nobody's consent releases it. Those in their places already are worked on again (see `walk`).
    fn flag_doubt(&self, done: &mut Done) -> Result<(), CommitError> {
        let Some(bearing) = &mut done.bearing else { return Ok(()) };
        let Some(bearer) = &bearing.bearer else { return Ok(()) };
        bearing.doubt = self.ledger.doubts(bearer)? & bearing.rests;
        let doubt = bearing.doubt;
        // What was not cleaned lies nowhere, and has a reason of its own.
        if done.entry.usability.is_none() {
            return Ok(());
        }
        if doubt & NUMBER != 0 {
            self.hold_for(done, reason::issuer_needed())?;
        }
        if doubt & BIRTH != 0 {
            self.hold_for(done, reason::birth_dates_differ())?;
        }
        Ok(())
    }

    /// Adds a reason, the first one told unless the recording must not be used anyway, and holds what was to be released.
    fn hold_for(&self, done: &mut Done, reason: Reason) -> Result<(), CommitError> {
        let prohibited = done.entry.usability == Some(Usability::MustNotUse);
        let at = if prohibited { done.entry.reasons.len() } else { 0 };
        done.entry.reasons.insert(at, reason);
        if done.entry.outcome == Outcome::Released {
            self.hold(done)?;
        }
        Ok(())
    }

    /// Turns a recording that was to be released into one that is held.
    fn hold(&self, done: &mut Done) -> Result<(), CommitError> {
        done.entry.outcome = Outcome::Held;
        done.entry.usability = done.entry.usability.max(Some(Usability::HoldForReview));
        if let Some(path) = &mut done.entry.path {
            *path = path.replacen("recordings/", "held/", 1);
        }
        let Some(files) = &mut done.files else { return Ok(()) };
        files.paper.verdict.outcome = files.paper.verdict.outcome.max(Usability::HoldForReview);
        for (part, path) in [("moved", &mut files.recording), ("moved-sidecar", &mut files.sidecar)] {
            let (target, mut to) = self.shelves.custody.begin(done.number, part).map_err(at(Side::Custody))?;
            let mut from = std::fs::File::open(&*path).map_err(at(Side::Release))?;
            io::copy(&mut from, &mut to).map_err(at(Side::Custody))?;
            std::fs::remove_file(&*path).map_err(at(Side::Release))?;
            *path = target;
        }
        files.side = Side::Custody;
        done.entry.known.sidecar = Some(rewrite(files).map_err(at(Side::Custody))?);
        Ok(())
    }
}

/// Whether two entries are of different patients, each of whom something names.
fn is_another_patient(one: &Entry, other: &Entry) -> bool {
    one.patient != other.patient && !one.own_patient && !other.own_patient
}

/// Writes a sidecar again under its temporary name, and digests it.
fn rewrite(files: &super::bench::Files) -> io::Result<String> {
    let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(&files.sidecar)?;
    let text = files.paper.write().map_err(io::Error::other)?;
    file.write_all(&text)?;
    Ok(paper_digest(&text))
}
