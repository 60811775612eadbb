//! Whether shards fit together: all there, none twice, one secret, one set of settings, the same sources, none lost.

use super::{MergeError, Opened, Part};
use crate::code::custody::Custody;
use crate::consent::Withdrawal;
use crate::ledger::store::{BIRTH, Ledger, LedgerError, NUMBER};
use crate::pipeline::note::note_of;
use crate::recording::Outcome;
use std::collections::{HashMap, HashSet};

/// Opens every shard and compares what they say of themselves. They come in the order of their numbers.
pub(super) fn open<'a>(parts: &'a [Part], into: &Custody) -> Result<Vec<Opened<'a>>, MergeError> {
    let mut opened: Vec<Opened<'_>> = Vec::with_capacity(parts.len());
    for (number, part) in (1..).zip(parts) {
        if part.custody.secret().expose() != into.secret().expose() {
            return Err(MergeError::Secret(number));
        }
        let note = note_of(&part.custody)?.ok_or(MergeError::NoShard(number))?;
        if !note.finished {
            return Err(MergeError::Unfinished(note.index));
        }
        let release = note.release_digest()?;
        let ledger = Ledger::open(&part.custody.dir().join("ledger.sqlite")).map_err(MergeError::Ledger)?;
        opened.push(Opened { part, note, ledger, release });
    }
    fit(&opened)?;
    opened.sort_by_key(|one| one.note.index);
    Ok(opened)
}

fn fit(opened: &[Opened<'_>]) -> Result<(), MergeError> {
    let Some(first) = opened.first().map(|one| &one.note) else { return Err(MergeError::Missing(1)) };
    for one in opened.iter().map(|one| &one.note) {
        if one.count != first.count {
            return Err(MergeError::Count { index: one.index, count: one.count, first: first.count });
        }
    }
    for index in 1..=first.count {
        match opened.iter().filter(|one| one.note.index == index).count() {
            0 => return Err(MergeError::Missing(index)),
            1 => {}
            _ => return Err(MergeError::Twice(index)),
        }
    }
    for one in opened.iter().map(|one| &one.note) {
        let heading = |note: &super::Note| (note.purpose, note.profile.clone(), note.profile_digest.clone());
        if one.settings != first.settings || heading(one) != heading(first) {
            return Err(MergeError::Settings(one.index));
        }
        if (one.met, &one.sources) != (first.met, &first.sources) {
            return Err(MergeError::Sources(one.index));
        }
    }
    let own = opened.iter().fold(0u64, |sum, one| sum.saturating_add(one.note.own));
    if own == first.met { Ok(()) } else { Err(MergeError::Gap { met: first.met, own }) }
}

/// Whether every withdrawal that any of these custodies has on record was carried out in every shard that it reaches: a
/// patient's recordings lie in all of them.
pub(super) fn withdrawals(opened: &[Opened<'_>], into: &Ledger) -> Result<(), Fault> {
    let mut all = into.withdrawals()?;
    for one in opened {
        all.extend(one.ledger.withdrawals()?);
    }
    for one in opened {
        let theirs = one.ledger.withdrawals()?;
        let mut open = !one.ledger.awaited_withdrawals(&one.release)?.is_empty();
        for withdrawal in all.iter().map(|recorded| &recorded.withdrawal) {
            for whom in withdrawal.codes.iter().map(|coded| &coded.whom) {
                let knows = |known: &Withdrawal| {
                    known.on == withdrawal.on
                        && (known.scopes == withdrawal.scopes || known.scopes.is_empty())
                        && known.codes.iter().any(|coded| coded.whom == *whom)
                };
                let known = theirs.iter().any(|recorded| knows(&recorded.withdrawal));
                let reached = |entry: &crate::ledger::Entry| entry.usability.is_some();
                open |= !known && one.ledger.entries_of(&one.release, whom)?.iter().any(|(entry, _)| reached(entry));
            }
        }
        if open {
            return Err(Fault::Merge(MergeError::Withdrawal(one.note.index)));
        }
    }
    Ok(())
}

/// Whether what each shard took for one patient is one in all of them: a number's recordings lie in every shard.
pub(super) fn doubts(opened: &[Opened<'_>]) -> Result<(), MergeError> {
    // What each number was first said to mean, and which of them mean two things.
    let (mut births, mut numbers) = (HashMap::new(), HashMap::new());
    let mut two: HashSet<[u8; 32]> = HashSet::new();
    let mut note = |known: &mut HashMap<[u8; 32], [u8; 32]>, about: [u8; 32], says: [u8; 32]| {
        if *known.entry(about).or_insert(says) != says {
            two.insert(about);
        }
    };
    for one in opened {
        let noted = one.ledger.sources_of::<Fault>(&one.release, |source, _| {
            let Some(bearer) = one.ledger.bearer(&source)? else { return Ok(()) };
            if let Some(born) = bearer.born {
                note(&mut births, bearer.whose, born);
            }
            if bearer.issued {
                note(&mut numbers, bearer.number, bearer.whose);
            }
            Ok(())
        });
        noted.map_err(Fault::plain)?;
    }
    if two.is_empty() {
        return Ok(());
    }
    for one in opened {
        let checked = one.ledger.sources_of::<Fault>(&one.release, |source, row| {
            let Some(bearer) = one.ledger.bearer(&source)? else { return Ok(()) };
            let births = u8::from(two.contains(&bearer.whose)) * BIRTH;
            let issuers = u8::from(two.contains(&bearer.number)) * NUMBER;
            match (births | issuers) & row.rests & !row.doubt {
                0 => Ok(()),
                _ => Err(Fault::Merge(MergeError::Doubt)),
            }
        });
        checked.map_err(Fault::plain)?;
    }
    Ok(())
}

/// Carries both a ledger's faults and our own out of a walk over its rows.
pub(super) enum Fault {
    Ledger(LedgerError),
    Merge(MergeError),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Fault::Ledger(error)
    }
}

impl Fault {
    pub(super) fn plain(self) -> MergeError {
        match self {
            Fault::Ledger(error) => MergeError::Ledger(error),
            Fault::Merge(error) => error,
        }
    }
}

/// Whether no source and no code is in two shards.
pub(super) fn disjoint(opened: &[Opened<'_>]) -> Result<(), MergeError> {
    for (at, one) in opened.iter().enumerate() {
        let later = &opened[at + 1..];
        let sources = one.ledger.sources_of::<Fault>(&one.release, |source, _| {
            for other in later {
                if other.ledger.source(&other.release, &source)?.is_some() {
                    return Err(Fault::Merge(MergeError::Overlap(one.note.index, other.note.index)));
                }
            }
            Ok(())
        });
        sources.map_err(Fault::plain)?;
        let codes = one.ledger.entries::<Fault>(&one.release, |entry| {
            for other in later {
                if other.ledger.entry(&other.release, &entry.code)?.is_some() {
                    return Err(Fault::Merge(MergeError::Collision(entry.code)));
                }
            }
            match entry.path == expected(&entry) {
                true => Ok(()),
                false => Err(Fault::Merge(MergeError::Damaged(one.note.index))),
            }
        });
        codes.map_err(Fault::plain)?;
    }
    Ok(())
}

/// Where an entry's file must lie, by its codes alone: a ledger that somebody changed must not lead elsewhere.
fn expected(entry: &crate::ledger::Entry) -> Option<String> {
    entry.path.as_ref()?;
    let shelf = if entry.outcome == Outcome::Released { "recordings" } else { "held" };
    Some(format!("{shelf}/{}/{}.{}", entry.patient, entry.code, entry.format.extension()))
}

/// Whether the target knows nothing of this release, or only what these shards say: an interrupted merge of them.
pub(super) fn target(opened: &[Opened<'_>], ledger: &Ledger, release: &[u8; 32]) -> Result<(), MergeError> {
    let known = ledger.entries::<Fault>(release, |entry| {
        for one in opened {
            if let Some((theirs, _)) = one.ledger.entry(&one.release, &entry.code)? {
                return if theirs == entry { Ok(()) } else { Err(Fault::Merge(MergeError::Other)) };
            }
        }
        Err(Fault::Merge(MergeError::Other))
    });
    known.map_err(Fault::plain)
}
