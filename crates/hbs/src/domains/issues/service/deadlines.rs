//! Targets that are missed while nobody does anything.
use super::steps::note_overdue;
use crate::Result;
use crate::app::App;
use crate::domains::issues::model::IssueId;
use crate::domains::issues::repository;
use crate::failures::Failures;
use crate::outbox::Cause;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Number of issues that are looked at together.
const BATCH: i64 = 200;

/// Tells of each target that was missed, each in a transaction of its own, and says how many issues that were.
pub async fn tell_overdue(app: &App) -> Result<usize> {
    let cause = Cause::system(app.clock.now());
    let (mut told, mut failures) = (0, Failures::default());
    loop {
        let overdue = repository::overdue(&*app.db.conn().await?, cause.at, BATCH).await?;
        let mut progressed = 0;
        for (property_id, id) in overdue {
            let done = tell(app, (property_id, id), &cause).await;
            let is_told = failures.note("a target that was missed could not be told of", id, done)?;
            progressed += usize::from(is_told.unwrap_or(false));
        }
        told += progressed;
        if progressed == 0 {
            return failures.result(told);
        }
        app.relay.wake();
    }
}

/// Tells of the targets that an issue has missed. False if somebody was faster. The issue keeps its version: that it is late is
/// no reason to refuse who sees to it at last.
async fn tell(app: &App, (property_id, id): (Uuid, IssueId), cause: &Cause) -> Result<bool> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(mut issue) = repository::lock(conn, property_id, id).await? else { return Ok(false) };
        let is_late = note_overdue(conn, &mut issue, cause).await?;
        if is_late {
            repository::update(conn, &issue).await?;
        }
        Ok(is_late)
    })
    .await
}
