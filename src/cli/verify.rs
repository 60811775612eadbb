//! `scrubs verify`: proves a release again, without custody.

use super::args::{Format, Verify};
use super::{Advised, Exit, clean, say};
use anyhow::Result;
use scrubs::pipeline::verify::{Verified, verify as prove};

pub(crate) fn verify(args: &Verify) -> Result<Exit> {
    let jobs = args.jobs.map_or_else(clean::processors, usize::from);
    let found = prove(&args.release, jobs).map_err(|e| Advised::nothing(&e, e.advice()))?;
    match args.format {
        Format::Json => say::json(&found)?,
        Format::Text => say::out(&words(&found))?,
    };
    Ok(if found.is_whole() { Exit::Good } else { Exit::Held })
}

fn words(found: &Verified) -> String {
    let recordings = match found.recordings {
        1 => "1 recording".to_owned(),
        many => format!("{many} recordings"),
    };
    if found.is_whole() && found.recordings == 0 {
        return "The release holds no recordings.\n".to_owned();
    }
    if found.is_whole() {
        return format!(
            "Verified {recordings}: the digests are true, each has its sidecar, and nothing was found in any.\n"
        );
    }
    let things = if found.faults == 1 { "1 thing is" } else { &format!("{} things are", found.faults) };
    let mut text = format!("{things} not as a release should be; {recordings} verified besides.\n");
    for broken in &found.broken {
        let place = broken.place.as_deref().unwrap_or("(a file with a name that scrubs does not give)");
        text.push_str(&format!("  {place}\n    {} [{}]\n", broken.says, broken.code));
    }
    let untold = found.faults.saturating_sub(found.broken.len() as u64);
    if untold > 0 {
        text.push_str(&format!("  and {untold} more\n"));
    }
    text.push_str("Do not hand it on. Whoever has its custody can run `scrubs clean` again, which writes it anew.\n");
    text
}
