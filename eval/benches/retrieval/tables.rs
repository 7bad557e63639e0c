//! Tables of what was measured in memory.

use anyhow::Result;
use madoguchi::passages::hybrid::FusionSettings;
use madoguchi::passages::lexical::{Cjk, JapaneseUnits, LexicalAnalyser, LexicalSettings};
use madoguchi::passages::{Leg, LegHit};

use crate::legs::{self, LegHits, Score};
use crate::{Prepared, dictionary};

pub(crate) fn sizes(sets: &[Prepared]) {
    println!("| set | language | passages | questions (n) | titles |\n|---|---|---|---|---|");
    for p in sets {
        let titles = if p.set.has_titles() { "yes" } else { "no" };
        println!("| {} | {} | {} | {} | {titles} |", p.set.name, p.set.lang, p.set.docs.len(), p.set.queries.len());
    }
    println!();
}

fn head(first: &str, sets: &[&Prepared]) {
    let names: Vec<&str> = sets.iter().map(|p| p.set.name.as_str()).collect();
    println!("| {first} | {} | mean |", names.join(" | "));
    println!("|---{}|---|", "|---".repeat(names.len()));
}

fn row(name: &str, scores: &[Score]) {
    let cells: Vec<String> = scores.iter().map(|s| format!("{:.3}", s.ndcg10)).collect();
    println!("| {name} | {} | **{:.3}** |", cells.join(" | "), Score::mean(scores).ndcg10);
}

type Change = fn(&mut LexicalSettings);

/// A name, the languages it concerns, and the variants to try.
type Group = (&'static str, &'static [&'static str], &'static [(&'static str, Change)]);

/// nDCG@10 of the lexical leg alone, one setting changed at a time, on the sets whose language it concerns.
pub(crate) fn lexical(sets: &[Prepared]) -> Result<()> {
    let groups: [Group; 4] = [
        (
            "Japanese",
            &["ja"],
            &[
                ("lemmas, stops (default)", |_| ()),
                ("lemmas, no stops", |s| s.japanese_stops = false),
                ("lemmas and readings, stops", |s| s.japanese = JapaneseUnits::Readings),
                ("surfaces, stops", |s| s.japanese = JapaneseUnits::Surfaces),
                ("ICU, without 1–2 hiragana", |s| s.japanese = JapaneseUnits::Icu),
                ("ICU, everything", |s| (s.japanese, s.japanese_stops) = (JapaneseUnits::Icu, false)),
                ("bigrams", |s| s.japanese = JapaneseUnits::Bigrams),
                ("lemmas, long vowels kept", |s| s.fold_long_vowels = false),
            ],
        ),
        (
            "Chinese",
            &["zh"],
            &[
                ("single characters and pairs (default)", |_| ()),
                ("pairs", |s| s.han = Cjk::Bigrams),
                ("ICU", |s| s.han = Cjk::Icu),
                ("ICU and pairs", |s| s.han = Cjk::IcuAndBigrams),
            ],
        ),
        (
            "Korean",
            &["ko"],
            &[
                ("single characters and pairs (default)", |_| ()),
                ("pairs", |s| s.hangul = Cjk::Bigrams),
                ("ICU", |s| s.hangul = Cjk::Icu),
                ("ICU and pairs", |s| s.hangul = Cjk::IcuAndBigrams),
            ],
        ),
        (
            "European",
            &["en", "de", "es"],
            &[
                ("stems, no function words (default)", |_| ()),
                ("stems, all words", |s| s.stop_words = false),
                ("no stems, no function words", |s| s.stem = false),
                ("no stems, all words", |s| (s.stem, s.stop_words) = (false, false)),
            ],
        ),
    ];
    println!("## Lexical leg alone, nDCG@10\n");
    for (name, langs, variants) in groups {
        let sets: Vec<&Prepared> = sets.iter().filter(|p| langs.contains(&p.set.lang.as_str())).collect();
        if sets.is_empty() {
            continue;
        }
        head(name, &sets);
        for (name, change) in variants {
            row(name, &variant(&sets, *change)?);
        }
        println!();
    }
    let sets: Vec<&Prepared> = sets.iter().collect();
    head("BM25", &sets);
    for (k1, b) in [(1.2, 0.75), (0.9, 0.4), (1.2, 0.4), (1.5, 0.75), (2.0, 0.75), (0.6, 0.75)] {
        let scores: Result<Vec<Score>> = sets
            .iter()
            .map(|p| {
                let analyser =
                    LexicalAnalyser::with_settings(&dictionary(), LexicalSettings { k1, b, ..Default::default() })?;
                Ok(legs::alone(&p.set, &legs::lexical(&p.passages, &p.set, &analyser)))
            })
            .collect();
        row(&format!("k1 = {k1}, b = {b}"), &scores?);
    }
    println!();
    Ok(())
}

fn variant(sets: &[&Prepared], change: Change) -> Result<Vec<Score>> {
    let mut settings = LexicalSettings::default();
    change(&mut settings);
    let analyser = LexicalAnalyser::with_settings(&dictionary(), settings)?;
    Ok(sets.iter().map(|p| legs::alone(&p.set, &legs::lexical(&p.passages, &p.set, &analyser))).collect())
}

/// Each leg alone against all of them.
pub(crate) fn legs(sets: &[Prepared]) {
    println!("## Legs alone and fused\n\nEach cell: hit@1 / recall@10 / nDCG@10.\n");
    println!("| set | n | dense | question | lexical | dense + lexical | all three |\n|---|---|---|---|---|---|---|");
    let cell = |s: Score| format!("{:.3} / {:.3} / {:.3}", s.hit1, s.recall10, s.ndcg10);
    let mut columns: [Vec<Score>; 5] = Default::default();
    let settings = FusionSettings::default();
    for p in sets {
        let two = legs::fused(&p.set, &[(Leg::Dense, &p.dense), (Leg::Lexical, &p.lexical)], &settings);
        let question = p.asked.as_ref().map(|hits| legs::alone(&p.set, hits));
        let scores = [
            Some(legs::alone(&p.set, &p.dense)),
            question,
            Some(legs::alone(&p.set, &p.lexical)),
            Some(two),
            Some(all(p, &settings)),
        ];
        let cells: Vec<String> = scores.iter().map(|s| s.map_or("–".to_owned(), cell)).collect();
        println!("| {} | {} | {} |", p.set.name, p.set.queries.len(), cells.join(" | "));
        for (column, score) in columns.iter_mut().zip(scores) {
            column.extend(score);
        }
    }
    let means: Vec<String> = columns.iter().map(|column| cell(Score::mean(column))).collect();
    println!("| mean over sets | | {} |\n", means.join(" | "));

    beside(sets);
    println!(
        "## Titles and questions: embedded as what?\n\nnDCG@10 of the question leg alone, and of all three legs.\n"
    );
    let titled: Vec<&Prepared> = sets.iter().filter(|p| p.set.has_titles()).collect();
    head("prefix", &titled);
    for (name, pick) in [("question (default)", asked as fn(&Prepared) -> &LegHits), ("passage", told)] {
        row(&format!("{name}, alone"), &titled.iter().map(|p| legs::alone(&p.set, pick(p))).collect::<Vec<_>>());
        let three = |p: &&Prepared| {
            let legs = [(Leg::Dense, &p.dense), (Leg::Question, pick(p)), (Leg::Lexical, &p.lexical)];
            legs::fused(&p.set, &legs, &FusionSettings::default())
        };
        row(&format!("{name}, fused"), &titled.iter().map(three).collect::<Vec<_>>());
    }
    println!();
}

/// What the lexical leg should read beside a passage's text.
fn beside(sets: &[Prepared]) {
    println!(
        "## Lexical leg: what is read beside the text\n\nnDCG@10 of the lexical leg alone, and of all three legs.\n"
    );
    let refs: Vec<&Prepared> = sets.iter().collect();
    head("text", &refs);
    let analyser = LexicalAnalyser::open(Some(&dictionary()));
    for (name, crumbs, titles, questions) in [
        ("breadcrumb", 1, 0, 0),
        ("nothing", 0, 0, 0),
        ("breadcrumb twice", 2, 0, 0),
        ("breadcrumb, title again", 1, 1, 0),
        ("breadcrumb, title twice again", 1, 2, 0),
        ("breadcrumb, questions (default)", 1, 0, 1),
        ("breadcrumb, title again, questions", 1, 1, 1),
    ] {
        let extra = legs::Beside { crumbs, titles, questions };
        let lexical: Vec<LegHits> =
            sets.iter().map(|p| legs::lexical_with(&p.passages, &p.set, &analyser, extra)).collect();
        let pairs = || sets.iter().zip(&lexical);
        row(&format!("{name}, alone"), &pairs().map(|(p, hits)| legs::alone(&p.set, hits)).collect::<Vec<_>>());
        let three = |(p, lexical): (&Prepared, &LegHits)| {
            let question = p.asked.as_ref().map(|hits| (Leg::Question, hits));
            let legs: Vec<(Leg, &LegHits)> =
                [(Leg::Dense, &p.dense)].into_iter().chain(question).chain([(Leg::Lexical, lexical)]).collect();
            legs::fused(&p.set, &legs, &FusionSettings::default())
        };
        row(&format!("{name}, fused"), &pairs().map(three).collect::<Vec<_>>());
    }
    println!();
}

static NONE: LegHits = Vec::new();

fn asked(p: &Prepared) -> &LegHits {
    p.asked.as_ref().unwrap_or(&NONE)
}

fn told(p: &Prepared) -> &LegHits {
    p.told.as_ref().unwrap_or(&NONE)
}

/// All the legs that a set has.
pub(crate) fn all(p: &Prepared, settings: &FusionSettings) -> Score {
    let question = p.asked.as_ref().map(|hits| (Leg::Question, hits));
    let legs: Vec<(Leg, &LegHits)> =
        [(Leg::Dense, &p.dense)].into_iter().chain(question).chain([(Leg::Lexical, &p.lexical)]).collect();
    legs::fused(&p.set, &legs, settings)
}

/// What RRF's constants and weights do.
pub(crate) fn fusion(sets: &[Prepared]) {
    println!("## Fusion, nDCG@10\n");
    let refs: Vec<&Prepared> = sets.iter().collect();
    head("k", &refs);
    for k in [0.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0] {
        let settings = FusionSettings { k, ..FusionSettings::default() };
        row(&format!("{k}"), &sets.iter().map(|p| all(p, &settings)).collect::<Vec<_>>());
    }
    println!();
    head("dense : question : lexical", &refs);
    for (dense, question, lexical) in [
        (1.0, 1.0, 1.0),
        (1.0, 0.5, 1.0),
        (1.0, 0.75, 1.0),
        (1.0, 1.5, 1.0),
        (1.0, 1.0, 1.5),
        (1.0, 0.5, 1.5),
        (1.0, 0.75, 1.5),
        (1.0, 1.0, 0.75),
        (1.0, 1.0, 0.5),
        (1.5, 1.0, 1.0),
        (1.0, 0.5, 2.0),
        (1.0, 0.0, 1.0),
    ] {
        let settings = FusionSettings { dense, question, lexical, ..FusionSettings::default() };
        row(&format!("{dense} : {question} : {lexical}"), &sets.iter().map(|p| all(p, &settings)).collect::<Vec<_>>());
    }
    println!();
    head("what else", &refs);
    let plain = FusionSettings::default();
    row("default", &sets.iter().map(|p| all(p, &plain)).collect::<Vec<_>>());
    let apart: Vec<Score> = sets
        .iter()
        .map(|p| {
            let question = p.asked.as_ref().map(by_position);
            let legs =
                [(Leg::Dense, Some(&p.dense)), (Leg::Question, question.as_ref()), (Leg::Lexical, Some(&p.lexical))];
            let legs: Vec<_> = legs.into_iter().filter_map(|(leg, hits)| Some((leg, hits?))).collect();
            legs::fused(&p.set, &legs, &plain)
        })
        .collect();
    row("equal scores ranked by id instead of sharing the last place", &apart);
    for depth in [10, 20, 30] {
        let cut =
            |hits: &LegHits| hits.iter().map(|hits| hits.iter().take(depth).cloned().collect()).collect::<LegHits>();
        let shallow: Vec<Score> = sets
            .iter()
            .map(|p| {
                let (dense, lexical, question) = (cut(&p.dense), cut(&p.lexical), p.asked.as_ref().map(cut));
                let legs =
                    [(Leg::Dense, Some(&dense)), (Leg::Question, question.as_ref()), (Leg::Lexical, Some(&lexical))];
                let legs: Vec<_> = legs.into_iter().filter_map(|(leg, hits)| Some((leg, hits?))).collect();
                legs::fused(&p.set, &legs, &plain)
            })
            .collect();
        row(&format!("legs {depth} deep instead of {}", legs::DEPTH), &shallow);
    }
    println!();
}

/// Hits with scores that only tell their positions.
fn by_position(hits: &LegHits) -> LegHits {
    let apart = |hits: &Vec<LegHit>| {
        hits.iter().enumerate().map(|(n, hit)| LegHit { score: 1000.0 - n as f32, ..hit.clone() }).collect()
    };
    hits.iter().map(apart).collect()
}
