//! Changes of an issue by staff: its status, who sees to it, how urgent it is.
use super::desk::{Desk, ISSUE, check_seen, find};
use super::raising::{check_assignee, check_room};
use super::reading::shown;
use super::steps::{Step, differences, note_overdue, save};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::blocks;
use crate::domains::issues::dto::UpdateIssue;
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueStatus, IssueStepKind};
use crate::domains::issues::repository;
use crate::domains::issues::rules::moves;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::IssuesWrite;
use crate::stores::postgres::Conn;
use crate::version::{MustMatch, changed_meanwhile};

pub async fn update(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: IssueId,
    patch: UpdateIssue,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let known = find(conn, &reach, id).await?;
        let has_ended = end_block(conn, &known, patch.status, &cause).await?;
        let before = lock_as_known(conn, &known).await?;
        check_seen(conn, &reach, &before, Some(seen.0)).await?;
        check_not_merged(&before)?;
        check_patch(conn, &before, &patch).await?;
        let desk = Desk::read(conn, before.property_id, now).await?;
        let mut after = before.clone();
        note_overdue(conn, &mut after, &cause).await?;
        apply(&mut after, &patch, &desk, &cause)?;
        if has_ended {
            after.block_ended_at = Some(now);
        }
        if differences(&before, &after)?.is_empty() {
            return Answer::unchanged(before.version, &shown(conn, &staff.caller, &reach, before.clone(), now).await?);
        }
        let step = step_of(&before, &after);
        save(conn, &before, &mut after, step, &cause).await?;
        let version = after.version;
        Answer::ok(version, &shown(conn, &staff.caller, &reach, after, now).await?)
    })
    .await
}

fn step_of(before: &Issue, after: &Issue) -> Step {
    match (before.status.is_over(), after.status.is_over()) {
        (true, false) => Step::new(IssueStepKind::Reopened, "issue.reopened"),
        (false, true) => Step::new(IssueStepKind::Changed, "issue.resolved"),
        _ => Step::new(IssueStepKind::Changed, "issue.changed"),
    }
}

/// Ends the block of the room where the issue is about to be solved, before its row is locked: rooms and nights come first. False
/// if there is none, or somebody has ended it by hand.
pub(super) async fn end_block(conn: &Conn, known: &Issue, to: Option<IssueStatus>, cause: &Cause) -> Result<bool> {
    let is_solved = to.is_some_and(IssueStatus::is_over) && !known.status.is_over();
    match known.block_id.filter(|_| is_solved && known.block_ended_at.is_none()) {
        Some(block_id) => blocks::release_for_issue(conn, block_id, cause).await,
        None => Ok(false),
    }
}

/// Locks an issue, unless its room was blocked since it was read: then what was locked before it is not what it needs.
pub(super) async fn lock_as_known(conn: &Conn, known: &Issue) -> Result<Issue> {
    let locked = repository::lock(conn, known.property_id, known.id).await?.or_404(ISSUE)?;
    match locked.block_id == known.block_id {
        true => Ok(locked),
        false => Err(changed_meanwhile(locked.version)),
    }
}

/// Refuses to change an issue whose messages are in another one.
pub(super) fn check_not_merged(issue: &Issue) -> Result<()> {
    match issue.merged_into_id {
        Some(into) => Err(IssueError::Merged { into }.into()),
        None => Ok(()),
    }
}

async fn check_patch(conn: &Conn, before: &Issue, patch: &UpdateIssue) -> Result<()> {
    if let Some(room_id) = patch.room_id.flatten() {
        check_room(conn, before.property_id, room_id).await?;
    }
    if let Some(assignee_id) = patch.assignee_id.flatten().filter(|id| Some(*id) != before.assignee_id) {
        check_assignee(conn, before.property_id, assignee_id).await?;
    }
    Ok(())
}

fn apply(after: &mut Issue, patch: &UpdateIssue, desk: &Desk, cause: &Cause) -> Result<()> {
    let UpdateIssue { status, category, priority, team, assignee_id, room_id, subject } = patch;
    after.category = category.unwrap_or(after.category);
    after.team = team.unwrap_or(after.team);
    after.assignee_id = assignee_id.unwrap_or(after.assignee_id);
    after.room_id = room_id.unwrap_or(after.room_id);
    if let Some(subject) = subject {
        after.subject.clone_from(subject);
    }
    if let Some(priority) = priority.filter(|priority| *priority != after.priority) {
        let target = desk.settings.targets()?.of(priority);
        after.priority = priority;
        after.answer_minutes = target.answer_minutes;
        after.solution_minutes = target.solution_minutes;
        after.set_due(&desk.hours);
    }
    if let Some(status) = status.filter(|status| *status != after.status) {
        moves::check_move(after.status, status)?;
        after.move_to(status, &desk.hours, cause.at);
    }
    Ok(())
}
