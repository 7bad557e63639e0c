//! What is too common to find anything by.

use rust_stemmers::Algorithm;

use super::japanese::Morpheme;
use crate::language::Lang;

/// Verbs that only carry an inflection, and what every question is asked with (どうすればいいですか, 教えてください). Articles
/// hardly use the latter, so that the IDF would take them for what a question is about.
const LIGHT: [&str; 16] = [
    "する",
    "ある",
    "いる",
    "なる",
    "できる",
    "やる",
    "いう",
    "思う",
    "教える",
    "知る",
    "いい",
    "よい",
    "良い",
    "どう",
    "なぜ",
    "いつ",
];

/// Japanese: whatever carries grammar rather than meaning.
pub(super) fn morpheme(morpheme: &Morpheme<'_>) -> bool {
    match (morpheme.pos, morpheme.detail) {
        ("助詞" | "助動詞" | "記号" | "フィラー" | "感動詞" | "接続詞" | "連体詞", _) => true,
        ("名詞", "非自立" | "代名詞") => true,
        ("動詞", "非自立" | "接尾") => true,
        ("動詞" | "形容詞" | "副詞" | "名詞", _) => LIGHT.contains(&morpheme.lemma),
        ("接頭詞", "名詞接続") => matches!(morpheme.surface, "お" | "ご" | "御"),
        _ => false,
    }
}

/// Snowball's algorithm for a language.
pub(super) fn stemmer(lang: &Lang) -> Option<Algorithm> {
    Some(match lang.as_str() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        // English words stand in Japanese, Chinese and Korean articles too (login, upload).
        "en" | "ja" | "zh" | "ko" => Algorithm::English,
        _ => return None,
    })
}

/// Function words of a language, space-separated, as they are after normalisation; none for languages without a list.
pub(super) fn words(lang: &Lang) -> &'static str {
    match lang.as_str() {
        "en" | "ja" | "zh" | "ko" => EN,
        "de" => DE,
        "es" => ES,
        "fr" => FR,
        _ => "",
    }
}

const EN: &str = "a about after all also am an and any are as at be because been before being between but by can could did \
    do does doing don't for from had has have having he her here him his how i i'd i'm i've if in into is isn't it its me my \
    of on or our ours please she should so some such than that the their them then there these they this those to too was \
    we were what when where which while who whom whose why will with would you your yours";
const DE: &str = "aber als am an auch auf aus bei bin bis bist da damit dann das dass dem den denn der des deren dessen die \
    dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er es für habe haben hat hatte hatten \
    ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja kann können mein meine mich mir mit nach nicht noch nun nur \
    ob oder seine seinem seinen seiner sein sich sie sind so über um und uns unser unter vom von vor wann war waren was \
    welche welchem welchen welcher welches wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur zwischen";
const ES: &str = "a al algo ante como con cual cuál cuáles cuando cuándo cuánto cuántos cuántas de del desde donde dónde e el \
    él ella ellas ellos en entre era eran es esa ese eso esta está están este esto estos estas fue fueron ha había han hay \
    la las le les lo los me mi mis muy más ni no nos o otra otro para pero por porque que qué quien quién quiénes se ser si sin \
    sobre son su sus también te tiene tienen tu tus un una unas uno unos y ya yo cómo";
const FR: &str = "a à au aux avec ce ces cet cette dans de des du elle elles en est et étaient était être eu il ils j' je l' la \
    le les leur leurs lui ma mais me mes moi mon ne nos notre nous on ont ou où par pas plus pour qu' quand que quel quelle \
    quelles quels qui sa se ses si son sont sur ta te tes toi ton tu un une vos votre vous y comment combien pourquoi";
