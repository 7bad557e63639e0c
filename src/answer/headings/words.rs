//! Words that a heading is read by, folded to small letters.

/// Say that something else holds here than elsewhere.
pub(super) const EXCEPTIONS: [&str; 15] = [
    "例外",
    "예외",
    "exceptions",
    "exception",
    "ausnahmen",
    "ausnahme",
    "excepciones",
    "excepción",
    "exceções",
    "exceção",
    "eccezioni",
    "eccezione",
    "ngoại lệ",
    "ข้อยกเว้น",
    "pengecualian",
];

/// Says that there are none.
pub(super) const NONE: [&str; 16] = [
    "例外なく",
    "例外なし",
    "例外はありません",
    "例外はない",
    "无例外",
    "没有例外",
    "예외 없이",
    "예외없이",
    "예외는 없",
    "no exceptions",
    "without exception",
    "keine ausnahmen",
    "sin excepciones",
    "nessuna eccezione",
    "sem exceções",
    "không có ngoại lệ",
];

/// Kinds of section, and words that only join, where words stand together; what holds another stands before it.
pub(super) const KINDS: [&str; 63] = [
    // ja, zh
    "よくある質問",
    "注意事項",
    "注意点",
    "注意",
    "概要",
    "手順",
    "手続き",
    "手続",
    "流れ",
    "方法",
    "使い方",
    "仕方",
    "やり方",
    "期限",
    "期間",
    "条件",
    "詳細",
    "説明",
    "補足",
    "備考",
    "基本",
    "場合",
    "一覧",
    "関連",
    "記事",
    "向け",
    "注意事项",
    "概述",
    "简介",
    "步骤",
    "流程",
    "详情",
    "说明",
    "须知",
    "情况",
    "相关",
    "文章",
    "哪些",
    "哪个",
    "什么",
    "怎么",
    "如何",
    "多久",
    "几天",
    "多少",
    "可以",
    "方式",
    "查看",
    // ko
    "주의 사항",
    "주의사항",
    "주의",
    "개요",
    "순서",
    "절차",
    "방법",
    "기한",
    "기간",
    "조건",
    "안내",
    "요약",
    "참고",
    "경우",
    "때",
];

/// Chinese characters that only join.
pub(super) const JOINTS: [char; 4] = ['的', '和', '与', '或'];

/// The same in Latin letters.
pub(super) const KINDS_LATIN: [&str; 36] = [
    "overview",
    "summary",
    "introduction",
    "basics",
    "general",
    "generally",
    "details",
    "detail",
    "step",
    "steps",
    "procedure",
    "procedures",
    "instructions",
    "guide",
    "note",
    "notes",
    "notice",
    "tip",
    "tips",
    "more",
    "information",
    "info",
    "condition",
    "conditions",
    "deadline",
    "deadlines",
    "period",
    "periods",
    "case",
    "cases",
    "related",
    "article",
    "articles",
    "faq",
    "section",
    "example",
];

/// English words of grammar. Those that deny are told apart elsewhere.
pub(super) const FUNCTION: [&str; 92] = [
    "an", "the", "and", "or", "of", "to", "in", "on", "at", "for", "from", "by", "with", "without", "into", "out",
    "up", "as", "is", "are", "was", "were", "be", "been", "being", "it", "its", "this", "that", "these", "those",
    "there", "you", "your", "yours", "we", "our", "us", "my", "me", "he", "she", "they", "them", "their", "one", "how",
    "what", "when", "where", "which", "who", "whom", "whose", "why", "whether", "if", "then", "do", "does", "did",
    "done", "can", "could", "may", "might", "will", "would", "shall", "should", "must", "have", "has", "had", "get",
    "gets", "got", "not", "no", "nor", "cannot", "never", "so", "than", "also", "any", "each", "some", "need", "want",
    "about", "long",
];

/// What may follow a word of Korean.
pub(super) const ENDINGS: [&str; 23] = [
    "하기", "하는", "하면", "에서", "으로", "에게", "까지", "부터", "이나", "을", "를", "이", "가", "은", "는", "의",
    "에", "로", "와", "과", "도", "한", "할",
];

/// What may follow a word of Chinese or Japanese: "when".
pub(super) const TRAILING: [&str; 2] = ["时", "時"];

/// Negations where words are not parted.
pub(super) const NEGATIVE: [&str; 17] = [
    "ない",
    "ません",
    "なかっ",
    "なく",
    "できず",
    "不可",
    "不要",
    "不能",
    "不",
    "未",
    "没",
    "无法",
    "않",
    "없",
    "못",
    "불가",
    "n't",
];

/// Negations in Latin letters.
pub(super) const NEGATIVE_LATIN: [&str; 8] = ["not", "no", "nor", "never", "cannot", "none", "without", "unable"];
