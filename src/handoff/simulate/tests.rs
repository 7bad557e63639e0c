use jiff::civil::date;

use super::*;

fn code(code: &str) -> DeskCode {
    DeskCode(code.to_owned())
}

fn desks(minutes: u32) -> Desks {
    let text = format!(
        "[desk.returns.hours]\nmon = [\"09:00-18:00\"]\ntue = [\"09:00-18:00\"]\nwed = [\"09:00-18:00\"]\n\
         thu = [\"09:00-18:00\"]\nfri = [\"09:00-18:00\"]\n[desk.returns.promise]\nminutes = {{ 1 = {minutes} }}\n\
         tell_before_minutes = 10\n[desk.safety.hours]\nmon = [\"00:00-24:00\"]\ntue = [\"00:00-24:00\"]\n\
         wed = [\"00:00-24:00\"]\nthu = [\"00:00-24:00\"]\nfri = [\"00:00-24:00\"]\nsat = [\"00:00-24:00\"]\n\
         sun = [\"00:00-24:00\"]"
    );
    Desks::read(&text, &TimeZone::get("Asia/Tokyo").unwrap()).unwrap()
}

/// Five weekdays and a week-end: twelve cases an hour in office hours, two thirds of them for the returns desk.
fn plan(operators: u32) -> Plan {
    let per_hour = std::array::from_fn(|hour| if (9..18).contains(&hour) { 12.0 } else { 1.0 });
    let kind = |desk: &str, priority, weight| Kind { desk: code(desk), priority, weight };
    let kinds = vec![kind("returns", 3, 2.0), kind("safety", 1, 1.0)];
    let handling = HandlingTime::new(12.0, 30.0).unwrap();
    Plan {
        desks: desks(120),
        zone: TimeZone::get("Asia/Tokyo").unwrap(),
        start: date(2026, 6, 1),
        days: 7,
        traffic: Traffic::new(per_hour, kinds, handling).unwrap(),
        staff: [(code("returns"), operators), (code("safety"), operators)].into(),
        shift: None,
        outage: None,
        seed: 7,
    }
}

fn add_up(simulated: &Simulated) {
    let all = std::iter::once(&simulated.all).chain(simulated.desks.iter().map(|desk| &desk.figures));
    for figures in all {
        assert_eq!(figures.answered + figures.left_over, figures.cases_in);
        let outcomes = figures.kept + figures.renegotiated + figures.breached + figures.running;
        assert_eq!(outcomes, figures.cases_in);
        assert_eq!(figures.silent_breaches, 0);
    }
    let by_desk: usize = simulated.desks.iter().map(|desk| desk.figures.cases_in).sum();
    let by_hour: usize = simulated.hours.iter().map(|hour| hour.cases_in).sum();
    assert_eq!((by_desk, by_hour), (simulated.all.cases_in, simulated.all.cases_in));
}

#[test]
fn with_people_enough_promises_are_kept() {
    let simulated = simulate(&plan(6)).unwrap();
    add_up(&simulated);
    let all = &simulated.all;
    // 123 a day are expected, so some 860 in seven days.
    assert!((750..980).contains(&all.cases_in), "{all:?}");
    assert!(all.kept_rate > Some(0.97), "{all:?}");
    let waiting = all.waiting_minutes.unwrap();
    assert!(waiting.median < 5.0, "{all:?}");
    let estimates = &all.estimates;
    assert!(estimates.shown > 300 && estimates.within_p90 > Some(0.5), "{estimates:?}");
}

#[test]
fn with_too_few_they_are_broken_loudly() {
    let (enough, few) = (simulate(&plan(6)).unwrap(), simulate(&plan(1)).unwrap());
    add_up(&few);
    assert!(few.all.breached > 50 && few.all.renegotiated > 0, "{:?}", few.all);
    assert!(few.all.kept_rate < enough.all.kept_rate && few.all.left_over > enough.all.left_over);
    assert!(few.all.renegotiations_per_ticket <= Some(1.0), "the machine puts a time off once: {:?}", few.all);
    let most = |simulated: &Simulated| simulated.desks[0].most_waiting.iter().copied().max();
    assert!(most(&few) > most(&enough));
    assert_eq!(few.desks[0].most_waiting.len(), 7 * 24);
    // The same customers came, whoever was there.
    assert_eq!(few.all.cases_in, enough.all.cases_in);
}

#[test]
fn the_same_plan_gives_the_same_outcome() {
    let one = simulate(&plan(2)).unwrap();
    assert_eq!(one, simulate(&plan(2)).unwrap());
    assert_ne!(one.all, simulate(&Plan { seed: 8, ..plan(2) }).unwrap().all);
}

#[test]
fn what_passes_while_the_service_is_down_is_told_first() {
    let outage = Some(Hours::read(&["10:00-13:00", "15:00-15:30"]).unwrap());
    let down = Plan { outage, desks: desks(40), ..plan(2) };
    let simulated = simulate(&down).unwrap();
    add_up(&simulated);
    assert!(simulated.all.breached > 0, "{:?}", simulated.all);
    let at = |hour: usize| simulated.hours[hour].cases_in;
    assert_eq!((at(10), at(11), at(12)), (0, 0, 0), "nobody is heard while it is down");
    assert!(at(13) > at(14), "they come when it is up again");
}

#[test]
fn operators_come_in_for_their_shift() {
    let shift = Some(Hours::read(&["13:00-14:00"]).unwrap());
    let simulated = simulate(&Plan { shift, days: 1, ..plan(80) }).unwrap();
    add_up(&simulated);
    let hour = |hour: usize| simulated.hours[hour].waiting_minutes.unwrap().median;
    // Who came at nine waited for one o'clock; who came at one did not wait at all.
    assert!(hour(9) > 180.0 && hour(13) < 1.0, "{} {}", hour(9), hour(13));
    let nobody = simulate(&Plan { staff: BTreeMap::new(), days: 2, ..plan(0) }).unwrap();
    add_up(&nobody);
    assert_eq!((nobody.all.answered, nobody.all.kept, nobody.all.estimates.shown), (0, 0, 0));
}

#[test]
fn a_plan_that_makes_no_sense_is_refused() {
    assert_eq!(simulate(&Plan { days: 0, ..plan(1) }), Err(PlanError::Days(0)));
    assert_eq!(simulate(&Plan { days: 400, ..plan(1) }), Err(PlanError::Days(400)));
    let handling = HandlingTime::new(5.0, 5.0).unwrap();
    let kinds = vec![Kind { desk: code("returns"), priority: 1, weight: 1.0 }];
    let busy = Traffic::new([10_000.0; 24], kinds.clone(), handling).unwrap();
    assert_eq!(simulate(&Plan { traffic: busy, days: 1, ..plan(1) }), Err(PlanError::TooMany(240_000.0)));
    let late = Plan { start: date(9999, 12, 31), ..plan(1) };
    assert_eq!(simulate(&late), Err(PlanError::Start(date(9999, 12, 31))));
    assert!(matches!(HandlingTime::new(10.0, 5.0), Err(PlanError::Percentiles { .. })));
    assert!(matches!(HandlingTime::new(0.0, 5.0), Err(PlanError::Number { .. })));
    assert!(matches!(HandlingTime::new(1.0, f64::NAN), Err(PlanError::Number { .. })));
    assert!(matches!(Traffic::new([-1.0; 24], kinds, handling), Err(PlanError::Number { .. })));
    assert_eq!(Traffic::new([1.0; 24], Vec::new(), handling), Err(PlanError::NoKinds));
    // Nothing comes in: that is a plan too.
    let kinds = vec![Kind { desk: code("elsewhere"), priority: 1, weight: 1.0 }];
    let quiet = Traffic::new([0.0; 24], kinds, handling).unwrap();
    let simulated = simulate(&Plan { traffic: quiet, ..plan(1) }).unwrap();
    assert_eq!((simulated.all.cases_in, simulated.all.kept_rate), (0, None));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]
    #[test]
    fn no_promise_passes_in_silence_whatever_the_plan(
        seed: u64,
        operators in 0_u32..5,
        promise in 11_u32..600,
        down in 0_u8..23,
        rate in 0_u32..20,
    ) {
        let outage = Some(Hours::read(&[format!("{down:02}:10-{:02}:40", down + 1)]).unwrap());
        let kinds = vec![Kind { desk: code("returns"), priority: 3, weight: 1.0 }];
        let handling = HandlingTime::new(15.0, 60.0).unwrap();
        let traffic = Traffic::new([f64::from(rate); 24], kinds, handling).unwrap();
        let plan = Plan { outage, traffic, desks: desks(promise), seed, days: 3, ..plan(operators) };
        add_up(&simulate(&plan).unwrap());
    }
}
