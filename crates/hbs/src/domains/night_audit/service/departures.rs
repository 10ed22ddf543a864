//! Guests who should have left by the date that is closed.
use super::close::Closing;
use super::due::Refusals;
use crate::Result;
use crate::domains::bookings;
use crate::domains::night_audit::error::NightAuditError;
use crate::domains::night_audit::model::{DueStay, NextGuest, OpenDeparture};
use crate::domains::night_audit::repository::{self, NextStay};
use crate::stores::postgres::Conn;
use chrono::{Days, NaiveDate};
use std::collections::HashMap;
use uuid::Uuid;

/// Fails if guests who should have left are in the house, but for those who are to be extended.
pub async fn check_open(closing: &Closing<'_>, conn: &Conn, departures: &[DueStay]) -> Result<()> {
    let extended = closing.extended();
    let open: Vec<DueStay> = departures.iter().filter(|stay| !extended.contains(&stay.stay_id)).cloned().collect();
    if open.is_empty() {
        return Ok(());
    }
    let open = with_next_guests(conn, closing.property_id, closing.date, &open).await?;
    Err(NightAuditError::DeparturesOpen(open).into())
}

/// Extends stays that should have ended by a night: each by an amendment, as by hand.
pub async fn extend(closing: &Closing<'_>, conn: &mut Conn, departures: &[DueStay]) -> Result<()> {
    let Some(asked) = &closing.asked else { return Ok(()) };
    let mut refusals = Refusals::default();
    for (place, id) in closing.extended().iter().enumerate() {
        let Some(stay) = departures.iter().find(|stay| stay.stay_id == *id) else { continue };
        let ids = (closing.property_id, stay.booking_id, stay.stay_id);
        let until = closing.date + Days::new(1);
        let done = bookings::extend_stay(closing.app, conn, asked.caller, ids, until, closing.cause).await;
        refusals.note(format!("/extend_stays/{place}"), stay, "extended", done)?;
    }
    refusals.check()
}

/// Returns the guests who should have left, with the guests who have the room on the night after.
pub async fn with_next_guests(
    conn: &Conn,
    property_id: Uuid,
    date: NaiveDate,
    departures: &[DueStay],
) -> Result<Vec<OpenDeparture>> {
    let rooms: Vec<Uuid> = departures.iter().filter_map(|stay| stay.room_id).collect();
    let next: HashMap<Uuid, NextStay> = repository::occupants(conn, property_id, &rooms, date).await?.into_iter().collect();
    Ok(departures.iter().map(|stay| open_departure(stay, stay.room_id.and_then(|room_id| next.get(&room_id)))).collect())
}

fn open_departure(stay: &DueStay, next: Option<&NextStay>) -> OpenDeparture {
    // Guests who have the room by day have the night of the day themselves.
    let next = next.filter(|(stay_id, ..)| *stay_id != stay.stay_id);
    let next = next.map(|(stay_id, booking_id, reference, contact, guest)| NextGuest {
        stay_id: *stay_id,
        booking_id: *booking_id,
        reference: reference.clone(),
        guest_name: guest.as_ref().unwrap_or(contact).clone(),
        guest: guest.as_ref().unwrap_or(contact).clone(),
    });
    OpenDeparture {
        stay_id: stay.stay_id,
        booking_id: stay.booking_id,
        reference: stay.reference.clone(),
        guest_name: stay.guest(),
        guest: stay.guest(),
        room_number: stay.room_number.clone(),
        check_in: stay.check_in,
        check_out: stay.check_out,
        next,
    }
}
