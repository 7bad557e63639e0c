use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::answer::{Citation, Draft, Judged, Legs, Part, Verdict, Why};
use crate::passages::{ArticleId, ArticleVersion, Span};
use crate::prompt::PromptVersion;

fn analyser() -> Arc<LexicalAnalyser> {
    Arc::new(LexicalAnalyser::open(None))
}

/// The analyser with the dictionary, where it has been fetched.
fn with_dictionary() -> Option<&'static LexicalAnalyser> {
    static OPENED: LazyLock<Option<LexicalAnalyser>> = LazyLock::new(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("var/models/ipadic");
        dir.join("sys.dic").exists().then(|| LexicalAnalyser::open(Some(&dir)))
    });
    if OPENED.is_none() {
        eprintln!("SKIPPED: the Japanese dictionary is not in var/models/ipadic");
    }
    OPENED.as_ref()
}

fn quote(words: &str) -> Part {
    let citation = Citation {
        article_id: ArticleId("en-returns".to_owned()),
        title: "Returns".to_owned(),
        version: ArticleVersion("1".to_owned()),
        lang: Lang::EN,
        heading: Vec::new(),
        span: Span { start: 0, end: words.chars().count() },
        quote: words.to_owned(),
        score: 1.0,
        legs: Legs::default(),
        url: "/articles/en-returns".to_owned(),
    };
    Part::Quote { markdown: words.to_owned(), citation: Box::new(citation) }
}

fn judged(outcome: Fate) -> Judged {
    let why = (outcome == Fate::Withheld).then_some(Why::Unsupported);
    Judged { sentence: "A sentence.".to_owned(), outcome, why, breach: None, verdict: Verdict::of(0.9) }
}

fn written(words: &str) -> Written {
    Written {
        draft: Draft { parts: vec![quote(words)] },
        sentences: vec![judged(Fate::Quoted), judged(Fate::PassedOver)],
        model: "m".to_owned(),
        prompt: PromptVersion { name: "answer.en".to_owned(), version: 1, digest: "d".to_owned() },
        tokens_in: 1,
        tokens_out: 1,
        none: false,
        cut: false,
        breach: None,
    }
}

fn parts<'a>(lang: &'a Lang, audiences: &'a [Audience]) -> KeyParts<'a> {
    KeyParts {
        generation: GenerationId(Uuid::from_u128(1)),
        model: "m",
        prompt: "d",
        lang,
        audiences,
        on: date(2026, 11, 24),
        min_support: 0.7,
    }
}

fn key() -> CacheKey {
    parts(&Lang::EN, &[Audience::customer()]).into()
}

fn vector(x: f32) -> Vector {
    Vector::normalised(vec![1.0, x])
}

fn cache(capacity: usize) -> AnswerCache {
    AnswerCache::new(capacity, analyser()).unwrap()
}

const ASKED: &str = "Can I return shoes?";

#[test]
fn an_answer_is_found_by_its_question() {
    let cache = cache(10);
    assert!(cache.find(&key(), ASKED, &vector(0.0)).is_none());
    cache.keep(key(), ASKED, &vector(0.0), &written("30 days."));
    for asked in [ASKED, " can I return  shoes ", "Hello, could I please return the shoes?"] {
        assert_eq!(*cache.find(&key(), asked, &vector(0.1)).unwrap(), written("30 days."), "{asked}");
    }
    for asked in
        ["Can't I return shoes?", "Can I return 2 shoes?", "Can you return shoes?", "Why can I return shoes?", ""]
    {
        assert!(cache.find(&key(), asked, &vector(0.0)).is_none(), "{asked}");
    }
    assert!(cache.find(&key(), "Could I return shoes?", &vector(9.0)).is_none(), "far by its vector");
    let rate = cache.rate();
    assert_eq!(rate, CacheRate { hits: 3, misses: 7, entries: 1 });
    assert_eq!(rate.to_string(), "3 of 10 questions answered from it");
}

#[test]
fn what_customers_asked_can_be_forgotten() {
    let cache = cache(10);
    cache.keep(key(), ASKED, &vector(0.0), &written("30 days."));
    cache.forget();
    assert!(cache.find(&key(), ASKED, &vector(0.0)).is_none());
    assert_eq!(cache.rate().entries, 0);
}

#[test]
fn whatever_made_it_must_be_the_same() {
    let cache = cache(10);
    let customer = [Audience::customer()];
    let both = [Audience("seller".to_owned()), Audience::customer()];
    let turned = [Audience::customer(), Audience("seller".to_owned())];
    let base = parts(&Lang::EN, &customer);
    cache.keep(base.into(), ASKED, &vector(0.0), &written("x"));
    let others = [
        KeyParts { model: "n", ..base },
        KeyParts { prompt: "e", ..base },
        KeyParts { lang: &Lang::JA, ..base },
        KeyParts { audiences: &both, ..base },
        KeyParts { audiences: &[], ..base },
        KeyParts { on: date(2026, 11, 25), ..base },
        KeyParts { min_support: 0.6, ..base },
    ];
    for other in others {
        assert!(cache.find(&other.into(), ASKED, &vector(0.0)).is_none(), "{other:?}");
    }
    assert!(cache.find(&base.into(), ASKED, &vector(0.0)).is_some());
    let sorted: CacheKey = KeyParts { audiences: &both, ..base }.into();
    assert_eq!(sorted, KeyParts { audiences: &turned, ..base }.into());
}

#[test]
fn a_new_generation_empties_it() {
    let cache = cache(10);
    let customer = [Audience::customer()];
    let old = parts(&Lang::EN, &customer);
    let new = KeyParts { generation: GenerationId(Uuid::from_u128(2)), ..old };
    cache.keep(old.into(), ASKED, &vector(0.0), &written("old"));
    assert!(cache.find(&new.into(), ASKED, &vector(0.0)).is_none());
    assert_eq!(cache.rate().entries, 0);
    cache.keep(old.into(), ASKED, &vector(0.0), &written("written while the articles changed"));
    assert_eq!(cache.rate().entries, 0);
    cache.keep(new.into(), ASKED, &vector(0.0), &written("new"));
    assert_eq!(*cache.find(&new.into(), ASKED, &vector(0.0)).unwrap(), written("new"));
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    assert!(AnswerCache::new(0, analyser()).is_none());
    let cache = cache(2);
    for asked in ["one", "two"] {
        cache.keep(key(), asked, &vector(0.0), &written(asked));
    }
    assert!(cache.find(&key(), "one", &vector(0.0)).is_some());
    cache.keep(key(), "three", &vector(0.0), &written("three"));
    cache.keep(key(), "three!", &vector(0.0), &written("three again"));
    let held = |asked| cache.find(&key(), asked, &vector(0.0)).is_some();
    assert_eq!((held("one"), held("two"), held("three"), cache.rate().entries), (true, false, true, 2));
}

#[test]
fn only_whole_answers_are_kept() {
    assert!(may_be_kept(&written("x")));
    let with = |change: fn(&mut Written)| {
        let mut written = written("x");
        change(&mut written);
        written
    };
    for less in [
        with(|it| it.draft.parts.clear()),
        with(|it| it.draft.parts = vec![Part::Own("of our own".to_owned())]),
        with(|it| it.none = true),
        with(|it| it.cut = true),
        with(|it| it.sentences.push(judged(Fate::Withheld))),
        with(|it| it.sentences.iter_mut().for_each(|judged| judged.verdict.without_meaning = true)),
    ] {
        assert!(!may_be_kept(&less), "{less:?}");
    }
    let cache = cache(10);
    cache.keep(key(), ASKED, &vector(0.0), &with(|it| it.model = "a fallback".to_owned()));
    cache.keep(key(), ASKED, &vector(0.0), &with(|it| it.prompt.digest = "taken up meanwhile".to_owned()));
    cache.keep(key(), ASKED, &vector(0.0), &with(|it| it.cut = true));
    assert_eq!(cache.rate().entries, 0);
}

fn sameness(analyser: &LexicalAnalyser, lang: &Lang, a: &str, b: &str) -> Sameness {
    let (a, b) = (Meaning::of(analyser, a, lang), Meaning::of(analyser, b, lang));
    assert_eq!(a.sameness(&b), b.sameness(&a), "{a} | {b}");
    a.sameness(&b)
}

#[test]
fn manner_and_order_do_not_matter() {
    let english = analyser();
    for (a, b) in [
        ("How do I cancel my order?", "Hi, please tell me how to cancel an order. Thanks!"),
        ("If I cancel, do I keep my points?", "Do I keep my points if I cancel?"),
        ("Do I have to pay twelve dollars?", "Must I pay 12 dollars?"),
        ("Where's my pre-order?", "where is my preorder"),
    ] {
        assert_eq!(sameness(&english, &Lang::EN, a, b), Sameness::Worded, "{a} | {b}");
    }
    let Some(japanese) = with_dictionary() else { return };
    for (a, b) in [
        ("返品できますか", "返品はできませんか？"),
        ("送料はいくらですか", "送料はいくらでしょうか"),
        ("返品の期限", "返品の期限は？"),
        ("荷物をコンビニで受け取れますか", "コンビニで荷物は受け取れますか"),
        ("退会したらポイントはどうなりますか", "退会したらポイントってどうなるんですか"),
        ("二段階認証のやり方を教えてください", "2段階認証のやり方を教えて下さい。よろしくお願いします"),
    ] {
        assert_eq!(sameness(japanese, &Lang::JA, a, b), Sameness::Worded, "{a} | {b}");
    }
}

#[test]
fn whatever_is_asked_otherwise_matters() {
    let english = analyser();
    for (a, b) in [
        ("Can I return it?", "Can't I return it?"),
        ("I need a receipt.", "Do I need a receipt?"),
        ("Can a seller rate a buyer?", "Can a buyer rate a seller?"),
        ("Who pays the customs?", "Who pays the customer?"),
        ("Is 1.5 kg free?", "Is 15 kg free?"),
        ("Can I use your points?", "Can I use my points?"),
        ("How do I book?", "How do I cancel a booking?"),
        ("Can I delete a review?", "Can I delete my review?"),
        ("How do I change [phone number]?", "How do I change phone number?"),
        ("Do I get a few points?", "Do I get few points?"),
        ("My parcel was delivered", "My parcel was delivered?"),
    ] {
        assert_eq!(sameness(&english, &Lang::EN, a, b), Sameness::Other, "{a} | {b}");
    }
    let Some(japanese) = with_dictionary() else { return };
    for (a, b) in [
        ("なぜ返品できますか", "なぜ返品できませんか"),
        ("もう止められますか", "もう止められませんか"),
        ("出品者は購入者を評価できますか", "出品者を購入者は評価できますか"),
        ("なぜ全部は返品できないのですか", "なぜ全部返品できないのですか"),
        ("返品はいつまでですか", "返品はいつからですか"),
        ("返品したい", "返品した"),
        ("返品しましょうか", "返品しますか"),
        ("返金されました", "返金されましたか"),
        ("学生だから買えますか", "学生から買えますか"),
        ("会員ですか", "会員です"),
        ("[電話番号]を変更したい", "電話番号を変更したい"),
        ("返品はカードでできますか", "返品はカードできますか"),
        ("3,000円で無料ですか", "3000円以上で無料ですか"),
    ] {
        assert_eq!(sameness(japanese, &Lang::JA, a, b), Sameness::Other, "{a} | {b}");
    }
}

#[test]
fn without_a_measured_rule_only_the_same_writing_counts() {
    let analyser = analyser();
    for (lang, a, b) in
        [(Lang::ZH, "怎么退货？", "怎么 退货 ?"), (Lang::KO, "환불은 언제까지인가요?", "환불은  언제까지인가요")]
    {
        assert_eq!(sameness(&analyser, &lang, a, b), Sameness::Written, "{a}");
        assert_eq!(sameness(&analyser, &lang, a, &format!("{a} bitte")), Sameness::Other, "{a}");
    }
    let long = "返品".repeat(2_000);
    assert_eq!(sameness(&analyser, &Lang::JA, &long, &long), Sameness::Written);
    for nothing in ["", " ", "？", "👟"] {
        let expected = if nothing == "👟" { Sameness::Written } else { Sameness::Other };
        assert_eq!(sameness(&analyser, &Lang::JA, nothing, nothing), expected, "{nothing}");
    }
}

proptest! {
    #[test]
    fn any_question_is_read(a in r"(?s).{0,60}|[a-z',.?! 0-9-]{0,80}|[一-九あ-ん、。?0-9「」]{0,40}", b in "(?s).{0,40}") {
        let without = LexicalAnalyser::open(None);
        let with = with_dictionary().unwrap_or(&without);
        for lang in [Lang::EN, Lang::JA] {
            sameness(with, &lang, &a, &b);
            prop_assert!(sameness(with, &lang, &a, &a) != Sameness::Worded);
        }
    }
}
