//! How long looking at a picture of 2500 × 2500 takes on one core, writing and faces each, beside a copy of its bytes.
//! `docs/pixels.md` says what came of it.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scrubs::pixels::{Ground, Picture, Samples, face, writing};
use std::hint::black_box;

const SIDE: u32 = 2500;

/// A soft slope with grain and blocks of bars as high as letters along the upper edge.
fn film() -> Vec<u8> {
    let mut state = 1_u64;
    // The same in every run (xorshift64).
    let mut grain = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % 7
    };
    let side = SIDE as usize;
    let bar = |x: usize, y: usize| (40..70).contains(&y) && (40..900).contains(&x) && x % 24 < 6;
    let value =
        |x: usize, y: usize, grain: u64| if bar(x, y) { 250 } else { (40 + 120 * y / side) as u8 + grain as u8 };
    (0..side * side).map(|at| value(at % side, at / side, grain())).collect()
}

fn looks(criterion: &mut Criterion) {
    let bytes = film();
    let picture = Picture::new(SIDE, SIDE, 1, 8, Samples::U8(bytes.clone())).expect("a picture");
    let mut group = criterion.benchmark_group("a picture of 2500 × 2500");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(SIDE) * u64::from(SIDE)));
    group.bench_function("writing", |bencher| {
        bencher.iter(|| writing::find(black_box(&picture), Ground::Radiograph, true));
    });
    group.bench_function("faces", |bencher| bencher.iter(|| face::find(black_box(&picture))));
    group.bench_function("a copy of its bytes", |bencher| bencher.iter(|| black_box(&bytes).clone()));
    group.finish();
}

criterion_group!(benches, looks);
criterion_main!(benches);
