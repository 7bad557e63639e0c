//! The end of a process, planned or not, loses nothing; and only one process works on a data folder.

use std::net::TcpListener;

use serde_json::json;

use super::desk::{Place, Service, until};
use super::talk::{Talk, text};
use crate::processes::need;

/// Each message once, and each with one reply.
async fn check_whole(talk: &Talk, asked: &str) {
    let messages = until("a reply", async || Some(talk.messages().await).filter(|messages| messages.len() > 1)).await;
    let of: Vec<&str> = messages.iter().map(|message| text(&message["role"])).collect();
    assert_eq!(of, ["customer", "assistant"], "{messages:#?}");
    assert_eq!(messages[0]["text"], asked);
    assert_eq!(messages[1]["in_reply_to"], messages[0]["id"]);
    assert_eq!(messages[1]["reply"]["citations"][0]["article_id"], "ja-returns", "{messages:#?}");
    let last = usize::try_from(talk.read().await["last_event_id"].as_u64().unwrap()).unwrap();
    let events = talk.listen(None).await.some(last).await;
    let count = |name: &str| events.iter().filter(|event| event.name == name).count();
    assert_eq!((count("status"), count("message"), count("error")), (2, 1, 0), "{events:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_were_acknowledged_survive_a_kill() {
    const ROUNDS: usize = 2;
    const AT_ONCE: usize = 10;
    let place = need!(Place::new());
    let mut resumed = 0;
    let mut service = place.serve();
    for round in 0..ROUNDS {
        let mut talks = Vec::new();
        for _ in 0..AT_ONCE {
            talks.push(service.open("ja").await);
        }
        // Long, so that embedding them takes longer than killing.
        let long = "本はいつまで返品できますか。".repeat(40);
        let asked: Vec<String> = (0..AT_ONCE).map(|n| format!("{round}-{n}番の{long}")).collect();
        // Each waits for its first event only: the message is on disk, and the work on it has hardly begun.
        let acknowledged = talks.iter().zip(&asked).map(|(talk, words)| async move {
            let request = talk.message(words).header("accept", "text/event-stream").header("idempotency-key", "once");
            let mut response = request.send().await.unwrap();
            let first = response.chunk().await.unwrap().unwrap();
            assert!(first.starts_with(b"id: 1\nevent: status"), "{first:?}");
        });
        futures::future::join_all(acknowledged).await;
        service.kill();

        service = place.serve();
        let taken_up = service.log();
        let taken_up = taken_up.lines().find_map(|line| line.split_once("resumed=")?.1.split(' ').next()?.parse().ok());
        resumed += taken_up.unwrap_or(0);
        for (talk, words) in talks.iter().zip(&asked) {
            let talk = talk.at(&service);
            check_whole(&talk, words).await;
            // A client that tries again gets the reply that is there.
            let again = talk.message(words).header("idempotency-key", "once").send().await.unwrap();
            assert_eq!(again.json::<serde_json::Value>().await.unwrap(), talk.messages().await[1]);
            check_whole(&talk, words).await;
        }
    }
    println!("{ROUNDS} kills: {resumed} of {} messages were taken up again", ROUNDS * AT_ONCE);
    assert!(resumed > 0, "every message was answered before the kill: this has tested nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_after_a_restart() {
    let place = need!(Place::new());
    let service = place.serve();
    let talk = service.open("ja").await;
    let events = talk.stream("いつまで返品できますか").await.all().await;
    service.terminate();
    assert!(service.ended().await.success());

    let service = place.serve();
    let talk = talk.at(&service);
    assert_eq!(talk.listen(None).await.some(events.len()).await, events, "the same events");
    let more = talk.stream("送料はいくらですか").await.all().await;
    assert_eq!(more[0].id, events.last().unwrap().id + 1);
    assert_eq!(talk.messages().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_it_finishes_its_streams() {
    // As long as eight answers take on a busy machine; what is still open after that is cut.
    let place = need!(Place::new()).with("SERVER__SHUTDOWN_GRACE_SECONDS", 120);
    let service = place.serve();
    let talk = service.open("ja").await;
    let silent = service.open("ja").await;
    let listener = silent.listen(None).await;
    // Several, so that the last of them are still being worked on.
    let talks = futures::future::join_all((0..8).map(|_| service.open("ja"))).await;
    let streams = futures::future::join_all(talks.iter().enumerate().map(|(n, talk)| async move {
        let mut stream = talk.stream(&format!("{n}冊の本はいつまで返品できますか")).await;
        (stream.next().await.unwrap(), stream)
    }))
    .await;
    service.terminate();
    for (first, stream) in streams {
        assert_eq!(first.data["stage"], "received");
        let rest = stream.all().await;
        assert_eq!(rest.last().unwrap().name, "message", "a stream was cut: {rest:?}");
    }
    assert!(listener.all().await.is_empty(), "a listener with nothing to hear ends too");
    let address = service.url("/healthz");
    assert_eq!(service.ended().await.code(), Some(0));
    assert!(super::desk::client().get(address).send().await.is_err());
    drop(talk);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_data_is_refused() {
    let place = need!(Place::new());
    let service = place.serve();
    for command in [&["ask", "返品"][..], &["knowledge", "sync"], &["serve", "--listen", "127.0.0.1:0"]] {
        let second = place.run(command);
        assert_eq!(second.code(), Some(1), "{command:?}: {second:?}");
        let said = second.err();
        assert!(said.contains("in use by another madoguchi process") && said.contains("--data-dir"), "{said}");
        assert!(said.contains(place.data().to_str().unwrap()), "{said}");
    }
    // The doctor finds nothing wrong in that, and says where to look.
    let doctor = place.run(&["check"]);
    assert_eq!(doctor.code(), Some(0), "{doctor:?}");
    assert!(doctor.out().contains("in use by a running service"), "{doctor:?}");
    // The first has not noticed, and its folder is free once it has ended.
    service.open("ja").await.ask("返品").await;
    service.kill();
    assert_eq!(place.run(&["ask", "返品"]).code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = need!(Place::new());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = place.run(&["serve", "--listen", &address]);
    assert_eq!(refused.code(), Some(1));
    let said = refused.err();
    assert!(said.contains(&format!("cannot listen on {address}")) && said.contains("--listen"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_told_so() {
    // Nothing listens there, and it may take its time to find out.
    let place = need!(Place::new()).with("SERVER__REQUEST_TIMEOUT_SECONDS", 0);
    let service: Service = place.serve();
    let response = service.post("/v1/conversations").json(&json!({})).send().await.unwrap();
    super::bad_input::problem(response, 503, "no time at all").await;
}
