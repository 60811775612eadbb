//! Finds faces in a frame.

use super::{Mark, Picture};

/// Faces, parts of faces and what may be one, in any quarter turn, all with action *flag*; `frame` of each mark is 0.
pub fn find(_picture: &Picture) -> Vec<Mark> {
    Vec::new()
}
