use std::sync::Arc;
use madoguchi::{app::App, clock::*, config::*, language::Lang, passages::*};
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let config = Config::load(&Overrides { data_dir: Some(args[1].clone().into()), ..Default::default() })?;
    let app = App::open(config, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
    app.sync.run(Default::default(), &|_| {}).await?;
    let mut out = Vec::new();
    for line in std::fs::read_to_string(&args[2])?.lines() {
        let q: serde_json::Value = serde_json::from_str(line)?;
        let text = q["text"].as_str().unwrap();
        let lang = Lang::new(q["lang"].as_str().unwrap());
        let v = app.turn.embedder.embed_query(text).await?;
        let own = PassageFilter { lang: Some(lang.clone()), families: None, audiences: vec![Audience::customer()], on: app.today(), drafts: false };
        let any = PassageFilter { lang: None, ..own.clone() };
        let lq = |probe, filter: &PassageFilter| LegQuery { probe, filter: filter.clone(), limit: 300 };
        let legs = app.index.search(&[
            lq(Probe::Dense(v.clone()), &own), lq(Probe::Question(v.clone()), &own), lq(Probe::Lexical(app.turn.analyser.query(text, &lang)), &own),
            lq(Probe::Dense(v.clone()), &any), lq(Probe::Question(v.clone()), &any)]).await?;
        let legs: Vec<_> = legs.into_iter().map(|hits| hits.into_iter().map(|h| serde_json::json!([h.passage.id.0.to_string(), h.passage.family.0.trim_start_matches("ja-"), h.passage.ordinal, h.score, h.passage.lang.as_str(), h.passage.heading.last()])).collect::<Vec<_>>()).collect();
        out.push(serde_json::json!({"q": q, "legs": legs}));
    }
    std::fs::write(&args[3], serde_json::to_string(&out)?)?;
    Ok(())
}
