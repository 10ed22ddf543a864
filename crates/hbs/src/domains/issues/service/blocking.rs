//! Blocking the room that an issue is about.
use super::changing::check_not_merged;
use super::desk::{ISSUE, check_seen, find};
use super::reading::shown;
use super::steps::{Step, note_overdue, save};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::blocks::{self, CreateRoomBlock};
use crate::domains::issues::dto::{BlockRoomOfIssue, RoomOfIssueBlocked};
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueStatus, IssueStepKind};
use crate::domains::issues::repository;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::security::Staff;
use crate::security::permission::{IssuesWrite, RoomBlocksWrite};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use chrono::{DateTime, Utc};

/// Blocks the room of an issue, as `POST /v1/room-blocks` does; the block ends when the issue is solved.
pub async fn block_room(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: IssueId,
    request: BlockRoomOfIssue,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let known = find(conn, &reach, id).await?;
        let blocker = Staff::<RoomBlocksWrite>::prove(staff.caller.clone())?;
        check_not_merged(&known)?;
        check_open(&known)?;
        check_no_block(conn, &known, now).await?;
        let asked = asked(&known, &request)?;
        // Rooms and nights are locked before the issue.
        let block = blocks::block_for_issue(conn, &blocker, &asked, &cause).await?;
        let before = repository::lock(conn, known.property_id, id).await?.or_404(ISSUE)?;
        check_seen(conn, &reach, &before, seen.0).await?;
        check_not_merged(&before)?;
        check_open(&before)?;
        check_no_block(conn, &before, now).await?;
        let mut after = Issue { block_id: Some(block.block.id), block_ended_at: None, ..before.clone() };
        note_overdue(conn, &mut after, &cause).await?;
        let step = Step::new(IssueStepKind::RoomBlocked, "issue.room_blocked");
        save(conn, &before, &mut after, step, &cause).await?;
        let version = after.version;
        let issue = shown(conn, &staff.caller, &reach, after, now).await?;
        Answer::created(format!("/v1/room-blocks/{}", block.block.id), version, &RoomOfIssueBlocked { issue, block })
    })
    .await
}

fn asked(issue: &Issue, request: &BlockRoomOfIssue) -> Result<CreateRoomBlock> {
    let BlockRoomOfIssue { kind, from, to, reason, force, force_reason } = request;
    Ok(CreateRoomBlock {
        property_id: issue.property_id,
        room_id: issue.room_id.ok_or(IssueError::NoRoom)?,
        kind: *kind,
        reason: reason.clone().unwrap_or_else(|| issue.subject.clone()),
        from: *from,
        to: *to,
        force: *force,
        force_reason: force_reason.clone(),
    })
}

fn check_open(issue: &Issue) -> Result<()> {
    match issue.status.is_over() {
        true => Err(IssueError::IllegalMove { from: issue.status, to: IssueStatus::InProgress }.into()),
        false => Ok(()),
    }
}

/// Refuses a second block while there is one that lasts.
pub(super) async fn check_no_block(conn: &Conn, issue: &Issue, now: DateTime<Utc>) -> Result<()> {
    match has_block(conn, issue, now).await? {
        true => Err(IssueError::BlockedAlready.into()),
        false => Ok(()),
    }
}

/// Returns `true` if a block was made for an issue that lasts: neither the issue has ended it, nor somebody else, nor time.
pub(super) async fn has_block(conn: &Conn, issue: &Issue, now: DateTime<Utc>) -> Result<bool> {
    let Some(block_id) = issue.block_id.filter(|_| issue.block_ended_at.is_none()) else { return Ok(false) };
    let property = properties::find(conn, issue.property_id).await?.or_404(ISSUE)?;
    let block = repository::block(conn, block_id).await?;
    Ok(block.is_some_and(|block| !block.is_deleted && block.to_date > property.business_date(now)))
}
