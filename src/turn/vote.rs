//! The search, and the vote of a chat model beside it: nothing is drafted before both are done.

use tracing::Instrument as _;

use super::{FindError, Found, Turn, Watch};
use crate::guard::vote::Voted;
use crate::guard::{Cleared, Guard};

impl Turn {
    /// Searches for a message. Meanwhile the chat model votes on it, unless it `voted` before.
    pub(super) async fn search_and_vote(
        &self,
        cleared: &Cleared,
        voted: Option<&Voted>,
        guard: &Guard,
        watch: &mut Watch,
    ) -> (Result<Found, FindError>, Voted) {
        let search = async {
            let found = self.found(cleared.clone()).instrument(tracing::info_span!("retrieve")).await;
            watch.lap(|t| &mut t.retrieve_ms);
            found
        };
        let vote = async {
            match voted {
                Some(voted) => voted.clone(),
                None => self.voted(cleared, guard).await,
            }
        };
        let both = tokio::join!(search, vote);
        // What the vote took longer than the search.
        watch.lap(|t| &mut t.guard_ms);
        both
    }

    async fn voted(&self, cleared: &Cleared, guard: &Guard) -> Voted {
        let (Some(vote), Some(decision)) = (&self.vote, cleared.decision()) else { return Voted::Unasked };
        vote.on(cleared.message(), decision, guard).instrument(tracing::info_span!("vote")).await
    }
}
