//! The judge: facts in, verdict with citations out (GMC, Making and using visual and audio recordings of patients).
//!
//! Prohibitions first, then grounds, then cautions; the rules are a table ([`rules`]) that a doctor can check against
//! the paragraphs it cites. scrubs advises, it does not decide.
//!
//! ```
//! use scrubs::consent::register::Reading;
//! use scrubs::consent::{Date, Offered, Register};
//! use scrubs::guidance::{Gathered, Origin, Seen, judge, next_step};
//! use scrubs::recording::terms::{Kind, PixelState, Purpose};
//!
//! let today = Date::iso("2026-11-20")?;
//! let register = Register::read(b"recording,level\nhands/**,2\n", &Reading::on(today))?;
//! let found = register.find(None, "hands/a.jpg");
//!
//! let mut gathered = Gathered::new(Purpose::Teaching, today);
//! gathered.register(&found);
//! gathered.offer(Origin::Attributes, Offered { kind: Some(Kind::Photograph), ..Offered::default() });
//! gathered.see(Seen { metadata_proved: true, pixels: PixelState::Unchecked, ..Seen::NOTHING });
//!
//! let verdict = judge(gathered.facts());
//! let reasons = next_step(&verdict, gathered.facts(), gathered.seen());
//! assert!(!verdict.is_usable() && found.conflict.is_none());
//! assert_eq!(reasons[0].code, "pixels-unchecked");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod example;
pub mod facts;
pub mod gathered;
mod help;
mod judge;
mod node;
pub mod origin;
pub mod reading;
pub mod recall;
pub mod rule;
pub mod step;
pub mod verdict;

#[cfg(test)]
mod exhaustive;
#[cfg(test)]
mod naive;

pub use crate::consent::Offered;
pub use example::{Example, examples};
pub use facts::Facts;
pub use gathered::{Gathered, Seen};
pub use judge::{Considered, considered, judge};
pub use origin::Origin;
pub use reading::FactErrors;
pub use recall::{Recalled, explains, recall};
pub use rule::{Rule, rules};
pub use step::next_step;
pub use verdict::{Help, Verdict};
