//! What a message means where it stands: by itself, together with what was said before, or so many things that it is asked back
//! about.

use std::collections::HashSet;

use super::reply::{close, nearest};
use super::{Found, Turn, Watch};
use crate::answer::context::{chosen, leans, room};
use crate::answer::{ReplyKind, Suggestion};
use crate::guard::{By, Claimed, Cleared, Decision, Guard, Masked};
use crate::llm::Embedded;
use crate::passages::hybrid::Fused;

/// A message of so little room (in characters of Japanese) is looked at in its context even if it points nowhere.
const FEW: usize = 8;
/// What a message adds to the subject must be held to this share by the article, if nothing else says that it belongs to it.
const HALF: f32 = 0.5;
/// Longest message that is asked back about, in characters of Japanese, and the most content words it has.
const SHORT: usize = 12;
const WORDS: usize = 2;
/// One word and its ending: 返品, 変更したい. 返品っていつまで says what it asks for, though "until when" is no content word.
const BARE: usize = 5;
/// Below this confidence no article is near, and a question back would offer nonsense.
const HOPELESS: f32 = 0.05;
/// Options score at least this share of the first.
const NEAR: f32 = 0.55;
/// The most options of a question back.
const OPTIONS: usize = 4;

/// A message as it is meant after the `subject` that was spoken of before it.
pub(super) fn with_subject(message: &Masked, subject: &str) -> Masked {
    message.meaning(format!("{subject}\n{}", message.text()))
}

impl Turn {
    /// Finds what a message asks for: by itself, or by what was said before it.
    pub(super) async fn understand(
        &self,
        message: Masked,
        guard: &Guard,
        watch: &mut Watch,
    ) -> Result<Found, Box<Claimed>> {
        let last = message.history().last();
        let asked_back = last.is_some_and(|last| last.replied == Some(ReplyKind::Clarification));
        let option = last.filter(|_| asked_back).and_then(|last| chosen(message.text(), &last.options));
        if let Some(option) = option {
            let meant = message.meaning(option.title.clone());
            return self.look(meant, None, guard, watch).await;
        }
        let subject = message.history().subject(leans).join("\n");
        let alone = match self.look(message.clone(), None, guard, watch).await {
            Ok(alone) => alone,
            Err(claimed) => return Err(self.claimed_in_context(claimed, &message, &subject, guard).await),
        };
        let leaning = asked_back || leans(message.text()) || room(message.text()) <= FEW;
        if subject.is_empty() || (alone.confidence >= self.min_confidence && !leaning) {
            return Ok(alone);
        }
        let meant = with_subject(&message, &subject);
        let together = self.look(meant, Some(&alone.voted), guard, watch).await?;
        Ok(self.likelier(alone, together, &subject, leaning))
    }

    /// Who claims a message that a chat model's vote alone has claimed, or that its failed vote left in doubt: the other guards too, once
    /// they look at it together with the `subject` before it, and their policy says better whose desk it is.
    async fn claimed_in_context(
        &self,
        claimed: Box<Claimed>,
        message: &Masked,
        subject: &str,
        guard: &Guard,
    ) -> Box<Claimed> {
        let by_model = |decision: &Decision| decision.votes.iter().all(|vote| matches!(vote.by, By::Model { .. }));
        if subject.is_empty() || self.vote.is_none() || !claimed.decision().is_none_or(by_model) {
            return claimed;
        }
        let meant = with_subject(message, subject);
        let Ok(embedded) = Embedded::of(meant, self.embedder.as_ref()).await else { return claimed };
        let others = Cleared::check(embedded, guard).err().filter(|others| others.decision().is_some());
        others.unwrap_or(claimed)
    }

    /// Which of two readings of a message was meant: by itself, or together with the `subject` before it.
    fn likelier(&self, alone: Found, together: Found, subject: &str, leaning: bool) -> Found {
        if together.confidence < self.min_confidence {
            return alone;
        }
        // What the message adds must be found where the subject leads: else it is about something else, whatever it begins with.
        let lang = together.source_language().clone();
        let known = self.words(&lang, subject);
        let added: HashSet<String> =
            self.words(&lang, together.message().text()).into_iter().filter(|word| !known.contains(word)).collect();
        let held = |found: &Found| self.held(found, &added);
        let (here, there) = (held(&alone), held(&together));
        let sure = alone.confidence >= self.min_confidence;
        let meant = match (leaning, sure) {
            (true, true) => there >= here,
            (true, false) => added.is_empty() || there > 0.0,
            (false, _) => !added.is_empty() && there >= HALF,
        };
        if meant { together } else { alone }
    }

    /// The share of `words` that the article found first holds, anywhere in it.
    fn held(&self, found: &Found, words: &HashSet<String>) -> f32 {
        let first = found.retrieved.hits().first();
        let Some(article) = first.and_then(|hit| found.catalogue.article(&hit.passage.article_id)) else { return 0.0 };
        if words.is_empty() {
            return 0.0;
        }
        let text = format!("{}\n{}\n{}", article.title, article.questions.join("\n"), article.body);
        let holds = self.words(&article.lang, &text);
        words.iter().filter(|word| holds.contains(*word) || text.contains(word.as_str())).count() as f32
            / words.len() as f32
    }

    /// The articles to choose from, if a message is too short to tell which of them is meant, and was not asked back about before:
    /// one word that several titles share (変更したい), words that point to something never spoken of ("it doesn't work"), or a
    /// few that come near to several articles and answer to none.
    pub(super) fn ambiguous(&self, found: &Found) -> Option<Vec<Suggestion>> {
        let message = found.message();
        let (text, history) = (message.text(), message.history());
        let asked_back = history.last().is_some_and(|last| last.replied == Some(ReplyKind::Clarification));
        if asked_back || message.asked() != text || room(text) > SHORT {
            return None;
        }
        let words = self.words(message.lang(), text);
        let pointing = leans(text);
        if words.len() > WORDS || (pointing && history.last().is_some()) {
            return None;
        }
        let hits = found.retrieved.hits();
        let options = if pointing {
            (found.confidence >= HOPELESS / 10.0).then(|| nearest(&close(hits, NEAR), OPTIONS))?
        } else if found.confidence >= self.min_confidence {
            let word = words.iter().next().filter(|_| words.len() == 1 && room(text) <= BARE)?;
            let titled =
                |hit: &&Fused| !hit.foreign && self.words(&hit.passage.lang, &hit.passage.title).contains(word);
            nearest(&hits.iter().filter(titled).cloned().collect::<Vec<_>>(), OPTIONS)
        } else {
            (found.confidence >= HOPELESS).then(|| nearest(&close(hits, NEAR), OPTIONS))?
        };
        (options.len() > 1).then_some(options)
    }
}
