use std::sync::Arc;
use madoguchi::{app::App, clock::*, config::*, knowledge::*, passages::*};
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let config = Config::load(&Overrides { data_dir: Some(args[1].clone().into()), ..Default::default() })?;
    let app = App::open(config, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
    let e = app.turn.embedder.clone();
    let chunker = Chunker::new(e.clone());
    let reader = Reader { audiences: vec![Audience::customer()], on: app.today() };
    let cat = app.catalogues.current().await?;
    let (mut ps, mut qs) = (vec![], vec![]);
    let mut texts: Vec<(String, String)> = vec![]; // kind, text
    for a in cat.readable(&reader) {
        let fam = a.family().0.trim_start_matches("ja-").to_string();
        for p in chunker.passages(a) {
            let t = dense_text(&p);
            ps.push(serde_json::json!({"id": p.id.0.to_string(), "fam": fam, "lang": a.lang.as_str(), "ord": p.ordinal, "head": p.heading, "title": a.title, "plain": plain(&p.text), "t": texts.len()}));
            texts.push(("p".into(), t));
            texts.push(("p".into(), plain(&p.text)));
            texts.push(("p".into(), p.breadcrumb()));
            texts.push(("q".into(), p.breadcrumb()));
            texts.push(("q".into(), p.heading.last().cloned().unwrap_or(a.title.clone())));
        }
        for (i, q) in question_texts(a).into_iter().enumerate() {
            qs.push(serde_json::json!({"fam": fam, "lang": a.lang.as_str(), "i": i, "text": q, "t": texts.len()}));
            texts.push(("p".into(), q.clone()));
            texts.push(("q".into(), q));
        }
    }
    let mut vecs: Vec<Vec<f32>> = vec![vec![]; texts.len()];
    let pi: Vec<usize> = (0..texts.len()).filter(|i| texts[*i].0 == "p").collect();
    let pv = e.embed_passages(&pi.iter().map(|i| texts[*i].1.clone()).collect::<Vec<_>>()).await?;
    for (i, v) in pi.iter().zip(pv) { vecs[*i] = v.as_slice().to_vec(); }
    for i in 0..texts.len() { if texts[i].0 == "q" { vecs[i] = e.embed_query(&texts[i].1).await?.as_slice().to_vec(); } }
    let mut queries = vec![];
    for line in std::fs::read_to_string(&args[2])?.lines() {
        let q: serde_json::Value = serde_json::from_str(line)?;
        let v = e.embed_query(q["text"].as_str().unwrap()).await?;
        queries.push(serde_json::json!({"q": q, "v": v.as_slice()}));
    }
    std::fs::write(&args[3], serde_json::to_string(&serde_json::json!({"passages": ps, "questions": qs, "vecs": vecs, "queries": queries}))?)?;
    Ok(())
}
