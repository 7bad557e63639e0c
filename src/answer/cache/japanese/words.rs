//! What each word of the dictionary's does in a question.

use crate::passages::lexical::Parsed;

/// A word as far as it is looked at here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In one form; grammar as it stands.
    pub(super) form: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nouns, adverbs and whatever else does not inflect; other scripts.
    Noun,
    /// Verbs, adjectives, and the auxiliaries that mean something.
    Verb,
    /// は and って, which leave open of what part they speak.
    Topic,
    Subject,
    Object,
    /// Particles.
    Particle,
    /// Conjunctive particles, whose word tells.
    Joint,
    /// の and ん, which only explain if the sentence ends with them.
    Explaining,
    /// か.
    Asking,
    /// です, だ: nothing, unless から or と follows.
    Copula,
    /// う: nothing in でしょう and だろう.
    Volition,
    /// ます, ね, けど: nothing.
    Polite,
    /// ない, ん, ぬ.
    Denied,
    /// The end of a sentence; `?` asks.
    End,
}

/// Every word by what it does.
pub(super) fn words(parsed: &[Parsed]) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for part in parsed {
        match part {
            Parsed::Other(run) => other(run, &mut found),
            Parsed::Word { surface, lemma, pos, detail } => {
                // The dictionary's costs make いつ before から and です the end of いる.
                if surface == "つ"
                    && let Some(last) = found.last_mut()
                    && last.form == "い"
                {
                    *last = Word { form: "いつ".to_owned(), kind: Kind::Noun };
                    continue;
                }
                found.push(word(surface, lemma, pos, detail));
            }
        }
    }
    // い stood for いる unless つ followed.
    for word in &mut found {
        if word.form == "い" && word.kind == Kind::Verb {
            "いる".clone_into(&mut word.form);
        }
    }
    found
}

fn word(surface: &str, lemma: &str, pos: &str, detail: &str) -> Word {
    let make = |form: &str, kind| Word { form: form.to_owned(), kind };
    match (pos, surface) {
        ("助詞", "は") | ("助詞", "って") => make("は", Kind::Topic),
        ("助詞" | "接続詞", "が") if detail != "接続助詞" => make("が", Kind::Subject),
        ("助詞", "を") => make("を", Kind::Object),
        ("助詞", "へ") => make("に", Kind::Particle),
        ("助詞", "か") => make("か", Kind::Asking),
        ("助詞", "が" | "けど" | "けれど" | "けれども" | "けども") => make("", Kind::Polite),
        ("助詞", _) if detail == "終助詞" => {
            make(surface, if surface == "の" { Kind::Explaining } else { Kind::Polite })
        }
        ("助詞", "の") if detail != "連体化" => make("の", Kind::Explaining),
        ("助詞", _) => make(surface, if detail == "接続助詞" { Kind::Joint } else { Kind::Particle }),
        ("名詞", "の" | "ん") if detail == "非自立" => make("の", Kind::Explaining),
        ("助動詞", "なら" | "たら" | "だら" | "たり") => make(surface, Kind::Verb),
        // カードで is read as the copula now and then.
        ("助動詞", "で") => make("で", Kind::Particle),
        ("助動詞", _) if matches!(lemma, "です" | "だ") => make("だ", Kind::Copula),
        ("助動詞", _) if matches!(lemma, "う" | "よう") => make("う", Kind::Volition),
        ("助動詞", _) if lemma == "ます" => make("", Kind::Polite),
        ("助動詞", _) if matches!(lemma, "ない" | "ん" | "ぬ" | "ず") => make("ない", Kind::Denied),
        ("形容詞", _) if lemma == "ない" => make("ない", Kind::Denied),
        ("感動詞", "はい" | "いいえ" | "いや") => make(surface, Kind::Noun),
        ("感動詞" | "フィラー", _) => make("", Kind::Polite),
        ("接頭詞", "お" | "ご" | "御") => make("", Kind::Polite),
        ("記号", _) => mark(surface.chars().next().unwrap_or(' ')),
        ("動詞", "い") => make("い", Kind::Verb),
        ("動詞" | "形容詞" | "助動詞", _) => make(one_writing(lemma), Kind::Verb),
        _ => make(one_writing(lemma), Kind::Noun),
    }
}

fn one_writing(lemma: &str) -> &str {
    match lemma {
        "いい" | "良い" | "よろしい" | "宜しい" => "よい",
        "だれ" => "誰",
        "なに" | "なん" => "何",
        "なんで" | "どうして" | "何故" => "なぜ",
        "わかる" | "解る" => "分かる",
        "欲しい" => "ほしい",
        "事" => "こと",
        "時" => "とき",
        "出来る" => "できる",
        "貰える" => "もらえる",
        other => other,
    }
}

fn mark(c: char) -> Word {
    let kind = match c {
        '。' | '?' | '!' | '.' | '…' => Kind::End,
        '、' | ',' | '「' | '」' | '『' | '』' | '(' | ')' | '"' | '\'' | '・' | ' ' | '\u{3000}' => Kind::Polite,
        _ => Kind::Noun,
    };
    Word { form: c.to_string(), kind }
}

/// Latin words, numbers (1,500 is 1500) and marks.
fn other(run: &str, found: &mut Vec<Word>) {
    let chars: Vec<char> = run.chars().collect();
    let mut word = String::new();
    let close = |word: &mut String, found: &mut Vec<Word>| {
        if !word.is_empty() {
            found.push(Word { form: std::mem::take(word), kind: Kind::Noun });
        }
    };
    for (at, c) in chars.iter().enumerate() {
        let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
        let inside = digit(at.checked_sub(1)) && digit(Some(at + 1));
        if c.is_alphanumeric() || (inside && matches!(c, '.' | ':' | '-' | '/')) {
            word.push(*c);
        } else if !(inside && *c == ',') {
            close(&mut word, found);
            if !c.is_whitespace() {
                found.push(mark(*c));
            }
        }
    }
    close(&mut word, found);
}
