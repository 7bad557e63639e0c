//! The judge over the wire of a real server. The model is tiny and what it thinks of an answer is worth nothing (it passes 90 days for
//! 14); what is tested is that verdicts come in the form that was asked for, with what they cost, and that whatever is none fails.

use std::sync::Arc;
use std::time::Duration;

use madoguchi::eval::judge::{Criterion, Judge, Question, Verdict};
use madoguchi::language::Lang;
use madoguchi::llm::ChatModel;
use madoguchi::llm::openai::{OpenAiChat, OpenAiChatConfig};

use crate::processes::{chat_model, llama, need};

fn english(answer: &str) -> Question<'_> {
    static LANG: Lang = Lang::EN;
    let (question, reference) = ("How long can I return a camera?", Some("14 days from the day after delivery."));
    Question { lang: &LANG, question, reference, answer }
}

fn japanese(answer: &str) -> Question<'_> {
    static LANG: Lang = Lang::JA;
    let (question, reference) = ("カメラは何日まで返品できますか？", Some("お届けの翌日から14日以内です。"));
    Question { lang: &LANG, question, reference, answer }
}

#[tokio::test]
async fn a_real_model_judges_and_its_verdicts_are_read_with_care() {
    let model = need!(chat_model());
    // One thread: several wait for each other by spinning, which takes minutes where other tests want the cores too.
    let server = need!(llama(&model, &["--threads", "1", "--context", "4096"]));
    let patient = Duration::from_secs(600);
    let base_url = server.base_url.parse().unwrap();
    let config =
        OpenAiChatConfig { timeout: patient, stall: patient, retries: 0, ..OpenAiChatConfig::new(base_url, "smollm2") };
    let chat: Arc<dyn ChatModel> = Arc::new(OpenAiChat::new(config, 1).unwrap());
    let judge = |votes| Judge::new(chat.clone(), votes, 7).unwrap().with_max_tokens(160);

    let (once, thrice) = (judge(1), judge(3));
    let (mut votes, mut parsed, mut tokens_in) = (0, 0, 0);
    for (judge, criterion, question) in [
        (&once, Criterion::Correctness, english("You have 14 days, counted from the day after delivery.")),
        (&thrice, Criterion::Correctness, english("You have 90 days.")),
        (&once, Criterion::Helpfulness, english("")),
        (&once, Criterion::Helpfulness, japanese("14日以内です。「注文履歴」から申し込んでください。📦")),
    ] {
        let verdict = judge.verdict(criterion, &question).await;
        println!("{} of {:?}: {verdict:?}", criterion.as_str(), question.answer);
        let cast = verdict.votes.len();
        assert!(verdict.votes.iter().all(|vote| vote.answered), "{verdict:?}");
        assert!(verdict.votes.iter().all(|vote| vote.parsed || vote.verdict == Verdict::Fail), "{verdict:?}");
        assert!(verdict.tokens_in > 100 * cast as u64 && verdict.tokens_out >= cast as u64, "{verdict:?}");
        let passes = verdict.votes.iter().filter(|vote| vote.verdict == Verdict::Pass).count();
        assert_eq!(verdict.passed, passes * 2 > cast);
        votes += cast;
        parsed += verdict.parsed();
        tokens_in += verdict.tokens_in;
    }
    assert_eq!(votes, 6);
    assert!(parsed > 0, "the schema holds the model to its form; not one verdict of {votes} had it");
    assert_eq!(once.cost().calls + thrice.cost().calls, votes);
    assert_eq!(once.cost().tokens_in + thrice.cost().tokens_in, tokens_in);

    // More than it can read.
    let long = "Return it. ".repeat(3000);
    let verdict = once.verdict(Criterion::Correctness, &english(&long)).await;
    assert!(!verdict.passed && verdict.votes[0].reason.contains("too long"), "{verdict:?}");
}
