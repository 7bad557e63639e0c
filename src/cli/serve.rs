//! `madoguchi serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::config::{Config, LogFormat};
use crate::http;
use crate::knowledge::{SyncOptions, SyncStatus, watch};

pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    // The address first: a port that is taken is found out before the models are loaded.
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} (is another service there? try --listen 127.0.0.1:0)"))?;
    let address = listener.local_addr()?;
    let app = super::open(config).await?;
    bring_articles_in(&app).await?;
    app.store.void_leases().await?;
    // What was promised and passed while nobody was here is told before any other work.
    app.desk.tend().await?;
    match app.counter.resume().await {
        Ok(0) => {}
        Ok(resumed) => tracing::info!(resumed, "messages that were left unanswered are taken up"),
        Err(error) => {
            tracing::error!(%error, "messages that were left unanswered could not be taken up yet; it is tried again")
        }
    }
    let articles = app.config.knowledge.watch.then(|| tokio::spawn(watch_articles(app.clone())));
    let promises = tokio::spawn(app.desk.clone().keep_promises(app.closing.clone()));
    let courier = tokio::spawn(app.desk.clone().deliver(app.closing.clone()));
    let takeover = tokio::spawn(app.counter.clone().take_over());
    let privacy = tokio::spawn(app.privacy.clone().watch(app.closing.clone()));
    let relay = tokio::spawn(app.store.clone().relay(app.counter.bell(), app.ids.fresh(), app.closing.clone()));
    let watching = [
        articles,
        watch_prompts(&app),
        watch_policies(&app),
        watch_rules(&app),
        Some(promises),
        Some(courier),
        Some(takeover),
        Some(relay),
        Some(privacy),
    ];
    tracing::info!(%address, "ready: chat on http://{address}/ , API on http://{address}/docs");

    if app.config.log.format == LogFormat::Text {
        welcome(address)?;
    }

    let closing = app.closing.clone();
    let grace = Duration::from_secs(app.config.server.shutdown_grace_seconds);
    let stop = closing.clone();
    tokio::spawn(async move {
        stopped().await;
        tracing::info!("closing: turns and streams under way are finished");
        stop.cancel();
    });
    let service =
        axum::serve(listener, http::router(app.clone())).with_graceful_shutdown(closing.clone().cancelled_owned());
    let work = async {
        service.await?;
        app.counter.finish().await;
        anyhow::Ok(())
    };
    let patience = async {
        closing.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        ended = work => ended?,
        () = patience => tracing::warn!(seconds = grace.as_secs(), "connections or turns were still open and are cut"),
    }
    for watching in watching.into_iter().flatten() {
        watching.abort();
    }
    app.store.clone().close().await;
    Ok(ExitCode::SUCCESS)
}

/// Tells a person where to click and what to type.
fn welcome(address: SocketAddr) -> std::io::Result<()> {
    let url = format!("http://{address}");
    writeln!(
        std::io::stdout(),
        "\n  窓口 is open. Click\n\n    {url}/        to chat\n    {url}/docs    for the API\n\n  or type\n\n    \
         curl -s -X POST {url}/v1/conversations      # tells ID and TOKEN\n    \
         curl -s {url}/v1/conversations/ID/messages -H 'Authorization: Bearer TOKEN' \\\n        \
         -H 'Content-Type: application/json' -d '{{\"text\": \"いつまで返品できますか\"}}'\n\n  Ctrl-C closes it.\n"
    )
}

/// Syncs once before the doors open. With an index to serve from, a sync that fails is told and not fatal.
async fn bring_articles_in(app: &App) -> anyhow::Result<()> {
    let bar = super::term::SyncBar::new();
    let synced = app.sync.run(SyncOptions::default(), &|progress| bar.show(progress)).await;
    drop(bar);
    let status = SyncStatus::of(&synced, app.clock.now());
    tracing::info!("articles: {status}");
    app.sync_reports.send_replace(Some(status));
    match synced {
        Ok(_) => Ok(()),
        Err(error) if app.index.serving().await?.is_some() => {
            tracing::error!(%error, "the articles could not be synced; the last published ones are served");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

async fn watch_articles(app: App) {
    let quiet = Duration::from_millis(app.config.knowledge.watch_quiet_ms);
    watch(app.sync.clone(), quiet, app.clock.clone(), app.sync_reports.clone(), app.closing.clone()).await;
}

/// Takes up policies that change.
fn watch_policies(app: &App) -> Option<JoinHandle<()>> {
    let knowledge = &app.config.knowledge;
    let shelf = Arc::clone(&app.turn.guards);
    let quiet = Duration::from_millis(knowledge.watch_quiet_ms);
    knowledge.watch.then(|| tokio::spawn(shelf.watch(quiet, app.closing.clone())))
}

/// Takes up rules of desks and channels that change.
fn watch_rules(app: &App) -> Option<JoinHandle<()>> {
    let knowledge = &app.config.knowledge;
    let shelf = Arc::clone(app.desk.rule_shelf());
    let quiet = Duration::from_millis(knowledge.watch_quiet_ms);
    knowledge.watch.then(|| tokio::spawn(shelf.watch(quiet, app.closing.clone())))
}

/// Takes up prompts that change, if answers are written.
fn watch_prompts(app: &App) -> Option<JoinHandle<()>> {
    let shelf = Arc::clone(&app.turn.writer.as_ref()?.prompts);
    let quiet = Duration::from_millis(app.config.knowledge.watch_quiet_ms);
    Some(tokio::spawn(shelf.watch(quiet, app.closing.clone())))
}

/// Ctrl-C, or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
