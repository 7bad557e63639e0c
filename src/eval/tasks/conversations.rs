//! Whole conversations: what comes of each turn, how things stand afterwards, and whether it comes out so every time.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Examination, code, flag, languages, mark, parts, round, shown, with_parts};
use crate::answer::{Reply, ReplyKind};
use crate::eval::assistant::{Assistant, Opening};
use crate::eval::dataset::answers::AnyOf;
use crate::eval::dataset::conversations::{Owner, Script, ScriptTurn, TurnOutcome};
use crate::eval::facts;
use crate::eval::report::{Report, Scored};
use crate::eval::stats::pass_power;
use crate::eval::table::{Measure, Table};

/// Scores conversations, each played `runs` times. `pass^k` is the chance that k plays all come out right, for k from 1 to `runs`.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(
    examination: &Examination<'_>,
    assistant: &dyn Assistant,
    scripts: &[Script],
    runs: usize,
) -> anyhow::Result<Report> {
    let runs = runs.max(1);
    let named = languages(scripts.iter().map(|script| &script.lang));
    let work = |at: usize| {
        let named = &named;
        async move {
            let Some(script) = scripts.get(at) else { anyhow::bail!("no such case") };
            let mut plays = Vec::with_capacity(runs);
            for _ in 0..runs {
                plays.push(play(assistant, script).await?);
            }
            let mut scored = score(script, &plays);
            if named.contains(&script.lang) {
                scored.values.push((mark(script.lang.as_str()), 1.0));
            }
            Ok(scored)
        }
    };
    let measures = |table: &Table| (measures(table, runs), Vec::new());
    examination.report("conversations", scripts, |script| &script.id, work, measures).await
}

/// What came of one play.
#[derive(Debug)]
struct Play {
    turns: Vec<Came>,
    owner: Owner,
}

/// What came of one turn.
#[derive(Debug)]
struct Came {
    outcome: TurnOutcome,
    reason: Option<String>,
    why: Vec<String>,
    shown: Value,
}

async fn play(assistant: &dyn Assistant, script: &Script) -> anyhow::Result<Play> {
    let opening = Opening { locale: Some(script.lang.clone()), ..Opening::default() };
    let mut session = assistant.open(&opening).await?;
    let mut play = Play { turns: Vec::new(), owner: Owner::Assistant };
    for turn in &script.turns {
        let reply = session.say(&turn.user).await?;
        let came = judge(turn, reply.as_ref());
        if came.outcome == TurnOutcome::Handoff {
            play.owner = Owner::Waiting;
        }
        play.turns.push(came);
    }
    Ok(play)
}

/// What a reply is.
fn outcome(reply: Option<&Reply>) -> TurnOutcome {
    match reply {
        None => TurnOutcome::Silent,
        Some(reply) if reply.handoff.is_some() => TurnOutcome::Handoff,
        Some(reply) => match reply.kind {
            ReplyKind::Clarification => TurnOutcome::AskBack,
            ReplyKind::Courtesy => TurnOutcome::Courtesy,
            _ if reply.abstained => TurnOutcome::Abstain,
            _ => TurnOutcome::Answer,
        },
    }
}

fn judge(turn: &ScriptTurn, reply: Option<&Reply>) -> Came {
    let (outcome, expect) = (outcome(reply), &turn.expect);
    let reason = reply.and_then(|reply| reply.handoff.as_ref()).map(code);
    let mut why = Vec::new();
    if !expect.outcome.each().contains(&outcome) {
        let wanted: Vec<&str> = expect.outcome.each().iter().map(|o| o.as_str()).collect();
        why.push(format!("came to {} instead of {}", outcome.as_str(), wanted.join(" or ")));
    }
    if let (Some(wanted), Some(got)) = (&expect.reason, &reason)
        && !wanted.each().any(|wanted| wanted == got)
    {
        why.push(format!("handed over as {got} instead of {}", wanted.each().collect::<Vec<_>>().join(" or ")));
    }
    let Some(reply) = reply else { return Came { outcome, reason, why, shown: shown(None) } };
    let text = facts::normalise(&reply.answer);
    if outcome == TurnOutcome::Answer {
        let cited = |any: &AnyOf| any.each().any(|id| reply.citations.iter().any(|c| c.article_id.0 == id));
        let missing =
            |what: &str, any: &AnyOf| format!("does not {what} {}", any.each().collect::<Vec<_>>().join(" or "));
        why.extend(expect.must_cite.iter().filter(|any| !cited(any)).map(|any| missing("cite", any)));
        why.extend(expect.key_facts.iter().filter(|fact| !facts::holds(&text, fact)).map(|any| missing("say", any)));
    }
    let forbidden = expect.forbidden_facts.iter().filter(|fact| facts::holds(&text, fact));
    why.extend(forbidden.map(|fact| format!("says {}", fact.each().collect::<Vec<_>>().join(" or "))));
    Came { outcome, reason, why, shown: shown(Some(reply)) }
}

fn score(script: &Script, plays: &[Play]) -> Scored {
    let turns: Vec<(&ScriptTurn, &Came)> = plays.iter().flat_map(|play| script.turns.iter().zip(&play.turns)).collect();
    let after = |play: &Play| script.after.owner.is_none_or(|owner| owner == play.owner);
    let whole = |play: &Play| after(play) && play.turns.iter().all(|came| came.why.is_empty());
    let passed = plays.iter().filter(|play| whole(play)).count();
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (turn, came) in &turns {
        let first = turn.expect.outcome.each().first().copied().unwrap_or(TurnOutcome::Answer);
        for name in ["turns".to_owned(), format!("turns.{}", first.as_str())] {
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + flag(came.why.is_empty()), sum.1 + 1.0);
        }
    }
    let mut values: Vec<(String, f64)> = Vec::new();
    for (name, (right, all)) in sums {
        values.push((format!("{name}.right"), right));
        values.push((format!("{name}.all"), all));
    }
    for k in 1..=plays.len() {
        values.extend(pass_power(passed, plays.len(), k).map(|chance| (format!("pass^{k}"), round(chance))));
    }
    if script.after.owner.is_some() {
        #[expect(clippy::cast_precision_loss, reason = "a few plays")]
        values.push(("after".to_owned(), round(plays.iter().filter(|p| after(p)).count() as f64 / plays.len() as f64)));
    }
    // The first play that went wrong tells; all of them would say the same over again.
    let telling = plays.iter().find(|play| !whole(play)).or(plays.first());
    let mut why = Vec::new();
    let mut told = Vec::new();
    if let Some(play) = telling {
        for (number, (turn, came)) in (1..).zip(script.turns.iter().zip(&play.turns)) {
            why.extend(came.why.iter().map(|why| format!("turn {number}: {why}")));
            let Came { outcome, reason, shown, .. } = came;
            told.push(json!({
                "user": turn.user, "expect": turn.expect, "came": outcome, "reason": reason, "reply": shown, "why": came.why,
            }));
        }
        if !after(play) {
            let wanted = script.after.owner.map_or("anybody", Owner::as_str);
            why.push(format!("afterwards with: {}, instead of: {wanted}", play.owner.as_str()));
        }
    }
    let pair = |(turn, came): &(&ScriptTurn, &Came)| {
        // Any of the allowed ones is right, so a right one stands on the diagonal.
        let allowed = turn.expect.outcome.each();
        let expected = if allowed.contains(&came.outcome) { Some(&came.outcome) } else { allowed.first() };
        Some((expected?.as_str().to_owned(), came.outcome.as_str().to_owned()))
    };
    Scored {
        id: script.id.clone(),
        values,
        why,
        detail: json!({ "question": script.about, "turns": told, "passed": passed, "plays": plays.len() }),
        confusion: turns.iter().filter_map(pair).collect(),
        ..Scored::default()
    }
}

fn measures(table: &Table, runs: usize) -> BTreeMap<String, Measure> {
    let parts = parts(table);
    let mut measures = BTreeMap::new();
    let turns: Vec<String> =
        table.columns.keys().filter_map(|column| column.strip_suffix(".all")).map(str::to_owned).collect();
    for name in turns {
        let measure = Measure::ratio(format!("{name}.right"), format!("{name}.all"));
        with_parts(&mut measures, &name, measure, if name == "turns" { &parts } else { &[] });
    }
    for k in 1..=runs {
        let name = format!("pass^{k}");
        with_parts(&mut measures, &name, Measure::mean(&name), if k == 1 { &parts } else { &[] });
    }
    measures.insert("after".to_owned(), Measure::mean("after"));
    measures
}

#[cfg(test)]
mod tests;
