//! English street addresses, post office boxes, and Japanese addresses in Latin letters.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::guard::personal::normal::Text;

/// Kinds of streets with the abbreviations that the US Postal Service (Publication 28, appendix C1) and Royal Mail use most.
const STREETS: &str = "Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|\
Pkwy|Circle|Cir|Highway|Hwy|Close|Crescent|Cres|Gardens|Grove|Mews|Row|Hill|Alley|Trail|Walk|Quay|Broadway|Loop|Plaza";
/// Those that are no word of everyday talk: enough in small letters too.
const PLAIN: &str = "street|avenue|road|boulevard|lane|ave|blvd|rd";

/// Unit, city, state, code, country: each only behind the one before it.
const TAIL: &str = r"(?:,?[\x20\n]{1,2}(?i:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm)\.?\x20?\#?[A-Za-z0-9-]{1,6}|,?\x20\#\x20?[A-Za-z0-9-]{1,6})?
(?:,[\x20\n]{1,2}[A-Z][A-Za-z'.-]{1,20}(?:\x20[A-Z][A-Za-z'.-]{1,20}){0,2}(?-u:\b)|\n[A-Z][A-Za-z'.-]{1,20}(?:\x20[A-Z][A-Za-z'.-]{1,20}){0,2}(?-u:\b)|\x20[A-Z][A-Za-z'.-]{1,20}(?:\x20[A-Z][A-Za-z'.-]{1,20})?(?:,\x20[A-Z]{2}(?-u:\b)|,?\x20(?:[A-Z]{2}\x20)?[0-9]{5}(?-u:\b))){0,1}
(?:,[\x20\n]{1,2}[A-Z][a-z]{2,20}(?:\x20[A-Z][a-z]{2,20})?){0,2}
(?:,?[\x20\n]{1,2}[A-Z]{2,3}(?-u:\b))?
(?:,?[\x20\n]{1,2}(?:[0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]?\x20?[0-9][A-Z]{2}|[A-Z][0-9][A-Z]\x20?[0-9][A-Z][0-9]|[0-9]{3}-?[0-9]{4}|[0-9]{4})(?-u:\b))?
(?:,?[\x20\n]{1,2}(?:USA|U\.S\.A\.?|US|United\x20States(?:\x20of\x20America)?|UK|U\.K\.|United\x20Kingdom|England|Scotland|Wales|Ireland|Canada|Australia|Japan|JAPAN)(?-u:\b))?";

struct Patterns {
    streets: Regex,
    plain: Regex,
    boxes: Regex,
    latin: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let unit = r"(?:(?:Flat|Apt|Apartment|Unit|Suite|Room)\.?\x20?\#?[A-Za-z0-9]{1,5},?\x20{1,2})?";
    let number = r"[0-9]{1,6}[A-Za-z]?(?:[-/][0-9]{1,5})?,?\x20{1,2}";
    let side = r"(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?\x20)?";
    let name = r"(?:(?:[A-Z][A-Za-z'.]{0,20}|[0-9]{1,3}(?:st|nd|rd|th))\x20{1,2}){1,4}";
    let behind = r"(?:\x20(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)(?-u:\b))?";
    let streets = format!(r"(?x){unit}{number}{side}{name}(?:{STREETS})(?-u:\b)\.?{behind}{TAIL}");
    let plain = format!(
        r"(?x)(?i:{number}(?:[a-z']{{2,15}}\x20){{1,3}}(?:{PLAIN})(?-u:\b)\.?)(?:,?\x20[a-z]{{3,15}}(?:\x20[a-z]{{3,15}})?,?\x20[a-z]{{2}}\x20[0-9]{{5}}(?-u:\b))?{TAIL}"
    );
    let boxes = format!(r"(?x)(?i:p\.?\x20?o\.?\x20?box)\x20{{1,2}}\#?[0-9]{{1,6}}(?-u:\b){TAIL}");
    let latin = r"(?x)(?:[A-Z][A-Za-z0-9-]{1,15},?\x20|\#?[0-9]{1,4}[A-Z]?,\x20){0,4}[0-9]{1,4}-[0-9]{1,4}(?:-[0-9]{1,4}){0,2}(?-u:\b)
        (?:,?\x20(?:[A-Z][A-Za-z-]{1,20}|[0-9]{1,2}-?(?:chome|Chome))){0,6}?,?\x20(?:[A-Z][a-z]{1,20}-(?:ku|shi|cho|machi|gun|mura|son)|Tokyo|Osaka|Kyoto|Yokohama|Nagoya|Sapporo|Fukuoka|Kobe|Sendai)(?-u:\b)
        (?:,?\x20[A-Z][A-Za-z-]{1,20}){0,3}(?:,?\x20[0-9]{3}-?[0-9]{4}(?-u:\b))?(?:,?\x20(?:Japan|JAPAN)(?-u:\b))?";
    let new = |pattern: &str| Regex::new(pattern).ok();
    Some(Patterns { streets: new(&streets)?, plain: new(&plain)?, boxes: new(&boxes)?, latin: new(latin)? })
});

/// All addresses; some may lie over others.
pub(super) fn find(text: &Text) -> Vec<Range<usize>> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for (pattern, small) in
        [(&patterns.latin, false), (&patterns.streets, false), (&patterns.plain, true), (&patterns.boxes, false)]
    {
        for hit in pattern.find_iter(text.plain()) {
            let (start, end) = (text.char_at_byte(hit.start()), text.char_at_byte(hit.end()));
            let whole = !text.before(start).is_ascii_alphanumeric()
                && !matches!(text.before(start), '-' | '.' | '/' | '$' | '¥' | ':');
            if whole && !is_talk(hit.as_str(), small) {
                found.push(start..trimmed(text, start, end, hit.as_str()));
            }
        }
    }
    found
}

/// "5 minutes down the road", "20 Percent Off Way": quantities of something.
fn is_talk(found: &str, small: bool) -> bool {
    const WORDS: &[&str] = &[
        "minute", "minutes", "min", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year",
        "years", "percent", "yen", "dollars", "items", "item", "times", "pieces", "people", "orders", "miles", "km",
        "meters", "metres", "business",
    ];
    const PARTS: &[&str] = &[
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "to",
        "my",
        "is",
        "for",
        "are",
        "was",
        "from",
        "at",
        "with",
        "down",
        "up",
        "by",
        "and",
        "or",
        "away",
        "off",
        "along",
        "per",
        "other",
        "new",
        "big",
        "different",
        "more",
        "same",
        "this",
        "that",
    ];
    let mut words = found.split([' ', '\n']).skip(1).map(|word| word.trim_end_matches([',', '.']).to_ascii_lowercase());
    let first = words.next().unwrap_or_default();
    if WORDS.contains(&first.as_str()) {
        return true;
    }
    small && std::iter::once(first).chain(words.take(3)).any(|word| PARTS.contains(&word.as_str()))
}

/// Without a sentence that began behind a comma, and without marks at the end.
fn trimmed(text: &Text, start: usize, end: usize, found: &str) -> usize {
    const OPENERS: &[&str] = &[
        "But", "And", "I", "Please", "Thanks", "Thank", "The", "My", "Can", "So", "If", "It", "We", "Phone", "Tel",
        "Email",
    ];
    let cut = [", ", "\n"].iter().filter_map(|joint| {
        let (before, after) = found.rsplit_once(joint)?;
        let first = after.split([' ', ',', '\'']).next()?;
        OPENERS.contains(&first).then(|| start + before.chars().count())
    });
    let mut end = cut.min().unwrap_or(end);
    while end > start && matches!(text.at(end - 1), '.' | ',' | ' ' | '\n' | '-') {
        end -= 1;
    }
    end
}
