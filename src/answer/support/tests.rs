use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use proptest::prelude::*;

use super::*;
use crate::llm::{EmbedError, Embedder, EmbeddingSpace, Vector};
use crate::passages::lexical::LexicalAnalyser;

#[test]
fn sentences_of_several_scripts() {
    assert_eq!(sentences("返品できます。送料は680円です。"), ["返品できます。", "送料は680円です。"]);
    assert_eq!(sentences("It costs 3.50 yen. Really?\n- next"), ["It costs 3.50 yen.", "Really?", "- next"]);
    assert_eq!(sentences("1. 開く。次へ。\n2. Press it. Done."), ["1. 開く。", "次へ。", "2. Press it.", "Done."]);
    assert_eq!(sentences("| 靴 | 30日。例外あり |"), ["| 靴 | 30日。例外あり |"]);
    assert!(sentences("\n \n").is_empty());
}

/// Counts characters: near where many are shared. Down if told so.
#[derive(Debug)]
struct Letters {
    space: EmbeddingSpace,
    down: bool,
}

#[async_trait]
impl Embedder for Letters {
    fn space(&self) -> &EmbeddingSpace {
        &self.space
    }
    async fn embed_query(&self, text: &str) -> Result<Vector, EmbedError> {
        let mut counts = vec![0.0; 64];
        text.chars().for_each(|c| counts[c as usize % 64] += 1.0);
        if self.down { Err(EmbedError::Stopped) } else { Ok(Vector::normalised(counts)) }
    }
    async fn embed_passages(&self, texts: &[String]) -> Result<Vec<Vector>, EmbedError> {
        self.embed_questions(texts).await
    }
    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }
    fn max_tokens(&self) -> usize {
        512
    }
    fn is_remote(&self) -> bool {
        false
    }
}

fn letters(down: bool) -> Arc<dyn Embedder> {
    let space = EmbeddingSpace { model: "letters".to_owned(), dimension: 64, fingerprint: String::new() };
    Arc::new(Letters { space, down })
}

static ANALYSER: LazyLock<Arc<LexicalAnalyser>> = LazyLock::new(|| Arc::new(LexicalAnalyser::open(None)));
static EVIDENCE: LazyLock<Evidence> = LazyLock::new(|| Evidence::new(ANALYSER.clone(), Some(letters(false))));
static WORDS: LazyLock<Evidence> = LazyLock::new(|| Evidence::new(ANALYSER.clone(), None));

fn judge(verifier: &dyn Support, source: &str, said: &str, lang: &Lang) -> Verdict {
    futures::executor::block_on(verifier.support(&Claim::new(source, said, lang)))
}

const SOURCE_JA: &str = "返品は、お届けの翌日から30日以内に受け付けます。返送料は680円です。\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |\n| 家電 | 14日 |\n\n申し込みは https://hinata-market.example/returns から送ります。";
const SOURCE_EN: &str = "You can return an item within 30 days of delivery. The return label costs 680 yen.\n\nMail help@hinata-market.example if it is damaged. You do not need the box.";

#[test]
fn a_verdict_names_what_disagrees() {
    let verdict = judge(&*WORDS, SOURCE_JA, "返品は、お届けの翌日から90日以内に受け付けます。", &Lang::JA);
    assert!(verdict.vetoed() && verdict.support <= 0.05 && verdict.without_meaning);
    let first = &verdict.disagreements[0];
    assert_eq!((first.kind, first.said.as_str(), first.source.as_deref()), (Subject::Time, "90日", Some("30日")));
    let verdict = judge(&*EVIDENCE, SOURCE_EN, "The return label costs 980 yen.", &Lang::EN);
    let first = &verdict.disagreements[0];
    assert_eq!(
        (first.kind, first.said.as_str(), first.source.as_deref()),
        (Subject::Amount, "980 yen", Some("680 yen"))
    );
    assert!(verdict.vetoed() && !verdict.without_meaning && verdict.nearest.is_some());
    let json = serde_json::to_string(&verdict).unwrap();
    assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
}

#[test]
fn an_invented_link_is_vetoed_and_a_given_one_is_not() {
    let said = "Mail help@hinata-market.example if it is broken.";
    assert!(!judge(&*WORDS, SOURCE_EN, said, &Lang::EN).vetoed());
    assert!(judge(&*WORDS, SOURCE_EN, &said.replace("help@", "info@"), &Lang::EN).vetoed());
    assert!(judge(&*WORDS, SOURCE_JA, "https://hinata-market.test/returns を開きます。", &Lang::JA).vetoed());
}

#[test]
fn what_stands_in_the_question_may_be_taken_up() {
    let claim = Claim::new(SOURCE_EN, "For 45 days you cannot return it.", &Lang::EN);
    let asked = claim.asked(Some("Can I return it after 45 days?"));
    assert!(futures::executor::block_on(WORDS.support(&claim)).vetoed());
    assert!(!futures::executor::block_on(WORDS.support(&asked)).vetoed());
}

#[test]
fn a_swapped_negation_lowers() {
    for (source, said, lang) in [
        (SOURCE_EN, "You do need the box.", Lang::EN),
        (SOURCE_EN, "You can not return an item within 30 days of delivery.", Lang::EN),
        (SOURCE_JA, "返品は、お届けの翌日から30日以内に受け付けません。", Lang::JA),
        ("開封した商品は返品できません。", "開封した商品は返品できます。", Lang::JA),
        (
            "ロック中は、パスワードでのログインが使えません。",
            "ロック中は、パスワードでのログインが使えます。",
            Lang::JA,
        ),
    ] {
        for verifier in [&*EVIDENCE, &*WORDS] {
            let verdict = judge(verifier, source, said, &lang);
            assert!(verdict.support < 0.8, "{said}: {verdict:?}");
        }
    }
}

#[test]
fn without_the_embedder_the_words_decide() {
    let down = Evidence::new(ANALYSER.clone(), Some(letters(true)));
    let said = "An item can be returned within 30 days of delivery.";
    let (without, words) = (judge(&down, SOURCE_EN, said, &Lang::EN), judge(&*WORDS, SOURCE_EN, said, &Lang::EN));
    assert!(without.without_meaning);
    assert_eq!(without.support, words.support);
    assert_eq!(judge(&Meaning::new(letters(true)), SOURCE_EN, said, &Lang::EN).support, 0.0);
    futures::executor::block_on(down.prepare(SOURCE_EN, &Lang::EN, true));
}

#[test]
fn chinese_and_korean_are_read_as_far_as_they_go() {
    let zh = "商品送达后30天内可以退货。退货运费为680日元。";
    assert_eq!(judge(&*WORDS, zh, "商品送达后30天内可以退货。", &Lang::ZH).support, 1.0);
    assert!(judge(&*WORDS, zh, "商品送达后90天内可以退货。", &Lang::ZH).vetoed());
    let ko = "상품 수령 후 30일 이내에 반품할 수 있습니다.";
    assert_eq!(judge(&*WORDS, ko, ko, &Lang::KO).support, 1.0);
    assert!(judge(&*WORDS, ko, "상품 수령 후 60일 이내에 반품할 수 있습니다.", &Lang::KO).vetoed());
}

#[test]
fn nothing_said_needs_no_support() {
    for said in ["", " \n", "。", "👟"] {
        assert_eq!(judge(&*WORDS, SOURCE_EN, said, &Lang::EN).support, 1.0, "{said:?}");
    }
    assert!(judge(&*WORDS, "", "Something is said.", &Lang::EN).support < 0.5);
}

#[test]
fn a_megabyte_is_read() {
    let long = "返品は30日以内です。".repeat(40_000);
    assert!(judge(&*WORDS, SOURCE_JA, &long, &Lang::JA).support <= 1.0);
    assert!(judge(&*WORDS, &long, "返品は90日以内です。", &Lang::JA).vetoed());
}

fn langs() -> impl Strategy<Value = Lang> {
    prop::sample::select(vec![Lang::JA, Lang::EN, Lang::ZH, Lang::KO])
}

/// Text with much of what the checks look for.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,60}",
        r"(?s)[|\-:#*\[\]()「」\x22'0-9,.%¥$~〜年月日時分円一二十百万三 \nnotNOaApm@/ないませんのみ只不만일👟é]{0,80}",
        "not only( [a-z]{1,5}){0,4}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_judged(source in texts(), said in texts(), asked in texts(), lang in langs()) {
        let claim = Claim::new(&source, &said, &lang).asked(Some(&asked));
        let verifiers: [&dyn Support; 5] =
            [&*EVIDENCE, &*WORDS, &Checks::new(ANALYSER.clone()), &TokenOverlap::new(ANALYSER.clone()), &Meaning::new(letters(false))];
        for verifier in verifiers {
            let support = futures::executor::block_on(verifier.support(&claim)).support;
            prop_assert!((0.0..=1.0).contains(&support), "{}: {support}", verifier.name());
        }
    }

    #[test]
    fn a_whole_source_supports_itself(source in texts(), lang in langs()) {
        prop_assert_eq!(judge(&*EVIDENCE, &source, &source, &lang).support, 1.0);
    }

    #[test]
    fn verbatim_is_supported(
        parts in prop::collection::vec("[ぁ-んア-ヶ一-龠a-zA-Z가-힣][ぁ-んア-ヶ一-龠a-zA-Z가-힣0-9,%円 ]{0,20}(。|[.] |！|\n)", 1..6),
        lang in langs(),
    ) {
        let source = parts.concat();
        for said in sentences(&source) {
            prop_assert_eq!(judge(&*EVIDENCE, &source, said, &lang).support, 1.0, "{:?}", said);
        }
    }

    #[test]
    fn another_number_is_vetoed(
        (right, wrong) in (2_u32..9_999, 2_u32..9_999).prop_filter("two numbers", |(a, b)| a != b),
        (template, lang) in prop::sample::select(vec![
            ("返品は、お届けの翌日から{n}日以内に受け付けます。", Lang::JA),
            ("返送料は{n}円です。", Lang::JA),
            ("1回の注文で{n}個まで買えます。", Lang::JA),
            ("You can return it within {n} days.", Lang::EN),
            ("It costs {n} yen, paid in advance.", Lang::EN),
            ("Up to {n} photos can be added.", Lang::EN),
            ("{n}天内可以退货。", Lang::ZH),
            ("{n}일 이내에 반품할 수 있습니다.", Lang::KO),
        ]),
    ) {
        let with = |n: u32| template.replace("{n}", &n.to_string());
        let verdict = judge(&*WORDS, &with(right), &with(wrong), &lang);
        prop_assert!(verdict.vetoed() && verdict.support <= 0.05, "{verdict:?}");
        let grouped = template.replace("{n}", &format!("{},{:03}", right / 1_000 + 1, right % 1_000));
        let plain = with(right + 1_000);
        prop_assert!(!judge(&*WORDS, &plain, &grouped, &lang).vetoed(), "{plain} {grouped}");
    }
}
