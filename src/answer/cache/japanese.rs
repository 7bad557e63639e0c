//! Japanese questions, reduced to what they ask.
//!
//! Everything matters unless it is known not to: courtesy, です and ます, the endings of a question, は (which leaves open what が and
//! を tell), the order of what is said of one predicate. A polite question by its negation (できませんか) is the question.

mod prepared;
mod tables;
mod words;

use super::reading::{Phrase, Reading, Role, Unit};
use crate::passages::lexical::Parsed;
pub(super) use prepared::prepared;
use tables::{ABLE, ASKING, CASES, DENYING, PARTIAL};
use words::{Kind, Word, words};

/// Reads what the dictionary made of [`prepared`] words.
pub(super) fn read(parsed: &[Parsed]) -> Reading {
    let mut words = words(parsed);
    ask_politely(&mut words);
    copulas(&mut words);
    let mut kept: Vec<Word> = Vec::new();
    for sentence in words.split_inclusive(|word| word.kind == Kind::End) {
        kept.extend(ended(sentence));
    }
    phrases(&kept)
}

/// できませんか, できないでしょうか: できますか, where nothing else in the question denies.
fn ask_politely(words: &mut Vec<Word>) {
    let denials = words.iter().filter(|word| word.kind == Kind::Denied).count();
    if denials != 1 || words.iter().any(|word| DENYING.contains(&word.form.as_str())) {
        return;
    }
    let Some(at) = words.iter().position(|word| word.kind == Kind::Denied) else { return };
    let (before, after) = words.split_at(at);
    let polite = |word: &&Word| matches!(word.kind, Kind::Polite | Kind::Copula | Kind::Volition);
    let courteous =
        before.last().filter(|word| polite(word)).is_some() || after.get(1).filter(|word| polite(word)).is_some();
    let verb = before.iter().rev().find(|word| !polite(word));
    let able = verb.is_some_and(|word| ABLE.contains(&word.form.as_str()));
    let mut rest = after.iter().skip(1).filter(|word| !polite(word));
    let asks = rest.next().is_some_and(|word| word.kind == Kind::Asking)
        && rest.next().is_none_or(|word| word.kind == Kind::End);
    if courteous && able && asks {
        words.remove(at);
    }
}

/// 学生だから is not 学生から: there the copula stays. So does the う of 返品しよう.
fn copulas(words: &mut [Word]) {
    for at in 0..words.len() {
        let after_copula = at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| word.form == "だ");
        let joined = words.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Joint | Kind::Particle));
        if let Some(word) = words.get_mut(at)
            && word.kind == Kind::Copula
        {
            word.kind = if joined { Kind::Noun } else { Kind::Polite };
        }
        if let Some(word) = words.get_mut(at)
            && word.kind == Kind::Volition
        {
            word.kind = if after_copula { Kind::Polite } else { Kind::Verb };
        }
    }
}

/// A sentence without its endings, and with か if that or its question mark is what makes a question of it.
fn ended(sentence: &[Word]) -> Vec<Word> {
    let mut asks = sentence.last().is_some_and(|word| word.kind == Kind::End && word.form == "?");
    let mut words: Vec<Word> = Vec::new();
    let mut end = true;
    let mut polite = false;
    for word in sentence.iter().rev() {
        match word.kind {
            Kind::End => continue,
            Kind::Polite => {
                polite = true;
                continue;
            }
            Kind::Asking if end => {
                asks = true;
                continue;
            }
            // 届かないの, 届かないんです, 届かないんだけど.
            Kind::Explaining if end || polite => continue,
            _ => {}
        }
        (end, polite) = (false, false);
        words.push(word.clone());
    }
    words.reverse();
    shorten(&mut words);
    let open = words.iter().any(|word| ASKING.contains(&word.form.as_str()));
    let topic = words.last().is_some_and(|word| word.kind == Kind::Topic);
    if asks && !open && !topic && !words.is_empty() {
        words.push(Word { form: "か".to_owned(), kind: Kind::Asking });
    }
    words
}

/// Wordings of more than one word.
fn shorten(words: &mut Vec<Word>) {
    // 忘れてしまった is 忘れた.
    let mut at = 0;
    while at + 1 < words.len() {
        let form = |at: usize| words.get(at).map_or("", |word| word.form.as_str());
        if matches!(form(at), "て" | "で") && form(at + 1) == "しまう" {
            words.drain(at..at + 2);
        } else if form(at) == "どう"
            && matches!(form(at + 1), "する" | "やる")
            && matches!(form(at + 2), "ば" | "たら")
            && form(at + 3) == "よい"
        {
            words.splice(at..at + 4, [Word { form: "どうする".to_owned(), kind: Kind::Verb }]);
        } else {
            at += 1;
        }
    }
    // "Tell me" before nothing: the rest is what is asked, if it asks anything.
    let tells: [&[&str]; 6] = [
        &["教える", "て", "くださる"],
        &["教える", "て", "もらえる"],
        &["教える", "て", "ほしい"],
        &["教える", "て", "くれる"],
        &["教える", "て"],
        &["知る", "たい"],
    ];
    let told = tells.iter().find(|tell| {
        words.len() > tell.len() && words.iter().rev().zip(tell.iter().rev()).all(|(word, tell)| word.form == *tell)
    });
    if let Some(tell) = told
        && words.iter().any(|word| ASKING.contains(&word.form.as_str()))
    {
        words.truncate(words.len() - tell.len());
        if words.last().is_some_and(|word| matches!(word.kind, Kind::Object | Kind::Subject)) {
            words.pop();
        }
    }
}

/// Words grouped by the particles that close them; what is left at the end is said of them all.
fn phrases(words: &[Word]) -> Reading {
    let mut found: Vec<Phrase> = Vec::new();
    let mut open = Phrase::default();
    let mut inner = false;
    for (at, Word { form, kind }) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or_default();
        let next = rest.first().map(|word| word.kind);
        let mut push = |form: &str| open.0.push(Unit::new(form));
        let closes = match kind {
            Kind::Topic => {
                if open.0.last().is_some_and(|unit| PARTIAL.contains(&unit.word())) {
                    open.0.push(Unit::new("は"));
                }
                true
            }
            Kind::Subject | Kind::Object => {
                match open.0.last_mut() {
                    Some(last) => last.role = if *kind == Kind::Subject { Role::Subject } else { Role::Object },
                    None => open.0.push(Unit::new(form)),
                }
                true
            }
            Kind::Particle => {
                push(form);
                // には, からも, までに: one phrase.
                CASES.contains(&form.as_str()) && !matches!(next, Some(Kind::Particle | Kind::Topic))
            }
            Kind::Verb | Kind::Denied => {
                push(form);
                // A predicate that is not the last: what stands before it is said of it.
                inner |= rest.iter().any(|word| !matches!(word.kind, Kind::Verb | Kind::Denied | Kind::Asking));
                false
            }
            _ => {
                push(form);
                false
            }
        };
        if closes && !open.0.is_empty() {
            found.push(std::mem::take(&mut open));
        }
    }
    if inner || open.0.is_empty() {
        found.push(open);
        return Reading::fixed(Phrase(found.into_iter().flat_map(|phrase| phrase.0).collect()));
    }
    found.push(open);
    Reading::movable(found)
}
