mod sets;
mod vectors;
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let model = vectors::Model::open()?;
    for set in sets::all()? {
        let t = std::time::Instant::now();
        let v = model.vectors(&set).await?;
        println!(
            "{} {} docs {} queries titles {} {:?} {}",
            set.name,
            set.docs.len(),
            set.queries.len(),
            set.has_titles(),
            t.elapsed(),
            v.docs.len()
        );
    }
    Ok(())
}
