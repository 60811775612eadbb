//! How long planning takes, without reading from or writing to a disk: cutting a photograph, and the DICOM profile.

mod picture;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use picture::{Photograph, Scanner};
use scrubs::code::Coder;
use scrubs::code::coder::CodingSecret;
use scrubs::dicom::Coding;
use scrubs::recording::Format;
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
    let source = Scanner::new(1).file(1);
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    let patient = coder.patient(b"", b"made up");
    let coding =
        Coding { coder: &coder, patient: &patient, deidentification: &scrubs::recording::Deidentification::default() };
    assert!(scrubs::dicom::read(&source).expect("a slice of ours is read").plan(&coding).is_ok());
    let mut group = criterion.benchmark_group("plan a CT slice");
    group.throughput(Throughput::Bytes(source.len() as u64));
    group.bench_function("512 kB", |bencher| {
        bencher.iter(|| {
            let object = scrubs::dicom::read(black_box(&source)).expect("a slice of ours is read");
            object.plan(&coding)
        });
    });
    group.finish();
}

criterion_group!(benches, jpeg, dicom);
criterion_main!(benches);
