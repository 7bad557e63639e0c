//! The way back from a mail: its link ends in `#resume=ID.KEY`, which no server is sent, and the key opens that conversation for a while as
//! the token does that it was opened with; only its mail address it does not change. So the page remembers that it came by such a link, and
//! offers there no other address.

use super::Problem;
use super::account::Opener;
use crate::app::App;
use crate::conversation::ConversationId;

impl Opener {
    /// Whether it is a key that a mail about this conversation brought, and still good.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn comes_back(&self, app: &App, to: ConversationId) -> Result<bool, Problem> {
        let Self::Token(presented) = self else { return Ok(false) };
        Ok(app.store.resumed(presented, app.clock.now()).await? == Some(to))
    }
}
