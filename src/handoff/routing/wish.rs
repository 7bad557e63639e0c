//! Whether somebody wishes to be served in a certain language: 「日本語の話せる人をお願いします」, "someone who speaks English, please".
//!
//! A language's name alone is no wish ("the manual is in Japanese"): it must stand beside somebody who speaks it, or
//! beside the wish to speak it. Whoever is asked for is a person already on the way, so a wish too many sends a case to
//! somebody who could answer it anyway, and one too few is made good by the language of the message itself.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::names::LANGUAGES;
use crate::language::Lang;

/// The forms of a wish. `@` stands for the languages' names, `no` for what makes it the contrary ("I don't speak …").
const FORMS: [&str; 24] = [
    // 日本語の話せる人, 英語ができるスタッフ, 中国語対応の方
    r"@(?:の|が|を|も)?(?:よく|少し|ちゃんと|話すことの?)?(?:話せる|話す|はなせる|はなす|喋れる|しゃべれる|わかる|分かる|解る|判る|できる|出来る|通じる|対応(?:の|できる|出来る|可能な?)?)[^。、!?\n]{0,6}?(?:人|ひと|方|かた|スタッフ|担当|オペレーター|オペレータ|係|社員|店員|者)",
    r"@の(?:人|ひと|方|かた|スタッフ|担当|オペレーター|オペレータ|係|窓口|サポート|チャット)",
    // 日本語でお願いします, 英語で話したい, 中国語での対応を希望
    r"@で(?:の)?(?:お?願い|おねがい|お?話し?(?:し|を)?(?:たい|させ|して|でき|ください)|はなした|お?話(?:を|が)|会話|お?相談|ご?対応(?:して|を?お?願い|を?希望|は?可能|でき|いただ)|ご?返事|ご?返信|ご?回答|やり取り|やりとり|ご?説明(?:して|を|お願い)|答えて|応対|ご?連絡)",
    r"@を?希望",
    // 会说中文的人, 请用英语回答, 有没有懂日语的客服
    r"(?P<no>不太?|没|沒)?(?:会|會|能|懂|讲|講|说|說)(?:用)?(?:说|說|讲|講|写|看)?(?:一点|点)?@",
    r"用@(?:来|來)?(?:回|答|沟通|溝通|交流|说|說|聊|联系|聯繫|服务|服務|解释|解釋|和我|跟我|吧|可以|行|吗|嗎|[,。!?]|$)",
    r"@(?:的)?(?:客服|人工|坐席|专员|專員|工作人员|服务|服務|接线员|沟通|交流)",
    // 영어 가능한 상담원, 한국어로 상담하고 싶어요
    r"@(?:를|을|가|이|도)?\s?(?:잘\s?)?(?:할\s?수\s?있는|하는|하시는|가능한|되는|할\s?줄\s?아는|말하는|쓰는|아는)\s?(?:분|사람|상담원|상담사|직원|담당자)",
    r"@(?:로|으로)?\s?(?:된\s)?(?:상담|안내|답변|답장|대화|이야기|얘기|말씀|설명|통화|말)(?:을|를|이)?\s?(?:해|하|부탁|원|받|할|가능|좀|드)",
    r"@\s?(?:상담원|상담사|직원|담당자)",
    // someone who speaks English, an English-speaking agent, can we talk in English, in English please
    r"(?P<no>(?:not|n't|cannot|never|no ?one|nobody) (?:really |even |well |understand or )?)?\b(?:speaks?|speaking|understands?|talks?|fluent in|knows?) (?:good |some |fluent |only |a little |to me in |to us in |with me in |in |also )?@\b",
    r"\b@[- ](?:speaking|speakers?|agent|operator|representative|person|staff|support|service|customer service|assistance|advis[eo]r|human)\b",
    r"\b(?:talk|chat|answer|reply|respond|write|communicate|continue|explain|support|help|service|assistance|agent|operator|call|discuss)\b[^.!?\n]{0,30}? in @\b",
    r"\b(?:in )?@,? (?:please|pls|plz|only)\b",
    // jemand, der Deutsch spricht; deutschsprachige Mitarbeiter; bitte auf Deutsch
    r"(?P<no>\bkein(?:en)? |\bnicht )?\b@[- ]?(?:sprachig|sprechend)\w*|(?P<no2>\bkein(?:en)? |\bnicht )?\b@ (?:sprech\w*|spricht|kann|konnen|verste\w+|reden|redet)\b",
    r"\b(?:sprechen|reden|antwort\w*|schreib\w*|hilfe|beratung|mitarbeiter\w*|jemand\w*|bitte|kontakt|chatten)\b[^.!?\n]{0,30}? auf @\b|\bauf @,? (?:bitte|sprechen|reden|antworten|schreiben|weiter|chatten|helfen|beraten)",
    // quelqu'un qui parle français, un conseiller en français
    r"(?P<no2>\b(?:non|no|nao) )?\b(?:parl\w+|compren\w+|maitris\w+)(?P<no> pas| plus)?(?: bien| couramment)?(?: en| le)? (?:l')?@\b",
    r"\b(?:repon\w+|echang\w+|discut\w+|ecri\w+|aide|assistance|conseill\w+|agent|quelqu'un|personne|service|contact)\b[^.!?\n]{0,30}? en @\b|\ben @,? (?:s'il|svp|stp|merci)|\bconseill\w+ @\b",
    // alguien que hable español; atendimento em português; un operatore che parli italiano
    r"(?P<no>\b(?:no|nao|non) (?:se |sei |so |puedo |posso )?)?\b(?:habl\w+|entiend\w+|sepan?|fal[aeo]\w*|entend\w+|parl[aio]\w*|capisc\w+)(?: bien| bem| bene)?(?: en| em| in)?(?: l'| el | o )? ?@\b",
    r"\b(?:atencion|ayuda|agente|asesor\w*|persona|alguien|respond\w+|atiend\w+|soporte|contest\w+|atendimento|ajuda|atendente|pessoa|alguem|suporte|assistenza|aiuto|operatore|operatrice|qualcuno|rispond\w+|supporto)\b[^.!?\n]{0,30}? (?:en|em|in) @\b",
    r"\b(?:en|em|in) @,? (?:por favor|porfa|pfv|per favore|per piacere|grazie|gracias|obrigad)",
    // người nói tiếng Việt, trả lời bằng tiếng Anh
    r"\b(?P<no>khong (?:biet |the |noi )*)?(?:nhan vien|nguoi|noi|noi chuyen|tra loi|ho tro|tu van|gap|trao doi|ai biet)\b(?P<no2> khong)?[^.!?\n]{0,20}? ?@\b",
    // เจ้าหน้าที่ที่พูดภาษาไทยได้
    r"(?P<no>ไม่(?:ได้|สามารถ)?)?(?:พูด|คุย|ตอบ|สื่อสาร|เข้าใจ|บริการ|เจ้าหน้าที่|พนักงาน)(?:เป็น|ที่|กัน)?\s?@(?P<no2>\s?ไม่)?",
    // yang bisa bahasa Jepang, bicara bahasa Inggris
    r"(?P<no>\b(?:tidak|nggak|gak|ga|tak) )?\b(?:bisa|dapat|berbahasa|bicara|berbicara|mengerti|dalam|pakai|menggunakan|petugas|staf|cs)(?: (?:berbicara|bicara|dalam|dengan|pakai))? @\b",
];

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let mut names: Vec<&str> = LANGUAGES.iter().flat_map(|(_, names)| names.split('|')).collect();
    // The longest first: "bahasa jepang" before "jepang".
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let names = names.join("|");
    let pattern = |form: &&str| {
        let mut whole = String::new();
        for (number, part) in form.split('@').enumerate() {
            if number > 0 {
                whole.push_str(&format!("(?P<l{number}>{names})"));
            }
            whole.push_str(part);
        }
        Regex::new(&whole).expect("a pattern")
    };
    FORMS.iter().map(pattern).collect()
});

/// The language in which somebody wishes to be served, if they say so; the first, if several.
pub fn wished_language(text: &str) -> Option<Lang> {
    let text = folded(text);
    let found = PATTERNS.iter().flat_map(|pattern| pattern.captures_iter(&text)).filter_map(|found| {
        if found.name("no").is_some() || found.name("no2").is_some() {
            return None;
        }
        let name = found.name("l1").or_else(|| found.name("l2"))?;
        Some((name.start(), tag(name.as_str())?))
    });
    found.min_by_key(|(at, _)| *at).map(|(_, tag)| Lang::new(tag))
}

fn tag(name: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(_, names)| names.split('|').any(|known| known == name)).map(|(tag, _)| *tag)
}

/// One width, small letters, no accents; one kind of comma, apostrophe and full stop.
fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).nfc().flat_map(char::to_lowercase);
    let one = |c| match c {
        'đ' => 'd',
        '’' | '‘' => '\'',
        '，' => ',',
        '\u{2010}'..='\u{2015}' => '-',
        other => other,
    };
    plain.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(text: &str) -> Option<String> {
        wished_language(text).map(|lang| lang.as_str().to_owned())
    }

    #[test]
    fn wishes_in_twelve_languages() {
        let cases = [
            ("日本語の話せる人をお願いします", "ja"),
            ("日本語のわかる人間につないで", "ja"),
            ("英語ができるスタッフに代わってほしい", "en"),
            ("にほんごがはなせるひとはいますか", "ja"),
            ("中国語対応のオペレーターを希望します", "zh"),
            ("ベトナム語で相談したいです", "vi"),
            ("日本語でお願いします。", "ja"),
            ("ｴｲｺﾞではなく、韓国語での対応をお願いできますか", "ko"),
            ("can I speak with someone who speaks Japanese?", "ja"),
            ("I'd like a Japanese-speaking agent please", "ja"),
            ("Could we continue this in English?", "en"),
            ("In English please!", "en"),
            ("I don't speak Japanese, I need someone who speaks English", "en"),
            ("Is there a Mandarin speaker?", "zh"),
            ("我要会说日语的客服", "ja"),
            ("有没有懂中文的人？", "zh"),
            ("请用英语回答我", "en"),
            ("转中文客服", "zh"),
            ("일본어 가능한 상담원 부탁드려요", "ja"),
            ("한국어로 상담하고 싶어요", "ko"),
            ("영어 할 수 있는 분 연결해 주세요", "en"),
            ("Ich möchte mit jemandem sprechen, der Deutsch spricht", "de"),
            ("Gibt es deutschsprachige Mitarbeiter?", "de"),
            ("Bitte auf Englisch antworten", "en"),
            ("Je voudrais quelqu'un qui parle français", "fr"),
            ("Un conseiller en français, s’il vous plaît", "fr"),
            ("Quiero hablar con alguien que hable español", "es"),
            ("¿Me pueden atender en japonés, por favor?", "ja"),
            ("Quero um atendente que fale português", "pt"),
            ("Atendimento em inglês", "en"),
            ("Vorrei un operatore che parli italiano", "it"),
            ("Potete rispondermi in italiano?", "it"),
            ("Tôi muốn gặp nhân viên nói tiếng Việt", "vi"),
            ("cho gap nguoi noi tieng nhat", "ja"),
            ("ขอเจ้าหน้าที่ที่พูดภาษาไทยได้", "th"),
            ("ขอคุยภาษาอังกฤษ", "en"),
            ("Minta petugas yang bisa bahasa Jepang", "ja"),
            ("Tolong bicara bahasa Indonesia", "id"),
        ];
        for (text, lang) in cases {
            assert_eq!(wish(text).as_deref(), Some(lang), "{text}");
        }
    }

    #[test]
    fn a_languages_name_alone_is_no_wish() {
        for text in [
            "",
            "日本語の説明書が入っていません",
            "英語は話せません",
            "英語がわからないので読めません",
            "中国語の本を返品したい",
            "The manual is in Japanese",
            "I bought a Japanese book",
            "I don't speak Japanese",
            "He does not really understand English",
            "我不会说日语",
            "中文说明书没有",
            "일본어 설명서가 없어요",
            "일본어를 못해요",
            "Ich spreche leider kein Japanisch",
            "Das Handbuch ist auf Deutsch",
            "Je ne parle pas japonais",
            "No hablo japonés",
            "Não falo japonês",
            "Non parlo giapponese",
            "El manual está en español",
            "Tôi không biết tiếng Nhật",
            "พูดภาษาญี่ปุ่นไม่ได้",
            "Saya tidak bisa bahasa Jepang",
            "I would like my money back",
            "返金してください",
        ] {
            assert_eq!(wish(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in r"(?s).{0,40}") {
            let _ = wished_language(&text);
        }
    }
}
