//! `madoguchi knowledge`: the content team's commands.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::term;
use crate::app::{self, App};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::guard::Received;
use crate::knowledge::lint::{self, Severity};
use crate::knowledge::{self, Plan, Reader, SyncOptions};
use crate::language::{self, Lang};
use crate::passages::{ArticleId, Audience};

#[derive(Debug, Subcommand)]
pub(super) enum Knowledge {
    /// List what is wrong with the articles, by file and line; exit status 1 if any of it is an error
    Check {
        /// Print one JSON object: {articles, errors, warnings, findings: […]}
        #[arg(long)]
        json: bool,
    },
    /// Bring the folder's articles into the index; what answers customers is switched at once, when all is ready
    Sync {
        /// Show what would be added, changed, removed and embedded, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Publish even if no article is left
        #[arg(long)]
        allow_empty: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Search as the assistant does, and see how each leg found each passage
    Search {
        /// The question
        question: String,
        /// The question's language, where it should not be found out
        #[arg(long, value_name = "LANG")]
        lang: Option<String>,
        /// Also search articles for this audience (repeatable)
        #[arg(long, value_name = "AUDIENCE")]
        audience: Vec<String>,
        /// Most hits shown
        #[arg(long, default_value_t = 10, value_name = "N")]
        limit: usize,
        /// Also search drafts
        #[arg(long)]
        drafts: bool,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// List the articles that are served, also those customers do not see today
    List {
        /// Only this language
        #[arg(long, value_name = "LANG")]
        lang: Option<String>,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print an article that is served
    Show {
        /// Its id, e.g. ja-return-windows
        id: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl Knowledge {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check { json } => check(&config, json),
            Self::Sync { dry_run, allow_empty, json } => {
                let app = super::open(config).await?;
                let options = SyncOptions { allow_empty };
                if dry_run { plan(&app, options, json).await } else { sync(&app, options, json).await }
            }
            Self::Search { question, lang, audience, limit, drafts, json } => {
                let app = super::open(config).await?;
                let lang = lang
                    .map_or_else(|| language::detect(&question, None, &app.default_language()), |tag| Lang::new(&tag));
                let audiences =
                    std::iter::once(Audience::customer()).chain(audience.into_iter().map(Audience)).collect::<Vec<_>>();
                let received = Received::new(question, lang, audiences);
                let received = if drafts { received.with_drafts() } else { received };
                let (hits, _) = app.turn.find(received, limit).await?;
                show_hits(&hits.iter().map(crate::answer::Citation::of).collect::<Vec<_>>(), json)
            }
            Self::List { lang, json } => list(&super::open(config).await?, lang.as_deref(), json).await,
            Self::Show { id, json } => show(&super::open(config).await?, id, json).await,
        }
    }
}

fn check(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let today = SystemClock.now().to_zoned(app::time_zone(config)?).date();
    let loaded = knowledge::load(&config.articles_dir(), today, app::detector(config).as_ref())?;
    let count = |severity| loaded.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let articles = loaded.library.articles().count();
    let mut out = anstream::stdout().lock();
    if json {
        let object = serde_json::json!({
            "articles": articles, "errors": errors, "warnings": warnings, "findings": loaded.findings,
        });
        writeln!(out, "{object:#}")?;
    } else {
        write!(out, "{}", lint::render(&loaded.library, &loaded.findings))?;
        writeln!(out, "{articles} articles, {errors} errors, {warnings} warnings")?;
    }
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn plan(app: &App, options: SyncOptions, json: bool) -> anyhow::Result<ExitCode> {
    let plan = app.sync.plan(options).await?;
    if json {
        writeln!(std::io::stdout(), "{:#}", serde_json::to_value(&plan)?)?;
    } else {
        write_plan(&plan)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn sync(app: &App, options: SyncOptions, json: bool) -> anyhow::Result<ExitCode> {
    let begun = std::time::Instant::now();
    let bar = term::SyncBar::new();
    let report = app.sync.run(options, &|progress| bar.show(progress)).await?;
    drop(bar);
    if json {
        writeln!(std::io::stdout(), "{:#}", serde_json::to_value(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    write_plan(&report.plan)?;
    let mut out = std::io::stdout().lock();
    match &report.published {
        Some(spec) => writeln!(
            out,
            "{} passages of {} articles are served ({} texts embedded, {:.1} s)",
            spec.passages,
            spec.articles.len(),
            report.embedded,
            begun.elapsed().as_secs_f64()
        )?,
        None => writeln!(out, "nothing changed: the index is as it was")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_plan(plan: &Plan) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (sign, lines) in [("+", &plan.added), ("~", &plan.changed), ("-", &plan.removed)] {
        for line in lines {
            writeln!(out, "{sign} {}  {}", line.id, line.path)?;
        }
    }
    for held in &plan.held {
        let rules = held.rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let instead = match &held.serving {
            Some(_) => "its last good version stays",
            None => "it is not served",
        };
        writeln!(out, "! {}  {rules}: {instead}", held.file)?;
    }
    writeln!(
        out,
        "{} added, {} changed, {} removed, {} unchanged; {} texts to embed",
        plan.added.len(),
        plan.changed.len(),
        plan.removed.len(),
        plan.unchanged,
        plan.to_embed
    )
}

fn show_hits(hits: &[crate::answer::Citation], json: bool) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, hits)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (rank, hit) in hits.iter().enumerate() {
        let leg = |name: &str, found: Option<crate::answer::LegScore>| {
            found.map_or_else(|| format!("{name} –"), |found| format!("{name} {} ({:.3})", found.rank, found.score))
        };
        let place = std::iter::once(hit.title.as_str()).chain(hit.heading.iter().map(String::as_str));
        writeln!(out, "{:>2}. {:.4}  {}", rank + 1, hit.score, place.collect::<Vec<_>>().join(" > "))?;
        writeln!(
            out,
            "    {}  {}  {}  {}",
            hit.article_id,
            leg("dense", hit.legs.dense),
            leg("question", hit.legs.question),
            leg("lexical", hit.legs.lexical)
        )?;
    }
    if hits.is_empty() {
        writeln!(out, "nothing found")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, lang: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let catalogue = app.catalogues.current().await?;
    let today = app.today();
    let reader = Reader { audiences: vec![Audience::customer()], on: today };
    let lang = lang.map(Lang::new);
    let spec = catalogue.spec();
    let articles = spec.articles.iter().filter_map(|(id, _)| catalogue.article(id));
    let articles: Vec<_> = articles.filter(|article| lang.as_ref().is_none_or(|lang| article.lang == *lang)).collect();
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &articles)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    for article in &articles {
        let state = match () {
            () if reader.may_read(article) => String::new(),
            () if article.draft => "  [draft]".to_owned(),
            () if !article.in_effect(today) => "  [not in effect today]".to_owned(),
            () => format!("  [for {}]", article.audience.0),
        };
        writeln!(out, "{}  {}{state}", article.id, article.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, id: String, json: bool) -> anyhow::Result<ExitCode> {
    let catalogue = app.catalogues.current().await?;
    let id = ArticleId(id);
    let article = catalogue.article(&id);
    let article =
        article.ok_or_else(|| anyhow::anyhow!("no article {id} is served; `madoguchi knowledge list` lists them"))?;
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, article.as_ref())?;
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "# {}\n{} {}  {}\n\n{}",
            article.title,
            article.id,
            article.version,
            article.path,
            article.body.trim()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
