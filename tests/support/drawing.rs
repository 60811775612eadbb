//! Draws pictures that look a little like what a clinic keeps: a skin with a wound, a bone on film. Deterministic.

/// A small generator of even numbers (Lehmer, modulus 2^31 - 1), so that fixtures are the same on every machine.
pub struct Grain(u64);

impl Grain {
    pub fn new(seed: u64) -> Self {
        Self(seed % 0x7FFF_FFFE + 1)
    }

    /// The next number from -1 to 1.
    pub fn next(&mut self) -> f32 {
        self.0 = self.0 * 48271 % 0x7FFF_FFFF;
        self.0 as f32 / 0x3FFF_FFFF as f32 - 1.0
    }
}

fn hill(x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32) -> f32 {
    (-((x - cx) / rx).powi(2) - ((y - cy) / ry).powi(2)).exp()
}

fn clamp(v: f32) -> u8 {
    v.round().clamp(0.0, 255.0) as u8
}

/// A bone on film: grey samples, row by row.
pub fn film(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut grain = Grain::new(seed);
    let lean = grain.next() * 0.08;
    let mut samples = Vec::with_capacity((width * height) as usize);
    for j in 0..height {
        for i in 0..width {
            let (x, y) = (i as f32 / width as f32 + lean * j as f32 / height as f32, j as f32 / height as f32);
            let tissue = 70.0 * hill(x, y, 0.5, 0.5, 0.42, 0.75);
            let shaft = 110.0 * hill(x, 0.5, 0.5, 0.5, 0.10, 1.0) * (1.0 - 0.55 * hill(x, 0.5, 0.5, 0.5, 0.035, 1.0));
            let heads = 60.0 * (hill(x, y, 0.42, 0.46, 0.11, 0.09) + hill(x, y, 0.58, 0.55, 0.12, 0.09));
            samples.push(clamp(10.0 + tissue + shaft + heads + 4.0 * grain.next()));
        }
    }
    samples
}

/// Skin with a wound: RGB samples, row by row.
pub fn skin(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut grain = Grain::new(seed);
    let (cx, cy) = (0.5 + 0.15 * grain.next(), 0.5 + 0.15 * grain.next());
    let mut samples = Vec::with_capacity((3 * width * height) as usize);
    for j in 0..height {
        for i in 0..width {
            let (x, y) = (i as f32 / width as f32, j as f32 / height as f32);
            let light = 1.0 - 0.35 * ((x - 0.4).powi(2) + (y - 0.35).powi(2));
            let wound = hill(x, y, cx, cy, 0.16, 0.10);
            let rim = hill(x, y, cx, cy, 0.24, 0.17) - wound;
            let speck = 5.0 * grain.next();
            samples.push(clamp((214.0 - 60.0 * wound + 18.0 * rim) * light + speck));
            samples.push(clamp((164.0 - 120.0 * wound - 40.0 * rim) * light + speck));
            samples.push(clamp((140.0 - 95.0 * wound - 30.0 * rim) * light + speck));
        }
    }
    samples
}
