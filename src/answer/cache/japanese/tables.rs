//! Japanese words by what they do in a question.

/// Courtesy that asks for nothing.
pub(super) const COURTESY: [&str; 19] = [
    "よろしくお願いいたします",
    "よろしくお願い致します",
    "よろしくお願いします",
    "宜しくお願いいたします",
    "宜しくお願い致します",
    "宜しくお願いします",
    "お世話になっております",
    "お世話になります",
    "ありがとうございます",
    "お忙しいところ",
    "すみませんが",
    "すみません",
    "すいませんが",
    "すいません",
    "恐れ入りますが",
    "こんにちは",
    "こんばんは",
    "おはようございます",
    "はじめまして",
];
/// One writing for words that have several, and one verb for being given something.
pub(super) const WRITINGS: [(&str, &str); 12] = [
    ("いただけ", "もらえ"),
    ("頂け", "もらえ"),
    ("いただき", "もらい"),
    ("頂き", "もらい"),
    ("何故", "なぜ"),
    ("出来", "でき"),
    ("下さい", "ください"),
    ("取消し", "取り消し"),
    ("取消", "取り消し"),
    ("取り消しし", "取り消し"),
    ("良い", "よい"),
    ("e-mail", "email"),
];
/// Counters after which a Han numeral is one.
pub(super) const COUNTERS: [&str; 18] =
    ["段階", "回", "枚", "個", "点", "件", "人", "つ", "日", "か月", "ヶ月", "年", "週", "時", "分", "割", "台", "本"];
/// Said of what can be done: their negation in a polite question denies nothing.
pub(super) const ABLE: [&str; 16] = [
    "できる",
    "もらえる",
    "くれる",
    "くださる",
    "ある",
    "られる",
    "使える",
    "払える",
    "選べる",
    "送れる",
    "受け取れる",
    "買える",
    "返せる",
    "戻せる",
    "取り消せる",
    "申し込める",
];
/// With these a negation denies something, whatever is asked.
pub(super) const DENYING: [&str; 22] = [
    "もう",
    "まだ",
    "しか",
    "全然",
    "全く",
    "まったく",
    "絶対",
    "一切",
    "いつも",
    "なぜ",
    "なんで",
    "どうして",
    "何",
    "なん",
    "なに",
    "いつ",
    "どこ",
    "誰",
    "だれ",
    "どの",
    "どれ",
    "どちら",
];
/// After these は makes a difference: 全部はできない is not 全部できない.
pub(super) const PARTIAL: [&str; 10] =
    ["全部", "すべて", "全て", "全員", "全額", "両方", "みんな", "いつも", "必ず", "必ずしも"];
/// Particles that end a phrase which may stand elsewhere.
pub(super) const CASES: [&str; 7] = ["に", "で", "から", "まで", "より", "へ", "も"];
pub(super) const ASKING: [&str; 18] = [
    "いつ",
    "どこ",
    "誰",
    "何",
    "なぜ",
    "いくら",
    "いくつ",
    "どう",
    "どうする",
    "どれ",
    "どの",
    "どちら",
    "どんな",
    "方法",
    "やり方",
    "仕方",
    "手順",
    "理由",
];
