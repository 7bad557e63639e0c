//! Whole answers: answered or withheld as they should be, from the right article, with the facts, grounded, in the right language.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::json;

use super::{Examination, came, code, flag, handed_over, languages, mark, parts, round, shown, took, with_parts};
use crate::answer::{Citation, Claim, Reply, Support, phrases, sentences};
use crate::eval::assistant::{Assistant, Opening};
use crate::eval::dataset::answers::{AnyOf, Sample};
use crate::eval::facts;
use crate::eval::judge::{Criterion, Judge, Question};
use crate::eval::report::{Report, Scored};
use crate::eval::table::{Measure, Table};
use crate::language::{self, Lang};
use crate::passages::Audience;

/// Tags whose cases get figures of their own.
const SLICES: [&str; 7] =
    ["cross_language", "near_miss", "no_article", "no_title_word", "off_topic", "two_questions", "typo"];

/// What answers are scored with.
#[derive(Debug, Clone, Copy)]
pub struct Scorer<'a> {
    /// Says whether sentences follow from their sources.
    pub verifier: &'a dyn Support,
    /// A language model that reads answers, if there is one.
    pub judge: Option<&'a Judge>,
}

/// Scores answers. `langs` are the samples' languages, in order.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(
    examination: &Examination<'_>,
    assistant: &dyn Assistant,
    scorer: Scorer<'_>,
    samples: &[Sample],
    langs: &[Lang],
) -> anyhow::Result<Report> {
    let named = languages(langs.iter());
    let work = |at: usize| {
        let named = &named;
        async move {
            let (Some(sample), Some(lang)) = (samples.get(at), langs.get(at)) else { anyhow::bail!("no such case") };
            let reply = ask(assistant, sample).await?;
            let mut scored = score(sample, lang, reply.as_ref(), scorer.verifier).await;
            scored.took_ms = took(reply.as_ref());
            if let (Some(judge), Some(reply)) = (scorer.judge, &reply) {
                judged(judge, sample, lang, reply, &mut scored).await;
            }
            if named.contains(lang) {
                scored.values.push((mark(lang.as_str()), 1.0));
            }
            Ok(scored)
        }
    };
    examination.report("answers", samples, |sample| &sample.id, work, |table| (measures(table), Vec::new())).await
}

/// Asks one question, after what was said before it.
async fn ask(assistant: &dyn Assistant, sample: &Sample) -> anyhow::Result<Option<Reply>> {
    let audiences = sample.audience.iter().cloned().map(Audience).collect();
    let mut session = assistant.open(&Opening { audiences, ..Opening::default() }).await?;
    // What the assistant said then is in nobody's power but its own: only the customer's part is played.
    for said in sample.context.iter().filter(|said| said.by_customer) {
        session.say(&said.text).await?;
    }
    session.say(&sample.user_input).await
}

/// Scores one reply. Pure: the same reply has the same score.
pub async fn score(sample: &Sample, lang: &Lang, reply: Option<&Reply>, verifier: &dyn Support) -> Scored {
    let came = came(reply);
    let answered = came == "answer";
    let expect = &sample.expect;
    let mut scored = Scored { id: sample.id.clone(), ..Scored::default() };
    let (values, why) = (&mut scored.values, &mut scored.why);
    let mut set = |name: &str, value: f64| values.push((name.to_owned(), value));
    if sample.must_handoff() {
        set("handed_over", flag(handed_over(reply)));
        let right = reply.and_then(|reply| reply.handoff.as_ref()).map(code);
        if let (Some(policy), Some(right)) = (sample.policy(), right) {
            set("policy", flag(policy == right));
        }
        if !handed_over(reply) {
            why.push(format!("must be handed over ({}), but came to: {came}", sample.policy().unwrap_or("any reason")));
        }
        // What the article says in general may go along; where it does, it must be the right one.
        let along = reply.filter(|reply| handed_over(Some(reply))).and_then(|reply| reply.citations.first());
        if let Some(first) = along.filter(|_| !expect.must_cite.is_empty()) {
            let wanted = expect.must_cite.iter().flat_map(AnyOf::each).any(|id| id == first.article_id.0);
            set("handoff_article", flag(wanted));
        }
    } else if sample.may_handoff() && handed_over(reply) {
        // Careful readers differ on these: neither right nor wrong.
    } else if expect.must_abstain {
        set("abstained", flag(came == "abstain"));
        if came != "abstain" {
            why.push(format!("the articles do not hold the answer, but it came to: {came}"));
        }
    } else {
        set("answered", flag(answered));
        set("false_handoff", flag(handed_over(reply)));
        if !answered {
            why.push(format!("has an answer, but came to: {came}"));
        }
    }
    let text = facts::normalise(reply.map(|reply| reply.answer.as_str()).unwrap_or_default());
    let either = sample.may_handoff() && handed_over(reply);
    if sample.answerable() && !either {
        let none = [];
        let citations = reply.filter(|_| answered).map_or(none.as_slice(), |reply| reply.citations.as_slice());
        cited(sample, citations, &mut set, why);
        let missing: Vec<&AnyOf> =
            expect.key_facts.iter().filter(|fact| !answered || !facts::holds(&text, fact)).collect();
        if !expect.key_facts.is_empty() {
            set("key_facts", share(expect.key_facts.len() - missing.len(), expect.key_facts.len()));
        }
        if answered && !missing.is_empty() {
            why.push(format!("does not say: {}", list(&missing)));
        }
    }
    if !expect.forbidden_facts.is_empty() {
        let said: Vec<&AnyOf> = expect.forbidden_facts.iter().filter(|fact| facts::holds(&text, fact)).collect();
        set("forbidden_absent", flag(said.is_empty()));
        if !said.is_empty() {
            why.push(format!("says what it must not: {}", list(&said)));
        }
    }
    let mut unsupported = Vec::new();
    if let Some(reply) = reply {
        if answered && let Some((support, weakest)) = groundedness(&sample.user_input, reply, verifier).await {
            set("groundedness", round(support));
            unsupported = weakest;
        }
        let right = in_language(reply, lang);
        set("language", flag(right));
        if !right {
            why.push(format!("is not in the customer's language, {lang}"));
        }
        #[expect(clippy::cast_precision_loss, reason = "replies are short")]
        set("length", reply.answer.chars().count() as f64);
        set("empty", flag(text.is_empty()));
        if text.is_empty() {
            why.push("is empty".to_owned());
        }
    }
    for tag in sample.tags.iter().map(|tag| tag.replace('-', "_")) {
        if SLICES.contains(&tag.as_str()) {
            set(&mark(&tag), 1.0);
        }
    }
    scored.detail = json!({
        "question": sample.user_input, "context": sample.context, "expected": expect, "reference": sample.reference,
        "got": shown(reply), "verdicts": { "weakest_sentences": unsupported },
    });
    let expected = match (sample.must_handoff(), expect.must_abstain) {
        (true, _) => sample.policy().unwrap_or("handoff"),
        (_, true) => "abstain",
        _ => "answer",
    };
    scored.confusion = vec![(expected.to_owned(), came)];
    scored
}

/// Whether the citations are those expected.
fn cited(sample: &Sample, citations: &[Citation], set: &mut impl FnMut(&str, f64), why: &mut Vec<String>) {
    let must = &sample.expect.must_cite;
    if must.is_empty() {
        return;
    }
    let ids: BTreeSet<&str> = citations.iter().map(|citation| citation.article_id.0.as_str()).collect();
    let wanted: HashSet<&str> = must.iter().flat_map(AnyOf::each).collect();
    let fine = |id: &str| wanted.contains(id) || sample.expect.may_cite.iter().any(|may| may == id);
    let missing: Vec<&AnyOf> = must.iter().filter(|any| !any.each().any(|id| ids.contains(id))).collect();
    set("citation_recall", share(must.len() - missing.len(), must.len()));
    let first = citations.first().map(|citation| citation.article_id.0.as_str());
    set("cited_first", flag(first.is_some_and(|first| wanted.contains(first))));
    if citations.is_empty() {
        return;
    }
    set("citation_precision", share(ids.iter().filter(|id| fine(id)).count(), ids.len()));
    if !missing.is_empty() {
        why.push(format!("does not cite {}; first is {}", list(&missing), first.unwrap_or("nothing")));
    }
}

/// The mean over an answer's sentences of how far what it cites supports them, and the three weakest. The assistant's own fixed
/// sentences claim nothing; an answer that cites nothing has no support at all.
async fn groundedness(question: &str, reply: &Reply, verifier: &dyn Support) -> Option<(f64, Vec<serde_json::Value>)> {
    let mut source = String::new();
    for citation in &reply.citations {
        let heading = std::iter::once(&citation.title).chain(&citation.heading);
        heading.chain([&citation.quote]).for_each(|part| {
            source.push_str(part);
            source.push_str("\n\n");
        });
    }
    let own = phrases(&reply.language);
    let lines = reply.answer.lines().filter(|line| !own.owns(line)).collect::<Vec<_>>().join("\n");
    let lines = without_own_links(&lines).lines().map(names_apart).collect::<Vec<_>>().join("\n");
    let lang = reply.source_language.as_ref().unwrap_or(&reply.language);
    let said = |sentence: &&str| sentence.chars().any(char::is_alphanumeric);
    let mut supports: Vec<(f64, String)> = Vec::new();
    for sentence in sentences(&lines).into_iter().filter(said) {
        let claim = Claim::new(&source, sentence, lang).asked(Some(question));
        supports.push((f64::from(verifier.support(&claim).await.support), sentence.to_owned()));
    }
    if supports.is_empty() {
        // Nothing was claimed, so nothing is grounded.
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "replies are short")]
    let mean = supports.iter().map(|(support, _)| support).sum::<f64>() / supports.len() as f64;
    supports.sort_by(|a, b| a.0.total_cmp(&b.0));
    let weakest = supports.into_iter().filter(|(support, _)| *support < 1.0).take(3);
    Some((mean, weakest.map(|(support, said)| json!({ "support": round(support), "sentence": said })).collect()))
}

/// A line that names where something stands (`**Title › Heading**`), name by name, as they stand in the source.
fn names_apart(line: &str) -> String {
    match line.strip_prefix("**").and_then(|rest| rest.strip_suffix("**")) {
        Some(names) => names.replace(" › ", "\n").replace(" / ", "\n"),
        None => line.to_owned(),
    }
}

/// Links between articles are made to open when they are shown; their text is the article's, their target ours.
fn without_own_links(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("](/articles/") {
        let Some((_, after)) = after.split_once(')') else { break };
        let (text, label) = before.rsplit_once('[').unwrap_or((before, ""));
        out.push_str(text);
        out.push_str(label);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether the customer can read it: all of it in their language, or an article's words in another under a sentence of ours, in
/// theirs, that says so.
fn in_language(reply: &Reply, lang: &Lang) -> bool {
    let told = |text: &str| language::written_in(text, lang) == *lang;
    if reply.language != *lang {
        return false;
    }
    match &reply.source_language {
        Some(_) => reply.answer.lines().next().is_some_and(|line| phrases(lang).owns(line) || told(line)),
        None => reply.answer.trim().is_empty() || phrases(lang).owns(first_line(&reply.answer)) || told(&reply.answer),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

async fn judged(judge: &Judge, sample: &Sample, lang: &Lang, reply: &Reply, scored: &mut Scored) {
    let answered = sample.answerable() && !reply.abstained && reply.handoff.is_none();
    let Some(reference) = sample.reference.as_deref().filter(|reference| answered && !reference.trim().is_empty())
    else {
        return;
    };
    for criterion in Criterion::ALL {
        let question =
            Question { lang, question: &sample.user_input, reference: Some(reference), answer: &reply.answer };
        let verdict = judge.verdict(criterion, &question).await;
        let name = criterion.as_str();
        scored.values.push((name.to_owned(), flag(verdict.passed)));
        if !verdict.passed {
            scored.why.push(format!("the judge finds it lacking in {name}"));
        }
        if let Some(verdicts) = scored.detail.get_mut("verdicts") {
            verdicts[name] = json!(verdict);
        }
    }
}

fn share(of: usize, all: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few facts")]
    let share = of as f64 / all.max(1) as f64;
    round(share)
}

fn list(any: &[&AnyOf]) -> String {
    any.iter().map(|any| any.each().collect::<Vec<_>>().join(" or ")).collect::<Vec<_>>().join("; ")
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let parts = parts(table);
    let mut measures = BTreeMap::new();
    for name in [
        "answered",
        "abstained",
        "handed_over",
        "policy",
        "handoff_article",
        "false_handoff",
        "cited_first",
        "citation_recall",
        "citation_precision",
        "key_facts",
        "forbidden_absent",
        "groundedness",
        "language",
        "length",
        "empty",
        "correctness",
        "helpfulness",
    ] {
        let telling =
            matches!(name, "answered" | "abstained" | "cited_first" | "citation_recall" | "key_facts" | "language");
        with_parts(&mut measures, name, Measure::mean(name), if telling { &parts } else { &[] });
    }
    measures
}

#[cfg(test)]
mod tests;
