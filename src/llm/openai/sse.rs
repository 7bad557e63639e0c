//! Server-sent events, from bytes that come cut anywhere.
//!
//! Lines are cut before they are decoded, so a character may lie in two chunks; what lies in none is noticed by
//! [`Events::is_between`]. One event may not grow for ever.

use std::str;

/// The longest event, in bytes; a token's is a few hundred.
const LONGEST: usize = 1 << 20;

/// Something that no stream of events holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rubbish {
    /// Bytes that are no text.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// More than anybody has to say at once.
    #[error("an event of more than {LONGEST} bytes")]
    TooLarge,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its kind; empty for most.
    pub(super) kind: String,
    /// What it says: never blank.
    pub(super) data: String,
}

/// Takes bytes and gives events.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: Vec<u8>,
    /// Where the first line begins that was not taken yet.
    taken: usize,
    /// Up to where no line's end was found.
    searched: usize,
    /// The last line ended with a carriage return: a newline after it ends no other.
    returned: bool,
    begun: bool,
    kind: String,
    data: Option<String>,
}

impl Events {
    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.searched -= self.taken;
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether nothing lies half-read: what came ended with an event, or nothing came.
    pub(super) fn is_between(&self) -> bool {
        self.taken == self.buffer.len() && self.data.is_none() && self.kind.is_empty()
    }

    /// The next event that has come whole.
    ///
    /// # Errors
    /// When what came is no stream of events.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Rubbish> {
        while let Some((start, end)) = self.line() {
            let line = str::from_utf8(self.buffer.get(start..end).unwrap_or_default()).map_err(|_| Rubbish::NotUtf8)?;
            let line = if self.begun { line } else { line.trim_start_matches('\u{feff}') };
            self.begun = true;
            if line.is_empty() {
                let kind = std::mem::take(&mut self.kind);
                match self.data.take().filter(|data| !data.trim().is_empty()) {
                    Some(data) => return Ok(Some(Event { kind, data })),
                    None => continue,
                }
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.kind),
                // llama.cpp once had a field of its own for errors.
                "data" | "error" => {
                    if field == "error" {
                        field.clone_into(&mut self.kind);
                    }
                    let data = self.data.get_or_insert_default();
                    if !data.is_empty() {
                        data.push('\n');
                    }
                    data.push_str(value);
                    if data.len() > LONGEST {
                        return Err(Rubbish::TooLarge);
                    }
                }
                // Comments keep the connection alive; other fields are for browsers, or for times to come.
                _ => {}
            }
        }
        if self.buffer.len() - self.taken > LONGEST { Err(Rubbish::TooLarge) } else { Ok(None) }
    }

    /// Takes the next whole line: where it begins and ends, without its newline.
    fn line(&mut self) -> Option<(usize, usize)> {
        if self.returned
            && let Some(first) = self.buffer.get(self.taken)
        {
            self.returned = false;
            if *first == b'\n' {
                self.taken += 1;
                self.searched = self.searched.max(self.taken);
            }
        }
        let rest = self.buffer.get(self.searched..)?;
        let Some(found) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.searched = self.buffer.len();
            return None;
        };
        let (start, end) = (self.taken, self.searched + found);
        self.returned = self.buffer.get(end) == Some(&b'\r');
        self.taken = end + 1;
        self.searched = self.taken;
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Kind and data of every event, what ended them, and whether nothing lies half-read.
    type Read = (Vec<(String, String)>, Option<Rubbish>, bool);

    fn read(chunks: &[&[u8]]) -> Read {
        let (mut events, mut out) = (Events::default(), Vec::new());
        for chunk in chunks {
            events.feed(chunk);
            loop {
                match events.next() {
                    Ok(Some(Event { kind, data })) => out.push((kind, data)),
                    Ok(None) => break,
                    Err(rubbish) => return (out, Some(rubbish), false),
                }
            }
        }
        (out, None, events.is_between())
    }

    fn datas(text: &str) -> Vec<String> {
        read(&[text.as_bytes()]).0.into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn events_are_what_the_standard_says() {
        assert_eq!(
            datas("data: a\n\ndata:b\r\n\r\ndata:  c\r\rdata: d\ndata\ndata: e\n\n"),
            ["a", "b", " c", "d\n\ne"]
        );
        assert_eq!(datas("\u{feff}data: 返品📦\nid: 3\nretry: 9\nwhat: ever\n: ping\n\n"), ["返品📦"]);
        assert!(datas("\n\n: ping\n\ndata: \n\ndata:\n\nevent: x\n\nno colon\n\n").is_empty());
        let (events, ..) = read(&[b"event: error\ndata: x\n\nerror: {}\n\ndata: y\n\n"]);
        let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["error", "error", ""]);
    }

    #[test]
    fn what_is_cut_off_is_no_event_and_is_noticed() {
        let whole = "data: 期限は三十日\n\n".as_bytes();
        assert!(read(&[whole]).2);
        for cut in 1..whole.len() {
            let (events, rubbish, between) = read(&[&whole[..cut]]);
            assert_eq!((events.len(), rubbish, between), (0, None, false), "{cut}");
        }
        assert!(read(&[]).2);
    }

    #[test]
    fn bytes_that_are_no_text_and_lines_without_an_end_are_refused() {
        assert_eq!(read(&[b"data: \xe6\x9c\n\n"]).1, Some(Rubbish::NotUtf8));
        let long = vec![b'x'; LONGEST / 4];
        let chunks: Vec<&[u8]> = std::iter::repeat_n(long.as_slice(), 5).collect();
        assert_eq!(read(&chunks).1, Some(Rubbish::TooLarge));
        let line = [b"data: ", long.as_slice(), b"\n"].concat();
        let chunks: Vec<&[u8]> = std::iter::repeat_n(line.as_slice(), 5).collect();
        assert_eq!(read(&chunks).1, Some(Rubbish::TooLarge), "nor an event of many lines");
        let event = [line.as_slice(), b"\n"].concat();
        let chunks: Vec<&[u8]> = std::iter::repeat_n(event.as_slice(), 9).collect();
        assert_eq!(read(&chunks).0.len(), 9, "but many events are no large one");
    }

    proptest! {
        /// However the bytes are cut, the events are the same.
        #[test]
        fn cuts_do_not_matter(
            lines in prop::collection::vec("(data: ?|event: ?|: |error:|)[a返\u{3099}📦 ]{0,4}", 0..20),
            ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r\n", "\r"]), 20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text: String = lines.iter().zip(&ends).map(|(line, end)| format!("{line}{end}")).collect();
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&chunks), read(&[bytes]));
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(read(&single), read(&[bytes]));
        }

        /// Whatever comes, it is read without a panic.
        #[test]
        fn anything_is_read(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            read(&chunks);
        }
    }
}
