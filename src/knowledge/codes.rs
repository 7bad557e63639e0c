//! Language codes as they appear in front matter and in paths.

/// ISO 639-1, and a few three-letter codes that help centres use.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io \
    is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt \
    my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn \
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu \
    fil yue haw ceb";

/// Codes whose countries' codes are so often written in their place that the text must confirm them in a path, and those
/// that are words: a folder `it` is more often the IT department than Italian.
const DOUBTFUL: &[&str] = &[
    "am", "as", "be", "br", "ca", "ch", "co", "do", "hi", "ho", "id", "ie", "in", "io", "is", "it", "kr", "la", "me",
    "my", "na", "no", "om", "or", "pa", "se", "so", "tl", "to", "tw",
];

/// Whether `tag` (a primary subtag, lower case) is the code of a language.
pub(super) fn is_language_code(tag: &str) -> bool {
    // Kanuri's `kr` and Twi's `tw` are codes, but whoever writes them into a help centre means Korea and Taiwan.
    !matches!(tag, "kr" | "tw") && CODES.split(' ').any(|code| !code.is_empty() && code == tag)
}

/// The language a path component stands for (`ja`, `en-US`, `zh_TW`), if it can be nothing else; `confirmed` is the code the
/// text itself suggests.
pub(super) fn in_path(component: &str, confirmed: &str) -> Option<String> {
    let lower = component.to_ascii_lowercase();
    let (primary, region) = match lower.split_once(['-', '_']) {
        Some((primary, region)) => (primary, Some(region)),
        None => (lower.as_str(), None),
    };
    if !is_language_code(primary) {
        return None;
    }
    let whole = match region {
        None => !DOUBTFUL.contains(&primary) || primary == confirmed,
        Some(region) => (2..=4).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric()),
    };
    whole.then(|| primary.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for code in ["ja", "en", "zh", "ko", "de", "fil"] {
            assert!(is_language_code(code), "{code}");
        }
        for code in ["", "jp", "cn", "kr", "english", "JA", " "] {
            assert!(!is_language_code(code), "{code}");
        }
    }

    #[test]
    fn path_components() {
        assert_eq!(in_path("ja", "en").as_deref(), Some("ja"));
        assert_eq!(in_path("en-US", "en").as_deref(), Some("en"));
        assert_eq!(in_path("zh_TW", "zh").as_deref(), Some("zh"));
        assert_eq!(in_path("it", "en"), None);
        assert_eq!(in_path("it", "it").as_deref(), Some("it"));
        assert_eq!(in_path("to-do-list", "en"), None);
        assert_eq!(in_path("returns", "en"), None);
        assert_eq!(in_path("it-equipment", "en"), None);
    }
}
