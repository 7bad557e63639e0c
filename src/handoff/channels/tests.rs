use super::*;

/// As it is shipped.
const SHIPPED: &str = include_str!("../../../knowledge/channels.toml");

static JA: Lang = Lang::JA;
static EN: Lang = Lang::EN;
static KO: Lang = Lang::KO;

const PHONE: &str = r#"
[channel.phone]
kind = "phone"
name = { ja = "電話", en = "Phone" }
contact = { en = "0120-555-0142" }
languages = ["ja"]
when = ["long_wait", "urgent"]
[channel.phone.hours]
mon = ["09:00-18:00"]
tue = ["09:00-18:00"]
holidays = "jp"
[channel.phone.special]
"2026-06-02" = []
"#;

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(text: &str) -> Channels {
    Channels::read(text, &tokyo()).unwrap()
}

fn refused(text: &str) -> String {
    Channels::read(text, &tokyo()).unwrap_err().to_string()
}

/// The desk, and a customer who waits there.
struct Stage {
    desk: DeskCode,
    calendar: Calendar,
}

impl Stage {
    fn new(desk: &str) -> Self {
        let hours = Hours::read(&["08:00-22:00"]).unwrap();
        Self { desk: DeskCode(desk.to_owned()), calendar: Calendar::daily(tokyo(), hours) }
    }

    fn waiting(&self, now: &str, estimate: Option<u32>) -> Waiting<'_> {
        Waiting {
            now: at(now),
            desk: &self.desk,
            calendar: &self.calendar,
            reason: "refund",
            priority: 3,
            language: &JA,
            reads: &JA,
            evidence: false,
            estimate,
        }
    }
}

fn codes(channels: &Channels, it: &Waiting<'_>) -> Vec<String> {
    channels.offered(it).into_iter().map(|channel| channel.code.0).collect()
}

#[test]
fn a_channel_is_offered_by_its_rules_and_only_while_it_is_open() {
    let (channels, stage) = (read(PHONE), Stage::new("returns"));
    // A Monday morning.
    let long = stage.waiting("2026-06-01T10:00:00+09:00", Some(21));
    let offered = channels.offered(&long);
    assert_eq!((offered[0].name.as_str(), offered[0].contact.as_str()), ("電話", "0120-555-0142"));
    assert_eq!(offered[0].open_until, Some(at("2026-06-01T18:00:00+09:00")));
    assert_eq!(codes(&channels, &Waiting { estimate: Some(20), ..long }), [""; 0], "twenty minutes are not long");
    assert_eq!(codes(&channels, &Waiting { estimate: None, ..long }), [""; 0], "nothing is known");
    assert_eq!(codes(&channels, &Waiting { estimate: None, priority: 2, ..long }), ["phone"], "urgent");
    assert_eq!(codes(&channels, &Waiting { language: &EN, ..long }), [""; 0], "serves Japanese only");
    // Closed: in the evening, on its special day, on a Sunday.
    for closed in ["2026-06-01T18:00:00+09:00", "2026-06-02T10:00:00+09:00", "2026-06-07T10:00:00+09:00"] {
        assert_eq!(codes(&channels, &Waiting { now: at(closed), ..long }), [""; 0], "{closed}");
    }
}

#[test]
fn nobody_at_the_desk_is_a_long_wait() {
    let channels = read(PHONE);
    let hours = Hours::read(&["12:00-13:00"]).unwrap();
    let stage = Stage { calendar: Calendar::daily(tokyo(), hours), ..Stage::new("returns") };
    assert_eq!(codes(&channels, &stage.waiting("2026-06-01T10:00:00+09:00", None)), ["phone"]);
    assert_eq!(codes(&channels, &stage.waiting("2026-06-01T12:30:00+09:00", None)), [""; 0]);
}

#[test]
fn all_conditions_of_one_rule_must_hold_and_desks_and_policies_are_kept_apart() {
    let form = |lines: &str| {
        format!(
            "[channel.form]\nkind = \"mail\"\nname = {{ en = \"Form\" }}\ncontact = {{ en = \"form\" }}\n{lines}\n\
             [channel.form.hours]\nmon = [\"00:00-24:00\"]"
        )
    };
    let stage = Stage::new("returns");
    let it = stage.waiting("2026-06-01T23:00:00+09:00", None);
    let night = read(&form("when = [\"night+evidence\", \"language:ko\"]"));
    assert_eq!(codes(&night, &it), [""; 0]);
    assert_eq!(codes(&night, &Waiting { evidence: true, ..it }), ["form"]);
    assert_eq!(codes(&night, &Waiting { evidence: true, now: at("2026-06-01T12:00:00+09:00"), ..it }), [""; 0]);
    assert_eq!(codes(&night, &Waiting { language: &KO, ..it }), ["form"]);
    let offered = |lines: &str| !codes(&read(&form(&format!("when = [\"night\"]\n{lines}"))), &it).is_empty();
    assert!(offered("desks = [\"returns\"]\npolicies = [\"refund\"]"));
    assert!(!offered("desks = [\"safety\"]") && !offered("policies = [\"identity\"]"));
    let days = format!("{}\n[rules]\nnight = []", form("when = [\"night\"]"));
    assert_eq!(codes(&read(&days), &it), [""; 0], "there is no night");
}

#[test]
fn a_notice_closes_a_channel_and_delays_a_desk_while_it_holds() {
    let text = format!(
        "{PHONE}\n[[notice]]\nfrom = 2026-06-01T09:30:00\nuntil = \"2026-06-01T03:00:00Z\"\nchannel = \"phone\"\n\
         text = {{ ja = \"電話は故障中です\", en = \"The phone is out of order\" }}\n\
         [[notice]]\nfrom = \"2026-06-01 09:00\"\nuntil = 2026-06-03T09:00:00+09:00\ndesk = \"returns\"\n\
         text = {{ en = \"Typhoon\" }}\ndelays_minutes = 120\n\
         [[notice]]\nfrom = 2026-06-01T09:00:00\nuntil = 2026-06-02T09:00:00\ndesk = \"returns\"\n\
         text = {{ en = \"Sale\" }}\ndelays_minutes = 30"
    );
    let (channels, stage) = (read(&text), Stage::new("returns"));
    let it = stage.waiting("2026-06-01T10:00:00+09:00", Some(60));
    assert_eq!(codes(&channels, &it), [""; 0]);
    let told = channels.told(&it);
    let texts: Vec<_> = told.iter().map(|notice| (notice.text.as_str(), notice.delays_minutes)).collect();
    assert_eq!(texts, [("電話は故障中です", 0), ("Typhoon", 120), ("Sale", 30)]);
    assert_eq!(told[0].channel, Some(ChannelCode("phone".to_owned())));
    // Who would not be offered the phone anyway hears nothing of it.
    assert_eq!(channels.told(&Waiting { language: &EN, ..it }).len(), 2);
    // Noon in Tokyo: the phone works again.
    let noon = Waiting { now: at("2026-06-01T12:00:00+09:00"), ..it };
    assert_eq!((codes(&channels, &noon), channels.told(&noon).len()), (vec!["phone".to_owned()], 2));
    let delay = |desk: &str, now: &str| channels.delay(&DeskCode(desk.to_owned()), at(now));
    assert_eq!(delay("returns", "2026-06-01T08:59:59+09:00"), 0);
    assert_eq!(delay("returns", "2026-06-01T10:00:00+09:00"), 120, "the most, not the sum");
    assert_eq!(delay("returns", "2026-06-03T09:00:00+09:00"), 0);
    assert_eq!(delay("safety", "2026-06-01T10:00:00+09:00"), 0);
    assert_eq!(channels.desks().collect::<Vec<_>>(), [&stage.desk; 2]);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    let phone = |from: &str, to: &str| PHONE.replace(from, to);
    let notice = |lines: &str| format!("{PHONE}\n[[notice]]\n{lines}");
    let held = |lines: &str| {
        notice(&format!("from = 2026-06-01T09:00:00\nuntil = 2026-06-02T09:00:00\ntext = {{ en = \"x\" }}\n{lines}"))
    };
    let cases = [
        ("channels = 1".to_owned(), "channels: is not known; known keys: rules, channel, notice"),
        ("[rules]\nlong_wait_minutes = -1".to_owned(), "rules.long_wait_minutes: is no number of minutes"),
        ("[rules]\nurgent_priority = 300".to_owned(), "rules.urgent_priority: is no priority"),
        ("[rules]\nnight = [\"22-8\"]".to_owned(), "rules.night: \"22-8\" is no interval of the day"),
        (phone("\"phone\"\nname", "\"fax\"\nname"), "channel phone: kind: \"fax\" is not known; write \"phone\""),
        (phone("kind = \"phone\"\n", ""), "channel phone: kind: is not there"),
        (
            phone("name = { ja = \"電話\", en = \"Phone\" }\n", ""),
            "channel phone: name: is not there; write it by language",
        ),
        (phone("en = \"Phone\"", "en = \" \""), "channel phone: name.en: is empty; write the text"),
        (phone(", en = \"Phone\"", ""), "channel phone: name.en: is missing"),
        (phone("contact = { en", "contact = { english"), "contact.english: \"english\" is no language"),
        (phone("\"urgent\"", "\"hurry\""), "channel phone: when: \"hurry\" is no condition; conditions are long_wait"),
        (phone("\"urgent\"", "\"urgent+\""), "channel phone: when: \"\" is no condition"),
        (phone("when = [\"long_wait\", \"urgent\"]\n", ""), "channel phone: when: is not there; say when"),
        (phone("[\"ja\"]", "[\"japanese!\"]"), "channel phone: languages: \"japanese!\" is no language"),
        (phone("mon = [\"09:00", "mon = [\"19:00"), "channel phone: hours.mon: \"19:00-18:00\" ends before it begins"),
        (notice("until = 2026-06-01T09:00:00"), "notice 1: from: is not there; write a day and a time"),
        (notice("from = 2026-06-01"), "notice 1: from: \"2026-06-01\" is no day and time"),
        (notice("from = 9"), "notice 1: from: is no time"),
        (held(""), "notice 1: must be about one channel or one desk"),
        (held("desk = \"a\"\nchannel = \"phone\""), "notice 1: must be about one channel or one desk"),
        (held("channel = \"fax\""), "notice 1: channel: there is no channel \"fax\"; channels of this file: phone"),
        (held("channel = \"phone\"\ndelays_minutes = 5"), "notice 1: delays_minutes: means nothing for a channel"),
        (held("desk = \"a\"\ndelays_minutes = 99999"), "notice 1: delays_minutes: 99999 are more than a week"),
        (held("desk = \"a\"").replace("06-02T", "06-01T"), "notice 1: until: is not after from"),
        (held("desk = \"a\"").replace("text = { en = \"x\" }\n", ""), "notice 1: text: is not there"),
        ("notice = 1".to_owned(), "notice: is no list of tables; write [[notice]]"),
    ];
    for (text, expected) in cases {
        let error = refused(&text);
        assert!(error.starts_with("channels.toml: ") && error.contains(expected), "{text}\n{error}\n{expected}");
    }
    assert!(refused("[channel").ends_with("; the file must be TOML"));
    assert_eq!(Channels::read("", &tokyo()), Ok(Channels::none()));
    assert!(Channels::none().is_empty() && !read(PHONE).is_empty());
}

#[test]
fn the_shipped_file_says_what_the_articles_say() {
    let (channels, stage) = (read(SHIPPED), Stage::new("payments"));
    let it = |now: &str| stage.waiting(now, Some(25));
    let english = |now: &str| Waiting { language: &EN, ..stage.waiting(now, Some(25)) };
    let has = |it: &Waiting<'_>, contact: &str| channels.offered(it).iter().any(|it| it.contact.contains(contact));
    // `contact-channels`: weekdays 9:00–18:00, in English 10:00–17:00; not on holidays, nor from 31 December to 3 January.
    assert!(has(&it("2026-06-01T09:00:00+09:00"), "0120-555-0142"));
    assert!(!has(&it("2026-06-01T18:00:00+09:00"), "0120-555-0142"));
    assert!(!has(&english("2026-06-01T09:59:00+09:00"), "0120-555-0142"));
    assert!(has(&english("2026-06-01T16:59:00+09:00"), "0120-555-0142"));
    for closed in ["2026-06-06", "2026-05-04", "2026-12-31", "2027-01-01", "2028-01-03"] {
        assert!(!has(&it(&format!("{closed}T12:00:00+09:00")), "0120-555-0142"), "{closed}");
    }
    // No phone in Chinese or Korean; the mail form around the clock, and at night.
    let korean = Waiting { language: &KO, ..it("2026-06-01T12:00:00+09:00") };
    assert!(!has(&korean, "0120-555-0142") && has(&korean, "support@hinata-market.example"));
    assert!(has(&Waiting { estimate: None, ..it("2026-06-01T02:00:00+09:00") }, "support@hinata-market.example"));
    assert!(channels.told(&it("2026-06-01T12:00:00+09:00")).is_empty());
}
