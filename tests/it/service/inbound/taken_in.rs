//! What becomes of a customer's mail whose case goes on elsewhere, and of one that is too long.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_a_merged_case_goes_where_the_case_goes_on() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let (first, second) = (Customer::comes(&shop).await, Customer::comes(&shop).await);
    let (goes, mail) = answered(&shop, &first).await;
    let (stays, _) = answered(&shop, &second).await;
    shop.operator(Method::POST, &format!("/tickets/{goes}/merge"), Some(json!({ "into": stays }))).await;

    assert_eq!(shop.hand_in(&answer(HANAKO, &mail, "", "箱は青です。")).await, "continued");
    let new = format!("From: {HANAKO}\r\nSubject: {goes}\r\nMessage-ID: <6@customer.example>\r\n\r\nAnd it is large.");
    assert_eq!(shop.hand_in(new.as_bytes()).await, "continued");
    for words in ["箱は青です。", "And it is large."] {
        assert_eq!((first.said("customer", words).await, second.said("customer", words).await), (0, 1), "{words}");
    }
    assert_eq!(first.status().await["owner"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_too_long_is_cut_and_the_customer_is_told() {
    need!(processes::model());
    let shop = need!(Shop::open().await);
    let customer = Customer::comes(&shop).await;
    let (_, mail) = answered(&shop, &customer).await;
    let long = format!("箱は青です。{}終わり", "あ".repeat(MESSAGE_LIMIT));
    for _ in 0..2 {
        assert_eq!(shop.hand_in(&answer(HANAKO, &mail, "", &long)).await, "continued");
    }
    let (_, read) = customer.does(Method::GET, "", None).await;
    let kept = read["messages"].as_array().unwrap().iter().rev().find(|message| message["role"] == "customer").unwrap();
    let kept = kept["text"].as_str().unwrap();
    assert!(kept.starts_with("箱は青です。あ") && !kept.contains("終わり"), "{kept}");
    assert_eq!(kept.chars().count(), MESSAGE_LIMIT);
    let told = format!("最初の{MESSAGE_LIMIT}文字");
    assert_eq!(customer.said("notice", &told).await, 1);
    assert!(parsed(&shop.next_mail().await.raw).body_text(0).unwrap().contains(&told));
}
