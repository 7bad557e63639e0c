//! Other ways than waiting: channels, quieter hours, and notices of what holds service up. One text of each in twelve
//! languages; what a notice or a channel says itself is the content team's.

use jiff::Zoned;

use super::{desk_words, fill};
use crate::language::Lang;

/// The texts of one language.
#[derive(Debug)]
pub struct WayWords {
    /// Another channel that is open until a time.
    open_until: &'static str,
    /// Another channel that does not close.
    always_open: &'static str,
    /// The hours at which it is quieter.
    quieter: &'static str,
    /// What a service notice says.
    notice: &'static str,
}

impl WayWords {
    /// Another channel: its name, its number or address, and until when somebody is there.
    pub fn channel(&self, lang: &Lang, name: &str, contact: &str, until: Option<&Zoned>) -> String {
        let Some(until) = until else { return fill(self.always_open, &[("channel", name), ("contact", contact)]) };
        let until = desk_words(lang).moment(until);
        fill(self.open_until, &[("channel", name), ("contact", contact), ("until", &until)])
    }

    /// When the hours begin at which it is quieter; nothing where there are none.
    pub fn quieter(&self, lang: &Lang, hours: &[Zoned]) -> Option<String> {
        let hours: Vec<String> = hours.iter().map(|hour| desk_words(lang).moment(hour)).collect();
        (!hours.is_empty()).then(|| fill(self.quieter, &[("hours", &hours.join(" / "))]))
    }

    /// A service notice, and until when it holds.
    pub fn notice(&self, lang: &Lang, text: &str, until: &Zoned) -> String {
        fill(self.notice, &[("text", text), ("until", &desk_words(lang).moment(until))])
    }
}

static LANGUAGES: [(&str, WayWords); 12] = [
    (
        "ja",
        WayWords {
            open_until: "ほかの窓口もご利用いただけます。{channel}：{contact}。受付は{until}までです。",
            always_open: "ほかの窓口もご利用いただけます。{channel}：{contact}。24時間受け付けています。",
            quieter: "これまでの待ち時間からみて、次の時刻からの1時間は比較的すいています：{hours}。これは目安です。",
            notice: "お知らせ（{until}まで）：{text}",
        },
    ),
    (
        "en",
        WayWords {
            open_until: "There is another way to reach us. {channel}: {contact}. Open until {until}.",
            always_open: "There is another way to reach us. {channel}: {contact}. Open at any hour.",
            quieter: "Going by past waits, it is usually quieter in the hour from: {hours}. This is an estimate.",
            notice: "Service notice, until {until}: {text}",
        },
    ),
    (
        "zh",
        WayWords {
            open_until: "您也可以通过其他方式联系我们。{channel}：{contact}。受理时间至{until}。",
            always_open: "您也可以通过其他方式联系我们。{channel}：{contact}。24小时受理。",
            quieter: "根据以往的等候时间，从以下时刻起的一小时通常人较少：{hours}。仅供参考。",
            notice: "服务通知（至{until}）：{text}",
        },
    ),
    (
        "ko",
        WayWords {
            open_until: "다른 방법으로도 문의하실 수 있습니다. {channel}: {contact}. {until}까지 접수합니다.",
            always_open: "다른 방법으로도 문의하실 수 있습니다. {channel}: {contact}. 24시간 접수합니다.",
            quieter: "지금까지의 대기 시간으로 볼 때 다음 시각부터 한 시간은 비교적 한산합니다: {hours}. 예상일 뿐입니다.",
            notice: "서비스 안내({until}까지): {text}",
        },
    ),
    (
        "de",
        WayWords {
            open_until: "Sie erreichen uns auch auf anderem Weg. {channel}: {contact}. Geöffnet bis {until}.",
            always_open: "Sie erreichen uns auch auf anderem Weg. {channel}: {contact}. Rund um die Uhr geöffnet.",
            quieter: "Nach den bisherigen Wartezeiten ist es in der Stunde ab diesen Zeiten meist ruhiger: {hours}. Das ist eine Schätzung.",
            notice: "Hinweis zum Service, gültig bis {until}: {text}",
        },
    ),
    (
        "fr",
        WayWords {
            open_until: "Vous pouvez aussi nous joindre autrement. {channel} : {contact}. Ouvert jusqu’au {until}.",
            always_open: "Vous pouvez aussi nous joindre autrement. {channel} : {contact}. Ouvert à toute heure.",
            quieter: "D’après les attentes passées, l’affluence est en général plus faible pendant l’heure qui suit : {hours}. C’est une estimation.",
            notice: "Information sur le service, jusqu’au {until} : {text}",
        },
    ),
    (
        "es",
        WayWords {
            open_until: "También puede contactarnos por otra vía. {channel}: {contact}. Abierto hasta: {until}.",
            always_open: "También puede contactarnos por otra vía. {channel}: {contact}. Abierto a todas horas.",
            quieter: "Según las esperas anteriores, suele haber menos gente durante la hora que empieza en: {hours}. Es una estimación.",
            notice: "Aviso de servicio, válido hasta: {until}. {text}",
        },
    ),
    (
        "pt",
        WayWords {
            open_until: "Você também pode falar conosco por outro meio. {channel}: {contact}. Aberto até: {until}.",
            always_open: "Você também pode falar conosco por outro meio. {channel}: {contact}. Aberto 24 horas.",
            quieter: "Pelas esperas anteriores, costuma haver menos movimento durante a hora que começa em: {hours}. É uma estimativa.",
            notice: "Aviso de serviço, válido até: {until}. {text}",
        },
    ),
    (
        "it",
        WayWords {
            open_until: "Può contattarci anche in un altro modo. {channel}: {contact}. Aperto fino a: {until}.",
            always_open: "Può contattarci anche in un altro modo. {channel}: {contact}. Aperto a tutte le ore.",
            quieter: "In base alle attese precedenti, di solito c’è meno affluenza nell’ora che inizia: {hours}. È una stima.",
            notice: "Avviso di servizio, valido fino a: {until}. {text}",
        },
    ),
    (
        "vi",
        WayWords {
            open_until: "Quý khách cũng có thể liên hệ theo cách khác. {channel}: {contact}. Tiếp nhận đến {until}.",
            always_open: "Quý khách cũng có thể liên hệ theo cách khác. {channel}: {contact}. Tiếp nhận 24 giờ.",
            quieter: "Dựa trên thời gian chờ trước đây, trong một giờ kể từ các thời điểm sau thường ít người hơn: {hours}. Đây chỉ là ước tính.",
            notice: "Thông báo dịch vụ, đến {until}: {text}",
        },
    ),
    (
        "th",
        WayWords {
            open_until: "ท่านสามารถติดต่อเราทางอื่นได้เช่นกัน {channel}: {contact} เปิดถึง{until}",
            always_open: "ท่านสามารถติดต่อเราทางอื่นได้เช่นกัน {channel}: {contact} เปิดตลอด 24 ชั่วโมง",
            quieter: "จากเวลารอที่ผ่านมา ช่วงหนึ่งชั่วโมงนับจากเวลาต่อไปนี้มักมีผู้ติดต่อน้อยกว่า: {hours} เป็นเพียงการประมาณ",
            notice: "ประกาศเรื่องบริการ ถึง{until}: {text}",
        },
    ),
    (
        "id",
        WayWords {
            open_until: "Anda juga dapat menghubungi kami dengan cara lain. {channel}: {contact}. Buka sampai {until}.",
            always_open: "Anda juga dapat menghubungi kami dengan cara lain. {channel}: {contact}. Buka 24 jam.",
            quieter: "Berdasarkan waktu tunggu sebelumnya, biasanya lebih sepi selama satu jam mulai: {hours}. Ini perkiraan.",
            notice: "Pemberitahuan layanan, sampai {until}: {text}",
        },
    ),
];

/// The texts of `lang`; English where it has none.
pub fn way_words(lang: &Lang) -> &'static WayWords {
    let [_, (_, english), ..] = &LANGUAGES;
    LANGUAGES.iter().find(|(tag, _)| *tag == lang.as_str()).map_or(english, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::language::written_in;

    fn texts(words: &WayWords) -> [&'static str; 4] {
        let WayWords { open_until, always_open, quieter, notice } = *words;
        [open_until, always_open, quieter, notice]
    }

    fn open(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0).collect()
    }

    #[test]
    fn every_language_has_every_text_and_leaves_the_same_open() {
        let mut seen = BTreeSet::new();
        for (tag, words) in &LANGUAGES {
            for (text, english) in texts(words).into_iter().zip(texts(way_words(&Lang::EN))) {
                assert!(!text.trim().is_empty() && text.trim() == text && text.lines().count() == 1, "{tag}: {text}");
                assert_eq!(open(text), open(english), "{tag}: {text}");
                assert!(seen.insert(text), "{tag}: {text} is there twice");
            }
            let all = texts(words).map(|text| fill(text, &[])).join("\n");
            assert_eq!(written_in(&all, &Lang::new("nl")), Lang::new(tag), "{tag}");
        }
    }

    #[test]
    fn what_is_told_says_until_when() {
        let until: Zoned = "2026-12-01T18:00[Asia/Tokyo]".parse().unwrap();
        for (tag, words) in &LANGUAGES {
            let lang = Lang::new(tag);
            let moment = desk_words(&lang).moment(&until);
            let told = words.channel(&lang, "Phone {x}", "0120-555-0142", Some(&until));
            assert!(told.contains("Phone {x}") && told.contains("0120-555-0142") && told.contains(&moment), "{told}");
            assert!(words.channel(&lang, "Mail", "a@b.example", None).contains("a@b.example"), "{tag}");
            let notice = words.notice(&lang, "台風", &until);
            assert!(notice.contains("台風") && notice.contains(&moment), "{notice}");
            assert_eq!(words.quieter(&lang, &[]), None);
            let quieter = words.quieter(&lang, &[until.clone(), until.clone()]).unwrap();
            assert!(quieter.contains(&format!("{moment} / {moment}")), "{quieter}");
        }
        assert!(std::ptr::eq(way_words(&Lang::new("nl")), way_words(&Lang::EN)));
    }
}
