//! Reads a register of 200,000 rows and matches 200,000 recordings against it, by number, by path and by glob.
//!
//! `cargo build --release --example register && /usr/bin/time -v target/release/examples/register [csv|xlsx|ods|ndjson]`.
//! The register is written to a temporary folder first by `… register make FOLDER`, so that making it is not measured.

use scrubs::consent::register::Reading;
use scrubs::consent::{Date, Patient, Register};
use std::fmt::Write as _;
use std::time::Instant;
use std::{env, error::Error, fs};

const ROWS: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", file] => fs::write(file, csv()?)?,
        [file] => measure(&fs::read(file)?)?,
        _ => return Err("register make FILE | register FILE".into()),
    }
    Ok(())
}

/// Half of the rows speak of patients, the others of recordings, folders and globs.
fn csv() -> Result<String, std::fmt::Error> {
    let mut text =
        String::from("patient_id,issuer,recording,level,scopes,status,form,given_by,given_on,conditions,subject\n");
    for n in 0..ROWS {
        // One patient in ten lays down conditions.
        let conditions = if n % 10 == 0 { "no-online-use;no-copies" } else { "" };
        let rest = format!("2,research,given,written,patient,17/05/2019,{conditions},adult");
        match n % 8 {
            0..=3 => writeln!(text, "{:010},NHS,,{rest}", 4_000_000_000 + n)?,
            4 | 5 => writeln!(text, ",,ward {}/theatre/IMG_{n:06}.jpg,{rest}", n % 97)?,
            6 => writeln!(text, ",,folder {n}/**,{rest}")?,
            _ if n % 800 == 7 => writeln!(text, ",,globs {n}/*_[0-9]*.jpg,{rest}")?,
            _ => writeln!(text, ",,folder {n}/*,{rest}")?,
        }
    }
    Ok(text)
}

#[expect(clippy::print_stdout, reason = "it is what it is for")]
fn measure(bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let register = Register::read(bytes, &Reading::on(Date::today())).map_err(|problems| problems.to_string())?;
    let read = started.elapsed();
    let started = Instant::now();
    let known = (0..ROWS).filter(|&n| {
        let path = match n % 8 {
            4 | 5 => format!("ward {}/theatre/IMG_{n:06}.jpg", n % 97),
            7 if n % 800 == 7 => format!("globs {n}/a_1.jpg"),
            _ => format!("folder {n}/a.jpg"),
        };
        let patient = Patient::new("NHS", &format!("{:010}", 4_000_000_000 + n));
        register.find(patient.as_ref(), &path).is_known()
    });
    let known = known.count();
    println!(
        "{} rows read in {read:.2?}; {known} of {ROWS} recordings matched in {:.2?}",
        register.len(),
        started.elapsed()
    );
    Ok(())
}
