//! How long a whole run takes, through the program as built: reading, planning, the witness, writing, key, ledger,
//! report. Everything is written to a temporary folder that is new for each run.

mod picture;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use picture::{Photograph, Scanner};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Runs `scrubs clean` into a new folder. The folder is handed back, so that removing it is not measured.
fn clean(source: &Path, to: TempDir) -> TempDir {
    let status = Command::new(env!("CARGO_BIN_EXE_scrubs"))
        .arg("clean")
        .arg(source)
        .arg("--to")
        .arg(to.path().join("release"))
        .arg("--custody")
        .arg(to.path().join("custody"))
        .env("XDG_DATA_HOME", to.path().join("data"))
        .env("HOME", to.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("scrubs runs");
    // 1: something was held, as everything is that no person has assessed.
    assert!(matches!(status.code(), Some(0 | 1)), "scrubs ended with {status}");
    to
}

fn set(count: u64, extension: &str, file: impl Fn(u64) -> Vec<u8>) -> (TempDir, u64) {
    let dir = TempDir::new().expect("a temporary folder");
    let mut bytes = 0;
    for number in 0..count {
        let file = file(number);
        bytes += file.len() as u64;
        fs::write(dir.path().join(format!("IMG_{number:06}.{extension}")), file).expect("a temporary file");
    }
    (dir, bytes)
}

fn pipeline(criterion: &mut Criterion) {
    let small = Photograph::new(400, 290, 88, 1).expect("a picture compresses");
    let large = Photograph::new(3600, 2700, 88, 2).expect("a picture compresses");
    let scanner = Scanner::new(1, 512);
    let sets = [
        ("500 JPEGs of 60 kB", set(500, "jpg", |number| small.file(number))),
        ("20 JPEGs of 4 MB", set(20, "jpg", |number| large.file(number))),
        ("100 CT slices of 512 kB", set(100, "dcm", |number| scanner.file(number))),
    ];
    let mut group = criterion.benchmark_group("scrubs clean");
    group.sample_size(10);
    for (name, (source, bytes)) in &sets {
        group.throughput(Throughput::Bytes(*bytes));
        group.bench_function(*name, |bencher| {
            let folder = || TempDir::new().expect("a temporary folder");
            bencher.iter_batched(folder, |to| clean(source.path(), to), BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
