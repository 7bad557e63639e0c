//! The embedded engine behind a wall: what panics inside comes out as an error.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use qdrant_edge::{
    AcornSearchParams, CountRequest, CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard,
    EdgeSparseVectorParams, EdgeVectorParams, FieldIndexOperations, Filter, JsonPath, Modifier, MultiVectorComparator,
    MultiVectorConfig, NamedQuery, OperationError, Payload, PayloadFieldSchema, PayloadSelector,
    PayloadSelectorInclude, PointId, PointInsertOperations, PointOperations, PointStructPersisted, QueryEnum,
    SearchParams, SearchRequest, UpdateOperation, Vector, VectorInternal, VectorStructInternal, VectorStructPersisted,
    WalOptions, WithPayloadInterface,
};

use serde_json::{Value, json};

use super::folder::patiently;
use crate::passages::stored::{
    self, AUDIENCE, BATCH, BEAM, DENSE, DRAFT, FAMILY, FROM, LANG, LEXICAL, PASSAGE, QUESTION, UNTIL,
};
use crate::passages::{IndexError, IndexedPassage, LegHit, LegQuery, Passage, PassageFilter, PassageId, Probe};

/// One generation's data, opened. Closing it never panics.
#[derive(Debug)]
pub(super) struct Shard {
    engine: Option<EdgeShard>,
    dimension: usize,
}

impl Shard {
    /// Builds a shard in the fresh folder `dir`, and closes it.
    pub(super) fn build(
        dir: &Path,
        dimension: usize,
        passages: Vec<IndexedPassage>,
        graph_from: usize,
    ) -> Result<(), IndexError> {
        let graph = passages.len() >= graph_from;
        let config = config(dimension);
        let engine = guarded("creating", || EdgeShard::new(dir, config))?;
        let mut shard = Self { engine: Some(engine), dimension };
        shard.fill(passages)?;
        let engine = shard.engine()?;
        if graph {
            guarded("building the graph", || engine.optimize())?;
        }
        guarded("flushing", || {
            engine.flush();
            Ok(())
        })?;
        shard.close()
    }

    /// Opens the shard in `dir`.
    pub(super) fn open(dir: &Path, dimension: usize) -> Result<Self, IndexError> {
        let mut last = None;
        let opened = patiently(|| match guarded("opening", || EdgeShard::load(dir, None)) {
            // The engine locks its log; it is ours alone, but see `patiently`.
            Err(error) if error.to_string().contains("WouldBlock") => {
                last = Some(error);
                None
            }
            other => Some(other),
        });
        let engine = match (opened, last) {
            (Some(opened), _) => opened?,
            (None, last) => return Err(last.unwrap_or(IndexError::Engine("opening: locked".to_owned()))),
        };
        Ok(Self { engine: Some(engine), dimension })
    }

    /// How many passages it holds, counted.
    pub(super) fn count(&self) -> Result<usize, IndexError> {
        let engine = self.engine()?;
        guarded("counting", || engine.count(CountRequest { filter: None, exact: true }))
    }

    /// Asks every leg, then reads each passage that any of them found once.
    pub(super) fn search(&self, queries: &[LegQuery]) -> Result<Vec<Vec<LegHit>>, IndexError> {
        let found = queries.iter().map(|query| self.leg(query)).collect::<Result<Vec<_>, _>>()?;
        let mut ids: Vec<PassageId> = found.iter().flatten().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let passages = self.read(&ids)?;
        let hit = |(id, score): (PassageId, f32)| match passages.get(&id) {
            Some(passage) => Ok(LegHit { passage: Arc::clone(passage), score }),
            None => Err(IndexError::Engine(format!("passage {} was found but cannot be read", id.0))),
        };
        found.into_iter().map(|leg| leg.into_iter().map(hit).collect()).collect()
    }

    /// A small search without filter, for readiness: finds something as soon as there is anything.
    pub(super) fn probe(&self) -> Result<usize, IndexError> {
        let mut direction = vec![0.0; self.dimension];
        if let Some(first) = direction.first_mut() {
            *first = 1.0;
        }
        let query = QueryEnum::Nearest(NamedQuery::new(VectorInternal::Dense(direction), DENSE));
        Ok(self.ask(query, None, 1)?.len())
    }

    /// Closes the engine's files; the folder may be removed afterwards.
    pub(super) fn close(&mut self) -> Result<(), IndexError> {
        let Some(engine) = self.engine.take() else { return Ok(()) };
        guarded("closing", || {
            drop(engine);
            Ok(())
        })
    }

    fn engine(&self) -> Result<&EdgeShard, IndexError> {
        self.engine.as_ref().ok_or_else(|| IndexError::Engine("the shard is closed".to_owned()))
    }

    fn fill(&self, passages: Vec<IndexedPassage>) -> Result<(), IndexError> {
        let engine = self.engine()?;
        for (field, schema) in field_indexes() {
            let schema: PayloadFieldSchema =
                serde_json::from_value(schema).map_err(|e| IndexError::Engine(format!("index of {field}: {e}")))?;
            let index = CreateIndex { field_name: path(field)?, field_schema: Some(schema) };
            let operation = UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(index));
            guarded("indexing a field", || engine.update(operation))?;
        }
        let mut passages = passages.into_iter().peekable();
        while passages.peek().is_some() {
            let batch = passages.by_ref().take(BATCH).map(point).collect::<Result<Vec<_>, _>>()?;
            let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(batch));
            guarded("writing", || engine.update(UpdateOperation::PointOperation(insert)))?;
        }
        Ok(())
    }

    /// One leg's hits, by score, then by id.
    fn leg(&self, query: &LegQuery) -> Result<Vec<(PassageId, f32)>, IndexError> {
        let LegQuery { probe, filter, limit } = query;
        if *limit == 0 || stored::excludes_all(filter) {
            return Ok(Vec::new());
        }
        let vector = match probe {
            Probe::Dense(v) => (VectorInternal::Dense(v.as_slice().to_vec()), DENSE),
            Probe::Question(v) => (guarded("question", || Vector::new_multi(vec![v.as_slice().to_vec()]))?.0, QUESTION),
            Probe::Lexical(terms) if terms.indices.is_empty() => return Ok(Vec::new()),
            Probe::Lexical(terms) => {
                let (indices, values) = (terms.indices.clone(), terms.values.clone());
                (guarded("terms", || Vector::new_sparse(indices, values))?.0, LEXICAL)
            }
        };
        let query = QueryEnum::Nearest(NamedQuery::new(vector.0, vector.1));
        let hits = self.ask(query, Some(engine_filter(filter)?), stored::generous(*limit))?;
        Ok(stored::order(hits, *limit))
    }

    fn ask(&self, query: QueryEnum, filter: Option<Filter>, limit: usize) -> Result<Vec<(PassageId, f32)>, IndexError> {
        let engine = self.engine()?;
        let request = SearchRequest {
            query,
            filter,
            params: Some(SearchParams {
                hnsw_ef: Some(BEAM.max(limit)),
                // Without it a filter that lets a quarter through leaves a graph in pieces: recall@10 at 100,000 passages
                // was 0.82, with it 1.00.
                acorn: Some(AcornSearchParams { enable: true, max_selectivity: None }),
                ..SearchParams::default()
            }),
            limit,
            offset: 0,
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: None,
            score_threshold: None,
        };
        let points = guarded("searching", || engine.search(request))?;
        points.into_iter().map(|point| Ok((passage_id(point.id)?, point.score))).collect()
    }

    fn read(&self, ids: &[PassageId]) -> Result<HashMap<PassageId, Arc<Passage>>, IndexError> {
        let engine = self.engine()?;
        let points: Vec<PointId> = ids.iter().map(|id| PointId::Uuid(id.0)).collect();
        let only = PayloadSelector::Include(PayloadSelectorInclude { include: vec![path(PASSAGE)?] });
        let records =
            guarded("reading", || engine.retrieve(&points, Some(WithPayloadInterface::Selector(only)), None))?;
        let passage = |payload: Option<Payload>| stored::passage(payload.and_then(|mut p| p.0.remove(PASSAGE)));
        records.into_iter().map(|r| Ok((passage_id(r.id)?, Arc::new(passage(r.payload)?)))).collect()
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "closing a generation");
        }
    }
}

fn point(indexed: IndexedPassage) -> Result<PointStructPersisted, IndexError> {
    let IndexedPassage { passage, dense, question, lexical } = indexed;
    let payload = stored::payload(&passage)?;
    let questions: Vec<Vec<f32>> = question.iter().map(|v| v.as_slice().to_vec()).collect();
    let vectors = guarded("vectors", || {
        Ok(HashMap::from([
            (DENSE.to_owned(), VectorInternal::Dense(dense.as_slice().to_vec())),
            (QUESTION.to_owned(), Vector::new_multi(questions)?.0),
            (LEXICAL.to_owned(), Vector::new_sparse(lexical.indices, lexical.values)?.0),
        ]))
    })?;
    Ok(PointStructPersisted {
        id: PointId::Uuid(passage.id.0),
        vector: VectorStructPersisted::from(VectorStructInternal::Named(vectors)),
        payload: Some(Payload(payload)),
    })
}

/// What filters compare, indexed. Only languages get links of their own in the graph: audience, draft and dates let nearly
/// everything through, and would each cost as much as the whole graph again.
fn field_indexes() -> [(&'static str, Value); 6] {
    let days = || json!({ "type": "integer", "lookup": false, "range": true, "enable_hnsw": false });
    [
        (LANG, json!({ "type": "keyword" })),
        (FAMILY, json!({ "type": "keyword", "enable_hnsw": false })),
        (AUDIENCE, json!({ "type": "keyword", "enable_hnsw": false })),
        (DRAFT, json!({ "type": "bool", "enable_hnsw": false })),
        (FROM, days()),
        (UNTIL, days()),
    ]
}

fn config(dimension: usize) -> EdgeConfig {
    let max_sim = MultiVectorConfig { comparator: MultiVectorComparator::MaxSim };
    EdgeConfig::builder()
        .on_disk_payload(true)
        .vector(DENSE, EdgeVectorParams::builder(dimension, Distance::Cosine).build())
        .vector(QUESTION, EdgeVectorParams::builder(dimension, Distance::Cosine).multivector_config(max_sim).build())
        .sparse_vector(LEXICAL, EdgeSparseVectorParams::builder().modifier(Modifier::Idf).build())
        .optimizers(EdgeOptimizersConfig {
            // One segment, indexed whole; only asked to when the passages are many.
            default_segment_number: Some(1),
            max_segment_size: Some(1 << 32),
            indexing_threshold: Some(1),
            ..EdgeOptimizersConfig::default()
        })
        // The log is never read back, so it need not be large.
        .wal_options(WalOptions { segment_capacity: 1 << 20, ..WalOptions::default() })
        .build()
}

fn engine_filter(filter: &PassageFilter) -> Result<Filter, IndexError> {
    serde_json::from_value(stored::filter(filter)).map_err(|e| IndexError::Engine(format!("filter: {e}")))
}

fn path(field: &str) -> Result<JsonPath, IndexError> {
    field.parse().map_err(|()| IndexError::Engine(format!("{field} is no payload path")))
}

fn passage_id(id: PointId) -> Result<PassageId, IndexError> {
    match id {
        PointId::Uuid(uuid) => Ok(PassageId(uuid)),
        PointId::NumId(number) => Err(IndexError::Engine(format!("point {number} is no passage"))),
    }
}

/// Runs engine code; its errors and its panics become [`IndexError::Engine`].
fn guarded<T>(doing: &str, work: impl FnOnce() -> Result<T, OperationError>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(IndexError::Engine(format!("{doing}: {error}"))),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            Err(IndexError::Engine(format!("{doing}: the engine panicked: {message}")))
        }
    }
}
