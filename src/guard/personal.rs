//! Personal data in what customers write: where it stands, and the same text without it.
//!
//! Found are card numbers, e-mail addresses, phone numbers, postal addresses, order and account ids, My Numbers, passwords and
//! one-time codes, in Japanese and English first. [`mask`] puts a placeholder such as `[電話番号]` in place of each, so that a model can
//! still speak of it, and keeps what stood there for [`MaskedText::restore`].
//!
//! **Names of people are out of scope**: telling 田中 the customer from 田中 the place or the shop needs a model, and one that is often wrong
//! would be trusted. So are dates of birth, passports, driving licences and social security numbers; companies' freephone numbers and a
//! postal code by itself are nobody's.
//!
//! How it works: `normal::Text` is the text in one form (NFKC, one kind of hyphen, no zero-width characters) with the place of each
//! character in the original. `cues` are the words that say what a number is (注文番号, "call me at"); a number belongs to the nearest.
//! The detectors know shapes and check digits. What several of them claim goes to the first in `DETECTORS`.
//!
//! No library is used: `phonenumber` and `rlibphonenumber` know every numbering plan there is, but the first brings 15 MB of
//! sources and builds its database by a second serde stack, the second compiles protocol buffers during the build, and neither finds
//! Japanese numbers written with ー or の, which is where recall is lost. `card-validate` and `luhn` are some lines of arithmetic each.

mod address;
mod check;
mod cues;
mod digits;
mod ids;
mod mail;
mod mask;
mod normal;
mod numbers;
mod placeholder;
mod secrets;
mod told;
mod units;
mod unlogged;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use cues::Cues;
use digits::Groups;
use normal::Text;

pub use mask::{Kept, MaskedText, mask, mask_all, mask_in, mask_with_history};
pub use unlogged::Unlogged;

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The number of a payment card.
    CardNumber,
    /// An e-mail address.
    Email,
    /// A phone or fax number.
    Phone,
    /// A postal address.
    PostalAddress,
    /// The number of an order.
    OrderId,
    /// The number or name of an account: with the shop, or at a bank.
    AccountId,
    /// A Japanese Individual Number (個人番号).
    MyNumber,
    /// A password, a PIN, a one-time or security code.
    Password,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CardNumber,
        Self::Email,
        Self::Phone,
        Self::PostalAddress,
        Self::OrderId,
        Self::AccountId,
        Self::MyNumber,
        Self::Password,
    ];

    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CardNumber => "card_number",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PostalAddress => "postal_address",
            Self::OrderId => "order_id",
            Self::AccountId => "account_id",
            Self::MyNumber => "my_number",
            Self::Password => "password",
        }
    }
}

/// Something personal in a text: what and where, not the thing itself, so that it may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Where it stands: positions of characters (not bytes) of the text as it was given.
    pub range: Range<usize>,
}

/// What a detector looks at.
#[derive(Debug)]
struct View {
    text: Text,
    cues: Cues,
    groups: Groups,
}

/// A detector, and what it finds: kind and place in the normalised text.
type Detector = fn(&View) -> Vec<(Kind, Range<usize>)>;

/// In the order of precedence: what says most clearly what it is comes first.
const DETECTORS: [Detector; 8] = [
    mail::find,
    secrets::find,
    ids::find_known,
    ids::find_told,
    numbers::find_cards,
    numbers::find_my_numbers,
    address::find,
    numbers::find_phones,
];

/// Rounds of [`find`]. One more than one is seldom needed; the bound is there so that no text can ask for many.
const ROUNDS: usize = 8;

/// Personal data in `text`, by position. Placeholders of an earlier [`mask`] are none.
pub fn find(text: &str) -> Vec<Found> {
    find_in(&text.chars().collect::<Vec<_>>())
}

/// Looks until nothing more is found, with what was found out of the way: the last look is then the one that somebody who reads the
/// masked text would take, and masking twice changes nothing.
fn find_in(source: &[char]) -> Vec<Found> {
    let mut opaque = placeholder::ranges(source);
    let mut found: Vec<Found> = Vec::new();
    for _ in 0..ROUNDS {
        let more = look(source, &opaque);
        if more.is_empty() {
            break;
        }
        opaque.extend(more.iter().map(|found| found.range.clone()));
        opaque.sort_by_key(|range| range.start);
        found.extend(more);
    }
    found.sort_by_key(|found| found.range.start);
    found
}

/// One look past what is `opaque` (in order).
fn look(source: &[char], opaque: &[Range<usize>]) -> Vec<Found> {
    let text = Text::new(source, opaque);
    let view = View { cues: Cues::of(&text), groups: Groups::of(&text), text };
    let mut taken = vec![false; source.len()];
    let mut found = Vec::new();
    for detect in DETECTORS {
        for (kind, range) in detect(&view) {
            let range = view.text.original(range);
            let Some(place) = taken.get_mut(range.clone()) else { continue };
            if place.is_empty() || place.iter().any(|taken| *taken) {
                continue;
            }
            place.fill(true);
            found.push(Found { kind, range });
        }
    }
    found
}
