//! The certificate of the guards: what they catch, what they needlessly hand over, and what the worst of models gets past them, in
//! figures that are committed and held to.
//!
//! [`measure`] asks line 1 with every message and its [`variants`], asks for a person while parts are down, and plays hostile replies
//! through line 3. What comes of it is a [`Certificate`], which [`markdown`] writes for people. [`check`] says what no certificate may
//! hold, and what has become worse since the committed one.

pub mod check;
pub mod committed;
mod down;
mod figures;
mod line;
mod markdown;
pub mod measure;
mod person;
#[cfg(test)]
mod planted;
pub mod sets;
mod taken;
mod tally;
#[cfg(test)]
mod tests;
pub mod variants;

pub use figures::{
    About, Cell, Certificate, Code, FORMAT, Frozen, Guises, Hostile, Missed, PoliciesInForce, Rate, Released, SetAbout,
    Shift, Shifts, Slack, Spread, Through, Varied,
};
pub use markdown::markdown;
pub use person::{Needless, Person};
pub use taken::{Followed, Injections, PassPower, TakenError};
