use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// The analyser with the dictionary, where it has been fetched.
fn with_dictionary() -> Option<LexicalAnalyser> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("var/models/ipadic");
    if !dir.join("sys.dic").exists() {
        eprintln!("SKIPPED: the Japanese dictionary is not in var/models/ipadic");
        return None;
    }
    let analyser = LexicalAnalyser::open(Some(&dir));
    assert!(analyser.has_dictionary());
    Some(analyser)
}

fn analysers() -> Vec<LexicalAnalyser> {
    [Some(LexicalAnalyser::open(None)), with_dictionary()].into_iter().flatten().collect()
}

fn score(query: &SparseVector, document: &SparseVector) -> f32 {
    let weight = |term: &u32| document.indices.binary_search(term).map_or(0.0, |at| document.values[at]);
    query.indices.iter().zip(&query.values).map(|(term, w)| w * weight(term)).sum()
}

#[test]
fn words_by_the_dictionary_are_lemmas_without_grammar() {
    let Some(analyser) = with_dictionary() else { return };
    let terms = |text| analyser.terms(text, &Lang::JA);
    assert_eq!(terms("商品を返品したいのですが、どうすればいいですか？"), ["商品", "返品"]);
    assert_eq!(terms("返品"), ["返品"]);
    assert_eq!(terms("Amazonのｻｰﾊﾞｰが届かなかった"), ["amazon", "サーバ", "届く"]);
    assert_eq!(terms("注文番号123-4567の領収書"), ["注文", "番号", "1234567", "領収", "書"]);
}

#[test]
fn icu_needs_no_dictionary() {
    let analyser = LexicalAnalyser::open(None);
    assert!(!analyser.has_dictionary());
    let terms = analyser.terms("商品を返品したいのですが", &Lang::JA);
    assert!(terms.contains(&"返品".to_owned()) && !terms.contains(&"を".to_owned()), "{terms:?}");
}

#[test]
fn european_words_are_stemmed_and_function_words_dropped() {
    let analyser = LexicalAnalyser::open(None);
    assert_eq!(analyser.terms("How do I return the customer’s items?", &Lang::EN), ["return", "custom", "item"]);
    assert_eq!(analyser.terms("Wo sind die Rücksendungen?", &Lang::new("de")), ["rucksend"]);
    assert_eq!(analyser.terms("1,500 yen or ¥1500", &Lang::EN), ["1500", "yen", "1500"]);
    // Thai has no spaces: ICU's dictionary finds its words.
    assert!(analyser.terms("สวัสดีครับ ขอคืนสินค้า", &Lang::new("th")).len() >= 3);
}

#[test]
fn chinese_and_korean_are_found_by_parts() {
    let analyser = LexicalAnalyser::open(None);
    for (lang, query, document) in
        [(Lang::ZH, "怎么退货", "商品退货政策"), (Lang::KO, "환불하고 싶어요", "환불은 3일 안에 처리됩니다")]
    {
        let document = analyser.documents(&[LexicalText { text: document, lang: &lang }]).remove(0);
        assert!(score(&analyser.query(query, &lang), &document) > 0.0, "{query}");
    }
}

#[test]
fn codes_are_one_light_term_and_errors_keep_their_letters() {
    let analyser = LexicalAnalyser::open(None);
    let en = |text| analyser.terms(text, &Lang::EN);
    assert_eq!(en("123-4567"), ["1234567"]);
    assert_eq!(en("order 123‐4567."), ["order", "1234567"]);
    assert_eq!(en("error E-1043"), ["error", "e-1043", "e"]);
    assert_eq!(en("10-15 days"), ["10", "15", "day"]);
    assert_eq!(en("(0120-123-456)"), en("0120123456"));
    let query = analyser.query("where is 123-4567", &Lang::EN);
    assert_eq!(query.values, [CODE_WEIGHT]);
}

const CODE_WEIGHT: f32 = 0.3;

#[test]
fn weights_are_bm25s() {
    let analyser = LexicalAnalyser::open(None);
    let lang = Lang::EN;
    let texts = ["apple banana", "apple apple apple banana cherry damson", ""];
    let vectors = analyser.documents(&texts.map(|text| LexicalText { text, lang: &lang }));
    let average = 8.0 / 3.0;
    let expected = |n: f32, length: f32| n * 2.2 / (n + 1.2 * (0.25 + 0.75 * length / average));
    let apple = analyser.query("apple", &lang);
    assert!((score(&apple, &vectors[0]) - expected(1.0, 2.0)).abs() < 1e-5);
    assert!((score(&apple, &vectors[1]) - expected(3.0, 6.0)).abs() < 1e-5);
    assert_eq!(vectors[2], SparseVector::default());
    assert!(analyser.documents(&[]).is_empty());
}

#[test]
fn fingerprints_tell_analysers_apart() {
    let default = LexicalAnalyser::open(None);
    let missing = LexicalAnalyser::open(Some(Path::new("there/is/none")));
    assert_eq!(default.fingerprint(), missing.fingerprint());
    let other = LexicalSettings { stem: false, japanese: JapaneseUnits::Icu, ..LexicalSettings::default() };
    let other = LexicalAnalyser::with_settings(Path::new(""), other).unwrap();
    assert_ne!(default.fingerprint(), other.fingerprint());
    if let Some(with) = with_dictionary() {
        assert_ne!(default.fingerprint(), with.fingerprint());
    }
    assert_eq!(hash("返品"), hash("返品"));
    assert_eq!(hash(""), 0xcbf2_9ce4 ^ 0x8422_2325, "the hash is written into every index: it must not change");
}

#[test]
fn a_megabyte_is_no_trouble() {
    let kana = "すもももももももものうち".repeat(28_000);
    let han = "返".repeat(340_000);
    let word = "a".repeat(1 << 20);
    let hyphens = "1-".repeat(1 << 19);
    let mixed = "返品return 환불 123-4567 👩‍👩‍👧。".repeat(20_000);
    let marks = "e\u{301}\u{301}\u{301}".repeat(150_000);
    for analyser in analysers() {
        for text in [&kana, &han, &word, &hyphens, &mixed, &marks] {
            let vector = analyser.documents(&[LexicalText { text, lang: &Lang::JA }]).remove(0);
            assert!(vector.indices.is_sorted_by(|a, b| a < b));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_is_too_strange(text in "(\\PC|\\s|[ぁ-んァ-ヶ一-龠々ー]|[가-힣]|[a-z0-9'-]|[\u{0}-\u{1f}]|[\u{1f300}-\u{1faff}\u{200d}]){0,60}") {
        static ANALYSERS: std::sync::LazyLock<Vec<LexicalAnalyser>> = std::sync::LazyLock::new(analysers);
        for analyser in ANALYSERS.iter() {
            for lang in ["ja", "en", "zh", "ko", "de", "xx", ""] {
                let lang = Lang::new(lang);
                let query = analyser.query(&text, &lang);
                prop_assert!(query.indices.is_sorted_by(|a, b| a < b));
                prop_assert!(query.values.iter().all(|v| *v > 0.0 && v.is_finite()));
                let document = analyser.documents(&[LexicalText { text: &text, lang: &lang }]).remove(0);
                prop_assert_eq!(&query.indices, &document.indices);
            }
        }
    }
}
