//! Our types in Qdrant's words, and back.

use std::collections::HashMap;

use qdrant_client::Payload;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    CollectionConfig, Condition, CreateCollection, CreateCollectionBuilder, CreateFieldIndexCollection,
    CreateFieldIndexCollectionBuilder, Distance, FieldType, Filter, HnswConfigDiffBuilder, Modifier,
    MultiVectorComparator, MultiVectorConfigBuilder, NamedVectors, PayloadIncludeSelector, PointId, PointStruct, Query,
    QueryPoints, QueryPointsBuilder, Range, SearchParamsBuilder, SparseVectorParamsBuilder, SparseVectorsConfigBuilder,
    Value, Vector, VectorInput, VectorParamsBuilder, VectorsConfigBuilder,
};
use uuid::Uuid;

use super::QdrantConfig;
use crate::passages::stored::{
    self, AUDIENCE, BEAM, DENSE, DRAFT, FAMILY, FROM, LANG, LEXICAL, PASSAGE, QUESTION, UNTIL,
};
use crate::passages::{GenerationSpec, IndexError, IndexedPassage, LegQuery, Passage, PassageFilter, PassageId, Probe};

/// The key of the collection's metadata; its value is the [`GenerationSpec`] as JSON text.
const GENERATION: &str = "madoguchi_generation";

/// A new collection that knows what it is made of.
pub(super) fn collection(
    name: &str,
    spec: &GenerationSpec,
    config: &QdrantConfig,
) -> Result<CreateCollection, IndexError> {
    let text = serde_json::to_string(spec).map_err(|e| IndexError::Engine(format!("generation to JSON: {e}")))?;
    let vector = || VectorParamsBuilder::new(spec.space.dimension as u64, Distance::Cosine).on_disk(config.on_disk);
    let max_sim = MultiVectorConfigBuilder::new(MultiVectorComparator::MaxSim);
    let mut vectors = VectorsConfigBuilder::default();
    vectors.add_named_vector_params(DENSE, vector());
    vectors.add_named_vector_params(QUESTION, vector().multivector_config(max_sim));
    let mut sparse = SparseVectorsConfigBuilder::default();
    sparse.add_named_vector_params(LEXICAL, SparseVectorParamsBuilder::default().modifier(Modifier::Idf));
    let mut builder = CreateCollectionBuilder::new(name)
        .vectors_config(vectors)
        .sparse_vectors_config(sparse)
        .on_disk_payload(config.on_disk)
        .hnsw_config(HnswConfigDiffBuilder::default().on_disk(config.on_disk))
        .metadata(HashMap::from([(GENERATION.to_owned(), serde_json::Value::String(text))]));
    if let Some(shards) = config.shard_number {
        builder = builder.shard_number(shards);
    }
    if let Some(copies) = config.replication_factor {
        builder = builder.replication_factor(copies);
    }
    Ok(builder.build())
}

/// What a collection is made of, if it says so.
pub(super) fn spec(config: Option<CollectionConfig>) -> Option<GenerationSpec> {
    let value = config?.metadata.remove(GENERATION)?;
    serde_json::from_str(value.as_str()?).ok()
}

/// Indexes of the fields that filters compare.
pub(super) fn field_indexes(collection: &str) -> Vec<CreateFieldIndexCollection> {
    let fields = [
        (LANG, FieldType::Keyword),
        (FAMILY, FieldType::Keyword),
        (AUDIENCE, FieldType::Keyword),
        (DRAFT, FieldType::Bool),
        (FROM, FieldType::Integer),
        (UNTIL, FieldType::Integer),
    ];
    let index = |(field, kind)| CreateFieldIndexCollectionBuilder::new(collection, field, kind).wait(true).build();
    fields.into_iter().map(index).collect()
}

/// A passage as a point.
pub(super) fn point(indexed: IndexedPassage) -> Result<PointStruct, IndexError> {
    let IndexedPassage { passage, dense, question, lexical } = indexed;
    let questions: Vec<Vec<f32>> = question.iter().map(|v| v.as_slice().to_vec()).collect();
    let vectors = NamedVectors::default()
        .add_vector(DENSE, Vector::new_dense(dense.as_slice()))
        .add_vector(QUESTION, Vector::new_multi(questions))
        .add_vector(LEXICAL, Vector::new_sparse(lexical.indices, lexical.values));
    let payload = Payload::from(
        stored::payload(&passage)?.into_iter().map(|(key, value)| (key, Value::from(value))).collect::<HashMap<_, _>>(),
    );
    Ok(PointStruct::new(passage.id.0.to_string(), vectors, payload))
}

/// A leg's question; `None` if it can have no hits.
pub(super) fn query(collection: &str, leg: &LegQuery) -> Option<QueryPoints> {
    let LegQuery { probe, filter, limit } = leg;
    if *limit == 0 || stored::excludes_all(filter) {
        return None;
    }
    let (vector, name) = match probe {
        Probe::Dense(v) => (VectorInput::new_dense(v.as_slice()), DENSE),
        Probe::Question(v) => (VectorInput::new_multi(vec![v.as_slice().to_vec()]), QUESTION),
        Probe::Lexical(terms) if terms.indices.is_empty() => return None,
        Probe::Lexical(terms) => (VectorInput::new_sparse(terms.indices.clone(), terms.values.clone()), LEXICAL),
    };
    let limit = stored::generous(*limit);
    Some(nearest(collection, vector, name, limit).filter(conditions(filter)).build())
}

/// A small search for anything.
pub(super) fn probe(collection: &str, dimension: usize) -> QueryPoints {
    let direction: Vec<f32> = (0..dimension).map(|axis| if axis == 0 { 1.0 } else { 0.0 }).collect();
    nearest(collection, VectorInput::new_dense(direction), DENSE, 1).build()
}

fn nearest(collection: &str, vector: VectorInput, name: &str, limit: usize) -> QueryPointsBuilder {
    QueryPointsBuilder::new(collection)
        .query(Query::new_nearest(vector))
        .using(name)
        .limit(limit as u64)
        .params(SearchParamsBuilder::default().hnsw_ef(BEAM.max(limit) as u64))
        .with_payload(PayloadIncludeSelector { fields: vec![PASSAGE.to_owned()] })
}

/// The same filter as [`stored::filter`], in the client's types.
fn conditions(filter: &PassageFilter) -> Filter {
    #[expect(clippy::cast_precision_loss, reason = "a day has nine digits")]
    let on = stored::day(filter.on) as f64;
    let audiences: Vec<String> = filter.audiences.iter().map(|a| a.0.clone()).collect();
    let mut must = vec![
        Condition::matches(AUDIENCE, audiences),
        Condition::range(FROM, Range { lte: Some(on), ..Range::default() }),
        Condition::range(UNTIL, Range { gte: Some(on), ..Range::default() }),
    ];
    if let Some(lang) = &filter.lang {
        must.push(Condition::matches(LANG, lang.as_str().to_owned()));
    }
    if let Some(families) = &filter.families {
        must.push(Condition::matches(FAMILY, families.iter().map(|f| f.0.clone()).collect::<Vec<_>>()));
    }
    if !filter.drafts {
        must.push(Condition::matches(DRAFT, false));
    }
    let except = filter.except_lang.iter().map(|lang| Condition::matches(LANG, lang.as_str().to_owned()));
    Filter { must, must_not: except.collect(), ..Filter::default() }
}

/// The passage that a point stands for.
pub(super) fn id(id: Option<&PointId>) -> Result<PassageId, IndexError> {
    match id.and_then(|id| id.point_id_options.as_ref()) {
        Some(PointIdOptions::Uuid(text)) => Uuid::try_parse(text).ok().map(PassageId),
        _ => None,
    }
    .ok_or_else(|| IndexError::Engine(format!("point {id:?} is no passage")))
}

/// The passage out of a point's payload.
pub(super) fn passage(mut payload: HashMap<String, Value>) -> Result<Passage, IndexError> {
    stored::passage(payload.remove(PASSAGE).map(Value::into_json))
}
