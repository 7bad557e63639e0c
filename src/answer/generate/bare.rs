//! Sentences that answer nothing. A question, which a small model likes to say after the customer. Words that only lead
//! to a list. And a yes or a no that stands alone. It rests on nothing that could be checked, and what follows it may
//! be withheld: then it would be a ruling without its reason. What follows says the same with its source.

/// Words of assent and denial, and those that lead to a list, folded; a sentence made of these alone says nothing that
/// an article says.
const WORDS: &[&str] = &[
    // ja
    "はい",
    "いいえ",
    "ええ",
    "可能です",
    "できます",
    "できません",
    "その通りです",
    "そうです",
    "もちろんです",
    "もちろん",
    // en
    "yes",
    "no",
    "sure",
    "certainly",
    "absolutely",
    "of course",
    "yes you can",
    "no you cannot",
    "no you cant",
    "correct",
    "you can",
    "you cannot",
    "yep",
    "yeah",
    "nope",
    "ok",
    "okay",
    "definitely",
    "yes it is",
    "no it is not",
    // zh
    "是",
    "是的",
    "不是",
    "可以",
    "不可以",
    "可以的",
    "不",
    "当然",
    "当然可以",
    "能",
    "不能",
    "有",
    "有的",
    "没有",
    "会",
    "不会",
    "對",
    "对",
    // ko
    "네",
    "예",
    "아니요",
    "아니오",
    "가능합니다",
    "불가능합니다",
    "있습니다",
    "없습니다",
    "물론입니다",
    // What leads to a list or to steps, which stand for themselves.
    "手順は次のとおりです",
    "手順は以下のとおりです",
    "方法は次のとおりです",
    "次のとおりです",
    "以下のとおりです",
    "次の手順で行います",
    "here is how",
    "here are the steps",
    "heres how",
    "follow these steps",
    "the steps are as follows",
    "步骤如下",
    "方法如下",
    "如下",
    "절차는 다음과 같습니다",
    "방법은 다음과 같습니다",
    "다음과 같습니다",
    // de, fr, es, pt, it, vi, th, id
    "ja",
    "nein",
    "natürlich",
    "oui",
    "non",
    "bien sûr",
    "sí",
    "si",
    "claro",
    "sim",
    "não",
    "certo",
    "vâng",
    "có",
    "không",
    "dạ",
    "ใช่",
    "ไม่",
    "ได้",
    "ไม่ได้",
    "ใช่ค่ะ",
    "ใช่ครับ",
    "ya",
    "tidak",
    "bisa",
    "tentu",
    "tentu saja",
];

/// Whether a sentence is nothing but a yes, a no or a way to what follows, or asks instead of answering.
pub(super) fn says_nothing(sentence: &str) -> bool {
    is_bare(sentence) || is_question(sentence)
}

fn is_question(sentence: &str) -> bool {
    let end = sentence.trim_end_matches(|c: char| c.is_whitespace() || "*_`\"'”’」』)）]".contains(c));
    end.ends_with(['?', '？', '؟'])
}

fn is_bare(sentence: &str) -> bool {
    let letters: String = sentence
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == ' ' || is_mark(*c))
        .collect();
    WORDS.contains(&letters.trim())
}

/// Thai vowels and tones are marks, not letters.
fn is_mark(c: char) -> bool {
    ('\u{0e31}'..='\u{0e4e}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::{is_bare, says_nothing};

    #[test]
    fn a_question_is_no_answer() {
        for asks in ["宛名を会社名にして出せますか？？", "Can I return it?", "**Is it free?** ", "「返品できますか？」"]
        {
            assert!(says_nothing(asks), "{asks}");
        }
        for says in ["Press ? for help.", "期限は30日です。", ""] {
            assert!(!says_nothing(says), "{says}");
        }
    }

    #[test]
    fn a_yes_or_a_lead_alone_is_told_from_one_with_a_reason() {
        for bare in [
            "Yes.",
            "**No!**",
            "はい。",
            "可以。",
            "네.",
            "No, you can't.",
            "ใช่ค่ะ",
            "Sí.",
            "手順は次のとおりです。",
            "Here's how:",
            "步骤如下：",
            "방법은 다음과 같습니다.",
        ] {
            assert!(is_bare(bare), "{bare}");
        }
        for said in ["Yes, within 30 days.", "はい、30日以内なら返品できます。", "👍", "", "No. 5"] {
            assert!(!is_bare(said), "{said}");
        }
    }
}
