//! Preview of a cancellation, by the same rules as the cancellation itself.
use super::{ActionRequest, plan, settle, state_after};
use crate::Result;
use crate::app::App;
use crate::domains::bookings::dto::CancellationOut;
use crate::domains::bookings::model::Booking;
use crate::domains::bookings::repository;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::folios;
use crate::domains::properties;
use crate::domains::stays::Action;
use crate::error::Or404;
use crate::language::Language;
use crate::outbox::Cause;
use crate::security::permission::BookingsRead;
use crate::security::{OwnOr, Reach};
use crate::stores::postgres::Conn;
use futures_util::try_join;
use uuid::Uuid;

pub async fn preview_cancellation(
    app: &App,
    who: &OwnOr<BookingsRead>,
    booking_id: Uuid,
    stay_id: Option<Uuid>,
    language: Language,
) -> Result<CancellationOut> {
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    preview_cancellation_in(&conn, &who.reach, &booking, stay_id, &Cause::system(app.clock.now()), language).await
}

/// Previews the cancellation of a booking that was read, within a transaction.
pub async fn preview_cancellation_in(
    conn: &Conn,
    reach: &Reach,
    booking: &Booking,
    stay_id: Option<Uuid>,
    cause: &Cause,
    language: Language,
) -> Result<CancellationOut> {
    let of_booking = [booking];
    let (property, stays) = try_join!(properties::find(conn, booking.property_id), repository::stays_of(conn, &of_booking))?;
    let property = property.or_404("booking")?;
    let desk = Desk::new(conn, &property, cause, false);
    let request = ActionRequest { stay_id, ..ActionRequest::new(booking.id, Action::Cancel, reach, cause) };
    let moves = plan::plan(&desk, booking, &stays, &request)?;
    let folio = folios::entries(conn, booking.property_id, booking.id).await?;
    let vat = settle::vat_rules(&desk, &moves).await?;
    let extras = settle::extras_of(&desk, &folio, booking.id).await?;
    let charged = settle::Charged { folio: &folio, extras: &extras };
    let settlements = settle::settle_all(&desk, charged, &moves, &request, &vat);
    let after = state_after(booking, &stays, &moves, &settlements);
    let left = moves.into_iter().map(|movement| movement.shift.stay).zip(settlements);
    Ok(CancellationOut::new(booking, cause.at, after.total_minor, &left.collect::<Vec<_>>(), language))
}
