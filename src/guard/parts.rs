//! A long message in parts: one request among much small talk leaves hardly a trace in the vector of the whole.

use crate::answer::sentences;

/// Messages of more characters are judged in parts as well. Of the messages in eval/datasets/guards one in a hundred is longer.
const LONG: usize = 200;
/// Characters of a part; one sentence may be longer.
const ROOM: usize = 160;
/// Parts of a message, about; of a very long one each is longer instead. An embedder reads some hundred characters of each.
const MOST: usize = 32;

/// The parts of a long message: some sentences each, the latter half of one being the former half of the next, so that nothing is torn from
/// what stands beside it. None of a short message.
pub fn parts(text: &str) -> Vec<String> {
    let length = text.chars().count();
    if length <= LONG {
        return Vec::new();
    }
    let room = ROOM.max(2 * length / MOST);
    let pieces: Vec<String> = sentences(text).into_iter().flat_map(|sentence| cut(sentence, room / 2 - 1)).collect();
    let lengths: Vec<usize> = pieces.iter().map(|piece| piece.chars().count()).collect();
    let mut found = Vec::new();
    let mut from = 0;
    while from < pieces.len() {
        let mut filled = 0;
        let fits = |length: &&usize| {
            filled += *length;
            filled <= room
        };
        let many = lengths.iter().skip(from).take_while(fits).count().max(1);
        let part: String = pieces.iter().skip(from).take(many).map(String::as_str).collect();
        found.push(part.trim_end().to_owned());
        if from + many >= pieces.len() {
            break;
        }
        from += many.div_ceil(2);
    }
    found
}

/// A sentence in pieces of at most `most` characters, so that two stand in a part: somebody may write without any full stop. A blank after
/// the last.
fn cut(sentence: &str, most: usize) -> Vec<String> {
    let chars: Vec<char> = sentence.chars().collect();
    let mut pieces: Vec<String> = chars.chunks(most.max(1)).map(|piece| piece.iter().collect()).collect();
    if let Some(last) = pieces.last_mut() {
        last.push(' ');
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_message_has_no_parts() {
        assert!(parts("返金してください。").is_empty());
        assert!(parts("").is_empty());
    }

    #[test]
    fn a_request_among_small_talk_stands_in_a_part_of_little_else() {
        let talk = "今日はいい天気で、散歩をしながらいろいろなことを考えていました。".repeat(20);
        let text = format!("{talk}この靴は返金してください。{talk}");
        let with: Vec<String> = parts(&text).into_iter().filter(|part| part.contains("返金してください")).collect();
        assert!(!with.is_empty() && with.iter().all(|part| part.chars().count() <= ROOM + 10), "{with:?}");
    }

    #[test]
    fn a_request_without_any_full_stop_stands_whole_in_a_part() {
        for before in 150..320 {
            let text = format!("{}{}{}", "あ".repeat(before), "この靴の代金を返してください", "あ".repeat(160));
            assert!(parts(&text).iter().any(|part| part.contains("この靴の代金を返してください")), "{before}");
        }
    }

    #[test]
    fn neighbours_stand_together() {
        let text = (0..40).map(|n| format!("Sentence number {n} is here. ")).collect::<String>();
        let parts = parts(&text);
        for n in 0..39 {
            let (one, next) = (format!("number {n} "), format!("number {} ", n + 1));
            assert!(parts.iter().any(|part| part.contains(&one) && part.contains(&next)), "{n}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_out_and_parts_are_few(text in "(\\PC{0,30}[。.!? \n]?){0,120}") {
            let parts = parts(&text);
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            if text.chars().count() > LONG {
                for sentence in sentences(&text) {
                    let whole = bare(&parts.concat());
                    for piece in cut(sentence, ROOM / 2 - 1) {
                        prop_assert!(whole.contains(&bare(&piece)));
                    }
                }
            }
            prop_assert!(parts.len() <= 8 * MOST);
        }
    }
}
