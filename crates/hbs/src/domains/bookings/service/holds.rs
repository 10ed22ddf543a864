//! Holds that nobody confirmed in time.
use super::lifecycle::{ActionRequest, act};
use crate::Result;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::Booking;
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::Action;
use crate::domains::inventory::Nights;
use crate::error::DomainError;
use crate::http::IfMatch;
use crate::http::actor::Reach;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use uuid::Uuid;

const BATCH: i64 = 200;

/// Expires all holds past their time, each in a transaction of its own, and says how many.
pub async fn expire_overdue(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut expired = 0;
    loop {
        let conn = app.db.conn().await?;
        let overdue = repository::overdue_holds(&conn, None, now, BATCH).await?;
        drop(conn);
        let mut progressed = 0;
        for booking in &overdue {
            // One that cannot be expired must not keep the others from it.
            match expire(app, booking, now).await {
                Ok(expired) => progressed += usize::from(expired),
                Err(error) => tracing::warn!(booking_id = %booking.id, ?error, "a hold could not be expired"),
            }
        }
        expired += progressed;
        if progressed == 0 {
            return Ok(expired);
        }
    }
}

/// The overdue holds that may stand in the way of a sale.
pub(super) async fn overdue_in_the_way(
    conn: &Conn,
    property_id: Uuid,
    nights: Nights,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Booking>> {
    repository::overdue_holds(conn, Some((property_id, nights.from, nights.to)), now, BATCH).await
}

/// Expires them, unless they have been confirmed or cancelled meanwhile.
pub(super) async fn expire_in_the_way(app: &App, overdue: &[Booking], now: DateTime<Utc>) -> Result<()> {
    for booking in overdue {
        expire(app, booking, now).await?;
    }
    Ok(())
}

/// False if it has been confirmed or cancelled at the last moment.
async fn expire(app: &App, booking: &Booking, now: DateTime<Utc>) -> Result<bool> {
    let request = ActionRequest {
        booking_id: booking.id,
        stay_id: None,
        action: Action::Expire,
        reason: None,
        waiver: None,
        seen: IfMatch(Some(booking.version)),
        reach: &Reach { owner: None, scope: Scope::All },
        cause: &Cause::system(now),
    };
    match act(app, &IdempotencyKey::none(), &request).await {
        Ok(_) => Ok(true),
        Err(error) if is_overtaken(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_overtaken(error: &crate::Error) -> bool {
    use super::super::rules::Status;
    let illegal = BookingError::IllegalMove { from: Status::Confirmed, to: Status::Expired };
    error.is(illegal.problem()) || error.is(&crate::error::problems::PRECONDITION_FAILED)
}
