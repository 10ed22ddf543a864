//! Previews of cancellations and no-shows, by the same rules as these themselves.
use super::{ActionRequest, plan, settle, state_after};
use crate::Result;
use crate::app::App;
use crate::domains::bookings::dto::CancellationOut;
use crate::domains::bookings::model::Booking;
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::fees::{self, Leaving};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::folios;
use crate::domains::properties::{self, Property};
use crate::domains::stays::Action;
use crate::error::Or404;
use crate::language::Language;
use crate::outbox::Cause;
use crate::security::permission::BookingsRead;
use crate::security::{OwnOr, Reach};
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use futures_util::try_join;
use std::collections::HashMap;
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

/// Fees for guests who have not come, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeesOfMissing {
    pub no_show_minor: i64,
    pub cancellation_minor: i64,
}

/// Returns for some stays to come of a hotel the fees that a no-show and a cancellation would cost now. Two round trips.
pub async fn fees_of_missing(
    conn: &Conn,
    property: &Property,
    stays: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, FeesOfMissing>> {
    if stays.is_empty() {
        return Ok(HashMap::new());
    }
    let stays = repository::find_stays(conn, property.id, stays).await?;
    let bookings: Vec<(Uuid, Uuid)> = stays.iter().map(|stay| (property.id, stay.booking_id)).collect();
    let folio = folios::entries_of(conn, &bookings).await?;
    let fees = stays.into_iter().map(|stay| {
        let open = folios::open(&folios::of_stay(&folio, stay.id));
        let fee_minor = |action| {
            let (check_in, today) = (property.check_in_instant(stay.check_in), property.business_date(now));
            let leaving = Leaving { action, now, today, check_in, from: stay.check_in, is_waived: false };
            fees::settle(&stay, &open, leaving).fee_minor
        };
        let fees = FeesOfMissing { no_show_minor: fee_minor(Action::NoShow), cancellation_minor: fee_minor(Action::Cancel) };
        (stay.id, fees)
    });
    Ok(fees.collect())
}
