//! "The refund has arrived, thank you!": thanks that say what for. No article answers that.
//!
//! Each sentence must be courteous or end with that something came right, and one must be thanks. What is only said on the way ("the
//! matter from before") may stand there; a denial, a question or a "but" may not. Whoever asks has let the guards judge it first.

use super::{Courtesy, courtesy, hiragana};
use unicode_normalization::UnicodeNormalization as _;

/// Longest message looked at, in characters.
const LONGEST: usize = 160;

/// What came right, in words that end a sentence where a verb does.
const ENDS: &str = "届きました|届いてました|届いていました|届いた|返金されました|返金されてました|返金されていました|返金されてた|入金されました|入金されてました|\
    入金されていました|振り込まれました|振り込まれてました|振り込まれていました|解決しました|解決できました|解決した|直りました|直った|治りました|できました|できた|出来ました|\
    見つかりました|見つかった|入れました|戻りました|戻ってました|戻っていました|戻ってきました|もらえました|受け取れました|受け取りました|確認できました|\
    済みました|片付きました|うまくいきました|使えました|表示されました|到了|收到了|解决了|好了|找到了|可以了|成功了|도착했어요|도착했습니다|받았어요|받았습니다|해결됐어요|\
    해결되었습니다|해결했어요|환불됐어요|환불되었습니다|됐어요|됐습니다|찾았어요|찾았습니다";
/// The same where it may stand anywhere, in whole words.
const HOLDS: &str = "arrived|came through|went through|got it working|working now|works now|working again|is sorted|all sorted|got sorted|sorted it|is fixed|fixed it|\
    is resolved|got resolved|found it|got my refund|got my money back|received my refund|have my refund|turned up|showed up|managed to|ist angekommen|hat geklappt|est arrivé|\
    ha llegado|è arrivato|chegou";
/// What makes it something else: a denial, a turn, a question.
const UNLESS: &str = "ない|なか|ません|けど|けれど|のに|でも|しかし|ただ|違|壊|破|汚|勝手|覚え|まだ|別の|他の|ほかの|知らな|ですか|ますか|どう|なぜ|何|いつ|ください|下さい|ほしい|欲しい|\
    但|不|没|可是|坏|错|别|吗|怎么|请|안|못|않|없|근데|그런데|하지만|왜|까요|나요|세요";
/// The same in whole words.
const UNLESS_WORDS: &str = "but|not|no|never|still|however|only|wrong|broken|damaged|empty|twice|someone|somebody|except|although|though|why|how|when|where|what|can|could|\
    who|please|need|want|didn't|doesn't|isn't|wasn't|haven't|hasn't|don't|can't|couldn't|aber|nicht|mais|pas|pero|ma|non|mas|não";

/// Whether a message only gives thanks for what came right.
pub fn is_settled(text: &str) -> bool {
    if text.chars().count() > LONGEST || text.contains(['?', '？']) {
        return false;
    }
    let mut thanked = false;
    for sentence in sentences(text) {
        match courtesy(&sentence) {
            Some(met) => thanked |= met == Courtesy::Thanks,
            None if came_right(&sentence) => {}
            None => return false,
        }
    }
    thanked
}

/// Sentences; in scripts that part words, what stands between commas too: thanks often hang on to a sentence by one.
fn sentences(text: &str) -> Vec<String> {
    let spaced = |c: char| c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c);
    let commas = text.chars().filter(|c| c.is_alphabetic()).all(spaced);
    let ends =
        |c: char| matches!(c, '。' | '．' | '!' | '！' | '\n' | ';' | '~' | '～') || (c == '.' || (commas && c == ','));
    text.split(ends).filter(|part| part.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
}

fn came_right(sentence: &str) -> bool {
    let folded: String =
        sentence.nfkc().flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect();
    let text = hiragana(&folded);
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    let spaced = format!(" {} ", words.join(" "));
    let has_word = |list: &str| list.split('|').any(|word| spaced.contains(&format!(" {} ", word.trim())));
    if has_word(UNLESS_WORDS) || UNLESS.split('|').any(|part| text.contains(part.trim())) {
        return false;
    }
    let end = text.trim_end_matches(|c: char| !c.is_alphanumeric() || matches!(c, 'よ' | 'ね' | 'わ'));
    has_word(HOLDS) || ENDS.split('|').any(|word| end.ends_with(hiragana(word.trim()).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thanks_that_say_what_for_are_thanks() {
        for text in [
            "さっきの件、無事に返金されてました。ありがとう！",
            "荷物、今朝届きました！ありがとうございました🙏",
            "教えてもらったとおりにしたらログインできました。助かりました",
            "My refund arrived this morning, thank you so much!",
            "The parcel turned up. Thanks!",
            "I managed to reset it, cheers",
            "刚才的退款到了。谢谢",
            "환불 받았어요. 감사합니다",
            "Das Paket ist angekommen, danke!",
        ] {
            assert!(is_settled(text), "{text}");
        }
    }

    #[test]
    fn whatever_else_is_said_counts() {
        for text in [
            "",
            "😀",
            "返金されました。",
            "荷物が届きましたが中身が壊れていました。ありがとう",
            "返金がまだ届いていません。ありがとう",
            "知らない人から荷物が届きました。ありがとう",
            "届きました。ありがとう。次の注文をキャンセルしてください。",
            "届きました。ありがとう。返品はいつまでですか",
            "解決しませんでした。ありがとう",
            "ありがとう、返金はいつですか",
            "My refund arrived, but only half of it. Thanks",
            "Thanks, it arrived broken",
            "The parcel arrived, thanks. When does the other one come?",
            "It never arrived, thanks a lot",
            "thanks for nothing, my money is gone",
            "收到了。谢谢。但是坏了",
            "못 받았어요. 감사합니다",
        ] {
            assert!(!is_settled(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_at(text in ".{0,80}") {
            let _ = is_settled(&text);
        }
    }
}
