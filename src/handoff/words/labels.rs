//! Labels and questions of the chat page, and all that it says in a language.

use std::collections::BTreeMap;

use serde::Serialize;

use super::LANGUAGES;

/// Declares [`Labels`]: a label is named once, so that none can be left out of the list of all.
macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Labels and questions of the chat page.
        #[derive(Debug, Clone, Copy, Serialize)]
        pub struct Labels {
            $($(#[$doc])* pub $name: &'static str,)*
        }

        impl Labels {
            /// How many there are.
            const COUNT: usize = [$(stringify!($name)),*].len();

            /// Every label with its name, as the page calls it.
            pub fn all(&self) -> [(&'static str, &'static str); Self::COUNT] {
                [$((stringify!($name), self.$name)),*]
            }
        }
    };
}

labels! {
    /// Button: a person.
    talk_to_person,
    /// Button: ends the conversation.
    end_chat,
    /// Button: calls the case off; the conversation goes on.
    call_off,
    /// Button: opens the conversation again.
    reopen,
    /// Asked at the end; answered by [`Self::yes`] or [`Self::no`].
    solved,
    /// Answers [`Self::solved`].
    yes,
    /// Answers [`Self::solved`].
    no,
    /// Above the scores 1 to 5.
    score,
    /// Above the field for a remark.
    comment,
    /// Button.
    send,
    /// Above where the case stands.
    your_case,
    /// Before the time at which the case was opened.
    waiting_since,
    /// Before the promised time.
    answer_by,
    /// Above the field for a mail address.
    mail,

    /// In the empty field for a message.
    hint,
    /// Above the articles that an answer cites.
    sources,
    /// In the place of an answer that is being made.
    thinking,
    /// The connection was cut and is being made again.
    lost,
    /// Something could not be sent, and is not tried again by itself.
    failed,
    /// Above the topics that can be asked about.
    topics,
    /// Marks a reply that no person wrote.
    automatic,
    /// Marks a notice about the case that no person wrote.
    notice,
    /// What a person at a desk is called, beside their name.
    person,
    /// What the customer is called, for those who hear the page.
    you,
    /// Names the list of messages, for those who hear the page.
    conversation,
    /// Under a message that went into the case.
    added_to_case,
    /// Before the case's reference.
    reference_number,
    /// Button: takes the reference into the clipboard.
    copy,
    /// It is there.
    copied,
    /// Before the desk's name.
    desk,
    /// How the case stands: nobody has taken it yet.
    waiting,
    /// How the case stands: a person has it.
    taken,
    /// Above what is asked at the end.
    ended,
    /// In the empty field for a message while a person has the case.
    add_details,
    /// Opens the field for a mail address.
    mail_offer,
    /// Above the field for the code that was sent.
    mail_code,
    /// A code is on its way.
    mail_sent,
    /// Button: the code.
    confirm,
    /// The address is confirmed.
    mail_confirmed,
    /// Whoever came by a mail's link cannot name another address here.
    mail_elsewhere,
    /// Button: another address.
    other_address,
    /// The code was not the one.
    wrong_code,
    /// The text is no address.
    wrong_address,
    /// The customer has said how it was.
    thanks,
    /// Asked where the problem is not solved; answered by [`Self::reopen`] or [`Self::talk_to_person`].
    go_on,
    /// Beside the score 1.
    score_low,
    /// Beside the score 5.
    score_high,
    /// Button: another conversation.
    new_chat,
    /// Above the conversations that this browser had before.
    earlier,
    /// Opens what can be done besides.
    options,
    /// Button: the conversation as a file.
    transcript,
    /// Button: deletes the conversation.
    delete,
    /// Asked before that; answered by [`Self::delete`] or [`Self::go_back`].
    delete_question,
    /// It is gone.
    deleted,
    /// Asked before a case is called off; answered by [`Self::call_off`] or [`Self::go_back`].
    call_off_question,
    /// Asked before the end; answered by [`Self::end_chat`] or [`Self::go_back`].
    end_question,
    /// Answers a question: nothing is done.
    go_back,
    /// There is no connection; the message waits.
    offline,
    /// The service takes nothing; the message waits.
    busy,
    /// The message is too long.
    too_long,
    /// Button: at once, and not after a pause.
    retry,
    /// A conversation's link or token opens nothing.
    resume_failed,
    /// The service does not do what was asked.
    not_offered,
}

/// What the chat page says in one language: its labels, and of the desk's sentences those that it shows beside a case.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PageWords {
    #[serde(flatten)]
    labels: &'static Labels,
    nothing_to_do: &'static str,
    add: &'static str,
}

/// What the chat page says, by the language's tag.
pub fn page_words() -> BTreeMap<&'static str, PageWords> {
    let of = |words: &'static super::DeskWords| PageWords {
        labels: &words.labels,
        nothing_to_do: words.nothing_to_do,
        add: words.add,
    };
    LANGUAGES.into_iter().map(|(tag, words)| (tag, of(words))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Lang, written_in};

    #[test]
    fn a_page_gets_every_label_by_its_name() {
        let pages = serde_json::to_value(page_words()).unwrap();
        for (tag, words) in LANGUAGES {
            for (name, text) in words.labels.all() {
                assert_eq!(pages[tag][name], text, "{tag}");
            }
            assert_eq!(pages[tag].as_object().unwrap().len(), Labels::COUNT + 2, "{tag}: a label hides a sentence");
            assert_eq!(pages[tag]["nothing_to_do"], words.nothing_to_do);
        }
        assert_eq!(pages["ja"]["automatic"], "自動応答");
    }

    #[test]
    fn labels_are_in_their_language() {
        for (tag, words) in LANGUAGES {
            let all: Vec<&str> = words.labels.all().iter().map(|(_, text)| *text).collect();
            assert_eq!(written_in(&all.join("\n"), &Lang::new("nl")), Lang::new(tag), "{tag}");
        }
    }
}
