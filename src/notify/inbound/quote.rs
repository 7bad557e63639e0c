//! What was written and what is quoted: every mailer marks it in its own way and language.
//!
//! To leave too much in is a nuisance, to take a customer's words out is a loss: a line is taken for a mailer's only if it looks like
//! nothing else.

use std::sync::LazyLock;

use regex::Regex;

/// The lines above which answers are written, in mails that can be answered; a certain sign where a mailer leaves none.
const MARKERS: [(&str, &str); 2] =
    [("ja", "--- この線より上に返信をお書きください ---"), ("en", "--- Please write your answer above this line ---")];

/// The line above which the answer to a mail in `frame` is written.
pub(in crate::notify) fn marker(frame: &str) -> &'static str {
    let [(ja, japanese), (_, english)] = MARKERS;
    if frame == ja { japanese } else { english }
}

/// How many lines the line that introduces a quotation may be broken into.
const ATTRIBUTION_LINES: usize = 4;
/// The most characters that are looked at for one.
const ATTRIBUTION_CHARS: usize = 400;
/// Within how many lines the second and third line of a quoted head follow the first.
const HEAD_LINES: usize = 7;

/// "On Monday, Hinata wrote:" in its languages. Each holds a date or an address besides, or it is not taken for one.
const ATTRIBUTIONS: [&str; 13] = [
    r"^On\b.{4,300}\bwrote\s?:$",
    r"^Am\b.{4,300}\b(?:schrieb|hat)\b.{0,160}:$",
    r"^(?:Le|Le\s)\b.{4,300}\ba\s+[ée]crit\s?:$",
    r"^El\b.{4,300}\bescribi[óo]\s?:$",
    r"^Il\b.{4,300}\bha scritto\s?:$",
    r"^Em\b.{4,300}\bescreveu\s?:$",
    // Gmail and Apple Mail in Japanese: a date, a name, an address, a colon.
    r"^\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}日?.{0,200}@.{0,120}(?:>|＞|\))\s?(?:のメール|さんは書きました|wrote)?\s?[:：]$",
    r"^.{0,200}(?:さんは|さんが|は)(?:書きました|次のように書きました|書いています)\s?[:：。]?$",
    // Chinese, Korean.
    r"^.{0,200}\d{4}\s?[年/.-].{0,260}(?:写道|寫道)\s?[:：]$",
    r"^.{0,160}\d{4}\s?[년./-].{0,260}(?:작성|썼습니다|썼습니다\.|wrote)\s?[:：]$",
    // Without a date: name and address.
    r"^.{0,120}<[^<>\s]+@[^<>\s]+>\s?(?:wrote|schrieb|writes|a écrit)\s?:$",
    r"^--- .{1,160} (?:wrote|schrieb|a écrit)\s?:$",
    r"^---- On .{4,300} ----$",
];

/// Rules that mailers draw above what is quoted.
const RULES: [&str; 2] = [
    r"(?i)^[-_=*－ー—–\s]{2,}\s?(?:original (?:message|mail|appointment)|forwarded message|reply message|message d'origine|message transféré|urspr[üu]ngliche (?:nachricht|mail)|weitergeleitete nachricht|mensaje original|messaggio originale|mensagem original|元のメッセージ|元のメール|転送メッセージ|原始邮件|邮件原件|原始郵件|转发邮件|원본 메시지|원본 메일|전달된 메시지)\s?[-_=*－ー—–\s]{2,}$",
    r"^(?:Begin forwarded message|転送されたメッセージ|Anfang der weitergeleiteten Nachricht|Début du message réexpédié)\s?[:：]$",
];

/// The lines of a head that is quoted: who, when, to whom, about what. Outlook's.
const HEAD: [&[&str]; 4] = [
    &["From", "差出人", "送信者", "Von", "De", "发件人", "發件人", "寄件者", "보낸 사람", "보낸사람"],
    &[
        "Sent",
        "Date",
        "送信日時",
        "日時",
        "日付",
        "Gesendet",
        "Datum",
        "Envoyé",
        "发送时间",
        "發送時間",
        "日期",
        "寄件日期",
        "보낸 날짜",
        "보낸날짜",
        "날짜",
    ],
    &["To", "宛先", "An", "À", "收件人", "받는 사람", "받는사람"],
    &["Subject", "件名", "Betreff", "Objet", "主题", "主題", "主旨", "제목"],
];

/// What phones add under what was written.
const SIGNATURES: [&str; 2] = [
    r"(?i)^(?:sent from my .{2,40}|sent from (?:outlook|yahoo|mail|proton) .{2,40}|get outlook for .{2,20}|envoyé de mon .{2,40}|von meinem .{2,40} gesendet|gesendet von .{2,40})$",
    r"^(?:.{2,20}から送信|发自我的.{2,20}|從我的.{2,20}傳送|나의 .{2,20}에서 보냄)$",
];

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
fn compiled(patterns: &[&str]) -> Vec<Regex> {
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a pattern")).collect()
}

static ATTRIBUTION: LazyLock<Vec<Regex>> = LazyLock::new(|| compiled(&ATTRIBUTIONS));
static RULE: LazyLock<Vec<Regex>> = LazyLock::new(|| compiled(&RULES));
static SIGNATURE: LazyLock<Vec<Regex>> = LazyLock::new(|| compiled(&SIGNATURES));

/// What was written, without quotation; empty if nothing else is there.
pub(super) fn stripped(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut own: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if is_marker(line) {
            break;
        }
        let introduced = attribution(rest).or_else(|| head(rest)).or_else(|| rule(rest));
        if let Some(length) = introduced {
            at += length;
            let behind = lines.get(at..).unwrap_or_default();
            // Quoted lines follow: what is behind them may be an answer. If others follow, where the quotation ends nobody can tell.
            let Some(next) = behind.iter().find(|line| !line.trim().is_empty()) else { break };
            if !quoted(next) {
                break;
            }
            continue;
        }
        if !quoted(line) {
            own.push(line);
        }
        at += 1;
    }
    while own
        .last()
        .is_some_and(|line| line.trim().is_empty() || matches(&SIGNATURE, line.trim()) || line.trim() == "--")
    {
        own.pop();
    }
    squeezed(&own)
}

/// Whether a line is quoted. A face is not: Japanese draws `>_<`.
fn quoted(line: &str) -> bool {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix('>').or_else(|| line.strip_prefix('＞')) else { return false };
    let mut next = rest.chars();
    match (next.next(), next.next()) {
        (Some('<' | '＜'), _) => false,
        (Some(mouth), Some('<' | '＜')) => mouth.is_whitespace() || matches!(mouth, '>' | '＞'),
        _ => true,
    }
}

/// How many lines introduce a quotation, beginning with the first.
fn attribution(lines: &[&str]) -> Option<usize> {
    let mut joined = String::new();
    for (nth, line) in lines.iter().take(ATTRIBUTION_LINES).enumerate() {
        let line = unmarked(line);
        if line.is_empty() || joined.chars().count() > ATTRIBUTION_CHARS {
            return None;
        }
        if nth > 0 {
            joined.push(' ');
        }
        joined.push_str(line);
        if line.ends_with([':', '：', '。', '-']) || line.ends_with("書きました") || line.ends_with("書いています")
        {
            return (told_when_or_who(&joined) && matches(&ATTRIBUTION, &joined)).then_some(nth + 1);
        }
    }
    None
}

/// Whether there is a date or an address in it, as mailers put and people seldom do.
fn told_when_or_who(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    line.contains('@') || digits >= 3
}

/// How many lines are a quoted head (From:, Sent:, To:, Subject:), with a rule above it. Customers too write from where to where a parcel
/// goes: without a rule above it, a head has a subject or an address.
fn head(lines: &[&str]) -> Option<usize> {
    let above = lines.iter().take_while(|line| is_rule_of_dashes(line) || line.trim().is_empty()).count();
    // An empty line alone belongs to what was written.
    let above = if lines.first().is_some_and(|line| is_rule_of_dashes(line)) { above } else { 0 };
    let block = lines.get(above..)?;
    if !is_head(block.first()?, 0) {
        return None;
    }
    let length = block.iter().take(HEAD_LINES).take_while(|line| !line.trim().is_empty()).count();
    let lines = block.get(..length)?;
    let named = lines.iter().filter(|line| (1..HEAD.len()).any(|kind| is_head(line, kind))).count();
    let mail = above > 0 || lines.iter().any(|line| is_head(line, 3)) || block.first()?.contains('@');
    (named >= 2 && mail).then_some(above + length)
}

fn is_head(line: &str, kind: usize) -> bool {
    let line = unmarked(line).trim_start_matches('*');
    let Some((label, value)) = line.split_once([':', '：']) else { return false };
    let label = label.trim_end_matches('*').trim();
    !value.trim().is_empty() && HEAD.get(kind).is_some_and(|labels| labels.contains(&label))
}

/// How many lines are a mailer's rule, with the quoted head below it.
fn rule(lines: &[&str]) -> Option<usize> {
    if !matches(&RULE, unmarked(lines.first()?)) {
        return None;
    }
    let behind = lines.get(1..).unwrap_or_default();
    let empty = behind.iter().take_while(|line| line.trim().is_empty()).count();
    // Old Japanese mailers put some of the head only, and then quote with `>`.
    let labelled = |line: &&&str| (0..HEAD.len()).any(|kind| is_head(line, kind));
    let head = behind.iter().skip(empty).take(HEAD_LINES).take_while(labelled).count();
    Some(if head > 0 { 1 + empty + head } else { 1 })
}

fn is_rule_of_dashes(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 10 && line.chars().all(|c| matches!(c, '_' | '-' | '=' | '─' | '━'))
}

fn is_marker(line: &str) -> bool {
    // Mailers wrap lines and put `>` and `|` before them.
    MARKERS.iter().any(|(_, marker)| line.contains(marker.trim_matches(['-', ' '])))
}

/// A line without the signs of quotation before it.
fn unmarked(line: &str) -> &str {
    line.trim_start_matches(['>', '＞', ' ', '\t', '|']).trim()
}

fn matches(patterns: &[Regex], line: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(line))
}

/// Lines without more than one empty one in a row: where a quotation was taken out, two were.
fn squeezed(lines: &[&str]) -> String {
    let mut text = String::new();
    let mut empty = 0;
    for line in lines {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_matches('\n').trim_end().to_owned()
}

/// Lines that were broken for display, whole again (RFC 3676): one that ends in a blank goes on in the next. Quoted lines stay as they are.
pub(super) fn unflowed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut open = false;
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let quotes = quoted(line);
        // What begins with a blank or `>` of its own was moved by one blank.
        let line = if quotes { line } else { line.strip_prefix(' ').unwrap_or(line) };
        if !whole.is_empty() && (!open || quotes) {
            whole.push('\n');
        }
        whole.push_str(line);
        open = line.ends_with(' ') && !quotes && line != "-- ";
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotations_are_taken_out() {
        for mail in [
            // Gmail.
            "届きました。\n\n2026年5月4日(月) 18:00 Hinata Market <help@shop.example>:\n> 古い\n>\n> 古い\n",
            "届きました。\n\nOn Mon, May 4, 2026 at 6:00 PM Hinata Market <help@shop.example>\nwrote:\n\n> 古い\n",
            "届きました。\n\nAm Mo., 4. Mai 2026 um 18:00 Uhr schrieb Hinata Market <help@shop.example>:\n> 古い\n",
            "届きました。\n\nLe lun. 4 mai 2026 à 18:00, Hinata Market <help@shop.example> a écrit :\n> 古い\n",
            "届きました。\n\nHinata Market <help@shop.example> 于2026年5月4日周一 18:00写道：\n> 古い\n",
            "届きました。\n\n2026년 5월 4일 (월) 오후 6:00, Hinata Market <help@shop.example>님이 작성:\n> 古い\n",
            // Apple Mail.
            "届きました。\n\n> 2026/05/04 18:00、Hinata Market <help@shop.example>のメール:\n> \n> 古い\n",
            "届きました。\n\n2026/05/04 18:00、Hinata Market <help@shop.example>のメール：\n\n古い\n",
            "届きました。\n\nOn 4 May 2026, at 18:00, Hinata Market <help@shop.example> wrote:\n\n> 古い\n",
            "届きました。\n\n> Am 04.05.2026 um 18:00 schrieb Hinata Market <help@shop.example>:\n> 古い\n",
            "届きました。\n\n> 在 2026年5月4日，18:00，Hinata Market <help@shop.example> 写道：\n> 古い\n",
            "届きました。\n\n> 2026. 5. 4. 오후 6:00, Hinata Market <help@shop.example> 작성:\n> 古い\n",
            // Outlook.
            "届きました。\n\n________________________________\n差出人: Hinata Market <help@shop.example>\n送信日時: 2026年5月4日 18:00\n宛先: 山田\n件名: お返事\n\n古い\n",
            "届きました。\n\nFrom: Hinata Market <help@shop.example>\nSent: Monday, May 4, 2026 6:00 PM\nTo: Hanako\nSubject: Answer\n\n古い\n",
            "届きました。\n\n*Von:* Hinata Market <help@shop.example>\n*Gesendet:* Montag, 4. Mai 2026 18:00\n*An:* Hanako\n*Betreff:* Antwort\n\n古い\n",
            "届きました。\n\nDe : Hinata Market <help@shop.example>\nEnvoyé : lundi 4 mai 2026 18:00\nÀ : Hanako\nObjet : Réponse\n\n古い\n",
            "届きました。\n\n发件人: Hinata Market <help@shop.example>\n发送时间: 2026年5月4日 18:00\n收件人: Hanako\n主题: 回复\n\n古い\n",
            "届きました。\n\n보낸 사람: Hinata Market <help@shop.example>\n보낸 날짜: 2026년 5월 4일 월요일 오후 6:00\n받는 사람: Hanako\n제목: 답변\n\n古い\n",
            "届きました。\n\n-----Original Message-----\nFrom: Hinata Market\nSent: Monday, May 4, 2026\nTo: Hanako\n\n古い\n",
            "届きました。\n\n-----Ursprüngliche Nachricht-----\nVon: Hinata Market\n\n古い\n",
            // QQ, NAVER.
            "届きました。\n\n------------------ 原始邮件 ------------------\n发件人: \"Hinata\" <help@shop.example>;\n古い\n",
            "届きました。\n\n-----Original Message-----\nFrom: \"Hinata\" <help@shop.example>\n古い\n",
            // Japanese mailers.
            "届きました。\n\n----- Original Message ----- \nFrom: \"Hinata Market\" <help@shop.example>\nTo: <hanako@customer.example>\n> 古い\n",
            "届きました。\n\n----- 元のメッセージ -----\n古い\n",
            "届きました。\n\n\"Hinata Market\" <help@shop.example> さんは書きました:\n> 古い\n",
            "届きました。\n\nOn Mon, 4 May 2026 18:00:00 +0900\nHinata Market <help@shop.example> wrote:\n\n> 古い\n",
            // Ours, whatever the mailer does.
            "届きました。\n\n| --- この線より上に返信をお書きください ---\n| 古い\n",
            "届きました。\n\n> --- Please write your answer above this line ---\n古い\n",
            // What phones add.
            "届きました。\n\niPhoneから送信\n\n> 2026/05/04 18:00、Hinata <help@shop.example>のメール:\n> 古い",
            "届きました。\n\nSent from my iPhone\n",
        ] {
            assert_eq!(stripped(mail), "届きました。", "{mail}");
        }
    }

    #[test]
    fn answers_between_and_below_the_quotation_stay() {
        let between = "On Mon, May 4, 2026 at 6:00 PM Hinata <help@shop.example> wrote:\n> どの箱ですか。\n青い箱です。\n> いつ届きましたか。\n昨日です。";
        assert_eq!(stripped(between), "青い箱です。\n昨日です。");
        let below = "----- Original Message -----\nFrom: Hinata <help@shop.example>\nDate: 2026/05/04\n\n> どの箱ですか。\n\n青い箱です。\n";
        assert_eq!(stripped(below), "青い箱です。");
    }

    #[test]
    fn a_customers_words_stay() {
        for mail in [
            "On Monday the courier wrote:",
            "宅配業者はこう書きました：不在でした。",
            "困っています >_<\n>_< 本当に\n>< 助けて\n＞＜",
            "From: 東京\nTo: 大阪\n送料はいくらですか。",
            "差出人: 山田\n宛先: 東京都千代田区1-1\n日付: 5月4日\n伝票にはこう書かれています。",
            "De : Paris\nÀ : Lyon\nDate : 4 mai",
            "注文番号: 123-4567\n件名: 返品",
            "次の三つです:\n1. 箱\n2. 説明書",
            "電話は 03-1234-5678 です:",
            "---\n以上です。",
            "Le colis est arrivé :\ncassé.",
            "私は書きました。",
            "2026年5月4日に届くと言われました:\n届いていません。",
        ] {
            assert_eq!(stripped(mail), mail, "{mail}");
        }
    }

    #[test]
    fn a_mail_of_quotation_alone_is_empty() {
        assert_eq!(stripped("> 古い\n> <b> 古い\n>> <x>\n>古い\n"), "");
        assert_eq!(stripped(""), "");
    }

    #[test]
    fn broken_lines_are_whole_again() {
        assert_eq!(unflowed("a \nb\n  c\n> d \n> e\nf"), "a b\n c\n> d \n> e\nf");
        assert_eq!(unflowed("-- \nname"), "-- \nname");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(>|＞| |On|wrote:|From:|Sent:|To:|-----|Original Message|@|2026|[a-z]|書きました|\n){0,80}") {
            let own = stripped(&text);
            prop_assert!(own.lines().all(|line| text.contains(line)), "nothing is added");
        }

        #[test]
        fn any_string_is_read(text: String) {
            let _ = (stripped(&text), unflowed(&text));
        }

        #[test]
        fn plain_words_stay(text in "[a-zぁ-ん。、]{1,20}(\n[a-zぁ-ん。、]{1,20}){0,5}") {
            prop_assert_eq!(stripped(&text), text);
        }
    }
}
