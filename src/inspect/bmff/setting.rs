//! Settings of sound in sample entries, as the witness measures them: nothing but zeros stands behind their own numbers.
//!
//! "Encapsulation of Opus in ISO Base Media File Format", 4.3.2; ETSI TS 102 366, annex F; ETSI TS 102 114, annex E; Apple
//! Lossless "magic cookie"; ISO/IEC 23003-5; ISO/IEC 14496-12, 12.2; QuickTime File Format, "Channel Layout".

use super::unit::{is_wide, wordy};
use crate::inspect::bytes::be32;

/// Whether a setting of this type says no more than its numbers; settings of other types are looked at elsewhere.
pub(super) fn is_plain(kind: &[u8; 4], content: &[u8]) -> bool {
    let byte = |at: usize| content.get(at).copied().map(usize::from);
    let length = match kind {
        b"dac3" => Some(3),
        b"dmlp" | b"pcmC" => Some(6),
        b"srat" => Some(8),
        b"ddts" => Some(20),
        b"dOps" => opus(content),
        // Two bytes, then three or four for each stream, then two where there are objects.
        b"dec3" => byte(1).and_then(|last| {
            let end =
                (0..=last & 7).try_fold(2, |at, _| byte(at + 2).map(|hang| at + 3 + usize::from(hang & 0x1E != 0)))?;
            Some(if byte(end) == Some(1) { end + 2 } else { end })
        }),
        b"alac" => content.get(4..).map(|cookie| 4 + lossless(cookie)),
        b"chan" => be32(content, 12).map(|count| (count as usize).saturating_mul(20).saturating_add(16)),
        b"mp4a" | b"ima4" => Some(0),
        b"vpcC" => Some(10),
        b"chnl" | b".mp3" | b"ms\0\x02" | b"ms\0\x11" | b"av1C" | b"SMI " => Some(64.min(content.len())),
        _ => return true,
    };
    let Some((own, behind)) = length.and_then(|length| content.split_at_checked(length)) else { return false };
    behind.iter().all(|b| *b == 0) && !wordy(own) && !is_wide(own)
}

/// How much of the settings of Opus is numbers.
pub(in crate::inspect) fn opus(content: &[u8]) -> Option<usize> {
    let channels = usize::from(*content.get(1)?);
    content.get(10).map(|family| if *family == 0 { 11 } else { 13 + channels })
}

/// How much of the settings of Apple Lossless is numbers.
pub(in crate::inspect) fn lossless(cookie: &[u8]) -> usize {
    let layout = cookie.get(24..36) == Some(b"\0\0\0\x18chan\0\0\0\0") && cookie.len() >= 48;
    if layout && cookie[36] == 0 && cookie[40..48] == [0; 8] { 48 } else { 24 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_behind_a_setting_are_seen() {
        let opus = [0, 2, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0];
        let chan = [0, 0, 0, 0, 0, 0x65, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        let cases: [(&[u8; 4], &[u8]); 8] = [
            (b"dOps", &opus),
            (b"dac3", &[0x10, 0x3D, 0xE0]),
            (b"dec3", &[6, 0, 0x20, 0x0F, 0]),
            (b"ddts", &[1; 20]),
            (b"alac", &[0; 28]),
            (b"pcmC", &[0, 0, 0, 0, 1, 24]),
            (b"chan", &chan),
            (b"mp4a", &[]),
        ];
        let mut tried = 0;
        for (kind, own) in cases {
            assert!(is_plain(kind, own) && is_plain(kind, &[own, &[0; 8]].concat()), "{own:?}");
            assert!(!is_plain(kind, &[own, &[0], b"PATZ"].concat()), "{own:?}");
            tried += 1;
        }
        assert_eq!(tried, 8);
        assert!(!is_plain(b"chnl", b"\0\0\0\0\x01P\0A\0T\0Z\0"));
        assert!(!is_plain(b"chan", &[255; 16]));
    }
}
