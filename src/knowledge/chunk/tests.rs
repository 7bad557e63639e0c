use proptest::prelude::*;

use super::*;

/// One token for each character that is not white space, one for the frame: like an unkind model.
fn count(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count() + 1
}

fn texts(body: &str, budget: usize) -> Vec<(String, String)> {
    cut(body, "T", budget, &count)
        .into_iter()
        .map(|piece| (piece.heading.join("/"), body.get(piece.bytes).unwrap().to_owned()))
        .collect()
}

fn own(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_section_that_fits_is_one_passage() {
    let body =
        "# T\n\n最初の段落。\n\n## 手順\n\n1. 開く\n2. 押す\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## 例外\n\n   食品\n";
    assert_eq!(
        texts(body, 100),
        own(&[
            ("", "最初の段落。"),
            ("手順", "1. 開く\n2. 押す\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
            ("例外", "   食品"),
        ])
    );
}

#[test]
fn steps_stay_whole() {
    let body = "次の順に：\n\n1. 注文履歴を開きます\n   - あるいは検索します\n2. 返品を選びます\n3. ラベルを印刷して貼ります\n4. 渡します\n";
    let found = texts(body, 40);
    assert_eq!(
        found.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
        [
            "次の順に：\n\n1. 注文履歴を開きます\n   - あるいは検索します\n2. 返品を選びます",
            "3. ラベルを印刷して貼ります\n4. 渡します"
        ]
    );
}

#[test]
fn rows_stay_whole_and_the_head_with_the_first() {
    let mut body = String::from("| 商品 | 期間 |\n|---|---|\n");
    for row in 0..20 {
        body.push_str(&format!("| 商品番号{row} | {row}日以内 |\n"));
    }
    let found = texts(&body, 60);
    assert!(found.len() > 3);
    assert!(found[0].1.starts_with("| 商品 | 期間 |\n|---|---|\n| 商品番号0 |"));
    for (_, text) in &found {
        assert!(text.starts_with('|') && text.ends_with('|'), "{text}");
        assert!(count(&plain(text)) <= 60);
    }
    let sizes: Vec<_> = found.iter().map(|(_, text)| count(text)).collect();
    assert!(sizes.iter().max().unwrap() < &(sizes.iter().min().unwrap() * 3), "{sizes:?}");
}

#[test]
fn one_endless_paragraph_is_cut_at_sentences() {
    let body = "返品は三十日以内です。箱は要りません。".repeat(20);
    for (_, text) in texts(&body, 80) {
        assert!(text.ends_with('。'), "{text}");
        assert!(count(&text) <= 80);
    }
}

#[test]
fn link_lists_and_comments_are_no_passages() {
    let chunker = Chunker::new(Arc::new(crate::knowledge::fakes::FakeEmbedder::default()));
    let mut article = crate::knowledge::fakes::article(
        "ja-a",
        "本文です。👨‍👩‍👧\n\n## 関連\n\n- [返品](b.md)\n\n## 注\n\n<!-- x -->\n\n## 例外\n\nか\u{3099}あり。\n",
    );
    article.title = "題".into();
    let passages = chunker.passages(&article);
    let chars: Vec<char> = article.body.chars().collect();
    assert_eq!(passages.len(), 2);
    for (at, passage) in passages.iter().enumerate() {
        assert_eq!(passage.ordinal as usize, at);
        assert_eq!(passage.text, chars[passage.span.start..passage.span.end].iter().collect::<String>());
    }
    assert_eq!(passages[1].heading, ["例外"]);
    assert_eq!(dense_text(&passages[1]), "題 > 例外\nか\u{3099}あり。");
}

#[test]
fn one_megabyte_is_cut_in_time() {
    let body = format!("## 章\n\n{}", "返品は三十日以内です。\n\n".repeat(28_000));
    assert!(cut(&body, "T", 480, &count).len() > 500);
}

/// Lines such as editors write, in any order.
fn markdown_body() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "#{1,6} [a-z返品 ]{0,12}",
        "[0-9]\\. [a-z返品。、 ]{0,60}",
        " {0,6}- [a-z返品。👍 ]{0,60}",
        "\\|( [a-z返品]{0,8} \\|){1,4}",
        "\\|(---\\|){1,4}",
        "> [a-z返品。 ]{0,40}",
        "```",
        "---",
        "===",
        "",
        "",
        "[a-zé返品。、!? ]{0,120}",
        "\\[x\\]: http://example\\.com",
        "<!-- [a-z ]{0,10} -->",
        "\\PC{0,60}",
    ];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_are_the_body(body in markdown_body(), budget in 20..200_usize) {
        let pieces = cut(&body, "T", budget, &count);
        let outline = Outline::of(&body);
        let mut covered = vec![false; body.len()];
        let mut before = 0;
        for piece in &pieces {
            prop_assert!(piece.bytes.start >= before && piece.bytes.start < piece.bytes.end);
            before = piece.bytes.end;
            let text = body.get(piece.bytes.clone());
            prop_assert!(text.is_some_and(|text| !text.trim().is_empty()));
            covered[piece.bytes.clone()].fill(true);
        }
        for heading in &outline.headings {
            prop_assert!(covered[heading.bytes.clone()].iter().all(|c| !c), "a heading line in a piece");
            covered[heading.bytes.clone()].fill(true);
        }
        for (at, c) in body.char_indices() {
            prop_assert!(c.is_whitespace() || covered[at], "{c:?} at {at} is lost");
        }
    }

    #[test]
    fn steps_and_rows_that_fit_are_whole(lengths in proptest::collection::vec(1..40_usize, 1..30), table: bool, budget in 120..300_usize) {
        let mut body = String::from(if table { "|a|b|\n|---|---|\n" } else { "" });
        let units: Vec<String> = lengths
            .iter()
            .enumerate()
            .map(|(n, length)| match table {
                true => format!("|{n}|{}|", "返品。".repeat(*length)),
                false => format!("{}. {}\n    - {}", n + 1, "返品。".repeat(*length / 2), "例外。".repeat(*length / 2 + 1)),
            })
            .collect();
        body.push_str(&units.join("\n"));
        let pieces = texts(&body, budget);
        for unit in units.iter().filter(|unit| count(unit) <= budget / 2) {
            prop_assert!(pieces.iter().any(|(_, text)| text.contains(unit.as_str())), "{unit} is cut: {pieces:?}");
        }
    }

    #[test]
    fn spans_are_characters(body in markdown_body()) {
        let chunker = Chunker::new(Arc::new(crate::knowledge::fakes::FakeEmbedder::default()));
        let article = crate::knowledge::fakes::article("a", &body);
        let chars: Vec<char> = body.chars().collect();
        let mut before = 0;
        for passage in chunker.passages(&article) {
            prop_assert!(passage.span.start >= before);
            before = passage.span.end;
            prop_assert_eq!(chars[passage.span.start..passage.span.end].iter().collect::<String>(), passage.text);
        }
    }
}
