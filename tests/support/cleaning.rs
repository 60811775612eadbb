//! Cleaning in tests: plan, prove comprehensive, write to memory; and the same for damaged fixtures and for a corpus.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::print_stderr)]

use super::picture::{Fixture, expanded, found};
use scrubs::finding::{Action, Code};
use scrubs::plan::{Plan, Refusal};
use scrubs::recording::Format;
use scrubs::strip::{Options, plan};
use std::path::PathBuf;

/// The cleaned picture and the plan it came from.
pub fn clean(format: Format, bytes: &[u8]) -> Result<(Vec<u8>, Plan), Refusal> {
    let source = bytes.to_vec();
    let plan = plan(format, &source, &Options::default())?;
    assert!(plan.method == ["keep-list"] || plan.method == ["blank-in-place"]);
    let comprehensive = plan.clone().comprehensive(source.len() as u64).expect("every plan is comprehensive");
    let mut output = Vec::new();
    comprehensive.plan().cut.write_to(&source, &mut output).expect("memory");
    Ok((output, plan))
}

/// Why the witness would hold what comes out of the surgeon; none when it clears it.
pub fn held(format: Format, bytes: &[u8]) -> Option<String> {
    let (output, plan) = clean(format, bytes).expect("a picture");
    let (original, dropped) = (bytes.to_vec(), plan.cut.dropped(bytes.len() as u64));
    let evidence = scrubs::inspect::Evidence { format, original: &original, output: &output, dropped: &dropped };
    scrubs::inspect::witness(&evidence).err().map(|trouble| format!("{trouble:?}"))
}

/// Cuts a fixture short at 64 places and flips 256 of its bits, one at a time; says how many cases that was.
///
/// A flip may turn a part of the container into what can be kept by the standard's own grammar (coded samples that end
/// elsewhere), so a canary may come back only inside coded samples; everywhere else it is a leak.
pub fn damage(format: Format, fixture: &Fixture) -> usize {
    let mut tried = 0;
    let length = fixture.bytes.len();
    for step in 0..64 {
        check(format, fixture, fixture.bytes[..length * step / 64].to_vec());
        tried += 1;
    }
    for step in 0..256 {
        let mut bytes = fixture.bytes.clone();
        bytes[(length * step / 256 + step * 7) % length] ^= 1 << (step % 8);
        check(format, fixture, bytes);
        tried += 1;
    }
    tried
}

fn check(format: Format, fixture: &Fixture, bytes: Vec<u8>) {
    let Ok((output, _)) = clean(format, &bytes) else { return };
    let all = expanded(&output);
    for canary in &fixture.canaries {
        // A flip that makes a component name another table makes of an idle table one that decoding needs.
        let idle = canary.contains("-unused-");
        assert!(idle || found(&all, canary).is_none(), "{}: {canary}", fixture.name);
    }
}

/// Cleans every picture of a format in the corpus, where there is one, twice.
pub fn clean_corpus(format: Format) {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let (mut cleaned, mut refused) = (0, 0);
    for folder in ["photos", "xray-open", "hostile"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let Ok(bytes) = std::fs::read(&path) else { continue };
            if scrubs::scan::sniff(&bytes).expect("memory") != format {
                continue;
            }
            let Ok((output, _)) = clean(format, &bytes) else {
                // What was made to be broken may well be refused.
                refused += usize::from(folder != "hostile");
                continue;
            };
            cleaned += 1;
            let (again, plan) = clean(format, &output).expect("what was cleaned can be cleaned");
            assert!(again == output && plan.cut.is_whole(output.len() as u64), "{}", path.display());
            let quiet =
                |finding: &scrubs::finding::Finding| finding.action == Action::Keep || finding.code == Code::Truncated;
            assert!(plan.findings.iter().all(quiet), "{}", path.display());
        }
    }
    if cleaned == 0 {
        eprintln!("no corpus here: nothing was tried (SCRUBS_CORPUS names its folder)");
        return;
    }
    eprintln!("{}: {cleaned} cleaned, {refused} refused", format.name());
    assert!(cleaned > refused);
}
