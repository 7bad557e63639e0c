//! Opening a conversation, speaking in it, listening to it.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;
use super::account::not_taken;
use super::extract::{Body, Caller, Opened, OptionalBody, language as language_tag};
use crate::answer::phrases;
use crate::app::App;
use crate::conversation::{
    Conversation, ConversationId, Event, EventBody, Message, MessageId, Standing, Subject, Token, sha256,
};
use crate::handoff::{Owner, ShopContext};
use crate::knowledge::Reader;
use crate::language::Lang;
use crate::passages::ArticleId;
use crate::store::{Kept, StoreError};

/// How often a silent stream sends a comment, so that no proxy takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Longest idempotency key taken.
const KEY_LIMIT: usize = 255;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenRequest {
    /// The customer's language, e.g. `ja`; decides the greeting, and messages that could be in several.
    #[serde(default, deserialize_with = "language_tag")]
    locale: Option<Lang>,
    /// What the shop says about the customer and the order: a JWT that it has signed, with the claim `context`. See `ShopContext`.
    #[serde(default)]
    context: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenReply {
    id: ConversationId,
    /// Opens this conversation, as `Authorization: Bearer TOKEN`. Shown once: only its hash is kept.
    token: String,
    language: Lang,
    /// The assistant's first words.
    greeting: String,
    /// What can be asked about, by category.
    topics: Vec<Topic>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Topic {
    category: String,
    /// The category's name in the customer's language.
    label: String,
    articles: Vec<TopicArticle>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicArticle {
    id: ArticleId,
    title: String,
}

/// Open a conversation
///
/// Sent twice, it opens two: a token cannot be shown again, so a repeated request cannot be told apart safely. With a sign-in of the shop's
/// as the bearer, it belongs to that account.
#[utoipa::path(
    post, path = "/v1/conversations", tag = "conversations", request_body = Option<OpenRequest>,
    responses(
        (status = 201, body = OpenReply), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 413, body = Problem),
        (status = 422, body = Problem, description = "The shop did not sign the context, or it says what is not known"),
        (status = 503, body = Problem)
    ),
    security((), ("key" = []), ("account" = []))
)]
pub(super) async fn open(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    OptionalBody(request): OptionalBody<OpenRequest>,
) -> Result<(StatusCode, Json<OpenReply>), Problem> {
    let locale = request.locale.or_else(|| accepted_language(&headers));
    let language = locale.clone().unwrap_or_else(|| app.default_language());
    let context = match &request.context {
        Some(signed) => Some(context(&app, signed, caller.subject.as_ref()).await?),
        None => None,
    };
    let token = Token::fresh(app.ids.as_ref());
    let conversation = Conversation {
        id: ConversationId(app.ids.fresh()),
        locale,
        audiences: caller.audiences.clone(),
        created_at: app.clock.now(),
        owner: Owner::Assistant,
        fresh_after: 0,
        subject: caller.subject.clone(),
    };
    app.store.open_in_context(&conversation, &token.hash(), context.as_ref()).await?;
    let reply = OpenReply {
        id: conversation.id,
        token: token.reveal().to_owned(),
        greeting: phrases(&language).greeting.to_owned(),
        topics: topics(&app, &caller.reader(&app), &language).await?,
        language,
    };
    Ok((StatusCode::CREATED, Json(reply)))
}

/// What the shop says about the customer, once it is sure that the shop says so.
async fn context(app: &App, signed: &str, signed_in: Option<&Subject>) -> Result<ShopContext, Problem> {
    let Some(signin) = app.signin.as_deref() else {
        let detail = "`context` is not taken: `[signin]` of the configuration names no key to check it with.";
        return Err(Problem::unprocessable(detail));
    };
    Ok(signin.context(signed, signed_in).await.map_err(|error| not_taken(&error))?.context)
}

async fn topics(app: &App, reader: &Reader, language: &Lang) -> Result<Vec<Topic>, Problem> {
    let Ok(catalogue) = app.catalogues.current().await else { return Ok(Vec::new()) };
    let has_language = catalogue.readable(reader).any(|article| article.lang == *language);
    let shown = if has_language { language.clone() } else { app.default_language() };
    let mut topics: Vec<Topic> = Vec::new();
    for article in catalogue.readable(reader).filter(|article| article.lang == shown) {
        let entry = TopicArticle { id: article.id.clone(), title: article.title.clone() };
        match topics.iter_mut().find(|topic| topic.category == article.category) {
            Some(topic) => topic.articles.push(entry),
            None => topics.push(Topic {
                category: article.category.clone(),
                label: phrases(language).name(&article.category).to_owned(),
                articles: vec![entry],
            }),
        }
    }
    Ok(topics)
}

/// The first language of `Accept-Language`.
fn accepted_language(headers: &HeaderMap) -> Option<Lang> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    Lang::from_tag(accepted.split([',', ';']).next()?.trim())
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationReply {
    id: ConversationId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    locale: Option<Lang>,
    /// Whose turn it is to speak.
    owner: Owner,
    messages: Vec<Message>,
    /// Sequence number of the last event: where to go on listening.
    last_event_id: u64,
}

/// Read a conversation
#[utoipa::path(
    get, path = "/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationReply), (status = 401, body = Problem)), security(("token" = []))
)]
pub(super) async fn read(
    State(app): State<App>,
    Opened(conversation): Opened,
) -> Result<Json<ConversationReply>, Problem> {
    // The number first: a message that comes in between is then in the events, and not lost between the two.
    let last_event_id = app.store.last_event(conversation.id).await?;
    let messages = app.store.messages(conversation.id).await?;
    app.desk.seen(conversation.id).await;
    let Conversation { id, created_at, locale, owner, .. } = conversation;
    Ok(Json(ConversationReply { id, created_at, locale, owner, messages, last_event_id }))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageRequest {
    /// What the customer says.
    text: String,
    /// Its language, where the caller knows better than the service.
    #[serde(default, deserialize_with = "language_tag")]
    language: Option<Lang>,
}

/// Say something
///
/// The message is on disk before any work on it begins. With `Accept: text/event-stream` the reply comes as events (`status`,
/// `delta`, `citation`, `standing`, `message`, `added`, `error`), each with an id to resume from; otherwise as one JSON message.
#[utoipa::path(
    post, path = "/v1/conversations/{id}/messages", tag = "conversations", request_body = MessageRequest,
    params(
        ("id" = ConversationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Sent again with the same key, a message is answered once")
    ),
    responses(
        (status = 200, description = "The reply", content(
            (Message = "application/json"),
            (EventBody = "text/event-stream")
        )),
        (status = 202, description = "A person has the case; the message was added to it", body = Standing),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)
    ),
    security(("token" = []))
)]
pub(super) async fn say(
    State(app): State<App>,
    Opened(conversation): Opened,
    headers: HeaderMap,
    Body(request): Body<MessageRequest>,
) -> Result<Response, Problem> {
    let limit = app.config.server.message_limit_chars;
    if request.text.chars().count() > limit {
        return Err(Problem::too_large(format!(
            "A message may have {limit} characters; please shorten it, or send it in parts."
        )));
    }
    let idempotency = idempotency(&headers, &request)?;
    let kept = app.counter.receive(&conversation, &request.text, request.language.as_ref(), idempotency).await?;
    let (id, since) = match kept {
        Kept::New { id, since, .. } | Kept::Before { id, since, .. } => (id, since),
        Kept::KeyReused => {
            return Err(Problem::unprocessable(
                "This Idempotency-Key was used for another message; take a new one for each.",
            ));
        }
    };
    let events = app.counter.events(conversation.id, since.saturating_sub(1), Some(id));
    if wants_events(&headers) {
        return Ok(stream(app, conversation.id, events).into_response());
    }
    let answered = whole(events, id).await?;
    app.desk.seen(conversation.id).await;
    Ok(answered)
}

/// The outcome of a message as one answer.
async fn whole(events: impl Stream<Item = Result<Event, StoreError>>, id: MessageId) -> Result<Response, Problem> {
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event?.body {
            EventBody::Message(message) => return Ok(Json(message).into_response()),
            // A person has the case, and will answer: there is no reply yet.
            EventBody::Added(standing) => return Ok((StatusCode::ACCEPTED, Json(standing)).into_response()),
            EventBody::Error { detail } => return Err(Problem::unavailable(detail)),
            _ => {}
        }
    }
    Err(Problem::unavailable(format!("Message {id} is kept; its answer will be in the conversation.")))
}

/// Listen
///
/// Events after `Last-Event-ID` (or all), then those to come.
#[utoipa::path(
    get, path = "/v1/conversations/{id}/events", tag = "conversations",
    params(("id" = ConversationId, Path), ("Last-Event-ID" = Option<u64>, Header, description = "The last event received")),
    responses(
        (status = 200, content((EventBody = "text/event-stream"))),
        (status = 400, body = Problem), (status = 401, body = Problem)
    ),
    security(("token" = []))
)]
pub(super) async fn listen(
    State(app): State<App>,
    Opened(conversation): Opened,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = match headers.get("last-event-id") {
        None => 0,
        Some(value) => value.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
            Problem::bad_request("`Last-Event-ID` must be the id of an event of this conversation: a number.")
        })?,
    };
    let events = app.counter.events(conversation.id, after, None);
    Ok(stream(app, conversation.id, events).into_response())
}

fn stream(
    app: App,
    conversation: ConversationId,
    events: impl Stream<Item = Result<Event, StoreError>> + Send + 'static,
) -> Sse<impl Stream<Item = Result<axum::response::sse::Event, Infallible>>> {
    // A store that fails ends the stream: the client comes back with the last id it has.
    let events = events.take_while(|event| {
        if let Err(error) = event {
            tracing::error!(%error, "a stream ended early");
        }
        std::future::ready(event.is_ok())
    });
    let sent = events.filter_map(move |event| {
        let app = app.clone();
        async move {
            let event = event.ok()?;
            if matches!(event.body, EventBody::Message(_)) {
                app.desk.seen(conversation).await;
            }
            let data = serde_json::to_string(&event.body).ok()?;
            Some(Ok(axum::response::sse::Event::default()
                .id(event.seq.to_string())
                .event(event.body.name())
                .data(data)))
        }
    });
    Sse::new(sent).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn wants_events(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|a| a.contains("text/event-stream"))
}

fn idempotency(headers: &HeaderMap, request: &MessageRequest) -> Result<Option<(String, String)>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= KEY_LIMIT);
    let key = key.ok_or_else(|| {
        Problem::bad_request(format!("`Idempotency-Key` must be 1 to {KEY_LIMIT} visible ASCII characters."))
    })?;
    let request = serde_json::to_vec(request).map_err(|error| Problem::internal(&error))?;
    Ok(Some((key.to_owned(), sha256(&request))))
}
