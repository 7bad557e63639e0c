//! The counter itself: takes a message, keeps it, has it answered, and tells everybody who listens.
//!
//! The store is the truth and the bell only a hint: a listener reads events from the disk, so that a stream cut anywhere, or a
//! service started again, goes on with the same words. A turn runs on when the customer's connection is gone.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::reply_html;
use crate::clock::{Clock, Ids};
use crate::conversation::{Conversation, ConversationId, Event, EventBody, History, Message, MessageId, Role, Stage};
use crate::guard::Received;
use crate::language::{self, Lang};
use crate::store::{Incoming, Kept, Store, StoreError};
use crate::turn::Turn;

/// How often a listener looks by itself, should a bell have been missed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Events read from the store at once.
const PAGE: u64 = 200;

/// Takes messages and has them answered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Counter {
    store: Store,
    turn: Arc<Turn>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    default_language: Lang,
    bell: broadcast::Sender<ConversationId>,
    turns: TaskTracker,
    closing: CancellationToken,
}

impl Counter {
    /// Over this store and turn. Listeners end when `closing` is cancelled.
    pub fn new(
        store: Store,
        turn: Arc<Turn>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        default_language: Lang,
        closing: CancellationToken,
    ) -> Self {
        let (bell, _) = broadcast::channel(1024);
        Self { store, turn, clock, ids, default_language, bell, turns: TaskTracker::new(), closing }
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
    ) -> Result<Kept, StoreError> {
        let lang = language
            .cloned()
            .unwrap_or_else(|| language::detect(text, conversation.locale.as_ref(), &self.default_language));
        let incoming = Incoming {
            id: MessageId(self.ids.fresh()),
            text: text.to_owned(),
            lang: lang.clone(),
            at: self.clock.now(),
            idempotency,
        };
        let kept = self.store.receive(conversation.id, &incoming).await?;
        match &kept {
            Kept::New { id, .. } => self.work(conversation.clone(), *id, text.to_owned(), lang),
            Kept::Before { id, failed: true, .. } => {
                if let Some(message) = self.store.message(*id).await? {
                    self.work(conversation.clone(), *id, message.text, message.lang);
                }
            }
            Kept::Before { .. } | Kept::KeyReused => {}
        }
        Ok(kept)
    }

    /// Takes up messages that were kept but not answered when the process ended. Returns how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        let left = self.store.unanswered().await?;
        let count = left.len();
        for (id, message) in left {
            if let Some((conversation, _)) = self.store.conversation(id).await? {
                self.work(conversation, message.id, message.text, message.lang);
            }
        }
        Ok(count)
    }

    fn work(&self, conversation: Conversation, id: MessageId, text: String, lang: Lang) {
        let counter = self.clone();
        self.turns.spawn(async move {
            // A message is understood by what was said before; without that it still can be answered.
            let before = counter.store.messages(conversation.id).await.unwrap_or_else(|error| {
                tracing::error!(%error, "the conversation could not be read: the message is answered as if it were the first");
                Vec::new()
            });
            let received =
                Received::new(text, lang, conversation.audiences).after(History::before(&before, id));
            // A turn of its own task, so that a panic in it is an error event and not a silence.
            let turn = Arc::clone(&counter.turn);
            let answered = tokio::spawn(async move { turn.answer(received).await }).await;
            let kept = match answered {
                Ok(outcome) => counter.keep_reply(conversation.id, id, outcome).await,
                Err(error) => {
                    tracing::error!(%error, "a turn ended without an outcome");
                    counter.keep_failure(conversation.id, id).await
                }
            };
            if let Err(error) = kept {
                tracing::error!(%error, message = %id, "the outcome of a turn could not be kept");
            }
            let _ = counter.bell.send(conversation.id);
        });
    }

    async fn keep_reply(
        &self,
        conversation: ConversationId,
        id: MessageId,
        outcome: crate::turn::Outcome,
    ) -> Result<(), StoreError> {
        let message = Message {
            id: MessageId(self.ids.fresh()),
            role: Role::Assistant,
            text: outcome.reply.answer.clone(),
            html: Some(reply_html(&outcome.reply.answer)),
            lang: outcome.reply.language.clone(),
            created_at: self.clock.now(),
            in_reply_to: Some(id),
            reply: Some(outcome.reply),
        };
        let mut events = vec![EventBody::Status { stage: Stage::Answering, message_id: id }];
        events.extend(outcome.pieces.into_iter().map(|text| EventBody::Delta { text }));
        let citations = message.reply.iter().flat_map(|reply| reply.citations.iter().cloned());
        events.extend(citations.map(EventBody::Citation));
        events.push(EventBody::Message(Box::new(message.clone())));
        self.store.finish(conversation, id, Some(&message), &events).await
    }

    async fn keep_failure(&self, conversation: ConversationId, id: MessageId) -> Result<(), StoreError> {
        let detail = "The message is kept, but it could not be answered. Send it again with the same Idempotency-Key.";
        self.store.finish(conversation, id, None, &[EventBody::Error { detail: detail.to_owned() }]).await
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
            read: std::collections::VecDeque::new(),
            ended: false,
        };
        futures::stream::unfold(listener, |mut listener| async move {
            let next = listener.next().await?;
            Some((next, listener))
        })
    }

    /// Waits for the turns under way; call after `closing` was cancelled and no message comes in any more.
    pub async fn finish(&self) {
        self.turns.close();
        self.turns.wait().await;
        let _ = self.bell.send(ConversationId(uuid::Uuid::nil()));
    }
}

struct Listener {
    store: Store,
    bell: broadcast::Receiver<ConversationId>,
    closing: CancellationToken,
    conversation: ConversationId,
    after: u64,
    about: Option<MessageId>,
    read: std::collections::VecDeque<Event>,
    ended: bool,
}

impl Listener {
    async fn next(&mut self) -> Option<Result<Event, StoreError>> {
        loop {
            if self.ended {
                return None;
            }
            while let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                if self.about.is_some_and(|about| about != event.message_id) {
                    continue;
                }
                self.ended = self.about.is_some() && event.body.is_last();
                return Some(Ok(event));
            }
            match self.store.events_after(self.conversation, self.after, PAGE).await {
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Ok(events) if !events.is_empty() => self.read.extend(events),
                // A stream about one message ends with its answer, closing or not; the others end with the service.
                Ok(_) if self.about.is_none() && self.closing.is_cancelled() => return None,
                Ok(_) => self.wait().await,
            }
        }
    }

    async fn wait(&mut self) {
        let conversation = self.conversation;
        let rung = async {
            loop {
                match self.bell.recv().await {
                    Ok(id) if id != conversation => {}
                    // Lagging behind means that bells were missed: look.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
                }
            }
        };
        let closing = async {
            match self.about {
                None => self.closing.cancelled().await,
                Some(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = rung => {}
            () = closing => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}
