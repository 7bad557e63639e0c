//! The shipped articles, asked as a new user would who has read their titles and nothing else.

use std::path::Path;

use super::desk::Place;
use super::talk::text;
use crate::processes::need;

/// Question and the article that must be cited first. None of these may ever be copied into an article's front matter.
const ASKED: &[(&str, &str)] = &[
    ("注文した物が今どのあたりを運ばれているか見る方法は？", "ja-track-parcel"),
    ("到着予定の日を三日も過ぎているんですけど", "ja-late-delivery"),
    ("注文と全然違うマグカップが入っていて、しかも欠けています", "ja-wrong-or-damaged-item"),
    ("経費精算のために領収書をもらう方法を教えてください", "ja-receipts-and-invoices"),
    ("商品を返したあと、お金が口座に入るのはいつごろ？", "ja-refund-timing"),
    ("クレジットカードで払おうとしたらエラーになって先に進めません", "ja-card-declined"),
    ("パスワードを思い出せないので作り直したいです", "ja-reset-password"),
    ("誰かが私になりすましてアカウントを使っているみたいです", "ja-account-misused"),
    ("ひなたプラスの会員をやめる手続きを知りたい", "ja-cancel-membership"),
    ("以前サポートとやりとりしたチャットはどこに残っていますか", "ja-conversation-history"),
    ("Can I find out on which truck or in which depot my order is at the moment?", "en-track-parcel"),
    ("I'd rather have the same jacket in size L than my money back", "en-exchange-instead"),
    ("Which goods will you never take back?", "en-non-returnable-items"),
    ("My statement lists your shop two times for a single purchase", "en-double-charge"),
    ("The six-digit code for signing in never reaches my phone", "en-two-step-verification"),
    ("An e-mail in your name asks for my card details. Is it genuine?", "en-suspicious-mail"),
    ("I moved house after ordering; can the parcel go to the new place?", "en-change-delivery-address"),
    ("What do I get for paying for Hinata Plus every month?", "en-membership-benefits"),
    ("At what time of day do I wait least on the phone?", "en-quiet-and-busy-hours"),
    ("The film stops at once with an error on my television", "en-video-not-playing"),
];

#[tokio::test(flavor = "multi_thread")]
async fn questions_to_the_shipped_articles_cite_the_right_one_first() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge");
    let place = need!(Place::empty()).on(shipped).with("KNOWLEDGE__WATCH", false);
    let service = place.serve();
    for locale in ["ja", "en"] {
        let (mut asked, mut right) = (0, 0);
        for (question, expected) in ASKED.iter().filter(|(_, id)| id.starts_with(locale)) {
            // Each by itself: what the guards hand over stays with a person.
            let reply = service.open(locale).await.ask(question).await["reply"].clone();
            let first = reply["citations"][0]["article_id"].as_str().unwrap_or("abstained").to_owned();
            asked += 1;
            right += usize::from(first == *expected);
            if first != *expected {
                println!("{question}: {first} instead of {expected}, confidence {}", reply["confidence"]);
            }
            assert_eq!(text(&reply["language"]), locale, "{question}");
        }
        println!("{locale}: {right} of {asked}");
        assert_eq!(asked, 10);
        assert!(right >= 9, "{locale}: only {right} of {asked}");
    }
    // There is no Korean article on this.
    let reply = service.open("ko").await.ask("카드 결제가 거부되었습니다").await["reply"].clone();
    assert_eq!(reply["language"], "ko");
    assert!(["ja-card-declined", "en-card-declined"].contains(&text(&reply["citations"][0]["article_id"])), "{reply}");
    assert_eq!(reply["source_language"], reply["citations"][0]["lang"]);
    assert!(text(&reply["answer"]).contains("로만 제공됩니다"), "{reply}");
}
