//! Raising an issue: by a guest for a booking or in general, by staff for a booking, a room, or among themselves.
use super::desk::Desk;
use super::reading::shown;
use super::steps::note;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, Booking};
use crate::domains::issues::dto::CreateIssue;
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{Issue, IssueId, IssueMessage, IssueOrigin, IssuePriority, IssueStatus, IssueStepKind};
use crate::domains::issues::repository;
use crate::domains::rooms;
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::IssuesWrite;
use crate::security::{OwnOr, Permission, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use serde_json::{Map, json};
use uuid::Uuid;

/// Number of issues that a guest can have at a time which are not over.
const MOST_OPEN: i64 = 20;
/// Time for which mails about what comes in a burst wait for each other.
pub(super) const BURST: TimeDelta = TimeDelta::seconds(60);

/// Raises an issue.
pub async fn create(app: &App, who: &OwnOr<IssuesWrite>, key: &IdempotencyKey, request: CreateIssue) -> Result<Answer> {
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    let is_staff = who.reach.scope.covers(request.property_id);
    if !is_staff {
        check_guest_asks(&request)?;
    }
    app.change(key, async |conn| {
        let issue = match is_staff {
            true => of_staff(conn, &request, &cause).await?,
            false => of_guest(conn, who, &request, &cause).await?,
        };
        raise(conn, &issue, &request.text, &cause).await?;
        let (location, version) = (format!("/v1/issues/{}", issue.id), issue.version);
        Answer::created(location, version, &shown(conn, &who.caller, &who.reach, issue, now).await?)
    })
    .await
}

/// Writes a new issue with its first message.
pub(super) async fn raise(conn: &Conn, issue: &Issue, text: &str, cause: &Cause) -> Result<()> {
    repository::insert(conn, issue).await?;
    let kind = (issue.is_internal, issue.origin == IssueOrigin::Guest);
    let message = IssueMessage::new(issue, text, kind, issue.version, cause);
    repository::insert_message(conn, &message).await?;
    let facts = Map::from_iter([("message_id".to_owned(), json!(message.id))]);
    note(conn, issue, IssueStepKind::Created, facts, cause).await?;
    outbox::publish(conn, cause, [Event::created(issue).with("message_id", message.id)]).await?;
    Ok(())
}

/// Refuses what only staff decide about an issue.
fn check_guest_asks(request: &CreateIssue) -> Result<()> {
    let said = [
        ("/room_id", request.room_id.is_some()),
        ("/priority", request.priority.is_some()),
        ("/team", request.team.is_some()),
        ("/assignee_id", request.assignee_id.is_some()),
        ("/is_internal", request.is_internal.is_some()),
    ];
    let wrong = said.into_iter().filter(|(_, is_there)| *is_there);
    let errors: Vec<FieldError> = wrong.map(|(pointer, _)| FieldError::body(pointer, "is for the staff of the hotel")).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// An issue that a guest raises, for a booking of theirs or, with an account, in general.
async fn of_guest(conn: &Conn, who: &OwnOr<IssuesWrite>, request: &CreateIssue, cause: &Cause) -> Result<Issue> {
    let linked = who.reach.guest.as_ref().map(|guest| guest.booking_id);
    let booking = match request.booking_id.or(linked) {
        Some(id) => {
            let found = bookings::find(conn, &who.reach, id).await?;
            Some(found.filter(|booking| booking.property_id == request.property_id).or_404("booking")?)
        }
        None => None,
    };
    // Integrations have no things of their own: without a booking there would be nobody to answer to.
    if booking.is_none() && who.reach.owner.is_none() {
        return Err(Error::not_found("property"));
    }
    let room_id = room_of_stay(conn, booking.as_ref(), request.stay_id).await?;
    let booking_id = booking.as_ref().map(|booking| booking.id);
    repository::lock_open_of_guest(conn, who.reach.owner, booking_id).await?;
    let open = repository::open_of_guest(conn, who.reach.owner, booking_id).await?;
    if open >= MOST_OPEN {
        return Err(IssueError::TooMany(open).into());
    }
    let desk = Desk::read(conn, request.property_id, cause.at).await?;
    let issue = new_issue(&desk, request, (booking_id, room_id), IssueOrigin::Guest, cause)?;
    Ok(Issue { guest_user_id: who.reach.owner, staff_due_at: Some(cause.at + BURST), ..issue })
}

/// An issue that the staff raise.
async fn of_staff(conn: &Conn, request: &CreateIssue, cause: &Cause) -> Result<Issue> {
    let property_id = request.property_id;
    let everywhere = Reach::of_scope(Scope::All);
    let booking = match request.booking_id {
        Some(id) => {
            let found = bookings::find(conn, &everywhere, id).await?.filter(|booking| booking.property_id == property_id);
            Some(found.ok_or_else(|| Error::invalid("/booking_id", "is not a booking at the property"))?)
        }
        None => None,
    };
    let is_internal = request.is_internal.unwrap_or(true);
    if !is_internal && booking.is_none() {
        return Err(Error::invalid("/booking_id", "is needed for an issue that is not internal: there is nobody to write to"));
    }
    let of_stay = room_of_stay(conn, booking.as_ref(), request.stay_id).await?;
    if let Some(room_id) = request.room_id {
        check_room(conn, property_id, room_id).await?;
    }
    if let Some(assignee_id) = request.assignee_id {
        check_assignee(conn, property_id, assignee_id).await?;
    }
    let desk = Desk::read(conn, property_id, cause.at).await?;
    let place = (booking.map(|booking| booking.id), request.room_id.or(of_stay));
    let issue = new_issue(&desk, request, place, IssueOrigin::Staff, cause)?;
    // The staff's first words are an answer, and among themselves there is nobody to be answered.
    let mut issue = Issue { is_internal, assignee_id: request.assignee_id, answered_at: Some(cause.at), ..issue };
    issue.set_due(&desk.hours);
    if !is_internal {
        issue.guest_due_at = Some(cause.at + BURST);
    }
    Ok(issue)
}

pub(super) fn new_issue(
    desk: &Desk,
    request: &CreateIssue,
    (booking_id, room_id): (Option<Uuid>, Option<Uuid>),
    origin: IssueOrigin,
    cause: &Cause,
) -> Result<Issue> {
    let priority = request.priority.unwrap_or(IssuePriority::Normal);
    let target = desk.settings.targets()?.of(priority);
    let mut issue = Issue {
        property_id: request.property_id,
        id: IssueId::now_v7(),
        status: IssueStatus::Open,
        category: request.category,
        priority,
        team: request.team.unwrap_or(request.category.team()),
        assignee_id: None,
        subject: request.subject.clone(),
        is_internal: false,
        origin,
        guest_user_id: None,
        booking_id,
        stay_id: request.stay_id,
        room_id,
        block_id: None,
        block_ended_at: None,
        answer_minutes: target.answer_minutes,
        solution_minutes: target.solution_minutes,
        answer_due_at: None,
        solution_due_at: None,
        answered_at: None,
        resolved_at: None,
        closed_at: None,
        paused_since: None,
        paused_seconds: 0,
        answer_breached_at: None,
        solution_breached_at: None,
        merged_into_id: None,
        message_count: 1,
        attachment_count: 0,
        guest_due_at: None,
        staff_due_at: None,
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
    };
    issue.set_due(&desk.hours);
    Ok(issue)
}

/// Checks that a stay is one of the booking, and returns its room.
async fn room_of_stay(conn: &Conn, booking: Option<&Booking>, stay_id: Option<Uuid>) -> Result<Option<Uuid>> {
    let Some(stay_id) = stay_id else { return Ok(None) };
    let wrong = || Error::invalid("/stay_id", "is not a stay of the booking");
    let booking = booking.ok_or_else(wrong)?;
    repository::of_stay(conn, booking.property_id, booking.id, stay_id).await?.ok_or_else(wrong)
}

pub(super) async fn check_room(conn: &Conn, property_id: Uuid, room_id: Uuid) -> Result<()> {
    let room = rooms::find_room(conn, &Scope::All, room_id).await?.filter(|room| room.property_id == property_id);
    room.map(drop).ok_or_else(|| Error::invalid("/room_id", "is not a room of the property"))
}

pub(super) async fn check_assignee(conn: &Conn, property_id: Uuid, user_id: Uuid) -> Result<()> {
    let may = repository::holds_permission(conn, user_id, property_id, IssuesWrite::NAME).await?;
    if may { Ok(()) } else { Err(Error::invalid("/assignee_id", "is nobody who sees to issues at the property")) }
}
