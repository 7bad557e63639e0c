//! The counter itself: takes a message, keeps it, has it answered, and tells everybody who listens.
//!
//! The store is the truth and the bell only a hint: a listener reads events from the disk, so that a stream cut anywhere, or a
//! service started again, goes on with the same words. A turn runs on when the customer's connection is gone.

mod listener;
mod mail;
mod takeover;
mod telling;

use std::collections::VecDeque;
use std::sync::Arc;

use futures::Stream;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::reply_html;
use crate::clock::{Clock, Ids};
use crate::conversation::{Conversation, ConversationId, Event, EventBody, History, Message, MessageId, Role, Stage};
use crate::desk::{Desk, DeskError};
use crate::guard::Received;
use crate::handoff::calls_off;
use crate::language::{self, Lang};
use crate::store::{Attempt, Finished, Incoming, Kept, NewTicket, Store, StoreError};
use crate::turn::{Outcome, Piece, Turn};
use listener::Listener;
pub use mail::{MailOutcome, MailTaken};
use telling::Telling;

/// What a counter works with.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is documented where it is defined")]
pub struct CounterParts {
    pub store: Store,
    pub turn: Arc<Turn>,
    pub desk: Desk,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub default_language: Lang,
    /// Characters of a customer's message; what a mail has more of is cut off.
    pub message_limit: usize,
    /// Tells listeners that there is something new in a conversation.
    pub bell: broadcast::Sender<ConversationId>,
    pub closing: CancellationToken,
}

/// Takes messages and has them answered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Counter {
    store: Store,
    turn: Arc<Turn>,
    desk: Desk,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    default_language: Lang,
    message_limit: usize,
    bell: broadcast::Sender<ConversationId>,
    turns: TaskTracker,
    closing: CancellationToken,
}

impl Counter {
    /// Of these parts. Listeners end when `closing` is cancelled.
    pub fn new(parts: CounterParts) -> Self {
        let CounterParts { store, turn, desk, clock, ids, default_language, message_limit, bell, closing } = parts;
        Self {
            store,
            turn,
            desk,
            clock,
            ids,
            default_language,
            message_limit,
            bell,
            turns: TaskTracker::new(),
            closing,
        }
    }

    /// Keeps a customer's message and sets the work on it going. When this returns, the message is on disk.
    ///
    /// # Errors
    /// When the store fails; then nothing was kept.
    pub async fn receive(
        &self,
        conversation: &Conversation,
        text: &str,
        language: Option<&Lang>,
        idempotency: Option<(String, String)>,
    ) -> Result<Kept, DeskError> {
        let lang = language
            .cloned()
            .unwrap_or_else(|| language::detect(text, conversation.locale.as_ref(), &self.default_language));
        let incoming = Incoming {
            id: MessageId(self.ids.fresh()),
            text: text.to_owned(),
            lang: lang.clone(),
            at: self.clock.now(),
            idempotency,
            notices: self.desk.added(conversation, text).await?,
        };
        let kept = self.store.receive(conversation.id, &incoming).await?;
        match &kept {
            Kept::New { id, answers: true, .. } => {
                let attempt = Attempt::begun_by(&incoming, conversation.id, *id);
                self.work(Task::new(conversation, attempt, text.to_owned(), lang));
            }
            // A person has the case: it went there, and whoever listens hears so.
            Kept::New { answers: false, .. } => {
                let _ = self.bell.send(conversation.id);
                if calls_off(text) {
                    self.desk.call_off(conversation.id).await?;
                }
            }
            Kept::Before { id, failed: true, .. } => {
                let attempt = Attempt::begun_by(&incoming, conversation.id, *id);
                if let Some(message) = self.store.message(*id).await? {
                    self.work(Task::new(conversation, attempt, message.text, message.lang));
                }
            }
            Kept::Before { .. } | Kept::KeyReused => {}
        }
        Ok(kept)
    }

    fn work(&self, task: Task) {
        let counter = self.clone();
        self.turns.spawn(async move {
            let Task { conversation, attempt, text, lang, only_quoted } = task;
            // A message is understood by what was said before; without that it still can be answered. What was said before a person had
            // the conversation is theirs: the assistant begins afresh.
            let mut before = counter.store.messages(conversation.id).await.unwrap_or_else(|error| {
                tracing::error!(%error, "the conversation could not be read: the message is answered as if it were the first");
                Vec::new()
            });
            let stale = usize::try_from(conversation.fresh_after).unwrap_or(usize::MAX).min(before.len());
            before.drain(..stale);
            let history = History::before(&before, attempt.message);
            let mut received = Received::new(text, lang, conversation.audiences).after(history);
            if only_quoted {
                received = received.only_quoted();
            }
            let telling = Arc::new(Telling::new(counter.store.clone(), counter.bell.clone(), attempt));
            // A turn of its own task, so that a panic in it is an error event and not a silence.
            let (turn, progress) = (Arc::clone(&counter.turn), Arc::clone(&telling));
            let mut answering = tokio::spawn(async move { turn.answer(received, progress.as_ref()).await });
            let answered = tokio::select! {
                answered = &mut answering => answered,
                () = counter.hold(&attempt) => {
                    answering.abort();
                    if matches!(counter.store.conversation(conversation.id).await, Ok(None)) {
                        return counter.turn.forget();
                    }
                    tracing::warn!(message = %attempt.message, "another replica answers a message that was being answered here");
                    return;
                }
            };
            let kept = match answered {
                Ok(outcome) => counter.keep_reply(&attempt, outcome, telling.said()).await,
                Err(error) => {
                    tracing::error!(%error, "a turn ended without an outcome");
                    counter.keep_failure(&attempt).await
                }
            };
            match kept {
                Ok(()) => {}
                Err(DeskError::Store(error @ (StoreError::Stale | StoreError::Answered))) => {
                    tracing::warn!(%error, message = %attempt.message, "another replica was faster: what was answered here is not said");
                }
                // Erased while it was answered: what the turn remembers of it goes too.
                Err(DeskError::Store(StoreError::UnknownConversation)) => counter.turn.forget(),
                // The lease runs out, and the message is taken up again.
                Err(error) => tracing::error!(%error, message = %attempt.message, "the outcome of a turn could not be kept"),
            }
            let _ = counter.bell.send(conversation.id);
        });
    }

    /// Keeps a reply of which the first `said` pieces have been told already.
    async fn keep_reply(&self, attempt: &Attempt, outcome: Outcome, said: usize) -> Result<(), DeskError> {
        let id = attempt.message;
        let mut outcome = outcome;
        let new = self.case(attempt.conversation, &mut outcome).await?;
        let Outcome { reply, pieces, receipt, .. } = outcome;
        let message = Message {
            id: MessageId(self.ids.fresh()),
            role: Role::Assistant,
            author: None,
            text: reply.answer.clone(),
            html: Some(reply_html(&reply.answer)),
            lang: reply.language.clone(),
            created_at: self.clock.now(),
            in_reply_to: Some(id),
            reply: Some(reply),
        };
        let mut events = Vec::new();
        if said == 0 {
            events.push(EventBody::Status { stage: Stage::Answering, message_id: id });
        }
        events.extend(pieces.into_iter().skip(said).flat_map(told));
        events.push(EventBody::Message(Box::new(message.clone())));
        let finished = self.store.finish(attempt, Some((&message, &receipt)), &events, new.as_ref()).await?;
        if let Finished::Added(standing) = finished {
            tracing::info!(reference = ?standing.reference, "a person took the conversation meanwhile: the assistant says nothing");
        }
        Ok(())
    }

    /// Where a person takes over: the ticket that is to be opened with the reply, which then says so.
    async fn case(&self, conversation: ConversationId, outcome: &mut Outcome) -> Result<Option<NewTicket>, DeskError> {
        let Some(case) = outcome.receipt.case.clone() else { return Ok(None) };
        let introduced = outcome.reply.desk.as_ref().is_some_and(|desk| outcome.reply.answer.contains(&desk.does));
        let planned = self.desk.plan(conversation, case, introduced).await?;
        outcome.opened(planned.told, &planned.words);
        Ok(Some(planned.new))
    }

    async fn keep_failure(&self, attempt: &Attempt) -> Result<(), DeskError> {
        let detail = "The message is kept, but it could not be answered. Send it again with the same Idempotency-Key.";
        self.store.finish(attempt, None, &[EventBody::Error { detail: detail.to_owned() }], None).await?;
        Ok(())
    }

    /// The events of a conversation after `after`: those on disk, then those to come, until the service closes. With `about`,
    /// only that message's, and no further than its last one.
    pub fn events(
        &self,
        conversation: ConversationId,
        after: u64,
        about: Option<MessageId>,
    ) -> impl Stream<Item = Result<Event, StoreError>> + Send + 'static {
        let listener = Listener {
            store: self.store.clone(),
            bell: self.bell.subscribe(),
            closing: self.closing.clone(),
            conversation,
            after,
            about,
            read: VecDeque::new(),
            ended: false,
            rung: false,
        };
        futures::stream::unfold(listener, |mut listener| async move {
            let next = listener.next().await?;
            Some((next, listener))
        })
    }

    /// The bell that tells listeners of something new in a conversation.
    pub fn bell(&self) -> broadcast::Sender<ConversationId> {
        self.bell.clone()
    }

    /// Waits for the turns under way; call after `closing` was cancelled and no message comes in any more.
    pub async fn finish(&self) {
        self.turns.close();
        self.turns.wait().await;
        let _ = self.bell.send(ConversationId(uuid::Uuid::nil()));
    }
}

/// A message to be answered.
struct Task {
    conversation: Conversation,
    attempt: Attempt,
    text: String,
    lang: Lang,
    only_quoted: bool,
}

impl Task {
    fn new(conversation: &Conversation, attempt: Attempt, text: String, lang: Lang) -> Self {
        Self { conversation: conversation.clone(), attempt, text, lang, only_quoted: false }
    }
}

/// The events that tell of a piece of a reply: its text, then its sources.
fn told(piece: Piece) -> Vec<EventBody> {
    let citations = piece.citations.into_iter().map(EventBody::Citation);
    std::iter::once(EventBody::Delta { text: piece.text }).chain(citations).collect()
}
