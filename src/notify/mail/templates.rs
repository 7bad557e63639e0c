//! From a letter to its words: one template for each kind and language, rendered twice, as HTML and as plain text.
//!
//! A template says what stands in the mail; `html/` and `text/` say how it is put. So neither can hold what the other does not.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::letter::Letter;
use crate::language::Lang;
use crate::notify::inbound::marker;

macro_rules! templates {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../templates/", $name, ".j2")))),*] };
}

const LETTERS: [(&str, &str); 20] = templates![
    "ja/acknowledgement",
    "ja/renegotiated",
    "ja/breached",
    "ja/operator_reply",
    "ja/assistant_reply",
    "ja/notice",
    "ja/transcript",
    "ja/desk_warning",
    "ja/verify_address",
    "ja/foot",
    "en/acknowledgement",
    "en/renegotiated",
    "en/breached",
    "en/operator_reply",
    "en/assistant_reply",
    "en/notice",
    "en/transcript",
    "en/desk_warning",
    "en/verify_address",
    "en/foot",
];
const HTML: [&str; 2] = [include_str!("../templates/html/layout.j2"), include_str!("../templates/html/put.j2")];
const TEXT: [&str; 2] = [include_str!("../templates/text/layout.j2"), include_str!("../templates/text/put.j2")];

/// The words of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// What the frame says besides the letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways<'a> {
    /// Whether an answer to the mail comes back to us.
    pub(super) answerable: bool,
    /// Where the customer goes on.
    pub(super) link: Option<&'a str>,
}

/// All templates, compiled.
#[derive(Debug)]
pub(super) struct Templates {
    html: Environment<'static>,
    text: Environment<'static>,
}

/// What templates see: the letter's own keys, and these.
#[derive(Serialize)]
struct Inputs<'a> {
    #[serde(flatten)]
    letter: &'a Letter,
    frame: &'a str,
    answerable: bool,
    confidential: bool,
    link: Option<&'a str>,
    marker: Option<&'static str>,
}

impl Templates {
    pub(super) fn new() -> Result<Self, minijinja::Error> {
        Ok(Self { html: environment(HTML, AutoEscape::Html)?, text: environment(TEXT, AutoEscape::None)? })
    }

    /// The words of a letter. One to an unproven address holds no link, whatever `ways` says, and is not to be answered.
    pub(super) fn render(&self, letter: &Letter, ways: Ways<'_>) -> Result<Words, minijinja::Error> {
        let frame = if letter.language == Lang::JA { "ja" } else { "en" };
        let confidential = letter.confidential();
        let answerable = ways.answerable && confidential;
        let inputs = Inputs {
            letter,
            frame,
            answerable,
            confidential,
            link: ways.link.filter(|_| confidential),
            marker: answerable.then(|| marker(frame)),
        };
        let name = format!("{frame}/{}", letter.kind());
        let mut text = self.text.get_template(&name)?.render_captured(Serde(&inputs))?;
        let subject = text.with_state_mut(|state| state.render_block("subject"))?;
        let html = self.html.get_template(&name)?.render(Serde(&inputs))?;
        Ok(Words { subject, text: tidy(&text.into_output()), html })
    }
}

fn environment([layout, put]: [&'static str; 2], escape: AutoEscape) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.add_filter("parts", parts);
    // A line with a tag alone is no line of the mail.
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("layout", layout)?;
    environment.add_template("put", put)?;
    for (name, source) in LETTERS {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// A text's paragraphs, each by its lines.
fn parts(text: &str) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    for line in text.lines().map(str::trim_end) {
        match (line.is_empty(), parts.last_mut()) {
            (true, _) => parts.push(Vec::new()),
            (false, Some(part)) => part.push(line.to_owned()),
            (false, None) => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Never more than one empty line in a row, and none at the ends.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::mail::letter::tests::letters;

    const OPEN: Ways<'_> = Ways { answerable: true, link: Some("https://shop.example/#resume=a%2Fsecret%26key") };
    const SHUT: Ways<'_> = Ways { answerable: false, ..OPEN };

    fn all(language: &str, ways: Ways<'_>) -> String {
        let templates = Templates::new().unwrap();
        let mail = |letter: Letter| {
            let words = templates.render(&letter, ways).unwrap();
            format!("=== {}: {}\n{}\n--- html\n{}\n", letter.kind(), words.subject, words.text, words.html)
        };
        letters(language).into_iter().map(mail).collect()
    }

    #[test]
    fn mails_in_japanese() {
        insta::assert_snapshot!(all("ja", OPEN));
    }

    #[test]
    fn mails_in_english() {
        insta::assert_snapshot!(all("en", SHUT));
    }

    #[test]
    fn whoever_writes_another_language_gets_an_english_frame() {
        assert_eq!(all("de", SHUT), all("en", SHUT));
    }

    #[test]
    fn both_alternatives_hold_the_same() {
        let templates = Templates::new().unwrap();
        for language in ["ja", "en"] {
            for letter in letters(language).iter().filter(|letter| letter.confidential()) {
                let Words { text, html, .. } = templates.render(letter, OPEN).unwrap();
                let mut facts = vec!["MG-7KQ4-XDW2", OPEN.link.unwrap(), marker(language)];
                if let serde_json::Value::Object(payload) = letter.payload() {
                    assert!(payload.contains_key("kind"));
                    for key in ["desk", "before", "promised", "deleted_on"] {
                        let Some(value) = payload.get(key).and_then(|value| value.as_str()) else { continue };
                        assert!(text.contains(value) && html.contains(value), "{}: {key}", letter.kind());
                    }
                }
                facts.retain(|fact| !(text.contains(fact) && html.replace("&#x2f;", "/").contains(fact)));
                assert!(facts.is_empty(), "{}: {facts:?}\n{text}\n{html}", letter.kind());
            }
        }
    }

    #[test]
    fn what_others_wrote_is_no_html() {
        let html = all("ja", OPEN);
        assert!(html.contains("&lt;b&gt;&amp;") && html.contains("&lt;script&gt;") && html.contains("&lt;s&gt;"));
        let rendered = Templates::new().unwrap();
        for letter in letters("ja") {
            let html = rendered.render(&letter, OPEN).unwrap().html;
            assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<s>"), "{html}");
        }
    }

    #[test]
    fn an_unproven_address_gets_a_code_and_nothing_else() {
        let templates = Templates::new().unwrap();
        for language in ["ja", "en"] {
            let letter = letters(language).pop().unwrap();
            let Words { text, html, .. } = templates.render(&letter, OPEN).unwrap();
            assert!(text.contains("483920") && html.contains("483920"));
            for secret in ["resume", "secret", marker(language)] {
                assert!(!text.contains(secret) && !html.contains(secret), "{secret}: {text}");
            }
        }
    }

    #[test]
    fn a_mail_that_cannot_be_answered_says_so_and_shows_the_way() {
        let templates = Templates::new().unwrap();
        for (language, shut, elsewhere) in [("ja", "送信専用", "画面から"), ("en", "cannot be answered", "go back")]
        {
            let letter = &letters(language)[0];
            let text = |ways| templates.render(letter, ways).unwrap().text;
            assert!(text(SHUT).contains(shut) && text(SHUT).contains("https://shop.example/#resume="));
            assert!(!text(OPEN).contains(shut));
            let lost = text(Ways { link: None, ..SHUT });
            assert!(lost.contains(shut) && lost.contains(elsewhere), "{lost}");
        }
    }
}
