//! JPEG-LS.
use super::object::Shape;
pub(super) fn decode(_stream: &[u8], _shape: &Shape) -> Option<Vec<u16>> {
    None
}
