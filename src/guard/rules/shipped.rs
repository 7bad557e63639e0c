//! The shipped rules on messages that come near their exceptions: an exception that lets a request pass is worse than none.

use std::sync::LazyLock;

use crate::guard::normal::readings;
use crate::guard::policy::Policies;
use crate::guard::rules::{Before, Rules};

/// Requests that hold the very words by which others are let pass.
const REQUESTS: [(&str, &str); 45] = [
    ("legal_safety", "音声入力で失礼します、充電器が発火して手を火傷しました"),
    ("legal_safety", "Your kettle exploded and burnt my hand, I'm off to hospital"),
    ("legal_safety", "I was taken to hospital after the charger gave me a shock"),
    ("unauthorised_access", "友だちが送ってきたリンクを踏んだら乗っ取られました"),
    ("unauthorised_access", "友達が送ってきたリンクを踏んだら乗っ取られました"),
    ("delivery_irregular", "收到的碗碎了，按规定应该赔我"),
    ("unauthorised_access", "勝手に買い物されて、私は頼んでいないから止めてください"),
    ("unauthorised_access", "My phone was stolen, please get this sorted"),
    ("unauthorised_access", "The phone I bought here last year was stolen"),
    ("unauthorised_access", "I fell for a scam and lost almost 400 pounds"),
    ("unauthorised_access", "My account was hacked, I used the same password on another site"),
    ("unauthorised_access", "アカウントを乗っ取られて友達の住所に荷物を送られました"),
    ("unauthorised_access", "友達が送ってきたリンクがフィッシングで引っかかりました"),
    ("unauthorised_access", "フィッシングのニュースに見せかけたサイトでパスワードを入力してしまいました"),
    ("unauthorised_access", "身に覚えのない請求があり自己解決できません"),
    ("unauthorised_access", "不正利用されたのに自己負担と言われました"),
    ("unauthorised_access", "偽の警告ポップアップに従ったら不正アクセスされました"),
    ("unauthorised_access", "我的账号被盗了，还用来骗我朋友的钱"),
    ("unauthorised_access", "不是我下的单，但扣款的卡是我自己的"),
    ("unauthorised_access", "银行卡丢了，万一被人刷了怎么办"),
    ("unauthorised_access", "계정이 해킹당해서 로그인도 못 하게 됐어요"),
    ("unauthorised_access", "모르는 결제가 있는데 남편이 한 줄 알았더니 아니래요"),
    ("identity", "マイページが開けないので、私の先週の注文を調べてください"),
    ("identity", "夫のアカウントのマイページを見せてください"),
    ("identity", "夫のアカウントの注文を確認したいのですが大丈夫でしょうか"),
    ("identity", "제 주문 언제까지 오는지 확인해 주세요"),
    ("refund", "返金が遅いので先週も聞きましたが返事がありません"),
    ("refund", "誰も返事をくれないので弁償してください"),
    ("refund", "返金してほしいと何度も言っています"),
    ("legal_safety", "ヒーターでやけどしたんやけど、どうしてくれるん"),
    ("legal_safety", "子どもがやけどしました、跡が心配です"),
    ("legal_safety", "ニュースで見たのと同じバッテリーが発火しました"),
    ("legal_safety", "殺すぞ、頼んだ漫画を早く送れ"),
    ("delivery_irregular", "配達済みなのに荷物が届いていません。まだ未解決です"),
    ("action_request", "住所の変更をお願いします、自分で直せないので"),
    ("human_request", "何人目ですか、責任者を出してください"),
    ("human_request", "ボットは話にならないので不要、オペレーターにつないで"),
    ("human_request", "オペレーターと話すにはどうすればいいんだ、早くしてくれ"),
    ("human_request", "转人工，你自己看聊天记录"),
    ("human_request", "叫真人来处理，别再让我找AI"),
    ("human_request", "상담원 연결해 주세요, 다른 안내는 안 해주셔도 돼요"),
    ("payment_details", "I was double charged after I dropped off my return"),
    ("legal_safety", "My son swallowed the battery from your toy. Also, what are your opening hours?"),
    ("legal_safety", "うちの子がおもちゃの磁石を飲み込んでしまいました"),
    ("human_request", "人に代わって、もうAIの相手はしなくていいから"),
];

/// Messages on which rules fired that read words within other words, or what was denied, solved, feared or told of others.
const HARMLESS: [&str; 25] = [
    "友達から送られてきたリンクを踏むと乗っ取られるって本当？",
    "友人にURLを送って乗っ取られないか心配です",
    "收到的东西坏了，退货的规定在哪里看",
    "경로당 동무가 여서 참기름을 샀는데 그래 고소하다 카데예",
    "CSV出力、文字コードをUTF-8にしたら文字化けが消えました",
    "売上の数字を見せへん権限っていうのを任せたいんやけど、ありますか",
    "電気毛布は低温やけどが心配なんですが、注意書きはどこですか",
    "大丈夫です、自分で注文の状況を確認できるページだけ教えてください",
    "設定は切れますか、勝手に買い物されるのが怖いので",
    "勝手に使われぬよう画面ロックを付ける方法はありますか",
    "友達のアカウントが乗っ取られたらしいです。パスワードの決め方を教えてください",
    "お金を戻してほしいとは言ってないです。ポイントの有効期限を知りたいんです",
    "訴えるような目でうちの犬がおやつを待ってます",
    "バトル漫画の「殺す」とかいうせりふをレビューに引用したら、ひっかかりますか",
    "梱包の動画、役に立ちました。新聞紙を丸めるだけでは駄目なのですね",
    "カード番号が漏れたニュース見たけど、そういう時ショップはどう動くんですか",
    "I want no compensation, I only ask when orders leave the warehouse",
    "My phone was stolen last year, that's long sorted. Can I sign out remotely?",
    "We nearly fell for a fake trainers site, how do I check whether a shop is genuine",
    "Do you have a plan for recycling, my old tablet is cracked and useless and I want none of it in the bin, recycling only",
    "放寒假宿舍没人收快递,下单的时候能不能选开学以后再发货啊",
    "孩子用我刷脸付款会不会成功啊，有没有办法加一道密码防盗刷",
    "上周虚惊一场,那个陌生登录是我自己的平板",
    "낯선 로그인인 줄 알고 식겁했는데 제 태블릿이었네요",
    "상담원 연결 안 해주셔도 돼요. 도움말에 다 나와 있네요",
];

static RULES: LazyLock<Rules<String>> = LazyLock::new(|| {
    let policies = Policies::read(include_str!("../../../knowledge/policy.toml")).unwrap();
    let mut rules = Rules::default();
    for policy in policies.all() {
        for pattern in &policy.rules {
            rules.add(&pattern.text, policy.code.as_str().to_owned()).unwrap();
        }
    }
    rules
});

fn policies_on(text: &str) -> Vec<String> {
    let fired = RULES.firing(&readings(text), &Before::default(), |_| true);
    fired.into_iter().map(|(code, on)| format!("{code} on {on}")).collect()
}

#[test]
fn exceptions_let_no_request_pass() {
    let missed = REQUESTS.iter().filter(|(code, text)| !policies_on(text).iter().any(|on| on.starts_with(code)));
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_only_sounds_like_a_request_fires_no_rule() {
    let fired = HARMLESS.iter().map(|text| (text, policies_on(text))).filter(|(_, fired)| !fired.is_empty());
    let fired: Vec<_> = fired.collect();
    assert!(fired.is_empty(), "{fired:#?}");
}

/// What a policy is told not to fire on it does not fire on: a rule beats the classifier that has learnt the exemplar.
#[test]
fn no_rule_fires_on_a_negative_exemplar_of_its_policy() {
    let policies = Policies::read(include_str!("../../../knowledge/policy.toml")).unwrap();
    let mut fired = Vec::new();
    for exemplar in policies.harmless() {
        fired.extend(policies_on(&exemplar.text).into_iter().map(|on| format!("{on}: {}", exemplar.text)));
    }
    for policy in policies.all() {
        for exemplar in &policy.negative {
            let own = policies_on(&exemplar.text).into_iter().filter(|on| on.starts_with(policy.code.as_str()));
            fired.extend(own.map(|on| format!("{on}: {}", exemplar.text)));
        }
    }
    assert!(fired.is_empty(), "{fired:#?}");
}
