//! Messages of guests and staff, and notes of the staff among themselves.
use super::changing::{check_not_merged, end_block, lock_as_known};
use super::desk::{Desk, check_seen, find, is_staff};
use super::raising::BURST;
use super::reading::{shown, shown_messages};
use super::steps::{Step, note, note_overdue, save};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::issues::dto::{IssueMessagePosted, PostIssueMessage};
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueMessage, IssueStatus, IssueStepKind};
use crate::domains::issues::repository;
use crate::domains::issues::rules::moves;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::OwnOr;
use crate::security::permission::IssuesWrite;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use serde_json::{Map, json};

/// Number of messages of an issue.
pub(super) const MOST_MESSAGES: i32 = 1000;

/// Writes a message, or a note, and moves the issue accordingly.
pub async fn post_message(
    app: &App,
    who: &OwnOr<IssuesWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: IssueId,
    request: PostIssueMessage,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (who.caller.cause(now), &who.reach);
    app.change(key, async |conn| {
        let known = find(conn, reach, id).await?;
        let by_staff = is_staff(reach, &known);
        check_request(&request, by_staff)?;
        let has_ended = end_block(conn, &known, request.status, &cause).await?;
        let before = lock_as_known(conn, &known).await?;
        check_seen(conn, reach, &before, seen.0).await?;
        check_not_merged(&before)?;
        if before.message_count >= MOST_MESSAGES {
            return Err(IssueError::Full("it has 1,000 messages").into());
        }
        let mut after = Issue { message_count: before.message_count + 1, ..before.clone() };
        let message = match request.is_note {
            true => {
                let message = IssueMessage::new(&before, &request.text, (true, false), before.version, &cause);
                add_note(conn, &after, &message, &cause).await?;
                message
            }
            false => {
                if has_ended {
                    after.block_ended_at = Some(now);
                }
                add_answer(conn, (&before, &mut after), &request, by_staff, &cause).await?
            }
        };
        // Who writes has read what was there.
        repository::mark_read(conn, &after, who.caller.id(), !by_staff, message.id, now).await?;
        let version = after.version;
        let mut messages = shown_messages(conn, reach, &after, vec![message]).await?;
        let message = messages.pop().ok_or_else(|| Error::internal("a message is shown as one"))?;
        let issue = shown(conn, &who.caller, reach, after, now).await?;
        Answer::created(format!("/v1/issues/{id}/messages"), version, &IssueMessagePosted { message, issue })
    })
    .await
}

/// Writes a message, and moves the issue as it makes it.
async fn add_answer(
    conn: &Conn,
    (before, after): (&Issue, &mut Issue),
    request: &PostIssueMessage,
    by_staff: bool,
    cause: &Cause,
) -> Result<IssueMessage> {
    let message = IssueMessage::new(before, &request.text, (before.is_internal, !by_staff), before.version + 1, cause);
    repository::insert_message(conn, &message).await?;
    note_overdue(conn, after, cause).await?;
    let desk = Desk::read(conn, before.property_id, cause.at).await?;
    let status = status_after(before, by_staff, request.status)?;
    after.move_to(status, &desk.hours, cause.at);
    if by_staff && !before.is_internal {
        after.answered_at = after.answered_at.or(Some(cause.at));
        after.set_due(&desk.hours);
        after.guest_due_at = after.guest_due_at.or(Some(cause.at + BURST));
    }
    if !by_staff {
        write_to_staff(before, after, cause);
    }
    let event = if by_staff { "issue.answered" } else { "issue.replied" };
    let step = Step::new(IssueStepKind::Answered, event).with("message_id", message.id);
    save(conn, before, after, step, cause).await?;
    Ok(message)
}

/// Has the staff written to about what a guest says in an issue that was over: nobody looks there any more.
pub(super) fn write_to_staff(before: &Issue, after: &mut Issue, cause: &Cause) {
    if before.status.is_over() {
        after.staff_due_at = after.staff_due_at.or(Some(cause.at + BURST));
    }
}

fn check_request(request: &PostIssueMessage, by_staff: bool) -> Result<()> {
    match (by_staff, request.is_note, request.status) {
        (false, true, _) => Err(Error::invalid("/is_note", "is for the staff of the hotel")),
        (false, _, Some(_)) => Err(Error::invalid("/status", "is for the staff of the hotel")),
        (true, true, Some(_)) => Err(Error::invalid("/status", "is set with an answer, not with a note")),
        _ => Ok(()),
    }
}

/// Returns the status of an issue after a message.
fn status_after(before: &Issue, by_staff: bool, wanted: Option<IssueStatus>) -> Result<IssueStatus> {
    if !by_staff {
        return Ok(moves::after_guest(before.status));
    }
    let Some(wanted) = wanted else {
        return Ok(if before.is_internal { before.status } else { moves::after_answer(before.status) });
    };
    // A message to a closed issue opens it, and is a step further then.
    let from = if before.status == IssueStatus::Closed { IssueStatus::Open } else { before.status };
    moves::check_move(from, wanted)?;
    Ok(wanted)
}

/// Writes a note. The issue keeps its version and its time of change, which guests are shown.
async fn add_note(conn: &Conn, issue: &Issue, message: &IssueMessage, cause: &Cause) -> Result<()> {
    repository::insert_message(conn, message).await?;
    repository::update(conn, issue).await?;
    let facts = Map::from_iter([("message_id".to_owned(), json!(message.id))]);
    note(conn, issue, IssueStepKind::Noted, facts, cause).await?;
    outbox::publish(conn, cause, [Event::of("issue.noted", issue).with("message_id", message.id)]).await?;
    Ok(())
}
