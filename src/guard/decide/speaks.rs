//! Which rules run on a message: those of its language, and of any language it may be written in without anybody noticing.

use crate::guard::normal::{is_han, is_hangul, is_kana, is_spaced};
use crate::language::Lang;

/// The scripts of a message.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scripts {
    kana: bool,
    han: bool,
    hangul: bool,
    latin: bool,
}

impl Scripts {
    pub(super) fn of(text: &str) -> Self {
        let mut scripts = Self::default();
        for c in text.chars() {
            match c {
                // Half-width kana too.
                c if is_kana(c) && c != 'ー' => scripts.kana = true,
                '\u{ff66}'..='\u{ff9f}' => scripts.kana = true,
                c if is_han(c) => scripts.han = true,
                c if is_hangul(c) => scripts.hangul = true,
                c if is_spaced(c) && c.is_alphabetic() => scripts.latin = true,
                _ => {}
            }
        }
        scripts
    }

    /// Whether rules of `rule`'s language run on a message in `lang`. Chinese characters alone may be Japanese or Chinese; a few words
    /// in Latin letters are taken for English; and within Japanese, Chinese or Korean stand words of any other language.
    pub(super) fn speak(&self, rule: Option<&Lang>, lang: &Lang) -> bool {
        let Some(rule) = rule else { return true };
        if rule == lang {
            return true;
        }
        match rule.as_str() {
            "ja" => self.kana || (self.han && *lang != Lang::ZH),
            "zh" => self.han && !self.kana,
            "ko" => self.hangul,
            "th" | "ru" | "uk" | "ar" | "he" | "hi" | "el" => true,
            _ => {
                self.latin
                    && (*lang == Lang::EN
                        || matches!(lang.as_str(), "ja" | "zh" | "ko" | "th" | "ru" | "uk" | "ar" | "he" | "hi" | "el"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_run_where_their_language_may_be_written() {
        let speaks =
            |text: &str, rule: &str, lang: &str| Scripts::of(text).speak(Some(&Lang::new(rule)), &Lang::new(lang));
        assert!(speaks("返金して please", "ja", "en"));
        assert!(speaks("返金して please", "en", "ja"));
        assert!(speaks("返金希望", "ja", "ja"));
        assert!(speaks("返金希望", "zh", "ja"));
        assert!(speaks("ﾍﾝｷﾝ", "ja", "en"));
        assert!(speaks("reembolso", "es", "en"));
        assert!(!speaks("die Bestellung ist nicht da", "en", "de"));
        assert!(!speaks("人工知能ですか", "zh", "ja"));
        assert!(!speaks("退款", "ja", "zh"));
        assert!(Scripts::of("").speak(None, &Lang::JA));
    }
}
