use super::{answer, event_kind, move_to, of_amendment};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, Amend, AmendBooking, AmendRequest, Booking, BookingError, Ended};
use crate::domains::change_requests::dto::{ChangeRequestFilter, ChangeRequestOut, RequestChange, WantedCancellation};
use crate::domains::change_requests::error::ChangeRequestError;
use crate::domains::change_requests::model::{Booked, ChangeRequest, NewState, RequestKind, RequestStatus, stored};
use crate::domains::change_requests::repository;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::{BookingsRead, BookingsWrite};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use uuid::Uuid;

/// Change that is asked for.
enum Asked {
    Amendment(Amend),
    Cancellation(Option<Uuid>),
}

fn asked(amendment: Option<AmendBooking>, cancellation: Option<WantedCancellation>) -> Result<Asked> {
    match (amendment, cancellation) {
        (Some(amendment), None) if amendment.expected_total.is_some() => {
            Err(Error::invalid("/amendment/expected_total", "is for amendments that are made at once"))
        }
        (Some(amendment), None) => Ok(Asked::Amendment(amendment.into())),
        (None, Some(WantedCancellation { stay_id })) => Ok(Asked::Cancellation(stay_id)),
        (Some(_), Some(_)) => Err(Error::invalid("/cancellation", "is not asked for together with an amendment")),
        (None, None) => Err(Error::invalid("/amendment", "is needed, or a cancellation")),
    }
}

/// Notes a request of a guest, where policy does not let them make the change.
pub async fn request(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    booking_id: Uuid,
    body: RequestChange,
) -> Result<Answer> {
    let RequestChange { amendment, cancellation, message } = body;
    let asked = asked(amendment, cancellation)?;
    let cause = who.caller.cause(app.clock.now());
    if let Asked::Amendment(amend) = &asked
        && let Some(replay) = check_amendment(app, who, key, booking_id, amend, &cause).await?
    {
        return Ok(replay);
    }
    app.change(key, async |conn| {
        let booking = bookings::find(conn, &who.reach, booking_id).await?.or_404("booking")?;
        check_live(&booking)?;
        if let Asked::Cancellation(stay_id) = &asked {
            check_cancellation(conn, who, &booking, *stay_id, &cause).await?;
        }
        let request = new_request(&booking, asked, message, &cause)?;
        let inserted = repository::insert(conn, &request).await;
        inserted.on_constraint("change_requests_one_open", || ChangeRequestError::AlreadyOpen)?;
        let told = Event::created(&request).named(event_kind(request.status));
        outbox::publish(conn, &cause, [told]).await?;
        let (location, version) = (format!("/v1/change-requests/{}", request.id), request.version);
        Answer::created(location, version, &ChangeRequestOut::new(request, &Booked::from(&booking))?)
    })
    .await
}

/// Checks that a booking has not ended: then nothing is changed any more.
fn check_live(booking: &Booking) -> Result<()> {
    if booking.status.is_live() { Ok(()) } else { Err(BookingError::NotAmendable(booking.status).into()) }
}

/// Tries the amendment as a guest makes it: what stands in its way may be asked for, what is wrong with it is said. An answer is
/// that to an earlier request with the key.
async fn check_amendment(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    booking_id: Uuid,
    amend: &Amend,
    cause: &Cause,
) -> Result<Option<Answer>> {
    let conn = app.db.conn().await?;
    let booking = bookings::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    drop(conn);
    let request = AmendRequest::new(booking_id, amend, &who.reach, &who.caller, cause);
    match bookings::rehearse_amendment(app, key, &request).await {
        Ok(Ended::Done(replay)) => Ok(Some(replay)),
        // Staff note what the guest wants, also where they could do it for them.
        Ok(_) if who.reach.scope.covers(booking.property_id) => Ok(None),
        Ok(_) => Err(ChangeRequestError::NotNeeded { do_at: format!("/v1/bookings/{booking_id}/amend") }.into()),
        // What is sold by day is not changed by anybody.
        Err(error) if error.is(&bookings::DAY_USE) => Err(error),
        Err(Error::Client(refusal)) if refusal.problem.status == 409 => Ok(None),
        Err(error) => Err(of_amendment(error)),
    }
}

async fn check_cancellation(
    conn: &Conn,
    who: &OwnOr<BookingsWrite>,
    booking: &Booking,
    stay_id: Option<Uuid>,
    cause: &Cause,
) -> Result<()> {
    let is_staff = who.reach.scope.covers(booking.property_id);
    match bookings::preview_cancellation_in(conn, &who.reach, booking, stay_id, cause, Language::English).await {
        Ok(preview) if preview.fee.minor == 0 && !is_staff => {
            let cancelled = stay_id.map_or_else(String::new, |id| format!("/stays/{id}"));
            Err(ChangeRequestError::NotNeeded { do_at: format!("/v1/bookings/{}{cancelled}/cancel", booking.id) }.into())
        }
        Ok(_) => Ok(()),
        // Who should be there already talks to the hotel.
        Err(error) if error.is(&bookings::TOO_LATE) => Ok(()),
        Err(error) => Err(error),
    }
}

fn new_request(booking: &Booking, asked: Asked, message: String, cause: &Cause) -> Result<ChangeRequest> {
    let (kind, wanted, stay_id) = match asked {
        Asked::Amendment(amend) => (RequestKind::Amendment, Some(stored(amend)?), None),
        Asked::Cancellation(stay_id) => (RequestKind::Cancellation, None, stay_id),
    };
    Ok(ChangeRequest {
        property_id: booking.property_id,
        id: Uuid::now_v7(),
        booking_id: booking.id,
        status: RequestStatus::Open,
        kind,
        wanted,
        stay_id,
        message,
        answer: None,
        proposal: None,
        agreement: None,
        proposed_total_minor: None,
        proposed_difference_minor: None,
        expires_at: None,
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
    })
}

pub async fn list(
    app: &App,
    who: &OwnOr<BookingsRead>,
    filter: &ChangeRequestFilter,
    page: &PageQuery,
) -> Result<Page<ChangeRequestOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |(request, ..)| request.id)?;
    let out = items.into_iter().map(|(request, booked)| ChangeRequestOut::new(request, &booked));
    Ok(Page { items: out.collect::<Result<_>>()?, next_cursor })
}

pub async fn get(app: &App, who: &OwnOr<BookingsRead>, id: Uuid) -> Result<ChangeRequestOut> {
    let found = repository::find(&*app.db.conn().await?, &who.reach, id).await?;
    let (request, booked) = found.or_404("change request")?;
    ChangeRequestOut::new(request, &booked)
}

pub async fn withdraw(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &who.reach, id).await?;
        let (before, booked) = found.or_404("change request")?;
        seen.check(before.version)?;
        let after = move_to(conn, &before, &NewState::of(RequestStatus::Withdrawn), &cause).await?;
        answer(after, &booked)
    })
    .await
}
