//! `madoguchi desk simulate`, as typed, on the desks that are shipped.

use std::path::Path;

use super::desk::Place;
use crate::processes::need;

#[test]
fn a_week_is_simulated_the_same_each_time() {
    let place = need!(Place::empty()).on(Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge"));
    let week = ["desk", "simulate", "--days", "7", "--arrivals-per-hour", "10", "--operators", "3", "--json"];
    let ran = place.run(&week);
    let (first, again) = (ran.json(), place.run(&week).json());
    assert_eq!(first, again);
    let all = &first["all"];
    assert_eq!(all["silent_breaches"], 0, "{all}");
    let count = |key: &str| all[key].as_u64().unwrap_or_else(|| panic!("{key}: {all}"));
    assert!((1_400..2_000).contains(&count("cases_in")), "{all}");
    assert_eq!(count("answered") + count("left_over"), count("cases_in"));
    let desks: Vec<&str> = first["desks"].as_array().unwrap().iter().map(|it| it["desk"].as_str().unwrap()).collect();
    assert_eq!(desks, ["delivery", "general", "identity", "payments", "returns", "safety"]);
    let fewer = place.run(&[&week[..], &["--operators", "returns=0"]].concat()).json();
    assert_eq!(fewer["desks"][4]["figures"]["answered"], 0, "{fewer}");
    assert!(fewer["all"]["breached"].as_u64() > all["breached"].as_u64(), "{fewer}");
}

#[test]
fn a_day_is_printed_and_drawn() {
    let place = need!(Place::empty()).on(Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge"));
    let svg = place.file("day.svg", "");
    let drawn = ["desk", "simulate", "--outage", "13:00-14:00", "--mix", "refund=1", "--plot", svg.to_str().unwrap()];
    let ran = place.run(&drawn);
    assert_eq!(ran.code(), Some(0), "{ran:?}");
    for text in ["1 day from 2026-06-01", "returns (2 operators)", "all desks", "0 of them in silence"] {
        assert!(ran.out().contains(text), "{text} is not in {}", ran.out());
    }
    let chart = std::fs::read_to_string(svg).unwrap();
    assert!(chart.starts_with("<svg ") && chart.contains("cases waiting"), "{chart}");
}

#[test]
fn what_cannot_be_simulated_is_told_with_a_remedy() {
    let place = need!(Place::empty()).on(Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge"));
    let cases: [(&[&str], &str); 9] = [
        (&["--days", "0"], "0 days cannot be simulated"),
        (&["--operators", "nowhere=1"], "there is no desk `nowhere`; there are"),
        (&["--operators", "two"], "\"two\" is no number of operators"),
        (&["--mix", "gift=1"], "there is no policy `gift`; there are"),
        (&["--mix", "refund=0"], "nothing would come in"),
        (&["--arrivals-per-hour", "1,2"], "write one number, or 24"),
        (&["--handling-minutes", "10,5"], "nine in ten cases cannot take less"),
        (&["--shift", "18:00-9:00"], "ends before it begins; hours past midnight are two"),
        (&["--desks", "/nowhere/desks.toml"], "/nowhere/desks.toml"),
    ];
    for (arguments, expected) in cases {
        let ran = place.run(&[&["desk", "simulate"][..], arguments].concat());
        assert_ne!(ran.code(), Some(0), "{arguments:?}");
        assert!(ran.err().contains(expected), "{arguments:?}: {}", ran.err());
    }
    let help = place.run(&["desk", "simulate", "--help"]);
    assert_eq!(help.out().matches("madoguchi desk simulate").count(), 3, "usage and two examples: {}", help.out());
}
