//! `scrubs where`: which source file a code is, recomputed from the sources at hand; no identity needed.

use super::args::{Format, Where};
use super::clean::open_custody;
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::audit::{self, Act, Deed};
use scrubs::code::{PatientCode, RecordingCode};
use scrubs::pipeline::trace::{Wanted, trace};

pub(crate) fn find(args: &Where) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let wanted = args.codes.iter().map(|code| parse(code)).collect::<Result<Vec<Wanted>>>()?;
    audit::append(&custody, &Act::new(Deed::Located, args.codes.iter().map(|c| c.trim().to_uppercase())))
        .map_err(|e| Advised::nothing(&e, e.advice()))?;
    let traced = trace(&args.source, &custody, &wanted).map_err(|e| Advised::nothing(&e, e.advice()))?;
    match args.format {
        Format::Json => {
            let rows: Vec<_> = traced
                .iter()
                .map(|t| serde_json::json!({ "code": t.code, "source": t.source.to_string_lossy() }))
                .collect();
            say::json(&rows)?
        }
        Format::Text => {
            say::out(&traced.iter().map(|t| format!("{}  {}\n", t.code, say::path(&t.source))).collect::<String>())?
        }
    };
    let found = |w: &Wanted| {
        traced.iter().any(|t| match w {
            Wanted::Recording(code) => t.code == *code,
            Wanted::Patient(patient) => t.code.patient() == *patient,
        })
    };
    let missing: Vec<&String> = args.codes.iter().zip(&wanted).filter(|(_, w)| !found(w)).map(|(c, _)| c).collect();
    for code in &missing {
        say::note(&format!("{code}: no source among these is it"));
    }
    Ok(if missing.is_empty() { Exit::Good } else { Exit::Held })
}

fn parse(code: &str) -> Result<Wanted> {
    RecordingCode::parse(code)
        .map(Wanted::Recording)
        .or_else(|| PatientCode::parse(code).map(Wanted::Patient))
        .ok_or_else(|| Advised::nothing("one of the codes is no code", "Codes look like P-7K3M9Q2FXH4T-4DQ8ZN1K."))
}
