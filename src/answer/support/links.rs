//! Web addresses, mail addresses, telephone numbers: each stands in the source, letter by letter, or must not be shown.

use super::{Disagreement, Subject};

/// Digits from which a number with hyphens is a telephone number.
const PHONE: std::ops::RangeInclusive<usize> = 9..=15;

/// What of `said` stands neither in `source` nor in `asked`.
pub(super) fn compare(source: &str, said: &str, asked: &str) -> Vec<Disagreement> {
    let held = addresses(source);
    let mut found = Vec::new();
    for address in addresses(said) {
        if stands_in(source, &address) || stands_in(asked, &address) {
            continue;
        }
        let kind = kind(&address);
        found.push(Disagreement {
            kind: Subject::Link,
            source: held.iter().find(|other| self::kind(other) == kind).cloned(),
            said: address,
            veto: true,
        });
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let phones: Vec<String> = phones(source).iter().chain(&phones(asked)).map(|phone| digits(phone)).collect();
    for phone in self::phones(said) {
        if !phones.contains(&digits(&phone)) {
            let source = self::phones(source).into_iter().next();
            found.push(Disagreement { kind: Subject::Link, said: phone, source, veto: true });
        }
    }
    found
}

fn kind(address: &str) -> u8 {
    if address.contains('@') { 1 } else { 2 }
}

/// What looks like an address: runs of the characters that addresses are made of.
fn addresses(text: &str) -> Vec<String> {
    let of_address = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&*+=%".contains(c);
    let mut found: Vec<String> = Vec::new();
    for run in text.split(|c: char| !of_address(c)) {
        let run = run.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/').trim_end_matches('/');
        if is_address(run) && !found.iter().any(|known| known == run) {
            found.push(run.to_owned());
        }
    }
    found
}

fn is_address(run: &str) -> bool {
    if run.contains("://") {
        return true;
    }
    let host = run.rsplit('@').next().unwrap_or_default().split(['/', '?', '#', ':']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let label = |label: &&str| label.len() >= 2 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    // A missing space between sentences ("magazine.Weekly") and abbreviations ("e.g.", "U.S.") are no hosts.
    let lower = !host.contains(|c: char| c.is_ascii_uppercase());
    let top =
        labels.last().is_some_and(|top| (2..=10).contains(&top.len()) && top.chars().all(|c| c.is_ascii_alphabetic()));
    labels.len() >= 2 && labels.iter().all(label) && top && (lower || run.contains('@'))
}

/// Whether an address stands in a text, and not as the end or the middle of another.
fn stands_in(text: &str, address: &str) -> bool {
    let inner = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '@'));
    text.match_indices(address).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let mut rest = text.get(at + found.len()..).unwrap_or_default().chars();
        let (after, next) = (rest.next(), rest.next());
        let goes_on = inner(after) || (after == Some('.') && next.is_some_and(|c| c.is_ascii_alphanumeric()));
        !inner(before) && before != Some('.') && !goes_on
    })
}

/// Telephone numbers: groups of digits joined by hyphens or spaces in brackets.
fn phones(text: &str) -> Vec<String> {
    let of_phone = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '(' | ')');
    let mut found = Vec::new();
    for run in text.split(|c: char| !of_phone(c)) {
        let run = run.trim_matches(|c: char| !c.is_ascii_digit() && c != '+');
        let digits = run.chars().filter(char::is_ascii_digit).count();
        if run.contains('-') && PHONE.contains(&digits) {
            found.push(run.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(source: &str, said: &str) -> Vec<String> {
        compare(source, said, "").into_iter().map(|disagreement| disagreement.said).collect()
    }

    #[test]
    fn addresses_agree_to_the_letter() {
        let source = "phishing@hinata-market.example へ送り、https://a.example/help を開く。電話は0120-123-456です。";
        assert!(wrong(source, "phishing@hinata-market.exampleへ。").is_empty());
        assert!(wrong(source, "hinata-market.example").len() == 1, "a part of an address is another");
        assert!(wrong("it must be exactly hinata-market.example.", "exactly hinata-market.example.").is_empty());
        assert_eq!(
            wrong("it must be exactly hinata-market.example.", "exactly support-hinata-market.example."),
            ["support-hinata-market.example"]
        );
        assert!(wrong(source, "See https://a.example/help.").is_empty());
        assert_eq!(wrong(source, "See https://b.example/help."), ["https://b.example/help"]);
        assert!(wrong(source, "0120-123-456").is_empty());
        assert_eq!(wrong(source, "0120-123-457"), ["0120-123-457"]);
        assert!(wrong("", "the U.S. magazine.Weekly, e.g. this").is_empty());
    }
}
