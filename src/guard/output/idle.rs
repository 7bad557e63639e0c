//! Words that only look as if they committed somebody: they are read as others before the rules look.

/// Words that commit nobody, folded, with what is read in their place: courtesy, the name of a page, who says it, and a
/// promise denied.
const IDLE: [(&str, &str); 23] = [
    ("i'm afraid ", ""),
    ("お願いいたします", "お願い"),
    ("my page", "the page"),
    ("i cannot see ", "it cannot see "),
    ("according to the article, ", ""),
    ("the article says that ", ""),
    ("記事によると、", ""),
    ("と案内されています", ""),
    ("と書かれています", ""),
    ("と記載されています", ""),
    ("do not have to ", "need not "),
    ("don't have to ", "need not "),
    ("do not need to ", "need not "),
    ("don't need to ", "need not "),
    ("주지 마세요", "지 않기"),
    ("not guaranteed", "uncertain"),
    ("not a guarantee", "uncertain"),
    ("保証されません", "定まりません"),
    ("保証できません", "定まりません"),
    ("不作保证", "不一定"),
    ("不保证", "不一定"),
    ("보장되지 않", "정해지지 않"),
    ("보장하지 않", "정하지 않"),
];
/// Words of Italian that most of its sentences hold some of.
const ITALIAN: [&str; 8] = [" il ", " la ", " le ", " di ", " che ", " per ", " del ", " della "];
/// Words of English that Italian has not: the names of two perfumes make no sentence Italian.
const ENGLISH: [&str; 8] = [" the ", " and ", " you ", " your ", " to ", " have ", " it ", " will "];

/// A folded sentence with what commits nobody taken out.
pub(super) fn without(mut said: String) -> String {
    for (words, read) in IDLE {
        if said.contains(words) {
            said = said.replace(words, read);
        }
    }
    // "i programmi": in Italian it is an article, and nobody speaks of themselves.
    let is_english = ENGLISH.iter().any(|word| said.contains(word));
    if !is_english && ITALIAN.iter().filter(|word| said.contains(**word)).count() > 1 {
        said = said.replace(" i ", " gli ");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_and_who_promises_stays() {
        let read = |text: &str| without(text.to_owned());
        assert_eq!(read("記事によると、返金しましたと書かれています。"), "返金しました。");
        assert_eq!(read("open my page."), "open the page.");
        let italian = "chiudi anche i programmi per la tv e i file di prova.";
        assert_eq!(read(italian), italian.replace(" i ", " gli "));
        let perfumes = "yes, i have sent la vie est belle and le petit prince again.";
        for text in
            [perfumes, "i will refund it.", "my colleague has it.", "it is guaranteed.", "保证退款。", "보장합니다."]
        {
            assert_eq!(read(text), text);
        }
    }
}
