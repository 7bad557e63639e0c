//! A Qdrant server small enough for tests: the real wire protocol, and the real engine behind it.
//!
//! It does what `passages::qdrant` asks of a server and refuses the rest. It believes nothing: vectors, distances and modifiers are
//! those of the request, so a client that asks for the wrong collection gets the wrong answers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use madoguchi::passages::qdrant::QdrantConfig;
use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::collections_server::{Collections, CollectionsServer};
use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::points_server::{Points, PointsServer};
use qdrant_client::qdrant::with_payload_selector::SelectorOptions;
use qdrant_client::qdrant::{self as wire, query, vector, vector_input, vectors, vectors_config};
use qdrant_edge::{
    CountRequest, CreateIndex, Distance, EdgeConfig, EdgeShard, EdgeSparseVectorParams, EdgeVectorParams,
    FieldIndexOperations, Filter, Modifier, MultiVectorComparator, MultiVectorConfig, NamedQuery, Payload,
    PayloadFieldSchema, PayloadSchemaType, PointId, PointInsertOperations, PointOperations, PointStructPersisted,
    QueryEnum, SearchRequest, UpdateOperation, Vector, VectorInternal, VectorStructInternal, VectorStructPersisted,
    WithPayloadInterface,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use uuid::Uuid;

type Answer<T> = Result<Response<T>, Status>;

/// A client's configuration in which no answer is late because the machine is busy: a switch that was given up as late and took
/// place would look like one that never was.
pub(crate) fn patient() -> QdrantConfig {
    QdrantConfig { timeout_seconds: 300, connect_timeout_seconds: 300, ..QdrantConfig::default() }
}

/// The running server; stops when dropped.
pub(crate) struct QdrantStub {
    address: SocketAddr,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    collections: Mutex<HashMap<String, Arc<Collection>>>,
    aliases: Mutex<HashMap<String, String>>,
    /// Answers left before the server fails for good; `None` for no end.
    answers_left: Mutex<Option<usize>>,
}

struct Collection {
    shard: EdgeShard,
    metadata: HashMap<String, wire::Value>,
    _dir: TempDir,
}

impl QdrantStub {
    /// Starts on a free port, in a thread of its own so that a test's runtime cannot starve it.
    pub(crate) fn start() -> Self {
        let state = Arc::<State>::default();
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = std::sync::mpsc::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
                tell.send(incoming.local_addr().unwrap()).unwrap();
                let limit = 64 << 20;
                Server::builder()
                    .add_service(PointsServer::from_arc(Arc::clone(&shared)).max_decoding_message_size(limit))
                    .add_service(CollectionsServer::from_arc(shared).max_decoding_message_size(limit))
                    .serve_with_incoming_shutdown(incoming, async {
                        let _ = stopped.await;
                    })
                    .await
                    .unwrap();
            });
        });
        Self { address: address.recv().unwrap(), state, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn collections(&self) -> Vec<String> {
        let mut names: Vec<String> = self.state.collections.lock().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    /// The server works for so many more requests and then answers "unavailable" to everything.
    pub(crate) fn fail_after(&self, answers: Option<usize>) {
        *self.state.answers_left.lock().unwrap() = answers;
    }

    /// Drops what collections know of themselves, as a server before 1.16 would.
    pub(crate) fn forget_metadata(&self) {
        for collection in self.state.collections.lock().unwrap().values_mut() {
            Arc::get_mut(collection).unwrap().metadata.clear();
        }
    }
}

impl Drop for QdrantStub {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Open connections of clients would keep a graceful stop waiting; the thread ends with the process at the latest.
        drop(self.thread.take());
    }
}

impl State {
    fn collection(&self, name: &str) -> Result<Arc<Collection>, Status> {
        let target = self.aliases.lock().unwrap().get(name).cloned().unwrap_or_else(|| name.to_owned());
        let found = self.collections.lock().unwrap().get(&target).cloned();
        found.ok_or_else(|| Status::not_found(format!("Not found: Collection `{name}` doesn't exist!")))
    }

    fn serve(&self) -> Result<(), Status> {
        match &mut *self.answers_left.lock().unwrap() {
            Some(0) => Err(Status::unavailable("the test switched the server off")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn bad(error: impl std::fmt::Display) -> Status {
    Status::invalid_argument(error.to_string())
}

fn distance(number: i32) -> Result<Distance, Status> {
    match wire::Distance::try_from(number).map_err(bad)? {
        wire::Distance::Cosine => Ok(Distance::Cosine),
        wire::Distance::Dot => Ok(Distance::Dot),
        other => Err(bad(format!("{other:?}"))),
    }
}

fn config(request: &wire::CreateCollection) -> Result<EdgeConfig, Status> {
    let mut builder = EdgeConfig::builder();
    let Some(vectors_config::Config::ParamsMap(map)) = request.vectors_config.as_ref().and_then(|c| c.config.as_ref())
    else {
        return Err(bad("named vectors only"));
    };
    for (name, params) in &map.map {
        let size = usize::try_from(params.size).map_err(bad)?;
        let mut vector = EdgeVectorParams::builder(size, distance(params.distance)?);
        if params.multivector_config.is_some() {
            vector = vector.multivector_config(MultiVectorConfig { comparator: MultiVectorComparator::MaxSim });
        }
        builder = builder.vector(name, vector.build());
    }
    for (name, params) in request.sparse_vectors_config.iter().flat_map(|config| &config.map) {
        let mut sparse = EdgeSparseVectorParams::builder();
        if params.modifier == Some(wire::Modifier::Idf as i32) {
            sparse = sparse.modifier(Modifier::Idf);
        }
        builder = builder.sparse_vector(name, sparse.build());
    }
    Ok(builder.build())
}

fn dense(v: wire::DenseVector) -> Vec<f32> {
    v.data
}

fn many(v: wire::MultiDenseVector) -> Result<VectorInternal, Status> {
    Ok(Vector::new_multi(v.vectors.into_iter().map(dense).collect::<Vec<_>>()).map_err(bad)?.0)
}

fn sparse(v: wire::SparseVector) -> Result<VectorInternal, Status> {
    Ok(Vector::new_sparse(v.indices, v.values).map_err(bad)?.0)
}

fn stored(v: wire::Vector) -> Result<VectorInternal, Status> {
    match v.vector {
        Some(vector::Vector::Dense(v)) => Ok(VectorInternal::Dense(dense(v))),
        Some(vector::Vector::Sparse(v)) => sparse(v),
        Some(vector::Vector::MultiDense(v)) => many(v),
        other => Err(bad(format!("{other:?}"))),
    }
}

fn asked(v: wire::VectorInput) -> Result<VectorInternal, Status> {
    match v.variant {
        Some(vector_input::Variant::Dense(v)) => Ok(VectorInternal::Dense(dense(v))),
        Some(vector_input::Variant::Sparse(v)) => sparse(v),
        Some(vector_input::Variant::MultiDense(v)) => many(v),
        other => Err(bad(format!("{other:?}"))),
    }
}

fn point_id(id: Option<wire::PointId>) -> Result<PointId, Status> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(text)) => Ok(PointId::Uuid(Uuid::try_parse(&text).map_err(bad)?)),
        other => Err(bad(format!("{other:?}"))),
    }
}

fn point(p: wire::PointStruct) -> Result<PointStructPersisted, Status> {
    let Some(vectors::VectorsOptions::Vectors(named)) = p.vectors.and_then(|v| v.vectors_options) else {
        return Err(bad("named vectors only"));
    };
    let named: Result<HashMap<_, _>, Status> =
        named.vectors.into_iter().map(|(name, v)| Ok((name, stored(v)?))).collect();
    Ok(PointStructPersisted {
        id: point_id(p.id)?,
        vector: VectorStructPersisted::from(VectorStructInternal::Named(named?)),
        payload: Some(Payload(p.payload.into_iter().map(|(key, value)| (key, value.into_json())).collect())),
    })
}

/// Filters in the words of the REST API, which the engine reads.
fn filter(f: wire::Filter) -> Result<Value, Status> {
    if !f.should.is_empty() || f.min_should.is_some() {
        return Err(bad("must and must_not only"));
    }
    let all = |list: Vec<wire::Condition>| list.into_iter().map(condition).collect::<Result<Vec<_>, _>>();
    Ok(json!({ "must": all(f.must)?, "must_not": all(f.must_not)? }))
}

fn condition(c: wire::Condition) -> Result<Value, Status> {
    let Some(ConditionOneOf::Field(field)) = c.condition_one_of else { return Err(bad("field conditions only")) };
    if let Some(range) = field.range {
        return Ok(
            json!({ "key": field.key, "range": { "gte": range.gte, "lte": range.lte, "gt": range.gt, "lt": range.lt } }),
        );
    }
    let value = match field.r#match.and_then(|m| m.match_value) {
        Some(MatchValue::Keyword(word)) => json!({ "value": word }),
        Some(MatchValue::Keywords(words)) => json!({ "any": words.strings }),
        Some(MatchValue::Boolean(value)) => json!({ "value": value }),
        other => return Err(bad(format!("{other:?}"))),
    };
    Ok(json!({ "key": field.key, "match": value }))
}

fn search(collection: &Collection, q: wire::QueryPoints) -> Result<Vec<wire::ScoredPoint>, Status> {
    let Some(query::Variant::Nearest(input)) = q.query.and_then(|query| query.variant) else {
        return Err(bad("nearest only"));
    };
    let filter: Option<Filter> = match q.filter {
        Some(f) => Some(serde_json::from_value(filter(f)?).map_err(bad)?),
        None => None,
    };
    let Some(SelectorOptions::Include(fields)) = q.with_payload.and_then(|w| w.selector_options) else {
        return Err(bad("selected payload only"));
    };
    let paths = fields.fields.iter().map(|f| f.parse().map_err(|()| bad(f))).collect::<Result<Vec<_>, _>>()?;
    let request = SearchRequest {
        query: QueryEnum::Nearest(NamedQuery::new(asked(input)?, q.using.unwrap_or_default())),
        filter,
        params: None,
        limit: usize::try_from(q.limit.unwrap_or(10)).map_err(bad)?,
        offset: 0,
        with_payload: Some(WithPayloadInterface::Fields(paths)),
        with_vector: None,
        score_threshold: None,
    };
    let hit = |p: qdrant_edge::ScoredPoint| wire::ScoredPoint {
        id: Some(match p.id {
            PointId::Uuid(uuid) => uuid.to_string().into(),
            PointId::NumId(number) => number.into(),
        }),
        payload: p.payload.into_iter().flat_map(|p| p.0).map(|(key, value)| (key, value.into())).collect(),
        score: p.score,
        ..wire::ScoredPoint::default()
    };
    Ok(collection.shard.search(request).map_err(bad)?.into_iter().map(hit).collect())
}

fn done() -> Answer<wire::PointsOperationResponse> {
    Ok(Response::new(wire::PointsOperationResponse::default()))
}

/// The rest of a service's methods, in the form that `async_trait` gives them (it does not look into macros).
macro_rules! refused {
    ($($method:ident($request:ident) -> $response:ident;)*) => {
        $(fn $method<'me, 'answer>(
            &'me self,
            _: Request<wire::$request>,
        ) -> Pin<Box<dyn Future<Output = Answer<wire::$response>> + Send + 'answer>>
        where
            'me: 'answer,
            Self: 'answer,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        })*
    };
}

#[tonic::async_trait]
impl Points for State {
    async fn upsert(&self, request: Request<wire::UpsertPoints>) -> Answer<wire::PointsOperationResponse> {
        self.serve()?;
        let request = request.into_inner();
        let collection = self.collection(&request.collection_name)?;
        let points = request.points.into_iter().map(point).collect::<Result<Vec<_>, _>>()?;
        let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        collection.shard.update(UpdateOperation::PointOperation(insert)).map_err(bad)?;
        done()
    }

    async fn create_field_index(
        &self,
        request: Request<wire::CreateFieldIndexCollection>,
    ) -> Answer<wire::PointsOperationResponse> {
        self.serve()?;
        let request = request.into_inner();
        let schema = match request.field_type.map(wire::FieldType::try_from) {
            Some(Ok(wire::FieldType::Keyword)) => PayloadSchemaType::Keyword,
            Some(Ok(wire::FieldType::Integer)) => PayloadSchemaType::Integer,
            Some(Ok(wire::FieldType::Bool)) => PayloadSchemaType::Bool,
            other => return Err(bad(format!("{other:?}"))),
        };
        let index = CreateIndex {
            field_name: request.field_name.parse().map_err(|()| bad("field name"))?,
            field_schema: Some(PayloadFieldSchema::FieldType(schema)),
        };
        let operation = UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(index));
        self.collection(&request.collection_name)?.shard.update(operation).map_err(bad)?;
        done()
    }

    async fn count(&self, request: Request<wire::CountPoints>) -> Answer<wire::CountResponse> {
        self.serve()?;
        let collection = self.collection(&request.into_inner().collection_name)?;
        let count = collection.shard.count(CountRequest { filter: None, exact: true }).map_err(bad)?;
        let result = Some(wire::CountResult { count: count as u64 });
        Ok(Response::new(wire::CountResponse { result, ..wire::CountResponse::default() }))
    }

    async fn query_batch(&self, request: Request<wire::QueryBatchPoints>) -> Answer<wire::QueryBatchResponse> {
        self.serve()?;
        let request = request.into_inner();
        // Resolved once for the whole batch, as the real server does.
        let collection = self.collection(&request.collection_name)?;
        let queries = request.query_points.into_iter();
        let result = queries
            .map(|q| Ok(wire::BatchResult { result: search(&collection, q)? }))
            .collect::<Result<Vec<_>, Status>>()?;
        Ok(Response::new(wire::QueryBatchResponse { result, ..wire::QueryBatchResponse::default() }))
    }

    refused! {
        delete(DeletePoints) -> PointsOperationResponse;
        get(GetPoints) -> GetResponse;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        scroll(ScrollPoints) -> ScrollResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query(QueryPoints) -> QueryResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

#[tonic::async_trait]
impl Collections for State {
    async fn get(&self, request: Request<wire::GetCollectionInfoRequest>) -> Answer<wire::GetCollectionInfoResponse> {
        self.serve()?;
        let collection = self.collection(&request.into_inner().collection_name)?;
        let config = wire::CollectionConfig { metadata: collection.metadata.clone(), ..Default::default() };
        let info = wire::CollectionInfo { config: Some(config), ..Default::default() };
        Ok(Response::new(wire::GetCollectionInfoResponse { result: Some(info), time: 0.0 }))
    }

    async fn list(&self, _: Request<wire::ListCollectionsRequest>) -> Answer<wire::ListCollectionsResponse> {
        self.serve()?;
        let names = self.collections.lock().unwrap().keys().cloned().collect::<Vec<_>>();
        let collections = names.into_iter().map(|name| wire::CollectionDescription { name }).collect();
        Ok(Response::new(wire::ListCollectionsResponse { collections, time: 0.0 }))
    }

    async fn create(&self, request: Request<wire::CreateCollection>) -> Answer<wire::CollectionOperationResponse> {
        self.serve()?;
        let request = request.into_inner();
        let dir = tempfile::tempdir()?;
        let shard = EdgeShard::new(dir.path(), config(&request)?).map_err(bad)?;
        let mut collections = self.collections.lock().unwrap();
        if collections.contains_key(&request.collection_name) {
            return Err(Status::already_exists("Collection already exists"));
        }
        let collection = Collection { shard, metadata: request.metadata, _dir: dir };
        collections.insert(request.collection_name, Arc::new(collection));
        Ok(Response::new(wire::CollectionOperationResponse { result: true, time: 0.0 }))
    }

    async fn delete(&self, request: Request<wire::DeleteCollection>) -> Answer<wire::CollectionOperationResponse> {
        self.serve()?;
        let name = request.into_inner().collection_name;
        let removed = self.collections.lock().unwrap().remove(&name);
        self.aliases.lock().unwrap().retain(|_, target| *target != name);
        Ok(Response::new(wire::CollectionOperationResponse { result: removed.is_some(), time: 0.0 }))
    }

    async fn update_aliases(&self, request: Request<wire::ChangeAliases>) -> Answer<wire::CollectionOperationResponse> {
        self.serve()?;
        for action in request.into_inner().actions {
            let Some(Action::CreateAlias(create)) = action.action else { return Err(bad("create only")) };
            let collections = self.collections.lock().unwrap();
            if !collections.contains_key(&create.collection_name) || collections.contains_key(&create.alias_name) {
                return Err(Status::not_found("alias to nowhere, or named like a collection"));
            }
            self.aliases.lock().unwrap().insert(create.alias_name, create.collection_name);
        }
        Ok(Response::new(wire::CollectionOperationResponse { result: true, time: 0.0 }))
    }

    async fn list_aliases(&self, _: Request<wire::ListAliasesRequest>) -> Answer<wire::ListAliasesResponse> {
        self.serve()?;
        let aliases = self.aliases.lock().unwrap().clone().into_iter();
        let aliases =
            aliases.map(|(alias_name, collection_name)| wire::AliasDescription { alias_name, collection_name });
        Ok(Response::new(wire::ListAliasesResponse { aliases: aliases.collect(), time: 0.0 }))
    }

    refused! {
        update(UpdateCollection) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        collection_exists(CollectionExistsRequest) -> CollectionExistsResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}
