//! Holds: their extension and expiry.
use super::change::lifecycle::{ActionRequest, act};
use super::read::answer;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Booking;
use crate::domains::bookings::repository;
use crate::domains::inventory::{self, Nights};
use crate::domains::properties::{self, Property};
use crate::domains::stays::{Action, Status};
use crate::error::{DomainError, Or404};
use crate::failures::Failures;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::BookingsWrite;
use crate::security::{OwnOr, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, changed_meanwhile};
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use futures_util::{StreamExt, stream, try_join};
use uuid::Uuid;

const BATCH: i64 = 200;
/// Maximum number of holds that expire at once: many must be gone soon, and leave connections to those who book.
const AT_ONCE: usize = 4;

/// Extends a hold, once, to end so many minutes from now.
pub async fn extend_hold(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    minutes: i32,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    app.change(key, async |conn| {
        let before = repository::find(conn, &who.reach, id).await?.or_404("booking")?;
        seen.check(before.version)?;
        let property = properties::find(conn, before.property_id).await?.or_404("booking")?;
        let expires_at = check_extension(&before, &property, minutes, now)?;
        let after = repository::extend_hold(conn, &before, expires_at, now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        let event = Event::of("booking.hold_extended", &after);
        let event = event.and("hold_expires_at", before.hold_expires_at, after.hold_expires_at);
        outbox::publish(conn, &cause, [event]).await?;
        answer(conn, &who.reach, after).await
    })
    .await
}

fn check_extension(booking: &Booking, property: &Property, minutes: i32, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let Some(expires_at) = booking.hold_expires_at else {
        return Err(BookingError::IllegalMove { from: booking.status, to: Status::Held }.into());
    };
    if booking.is_hold_extended {
        return Err(BookingError::HoldExtended.into());
    }
    if minutes > property.settings.max_hold_minutes {
        let most = property.settings.max_hold_minutes;
        return Err(Error::invalid("/hold_minutes", format!("this hotel holds rooms for at most {most} minutes")));
    }
    let extended = now + TimeDelta::minutes(minutes.into());
    if extended <= expires_at {
        return Err(Error::invalid("/hold_minutes", "would end the hold earlier than now"));
    }
    Ok(extended)
}

/// Expires all holds past their time, each in a transaction of its own, and says how many.
pub async fn expire_overdue(app: &App, failures: &mut Failures) -> Result<usize> {
    let now = app.clock.now();
    let mut expired = 0;
    loop {
        let conn = app.db.conn().await?;
        let overdue = repository::overdue_holds(&conn, None, now, BATCH).await?;
        drop(conn);
        let ended = stream::iter(overdue).map(|booking| {
            let app = app.clone();
            async move { (booking.id, expire(&app, &booking, now).await) }
        });
        // All of them end, also where one finds the database away: none is left in the middle of its transaction.
        let ended: Vec<_> = ended.buffer_unordered(AT_ONCE).collect().await;
        let mut progressed = 0;
        for (id, done) in ended {
            let is_expired = failures.note_fault("a hold could not be expired", id, done)?;
            progressed += usize::from(is_expired.unwrap_or(false));
        }
        expired += progressed;
        if progressed == 0 {
            return Ok(expired);
        }
    }
}

/// Confirms the holds whose guests have proved their address since, and says how many.
pub async fn confirm_proved(app: &App, failures: &mut Failures) -> Result<usize> {
    let now = app.clock.now();
    let proved = repository::proved_meanwhile(&*app.db.conn().await?, BATCH).await?;
    let mut confirmed = 0;
    for booking in proved {
        let (reach, cause) = (Reach::of_scope(Scope::All), Cause::system(now));
        let request = ActionRequest {
            seen: IfMatch(Some(booking.version)),
            ..ActionRequest::new(booking.id, Action::Confirm, &reach, &cause)
        };
        let done = act(app, &IdempotencyKey::none(), &request).await;
        confirmed += usize::from(failures.note_fault("a hold could not be confirmed", booking.id, done)?.is_some());
    }
    Ok(confirmed)
}

/// Overdue holds, and rooms that were set aside for a while, that may be in the way of a sale.
pub(super) struct InTheWay {
    property_id: Uuid,
    holds: Vec<Booking>,
    allotments: Vec<Uuid>,
}

impl InTheWay {
    pub(super) fn is_empty(&self) -> bool {
        self.holds.is_empty() && self.allotments.is_empty()
    }

    /// Removes a booking from the overdue ones.
    pub(super) fn but_for(mut self, booking_id: Option<Uuid>) -> Self {
        self.holds.retain(|booking| Some(booking.id) != booking_id);
        self
    }
}

pub(super) async fn overdue_in_the_way(
    conn: &Conn,
    property_id: Uuid,
    nights: Nights,
    now: DateTime<Utc>,
) -> QueryResult<InTheWay> {
    let (holds, allotments) = try_join!(
        repository::overdue_holds(conn, Some((property_id, nights.from, nights.to)), now, BATCH),
        inventory::overdue_allotments(conn, property_id, nights, now),
    )?;
    Ok(InTheWay { property_id, holds, allotments })
}

/// Ends overdue holds and allotments, unless holds have been confirmed or cancelled meanwhile.
pub(super) async fn expire_in_the_way(app: &App, overdue: &InTheWay, now: DateTime<Utc>) -> Result<()> {
    for booking in &overdue.holds {
        expire(app, booking, now).await?;
    }
    for allotment_id in &overdue.allotments {
        let mut conn = app.db.conn().await?;
        conn.transaction(async |conn| inventory::give_back(conn, overdue.property_id, *allotment_id, now).await).await?;
    }
    Ok(())
}

/// Expires a hold; `false` if it has been confirmed or cancelled at the last moment.
async fn expire(app: &App, booking: &Booking, now: DateTime<Utc>) -> Result<bool> {
    let (reach, cause) = (Reach::of_scope(Scope::All), Cause::system(now));
    let seen = IfMatch(Some(booking.version));
    let request = ActionRequest { seen, ..ActionRequest::new(booking.id, Action::Expire, &reach, &cause) };
    match act(app, &IdempotencyKey::none(), &request).await {
        Ok(_) => Ok(true),
        Err(error) if is_overtaken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_overtaken(error: &Error) -> bool {
    let illegal = BookingError::IllegalMove { from: Status::Confirmed, to: Status::Expired };
    error.is(illegal.problem()) || error.is(&crate::error::problems::PRECONDITION_FAILED)
}
