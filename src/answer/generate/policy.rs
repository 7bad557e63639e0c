//! Which sentences are policy claims: those that state a right, a deadline, an amount or an obligation.
//!
//! A customer may hold the company to such a sentence, so it is never shown in a model's words. In doubt a sentence is one: the cost is
//! that the article speaks for itself.

use super::figures::{any, normal};
use super::sentences::{Sentence, Shape};
use crate::language::Lang;

/// What rights are about, and words that grant or refuse them: together they make a claim. Each list is parted by `|`.
struct Words {
    about: &'static str,
    grants: &'static str,
    /// Each alone makes one.
    binds: &'static str,
}

static JA: Words = Words {
    about: "返品|交換|返金|キャンセル|解約|退会|取り消|取消|補償|保証|払い戻|払戻|請求|延長|割引|支払|変更|\
        受け取|返送|再配達|再発行|ポイント|クーポン|送料|料金|会員",
    grants: "でき|可能|いただけ|られま|られな|対象|不可|受け付け|受けつけ|承り|お受け|応じ|失効|無効|ません|ない",
    binds: "必要|なければなりません|なければならない|義務|必須|不要|禁止|認め|負担|無料|有料|手数料|全額|半額|\
        一部|期限|期間|以内|以降|以上|以下|未満|当日|翌日|即日|まで|免除|無償|有償|損害|責任|弁償|かかりま|\
        かかりません|権利|資格|限り|いつでも|必ず",
};

static EN: Words = Words {
    about: "return|refund|exchang|cancel|replac|compensat|warrant|claim|money back|withdraw|terminat|extend|\
        discount|coupon|points|member|subscri|invoice|pay|deliver|ship",
    grants: "can |can't|cannot|can not|could |may |able to|possible|accept|allow|offer|will be|is covered|\
        are covered|n't |not |no |get |receive",
    binds: "must|have to|has to|need to|needs to|needed|required|requires|obliged|obligat|entitle|eligib|\
        right to|not allowed|permitted|guarantee|free of charge|for free|is free|are free|free |fee|charge|\
        cost|price|deadline|within|until|no later|at any time|any time|always|never|full amount|waive|\
        expire|liab|responsib|in full",
};

static ZH: Words = Words {
    about: "退货|退款|换货|取消|赔偿|补偿|保修|延长|折扣|支付|更改|退貨|換貨",
    grants: "可以|可|能|不予|接受|允许|支持|符合|不",
    binds: "必须|需要|须|应|不得|禁止|免费|收费|费用|手续费|全额|期限|以内|之内|内|之前|截至|承担|无需|权利|随时",
};

static KO: Words = Words {
    about: "반품|환불|교환|취소|보상|보증|연장|할인|결제|변경|해지",
    grants: "수 있|수 없|가능|불가|받을|대상|않|없",
    binds: "해야|필요|의무|필수|금지|무료|유료|수수료|전액|기한|이내|까지|부담|권리|언제든",
};

/// Whether `sentence` is a policy claim. In a language without rules every sentence is.
pub(super) fn is_policy(sentence: &Sentence, lang: &Lang) -> bool {
    let text = match sentence.shape {
        // The number of a step counts nothing.
        Shape::Step => sentence.text.trim_start_matches(|c: char| c.is_numeric() || ".)．） ".contains(c)),
        _ => &sentence.text,
    };
    if any(text) {
        return true;
    }
    let words = match lang.as_str() {
        "ja" => &JA,
        "en" => &EN,
        "zh" => &ZH,
        "ko" => &KO,
        _ => return true,
    };
    let text = format!(" {} ", normal(text));
    let holds = |list: &str| list.split('|').any(|word| text.contains(word));
    holds(words.binds) || (holds(words.about) && holds(words.grants))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str, lang: &Lang) -> bool {
        let shape = if text.starts_with("1. ") { Shape::Step } else { Shape::Prose };
        let sentence = Sentence { text: text.to_owned(), markers: Vec::new(), shape, begins_line: true };
        is_policy(&sentence, lang)
    }

    #[test]
    fn rights_deadlines_amounts_and_obligations_are_claims() {
        for text in [
            "返品できます。",
            "返金はしておりません。",
            "開封した商品は返金の対象外です。",
            "返送料はお客様の負担です。",
            "身分証が必要です。",
            "月末までにご連絡ください。",
            "送料は680円です。",
            "無料です。",
            "三日後に届きます。",
            "会員はいつでも解約いただけます。",
        ] {
            assert!(policy(text, &Lang::JA), "{text}");
        }
        for text in [
            "You can return it.",
            "We do not refund gift cards you cannot exchange.",
            "You must send it back.",
            "It is free of charge.",
            "Returns are accepted.",
            "Within a week.",
            "It takes 3 days.",
            "You are entitled to a new one.",
        ] {
            assert!(policy(text, &Lang::EN), "{text}");
        }
        assert!(policy("可以退货。", &Lang::ZH) && policy("환불이 가능합니다.", &Lang::KO));
        assert!(policy("Die Seite zeigt alles.", &Lang::new("de")), "no rules, no rewording");
    }

    #[test]
    fn directions_are_none() {
        for text in [
            "「注文履歴」を開き、商品を選びます。",
            "1. 「返品・交換」を押します。",
            "配送状況は注文の詳細に表示されます。",
        ] {
            assert!(!policy(text, &Lang::JA), "{text}");
        }
        for text in
            ["Open Your orders and choose the item.", "1. Press the button.", "The page shows where your parcel is."]
        {
            assert!(!policy(text, &Lang::EN), "{text}");
        }
    }
}
