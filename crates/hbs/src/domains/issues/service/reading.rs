//! Issues and messages as callers are shown them: the staff see more than the guest.
use super::desk::{find, is_staff};
use crate::actors::Names;
use crate::app::App;
use crate::domains::issues::dto::{
    IssueAttachmentOut, IssueAuthor, IssueBlockState, IssueCounts, IssueFilter, IssueMessageOut, IssueOut, IssueReport,
    IssueReportQuery, IssueReportRow, IssueRoomBlock, IssueStaffSide,
};
use crate::domains::issues::model::{BlockOfIssue, Issue, IssueId, IssueMessage, IssueMessageId, IssueStatus};
use crate::domains::issues::repository::{self, About, ReportRow};
use crate::domains::properties::{self, Property};
use crate::error::FieldError;
use crate::page::{Page, PageQuery};
use crate::security::permission::IssuesRead;
use crate::security::{Caller, OwnOr, Reach, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Number of days of a report.
const MOST_DAYS: i64 = 366;

pub async fn list(app: &App, who: &OwnOr<IssuesRead>, filter: &IssueFilter, page: &PageQuery) -> Result<Page<IssueOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    // Neither who sees all, nor who asks for what only staff know, is shown anything as its guest.
    let own = match who.reach.scope.is_all() || filter.is_for_staff() {
        true => Vec::new(),
        false => repository::of_owner(&conn, &who.reach).await?,
    };
    let now = app.clock.now();
    let rows = repository::list(&conn, &who.reach, &own, (filter, now), before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |issue| issue.id)?;
    Ok(Page { items: shown_all(&conn, &who.caller, &who.reach, items, now).await?, next_cursor })
}

pub async fn get(app: &App, who: &OwnOr<IssuesRead>, id: IssueId) -> Result<IssueOut> {
    let conn = app.db.conn().await?;
    let issue = find(&conn, &who.reach, id).await?;
    shown(&conn, &who.caller, &who.reach, issue, app.clock.now()).await
}

/// Shows an issue to a caller.
pub(super) async fn shown(conn: &Conn, caller: &Caller, reach: &Reach, issue: Issue, now: DateTime<Utc>) -> Result<IssueOut> {
    let mut all = shown_all(conn, caller, reach, vec![issue], now).await?;
    all.pop().ok_or_else(|| Error::internal("an issue is shown as one"))
}

/// Shows issues to a caller, in their order.
pub(super) async fn shown_all(
    conn: &Conn,
    caller: &Caller,
    reach: &Reach,
    issues: Vec<Issue>,
    now: DateTime<Utc>,
) -> Result<Vec<IssueOut>> {
    let about = About::read(conn, &issues, caller.id(), reach).await?;
    let hotels: Vec<Uuid> = issues.iter().filter(|issue| issue.block_id.is_some()).map(|issue| issue.property_id).collect();
    let hotels: HashMap<Uuid, Property> = match hotels.is_empty() {
        true => HashMap::new(),
        false => properties::find_all(conn, &hotels).await?.into_iter().map(|hotel| (hotel.id, hotel)).collect(),
    };
    let one = |issue: Issue| {
        let today = hotels.get(&issue.property_id).map_or(now.date_naive(), |hotel| hotel.business_date(now));
        let staff = is_staff(reach, &issue).then(|| staff_side(&issue, &about, today));
        out(issue, &about, staff)
    };
    Ok(issues.into_iter().map(one).collect())
}

fn out(issue: Issue, about: &About, staff: Option<IssueStaffSide>) -> IssueOut {
    let booking = issue.booking_id.and_then(|id| about.bookings.get(&id));
    IssueOut {
        id: issue.id,
        property_id: issue.property_id,
        status: issue.status,
        category: issue.category,
        subject: issue.subject,
        origin: issue.origin,
        booking_id: issue.booking_id,
        reference: booking.map(|booking| booking.reference.clone()),
        stay_id: issue.stay_id,
        unread: about.unread.get(&issue.id.into()).copied().unwrap_or(0),
        answered_at: issue.answered_at,
        resolved_at: issue.resolved_at,
        closed_at: issue.closed_at,
        staff,
        version: issue.version,
        created_at: issue.created_at,
        updated_at: issue.updated_at,
    }
}

fn staff_side(issue: &Issue, about: &About, today: chrono::NaiveDate) -> IssueStaffSide {
    let name = |id: Uuid| about.people.get(&id).cloned();
    let contact = issue.booking_id.and_then(|id| about.bookings.get(&id)).map(|booking| booking.contact_name.clone());
    IssueStaffSide {
        is_internal: issue.is_internal,
        priority: issue.priority,
        team: issue.team,
        assignee_id: issue.assignee_id,
        assignee_name: issue.assignee_id.and_then(name),
        guest_name: contact.or_else(|| issue.guest_user_id.and_then(name)),
        guest_read_at: about.read_by_guest.get(&issue.id.into()).copied(),
        room_id: issue.room_id,
        room_number: issue.room_id.and_then(|id| about.rooms.get(&id).cloned()),
        room_block: issue.block_id.and_then(|id| about.blocks.get(&id)).map(|block| room_block(issue, block, today)),
        answer_minutes: issue.answer_minutes,
        solution_minutes: issue.solution_minutes,
        answer_due_at: issue.answer_due_at,
        solution_due_at: issue.solution_due_at,
        paused_since: issue.paused_since,
        answer_breached_at: issue.answer_breached_at,
        solution_breached_at: issue.solution_breached_at,
        merged_into_id: issue.merged_into_id,
    }
}

fn room_block(issue: &Issue, block: &BlockOfIssue, today: chrono::NaiveDate) -> IssueRoomBlock {
    let state = match (issue.block_ended_at, block.is_deleted) {
        (Some(_), _) => IssueBlockState::Solved,
        (None, true) => IssueBlockState::EndedByHand,
        (None, false) if block.to_date <= today => IssueBlockState::Over,
        (None, false) => IssueBlockState::Active,
    };
    IssueRoomBlock { id: block.id, from: block.from_date, to: block.to_date, state }
}

/// Returns the numbers of issues of a hotel, by what their state calls for.
pub async fn counts(app: &App, staff: &Staff<IssuesRead>, property_id: Uuid) -> Result<IssueCounts> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    let rows = repository::counts(&conn, property_id, staff.caller.user_id(), app.clock.now()).await?;
    let mut counts = IssueCounts::none(property_id);
    for row in rows {
        let is_running = !row.status.is_over();
        match row.status {
            IssueStatus::Open => counts.open += row.issues,
            IssueStatus::InProgress => counts.in_progress += row.issues,
            IssueStatus::Waiting => counts.waiting += row.issues,
            IssueStatus::Resolved => counts.resolved += row.issues,
            IssueStatus::Closed => {}
        }
        counts.answer_overdue += row.answer_overdue;
        counts.solution_overdue += row.solution_overdue;
        if is_running {
            counts.unassigned += row.unassigned;
            counts.mine += row.mine;
            *counts.teams.entry(row.team).or_default() += row.issues;
        }
    }
    Ok(counts)
}

/// Returns how a hotel has met its targets.
pub async fn report(app: &App, staff: &Staff<IssuesRead>, query: &IssueReportQuery) -> Result<IssueReport> {
    let IssueReportQuery { property_id, from, to } = *query;
    staff.at(property_id)?;
    if to < from {
        return Err(Error::invalid_fields(vec![FieldError::query("to", "is before the first day")]));
    }
    if (to - from).num_days() > MOST_DAYS {
        return Err(Error::invalid_fields(vec![FieldError::query(
            "to",
            format!("is more than {MOST_DAYS} days after the first"),
        )]));
    }
    let conn = app.db.conn().await?;
    let rows = repository::report(&conn, property_id, (from, to)).await?;
    let shown = |row: ReportRow| IssueReportRow {
        priority: row.priority,
        raised: row.raised,
        answered: row.answered,
        answer_missed: row.answer_missed,
        median_answer_minutes: row.median_answer_minutes,
        resolved: row.resolved,
        solution_missed: row.solution_missed,
    };
    Ok(IssueReport { property_id, from, to, priorities: rows.into_iter().map(shown).collect() })
}

// Messages

/// The messages of an issue, the oldest first. Guests are shown no notes.
pub async fn messages(app: &App, who: &OwnOr<IssuesRead>, id: IssueId, page: &PageQuery) -> Result<Page<IssueMessageOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let issue = find(&conn, &who.reach, id).await?;
    let rows = repository::messages(&conn, &issue, is_staff(&who.reach, &issue), after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |message| message.id)?;
    Ok(Page { items: shown_messages(&conn, &who.reach, &issue, items).await?, next_cursor })
}

/// Shows messages of an issue. That a guest is given no note is decided where they are found.
pub(super) async fn shown_messages(
    conn: &Conn,
    reach: &Reach,
    issue: &Issue,
    rows: Vec<IssueMessage>,
) -> Result<Vec<IssueMessageOut>> {
    let ids: Vec<IssueMessageId> = rows.iter().map(|message| message.id).collect();
    let with_names = is_staff(reach, issue);
    let authors: Vec<_> = match with_names {
        true => rows.iter().map(|message| (message.author_kind, message.author_id)).collect(),
        false => Vec::new(),
    };
    let names = Names::read(conn, &authors).await?;
    let mut attached: HashMap<Uuid, Vec<IssueAttachmentOut>> = HashMap::new();
    for attachment in repository::attachments(conn, issue.property_id, &ids).await? {
        let of_message = attached.entry(attachment.message_id.into()).or_default();
        of_message.push(IssueAttachmentOut::new(attachment, issue.id));
    }
    let one = |message: IssueMessage| {
        let author_name = with_names.then(|| names.of(message.author_kind, message.author_id));
        IssueMessageOut {
            id: message.id,
            property_id: issue.property_id,
            issue_id: issue.id,
            author: if message.is_from_guest { IssueAuthor::Guest } else { IssueAuthor::Staff },
            author_name,
            is_note: message.is_note,
            text: message.text,
            attachments: attached.remove(&message.id.into()).unwrap_or_default(),
            created_at: message.created_at,
        }
    };
    Ok(rows.into_iter().map(one).collect())
}
