//! A source cut into the pieces that words are compared with.

use unicode_normalization::UnicodeNormalization as _;

use super::sentences;

/// One form for what means the same: NFKC, one kind of dash, of wave dash, of quotation mark, of apostrophe. Case stays, for names.
pub(super) fn normal(text: &str) -> String {
    let one = |c| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '〜' | '∼' => '~',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | 'ʼ' => '\'',
        other => other,
    };
    let folded: String = text.nfkc().map(one).collect();
    // The long-vowel mark is often typed for a hyphen between digits.
    let mut out = String::with_capacity(folded.len());
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        let digit = |c: char| c.is_ascii_digit();
        let between = c == 'ー' && out.ends_with(digit) && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if between { '-' } else { c });
    }
    out
}

/// A line of Markdown without its marks. Unlike a Markdown parser's, a year at its beginning (`1861. …`) stays.
pub(super) fn plain(line: &str) -> String {
    let mut rest = line.trim().trim_start_matches(['#', '>', ' ']);
    if let Some(item) = ["- ", "* ", "+ "].iter().find_map(|bullet| rest.strip_prefix(bullet)) {
        rest = item;
    } else {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = rest.len() - after.len();
        if let Some(item) = after.strip_prefix(". ").or_else(|| after.strip_prefix(") "))
            && (1..=2).contains(&digits)
        {
            rest = item;
        }
    }
    let mut out = String::with_capacity(rest.len());
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' | '`' | '\\' => {}
            '_' if chars.peek() == Some(&'_') => {
                chars.next();
            }
            '[' => {}
            // [words](target): the words are read. A path within the help centre is the program's own; any other target is
            // kept for the check of links.
            ']' if chars.peek() == Some(&'(') => {
                chars.next();
                let target: String = chars.by_ref().take_while(|c| *c != ')').collect();
                if target.contains("://") || target.contains('@') {
                    out.extend([" ", &target, " "]);
                }
            }
            ']' => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// Whether this is the number of a list's item, and nothing else: `2.`, `10)`.
pub(super) fn is_item_number(text: &str) -> bool {
    let digits = text.strip_suffix('.').or_else(|| text.strip_suffix(')')).unwrap_or_default();
    (1..=2).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}

/// Sentences of prose; rows of tables, each cell after its column's heading.
pub(super) fn pieces(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut heads: Option<Vec<String>> = None;
    for line in source.lines() {
        let trimmed = line.trim();
        if !trimmed.starts_with('|') {
            heads = None;
            found.extend(sentences(&plain(trimmed)).into_iter().map(str::to_owned));
            continue;
        }
        let cells: Vec<String> = trimmed.trim_matches('|').split('|').map(plain).collect();
        let rule = |cell: &String| cell.chars().all(|c| matches!(c, '-' | ':' | ' '));
        match &heads {
            _ if cells.iter().all(rule) => {}
            None => {
                found.push(cells.join(" | "));
                heads = Some(cells);
            }
            Some(heads) => found.push(row(heads, &cells)),
        }
    }
    found
}

fn row(heads: &[String], cells: &[String]) -> String {
    let mut text = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push_str(" | ");
            if let Some(head) = heads.get(at) {
                text.push_str(head);
                text.push_str(": ");
            }
        }
        text.push_str(cell);
    }
    text
}

/// Clauses of a sentence, cut at its marks and at what joins clauses in English. The mark that parts clauses of
/// Japanese parts words of Chinese: what is denied of one of them is denied of all.
pub(super) fn clauses(sentence: &str) -> Vec<String> {
    let mut marked = String::with_capacity(sentence.len() + 8);
    let japanese = sentence.chars().any(|c| matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}'));
    let chars: Vec<char> = sentence.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        let between = |a: Option<&char>| a.is_some_and(char::is_ascii_digit);
        let in_number =
            matches!(c, ',' | '.' | ':') && at > 0 && between(chars.get(at - 1)) && between(chars.get(at + 1));
        let in_name = c == '.' && chars.get(at + 1).is_some_and(|next| next.is_alphanumeric());
        match c {
            '、' if !japanese => marked.push(c),
            '、' | '。' | ',' | ';' | '.' | '!' | '?' | '|' | '(' | ')' | '\n' if !in_number && !in_name => {
                marked.push('\n')
            }
            c => marked.push(c),
        }
    }
    for joint in [" but ", " because ", " unless ", " although ", " even though ", " so that ", " if ", " and "] {
        marked = marked.replace(joint, &format!("\n{}", joint.trim_start()));
    }
    marked.split('\n').map(str::trim).filter(|clause| !clause.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_row_by_row() {
        let source = "表です。\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |\n| 家電 | 14日 |";
        assert_eq!(pieces(source), ["表です。", "対象 | 期間", "靴 | 期間: 30日", "家電 | 期間: 14日"]);
    }

    #[test]
    fn marks_go_and_years_stay() {
        assert_eq!(plain("- **30日** [返品](https://a.example/b)へ"), "30日 返品 https://a.example/b へ");
        assert_eq!(plain("[返品](returns.md#when)へ"), "返品へ");
        assert_eq!(plain("1861. It began"), "1861. It began");
        assert_eq!(plain("2. 押す"), "押す");
    }

    #[test]
    fn numbers_stay_whole_in_clauses() {
        assert_eq!(clauses("送料は1,500円で、期限は3日です。"), ["送料は1,500円で", "期限は3日です"]);
        assert_eq!(clauses("It is free, but not abroad."), ["It is free", "but not abroad"]);
    }

    #[test]
    fn a_list_of_chinese_words_is_one_clause() {
        let said = "我们不会通过电话、邮件或聊天询问密码。";
        assert_eq!(clauses(said), ["我们不会通过电话、邮件或聊天询问密码"]);
        assert_eq!(clauses("電話、メールで聞きません。"), ["電話", "メールで聞きません"]);
    }
}
