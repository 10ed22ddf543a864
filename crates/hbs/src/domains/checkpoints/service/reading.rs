//! Checkpoints are read, each by the streams that somebody may see.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::checkpoints::dto::Checkpoint;
use crate::domains::checkpoints::model::{CheckpointId, StoredCheckpoint, StreamHead};
use crate::domains::checkpoints::{repository, rules};
use crate::error::Or404;
use crate::numbers::hex;
use crate::outbox;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::AuditRead;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<AuditRead>, page: &PageQuery) -> Result<Page<Checkpoint>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |checkpoint| checkpoint.number)?;
    let items = items.into_iter().map(|row| out(row, |stream_id| staff.scope.covers(stream_id))).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<AuditRead>, id: CheckpointId) -> Result<Checkpoint> {
    let conn = app.db.conn().await?;
    let row = repository::find(&conn, id).await?.or_404("checkpoint")?;
    out(row, |stream_id| staff.scope.covers(stream_id))
}

/// The newest checkpoint, with the heads of all streams.
pub async fn newest(app: &App) -> Result<Option<Checkpoint>> {
    let conn = app.db.conn().await?;
    repository::newest(&conn).await?.map(|row| out(row, |_| true)).transpose()
}

/// A checkpoint with the heads of the streams that somebody may see. The statement is for everybody: of the others it has
/// digests.
pub fn out(row: StoredCheckpoint, may_see: impl Fn(Uuid) -> bool) -> Result<Checkpoint> {
    let heads: Vec<StreamHead> = serde_json::from_value(row.streams).map_err(Error::internal)?;
    Ok(Checkpoint {
        id: row.id,
        statement: serde_json::from_str(&row.statement).map_err(Error::internal)?,
        digest: hex(&row.digest),
        kid: row.kid,
        signature: rules::encoded(&row.signature),
        streams: rules::visible(heads, may_see),
    })
}

/// Sets the metrics of checkpoints: the age of the newest one, and that of the oldest entry that none covers.
pub async fn set_gauges(app: &App) -> Result<()> {
    let conn = app.db.conn().await?;
    let newest = repository::newest_place(&conn).await?;
    let (position, made_at) = newest.map_or((0, None), |(position, made_at)| (position, Some(made_at)));
    let uncovered_since = outbox::first_after(&conn, position).await?;
    set("hbs_audit_checkpoint_age_seconds", made_at, Clock::real_now());
    set("hbs_audit_uncovered_seconds", uncovered_since, app.clock.now());
    Ok(())
}

fn set(gauge: &'static str, since: Option<DateTime<Utc>>, now: DateTime<Utc>) {
    let seconds = since.map_or(0, |since| (now - since).num_seconds().max(0));
    metrics::gauge!(gauge).set(i32::try_from(seconds).unwrap_or(i32::MAX));
}
