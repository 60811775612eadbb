//! What a deflated frame holds beside its samples: bytes behind the end of the stream.
//!
//! DICOM PS3.5 A.4.13 (Deflated Image Frame Compression), RFC 1951.

use super::{Extra, Joined};
use crate::finding::Code;
use crate::plan::Refusal;
use flate2::{Decompress, FlushDecompress, Status};

/// So much is inflated at a time.
const STEP: usize = 64 << 10;

/// Lists what may go of a frame that must inflate to `expected` bytes.
///
/// # Errors
/// When it is no such stream, or inflates to another length: what is too many would be no sample.
pub(super) fn extras(frame: &mut Joined<'_, '_>, expected: Option<u64>) -> Result<Vec<Extra>, Refusal> {
    let broken =
        || Refusal::not_understood("a deflated frame of the picture cannot be inflated to what its header says");
    let expected = expected.ok_or_else(broken)?;
    let mut stream = Decompress::new(false);
    let mut out = vec![0; STEP];
    loop {
        let (read, made) = (stream.total_in(), stream.total_out());
        let input = frame.stretch(read, u64::MAX)?;
        let status = stream.decompress(input, &mut out, FlushDecompress::None).map_err(|_| broken())?;
        if stream.total_out() > expected + 1 {
            return Err(broken());
        }
        if status == Status::StreamEnd {
            break;
        }
        if (stream.total_in(), stream.total_out()) == (read, made) {
            return Err(broken());
        }
    }
    // A byte that makes the length even may have been deflated too.
    let whole = stream.total_out() == expected || stream.total_out() == expected + 1 && expected % 2 == 1;
    if !whole {
        return Err(broken());
    }
    Ok(vec![Extra::zeros(Code::DicomPadding, stream.total_in()..frame.len())])
}
