//! What a model thinks aloud before it replies, taken out: it is not meant for the customer.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes the pieces of a stream and gives those of the reply proper.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    held: String,
    state: State,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Beginning,
    Aloud,
    Replying,
}

impl Thinking {
    /// Adds a piece; gives what of it belongs to the reply.
    pub(super) fn feed(&mut self, piece: &str) -> String {
        if self.state == State::Replying {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        if self.state == State::Beginning {
            let begun = self.held.trim_start();
            if OPEN.starts_with(begun) {
                return String::new();
            }
            if !begun.starts_with(OPEN) {
                self.state = State::Replying;
                return std::mem::take(&mut self.held);
            }
            self.state = State::Aloud;
        }
        let Some((_, reply)) = self.held.split_once(CLOSE) else {
            // Only so much must be kept as could be the beginning of the end.
            let from = self.held.char_indices().rev().nth(CLOSE.len()).map_or(0, |(at, _)| at);
            self.held.drain(..from);
            return String::new();
        };
        let reply = reply.to_owned();
        self.state = State::Replying;
        self.held.clear();
        reply
    }

    /// What was still held back when the stream ended.
    pub(super) fn end(&mut self) -> String {
        if self.state == State::Beginning { std::mem::take(&mut self.held) } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> String {
        let mut thinking = Thinking::default();
        let mut said: String = text.chars().map(|c| thinking.feed(&c.to_string())).collect();
        said.push_str(&thinking.end());
        said
    }

    #[test]
    fn what_is_thought_aloud_is_not_said() {
        assert_eq!(reply(" <think>返品は30日… 「はい」かな</think>\n30日です。<think>"), "\n30日です。<think>");
        assert_eq!(reply("30日です。"), "30日です。");
        assert_eq!(reply("<thi"), "<thi");
        assert_eq!(reply("<think>終わらない"), "");
        assert_eq!(reply(""), "");
    }
}
