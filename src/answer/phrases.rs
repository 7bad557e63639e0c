//! The assistant's own sentences, in the customer's language. Everything else in a reply is the articles'.

use super::Courtesy;
use crate::language::Lang;

/// Fixed texts of one language.
#[derive(Debug)]
pub struct Phrases {
    /// Opens a conversation.
    pub greeting: &'static str,
    /// Above the topics.
    pub topics: &'static str,
    /// The articles do not hold the answer.
    pub abstained: &'static str,
    /// Above the nearest articles.
    pub nearest: &'static str,
    /// Only another language has it; `{language}` is replaced.
    pub foreign: &'static str,
    /// A table was shortened to the rows asked for.
    pub other_rows: &'static str,
    /// Two articles say different things of one matter: above the words of both.
    pub contradicting: &'static str,
    /// Something is down.
    pub unavailable: &'static str,
    /// The message holds nothing to answer.
    pub empty: &'static str,
    /// Above the articles to choose from, when the words could mean several things.
    pub clarify: &'static str,
    /// To a greeting.
    hello: &'static str,
    /// To thanks.
    welcome: &'static str,
    /// To a goodbye.
    goodbye: &'static str,
    /// To "I see".
    understood: &'static str,
    /// To "are you a person?".
    machine: &'static str,
    /// Names of the categories and languages, in this language.
    names: &'static [(&'static str, &'static str)],
}

impl Phrases {
    /// What this language calls a category or a language; the code itself where it has no name for it.
    pub fn name<'a>(&self, code: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.names.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
    }

    /// The reply to a message that is courtesy and nothing else.
    pub fn courtesy(&self, met: Courtesy) -> &'static str {
        match met {
            Courtesy::Greeting => self.hello,
            Courtesy::Thanks => self.welcome,
            Courtesy::Goodbye => self.goodbye,
            Courtesy::Understood => self.understood,
            Courtesy::WhoAreYou => self.machine,
        }
    }

    /// Whether `line` of a reply is one of the assistant's own, and not an article's.
    pub fn owns(&self, line: &str) -> bool {
        let line = line.trim();
        let (before, after) = self.foreign.split_once("{language}").unwrap_or((self.foreign, ""));
        let foreign = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some();
        foreign
            || [
                self.abstained,
                self.nearest,
                self.contradicting,
                self.clarify,
                self.other_rows,
                self.unavailable,
                self.empty,
            ]
            .contains(&line)
    }
}

/// The texts of `lang`; English where it has none.
pub fn phrases(lang: &Lang) -> &'static Phrases {
    match lang.as_str() {
        "ja" => &JA,
        "zh" => &ZH,
        "ko" => &KO,
        _ => &EN,
    }
}

static JA: Phrases = Phrases {
    greeting: "こんにちは。ヘルプ記事をもとに自動でお答えするアシスタントです。ご質問をどうぞ。お答えには出典を添えます。",
    topics: "よくあるご用件",
    abstained: "申し訳ありません。お尋ねの内容の答えは、ヘルプ記事の中に見つかりませんでした。推測でお答えすることは控えます。",
    nearest: "近い内容の記事はこちらです。",
    foreign: "この内容の記事は{language}版だけです。原文のままご案内します。",
    other_rows: "（表のうち、お尋ねに当てはまる行です。ほかの行は出典の記事にあります。）",
    contradicting: "この点については、記事によって書かれていることが異なります。どちらも原文のままご案内します。どちらが当てはまるかは、担当者がお調べします。ご希望でしたら「担当者と話したい」とお書きください。",
    unavailable: "申し訳ありません。ただいま自動でお答えすることができません。いただいた内容は保存しました。少し時間をおいてもう一度お試しいただくか、担当者へお問い合わせください。",
    empty: "ご質問を文章でお書きください。たとえば「いつまで返品できますか」のように。",
    clarify: "どの件についてでしょうか。近いものの番号を選ぶか、もう少し詳しくお書きください。",
    hello: "こんにちは。自動でお答えするアシスタントです。ご質問をどうぞ。",
    welcome: "お役に立てたのでしたら何よりです。ほかにもご質問があれば、いつでもお書きください。",
    goodbye: "ご利用ありがとうございました。またご質問があれば、いつでもお書きください。",
    understood: "承知しました。ほかにもご質問があれば、いつでもお書きください。",
    machine: "私は人ではなく、ヘルプ記事をもとに自動でお答えするアシスタントです。人の担当者とお話しになりたいときは、そのようにお書きください。",
    names: &[
        ("orders", "注文・配送"),
        ("returns", "返品・交換・返金"),
        ("payments", "お支払い"),
        ("account", "アカウント"),
        ("membership", "会員サービス"),
        ("technical", "動画・チャットの不具合"),
        ("contact", "お問い合わせ"),
        ("ja", "日本語"),
        ("en", "英語"),
        ("zh", "中国語"),
        ("ko", "韓国語"),
    ],
};

static EN: Phrases = Phrases {
    greeting: "Hello. I am an automatic assistant and answer from the help articles, with sources. What can I help you with?",
    topics: "What people often ask about",
    abstained: "I am sorry: the help articles do not hold the answer to this, and I would rather not guess.",
    nearest: "These articles come nearest:",
    foreign: "The article on this exists in {language} only. Here it is as it stands.",
    other_rows: "(These are the rows that match your question; the article has the others.)",
    contradicting: "The articles differ on this point, so here are the words of both. A person can tell which applies to you: just write that you would like to talk to one.",
    unavailable: "I am sorry: I cannot answer automatically at the moment. Your message has been kept. Please try again in a little while, or contact a person.",
    empty: "Please write your question in words, for example: “How long can I return an item?”",
    clarify: "Which of these do you mean? Choose a number, or tell me a little more.",
    hello: "Hello. I am an automatic assistant. What can I help you with?",
    welcome: "You are welcome. If there is anything else, just ask.",
    goodbye: "Thank you, and goodbye. If there is anything else, just ask.",
    understood: "Good. If there is anything else, just ask.",
    machine: "I am not a person: I am an automatic assistant that answers from the help articles. If you would rather talk to a person, say so.",
    names: &[
        ("orders", "Orders and delivery"),
        ("returns", "Returns, exchanges and refunds"),
        ("payments", "Payments"),
        ("account", "Your account"),
        ("membership", "Membership"),
        ("technical", "Videos and chat not working"),
        ("contact", "Contacting us"),
        ("ja", "Japanese"),
        ("en", "English"),
        ("zh", "Chinese"),
        ("ko", "Korean"),
    ],
};

static ZH: Phrases = Phrases {
    greeting: "您好。我是自动助手，根据帮助文章回答问题，并注明出处。请问有什么可以帮您？",
    topics: "常见问题",
    abstained: "很抱歉，帮助文章中没有您所问内容的答案，我不便凭猜测回答。",
    nearest: "以下是内容最接近的文章：",
    foreign: "相关文章目前只有{language}版，现按原文提供。",
    other_rows: "（以上为与您的问题相符的行，其余各行请见原文。）",
    contradicting: "关于这一点，不同文章的说明不一致，现将原文一并提供。具体适用哪一条，可由人工客服为您确认；如有需要，请告诉我您想联系人工客服。",
    unavailable: "很抱歉，目前无法自动回答。您的留言已保存，请稍后再试，或联系人工客服。",
    empty: "请用文字写下您的问题，例如：“多少天内可以退货？”",
    clarify: "请问您指的是哪一项？请选择序号，或再说得详细一些。",
    hello: "您好。我是自动助手，请问有什么可以帮您？",
    welcome: "不客气。如果还有其他问题，请随时提出。",
    goodbye: "感谢您的使用。如果还有其他问题，请随时提出。",
    understood: "好的。如果还有其他问题，请随时提出。",
    machine: "我不是真人，而是根据帮助文章自动回答的助手。如果您想与人工客服联系，请告诉我。",
    names: &[
        ("orders", "订单与配送"),
        ("returns", "退货、换货与退款"),
        ("payments", "支付"),
        ("account", "账户"),
        ("membership", "会员服务"),
        ("technical", "视频与聊天故障"),
        ("contact", "联系我们"),
        ("ja", "日语"),
        ("en", "英语"),
        ("zh", "中文"),
        ("ko", "韩语"),
    ],
};

static KO: Phrases = Phrases {
    greeting: "안녕하세요. 도움말 문서를 바탕으로 출처와 함께 자동으로 답변해 드리는 어시스턴트입니다. 무엇을 도와드릴까요?",
    topics: "자주 묻는 주제",
    abstained: "죄송합니다. 문의하신 내용의 답을 도움말 문서에서 찾지 못했습니다. 추측으로 답변드리지 않겠습니다.",
    nearest: "가장 가까운 문서입니다.",
    foreign: "이 내용의 문서는 {language}로만 제공됩니다. 원문 그대로 안내해 드립니다.",
    other_rows: "(표에서 문의하신 내용에 해당하는 행입니다. 나머지 행은 원문에 있습니다.)",
    contradicting: "이 내용은 문서마다 설명이 다릅니다. 두 문서의 원문을 그대로 안내해 드립니다. 어느 쪽이 적용되는지는 상담원이 확인해 드릴 수 있으니, 원하시면 상담원과 이야기하고 싶다고 적어 주세요.",
    unavailable: "죄송합니다. 지금은 자동으로 답변드릴 수 없습니다. 보내 주신 내용은 저장되었습니다. 잠시 후 다시 시도하시거나 상담원에게 문의해 주세요.",
    empty: "질문을 글로 적어 주세요. 예: “반품은 언제까지 가능한가요?”",
    clarify: "어떤 내용을 말씀하시는 건가요? 번호를 고르시거나 조금 더 자세히 적어 주세요.",
    hello: "안녕하세요. 자동으로 답변해 드리는 어시스턴트입니다. 무엇을 도와드릴까요?",
    welcome: "도움이 되셨다니 다행입니다. 다른 질문이 있으시면 언제든지 적어 주세요.",
    goodbye: "이용해 주셔서 감사합니다. 다른 질문이 있으시면 언제든지 적어 주세요.",
    understood: "알겠습니다. 다른 질문이 있으시면 언제든지 적어 주세요.",
    machine: "저는 사람이 아니라 도움말 문서를 바탕으로 자동으로 답변하는 어시스턴트입니다. 상담원과 이야기하고 싶으시면 그렇게 적어 주세요.",
    names: &[
        ("orders", "주문·배송"),
        ("returns", "반품·교환·환불"),
        ("payments", "결제"),
        ("account", "계정"),
        ("membership", "멤버십"),
        ("technical", "동영상·채팅 문제"),
        ("contact", "문의"),
        ("ja", "일본어"),
        ("en", "영어"),
        ("zh", "중국어"),
        ("ko", "한국어"),
    ],
};
