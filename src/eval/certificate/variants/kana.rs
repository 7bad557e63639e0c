//! Japanese as another keyboard, another setting or a hasty input method writes it.

use rand::Rng;
use rand::seq::SliceRandom as _;
use unicode_normalization::UnicodeNormalization as _;

use super::texts::Texts;

/// Kana for each of which one goes wrong.
const EVERY: usize = 8;
/// The most mistakes in one message.
const MOST: usize = 4;
/// Kana from which a message counts as written in kana.
const LEAST: usize = 3;

/// Kana, and what comes of them: small ones large, voice marks lost, particles as they sound.
const SLIPS: &[(char, char)] = &[
    ('っ', 'つ'),
    ('ゃ', 'や'),
    ('ゅ', 'ゆ'),
    ('ょ', 'よ'),
    ('ッ', 'ツ'),
    ('ャ', 'ヤ'),
    ('ュ', 'ユ'),
    ('ョ', 'ヨ'),
    ('ん', 'n'),
    ('を', 'お'),
    ('づ', 'ず'),
    ('が', 'か'),
    ('ぎ', 'き'),
    ('ぐ', 'く'),
    ('げ', 'け'),
    ('ご', 'こ'),
    ('ざ', 'さ'),
    ('じ', 'し'),
    ('ぜ', 'せ'),
    ('ぞ', 'そ'),
    ('だ', 'た'),
    ('で', 'て'),
    ('ど', 'と'),
    ('ば', 'は'),
    ('び', 'ひ'),
    ('ぶ', 'ふ'),
    ('べ', 'へ'),
    ('ぼ', 'ほ'),
    ('ぷ', 'ぶ'),
    ('ぱ', 'ば'),
];

/// Katakana, and the same in half width; voice marks are letters of their own there.
const FULL: &str = "ァアィイゥウェエォオカキクケコサシスセソタチッツテトナニヌネノハヒフヘホマミムメモャヤュユョヨラリルレロワヲンー。、「」・";
const HALF: &str = "ｧｱｨｲｩｳｪｴｫｵｶｷｸｹｺｻｼｽｾｿﾀﾁｯﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓｬﾔｭﾕｮﾖﾗﾘﾙﾚﾛﾜｦﾝｰ｡､｢｣･";

/// One to four kana as an input method gets them wrong; a long vowel is left out.
pub(super) fn mistyped(text: &str, rng: &mut impl Rng) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    if kana(text) < LEAST {
        return None;
    }
    let slip = |c: char| match c {
        'ー' => Some(None),
        _ => SLIPS.iter().find(|(right, _)| *right == c).map(|(_, wrong)| Some(*wrong)),
    };
    let mut places: Vec<usize> =
        (0..chars.len()).filter(|at| chars.get(*at).is_some_and(|c| slip(*c).is_some())).collect();
    if places.is_empty() {
        return None;
    }
    places.shuffle(rng);
    places.truncate((kana(text) / EVERY).clamp(1, MOST));
    let typed = chars.iter().enumerate().filter_map(|(at, c)| match slip(*c) {
        Some(wrong) if places.contains(&at) => wrong,
        _ => Some(*c),
    });
    Some(typed.collect())
}

/// Katakana as hiragana, and common words in hiragana too.
pub(super) fn unconverted(text: &str, texts: &Texts) -> Option<String> {
    // Longer words first: 本人確認 is not 本人 and 確認.
    let mut words: Vec<(&String, &String)> = texts.unconverted.iter().collect();
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.chars().count()));
    let spelt = words.into_iter().fold(text.to_owned(), |text, (word, kana)| text.replace(word.as_str(), kana));
    let spelt: String = spelt.chars().map(|c| if ('ァ'..='ヶ').contains(&c) { shifted(c, -0x60) } else { c }).collect();
    (spelt != text).then_some(spelt)
}

/// Hiragana as katakana.
pub(super) fn katakana(text: &str) -> Option<String> {
    (kana(text) >= LEAST).then(|| text.chars().map(to_katakana).collect())
}

/// All kana, and the marks that go with them, in half width.
pub(super) fn half_width(text: &str) -> Option<String> {
    if kana(text) < LEAST {
        return None;
    }
    let narrow = |c: char| match c {
        '\u{3099}' => 'ﾞ',
        '\u{309a}' => 'ﾟ',
        c => FULL.chars().zip(HALF.chars()).find(|(full, _)| *full == c).map_or(c, |(_, half)| half),
    };
    Some(text.chars().map(to_katakana).flat_map(apart).map(narrow).collect())
}

/// Printable ASCII in full width.
pub(super) fn full_width(text: &str) -> Option<String> {
    if text.chars().filter(char::is_ascii_alphanumeric).count() < LEAST {
        return None;
    }
    let wide = |c: char| match c {
        ' ' => '\u{3000}',
        '!'..='~' => shifted(c, 0xfee0),
        c => c,
    };
    Some(text.chars().map(wide).collect())
}

/// A katakana with a voice mark as letter and mark; everything else as it is.
fn apart(c: char) -> Vec<char> {
    if ('ァ'..='ヺ').contains(&c) { std::iter::once(c).nfd().collect() } else { vec![c] }
}

fn to_katakana(c: char) -> char {
    if ('ぁ'..='ゖ').contains(&c) { shifted(c, 0x60) } else { c }
}

/// The character so many places further on in Unicode.
fn shifted(c: char, by: i64) -> char {
    u32::try_from(i64::from(u32::from(c)) + by).ok().and_then(char::from_u32).unwrap_or(c)
}

fn kana(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ')).count()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn kana_change_their_kind_and_width() {
        assert_eq!(katakana("返金してください").unwrap(), "返金シテクダサイ");
        assert_eq!(half_width("ギフトが届かないです。").unwrap(), "ｷﾞﾌﾄｶﾞ届ｶﾅｲﾃﾞｽ｡");
        assert_eq!(half_width("パーティーを").unwrap(), "ﾊﾟｰﾃｨｰｦ");
        assert_eq!(full_width("abc 12!").unwrap(), "ａｂｃ　１２！");
        assert_eq!(FULL.chars().count(), HALF.chars().count());
        for none in ["返金希望", "refund", ""] {
            assert_eq!((katakana(none), half_width(none)), (None, None), "{none}");
        }
        assert_eq!(full_width("返金"), None);
    }

    #[test]
    fn words_stay_in_kana() {
        let texts = Texts::shipped().unwrap();
        assert_eq!(unconverted("本人確認をキャンセル", &texts).unwrap(), "ほんにんかくにんをきゃんせる");
        assert_eq!(unconverted("hello", &texts), None);
    }

    #[test]
    fn an_input_method_slips() {
        for seed in 0..30 {
            let typed =
                mistyped("きのう買ったシャツを返品したいんですが", &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            assert_ne!(typed, "きのう買ったシャツを返品したいんですが");
        }
        assert_eq!(mistyped("ノート", &mut ChaCha8Rng::seed_from_u64(1)), None, "two kana are too few");
        assert_eq!(mistyped("コーヒー豆の", &mut ChaCha8Rng::seed_from_u64(1)).unwrap().chars().count(), 5);
    }
}
