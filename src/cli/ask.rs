//! `madoguchi ask`: one question, through the same turn as the service, without keeping it.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use clap::Args;

use super::term;
use crate::config::Config;
use crate::guard::Received;
use crate::knowledge::SyncOptions;
use crate::language::{self, Lang};
use crate::passages::Audience;
use crate::turn::Whole;

/// Ask one question and read the answer here
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The question; read from standard input without it
    question: Option<String>,
    /// The question's language, where it should not be found out
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Also answer from articles for this audience (repeatable)
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
    /// Print one JSON object: {answer, language, citations, abstained, degraded, timings, …}
    #[arg(long)]
    json: bool,
}

impl Ask {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let question = match self.question {
            Some(question) => question,
            None => from_stdin()?,
        };
        let app = super::open(config).await?;
        if app.index.serving().await?.is_none() {
            term::note("no articles are indexed yet: doing that first");
            let bar = term::SyncBar::new();
            app.sync.run(SyncOptions::default(), &|progress| bar.show(progress)).await?;
        }
        let lang = match &self.lang {
            Some(tag) => Lang::new(tag),
            None => language::detect(&question, None, &app.default_language()),
        };
        let audiences = std::iter::once(Audience::customer()).chain(self.audience.into_iter().map(Audience)).collect();
        let outcome = app.turn.answer(Received::new(question, lang, audiences), &Whole).await;
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &outcome.reply)?;
            writeln!(out)?;
            return Ok(ExitCode::SUCCESS);
        }
        writeln!(out, "{}", outcome.reply.answer)?;
        for (number, citation) in outcome.reply.citations.iter().enumerate() {
            if number == 0 {
                writeln!(out)?;
            }
            let place = std::iter::once(citation.title.as_str()).chain(citation.heading.iter().map(String::as_str));
            let place = place.collect::<Vec<_>>().join(" > ");
            writeln!(out, "[{}] {} ({} {})", number + 1, place, citation.article_id, citation.version)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn from_stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("the question is not UTF-8 text"))?;
    anyhow::ensure!(!text.trim().is_empty(), "there is no question: madoguchi ask \"…\"");
    Ok(text.trim().to_owned())
}
