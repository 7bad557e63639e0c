//! The one place where backends are chosen and wired.

mod open;
mod vote;

use std::fs::File;
use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use self::open::{desks_of, open_analyser, open_writer, retention, retrieval_settings};
use crate::answer::AnswerCache;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::counter::{Counter, CounterParts};
use crate::desk::{Desk, LetterTerms, Parts as DeskParts};
use crate::editing::Editing;
use crate::knowledge::{ArticleStore, ArticleSync, Catalogues, PolicyShelf, SyncParts, SyncStatus};
use crate::language::Lang;
use crate::notify::Targets;
use crate::passages::PassageIndex;
use crate::passages::hybrid::Retriever;
use crate::privacy::{Privacy, PrivacyParts, Tombstones};
use crate::signin::SignIn;
use crate::store::Store;
use crate::turn::Turn;

pub use self::open::{
    desk_rules, detector, open_chat, open_embedder, open_first_chat, open_index, open_output_guard, open_policies,
    open_signin, open_store, store_path, time_zone,
};
pub(crate) use self::open::{lock, secret};
pub use self::vote::open_vote;

/// Bells that a listener may miss before it looks for itself.
const BELL: usize = 1024;

/// All parts of a running service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is documented where it is defined")]
pub struct Parts {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub time_zone: TimeZone,
    pub store: Store,
    pub articles: Arc<dyn ArticleStore>,
    pub index: Arc<dyn PassageIndex>,
    pub catalogues: Arc<Catalogues>,
    pub turn: Arc<Turn>,
    /// Answers for whoever asks the same, where a model writes them and the configuration wants them kept.
    pub answer_cache: Option<Arc<AnswerCache>>,
    pub counter: Counter,
    pub desk: Desk,
    pub privacy: Privacy,
    /// The shop's own sign-in, where one is set up.
    pub signin: Option<Arc<SignIn>>,
    pub sync: Arc<ArticleSync>,
    pub editing: Editing,
    pub sync_status: watch::Receiver<Option<SyncStatus>>,
    pub sync_reports: watch::Sender<Option<SyncStatus>>,
    /// Cancelled when the service is to end.
    pub closing: CancellationToken,
    /// Held as long as the parts live: one process a data folder.
    _lock: File,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens every part that `config` names.
    ///
    /// # Errors
    /// Names the part that cannot be opened, and the remedy where there is one.
    pub async fn open(config: Config, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> anyhow::Result<Self> {
        let lock = lock(&config)?;
        let store = open_store(&config).await?;
        let vectors = Arc::new(store.clone());
        Self::with_store(config, store, vectors, clock, ids, lock).await
    }

    /// The same over a store that is open already. The vectors of the guards' exemplars may be kept in another: many apps that are opened one
    /// after the other would each embed thousands of texts.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_on(
        config: Config,
        store: Store,
        vectors: Arc<dyn ArticleStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<Self> {
        let lock = lock(&config)?;
        Self::with_store(config, store, vectors, clock, ids, lock).await
    }

    async fn with_store(
        config: Config,
        store: Store,
        vectors: Arc<dyn ArticleStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        lock: File,
    ) -> anyhow::Result<Self> {
        let time_zone = time_zone(&config)?;
        let index = open_index(&config).await?;
        let articles: Arc<dyn ArticleStore> = Arc::new(store.clone());
        let embedder = open_embedder(&config, ids.as_ref()).await?;
        let analyser = Arc::new(open_analyser(&config));
        let catalogues = Arc::new(Catalogues::new(Arc::clone(&index), Arc::clone(&articles)));
        let writer = open_writer(&config, ids.as_ref(), Arc::clone(&clock), &embedder, &analyser)?;
        let vote = open_vote(&config, ids.as_ref(), Arc::clone(&clock))?;
        let guards =
            PolicyShelf::open(config.policy_file(), config.learnt_file(), vectors, Arc::clone(&embedder), &|_| {});
        let guards = Arc::new(guards.await.context("the guards' policies")?);
        let cache = writer.as_ref().and_then(|_| AnswerCache::new(config.answer.cache_entries, Arc::clone(&analyser)));
        let answer_cache = cache.map(Arc::new);
        let turn = Arc::new(Turn {
            writer,
            guards,
            vote,
            cache: answer_cache.clone(),
            embedder: Arc::clone(&embedder),
            retriever: Retriever::new(Arc::clone(&index), Arc::clone(&analyser), retrieval_settings(&config)),
            analyser: Arc::clone(&analyser),
            limit: config.retrieval.limit,
            catalogues: Arc::clone(&catalogues),
            clock: Arc::clone(&clock),
            time_zone: time_zone.clone(),
            default_language: Lang::new(&config.knowledge.default_language),
            min_confidence: config.answer.min_confidence,
            sure_confidence: config.answer.sure_confidence,
            suggestions: config.answer.suggestions,
        });
        let default_language = Lang::new(&config.knowledge.default_language);
        let sync = Arc::new(ArticleSync::new(SyncParts {
            folder: config.articles_dir(),
            index: Arc::clone(&index),
            store: Arc::clone(&articles),
            embedder,
            lexical: analyser,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            zone: time_zone.clone(),
            detect: detector(&config),
            needed: {
                let guards = Arc::clone(&turn.guards);
                Arc::new(move || guards.texts())
            },
        }));
        let closing = CancellationToken::new();
        let (bell, _) = broadcast::channel(BELL);
        let retention = retention(&config, &turn.guards)?;
        let desk = Desk::new(DeskParts {
            store: store.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            guards: Arc::clone(&turn.guards),
            rules: desk_rules(&config, &turn.guards, &time_zone)?,
            desks_of: desks_of(&config),
            zone: time_zone.clone(),
            targets: Targets::open(&config.notify(), &|variable| secret(variable), Arc::clone(&clock))?,
            bell: bell.clone(),
            retention: retention.clone(),
            letters: LetterTerms {
                resume_for: SignedDuration::from_hours(24 * i64::from(config.notify.resume_days)),
                transcript: config.notify.mail.transcript,
                public_url: config.public_url(),
            },
        });
        let counter = Counter::new(CounterParts {
            store: store.clone(),
            turn: Arc::clone(&turn),
            desk: desk.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            default_language,
            message_limit: config.server.message_limit_chars,
            bell,
            closing: closing.clone(),
        });
        let privacy = Privacy::new(PrivacyParts {
            store: store.clone(),
            desk: desk.clone(),
            turn: Arc::clone(&turn),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            tombstones: Tombstones::at(config.tombstones_file()),
            retention,
            zone: time_zone.clone(),
            public_url: config.public_url(),
            default_language: Lang::new(&config.knowledge.default_language),
            bell: counter.bell(),
        });
        // Before anybody is served: what was erased and is there again goes, and what is left of it in SQLite's file.
        privacy.replay().await?;
        store.scrub(true).await?;
        let signin = open_signin(&config, Arc::clone(&clock))?;
        let (sync_reports, sync_status) = watch::channel(None);
        let editing = Editing {
            store: store.clone(),
            articles: Arc::clone(&articles),
            sync: Arc::clone(&sync),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            default_language: Lang::new(&config.knowledge.default_language),
            reports: sync_reports.clone(),
        };
        Ok(Self(Arc::new(Parts {
            config,
            clock,
            ids,
            time_zone,
            store,
            articles,
            index,
            catalogues,
            turn,
            answer_cache,
            counter,
            desk,
            privacy,
            signin: signin.map(Arc::new),
            sync,
            editing,
            sync_status,
            sync_reports,
            closing,
            _lock: lock,
        })))
    }

    /// Today, in the help centre's time zone.
    pub fn today(&self) -> Date {
        self.clock.now().to_zoned(self.time_zone.clone()).date()
    }

    /// The language assumed when nothing else tells.
    pub fn default_language(&self) -> Lang {
        Lang::new(&self.config.knowledge.default_language)
    }
}
