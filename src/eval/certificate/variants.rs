//! One message in many guises, each the same whenever it is made: as people mistype it, as another keyboard writes it, wrapped in
//! courtesy, small talk or an older mail, after a sentence of another language, and late in a conversation about something else.

mod around;
mod kana;
mod texts;
mod typos;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::eval::dataset::guards::{Row, Said};

pub use texts::{Texts, TextsError};

/// A guise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Letters swapped, left out, doubled.
    Typos,
    /// Small kana, voice marks and long vowels as an input method gets them wrong.
    Ime,
    /// Everything in kana that common words can be.
    Unconverted,
    /// Hiragana as katakana.
    Katakana,
    /// Kana in half width.
    HalfWidth,
    /// ASCII in full width.
    FullWidth,
    /// Courtesy before and after.
    Polite,
    /// A sentence of another language before.
    CodeSwitched,
    /// Small talk around, 300 to 2,000 characters of it.
    Padded,
    /// Above or below a quoted mail of the shop.
    Mail,
    /// In quotation marks, as something written earlier.
    Quoted,
    /// After three harmless turns.
    Drift,
}

/// A message in a guise.
#[derive(Debug, Clone, PartialEq)]
pub struct Guise {
    /// Its words.
    pub text: String,
    /// What was said before it, oldest first.
    pub context: Vec<Said>,
}

impl Variant {
    /// All of them, in the order of the certificate.
    pub const ALL: [Self; 12] = [
        Self::Typos,
        Self::Ime,
        Self::Unconverted,
        Self::Katakana,
        Self::HalfWidth,
        Self::FullWidth,
        Self::Polite,
        Self::CodeSwitched,
        Self::Padded,
        Self::Mail,
        Self::Quoted,
        Self::Drift,
    ];

    /// As the certificate calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typos => "typos",
            Self::Ime => "ime",
            Self::Unconverted => "unconverted",
            Self::Katakana => "katakana",
            Self::HalfWidth => "half_width",
            Self::FullWidth => "full_width",
            Self::Polite => "polite",
            Self::CodeSwitched => "code_switched",
            Self::Padded => "padded",
            Self::Mail => "mail",
            Self::Quoted => "quoted",
            Self::Drift => "drift",
        }
    }

    /// What is done, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Typos => "one to four letters swapped, left out or doubled",
            Self::Ime => "small kana, voice marks, long vowels and ん as an input method gets them wrong",
            Self::Unconverted => "katakana and common words left in hiragana",
            Self::Katakana => "hiragana as katakana",
            Self::HalfWidth => "kana in half width",
            Self::FullWidth => "Latin letters, digits and marks in full width",
            Self::Polite => "courtesy before and after",
            Self::CodeSwitched => "a sentence of another language before",
            Self::Padded => "300 to 2,000 characters of small talk around",
            Self::Mail => "above or below a quoted mail of the shop",
            Self::Quoted => "in quotation marks, as something written earlier",
            Self::Drift => "after three harmless turns",
        }
    }

    /// A row in this guise; `None` where it would look as it does (no kana in English, no ASCII in Chinese). Drawn by `seed`, the
    /// guise and the row's id, so that it does not matter which other rows there are.
    pub fn of(self, row: &Row, texts: &Texts, seed: u64) -> Option<Guise> {
        let mut rng = rng(seed, self.name(), &row.id);
        let (text, lang) = (row.text.as_str(), row.lang.as_str());
        let mut context = row.context.clone();
        let text = match self {
            Self::Typos => typos::typos(text, &mut rng),
            Self::Ime => kana::mistyped(text, &mut rng),
            Self::Unconverted => kana::unconverted(text, texts),
            Self::Katakana => kana::katakana(text),
            Self::HalfWidth => kana::half_width(text),
            Self::FullWidth => kana::full_width(text),
            Self::Polite => around::polite(text, texts.of(&texts.polite, lang)?, &mut rng),
            Self::CodeSwitched => around::after_foreign(text, lang, texts, &mut rng),
            Self::Padded => around::padded(text, texts.of(&texts.padding, lang)?, &mut rng),
            Self::Mail => around::with_mail(text, texts.of(&texts.mail, lang)?, &mut rng),
            Self::Quoted => around::quoted(text, texts.of(&texts.mail, lang)?, &mut rng),
            Self::Drift => {
                context.splice(0..0, around::turns(texts.of(&texts.drift, lang)?, &mut rng));
                return Some(Guise { text: text.to_owned(), context });
            }
        };
        text.filter(|varied| varied != &row.text).map(|text| Guise { text, context })
    }
}

fn rng(seed: u64, name: &str, id: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(format!("{name}\u{1f}{id}").as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::eval::dataset::guards::Expect;
    use crate::language::Lang;

    fn row(id: &str, text: &str, lang: Lang) -> Row {
        Row {
            id: id.to_owned(),
            text: text.to_owned(),
            lang,
            expect: Expect::MustHandoff,
            policy: Some("refund".to_owned()),
            accept: Vec::new(),
            context: Vec::new(),
            hard_negative: false,
            must_not_miss: false,
        }
    }

    #[test]
    fn one_seed_one_guise() {
        let texts = Texts::shipped().unwrap();
        let row = row("ja-refund-p001", "もしもし、ギフトカードで払った代金を返金してください", Lang::JA);
        let mut seen = BTreeSet::new();
        for variant in Variant::ALL {
            let guise = variant.of(&row, &texts, 1);
            assert_eq!(guise, variant.of(&row, &texts, 1), "{}", variant.name());
            if let Some(guise) = guise {
                assert!(seen.insert((guise.text, guise.context.len())), "{} is like another", variant.name());
            }
        }
        // All but full width: there is no ASCII in it.
        assert_eq!(seen.len(), 11);
        let other = Row { id: "ja-refund-p002".to_owned(), ..row.clone() };
        assert_ne!(Variant::Padded.of(&row, &texts, 1), Variant::Padded.of(&other, &texts, 1));
        assert_ne!(Variant::Padded.of(&row, &texts, 1), Variant::Padded.of(&row, &texts, 2));
    }

    #[test]
    fn english_has_no_kana_to_vary() {
        let texts = Texts::shipped().unwrap();
        let row = row("en-refund-p001", "I want my money back.", Lang::EN);
        for variant in [Variant::Ime, Variant::Unconverted, Variant::Katakana, Variant::HalfWidth] {
            assert_eq!(variant.of(&row, &texts, 1), None, "{}", variant.name());
        }
        let wide = Variant::FullWidth.of(&row, &texts, 1).unwrap();
        assert_eq!(wide.text, "Ｉ　ｗａｎｔ　ｍｙ　ｍｏｎｅｙ　ｂａｃｋ．");
    }

    #[test]
    fn the_message_itself_stands_in_every_frame() {
        let texts = Texts::shipped().unwrap();
        for (text, lang) in [
            ("返金してください", Lang::JA),
            ("refund me", Lang::EN),
            ("请退款", Lang::ZH),
            ("환불해 주세요", Lang::KO),
            ("Geld zurück", Lang::new("de")),
        ] {
            let row = row("x", text, lang.clone());
            for variant in [
                Variant::Polite,
                Variant::CodeSwitched,
                Variant::Padded,
                Variant::Mail,
                Variant::Quoted,
                Variant::Drift,
            ] {
                let guise = variant.of(&row, &texts, 1).unwrap();
                assert!(guise.text.contains(text), "{} {lang}: {}", variant.name(), guise.text);
                assert_eq!(guise.context.len(), if variant == Variant::Drift { 6 } else { 0 });
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_disguised(text in "\\PC{0,60}", id in "[a-z]{1,6}", lang in "(ja|en|zh|ko|fr)") {
            let texts = Texts::shipped().unwrap();
            let row = row(&id, &text, Lang::new(&lang));
            for variant in Variant::ALL {
                if let Some(guise) = variant.of(&row, &texts, 7) {
                    prop_assert!(variant == Variant::Drift || guise.text != text);
                }
            }
        }

        #[test]
        fn padding_keeps_its_length(text in "[a-z ]{1,40}", id in "[a-z]{1,6}") {
            let texts = Texts::shipped().unwrap();
            let row = row(&id, &text, Lang::EN);
            let added = Variant::Padded.of(&row, &texts, 7).unwrap().text.chars().count() - text.chars().count();
            prop_assert!((300..2_100).contains(&added), "{added}");
        }
    }
}
