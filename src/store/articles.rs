//! Articles' versions, generations, and vectors that have been paid for.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::entity::{article_version, cached_vector, generation};
use super::rows::{from_json, to_json};
use super::{Store, StoreError};
use crate::knowledge::{Article, ArticleSource, ArticleStore, ArticleStoreError, Change, VectorKey};
use crate::llm::Vector;
use crate::passages::{ArticleId, ArticleVersion, GenerationId, GenerationSpec};

/// Rows of one statement; SQLite allows 32,766 parameters. They are sorted, so that two replicas that write the same
/// ones on Postgres take turns and do not wait for each other, and each is there once, which Postgres asks for.
const ROWS: usize = 500;

impl From<StoreError> for ArticleStoreError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

#[async_trait]
impl ArticleStore for Store {
    async fn keep_versions(&self, articles: &[Article]) -> Result<(), ArticleStoreError> {
        let transaction = self.begin().await.map_err(StoreError::from)?;
        let articles: BTreeMap<_, _> =
            articles.iter().map(|article| ((&article.id.0, &article.version.0), article)).collect();
        let articles: Vec<&Article> = articles.into_values().collect();
        for some in articles.chunks(ROWS) {
            let rows = some
                .iter()
                .map(|article| {
                    Ok(article_version::ActiveModel {
                        article_id: Set(article.id.0.clone()),
                        version: Set(article.version.0.clone()),
                        article: Set(to_json(article)?),
                    })
                })
                .collect::<Result<Vec<_>, StoreError>>()?;
            let key = [article_version::Column::ArticleId, article_version::Column::Version];
            article_version::Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(key).update_column(article_version::Column::Article).to_owned())
                .exec_without_returning(&transaction)
                .await
                .map_err(StoreError::from)?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn version(&self, id: &ArticleId, version: &ArticleVersion) -> Result<Option<Article>, ArticleStoreError> {
        let row = article_version::Entity::find_by_id((id.0.clone(), version.0.clone()))
            .one(&self.db)
            .await
            .map_err(StoreError::from)?;
        Ok(row.map(|row| from_json(&format!("article {id}"), &row.article)).transpose()?)
    }

    async fn keep_sources(&self, sources: &[ArticleSource]) -> Result<(), ArticleStoreError> {
        Ok(self.add_sources(sources).await?)
    }

    async fn note_changes(&self, changes: &[Change]) -> Result<(), ArticleStoreError> {
        Ok(self.add_changes(changes).await?)
    }

    async fn record_generation(&self, spec: &GenerationSpec) -> Result<(), ArticleStoreError> {
        let row = generation::ActiveModel { id: Set(spec.id.to_string()), spec: Set(to_json(spec)?) };
        generation::Entity::insert(row)
            .on_conflict(OnConflict::column(generation::Column::Id).update_column(generation::Column::Spec).to_owned())
            .exec_without_returning(&self.db)
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }

    async fn generation(&self, id: GenerationId) -> Result<Option<GenerationSpec>, ArticleStoreError> {
        let row = generation::Entity::find_by_id(id.to_string()).one(&self.db).await.map_err(StoreError::from)?;
        Ok(row.map(|row| from_json(&format!("generation {id}"), &row.spec)).transpose()?)
    }

    async fn cached_vectors(&self, keys: &[VectorKey]) -> Result<HashMap<VectorKey, Vector>, ArticleStoreError> {
        let mut found = HashMap::new();
        for some in keys.chunks(ROWS) {
            let rows = cached_vector::Entity::find()
                .filter(cached_vector::Column::Key.is_in(some.iter().cloned()))
                .all(&self.db)
                .await
                .map_err(StoreError::from)?;
            found.extend(rows.into_iter().map(|row| (row.key, from_bytes(&row.numbers))));
        }
        Ok(found)
    }

    async fn cache_vectors(&self, vectors: &[(VectorKey, Vector)]) -> Result<(), ArticleStoreError> {
        let transaction = self.begin().await.map_err(StoreError::from)?;
        let vectors: BTreeMap<&VectorKey, &Vector> = vectors.iter().map(|(key, vector)| (key, vector)).collect();
        let vectors: Vec<_> = vectors.into_iter().collect();
        for some in vectors.chunks(ROWS) {
            let rows = some.iter().map(|(key, vector)| cached_vector::ActiveModel {
                key: Set((*key).clone()),
                numbers: Set(vector.as_slice().iter().flat_map(|n| n.to_le_bytes()).collect()),
            });
            cached_vector::Entity::insert_many(rows)
                .on_conflict(
                    OnConflict::column(cached_vector::Column::Key)
                        .update_column(cached_vector::Column::Numbers)
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await
                .map_err(StoreError::from)?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn prune_vectors(&self, keys: &[VectorKey]) -> Result<(), ArticleStoreError> {
        let needed: HashSet<&VectorKey> = keys.iter().collect();
        let known: Vec<String> = cached_vector::Entity::find()
            .select_only()
            .column(cached_vector::Column::Key)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(StoreError::from)?;
        let spare: Vec<String> = known.into_iter().filter(|key| !needed.contains(key)).collect();
        for some in spare.chunks(ROWS) {
            cached_vector::Entity::delete_many()
                .filter(cached_vector::Column::Key.is_in(some.iter().cloned()))
                .exec(&self.db)
                .await
                .map_err(StoreError::from)?;
        }
        Ok(())
    }
}

fn from_bytes(bytes: &[u8]) -> Vector {
    let (numbers, _) = bytes.as_chunks::<4>();
    Vector::normalised(numbers.iter().map(|four| f32::from_le_bytes(*four)).collect())
}
