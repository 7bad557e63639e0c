//! The pages people look at: the chat, and the articles it cites. Everything they need is in the binary.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::Problem;
use super::articles::find;
use super::extract::{Caller, Name, Query};
use super::render::{escape, lines_of};
use crate::answer::article_html;
use crate::app::App;
use crate::passages::{ArticleId, ArticleVersion, Span};

/// Pages run their own script and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `/`: a plain page to chat with the service.
pub(super) async fn chat() -> Response {
    page(include_str!("pages/chat.html").to_owned())
}

/// The pages' script and style.
pub(super) async fn asset(Name(name): Name) -> Response {
    let (kind, text) = match name.as_str() {
        "chat.js" => ("text/javascript; charset=utf-8", include_str!("pages/chat.js")),
        "article.js" => ("text/javascript; charset=utf-8", include_str!("pages/article.js")),
        "style.css" => ("text/css; charset=utf-8", include_str!("pages/style.css")),
        _ => return Problem::not_found("No such file.").into_response(),
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[derive(Debug, Deserialize)]
pub(super) struct ArticleQuery {
    version: Option<ArticleVersion>,
    from: Option<usize>,
    to: Option<usize>,
}

/// `/articles/{id}`: an article as customers read it, opened at the cited place.
pub(super) async fn article(
    State(app): State<App>,
    caller: Caller,
    Name(id): Name,
    Query(query): Query<ArticleQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&app, &caller, &ArticleId(id), query.version.as_ref()).await;
    let (article, current) = match found {
        Ok(found) => found,
        Err(problem) if !wants_html(&headers) => return Err(problem),
        Err(_) => {
            return Ok((StatusCode::NOT_FOUND, page(include_str!("pages/missing.html").to_owned())).into_response());
        }
    };
    let cited = match (query.from, query.to) {
        (Some(start), Some(end)) if start < end => Some(lines_of(&article.body, Span { start, end })),
        _ => None,
    };
    let body = app.catalogues.current().await?.open_links(&article, &article.body);
    let html = include_str!("pages/article.html")
        .replace("{{lang}}", &escape(article.lang.as_str()))
        .replace("{{title}}", &escape(&article.title))
        .replace("{{category}}", &escape(crate::answer::phrases(&article.lang).name(&article.category)))
        .replace("{{version}}", &escape(&article.version.0))
        .replace("{{current}}", if current { "current" } else { "older" })
        .replace("{{first}}", &cited.map(|(first, _)| first.to_string()).unwrap_or_default())
        .replace("{{last}}", &cited.map(|(_, last)| last.to_string()).unwrap_or_default())
        // The body last: nothing an article says is taken for a place to fill.
        .replace("{{body}}", &article_html(&body));
    Ok(page(html))
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.contains("text/html"))
}

fn page(html: String) -> Response {
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
