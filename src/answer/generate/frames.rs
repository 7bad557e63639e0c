//! The marks that fence texts in the prompt, taken out of a reply. Small models begin by copying the frame they read (`<passage-2 …>`):
//! such a line says nothing and is not shown. The word of the fence anywhere else is a leak, and stays for the guard to find.

/// The longest mark there is, in characters.
const LONGEST: usize = 80;

/// Takes the pieces of a stream and gives them without the marks of one fence.
#[derive(Debug, Default)]
pub(super) struct Frames {
    fence: String,
    held: String,
}

impl Frames {
    /// Of this prompt's fence.
    pub(super) fn of(fence: &str) -> Self {
        Self { fence: fence.to_owned(), held: String::new() }
    }

    /// Adds a piece; gives what is no mark.
    pub(super) fn feed(&mut self, piece: &str) -> String {
        let mut given = String::with_capacity(piece.len());
        for c in piece.chars() {
            if self.held.is_empty() && c != '<' {
                given.push(c);
                continue;
            }
            if c == '<' || c == '\n' || self.held.chars().count() >= LONGEST {
                given.push_str(&std::mem::take(&mut self.held));
            }
            if self.held.is_empty() && c != '<' {
                given.push(c);
                continue;
            }
            self.held.push(c);
            if c == '>' {
                let mark = std::mem::take(&mut self.held);
                given.push_str(if self.is_mark(&mark) { "\n" } else { &mark });
            }
        }
        given
    }

    /// What was still held back when the stream ended.
    pub(super) fn end(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// `<name fence>`, `</name fence>`, `<name-2 fence>`.
    fn is_mark(&self, text: &str) -> bool {
        let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let Some((name, fence)) = inner.and_then(|inner| inner.trim_start_matches('/').split_once(' ')) else {
            return false;
        };
        let named = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        !self.fence.is_empty() && fence.trim() == self.fence && named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let mut frames = Frames::of("a8f3c21b");
        let mut given: String = text.chars().map(|c| frames.feed(&c.to_string())).collect();
        given.push_str(&frames.end());
        let mut whole = Frames::of("a8f3c21b");
        let at_once = whole.feed(text);
        assert_eq!(given, at_once + &whole.end());
        given
    }

    #[test]
    fn only_marks_of_this_fence_are_taken_out() {
        assert_eq!(
            read("<passage-2 a8f3c21b>\nWithin 30 days. [2]\n</passage-2 a8f3c21b>"),
            "\n\nWithin 30 days. [2]\n\n"
        );
        for kept in [
            "<passage-2 00000000>",
            "The fence is a8f3c21b.",
            "<passage-2 a8f3c21b and more>",
            "5 < 6 and 7 > 6, <a",
            "a <\nb>",
            "<<passage>>",
            "",
        ] {
            assert_eq!(read(kept), kept);
        }
        assert_eq!(read("<x <passage a8f3c21b>"), "<x \n");
    }
}
