//! How long planning takes, without reading from or writing to a disk: cutting a photograph, the DICOM profile, and the
//! proof of what it leaves.

mod picture;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use picture::{Photograph, Scanner};
use scrubs::code::Coder;
use scrubs::code::coder::CodingSecret;
use scrubs::dicom::Coding;
use scrubs::inspect::{Evidence, witness_object};
use scrubs::plan::Plan;
use scrubs::recording::{Deidentification, Format};
use std::hint::black_box;

fn jpeg(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan a JPEG");
    for (name, width, height) in [("60 kB", 400, 290), ("4 MB", 3600, 2700)] {
        let source = Photograph::new(width, height, 88, 1).expect("a picture compresses").file(1);
        assert!(scrubs::strip::plan(Format::Jpeg, &source, &Default::default()).is_ok());
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| scrubs::strip::plan(Format::Jpeg, black_box(&source), &Default::default()));
        });
    }
    group.finish();
}

fn dicom(criterion: &mut Criterion) {
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    let patient = coder.patient(b"", b"made up");
    let deidentification = Deidentification::default();
    let coding = Coding { coder: &coder, patient: &patient, deidentification: &deidentification };
    let plan = |source: &Vec<u8>| {
        let object = scrubs::dicom::read(source).expect("a slice of ours is read");
        object.plan(&coding).expect("a slice of ours is planned")
    };
    let prove = |source: &Vec<u8>, plan: &Plan| {
        let mut output = Vec::with_capacity(plan.cut.len() as usize);
        plan.cut.write_to(source, &mut output).expect("into memory");
        let dropped = plan.cut.dropped(source.len() as u64);
        let evidence = Evidence { format: plan.format, original: source, output: &output, dropped: &dropped };
        assert!(witness_object(&evidence, &deidentification).is_ok());
    };
    // What an MR object of 96 × 96 pixels costs is its header.
    for (name, side) in [("512 kB", 512), ("24 kB", 96)] {
        let source = Scanner::new(1, side).file(1);
        let planned = plan(&source);
        let mut group = criterion.benchmark_group(format!("a DICOM slice of {name}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("plan", |bencher| bencher.iter(|| plan(black_box(&source))));
        group.bench_function("prove", |bencher| bencher.iter(|| prove(black_box(&source), &planned)));
        group.finish();
    }
}

criterion_group!(benches, jpeg, dicom);
criterion_main!(benches);
