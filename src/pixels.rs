//! What is seen in a decoded picture: writing in its margins, faces, and what is to be done about each.
//!
//! This module knows pictures and no containers: a surgeon decodes its frames for it ([`Frames`]), it finds [`Mark`]s, and
//! what is to be covered goes back to the surgeon as a
//! [`Covering`](crate::place::Covering). GMC, *Making and using visual and audio recordings of
//! patients*, paras 12, 17 and 23.

pub mod codec;
mod examine;
pub mod face;
mod frames;
mod mark;
mod picture;
pub mod reading;
mod redaction;
mod rule;
mod sampled;
pub mod writing;

pub use examine::{Examination, Memory, examine, examine_again};
pub use frames::{Frames, Unseen};
pub use mark::{Class, Mark};
pub use picture::{Display, MOST_SAMPLES, Picture, Samples};
pub use redaction::{How, Redaction};
pub use rule::{Ground, Rules};
pub use sampled::{MOST_SAMPLED, OnDemand, Sampled, sample};
