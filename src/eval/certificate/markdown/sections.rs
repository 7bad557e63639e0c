//! The parts of the page.

use std::collections::BTreeSet;

use super::{NOT_MEASURED, Page, cell, missed, named, percent, share};
use crate::eval::certificate::figures::{Certificate, Rate, Shift, Slack, Through};
use crate::eval::certificate::taken::PassPower;
use crate::eval::certificate::tally::{ALL, ALL_MANDATORY, NOTHING};

pub(super) fn about(page: &mut Page, certificate: &Certificate) {
    let about = &certificate.about;
    page.head("What it is about");
    page.columns(&["", ""]);
    let commit = about.code.commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    let policies = &about.policies;
    for (what, value) in [
        ("program", format!("madoguchi {}{commit}", about.code.version)),
        ("policies", format!("version {}, digest {}", policies.version, policies.digest)),
        ("compiled-in core", format!("digest {}", policies.core)),
        (
            "embedding model",
            format!(
                "{} ({} dimensions), fingerprint {}",
                about.embedding.model, about.embedding.dimension, about.embedding.fingerprint
            ),
        ),
        ("made on", about.on.to_string()),
        ("seed", about.seed.to_string()),
    ] {
        page.row(&[what.to_owned(), value]);
    }
    for (name, set) in &about.sets {
        page.row(&[format!("set `{name}`"), format!("{} rows, digest {}", set.rows, set.digest)]);
    }
}

pub(super) fn must_not_miss(page: &mut Page, certificate: &Certificate) {
    page.head("Rows that may never be missed");
    let frozen = &certificate.must_not_miss;
    page.line(format!("{} rows in whole turns; {} reach no person.", frozen.rows, frozen.missed.len()));
    let rows = frozen.missed.iter().map(|row| (row.policy.as_str(), row));
    missed(page, &["policy", "missed", "message"], rows);
}

pub(super) fn policies(page: &mut Page, certificate: &Certificate) {
    page.head("What goes to a person");
    page.line("Over the test split, by whole turns. *Missed*: a person must take it, and it would be answered (a hand-off for another reason");
    page.line("is none). *Needless*: handed over, though the articles answer it; *hard* ones were written to look like the policy's. `unclear` is");
    page.line("decided by what a search finds, not by line 1.");
    page.line("");
    page.columns(&["policy", "language", "missed", "needless, plain", "needless, hard"]);
    let last = |name: &str| match name {
        ALL_MANDATORY => 1,
        ALL => 2,
        _ => 0,
    };
    let mut names: Vec<&String> = certificate.policies.keys().collect();
    names.sort_by_key(|name| (last(name), name.as_str()));
    for name in names {
        let Some(languages) = certificate.policies.get(name) else { continue };
        let mut languages: Vec<_> = languages.iter().collect();
        languages.sort_by_key(|(lang, _)| (last(lang), lang.as_str()));
        // Where there is one language, all of them are the same again.
        let one = languages.len() == 2;
        for (lang, cell) in languages.into_iter().filter(|(lang, _)| !(one && lang.as_str() == ALL)) {
            let cells = [cell.missed, cell.needless, cell.needless_hard].map(|rate| share(&rate));
            page.row(&[&[name.clone(), lang.clone()][..], &cells].concat());
        }
    }
}

pub(super) fn confusions(page: &mut Page, certificate: &Certificate) {
    page.head("Confusions");
    page.line("Rows: what was expected. Columns: what fired in a turn (`-`: nothing, the machine answers).");
    page.line("");
    let fired: BTreeSet<&String> = certificate.confusions.values().flat_map(|fired| fired.keys()).collect();
    // What did not fire at all comes last.
    let mut fired: Vec<&String> = fired.into_iter().collect();
    fired.sort_by_key(|name| name.as_str() == NOTHING);
    let names: Vec<&str> = std::iter::once("").chain(fired.iter().map(|name| name.as_str())).collect();
    page.columns(&names);
    for (expected, counts) in &certificate.confusions {
        let count = |name: &&String| counts.get(*name).map_or(String::new(), usize::to_string);
        let cells: Vec<String> = std::iter::once(expected.clone()).chain(fired.iter().map(count)).collect();
        page.row(&cells);
    }
}

pub(super) fn variants(page: &mut Page, certificate: &Certificate) {
    page.head("In other guises");
    page.line("Every message of the test split that a person must take, and as a control every hard negative, in each guise that it can be put");
    page.line("in; by line 1 alone, without a search. *As it is* is the share of the same messages undisguised. At every change one message in");
    page.line("eight is looked at again (`sample` in certificate.json).");
    page.line("");
    let columns = ["guise", "what is done", "missed, as it is → so", "missed, mandatory", "needless, as it is → so"];
    page.columns(&columns);
    for varied in &certificate.variants {
        let shifts = [&varied.all.missed, &varied.all.missed_mandatory, &varied.all.needless].map(shift);
        page.row(&[&[varied.name.clone(), varied.about.clone()][..], &shifts].concat());
    }
}

fn shift(shift: &Shift) -> String {
    if shift.varied.of == 0 {
        return "–".to_owned();
    }
    format!("{} → {}", percent(shift.plain.rate), share(&shift.varied))
}

pub(super) fn spread(page: &mut Page, certificate: &Certificate) {
    page.head("Over several turns");
    let Some(spread) = &certificate.spread else {
        page.line(NOT_MEASURED);
        return;
    };
    page.line(
        "\"返金の条件は?\", an answer, \"じゃあお願いします\": no single turn says what is wanted. By line 1 alone.",
    );
    page.line("");
    page.line(format!("Missed {}; needless {}.", share(&spread.missed), share(&spread.needless)));
    if !spread.wrong.is_empty() {
        page.line(format!("Wrong{}.", named(&spread.wrong)));
    }
}

pub(super) fn hostile(page: &mut Page, certificate: &Certificate) {
    page.head("What the worst of models gets through");
    let Some(hostile) = &certificate.hostile else {
        page.line(NOT_MEASURED);
        return;
    };
    page.line("Replies with the worst a model can say, through the real writer, verifier and output guard. *Through*: anything was shown in the");
    page.line("model's own words. *At most*: the share that gets through, one-sided at 95% (Clopper and Pearson).");
    page.line("");
    page.columns(&["replies", "cases", "through", "at most"]);
    let mut row = |name: &str, through: &Through| {
        page.row(&[
            name.to_owned(),
            through.cases.to_string(),
            through.through.to_string(),
            format!("{:.3}%", through.at_most * 100.0),
        ]);
    };
    row("written", &hostile.written);
    for (family, through) in &hostile.families {
        row(&format!("… {family}"), through);
    }
    match &hostile.generated {
        Some(generated) => row("generated disguises", generated),
        None => page.line(
            "\nThe generated disguises were not played (`--hostile-file`, made by `eval/datasets/hostile/mutate.py`).",
        ),
    }
    if !hostile.shown.is_empty() {
        page.line("");
        page.columns(&["shown of", "words"]);
        hostile.shown.iter().take(super::NAMED).for_each(|(id, said)| page.row(&[id.clone(), cell(said)]));
    }
    page.line("");
    match &hostile.harmless {
        Some(harmless) => {
            page.line("Replies that an article supports:");
            page.line("");
            page.columns(&["", ""]);
            let kept = Rate::new(harmless.withheld.of - harmless.withheld.hits, harmless.withheld.of);
            page.row(&["released in full".to_owned(), share(&kept)]);
            page.row(&["nothing of it shown".to_owned(), share(&harmless.nothing)]);
            page.row(&["ended by the guard".to_owned(), share(&harmless.ended)]);
        }
        None => page.line("What becomes of harmless replies was not measured."),
    }
}

pub(super) fn taken(page: &mut Page, certificate: &Certificate) {
    page.head("Injections, with a real model");
    match &certificate.injections {
        None => page.line(NOT_MEASURED),
        Some(injections) => {
            page.line(format!("Model: {}.", injections.model));
            page.line("");
            page.columns(&["", "outcome changed", "nothing to change", "endpoint failed"]);
            let attacks = injections.attacks.iter().map(|(kind, followed)| (kind.as_str(), followed));
            for (kind, followed) in attacks.chain([("harmless, handed over", &injections.harmless)]) {
                let (skipped, failed) = (followed.skipped.to_string(), followed.failed.to_string());
                page.row(&[kind.to_owned(), share(&followed.rate()), skipped, failed]);
            }
        }
    }
    page.head("A real model without line 1");
    let Some(pass8) = &certificate.pass8 else {
        page.line(NOT_MEASURED);
        return;
    };
    let PassPower { model, runs, temperature, left_out, passed } = pass8;
    page.line(format!("Model: {model}, temperature {temperature}; {} messages, {runs} runs each.", passed.len()));
    if *left_out > 0 {
        page.line(format!("Left out, because the endpoint failed: {left_out} messages."));
    }
    page.line("");
    page.columns(&["", ""]);
    for k in [1, 8] {
        let power = pass8.power(k).map_or("–".to_owned(), |power| format!("{power:.3}"));
        page.row(&[format!("pass^{k}"), power]);
    }
}

pub(super) fn slack(page: &mut Page, certificate: &Certificate) {
    page.head("How far figures may get worse");
    page.line("As committed in certificate.json; whatever stands there, one row of a small group may go. Not a single row that may never be");
    page.line("missed, and nothing of a hostile reply. Figures that a folder or a file was there for when this was written must be measured again.");
    page.line("");
    let Slack { missed, needless, needless_hard, varied, withheld } = certificate.slack;
    page.columns(&["figure", "by at most"]);
    for (what, slack) in [
        ("missed", missed),
        ("needless, plain", needless),
        ("needless, hard", needless_hard),
        ("guises, and several turns", varied),
        ("harmless replies withheld", withheld),
    ] {
        page.row(&[what.to_owned(), percent(slack)]);
    }
}
