//! Misses that are planted in the real core: each must be seen, and no certificate holds with it. Vectors are fakes, which know no
//! more than letters, so each core is cut down to one language's exemplars.

use std::collections::HashMap;

use toml::{Table, Value};

use super::check::check;
use super::figures::{Certificate, Missed};
use super::tests::{fake, missed};
use crate::eval::dataset::guards::MANDATORY;
use crate::guard::{By, Guard, Policies, RehearsalError, Row, fakes};
use crate::language::Lang;
use crate::llm::Vector;

const CORE: &str = include_str!("../../guard/core.toml");
const MUST_NOT_MISS: &str = include_str!("../../../eval/datasets/guards/must_not_miss.jsonl");

/// The core with the exemplars and harmless messages of one language alone.
fn core(lang: &str) -> Table {
    let mut core: Table = CORE.parse().unwrap();
    for policy in policies(&mut core) {
        policy["exemplars"].as_table_mut().unwrap().retain(|of, _| of == lang);
    }
    core["harmless"].as_table_mut().unwrap().retain(|of, _| of == lang);
    core
}

fn policies(core: &mut Table) -> impl Iterator<Item = &mut Table> {
    core["policy"].as_array_mut().unwrap().iter_mut().map(|policy| policy.as_table_mut().unwrap())
}

/// The core's rows that must not be missed, of which `wanted`.
fn rows(wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
    let mut rows = Row::read(MUST_NOT_MISS).unwrap();
    rows.retain(|row| row.policy.as_ref().is_some_and(|code| MANDATORY.contains(&code.as_str())) && wanted(row));
    rows
}

/// The guard that a core makes, and the vectors it is asked with.
fn guard(core: &Table, rows: &[Row]) -> (Guard, HashMap<String, Vector>) {
    let policies = Policies::extending(&toml::to_string(core).unwrap(), "version = 1").unwrap();
    let mut vectors = fakes::vectors(&policies.exemplar_texts());
    let guard = Guard::prepare(policies, &vectors).unwrap();
    vectors.extend(fakes::vectors(&Row::texts(rows)));
    (guard, vectors)
}

/// The rows that the guards of a core miss.
fn lost(core: &Table, rows: &[Row]) -> Vec<String> {
    let (guard, vectors) = guard(core, rows);
    match guard.rehearse(rows, &vectors) {
        Ok(()) => Vec::new(),
        Err(RehearsalError::Missed { missed, .. }) => missed.into_iter().map(|missed| missed.text).collect(),
        Err(error) => panic!("{error}"),
    }
}

/// A day's certificate, on which these messages were missed.
fn certificate(lost: &[String]) -> Certificate {
    let mut today = fake();
    today.must_not_miss.missed = lost.iter().map(|text| Missed { text: text.clone(), ..missed("planted") }).collect();
    today
}

#[test]
fn a_rule_of_the_core_broken_is_a_miss() {
    // Few exemplars, of a language in which no row is: what the rules leave out is lost.
    let whole = core("id");
    let all = rows(|_| true);
    let (guard, vectors) = guard(&whole, &all);
    let by_one_rule = |row: &Row| {
        let lang = row.lang.clone().unwrap_or(Lang::JA);
        let votes = guard.judge_row(row, &lang, &vectors)?.ok()?.votes;
        match votes.as_slice() {
            [only] => match &only.by {
                By::Rule { pattern, .. } => Some(pattern.clone()),
                _ => None,
            },
            _ => None,
        }
    };
    let (row, pattern) = all.iter().find_map(|row| Some((row.clone(), by_one_rule(row)?))).unwrap();
    let mut broken = whole.clone();
    for policy in policies(&mut broken) {
        for (_, rules) in policy["rules"].as_table_mut().unwrap().iter_mut() {
            rules.as_array_mut().unwrap().retain(|rule| rule.as_str() != Some(pattern.as_str()));
        }
    }
    let row = [row];
    assert_eq!(lost(&whole, &row), Vec::<String>::new());
    let lost = lost(&broken, &row);
    assert_eq!(lost, [row[0].text.clone()], "without {pattern}");
    assert!(check(&fake(), &certificate(&[])).holds() && !check(&fake(), &certificate(&lost)).holds());
}

#[test]
fn exemplars_of_one_policy_and_language_removed_are_misses() {
    const CODE: &str = "unauthorised_access";
    let mut taught = core("zh");
    policies(&mut taught).for_each(|policy| {
        policy.remove("rules");
    });
    let rows =
        rows(|row| row.lang == Some(Lang::ZH) && row.policy.as_ref().is_some_and(|policy| policy.as_str() == CODE));
    assert!(!rows.is_empty());
    assert_eq!(lost(&taught, &rows), Vec::<String>::new());
    let mut untaught = taught.clone();
    let policy = policies(&mut untaught).find(|policy| policy["code"].as_str() == Some(CODE)).unwrap();
    policy["exemplars"] = Value::Table(Table::new());
    let lost = lost(&untaught, &rows);
    assert!(!lost.is_empty());
    assert!(!check(&fake(), &certificate(&lost)).holds());
}
