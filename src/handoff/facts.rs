//! What the customer's own words tell: orders, amounts, days, what they quote, how they can be reached. Nothing is
//! guessed: each fact is a piece of what was said, and stands with the sentence it was said in.
//!
//! Numbers of orders are found by the detectors of personal data, and shown; mail addresses, phone numbers and postal
//! addresses are found by them too, and shown as the placeholder that they are everywhere else. Amounts and days are
//! found here: the readers of figures in `answer` compare quantities, and forget where and how they were written.

mod patterns;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::sentences;
use crate::guard::personal::{Kind, MaskedText, mask_all};
use crate::language::Lang;

/// No more facts than an operator reads.
const MOST: usize = 40;

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// The number of an order.
    Order,
    /// What was ordered, as the shop calls it.
    Item,
    /// The day on which it was to arrive, as the shop has it.
    Delivery,
    /// The last day on which it can be sent back, as the shop has it.
    ReturnWindow,
    /// Who sells it, or where they are, as the shop has it.
    Seller,
    /// Money.
    Amount,
    /// A day or a time, as it was written: 5月4日18時, last Friday, 3日前.
    Date,
    /// What stands in quotation marks: an item's name, the words of a notice.
    Quoted,
    /// A way to reach the customer, as a placeholder.
    Contact,
}

/// Who says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The customer, in their own words.
    #[default]
    Customer,
    /// The shop, in what it has signed.
    Shop,
}

/// A piece of what the customer said, or of what their shop says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// The piece, as it was written; a placeholder where it is personal.
    pub text: String,
    /// The sentence it stands in, without personal data but for numbers of orders.
    pub sentence: String,
    /// Who says so.
    #[serde(default)]
    pub origin: Origin,
}

/// The facts in what a customer said, oldest message first; masked already or not. By kind, then in the order they were
/// said, each once.
pub fn facts(said: &[&str], lang: &Lang) -> Vec<Fact> {
    let (masked, kept) = mask_all(said, lang);
    let (orders, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(|kept| kept.kind == Kind::OrderId);
    let orders = MaskedText { text: String::new(), kept: orders };
    let shown: Vec<String> = masked.iter().map(|text| orders.restore(text)).collect();
    let mut found: Vec<Fact> = Vec::new();
    for sentence in shown.iter().flat_map(|text| sentences(text)) {
        let pieces = orders.kept.iter().map(|kept| kept.value.get().as_str()).filter(|order| sentence.contains(order));
        let orders = pieces.map(|order| (FactKind::Order, order));
        let contacts = others.iter().map(|kept| kept.placeholder.as_str());
        let contacts =
            contacts.filter(|placeholder| patterns::is_contact(placeholder) && sentence.contains(placeholder));
        let contacts = contacts.map(|placeholder| (FactKind::Contact, placeholder));
        for (kind, text) in orders.chain(contacts).chain(patterns::find(sentence)) {
            if !found.iter().any(|fact| fact.kind == kind && fact.text == text) {
                let (text, sentence) = (text.to_owned(), sentence.to_owned());
                found.push(Fact { kind, text, sentence, origin: Origin::Customer });
            }
        }
    }
    found.sort_by_key(|fact| fact.kind);
    found.truncate(MOST);
    found
}
