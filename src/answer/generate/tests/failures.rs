use std::time::Duration;

use super::super::*;
use super::stage::{Always, Stage, checks, writer};
use super::{RETURNS, WINDOWS};
use crate::llm::scripted::{ScriptedChat, Step};

fn down() -> ChatError {
    ChatError::Transient("503".to_owned())
}

#[tokio::test]
async fn a_model_that_fails_at_once_leaves_room_for_another_answer() {
    let stage = Stage::of(&[RETURNS]).await;
    for steps in [vec![Step::Fail(down())], vec![Step::say("返品"), Step::Fail(down())]] {
        let writer = writer(ScriptedChat::streaming([steps]), checks());
        let (written, shown) = stage.write(&writer, "返品?", &Lang::JA).await;
        assert!(matches!(written, Err(WriteError::Failed(ChatError::Transient(_)))), "{written:?}");
        assert_eq!(shown, "");
    }
}

#[tokio::test]
async fn what_was_released_before_the_stream_broke_stands() {
    let stage = Stage::of(&[RETURNS]).await;
    let steps = vec![Step::say("返品は30日以内です。[1]開封した"), Step::Fail(down())];
    let writer = writer(ScriptedChat::streaming([steps]), checks());
    let (written, shown) = stage.write(&writer, "返品?", &Lang::JA).await;
    let Err(WriteError::BrokenOff { written, error }) = written else { panic!("{written:?}") };
    assert!(matches!(error, ChatError::Transient(_)));
    assert_eq!(written.draft.pieces().concat(), shown);
    assert!(shown.starts_with("返品は、お届けの翌日から30日"), "{shown}");
    assert!(written.tokens_in > 0 && written.tokens_out > 0, "an estimate");
}

#[tokio::test]
async fn a_reply_that_was_cut_keeps_its_whole_sentences() {
    let stage = Stage::of(&[RETURNS]).await;
    let cut = |text: &str| vec![Step::say(text), Step::Finish("length".to_owned())];
    let whole = writer(ScriptedChat::streaming([cut("返品は30日以内です。[1] 進み具合は注文の")]), checks());
    let (written, _) = stage.write(&whole, "返品?", &Lang::JA).await;
    let written = written.unwrap();
    assert!(written.cut && written.draft.parts.len() == 1, "{written:?}");

    let nothing = writer(ScriptedChat::streaming([cut("進み具合は注文の")]), checks());
    let (written, _) = stage.write(&nothing, "返品?", &Lang::JA).await;
    assert!(matches!(written, Err(WriteError::Failed(ChatError::Incomplete(_)))), "{written:?}");
}

const LONG_SILENCE: Step = Step::Wait(Duration::from_secs(86_400));

#[tokio::test]
async fn a_model_that_has_said_nothing_by_the_deadline_leaves_room_for_another_answer() {
    let stage = Stage::of(&[RETURNS]).await;
    for steps in [vec![LONG_SILENCE], vec![Step::say("返品は30日"), LONG_SILENCE, Step::say("以内です。[1]")]]
    {
        let deadline = Duration::from_millis(1);
        let writer = Writer { deadline, ..writer(ScriptedChat::streaming([steps]), checks()) };
        let (written, shown) = stage.write(&writer, "返品?", &Lang::JA).await;
        let Err(WriteError::Failed(ChatError::Transient(why))) = written else { panic!("{written:?}") };
        assert!(why.contains("llm.deadline_seconds") && shown.is_empty(), "{why}");
    }
}

#[tokio::test]
async fn what_was_released_by_the_deadline_stands() {
    let stage = Stage::of(&[RETURNS]).await;
    let steps = vec![Step::say("返品は30日以内です。[1]進み具合は"), LONG_SILENCE, Step::say("注文の詳細です。[1]")];
    let writer = writer(ScriptedChat::streaming([steps]), checks());
    // The end comes with the first part that is released, and not by a clock: so it is always in the same place.
    let released = tokio::sync::Notify::new();
    let end = released.notified().map(|()| down());
    let mut shown = String::new();
    let mut release = |part: &Part| {
        shown.push_str(part.markdown());
        released.notify_one();
    };
    let asked = Question { text: "返品?", lang: &Lang::JA, history: &[] };
    let written = writer.write_until(end, &asked, &stage.hits, &stage.catalogue, &mut release).await;
    let Err(WriteError::BrokenOff { written, .. }) = written else { panic!("{written:?}") };
    assert_eq!(written.draft.pieces().concat(), shown);
    assert!(shown.starts_with("返品は、お届けの翌日から30日"), "{shown}");
    assert!(written.tokens_in > 0 && written.tokens_out > 0, "an estimate");
}

#[tokio::test]
async fn an_answer_is_of_the_prompt_that_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.ja.md");
    let prompt = include_str!("../../../../prompts/answer/answer.ja.md");
    std::fs::write(&file, prompt).unwrap();
    let shelf = Arc::new(PromptShelf::open(Some(folder.path().to_owned())).unwrap());
    let stage = Stage::of(&[RETURNS]).await;
    let (taken_up, next) = (Arc::clone(&shelf), prompt.replacen("version: 1", "version: 2", 1));
    // While the model is asked, another version comes; and the request has to be made again.
    let chat = ScriptedChat::answering(move |request| {
        std::fs::write(&file, next.replace("決まり", "きまり")).unwrap();
        taken_up.look();
        match request.user.contains("<passage-2 ") {
            true => Err(ChatError::TooLong("it is".to_owned())),
            false => Ok(format!("{}[1]", if request.system.contains("きまり") { "新" } else { "[none]" })),
        }
    });
    let writer = Writer { prompts: Arc::clone(&shelf), ..writer(chat, Always(1.0)) };
    let two = Stage::of(&[RETURNS, WINDOWS]).await;
    let written = two.write(&writer, "返品?", &Lang::JA).await.0.unwrap();
    assert!(written.none && written.prompt.version == 1, "{written:?}");
    let written = stage.write(&writer, "返品?", &Lang::JA).await.0.unwrap();
    assert_eq!(written.prompt.version, 2);
}

#[tokio::test]
async fn too_long_is_tried_once_more_with_half_the_passages() {
    let articles: Vec<(String, String)> = (0..4).map(|n| (format!("en-{n}"), format!("Topic {n} is here."))).collect();
    let articles: Vec<(&str, &str, &str)> =
        articles.iter().map(|(id, text)| (id.as_str(), "T", text.as_str())).collect();
    let stage = Stage::of(&articles).await;
    let shown_at = |user: &str| (1..=6).filter(|n| user.contains(&format!("<passage-{n} "))).count();
    let long = move |request: &ChatRequest| match shown_at(&request.user) {
        0..=2 => Ok("Topic is here. [1]".to_owned()),
        n => Err(ChatError::TooLong(format!("{n} passages"))),
    };
    let writer = writer(ScriptedChat::answering(long), Always(1.0));
    let (written, shown) = stage.write(&writer, "Which topic?", &Lang::EN).await;
    assert!(written.is_ok() && shown == "Topic 0 is here.", "{written:?}");

    let never = ScriptedChat::answering(|_| Err(ChatError::TooLong("as ever".to_owned())));
    let chat = std::sync::Arc::new(never);
    let writer = Writer { chat: chat.clone(), ..super::stage::writer(ScriptedChat::saying([""; 0]), Always(1.0)) };
    let (written, _) = stage.write(&writer, "Which topic?", &Lang::EN).await;
    assert!(matches!(written, Err(WriteError::TooLong(_))), "{written:?}");
    assert_eq!(chat.calls(), 2);
}

#[tokio::test]
async fn without_passages_no_model_is_asked() {
    let stage = Stage::of(&[]).await;
    let writer = writer(ScriptedChat::saying([""; 0]), Always(1.0));
    let (written, _) = stage.write(&writer, "返品?", &Lang::JA).await;
    let written = written.unwrap();
    assert!(written.none && !written.draft.quotes());
}

#[tokio::test]
async fn two_hundred_tokens_hold_no_passage() {
    let stage = Stage::of(&[RETURNS]).await;
    let writer = Writer {
        budget: Budget { context_tokens: 200, reply_tokens: 50 },
        ..writer(ScriptedChat::saying([""; 0]), Always(1.0))
    };
    let (written, _) = stage.write(&writer, "返品?", &Lang::JA).await;
    assert!(matches!(written, Err(WriteError::TooLong(_))), "{written:?}");
}

#[tokio::test]
async fn a_megabyte_of_question_still_leaves_room_for_the_passages() {
    let stage = Stage::of(&[RETURNS, WINDOWS]).await;
    let chat = std::sync::Arc::new(ScriptedChat::saying(["返品は30日以内です。[1]"]));
    let writer = Writer { chat: chat.clone(), ..writer(ScriptedChat::saying([""; 0]), checks()) };
    let question = "返品はいつまでできますか📦".repeat(1_000_000 / 40);
    let (written, shown) = stage.write(&writer, &question, &Lang::JA).await;
    assert!(written.is_ok() && shown.contains("30日"), "{written:?}");
    let request = chat.requests().remove(0);
    assert!(request.user.contains("お届けの翌日から30日以内") && request.user.chars().count() < 12_000);
}
