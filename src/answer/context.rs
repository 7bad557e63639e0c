//! Whether a message leans on what was said before, and what it means then. Rules, because there is no model to ask; each is about
//! how people go on with a subject, none about what the subject is.

use unicode_normalization::UnicodeNormalization as _;

use super::Suggestion;

/// Words that point back, at the beginning of a message.
const BEGINS: &[&str] = &[
    // Japanese
    "それ",
    "その",
    "そっち",
    "そちら",
    "これ",
    "この場合",
    "こっち",
    "あれ",
    "あと",
    "じゃあ",
    "じゃ、",
    "じゃ ",
    "では",
    "だったら",
    "なら",
    "でも",
    "ちなみに",
    "だと",
    "で、",
    "なるほど",
    "え、",
    "えっ",
    "例えば",
    "たとえば",
    "もし",
    "逆に",
    "ということは",
    "つまり",
    "さっきの",
    "先ほどの",
    "同じ",
    // English
    "it ",
    "it's",
    "its ",
    "that",
    "this",
    "those",
    "these",
    "them",
    "they",
    "what about",
    "how about",
    "what if",
    "and ",
    "but ",
    "so ",
    "then ",
    "also ",
    "or ",
    "even ",
    "does it",
    "do they",
    "is it",
    "is that",
    "can it",
    "can i do that",
    "will it",
    "which one",
    "same ",
    "for how long",
    "how long does it",
    "when does it",
    "where is that",
    "why",
    "ok so",
    "ok but",
    "ok and",
    "in that case",
    "if so",
    // Chinese, Korean
    "那",
    "这个",
    "这样",
    "它",
    "如果",
    "还有",
    "그럼",
    "그건",
    "그거",
    "그러면",
    "이건",
    "그런데",
    "근데",
    "그리고",
];
/// Words that point back anywhere in a short message.
const HOLDS: &[&str] = &[
    "それ",
    "その場合",
    "その時",
    "そのとき",
    "その後",
    "そこ",
    "それでも",
    "同じですか",
    "同じ?",
    "の方も",
    "のほうも",
    "の方は",
    "のほうは",
    "の場合は",
    "だったら",
    "でも?",
    "でもいい",
    "そうする",
    "その",
    " it ",
    " that ",
    " them ",
    " those ",
    " instead ",
    " too ",
    " as well ",
    "呢",
    "那个",
    "그거",
    "그건",
    "그게",
    "은요",
    "는요",
];
/// Longest message, in characters, that may lean by a word inside it; Latin letters count a third.
const SHORT: usize = 40;

/// Whether a message points back to what was said before.
pub fn leans(text: &str) -> bool {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let text = text.trim();
    if BEGINS.iter().any(|word| text.starts_with(word)) {
        return true;
    }
    // Latin words stand between spaces, whatever parts them: " it " is not in "item".
    let parted: String =
        text.chars().map(|c| if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' { ' ' } else { c }).collect();
    let padded = format!(" {parted} ");
    room(text) <= SHORT && HOLDS.iter().any(|word| padded.contains(word))
}

/// How much a text says, in characters of Japanese.
pub fn room(text: &str) -> usize {
    let (narrow, wide) = text.chars().filter(|c| c.is_alphanumeric()).fold((0, 0), |(narrow, wide), c| {
        if c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) { (narrow + 1, wide) } else { (narrow, wide + 1) }
    });
    wide + narrow / 3
}

/// Which of the options of a question back a reply chooses: by its number, or by its title.
pub fn chosen<'o>(reply: &str, options: &'o [Suggestion]) -> Option<&'o Suggestion> {
    let text: String = reply.nfkc().flat_map(char::to_lowercase).collect();
    let words: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let bare: String = words.iter().collect();
    if let Some(option) = options.iter().find(|option| {
        let title: String = option.title.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
        !title.is_empty() && title == bare
    }) {
        return Some(option);
    }
    let number = ORDINALS.iter().position(|names| names.split('|').any(|name| name == bare))?;
    options.get(number)
}

/// How the first, second, … is named, as it stands without spaces and marks.
const ORDINALS: [&str; 4] = [
    "1|1番|1番目|1つ目|ひとつ目|一番|一つ目|最初|最初の|①|一|the first|thefirst|first|thefirstone|firstone|number1|no1|option1|one|第一个|1번|첫번째",
    "2|2番|2番目|2つ目|ふたつ目|二番|二つ目|二番目|②|二|second|thesecond|thesecondone|secondone|number2|no2|option2|two|第二个|2번|두번째",
    "3|3番|3番目|3つ目|みっつ目|三番|三つ目|三番目|③|三|third|thethird|thethirdone|thirdone|number3|no3|option3|three|第三个|3번|세번째",
    "4|4番|4番目|4つ目|よっつ目|四番|四つ目|四番目|最後|最後の|④|四|fourth|thefourth|thefourthone|number4|no4|option4|four|last|thelast|thelastone|第四个|4번|네번째",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use crate::passages::ArticleId;

    fn options() -> Vec<Suggestion> {
        let option = |id: &str, title: &str| Suggestion {
            article_id: ArticleId(id.to_owned()),
            title: title.to_owned(),
            lang: Lang::JA,
            url: String::new(),
        };
        vec![option("a", "注文をキャンセルする"), option("b", "お届け先と受取日時を変更する")]
    }

    #[test]
    fn follow_ups_lean() {
        for text in [
            "それは未開封でも?",
            "じゃあ家電は",
            "ロッカーの方も同じ？",
            "その場合の送料は？",
            "で、いくら？",
            "ファンデの箱あけちゃったんだけどそれでも？",
            "what about electronics?",
            "And for members?",
            "does it cost anything",
            "Is that also true abroad?",
            "那家电呢",
            "그럼 가전은요?",
        ] {
            assert!(leans(text), "{text}");
        }
    }

    #[test]
    fn questions_stand_alone() {
        for text in [
            "返品っていつまで？",
            "領収書の出し方を教えてください",
            "送料はいくらですか",
            "How long can I return an item?",
            "Where is my parcel",
            "怎么退货",
            "환불은 언제 되나요",
            "",
            "😀",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    #[test]
    fn an_option_is_chosen_by_number_or_title() {
        let options = options();
        for (reply, id) in [
            ("1", "a"),
            ("２番", "b"),
            ("2番目", "b"),
            ("②です", "none"),
            ("The first one", "a"),
            ("注文をキャンセルする", "a"),
            ("3", "none"),
            ("1個届かない", "none"),
        ] {
            let found = chosen(reply, &options).map_or("none", |option| option.article_id.0.as_str());
            assert_eq!(found, id, "{reply}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_leans_or_not(text in ".*") {
            let _ = (leans(&text), room(&text), chosen(&text, &options()));
        }
    }
}
