//! Mail that does not arrive: it comes back, or is given up. The customer is told where they can still be told something, in the
//! conversation, and is asked for another address.

use uuid::Uuid;

use super::status::MailView;
use super::{Desk, DeskError};
use crate::conversation::{ConversationId, Message, MessageId, Role};
use crate::handoff::desk_words;
use crate::language::Lang;
use crate::notify::Letter;
use crate::store::{Notice, NoticeState, Store, StoreError, Target, Telling};

impl Desk {
    /// Whether a customer is told by mail too; and what they are told about it where mail does not arrive.
    pub(super) async fn mail_of(
        &self,
        of: ConversationId,
        lang: &Lang,
    ) -> Result<(MailView, Option<String>), DeskError> {
        if self.0.targets.mail().is_none() {
            return Ok((MailView::Off, None));
        }
        let contact = self.0.store.contact(of).await?;
        let Some(contact) = contact else { return Ok((MailView::Unknown, None)) };
        let Some(address) = contact.email else { return Ok((MailView::Unknown, None)) };
        if self.0.store.not_arrived(of, None).await?.is_some() {
            // After the end nobody is asked for an address.
            let words = contact.closed_at.is_none().then(|| desk_words(lang).not_arrived(&masked(&address)));
            return Ok((MailView::Undelivered, words));
        }
        let confirmed = contact.email_verified_at.is_some();
        Ok((if confirmed { MailView::Confirmed } else { MailView::Unconfirmed }, None))
    }

    /// Tells a customer in the conversation that mail to them does not arrive, if that is so after this one: once, however many are lost,
    /// until they name an address again. A mail that has not been given up yet is about to be. After the end nothing is said: nobody is asked
    /// for an address there.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn tell_not_arrived(&self, lost: &Notice) -> Result<(), DeskError> {
        let (Target::Mail, Some(of)) = (&lost.target, lost.conversation) else { return Ok(()) };
        let Some((address, named)) = to_tell(&self.0.store, lost, of).await? else { return Ok(()) };
        let lang = self.language_of(lost, of).await?;
        let words = desk_words(&lang).not_arrived(&masked(&address));
        // The same name however often it is found out, so that it is told once.
        let id = MessageId(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("not arrived:{named}").as_bytes()));
        let notice = Message { id, ..self.message(Role::Notice, None, words, &lang) };
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        if self.0.store.tell_once(of, telling).await? {
            self.ring(of);
        }
        Ok(())
    }

    /// The language of a mail; of one that waited for its words, that of what was said last.
    async fn language_of(&self, mail: &Notice, of: ConversationId) -> Result<Lang, DeskError> {
        if let Ok(letter) = serde_json::from_value::<Letter>(mail.payload.clone()) {
            return Ok(letter.language);
        }
        let said = self.0.store.messages(of).await?.pop();
        Ok(said.map_or(Lang::EN, |said| said.lang))
    }
}

/// The address to which mail does not arrive after this one, and the name of what is known of it; `None` where there is nothing to tell.
pub(super) async fn to_tell(
    store: &Store,
    lost: &Notice,
    of: ConversationId,
) -> Result<Option<(String, Uuid)>, StoreError> {
    let open = store.contact(of).await?.filter(|contact| contact.closed_at.is_none());
    let Some(address) = open.and_then(|contact| contact.email) else { return Ok(None) };
    let giving_up = (lost.state == NoticeState::Pending).then_some(lost.id);
    Ok(store.not_arrived(of, giving_up).await?.map(|named| (address, named)))
}

/// An address as it is shown where others may read along: its owner knows it again, and nobody else learns it.
fn masked(address: &str) -> String {
    let Some((local, host)) = address.rsplit_once('@') else { return "…".to_owned() };
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_again_by_its_owner_only() {
        for (address, shown) in [
            ("hanako@customer.example", "h…@customer.example"),
            ("a@b.example", "a…@b.example"),
            ("太郎@例え.example", "太…@例え.example"),
            ("odd\"@\"one@b.example", "o…@b.example"),
            ("@b.example", "…@b.example"),
            ("nobody", "…"),
            ("", "…"),
        ] {
            assert_eq!(masked(address), shown);
        }
    }
}
