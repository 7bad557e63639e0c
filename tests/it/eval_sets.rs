//! What holds of our own evaluation sets: enough of everything, nothing copied into an article, floors that are not quietly lowered.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::process::Command;

use madoguchi::eval::dataset::answers::{self, AnyOf, Sample};
use madoguchi::eval::dataset::{conversations, grounding};
use madoguchi::eval::facts::{holds, normalise};
use madoguchi::eval::gate::Gate;
use madoguchi::knowledge::{Article, load};
use madoguchi::language::{Lang, detect};
use madoguchi::passages::lexical::LexicalAnalyser;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn samples() -> Vec<Sample> {
    ["dev", "test"].iter().flat_map(|name| set(name)).collect()
}

fn set(name: &str) -> Vec<Sample> {
    answers::read(&root().join(format!("eval/datasets/answers/{name}.jsonl"))).unwrap().0
}

fn articles() -> BTreeMap<String, Article> {
    let today = jiff::civil::date(2026, 11, 24);
    let loaded = load(&root().join("knowledge/articles"), today, &|text| detect(text, None, &Lang::JA)).unwrap();
    loaded.library.articles().map(|article| (article.id.0.clone(), article.clone())).collect()
}

/// Character 5-grams of what remains when all that does not matter is left out.
fn grams(text: &str) -> HashSet<Vec<char>> {
    let plain: Vec<char> = normalise(text).chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.len() < 5 {
        return HashSet::from([plain]);
    }
    plain.windows(5).map(<[char]>::to_vec).collect()
}

/// Jaccard's index: what both have, of what either has.
fn alike(a: &HashSet<Vec<char>>, b: &HashSet<Vec<char>>) -> f64 {
    a.intersection(b).count() as f64 / a.union(b).count() as f64
}

#[test]
fn no_question_is_a_near_copy_of_one_an_article_gives() {
    let given: Vec<(String, HashSet<Vec<char>>)> = articles()
        .values()
        .flat_map(|article| article.questions.iter().chain([&article.title]).cloned().collect::<Vec<_>>())
        .map(|question| (question.clone(), grams(&question)))
        .collect();
    assert!(given.len() > 500, "{}", given.len());
    let scripts = conversations::read(&root().join("eval/datasets/conversations/counter.yaml")).unwrap();
    let turns = scripts.iter().flat_map(|script| script.turns.iter().map(|turn| turn.user.clone()));
    let asked: Vec<String> = samples().into_iter().map(|sample| sample.user_input).chain(turns).collect();
    let mut copies = Vec::new();
    for question in &asked {
        let own = grams(question);
        let near = given.iter().map(|(text, grams)| (alike(&own, grams), text)).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((share, text)) = near.filter(|(share, _)| *share >= 0.6) {
            copies.push(format!("{share:.2} {question} | {text}"));
        }
    }
    assert!(copies.is_empty(), "{} near-copies:\n{}", copies.len(), copies.join("\n"));
}

#[test]
fn what_is_tested_on_is_not_what_was_tuned_on() {
    let dev: Vec<(String, HashSet<Vec<char>>)> =
        set("dev").into_iter().map(|sample| (sample.user_input.clone(), grams(&sample.user_input))).collect();
    let mut copies = Vec::new();
    for sample in set("test") {
        let own = grams(&sample.user_input);
        let near = dev.iter().map(|(text, grams)| (alike(&own, grams), text)).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((share, text)) = near.filter(|(share, _)| *share >= 0.5) {
            copies.push(format!("{share:.2} {} | {text}", sample.user_input));
        }
    }
    assert!(copies.is_empty(), "{copies:#?}");
}

#[test]
fn there_is_enough_of_everything() {
    let samples = samples();
    let count = |wanted: &dyn Fn(&Sample) -> bool| samples.iter().filter(|sample| wanted(sample)).count();
    let lang = |sample: &Sample, lang: &str| sample.lang.as_ref().is_some_and(|known| known.as_str() == lang);
    let tagged = |sample: &Sample, tag: &str| sample.tags.iter().any(|known| known == tag);
    let answerable = |tag: &'static str| count(&move |s| lang(s, tag) && s.answerable());
    let figures = [
        ("Japanese questions with an answer", answerable("ja"), 200),
        ("English questions with an answer", answerable("en"), 120),
        ("Chinese questions", answerable("zh"), 20),
        ("Korean questions", answerable("ko"), 20),
        ("questions across languages", count(&|s| tagged(s, "cross_language")), 30),
        ("questions without an answer", count(&|s| s.expect.must_abstain), 70),
        ("near misses among them", count(&|s| s.expect.must_abstain && tagged(s, "near_miss")), 70),
        ("two questions at once", count(&|s| tagged(s, "two_questions")), 30),
    ];
    for (what, found, wanted) in figures {
        println!("{found} {what}");
        assert!(found >= wanted, "{found} {what}, {wanted} wanted");
    }
    let ids: BTreeSet<&String> = samples.iter().map(|sample| &sample.id).collect();
    assert_eq!(ids.len(), samples.len(), "an id stands in both sets");
    let scripts = conversations::read(&root().join("eval/datasets/conversations/counter.yaml")).unwrap();
    assert!(scripts.len() >= 40 && scripts.iter().all(|script| script.turns.len() > 1), "{}", scripts.len());
}

#[test]
fn expectations_stand_in_the_articles() {
    let articles = articles();
    let today = jiff::civil::date(2026, 11, 24);
    let mut wrong = Vec::new();
    for sample in samples() {
        let expect = &sample.expect;
        for id in expect.must_cite.iter().flat_map(AnyOf::each).chain(expect.may_cite.iter().map(String::as_str)) {
            let Some(article) = articles.get(id) else {
                wrong.push(format!("{}: there is no {id}", sample.id));
                continue;
            };
            if expect.must_cite.iter().any(|any| any.each().any(|known| known == id)) && !article.in_effect(today) {
                wrong.push(format!("{}: {id} is not in effect", sample.id));
            }
        }
        let cited: String = expect
            .must_cite
            .iter()
            .flat_map(AnyOf::each)
            .filter_map(|id| articles.get(id))
            .map(|article| normalise(&article.body))
            .collect();
        for fact in &expect.key_facts {
            if !holds(&cited, fact) {
                wrong.push(format!("{}: no cited article says {fact:?}", sample.id));
            }
            if holds(&normalise(&sample.user_input), fact) {
                wrong.push(format!("{}: the question itself says {fact:?}", sample.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} expectations:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn customers_seldom_use_the_titles_words() {
    let analyser = LexicalAnalyser::open(Some(&root().join("var/models/ipadic")));
    if !analyser.has_dictionary() {
        assert!(std::env::var_os("MADOGUCHI_TEST_REQUIRE").is_none(), "`make setup` fetches the dictionary");
        println!("SKIPPED: without the dictionary Japanese words are not told apart");
        return;
    }
    let articles = articles();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for sample in samples().iter().filter(|sample| sample.answerable()) {
        let Some(article) = sample.expect.must_cite.first().and_then(|any| articles.get(any.each().next()?)) else {
            continue;
        };
        let asked: HashSet<String> = analyser.terms(&sample.user_input, &article.lang).into_iter().collect();
        let apart = analyser.terms(&article.title, &article.lang).iter().all(|word| !asked.contains(word));
        let count = counts.entry(article.lang.to_string()).or_default();
        *count = (count.0 + usize::from(apart), count.1 + 1);
    }
    for (lang, (apart, all)) in &counts {
        println!("{lang}: {apart} of {all} questions share no content word with the title of their article");
    }
    for lang in ["ja", "en"] {
        let (apart, all) = counts[lang];
        assert!(apart * 10 >= all * 3, "{lang}: {apart} of {all}");
    }
}

#[test]
fn grounding_pairs_are_balanced() {
    for name in ["plain", "hard"] {
        let pairs = grounding::read(&root().join(format!("eval/datasets/grounding/{name}.jsonl"))).unwrap();
        let supported = pairs.iter().filter(|pair| pair.label == grounding::Label::Supported).count();
        assert!(pairs.len() >= 100 && supported * 2 == pairs.len(), "{name}: {supported} of {}", pairs.len());
    }
}

/// The versions of a file, oldest first, the working tree's last; nothing where there is no history.
fn versions(path: &str) -> Vec<String> {
    let git = |arguments: &[&str]| -> Option<String> {
        let ran = Command::new("git").current_dir(root()).args(arguments).output().ok()?;
        ran.status.success().then(|| String::from_utf8(ran.stdout).ok()).flatten()
    };
    let Some(log) = git(&["log", "--reverse", "--format=%H", "--", path]) else { return Vec::new() };
    let mut versions: Vec<String> =
        log.lines().filter_map(|commit| git(&["show", &format!("{commit}:{path}")])).collect();
    versions.extend(std::fs::read_to_string(root().join(path)));
    versions
}

/// Every limit that a later version of the gate lets go further than the one before: as CHANGELOG.md must name it.
fn loosened(versions: &[Gate]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in versions.windows(2) {
        let [before, after] = pair else { continue };
        for (report, metrics) in &before.reports {
            for (metric, old) in metrics {
                let new = after.reports.get(report).and_then(|metrics| metrics.get(metric));
                let fell = |old: Option<f64>, new: Option<f64>, worse: fn(f64, f64) -> bool| {
                    old.is_some_and(|old| new.is_none_or(|new| worse(new, old)))
                };
                let limit = |pick: fn(&madoguchi::eval::gate::Limit) -> Option<f64>| (pick(old), new.and_then(pick));
                let ((f0, f1), (c0, c1), (r0, r1)) =
                    (limit(|l| l.floor), limit(|l| l.ceiling), limit(|l| l.regression));
                if fell(f0, f1, |new, old| new < old)
                    || fell(c0, c1, |new, old| new > old)
                    || fell(r0, r1, |new, old| new > old)
                {
                    found.push(format!("{report} {metric}"));
                }
            }
        }
    }
    found
}

#[test]
fn a_floor_is_lowered_only_with_a_reason_in_the_changelog() {
    let texts = versions("eval/gate.toml");
    if texts.is_empty() {
        println!("SKIPPED: no history to look into");
    }
    let gates: Vec<Gate> = texts.iter().filter_map(|text| Gate::parse(text).ok()).collect();
    let changelog = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    for lowered in loosened(&gates) {
        // "- Floor lowered: answers/test answered 0.85 → 0.8: because …"
        let told = changelog.lines().any(|line| line.contains("Floor lowered:") && line.contains(&lowered));
        assert!(
            told,
            "{lowered}: its limit was loosened, and CHANGELOG.md has no line `Floor lowered: {lowered} …` with the reason"
        );
    }
}

#[test]
fn a_loosened_limit_is_seen() {
    let gate = |limit: &str| {
        Gate::parse(&format!("[\"answers/x\"]\nanswered = {limit}\naurc = {{ ceiling = 0.2 }}\n")).unwrap()
    };
    let (high, low) = (gate("{ floor = 0.9 }"), gate("{ floor = 0.8 }"));
    let seen = |before: &Gate, after: &Gate| loosened(&[before.clone(), after.clone()]);
    assert_eq!(seen(&high, &low), ["answers/x answered"]);
    assert!(seen(&low, &high).is_empty());
    assert_eq!(seen(&high, &gate("{ regression = 0.1 }")), ["answers/x answered"], "left out is lowered too");
    let other = Gate::parse("[\"answers/x\"]\nanswered = { floor = 0.9 }\naurc = { ceiling = 0.3 }\n").unwrap();
    assert_eq!(seen(&high, &other), ["answers/x aurc"]);
}
