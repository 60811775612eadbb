//! Finds writing in a frame: a classical detector, without a model.

use super::{Ground, Mark, Picture};

/// The writing in a frame: what is to be covered, kept (side markers, rulers) or looked at, with areas that are padded
/// already. `frame` of each mark is 0.
pub fn find(_picture: &Picture, _ground: Ground, _keep_markers: bool) -> Vec<Mark> {
    Vec::new()
}
