//! Plurals and past tenses, and nothing more.

/// These look like plurals and are words of their own.
const NO_PLURALS: [&str; 8] = ["customs", "goods", "means", "news", "savings", "series", "species", "terms"];

/// What a word may be the plural or the past tense of.
pub(super) fn bases(word: &str) -> Vec<String> {
    let long = |stem: &&str, least: usize| stem.len() >= least;
    let mut found: Vec<String> = Vec::new();
    if !word.chars().all(|c| c.is_ascii_lowercase()) || NO_PLURALS.contains(&word) {
        return found;
    }
    if let Some(stem) = word.strip_suffix("ies").or_else(|| word.strip_suffix("ied")).filter(|stem| long(stem, 2)) {
        found.push(format!("{stem}y"));
    } else if let Some(stem) =
        word.strip_suffix("es").filter(|stem| ["s", "x", "ch", "sh"].iter().any(|end| stem.ends_with(end)))
    {
        found.push(stem.to_owned());
    } else if let Some(stem) = word.strip_suffix('s').filter(|stem| long(stem, 3) && !stem.ends_with(['s', 'u', 'i'])) {
        found.push(stem.to_owned());
    }
    if let Some(stem) = word.strip_suffix("ed").filter(|stem| long(stem, 4)) {
        found.push(stem.to_owned());
        found.push(format!("{stem}e"));
        let mut back = stem.chars().rev();
        if let (Some(last), Some(before)) = (back.next(), back.next())
            && last == before
        {
            found.extend(stem.strip_suffix(last).map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::reading::{Phrase, Reading, Unit};
    use super::*;

    #[test]
    fn only_plural_and_past_are_inflections() {
        let one = |a: &str, b: &str| {
            let unit = |word: &str| Reading::fixed(Phrase(vec![Unit::inflected(word, bases(word))]));
            unit(a).agrees(&unit(b))
        };
        for (a, b) in [
            ("decline", "declined"),
            ("declines", "declined"),
            ("ship", "shipped"),
            ("address", "addresses"),
            ("country", "countries"),
            ("cancelled", "canceled"),
            ("cancel", "cancelled"),
            ("box", "boxes"),
            ("return", "returns"),
        ] {
            assert!(one(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("customs", "customer"),
            ("customs", "custom"),
            ("book", "booking"),
            ("use", "us"),
            ("import", "important"),
            ("new", "news"),
            ("cod", "code"),
            ("cod", "codes"),
            ("not", "note"),
            ("plan", "plane"),
        ] {
            assert!(!one(a, b), "{a} {b}");
        }
    }
}
