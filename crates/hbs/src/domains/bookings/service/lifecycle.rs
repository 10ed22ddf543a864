//! Moving a booking: confirm, cancel, check in and out, no-show, expire.
//!
//! The booking is read unlocked, the inventory rows of the nights concerned are locked, and then
//! everything is changed on the condition that the booking is still as it was read. If it is not,
//! the use case starts over.
use super::ATTEMPTS;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{BookingOut, Viewer};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, FolioKind, NewFolioEntry, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules::{self, Action, Status};
use crate::domains::inventory::{self, Nights};
use crate::domains::properties;
use crate::http::IfMatch;
use crate::http::actor::Reach;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Changes, Event};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is to be done with which booking.
pub struct ActionRequest<'a> {
    pub booking_id: Uuid,
    pub action: Action,
    pub reason: Option<&'a str>,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
}

/// A stay that moves, with what it gives back.
struct Move {
    stay: Stay,
    to: Status,
    returned: Option<Nights>,
}

/// Applies an action to every stay of a booking that can take it.
pub async fn act(app: &App, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer> {
    for _ in 0..ATTEMPTS {
        let mut conn = app.db.conn().await?;
        let answer = conn.transaction(async |conn| attempt(conn, key, request).await).await;
        match answer {
            Ok(answer) => {
                app.relay.wake();
                return Ok(answer);
            }
            Err(Stop::Changed) => {}
            Err(Stop::Error(error)) => return Err(error),
        }
    }
    Err(BookingError::Busy.into())
}

/// Why an attempt is rolled back.
enum Stop {
    /// Somebody else changed the booking meanwhile.
    Changed,
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

async fn attempt(conn: &mut Conn, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer, Stop> {
    if let Some(answer) = idempotency::claim(conn, key).await? {
        return Ok(answer);
    }
    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    request.seen.check(booking.version)?;
    let stays = repository::stays_of(conn, &[&booking]).await?;
    let moves = plan(conn, &booking, &stays, request).await?;

    lock_nights(conn, &booking, &moves, request.action).await?;
    let (after, totals) = state_after(conn, &booking, &stays, &moves).await?;
    if !repository::move_booking(conn, &booking, &after, request.cause.at).await? {
        return Err(Stop::Changed);
    }
    for (movement, total) in moves.iter().zip(&totals) {
        if !repository::move_stay(conn, &movement.stay, movement.to, total.total_minor, request.cause.at).await? {
            return Err(Stop::Changed);
        }
    }
    give_back(conn, &booking, &moves, request).await?;
    let reversals: Vec<NewFolioEntry> = totals.into_iter().flat_map(|total| total.reversals).collect();
    repository::insert_folio(conn, booking.property_id, booking.id, &reversals, request.cause.at).await?;
    outbox::publish(conn, request.cause, events(&booking, &after, &moves, request)).await?;

    let answer = answer(conn, request).await?;
    idempotency::store(conn, key, &answer).await?;
    Ok(answer)
}

/// The stays that can take the action. If there are none, what they are says why not.
async fn plan(conn: &Conn, booking: &Booking, stays: &[Stay], request: &ActionRequest<'_>) -> Result<Vec<Move>> {
    let action = request.action;
    let moves: Vec<Move> = stays
        .iter()
        .filter_map(|stay| {
            let to = rules::next(stay.status, action)?;
            Some(Move { stay: stay.clone(), to, returned: rules::returned(to, stay.nights()) })
        })
        .collect();
    if moves.is_empty() {
        // By the stays, which may have moved since the booking was read.
        let statuses: Vec<Status> = stays.iter().map(|stay| stay.status).collect();
        return Err(BookingError::IllegalMove { from: rules::booking_status(&statuses), to: action.target() }.into());
    }
    if matches!(action, Action::CheckIn | Action::NoShow) {
        let property = properties::find(conn, booking.property_id).await?.ok_or_else(|| Error::not_found("booking"))?;
        let today = property.business_date(request.cause.at);
        for movement in &moves {
            rules::check_date(action, movement.stay.check_in, today)?;
            if action == Action::NoShow {
                rules::check_no_show_time(
                    movement.stay.check_in,
                    property.local_time(request.cause.at),
                    property.no_show_cutoff,
                )?;
            }
        }
    }
    if action == Action::CheckIn && moves.iter().any(|movement| movement.stay.room_id.is_none()) {
        return Err(BookingError::NoRoomAssigned.into());
    }
    Ok(moves)
}

/// Locks the rows of all nights that are given back, or whose room becomes certain.
async fn lock_nights(conn: &Conn, booking: &Booking, moves: &[Move], action: Action) -> Result<()> {
    let concerned: Vec<&Stay> = moves
        .iter()
        .filter(|movement| movement.returned.is_some() || action == Action::CheckIn)
        .map(|movement| &movement.stay)
        .collect();
    let from = concerned.iter().map(|stay| stay.check_in).min();
    let to = concerned.iter().map(|stay| stay.check_out).max();
    if let (Some(from), Some(to)) = (from, to) {
        let mut types: Vec<Uuid> = concerned.iter().map(|stay| stay.room_type_id).collect();
        types.sort_unstable();
        types.dedup();
        inventory::lock(conn, booking.property_id, &types, Nights::new(from, to)).await?;
    }
    Ok(())
}

/// What a stay costs after its move, and the lines that take back what is not owed any more.
struct Total {
    total_minor: i64,
    reversals: Vec<NewFolioEntry>,
}

async fn state_after(conn: &Conn, booking: &Booking, stays: &[Stay], moves: &[Move]) -> Result<(NewState, Vec<Total>)> {
    let mut totals = Vec::new();
    for movement in moves {
        totals.push(total_after(conn, movement).await?);
    }
    let moved = |stay: &Stay| moves.iter().position(|movement| movement.stay.id == stay.id);
    let statuses: Vec<Status> = stays.iter().map(|stay| moved(stay).map_or(stay.status, |n| moves[n].to)).collect();
    let total_minor = stays.iter().map(|stay| moved(stay).map_or(stay.total_minor, |n| totals[n].total_minor)).sum();
    let status = rules::booking_status(&statuses);
    let hold_expires_at = booking.hold_expires_at.filter(|_| status == Status::Held);
    Ok((NewState { status, total_minor, hold_expires_at }, totals))
}

async fn total_after(conn: &Conn, movement: &Move) -> Result<Total> {
    let Move { stay, returned, .. } = movement;
    let Some(returned) = returned else { return Ok(Total { total_minor: stay.total_minor, reversals: Vec::new() }) };
    let lines = repository::open_lines(conn, stay, returned.from).await?;
    let reversals: Vec<NewFolioEntry> = lines
        .into_iter()
        .map(|line| NewFolioEntry {
            stay_id: stay.id,
            kind: line.kind,
            service_date: line.service_date,
            amount_minor: -line.amount_minor,
            description: line.description,
            tax_rule_id: line.tax_rule_id.filter(|_| line.kind == FolioKind::Tax),
            reverses_id: Some(line.id),
        })
        .collect();
    let total_minor = stay.total_minor + reversals.iter().map(|line| line.amount_minor).sum::<i64>();
    Ok(Total { total_minor, reversals })
}

/// Returns nights to sale and rooms to the others.
async fn give_back(conn: &Conn, booking: &Booking, moves: &[Move], request: &ActionRequest<'_>) -> Result<()> {
    let mut nights: BTreeMap<(NaiveDate, NaiveDate, Uuid), i32> = BTreeMap::new();
    let mut vacated: BTreeMap<NaiveDate, Vec<Uuid>> = BTreeMap::new();
    for movement in moves {
        if let Some(returned) = movement.returned {
            *nights.entry((returned.from, returned.to, movement.stay.room_type_id)).or_insert(0) += 1;
            vacated.entry(returned.from).or_default().push(movement.stay.id);
        }
    }
    for ((from, to, room_type_id), rooms) in nights {
        inventory::give_back(conn, booking.property_id, room_type_id, Nights::new(from, to), rooms, request.cause.at).await?;
    }
    for (from, stays) in vacated {
        inventory::vacate(conn, booking.property_id, &stays, from).await?;
    }
    Ok(())
}

fn events(booking: &Booking, after: &NewState, moves: &[Move], request: &ActionRequest<'_>) -> Vec<Event> {
    let event = |kind, entity, entity_id, changes| Event {
        kind,
        property_id: Some(booking.property_id),
        entity,
        entity_id,
        booking_id: Some(booking.id),
        changes,
    };
    let total = |minor| Money::new(minor, booking.currency);
    let mut changes = Changes::field("status", booking.status, after.status);
    if booking.total_minor != after.total_minor {
        changes = changes.and("total", total(booking.total_minor), total(after.total_minor));
    }
    if booking.hold_expires_at != after.hold_expires_at {
        changes = changes.and("hold_expires_at", booking.hold_expires_at, after.hold_expires_at);
    }
    if let Some(reason) = request.reason {
        changes = changes.and("reason", None::<()>, reason);
    }
    let mut events = vec![event("booking.status_changed", "booking", booking.id, changes)];
    events.extend(moves.iter().map(|movement| {
        let changes = Changes::field("status", movement.stay.status, movement.to);
        event(request.action.stay_event(), "stay", movement.stay.id, changes)
    }));
    events
}

async fn answer(conn: &Conn, request: &ActionRequest<'_>) -> Result<Answer> {
    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let stays = repository::stays_of(conn, &[&booking]).await?;
    let rooms: Vec<Uuid> = stays.iter().filter_map(|stay| stay.room_id).collect();
    let numbers = repository::room_numbers(conn, &rooms).await?;
    let viewer = if request.reach.scope.covers(booking.property_id) { Viewer::Staff } else { Viewer::Guest };
    Answer::ok(booking.version, &BookingOut::new(booking, stays, &numbers, viewer))
}
