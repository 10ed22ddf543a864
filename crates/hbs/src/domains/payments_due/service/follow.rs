//! Dues follow their booking: stays are sold, changed and given up, and paid.
use super::react::react;
use crate::Result;
use crate::app::App;
use crate::domains::payments_due::model::{DueBooking, DueKind, DueStay, PaymentDue};
use crate::domains::payments_due::repository;
use crate::domains::payments_due::rules::{Owed, Wanted, instalments, outstanding};
use crate::domains::properties::Property;
use crate::domains::stays::Status;
use crate::domains::{folios, payments, properties};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// The bookings among these of which something is due, was due, or was sold to be due.
pub async fn with_dues(app: &App, bookings: &[(Uuid, Uuid)]) -> Result<Vec<(Uuid, Uuid)>> {
    if bookings.is_empty() {
        return Ok(Vec::new());
    }
    Ok(repository::with_dues(&*app.db.conn().await?, bookings).await?)
}

/// A booking once its dues have followed it.
pub struct Followed {
    pub booking: DueBooking,
    pub stays: Vec<DueStay>,
    pub dues: Vec<PaymentDue>,
    /// Amount that the hotel has of its payments.
    pub paid_minor: i64,
}

/// Writes what is due of a booking as it is by now, then does what its payments bring. It comes to the same however often it is
/// done.
pub async fn follow(app: &App, property_id: Uuid, booking_id: Uuid) -> Result<()> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let followed = conn.transaction(async |conn| follow_in(conn, property_id, booking_id, &cause).await).await?;
    drop(conn);
    app.relay.wake();
    match followed {
        Some(followed) => react(app, &followed).await,
        None => Ok(()),
    }
}

/// Writes what is due of a booking as it is by now, with its folios locked.
pub async fn follow_in(conn: &Conn, property_id: Uuid, booking_id: Uuid, cause: &Cause) -> Result<Option<Followed>> {
    let Some(property) = properties::hold(conn, property_id).await? else { return Ok(None) };
    folios::lock_of(conn, property_id, booking_id).await?;
    let Some(booking) = repository::booking(conn, property_id, booking_id).await? else { return Ok(None) };
    let stays = repository::stays_of(conn, property_id, booking_id).await?;
    let before = repository::lock_of_booking(conn, property_id, booking_id).await?;
    let wanted = wanted(conn, &property, &booking, &stays, cause).await?;
    let mut events = Vec::new();
    for wanted in wanted {
        let known = before.iter().find(|row| (row.kind, row.cause_id) == (wanted.kind, wanted.cause_id));
        let is_known = known.is_some_and(|row| (row.due_on, row.amount_minor) == (wanted.due_on, wanted.amount_minor));
        if is_known || known.is_none() && wanted.amount_minor == 0 {
            continue;
        }
        let row = repository::put(conn, (property_id, booking_id), &wanted, cause.at).await?;
        events.push(known.map_or_else(|| Event::created(&row), |known| Event::changed(known, &row)));
    }
    let (dues, paid_minor) = settle(conn, &booking, &stays, cause).await?;
    outbox::publish(conn, cause, events).await?;
    Ok(Some(Followed { booking, stays, dues, paid_minor }))
}

/// Returns the dues that the stays of a booking are to have.
async fn wanted(conn: &Conn, property: &Property, booking: &DueBooking, stays: &[DueStay], cause: &Cause) -> Result<Vec<Wanted>> {
    let sold_on = property.local_time(booking.created_at).date();
    let today = property.business_date(cause.at);
    let mut wanted = Vec::new();
    for stay in stays {
        wanted.extend(instalments(stay, sold_on));
        wanted.extend(fee(conn, property.id, stay, today).await?);
    }
    Ok(wanted)
}

/// Returns the fee of a stay that was given up, from the lines of its folio: due on the date on which that is seen first.
async fn fee(conn: &Conn, property_id: Uuid, stay: &DueStay, today: NaiveDate) -> Result<Option<Wanted>> {
    let kind = match stay.status {
        Status::Cancelled => DueKind::CancellationFee,
        Status::NoShow => DueKind::NoShowFee,
        _ => return Ok(None),
    };
    let Some(posting_id) = folios::last_settlement(conn, property_id, stay.id).await? else { return Ok(None) };
    let amount_minor = repository::fee_of(conn, property_id, stay.id, posting_id).await?;
    let known = repository::due_of(conn, property_id, kind, posting_id).await?;
    let due_on = known.map_or(today, |row| row.due_on);
    Ok(Some(Wanted { stay_id: stay.id, kind, cause_id: posting_id, due_on, amount_minor: amount_minor.max(0) }))
}

/// Notes what of each thing that is due is paid.
async fn settle(conn: &Conn, booking: &DueBooking, stays: &[DueStay], cause: &Cause) -> Result<(Vec<PaymentDue>, i64)> {
    let (property_id, booking_id) = (booking.property_id, booking.id);
    let paid_minor = payments::had_of_booking(conn, property_id, booking_id).await?;
    let balance_minor = folios::balances(conn, &[(property_id, booking_id)]).await?.remove(&booking_id).unwrap_or(0);
    let rows = repository::of_booking(conn, property_id, booking_id).await?;
    let owed: Vec<Owed> = rows
        .iter()
        .map(|row| {
            let stay = stays.iter().find(|stay| stay.id == row.stay_id);
            let is_live = stay.is_some_and(|stay| row.kind.is_due_of(stay.status));
            Owed { due_on: row.due_on, amount_minor: row.amount_minor, is_live }
        })
        .collect();
    let mut dues = Vec::with_capacity(rows.len());
    for (row, minor) in rows.into_iter().zip(outstanding(&owed, paid_minor, balance_minor)) {
        let is_as_noted = row.outstanding_minor == minor;
        let after = if is_as_noted { row } else { repository::set_outstanding(conn, &row, minor, cause.at).await? };
        dues.push(after);
    }
    Ok((dues, paid_minor))
}
