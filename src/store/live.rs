//! Live events across replicas: what is rung on one is rung on all, by Postgres's LISTEN and NOTIFY.
//!
//! A bell is a hint, and the store is the truth: whoever hears it reads. So it is not sent within the transaction that
//! it tells of, where it would make every commit wait for every other (Postgres lets one transaction at a time commit a
//! NOTIFY); it follows right after, and one that is lost is made up for by the listeners' own look, every few seconds.
//! On SQLite there is one process, and nothing to do.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::conversation::ConversationId;

/// What replicas call each other by.
const CHANNEL: &str = "madoguchi";
/// How long after a failure it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How often each bell was rung here because another replica rang it: those are not passed on again.
type Heard = Mutex<HashMap<ConversationId, u32>>;

impl Store {
    /// Rings here what is rung on other replicas, and there what is rung here, until `closing` is cancelled. `replica`
    /// is this one's name, which no other has.
    pub async fn relay(self, bell: broadcast::Sender<ConversationId>, replica: Uuid, closing: CancellationToken) {
        if self.db.get_database_backend() != DbBackend::Postgres {
            return;
        }
        let _ = closing
            .run_until_cancelled(async {
                loop {
                    let heard = Heard::default();
                    let ended = tokio::select! {
                        ended = self.listen(&bell, replica, &heard) => ended,
                        ended = self.pass_on(bell.subscribe(), replica, &heard) => ended,
                    };
                    if let Err(error) = ended {
                        tracing::warn!(%error, "other replicas are not heard at the moment: their events come a little later");
                    }
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            })
            .await;
    }

    async fn listen(
        &self,
        bell: &broadcast::Sender<ConversationId>,
        replica: Uuid,
        heard: &Heard,
    ) -> Result<(), StoreError> {
        let failed = |error: sea_orm::sqlx::Error| StoreError::Database(DbErr::Custom(error.to_string()));
        let mut listener = PgListener::connect_with(self.db.get_postgres_connection_pool()).await.map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        loop {
            let notification = listener.recv().await.map_err(failed)?;
            let Some((from, conversation)) = read(notification.payload()) else { continue };
            if from == replica {
                continue;
            }
            *heard.lock().unwrap_or_else(PoisonError::into_inner).entry(conversation).or_default() += 1;
            let _ = bell.send(conversation);
        }
    }

    async fn pass_on(
        &self,
        mut bell: broadcast::Receiver<ConversationId>,
        replica: Uuid,
        heard: &Heard,
    ) -> Result<(), StoreError> {
        loop {
            // A reply that is being written rings for every sentence: once is enough for those that have gathered.
            let mut rung = BTreeSet::new();
            match bell.recv().await {
                Ok(conversation) => note(heard, &mut rung, conversation),
                Err(RecvError::Lagged(_)) => heard.lock().unwrap_or_else(PoisonError::into_inner).clear(),
                Err(RecvError::Closed) => return Ok(()),
            }
            loop {
                match bell.try_recv() {
                    Ok(conversation) => note(heard, &mut rung, conversation),
                    Err(TryRecvError::Lagged(_)) => heard.lock().unwrap_or_else(PoisonError::into_inner).clear(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            for conversation in rung {
                let values = [CHANNEL.into(), format!("{replica} {conversation}").into()];
                let notify = "SELECT pg_notify($1, $2)";
                self.db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, notify, values)).await?;
            }
        }
    }
}

/// Takes a bell that was rung here; one that came from elsewhere is not taken.
fn note(heard: &Heard, rung: &mut BTreeSet<ConversationId>, conversation: ConversationId) {
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    match heard.get_mut(&conversation) {
        Some(1) => drop(heard.remove(&conversation)),
        Some(times) => *times -= 1,
        None => drop(rung.insert(conversation)),
    }
}

fn read(payload: &str) -> Option<(Uuid, ConversationId)> {
    let (replica, conversation) = payload.split_once(' ')?;
    Some((replica.parse().ok()?, ConversationId(conversation.parse().ok()?)))
}
