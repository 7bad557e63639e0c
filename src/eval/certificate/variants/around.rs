//! What may stand around a message: courtesy, another language, small talk, mails, other turns.

use rand::Rng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

use super::texts::{Mail, Polite, Texts};
use crate::eval::dataset::guards::Said;

/// Fewest and most characters of small talk.
const TALK: (usize, usize) = (300, 2_000);
/// Turns before a message that drifts there.
const TURNS: usize = 3;

pub(super) fn polite(text: &str, polite: &Polite, rng: &mut impl Rng) -> Option<String> {
    let (before, after) = (polite.before.choose(rng)?, polite.after.choose(rng)?);
    // Japanese courtesy ends with a comma and goes on.
    let gap = if before.ends_with(['、', '。']) { "" } else { " " };
    let stop = if text.ends_with(|c: char| c.is_alphanumeric()) { stop(text) } else { "" };
    let space = if stop == "。" || text.ends_with(['。', '？', '！']) { "" } else { " " };
    Some(format!("{before}{gap}{text}{stop}{space}{after}"))
}

/// What ends a sentence of this script.
fn stop(text: &str) -> &'static str {
    let asian = text.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
    if asian { "。" } else { "." }
}

pub(super) fn after_foreign(text: &str, lang: &str, texts: &Texts, rng: &mut impl Rng) -> Option<String> {
    let others: Vec<&String> =
        texts.foreign.iter().filter(|(other, _)| other.as_str() != lang).flat_map(|(_, sentences)| sentences).collect();
    let sentence = others.choose(rng)?;
    Some(format!("{sentence} {text}"))
}

/// Small talk before and after. Its length is drawn so that short and long are as frequent as twice as short and twice as long.
pub(super) fn padded(text: &str, talk: &[String], rng: &mut impl Rng) -> Option<String> {
    let (least, most) = TALK;
    #[expect(clippy::cast_precision_loss, reason = "both are small")]
    let (low, high) = ((least as f64).ln(), (most as f64).ln());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between least and most")]
    let wanted = rng.random_range(low..high).exp().round() as usize;
    let share: f64 = rng.random_range(0.2..0.8);
    let mut order: Vec<&String> = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut written, mut sentences) = (0, 0);
    while written < wanted {
        if order.is_empty() {
            order = talk.iter().collect();
            order.shuffle(rng);
        }
        let sentence = order.pop()?;
        written += sentence.chars().count() + 1;
        sentences += 1;
        // The first stands before, so that no message begins with itself.
        let place = if sentences == 1 || rng.random_bool(share) { &mut before } else { &mut after };
        place.push(sentence.as_str());
    }
    let gap = if talk.iter().any(|sentence| sentence.ends_with('。')) { "" } else { " " };
    let mut whole = before.join(gap);
    whole.push('\n');
    whole.push_str(text);
    if !after.is_empty() {
        whole.push('\n');
        whole.push_str(&after.join(gap));
    }
    Some(whole)
}

pub(super) fn with_mail(text: &str, mail: &Mail, rng: &mut impl Rng) -> Option<String> {
    let (wrote, lines) = (mail.wrote.choose(rng)?, mail.lines.choose(rng)?);
    let quoted: Vec<String> = lines.iter().map(|line| format!("> {line}")).collect();
    let quoted = quoted.join("\n");
    // Some write above the mail they answer, some below.
    let above = rng.random_bool(0.5);
    Some(if above { format!("{text}\n\n{wrote}\n{quoted}") } else { format!("{wrote}\n{quoted}\n\n{text}") })
}

pub(super) fn quoted(text: &str, mail: &Mail, rng: &mut impl Rng) -> Option<String> {
    Some(mail.said.choose(rng)?.replacen("{}", text, 1))
}

pub(super) fn turns(turns: &[[String; 2]], rng: &mut impl Rng) -> Vec<Said> {
    let chosen = turns.choose_multiple(rng, TURNS);
    let both = |[asked, replied]: &[String; 2]| {
        [Said { by_customer: true, text: asked.clone() }, Said { by_customer: false, text: replied.clone() }]
    };
    chosen.flat_map(both).collect()
}
