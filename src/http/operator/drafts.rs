//! What the articles have to say about a case, for the operator who answers it. Nothing of it is sent by itself.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::tickets::Named;
use crate::answer::{Citation, Suggestion, WrittenBy};
use crate::app::App;
use crate::conversation::{Conversation, History, Message, MessageId, Role};
use crate::guard::{Decision, HandoffReason, Received};
use crate::handoff::Ticket;
use crate::http::Problem;
use crate::http::extract::Query;
use crate::language::Lang;
use crate::passages::hybrid::Fused;
use crate::store::StoreError;
use crate::turn::Claim;

/// Texts shown unless more are asked for.
const TEXTS: usize = 5;
/// The most texts.
const MOST: usize = 20;
/// Longest question searched for, in characters.
const QUESTION_LIMIT: usize = 2000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RepliesQuery {
    /// What to search for; without it, the message that led to the case, or the customer's last one.
    #[serde(default)]
    q: Option<String>,
    /// Most texts wanted, 1 to 20; 5 without it.
    #[serde(default)]
    limit: Option<usize>,
}

/// A text that can be quoted as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CannedReply {
    /// Markdown: the article's own words, with links that open.
    text: String,
    /// Where they stand.
    citation: Citation,
}

/// Texts that can be quoted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CannedReplies {
    /// The language that was searched first: the customer's, or what they can read.
    language: Lang,
    /// The nearest first; none if the customer has said nothing yet.
    replies: Vec<CannedReply>,
}

/// Find canned replies
///
/// Passages of the articles that lie nearest to the case, in the customer's language, as far as the customer may read them.
#[utoipa::path(
    get, path = "/v1/operator/tickets/{id}/replies", tag = "operators", params(("id" = String, Path), RepliesQuery),
    responses((status = 200, body = CannedReplies), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn replies(
    State(app): State<App>,
    Named { ticket, .. }: Named,
    Query(query): Query<RepliesQuery>,
) -> Result<Json<CannedReplies>, Problem> {
    let limit = query.limit.unwrap_or(TEXTS);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` must lie between 1 and {MOST}.")));
    }
    if query.q.as_ref().is_some_and(|q| q.trim().is_empty() || q.chars().count() > QUESTION_LIMIT) {
        return Err(Problem::bad_request(format!("`q` must be a question of 1 to {QUESTION_LIMIT} characters.")));
    }
    let (conversation, messages) = conversation_of(&app, &ticket).await?;
    let lang = served(&ticket);
    let asked = query.q.or_else(|| question(&ticket, &messages));
    let Some(asked) = asked else { return Ok(Json(CannedReplies { language: lang, replies: Vec::new() })) };
    let asked: String = asked.chars().take(QUESTION_LIMIT).collect();
    let (hits, language) = app.turn.find(Received::new(asked, lang, conversation.audiences), limit).await?;
    let catalogue = app.catalogues.current().await?;
    let reply = |hit: &Fused| {
        let citation = Citation::of(hit);
        let article = catalogue.article(&citation.article_id);
        let text =
            article.map_or_else(|| citation.quote.clone(), |article| catalogue.open_links(&article, &citation.quote));
        CannedReply { text, citation }
    };
    Ok(Json(CannedReplies { language, replies: hits.iter().map(reply).collect() }))
}

/// The message that led to the case; where there is none, the customer's last one.
fn question(ticket: &Ticket, messages: &[Message]) -> Option<String> {
    let led_here = Some(&ticket.case.message).filter(|message| !message.trim().is_empty()).cloned();
    led_here.or_else(|| last_said(messages).map(|message| message.text.clone()))
}

fn last_said(messages: &[Message]) -> Option<&Message> {
    messages.iter().rev().find(|message| message.role == Role::Customer && !message.text.trim().is_empty())
}

/// The language in which the customer is to be answered.
fn served(ticket: &Ticket) -> Lang {
    ticket.case.wished_language.clone().unwrap_or_else(|| ticket.case.language.clone())
}

async fn conversation_of(app: &App, ticket: &Ticket) -> Result<(Conversation, Vec<Message>), Problem> {
    let found = app.store.conversation(ticket.conversation).await?;
    let (conversation, _) = found.ok_or(StoreError::UnknownConversation)?;
    let messages = app.store.messages(ticket.conversation).await?;
    Ok((conversation, messages))
}

/// What the guards say of the message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClaimView {
    /// Why a person decides: a policy's code, or what was down.
    reason: HandoffReason,
    /// Every vote, with rules and exemplars; absent where the guards could not be asked.
    decision: Option<Decision>,
}

/// What the assistant would answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftReply {
    /// Always true: nobody has been told this.
    draft: bool,
    /// The customer's message that it answers.
    message: MessageId,
    /// Markdown; absent where the articles hold no answer.
    text: Option<String>,
    language: Lang,
    /// What was quoted, in the order of the text.
    citations: Vec<Citation>,
    /// How sure it is that the articles hold the answer, 0 to 1.
    confidence: f32,
    /// The language model that wrote it; absent where the articles are quoted.
    written_by: Option<WrittenBy>,
    /// Where the articles hold no answer: the nearest ones.
    nearest: Vec<Suggestion>,
    /// What the guards claim: the text says what the articles say in general, and a person decides what holds in this case.
    claim: Option<ClaimView>,
}

/// Draft an answer
///
/// What the assistant would answer to the customer's last message from the articles: quoted, or written by the model and checked. It is not
/// sent, and not kept. Where a guard claims the message, no model is asked about it, and the claim is told along with what the articles say.
#[utoipa::path(
    post, path = "/v1/operator/tickets/{id}/draft", tag = "operators", params(("id" = String, Path)),
    responses((status = 200, body = DraftReply), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "The customer has not said anything yet"), (status = 503, body = Problem)),
    security(("key" = []))
)]
pub(super) async fn draft(State(app): State<App>, Named { ticket, .. }: Named) -> Result<Json<DraftReply>, Problem> {
    let (conversation, mut messages) = conversation_of(&app, &ticket).await?;
    let last = last_said(&messages).cloned();
    let last = last.ok_or_else(|| Problem::conflict("The customer has not said anything yet."))?;
    // As the assistant itself would understand it: by what was said in its own stretch of the conversation.
    let stale = usize::try_from(conversation.fresh_after).unwrap_or(usize::MAX).min(messages.len());
    messages.drain(..stale);
    let history = History::before(&messages, last.id);
    let received = Received::new(last.text, served(&ticket), conversation.audiences).after(history);
    let proposed = app.turn.propose(received).await?;
    let reply = proposed.reply;
    Ok(Json(DraftReply {
        draft: true,
        message: last.id,
        text: (!reply.abstained).then_some(reply.answer),
        language: reply.language,
        citations: reply.citations,
        confidence: reply.confidence,
        written_by: reply.written_by,
        nearest: reply.suggestions,
        claim: proposed.claimed.map(|Claim { reason, decision }| ClaimView { reason, decision }),
    }))
}
