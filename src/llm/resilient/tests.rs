use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::*;
use crate::llm::STOP;
use crate::llm::openai::{OpenAiChat, OpenAiChatConfig};
use crate::llm::scripted::{ScriptedChat, Step};

#[derive(Debug)]
struct Hand(Mutex<Timestamp>);

impl Hand {
    fn pass(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn request() -> ChatRequest {
    ChatRequest {
        system: String::new(),
        user: "返品は？".to_owned(),
        temperature: 0.0,
        seed: None,
        max_tokens: 10,
        json_schema: None,
    }
}

fn passing() -> ChatError {
    ChatError::Transient("503".to_owned())
}

fn lasting() -> ChatError {
    ChatError::Permanent("no such key".to_owned())
}

/// Fails so often, then replies for ever.
fn failing(name: &str, times: usize, error: ChatError) -> Arc<ScriptedChat> {
    let left = Mutex::new(times);
    let name_said = name.to_owned();
    let script = move |_: &ChatRequest| {
        let mut left = left.lock().unwrap();
        if *left == 0 {
            return Ok(name_said.clone());
        }
        *left -= 1;
        Err(error.clone())
    };
    Arc::new(ScriptedChat::answering(script).named(name))
}

fn over(models: &[&Arc<ScriptedChat>]) -> (Resilient, Arc<Hand>) {
    let hand = Arc::new(Hand(Mutex::new(Timestamp::from_second(1_700_000_000).unwrap())));
    let mut models = models.iter().map(|model| Arc::clone(model) as Arc<dyn ChatModel>);
    let settings = BreakerSettings { failures: 2, cooldown: SignedDuration::from_secs(30) };
    (Resilient::new(models.next().unwrap(), models, settings, hand.clone()), hand)
}

#[tokio::test]
async fn whatever_fails_leads_to_the_next_and_the_reply_says_whose_it_is() {
    for error in [passing(), lasting()] {
        let (first, second) = (failing("first", 2, error), failing("second", 0, passing()));
        let (chat, _) = over(&[&first, &second]);
        assert_eq!(chat.model(), "first");
        let (model, reply) = chat.complete_named(&request()).await.unwrap();
        assert_eq!((model.as_str(), reply.text.as_str()), ("second", "second"));
        let stream = chat.stream(&request()).await.unwrap();
        assert_eq!(stream.model(), "second");
        assert_eq!(stream.whole().await.unwrap().text, "second");
        assert_eq!((first.calls(), second.calls()), (2, 2));
    }
    let first = failing("first", 0, passing());
    let (chat, _) = over(&[&first]);
    assert_eq!(chat.complete_named(&request()).await.unwrap().0, "first");
    assert_eq!(chat.complete(&request()).await.unwrap().text, "first");
}

#[tokio::test]
async fn what_the_caller_can_mend_is_the_callers() {
    let cut = |finish_reason: Option<&str>| {
        let finish_reason = finish_reason.map(str::to_owned);
        ChatError::Incomplete(ChatReply { text: "返".to_owned(), tokens_in: 1, tokens_out: 1, finish_reason })
    };
    for error in [ChatError::TooLong("5031 tokens".to_owned()), cut(Some("length"))] {
        let (first, second) = (failing("first", 9, error.clone()), failing("second", 0, passing()));
        let (chat, _) = over(&[&first, &second]);
        for _ in 0..3 {
            let found = chat.complete(&request()).await.unwrap_err();
            assert_eq!(found.to_string(), error.to_string());
        }
        assert_eq!((first.calls(), second.calls()), (3, 0), "nor does it open the breaker");
    }
    let (first, second) = (failing("first", 9, cut(None)), failing("second", 0, passing()));
    let (chat, _) = over(&[&first, &second]);
    for _ in 0..2 {
        assert!(matches!(chat.complete(&request()).await, Err(ChatError::Incomplete(_))));
    }
    assert_eq!(chat.complete(&request()).await.unwrap().text, "second", "a model that never ends is a broken one");
}

#[tokio::test]
async fn when_all_fail_the_error_names_them_and_passes_if_one_may() {
    let (first, second) = (failing("first", 9, lasting()), failing("second", 9, passing()));
    let (chat, _) = over(&[&first, &second]);
    let error = chat.stream(&request()).await.unwrap_err();
    assert!(
        matches!(&error, ChatError::Transient(why) if why.contains("no such key") && why.contains("503")),
        "{error}"
    );
    let (chat, _) = over(&[&failing("first", 9, lasting()), &failing("second", 9, lasting())]);
    assert!(matches!(chat.complete(&request()).await, Err(ChatError::Permanent(_))));
    let (chat, _) = over(&[&failing("first", 9, passing())]);
    assert_eq!(
        chat.complete(&request()).await.unwrap_err().to_string(),
        passing().to_string(),
        "one speaks for itself"
    );
}

#[tokio::test]
async fn a_model_that_fails_again_and_again_is_left_alone_until_it_has_rested() {
    let (first, second) = (failing("first", 3, passing()), failing("second", 0, passing()));
    let (chat, hand) = over(&[&first, &second]);
    let ask = async || chat.complete_named(&request()).await.unwrap().0;
    for _ in 0..5 {
        assert_eq!(ask().await, "second");
    }
    assert_eq!(first.calls(), 2, "the breaker is open");
    hand.pass(30);
    assert_eq!(ask().await, "second");
    assert_eq!(ask().await, "second");
    assert_eq!(first.calls(), 3, "one try, which failed");
    hand.pass(30);
    assert_eq!(ask().await, "first");
    assert_eq!(ask().await, "first");

    let alone = failing("first", 9, passing());
    let (chat, _) = over(&[&alone]);
    for _ in 0..4 {
        assert!(matches!(chat.complete(&request()).await, Err(ChatError::Transient(_))));
    }
    assert_eq!(alone.calls(), 2, "and nobody waits for it");
}

#[tokio::test]
async fn a_stream_falls_over_before_its_first_piece_and_breaks_after_it() {
    let broken = |before: &[&str]| {
        let say = before.iter().map(|piece| Step::say(*piece));
        say.chain([Step::Fail(passing()), Step::say("never")]).collect::<Vec<_>>()
    };
    let first = Arc::new(ScriptedChat::streaming([broken(&[]), broken(&["30", "日"]), vec![Step::say("はい")]]));
    let second = failing("second", 0, passing());
    let (chat, _) = over(&[&first, &second]);
    assert_eq!(chat.stream(&request()).await.unwrap().model(), "second");
    let stream = chat.stream(&request()).await.unwrap();
    assert_eq!(stream.model(), ScriptedChat::MODEL);
    let items: Vec<_> = stream.collect().await;
    assert!(matches!(items[..], [Ok(_), Ok(_), Err(ChatError::Transient(_))]), "{items:?}");
    // Both count: that was the second in a row.
    assert_eq!(chat.stream(&request()).await.unwrap().model(), "second");
    assert_eq!(first.calls(), 2);
}

#[tokio::test]
async fn a_stream_that_ends_well_closes_the_breaker_and_one_that_is_dropped_leaves_the_try_to_the_next() {
    let first = failing("first", 2, passing());
    let second = failing("second", 0, passing());
    let (chat, hand) = over(&[&first, &second]);
    let whose = async || chat.stream(&request()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(whose().await.model(), "second");
    }
    hand.pass(30);
    let trying = whose().await;
    assert_eq!(trying.model(), "first");
    assert_eq!(whose().await.model(), "second", "one tries at a time");
    drop(trying);
    let trying = whose().await;
    assert_eq!(trying.model(), "first");
    assert_eq!(trying.whole().await.unwrap().finish_reason.as_deref(), Some(STOP));
    let (one, other) = (whose().await, whose().await);
    assert_eq!((one.model(), other.model()), ("first", "first"));
}

/// Asks, and gives up at once.
async fn give_up(chat: &Resilient) {
    let asked = request();
    let mut asking = chat.stream(&asked);
    assert!(futures::poll!(&mut asking).is_pending());
}

#[tokio::test]
async fn a_model_that_is_given_up_before_its_first_word_has_failed() {
    let silent = || vec![Step::Wait(Duration::from_secs(86_400)), Step::say("at last")];
    let first = Arc::new(ScriptedChat::streaming([silent(), silent(), silent()]));
    let second = failing("second", 0, passing());
    let (chat, _) = over(&[&first, &second]);
    give_up(&chat).await;
    give_up(&chat).await;
    assert_eq!(chat.stream(&request()).await.unwrap().model(), "second", "the breaker is open");
    assert_eq!(first.calls(), 2);
}

#[tokio::test]
async fn a_model_that_does_not_begin_leaves_time_for_the_next() {
    let silent = vec![Step::Wait(Duration::from_secs(86_400)), Step::say("at last")];
    let first = Arc::new(ScriptedChat::streaming([silent]));
    let second = failing("second", 0, passing());
    let (chat, _) = over(&[&first, &second]);
    let chat = chat.within(Duration::from_millis(20));
    assert_eq!(chat.stream(&request()).await.unwrap().model(), "second");
    let (alone, _) = over(&[&second]);
    assert_eq!(alone.within(Duration::ZERO).patience, None, "who is alone has all the time that the caller has");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_replaced() {
    let base = Url::parse("http://127.0.0.1:9/v1").unwrap();
    let config =
        OpenAiChatConfig { retries: 1, backoff: Duration::from_millis(1), ..OpenAiChatConfig::new(base, "gone") };
    let gone: Arc<dyn ChatModel> = Arc::new(OpenAiChat::new(config, 7).unwrap());
    let second = failing("second", 0, passing());
    let settings = BreakerSettings { failures: 2, cooldown: SignedDuration::from_secs(30) };
    let clock = Arc::new(Hand(Mutex::new(Timestamp::UNIX_EPOCH)));
    let chat = Resilient::new(gone, [second as Arc<dyn ChatModel>], settings, clock);
    assert!(chat.is_remote(), "one of them is");
    assert_eq!(chat.model(), "gone");
    assert_eq!(chat.stream(&request()).await.unwrap().model(), "second");
    assert_eq!(chat.complete_named(&request()).await.unwrap().0, "second");
}
