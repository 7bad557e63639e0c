use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use proptest::prelude::*;

use super::*;
use crate::answer::phrases;
use crate::handoff::Reference;
use crate::language::written_in;

const DESK: &str = "返品デスク";
const OPERATOR: &str = "tanaka {time}";
const EMAIL: &str = "hana@example.com";

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn reference() -> Reference {
    Reference::kept("MG-7KQ4-XDW2")
}

/// The names of the places that a text leaves open.
fn open(text: &str) -> Vec<&str> {
    text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
}

fn also<'a>(some: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [some, more].concat()
}

/// Everything that can be said, with what must be found in it.
fn everything(words: &DeskWords) -> Vec<(Vec<String>, Vec<String>)> {
    let (old, new) = (at("2026-12-01T18:00[Asia/Tokyo]"), at("2026-12-02T09:15[Asia/Tokyo]"));
    let until = at("2027-11-29T00:00[Asia/Tokyo]");
    let reference = reference();
    let number = reference.to_string();
    let (was, is, day) = (words.moment(&old), words.moment(&new), words.date(&until));
    let labels = words.labels;
    let mut all = Vec::new();
    let mut say =
        |lines: Vec<String>, holds: &[&str]| all.push((lines, holds.iter().map(|s| (*s).to_owned()).collect()));
    let told = Acknowledgement {
        reference: &reference,
        desk: DESK,
        does: None,
        promised_by: &old,
        opens: None,
        mail: Mail::Off,
        order_wanted: false,
        kept_until: &until,
    };
    let always: [&str; 6] = [&number, DESK, &was, &day, words.call_off_words, labels.end_chat];
    say(words.acknowledgement(&told), &always);
    let closed = Acknowledgement { opens: Some(&new), order_wanted: true, mail: Mail::Unknown, ..told };
    say(words.acknowledgement(&closed), &also(&always, &[&is, words.order_wanted, words.leave_mail]));
    let mailed = Acknowledgement { mail: Mail::Verified(EMAIL), ..told };
    say(words.acknowledgement(&mailed), &also(&always, &[EMAIL, words.nothing_to_do]));
    let asked = Acknowledgement { mail: Mail::Unconfirmed(EMAIL), ..told };
    say(words.acknowledgement(&asked), &also(&always, &[EMAIL]));
    say(vec![words.leave_mail().to_owned()], &[]);
    say(vec![words.confirm_mail(EMAIL)], &[EMAIL]);
    say(vec![words.not_arrived("h…@example.com")], &["h…@example.com"]);
    say(vec![words.come_back("https://example.com/c?t=1")], &["https://example.com/c?t=1"]);
    say(vec![words.taken(&reference, OPERATOR)], &[&number, OPERATOR]);
    say(words.moved(&reference, DESK, words.next, &old), &[&number, DESK, &was, words.next]);
    say(words.handed_back(&reference, OPERATOR), &[&number, OPERATOR, words.assistant_again]);
    say(words.resolved(&reference, OPERATOR), &[&number, OPERATOR, labels.solved, labels.reopen]);
    say(words.called_off(&reference), &[&number, words.assistant_again]);
    say(words.closed(&until, None), &[&day, labels.reopen]);
    say(words.closed(&until, Some(&reference)), &[&day, labels.reopen, &number]);
    say(words.reopened(None), &[]);
    say(words.reopened(Some(&reference)), &[&number]);
    let other = Reference::kept("MG-0ZZZ-0ZZZ");
    say(words.merged(&reference, &other, None), &[&number, other.as_str()]);
    say(words.merged(&reference, &other, Some(&old)), &[&number, other.as_str(), &was]);
    say(vec![words.added(&reference, &old)], &[&number, &was]);
    say(vec![words.idle(&reference, &old)], &[&number, &was]);
    say(words.queue(0, None), &[words.next]);
    say(words.queue(3, Some(42)), &["3", "45"]);
    say(words.queue(12, Some(200)), &["12", "4"]);
    say(words.renegotiated(&reference, &old, &new), &[&number, &was, &is, words.passed_up]);
    say(words.renegotiated_by(&reference, &old, &new, OPERATOR, "棚卸し"), &[&number, &was, &is, OPERATOR, "棚卸し"]);
    say(words.breached(&reference, &old, &new), &[&number, &was, &is, words.passed_up]);
    all
}

#[test]
fn every_language_has_every_text() {
    for (tag, words) in LANGUAGES {
        let labels = words.labels.all();
        for (name, text) in words.texts().into_iter().chain(labels).chain([("call_off_words", words.call_off_words)]) {
            assert!(!text.trim().is_empty() && text.trim() == text, "{tag} {name}");
            assert_eq!(text.lines().count(), 1, "{tag} {name}");
        }
        let different: HashSet<&str> = labels.iter().map(|(_, text)| *text).collect();
        assert_eq!(different.len(), labels.len(), "{tag} calls two things by one label");
    }
}

#[test]
fn no_two_texts_are_one() {
    let mut seen = HashMap::new();
    for (tag, words) in LANGUAGES {
        for (name, text) in words.texts() {
            let before = seen.insert(text, (tag, name));
            assert_eq!(before, None, "{tag} {name} is the same");
        }
    }
}

#[test]
fn texts_are_in_their_language() {
    for (tag, words) in LANGUAGES {
        let all: Vec<String> = words.texts().iter().map(|(_, text)| fill(text, &[])).collect();
        assert_eq!(written_in(&all.join("\n"), &Lang::new("nl")), Lang::new(tag), "{tag}");
    }
}

#[test]
fn every_language_leaves_open_what_english_does() {
    for (tag, words) in LANGUAGES {
        for ((name, text), (_, english)) in words.texts().into_iter().zip(en::EN.texts()) {
            let names = open(text);
            let set: BTreeSet<&str> = names.iter().copied().collect();
            let expected: BTreeSet<&str> = open(english).into_iter().collect();
            assert_eq!(set, expected, "{tag} {name}");
            assert_eq!(set.len(), names.len(), "{tag} {name} says something twice");
            assert_eq!(text.matches(['{', '}']).count(), names.len() * 2, "{tag} {name}");
        }
        for (name, text) in words.labels.all() {
            assert!(!text.contains(['{', '}']), "{tag} {name}");
        }
    }
}

#[test]
fn nothing_is_left_open_and_nothing_is_left_out() {
    for (tag, words) in LANGUAGES {
        for (lines, holds) in everything(words) {
            let text = lines.join("\n");
            for value in holds {
                assert!(text.contains(&value), "{tag}: {value} is not in {text}");
            }
            assert!(!text.replace(OPERATOR, "").contains(['{', '}']), "{tag}: {text}");
            assert!(!text.contains("()") && !text.contains("（）") && !text.contains("  "), "{tag}: {text}");
        }
    }
}

#[test]
fn own_lines_are_known_again() {
    for (tag, words) in LANGUAGES {
        for line in everything(words).into_iter().flat_map(|(lines, _)| lines) {
            assert!(words.owns(&line), "{tag}: {line}");
        }
        for line in ["", "30日以内です。", "| a | b |", "Refunds take 5 days.", "{", "}{"] {
            assert!(!words.owns(line), "{tag}: {line}");
        }
    }
}

/// Words for a time that is none, by language.
const VAGUE: [(&str, &str); 12] = [
    ("ja", "追って, 後ほど, のちほど, まもなく, 間もなく, しばらく, すぐ, 近日, 早く, 早急, 至急, 折り返し"),
    ("en", "soon, shortly, later, asap, quickly, promptly, immediately, a moment, right away"),
    ("zh", "尽快, 马上, 稍后, 不久, 很快, 立即, 立刻, 即将, 近期"),
    ("ko", "곧, 잠시, 조만간, 빨리, 빠른, 나중에, 즉시"),
    ("de", "bald, in kürze, umgehend, zeitnah, demnächst, gleich, schnellstmöglich, später, sofort"),
    ("fr", "bientôt, prochainement, sous peu, brefs délais, rapidement, tout de suite, immédiatement"),
    ("es", "pronto, en breve, próximamente, cuanto antes, a la brevedad, enseguida, más tarde, luego"),
    ("pt", "em breve, logo, brevemente, quanto antes, mais tarde, depressa, imediatamente"),
    ("it", "presto, a breve, quanto prima, prossimamente, subito, più tardi, tempestivamente"),
    ("vi", "sớm, ngay, lát nữa, nhanh, lập tức, sau này"),
    ("th", "เร็ว, ในไม่ช้า, สักครู่, ทันที, ภายหลัง"),
    ("id", "segera, sebentar, secepatnya, nanti, secepat, lekas"),
];

/// What would be a yes, a no or an outcome.
const OUTCOMES: &str = "返金, 返品を, 承認, お受けできません, refund, approve, accept, 退款, 批准, 환불, 승인, erstatt, genehmig, rembours, \
                        reembols, rimbors, hoàn tiền, คืนเงิน, อนุมัติ, pengembalian, disetujui, aprovad";

#[test]
fn a_time_is_a_time_and_nothing_else_is_promised() {
    for ((tag, words), (same, vague)) in LANGUAGES.into_iter().zip(VAGUE) {
        assert_eq!(tag, same);
        // "sobald" is not "bald": words are compared whole where they are written apart.
        let apart = !matches!(tag, "ja" | "zh" | "ko" | "th");
        for (name, text) in words.texts().into_iter().chain(words.labels.all()) {
            let low = text.to_lowercase();
            let parts: Vec<&str> = low.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
            let spaced = format!(" {} ", parts.join(" "));
            for word in vague.split(", ") {
                let found = if apart { spaced.contains(&format!(" {word} ")) } else { low.contains(word) };
                assert!(!found, "{tag} {name} says {word:?}");
            }
            for word in OUTCOMES.split(", ") {
                assert!(!low.contains(word), "{tag} {name} says {word:?}");
            }
        }
    }
}

#[test]
fn promises_name_their_times() {
    for (tag, words) in LANGUAGES {
        for text in
            [words.answer_by, words.answer_by_with_mail, words.moved, words.added, words.idle, words.merged_answer_by]
        {
            assert!(text.contains("{time}"), "{tag}: {text}");
        }
        for text in [words.not_by_then, words.breached] {
            assert!(text.contains("{old}") && text.contains("{new}"), "{tag}: {text}");
        }
    }
}

#[test]
fn a_language_without_texts_is_told_in_english() {
    for (tag, words) in LANGUAGES {
        assert!(std::ptr::eq(desk_words(&Lang::new(tag)), words), "{tag}");
    }
    for tag in ["nl", "ru", "fil", "", "日本語"] {
        assert!(std::ptr::eq(desk_words(&Lang::new(tag)), &en::EN), "{tag}");
    }
}

#[test]
fn the_same_languages_as_the_assistants() {
    for (tag, _) in LANGUAGES {
        assert!(tag == "en" || !std::ptr::eq(phrases(&Lang::new(tag)), phrases(&Lang::EN)), "{tag}");
    }
}

#[test]
fn a_time_in_every_language() {
    let time = at("2026-12-01T18:00[Asia/Tokyo]");
    let written = LANGUAGES.map(|(tag, _)| moment(&time, &Lang::new(tag)));
    let expected = [
        "12月1日(火) 18:00（日本時間）",
        "Tue 1 Dec, 18:00 (JST)",
        "12月1日（周二）18:00（日本时间）",
        "12월 1일(화) 18:00(일본 시간)",
        "Dienstag, 1. Dezember, 18:00 Uhr (japanische Zeit)",
        "mardi 1er décembre à 18\u{a0}h\u{a0}00 (heure du Japon)",
        "martes 1 de diciembre a las 18:00 (hora de Japón)",
        "terça-feira, 1º de dezembro, às 18h00 (horário do Japão)",
        "martedì 1º dicembre, ore 18:00 (ora del Giappone)",
        "18:00 thứ Ba, ngày 1 tháng 12 (giờ Nhật Bản)",
        "วันอังคารที่ 1 ธันวาคม เวลา 18.00 น. (เวลาญี่ปุ่น)",
        "Selasa, 1 Desember, pukul 18.00 (waktu Jepang)",
    ];
    assert_eq!(written, expected);
}

#[test]
fn a_day_in_every_language() {
    let day = at("2027-11-29T23:59[Asia/Tokyo]");
    let written = LANGUAGES.map(|(tag, _)| date(&day, &Lang::new(tag)));
    let expected = [
        "2027年11月29日",
        "29 Nov 2027",
        "2027年11月29日",
        "2027년 11월 29일",
        "29. November 2027",
        "29 novembre 2027",
        "29 de noviembre de 2027",
        "29 de novembro de 2027",
        "29 novembre 2027",
        "ngày 29 tháng 11 năm 2027",
        "29 พฤศจิกายน พ.ศ. 2570",
        "29 November 2027",
    ];
    assert_eq!(written, expected);
}

#[test]
fn a_time_says_whose_it_is() {
    for (time, expected) in [
        ("2026-11-30T09:05[Asia/Tokyo]", "Mon 30 Nov, 09:05 (JST)"),
        ("2026-07-01T09:05[Europe/Berlin]", "Wed 1 Jul, 09:05 (CEST)"),
        ("2026-12-01T09:05[Europe/Berlin]", "Tue 1 Dec, 09:05 (CET)"),
        ("2026-11-30T09:05[Asia/Dubai]", "Mon 30 Nov, 09:05 (UTC+04)"),
        ("2026-11-30T09:05[UTC]", "Mon 30 Nov, 09:05 (UTC)"),
    ] {
        assert_eq!(moment(&at(time), &Lang::EN), expected);
    }
    assert_eq!(moment(&at("2026-11-30T09:05[Asia/Tokyo]"), &Lang::JA), "11月30日(月) 9:05（日本時間）");
}

#[test]
fn days_and_months_have_names_of_their_own() {
    for (tag, words) in LANGUAGES {
        for names in [words.days.weekdays.as_slice(), words.days.months.as_slice()] {
            let different: HashSet<&str> = names.iter().copied().collect();
            assert_eq!(different.len(), names.len(), "{tag}");
            assert!(names.iter().all(|name| !name.trim().is_empty()), "{tag}");
        }
        for (text, places) in [(words.days.moment, 6), (words.days.date, 3)] {
            assert_eq!(open(text).len(), places, "{tag}: {text}");
        }
    }
}

#[test]
fn estimates_are_rounded_up() {
    let told = |before, minutes| en::EN.queue(before, minutes).join(" ");
    assert_eq!(told(0, None), "Nobody is waiting before you.");
    for (minutes, expected) in
        [(0, "5 minutes"), (5, "5 minutes"), (6, "10 minutes"), (90, "90 minutes"), (91, "2 hours")]
    {
        let text = told(2, Some(minutes));
        assert!(text.starts_with("Cases waiting before yours: 2. ") && text.contains(expected), "{minutes}: {text}");
    }
    assert!(told(0, Some(u32::MAX)).contains("hours"));
}

#[test]
fn a_case_is_called_off_by_its_words_alone() {
    for (tag, words) in LANGUAGES {
        let own = words.call_off_words;
        for said in [own.to_owned(), format!(" “{own}”."), format!("「{own}」。\n"), own.to_uppercase()] {
            assert!(calls_off(&said), "{tag}: {said}");
        }
        for said in [format!("{own}, 12345"), phrases(&Lang::new(tag)).person_words.to_owned()] {
            assert!(!calls_off(&said), "{tag}: {said}");
        }
    }
    for said in ["", "。", "取り下げるとどうなりますか", "I need a person"] {
        assert!(!calls_off(said), "{said}");
    }
}

#[test]
fn a_desk_is_warned_in_its_language() {
    let time = at("2026-12-01T18:00[Asia/Tokyo]");
    let japanese = desk_warning(&reference(), DESK, &time, 20, &Lang::JA);
    assert!(japanese.starts_with(
        "MG-7KQ4-XDW2（返品デスク）：お客様へのお返事の期限は12月1日(火) 18:00（日本時間）です（残り20分）。"
    ));
    let english = desk_warning(&reference(), "Returns desk", &time, 20, &Lang::new("de"));
    let expected = "MG-7KQ4-XDW2 (Returns desk): the answer promised to the customer is due by Tue 1 Dec, 18:00 (JST)";
    assert!(english.starts_with(expected), "{english}");
    assert!(!japanese.contains(['{', '}']) && !english.contains(['{', '}']));
}

proptest! {
    #[test]
    fn what_is_filled_in_stays_as_it_is(one: String, two: String) {
        prop_assert_eq!(fill("a {x} b {y}{z}", &[("x", &one), ("y", &two)]), format!("a {one} b {two}"));
    }

    #[test]
    fn any_line_is_looked_at(line: String) {
        for (_, words) in LANGUAGES {
            let _ = words.owns(&line);
        }
        let _ = (fill(&line, &[("x", "y")]), calls_off(&line));
    }

    #[test]
    fn any_time_is_written(second in -60_000_000_000i64..250_000_000_000, zone in 0usize..5) {
        let zone = ["Asia/Tokyo", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"][zone];
        let time = Timestamp::from_second(second).unwrap().to_zoned(TimeZone::get(zone).unwrap());
        for (_, words) in LANGUAGES {
            let (moment, date) = (words.moment(&time), words.date(&time));
            // The macro takes its condition for a format string.
            let open = [&moment, &date].iter().any(|text| text.contains(['{', '}']));
            prop_assert!(!open, "{moment} {date}");
            let empty = moment.contains("()") || moment.contains("（）");
            prop_assert!(!empty, "{moment}");
        }
    }
}
