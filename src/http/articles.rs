//! The articles, and the search over them.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::extract::{Caller, Name, Query, language as language_tag};
use crate::answer::article_html;
use crate::answer::{Citation, article_url};
use crate::app::App;
use crate::guard::Received;
use crate::knowledge::Article;
use crate::language::{self, Lang};
use crate::passages::{ArticleId, ArticleVersion};

/// Most hits one search gives: with the default depth, all that three legs find.
const SEARCH_LIMIT: usize = 150;
/// Hits one search gives unless more are asked for.
const SEARCH_DEFAULT: usize = 10;
/// Longest question searched for, in characters.
const QUESTION_LIMIT: usize = 2000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Only articles in this language.
    #[serde(default, deserialize_with = "language_tag")]
    lang: Option<Lang>,
    /// Only articles of this category.
    category: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleEntry {
    id: ArticleId,
    version: ArticleVersion,
    title: String,
    lang: Lang,
    category: String,
    translation_of: Option<ArticleId>,
    tags: Vec<String>,
    #[schema(value_type = Option<String>, format = Date)]
    effective_from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    effective_until: Option<Date>,
    /// Page of the service that shows it.
    url: String,
}

impl ArticleEntry {
    fn of(article: &Article) -> Self {
        Self {
            id: article.id.clone(),
            version: article.version.clone(),
            title: article.title.clone(),
            lang: article.lang.clone(),
            category: article.category.clone(),
            translation_of: article.translation_of.clone(),
            tags: article.tags.clone(),
            effective_from: article.effective_from,
            effective_until: article.effective_until,
            url: article_url(&article.id, None, None),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleList {
    articles: Vec<ArticleEntry>,
}

/// List the articles the caller may read today
#[utoipa::path(
    get, path = "/v1/articles", tag = "articles", params(ListQuery),
    responses(
        (status = 200, body = ArticleList), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 503, body = Problem)
    ),
    security((), ("key" = []))
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<ArticleList>, Problem> {
    let catalogue = app.catalogues.current().await?;
    let reader = caller.reader(&app);
    let wanted = |article: &Article| {
        query.lang.as_ref().is_none_or(|lang| article.lang == *lang)
            && query.category.as_ref().is_none_or(|category| article.category == *category)
    };
    let articles = catalogue.readable(&reader).filter(|article| wanted(article)).map(|a| ArticleEntry::of(a)).collect();
    Ok(Json(ArticleList { articles }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadQuery {
    /// The version that was quoted; the newest without it. Older ones are there only while the article can be read at all.
    version: Option<ArticleVersion>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleReply {
    #[serde(flatten)]
    article: ArticleEntry,
    /// Markdown, as written.
    body: String,
    /// The body as HTML that is safe to show.
    html: String,
    /// Whether this is the version that is served now.
    current: bool,
}

/// Read an article
#[utoipa::path(
    get, path = "/v1/articles/{id}", tag = "articles", params(("id" = String, Path), ReadQuery),
    responses(
        (status = 200, body = ArticleReply), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 503, body = Problem)
    ),
    security((), ("key" = []))
)]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Query(query): Query<ReadQuery>,
) -> Result<Json<ArticleReply>, Problem> {
    let (article, current) = find(&app, &caller, &ArticleId(id), query.version.as_ref()).await?;
    let html = article_html(&app.catalogues.current().await?.open_links(&article, &article.body));
    Ok(Json(ArticleReply { article: ArticleEntry::of(&article), body: article.body.clone(), html, current }))
}

/// An article the caller may read, in the version asked for, and whether that is the served one.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    id: &ArticleId,
    version: Option<&ArticleVersion>,
) -> Result<(Article, bool), Problem> {
    let missing = || Problem::not_found("No such article, or not one you may read today.");
    let reader = caller.reader(app);
    let served =
        app.catalogues.current().await?.article(id).filter(|article| reader.may_read(article)).ok_or_else(missing)?;
    let Some(version) = version.filter(|version| **version != served.version) else {
        return Ok(((*served).clone(), true));
    };
    let older = app.articles.version(id, version).await?.ok_or_else(missing)?;
    if older.draft || !reader.audiences.contains(&older.audience) {
        return Err(missing());
    }
    Ok((older, false))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// The question.
    q: String,
    /// Its language; found out from the question without it.
    #[serde(default, deserialize_with = "language_tag")]
    lang: Option<Lang>,
    /// Most hits wanted, 1 to 150; 10 without it.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchReply {
    /// The language that was searched first.
    language: Lang,
    /// Best first.
    hits: Vec<Citation>,
}

/// Search the articles
///
/// What the assistant finds, without the answer: each hit with the rank and score of every leg that found it.
#[utoipa::path(
    get, path = "/v1/search", tag = "articles", params(SearchQuery),
    responses(
        (status = 200, body = SearchReply), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 503, body = Problem)
    ),
    security((), ("key" = []))
)]
pub(super) async fn search(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchReply>, Problem> {
    let limit = query.limit.unwrap_or(SEARCH_DEFAULT);
    if !(1..=SEARCH_LIMIT).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` must lie between 1 and {SEARCH_LIMIT}.")));
    }
    if query.q.trim().is_empty() || query.q.chars().count() > QUESTION_LIMIT {
        return Err(Problem::bad_request(format!("`q` must be a question of 1 to {QUESTION_LIMIT} characters.")));
    }
    let language = query.lang.unwrap_or_else(|| language::detect(&query.q, None, &app.default_language()));
    let received = Received::new(query.q, language, caller.audiences);
    let (hits, language) = app.turn.find(received, limit).await?;
    Ok(Json(SearchReply { language, hits: hits.iter().map(Citation::of).collect() }))
}
