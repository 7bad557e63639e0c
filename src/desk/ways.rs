//! What a waiting customer is offered besides waiting: other channels, quieter hours; and what holds service up.

use jiff::Zoned;

use super::Desk;
use crate::handoff::{
    Case, OfferedChannel, QuietHour, Sample, Ticket, ToldNotice, Waiting, quieter_hours, shows_evidence, way_words,
};
use crate::language::Lang;

/// What is offered and told to one customer at one moment.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) channels: Vec<OfferedChannel>,
    pub(super) notices: Vec<ToldNotice>,
    pub(super) quieter: Vec<QuietHour>,
    /// The same in words, a line each.
    pub(super) words: Vec<String>,
}

impl Desk {
    /// What the customer of a waiting case is offered, in the language `reads`. `estimate`: the minutes they are expected to wait;
    /// `samples`: how long the desk's cases took.
    pub(super) fn ways(&self, ticket: &Ticket, reads: &Lang, estimate: Option<u32>, samples: &[Sample]) -> Ways {
        let current = self.0.rules.current();
        if current.channels.is_empty() {
            return Ways::default();
        }
        let (now, language) = (self.now(), served_in(&ticket.case));
        let calendar = self.rules_for(&ticket.desk, language).calendar;
        let waiting = Waiting {
            now,
            desk: &ticket.desk,
            calendar: &calendar,
            reason: ticket.case.reason.code(),
            priority: ticket.priority,
            language,
            reads,
            evidence: has_evidence(&ticket.case),
            estimate,
        };
        let (channels, notices) = (current.channels.offered(&waiting), current.channels.told(&waiting));
        let quieter = match current.channels.is_long(&waiting) {
            true => quieter_hours(samples, now, &calendar),
            false => Vec::new(),
        };
        let shown = |at: jiff::Timestamp| at.to_zoned(calendar.zone().clone());
        let words = way_words(reads);
        let mut lines: Vec<String> =
            notices.iter().map(|notice| words.notice(reads, &notice.text, &shown(notice.until))).collect();
        for channel in &channels {
            let until = channel.open_until.map(shown);
            lines.push(words.channel(reads, &channel.name, &channel.contact, until.as_ref()));
        }
        let hours: Vec<Zoned> = quieter.iter().map(|hour| shown(hour.from)).collect();
        lines.extend(words.quieter(reads, &hours));
        Ways { channels, notices, quieter, words: lines }
    }
}

/// The language in which a case is to be served: as the customer wishes, else as they write.
pub(super) fn served_in(case: &Case) -> &Lang {
    case.wished_language.as_ref().unwrap_or(&case.language)
}

/// Whether the customer has something to show, by what they said.
fn has_evidence(case: &Case) -> bool {
    shows_evidence(&case.message) || case.before.iter().any(|before| shows_evidence(&before.said))
}
