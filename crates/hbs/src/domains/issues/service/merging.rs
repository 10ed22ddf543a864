//! Issues that are one and the same, and issues that have to do with each other.
use super::blocking::{check_no_block, has_block};
use super::changing::check_not_merged;
use super::desk::{Desk, ISSUE, find};
use super::reading::{shown, shown_all};
use super::steps::{Step, note, note_overdue, save};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::issues::dto::IssueOut;
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueStatus, IssueStepKind};
use crate::domains::issues::repository;
use crate::domains::issues::rules::moves;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::security::permission::{IssuesRead, IssuesWrite};
use crate::security::{Reach, Staff};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde_json::{Map, json};

/// Number of issues that an issue can be linked with.
const MOST_LINKS: i64 = 50;

/// Merges an issue into another one: its messages are there from now on, and it is closed.
pub async fn merge(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    (id, into): (IssueId, IssueId),
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        let (from, to) = lock_both(conn, &reach, id, into).await?;
        seen.check(from.version)?;
        check_not_merged(&from)?;
        check_not_merged(&to)?;
        check_mergeable(&from, &to)?;
        let desk = Desk::read(conn, from.property_id, now).await?;
        let (mut source, mut target) = (from.clone(), to.clone());
        note_overdue(conn, &mut source, &cause).await?;
        let answered = answered_in(&source, &target);
        // What was answered in time in the one is not overdue in the other.
        target.answer_due_at = target.answer_due_at.filter(|due| answered.is_none_or(|at| at >= *due));
        note_overdue(conn, &mut target, &cause).await?;
        take_over(&mut source, &mut target)?;
        take_over_block(conn, &mut source, &mut target, now).await?;
        target.answered_at = target.answered_at.or(answered);
        target.move_to(moves::after_merge(target.status, source.status), &desk.hours, now);
        source.move_to(IssueStatus::Closed, &desk.hours, now);
        source.merged_into_id = Some(target.id);
        let step = |other: IssueId| Step::new(IssueStepKind::Merged, "issue.merged").with("other_id", other);
        save(conn, &from, &mut source, step(target.id), &cause).await?;
        save(conn, &to, &mut target, step(source.id), &cause).await?;
        repository::move_messages(conn, &source, &target, now).await?;
        let version = target.version;
        Answer::ok(version, &shown(conn, &staff.caller, &reach, target, now).await?)
    })
    .await
}

/// Two issues of a hotel, locked in the order of their ids.
async fn lock_both(conn: &Conn, reach: &Reach, id: IssueId, into: IssueId) -> Result<(Issue, Issue)> {
    let known = find(conn, reach, id).await?;
    if id == into {
        return Err(Error::invalid("/issue_id", "is the issue itself"));
    }
    other(conn, reach, &known, into).await?;
    let first = repository::lock(conn, known.property_id, id.min(into)).await?.or_404(ISSUE)?;
    let second = repository::lock(conn, known.property_id, id.max(into)).await?.or_404(ISSUE)?;
    Ok(if first.id == id { (first, second) } else { (second, first) })
}

/// Another issue of the same hotel.
async fn other(conn: &Conn, reach: &Reach, issue: &Issue, id: IssueId) -> Result<Issue> {
    let found = repository::find(conn, reach, id).await?.filter(|other| other.property_id == issue.property_id);
    found.ok_or_else(|| Error::invalid("/issue_id", "is not an issue at the property"))
}

/// Checks that nobody would read what is not theirs.
fn check_mergeable(from: &Issue, to: &Issue) -> Result<()> {
    let are_internal = from.is_internal && to.is_internal;
    let of_same = !from.is_internal && !to.is_internal && from.booking_id == to.booking_id;
    match are_internal || of_same && from.guest_user_id == to.guest_user_id {
        true => Ok(()),
        false => Err(IssueError::NotMergeable.into()),
    }
}

/// The answer to an issue that is one to another, too: it was given when that was there.
fn answered_in(source: &Issue, target: &Issue) -> Option<DateTime<Utc>> {
    source.answered_at.filter(|at| target.answered_at.is_none() && *at >= target.created_at)
}

/// Gives the room of an issue to another one, with the block that was made for it and lasts.
async fn take_over_block(conn: &Conn, source: &mut Issue, target: &mut Issue, now: DateTime<Utc>) -> Result<()> {
    target.room_id = target.room_id.or(source.room_id);
    if has_block(conn, source, now).await? {
        check_no_block(conn, target, now).await?;
        target.block_id = source.block_id.take();
        target.block_ended_at = None;
    }
    Ok(())
}

/// Gives what an issue has to another one: its messages, which are counted, and the mails that are due for them.
fn take_over(source: &mut Issue, target: &mut Issue) -> Result<()> {
    target.message_count += source.message_count;
    target.attachment_count += source.attachment_count;
    if target.message_count > super::talking::MOST_MESSAGES || target.attachment_count > super::files::MOST_OF_ISSUE {
        return Err(IssueError::Full("together they have too many messages or attachments").into());
    }
    source.message_count = 0;
    source.attachment_count = 0;
    target.guest_due_at = target.guest_due_at.or(source.guest_due_at.take());
    target.staff_due_at = target.staff_due_at.or(source.staff_due_at.take());
    Ok(())
}

// Links

/// Issues that an issue is linked with, and those that were merged into it.
pub async fn links(app: &App, staff: &Staff<IssuesRead>, id: IssueId) -> Result<Page<IssueOut>> {
    let conn = app.db.conn().await?;
    let reach = staff.reach();
    let issue = find(&conn, &reach, id).await?;
    let rows = repository::linked(&conn, &issue).await?;
    Ok(Page::whole(shown_all(&conn, &staff.caller, &reach, rows, app.clock.now()).await?))
}

/// Links two issues, and returns all that the first is linked with.
pub async fn link(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    (id, other_id): (IssueId, IssueId),
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach) = (staff.caller.cause(now), staff.reach());
    app.change(key, async |conn| {
        // Locked, so that of many who link at once no more get past the cap than one after the other.
        let (issue, other) = lock_both(conn, &reach, id, other_id).await?;
        let is_new = repository::link(conn, issue.property_id, (id, other_id), now).await? == 1;
        if is_new {
            for id in [id, other_id] {
                if repository::links_of(conn, issue.property_id, id).await? > MOST_LINKS {
                    return Err(IssueError::TooManyLinks(MOST_LINKS).into());
                }
            }
            tell_both(conn, (&issue, &other), IssueStepKind::Linked, "issue.linked", &cause).await?;
        }
        let rows = repository::linked(conn, &issue).await?;
        let linked = Page::whole(shown_all(conn, &staff.caller, &reach, rows, now).await?);
        Ok(Answer { is_unchanged: !is_new, ..Answer::done(&linked)? })
    })
    .await
}

/// Takes a link back.
pub async fn unlink(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    (id, other_id): (IssueId, IssueId),
) -> Result<Answer> {
    let (cause, reach) = (staff.caller.cause(app.clock.now()), staff.reach());
    app.change(key, async |conn| {
        let issue = find(conn, &reach, id).await?;
        let other = find(conn, &reach, other_id).await?;
        if repository::unlink(conn, issue.property_id, (id, other_id)).await? == 0 {
            return Err(Error::not_found("link"));
        }
        tell_both(conn, (&issue, &other), IssueStepKind::Unlinked, "issue.unlinked", &cause).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Tells of a link in the history of both issues, and on the record.
async fn tell_both(
    conn: &Conn,
    (one, other): (&Issue, &Issue),
    kind: IssueStepKind,
    event: &'static str,
    cause: &Cause,
) -> Result<()> {
    for (issue, other) in [(one, other), (other, one)] {
        note(conn, issue, kind, Map::from_iter([("other_id".to_owned(), json!(other.id))]), cause).await?;
    }
    let told = [(one, other), (other, one)].map(|(issue, other)| Event::of(event, issue).with("other_id", other.id));
    outbox::publish(conn, cause, told).await?;
    Ok(())
}
