//! Measures a certificate's figures.

use std::collections::BTreeSet;

use anyhow::bail;
use futures::StreamExt as _;
use rayon::prelude::*;

use super::figures::{
    About, Certificate, Code, FORMAT, Frozen, Guises, Hostile, Missed, PoliciesInForce, Slack, Spread,
};
use super::line::{LineOne, Look, history};
use super::sets::Sets;
use super::tally::{self, Disguised, Plain};
use super::variants::{Texts, Variant};
use crate::app::App;
use crate::conversation::History;
use crate::eval::dataset::guards::{Expect, Row};
use crate::eval::dataset::hostile::{Harmless, Hostile as Reply};
use crate::eval::tasks::hostile::{HostileReport, Stage};
use crate::guard::{HandoffReason, Policies, PolicyCode, Received};
use crate::knowledge::{self, ArticleStore, question_vectors};
use crate::language::{self, Lang};
use crate::passages::Audience;
use crate::turn::{Turn, Whole};

/// How it is measured.
pub struct Measuring<'a> {
    /// The service, over the articles, without a model that writes.
    pub app: &'a App,
    /// Where vectors that were paid for are kept: a store of its own, which no sync prunes.
    pub store: &'a dyn ArticleStore,
    /// The program.
    pub code: Code,
    /// Which messages are put in other guises.
    pub guises: Guises,
    /// Of everything drawn by lot.
    pub seed: u64,
    /// Messages and replies worked on at once.
    pub jobs: usize,
    /// Told what is being done, how much of it is done, and of how much.
    pub progress: &'a (dyn Fn(&str, usize, usize) + Send + Sync),
}

impl std::fmt::Debug for Measuring<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measuring").field("code", &self.code).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// What line 1 makes of the test split, of its guises, and of requests over several turns.
struct Judged {
    plain: Vec<Option<PolicyCode>>,
    disguised: Vec<Disguised>,
    spread: Vec<Option<PolicyCode>>,
}

impl Measuring<'_> {
    /// Measures everything that `sets` are there for.
    ///
    /// # Errors
    /// When a message cannot be judged or a reply cannot be played at all: such figures would be of a broken installation, in which
    /// everything goes to a person.
    pub async fn certificate(&self, sets: &Sets) -> anyhow::Result<Certificate> {
        let guard = self.app.turn.guards.current();
        let default = self.app.default_language();
        let line = LineOne { guard: &guard, default: &default };
        let frozen = self.turns("must not miss", &sets.must_not_miss, &default).await?;
        let came = self.turns("messages", &sets.test, &default).await?;
        let judged = self.judged(line, sets).await?;
        let plain: Vec<Plain<'_>> = sets
            .test
            .iter()
            .zip(came)
            .zip(&judged.plain)
            .map(|((row, turn), line)| Plain { row, turn, line: line.clone() })
            .collect();
        let missed = sets.must_not_miss.iter().zip(&frozen).filter(|(_, came)| came.is_none());
        Ok(Certificate {
            format: FORMAT,
            about: self.about(sets)?,
            slack: Slack::default(),
            must_not_miss: Frozen {
                rows: sets.must_not_miss.len(),
                missed: missed.map(|(row, _)| missed_row(row)).collect(),
            },
            person: match &sets.person {
                Some(wordings) => Some(self.person(line, wordings).await?),
                None => None,
            },
            policies: tally::policies(&plain),
            confusions: tally::confusions(&plain),
            missed: tally::missed(&plain),
            needless: tally::needless(&plain),
            variants: tally::variants(&plain, &judged.disguised, self.guises),
            spread: sets.spread.as_deref().map(|rows| spread(rows, &judged.spread)),
            hostile: self.hostile(sets).await?,
            injections: None,
            pass8: None,
        })
    }

    fn about(&self, sets: &Sets) -> anyhow::Result<About> {
        let guard = self.app.turn.guards.current();
        let policies = guard.policies();
        Ok(About {
            on: self.app.today(),
            code: self.code.clone(),
            policies: PoliciesInForce {
                version: policies.version(),
                digest: policies.digest().to_owned(),
                core: Policies::core()?.digest().to_owned(),
            },
            embedding: self.app.turn.embedder.space().clone(),
            sets: sets.about.clone(),
            guises: self.guises,
            seed: self.seed,
        })
    }

    /// What whole turns come to: under which policy each row goes to a person, if it does.
    async fn turns(&self, name: &str, rows: &[Row], default: &Lang) -> anyhow::Result<Vec<Option<String>>> {
        let turn = &self.app.turn;
        let mut asking =
            futures::stream::iter(rows.iter().map(|row| ask(turn, row, default))).buffered(self.jobs.max(1));
        let mut came = Vec::with_capacity(rows.len());
        while let Some(one) = asking.next().await {
            came.push(one?);
            (self.progress)(name, came.len(), rows.len());
        }
        Ok(came)
    }

    /// Line 1 over the test split and everything that is made of it.
    async fn judged(&self, line: LineOne<'_>, sets: &Sets) -> anyhow::Result<Judged> {
        let texts = Texts::shipped()?;
        let rows = &sets.test;
        let look = |row: &Row| line.look(&row.text, history(row, &row.context));
        let plain: Vec<Look> = rows.par_iter().map(look).collect();
        let disguise = |row: usize, variant: Variant| {
            let guise = variant.of(rows.get(row)?, &texts, self.seed)?;
            let before = history(rows.get(row)?, &guise.context);
            Some((row, variant, line.look(&guise.text, before)))
        };
        let places: Vec<(usize, Variant)> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| is_disguised(row) && self.guises.take(&row.id))
            .flat_map(|(at, _)| Variant::ALL.map(|variant| (at, variant)))
            .collect();
        let disguised: Vec<(usize, Variant, Look)> =
            places.into_par_iter().filter_map(|(row, variant)| disguise(row, variant)).collect();
        let spread: Vec<Look> = sets.spread.iter().flatten().map(look).collect();
        let looks = plain.iter().chain(disguised.iter().map(|(_, _, look)| look)).chain(&spread);
        let wanted: BTreeSet<&str> = looks.flat_map(Look::texts).collect();
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        let embedder = self.app.turn.embedder.as_ref();
        let vectors = question_vectors(&wanted, self.store, embedder, &|progress| {
            if let knowledge::Progress::Embedding { done, total } = progress {
                (self.progress)("variants", done, total);
            }
        })
        .await?;
        let rule = |look: &Look| line.rule(look, &vectors);
        Ok(Judged {
            plain: plain.par_iter().map(rule).collect::<anyhow::Result<_>>()?,
            disguised: disguised
                .par_iter()
                .map(|(row, variant, look)| Ok(Disguised { row: *row, variant: *variant, line: rule(look)? }))
                .collect::<anyhow::Result<_>>()?,
            spread: spread.par_iter().map(rule).collect::<anyhow::Result<_>>()?,
        })
    }

    /// The worst of models, through the real writer.
    async fn hostile(&self, sets: &Sets) -> anyhow::Result<Option<Hostile>> {
        if sets.hostile.is_none() && sets.generated.is_none() {
            return Ok(None);
        }
        let stage = Stage::new(self.app.clone()).await?;
        let written = sets.hostile.as_deref().unwrap_or_default();
        let harmless = sets.harmless.as_deref().unwrap_or_default();
        let report = self.play(&stage, "hostile", written, harmless).await?;
        let generated = match &sets.generated {
            Some(rows) => Some(self.play(&stage, "generated", rows, &[]).await?),
            None => None,
        };
        Ok(Some(tally::hostile(&report, generated.as_ref())))
    }

    async fn play(
        &self,
        stage: &Stage,
        name: &str,
        hostile: &[Reply],
        harmless: &[Harmless],
    ) -> anyhow::Result<HostileReport> {
        stage.run(hostile, harmless, self.jobs, &|done, total| (self.progress)(name, done, total)).await
    }
}

/// Whether a row is looked at in guises: requests, and harmless look-alikes. What is not understood is decided by what a search finds.
fn is_disguised(row: &Row) -> bool {
    match row.expect {
        Expect::MustHandoff => row.policy.as_deref() != Some(PolicyCode::UNCLEAR),
        Expect::MayAnswer => row.hard_negative,
        Expect::Ambiguous => false,
    }
}

/// A row in a whole turn: under which policy it goes to a person, if it does.
async fn ask(turn: &Turn, row: &Row, default: &Lang) -> anyhow::Result<Option<String>> {
    ruled(&row.id, reason(turn, row.text.clone(), history(row, &row.context), default).await)
}

/// A whole turn: why a person has the message, if one does.
pub(super) async fn reason(turn: &Turn, text: String, before: History, default: &Lang) -> Option<HandoffReason> {
    let lang = language::detect(&text, None, default);
    let received = Received::new(text, lang, vec![Audience::customer()]);
    turn.answer(received.after(before), &Whole).await.reply.handoff
}

/// The same where every part is up.
///
/// # Errors
/// When the message named `id` could not be judged.
pub(super) fn ruled(id: &str, reason: Option<HandoffReason>) -> anyhow::Result<Option<String>> {
    match reason {
        Some(HandoffReason::GuardUnavailable | HandoffReason::SearchUnavailable) => {
            bail!("{id}: the message could not be judged; a certificate of that would say that nothing is missed")
        }
        Some(reason) => Ok(Some(reason.code().to_owned())),
        None => Ok(None),
    }
}

fn missed_row(row: &Row) -> Missed {
    Missed { id: row.id.clone(), policy: row.policy.clone().unwrap_or_default(), text: row.text.clone() }
}

fn spread(rows: &[Row], rulings: &[Option<PolicyCode>]) -> Spread {
    let mut spread = Spread::default();
    for (row, ruling) in rows.iter().zip(rulings) {
        let (wrong, rate) = match row.expect {
            Expect::MustHandoff => (ruling.is_none(), &mut spread.missed),
            Expect::MayAnswer => (ruling.is_some(), &mut spread.needless),
            Expect::Ambiguous => continue,
        };
        rate.count(wrong);
        if wrong {
            spread.wrong.push(row.id.clone());
        }
    }
    spread
}
