//! Proposals: rooms that are set aside while a guest thinks about it.
use super::letters;
use super::{answer, as_done, check_move, move_to, of_amendment, why_not};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, Agreed, Amend, AmendRequest, BookingError, Ended, Rehearsed};
use crate::domains::change_requests::dto::ProposeChange;
use crate::domains::change_requests::error::{ChangeRequestError, ILLEGAL_MOVE};
use crate::domains::change_requests::model::{ChangeRequest, NewState, PROPOSAL_LASTS, RequestStatus, stored};
use crate::domains::change_requests::repository;
use crate::domains::inventory::{self, Allotment, Counts};
use crate::domains::properties;
use crate::error::{OnConstraint, Or404};
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::mail::{self, Mail};
use crate::outbox::Cause;
use crate::security::permission::BookingsWrite;
use crate::security::{OwnOr, Staff};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::json;
use uuid::Uuid;

const BATCH: i64 = 200;

/// Proposes an amendment. It is tried and rolled back, which tells its price and what it needs; that is set aside then, if the
/// booking is still as it was.
pub async fn propose(
    app: &App,
    staff: &Staff<BookingsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    body: ProposeChange,
) -> Result<Answer> {
    let (reach, cause) = (staff.reach(), staff.caller.cause(app.clock.now()));
    let found = repository::find(&*app.db.conn().await?, &reach, id).await?;
    let (request, ..) = found.or_404("change request")?;
    let ProposeChange { amendment, answer: words } = body;
    let amend = Amend::from(amendment);
    let amendment = AmendRequest::new(request.booking_id, &amend, &reach, &staff.caller, &cause);
    let rehearsed = match bookings::rehearse_amendment(app, key, &amendment).await {
        Ok(Ended::Rehearsed(rehearsed)) => rehearsed,
        Ok(Ended::Done(replay)) => return Ok(replay),
        Err(error) => return Err(why_not(app, &reach, (id, RequestStatus::Proposed), seen, of_amendment(error)).await),
    };
    let answered = app
        .change(key, async |conn| {
            let found = repository::find(conn, &reach, id).await?;
            let (before, booked) = found.or_404("change request")?;
            seen.check(before.version)?;
            check_move(before.status, RequestStatus::Proposed)?;
            set_aside(conn, &before, rehearsed.group_id, &rehearsed.more, &cause).await?;
            let booking = bookings::find(conn, &reach, before.booking_id).await?.or_404("booking")?;
            if booking.version != rehearsed.version {
                return Err(BookingError::Busy.into());
            }
            let after = move_to(conn, &before, &proposed(&amend, words.clone(), &rehearsed, &cause)?, &cause).await?;
            if let Some(address) = &booking.contact_email {
                let params = json!({"change_request_id": id});
                let mail = Mail { kind: letters::PROPOSED, address, user_id: booking.user_id, booking: None, params };
                mail::enqueue(conn, &[mail]).await?;
            }
            answer(after, &booked)
        })
        .await?;
    app.mailer.wake();
    Ok(answered)
}

fn proposed(amend: &Amend, words: Option<String>, rehearsed: &Rehearsed, cause: &Cause) -> Result<NewState> {
    Ok(NewState {
        status: RequestStatus::Proposed,
        answer: words,
        proposal: Some(stored(amend.clone())?),
        agreement: Some(serde_json::to_value(&rehearsed.agreement).map_err(Error::internal)?),
        proposed_total_minor: Some(rehearsed.total.minor),
        proposed_difference_minor: Some(rehearsed.difference.minor),
        expires_at: Some(cause.at + PROPOSAL_LASTS),
    })
}

/// Sets aside what the amendment needs beyond what the booking has, and beyond what is set aside for its group.
async fn set_aside(conn: &Conn, request: &ChangeRequest, group_id: Option<Uuid>, more: &Counts, cause: &Cause) -> Result<()> {
    let (property_id, id, status) = (request.property_id, request.id, request.status);
    properties::hold(conn, property_id).await?.or_404("change request")?;
    let rows = inventory::lock_around(conn, property_id, more.keys().copied()).await?;
    let more = &match group_id {
        Some(group_id) => Allotment::read(conn, property_id, group_id).await?.beyond(more),
        None => more.clone(),
    };
    let short = inventory::shortages_of(&rows, more);
    if !short.is_empty() {
        return Err(BookingError::NoAvailability(short).into());
    }
    let opened = inventory::open_allotment(conn, property_id, id, Some(cause.at + PROPOSAL_LASTS), cause.at).await;
    // Somebody else has proposed something at the same moment.
    opened.on_constraint("allotments_pkey", || ChangeRequestError::IllegalMove { from: status, to: RequestStatus::Proposed })?;
    let allotment = Allotment::read(conn, property_id, id).await?;
    inventory::block_rooms(conn, &allotment, more, cause.at).await?;
    Ok(())
}

/// Amends the booking as was proposed, at the price proposed, with the rooms that are set aside.
pub async fn accept(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let found = repository::find(&*app.db.conn().await?, &who.reach, id).await?;
    let (before, ..) = found.or_404("change request")?;
    let Some(proposal) = before.proposal()? else {
        seen.check(before.version)?;
        return Err(ChangeRequestError::IllegalMove { from: before.status, to: RequestStatus::Accepted }.into());
    };
    if before.status == RequestStatus::Proposed && proposal.expires_at <= cause.at {
        return Err(ChangeRequestError::Lapsed(proposal.expires_at).into());
    }
    let also = as_done(&before, NewState::of(RequestStatus::Accepted), seen, &cause);
    let request = AmendRequest {
        agreed: Some(Agreed { agreement: &proposal.agreement, allotment_id: id }),
        also: Some(&*also),
        ..AmendRequest::new(before.booking_id, &proposal.amend, &who.reach, &who.caller, &cause)
    };
    // A key that was sent before is answered as before; only then it is looked at what the proposal is by now.
    match bookings::amend(app, key, &request).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(why_not(app, &who.reach, (id, RequestStatus::Accepted), seen, error).await),
    }
}

pub async fn decline(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &who.reach, id).await?;
        let (before, booked) = found.or_404("change request")?;
        seen.check(before.version)?;
        let after = end(conn, &before, RequestStatus::Declined, &cause).await?;
        answer(after, &booked)
    })
    .await
}

/// Ends a proposal: its rooms are on sale again.
async fn end(conn: &Conn, before: &ChangeRequest, status: RequestStatus, cause: &Cause) -> Result<ChangeRequest> {
    inventory::give_back(conn, before.property_id, before.id, cause.at).await?;
    move_to(conn, before, &NewState::of(status), cause).await
}

/// Ends all proposals past their time, and what is asked of bookings that have ended, each in a transaction of its own, and says
/// how many.
pub async fn lapse_overdue(app: &App) -> Result<usize> {
    let cause = Cause::system(app.clock.now());
    let (mut lapsed, mut failures) = (0, Failures::default());
    loop {
        let overdue = repository::overdue(&*app.db.conn().await?, cause.at, BATCH).await?;
        let mut progressed = 0;
        for request in &overdue {
            let ended = failures.note_fault("a proposal could not be ended", request.id, lapse(app, request, &cause).await)?;
            progressed += usize::from(ended.unwrap_or(false));
        }
        lapsed += progressed;
        if progressed == 0 {
            return failures.result(lapsed);
        }
        app.relay.wake();
    }
}

/// Ends a proposal; `false` if the guest has answered at the last moment.
async fn lapse(app: &App, request: &ChangeRequest, cause: &Cause) -> Result<bool> {
    let mut conn = app.db.conn().await?;
    // One that is open is of a booking that has ended.
    let status = if request.status == RequestStatus::Open { RequestStatus::Withdrawn } else { RequestStatus::Lapsed };
    let ended = conn.transaction(async |conn| end(conn, request, status, cause).await).await;
    match ended {
        Ok(_) => Ok(true),
        Err(error) if error.is(&ILLEGAL_MOVE) => Ok(false),
        Err(error) => Err(error),
    }
}
