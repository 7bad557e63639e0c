//! Streamed replies over the wire of a real server.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::SignedDuration;
use madoguchi::clock::SystemClock;
use madoguchi::llm::openai::{OpenAiChat, OpenAiChatConfig};
use madoguchi::llm::resilient::Resilient;
use madoguchi::llm::{BreakerSettings, ChatError, ChatModel, ChatPiece, ChatRequest, STOP};

use crate::processes::{chat_model, llama, need};

fn request(user: &str, max_tokens: u32) -> ChatRequest {
    ChatRequest {
        system: "You are a help desk. Answer in one short sentence.".to_owned(),
        user: user.to_owned(),
        temperature: 0.0,
        seed: Some(7),
        max_tokens,
        json_schema: None,
    }
}

#[tokio::test]
async fn a_real_server_streams_what_it_would_have_said_at_once() {
    let model = need!(chat_model());
    // One thread: several wait for each other by spinning, which takes minutes where other tests want the cores too.
    let server = need!(llama(&model, &["--threads", "1", "--context", "1024"]));
    let chat = |base_url: &str, name: &str| -> Arc<dyn ChatModel> {
        let patient = Duration::from_secs(600);
        let base_url = base_url.parse().unwrap();
        let config =
            OpenAiChatConfig { timeout: patient, stall: patient, retries: 0, ..OpenAiChatConfig::new(base_url, name) };
        Arc::new(OpenAiChat::new(config, 1).unwrap())
    };
    // Nobody listens at the first choice.
    let breaker = BreakerSettings { failures: 2, cooldown: SignedDuration::from_secs(600) };
    let fallback = [chat(&server.base_url, "smollm2")];
    let chat = Resilient::new(chat("http://127.0.0.1:9/v1", "gone"), fallback, breaker, Arc::new(SystemClock));

    for question in ["How long can I return a camera? The manual says: 14 days.", "お届けはいつですか？📦"]
    {
        let request = request(question, 160);
        // Once before, so that both find the question in the server's cache: a prompt that is computed in other batches may end in
        // other words. For that one word is enough.
        let _ = chat.complete(&ChatRequest { max_tokens: 1, ..request.clone() }).await;
        let (once, reply) = match chat.complete_named(&request).await {
            Ok((model, reply)) => (model, reply),
            Err(ChatError::Incomplete(reply)) => ("smollm2".to_owned(), reply),
            Err(error) => panic!("{error}"),
        };
        let stream = chat.stream(&request).await.unwrap();
        assert_eq!((once.as_str(), stream.model()), ("smollm2", "smollm2"));
        let pieces: Vec<ChatPiece> = stream.map(Result::unwrap).collect().await;
        println!("{} pieces: {}", pieces.len(), reply.text);
        assert!(pieces.len() > 2, "it streams: {pieces:?}");
        let said = |piece: &ChatPiece| match piece {
            ChatPiece::Text(text) => text.clone(),
            ChatPiece::End { .. } => String::new(),
        };
        assert_eq!(pieces.iter().map(said).collect::<String>(), reply.text);
        let end = ChatPiece::End {
            finish_reason: reply.finish_reason.unwrap(),
            tokens_in: reply.tokens_in,
            tokens_out: reply.tokens_out,
        };
        assert_eq!(pieces.last(), Some(&end));
    }

    let cut = chat.stream(&request("Tell me everything about cameras.", 5)).await.unwrap().collect::<Vec<_>>().await;
    let Some(Ok(ChatPiece::End { finish_reason, tokens_out, .. })) = cut.last() else { panic!("{cut:?}") };
    assert!(finish_reason == "length" && finish_reason != STOP && *tokens_out == 5, "{cut:?}");

    let long = request(&"Return it. ".repeat(3000), 5);
    let error = chat.stream(&long).await.unwrap_err();
    assert!(matches!(error, ChatError::TooLong(_)), "{error}");
    // A customer who leaves hangs up on the model, and the next one is served.
    let mut left = chat.stream(&request("Tell me everything about cameras.", 400)).await.unwrap();
    assert!(matches!(left.next().await, Some(Ok(ChatPiece::Text(_)))));
    drop(left);
    assert!(chat.stream(&request("Hello!", 3)).await.is_ok());
}
