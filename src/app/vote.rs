//! Opens the chat model that votes as one of the guards.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::open_chat;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::guard::vote::{ModelVote, VoteTerms};

/// The most tokens a ballot may have: a sentence and a code, and some to spare.
const BALLOT_TOKENS: usize = 512;

/// Who votes, if the configuration wants a vote.
///
/// # Errors
/// When there is no chat model, or none that can be asked.
pub fn open_vote(config: &Config, ids: &dyn Ids, clock: Arc<dyn Clock>) -> anyhow::Result<Option<ModelVote>> {
    if !config.llm.guard_vote {
        return Ok(None);
    }
    let limit = config.llm.guard_vote_seconds;
    // Its own, with its own time: of several models the next is asked while there is some left.
    let mut own = config.clone();
    own.llm.deadline_seconds = limit;
    own.llm.timeout_seconds = own.llm.timeout_seconds.min(limit);
    let chat = open_chat(&own, ids, clock)?
        .context("configuration: llm.guard_vote: needs llm.base_url and llm.model: whose vote shall it be?")?;
    let terms = VoteTerms {
        context_tokens: config.llm.context_tokens,
        ballot_tokens: config.llm.reply_tokens.min(BALLOT_TOKENS),
        limit: Duration::from_secs(limit),
    };
    Ok(Some(ModelVote::new(chat, terms)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{CountingIds, SystemClock};

    #[test]
    fn a_vote_is_opened_only_where_it_is_wanted() {
        let mut config = Config::defaults().unwrap();
        let open = |config: &Config| open_vote(config, &CountingIds::default(), Arc::new(SystemClock));
        config.llm.base_url = "http://127.0.0.1:9/v1".to_owned();
        config.llm.model = "tiny".to_owned();
        assert!(open(&config).unwrap().is_none());
        config.llm.guard_vote = true;
        assert!(open(&config).unwrap().is_some());
        config.llm.base_url.clear();
        let error = open(&config).unwrap_err().to_string();
        assert!(error.contains("llm.guard_vote"), "{error}");
    }
}
