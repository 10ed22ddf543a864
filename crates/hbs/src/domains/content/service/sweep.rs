//! Documents without a version: what was being written when a process died, or was refused afterwards.
use super::super::model::VersionId;
use super::super::repository::{self, documents};
use super::away::away;
use crate::Result;
use crate::app::App;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;

/// Time for which a document without a version is left alone: its version may be about to come.
pub const GRACE: TimeDelta = TimeDelta::days(1);
/// Number of documents that are looked up at once.
const BATCH: i64 = 500;

/// Removes the documents that were written before an instant and that no version names, and says how many.
pub async fn sweep(app: &App, before: DateTime<Utc>) -> Result<u64> {
    let (mut last, mut removed) = (None, 0);
    loop {
        let written = documents::written_before(&app.mongo, before, last, BATCH).await.map_err(|error| away(&error))?;
        let Some(newest) = written.last().copied() else { return Ok(removed) };
        let conn = app.db.conn().await?;
        let named: HashSet<VersionId> = repository::existing(&conn, &written).await?.into_iter().collect();
        drop(conn);
        let orphans: Vec<VersionId> = written.into_iter().filter(|id| !named.contains(id)).collect();
        if !orphans.is_empty() {
            removed += documents::remove(&app.mongo, &orphans).await.map_err(|error| away(&error))?;
        }
        last = Some(newest);
    }
}
