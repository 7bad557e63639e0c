//! What is wrong with a policy file that can be read: for `madoguchi guard check`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::classifier::LeftOut;
use super::decide::{By, Guard};
use super::normal;
use super::policy::{Policies, Policy, PolicyCode, Signal};
use crate::language::Lang;

/// Exemplars on either side that a policy needs before a classifier can be expected to learn anything.
const FEW: usize = 5;
/// Characters below which an exemplar teaches little: many messages hold them.
const SHORT: usize = 2;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Contradicts itself; something in the file does not do what it says.
    Error,
    /// Might be meant.
    Warning,
    /// Worth knowing: what the classifier would make of messages like these.
    Note,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A rule fires on a message that the same policy calls harmless.
    RuleOnNegative,
    /// Nothing catches a positive exemplar, though it was learnt.
    NotCaught,
    /// Something else claims a message that a policy calls harmless, or the classifier does.
    NegativeCaught,
    /// The classifier would not catch a positive exemplar had it not been learnt, and no rule does.
    NotCaughtUnseen,
    /// The classifier would catch a harmless exemplar had it not been learnt.
    NegativeCaughtUnseen,
    /// One message is a positive exemplar of several policies: the one of higher priority always rules.
    SharedExemplar,
    /// One rule stands in several policies.
    SharedRule,
    /// A language has rules or exemplars and no text to answer with.
    NoText,
    /// A policy has too few exemplars to learn from.
    FewExemplars,
    /// An exemplar is too short to teach anything.
    ShortExemplar,
    /// A desk that no policy names.
    IdleDesk,
    /// A signal without a rule.
    NoSignal,
}

/// One thing that is wrong, or might be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// What it is about.
    pub kind: Kind,
    /// Whose it is, if it is one policy's.
    pub policy: Option<PolicyCode>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.policy {
            Some(policy) => write!(f, "{policy}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Everything that can be said about the policies of a guard, worst first.
pub fn lint(guard: &Guard) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    let policies = guard.policies();
    let left_out = guard.left_out();
    for (number, policy) in policies.all().iter().enumerate() {
        let caught = exemplars(guard, policy, &mut findings);
        learnt(&left_out, number, policy, &caught, &mut findings);
        texts(policies, policy, &mut findings);
    }
    shared(policies, &mut findings);
    idle(policies, &mut findings);
    let mut found = findings.0;
    found.sort();
    found
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, weight: Weight, kind: Kind, policy: Option<&Policy>, message: String) {
        self.0.push(Finding { weight, kind, policy: policy.map(|policy| policy.code.clone()), message });
    }
}

/// What rules make of a policy's own exemplars; those they catch.
fn exemplars<'p>(guard: &'p Guard, policy: &'p Policy, findings: &mut Findings) -> BTreeSet<&'p str> {
    let mut caught = BTreeSet::new();
    let harmless = guard.policies().harmless();
    for exemplar in policy.positive.iter().chain(&policy.negative).chain(harmless) {
        if guard.rules_on(&exemplar.text, &exemplar.lang).iter().any(|vote| vote.policy == policy.code) {
            caught.insert(exemplar.text.as_str());
        }
    }
    let others = policy.negative.iter().chain(harmless);
    for exemplar in others.filter(|exemplar| caught.contains(exemplar.text.as_str())) {
        let votes = guard.rules_on(&exemplar.text, &exemplar.lang);
        for vote in votes.iter().filter(|vote| vote.policy == policy.code) {
            let By::Rule { pattern, matched } = &vote.by else { continue };
            let message = format!(
                "rule `{pattern}` fires on the negative exemplar \"{}\" (on \"{matched}\"): add an exception !(…), or take the exemplar out",
                exemplar.text
            );
            findings.add(Weight::Error, Kind::RuleOnNegative, Some(policy), message);
        }
    }
    let short = policy.positive.iter().filter(|exemplar| normal::bare(&exemplar.text).chars().count() < SHORT);
    for exemplar in short {
        let message =
            format!("the positive exemplar \"{}\" is too short to teach anything: make it a rule", exemplar.text);
        findings.add(Weight::Warning, Kind::ShortExemplar, Some(policy), message);
    }
    let (positive, negative) = (policy.positive.len(), policy.negative.len());
    if positive > 0 && positive.min(negative) < FEW {
        let message = format!(
            "{positive} positive and {negative} negative exemplars: the classifier needs {FEW} of each, and better fifty"
        );
        findings.add(Weight::Warning, Kind::FewExemplars, Some(policy), message);
    }
    caught
}

/// What the classifier learnt, and would make of messages like those it learnt from.
fn learnt(left_out: &[LeftOut<'_>], number: usize, policy: &Policy, caught: &BTreeSet<&str>, findings: &mut Findings) {
    let negative: BTreeSet<&str> = policy.negative.iter().map(|exemplar| exemplar.text.as_str()).collect();
    let threshold = policy.threshold;
    for one in left_out {
        let is_positive = one.positive.contains(&number);
        let (Some(&known), Some(&sure)) = (one.known.get(number), one.unknown.get(number)) else { continue };
        if !is_positive && !negative.contains(one.text) {
            continue;
        }
        let by_rule = caught.contains(one.text);
        if is_positive && !by_rule && known < threshold {
            let message = format!(
                "nothing catches the positive exemplar \"{}\" (classifier {:.2} of {threshold:.2}): write a rule, or more exemplars like it",
                one.text, known
            );
            findings.add(Weight::Warning, Kind::NotCaught, Some(policy), message);
        } else if is_positive && !by_rule && sure < threshold {
            let message =
                format!("\"{}\" would not be caught had it not been learnt ({sure:.2} of {threshold:.2})", one.text);
            findings.add(Weight::Note, Kind::NotCaughtUnseen, Some(policy), message);
        } else if !is_positive && known >= threshold {
            let message = format!(
                "the classifier claims the negative exemplar \"{}\" ({:.2} of {threshold:.2}): write more exemplars like it",
                one.text, known
            );
            findings.add(Weight::Warning, Kind::NegativeCaught, Some(policy), message);
        } else if !is_positive && sure >= threshold {
            let message = format!(
                "\"{}\" is harmless and would be caught had it not been learnt ({sure:.2} of {threshold:.2})",
                one.text
            );
            findings.add(Weight::Note, Kind::NegativeCaughtUnseen, Some(policy), message);
        }
    }
}

/// Languages that are recognised and cannot be answered in.
fn texts(policies: &Policies, policy: &Policy, findings: &mut Findings) {
    let has: BTreeSet<&Lang> = policy.understood.languages().collect();
    let exemplars = policy.positive.iter().map(|exemplar| &exemplar.lang);
    let used: BTreeSet<&Lang> = exemplars.chain(policy.rules.iter().filter_map(|rule| rule.lang.as_ref())).collect();
    let missing = |has: &BTreeSet<&Lang>| used.difference(has).map(|lang| lang.as_str()).collect::<Vec<_>>().join(", ");
    let without = missing(&has);
    if !without.is_empty() {
        let message = format!("`understood` is missing in {without}: customers who write in it read English");
        findings.add(Weight::Warning, Kind::NoText, Some(policy), message);
    }
    let Some(desk) = policies.desk(&policy.desk) else { return };
    for (key, texts) in [("name", &desk.name), ("does", &desk.does)] {
        let without = missing(&texts.languages().collect());
        if !without.is_empty() {
            let message = format!(
                "desk {}: `{key}` is missing in {without}: customers who write in it read English",
                policy.desk
            );
            findings.add(Weight::Warning, Kind::NoText, Some(policy), message);
        }
    }
}

/// What stands in several policies.
fn shared(policies: &Policies, findings: &mut Findings) {
    let mut exemplars: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
    let mut rules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for policy in policies.all() {
        for exemplar in &policy.positive {
            let entry = exemplars
                .entry(normal::bare(&exemplar.text))
                .or_insert_with(|| (exemplar.text.clone(), BTreeSet::new()));
            entry.1.insert(policy.code.as_str());
        }
        for rule in &policy.rules {
            rules.entry(&rule.text).or_default().insert(policy.code.as_str());
        }
    }
    let names = |codes: &BTreeSet<&str>| codes.iter().copied().collect::<Vec<_>>().join(", ");
    for (text, codes) in exemplars.values().filter(|(_, codes)| codes.len() > 1) {
        let message =
            format!("\"{text}\" is a positive exemplar of {}: the one of higher priority always rules", names(codes));
        findings.add(Weight::Note, Kind::SharedExemplar, None, message);
    }
    for (text, codes) in rules.iter().filter(|(_, codes)| codes.len() > 1) {
        let message = format!("rule `{text}` stands in {}: the one of higher priority always rules", names(codes));
        findings.add(Weight::Warning, Kind::SharedRule, None, message);
    }
}

/// What nothing uses, and what nothing can see.
fn idle(policies: &Policies, findings: &mut Findings) {
    let used: BTreeSet<_> = policies.all().iter().map(|policy| &policy.desk).collect();
    for (code, _) in policies.desks().filter(|(code, _)| !used.contains(code)) {
        findings.add(Weight::Warning, Kind::IdleDesk, None, format!("no policy sends anybody to desk {code}"));
    }
    if policies.named(PolicyCode::UNRESOLVED).is_none() {
        return;
    }
    for (signal, name) in [(Signal::Unhelpful, "unhelpful"), (Signal::Anger, "anger")] {
        if policies.signal(signal).is_empty() {
            let message = format!("[signal.{name}] has no rule: the policy unresolved cannot see it");
            findings.add(Weight::Warning, Kind::NoSignal, None, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::fakes;

    #[test]
    fn findings_name_what_is_wrong() {
        let file = r#"
version = 1
[desk.d]
name.en = "Desk"
does.en = "Does."
[desk.idle]
name.en = "Idle"
does.en = "Nothing."
[[policy]]
code = "x"
desk = "d"
priority = 5
understood.en = "x"
rules.ja = ["(雨|雪) … 降", "風 … 吹"]
exemplars.ja = { positive = ["あ", "晴れた"], negative = ["雨が降る"] }
[[policy]]
code = "y"
desk = "d"
priority = 6
understood.en = "y"
rules.ja = ["風 … 吹"]
exemplars.ja = { positive = ["晴れた！"] }
[[policy]]
code = "unresolved"
desk = "d"
priority = 7
understood.en = "z"
"#;
        let policies = Policies::extending(fakes::CORE, file).unwrap();
        let vectors = fakes::vectors(&policies.exemplar_texts());
        let guard = Guard::prepare(policies, &vectors).unwrap();
        let kinds: BTreeSet<Kind> = lint(&guard).into_iter().map(|finding| finding.kind).collect();
        for kind in [
            Kind::RuleOnNegative,
            Kind::SharedExemplar,
            Kind::SharedRule,
            Kind::NoText,
            Kind::FewExemplars,
            Kind::ShortExemplar,
            Kind::IdleDesk,
            Kind::NoSignal,
        ] {
            assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
        }
    }
}
