//! Splitting a stay at a night: what was one stay becomes two, one after the other, each with what is agreed on for its nights.
//!
//! Nothing is sold and nothing comes free: the nights count as before, and the nights of the room pass from one stay to the other
//! where they are.
use super::Changing;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::extras::Division;
use crate::domains::bookings::rules::split::{self, Parts};
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::guests::copy_guests;
use crate::domains::extras::{self, StayExtra};
use crate::domains::folios::{self, FolioEntry};
use crate::domains::inventory::{self, Nights};
use crate::domains::offers;
use crate::domains::stays::Status;
use crate::outbox::{self, Event};
use crate::{Error, Result};
use chrono::NaiveDate;
use uuid::Uuid;

/// Splits a stay. The night is the first of the second stay.
pub(super) async fn split(changing: &Changing<'_>, night: NaiveDate) -> Result<(), Setback> {
    let Changing { desk, booking, stay, .. } = *changing;
    changing.check_is_live()?;
    if stay.is_day_use {
        return Err(BookingError::DayUse("it has no night at which it could be split").into());
    }
    split::check_night(stay, night, desk.today).map_err(|detail| Error::invalid("/night", detail))?;
    inventory::lock(desk.conn, booking.property_id, &[stay.room_type_id], stay.nights()).await?;
    if !repository::is_current(desk.conn, booking).await? {
        return Err(Setback::Changed);
    }
    let parts = parts(changing, night).await?;
    write(changing, &parts).await
}

async fn parts(changing: &Changing<'_>, night: NaiveDate) -> Result<Parts> {
    let (conn, property_id, stay) = (changing.conn(), changing.property_id(), changing.stay);
    let moves = match stay.moved_on {
        Some(_) => repository::moves_of(conn, &[(property_id, stay.id)]).await?,
        None => Vec::new(),
    };
    let folio = folios::entries(conn, property_id, stay.booking_id).await?;
    let open = folios::open(&folios::of_stay(&folio, stay.id));
    let position = changing.stays.iter().map(|stay| stay.position + 1).max().unwrap_or(0);
    let parts = split::split(stay, night, changing.desk.today, (Uuid::now_v7(), position), &moves, &open);
    with_extras(changing, night, parts, &folios::open(&folio)).await
}

/// The parts with the extras that were sold with the stay. `open` are all open lines of the booking.
async fn with_extras(changing: &Changing<'_>, night: NaiveDate, mut parts: Parts, open: &[FolioEntry]) -> Result<Parts> {
    let (conn, property_id, stay) = (changing.conn(), changing.property_id(), changing.stay);
    let sold = extras::sold_of(conn, property_id, stay.booking_id).await?;
    let own: Vec<&StayExtra> = sold.iter().filter(|sold| sold.stay_id == stay.id && sold.removed_on.is_none()).collect();
    if own.is_empty() {
        return Ok(parts);
    }
    let ids: Vec<Uuid> = own.iter().map(|sold| sold.extra_id).collect();
    let offered = extras::offered(conn, property_id, &ids).await?;
    let at = (night, stay.nights());
    for sold in own {
        let Some(offered) = offered.iter().find(|offered| offered.extra.id == sold.extra_id) else { continue };
        let (division, lines) = rules::extras::divided(sold, offered, at, parts.second.id, open, changing.desk.now());
        parts.extras.extend(division);
        parts.lines.extend(lines);
    }
    Ok(parts)
}

async fn write(changing: &Changing<'_>, parts: &Parts) -> Result<(), Setback> {
    let Changing { app, desk, booking, stays, stay, .. } = *changing;
    let (conn, property_id, now) = (desk.conn, desk.property_id(), desk.now());
    let Parts { first, second, lines, extras: divisions } = parts;
    changing.move_booking(&state_after(booking, stays, parts)).await?;
    // The first one leaves the room, before the second is in it.
    if !repository::split_stay(conn, stay, first, second, now).await? {
        return Err(Setback::Changed);
    }
    repository::copy_exemption(conn, first, second.id, now).await?;
    let held = offers::held(conn, property_id, booking.id).await?;
    offers::split(conn, &held, (first.id, second.id), second.check_in, now).await?;
    copy_guests(conn, &app.security.data_key, stay, second.id, now).await?;
    inventory::hand_over(conn, property_id, (first.id, second.id), second.check_in, now).await?;
    for division in divisions {
        match division {
            Division::Both(row) => extras::insert_sold(conn, std::slice::from_ref(row)).await?,
            Division::HandedOver(sold) => extras::hand_over(conn, sold, second.id, now).await?,
        };
    }
    let posted = folios::append(conn, property_id, booking.id, lines, now).await.map_err(Setback::of_folio)?;
    let split = Event::changed(stay, first).named("stay.split").with("split_into", second.id);
    let told = Event::of("booking.split", booking).with("lines", posted);
    outbox::publish(conn, desk.cause, [told, split, Event::created(second)]).await?;
    Ok(())
}

fn state_after(booking: &Booking, stays: &[Stay], Parts { first, second, .. }: &Parts) -> NewState {
    let there = stays.iter().map(|stay| if stay.id == first.id { first } else { stay }).chain([second]);
    let (statuses, nights): (Vec<Status>, Vec<Nights>) = there.map(|stay| (stay.status, stay.dates())).unzip();
    NewState {
        status: rules::booking_status(&statuses),
        total_minor: booking.total_minor,
        hold_expires_at: booking.hold_expires_at,
        nights: rules::booking_nights(&statuses, &nights, booking.nights()),
    }
}
