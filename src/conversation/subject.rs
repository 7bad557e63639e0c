//! Whose a conversation is, by the shop's own sign-in.

use subtle::ConstantTimeEq;

use super::sha256;

/// A customer's account, as the shop's sign-in names it.
///
/// It is kept readable. A hash would only look like protection: customer numbers can be counted through in seconds, and a hash with a
/// secret would tie every customer's history to a secret that can never be changed again. Whoever asks for an export sees under which
/// name their conversations are kept, and the row goes as a whole when they are erased. It stands in no log and no notice, and `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The most characters of one.
    pub const LONGEST: usize = 255;

    /// A name that a sign-in gave, to the letter. `None` if it is blank, longer than [`Subject::LONGEST`], or holds control characters:
    /// then it names nobody.
    pub fn new(name: &str) -> Option<Self> {
        let fits = !name.trim().is_empty() && name.chars().count() <= Self::LONGEST && !name.contains(char::is_control);
        fits.then(|| Self(name.to_owned()))
    }

    /// One that was kept.
    pub(crate) fn kept(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same account. Digests are compared, in constant time: how much of a name was guessed does not show.
    pub fn is(&self, other: &Self) -> bool {
        sha256(self.0.as_bytes()).as_bytes().ct_eq(sha256(other.0.as_bytes()).as_bytes()).into()
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subject(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_to_the_letter_and_shown_to_nobody() {
        for name in ["42", "田中太郎@shop.example", "🛒", " 42", &"長".repeat(255)] {
            let subject = Subject::new(name).unwrap();
            assert_eq!(subject.as_str(), name);
            assert!(!format!("{subject:?}").contains(name));
        }
        assert!(Subject::new("42").unwrap().is(&Subject::new("42").unwrap()));
        for other in ["42 ", " 42", "４２", "4", "424"] {
            assert!(!Subject::new("42").unwrap().is(&Subject::new(other).unwrap()), "{other}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for name in ["", " ", "\u{3000}", "a\0b", "a\nb", "\u{7f}", &"長".repeat(256), &"x".repeat(1 << 20)] {
            assert!(Subject::new(name).is_none(), "{:?}", name.chars().take(9).collect::<String>());
        }
    }
}
