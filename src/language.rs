//! Languages: their names, and which one a message is in.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

/// A language by its primary subtag (BCP 47), lower case: `ja`, `en`, `zh`, `ko`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(from = "String", into = "String")]
#[schema(value_type = String, example = "ja")]
pub struct Lang(Cow<'static, str>);

impl Lang {
    /// Japanese.
    pub const JA: Lang = Lang(Cow::Borrowed("ja"));
    /// English.
    pub const EN: Lang = Lang(Cow::Borrowed("en"));
    /// Chinese.
    pub const ZH: Lang = Lang(Cow::Borrowed("zh"));
    /// Korean.
    pub const KO: Lang = Lang(Cow::Borrowed("ko"));

    /// From a tag such as `ja`, `JA` or `en-GB`; region and script are dropped.
    pub fn new(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "ja" => Self::JA,
            "en" => Self::EN,
            "zh" => Self::ZH,
            "ko" => Self::KO,
            _ => Self(Cow::Owned(primary)),
        }
    }

    /// From a tag that somebody sent; `None` if it cannot be one.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.split(['-', '_']);
        let primary =
            parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
        let others = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        (primary && others && tag.len() <= 35).then(|| Self::new(tag))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Lang {
    fn from(tag: String) -> Self {
        Self::new(&tag)
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.0.into_owned()
    }
}

/// Characters written in simplified Chinese only: level 1 of GB 2312 (the 3,755 commonest) less what Shift_JIS or Big5 can write
/// too, so neither Japanese nor traditional Chinese. The last line holds words of Chinese, simplified or traditional, that no Japanese text uses.
const SIMPLIFIED_ONLY: &str = "\
专业丛东丝丢两严丧临为丽举义乌乐乔习乡书买亏亚产亩亲亿仅仑仓仪们众伞伟传伤伦伪侣侥侦侧侨侩俩俭债倾偿傈储兑兰关兴兹养兽冈\
军农冯冻净减凑凤凯击凿刘则刚创删别刽剂剐剑剧劝办务动劲劳势勋匀华协单卖卢卤卧卫厅历厉压厌厕厢县叁发变叠叹吓吕吗启吴呐呕员\
呛呜咙响哑哗哟唤啮啸喷嚣团园囱围图圆场块坚坛坝坞坟坠垄垒垦垫堑墒墙壳壶处备够头夹夺奋奖妆妇妈娄娇娱婴婶孙孪实宠审宪宫宽宾\
对寻导尔尘尝尧层屉屿岁岂岗岛岿峦崭巩币帅师帐帜带帧帮幂庆庐库应庙庞废开张弹强归录彻忆忧态怂总恳恶恼悬悯惩惫惭惮惯愤慑懒戏\
战户执扩扫扬抚抠抡抢护报拟拢拣拥拦拧拨择挚挛挝挞挠挡挣挤挥捞损捡换捣掳掷掸掺揽搀搁搂搅摄摆摇摈摊撑撵擞攒敌敛斋斩时旷显晓\
晕暂术杀杂权杨枣枪枫柠栅标栈栋栏树样桥桨桩检椭槛樱橱欢歼毁毕毙毡氢汇汉汤汹沟沤沥沦沧沪泻泼泽浆浇浊测济浑浓涝涟涡涣涤润涧\
涨涩渍渐渔渗溃溅滚满滤滥滦滨滩潍澜濒灭灵灾灿炼炽烁烂烃烛烦烧烩烫烬热焕爱爷牵牺犊狈狞狮狰狱猎獭玛环现珐琐琼电畅疗疟疡疮疯\
痈痉痪瘪瘫癣皑皱盏盐监盘睁瞒瞩矫矾矿码砖砚砾础硕硷碱祸秃秆积秽稳穷窍窑窜窝窥竖竞笔笺笼筛筹签简箩篓篮类粪紧纠红纤约级纪纫\
纬纯纱纲纳纵纶纷纸纹纺纽线练组绅细织终绊绍绎经绑绒结绕绘给绚络绝绞统绢绣绥绦继绩绪续绰绳维绵绷绸综绽绿缀缄缅缆缉缎缓缔缕\
编缘缚缝缠缨缩缮缴罗罚罢翘耸聂聋职联聪肃肠肤肾肿胀胁胶脏脐脑脓脸腻腾舆舰舱艰艳艺节芜苇苍苏荆荚荡荣荤荧荫药莲获莹萝萤营萧\
萨蓝蓟蔷蔼蕴虏虑虽虾蚀蚁蚂蛊蛰蜕蜗蝇衅衔补衬袄袜袭裤见观规觅视览觉誊计订讣认讥讨让讫训议讯记讲讳讶许讹论讼讽设访诀证评诅\
识诈诉诊诌词译试诗诚诛话诞诡询诣该详诧诫诬语误诱诲说诵请诸诺读诽课谁调谅谆谈谊谋谍谎谐谓谗谚谜谢谣谤谦谨谩谬谭谰谱谴贝贞\
负贡财责贤败账货质贩贪贫贬购贮贯贰贱贴贵贷贸费贺贼贾贿赁赂赃资赊赋赌赎赏赐赔赖赘赚赛赞赠赡赢赣赵趋跃踌蹿车轧轨轩转轮软轰\
轴轻载轿较辅辆辈辉辊辐辑输辕辖辗辙辩辫边辽达迁过迈运还这进远违连迟选逊递逻遗邓邮邹邻郑郧郸酝酞酱酶酿释鉴针钉钎钒钓钙钝钞\
钟钠钡钢钥钦钧钨钩钮钱钳钵钻钾铀铁铂铃铅铆铜铝铡铣铬铭铰铱铲银铸铺链销锁锄锅锈锋锌锐锑锗错锚锡锣锤锥锦锨锭键锯锰锹锻镀镁\
镇镊镍镐镑镜镣镭镰镶长门闪闭问闯闰闲间闷闸闹闺闻闽阀阁阂阅阉阎阐阑阔队阳阴阵阶际陆陇陈陕陨险隐难雏雾韦韧韩页顶顷项顺须顽\
顾顿颁颂预颅领颇颈颊颐频颓颖颗题颜额颠颤颧风飘飞饥饭饮饯饰饱饲饵饶饺饼饿馁馅馆馈馋馏馒马驭驮驯驰驱驳驴驶驹驻驼驾骂骄骆骇\
骋验骏骑骗骚骡骤鱼鲁鲍鲜鲤鲸鳃鳖鳞鸟鸡鸣鸥鸦鸭鸯鸳鸵鸽鸿鹃鹅鹊鹏鹤鹰齐齿龄龋龙龚龟\
你您呢哪怎啊吧嗎們麼妳";
/// Words that a shop's customers write in Chinese, in characters that Japanese has too and would put otherwise (返金, 宅配便, 住所).
const CHINESE_WORDS: [&str; 14] =
    ["退款", "退貨", "客服", "快遞", "付款", "包裹", "投訴", "密碼", "地址", "信用卡", "折扣", "换货", "換貨", "可以"];

/// Decides a message's language by its script, and by a library only where the script leaves several.
///
/// Kana → Japanese; Hangul → Korean; Chinese characters alone → Chinese only if one of them is written in simplified Chinese
/// only, or a word is one that only Chinese customers write, else `locale`, else `default` (the libraries take 返品, 領収書 and
/// 注文番号123-4567 for Chinese, all of them). Latin, Cyrillic and other letters → `whatlang` where it is sure of itself, else `locale` if it uses that script, else English for
/// Latin letters. A message without letters is in `locale`, else `default`.
///
/// Foreign words in a sentence do not make it foreign: "Yamato says 配達完了 but nothing came" is English.
pub fn detect(text: &str, locale: Option<&Lang>, default: &Lang) -> Lang {
    // Full-width letters are letters, and half-width kana are kana.
    let text: String = text.nfkc().collect();
    if let Some(latin) = mostly_latin(&text) {
        return by_library(&latin, locale);
    }
    let text = text.as_str();
    let script = Script::of(text);
    let fallback = || locale.unwrap_or(default).clone();
    match script {
        Script::Kana => Lang::JA,
        Script::Hangul => Lang::KO,
        Script::Han { chinese: true } => Lang::ZH,
        Script::Han { chinese: false } => match fallback() {
            lang if lang == Lang::ZH || lang == Lang::JA => lang,
            // A visitor of the English page who types 返品 reads one of these two, and not English.
            _ => Lang::JA,
        },
        Script::Letters => by_library(text, locale),
        Script::None => fallback(),
    }
}

/// Words in small letters that a sentence needs to be one of a language with Latin letters, whatever is quoted in it. Names of
/// things ("iPhone", "Fire TV Stick") begin with capitals or stand alone, and Japanese sentences hold many.
const LATIN_WORDS: usize = 4;

/// The Latin part of a text that is mostly that, but holds words in another script.
fn mostly_latin(text: &str) -> Option<String> {
    let foreign =
        |c: char| matches!(Script::of(c.encode_utf8(&mut [0; 4])), Script::Kana | Script::Han { .. } | Script::Hangul);
    let others = text.chars().filter(|c| foreign(*c)).count();
    if others == 0 {
        return None;
    }
    let latin: String = text.chars().map(|c| if foreign(c) { ' ' } else { c }).collect();
    let letters = latin.chars().filter(|c| c.is_alphabetic()).count();
    let small = |word: &&str| word.chars().next().is_some_and(char::is_lowercase) && word.chars().count() > 1;
    let words = latin.split(|c: char| !c.is_alphabetic() && c != '\'').filter(small).count();
    (words >= LATIN_WORDS && letters > 2 * others).then_some(latin)
}

/// The language that most of a text is written in, as a reader would say: a Japanese menu's name in a Korean answer does not make it
/// Japanese. For texts of some length; a customer's few words are for [`detect`].
pub fn written_in(text: &str, default: &Lang) -> Lang {
    let (mut kana, mut han, mut hangul, mut letters) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut rest = String::with_capacity(text.len());
    let mut unkana = String::with_capacity(text.len());
    for c in text.chars() {
        let script = Script::of(c.encode_utf8(&mut [0; 4]));
        match script {
            Script::Kana => kana += 1,
            Script::Han { .. } => han += 1,
            Script::Hangul => hangul += 1,
            Script::Letters => letters += 1,
            Script::None => {}
        }
        let cjk = matches!(script, Script::Kana | Script::Han { .. } | Script::Hangul);
        rest.push(if cjk { ' ' } else { c });
        if !matches!(script, Script::Kana) {
            unkana.push(c);
        }
    }
    // A word of Latin letters takes about as much room as two characters that are words.
    if letters > 3 * (kana + han + hangul) {
        return detect(&rest, None, default);
    }
    match (hangul, kana, han) {
        (0, 0, 0) => detect(text, None, default),
        _ if hangul > kana && hangul * 2 > han => Lang::KO,
        // Japanese prose is about half kana, and a Japanese table a quarter.
        _ if kana * 5 > han => Lang::JA,
        _ => detect(&unkana, Some(&Lang::JA), default),
    }
}

enum Script {
    Kana,
    Hangul,
    Han { chinese: bool },
    Letters,
    None,
}

impl Script {
    fn of(text: &str) -> Self {
        let (mut han, mut simplified, mut hangul, mut letters) = (0_usize, false, 0_usize, 0_usize);
        for c in text.chars() {
            match c {
                // Hiragana, katakana, half-width katakana; not the long mark and the middle dot, which others type too.
                '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{ff66}'..='\u{ff9f}' => return Self::Kana,
                '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => hangul += 1,
                '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '々' => {
                    han += 1;
                    simplified |= is_simplified_only(c);
                }
                c if c.is_alphabetic() => letters += 1,
                _ => {}
            }
        }
        match (hangul, han, letters) {
            (1.., _, _) => Self::Hangul,
            (0, 1.., _) => Self::Han { chinese: simplified || CHINESE_WORDS.iter().any(|word| text.contains(word)) },
            (0, 0, 1..) => Self::Letters,
            (0, 0, 0) => Self::None,
        }
    }
}

fn is_simplified_only(c: char) -> bool {
    SIMPLIFIED_ONLY.contains(c)
}

fn by_library(text: &str, locale: Option<&Lang>) -> Lang {
    let Some(info) = DETECTOR.detect(text) else { return locale.cloned().unwrap_or(Lang::EN) };
    let latin = info.script() == whatlang::Script::Latin;
    // Of a few plain letters the library knows little; but ¿, ß or é are not English, and then its best guess is the better one.
    let plain = text.chars().all(|c| c.is_ascii() || !(c.is_alphabetic() || matches!(c, '¿' | '¡')));
    if latin && plain && !info.is_reliable() {
        let writes_latin =
            |lang: &&Lang| !matches!(lang.as_str(), "ja" | "zh" | "ko" | "th" | "ru" | "uk" | "ar" | "he" | "hi");
        return locale.filter(writes_latin).cloned().unwrap_or(Lang::EN);
    }
    two_letters(info.lang()).unwrap_or(Lang::EN)
}

/// The languages customers are likely to write, so that a short message is not taken for Esperanto.
static DETECTOR: LazyLock<whatlang::Detector> = LazyLock::new(|| {
    let likely = whatlang::Lang::all().iter().copied().filter(|lang| two_letters(*lang).is_some()).collect();
    whatlang::Detector::with_allowlist(likely)
});

/// BCP 47's tag for a language of the library (which names them by ISO 639-3).
fn two_letters(lang: whatlang::Lang) -> Option<Lang> {
    let tag = match lang.code() {
        "eng" => "en",
        "deu" => "de",
        "fra" => "fr",
        "spa" => "es",
        "por" => "pt",
        "ita" => "it",
        "nld" => "nl",
        "vie" => "vi",
        "ind" => "id",
        "tha" => "th",
        "rus" => "ru",
        "ukr" => "uk",
        "pol" => "pl",
        "tur" => "tr",
        "ara" => "ar",
        "heb" => "he",
        "hin" => "hi",
        "swe" => "sv",
        "dan" => "da",
        "nob" => "nb",
        "fin" => "fi",
        "ces" => "cs",
        "ell" => "el",
        "ron" => "ro",
        "hun" => "hu",
        "tgl" => "tl",
        _ => return None,
    };
    Some(Lang::new(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(text: &str) -> String {
        detect(text, None, &Lang::JA).as_str().to_owned()
    }

    #[test]
    fn japanese_without_kana_is_japanese() {
        for text in ["返品", "領収書", "注文番号123-4567", "配送状況確認", "返品期限 30日", "iPhone 返品", "々"]
        {
            assert_eq!(lang(text), "ja", "{text}");
        }
    }

    #[test]
    fn scripts_decide() {
        let cases = [
            ("いつ届きますか", "ja"),
            ("ﾍﾝﾋﾟﾝしたい", "ja"),
            ("환불은 언제 되나요?", "ko"),
            ("怎么退货", "zh"),
            ("退款要多久到账", "zh"),
            ("退款", "zh"),
            ("更改地址", "zh"),
            ("我的包裹在哪里", "zh"),
            ("Where is my parcel?", "en"),
            ("refund", "en"),
            ("Wann kommt mein Paket an? Ich warte seit einer Woche.", "de"),
            ("¿Cuándo llegará mi pedido? Llevo una semana esperando.", "es"),
            ("¿Qué hago si el producto llegó roto?", "es"),
            ("Où est mon colis ?", "fr"),
            ("Bao giờ tôi nhận được hàng?", "vi"),
            ("Когда придёт моя посылка?", "ru"),
            ("พัสดุของฉันอยู่ที่ไหน", "th"),
            ("沒有信用卡，可以到便利商店付款嗎", "zh"),
            ("Yamato says 配達完了 14:32 but I was home all day", "en"),
            ("my name is registered as マイクル, how do i fix it", "en"),
            ("ＨＴ－３０２ when i press play", "en"),
            ("Fire TV Stick 4K Max で動画が映りません", "ja"),
            ("iPhone 15 のケースを return したいです", "ja"),
            ("配達完了なのに no parcel", "ja"),
        ];
        for (text, expected) in cases {
            assert_eq!(lang(text), expected, "{text}");
        }
    }

    #[test]
    fn a_foreign_name_does_not_make_a_foreign_text() {
        let cases = [
            ("退货期限为收货次日起30天。请在「注文履歴」（订单记录）中选择商品，点击「返品・交換」。", "zh"),
            ("반품은 수령 다음 날부터 30일 이내입니다. 「注文履歴」에서 「返品・交換を申し込む」를 누르세요.", "ko"),
            ("Open Your orders (注文履歴), choose the item and press Return or exchange (返品・交換する).", "en"),
            ("注文履歴で商品を選び、Return を押します。", "ja"),
            ("| 対象 | 期間 |\n|---|---|\n| 家電 | 14日 |\n| 靴、服 | 30日 |", "ja"),
            ("30 日", "ja"),
        ];
        for (text, expected) in cases {
            assert_eq!(written_in(text, &Lang::JA).as_str(), expected, "{text}");
        }
    }

    #[test]
    fn the_conversation_decides_what_the_script_does_not() {
        assert_eq!(detect("返品", Some(&Lang::ZH), &Lang::JA), Lang::ZH);
        assert_eq!(detect("返品", Some(&Lang::EN), &Lang::JA), Lang::JA);
        assert_eq!(detect("😀 123", Some(&Lang::KO), &Lang::JA), Lang::KO);
        assert_eq!(detect("", None, &Lang::EN), Lang::EN);
        assert_eq!(detect("ok", Some(&Lang::new("de")), &Lang::JA), Lang::new("de"));
        assert_eq!(detect("ok", Some(&Lang::JA), &Lang::JA), Lang::EN);
    }

    #[test]
    fn tags_are_reduced_to_their_primary_part() {
        assert_eq!(Lang::new("en-GB"), Lang::EN);
        assert_eq!(Lang::new("JA"), Lang::JA);
        assert_eq!(Lang::new("zh_Hans_CN"), Lang::ZH);
    }

    #[test]
    fn what_is_no_tag_is_told_apart() {
        for (tag, lang) in [("ja", "ja"), ("EN-gb", "en"), ("zh_Hans_CN", "zh"), ("fil", "fil"), ("de-1996", "de")] {
            assert_eq!(Lang::from_tag(tag), Some(Lang::new(lang)), "{tag}");
        }
        let long = "en-".to_owned() + &"a-".repeat(20) + "a";
        for tag in ["", "j", "日本語", "jaja", "ja-", "-ja", "e1", "<b>", "no such thing", "*", &long] {
            assert_eq!(Lang::from_tag(tag), None, "{tag}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_language(text in ".*") {
            assert!(!lang(&text).is_empty());
        }
    }
}
