//! HTTP: who may call what. The router below is the table of contents.

mod account;
mod answers;
mod articles;
mod cases;
mod conversations;
mod editor;
mod extract;
mod health;
mod inbound;
mod keyed;
mod me;
mod operator;
mod pages;
mod privacy;
mod problem;
mod render;
mod resume;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub use problem::Problem;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Madoguchi",
        description = "The counter where a customer is served: answers from a company's own help articles, with their sources.\n\n\
            Open a conversation, keep its token, and say something in it. Errors are RFC 9457 problem+json."
    ),
    tags(
        (name = "conversations", description = "Customers ask and are answered"),
        (name = "me", description = "Customers who are signed in at the shop, and all that is theirs"),
        (name = "cases", description = "Customers and their case: a person takes over, by a promised time"),
        (name = "operators", description = "People at the desks take cases, answer and settle them"),
        (name = "inbound", description = "Mail gateways hand in what customers answer by mail"),
        (name = "editors", description = "Content teams write, check and publish articles, and go back to earlier ones"),
        (name = "articles", description = "What is answered from"),
        (name = "operation", description = "Whether it runs")
    ),
    modifiers(&Schemes)
)]
struct Api;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = |text: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build())
        };
        let components = api.components.get_or_insert_default();
        components.add_security_scheme(
            "token",
            bearer("The token a conversation was opened with, or the sign-in of the account it belongs to"),
        );
        components.add_security_scheme("account", bearer("A JWT of the shop's own sign-in (`[signin]`)"));
        components.add_security_scheme("key", bearer("An API key from `auth.keys`, for callers who are not customers"));
    }
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(conversations::open))
        .routes(routes!(conversations::read, privacy::erase))
        .routes(routes!(privacy::export))
        .routes(routes!(privacy::transcript))
        .routes(routes!(conversations::say))
        .routes(routes!(conversations::listen))
        .routes(routes!(cases::ask, cases::call_off))
        .routes(routes!(cases::status))
        .routes(routes!(cases::list))
        .routes(routes!(cases::close))
        .routes(routes!(cases::reopen))
        .routes(routes!(cases::feedback))
        .routes(routes!(cases::name_address))
        .routes(routes!(cases::confirm_address))
        .routes(routes!(me::list))
        .routes(routes!(me::claim))
        .routes(routes!(me::whole::export))
        .routes(routes!(me::whole::erase))
        .routes(routes!(inbound::mail))
        .routes(routes!(answers::receipt))
        .routes(routes!(articles::list))
        .routes(routes!(articles::read))
        .routes(routes!(articles::search))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .merge(operator::routes())
        .merge(editor::routes())
}

/// The API's description, from the handlers.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Every route of the service.
pub fn router(app: App) -> Router {
    let (api, description) = api().split_for_parts();
    let docs = utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", description);
    let origins: Vec<HeaderValue> = app.config.server.allowed_origins.iter().filter_map(|o| o.parse().ok()).collect();
    let cors = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ]);
    let ids = FreshRequestId(app.clone());
    Router::new()
        .merge(api)
        .route("/", get(pages::chat))
        .route("/assets/{name}", get(pages::asset))
        .route("/articles/{id}", get(pages::article))
        .merge(docs)
        .fallback(|| async { Problem::not_found("No such address; /docs lists what there is.") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(DefaultBodyLimit::max(app.config.server.body_limit_bytes))
        .layer(middleware::from_fn_with_state(app.clone(), give_up))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::internal(&"a handler panicked").into_response()
        }))
        .layer(cors)
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(respond).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
        .layer(SetRequestIdLayer::new(REQUEST_ID.clone(), ids))
        .with_state(app)
}

/// Requests that take too long get 503; what a customer sent is kept all the same. Streams answer at once, so they are exempt.
async fn give_up(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(app.config.server.request_timeout_seconds);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable(
            "This took too long. A message that was sent is kept, and its answer will be in the conversation.",
        )
        .into_response(),
    }
}

#[derive(Clone)]
struct FreshRequestId(App);

impl MakeRequestId for FreshRequestId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.ids.fresh().to_string()).ok().map(RequestId::new)
    }
}

/// One span per request. The path only: a query holds what a customer asked, and that is nobody's business at this level.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

fn respond(response: &Response, took: Duration, _: &tracing::Span) {
    tracing::info!(status = response.status().as_u16(), took_ms = took.as_millis() as u64, "answered");
}
