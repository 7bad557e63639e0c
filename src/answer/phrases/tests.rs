use std::collections::{HashMap, HashSet};

use super::*;
use crate::handoff::desk_words;
use crate::language::written_in;

#[test]
fn every_language_has_every_text() {
    for (tag, own) in LANGUAGES {
        for (name, text) in own.texts() {
            assert!(!text.trim().is_empty() && text.trim() == text, "{tag} {name}");
            assert_eq!(text.lines().count(), 1, "{tag} {name}");
        }
        let categories = ["orders", "returns", "payments", "account", "membership", "technical", "contact"];
        for code in categories.into_iter().chain(LANGUAGES.map(|(tag, _)| tag)) {
            assert!(own.name(code) != code && !own.name(code).trim().is_empty(), "{tag} has no name for {code}");
        }
        assert_eq!(own.names.len(), categories.len() + LANGUAGES.len(), "{tag}");
        let names: HashSet<&str> = own.names.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.len(), own.names.len(), "{tag} calls two things by one name");
    }
}

#[test]
fn no_two_texts_are_one() {
    let mut seen = HashMap::new();
    for (tag, own) in LANGUAGES {
        for (name, text) in own.texts() {
            let before = seen.insert(text, (tag, name));
            assert_eq!(before, None, "{tag} {name} is the same");
        }
    }
}

#[test]
fn texts_are_in_their_language() {
    for (tag, own) in LANGUAGES {
        let all: Vec<&str> = own.texts().into_iter().map(|(_, text)| text).collect();
        assert_eq!(written_in(&all.join("\n"), &Lang::new("nl")), Lang::new(tag), "{tag}");
    }
}

#[test]
fn texts_leave_open_what_is_filled_in() {
    for (tag, own) in LANGUAGES {
        for (name, text) in own.texts() {
            let open = match name {
                "foreign" => vec!["{language}"],
                "exceptions" => vec!["{section}"],
                "handoff_decides" | "handoff_next" => vec!["{desk}"],
                _ => Vec::new(),
            };
            assert_eq!(text.matches(['{', '}']).count(), open.len() * 2, "{tag} {name}");
            assert!(open.iter().all(|place| text.contains(place)), "{tag} {name}");
        }
        assert!(own.person.contains(own.person_words), "{tag}");
    }
}

#[test]
fn a_language_without_texts_is_answered_in_english() {
    for (tag, own) in LANGUAGES {
        assert!(std::ptr::eq(phrases(&Lang::new(tag)), own), "{tag}");
    }
    for tag in ["nl", "ru", "fil", "", "日本語"] {
        assert!(std::ptr::eq(phrases(&Lang::new(tag)), &en::EN), "{tag}");
    }
    assert!(std::ptr::eq(phrases(&Lang::new("pt-BR")), &pt::PT));
}

#[test]
fn own_lines_are_told_from_an_articles() {
    for (tag, own) in LANGUAGES {
        for (name, text) in own.texts() {
            let filled = text.replace("{language}", own.name("ko")).replace("{desk}", "返品デスク");
            let filled = filled.replace("{section}", "[例外](/articles/ja-window)");
            assert!(own.owns(&format!(" {filled} ")), "{tag} {name}");
            assert!(!own.owns(&format!("{filled}!")), "{tag} {name}");
        }
        for line in ["", "30日以内です。", "| a | b |", "😀", "{", "}{"] {
            assert!(!own.owns(line), "{tag} {line}");
        }
    }
}

#[test]
fn the_page_calls_things_as_the_assistant_does() {
    for (tag, own) in LANGUAGES {
        let labels = desk_words(&Lang::new(tag)).labels;
        assert_eq!((labels.automatic, labels.topics), (own.automatic, own.topics), "{tag}");
        let chosen = format!("<option value=\"{tag}\">");
        assert!(include_str!("../../http/pages/chat.html").contains(&chosen), "{tag} cannot be chosen");
    }
}

proptest::proptest! {
    #[test]
    fn any_line_is_looked_at(line in ".*") {
        let _ = LANGUAGES.map(|(_, own)| own.owns(&line));
    }
}
