//! Mails that a gateway hands in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRef, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use super::keyed::keyed;
use crate::app::App;
use crate::config::KeyRole;
use crate::counter::MailOutcome;
use crate::notify::inbound;

/// A caller whose key makes them a mail gateway.
pub(super) struct Gateway;

impl<S> FromRequestParts<S> for Gateway
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        keyed(&app, &parts.headers, &[KeyRole::MailGateway], "mail_gateway")?;
        Ok(Self)
    }
}

/// A mail as it travelled. It may be longer than other bodies.
pub(super) struct RawMail(Bytes);

impl<S> FromRequest<S> for RawMail
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Problem> {
        if !is_mail(request.headers()) {
            let wanted = "Send the mail as it travelled, with `Content-Type: message/rfc822`.";
            return Err(Problem::unsupported(wanted));
        }
        let limit = App::from_ref(state).config.notify.mail.inbound_limit_bytes;
        DefaultBodyLimit::max(limit).apply(&mut request);
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(format!(
                "A mail may have {limit} bytes (`notify.mail.inbound_limit_bytes`); this one is longer."
            )),
            _ => rejection.into(),
        })
    }
}

/// Whether a body is called a mail: in ASCII, or with addresses in other scripts (RFC 6532).
fn is_mail(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    ["message/rfc822", "message/global"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// What became of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MailReply {
    outcome: MailOutcome,
    /// Why, in words for whoever runs the gateway.
    why: &'static str,
}

/// Hand in a mail
///
/// As it travelled (RFC 5322), by a mail gateway that has checked who sent it. It goes into the conversation that it answers to if it is
/// from the address that the customer has confirmed; else the desk finds a note about it at the case. Handed in again, it changes
/// nothing. Whatever the outcome, 202 means that the gateway is done with it; after any error it keeps the mail.
#[utoipa::path(
    post, path = "/v1/inbound/mail", tag = "inbound",
    request_body(content = String, content_type = "message/rfc822", description = "The mail, head and body"),
    responses(
        (status = 202, body = MailReply), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem, description = "This is no mail")
    ),
    security(("key" = []))
)]
pub(super) async fn mail(
    State(app): State<App>,
    _: Gateway,
    RawMail(raw): RawMail,
) -> Result<(StatusCode, Json<MailReply>), Problem> {
    // A mail of many megabytes would keep others waiting.
    let read = tokio::task::spawn_blocking(move || inbound::read(&raw)).await;
    let read = read.map_err(|error| Problem::internal(&error))?;
    let mail = read.map_err(|error| Problem::unprocessable(format!("{error}.")))?;
    let taken = app.counter.take_mail(&mail).await?;
    tracing::info!(outcome = ?taken.outcome, "a mail was handed in");
    Ok((StatusCode::ACCEPTED, Json(MailReply { outcome: taken.outcome, why: taken.why })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_called_a_mail_is_read() {
        let is = |kind: &str| is_mail(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]));
        assert!(is("message/rfc822") && is("Message/RFC822; charset=utf-8") && is("message/global"));
        for other in
            ["", "application/json", "application/x-www-form-urlencoded", "message/rfc822x", "multipart/form-data"]
        {
            assert!(!is(other), "{other}");
        }
        assert!(!is_mail(&HeaderMap::new()));
    }
}
