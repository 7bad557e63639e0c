//! Opens the parts that the configuration names, each by itself: for the app, and for commands that need only some.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::answer::{Evidence, PromptShelf, Prompts, Writer};
use crate::clock::{Clock, Ids};
use crate::config::{self, ApiKey, Config, EmbeddingProvider, IndexProvider, KeyRole};
use crate::desk::{RuleFiles, RuleShelf};
use crate::guard::output::{OutputGuard, OutputSettings};
use crate::guard::{DeskCode, HandoffReason, Policies, PolicyCode};
use crate::handoff::{OperatorName, Retention};
use crate::knowledge::PolicyShelf;
use crate::language::{self, Lang};
use crate::llm::local::{LocalConfig, LocalEmbedder};
use crate::llm::openai::{OpenAiChat, OpenAiChatConfig, OpenAiConfig, OpenAiEmbedder};
use crate::llm::resilient::Resilient;
use crate::llm::{BreakerSettings, Budget, ChatModel, Embedder};
use crate::passages::edge::EdgeIndex;
use crate::passages::hybrid::{FusionSettings, RetrievalSettings};
use crate::passages::lexical::LexicalAnalyser;
use crate::passages::qdrant::{QdrantConfig, QdrantIndex};
use crate::passages::{IndexError, PassageIndex};
use crate::signin::{SignIn, SignInSetupError};
use crate::store::Store;

/// Opens the database that `config` names.
///
/// # Errors
/// When it cannot be opened, or does not take the settings on which durability rests.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    use secrecy::ExposeSecret as _;
    match secret(&config.store.url_env) {
        Some(url) => Store::connect(url.expose_secret())
            .await
            .with_context(|| format!("the database that {} names", config.store.url_env)),
        None => Ok(Store::open(&store_path(config)).await?),
    }
}

/// The shop's own sign-in, as `config` has it; `None` where nobody signs in.
///
/// # Errors
/// When the secret is not set, or a file holds no key.
pub fn open_signin(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<SignIn>, SignInSetupError> {
    SignIn::open(&config.signin, &|variable| secret(variable), clock)
}

/// The policies of the policy file, or the compiled-in ones alone where there is none: without the guards that are made of them.
///
/// # Errors
/// When the file cannot be read or is not in order.
pub fn open_policies(config: &Config) -> anyhow::Result<Policies> {
    let path = config.policy_file();
    let policies = match std::fs::read_to_string(&path) {
        Ok(text) => Policies::read(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Policies::core(),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    policies.with_context(|| path.display().to_string())
}

/// When people are at the desks, and what may be promised: from `desks.toml` beside the policies, or usual hours. Other ways than waiting:
/// from `channels.toml`, or none.
///
/// # Errors
/// When a file is not in order, or names a desk or policy that the policies do not.
pub fn desk_rules(config: &Config, guards: &Arc<PolicyShelf>, zone: &TimeZone) -> anyhow::Result<Arc<RuleShelf>> {
    let files = RuleFiles { desks: config.desks_file(), channels: config.channels_file() };
    let shelf = RuleShelf::open(files, Arc::clone(guards), zone.clone());
    Ok(Arc::new(shelf.with_context(|| config.knowledge.dir.display().to_string())?))
}

/// The desks whose cases each operator may take, as their keys say; none means all.
pub(super) fn desks_of(config: &Config) -> HashMap<OperatorName, Vec<DeskCode>> {
    let takes_cases = |role: &KeyRole| matches!(role, KeyRole::Operator | KeyRole::Supervisor);
    let operators = config.auth.keys.iter().filter(|key| key.roles.iter().any(takes_cases));
    let desks = |key: &ApiKey| key.desks.iter().cloned().map(DeskCode).collect();
    operators.map(|key| (OperatorName(key.name.clone()), desks(key))).collect()
}

/// How long conversations are kept.
///
/// # Errors
/// When another time is configured for a policy that there is not.
pub(super) fn retention(config: &Config, guards: &PolicyShelf) -> anyhow::Result<Retention> {
    let config::Store { retention_days, retention_by_policy, .. } = &config.store;
    let guard = guards.current();
    let known = |code: &str| {
        let reason = HandoffReason::from(code.to_owned());
        // The button that asks for a person needs no policy.
        !matches!(reason, HandoffReason::Policy(_))
            || code == PolicyCode::HUMAN_REQUEST
            || guard.policies().named(code).is_some()
    };
    if let Some(unknown) = retention_by_policy.keys().find(|code| !known(code)) {
        anyhow::bail!("configuration: store.retention_by_policy: there is no policy `{unknown}`");
    }
    Ok(Retention::days(*retention_days, retention_by_policy))
}

/// Locks the data folder. An embedded index has a lock of its own; but with a Qdrant server two services would still share one
/// database here, and both would answer what was left unanswered.
pub(crate) fn lock(config: &Config) -> anyhow::Result<File> {
    let path = config.data_dir.join("lock");
    std::fs::create_dir_all(&config.data_dir).with_context(|| config.data_dir.display().to_string())?;
    let file = File::create(&path).with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexError::Locked { path: config.data_dir.display().to_string() }.into()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The help centre's time zone.
///
/// # Errors
/// When there is no zone of that name.
pub fn time_zone(config: &Config) -> anyhow::Result<TimeZone> {
    let name = &config.knowledge.time_zone;
    TimeZone::get(name).map_err(|error| anyhow::anyhow!("configuration: knowledge.time_zone: {error}"))
}

/// Tells languages apart, with the configured default.
pub fn detector(config: &Config) -> Arc<dyn Fn(&str) -> Lang + Send + Sync> {
    let default = Lang::new(&config.knowledge.default_language);
    Arc::new(move |text| language::detect(text, None, &default))
}

/// Where the database lies.
pub fn store_path(config: &Config) -> PathBuf {
    config.data_dir.join("madoguchi.db")
}

/// Opens the embedder that `config` names.
///
/// # Errors
/// When the model is absent or the endpoint does not answer.
pub async fn open_embedder(config: &Config, ids: &dyn Ids) -> anyhow::Result<Arc<dyn Embedder>> {
    let config::Embedding { provider, query_cache, local, openai } = &config.embedding;
    match provider {
        EmbeddingProvider::Local => {
            let settings = LocalConfig {
                query_prefix: local.query_prefix.clone(),
                passage_prefix: local.passage_prefix.clone(),
                threads: local.threads,
                query_cache_size: *query_cache,
            };
            let path = local.model.clone();
            let opened = tokio::task::spawn_blocking(move || LocalEmbedder::open(&path, settings)).await??;
            Ok(Arc::new(opened))
        }
        EmbeddingProvider::OpenAi => {
            let base_url = url::Url::parse(&openai.base_url)?;
            let settings = OpenAiConfig {
                api_key: secret(&openai.api_key_env),
                dimension: (openai.dimension > 0).then_some(openai.dimension),
                query_prefix: openai.query_prefix.clone(),
                passage_prefix: openai.passage_prefix.clone(),
                batch_size: openai.batch_size,
                timeout: std::time::Duration::from_secs(openai.timeout_seconds),
                retries: openai.max_retries,
                max_tokens: openai.max_tokens,
                query_cache_size: *query_cache,
                ..OpenAiConfig::new(base_url, &openai.model)
            };
            Ok(Arc::new(OpenAiEmbedder::connect(settings, jitter_seed(ids)).await?))
        }
    }
}

/// Prepares the chat models that `config` names, as one that falls back from each to the next; `None` where it names none. Nothing is
/// asked yet.
///
/// # Errors
/// When there is an endpoint without a model's name, or one that cannot be asked.
pub fn open_chat(config: &Config, ids: &dyn Ids, clock: Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn ChatModel>>> {
    let config::Llm { fallbacks, breaker_failures, breaker_cooldown_seconds, .. } = &config.llm;
    let Some(primary) = open_first_chat(config, ids)? else { return Ok(None) };
    let fallbacks =
        fallbacks.iter().map(|it| endpoint(config, ids, "llm.fallbacks", (&it.base_url, &it.model, &it.api_key_env)));
    let breaker = BreakerSettings {
        failures: *breaker_failures,
        cooldown: SignedDuration::from_secs(i64::from(*breaker_cooldown_seconds)),
    };
    let fallbacks = fallbacks.collect::<anyhow::Result<Vec<_>>>()?;
    let deadline = std::time::Duration::from_secs(config.llm.deadline_seconds);
    Ok(Some(Arc::new(Resilient::new(primary, fallbacks, breaker, clock).within(deadline))))
}

/// Prepares the first chat model alone, without fallbacks: for a judge, whose verdicts must all be one model's.
///
/// # Errors
/// As [`open_chat`].
pub fn open_first_chat(config: &Config, ids: &dyn Ids) -> anyhow::Result<Option<Arc<dyn ChatModel>>> {
    let config::Llm { base_url, model, api_key_env, .. } = &config.llm;
    if base_url.is_empty() {
        return Ok(None);
    }
    endpoint(config, ids, "llm", (base_url, model, api_key_env)).map(Some)
}

/// A chat model by address, name and the variable that holds its key, as the section `key` names them.
fn endpoint(
    config: &Config,
    ids: &dyn Ids,
    key: &str,
    (base_url, model, api_key_env): (&str, &str, &str),
) -> anyhow::Result<Arc<dyn ChatModel>> {
    anyhow::ensure!(!model.is_empty(), "configuration: {key}.model: must name a model of {base_url}");
    let base_url = url::Url::parse(base_url).with_context(|| format!("configuration: {key}.base_url"))?;
    let settings = OpenAiChatConfig {
        api_key: secret(api_key_env),
        timeout: std::time::Duration::from_secs(config.llm.timeout_seconds),
        stall: std::time::Duration::from_secs(config.llm.stall_seconds),
        retries: config.llm.max_retries,
        ..OpenAiChatConfig::new(base_url, model)
    };
    Ok(Arc::new(OpenAiChat::new(settings, jitter_seed(ids))?))
}

/// Who writes answers, if the configuration wants any written.
pub(super) fn open_writer(
    config: &Config,
    ids: &dyn Ids,
    clock: Arc<dyn Clock>,
    embedder: &Arc<dyn Embedder>,
    analyser: &Arc<LexicalAnalyser>,
) -> anyhow::Result<Option<Writer>> {
    if !config.llm.answers {
        return Ok(None);
    }
    let chat = open_chat(config, ids, clock)?
        .context("configuration: llm.answers: needs llm.base_url and llm.model: who shall write them?")?;
    let prompts = config.prompts_dir();
    if let Some(folder) = prompts.as_ref().filter(|folder| !folder.is_dir()) {
        let folder = folder.display();
        anyhow::bail!(
            "configuration: llm.prompts: there is no folder {folder}: leave it empty for the prompts in the program"
        );
    }
    let prompts = PromptShelf::open(prompts)?;
    // Whoever waits for an answer waits for the vote before it as well.
    let before = if config.llm.guard_vote { config.llm.guard_vote_seconds } else { 0 };
    Ok(Some(Writer {
        chat,
        guard: Arc::new(open_output_guard(&prompts.current())?),
        support: Arc::new(Evidence::new(Arc::clone(analyser), Some(Arc::clone(embedder)))),
        prompts: Arc::new(prompts),
        budget: Budget { context_tokens: config.llm.context_tokens, reply_tokens: config.llm.reply_tokens },
        min_support: config.answer.min_support,
        deadline: std::time::Duration::from_secs(config.llm.deadline_seconds.saturating_sub(before)),
    }))
}

/// The guard over what models say. Links go to the articles' own addresses alone.
///
/// # Errors
/// When a rule or a prompt is not in order.
pub fn open_output_guard(prompts: &Prompts) -> anyhow::Result<OutputGuard> {
    let settings = OutputSettings { prompts: prompts.wording()?, ..OutputSettings::default() };
    Ok(OutputGuard::new(settings)?)
}

/// Opens the index that `config` names.
///
/// # Errors
/// When the folder is in use or damaged, or the server does not answer.
pub async fn open_index(config: &Config) -> anyhow::Result<Arc<dyn PassageIndex>> {
    match config.index.provider {
        IndexProvider::Edge => {
            let folder = config.data_dir.join("index");
            Ok(Arc::new(tokio::task::spawn_blocking(move || EdgeIndex::open(&folder)).await??))
        }
        IndexProvider::Qdrant => {
            let config::Qdrant {
                url,
                api_key_env,
                collection,
                shard_number,
                replication_factor,
                on_disk,
                timeout_seconds,
            } = &config.index.qdrant;
            let settings = QdrantConfig {
                url: url.clone(),
                api_key: secret(api_key_env),
                collection: collection.clone(),
                shard_number: (*shard_number > 0).then_some(*shard_number),
                replication_factor: (*replication_factor > 0).then_some(*replication_factor),
                on_disk: *on_disk,
                timeout_seconds: *timeout_seconds,
                ..QdrantConfig::default()
            };
            Ok(Arc::new(QdrantIndex::connect(settings)?))
        }
    }
}

/// The seed of the jitter between retries: anything that differs between replicas.
fn jitter_seed(ids: &dyn Ids) -> u64 {
    ids.fresh().as_u64_pair().1
}

pub(super) fn open_analyser(config: &Config) -> LexicalAnalyser {
    LexicalAnalyser::open(Some(&config.lexical.dictionary))
}

pub(super) fn retrieval_settings(config: &Config) -> RetrievalSettings {
    let config::Retrieval { leg_limit, rrf_k, dense_weight, question_weight, lexical_weight, foreign_margin, .. } =
        config.retrieval;
    let fusion = FusionSettings { k: rrf_k, dense: dense_weight, question: question_weight, lexical: lexical_weight };
    RetrievalSettings { fusion, depth: leg_limit, foreign_margin }
}

/// The secret in an environment variable, if it is set and not empty.
pub(crate) fn secret(variable: &str) -> Option<secrecy::SecretString> {
    let value = std::env::var(variable).ok().filter(|value| !value.trim().is_empty())?;
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{CountingIds, SystemClock};

    #[test]
    fn operators_serve_the_desks_of_their_keys() {
        let mut config = Config::defaults().unwrap();
        let key = |name: &str, role: KeyRole, desks: &[&str]| ApiKey {
            name: name.to_owned(),
            roles: vec![role],
            desks: desks.iter().map(|desk| (*desk).to_owned()).collect(),
            ..ApiKey::default()
        };
        config.auth.keys = vec![
            key("tanaka", KeyRole::Operator, &["returns"]),
            key("sato", KeyRole::Supervisor, &[]),
            key("ito", KeyRole::Editor, &[]),
        ];
        let name = |name: &str| OperatorName(name.to_owned());
        let expected = [(name("tanaka"), vec![DeskCode("returns".to_owned())]), (name("sato"), Vec::new())];
        assert_eq!(desks_of(&config), HashMap::from(expected), "an editor takes no cases");
    }

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    #[test]
    fn a_chat_model_wants_a_place_and_a_name() {
        let mut config = Config::defaults().unwrap();
        let ids = CountingIds::default();
        assert!(open_chat(&config, &ids, clock()).unwrap().is_none());
        config.llm.base_url = "http://127.0.0.1:9/v1".to_owned();
        let error = open_chat(&config, &ids, clock()).unwrap_err().to_string();
        assert!(error.contains("llm.model"), "{error}");
        config.llm.model = "tiny".to_owned();
        assert_eq!(open_chat(&config, &ids, clock()).unwrap().unwrap().model(), "tiny");
        config.llm.base_url = "nowhere".to_owned();
        let error = open_chat(&config, &ids, clock()).unwrap_err().to_string();
        assert!(error.contains("llm.base_url"), "{error}");
    }
}
