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
use crate::handoff::page_words;
use crate::passages::{ArticleId, ArticleVersion, Span};

/// Pages run their own script and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `/`: a plain page to chat with the service.
pub(super) async fn chat() -> Response {
    page(include_str!("pages/chat.html").to_owned())
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The pages' scripts and styles. A script imports the others by these names.
static ASSETS: [(&str, &str, &str); 13] = [
    ("chat.js", SCRIPT, include_str!("pages/chat.js")),
    ("chat-api.js", SCRIPT, include_str!("pages/chat-api.js")),
    ("chat-page.js", SCRIPT, include_str!("pages/chat-page.js")),
    ("chat-log.js", SCRIPT, include_str!("pages/chat-log.js")),
    ("chat-send.js", SCRIPT, include_str!("pages/chat-send.js")),
    ("chat-case.js", SCRIPT, include_str!("pages/chat-case.js")),
    ("chat-mail.js", SCRIPT, include_str!("pages/chat-mail.js")),
    ("chat-end.js", SCRIPT, include_str!("pages/chat-end.js")),
    ("chat-earlier.js", SCRIPT, include_str!("pages/chat-earlier.js")),
    ("chat-trouble.js", SCRIPT, include_str!("pages/chat-trouble.js")),
    ("article.js", SCRIPT, include_str!("pages/article.js")),
    ("style.css", STYLE, include_str!("pages/style.css")),
    ("chat.css", STYLE, include_str!("pages/chat.css")),
];

/// One of the pages' scripts and styles, or the chat page's words.
pub(super) async fn asset(Name(name): Name) -> Result<Response, Problem> {
    if name == "words.js" {
        return Ok(([(header::CONTENT_TYPE, SCRIPT)], words()?).into_response());
    }
    let (_, kind, text) =
        ASSETS.iter().find(|(known, ..)| *known == name).ok_or_else(|| Problem::not_found("No such file."))?;
    Ok(([(header::CONTENT_TYPE, *kind)], *text).into_response())
}

/// What the chat page says, in every language, as a script that it imports.
fn words() -> Result<String, Problem> {
    let words = serde_json::to_string(&page_words()).map_err(|error| Problem::internal(&error))?;
    Ok(format!("export const words = {words};\n"))
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn script(name: &str) -> &'static str {
        ASSETS.iter().find(|(known, ..)| *known == name).map(|(.., text)| *text).unwrap()
    }

    /// What stands in quotes behind every `before`.
    fn quoted<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        text.split(before).skip(1).filter_map(|rest| rest.split_once('"').map(|(name, _)| name)).collect()
    }

    #[test]
    fn whatever_a_script_imports_is_served() {
        let mut missing: Vec<&str> = vec!["chat.js"];
        let mut seen = HashSet::new();
        while let Some(name) = missing.pop() {
            if name != "words.js" && seen.insert(name) {
                missing.extend(quoted(script(name), "from \"./"));
                missing.extend(quoted(script(name), "import \"./"));
            }
        }
        assert!(seen.len() > 5, "{seen:?}");
        for name in quoted(include_str!("pages/chat.html"), "\"/assets/") {
            assert!(ASSETS.iter().any(|(known, ..)| *known == name), "{name}");
        }
    }

    #[test]
    fn whatever_the_page_says_is_in_the_tables() {
        let words = serde_json::to_value(page_words()["ja"]).unwrap();
        let html = include_str!("pages/chat.html");
        let mut named = [quoted(html, "data-word=\""), quoted(html, "data-label=\"")].concat();
        for (name, ..) in ASSETS.iter().filter(|(name, ..)| name.starts_with("chat") && name.ends_with(".js")) {
            for before in [" t(\"", "(t(\"", "worded(\"", "button(\"", "note(\"", "trouble(\"", "confirmed(\""] {
                named.extend(quoted(script(name), before));
            }
        }
        assert!(named.len() > 20, "{named:?}");
        for name in named {
            assert!(words[name].is_string(), "the page says {name:?}, which no table has");
        }
    }

    #[test]
    fn pages_bring_no_script_or_style_of_their_own() {
        for html in
            [include_str!("pages/chat.html"), include_str!("pages/article.html"), include_str!("pages/missing.html")]
        {
            for own in ["style=", "<style", "<script>", "javascript:", " onclick", " onload", " onsubmit"] {
                assert!(!html.contains(own), "{own} in {html}");
            }
        }
    }
}
