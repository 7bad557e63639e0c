//! What languages are called, in the languages that customers write.

/// Tag, and names: small letters without accents (as `wish` folds a message), which are whole words where letters stand
/// in words.
pub(super) const LANGUAGES: [(&str, &str); 12] = [
    (
        "ja",
        "日本語|にほんご|日语|日語|日文|일본어|일본말|일어|japanese|japanisch|japonais|japones|giapponese|tieng nhat|ภาษาญี่ปุ่น|bahasa jepang|jepang|nihongo",
    ),
    (
        "en",
        "英語|えいご|英语|英文|영어|english|englisch|anglais|ingles|inglese|tieng anh|ภาษาอังกฤษ|bahasa inggris|inggris|eigo",
    ),
    (
        "zh",
        "中国語|ちゅうごくご|中文|中国话|汉语|漢語|普通话|普通話|国语|國語|华语|華語|중국어|중국말|chinese|mandarin|chinesisch|chinois|chino|chines|cinese|tieng trung|tieng hoa|ภาษาจีน|bahasa mandarin|bahasa cina|bahasa tionghoa",
    ),
    (
        "ko",
        "韓国語|かんこくご|韩语|韓語|韩文|韓文|한국어|한국말|korean|koreanisch|coreen|coreano|tieng han|ภาษาเกาหลี|bahasa korea",
    ),
    (
        "de",
        "ドイツ語|德语|德語|德文|독일어|german|deutsch|allemand|aleman|alemao|tedesco|tieng duc|ภาษาเยอรมัน|bahasa jerman",
    ),
    (
        "fr",
        "フランス語|法语|法語|法文|프랑스어|불어|french|franzosisch|francais|frances|francese|tieng phap|ภาษาฝรั่งเศส|bahasa prancis|bahasa perancis",
    ),
    (
        "es",
        "スペイン語|西班牙语|西班牙語|西语|스페인어|spanish|spanisch|espagnol|espanol|castellano|espanhol|spagnolo|tieng tay ban nha|ภาษาสเปน|bahasa spanyol",
    ),
    (
        "pt",
        "ポルトガル語|葡萄牙语|葡萄牙語|葡语|포르투갈어|portuguese|portugiesisch|portugais|portugues|portoghese|tieng bo dao nha|ภาษาโปรตุเกส|bahasa portugis",
    ),
    (
        "it",
        "イタリア語|意大利语|義大利語|이탈리아어|italian|italienisch|italien|italiano|tieng y|ภาษาอิตาลี|bahasa italia",
    ),
    (
        "vi",
        "ベトナム語|越南语|越南語|越南话|베트남어|vietnamese|vietnamesisch|vietnamien|vietnamita|tieng viet|ภาษาเวียดนาม|bahasa vietnam",
    ),
    (
        "th",
        "タイ語|泰语|泰語|泰文|태국어|thai|thailandisch|thailandais|tailandes|tailandese|thailandese|tieng thai|ภาษาไทย|bahasa thailand|bahasa thai",
    ),
    (
        "id",
        "インドネシア語|印尼语|印尼語|印度尼西亚语|인도네시아어|indonesian|indonesisch|indonesien|indonesio|indonesiano|tieng indonesia|ภาษาอินโดนีเซีย|bahasa indonesia",
    ),
];
