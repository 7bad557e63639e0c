//! The index on a Qdrant server or cluster: a collection for each generation, and an alias that says which one serves.
//!
//! The alias carries the configured name, `madoguchi` for example; a generation's collection is called after it,
//! `madoguchi-0199…`. A search names the alias, which the server resolves once for the whole batch; pointing the alias elsewhere
//! is one atomic step of the server. What a generation is made of is kept as the collection's metadata, which servers
//! have since 1.16. The generation before the serving one is kept, for readers in the middle of a search.

mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use qdrant_client::qdrant::{
    CountPointsBuilder, CreateAliasBuilder, QueryBatchPointsBuilder, QueryPoints, ScoredPoint, UpsertPointsBuilder,
};
use qdrant_client::{Qdrant, QdrantError};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tonic::Code;
use uuid::Uuid;

use super::{
    GenerationId, GenerationSpec, IndexError, IndexedPassage, LegHit, LegQuery, Passage, PassageId, PassageIndex,
    stored,
};

/// Where the server is and how collections are laid out on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QdrantConfig {
    /// The server's gRPC address.
    pub url: String,
    /// Its API key, if it wants one.
    pub api_key: Option<SecretString>,
    /// The alias that searches go to, and the beginning of every collection's name. Two help centres on one server need two.
    pub collection: String,
    /// Shards of a collection; the server's own default if absent.
    pub shard_number: Option<u32>,
    /// Copies of every shard; the server's own default if absent.
    pub replication_factor: Option<u32>,
    /// Keep vectors, graph and payload on disk instead of in memory.
    pub on_disk: bool,
    /// The most seconds that one request may take.
    pub timeout_seconds: u64,
    /// The most seconds that connecting may take.
    pub connect_timeout_seconds: u64,
}

impl Default for QdrantConfig {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:6334".to_owned(),
            api_key: None,
            collection: "madoguchi".to_owned(),
            shard_number: None,
            replication_factor: None,
            on_disk: false,
            timeout_seconds: 30,
            connect_timeout_seconds: 5,
        }
    }
}

/// The index on a server. Cheap to clone.
#[derive(Clone)]
pub struct QdrantIndex {
    client: Qdrant,
    config: Arc<QdrantConfig>,
}

impl std::fmt::Debug for QdrantIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QdrantIndex").field("config", &self.config).finish_non_exhaustive()
    }
}

impl QdrantIndex {
    /// Prepares a client; connections are made when they are needed, so a server that is down shows in [`PassageIndex::ready`].
    pub fn connect(config: QdrantConfig) -> Result<Self, IndexError> {
        let client = Qdrant::from_url(&config.url)
            .api_key(config.api_key.as_ref().map(|key| key.expose_secret().to_owned()))
            .timeout(Duration::from_secs(config.timeout_seconds))
            .connect_timeout(Duration::from_secs(config.connect_timeout_seconds))
            .skip_compatibility_check()
            .build()
            .map_err(failed)?;
        Ok(Self { client, config: Arc::new(config) })
    }

    fn alias(&self) -> &str {
        &self.config.collection
    }

    fn collection(&self, id: GenerationId) -> String {
        format!("{}-{id}", self.alias())
    }

    /// The generation whose collection has this name, if it is one of ours.
    fn generation(&self, collection: &str) -> Option<GenerationId> {
        let id = collection.strip_prefix(self.alias())?.strip_prefix('-')?;
        Uuid::try_parse(id).ok().filter(|uuid| uuid.to_string() == id).map(GenerationId)
    }

    /// The collection that the alias points to.
    async fn target(&self) -> Result<Option<String>, IndexError> {
        let aliases = self.client.list_aliases().await.map_err(failed)?.aliases;
        Ok(aliases.into_iter().find(|alias| alias.alias_name == self.alias()).map(|alias| alias.collection_name))
    }

    /// Removes our collections, except the newest `previous` ones before the serving one and itself.
    async fn sweep(&self, serving: Option<GenerationId>, previous: usize) -> Result<(), IndexError> {
        let collections = self.client.list_collections().await.map_err(failed)?.collections;
        let mut ours: Vec<GenerationId> = collections.iter().filter_map(|c| self.generation(&c.name)).collect();
        ours.retain(|id| Some(*id) != serving);
        ours.sort_unstable();
        let older: Vec<GenerationId> = ours.iter().copied().filter(|id| serving.is_some_and(|s| *id < s)).collect();
        let keep = older.get(older.len().saturating_sub(previous)..).unwrap_or_default();
        for id in ours.iter().filter(|id| !keep.contains(id)) {
            tracing::info!(collection = self.collection(*id), "removing an old generation");
            self.client.delete_collection(self.collection(*id)).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn build(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        let name = self.collection(spec.id);
        self.client.create_collection(wire::collection(&name, spec, &self.config)?).await.map_err(failed)?;
        for index in wire::field_indexes(&name) {
            self.client.create_field_index(index).await.map_err(failed)?;
        }
        let mut passages = passages.into_iter().peekable();
        while passages.peek().is_some() {
            let points = passages.by_ref().take(stored::BATCH).map(wire::point).collect::<Result<Vec<_>, _>>()?;
            let upsert = UpsertPointsBuilder::new(&name, points).wait(true);
            self.client.upsert_points(upsert).await.map_err(failed)?;
        }
        let counted = self.client.count(CountPointsBuilder::new(&name).exact(true)).await.map_err(failed)?;
        let count = counted.result.map_or(0, |result| result.count);
        if usize::try_from(count).ok() != Some(spec.passages) {
            let text = format!("collection {name} holds {count} passages instead of {}", spec.passages);
            return Err(IndexError::Engine(text));
        }
        // Read back what the server has kept: one that is too old for metadata drops it silently.
        if self.spec(&name).await? != *spec {
            return Err(IndexError::Engine(format!("collection {name} does not remember what it is made of")));
        }
        Ok(())
    }

    async fn spec(&self, collection: &str) -> Result<GenerationSpec, IndexError> {
        let info = self.client.collection_info(collection).await.map_err(failed)?;
        wire::spec(info.result.and_then(|info| info.config)).ok_or_else(|| {
            let why = "has no generation in its metadata (Qdrant 1.16 or later is needed)";
            IndexError::Engine(format!("collection {collection} {why}"))
        })
    }

    async fn query(&self, queries: Vec<QueryPoints>) -> Result<Vec<Vec<ScoredPoint>>, IndexError> {
        let answer = self.client.query_batch(QueryBatchPointsBuilder::new(self.alias(), queries)).await;
        let answer = answer.map_err(|error| match error {
            QdrantError::ResponseError { status } if status.code() == Code::NotFound => IndexError::Empty,
            other => failed(other),
        })?;
        Ok(answer.result.into_iter().map(|batch| batch.result).collect())
    }
}

#[async_trait]
impl PassageIndex for QdrantIndex {
    async fn serving(&self) -> Result<Option<GenerationSpec>, IndexError> {
        match self.target().await? {
            Some(collection) => Ok(Some(self.spec(&collection).await?)),
            None => Ok(None),
        }
    }

    async fn publish(&self, spec: &GenerationSpec, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        stored::check(spec, &passages)?;
        let name = self.collection(spec.id);
        let serving = self.target().await?;
        if serving.as_ref() == Some(&name) {
            return Err(IndexError::Engine(format!("generation {} exists already", spec.id)));
        }
        // What a publish that was cut short has left; also this very generation, if it is tried again.
        self.sweep(serving.as_deref().and_then(|name| self.generation(name)), 1).await?;

        if let Err(error) = self.build(spec, passages).await {
            // The cause matters more than what removing finds; the next sweep tries again.
            let _ = self.client.delete_collection(&name).await;
            return Err(error);
        }
        // An alias that exists is pointed elsewhere by creating it again; the server does it in one step.
        self.client.create_alias(CreateAliasBuilder::new(&name, self.alias())).await.map_err(failed)?;
        tracing::info!(generation = %spec.id, passages = spec.passages, "index switched");
        if let Err(error) = self.sweep(Some(spec.id), 1).await {
            tracing::warn!(%error, "old generations stay until the next sync");
        }
        Ok(())
    }

    async fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        // What can have no hits is not asked, and keeps its place in the answer.
        let asked: Vec<(usize, QueryPoints)> = queries
            .iter()
            .enumerate()
            .filter_map(|(at, query)| Some((at, wire::query(self.alias(), query)?)))
            .collect();
        let places: Vec<usize> = asked.iter().map(|(at, _)| *at).collect();
        let answers = if asked.is_empty() {
            Vec::new()
        } else {
            self.query(asked.into_iter().map(|(_, query)| query).collect()).await?
        };
        if answers.len() != places.len() {
            return Err(IndexError::Engine("the server did not answer every query".to_owned()));
        }
        let mut legs = vec![Vec::new(); queries.len()];
        let mut passages: HashMap<PassageId, Arc<Passage>> = HashMap::new();
        for ((at, points), query) in places.iter().zip(answers).zip(places.iter().filter_map(|at| queries.get(*at))) {
            let mut hits = Vec::with_capacity(points.len());
            for point in points {
                let score = point.score;
                let id = wire::id(point.id.as_ref())?;
                if let std::collections::hash_map::Entry::Vacant(entry) = passages.entry(id) {
                    entry.insert(Arc::new(wire::passage(point.payload)?));
                }
                hits.push((id, score));
            }
            let hits = stored::order(hits, query.limit).into_iter();
            let hit = |(id, score)| passages.get(&id).map(|p| LegHit { passage: Arc::clone(p), score });
            if let Some(leg) = legs.get_mut(*at) {
                *leg = hits.filter_map(hit).collect();
            }
        }
        Ok(legs)
    }

    async fn ready(&self) -> Result<(), IndexError> {
        let Some(spec) = self.serving().await? else { return Err(IndexError::Empty) };
        let found = self.query(vec![wire::probe(self.alias(), spec.space.dimension)]).await?;
        if spec.passages > 0 && found.iter().all(Vec::is_empty) {
            return Err(IndexError::Engine("a search over every passage finds none".to_owned()));
        }
        Ok(())
    }
}

/// The server's errors in our words.
fn failed(error: QdrantError) -> IndexError {
    let status = match &error {
        QdrantError::ResponseError { status } | QdrantError::ResourceExhaustedError { status, .. } => status,
        QdrantError::InvalidUri(_) | QdrantError::Io(_) => return IndexError::Unreachable(error.to_string()),
        _ => return IndexError::Engine(error.to_string()),
    };
    let text = format!("{}: {}", status.code(), status.message());
    match status.code() {
        // So the client reports a server that nobody listens for.
        Code::Internal if status.message().starts_with("Failed to connect") => IndexError::Unreachable(text),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::Internal | Code::DataLoss => {
            IndexError::Engine(text)
        }
        _ => IndexError::Unreachable(text),
    }
}
