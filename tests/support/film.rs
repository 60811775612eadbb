//! Films made by the project: an MP4 and a QuickTime film with a named canary in every hiding place, and one in fragments.
#![allow(dead_code, missing_docs, unreachable_pub)]

use super::picture::Fixture;

pub fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], kind, payload].concat()
}

pub fn full(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4], payload].concat())
}

fn row(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// Canaries as they are planted.
#[derive(Default)]
pub struct Planter {
    pub canaries: Vec<String>,
}

impl Planter {
    pub fn plant(&mut self, place: &str) -> Vec<u8> {
        let canary = format!("CANARY-{place}-{:02}", self.canaries.len());
        self.canaries.push(canary.clone());
        canary.into_bytes()
    }
}

/// What a track is made of.
#[derive(Default, Clone)]
pub struct Track {
    pub id: u32,
    pub handler: [u8; 4],
    pub class: [u8; 4],
    pub name: Vec<u8>,
    /// The sample entry with its header.
    pub entry: Vec<u8>,
    pub samples: Vec<Vec<u8>>,
    pub time: u32,
    /// Boxes behind those of the track.
    pub more: Vec<u8>,
    /// Boxes behind those of the sample table.
    pub tables: Vec<u8>,
    /// What the data reference holds behind its flags.
    pub reference: Vec<u8>,
    pub behind_stts: Vec<u8>,
}

impl Track {
    fn trak(&self, at: u64, wide: bool) -> Vec<u8> {
        let zeros = |n: usize| vec![0_u8; n];
        let time = row(&[self.time, self.time]);
        let video = &self.handler == b"vide";
        let size: [u32; 2] = if video { [64 << 16, 48 << 16] } else { [0, 0] };
        let matrix = row(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
        let tkhd = [&time[..], &row(&[self.id, 0, 100]), &zeros(16), &matrix, &row(&size)].concat();
        let count = self.samples.len() as u32;
        let mdhd = [&time[..], &row(&[1000, count * 40]), &[0x15, 0xC7, 0, 0]].concat();
        let hdlr = [&self.class[..], &self.handler, &zeros(12), &self.name].concat();
        let head = match &self.handler {
            b"vide" => full(b"vmhd", &zeros(8)),
            b"soun" => full(b"smhd", &zeros(4)),
            _ => full(b"nmhd", &[]),
        };
        let url = boxed(b"url ", &[&[0, 0, 0, 1], &self.reference[..]].concat());
        let dinf = boxed(b"dinf", &full(b"dref", &[&row(&[1])[..], &url].concat()));
        let sizes: Vec<u32> = [0, count].into_iter().chain(self.samples.iter().map(|s| s.len() as u32)).collect();
        let places = if wide {
            full(b"co64", &[&row(&[1])[..], &at.to_be_bytes()].concat())
        } else {
            full(b"stco", &row(&[1, at as u32]))
        };
        let stbl = [
            full(b"stsd", &[&row(&[1])[..], &self.entry].concat()),
            full(b"stts", &[&row(&[1, count, 40])[..], &self.behind_stts].concat()),
            full(b"stsc", &row(&[1, 1, count, 1])),
            full(b"stsz", &row(&sizes)),
            places,
            self.tables.clone(),
        ];
        let minf = boxed(b"minf", &[head, dinf, boxed(b"stbl", &stbl.concat())].concat());
        let mdia = boxed(b"mdia", &[full(b"mdhd", &mdhd), full(b"hdlr", &hdlr), minf].concat());
        let elst = boxed(b"edts", &full(b"elst", &row(&[1, count * 40, 0, 0x1_0000])));
        boxed(b"trak", &[full(b"tkhd", &tkhd), elst, mdia, self.more.clone()].concat())
    }
}

/// A sample of NAL units, each behind its length.
pub fn sample(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes()[..], unit].concat()).collect()
}

/// A picture that decoders would not show: a slice header and noise.
pub fn slice(number: u8) -> Vec<u8> {
    let noise = (0..90_u8).map(|i| i.wrapping_mul(37).wrapping_add(number) | 0x80);
    [0x65, 0x88].into_iter().chain(noise).collect()
}

/// SEI with one message.
pub fn message(kind: u8, words: &[u8]) -> Vec<u8> {
    let body = [&[0xAB; 16][..], words].concat();
    [&[6, kind, body.len() as u8][..], &body, &[0x80]].concat()
}

const SPS: &[u8] = &[0x67, 0x42, 0xC0, 0x0A, 0xD9, 0x1E, 0x84];
const PPS: &[u8] = &[0x68, 0xCE, 0x38, 0x80];

fn avcc(note: &[u8]) -> Vec<u8> {
    let unit = |unit: &[u8]| [&(unit.len() as u16).to_be_bytes()[..], unit].concat();
    let mut out = [&[1, 0x42, 0xC0, 0x0A, 0xFF, 0xE1][..], &unit(SPS)].concat();
    if note.is_empty() {
        return boxed(b"avcC", &[&out[..], &[1], &unit(PPS)].concat());
    }
    out = [&out[..], &[2], &unit(PPS), &unit(&message(5, note))].concat();
    boxed(b"avcC", &out)
}

pub fn avc1(vendor: &[u8; 4], compressor: &[u8], more: &[u8], note: &[u8]) -> Vec<u8> {
    let mut name = vec![compressor.len() as u8];
    name.extend_from_slice(compressor);
    name.resize(32, 0);
    let fields = [
        &[0, 0, 0, 0, 0, 0, 0, 1][..],
        &[0; 4],
        vendor,
        &[0; 8],
        &[0, 64, 0, 48, 0, 72, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 0, 1],
        &name,
        &[0, 24, 0xFF, 0xFF],
    ];
    boxed(b"avc1", &[&fields.concat()[..], &avcc(note), more].concat())
}

pub fn mp4a(behind: &[u8], more: &[u8]) -> Vec<u8> {
    aac(&[0x12, 0x10], behind, more)
}

/// Sound of AAC with what its decoder is told.
pub fn aac(told: &[u8], behind: &[u8], more: &[u8]) -> Vec<u8> {
    let info = [&[5, told.len() as u8][..], told].concat();
    let decoder = [&[4, 13 + info.len() as u8, 0x40, 0x15, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0][..], &info].concat();
    let es = [&[0, 1, 0][..], &decoder, &[6, 1, 2], behind].concat();
    let esds = full(b"esds", &[&[3, es.len() as u8][..], &es].concat());
    let fields = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 8], &[0, 2, 0, 16, 0, 0, 0, 0, 0xAC, 0x44, 0, 0]].concat();
    boxed(b"mp4a", &[&fields[..], &esds, more].concat())
}

fn plain_entry(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0, 0, 0, 0, 0, 0, 0, 1], payload].concat())
}

fn tx3g(font: &[u8]) -> Vec<u8> {
    let fonts = boxed(b"ftab", &[&[0, 1, 0, 1, font.len() as u8], font].concat());
    plain_entry(b"tx3g", &[&[0; 30][..], &fonts].concat())
}

/// GoPro's telemetry after its public layout: keys of four letters, kind, size, count, values.
pub fn gpmf(words: &[u8]) -> Vec<u8> {
    let klv = |key: &[u8; 4], kind: u8, size: u8, count: u16, data: &[u8]| {
        let mut out = [&key[..], &[kind, size], &count.to_be_bytes(), data].concat();
        out.resize(out.len().next_multiple_of(4), 0);
        out
    };
    let name = klv(b"DVNM", b'c', 1, words.len() as u16, words);
    let gps = klv(b"GPS5", b'l', 20, 1, &row(&[520_000_000, 40_000_000, 1200, 500, 500]));
    let stream = klv(b"STRM", 0, 1, gps.len() as u16, &gps);
    let all = [name, stream].concat();
    klv(b"DEVC", 0, 1, all.len() as u16, &all)
}

/// Apple's `mebx`: keys in the entry, a box for each value in the samples.
fn mebx(key: &[u8]) -> Vec<u8> {
    let key = boxed(b"keyd", &[b"mdta", key].concat());
    plain_entry(b"mebx", &boxed(b"keys", &boxed(&[0, 0, 0, 1], &key)))
}

/// A whole film: its description behind or before the media data.
pub struct Film {
    pub brand: [u8; 4],
    pub tracks: Vec<Track>,
    pub time: u32,
    /// Boxes before the media data, behind them, and in the description.
    pub before: Vec<u8>,
    pub behind: Vec<u8>,
    pub more: Vec<u8>,
    /// Media data that belong to nothing.
    pub orphan: Vec<u8>,
    pub wide: bool,
    pub front: bool,
    pub hidden: Vec<u8>,
}

impl Film {
    pub fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", &[&self.brand[..], &[0, 0, 2, 0], &self.brand, b"isom"].concat());
        let mut media = self.orphan.clone();
        let mut starts = Vec::new();
        for track in &self.tracks {
            starts.push(media.len() as u64);
            media.extend(track.samples.concat());
        }
        let head = if self.wide { 16 } else { 8 };
        let front = if self.front { self.moov(&starts, 0).len() } else { 0 };
        let base = (ftyp.len() + self.before.len() + front + head) as u64;
        let moov = self.moov(&starts, base);
        let mdat = if self.wide {
            [&[0, 0, 0, 1][..], b"mdat", &(media.len() as u64 + 16).to_be_bytes(), &media].concat()
        } else {
            boxed(b"mdat", &media)
        };
        let parts: [&[u8]; 5] = if self.front {
            [&ftyp, &self.before, &moov, &mdat, &self.behind]
        } else {
            [&ftyp, &self.before, &mdat, &moov, &self.behind]
        };
        parts.concat()
    }

    fn moov(&self, starts: &[u64], base: u64) -> Vec<u8> {
        let time = row(&[self.time, self.time]);
        let mut hidden = self.hidden.clone();
        hidden.resize(24, 0);
        let matrix = row(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
        let mvhd = [&time[..], &row(&[1000, 100, 0x1_0000]), &[1, 0], &[0; 10], &matrix, &hidden, &row(&[99])].concat();
        let mut out = full(b"mvhd", &mvhd);
        for (track, start) in self.tracks.iter().zip(starts) {
            out.extend(track.trak(base + start, self.wide));
        }
        out.extend_from_slice(&self.more);
        boxed(b"moov", &out)
    }
}

pub fn video(samples: Vec<Vec<u8>>, entry: Vec<u8>) -> Track {
    Track { id: 1, handler: *b"vide", entry, samples, ..Track::default() }
}

pub fn sound(entry: Vec<u8>) -> Track {
    let samples = (0..4_u8).map(|n| vec![0xC0 | n; 40]).collect();
    Track { id: 2, handler: *b"soun", entry, samples, ..Track::default() }
}

/// A film of picture and sound with nothing in it that tells.
pub fn plain(front: bool, wide: bool) -> Vec<u8> {
    let samples = (0..4).map(|n| sample(&[&slice(n)])).collect();
    let tracks = vec![video(samples, avc1(&[0; 4], b"", b"", b"")), sound(mp4a(b"", b""))];
    film(*b"isom", tracks, front, wide).bytes()
}

pub fn film(brand: [u8; 4], tracks: Vec<Track>, front: bool, wide: bool) -> Film {
    let empty = Vec::new;
    Film {
        brand,
        tracks,
        time: 0,
        before: empty(),
        behind: empty(),
        more: empty(),
        orphan: empty(),
        wide,
        front,
        hidden: empty(),
    }
}

fn item(kind: &[u8; 4], value: &[u8]) -> Vec<u8> {
    boxed(kind, &boxed(b"data", &[&row(&[1, 0])[..], value].concat()))
}

/// An MP4 with a canary in every hiding place.
pub fn everything(front: bool, wide: bool) -> Fixture {
    let mut p = Planter::default();
    let samples = vec![
        sample(&[&message(5, &p.plant("sei-unregistered")), &slice(0)]),
        sample(&[&message(4, &p.plant("sei-registered")), &slice(1)]),
        sample(&[&slice(2), &[&[12][..], &p.plant("filler-unit")].concat()]),
        sample(&[&slice(3), &[&[24][..], &p.plant("unspecified-unit")].concat(), &slice(4)]),
        sample(&[&[&[9, 0xF0][..], &p.plant("long-delimiter")].concat(), &slice(5)]),
        sample(&[&[&[6, 6, 1, 0x84][..], &message(5, &p.plant("sei-beside-recovery"))[1..]].concat(), &slice(6)]),
    ];
    let more = [boxed(b"uuid", &p.plant("entry-uuid")), boxed(b"Canb", &p.plant("entry-unknown"))].concat();
    let config = p.plant("avcc-sei");
    let mut picture = video(samples, avc1(b"CANA", &p.plant("compressor"), &more, &config));
    picture.name = [&p.plant("video-handler")[..], &[0]].concat();
    picture.reference = p.plant("data-reference");
    picture.behind_stts = p.plant("behind-stts");
    picture.time = 0x4341_4E41;
    picture.more = [
        boxed(b"udta", &boxed(b"name", &p.plant("track-name"))),
        boxed(b"meta", &p.plant("track-meta")),
        boxed(b"tref", &[boxed(b"cdsc", &row(&[4])), boxed(b"chap", &row(&[6]))].concat()),
        boxed(b"uuid", &p.plant("track-uuid")),
    ]
    .concat();
    picture.tables = [
        full(b"sdtp", &p.plant("sdtp")),
        full(b"sgpd", &[b"CANA", &p.plant("group")[..]].concat()),
        boxed(b"subs", &p.plant("subs")),
    ]
    .concat();
    let mut speech =
        sound(mp4a(&[&[0x40, 0][..], &p.plant("es-descriptor")].concat(), &boxed(b"free", &p.plant("entry-free"))));
    speech.name = p.plant("sound-handler");
    let mut position = Track { id: 4, handler: *b"meta", ..Track::default() };
    position.name = p.plant("gopro-handler");
    position.entry = plain_entry(b"gpmd", &[]);
    position.samples = (0..5).map(|_| gpmf(&p.plant("gpmf"))).collect();
    let mut apple = Track { id: 5, handler: *b"meta", entry: mebx(&p.plant("mebx-key")), ..Track::default() };
    apple.samples = (0..3).map(|_| boxed(&[0, 0, 0, 1], &p.plant("mebx"))).collect();
    let mut chapters = Track { id: 6, handler: *b"text", entry: plain_entry(b"text", &[0; 40]), ..Track::default() };
    let title = p.plant("chapter");
    chapters.samples = vec![[&(title.len() as u16).to_be_bytes()[..], &title].concat()];
    let mut subtitles = Track { id: 7, handler: *b"sbtl", entry: tx3g(&p.plant("font")), ..Track::default() };
    subtitles.samples = vec![[&[0, 5][..], b"Hello", &boxed(b"href", &p.plant("link"))].concat()];
    let mut unknown =
        Track { id: 8, handler: *b"CANB", entry: plain_entry(b"CANB", &p.plant("odd-entry")), ..Track::default() };
    unknown.samples = vec![p.plant("odd-sample")];
    let tracks = vec![picture, speech, position, apple, chapters, subtitles, unknown];
    let mut film = film(*b"isom", tracks, front, wide);
    film.time = 0x4341_4E41;
    film.orphan = p.plant("orphan");
    film.hidden = p.plant("mvhd");
    film.hidden.truncate(24);
    if let Some(last) = p.canaries.last_mut() {
        last.truncate(24);
    }
    let text = |p: &mut Planter, kind: &[u8; 4], place: &str| {
        let words = p.plant(place);
        boxed(kind, &[&(words.len() as u16).to_be_bytes()[..], &[0x15, 0xC7], &words].concat())
    };
    let list =
        [item(b"covr", &p.plant("cover")), item(b"\xA9ART", &p.plant("artist")), item(b"----", &p.plant("free-form"))];
    let handler = full(b"hdlr", &[&[0; 4][..], b"mdir", &[0; 12], &p.plant("meta-handler")].concat());
    let udta = [
        text(&mut p, b"\xA9xyz", "position"),
        text(&mut p, b"\xA9mod", "model"),
        text(&mut p, b"\xA9day", "day"),
        full(b"loci", &p.plant("loci")),
        boxed(b"XMP_", &p.plant("xmp")),
        full(b"chpl", &p.plant("chpl")),
        full(b"meta", &[handler, boxed(b"ilst", &list.concat())].concat()),
    ];
    film.more = [
        boxed(b"udta", &udta.concat()),
        boxed(b"iods", &p.plant("iods")),
        boxed(b"free", &p.plant("moov-free")),
        boxed(b"Canc", &p.plant("moov-unknown")),
    ]
    .concat();
    film.before = [
        boxed(b"free", &p.plant("free")),
        boxed(b"uuid", &[&[0xBE, 0x7A, 0xCF, 0xCB][..], &[1; 12], &p.plant("uuid")].concat()),
        full(b"emsg", &p.plant("emsg")),
        boxed(b"wide", &p.plant("wide")),
    ]
    .concat();
    film.behind = [
        boxed(b"skip", &p.plant("skip")),
        boxed(b"meta", &p.plant("meta")),
        [&[0; 3][..], &p.plant("trailer")].concat(),
    ]
    .concat();
    Fixture { name: "mp4, everything", bytes: film.bytes(), canaries: p.canaries }
}

/// A QuickTime film with a canary in every hiding place.
pub fn quicktime() -> Fixture {
    let mut p = Planter::default();
    let samples = vec![sample(&[&message(5, &p.plant("sei")), &slice(0)]), sample(&[&slice(1)])];
    let name = p.plant("compressor");
    let mut picture = video(samples, avc1(b"CANA", &name, &[0; 4], b""));
    picture.class = *b"mhlr";
    picture.name = [&[15][..], &p.plant("handler")].concat();
    picture.more = [
        boxed(b"load", &p.plant("load")),
        boxed(b"tapt", &[full(b"clef", &row(&[64 << 16, 48 << 16])), boxed(b"Canb", &p.plant("aperture"))].concat()),
        boxed(b"tref", &boxed(b"tmcd", &row(&[3]))),
    ]
    .concat();
    let mut time = Track { id: 3, handler: *b"tmcd", ..Track::default() };
    time.entry = plain_entry(b"tmcd", &boxed(b"name", &p.plant("reel")));
    time.samples = vec![p.plant("timecode")];
    let fields =
        [&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 4], b"CANA", &[0, 1, 0, 16, 0, 0, 0, 0, 0x1F, 0x40, 0, 0]].concat();
    let wave =
        boxed(b"wave", &[boxed(b"frma", b"twos"), boxed(b"Canc", &p.plant("wave")), boxed(&[0; 4], &[])].concat());
    let mut speech = sound(boxed(b"twos", &[&fields[..], &wave].concat()));
    speech.samples = (0..40_u8).map(|n| vec![0x80 | n; 2]).collect();
    let mut film = film(*b"qt  ", vec![picture, speech, time], false, false);
    film.time = 3_700_000_000;
    let key = boxed(b"mdta", b"com.apple.quicktime.location.ISO6709");
    let keys = full(b"keys", &[&row(&[1])[..], &key].concat());
    let handler = full(b"hdlr", &[&[0; 4][..], b"mdta", &[0; 12]].concat());
    let list = boxed(b"ilst", &item(&[0, 0, 0, 1], &p.plant("location")));
    film.more = [
        boxed(b"meta", &[handler, keys, list].concat()),
        boxed(b"udta", &[boxed(b"\xA9mak", &p.plant("maker")), boxed(b"GPS ", &p.plant("gps")), vec![0; 4]].concat()),
        boxed(b"ctab", &p.plant("palette")),
    ]
    .concat();
    film.before =
        [boxed(b"pnot", &p.plant("preview")), boxed(b"PICT", &p.plant("picture")), boxed(b"wide", &[])].concat();
    film.orphan = p.plant("orphan");
    Fixture { name: "mov, everything", bytes: film.bytes(), canaries: p.canaries }
}

/// A film in fragments with canaries between and in them.
pub fn fragments() -> Fixture {
    let mut p = Planter::default();
    let mut picture = video(Vec::new(), avc1(&[0; 4], b"", b"", b""));
    picture.name = p.plant("handler");
    let meta = Track { id: 4, handler: *b"meta", entry: plain_entry(b"gpmd", &[]), ..Track::default() };
    let mut film = film(*b"iso5", vec![picture, meta], true, false);
    let trex = |id| full(b"trex", &row(&[id, 1, 40, 0, 0]));
    film.more = boxed(b"mvex", &[trex(1), trex(4), boxed(b"Canb", &p.plant("mvex"))].concat());
    let mut out = film.bytes();
    let empty = boxed(b"mdat", &[]);
    out.truncate(out.len() - empty.len());
    for number in 0..3_u8 {
        let pictures = [sample(&[&message(5, &p.plant("sei")), &slice(number)]), sample(&[&slice(number + 9)])];
        let telemetry = gpmf(&p.plant("gpmf"));
        let orphan = p.plant("orphan");
        let run = |id: u32, sizes: &[u32], offset: u32, more: &[u8]| {
            let tfhd = boxed(b"tfhd", &row(&[0x2_0000, id]));
            let trun = boxed(b"trun", &row(&[&[0x201, sizes.len() as u32, offset][..], sizes].concat()));
            boxed(b"traf", &[&tfhd[..], &full(b"tfdt", &row(&[40])), &trun, more].concat())
        };
        let (more, loose) = (boxed(b"uuid", &p.plant("traf-uuid")), boxed(b"uuid", &p.plant("moof-uuid")));
        // Segments of five seconds, numbered since 1970.
        let since = 377_930_880 + u32::from(number);
        let sizes = [pictures[0].len() as u32, pictures[1].len() as u32];
        let moof = |base: u32| {
            let first = run(1, &sizes, base, &more);
            let second = run(4, &[telemetry.len() as u32], base + sizes[0] + sizes[1], b"");
            boxed(b"moof", &[&full(b"mfhd", &row(&[since]))[..], &loose, &first, &second].concat())
        };
        let base = moof(0).len() as u32 + 8;
        out.extend(full(b"prft", &p.plant("prft")));
        out.extend(full(b"emsg", &p.plant("emsg")));
        out.extend(moof(base));
        out.extend(boxed(b"mdat", &[&pictures.concat()[..], &telemetry, &orphan].concat()));
    }
    Fixture { name: "mp4 in fragments", bytes: out, canaries: p.canaries }
}
