//! Thanks, greetings and small talk: met as such, because an article is no answer to "thank you".
//!
//! A message is courtesy only if nothing is left of it once courteous words are taken out. "Thanks, and when will my money come?"
//! is a question. Thanks may say what for, in the few words that say no more than that it came right: "The parcel has arrived, thank you".
//! What arrived broken, twice or at a neighbour's leaves a word that is not among them. Questions about the assistant itself are answered
//! honestly: it is a machine, and says so.

use unicode_normalization::UnicodeNormalization as _;

/// What a courteous message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Courtesy {
    /// Says hello.
    Greeting,
    /// Says thanks.
    Thanks,
    /// Takes leave.
    Goodbye,
    /// Says that it was understood.
    Understood,
    /// Asks what it is talking to.
    WhoAreYou,
}

/// Longest message looked at, in characters: longer ones say something.
const LONGEST: usize = 60;

/// Words by what they mean, as [`plain`] leaves them. Longer ones first within a language, so that none hides in another.
const GREETING: &str = "はじめまして|お世話になっております|お世話になります|お疲れ様です|おはようございます|おはよう|こんにちは|こんにちわ|こんばんは|こんばんわ|\
    もしもし|すみません|すいません|失礼します|失礼いたします|どうも|やあ|hello there|hi there|good morning|good afternoon|good evening|hello|hey|hi|greetings|\
    您好|你好|早上好|晚上好|大家好|嗨|안녕하세요|안녕하십니까|안녕|여보세요|guten morgen|guten tag|guten abend|hallo|bonjour|bonsoir|salut|hola|buenos dias|\
    buenas tardes|ola|bom dia|boa tarde|buongiorno|ciao|xin chao|สวัสดี|halo|selamat pagi|how are you doing|how are you today|how are you|how's it going|お元気ですか|げんきですか|元気ですか";
const THANKS: &str = "どうもありがとうございました|ありがとうございました|ありがとうございます|ありがとう|ありがと|有難うございます|有難う|感謝します|感謝いたします|感謝|\
    助かりました|助かります|助かった|たすかりました|たすかった|お手数をおかけしました|お手数おかけしました|お世話になりました|お世話さまでした|サンキュー|さんきゅー|あざす|\
    thank you very much|thank you so much|thanks so much|thanks a lot|many thanks|thank you|thanks|thx|ty|cheers|much appreciated|appreciate it|great help|\
    you were helpful|that helps|that helped|very helpful|谢谢你|谢谢您|谢谢|多谢|感谢|謝謝|감사합니다|감사해요|고맙습니다|고마워요|고마워|도움이 됐어요|도움이 됐습니다|\
    vielen dank|danke schon|danke|merci beaucoup|merci|muchas gracias|gracias|obrigado|obrigada|grazie mille|grazie|cam on|ขอบคุณ|terima kasih|arigatou gozaimasu|arigatou|arigato";
const GOODBYE: &str = "さようなら|さよなら|失礼しました|失礼いたしました|それではまた|ではまた|また来ます|またね|バイバイ|おやすみなさい|おやすみ|よろしくお願いいたします|\
    よろしくお願いします|よろしくおねがいします|よろしく|以上です|しつれいいたします|しつれいします|じゃあね|じゃね|have a nice day|have a good day|have a good one|good night|goodbye|good bye|bye bye|bye|see you|take care|\
    that's all|that is all|再见|拜拜|就这些|안녕히 계세요|안녕히계세요|수고하세요|잘 부탁드립니다|auf wiedersehen|tschuss|au revoir|adios|hasta luego|tchau|arrivederci";
const UNDERSTOOD: &str = "分かりました|わかりました|解りました|承知しました|承知いたしました|承知です|了解しました|了解です|了解いたしました|了解|りょうかい|りょ|なるほどです|なるほど|\
    大丈夫です|だいじょうぶです|解決しました|解決です|できました|出来ました|いけました|すごい|すごいですね|安心しました|よかったです|よかった|良かったです|良かった|待ちます|待ってます|お待ちします|待っています|届きました|直りました|なおりました|映りました|うつりました|見られました|見れました|\
    見つかりました|入れました|おっけー|おっけ|おけ|i understand|understood|got it|i see|makes sense|all good|perfect|great|awesome|nice|cool|okay|ok|okey|alright|that worked|it works now|works now|solved|it worked|worked|\
    明白了|知道了|了解了|好的|好了|好|收到|알겠습니다|알겠어요|알겠습니당|네 알겠습니다|이해했어요|해결됐어요|좋아요|그렇군요";
const WHO: &str = "あなたは誰ですか|あなたはだれですか|誰ですか|どなたですか|あなたは人間ですか|人間ですか|人ですか|これ人ですか|ロボットですか|あなたはロボットですか|aiですか|\
    あなたはaiですか|これaiですか|botですか|これbotですか|機械ですか|これは機械ですか|自動応答ですか|これは自動応答ですか|中の人いますか|ロボットなの|人間なの|名前はなんですか|\
    お名前は|機械がしゃべってるの|これ機械がしゃべってるの|機械が話してるの|are you a robot|are you a bot|are you human|are you a human|are you a real person|are you real|am i talking to a robot|am i talking to a bot|\
    am i talking to a human|am i talking to a person|is this a bot|is this a robot|is this a real person|is this ai|are you ai|are you an ai|who are you|what are you|\
    what's your name|what is your name|你是机器人吗|你是谁|你是人吗|你是真人吗|是机器人吗|로봇이에요|로봇인가요|사람이에요|사람인가요|누구세요|봇인가요";
/// What may stand around courteous words without adding anything. Longer ones first.
const FILLER: &str = "ごしんせつに|ご親切に|親切に|本当に|ほんとに|ほんとうに|とても|すごく|大変|たいへん|いろいろと|色々と|いろいろ|色々|ご丁寧に|丁寧に|早速|さっそく|教えてくださって|教えていただき|教えて頂き|\
    教えてくれて|対応|ご対応|ご回答|回答|返信|ご返信|いただき|頂き|くださり|くれて|それでは|それじゃ|じゃあ|では|はい|うん|ええ|ああ|あ|お|ご|よく|もう|です|ます|ました|ね|よ|な|わ|！|\
    so much|very much|a lot|for the help|for your help|for helping|for that|for the info|for everything|for now|well|oh|ah|ok|yes|yeah|right|then|and|you|your|me|so|\
    very|really|much|all|that's|that|it|again|anyway|have|a|i|the|so|非常|太|了|啊|哦|嗯|的|네|아|정말|너무|요";

/// What came right: ends a sentence, but for [`AFTER`].
const SETTLED: &str = "届きました|届いてました|届いていました|到着しました|返金されました|返金されてました|返金されていました|返金がありました|返金確認しました|返金を確認しました|\
    返金確認できました|返金を確認できました|入金されました|入金されてました|入金されていました|入金がありました|振り込まれました|振り込まれてました|振り込まれていました|解決しました|解決できました|\
    直りました|ログインできました|サインインできました|has arrived|have arrived|arrived|works now|is working now|is working again|is solved|is sorted|is resolved|got my refund|got the refund|\
    received my refund|received the refund|got my parcel|received my parcel|退款到了|包裹到了|快递到了|货到了|钱到了|退款收到了|包裹收到了|收到退款了|收到包裹了|收到钱了|问题解决了|도착했어요|도착했습니다|\
    환불됐어요|환불되었습니다|환불 받았어요|환불받았어요|환불 받았습니다|환불받았습니다|해결됐어요|해결되었습니다|ist angekommen|ist da|est arrive|est arrivee|est bien arrive|est bien arrivee|ha llegado|\
    e arrivato|e arrivata|chegou";
/// What may stand before it: which of the usual things, and when.
const BEFORE: &str = "さっきの件|先ほどの件|先日の件|この間の件|こないだの件|例の件|昨日の件|お荷物|荷物|注文した商品|注文の商品|商品|注文|返金|お金|メール|確認コード|領収書|小包|問題が|問題は|無事に|無事|今朝|今日|\
    本日|昨日|先ほど|さっき|やっと|ようやく|おかげさまで|おかげで|ちゃんと|きちんと|すぐに|教えていただいた方法で|教えていただいたとおりにしたら|教えてもらったとおりにしたら|言われたとおりにしたら|はい|では|それでは|もう|が|は|も|を|\
    my|the|it|i have|i've|i|refund|parcel|package|order|item|money|email|problem|issue|replacement|everything|finally|我的|我|已经|刚才|刚刚|今天|早上|昨天|终于|包裹|快递|退款|택배|상품|물건|환불|\
    문제|방금|오늘|어제|드디어|무사히|이|가|은|는|도|잘|das|die|der|mein|meine|paket|bestellung|sendung|geld|heute|endlich|mon|ma|le|la|colis|commande|remboursement|mi|el|paquete|pedido|\
    reembolso|il|mio|pacco|ordine|rimborso|o|meu|minha|a|pacote|encomenda";
/// What may stand after it: when, and manner.
const AFTER: &str = "today|yesterday|this morning|safely|already|on time|heute|aujourd'hui|hoy|oggi|hoje|よ|ね|わ";

/// What a message is, if it is courtesy and nothing else.
pub fn courtesy(text: &str) -> Option<Courtesy> {
    if text.chars().count() > LONGEST {
        return None;
    }
    only_courteous(text).or_else(|| settled(text).then_some(Courtesy::Thanks))
}

/// Whether a message gives thanks and says, in one sentence, what came right.
fn settled(text: &str) -> bool {
    if text.contains(['?', '？', '…']) {
        return false;
    }
    let (mut thanked, mut told) = (false, 0);
    let ends = |c: char| matches!(c, '。' | '．' | '.' | '!' | '！' | ';' | '；' | '\n');
    for sentence in text.split(ends).filter(|part| part.chars().any(char::is_alphanumeric)) {
        if let Some(met) = only_courteous(sentence) {
            thanked |= met == Courtesy::Thanks;
        } else if let Some(thanks) = came_right(sentence) {
            thanked |= thanks;
            told += 1;
        } else {
            return false;
        }
    }
    thanked && told == 1
}

/// Whether a sentence says that something came right and nothing else; and whether it gives thanks too.
fn came_right(sentence: &str) -> Option<bool> {
    let text = plain(sentence)?;
    let nothing = |text: &str| text.chars().all(|c| !c.is_alphanumeric());
    let words = longest_first(SETTLED);
    let (at, word) = words.iter().find_map(|word| Some((find(&text, word, is_parted(word))?, word)))?;
    let (mut before, mut after) = (text.get(..at)?.to_owned(), text.get(at + word.len()..)?.to_owned());
    let thanks = take_out(&mut before, THANKS) | take_out(&mut after, THANKS);
    take_out(&mut before, BEFORE);
    take_out(&mut after, AFTER);
    (nothing(&before) && nothing(&after)).then_some(thanks)
}

fn only_courteous(text: &str) -> Option<Courtesy> {
    let text = plain(text)?;
    if WHO.split('|').map(|who| hiragana(who.trim())).any(|who| text == who || text.strip_suffix('か') == Some(&who)) {
        return Some(Courtesy::WhoAreYou);
    }
    let mut rest = text;
    let mut met = None;
    // What matters most to the one who says it comes first: thanks with a goodbye are thanks.
    for (words, kind) in [
        (THANKS, Courtesy::Thanks),
        (GOODBYE, Courtesy::Goodbye),
        (GREETING, Courtesy::Greeting),
        (UNDERSTOOD, Courtesy::Understood),
    ] {
        if take_out(&mut rest, words) {
            met.get_or_insert(kind);
        }
    }
    let met = met?;
    take_out(&mut rest, FILLER);
    rest.chars().all(|c| !c.is_alphanumeric()).then_some(met)
}

/// Small letters, one width, no accents, no punctuation or emoji; `None` of what is too long to be courtesy.
fn plain(text: &str) -> Option<String> {
    if text.chars().count() > LONGEST {
        return None;
    }
    // Decomposed marks go, but not those that make another kana (が, ぱ) or a Hangul syllable.
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let unaccented = |c: char| -> char {
        let latin = ('\u{c0}'..='\u{1ef9}').contains(&c);
        if latin { std::iter::once(c).nfd().next().unwrap_or(c) } else { c }
    };
    let kept = |c: char| c.is_alphanumeric() || c == '\'' || matches!(c, '\u{300}'..='\u{36f}' | 'ー');
    let spaced: String = folded
        .chars()
        .map(|c| if c == '’' { '\'' } else { c })
        .map(|c| if kept(c) { unaccented(c) } else { ' ' })
        .collect();
    // Long drawn sounds (ありがとー, thankssss) are still the same words.
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(hiragana(words.trim_end_matches('ー')))
}

/// One kana for both: コンニチハ is こんにちは.
fn hiragana(text: &str) -> String {
    let turned = |c: char| match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        c => c,
    };
    text.chars().map(turned).collect()
}

/// Takes every one of `words` out of `text`, whole words where the script parts them. Whether there was one.
fn take_out(text: &mut String, words: &str) -> bool {
    let mut found = false;
    for word in &longest_first(words) {
        while let Some(at) = find(text, word, is_parted(word)) {
            text.replace_range(at..at + word.len(), " ");
            found = true;
        }
    }
    found
}

/// The words of a list, so that none is found within another.
fn longest_first(words: &str) -> Vec<String> {
    let words = words.split('|').map(|word| hiragana(word.trim())).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words
}

/// Whether a word stands between blanks.
fn is_parted(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c))
}

fn find(text: &str, word: &str, whole: bool) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '\'');
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !whole || !(letter(before) || letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesy_is_met() {
        for (text, expected) in [
            ("ありがとうございます！", Courtesy::Thanks),
            ("なるほど、わかりました。ありがとう😊", Courtesy::Thanks),
            ("助かりました", Courtesy::Thanks),
            ("こんにちは", Courtesy::Greeting),
            ("ｺﾝﾆﾁﾊ", Courtesy::Greeting),
            ("よろしくお願いします", Courtesy::Goodbye),
            ("うつりました！！ありがとうございます", Courtesy::Thanks),
            ("ごしんせつに ありがとうございました", Courtesy::Thanks),
            ("おけ👍 じゃあね", Courtesy::Goodbye),
            ("worked, cheers, bye", Courtesy::Thanks),
            ("わかりました待ちます", Courtesy::Understood),
            ("了解です", Courtesy::Understood),
            ("Thanks so much for your help!!", Courtesy::Thanks),
            ("ok thx, bye", Courtesy::Thanks),
            ("Hi there", Courtesy::Greeting),
            ("Got it", Courtesy::Understood),
            ("谢谢", Courtesy::Thanks),
            ("네, 감사합니다", Courtesy::Thanks),
            ("Danke schön", Courtesy::Thanks),
            ("さっきの件、無事に返金されてました。ありがとう！", Courtesy::Thanks),
            ("荷物、無事届きました、ありがとうございました🙏", Courtesy::Thanks),
            ("教えていただいた方法で解決しました。ありがとうございます", Courtesy::Thanks),
            ("届きました", Courtesy::Understood),
            ("はい、解決しました。ありがとうございます", Courtesy::Thanks),
            ("もう届きました、ありがとう", Courtesy::Thanks),
            ("My refund arrived this morning, thank you so much!", Courtesy::Thanks),
            ("The problem is solved. Thanks!", Courtesy::Thanks),
            ("谢谢，退款收到了", Courtesy::Thanks),
            ("환불 받았어요. 감사합니다", Courtesy::Thanks),
            ("Das Paket ist angekommen, danke!", Courtesy::Thanks),
            ("Ma commande est arrivée, merci", Courtesy::Thanks),
            ("あなたはロボットですか？", Courtesy::WhoAreYou),
            ("Am I talking to a human?", Courtesy::WhoAreYou),
        ] {
            assert_eq!(courtesy(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_question_with_thanks_is_a_question() {
        for text in [
            "ありがとう、返金はいつですか",
            "すみません、返品したいです",
            "こんにちは。注文が届きません",
            "はい",
            "いいえ",
            "お願いします、返金して",
            "thanks, and when will it arrive?",
            "hi, where is my parcel",
            "return",
            "返品",
            "",
            "😀",
            "ok google how do I return",
            "人間と話したい",
            "I want to talk to a human",
            "担当者をお願いします",
            "解決しません",
            "hit by a car",
            // Thanks, and something that is not right, or asked for.
            "商品は届きました。返金よろしくお願いします。ありがとうございます",
            "荷物は届きましたが、返金を待っています。ありがとうございます",
            "荷物が届きましたが問題です。ありがとう",
            "言われたとおりにしたら問題が。ありがとうございます",
            "返金されましたよね？ありがとうございます",
            "昨日届きました。今日も届きました。ありがとう",
            "返金されましたが、商品が届きました。ありがとうございます",
            "Have you received my parcel. Thanks",
            "You received my parcel, so now the refund. Thanks.",
            "Replacement arrived, now my refund. Thanks!",
            "Just the replacement arrived, thanks.",
            "My refund arrived yesterday and again today. Thanks",
            "물건은 도착했어요. 환불 잘 부탁드립니다. 감사합니다",
            "물건 도착했어요. 환불요. 감사합니다",
            "收到了问题包裹，谢谢",
            "包裹到了，退款，谢谢",
            "Ist da mein Paket. Danke",
            "Das Paket ist da, jetzt mein Geld. Danke",
            "Il pacco è arrivato, ma il rimborso... grazie",
            "Le colis est bien arrivé. Mon remboursement, merci.",
            "荷物が届きましたが中身が壊れていました。ありがとう",
            "返金がまだです。ありがとう",
            "知らない人から荷物が届きました。ありがとう",
            "ありがとうございます。教わったとおりにしたらエラー画面が表示されました。",
            "同じ商品が2つ届きました。ありがとう",
            "空箱が届きました。ありがとう",
            "荷物届きました？ありがとう",
            "半額だけ返金されました。ありがとう",
            "督促状が届きました。ありがとうございます",
            "ありがとうございます。荷物は隣の家に届きました",
            "Let me know if my return has arrived. Thanks!",
            "Has my parcel arrived. Thank you",
            "Nothing arrived. Thanks.",
            "It hasnt arrived. Thanks",
            "It should have arrived on Monday. Thanks.",
            "My refund arrived, but only half of it. Thanks",
            "It arrived scratched, thanks.",
            "The parcel arrived without the charger. Thanks.",
            "帮我查一下退款是否到了。谢谢",
            "少了一件，剩下的收到了。谢谢",
            "계정이 정지됐어요. 감사합니다",
            "환불을 일부만 받았어요. 감사합니다",
            "Kein Paket ist angekommen. Danke",
            "Dites-moi si mon colis est arrivé. Merci",
            "Mi pedido nunca ha llegado. Gracias",
            "Il pacco è arrivato rotto, grazie",
        ] {
            assert_eq!(courtesy(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_at(text in ".{0,80}") {
            let _ = courtesy(&text);
        }
    }
}
