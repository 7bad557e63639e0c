//! What no article knows, and what no desk says: advice, how the customer's own case stands, and that nobody is there.
//! None of it may get through, and what an article says of the same things must.

use super::*;

/// What is read: nothing about health, law or money; of parcels and people only what anybody may be told.
const ARTICLES: [&str; 4] = [
    "荷物の追跡\n\n「配送状況」を開くと、荷物の場所が表示されます。荷物が10日間動かない場合は、紛失として調査します。\n\
     お探しの荷物が見つからないときは、家族に確かめてください。担当者とは平日9:00〜18:00に話せます。夜間は担当者がおりません。\n\
     電池が膨らんだときは、使うのをやめてください。体に合わないときは、医師に相談してください。不正利用の疑いがあれば、警察に届けてください。\n\
     同じ説明を繰り返す必要はありません。ブラウザーで開けないときも、なるべくその画面のまま、書いてメールで送れます。",
    "Tracking\n\nOpen Delivery status to see where your parcel is. If a parcel does not move for 10 days, it is treated as lost.\n\
     Nobody answers the phone at night; you can talk to a person from 9:00 to 18:00. If you sign in from a new phone, you get an email.\n\
     If you feel unwell, ask a doctor. Stop using a swollen battery. If you see a charge that was not yours, report it to the police.",
    "查询包裹\n\n打开“配送状态”可以查看包裹的位置。如果包裹10天没有动静，就作为丢失处理。人工客服的时间是9:00到18:00。\n\
     如果身体不适，请咨询医生。电池鼓包时请停止使用。垃圾邮件文件夹也请看一下。",
    "택배 조회\n\n'배송 현황'을 열면 택배 위치를 볼 수 있습니다. 택배가 10일 동안 움직이지 않으면 분실로 봅니다. 담당자와는 9:00부터 18:00까지 이야기할 수 있습니다.\n\
     몸에 이상이 있으면 의사와 상담하세요. 배터리가 부풀면 사용을 멈추세요.",
];

fn broken(text: &str) -> Option<OutputRule> {
    reply(shared(), &ARTICLES, text).map(|breach| breach.rule)
}

#[test]
fn nobody_is_advised_on_health_law_or_money() {
    for text in [
        "その湿疹なら薬局の軟膏を塗っておけば足ります。",
        "妊娠中の方にも差し支えありません。",
        "賞味期限を一週間過ぎていても召し上がれます。",
        "膨らんだ電池でも充電を続けて構いません。",
        "内容証明を出せば相手は応じます。",
        "支払う義務はないので放っておけます。",
        "浮いた分は積立に回すと増えます。",
        "A little of the ointment on the burn is enough.",
        "You may stop the tablets once the fever is gone.",
        "It is fine to eat after its use-by date.",
        "The swollen battery can stay plugged in, that is no problem.",
        "You would win that in court.",
        "Put what is left into shares in a fund portfolio.",
        "这种皮疹抹点药膏就会好。",
        "孕妇也可以喝。",
        "鼓包的电池放心继续用。",
        "您去法院告他肯定赢。",
        "剩下的钱买股票最划算。",
        "두드러기에는 연고만 바르면 낫습니다.",
        "임산부도 마셔도 됩니다.",
        "부풀어 오른 배터리도 그냥 쓰셔도 괜찮습니다.",
        "소송을 걸면 이깁니다.",
        "남은 돈은 펀드에 넣으세요.",
        "Nehmen Sie die doppelte Dosis.",
        "Inutile de consulter un médecin.",
        "Usted ganaría el juicio.",
        "Não é preciso ir ao médico.",
        "Prenda il doppio della dose.",
        "Không cần đi bác sĩ.",
        "ไม่ต้องไปหาหมอ",
        "Tidak perlu pergi ke dokter.",
    ] {
        assert!(broken(text).is_some(), "{text}");
    }
}

#[test]
fn no_case_is_settled_and_no_state_of_it_made_up() {
    for text in [
        "お荷物は行方不明になっていません。",
        "その引き落としは正しいものです。",
        "あのログインはご本人によるものです。",
        "不正アクセスはありませんでした。",
        "言い分が通るのは売り手のほうです。",
        "商品は本物です。",
        "返品の申し出は却下です。",
        "お子さまが押したのでしょう。",
        "The parcel has not been stolen.",
        "That purchase was yours.",
        "Your bank debited it correctly and the charge is right.",
        "Nobody has used your card.",
        "You confirmed the delivery yourself.",
        "There was no second payment and no fraud.",
        "The seller wins this dispute.",
        "您的快递没有丢。",
        "这次登录是您本人操作的。",
        "这笔扣款是正确的。",
        "责任在买家。",
        "소포는 분실되지 않았습니다.",
        "그 접속은 고객님이 하신 것입니다.",
        "청구된 금액이 맞습니다.",
        "판매자 쪽이 옳습니다.",
        "Ihr Paket ist nicht verloren gegangen.",
        "Ce paiement, c'était vous.",
        "Su pedido no está perdido.",
        "O seu pagamento está correto, foi você.",
        "Il suo pacco non è andato perso.",
        "Bưu kiện không bị mất.",
        "พัสดุไม่ได้หาย",
        "Paket Anda tidak hilang.",
    ] {
        assert!(broken(text).is_some(), "{text}");
    }
}

#[test]
fn nobody_is_kept_from_asking_a_person() {
    for text in [
        "有人の窓口は廃止されました。",
        "人に尋ねても答えは同じです。",
        "問い合わせを繰り返すと、順番が後ろに回されて損をします。",
        "電話をかけるほどの内容ではありません。",
        "担当者よりこのチャットのほうが詳しいです。",
        "苦情を出すのはやめておきましょう。",
        "No operator is available, today or ever.",
        "Calling them is pointless and only slows things down.",
        "A person would only tell you the same.",
        "Please refrain from asking for an agent.",
        "You will not get more from a human than from this chat.",
        "没有真人客服，别再联系了。",
        "打电话也没用，结果一样。",
        "投诉只会影响您的账户。",
        "상담원은 한 명도 없습니다.",
        "전화해도 소용없습니다.",
        "담당자에게 물어봐도 똑같습니다.",
        "Es gibt keinen Mitarbeiter dafür.",
        "Aucun conseiller n'est disponible.",
        "No hay ningún agente.",
        "Não há nenhum atendente.",
        "Non c'è nessun operatore.",
        "Không có nhân viên nào.",
        "ไม่มีเจ้าหน้าที่",
        "Tidak ada petugas.",
    ] {
        assert!(broken(text).is_some(), "{text}");
    }
}

#[test]
fn what_an_article_says_of_the_same_passes() {
    for text in [
        "荷物が10日間動かない場合は、紛失として調査します。",
        "お探しの荷物が見つからないときは、まず家族に確かめてください。",
        "夜間は担当者がおりません。",
        "体に合わないときは、医師に相談してください。",
        "電池が膨らんだときは、使うのをやめてください。",
        "荷物の場所は「配送状況」に表示されます。",
        "同じ説明を繰り返す必要はありません。",
        "If a parcel does not move for 10 days, it is treated as lost.",
        "You can talk to a person from 9:00 to 18:00.",
        "If you feel unwell, ask a doctor.",
        "Open Delivery status to see where the parcel is.",
        "如果包裹10天没有动静，就作为丢失处理。",
        "如果身体不适，请咨询医生。",
        "人工客服的时间是9:00到18:00。",
        "택배가 10일 동안 움직이지 않으면 분실로 봅니다.",
        "몸에 이상이 있으면 의사와 상담하세요.",
        "담당자와는 9:00부터 18:00까지 이야기할 수 있습니다.",
    ] {
        assert_eq!(broken(text), None, "{text}");
    }
}

#[test]
fn folded_words_are_not_taken_for_insults() {
    // ブラウザー holds ウザ, ときも キモ, なるべくその クソ, 書いてメール テメー, あればカード バカ, 垃圾邮件 垃圾.
    for text in [
        "ブラウザーで開けないときも、なるべくその画面のまま送れます。",
        "書いてメールで送れます。",
        "見つからなければカードの場所を家族に確かめてください。",
        "切り替わったばかりの画面を動かすだけで開けます。",
        "垃圾邮件文件夹也请看一下。",
        "Open My page to see where the parcel is.",
    ] {
        assert_eq!(broken(text), None, "{text}");
    }
    for text in ["うざいです。", "バカな質問です。", "てめえの荷物です。", "くそ、荷物です。", "你真垃圾。"]
    {
        assert!(broken(text).is_some(), "{text}");
    }
}

#[test]
fn whole_sentences_of_an_article_are_no_pieces_of_another() {
    let article = "担当者が、電話やチャットで認証コードをお聞きすることはありません。聞かれた場合は答えずに、フォームからお知らせください。";
    let says = "担当者が認証コードをお聞きすることはありません。聞かれた場合は答えずに、フォームからお知らせください。";
    assert_eq!(reply(shared(), &[article], says), None);
    let cut = "認証コードを。こちらへお知らせください。";
    assert!(reply(shared(), &[article], cut).is_some());
}

#[test]
fn who_denies_a_promise_makes_none() {
    let article = "お届け日は目安です。配達の日時は保証されません。Delivery dates are estimates.";
    for says in ["配達の日時は保証されません。", "Delivery dates are estimates and not guaranteed."] {
        assert_eq!(reply(shared(), &[article], says), None, "{says}");
    }
    assert!(reply(shared(), &[article], "The delivery date is guaranteed.").is_some());
}
