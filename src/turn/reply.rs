//! Replies in the assistant's own words, and what every reply is put together from.

use std::collections::HashSet;

use super::{Found, Outcome, Pen, Piece};
use crate::answer::{
    Draft, Part, Receipt, Reply, ReplyKind, ReplyTicket, Suggestion, Timings, WrittenBy, article_url, phrases,
};
use crate::guard::HandoffReason;
use crate::language::Lang;
use crate::passages::hybrid::Fused;

/// The reply that says `draft`; where that quotes nothing, the one that says that the articles do not hold the answer.
pub(super) fn said(found: &Found, mut draft: Draft, pen: Pen, suggestions: usize, timings: Timings) -> Outcome {
    let lang = found.message().lang().clone();
    let abstained = !draft.quotes();
    let mut near = Vec::new();
    if abstained {
        near = nearest(found.retrieved.hits(), suggestions);
        draft = abstention(&lang, &near);
    }
    let pieces = Piece::all(&draft);
    let citations: Vec<_> = draft.citations().cloned().collect();
    let source_language = citations.first().map(|citation| citation.lang.clone()).filter(|source| *source != lang);
    let reply = Reply {
        kind: if abstained { ReplyKind::Abstention } else { ReplyKind::Answer },
        answer: joined(&pieces),
        language: lang,
        source_language,
        citations,
        abstained,
        degraded: pen.degraded,
        written_by: pen.written_by,
        handoff: None,
        desk: None,
        ticket: None,
        suggestions: near,
        confidence: found.confidence,
        generation: Some(found.retrieved.generation()),
        timings,
    };
    Outcome { reply, pieces, receipt: pen.receipt, case_at: None }
}

/// The reply that was being written when the process ended: what was checked and told of it stands, and last it says that it breaks off.
pub(crate) fn cut_off(lang: &Lang, mut pieces: Vec<Piece>, mut receipt: Receipt) -> Outcome {
    if let Some(writing) = &mut receipt.writing {
        writing.cut = true;
        writing.failed = Some("the service ended while the reply was being written".to_owned());
    }
    let citations: Vec<_> = pieces.iter().flat_map(|piece| piece.citations.clone()).collect();
    // What was told is only added to: customers have read it.
    pieces.push(Piece { text: format!("\n\n{}", phrases(lang).broken_off), citations: Vec::new() });
    let reply = Reply {
        kind: ReplyKind::Answer,
        answer: joined(&pieces),
        language: lang.clone(),
        source_language: citations.first().map(|citation| citation.lang.clone()).filter(|source| source != lang),
        citations,
        abstained: false,
        degraded: true,
        written_by: receipt.writing.as_ref().map(WrittenBy::of),
        handoff: None,
        desk: None,
        ticket: None,
        suggestions: Vec::new(),
        confidence: receipt.confidence,
        generation: receipt.search.as_ref().map(|search| search.generation),
        timings: Timings::default(),
    };
    Outcome { reply, pieces, receipt, case_at: None }
}

impl Outcome {
    /// Says which case it became: `words` come where [`Outcome::case_at`] tells, in the place of what is said where no case is opened.
    /// Without a case nothing changes.
    pub fn opened(&mut self, ticket: ReplyTicket, words: &[String]) {
        let Some(at) = self.case_at.map(|at| at.min(self.pieces.len())) else { return };
        let own = phrases(&self.reply.language).handoff_next;
        let next = self.reply.desk.as_ref().map(|desk| own.replace("{desk}", &desk.name));
        let stands = self.pieces.get(at).is_some_and(|piece| Some(piece.text.trim()) == next.as_deref());
        let piece = |text: &String| Piece { text: format!("\n\n{text}"), citations: Vec::new() };
        self.pieces.splice(at..at + usize::from(stands), words.iter().map(piece));
        self.reply.answer = joined(&self.pieces);
        self.reply.ticket = Some(ticket);
    }
}

pub(super) fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// The hits of the articles that stand close to the first: their best passage scores at least `share` of the best of all.
pub(super) fn close(hits: &[Fused], share: f32) -> Vec<Fused> {
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    hits.iter().filter(|hit| hit.score >= best * share && !hit.foreign).cloned().collect()
}

/// The first articles among `hits`, each once.
pub(super) fn nearest(hits: &[Fused], limit: usize) -> Vec<Suggestion> {
    let mut seen = HashSet::new();
    hits.iter()
        .filter(|hit| seen.insert(hit.passage.article_id.clone()))
        .take(limit)
        .map(|hit| Suggestion {
            article_id: hit.passage.article_id.clone(),
            title: hit.passage.title.clone(),
            lang: hit.passage.lang.clone(),
            url: article_url(&hit.passage.article_id, None, None),
        })
        .collect()
}

fn abstention(lang: &Lang, nearest: &[Suggestion]) -> Draft {
    let own = phrases(lang);
    let mut parts = vec![Part::Own(own.abstained.to_owned())];
    if !nearest.is_empty() {
        parts.push(Part::Own(format!("{}\n\n{}", own.nearest, listed(nearest, |_| "-".to_owned()))));
    }
    parts.push(Part::Own(own.person.to_owned()));
    Draft { parts }
}

/// Links to articles, a line each.
fn listed(articles: &[Suggestion], mark: impl Fn(usize) -> String) -> String {
    let line = |(number, near): (usize, &Suggestion)| {
        format!("{} [{}]({})", mark(number), near.title.replace(['[', ']'], ""), near.url)
    };
    (1..).zip(articles).map(line).collect::<Vec<_>>().join("\n")
}

/// One question back, with articles to choose from.
pub(super) fn clarification(found: &Found, options: Vec<Suggestion>, receipt: Receipt, timings: Timings) -> Outcome {
    let lang = found.message().lang();
    let text = format!("{}\n\n{}", phrases(lang).clarify, listed(&options, |number| format!("{number}.")));
    let mut outcome = plain(ReplyKind::Clarification, &text, lang, None, timings);
    outcome.reply.abstained = false;
    outcome.reply.suggestions = options;
    outcome.reply.confidence = found.confidence;
    outcome.reply.generation = Some(found.retrieved.generation());
    outcome.receipt = receipt;
    outcome
}

/// A reply of the assistant's own words only.
pub(super) fn plain(
    kind: ReplyKind,
    text: &str,
    lang: &Lang,
    handoff: Option<HandoffReason>,
    timings: Timings,
) -> Outcome {
    let reply = Reply {
        kind,
        answer: text.to_owned(),
        language: lang.clone(),
        source_language: None,
        citations: Vec::new(),
        abstained: kind != ReplyKind::Courtesy,
        degraded: handoff.is_some(),
        written_by: None,
        handoff,
        desk: None,
        ticket: None,
        suggestions: Vec::new(),
        confidence: 0.0,
        generation: None,
        timings,
    };
    let piece = Piece { text: text.to_owned(), citations: Vec::new() };
    Outcome { reply, pieces: vec![piece], receipt: Receipt::default(), case_at: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::LANGUAGES;
    use crate::passages::ArticleId;

    #[test]
    fn an_abstention_offers_a_person_last() {
        let near = Suggestion {
            article_id: ArticleId("ja-returns".to_owned()),
            title: "返品[1]😀".to_owned(),
            lang: Lang::JA,
            url: "/articles/ja-returns".to_owned(),
        };
        for (tag, own) in LANGUAGES {
            for nearest in [Vec::new(), vec![near.clone()]] {
                let draft = abstention(&Lang::new(tag), &nearest);
                let last = draft.parts.last().map(Part::markdown);
                assert_eq!((last, draft.parts.len()), (Some(own.person), 2 + nearest.len()), "{tag}");
                let owned = |line: &str| line.is_empty() || own.owns(line) || line.starts_with("- [");
                assert!(draft.pieces().concat().lines().all(owned), "{tag}: {draft:?}");
            }
        }
    }

    #[test]
    fn what_was_told_before_it_was_cut_off_is_only_added_to() {
        let told = ["返送料はお客様のご負担です。", "\n\nか\u{3099}🎁"];
        let told = told.map(|text| Piece { text: text.to_owned(), citations: Vec::new() });
        let Outcome { reply, pieces, receipt, .. } = cut_off(&Lang::KO, told.to_vec(), Receipt::default());
        assert_eq!(pieces.split_last().map(|(_, before)| before), Some(&told[..]));
        assert_eq!(reply.answer, joined(&pieces));
        assert!(reply.answer.ends_with(&format!("🎁\n\n{}", phrases(&Lang::KO).broken_off)), "{}", reply.answer);
        assert!(reply.degraded && receipt.writing.is_none());
    }
}
