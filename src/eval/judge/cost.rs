//! What asking a model costs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config;

/// What a model's tokens cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// For a million tokens of requests.
    pub input_per_million: f64,
    /// For a million tokens of replies.
    pub output_per_million: f64,
    /// In which currency.
    pub currency: String,
}

impl Price {
    /// The configured price of a model; none if there is none.
    pub fn of(model: &str, llm: &config::Llm) -> Option<Self> {
        let config::LlmPrice { input_per_million, output_per_million, .. } =
            llm.prices.iter().find(|price| price.model == model)?;
        Some(Self {
            input_per_million: *input_per_million,
            output_per_million: *output_per_million,
            currency: llm.currency.clone(),
        })
    }
}

/// What was used of a model. Shown in words, for a report's notes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The model.
    pub model: String,
    /// Requests that were made. That one was tried again is not seen here, and nobody says what a failed attempt took.
    pub calls: usize,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the replies.
    pub tokens_out: u64,
    /// What that costs; `None` where no price is configured, which is not the same as nothing.
    pub money: Option<f64>,
    /// In which currency.
    pub currency: Option<String>,
}

impl Cost {
    /// Of so many calls and tokens, at a price if there is one.
    pub fn new(model: &str, calls: usize, tokens_in: u64, tokens_out: u64, price: Option<&Price>) -> Self {
        let of = |tokens: u64, per_million: f64| tokens as f64 * per_million / 1e6;
        Self {
            model: model.to_owned(),
            calls,
            tokens_in,
            tokens_out,
            money: price.map(|price| of(tokens_in, price.input_per_million) + of(tokens_out, price.output_per_million)),
            currency: price.map(|price| price.currency.clone()),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, calls, tokens_in, tokens_out, money, currency } = self;
        write!(f, "{calls} calls of {model}, {tokens_in} tokens in and {tokens_out} out: ")?;
        match (money, currency) {
            (Some(money), Some(currency)) => write!(f, "{money:.4} {currency}"),
            _ => write!(f, "what that costs is not known, for llm.prices has no entry for this model"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn llm() -> config::Llm {
        let mut llm = Config::defaults().unwrap().llm;
        let price = |model: &str, input_per_million, output_per_million| config::LlmPrice {
            model: model.to_owned(),
            input_per_million,
            output_per_million,
        };
        llm.prices = vec![price("small", 0.5, 1.5), price("large", 2.0, 10.0)];
        llm.currency = "EUR".to_owned();
        llm
    }

    #[test]
    fn tokens_in_and_out_have_their_own_price() {
        let price = Price::of("large", &llm());
        let cost = Cost::new("large", 3, 500_000, 100_000, price.as_ref());
        assert_eq!(cost.money, Some(2.0));
        assert_eq!(cost.to_string(), "3 calls of large, 500000 tokens in and 100000 out: 2.0000 EUR");
    }

    #[test]
    fn without_a_price_it_is_unknown_and_not_nothing() {
        assert_eq!(Price::of("another", &llm()), None);
        let cost = Cost::new("another", 3, 500_000, 100_000, None);
        assert_eq!((cost.money, &cost.currency), (None, &None));
        assert!(cost.to_string().ends_with("llm.prices has no entry for this model"), "{cost}");
    }
}
