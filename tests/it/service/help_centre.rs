//! A small help centre of a bookshop: three articles in two languages, one in one, and three that customers must never see.

use std::path::Path;

/// Key of the caller below.
pub(super) const SELLER_KEY: &str = "seller-key-of-the-tests";

/// A caller who may read sellers' articles.
pub(super) const CONFIG: &str = r#"
[[auth.keys]]
name = "seller portal"
sha256 = "9e9dcc46b980274b22467d030e60378db28f371aff737a0714af173e4e44a50c"
audiences = ["seller"]
"#;

/// Path and text of every article.
pub(super) const ARTICLES: &[(&str, &str)] = &[
    ("ja/returns/returns.md", JA_RETURNS),
    ("ja/orders/shipping.md", JA_SHIPPING),
    ("ja/payments/receipts.md", JA_RECEIPTS),
    ("en/returns/returns.md", EN_RETURNS),
    ("en/orders/shipping.md", EN_SHIPPING),
    ("en/orders/gift-wrapping.md", EN_GIFT_WRAPPING),
    ("en/technical/e-reader.md", EN_E_READER),
    ("ja/membership/subscription-box.md", JA_DRAFT),
    ("ja/returns/summer-2020.md", JA_EXPIRED),
    ("ja/payments/payouts.md", JA_SELLER),
];

pub(super) fn write_all(folder: &Path) {
    for (path, text) in ARTICLES {
        write(folder, path, text);
    }
}

pub(super) fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Whole at once, as editors save: half an article is another test's.
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text).unwrap();
    std::fs::rename(partial, path).unwrap();
}

pub(super) const JA_RETURNS: &str = "\
---
id: ja-returns
title: 返品できる期間と条件
lang: ja
category: returns
audience: customer
questions: [いつまで返品できますか, 返品したい, 返品の送料は誰が払いますか]
---

お届けの翌日から21日以内で、読んだ跡のない本なら返品できます。ただし雑誌と開封した音声CDは返品できません。

## 送料

返送料の480円はお客様のご負担です。落丁や乱丁のときは当店が負担し、交換品をお送りします。

## 手順

1. 「注文履歴」を開き、返品する本を選びます。
2. 理由を選んで「返品を申し込む」を押します。
3. 届いたラベルを箱に貼り、コンビニエンスストアから送ります。
";

const JA_SHIPPING: &str = "\
---
id: ja-shipping
title: 送料とお届けまでの日数
lang: ja
category: orders
audience: customer
questions: [送料はいくらですか, 何日で届きますか]
---

送料は全国一律350円で、3,500円以上のご注文は無料です。沖縄県と離島は900円です。

## お届けまでの日数

| 地域 | 日数 |
|---|---|
| 関東・東海 | 1〜2日 |
| 北海道・九州 | 2〜4日 |
| 沖縄・離島 | 5〜8日 |

取り寄せの本は、入荷してから数えます。
";

const JA_RECEIPTS: &str = "\
---
id: ja-receipts
title: 領収書を発行する
lang: ja
category: payments
audience: customer
questions: [領収書がほしい, 宛名を会社名にできますか]
---

領収書は、発送が済んだ注文について「注文履歴」から何度でもPDFで発行できます。宛名は30文字まで入れられます。

紙の領収書はお送りしていません。くわしくは[返品できる期間と条件](../returns/returns.md)もご覧ください。
";

const EN_RETURNS: &str = "\
---
id: en-returns
title: Return windows and conditions
lang: en
translation_of: ja-returns
category: returns
audience: customer
questions: [How long can I return a book?, Who pays for sending it back?]
---

You can return a book within 21 days of the day after delivery if it shows no sign of having been read. Magazines and opened
audio discs cannot be returned.

## Postage

You pay the 480 yen for the parcel. If pages are missing or in the wrong order, we pay and send another copy.
";

const EN_SHIPPING: &str = "\
---
id: en-shipping
title: Delivery times and fees
lang: en
translation_of: ja-shipping
category: orders
audience: customer
questions: [What does delivery cost?, When will my books arrive?]
---

Delivery costs 350 yen anywhere in Japan and is free for orders of 3,500 yen or more. Okinawa and remote islands cost 900 yen.

## How long it takes

Books in stock reach Kanto and Tokai in one to two days, Hokkaido and Kyushu in two to four, Okinawa in five to eight.
";

const EN_GIFT_WRAPPING: &str = "\
---
id: en-gift-wrapping
title: Gift wrapping and message cards
lang: en
category: orders
audience: customer
questions: [Can you wrap a book as a present?, What does gift wrapping cost?]
---

Gift wrapping costs 260 yen a parcel and includes a message card of up to 80 letters. Choose it in the basket, before you pay.

Boxes longer than 40 centimetres cannot be wrapped.
";

/// With what a careless or wicked author might put in.
const EN_E_READER: &str = "\
---
id: en-e-reader
title: Connecting the e-reader to a computer
lang: en
category: technical
audience: customer
questions: [My e-reader is not recognised by the computer]
---

Connect the e-reader with the cable it came with and wait until its lamp turns green. Another cable may only charge it.

<script>alert('no')</script>

<img src=\"x\" onerror=\"alert('no')\"> Then [open the settings](javascript:alert(1)) and choose <b onclick=\"alert(1)\">Transfer</b>.

<iframe src=\"https://elsewhere.example/\"></iframe>
";

const JA_DRAFT: &str = "\
---
id: ja-subscription-box
title: 毎月の定期便の料金
lang: ja
category: membership
audience: customer
draft: true
questions: [定期便はいくらですか]
---

定期便は毎月1,980円で、書店員が選んだ本を2冊お届けする予定です。まだ始まっていません。
";

const JA_EXPIRED: &str = "\
---
id: ja-summer-2020
title: 2020年夏の感謝祭の返品期間
lang: ja
category: returns
audience: customer
effective_from: 2020-07-01
effective_until: 2020-08-31
questions: [夏の感謝祭で買った本はいつまで返品できますか]
---

2020年夏の感謝祭で買った本は、お届けの翌日から77日以内なら返品できます。
";

const JA_SELLER: &str = "\
---
id: ja-payouts
title: 【出品者向け】売上の振込日
lang: ja
category: payments
audience: seller
questions: [売上はいつ振り込まれますか, 振込手数料はいくらですか]
---

売上は毎月15日に締め、25日に振り込みます。振込手数料の165円は出品者のご負担です。
";
