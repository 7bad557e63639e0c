//! What goes to a person.

mod case;

pub use case::{Answered, Case};
