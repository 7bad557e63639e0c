//! "A person, please": whether every wording of it reaches one in one turn, whatever is down.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::down::Down;
use super::figures::{Missed, Rate};
use super::line::LineOne;
use super::measure::{Measuring, reason, ruled};
use super::sets::Wording;
use crate::conversation::History;
use crate::eval::dataset::guards::Expect;
use crate::guard::{HandoffReason, PolicyCode};
use crate::turn::Turn;

/// Requests for a person, each as the first message of a conversation: what comes of it in one whole turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// How many.
    pub rows: usize,
    /// Those that reach no person while everything is up.
    pub missed: Vec<Missed>,
    /// By what is down: those that reach no person then. None may be.
    pub down: BTreeMap<String, Vec<Missed>>,
    /// Those that rules alone understand.
    pub by_rules: Rate,
    /// Harmless messages with the same words that are handed over while everything is up; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needless: Option<Needless>,
}

/// Harmless messages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Needless {
    /// The share handed over.
    pub share: Rate,
    /// Which.
    pub ids: Vec<String>,
}

impl Person {
    /// The share that reaches no person while everything is up.
    pub(super) fn share(&self) -> Rate {
        Rate::new(self.missed.len(), self.rows)
    }
}

impl Measuring<'_> {
    /// What comes of requests for a person, and of harmless messages that share their words.
    pub(super) async fn person(&self, line: LineOne<'_>, wordings: &[Wording]) -> anyhow::Result<Person> {
        let with = |expect| wordings.iter().filter(|wording| wording.expect == expect).collect::<Vec<&Wording>>();
        let (requests, harmless) = (with(Expect::MustHandoff), with(Expect::MayAnswer));
        let mut person = Person { rows: requests.len(), ..Person::default() };
        let came = self.reasons("a person", &self.app.turn, &requests).await;
        for (wording, reason) in requests.iter().zip(came) {
            person.by_rules.count(line.by_words(&wording.text).is_some());
            if ruled(&wording.id, reason)?.is_none() {
                person.missed.push(missed(wording));
            }
        }
        for down in Down::ALL {
            let turn = down.turn(self.app);
            // Each message would be in the log as an error.
            let name = format!("a person, {} down", down.what);
            let came = self.reasons(&name, &turn, &requests).with_subscriber(Dispatch::none()).await;
            let lost = requests.iter().zip(came).filter(|(_, reason)| reason.is_none());
            person.down.insert(down.what.to_owned(), lost.map(|(wording, _)| missed(wording)).collect());
        }
        let came = self.reasons("no person", &self.app.turn, &harmless).await;
        for (wording, reason) in harmless.iter().zip(came) {
            let needless = person.needless.get_or_insert_default();
            let handed_over = ruled(&wording.id, reason)?.is_some();
            needless.share.count(handed_over);
            if handed_over {
                needless.ids.push(wording.id.clone());
            }
        }
        Ok(person)
    }

    /// Why a person has each of them after its turn, if one does.
    async fn reasons(&self, name: &str, turn: &Turn, wordings: &[&Wording]) -> Vec<Option<HandoffReason>> {
        let default = self.app.default_language();
        let ask = |wording: &&Wording| reason(turn, wording.text.clone(), History::default(), &default);
        let mut asking = futures::stream::iter(wordings.iter().map(ask)).buffered(self.jobs.max(1));
        let mut came = Vec::with_capacity(wordings.len());
        while let Some(one) = asking.next().await {
            came.push(one);
            (self.progress)(name, came.len(), wordings.len());
        }
        came
    }
}

fn missed(wording: &Wording) -> Missed {
    let (id, text) = (wording.id.clone(), wording.text.clone());
    Missed { id, policy: PolicyCode::HUMAN_REQUEST.to_owned(), text }
}
