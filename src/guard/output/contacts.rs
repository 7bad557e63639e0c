//! Links, addresses, numbers to call, figures: each stands in the sources, or is no answer of ours.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::OutputRule;
use super::fold::{fold, unparted};
use super::ground::{Ground, digits};

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
fn pattern(text: &str) -> Regex {
    Regex::new(&text.replace(r"\b", r"(?-u:\b)").replace(r"\d", "[0-9]")).expect("a pattern")
}

static SCHEME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:[a-z][a-z0-9+.-]{1,15}:/{1,3}|(?:javascript|vbscript|data|mailto|tel|sms|file|line|intent):)[^\s)」』>\x22]*",
    )
});
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?::\d+)?(?:/[^\s)」』、。]*)?|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    )
});
/// A name in another script before a top-level domain.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)[^\s。、]{1,20}\.(?:example|com|net|org|jp|co|io|info|shop|biz|app|site|xyz|cn|kr|みんな|コム)\b")
});
static MAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[^\s@、。「」()]+@[^\s@、。「」()]+"));
static HANDLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"@[A-Za-z0-9_.-]{3,}|(?i)\b(?:id|アカウント)\s?(?:は|:|is)?\s?[a-z][a-z0-9]*_[a-z0-9_]+")
});
/// An address read out: dots and at-signs in words.
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[a-z0-9-]+ ?(?:[\[({] ?(?:dot|at|ドット|アット) ?[\])}]|(?:どっと|あっとまーく|あっと)) ?[a-z0-9-]+|\b[a-z0-9-]{3,} dot [a-z]{2,}\b|\b[a-z0-9_.-]+ at [a-z0-9-]+ dot [a-z]{2,}\b|hxxps?",
    )
});
static PHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+?\d(?:[\d\s().ー\x{2010}-\x{2015}-]*\d)?"));
/// A number with money, a share or points.
static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:[¥$€£]\s?(?P<a>\d[\d,]*(?:\.\d+)?))|(?:(?P<b>\d[\d,]*(?:\.\d+)?)\s?(?:千|百|万|億)?\s?(?:円|どる|ゆーろ|元|원|엔|yen\b|dollars?\b|usd\b|jpy\b|euros?\b|eur\b|pounds?\b|bucks?\b|ぽいんと|points?\b|pts\b|%|ぱーせんと|percent|per cent|割|まいる))|(?:(?P<c>[一二三四五六七八九十百千万億壱弐参]+)(?:円|元|ぽいんと|割引?|万円))|(?P<d>(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)[ -]?)+)(?:dollars?|yen|percent|points?|euros?|pounds?|bucks?)\b",
    )
});

/// What of `text` stands nowhere.
pub(super) fn unknown(text: &str, hosts: &[String], ground: &Ground) -> Option<(OutputRule, String)> {
    let text: String = text.nfkc().collect();
    let folded = fold(&text);
    mails(&text, ground)
        .or_else(|| links(&text, hosts, ground))
        .map(|found| {
            let rule = if found.contains('@') && !found.contains("//") {
                OutputRule::ContactDetails
            } else {
                OutputRule::ForeignLink
            };
            (rule, found)
        })
        .or_else(|| spoken(&text, &folded, ground).map(|found| (OutputRule::ContactDetails, found)))
        .or_else(|| numbers(&text, ground))
        .or_else(|| codes(&text, ground).map(|found| (OutputRule::PersonalData, found)))
        .or_else(|| amounts(&folded, ground).map(|found| (OutputRule::UnknownFigure, found)))
}

fn mails(text: &str, ground: &Ground) -> Option<String> {
    let found = MAIL
        .find_iter(text)
        .map(|found| found.as_str().trim_start_matches(unparted).trim_end_matches(|c: char| unparted(c) || c == '.'));
    found.map(str::to_owned).find(|mail| !stands(mail, ground))
}

fn links(text: &str, hosts: &[String], ground: &Ground) -> Option<String> {
    let allowed = |host: &str| {
        let host = host.to_lowercase();
        hosts
            .iter()
            .any(|known| host == *known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.')))
    };
    for found in SCHEME.find_iter(text) {
        let link = found.as_str().trim_end_matches(['.', ',', '。']);
        let host = link.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#', ':']).next());
        // A name before the host (https://known@evil) is not a host.
        let known = host.is_some_and(|host| allowed(host) && !host.contains('@'));
        if !known && !stands(link, ground) {
            return Some(link.to_owned());
        }
    }
    for found in HOST.find_iter(text) {
        let whole = found.as_str().trim_end_matches('.');
        let host = whole.split(['/', ':']).next().unwrap_or_default();
        let top = host.rsplit('.').next().unwrap_or_default();
        // Two sentences without a space between, abbreviations.
        let sentence = host.split('.').any(|label| label.len() < 2) && !host.contains(|c: char| c.is_ascii_digit());
        let joined = top.chars().next().is_some_and(|c| c.is_ascii_uppercase())
            && top.chars().skip(1).all(|c| c.is_ascii_lowercase());
        let before = text.get(..found.start()).and_then(|before| before.chars().next_back());
        if before == Some('@') || sentence || joined || allowed(host) || stands(whole, ground) || stands(host, ground) {
            continue;
        }
        return Some(whole.to_owned());
    }
    let named = NAMED.find_iter(text).find(|found| {
        let label = found.as_str();
        !label.is_ascii()
            && label.chars().rev().skip_while(|c| *c != '.').nth(1).is_some_and(|c| !c.is_ascii())
            && !ground.holds(label)
    });
    named.map(|found| found.as_str().to_owned())
}

/// Whether an address stands in the sources, and not as a part of another.
fn stands(address: &str, ground: &Ground) -> bool {
    ground.places(address).any(|(before, after, next)| {
        // The host of an address of ours is ours.
        let host = !address.contains('@');
        let inner = |c: Option<char>| {
            c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (c == '@' && !host))
        };
        let goes_on = inner(after) || (after == Some('.') && next.is_some_and(|c| c.is_ascii_alphanumeric()));
        !inner(before) && before != Some('.') && !goes_on
    })
}

fn spoken(text: &str, folded: &str, ground: &Ground) -> Option<String> {
    let handle = HANDLE
        .find_iter(text)
        .map(|found| found.as_str().trim_end_matches('.'))
        .find(|handle| !ground.holds(handle))
        .map(str::to_owned);
    handle.or_else(|| {
        SPOKEN.find_iter(folded).map(|found| found.as_str()).find(|said| !ground.reads(said)).map(str::to_owned)
    })
}

/// Numbers to call, and long ones of any kind.
fn numbers(text: &str, ground: &Ground) -> Option<(OutputRule, String)> {
    for found in PHONE.find_iter(text) {
        let run = digits(found.as_str());
        let number = run.trim();
        let bare = found.as_str().chars().all(|c| c.is_ascii_digit());
        let parted = found.as_str().contains(['-', 'ー', '(', '+'])
            || found.as_str().chars().any(|c| ('\u{2010}'..='\u{2015}').contains(&c));
        let long = number.len() > 6 || (bare && number.len() > 4);
        if !long || ground.counts(number) {
            continue;
        }
        let rule =
            if parted || number.starts_with('0') { OutputRule::ContactDetails } else { OutputRule::PersonalData };
        return Some((rule, found.as_str().to_owned()));
    }
    None
}

/// Numbers of orders and cases, and codes: letters with figures.
fn codes(text: &str, ground: &Ground) -> Option<String> {
    let tokens = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '#' | '_')));
    tokens
        .map(|token| token.trim_matches(['-', '_']))
        .find(|token| {
            let digits = token.chars().filter(char::is_ascii_digit).count();
            let capitals = token.chars().filter(char::is_ascii_uppercase).count();
            let small = token.chars().filter(char::is_ascii_lowercase).count();
            let numbered = token.starts_with('#') && digits > 2;
            let order = capitals > 0 && digits > 2 && (small == 0 || token.contains('-'));
            let coupon = capitals > 3 && digits > 0 && small == 0;
            (numbered || order || coupon) && !ground.knows(&fold(token))
        })
        .map(str::to_owned)
}

fn amounts(folded: &str, ground: &Ground) -> Option<String> {
    let found = AMOUNT.captures_iter(folded).find(|found| {
        let written = found.name("a").or_else(|| found.name("b"));
        match written {
            Some(number) => {
                let number = number.as_str().trim_end_matches(['.', ',']);
                let plain: String = number.chars().filter(char::is_ascii_digit).collect();
                !ground.counted(&plain) && !ground.knows(number)
            }
            None => found.get(0).is_some_and(|all| !ground.knows(all.as_str())),
        }
    });
    found.and_then(|found| found.get(0)).map(|all| all.as_str().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "「@hinata-market.example」から届きます。電話（0120-555-0142）。送料は680円、上限は1,500円、80％です。https://help.hinata-market.example/a を開く。";

    fn rule(text: &str) -> Option<OutputRule> {
        let hosts = ["shop.example".to_owned()];
        unknown(text, &hosts, &Ground::read(&[SOURCE], "注文番号は123-4567890です")).map(|(rule, _)| rule)
    }

    #[test]
    fn what_stands_in_the_sources_passes() {
        for text in [
            "電話は０１２０－５５５－０１４２です。",
            "送料は680円、上限は1500円で、80%です。",
            "https://help.hinata-market.example/a を開きます。",
            "See https://www.shop.example/x?y=1.",
            "注文番号1234567890です。",
            "the U.S. magazine.Weekly, e.g. this",
            "hinata-market.exampleからのメール",
            "2–3日、9:00～18:00、22:00〜8:00",
        ] {
            assert_eq!(rule(text), None, "{text}");
        }
    }

    #[test]
    fn all_else_does_not() {
        use OutputRule::{ContactDetails, ForeignLink, PersonalData, UnknownFigure};
        for (text, wanted) in [
            ("evil.example を開きます。", ForeignLink),
            ("https://help.hinata-market.example.evil.example/a", ForeignLink),
            ("https://shop.example@evil.example/", ForeignLink),
            ("http://203.0.113.9/a", ForeignLink),
            ("javascript:alert(1)", ForeignLink),
            ("ひなた.exampleへ", ForeignLink),
            ("ｅｖｉｌ．ｅｘａｍｐｌｅ", ForeignLink),
            ("a@evil.example", ContactDetails),
            ("evil ドット example", ContactDetails),
            ("evil dot example", ContactDetails),
            ("@evil_support", ContactDetails),
            ("電話は0120-555-0143です。", ContactDetails),
            ("4242 4242 4242 4242", PersonalData),
            ("注文 H-3391", PersonalData),
            ("5,000ポイント", UnknownFigure),
            ("五百元", UnknownFigure),
            ("$84.20", UnknownFigure),
            ("three hundred dollars", UnknownFigure),
        ] {
            assert_eq!(rule(text), Some(wanted), "{text}");
        }
    }
}
