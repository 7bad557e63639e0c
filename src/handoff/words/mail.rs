//! What is said about mails: to customers, of what was not taken in; to desks, of promises in danger.

use jiff::Zoned;

use super::{en, fill, ja};
use crate::handoff::Reference;
use crate::language::Lang;

/// Of one language: what stands in the conversation in the place of an attachment, what the customer is told of all of them, and what they
/// are told of a mail that was too long.
struct NotTaken {
    tag: &'static str,
    line: &'static str,
    told: &'static str,
    cut: &'static str,
}

const fn not_taken(tag: &'static str, line: &'static str, told: &'static str, cut: &'static str) -> NotTaken {
    NotTaken { tag, line, told, cut }
}

static NOT_TAKEN: [NotTaken; 12] = [
    not_taken(
        "ja",
        "［添付ファイル：{name}（受け付けていません）］",
        "メールの本文は受け付けましたが、添付ファイル（{names}）は受け付けておりません。必要な内容は、本文に書いてお送りください。",
        "メールが長いため、本文の最初の{limit}文字までを受け付けました。続きは受け付けておりませんので、あらためてお送りください。",
    ),
    not_taken(
        "en",
        "[attachment: {name} was not taken in]",
        "We have taken in the text of your email, but not what was attached to it ({names}). Please write in the text what we need to know from it.",
        "Your email is long: we have taken in the first {limit} characters of its text, and nothing after them. Please send us the rest in another email.",
    ),
    not_taken(
        "zh",
        "［附件：{name}（未接收）］",
        "我们已收到您邮件的正文，但未接收附件（{names}）。请将需要告知我们的内容写在正文中。",
        "您的邮件较长：我们仅接收了正文的前 {limit} 个字符，其后的内容未接收。请将其余内容另行发送。",
    ),
    not_taken(
        "ko",
        "[첨부 파일: {name} (접수되지 않음)]",
        "메일 본문은 접수했지만 첨부 파일({names})은 접수하지 않았습니다. 필요한 내용은 본문에 적어 보내 주세요.",
        "메일이 길어 본문의 처음 {limit}자까지만 접수했고, 그 뒤의 내용은 접수하지 않았습니다. 나머지 내용은 다시 보내 주세요.",
    ),
    not_taken(
        "de",
        "[Anhang: {name} wurde nicht angenommen]",
        "Wir haben den Text Ihrer E-Mail angenommen, nicht aber die Anhänge ({names}). Bitte schreiben Sie im Text, was wir daraus wissen müssen.",
        "Ihre E-Mail ist lang: Wir haben die ersten {limit} Zeichen ihres Textes angenommen und nichts, was danach kommt. Bitte senden Sie uns den Rest in einer weiteren E-Mail.",
    ),
    not_taken(
        "fr",
        "[pièce jointe\u{a0}: {name}, non reçue]",
        "Nous avons bien reçu le texte de votre e-mail, mais pas les pièces jointes ({names}). Veuillez écrire dans le texte ce que nous devons en savoir.",
        "Votre e-mail est long\u{a0}: nous avons reçu les {limit} premiers caractères de son texte, et rien de ce qui suit. Veuillez nous envoyer la suite dans un autre e-mail.",
    ),
    not_taken(
        "es",
        "[archivo adjunto: {name}, no recibido]",
        "Hemos recibido el texto de su correo, pero no los archivos adjuntos ({names}). Escriba en el texto lo que debamos saber de ellos.",
        "Su correo es largo: hemos recibido los primeros {limit} caracteres del texto y nada de lo que sigue. Envíenos el resto en otro correo.",
    ),
    not_taken(
        "pt",
        "[anexo: {name}, não recebido]",
        "Recebemos o texto do seu e-mail, mas não os anexos ({names}). Escreva no texto o que precisamos saber deles.",
        "O seu e-mail é longo: recebemos os primeiros {limit} caracteres do texto e nada do que vem depois. Envie o restante em outro e-mail.",
    ),
    not_taken(
        "it",
        "[allegato: {name}, non ricevuto]",
        "Abbiamo ricevuto il testo della Sua e-mail, ma non gli allegati ({names}). La preghiamo di scrivere nel testo ciò che dobbiamo sapere.",
        "La Sua e-mail è lunga: abbiamo ricevuto i primi {limit} caratteri del testo e nulla di ciò che segue. La preghiamo di inviarci il resto in un’altra e-mail.",
    ),
    not_taken(
        "vi",
        "[tệp đính kèm: {name}, không được tiếp nhận]",
        "Chúng tôi đã nhận phần nội dung email của quý khách, nhưng không tiếp nhận tệp đính kèm ({names}). Quý khách vui lòng viết trong nội dung những gì chúng tôi cần biết.",
        "Email của quý khách dài: chúng tôi đã nhận {limit} ký tự đầu tiên của nội dung và không tiếp nhận phần sau đó. Quý khách vui lòng gửi phần còn lại trong một email khác.",
    ),
    not_taken(
        "th",
        "[ไฟล์แนบ: {name} ไม่ได้รับเข้า]",
        "เราได้รับข้อความในอีเมลของคุณแล้ว แต่ไม่ได้รับไฟล์แนบ ({names}) โปรดเขียนสิ่งที่เราจำเป็นต้องทราบไว้ในข้อความ",
        "อีเมลของคุณยาว เราได้รับข้อความ {limit} อักขระแรก และไม่ได้รับส่วนที่อยู่หลังจากนั้น โปรดส่งส่วนที่เหลือมาในอีเมลอีกฉบับ",
    ),
    not_taken(
        "id",
        "[lampiran: {name}, tidak diterima]",
        "Kami telah menerima isi email Anda, tetapi tidak menerima lampirannya ({names}). Silakan tuliskan dalam isi email hal yang perlu kami ketahui.",
        "Email Anda panjang: kami telah menerima {limit} karakter pertama dari isinya, dan tidak menerima bagian setelahnya. Silakan kirimkan sisanya dalam email lain.",
    ),
];

fn of(lang: &Lang) -> &'static NotTaken {
    let [_, english, ..] = &NOT_TAKEN;
    NOT_TAKEN.iter().find(|words| words.tag == lang.as_str()).unwrap_or(english)
}

/// What a customer wrote by mail, with a line for each thing that came along and was not taken in. Without attachments, the text itself.
pub fn with_attachments(text: &str, names: &[String], lang: &Lang) -> String {
    let lines = names.iter().map(|name| fill(of(lang).line, &[("name", name)]));
    let parts: Vec<String> = Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().chain(lines).collect();
    parts.join("\n")
}

/// Tells a customer what came along with their mail and was not taken in, and what to do instead.
pub fn not_taken_in(names: &[String], lang: &Lang) -> String {
    let between = if matches!(lang.as_str(), "ja" | "zh") { "、" } else { ", " };
    fill(of(lang).told, &[("names", &names.join(between))])
}

/// Tells a customer that only the first `limit` characters of their mail were taken in, and what to do about the rest.
pub fn cut_short(limit: usize, lang: &Lang) -> String {
    fill(of(lang).cut, &[("limit", &limit.to_string())])
}

/// What has become of a promise, as its desk is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slipped {
    /// The customer was told a new time before the old one.
    Later,
    /// The old time passed.
    Broken,
}

const LATER_JA: &str = "{reference}（{desk}）：お客様にお約束した{old}にはお返事できない見込みのため、新しい日時を{new}とお伝えしました。この案件は責任者に上げられています。";
const LATER_EN: &str = "{reference} ({desk}): the answer promised by {old} will not be given in time. The customer has been told so, and now expects it by {new}. The case has been passed up.";
const BROKEN_JA: &str = "{reference}（{desk}）：お客様にお約束した{old}までにお返事できませんでした。お詫びとともに、新しい日時を{new}とお伝えしました。ただちにお返事してください。";
const BROKEN_EN: &str = "{reference} ({desk}): the promise to answer by {old} has been broken. The customer has been told so, with an apology, and now expects the answer by {new}. Please answer now.";

/// Tells a desk, in Japanese or else in English, that a promise was moved by the machine or broken.
pub fn desk_news(reference: &Reference, desk: &str, old: &Zoned, new: &Zoned, slipped: Slipped, lang: &Lang) -> String {
    let japanese = *lang == Lang::JA;
    let words = if japanese { &ja::JA } else { &en::EN };
    let text = match (slipped, japanese) {
        (Slipped::Later, true) => LATER_JA,
        (Slipped::Later, false) => LATER_EN,
        (Slipped::Broken, true) => BROKEN_JA,
        (Slipped::Broken, false) => BROKEN_EN,
    };
    let (old, new) = (words.moment(old), words.moment(new));
    fill(text, &[("reference", reference.as_str()), ("desk", desk), ("old", &old), ("new", &new)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_was_not_taken_in_is_named_in_every_language() {
        let two = names(&["写真.jpg", "{name} & <b>.pdf"]);
        for words in &NOT_TAKEN {
            let lang = Lang::new(words.tag);
            let text = with_attachments("箱は青です。", &two, &lang);
            let told = not_taken_in(&two, &lang);
            assert_eq!(text.lines().count(), 3, "{text}");
            for name in &two {
                assert!(text.contains(name.as_str()) && told.contains(name.as_str()), "{text}\n{told}");
            }
        }
        let english = with_attachments("", &names(&["photo.jpg"]), &Lang::new("tlh"));
        assert_eq!(english, "[attachment: photo.jpg was not taken in]");
    }

    #[test]
    fn where_a_mail_was_cut_is_told_in_every_language() {
        for words in &NOT_TAKEN {
            let told = cut_short(8000, &Lang::new(words.tag));
            assert!(told.contains("8000") && !told.contains(['{', '}']), "{told}");
        }
        assert_eq!(cut_short(9, &Lang::new("tlh")), cut_short(9, &Lang::EN));
    }

    #[test]
    fn without_attachments_a_text_stays_as_it_is() {
        for text in ["", "はい\n\n👍", "a"] {
            assert_eq!(with_attachments(text, &[], &Lang::JA), text);
        }
    }

    #[test]
    fn a_desk_is_told_both_times() {
        let at = |text: &str| text.parse::<Zoned>().unwrap();
        let (old, new) = (at("2026-05-04T18:00+09:00[Asia/Tokyo]"), at("2026-05-05T12:00+09:00[Asia/Tokyo]"));
        let reference = Reference::kept("MG-7KQ4-XDWN");
        for lang in [Lang::JA, Lang::EN, Lang::new("de")] {
            for slipped in [Slipped::Later, Slipped::Broken] {
                let text = desk_news(&reference, "返品デスク", &old, &new, slipped, &lang);
                for part in ["MG-7KQ4-XDWN", "返品デスク", "18:00", "12:00"] {
                    assert!(text.contains(part), "{part}: {text}");
                }
                assert!(!text.contains('{'), "{text}");
            }
        }
    }
}
