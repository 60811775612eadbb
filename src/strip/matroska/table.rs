//! The keep-list of Matroska: which element stays inside which, and what the others are.
//!
//! RFC 9559 section 5.1.

use crate::finding::Code;

/// What becomes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It stays, and what is in it is looked at.
    Inside,
    /// It stays as a number of eight bytes or less.
    Number,
    /// It stays as a word on a list of its own.
    Word,
    /// It stays with zeros in it: a text that must be there.
    Zero,
    /// It holds samples.
    Block,
    /// It holds transparency, where its track has any.
    Additions,
    /// It was looked at with its track.
    Seen,
    /// The whole file is refused.
    Refuse(&'static str),
    /// It is blanked.
    Gone(Code, &'static str),
}

/// Elements that stand right inside a segment, or are one: where a cluster without a length ends.
pub(super) fn is_top(id: u32) -> bool {
    matches!(
        id,
        0x1F43_B675
            | 0x114D_9B74
            | 0x1549_A966
            | 0x1654_AE6B
            | 0x1C53_BB6B
            | 0x1941_A469
            | 0x1043_A770
            | 0x1254_C367
            | 0x1A45_DFA3
            | 0x1853_8067
    )
}

/// Identifiers of masters by the places they have here.
const STAYS: &[(u32, &[u32], Rule)] = &[
    // EBML header: versions, longest identifier and length, type and its versions.
    (0x1A45_DFA3, &[0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4287, 0x4285], Rule::Number),
    (0x1A45_DFA3, &[0x4282], Rule::Word),
    // Segment: SeekHead, Info, Tracks, Cluster, Cues.
    (0x1853_8067, &[0x114D_9B74, 0x1549_A966, 0x1654_AE6B, 0x1F43_B675, 0x1C53_BB6B], Rule::Inside),
    (0x114D_9B74, &[0x4DBB], Rule::Inside),
    (0x4DBB, &[0x53AB, 0x53AC], Rule::Number),
    // Info: TimestampScale, Duration; MuxingApp and WritingApp.
    (0x1549_A966, &[0x2AD7B1, 0x4489], Rule::Number),
    (0x1549_A966, &[0x4D80, 0x5741], Rule::Zero),
    (0x1654_AE6B, &[0xAE], Rule::Inside),
    // TrackEntry: number, type, flags, caches, durations, scale, delay, pre-roll.
    (
        0xAE,
        &[
            0xD7, 0x83, 0xB9, 0x88, 0x55AA, 0x55AB, 0x55AC, 0x55AD, 0x55AE, 0x55AF, 0x9C, 0x6DE7, 0x6DF8, 0x23E383,
            0x234E7A, 0x23314F, 0x537F, 0x55EE, 0xAA, 0x56AA, 0x56BB,
        ],
        Rule::Number,
    ),
    (0xAE, &[0x22B59C, 0x22B59D], Rule::Word),
    // TrackUID, CodecID, CodecPrivate.
    (0xAE, &[0x73C5, 0x86, 0x63A2], Rule::Seen),
    (0xAE, &[0xE0, 0xE1], Rule::Inside),
    // Video: interlacing, stereo, alpha, sizes, cropping, display; Colour and Projection.
    (
        0xE0,
        &[
            0x9A, 0x9D, 0x53B8, 0x53C0, 0x53B9, 0xB0, 0xBA, 0x54AA, 0x54BB, 0x54CC, 0x54DD, 0x54B0, 0x54BA, 0x54B2,
            0x54B3, 0x2FB523, 0x2383E3, 0x2EB524,
        ],
        Rule::Number,
    ),
    (0xE0, &[0x55B0, 0x7670], Rule::Inside),
    (
        0x55B0,
        &[0x55B1, 0x55B2, 0x55B3, 0x55B4, 0x55B5, 0x55B6, 0x55B7, 0x55B8, 0x55B9, 0x55BA, 0x55BB, 0x55BC, 0x55BD],
        Rule::Number,
    ),
    (0x55B0, &[0x55D0], Rule::Inside),
    (0x55D0, &[0x55D1, 0x55D2, 0x55D3, 0x55D4, 0x55D5, 0x55D6, 0x55D7, 0x55D8, 0x55D9, 0x55DA], Rule::Number),
    (0x7670, &[0x7671, 0x7673, 0x7674, 0x7675], Rule::Number),
    // Audio: rates, channels, depth, emphasis.
    (0xE1, &[0xB5, 0x78B5, 0x9F, 0x6264, 0x52F1], Rule::Number),
    // Cluster: time, place, size of the one before, blocks.
    (0x1F43_B675, &[0xE7, 0xA7, 0xAB], Rule::Number),
    (0x1F43_B675, &[0xA3], Rule::Block),
    (0x1F43_B675, &[0xA0], Rule::Inside),
    (0xA0, &[0xA1], Rule::Block),
    (0xA0, &[0x9B, 0xFA, 0xFB, 0x75A2], Rule::Number),
    (0xA0, &[0x75A1], Rule::Additions),
    // Cues.
    (0x1C53_BB6B, &[0xBB], Rule::Inside),
    (0xBB, &[0xB3], Rule::Number),
    (0xBB, &[0xB7], Rule::Inside),
    (0xB7, &[0xF7, 0xF1, 0xF0, 0xB2, 0x5378], Rule::Number),
];

/// What elements that go are found as.
const GOES: &[(u32, Code, &str)] = &[
    (0x1254_C367, Code::TagText, "tags"),
    (0x1941_A469, Code::Attachment, "attached files"),
    (0x1043_A770, Code::Marker, "chapters"),
    (0x7BA9, Code::TagText, "title"),
    (0x4461, Code::Time, "time of recording"),
    (0x73A4, Code::TagText, "unique identifier of the recording"),
    (0x7384, Code::FilePath, "name of a file"),
    (0x3C_83AB, Code::FilePath, "name of a file"),
    (0x3E_83BB, Code::FilePath, "name of a file"),
    (0x536E, Code::ItemName, "name of a track"),
    (0x25_8688, Code::TagDevice, "name of a codec"),
    (0xEC, Code::HiddenBytes, "blank element"),
    (0xBF, Code::ApplicationData, "check sum"),
];

/// What becomes of the element `id` inside `parent`.
pub(super) fn rule(parent: u32, id: u32) -> Rule {
    if id == 0xAF {
        return Rule::Refuse("the samples are encrypted");
    }
    if parent == 0xA0 && id == 0xA4 {
        return Rule::Refuse("the coding changes on the way");
    }
    // Only known here: what packs or encrypts samples is looked at with its track.
    if parent == 0xAE && id == 0x6D80 {
        return Rule::Refuse("the samples are packed or encrypted");
    }
    if let Some((.., rule)) = STAYS.iter().find(|(master, ids, _)| *master == parent && ids.contains(&id)) {
        return *rule;
    }
    let known = GOES.iter().find(|(gone, ..)| *gone == id);
    known.map_or(Rule::Gone(Code::ApplicationData, "element on no list"), |(_, code, label)| Rule::Gone(*code, label))
}
