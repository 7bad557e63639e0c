//! Configuration: the commented `default.toml`, then a file, then `MADOGUCHI__…` from the environment, then flags.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The defaults, with every key explained; also what `madoguchi check --print-config` shows.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read, a key that does not exist, or a value of the wrong type.
    #[error("configuration: {0}")]
    Read(#[from] config::ConfigError),
    /// The file named by `--config` is not there.
    #[error("configuration: {0} does not exist")]
    NoFile(PathBuf),
    /// A value out of range; names the key and what it may be.
    #[error("configuration: {key}: {problem}")]
    Invalid {
        /// Dotted name of the key.
        key: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// Everything that can be set. See `default.toml` for what each key means.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented where people set it, in default.toml")]
pub struct Config {
    pub data_dir: PathBuf,
    pub server: Server,
    pub knowledge: Knowledge,
    pub embedding: Embedding,
    pub index: Index,
    pub lexical: Lexical,
    pub retrieval: Retrieval,
    pub answer: Answer,
    pub llm: Llm,
    pub notify: Notify,
    pub signin: SignIn,
    pub auth: Auth,
    pub store: Store,
    pub log: Log,
}

macro_rules! section {
    ($(#[$about:meta])* $name:ident { $($key:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each key is documented where people set it, in default.toml")]
        pub struct $name { $(pub $key: $kind),* }
    };
}

mod notify;
mod signin;

pub use self::notify::{Mail, Notify, Webhook};
pub use self::signin::SignIn;

section!(
    /// The HTTP service.
    Server {
        listen: SocketAddr,
        body_limit_bytes: usize,
        message_limit_chars: usize,
        request_timeout_seconds: u64,
        shutdown_grace_seconds: u64,
        allowed_origins: Vec<String>,
        public_url: String,
    }
);
section!(
    /// The articles.
    Knowledge { dir: PathBuf, watch: bool, watch_quiet_ms: u64, default_language: String, time_zone: String }
);
section!(
    /// What turns text into vectors.
    Embedding {
        provider: EmbeddingProvider,
        query_cache: u64,
        local: LocalEmbedding,
        openai: OpenAiEmbedding,
    }
);
section!(
    /// The model in this process.
    LocalEmbedding { model: PathBuf, threads: usize, query_prefix: String, passage_prefix: String }
);
section!(
    /// An endpoint elsewhere.
    OpenAiEmbedding {
        base_url: String,
        model: String,
        api_key_env: String,
        query_prefix: String,
        passage_prefix: String,
        dimension: usize,
        batch_size: usize,
        timeout_seconds: u64,
        max_retries: u32,
        max_tokens: usize,
    }
);
section!(
    /// Where passages are kept.
    Index { provider: IndexProvider, qdrant: Qdrant }
);
section!(
    /// A Qdrant server.
    Qdrant {
        url: String,
        api_key_env: String,
        collection: String,
        shard_number: u32,
        replication_factor: u32,
        on_disk: bool,
        timeout_seconds: u64,
    }
);
section!(
    /// The lexical leg.
    Lexical { dictionary: PathBuf }
);
section!(
    /// Search and fusion.
    Retrieval {
        leg_limit: usize,
        limit: usize,
        rrf_k: f32,
        dense_weight: f32,
        question_weight: f32,
        lexical_weight: f32,
        foreign_margin: f32,
    }
);
section!(
    /// From passages to words.
    Answer { min_confidence: f32, sure_confidence: f32, min_support: f32, suggestions: usize, cache_entries: usize }
);
section!(
    /// The chat model.
    Llm {
        base_url: String,
        model: String,
        api_key_env: String,
        answers: bool,
        guard_vote: bool,
        guard_vote_seconds: u64,
        prompts: PathBuf,
        context_tokens: usize,
        reply_tokens: usize,
        timeout_seconds: u64,
        stall_seconds: u64,
        deadline_seconds: u64,
        max_retries: u32,
        fallbacks: Vec<LlmFallback>,
        breaker_failures: u32,
        breaker_cooldown_seconds: u32,
        currency: String,
        prices: Vec<LlmPrice>,
    }
);
section!(
    /// A chat model that is asked when those before it fail.
    LlmFallback { base_url: String, model: String, api_key_env: String }
);
section!(
    /// What a chat model costs, in `llm.currency`.
    LlmPrice { model: String, input_per_million: f64, output_per_million: f64 }
);
section!(
    /// Who may see more than customers.
    Auth { keys: Vec<ApiKey> }
);
section!(
    /// Where conversations and cases are kept.
    Store { url_env: String, retention_days: u32, retention_by_policy: BTreeMap<String, u32>, tombstones: PathBuf }
);

/// One caller's key; only its digest is ever configured.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is documented where people set it, in default.toml")]
pub struct ApiKey {
    pub name: String,
    pub sha256: String,
    #[serde(default)]
    pub audiences: Vec<String>,
    #[serde(default)]
    pub roles: Vec<KeyRole>,
    #[serde(default)]
    pub desks: Vec<String>,
    #[serde(default)]
    pub languages: Vec<String>,
}

/// What a key may do besides reading articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyRole {
    /// Take and settle cases.
    Operator,
    /// Give a case a new promised time after the machine has done so once.
    Supervisor,
    /// Write, publish and withdraw articles.
    Editor,
    /// All that an editor may.
    Admin,
    /// Hand in mails.
    #[serde(rename = "mail_gateway")]
    MailGateway,
}
section!(
    /// What is logged, and how.
    Log { filter: String, format: LogFormat }
);

/// `embedding.provider`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbeddingProvider {
    /// In this process.
    Local,
    /// An OpenAI-compatible endpoint.
    OpenAi,
}

/// `index.provider`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexProvider {
    /// In this process.
    Edge,
    /// A Qdrant server.
    Qdrant,
}

/// `log.format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What the command line says; wins over file and environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--knowledge`.
    pub knowledge: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--no-watch`.
    pub no_watch: bool,
}

impl Config {
    /// Reads all sources and checks the result.
    ///
    /// # Errors
    /// Names the file, variable or key at fault and what would be right.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let environment = config::Environment::with_prefix("MADOGUCHI")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.allowed_origins");
        Self::from_sources(overrides, environment)
    }

    fn from_sources(overrides: &Overrides, environment: config::Environment) -> Result<Self, ConfigError> {
        let mut sources =
            config::Config::builder().add_source(config::File::from_str(DEFAULT_TOML, config::FileFormat::Toml));
        if let Some(file) = &overrides.file {
            if !file.exists() {
                return Err(ConfigError::NoFile(file.clone()));
            }
            sources = sources.add_source(config::File::from(file.as_path()).format(config::FileFormat::Toml));
        }
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let merged = sources
            .add_source(environment)
            .set_override_option("data_dir", overrides.data_dir.as_deref().map(text))?
            .set_override_option("knowledge.dir", overrides.knowledge.as_deref().map(text))?
            .set_override_option("server.listen", overrides.listen.map(|listen| listen.to_string()))?
            .set_override_option("knowledge.watch", overrides.no_watch.then_some(false))?
            .build()?;
        let config: Self = merged.try_deserialize()?;
        config.validate()?;
        Ok(config)
    }

    /// The embedded defaults alone: for tests and documentation.
    ///
    /// # Errors
    /// Never, as long as `default.toml` is whole (a test reads it).
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_sources(&Overrides::default(), config::Environment::default().source(Some(Default::default())))
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let invalid = |key, problem: &str| Err(ConfigError::Invalid { key, problem: problem.to_owned() });
        if !(0.0..=1.0).contains(&self.answer.min_confidence) {
            return invalid("answer.min_confidence", "must lie between 0 and 1");
        }
        if !(0.0..=1.0).contains(&self.answer.sure_confidence) {
            return invalid("answer.sure_confidence", "must lie between 0 and 1");
        }
        if !(0.0..=1.0).contains(&self.answer.min_support) {
            return invalid("answer.min_support", "must lie between 0 and 1");
        }
        if self.retrieval.limit == 0 || self.retrieval.leg_limit < self.retrieval.limit {
            return invalid("retrieval.limit", "must be at least 1 and at most retrieval.leg_limit");
        }
        if self.retrieval.rrf_k <= 0.0 {
            return invalid("retrieval.rrf_k", "must be above 0");
        }
        let weights = [self.retrieval.dense_weight, self.retrieval.question_weight, self.retrieval.lexical_weight];
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
            || weights.iter().all(|weight| *weight == 0.0)
        {
            return invalid("retrieval.*_weight", "must be 0 or more, and one of them above 0");
        }
        if self.llm.reply_tokens == 0 || self.llm.context_tokens <= self.llm.reply_tokens {
            return invalid("llm.reply_tokens", "must be at least 1 and below llm.context_tokens");
        }
        if let Err(error) = jiff::tz::TimeZone::get(&self.knowledge.time_zone) {
            return invalid("knowledge.time_zone", &error.to_string());
        }
        if self.server.body_limit_bytes < 1024 {
            return invalid("server.body_limit_bytes", "must be at least 1024");
        }
        if self.server.message_limit_chars == 0 {
            return invalid("server.message_limit_chars", "must be at least 1");
        }
        if !self.server.public_url.is_empty() {
            match notify::web_address(&self.server.public_url) {
                Ok(url) if url.query().is_none() && url.fragment().is_none() => {}
                Ok(_) => return invalid("server.public_url", "must have nothing behind `?` or `#`"),
                Err(problem) => return invalid("server.public_url", &problem),
            }
        }
        if self.embedding.provider == EmbeddingProvider::OpenAi
            && let Err(problem) = url::Url::parse(&self.embedding.openai.base_url)
        {
            return invalid("embedding.openai.base_url", &problem.to_string());
        }
        let limits = [self.llm.timeout_seconds, self.llm.stall_seconds, self.llm.deadline_seconds];
        if limits.contains(&0) || self.llm.guard_vote_seconds == 0 {
            return invalid("llm.*_seconds", "must be at least 1");
        }
        if self.llm.guard_vote && (self.llm.base_url.is_empty() || self.llm.model.is_empty()) {
            return invalid("llm.guard_vote", "needs llm.base_url and llm.model: whose vote shall it be?");
        }
        if self.llm.guard_vote && self.llm.guard_vote_seconds >= self.llm.deadline_seconds {
            return invalid("llm.guard_vote_seconds", "must be below llm.deadline_seconds, of which it is a part");
        }
        // Else whoever waits for the answer is told to give up before the articles are quoted instead.
        let waits = self.llm.answers || self.llm.guard_vote;
        if waits && self.llm.deadline_seconds >= self.server.request_timeout_seconds {
            return invalid("llm.deadline_seconds", "must be below server.request_timeout_seconds");
        }
        if self.llm.breaker_failures == 0 || self.llm.breaker_cooldown_seconds == 0 {
            return invalid("llm.breaker_*", "must be at least 1");
        }
        if self.llm.base_url.is_empty() && !self.llm.fallbacks.is_empty() {
            return invalid("llm.fallbacks", "there is nothing to fall back from: set llm.base_url and llm.model");
        }
        for (at, LlmFallback { base_url, model, .. }) in self.llm.fallbacks.iter().enumerate() {
            if let Err(problem) = url::Url::parse(base_url) {
                return invalid("llm.fallbacks", &format!("the base_url of number {}: {problem}", at + 1));
            }
            if model.is_empty() {
                return invalid("llm.fallbacks", &format!("number {} must name a model of {base_url}", at + 1));
            }
        }
        let odd = |price: &f64| !price.is_finite() || *price < 0.0;
        if let Some(price) = self.llm.prices.iter().find(|p| odd(&p.input_per_million) || odd(&p.output_per_million)) {
            return invalid("llm.prices", &format!("what {:?} costs must be 0 or more", price.model));
        }
        let days = self.store.retention_by_policy.values().chain([&self.store.retention_days]);
        if days.into_iter().any(|days| *days == 0) {
            return invalid("store.retention_*", "must be at least 1 day: customers come back for what they were told");
        }
        self.notify.validate()?;
        self.signin.validate()?;
        if let Some(key) = self.auth.keys.iter().find(|key| !is_sha256(&key.sha256)) {
            return invalid("auth.keys", &format!("the sha256 of {:?} must be 64 hexadecimal digits", key.name));
        }
        let mut names = std::collections::BTreeSet::new();
        if let Some(key) = self.auth.keys.iter().find(|key| key.name.trim().is_empty() || !names.insert(&key.name)) {
            return invalid("auth.keys", &format!("the name {:?} must not be empty, and only one key's", key.name));
        }
        Ok(())
    }

    /// Where this service is reached from outside, without a slash at the end, if that is configured.
    pub fn public_url(&self) -> Option<String> {
        let url = self.server.public_url.trim_end_matches('/');
        Some(url).filter(|url| !url.is_empty()).map(str::to_owned)
    }

    /// `[notify]` as it is meant: without an address of its own, the way back from mails leads to the service's own chat page.
    pub fn notify(&self) -> Notify {
        let mut notify = self.notify.clone();
        if let (true, Some(url)) = (notify.resume_url.is_empty(), self.public_url()) {
            notify.resume_url = format!("{url}/#resume={{token}}");
        }
        notify
    }

    /// The folder that holds the prompts of answers: `llm.prompts/answer` where there is one, else `llm.prompts`; `None` for those in
    /// the program.
    pub fn prompts_dir(&self) -> Option<PathBuf> {
        let folder = &self.llm.prompts;
        if folder.as_os_str().is_empty() {
            return None;
        }
        let inner = folder.join("answer");
        Some(if inner.is_dir() { inner } else { folder.clone() })
    }

    /// The guards' policies: `policy.toml` in `knowledge.dir`.
    pub fn policy_file(&self) -> PathBuf {
        self.knowledge.dir.join("policy.toml")
    }

    /// What the guards' classifier has learnt, in the data folder.
    pub fn learnt_file(&self) -> PathBuf {
        self.data_dir.join("guards.learnt")
    }

    /// What was erased: `store.tombstones`, else `tombstones.jsonl` in the data folder.
    pub fn tombstones_file(&self) -> PathBuf {
        match self.store.tombstones.as_os_str().is_empty() {
            true => self.data_dir.join("tombstones.jsonl"),
            false => self.store.tombstones.clone(),
        }
    }

    /// When people are at the desks: `desks.toml` in `knowledge.dir`.
    pub fn desks_file(&self) -> PathBuf {
        self.knowledge.dir.join("desks.toml")
    }

    /// Other ways to a person: `channels.toml` in `knowledge.dir`.
    pub fn channels_file(&self) -> PathBuf {
        self.knowledge.dir.join("channels.toml")
    }

    /// The folder that holds the articles: `knowledge.dir/articles` where there is one, else `knowledge.dir`.
    pub fn articles_dir(&self) -> PathBuf {
        let inner = self.knowledge.dir.join("articles");
        if inner.is_dir() { inner } else { self.knowledge.dir.clone() }
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
