//! How a passage stands in an engine: the names of its vectors, its payload, and what filters compare.
//!
//! Both implementations share this, so that a collection of the server and a folder of the embedded engine mean the same.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{GenerationSpec, IndexError, IndexedPassage, Passage, PassageFilter, PassageId};

/// Vector of breadcrumb and text, cosine.
pub(super) const DENSE: &str = "dense";
/// One vector per title or question of the article, compared by the best of them (MaxSim over cosine).
pub(super) const QUESTION: &str = "question";
/// Sparse term weights; the engine multiplies the IDF.
pub(super) const LEXICAL: &str = "lexical";

/// The passage itself, whole.
pub(super) const PASSAGE: &str = "passage";
/// Keyword: language.
pub(super) const LANG: &str = "lang";
/// Keyword: the article's family.
pub(super) const FAMILY: &str = "family";
/// Keyword: audience.
pub(super) const AUDIENCE: &str = "audience";
/// Boolean: draft.
pub(super) const DRAFT: &str = "draft";
/// Integer `yyyymmdd`: first day in effect.
pub(super) const FROM: &str = "from";
/// Integer `yyyymmdd`: last day in effect.
pub(super) const UNTIL: &str = "until";

/// Passages per write.
pub(super) const BATCH: usize = 256;
/// Beam of a graph search.
pub(super) const BEAM: usize = 128;
/// Hits asked for beyond the wanted ones, so that a tie at the edge is decided by us (by id) and not by the engine.
const TIE_MARGIN: usize = 16;

/// Stands for "since ever": below every day that can be written.
const EVER: i64 = -1_000_000_000;
/// Stands for "for ever": above every day that can be written.
const NEVER: i64 = 1_000_000_000;

/// A day as an integer that sorts as days do and can be read by a person: 2025-11-22 is 20251122.
pub(super) fn day(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// Refuses what cannot become a whole generation, before anything is written.
pub(super) fn check(spec: &GenerationSpec, passages: &[IndexedPassage]) -> Result<(), IndexError> {
    let refuse = |text: String| Err(IndexError::Engine(text));
    if spec.passages != passages.len() {
        return refuse(format!("{} passages were promised and {} came", spec.passages, passages.len()));
    }
    let dimension = spec.space.dimension;
    for IndexedPassage { passage, dense, question, lexical } in passages {
        let id = passage.id.0;
        if question.is_empty() {
            return refuse(format!("passage {id} has no question vector"));
        }
        if std::iter::once(dense).chain(question).any(|v| v.dimension() != dimension) {
            return refuse(format!("a vector of passage {id} has not {dimension} dimensions"));
        }
        if lexical.indices.len() != lexical.values.len() || !lexical.indices.is_sorted_by(|a, b| a < b) {
            return refuse(format!("the terms of passage {id} are not in order"));
        }
    }
    Ok(())
}

/// How many hits to ask an engine for, to have `limit` of them in an order of ours.
pub(super) fn generous(limit: usize) -> usize {
    limit.saturating_add(TIE_MARGIN)
}

/// Orders hits by score, then by id, and keeps the wanted ones.
pub(super) fn order(mut hits: Vec<(PassageId, f32)>, limit: usize) -> Vec<(PassageId, f32)> {
    hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    hits.truncate(limit);
    hits
}

/// The payload stored with a passage.
pub(super) fn payload(passage: &Passage) -> Result<Map<String, Value>, IndexError> {
    let whole = serde_json::to_value(passage).map_err(|e| IndexError::Engine(format!("passage to JSON: {e}")))?;
    let mut payload = Map::new();
    payload.insert(PASSAGE.to_owned(), whole);
    payload.insert(LANG.to_owned(), json!(passage.lang.as_str()));
    payload.insert(FAMILY.to_owned(), json!(passage.family.0));
    payload.insert(AUDIENCE.to_owned(), json!(passage.audience.0));
    payload.insert(DRAFT.to_owned(), json!(passage.draft));
    payload.insert(FROM.to_owned(), json!(passage.effective_from.map_or(EVER, day)));
    payload.insert(UNTIL.to_owned(), json!(passage.effective_until.map_or(NEVER, day)));
    Ok(payload)
}

/// The passage out of its payload.
pub(super) fn passage(payload: Option<Value>) -> Result<Passage, IndexError> {
    let value = payload.ok_or_else(|| IndexError::Engine("a point without its passage".to_owned()))?;
    serde_json::from_value(value).map_err(|e| IndexError::Engine(format!("a point's passage cannot be read: {e}")))
}

/// Whether a filter lets nothing through, whatever there is.
pub(super) fn excludes_all(filter: &PassageFilter) -> bool {
    filter.audiences.is_empty() || filter.families.as_ref().is_some_and(Vec::is_empty)
}

/// The filter in the words that Qdrant's REST API and the embedded engine share.
pub(super) fn filter(filter: &PassageFilter) -> Value {
    let audiences: Vec<&str> = filter.audiences.iter().map(|a| a.0.as_str()).collect();
    let on = day(filter.on);
    let mut must = vec![
        json!({ "key": AUDIENCE, "match": { "any": audiences } }),
        json!({ "key": FROM, "range": { "lte": on } }),
        json!({ "key": UNTIL, "range": { "gte": on } }),
    ];
    if let Some(lang) = &filter.lang {
        must.push(json!({ "key": LANG, "match": { "value": lang.as_str() } }));
    }
    if let Some(families) = &filter.families {
        let families: Vec<&str> = families.iter().map(|f| f.0.as_str()).collect();
        must.push(json!({ "key": FAMILY, "match": { "any": families } }));
    }
    if !filter.drafts {
        must.push(json!({ "key": DRAFT, "match": { "value": false } }));
    }
    let except: Vec<Value> =
        filter.except_lang.iter().map(|lang| json!({ "key": LANG, "match": { "value": lang.as_str() } })).collect();
    json!({ "must": must, "must_not": except })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_sort_as_dates_do_and_stay_between_ever_and_never() {
        let days =
            ["-009999-01-01", "-000001-12-31", "0001-01-01", "2025-11-22", "2025-11-23", "2026-01-01", "9999-12-31"]
                .map(|text| day(text.parse().unwrap()));
        assert!(days.is_sorted_by(|a, b| a < b), "{days:?}");
        assert!(days.iter().all(|d| (EVER..=NEVER).contains(d)));
        assert_eq!(days[3], 20_251_122);
    }
}
