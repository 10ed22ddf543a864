//! Splitting a stay at a night: what was one stay becomes two, one after the other, each with what is agreed on for its nights.
//!
//! Nothing is sold and nothing comes free: the nights count as before, and the nights of the room pass from one stay to the other
//! where they are.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::extras::Division;
use crate::domains::bookings::rules::split::{self, Parts};
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::guests::copy_guests;
use crate::domains::bookings::service::read::answer;
use crate::domains::extras::{self, StayExtra};
use crate::domains::folios::{self, FolioEntry};
use crate::domains::inventory::{self, Nights};
use crate::domains::offers;
use crate::domains::properties;
use crate::domains::stays::Status;
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::outbox::{self, Cause, Event};
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use uuid::Uuid;

/// A stay that is to be split at a night.
pub struct SplitRequest<'a> {
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    /// First night of the second stay.
    pub night: NaiveDate,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
}

/// Splits a stay, for somebody who may write bookings of the hotel.
pub async fn split_stay(app: &App, key: &IdempotencyKey, request: &SplitRequest<'_>) -> Result<Answer> {
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(never) => match never {},
    }
}

impl UseCase for SplitRequest<'_> {
    type Rehearsed = Infallible;

    fn attempt<'a>(
        &'a self,
        app: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        _: bool,
    ) -> BoxFuture<'a, Result<Ended<Infallible>, Setback>> {
        async move {
            if let Some(answer) = idempotency::claim(conn, key).await? {
                return Ok(Ended::Done(answer));
            }
            let booking = self.find(conn).await?;
            self.seen.check(booking.version)?;
            let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
            let desk = Desk::new(conn, &property, self.cause, false);
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let stay = self.find_stay(&desk, &stays)?;
            inventory::lock(conn, booking.property_id, &[stay.room_type_id], stay.nights()).await?;
            if !repository::is_current(conn, &booking).await? {
                return Err(Setback::Changed);
            }
            let parts = self.parts(&desk, &stays, stay).await?;
            self.write(app, &desk, &booking, &stays, stay, &parts).await?;
            let answer = answer(conn, self.reach, self.find(conn).await?).await?;
            idempotency::store(conn, key, &answer).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl SplitRequest<'_> {
    async fn find(&self, conn: &Conn) -> Result<Booking> {
        repository::find(conn, self.reach, self.booking_id).await?.or_404("booking")
    }

    /// Returns the stay, if it can be split at the night.
    fn find_stay<'s>(&self, desk: &Desk<'_>, stays: &'s [Stay]) -> Result<&'s Stay> {
        let stay = stays.iter().find(|stay| stay.id == self.stay_id).or_404("stay")?;
        if !stay.status.is_live() {
            return Err(BookingError::NotAmendable(stay.status).into());
        }
        split::check_night(stay, self.night, desk.today).map_err(|detail| Error::invalid("/night", detail))?;
        Ok(stay)
    }

    async fn parts(&self, desk: &Desk<'_>, stays: &[Stay], stay: &Stay) -> Result<Parts> {
        let (conn, property_id) = (desk.conn, desk.property_id());
        let moves = match stay.moved_on {
            Some(_) => repository::moves_of(conn, &[(property_id, stay.id)]).await?,
            None => Vec::new(),
        };
        let folio = folios::entries(conn, property_id, stay.booking_id).await?;
        let open = folios::open(&folios::of_stay(&folio, stay.id));
        let position = stays.iter().map(|stay| stay.position + 1).max().unwrap_or(0);
        let parts = split::split(stay, self.night, desk.today, (Uuid::now_v7(), position), &moves, &open);
        self.with_extras(desk, stay, parts, &folios::open(&folio)).await
    }

    /// The parts with the extras that were sold with the stay. `open` are all open lines of the booking.
    async fn with_extras(&self, desk: &Desk<'_>, stay: &Stay, mut parts: Parts, open: &[FolioEntry]) -> Result<Parts> {
        let (conn, property_id) = (desk.conn, desk.property_id());
        let sold = extras::sold_of(conn, property_id, stay.booking_id).await?;
        let own: Vec<&StayExtra> = sold.iter().filter(|sold| sold.stay_id == stay.id && sold.removed_on.is_none()).collect();
        if own.is_empty() {
            return Ok(parts);
        }
        let ids: Vec<Uuid> = own.iter().map(|sold| sold.extra_id).collect();
        let offered = extras::offered(conn, property_id, &ids).await?;
        let at = (self.night, stay.nights());
        for sold in own {
            let Some(offered) = offered.iter().find(|offered| offered.extra.id == sold.extra_id) else { continue };
            let (division, lines) = rules::extras::divided(sold, offered, at, parts.second.id, open, desk.now());
            parts.extras.extend(division);
            parts.lines.extend(lines);
        }
        Ok(parts)
    }

    async fn write(
        &self,
        app: &App,
        desk: &Desk<'_>,
        booking: &Booking,
        stays: &[Stay],
        stay: &Stay,
        parts: &Parts,
    ) -> Result<(), Setback> {
        let (conn, property_id, now) = (desk.conn, desk.property_id(), desk.now());
        let Parts { first, second, lines, extras: divisions } = parts;
        if !repository::move_booking(conn, booking, &state_after(booking, stays, parts), now).await? {
            return Err(Setback::Changed);
        }
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
        outbox::publish(conn, self.cause, [told, split, Event::created(second)]).await?;
        Ok(())
    }
}

fn state_after(booking: &Booking, stays: &[Stay], Parts { first, second, .. }: &Parts) -> NewState {
    let there = stays.iter().map(|stay| if stay.id == first.id { first } else { stay }).chain([second]);
    let (statuses, nights): (Vec<Status>, Vec<Nights>) = there.map(|stay| (stay.status, stay.nights())).unzip();
    NewState {
        status: rules::booking_status(&statuses),
        total_minor: booking.total_minor,
        hold_expires_at: booking.hold_expires_at,
        nights: rules::booking_nights(&statuses, &nights, booking.nights()),
    }
}
