//! Conflicts: the inbox of events that feeds tell and the hotel cannot do.
use super::take_over;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::feeds::dto::{ConflictFilter, FeedConflictOut};
use crate::domains::feeds::error::FeedError;
use crate::domains::feeds::model::{ConflictReason, ConflictState, ConflictStatus};
use crate::domains::feeds::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{FeedsRead, FeedsWrite};
use crate::version::IfMatch;
use uuid::Uuid;

pub async fn list(
    app: &App,
    staff: &Staff<FeedsRead>,
    filter: &ConflictFilter,
    page: &PageQuery,
) -> Result<Page<FeedConflictOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_conflicts(&conn, &staff.scope, filter, after, limit + 1).await?;
    Ok(page.page(rows, |conflict| conflict.id)?.map(Into::into))
}

/// Takes a conflict out of the inbox: somebody has dealt with it otherwise.
pub async fn dismiss(
    app: &App,
    staff: &Staff<FeedsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    note: String,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let feed_id = repository::feed_of_conflict(conn, &staff.scope, id).await?.or_404("conflict")?;
        // Whoever changes conflicts holds the feed.
        repository::lock_import(conn, &staff.scope, feed_id).await?;
        let before = repository::find_conflict(conn, &staff.scope, id).await?.or_404("conflict")?;
        seen.check(before.version)?;
        if before.status != ConflictStatus::Open {
            return Err(FeedError::NotOpen(before.status).into());
        }
        let state = ConflictState {
            from_date: before.from_date,
            to_date: before.to_date,
            reason: before.reason,
            status: ConflictStatus::Dismissed,
            note: Some(note),
            detail: before.detail.clone(),
        };
        let after = repository::set_conflict(conn, &before, &state, now).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("feed_conflict.dismissed")]).await?;
        Answer::ok(after.version, &FeedConflictOut::from(after))
    })
    .await
}

/// Confirms that a calendar has no events any more, which releases its blocks.
pub async fn confirm(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let feed_id = repository::feed_of_conflict(conn, &staff.scope, id).await?.or_404("conflict")?;
        let feed = repository::lock_import(conn, &staff.scope, feed_id).await?;
        let before = repository::find_conflict(conn, &staff.scope, id).await?.or_404("conflict")?;
        seen.check(before.version)?;
        if before.reason != ConflictReason::Empty {
            return Err(FeedError::NotEmpty.into());
        }
        let Some(feed) = feed.filter(|_| before.status != ConflictStatus::Resolved) else {
            return Err(FeedError::NotOpen(before.status).into());
        };
        take_over::release_all(conn, &feed, &cause).await?;
        let after = repository::find_conflict(conn, &staff.scope, id).await?.or_404("conflict")?;
        Answer::ok(after.version, &FeedConflictOut::from(after))
    })
    .await
}
