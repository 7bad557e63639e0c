//! The core and the file become one. What the file may do to a mandatory policy is decided here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{ByLang, DeskText, Examples, File, PolicyText};
use super::{Desk, DeskCode, Exemplar, Pattern, Policies, Policy, PolicyCode, PolicyError, Texts};
use crate::guard::{normal, rules};
use crate::language::Lang;

/// Applies where a policy states none.
const THRESHOLD: f32 = 0.5;
/// Rules under this heading are for every language.
const ANY: &str = "any";

/// The core alone: all its policies are mandatory.
pub(super) fn of_core(core: &File, digest: &str) -> Result<Policies, PolicyError> {
    let mut policies = Policies {
        version: 0,
        digest: digest.to_owned(),
        desks: BTreeMap::new(),
        policies: Vec::new(),
        signals: BTreeMap::new(),
        harmless: Vec::new(),
    };
    add_desks(&mut policies, core)?;
    for text in &core.policies {
        policies.policies.push(fresh(text, true)?);
    }
    add_signals(&mut policies, core)?;
    add_harmless(&mut policies, core, true)?;
    finish(policies)
}

/// The core's `policies` extended by `file`.
pub(super) fn extended(policies: &Policies, core: &File, file: &File, digest: &str) -> Result<Policies, PolicyError> {
    let mut policies = Policies { version: file.version, digest: digest.to_owned(), ..policies.clone() };
    add_desks(&mut policies, file)?;
    for text in &file.policies {
        let place = place(&text.code);
        if text.max_threshold.is_some() {
            let remedy = "take it out: only the compiled-in core states it";
            return Err(PolicyError::new(place, "max_threshold", "cannot be set", remedy));
        }
        let base = core.policies.iter().find(|base| base.code == text.code);
        let found = policies.policies.iter_mut().find(|policy| policy.code.0 == text.code);
        match (base, found) {
            (Some(base), Some(policy)) => extend(policy, base, text)?,
            _ if text.enabled == Some(false) => {
                fresh(text, false)?;
            }
            _ => policies.policies.push(fresh(text, false)?),
        }
    }
    add_signals(&mut policies, file)?;
    add_harmless(&mut policies, file, false)?;
    finish(policies)
}

fn place(code: &str) -> String {
    format!("policy {code}")
}

/// A policy that stands in one file only.
fn fresh(text: &PolicyText, core: bool) -> Result<Policy, PolicyError> {
    let place = place(&text.code);
    let missing = |key: &str, remedy: &str| PolicyError::new(&place, key, "is missing", remedy);
    let desk = text.desk.clone().ok_or_else(|| missing("desk", "name the desk that takes its cases"))?;
    let priority = text.priority.ok_or_else(|| missing("priority", "write a number; 1 rules over all others"))?;
    let mut policy = Policy {
        code: PolicyCode(text.code.clone()),
        mandatory: core,
        desk: DeskCode(desk),
        priority,
        general_information: text.general_information.unwrap_or(false),
        threshold: THRESHOLD,
        understood: texts(&place, "understood", None, &text.understood)?,
        positive: Vec::new(),
        negative: Vec::new(),
        rules: Vec::new(),
    };
    let stated = text.threshold.or(text.max_threshold).unwrap_or(THRESHOLD);
    policy.threshold = threshold(&place, stated)?;
    if let Some(max) = text.max_threshold.filter(|max| policy.threshold > *max) {
        return Err(PolicyError::new(place, "threshold", format!("is above max_threshold {max}"), "lower it"));
    }
    if !core && policy.threshold > THRESHOLD {
        let problem = format!("is above {THRESHOLD}: where it outdoes a mandatory policy, neither would hand over");
        return Err(PolicyError::new(place, "threshold", problem, format!("write {THRESHOLD} or less")));
    }
    add_content(&mut policy, text, core)?;
    Ok(policy)
}

/// What the file says about a mandatory policy, after everything that would weaken it is refused.
fn extend(policy: &mut Policy, core: &PolicyText, text: &PolicyText) -> Result<(), PolicyError> {
    let place = place(&text.code);
    let refused = |key: &str, problem: String, remedy: &str| {
        let problem = format!("{problem}: this policy is mandatory and can only be extended");
        Err(PolicyError::new(&place, key, problem, remedy))
    };
    if text.enabled == Some(false) {
        return refused("enabled", "cannot be switched off".to_owned(), "take the line out");
    }
    if let Some(wanted) = text.threshold {
        let max = core.max_threshold.unwrap_or(policy.threshold);
        if wanted > max {
            let problem = format!("{wanted} is above the core's {max}");
            return refused("threshold", problem, &format!("write {max} or less, or take the line out"));
        }
        policy.threshold = threshold(&place, wanted)?;
    }
    if let Some(wanted) = text.priority {
        if wanted > policy.priority {
            let problem = format!("{wanted} comes after the core's {}", policy.priority);
            return refused("priority", problem, "write a lower number, or take the line out");
        }
        policy.priority = wanted;
    }
    if text.general_information == Some(true) && !policy.general_information {
        let problem = "the core allows no general information beside it".to_owned();
        return refused("general_information", problem, "take the line out");
    }
    policy.general_information &= text.general_information.unwrap_or(true);
    let own: BTreeSet<String> = policy.positive.iter().map(|exemplar| normal::bare(&exemplar.text)).collect();
    for (lang, examples) in &text.exemplars {
        if let Some(taken) = examples.negative.iter().find(|text| own.contains(&normal::bare(text))) {
            let key = format!("exemplars.{lang}.negative");
            return refused(&key, format!("\"{taken}\" is one of the core's positive exemplars"), "take it out");
        }
    }
    if let Some(desk) = &text.desk {
        policy.desk = DeskCode(desk.clone());
    }
    policy.understood = texts(&place, "understood", Some(&policy.understood), &text.understood)?;
    add_content(policy, text, false)
}

fn threshold(place: &str, wanted: f32) -> Result<f32, PolicyError> {
    if wanted > 0.0 && wanted <= 1.0 {
        return Ok(wanted);
    }
    Err(PolicyError::new(place, "threshold", format!("{wanted} is no probability"), "write a number above 0, up to 1"))
}

/// Exemplars and rules.
fn add_content(policy: &mut Policy, text: &PolicyText, core: bool) -> Result<(), PolicyError> {
    let place = place(&text.code);
    for (tag, Examples { positive, negative }) in &text.exemplars {
        for (list, name, to) in
            [(positive, "positive", &mut policy.positive), (negative, "negative", &mut policy.negative)]
        {
            to.extend(exemplars(&place, &format!("exemplars.{tag}.{name}"), tag, list, core)?);
        }
    }
    policy.rules.extend(patterns(&place, "rules", &text.rules)?);
    Ok(())
}

fn exemplars(place: &str, key: &str, tag: &str, list: &[String], core: bool) -> Result<Vec<Exemplar>, PolicyError> {
    let lang = lang(place, key, tag)?;
    if list.iter().any(|text| normal::bare(text).is_empty()) {
        return Err(PolicyError::new(place, key, "holds an exemplar without a letter", "take it out"));
    }
    Ok(list.iter().map(|text| Exemplar { lang: lang.clone(), text: text.trim().to_owned(), core }).collect())
}

fn patterns(place: &str, key: &str, lists: &ByLang<Vec<String>>) -> Result<Vec<Pattern>, PolicyError> {
    let mut found = Vec::new();
    for (tag, list) in lists {
        let key = if key.is_empty() { tag.clone() } else { format!("{key}.{tag}") };
        let lang = if tag == ANY { None } else { Some(lang(place, &key, tag)?) };
        for text in list {
            rules::check(text).map_err(|error| {
                PolicyError::new(
                    place,
                    &key,
                    format!("\"{text}\" is no rule, {error}"),
                    "the rule language is described in the file's head",
                )
            })?;
            found.push(Pattern { lang: lang.clone(), text: text.clone() });
        }
    }
    Ok(found)
}

fn lang(place: &str, key: &str, tag: &str) -> Result<Lang, PolicyError> {
    let unknown = || PolicyError::new(place, key, format!("`{tag}` is no language"), "write a tag such as ja or en");
    Lang::from_tag(tag).ok_or_else(unknown)
}

fn texts(place: &str, key: &str, base: Option<&Texts>, written: &ByLang<String>) -> Result<Texts, PolicyError> {
    let mut english = base.map(|base| base.english.clone());
    let mut others = base.map(|base| base.others.clone()).unwrap_or_default();
    for (tag, text) in written {
        let key = format!("{key}.{tag}");
        if text.trim().is_empty() {
            return Err(PolicyError::new(place, &key, "is empty", "write the text, or take the line out"));
        }
        match lang(place, &key, tag)? {
            lang if lang == Lang::EN => english = Some(text.trim().to_owned()),
            lang => {
                others.insert(lang, text.trim().to_owned());
            }
        }
    }
    let remedy = "write it: English is used where a language is absent";
    let english = english.ok_or_else(|| PolicyError::new(place, &format!("{key}.en"), "is missing", remedy))?;
    Ok(Texts { english, others })
}

fn add_desks(policies: &mut Policies, file: &File) -> Result<(), PolicyError> {
    for (code, DeskText { name, does }) in &file.desks {
        let place = format!("desk {code}");
        let code = DeskCode(code.clone());
        let base = policies.desks.get(&code);
        let desk = Desk {
            name: texts(&place, "name", base.map(|base| &base.name), name)?,
            does: texts(&place, "does", base.map(|base| &base.does), does)?,
        };
        policies.desks.insert(code, desk);
    }
    Ok(())
}

fn add_signals(policies: &mut Policies, file: &File) -> Result<(), PolicyError> {
    for (signal, rules) in &file.signals {
        let place = match signal {
            super::Signal::Unhelpful => "signal unhelpful",
            super::Signal::Anger => "signal anger",
        };
        policies.signals.entry(*signal).or_default().extend(patterns(place, "", rules)?);
    }
    Ok(())
}

fn add_harmless(policies: &mut Policies, file: &File, core: bool) -> Result<(), PolicyError> {
    for (tag, list) in &file.harmless {
        policies.harmless.extend(exemplars("harmless", tag, tag, list, core)?);
    }
    Ok(())
}

/// What concerns several policies: every desk exists, and no message is an example both for and against the same policy, or of any policy
/// and harmless.
fn finish(mut policies: Policies) -> Result<Policies, PolicyError> {
    for policy in &mut policies.policies {
        let place = place(&policy.code.0);
        if !policies.desks.contains_key(&policy.desk) {
            let known: Vec<&str> = policies.desks.keys().map(|desk| desk.0.as_str()).collect();
            let problem = format!("there is no desk `{}`", policy.desk);
            return Err(PolicyError::new(
                place,
                "desk",
                problem,
                format!("write [desk.{}], or use one of {}", policy.desk, known.join(", ")),
            ));
        }
        let positive: BTreeSet<String> = policy.positive.iter().map(|exemplar| normal::bare(&exemplar.text)).collect();
        for (list, other) in [(&policy.negative, "a negative one"), (&policies.harmless, "a harmless message")] {
            if let Some(both) = list.iter().find(|exemplar| positive.contains(&normal::bare(&exemplar.text))) {
                let problem = format!("\"{}\" is a positive exemplar and {other}", both.text);
                return Err(PolicyError::new(
                    place,
                    &format!("exemplars.{}", both.lang),
                    problem,
                    "take it out of one of them",
                ));
            }
        }
        for list in [&mut policy.positive, &mut policy.negative] {
            let mut seen = BTreeSet::new();
            list.retain(|exemplar| seen.insert(exemplar.text.clone()));
        }
        let mut seen = BTreeSet::new();
        policy.rules.retain(|rule| seen.insert(rule.clone()));
    }
    policies.policies.sort_by(|a, b| (a.priority, &a.code).cmp(&(b.priority, &b.code)));
    Ok(policies)
}
