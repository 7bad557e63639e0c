use super::*;

fn with_environment(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let source = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let environment = config::Environment::with_prefix("MADOGUCHI")
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .source(Some(source));
    Config::from_sources(&Overrides::default(), environment)
}

#[test]
fn the_embedded_defaults_are_whole() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.embedding.provider, EmbeddingProvider::Local);
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = with_environment(&[
        ("MADOGUCHI__SERVER__LISTEN", "0.0.0.0:9"),
        ("MADOGUCHI__DATA_DIR", "/elsewhere"),
        ("MADOGUCHI__RETRIEVAL__RRF_K", "20"),
    ])
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:9");
    assert_eq!(config.data_dir, Path::new("/elsewhere"));
    assert_eq!(config.retrieval.rrf_k, 20.0);
}

#[test]
fn a_misspelt_key_is_named() {
    let error = with_environment(&[("MADOGUCHI__SERVER__LISTN", "0.0.0.0:9")]).unwrap_err().to_string();
    assert!(error.contains("listn"), "{error}");
}

#[test]
fn a_value_out_of_range_is_named() {
    let error = with_environment(&[("MADOGUCHI__ANSWER__MIN_CONFIDENCE", "7")]).unwrap_err().to_string();
    assert!(error.contains("answer.min_confidence"), "{error}");
}

fn with_file(text: &str) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("madoguchi.toml");
    std::fs::write(&file, text).unwrap();
    let overrides = Overrides { file: Some(file), ..Overrides::default() };
    Config::from_sources(&overrides, config::Environment::default().source(Some(Default::default())))
}

#[test]
fn fallbacks_stand_in_a_file_and_are_named_by_number() {
    let with = |base: &str, second: &str| {
        with_file(&format!(
            "[llm]\nbase_url = \"{base}\"\nmodel = \"a\"\n\
             [[llm.fallbacks]]\nbase_url = \"http://h/v1\"\nmodel = \"b\"\napi_key_env = \"\"\n\
             [[llm.fallbacks]]\n{second}\napi_key_env = \"K\"\n"
        ))
    };
    let llm = with("http://h/v1", "base_url = \"http://i/v1\"\nmodel = \"c\"").unwrap().llm;
    let models: Vec<&str> = llm.fallbacks.iter().map(|fallback| fallback.model.as_str()).collect();
    assert_eq!((models, llm.stall_seconds, llm.breaker_failures), (vec!["b", "c"], 20, 5));
    for (base, second, word) in [
        ("http://h/v1", "base_url = \"nowhere\"\nmodel = \"c\"", "number 2"),
        ("http://h/v1", "base_url = \"http://i/v1\"\nmodel = \"\"", "number 2"),
        ("http://h/v1", "base_url = \"http://i/v1\"\nmodle = \"c\"", "modle"),
        ("", "base_url = \"http://i/v1\"\nmodel = \"c\"", "llm.base_url"),
    ] {
        let error = with(base, second).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    for key in [
        "TIMEOUT_SECONDS",
        "STALL_SECONDS",
        "DEADLINE_SECONDS",
        "GUARD_VOTE_SECONDS",
        "BREAKER_FAILURES",
        "BREAKER_COOLDOWN_SECONDS",
    ] {
        let error = with_environment(&[(&format!("MADOGUCHI__LLM__{key}"), "0")]).unwrap_err().to_string();
        assert!(error.contains("at least 1"), "{key}: {error}");
    }
}

#[test]
fn a_vote_wants_a_model_and_a_part_of_the_time() {
    let with = |model: &str, seconds: &str, timeout: &str| {
        with_environment(&[
            ("MADOGUCHI__LLM__GUARD_VOTE", "true"),
            ("MADOGUCHI__LLM__BASE_URL", "http://h/v1"),
            ("MADOGUCHI__LLM__MODEL", model),
            ("MADOGUCHI__LLM__GUARD_VOTE_SECONDS", seconds),
            ("MADOGUCHI__SERVER__REQUEST_TIMEOUT_SECONDS", timeout),
        ])
    };
    assert!(with("m", "5", "30").unwrap().llm.guard_vote);
    for (model, seconds, timeout, word) in
        [("", "5", "30", "llm.model"), ("m", "25", "30", "llm.guard_vote_seconds"), ("m", "5", "25", "request_timeout")]
    {
        let error = with(model, seconds, timeout).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let error = with_environment(&[("MADOGUCHI__LLM__GUARD_VOTE", "true")]).unwrap_err().to_string();
    assert!(error.contains("llm.guard_vote: needs llm.base_url and llm.model"), "{error}");
    let llm = Config::defaults().unwrap().llm;
    assert_eq!((llm.guard_vote, llm.guard_vote_seconds), (false, 5));
}

#[test]
fn an_answer_is_due_before_its_customer_is_sent_away() {
    let with = |answers: &str, deadline: &str, timeout: &str| {
        with_environment(&[
            ("MADOGUCHI__LLM__ANSWERS", answers),
            ("MADOGUCHI__LLM__DEADLINE_SECONDS", deadline),
            ("MADOGUCHI__SERVER__REQUEST_TIMEOUT_SECONDS", timeout),
        ])
    };
    assert!(with("true", "29", "30").is_ok() && with("false", "30", "30").is_ok());
    let error = with("true", "30", "30").unwrap_err().to_string();
    assert!(error.contains("llm.deadline_seconds") && error.contains("server.request_timeout_seconds"), "{error}");
}

#[test]
fn prompts_lie_in_the_folder_or_in_one_in_it() {
    assert_eq!(Config::defaults().unwrap().prompts_dir(), None);
    let folder = tempfile::tempdir().unwrap();
    let config = with_environment(&[("MADOGUCHI__LLM__PROMPTS", folder.path().to_str().unwrap())]).unwrap();
    assert_eq!(config.prompts_dir().unwrap(), folder.path());
    std::fs::create_dir(folder.path().join("answer")).unwrap();
    assert_eq!(config.prompts_dir().unwrap(), folder.path().join("answer"));
}

#[test]
fn prices_stand_in_a_file_and_are_no_credit() {
    let with = |price: &str| {
        with_file(&format!("[[llm.prices]]\nmodel = \"m\"\ninput_per_million = 2\noutput_per_million = {price}\n"))
    };
    let llm = with("7.5").unwrap().llm;
    assert_eq!((llm.prices[0].input_per_million, llm.prices[0].output_per_million), (2.0, 7.5));
    assert_eq!((llm.timeout_seconds, llm.max_retries, llm.currency.as_str()), (60, 2, "USD"));
    let error = with("-1").unwrap_err().to_string();
    assert!(error.contains("llm.prices") && error.contains("\"m\""), "{error}");
}

#[test]
fn mails_lead_back_to_the_chat_page_unless_told_otherwise() {
    let with = |public: &str, resume: &str| {
        with_environment(&[("MADOGUCHI__SERVER__PUBLIC_URL", public), ("MADOGUCHI__NOTIFY__RESUME_URL", resume)])
    };
    let resume = |public: &str, resume: &str| with(public, resume).unwrap().notify().resume_url;
    assert_eq!(resume("", ""), "");
    assert_eq!(resume("https://help.shop.example/", ""), "https://help.shop.example/#resume={token}");
    assert_eq!(resume("https://shop.example/help", ""), "https://shop.example/help/#resume={token}");
    let own = "https://shop.example/chat#resume={token}";
    assert_eq!(resume("https://help.shop.example", own), own);
    for wrong in ["help.shop.example", "ftp://help.shop.example", "https://a:b@h.example", "https://h.example/?a=1"] {
        let error = with(wrong, "").unwrap_err().to_string();
        assert!(error.contains("server.public_url"), "{error}");
    }
}

#[test]
fn a_mail_gateway_has_a_role() {
    let digest = "9e9dcc46b980274b22467d030e60378db28f371aff737a0714af173e4e44a50c";
    let key = |role: &str| {
        with_file(&format!("[[auth.keys]]\nname = \"postfix\"\nsha256 = \"{digest}\"\nroles = [\"{role}\"]\n"))
    };
    assert_eq!(key("mail_gateway").unwrap().auth.keys[0].roles, [KeyRole::MailGateway]);
    assert!(key("mailgateway").unwrap_err().to_string().contains("mailgateway"));
}

#[test]
fn every_key_is_explained_in_the_default_file() {
    for line in DEFAULT_TOML.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')) {
        let before: Vec<&str> = DEFAULT_TOML.lines().take_while(|above| *above != line).collect();
        let explained =
            before.iter().rev().take_while(|l| !l.is_empty() && !l.starts_with('[')).any(|l| l.starts_with('#'));
        assert!(explained, "no comment above {line:?}");
    }
}
