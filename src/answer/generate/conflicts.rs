//! Two articles that say different things of one matter.
//!
//! Found by words alone, and held narrow: the same subject but for words that every such sentence has, the same unit, no figure in
//! common. What is missed is shown as one article says it; what is found wrongly costs a sentence and loses nothing.

use std::collections::BTreeSet;

use super::figures::{Figure, Unit, figures, normal, without};
use super::likeness::unparted;
use super::sources::{Place, Source};
use super::statements::Statement;

/// Words that tell nothing of the subject of a rule: how a deadline is counted, and how politely it is put.
const GENERIC: [&str; 46] = [
    "以内",
    "以上",
    "以下",
    "以降",
    "未満",
    "お届け",
    "届",
    "翌日",
    "当日",
    "到着",
    "受取",
    "受け取り",
    "受け取",
    "受領",
    "場合",
    "可能",
    "期間",
    "期限",
    "商品",
    "次第",
    "後",
    "前",
    "中",
    "日数",
    "最大",
    "最長",
    "約",
    "通常",
    "原則",
    "当店",
    "弊社",
    "以后",
    "之内",
    "内",
    "收货",
    "次日",
    "商品的",
    "可以",
    "이내",
    "상품",
    "수령",
    "다음",
    "기간",
    "기한",
    "가능",
    "가능합니다",
];
const GENERIC_LATIN: [&str; 47] = [
    "within", "of", "after", "from", "the", "a", "an", "is", "are", "be", "can", "may", "you", "your", "it", "we",
    "to", "in", "on", "at", "for", "by", "up", "until", "item", "product", "good", "deliver", "delivery", "receipt",
    "receiv", "arriv", "arrival", "date", "day", "have", "has", "period", "take", "long", "must", "will", "that",
    "this", "i", "they", "ha",
];

/// The statement of another article that contradicts the one at `place`, if there is one.
pub(super) fn contradicting(sources: &[Source<'_>], place: Place) -> Option<Place> {
    let own = sources.get(place.0)?;
    let statement = own.statements.get(place.1)?;
    let said = Said::read(statement)?;
    for (at, other) in sources.iter().enumerate() {
        let (a, b) = (&own.hit.passage, &other.hit.passage);
        if a.article_id == b.article_id || a.family == b.family || a.lang != b.lang {
            continue;
        }
        let same: Vec<(usize, Said)> = other
            .statements
            .iter()
            .enumerate()
            .filter_map(|(index, statement)| Some((index, Said::read(statement)?)))
            .filter(|(_, one)| one.subject == said.subject)
            .collect();
        // Somewhere it says the same as well: then the two are speaking of several cases.
        if same.iter().any(|(_, one)| one.agrees(&said)) {
            continue;
        }
        if let Some((index, _)) = same.iter().find(|(_, one)| one.differs(&said)) {
            return Some((at, *index));
        }
    }
    None
}

struct Said {
    subject: BTreeSet<String>,
    figures: Vec<Figure>,
}

impl Said {
    /// Without a subject or a figure there is nothing to contradict.
    fn read(statement: &Statement) -> Option<Self> {
        let figures: Vec<Figure> =
            figures(&statement.words).into_iter().filter(|figure| figure.unit != Unit::Bare).collect();
        let subject = subject(&statement.words);
        (!figures.is_empty() && !subject.is_empty()).then_some(Self { subject, figures })
    }

    fn agrees(&self, other: &Self) -> bool {
        self.figures.iter().any(|figure| other.figures.iter().any(|one| one.agrees(*figure)))
    }

    /// Of the same measures all are others. (One that gives a date where the other gives a span gives an example.)
    fn differs(&self, other: &Self) -> bool {
        let measured = |said: &Self, unit| said.figures.iter().any(|figure| figure.unit == unit);
        let covers = |a: &Self, b: &Self| a.figures.iter().all(|figure| measured(b, figure.unit));
        covers(self, other) && covers(other, self) && !self.agrees(other)
    }
}

/// What a sentence is about: Chinese characters one by one (返品期限 is 返品の期限), words of katakana and of Latin letters, all
/// without endings.
fn subject(text: &str) -> BTreeSet<String> {
    let mut text = without(&normal(text));
    for word in GENERIC {
        text = text.replace(word, " ");
    }
    let mut found = BTreeSet::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        let katakana = matches!(c, '\u{30a1}'..='\u{30ff}');
        if katakana || (c.is_alphabetic() && !unparted(c)) || matches!(c, '\u{ac00}'..='\u{d7a3}') {
            word.push(c);
            continue;
        }
        let bare = stem(&word);
        if !bare.is_empty() && !GENERIC_LATIN.contains(&bare) {
            found.insert(bare.to_owned());
        }
        word.clear();
        if matches!(c, '\u{3400}'..='\u{9fff}') {
            found.insert(c.to_string());
        }
    }
    found
}

fn stem(word: &str) -> &str {
    let ending = ["ing", "ed", "es", "s"].iter().find_map(|ending| word.strip_suffix(ending));
    ending.filter(|stem| stem.len() > 2 && stem.is_ascii()).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        subject(a) == subject(b)
    }

    #[test]
    fn one_subject_in_other_words() {
        assert!(alike("返品は、お届けの翌日から30日以内です。", "返品できるのは到着後14日以内です。"));
        assert!(alike("You can return items within 30 days of delivery.", "Items may be returned within 14 days."));
    }

    #[test]
    fn another_subject_in_the_same_words() {
        assert!(!alike("家電の返品は14日以内です。", "返品は30日以内です。"));
        assert!(!alike("家電の返品は14日以内です。", "靴の返品は30日以内です。"));
        assert!(!alike("Shoes can be returned within 30 days.", "Cameras can be returned within 14 days."));
    }
}
