use super::*;
use crate::guard::fakes::CORE;

const HEAD: &str = "version = 3\n[desk.d]\nname.en = \"Desk\"\nname.ja = \"係\"\ndoes.en = \"Does.\"\n";

fn read(rest: &str) -> Result<Policies, PolicyError> {
    Policies::extending(CORE, &format!("{HEAD}{rest}"))
}

#[test]
fn the_core_can_be_read() {
    let core = Policies::core().unwrap();
    let codes: Vec<&str> = core.all().iter().map(|policy| policy.code.as_str()).collect();
    for code in ["refund", "identity", "unauthorised_access"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    assert!(
        core.all().iter().all(|policy| policy.mandatory && !policy.positive.is_empty() && !policy.rules.is_empty())
    );
    assert_eq!(core.version(), 0);
}

#[test]
fn the_shipped_file_can_be_read() {
    Policies::read(include_str!("../../../knowledge/policy.toml")).unwrap();
}

#[test]
fn an_empty_file_leaves_the_core() {
    let policies = Policies::read("version = 1").unwrap();
    assert_eq!(policies.all(), Policies::core().unwrap().all());
    assert_ne!(policies.digest(), Policies::core().unwrap().digest());
}

#[test]
fn a_file_extends_the_core() {
    let policies = read(
        "[[policy]]\ncode = \"refund\"\ndesk = \"d\"\npriority = 1\nthreshold = 0.3\nunderstood.fr = \"Remboursement.\"\n\
         exemplars.fr = { positive = [\"Remboursez-moi\"], negative = [\"Comment se passe un retour ?\"] }\nrules.fr = [\"rembours* … moi\"]\n",
    )
    .unwrap();
    let refund = policies.named("refund").unwrap();
    let core = Policies::extending(CORE, "version = 1").unwrap();
    let before = core.named("refund").unwrap();
    assert!(refund.mandatory);
    assert_eq!((refund.priority, refund.threshold, refund.desk.0.as_str()), (1, 0.3, "d"));
    assert_eq!(refund.positive.len(), before.positive.len() + 1);
    assert_eq!(refund.rules.len(), before.rules.len() + 1);
    assert_eq!(refund.understood.get(&Lang::new("fr")), "Remboursement.");
    assert_eq!(refund.understood.get(&Lang::new("th")), before.understood.get(&Lang::EN));
    assert_eq!(policies.version(), 3);
    assert!(policies.exemplar_texts().contains(&"Remboursez-moi".to_owned()));
}

#[test]
fn other_policies_can_be_switched_off() {
    let one = "[[policy]]\ncode = \"unclear\"\ndesk = \"d\"\npriority = 9\nunderstood.en = \"?\"\n";
    assert!(read(one).unwrap().named("unclear").is_some());
    assert!(read(&format!("{one}enabled = false\n")).unwrap().named("unclear").is_none());
}

#[test]
fn digests_tell_files_apart() {
    let (one, other) = (read("").unwrap(), read("# a remark").unwrap());
    assert_ne!(one.digest(), other.digest());
    assert_eq!(one.all(), other.all());
}

#[test]
fn a_core_exemplar_cannot_be_denied() {
    let core = Policies::extending(CORE, "version = 1").unwrap();
    let text = &core.named("refund").unwrap().positive[0].text;
    let denied = format!("[[policy]]\ncode = \"refund\"\nexemplars.ja = {{ negative = [\" {text}！！\"] }}\n");
    assert!(read(&denied).unwrap_err().to_string().contains("can only be extended"));
}

#[test]
fn errors_name_the_policy_the_key_and_the_remedy() {
    let refund = |rest: &str| format!("[[policy]]\ncode = \"refund\"\n{rest}\n");
    let other = |rest: &str| format!("[[policy]]\ncode = \"x\"\n{rest}\n");
    let fine = "desk = \"d\"\npriority = 4\nunderstood.en = \"x\"\n";
    let errors: Vec<String> = [
        refund("enabled = false"),
        refund("threshold = 0.99"),
        refund("threshold = 0.0"),
        refund("max_threshold = 0.9"),
        refund("priority = 200"),
        refund("mandatory = false"),
        refund("understood.ja = \" \""),
        refund("desk = \"nowhere\""),
        other("desk = \"d\""),
        other("desk = \"d\"\npriority = 4\nunderstood.ja = \"x\""),
        other(&format!("{fine}threshold = 1.5")),
        other(&format!("{fine}rules.ja = [\"(返金\"]")),
        other(&format!("{fine}rules.\"日本\" = [\"返金\"]")),
        other(&format!("{fine}exemplars.ja = {{ positive = [\"あ\"], negative = [\"あ！\"] }}")),
        other(&format!("{fine}exemplars.ja = {{ positive = [\"！\"] }}")),
        other(&format!("{fine}exemplars.ja = {{ pos = [\"あ\"] }}")),
        other(&format!("{fine}[[policy]]\ncode = \"x\"\n{fine}")),
        "[[policy]]\ncode = \"No Code\"\n".to_owned(),
        "[signal.joy]\nja = [\"やった\"]\n".to_owned(),
        "[desk.e]\nname.ja = \"係\"\n".to_owned(),
        "[desks.e]\n".to_owned(),
        "policy = 1\n".to_owned(),
    ]
    .into_iter()
    .map(|text| read(&text).unwrap_err().to_string())
    .collect();
    let bare = [Policies::read(""), Policies::read("version = 0"), Policies::read("version = ")];
    let bare = bare.into_iter().map(|read| read.unwrap_err().to_string());
    insta::assert_snapshot!(errors.into_iter().chain(bare).collect::<Vec<_>>().join("\n"));
}
