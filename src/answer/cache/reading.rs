//! What a question asks, in a form that can be compared: every word that matters, in order.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

/// After these a question mark says nothing; elsewhere it may be all that makes a question of a statement.
const ASK_BY_THEMSELVES: [&str; 10] = ["か", "かな", "かね", "吗", "嗎", "呢", "습니까", "입니까", "인가요", "는가요"];

/// One form for what differs in writing only: NFKC, small letters, one kind of space, apostrophe and dash, no white space between
/// characters of scripts that have none, no mark at the end but a question's.
pub(super) fn plain(text: &str) -> String {
    let one = |c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '〜' | '∼' => '~',
        '“' | '”' | '„' => '"',
        '‘' | '’' | 'ʼ' => '\'',
        other => other,
    };
    let folded: String = text.nfkc().flat_map(char::to_lowercase).map(one).collect();
    let mut out = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        let joined = out.chars().next_back().is_some_and(unspaced) && word.chars().next().is_some_and(unspaced);
        if !out.is_empty() && !joined {
            out.push(' ');
        }
        out.push_str(word);
    }
    let end = |c: char| c.is_whitespace() || matches!(c, '?' | '!' | '.' | '。' | '、' | ',' | '…');
    let kept = out.trim_end_matches(end);
    let asks = out.get(kept.len()..).is_some_and(|marks| marks.contains('?'));
    if asks && !kept.is_empty() && !ASK_BY_THEMSELVES.iter().any(|word| kept.ends_with(word)) {
        return format!("{kept}?");
    }
    kept.to_owned()
}

/// Kana and Han.
fn unspaced(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word that matters, with the part it has where that is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    word: String,
    /// What it may be an inflection of.
    bases: Vec<String>,
    pub(super) role: Role,
}

/// What は leaves open and が or を tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Open,
    Subject,
    Object,
}

impl Unit {
    pub(super) fn new(word: impl Into<String>) -> Self {
        Self { word: word.into(), bases: Vec::new(), role: Role::Open }
    }

    /// A word that may be an inflection of others.
    pub(super) fn inflected(word: impl Into<String>, bases: Vec<String>) -> Self {
        Self { bases, ..Self::new(word) }
    }

    pub(super) fn word(&self) -> &str {
        &self.word
    }

    fn is_word_of(&self, other: &Self) -> bool {
        let of =
            |one: &Self, other: &Self| one.bases.iter().any(|base| *base == other.word || other.bases.contains(base));
        self.word == other.word || of(self, other) || of(other, self)
    }
}

/// Words that stay together when the order changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Phrase(pub(super) Vec<Unit>);

/// A question's words that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reading {
    phrases: Vec<Phrase>,
    /// All phrases but the last may stand in any order.
    movable: bool,
}

impl Reading {
    /// Whose order matters.
    pub(super) fn fixed(phrase: Phrase) -> Self {
        Self { phrases: vec![phrase], movable: false }
    }

    /// Of phrases of which the last is what is said of the others.
    pub(super) fn movable(phrases: Vec<Phrase>) -> Self {
        Self { phrases, movable: true }
    }

    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.phrases.iter().flat_map(|phrase| &phrase.0)
    }

    /// Nothing is left to compare.
    pub(super) fn is_empty(&self) -> bool {
        self.units().next().is_none()
    }

    /// Whether both say the same words of the same things.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return false;
        }
        let (mine, theirs): (Vec<&Unit>, Vec<&Unit>) = (self.units().collect(), other.units().collect());
        if mine.len() != theirs.len() {
            return false;
        }
        if fits(&mine.iter().copied().zip(theirs.iter().copied()).collect::<Vec<_>>()) {
            return true;
        }
        self.movable && other.movable && self.rearranged(other).is_some_and(|pairs| fits(&pairs))
    }

    /// Each unit with its counterpart, phrase by phrase; the last stays last.
    fn rearranged<'r>(&'r self, other: &'r Self) -> Option<Vec<(&'r Unit, &'r Unit)>> {
        let (last, mine) = self.phrases.split_last()?;
        let (their_last, theirs) = other.phrases.split_last()?;
        if mine.len() != theirs.len() || last.0.len() != their_last.0.len() {
            return None;
        }
        let mut left: Vec<&Phrase> = theirs.iter().collect();
        let mut pairs: Vec<(&Unit, &Unit)> = last.0.iter().zip(&their_last.0).collect();
        for phrase in mine {
            let same = |other: &&Phrase| {
                let words = |phrase: &Phrase| phrase.0.iter().map(|unit| unit.word.clone()).collect::<Vec<_>>();
                words(phrase) == words(other)
            };
            let at = left.iter().position(same)?;
            pairs.extend(phrase.0.iter().zip(&left.swap_remove(at).0));
        }
        Some(pairs)
    }
}

/// Whether the words are the same and the roles can be: what is open takes the role of its counterpart, unless something else beside it
/// has that role already.
fn fits(pairs: &[(&Unit, &Unit)]) -> bool {
    let taken = |side: fn(&(&Unit, &Unit)) -> Role, role| pairs.iter().any(|pair| side(pair) == role);
    pairs.iter().all(|(mine, theirs)| {
        mine.is_word_of(theirs)
            && match (mine.role, theirs.role) {
                (mine, theirs) if mine == theirs => true,
                (Role::Open, role) => !taken(|(mine, _)| mine.role, role),
                (role, Role::Open) => !taken(|(_, theirs)| theirs.role, role),
                _ => false,
            }
    })
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, phrase) in self.phrases.iter().enumerate() {
            if at > 0 {
                f.write_str(" / ")?;
            }
            for (at, unit) in phrase.0.iter().enumerate() {
                let role = match unit.role {
                    Role::Open => "",
                    Role::Subject => ":が",
                    Role::Object => ":を",
                };
                write!(f, "{}{}{role}", if at > 0 { " " } else { "" }, unit.word)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_does_not_matter() {
        for (a, b) in [
            ("返品 できますか？", "返品できますか"),
            ("ﾊﾟｽﾜｰﾄﾞを忘れた。", "パスワードを忘れた"),
            ("  How long?!\n", "how long?"),
            ("可以退货吗？", "可以退货吗"),
            ("Can’t I?", "can't i?"),
            ("LINE Payで払える??", "line payで払える?"),
            ("か\u{3099}", "が"),
        ] {
            assert_eq!(plain(a), plain(b));
        }
        assert_ne!(plain("30日"), plain("3 0日"));
        assert_ne!(plain("👟返品"), plain("返品"));
        assert_ne!(plain("届きました"), plain("届きました？"), "one tells, the other asks");
        assert_ne!(plain("도착했어요"), plain("도착했어요?"));
        assert_eq!(plain("??"), "");
    }

    fn unit(word: &str, role: Role) -> Unit {
        Unit { role, ..Unit::new(word) }
    }

    #[test]
    fn an_open_part_takes_what_is_left() {
        use Role::{Object, Open, Subject};
        let said = |a: Role, b: Role| {
            Reading::movable(vec![
                Phrase(vec![unit("会員", a)]),
                Phrase(vec![unit("出品者", b)]),
                Phrase(vec![Unit::new("評価")]),
            ])
        };
        assert!(said(Open, Object).agrees(&said(Subject, Object)));
        assert!(!said(Open, Object).agrees(&said(Object, Open)), "one is rated, then the other");
        assert!(!said(Subject, Object).agrees(&said(Object, Subject)));
        assert!(!Reading::default().agrees(&Reading::default()));
    }
}
