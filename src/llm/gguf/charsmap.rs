//! SentencePiece's compiled normalisation table: `[trie size: u32][double array][replacements, NUL-terminated]`.
//!
//! llama.cpp and the `tokenizers` crate both read this table from GGUF; it is what makes half-width kana, tabs and
//! zero-width characters reach the vocabulary in the form it was trained on.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// Compiles `rules` (one character each, as the model file has them) and the compositions that a rule per character
/// cannot say: a letter and its combining mark, half-width kana and its (semi-)voiced mark. `None` if the trie cannot be
/// built, which for distinct keys does not happen.
pub(super) fn compile(rules: &[(char, String)]) -> Option<Vec<u8>> {
    let mut map: BTreeMap<String, String> = compositions();
    // NUL ends a replacement in this format, so it can neither be a key nor stand in one.
    map.extend(
        rules.iter().filter(|(from, _)| *from != '\0').map(|(from, to)| (from.to_string(), to.replace('\0', ""))),
    );

    let mut replacements = String::new();
    let mut offsets: BTreeMap<&str, u32> = BTreeMap::new();
    let mut keys: Vec<(&[u8], u32)> = Vec::with_capacity(map.len());
    for (from, to) in &map {
        let offset = match offsets.get(to.as_str()) {
            Some(offset) => *offset,
            None => {
                let offset = u32::try_from(replacements.len()).ok()?;
                replacements.push_str(to);
                replacements.push('\0');
                offsets.insert(to, offset);
                offset
            }
        };
        keys.push((from.as_bytes(), offset));
    }
    let trie = yada::builder::DoubleArrayBuilder::build(&keys)?;
    let mut out = Vec::with_capacity(4 + trie.len() + replacements.len());
    out.extend(u32::try_from(trie.len()).ok()?.to_le_bytes());
    out.extend(trie);
    out.extend(replacements.as_bytes());
    Some(out)
}

/// Every sequence of a letter and its combining marks, or of the letters of a Hangul syllable, that NFKC makes into one character.
fn compositions() -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for composed in '\u{a0}'..='\u{ffff}' {
        let mut parts = Vec::new();
        decompose_canonical(composed, |part| parts.push(part));
        let [.., mark] = parts[..] else { continue };
        let hangul = ('\u{ac00}'..='\u{d7a3}').contains(&composed);
        if parts.len() < 2 || !hangul && canonical_combining_class(mark) == 0 {
            continue;
        }
        let written: String = parts.iter().collect();
        let normal: String = written.nfkc().collect();
        // The precomposed first part with the last mark (é + ̣ as one character and a mark) is written too.
        if let Some(base) = parts[..parts.len() - 1].iter().copied().map(Some).reduce(|a, b| compose(a?, b?)).flatten()
        {
            out.insert([base, mark].iter().collect(), normal.clone());
        }
        out.insert(written, normal);
    }
    for kana in '\u{ff66}'..='\u{ff9d}' {
        for mark in ['\u{ff9e}', '\u{ff9f}'] {
            let written: String = [kana, mark].iter().collect();
            let normal: String = written.nfkc().collect();
            if normal.chars().count() == 1 {
                out.insert(written, normal);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use tokenizers::normalizers::Precompiled;

    use super::*;

    fn table() -> Precompiled {
        let rules = [('\t', " "), ('ﾊ', "ハ"), ('ﾝ', "ン"), ('Ａ', "A"), ('\u{7f}', ""), ('㍍', "メートル")];
        let rules = rules.map(|(from, to)| (from, to.to_owned()));
        Precompiled::from(&compile(&rules).unwrap()).unwrap()
    }

    #[test]
    fn characters_are_replaced_by_the_rules() {
        let table = table();
        assert_eq!(table.normalize_string("Ａ\tﾊﾝ㍍\u{7f}返品📦"), "A ハンメートル返品📦");
        assert_eq!(table.normalize_string(""), "");
    }

    #[test]
    fn a_letter_and_its_mark_become_one() {
        assert_eq!(table().normalize_string("cafe\u{301}"), "café");
        // The crate looks up only sequences below six bytes; llama.cpp takes the longest there is.
        assert_eq!(table().transform("か\u{3099}"), Some("が"));
        assert_eq!(table().transform("ｶﾞ"), Some("ガ"));
        assert_eq!(
            table().transform("\u{1112}\u{1161}\u{11ab}"),
            Some("하"),
            "the crate takes the first match, not the longest"
        );
        assert_eq!(table().transform("하\u{11ab}"), Some("한"));
    }

    #[test]
    fn every_rule_can_be_looked_up() {
        let rules: Vec<(char, String)> = ('\u{100}'..'\u{2000}').map(|c| (c, format!("<{}>", u32::from(c)))).collect();
        let table = Precompiled::from(&compile(&rules).unwrap()).unwrap();
        for (from, to) in &rules {
            assert_eq!(table.transform(&from.to_string()), Some(to.as_str()));
        }
    }
}
