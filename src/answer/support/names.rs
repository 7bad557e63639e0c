//! Names: labels in quotation marks, proper names, words in katakana.

use super::{Disagreement, Subject};

/// What the names of a claim come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) disagreements: Vec<Disagreement>,
    /// Labels in quotation marks that the source does not have.
    pub(super) labels: usize,
    /// Latin proper names that it does not have.
    pub(super) proper: usize,
    /// Words in katakana that it does not have.
    pub(super) katakana: usize,
}

/// Looks for the names of `said` in `source` and `asked`; all three in one form.
pub(super) fn compare(source: &str, said: &str, asked: &str) -> Names {
    let held = fold(&format!("{source}\n{asked}"));
    let mut found = Names::default();
    let source_labels = labels(source);
    for label in labels(said) {
        if !held.contains(&fold(&label)) {
            found.labels += 1;
            let source = source_labels.iter().find(|other| !said.contains(other.as_str())).cloned();
            found.disagreements.push(disagreement(label, source));
        }
    }
    for name in proper(said) {
        let folded = fold(&name);
        let short = folded.strip_suffix("'s").unwrap_or(&folded);
        if !held.contains(short) {
            found.proper += 1;
            found.disagreements.push(disagreement(name, None));
        }
    }
    for word in katakana(said) {
        if !held.contains(&fold(&word)) {
            found.katakana += 1;
            found.disagreements.push(disagreement(word, None));
        }
    }
    found
}

fn disagreement(said: String, source: Option<String>) -> Disagreement {
    Disagreement { kind: Subject::Name, said, source, veto: false }
}

/// Without case, spaces and long-vowel marks.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != 'ー').flat_map(char::to_lowercase).collect()
}

/// What stands in quotation marks.
fn labels(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(char, String)> = None;
    for c in text.chars() {
        match open.take() {
            Some((end, label)) if c == end => {
                if !label.trim().is_empty() {
                    found.push(label.trim_matches(['.', ',', ' ']).to_owned());
                }
            }
            Some((end, mut label)) => {
                label.push(c);
                open = Some((end, label));
            }
            None => {
                let end = match c {
                    '「' => '」',
                    '『' => '』',
                    '"' => '"',
                    _ => continue,
                };
                open = Some((end, String::new()));
            }
        }
    }
    found
}

/// Words with a capital that no sentence begins with; in a text of another script, every Latin word of two letters.
fn proper(text: &str) -> Vec<String> {
    // Kana, Han, Hangul: what is Latin between them is a name or a code.
    let foreign =
        text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'));
    let mut found = Vec::new();
    let mut first = true;
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-');
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric()) {
        let ended = rest.get(..start).is_some_and(|gap| gap.contains(['.', '!', '?', ':', '"', '\n']));
        first |= ended;
        rest = rest.get(start..).unwrap_or_default();
        let end =
            rest.find(|c: char| if foreign { !c.is_ascii_alphanumeric() } else { !of_word(c) }).unwrap_or(rest.len());
        let (word, after) = (rest.get(..end.max(1)).unwrap_or_default(), rest.get(end.max(1)..).unwrap_or_default());
        if word.is_empty() {
            // A character of another script: over it.
            let skip = rest.chars().next().map_or(1, char::len_utf8);
            rest = rest.get(skip..).unwrap_or_default();
            continue;
        }
        rest = after;
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let long = word.chars().count() >= 2;
        let named = if foreign {
            long && word.chars().all(|c| c.is_ascii_alphanumeric()) && word.chars().any(|c| c.is_ascii_alphabetic())
        } else {
            capital && long && !first && word != "I'm" && word != "I'll"
        };
        if named && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
        first = false;
    }
    found
}

/// Runs of katakana of three characters or more.
fn katakana(text: &str) -> Vec<String> {
    let kana = |c: char| matches!(c, '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30fe}');
    let runs = text.split(|c: char| !kana(c)).filter(|run| run.chars().count() >= 3);
    let mut found: Vec<String> = Vec::new();
    for run in runs {
        if !found.iter().any(|known| known == run) {
            found.push(run.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(source: &str, said: &str) -> Vec<String> {
        compare(source, said, "").disagreements.into_iter().map(|disagreement| disagreement.said).collect()
    }

    #[test]
    fn labels_and_names_must_stand_in_the_source() {
        let source = "マイページ →「登録情報」→「通知の設定」で止められます。";
        assert!(missing(source, "「通知の設定」から止めます。").is_empty());
        assert_eq!(missing(source, "「配信の設定」から止めます。"), ["配信の設定"]);
        assert_eq!(missing("ask the card's issuer", "ask the Payments desk"), ["Payments"]);
        assert!(missing("The Delivery desk answers", "Delivery answers. It does.").is_empty());
        assert_eq!(missing("Googleで入る", "LINEで入る"), ["LINE"]);
        assert_eq!(missing("サーバーに送る", "サーバかレシートに送る"), ["レシート"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(source in ".{0,40}", said in r#"["「」A-Za-zアーé。. 👟]{0,60}|.{0,60}"#) {
            let _ = compare(&source, &said, "");
        }
    }
}
