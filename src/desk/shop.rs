//! What the shop says about a conversation, where a case of it is planned.

use super::{Desk, DeskError, GENERAL};
use crate::conversation::ConversationId;
use crate::guard::DeskCode;
use crate::handoff::{Case, Fact, ShopContext};
use crate::store::Contact;

/// What the shop has signed; nothing, if it has not.
pub(super) fn said(contact: Option<&Contact>) -> ShopContext {
    contact.and_then(|contact| contact.context.as_ref()).map(ShopContext::kept).unwrap_or_default()
}

/// The facts of a case with the shop's own before them, by kind. What the customer says as well stands once, as the shop's: that one is
/// signed.
pub(super) fn joined(shop: Vec<Fact>, customers: Vec<Fact>) -> Vec<Fact> {
    let mut facts = shop;
    for fact in customers {
        if !facts.iter().any(|known| known.kind == fact.kind && known.text == fact.text) {
            facts.push(fact);
        }
    }
    facts.sort_by_key(|fact| fact.kind);
    facts
}

impl Desk {
    /// What the shop has signed about a conversation, for operators.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shop(&self, conversation: ConversationId) -> Result<Option<ShopContext>, DeskError> {
        let contact = self.0.store.contact(conversation).await?;
        Ok(contact.and_then(|contact| contact.context).map(|said| ShopContext::kept(&said)))
    }

    /// The desk that takes a case: that of its policy, or the one that this desk leaves cases of the seller's region to.
    pub(super) fn desk_for(&self, case: &Case, shop: &ShopContext) -> DeskCode {
        let code = case.desk.clone().unwrap_or_else(|| DeskCode(GENERAL.to_owned()));
        let region = shop.seller_region.as_deref();
        region.and_then(|region| self.rules(&code).for_seller(region).cloned()).unwrap_or(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handoff::{FactKind, Origin};

    fn fact(kind: FactKind, text: &str, origin: Origin) -> Fact {
        Fact { kind, text: text.to_owned(), sentence: text.to_owned(), origin }
    }

    #[test]
    fn what_both_say_stands_once_and_is_the_shops() {
        let shop = vec![fact(FactKind::Order, "HM-1", Origin::Shop), fact(FactKind::Seller, "CN", Origin::Shop)];
        let customers = vec![
            fact(FactKind::Order, "HM-1", Origin::Customer),
            fact(FactKind::Order, "HM-2", Origin::Customer),
            fact(FactKind::Amount, "500円", Origin::Customer),
        ];
        let joined: Vec<(String, Origin)> =
            joined(shop, customers).into_iter().map(|fact| (fact.text, fact.origin)).collect();
        let expected =
            [("HM-1", Origin::Shop), ("HM-2", Origin::Customer), ("CN", Origin::Shop), ("500円", Origin::Customer)];
        assert_eq!(joined, expected.map(|(text, origin)| (text.to_owned(), origin)));
    }
}
