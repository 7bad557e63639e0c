//! What those who run it, and those who build on it, look at.

use std::net::TcpListener;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::desk::{Place, Service, until};
use super::talk::text;
use crate::processes::need;

#[tokio::test]
async fn a_whole_service_is_alive_and_ready() {
    let service = need!(Service::shared());
    assert_eq!(service.json("/healthz").await, (200, json!({ "status": "ok" })));
    let ready = whole(service).await;
    assert_eq!(ready["ready"], true);
    let parts = ready["parts"].as_array().unwrap();
    let names: Vec<&str> = parts.iter().map(|part| text(&part["name"])).collect();
    assert_eq!(names, ["store", "index", "embedder", "articles", "guards"]);
    assert!(parts.iter().all(|part| part["ok"] == true), "{ready}");
    assert!(text(&parts[3]["detail"]).starts_with("10 articles in "), "{ready}");
}

/// What a service says of itself once it is ready. Customers' questions go before the word that is embedded for this: where
/// other tests ask long ones, that word may come too late.
pub(super) async fn whole(service: &Service) -> Value {
    until("it is ready", async || Some(service.json("/readyz").await).filter(|(status, _)| *status == 200)).await.1
}

/// An endpoint that embeds any text as something that depends on its characters only.
async fn endpoint(listener: TcpListener) -> MockServer {
    let server = MockServer::builder().listener(listener).start().await;
    let respond = |request: &Request| {
        let body: Value = request.body_json().unwrap();
        let data = body["input"].as_array().unwrap().iter().enumerate().map(|(index, input)| {
            let mut vector = [0.01_f32; 32];
            for c in text(input).chars().filter(|c| c.is_alphanumeric()) {
                vector[c as usize % 32] += 1.0;
            }
            json!({ "index": index, "embedding": vector })
        });
        ResponseTemplate::new(200).set_body_json(json!({ "data": data.collect::<Vec<_>>() }))
    };
    Mock::given(method("POST")).and(path("/v1/embeddings")).respond_with(respond).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedder_that_is_down_is_named_and_customers_are_told() {
    let place = need!(Place::empty());
    super::help_centre::write_all(&place.articles());
    let embedder = endpoint(TcpListener::bind("127.0.0.1:0").unwrap()).await;
    let place = place
        .with("EMBEDDING__PROVIDER", "openai")
        .with("EMBEDDING__OPENAI__BASE_URL", format!("{}/v1", embedder.uri()))
        .with("EMBEDDING__OPENAI__MAX_RETRIES", 0)
        .with("EMBEDDING__OPENAI__TIMEOUT_SECONDS", 20);
    let service = place.serve();
    whole(&service).await;

    let at = *embedder.address();
    drop(embedder);
    // wiremock takes servers back into a pool: this one is gone when its port is free.
    let (_, down) = until("the embedder is down", async || {
        Some(service.json("/readyz").await).filter(|(status, _)| *status == 503)
    })
    .await;
    assert_eq!(down["ready"], false);
    let failing: Vec<&Value> = down["parts"].as_array().unwrap().iter().filter(|part| part["ok"] == false).collect();
    assert_eq!(failing.len(), 1, "{down}");
    assert_eq!(failing[0]["name"], "embedder");
    assert!(!text(&failing[0]["detail"]).is_empty(), "{down}");
    assert_eq!(service.json("/healthz").await.0, 200, "alive all the same");

    // A guard that cannot look lets nothing through: a person must take over, and the message is kept.
    let talk = service.open("ja").await;
    let message = talk.ask("いつまで返品できますか").await;
    assert_eq!(message["reply"]["degraded"], true, "{message}");
    assert_eq!(message["reply"]["handoff"], "guard_unavailable");
    assert_eq!(message["reply"]["citations"], json!([]));
    assert!(text(&message["text"]).contains("保存しました"), "{message}");
    let search = service.get("/v1/search?q=%E8%BF%94%E5%93%81").send().await.unwrap();
    super::bad_input::problem(search, 503, "search without an embedder").await;

    let _embedder = endpoint(until("the port", async || TcpListener::bind(at).ok()).await).await;
    whole(&service).await;
    // The first conversation is a person's now; a new one is the assistant's.
    let message = service.open("ja").await.ask("いつまで返品できますか").await;
    assert_eq!(message["reply"]["degraded"], false, "{message}");
}

#[test]
fn an_endpoint_that_does_not_answer_at_start_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = need!(Place::new())
        .with("EMBEDDING__PROVIDER", "openai")
        .with("EMBEDDING__OPENAI__BASE_URL", format!("http://{free}/v1"))
        .with("EMBEDDING__OPENAI__MAX_RETRIES", 0);
    let refused = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code(), Some(1));
    let said = refused.err();
    assert!(said.contains("error:") && said.contains(&free.to_string()), "{said}");
}

#[tokio::test]
async fn the_description_is_openapi_and_lists_every_route() {
    let service = need!(Service::shared());
    let (status, api) = service.json("/openapi.json").await;
    assert_eq!(status, 200);
    assert!(text(&api["openapi"]).starts_with("3.1."), "{}", api["openapi"]);
    let mut routes = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
            routes.push(format!("{} {path} -> {answers}", method.to_uppercase()));
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
        }
    }
    insta::assert_snapshot!(routes.join("\n"), @r"
    GET /healthz -> 200
    GET /readyz -> 200 503
    GET /v1/answers/{id}/receipt -> 200 401 404
    GET /v1/articles -> 200 400 401 503
    GET /v1/articles/{id} -> 200 400 401 404 503
    POST /v1/conversations -> 201 400 401 413 422 503
    GET /v1/conversations/{id} -> 200 401
    DELETE /v1/conversations/{id} -> 200 401 409
    GET /v1/conversations/{id}/cases -> 200 401
    POST /v1/conversations/{id}/close -> 200 401 409
    POST /v1/conversations/{id}/email -> 202 401 422
    POST /v1/conversations/{id}/email/confirm -> 204 401 422
    GET /v1/conversations/{id}/events -> 200 400 401
    GET /v1/conversations/{id}/export -> 200 401
    POST /v1/conversations/{id}/feedback -> 200 401 422
    POST /v1/conversations/{id}/handoff -> 200 401
    DELETE /v1/conversations/{id}/handoff -> 200 401 404
    POST /v1/conversations/{id}/messages -> 200 202 400 401 413 415 422 503
    POST /v1/conversations/{id}/reopen -> 200 401 409
    GET /v1/conversations/{id}/status -> 200 400 401
    GET /v1/conversations/{id}/transcript -> 200 400 401
    GET /v1/editor/articles -> 200 400 401 403
    GET /v1/editor/articles/{id} -> 200 401 403 404 409 422
    DELETE /v1/editor/articles/{id} -> 200 400 401 403 404 409 412 503
    PUT /v1/editor/articles/{id}/draft -> 200 400 401 403 409 412 413 415 422
    DELETE /v1/editor/articles/{id}/draft -> 204 400 401 403 404 409 412
    POST /v1/editor/articles/{id}/publish -> 200 400 401 403 404 409 412 422 503
    POST /v1/editor/articles/{id}/rollback -> 200 400 401 403 404 409 412 415 422 503
    GET /v1/editor/articles/{id}/versions -> 200 400 401 403 404
    GET /v1/editor/articles/{id}/versions/{version} -> 200 401 403 404
    POST /v1/inbound/mail -> 202 401 403 413 415 422
    DELETE /v1/me -> 200 401 503
    GET /v1/me/conversations -> 200 400 401 503
    POST /v1/me/conversations/{id}/claim -> 204 400 401 404 409 503
    GET /v1/me/export -> 200 400 401 503
    GET /v1/operator/audit -> 200 400 401 403
    GET /v1/operator/conversations/{id}/hold -> 200 401 403 404
    POST /v1/operator/conversations/{id}/hold -> 201 401 403 404 409 422
    POST /v1/operator/conversations/{id}/hold/lift -> 200 401 403 404 409 422
    GET /v1/operator/events -> 200 400 401 403
    GET /v1/operator/inquiries -> 200 401 403
    GET /v1/operator/me -> 200 401 403
    PUT /v1/operator/me -> 200 400 401 403 422
    GET /v1/operator/operators -> 200 401 403
    GET /v1/operator/outbox -> 200 401 403
    POST /v1/operator/outbox/{id}/retry -> 204 401 403 404
    GET /v1/operator/promises -> 200 401 403
    GET /v1/operator/queue -> 200 400 401 403
    POST /v1/operator/queue/next -> 200 401 403
    GET /v1/operator/search -> 200 400 401 403
    GET /v1/operator/tickets/{id} -> 200 401 403 404
    POST /v1/operator/tickets/{id}/claim -> 200 403 404 409
    POST /v1/operator/tickets/{id}/draft -> 200 403 404 409 503
    POST /v1/operator/tickets/{id}/hand-back -> 200 403 404 409
    GET /v1/operator/tickets/{id}/inquiries -> 200 401 403 404
    POST /v1/operator/tickets/{id}/inquiries -> 201 401 403 404 409 413 422
    POST /v1/operator/tickets/{id}/inquiries/{number}/answer -> 200 401 403 404 409 413 422
    POST /v1/operator/tickets/{id}/merge -> 200 403 404 409 422
    POST /v1/operator/tickets/{id}/note -> 200 403 404 422
    POST /v1/operator/tickets/{id}/promise -> 200 403 404 409 422
    POST /v1/operator/tickets/{id}/release -> 200 403 404 409
    GET /v1/operator/tickets/{id}/replies -> 200 400 403 404 503
    POST /v1/operator/tickets/{id}/reply -> 200 403 404 409 422
    POST /v1/operator/tickets/{id}/resolve -> 200 403 404 409
    POST /v1/operator/tickets/{id}/snooze -> 200 403 404 409 422
    POST /v1/operator/tickets/{id}/transfer -> 200 403 404 409 422
    GET /v1/search -> 200 400 401 503
    ");
    // Every reference leads somewhere, and the command prints the same.
    let whole = api.to_string();
    for name in whole.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(api["components"]["schemas"][name].is_object(), "{name}");
    }
    let printed = need!(Place::empty()).run(&["openapi"]);
    assert_eq!(printed.json(), api);
}

#[tokio::test]
async fn the_documentation_works_without_a_net() {
    let service = need!(Service::shared());
    let response = service.get("/docs").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let base = response.url().path().trim_end_matches('/').to_owned();
    let html = response.text().await.unwrap();
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("\"//"), "{html}");
    let linked: Vec<&str> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()))
        .collect();
    assert!(linked.len() >= 3, "{html}");
    for file in linked {
        let file = file.trim_start_matches("./");
        let found = service.get(&format!("{base}/{file}")).send().await.unwrap();
        assert_eq!(found.status(), 200, "{file}");
        if file.ends_with("initializer.js") {
            assert!(found.text().await.unwrap().contains("/openapi.json"));
        }
    }
}

#[tokio::test]
async fn pages_hold_nothing_that_runs_but_their_own_script() {
    let service = need!(Service::shared());
    let (_, article) = service.json("/v1/articles/en-e-reader").await;
    let page = service.get("/articles/en-e-reader").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let page = page.text().await.unwrap();
    let own = "<script src=\"/assets/article.js\" defer></script>";
    assert!(page.contains(own));
    let reply = service.open("en").await.ask("My e-reader is not recognised by the computer").await;
    assert_eq!(reply["reply"]["citations"][0]["article_id"], "en-e-reader", "{reply}");
    for html in [text(&article["html"]), &page.replace(own, ""), text(&reply["html"])] {
        let html = html.to_lowercase();
        for evil in ["<script", "onerror", "onclick", "javascript:", "<iframe", "elsewhere.example", "alert("] {
            assert!(!html.contains(evil), "{evil}: {html}");
        }
        assert!(html.contains("lamp turns green"), "the words stay: {html}");
    }
    for path in ["/", "/assets/chat.js", "/assets/article.js", "/assets/style.css"] {
        let found = service.get(path).send().await.unwrap();
        assert_eq!(found.status(), 200);
        let found = found.text().await.unwrap();
        assert!(!found.contains("https://") && !found.contains("http://"), "{path} names another host");
    }
}

#[tokio::test]
async fn other_sites_may_call_it_only_if_configured() {
    let service = need!(Service::shared());
    let response = service.post("/v1/conversations").header("origin", "https://evil.example").send().await.unwrap();
    assert!(!response.headers().contains_key("access-control-allow-origin"), "{response:?}");
}
