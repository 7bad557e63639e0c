//! A mail at the counter: where it belongs to a conversation and its writer is the customer, it is a message like any other.

use serde::Serialize;
use utoipa::ToSchema;

use super::Counter;
use crate::desk::DeskError;
use crate::handoff::with_attachments;
use crate::language;
use crate::notify::inbound::{Inbound, Nature};
use crate::store::{Kept, mail_key};

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailOutcome {
    /// It is in the conversation that it answers to, like a message that was sent there.
    Continued,
    /// It is noted at the case, for the desk to judge, and is not in the conversation.
    Noted,
    /// There is nothing to take in.
    Ignored,
    /// It belongs to no conversation that is known here.
    Unknown,
}

/// What became of a mail, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailTaken {
    /// What.
    pub outcome: MailOutcome,
    /// Why, in words for whoever runs the gateway.
    pub why: &'static str,
}

const fn taken(outcome: MailOutcome, why: &'static str) -> Result<MailTaken, DeskError> {
    Ok(MailTaken { outcome, why })
}

impl Counter {
    /// Takes a mail in. Handed in again, it changes nothing and has the same outcome.
    ///
    /// # Errors
    /// When the store fails: then it is to be handed in again.
    pub async fn take_mail(&self, mail: &Inbound) -> Result<MailTaken, DeskError> {
        use MailOutcome::{Continued, Ignored, Noted, Unknown};
        match &mail.nature {
            Nature::Person => {}
            Nature::Automatic => return taken(Ignored, "a machine wrote it"),
            Nature::Bulk => return taken(Ignored, "it is from a mailing list"),
            Nature::Own => return taken(Ignored, "it is a mail of this service that came round"),
            Nature::Bounce { lasting: false, .. } => {
                return taken(Ignored, "a server is still trying to deliver a mail");
            }
            Nature::Bounce { lasting: true, status } => {
                return match self.desk.mail_returned(mail, status.as_deref()).await? {
                    true => taken(Noted, "a mail of this service could not be delivered"),
                    false => taken(Unknown, "it reports on a mail that is not known here"),
                };
            }
        }
        let Some(place) = self.desk.place_of(mail).await? else {
            return taken(Unknown, "it names no conversation or case that is known here");
        };
        let conversation = place.conversation;
        if !place.theirs {
            return match self.desk.note_mail(mail, conversation.id).await? {
                Some(_) => taken(Noted, "it is not from the address that the customer has confirmed"),
                None => {
                    taken(Ignored, "it is not from the address that the customer has confirmed, and there is no case")
                }
            };
        }
        let (written, cut_at) = within(&mail.text, self.message_limit);
        let lang = language::detect(written, conversation.locale.as_ref(), &self.default_language);
        let text = with_attachments(written, &mail.attachments, &lang);
        if text.is_empty() {
            return taken(Ignored, "there is nothing in it");
        }
        let idempotency = Some((mail_key(&mail.key), mail.key.clone()));
        let kept = self.receive(&conversation, &text, Some(&lang), idempotency).await?;
        // What follows is done once, however often the mail comes; it is done again after a mishap, because the gateway was not answered.
        let (Kept::New { id, .. } | Kept::Before { id, .. }) = kept else {
            return taken(Ignored, "another request used its key");
        };
        self.desk.tell_not_taken_in(mail, conversation.id, &lang, cut_at).await?;
        self.desk.mail_the_answer(mail, conversation.id, id).await?;
        taken(Continued, "it is from the customer")
    }
}

/// The first `limit` characters of a text; and where it was cut, if it had more.
fn within(text: &str, limit: usize) -> (&str, Option<usize>) {
    let end = text.char_indices().nth(limit).and_then(|(end, _)| text.get(..end));
    end.map_or((text, None), |first| (first, Some(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_and_only_where_it_is_too_long() {
        for (text, limit, first) in
            [("箱は青です👍", 6, "箱は青です👍"), ("箱は青です👍", 5, "箱は青です"), ("", 1, "")]
        {
            let cut_at = (first != text).then_some(limit);
            assert_eq!(within(text, limit), (first, cut_at), "{text} {limit}");
        }
    }
}
