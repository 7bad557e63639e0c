//! temp
use super::{SyncError, SyncReport};
/// temp
#[derive(Debug, Clone)]
pub struct SyncStatus(String);
impl SyncStatus { 
/// temp
pub fn of(r: &Result<SyncReport, SyncError>, _at: jiff::Timestamp) -> Self { Self(match r { Ok(r) => format!("{} passages, {} held", r.plan.passages, r.plan.held.len()), Err(e) => e.to_string() }) } }
impl std::fmt::Display for SyncStatus { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) } }
/// temp
pub async fn watch(_s: std::sync::Arc<super::ArticleSync>, _q: std::time::Duration, _c: std::sync::Arc<dyn crate::clock::Clock>, _t: tokio::sync::watch::Sender<Option<SyncStatus>>, c: tokio_util::sync::CancellationToken) { c.cancelled().await; }
