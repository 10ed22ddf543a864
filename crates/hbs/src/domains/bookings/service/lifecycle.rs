//! Moving a booking: confirm, cancel, check in and out, no-show, expire.
//!
//! The booking is read unlocked, the inventory rows of the nights concerned are locked, and then
//! everything is changed on the condition that the booking is still as it was read. If it is not,
//! the use case starts over.
use super::ATTEMPTS;
use super::read::answer;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::CancellationOut;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::fees::{self, Leaving, Settlement};
use crate::domains::bookings::model::{Booking, FolioEntry, NewFolioEntry, Stay};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules::{self, Action, Status};
use crate::domains::inventory::{self, Nights};
use crate::domains::properties::{self, Property};
use crate::http::actor::{Caller, Reach};
use crate::http::{IfMatch, OwnOr};
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::permission::{BookingsRead, BookingsWaiveFee};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is to be done with which booking.
pub struct ActionRequest<'a> {
    pub booking_id: Uuid,
    /// None: every stay that can take the action.
    pub stay_id: Option<Uuid>,
    pub action: Action,
    pub reason: Option<&'a str>,
    /// Who waives the fee, if it is waived.
    pub waiver: Option<&'a Caller>,
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

/// Applies an action to one stay of a booking, or to every one that can take it.
pub async fn act(app: &App, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer> {
    check_waiver(request)?;
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

/// A fee that is waived is one that there could be, and somebody will ask why.
fn check_waiver(request: &ActionRequest<'_>) -> Result<()> {
    if request.waiver.is_none() {
        return Ok(());
    }
    if !matches!(request.action, Action::Cancel | Action::NoShow) {
        return Err(Error::invalid("/waive_fee", "is for cancelling and for guests who do not come"));
    }
    match request.reason.map(str::trim) {
        None | Some("") => Err(Error::invalid("/reason", "is needed to waive the fee")),
        Some(_) => Ok(()),
    }
}

async fn attempt(conn: &mut Conn, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer, Stop> {
    if let Some(answer) = idempotency::claim(conn, key).await? {
        return Ok(answer);
    }
    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    request.seen.check(booking.version)?;
    if let Some(caller) = request.waiver {
        caller.require::<BookingsWaiveFee>(booking.property_id)?;
    }
    let (property, stays) = load(conn, &booking).await?;
    let moves = plan(&property, &stays, request)?;

    lock_nights(conn, &booking, &moves, request.action).await?;
    let settlements = settle_all(conn, &property, &booking, &moves, request).await?;
    let after = state_after(&booking, &stays, &moves, &settlements);
    if !repository::move_booking(conn, &booking, &after, request.cause.at).await? {
        return Err(Stop::Changed);
    }
    for (movement, settlement) in moves.iter().zip(&settlements) {
        if !repository::move_stay(conn, &movement.stay, movement.to, settlement.total_minor, request.cause.at).await? {
            return Err(Stop::Changed);
        }
    }
    give_back(conn, &booking, &moves, request).await?;
    outbox::publish(conn, request.cause, events(&booking, &after, &moves, &settlements, request)).await?;
    let lines: Vec<NewFolioEntry> = settlements.into_iter().flat_map(|settlement| settlement.lines).collect();
    repository::insert_folio(conn, booking.property_id, booking.id, &lines, request.cause.at).await?;

    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let answer = answer(conn, request.reach, booking).await?;
    idempotency::store(conn, key, &answer).await?;
    Ok(answer)
}

async fn load(conn: &Conn, booking: &Booking) -> Result<(Property, Vec<Stay>)> {
    let of_booking = [booking];
    let (property, stays) = try_join!(properties::find(conn, booking.property_id), repository::stays_of(conn, &of_booking))?;
    Ok((property.ok_or_else(|| Error::not_found("booking"))?, stays))
}

/// The stays that can take the action. If there are none, what they are says why not.
fn plan(property: &Property, stays: &[Stay], request: &ActionRequest<'_>) -> Result<Vec<Move>> {
    let action = request.action;
    let meant: Vec<&Stay> = stays.iter().filter(|stay| request.stay_id.is_none_or(|id| id == stay.id)).collect();
    if meant.is_empty() {
        return Err(Error::not_found("stay"));
    }
    let moves: Vec<Move> = meant
        .iter()
        .filter_map(|stay| {
            let to = rules::next(stay.status, action)?;
            Some(Move { stay: (*stay).clone(), to, returned: rules::returned(to, stay.nights()) })
        })
        .collect();
    if moves.is_empty() {
        // By the stays, which may have moved since the booking was read.
        let statuses: Vec<Status> = meant.iter().map(|stay| stay.status).collect();
        return Err(BookingError::IllegalMove { from: rules::booking_status(&statuses), to: action.target() }.into());
    }
    if matches!(action, Action::CheckIn | Action::NoShow) {
        let today = property.business_date(request.cause.at);
        for movement in &moves {
            rules::check_date(action, movement.stay.check_in, today)?;
            if action == Action::NoShow {
                let now = property.local_time(request.cause.at);
                rules::check_no_show_time(movement.stay.check_in, now, property.no_show_cutoff)?;
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

/// What the moves come to, in their order. Stays that go on have nothing to be settled.
async fn settle_all(
    conn: &Conn,
    property: &Property,
    booking: &Booking,
    moves: &[Move],
    request: &ActionRequest<'_>,
) -> Result<Vec<Settlement>> {
    let stays: Vec<Uuid> = moves.iter().map(|movement| movement.stay.id).collect();
    let open = match fees::is_leaving(request.action) {
        true => repository::open_lines(conn, booking, &stays).await?,
        false => Vec::new(),
    };
    Ok(moves.iter().map(|movement| settle(property, movement, &open, request)).collect())
}

fn settle(property: &Property, movement: &Move, open: &[FolioEntry], request: &ActionRequest<'_>) -> Settlement {
    let stay = &movement.stay;
    let own: Vec<FolioEntry> = open.iter().filter(|line| line.stay_id == stay.id).cloned().collect();
    let leaving = Leaving {
        action: request.action,
        now: request.cause.at,
        today: property.business_date(request.cause.at),
        check_in: property.check_in_instant(stay.check_in),
        is_waived: request.waiver.is_some(),
    };
    fees::settle(stay, &own, leaving)
}

fn state_after(booking: &Booking, stays: &[Stay], moves: &[Move], settlements: &[Settlement]) -> NewState {
    let moved = |stay: &Stay| moves.iter().position(|movement| movement.stay.id == stay.id);
    let statuses: Vec<Status> = stays.iter().map(|stay| moved(stay).map_or(stay.status, |n| moves[n].to)).collect();
    let total_minor = stays.iter().map(|stay| moved(stay).map_or(stay.total_minor, |n| settlements[n].total_minor)).sum();
    let status = rules::booking_status(&statuses);
    let hold_expires_at = booking.hold_expires_at.filter(|_| status == Status::Held);
    NewState { status, total_minor, hold_expires_at }
}

/// What cancelling would cost now, by the same rules as cancelling does.
pub async fn preview_cancellation(
    app: &App,
    who: &OwnOr<BookingsRead>,
    booking_id: Uuid,
    stay_id: Option<Uuid>,
) -> Result<CancellationOut> {
    let now = app.clock.now();
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &who.reach, booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let (property, stays) = load(&conn, &booking).await?;
    let cause = Cause::system(now);
    let request = ActionRequest {
        booking_id,
        stay_id,
        action: Action::Cancel,
        reason: None,
        waiver: None,
        seen: IfMatch(None),
        reach: &who.reach,
        cause: &cause,
    };
    let moves = plan(&property, &stays, &request)?;
    let settlements = settle_all(&conn, &property, &booking, &moves, &request).await?;
    let after = state_after(&booking, &stays, &moves, &settlements);
    let left = moves.into_iter().map(|movement| movement.stay).zip(settlements);
    Ok(CancellationOut::new(&booking, now, after.total_minor, &left.collect::<Vec<_>>()))
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

fn events(
    booking: &Booking,
    after: &NewState,
    moves: &[Move],
    settlements: &[Settlement],
    request: &ActionRequest<'_>,
) -> Vec<Event> {
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
    let fee = settlements.iter().map(|settlement| settlement.fee_minor).sum();
    if fee > 0 {
        changes = changes.and(if request.waiver.is_some() { "waived_fee" } else { "fee" }, None::<()>, total(fee));
    }
    let mut events = vec![event("booking.status_changed", "booking", booking.id, changes)];
    events.extend(moves.iter().map(|movement| {
        let changes = Changes::field("status", movement.stay.status, movement.to);
        event(request.action.stay_event(), "stay", movement.stay.id, changes)
    }));
    events
}
