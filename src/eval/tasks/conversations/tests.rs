use super::*;
use crate::eval::table::figures;

fn script() -> Script {
    serde_json::from_str(
        r#"{"id":"a","lang":"ja","turns":[
            {"user":"返品は?","expect":{"outcome":"answer","key_facts":["30日"]}},
            {"user":"返金して","expect":{"outcome":["handoff","silent"],"reason":"refund"}}],
            "after":{"owner":"waiting"}}"#,
    )
    .unwrap()
}

fn came(outcome: TurnOutcome, why: &[&str]) -> Came {
    let why = why.iter().map(|why| (*why).to_owned()).collect();
    Came { outcome, reason: None, why, shown: Value::Null }
}

fn right() -> Play {
    Play { turns: vec![came(TurnOutcome::Answer, &[]), came(TurnOutcome::Handoff, &[])], owner: Owner::Waiting }
}

fn wrong() -> Play {
    let turns = vec![came(TurnOutcome::Answer, &[]), came(TurnOutcome::Answer, &["came to answer instead of handoff"])];
    Play { turns, owner: Owner::Assistant }
}

fn value(plays: &[Play], metric: &str) -> f64 {
    let scored = score(&script(), plays);
    let mut table = Table::default();
    table.push(&scored.id, scored.values);
    figures(&table, &measures(&table, plays.len()), 1)[metric].value
}

#[test]
fn a_play_is_right_when_every_turn_and_the_end_are() {
    assert_eq!(value(&[right()], "pass^1"), 1.0);
    assert_eq!(value(&[right()], "after"), 1.0);
    assert_eq!(value(&[wrong()], "pass^1"), 0.0);
    assert_eq!(value(&[wrong()], "turns"), 0.5);
    assert_eq!(value(&[wrong()], "turns.answer"), 1.0);
    assert_eq!(value(&[wrong()], "turns.handoff"), 0.0);
    let forgotten = Play { owner: Owner::Assistant, ..right() };
    assert_eq!(value(&[forgotten], "pass^1"), 0.0, "handed over, and nobody has it");
}

#[test]
fn luck_does_not_pass_twice() {
    let plays = [right(), right(), wrong(), right()];
    assert_eq!(value(&plays, "pass^1"), 0.75);
    assert_eq!(value(&plays, "pass^2"), 0.5);
    assert_eq!(value(&plays, "pass^4"), 0.0);
    let scored = score(&script(), &plays);
    assert!(scored.why[0].starts_with("turn 2: "), "{:?}", scored.why);
    assert_eq!(scored.confusion.len(), 8);
}

#[test]
fn silence_is_an_outcome() {
    let turn = &script().turns[1];
    assert!(judge(turn, None).why.is_empty());
    assert_eq!(judge(&script().turns[0], None).why, ["came to silent instead of answer"]);
}
