//! Moving a booking: confirm, cancel, check in and out, no-show, expire, and undoing that.
//!
//! The booking is read unlocked, the inventory rows of the nights concerned are locked, and then
//! everything is changed on the condition that the booking is still as it was read. If it is not,
//! the use case starts over.
use super::attempts::{Attempt, Stop};
use super::guests::check_identified;
use super::letters;
use super::occupancy::{self, Placement, Shift};
use super::read::answer;
use super::rooms::check_rooms;
use super::{ATTEMPTS, Also};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::CancellationOut;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::events;
use crate::domains::bookings::fees::{self, Leaving, Settlement};
use crate::domains::bookings::model::{Booking, FolioEntry, NewFolioEntry, Stay};
use crate::domains::bookings::repository::{self, NewState, StayState};
use crate::domains::bookings::rules::{self, Action, Status};
use crate::domains::inventory::Nights;
use crate::domains::properties::{self, Property};
use crate::domains::rooms;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::permission::{BookingsRead, BookingsWaiveFee, StaysOverride};
use crate::security::{Caller, OwnOr, Reach};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use futures_util::try_join;
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
    /// Who sends guests to rooms that are not ready, if somebody does.
    pub unready: Option<&'a Caller>,
    /// Who lets guests leave with something unpaid, if somebody does.
    pub unsettled: Option<&'a Caller>,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
    /// What is written with it.
    pub also: Option<&'a Also>,
}

impl ActionRequest<'_> {
    fn is_by_staff(&self, property_id: Uuid) -> bool {
        self.reach.scope.covers(property_id)
    }
}

/// A stay that moves to another state.
struct Move {
    to: Status,
    shift: Shift,
    /// The dates that it has then.
    nights: Nights,
    /// The departure as booked, where the guests left before it.
    booked_check_out: Option<NaiveDate>,
}

impl Move {
    fn stay(&self) -> &Stay {
        &self.shift.stay
    }
}

/// Applies an action to one stay of a booking, or to every one that can take it.
pub async fn act(app: &App, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer> {
    check_exceptions(request)?;
    let mut next = Attempt::default();
    for _ in 0..ATTEMPTS {
        let mut conn = app.db.conn().await?;
        let result = conn.transaction(async |conn| attempt(conn, key, request, next).await).await;
        drop(conn);
        if let Some(answer) = next.finish(app, result, request.cause.at).await? {
            return Ok(answer);
        }
    }
    Err(BookingError::Busy.into())
}

/// What is passed over is something that could be in the way, and somebody will ask why.
fn check_exceptions(request: &ActionRequest<'_>) -> Result<()> {
    use Action::{Cancel, CheckIn, CheckOut, NoShow};
    let exceptions: [(_, _, &[Action], _, _); 3] = [
        (
            request.waiver,
            "/waive_fee",
            &[Cancel, NoShow, CheckOut],
            "is for cancelling, for guests who do not come and for those who leave early",
            "is needed to waive the fee",
        ),
        (
            request.unready,
            "/ignore_housekeeping",
            &[CheckIn],
            "is for checking guests in",
            "is needed to check guests into a room that is not ready",
        ),
        (
            request.unsettled,
            "/ignore_balance",
            &[CheckOut],
            "is for checking guests out",
            "is needed to check guests out who leave something unpaid",
        ),
    ];
    for (_, pointer, actions, what_for, why) in exceptions.into_iter().filter(|(who, ..)| who.is_some()) {
        if !actions.contains(&request.action) {
            return Err(Error::invalid(pointer, what_for));
        }
        if request.reason.is_none_or(|reason| reason.trim().is_empty()) {
            return Err(Error::invalid("/reason", why));
        }
    }
    Ok(())
}

async fn attempt(
    conn: &mut Conn,
    key: &IdempotencyKey,
    request: &ActionRequest<'_>,
    Attempt { rearrange }: Attempt,
) -> Result<Answer, Stop> {
    if let Some(answer) = idempotency::claim(conn, key).await? {
        return Ok(answer);
    }
    let (cause, action) = (request.cause, request.action);
    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    request.seen.check(booking.version)?;
    check_permissions(request, booking.property_id)?;
    let property = properties::hold(conn, booking.property_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let stays = repository::stays_of(conn, &[&booking]).await?;
    let moves = plan(&property, &booking, &stays, request)?;
    let today = property.business_date(cause.at);

    let concerned: Vec<&Shift> = moves.iter().map(|movement| &movement.shift).filter(|shift| is_certain(shift, action)).collect();
    let rows = occupancy::lock(conn, property.id, &concerned, today, rearrange).await?;
    if !repository::is_current(conn, &booking).await? {
        return Err(Stop::Changed);
    }
    if matches!(action, Action::CheckIn | Action::UndoCheckOut) {
        let ids: Vec<Uuid> = moves.iter().filter_map(|movement| movement.stay().room_id).collect();
        check_rooms(conn, property.id, &ids, action == Action::CheckIn && request.unready.is_none()).await?;
    }
    if action == Action::CheckIn && property.requires_identity {
        let ids: Vec<Uuid> = moves.iter().map(|movement| movement.stay().id).collect();
        check_identified(conn, property.id, &ids).await?;
    }
    let must_settle = action == Action::CheckOut && property.requires_settled_folio;
    let folio = match must_settle || changes_charges(&moves, action) {
        true => repository::folio(conn, &booking).await?,
        false => Vec::new(),
    };
    let settlements = settle_all(&property, &folio, &moves, request);
    let shifts: Vec<Shift> = moves.iter().map(|movement| movement.shift.clone()).collect();
    let after = state_after(&booking, &stays, &moves, &settlements);
    let due = if must_settle { balance_due(&stays, &moves, &folio, &settlements, today) } else { 0 };
    if due != 0 && request.unsettled.is_none() {
        return Err(BookingError::BalanceDue(Money::new(due, booking.currency)).into());
    }
    let placement = occupancy::place(conn, &booking, &shifts, &rows, today, cause, rearrange).await?;

    let bookings = placement.moved_bookings().chain([booking.id]).collect();
    repository::lock_bookings(conn, property.id, bookings).await?;
    if !repository::move_booking(conn, &booking, &after, cause.at).await? {
        return Err(Stop::Changed);
    }
    for (place, movement) in moves.iter().enumerate() {
        let state = stay_after(movement, &settlements[place], placement.rooms[place], today);
        match repository::move_stay(conn, movement.stay(), &state, cause.at).await.map_err(Error::from) {
            Ok(true) => {}
            Ok(false) => return Err(Stop::Changed),
            // Somebody else was sent to the room at the same moment: the next attempt sees them in it.
            Err(error) if error.violates("stays_one_in_a_room") => return Err(Stop::Changed),
            Err(error) => return Err(error.into()),
        }
    }
    occupancy::write(conn, property.id, &shifts, &placement, cause).await?;
    if action == Action::CheckOut {
        let left: Vec<Uuid> = moves.iter().filter_map(|movement| movement.stay().room_id).collect();
        rooms::mark_dirty(conn, property.id, &left, cause).await?;
    }
    outbox::publish(conn, cause, events(&booking, &after, due, &moves, &settlements, &placement, request)).await?;
    let lines: Vec<NewFolioEntry> = settlements.into_iter().flat_map(|settlement| settlement.lines).collect();
    repository::insert_folio(conn, booking.property_id, booking.id, &lines, cause.at).await?;
    letters::queue(
        conn,
        letters::of_action(action, booking.status, after.status),
        (property.id, booking.id),
        &booking.contact_email,
    )
    .await?;

    let booking = repository::find(conn, request.reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let other = match request.also {
        Some(also) => also(conn, &booking).await?,
        None => None,
    };
    let answer = match other {
        Some(answer) => answer,
        None => answer(conn, request.reach, booking).await?,
    };
    idempotency::store(conn, key, &answer).await?;
    Ok(answer)
}

fn check_permissions(request: &ActionRequest<'_>, property_id: Uuid) -> Result<()> {
    if let Some(caller) = request.waiver {
        caller.require::<BookingsWaiveFee>(property_id)?;
    }
    for caller in [request.unready, request.unsettled].into_iter().flatten() {
        caller.require::<StaysOverride>(property_id)?;
    }
    Ok(())
}

/// Whether the nights of a stay are locked: they change hands, or its room becomes certain, or is so no more.
fn is_certain(shift: &Shift, action: Action) -> bool {
    shift.changes() || matches!(action, Action::CheckIn | Action::UndoCheckIn)
}

/// The stays that can take the action. If there are none, what they are says why not.
fn plan(property: &Property, booking: &Booking, stays: &[Stay], request: &ActionRequest<'_>) -> Result<Vec<Move>> {
    let action = request.action;
    let meant: Vec<&Stay> = stays.iter().filter(|stay| request.stay_id.is_none_or(|id| id == stay.id)).collect();
    if meant.is_empty() {
        return Err(Error::not_found("stay"));
    }
    let can_take = |stay: &&&Stay| rules::next(stay.status, action).is_some();
    let mut able: Vec<&Stay> = meant.iter().filter(can_take).copied().collect();
    if able.is_empty() {
        // By the stays, which may have moved since the booking was read.
        let statuses: Vec<Status> = meant.iter().map(|stay| stay.status).collect();
        return Err(BookingError::IllegalMove { from: rules::booking_status(&statuses), to: action.target() }.into());
    }
    let today = property.business_date(request.cause.at);
    let has_its_day = |stay: &&Stay| rules::check_date(action, stay.nights(), stay.status_on, today).is_ok();
    if able.iter().any(has_its_day) {
        // Those with other dates, and those that came to it on another day, are not meant.
        able.retain(has_its_day);
    }
    for stay in &able {
        check(property, booking, stay, today, request)?;
    }
    Ok(able.into_iter().map(|stay| movement(stay, action, today)).collect())
}

fn check(property: &Property, booking: &Booking, stay: &Stay, today: NaiveDate, request: &ActionRequest<'_>) -> Result<()> {
    let action = request.action;
    rules::check_date(action, stay.nights(), stay.status_on, today)?;
    match action {
        Action::NoShow => {
            let now = property.local_time(request.cause.at);
            rules::check_no_show_time(stay.check_in, now, property.no_show_cutoff)?;
        }
        Action::CheckIn if stay.room_id.is_none() => return Err(BookingError::NoRoomAssigned.into()),
        // The price was held for whoever would confirm in time. Afterwards the hotel decides.
        Action::Confirm if stay.status == Status::Expired => {
            if !request.is_by_staff(booking.property_id) {
                return Err(BookingError::HoldExpired.into());
            }
            rules::check_to_come(action, stay.check_in, today)?;
        }
        // A booking is a hold or is not: one of its stays is not confirmed before the others.
        Action::Reinstate if booking.status == Status::Held => {
            return Err(BookingError::IllegalMove { from: stay.status, to: action.target() }.into());
        }
        // Guests who should be there already talk to the hotel.
        Action::Cancel if !request.is_by_staff(booking.property_id) => rules::check_to_come(action, stay.check_in, today)?,
        _ => {}
    }
    Ok(())
}

fn movement(stay: &Stay, action: Action, today: NaiveDate) -> Move {
    let to = action.target();
    let nights = match action {
        Action::CheckOut => rules::stayed(stay.nights(), today),
        Action::UndoCheckOut => Nights::new(stay.check_in, stay.booked_check_out.unwrap_or(stay.check_out)),
        _ => stay.nights(),
    };
    let booked_check_out = Some(stay.check_out).filter(|booked| action == Action::CheckOut && *booked > nights.to);
    let shift = Shift {
        stay: stay.clone(),
        before: rules::occupied(stay.status, stay.nights()),
        after: rules::occupied(to, nights),
        room_type_id: stay.room_type_id,
        is_in_house: action == Action::UndoCheckOut,
        may_go_without: false,
    };
    Move { to, shift, nights, booked_check_out }
}

/// Whether any of the moves is one for which the folio must be known.
fn changes_charges(moves: &[Move], action: Action) -> bool {
    moves.iter().any(|movement| turn(movement, action).is_some())
}

/// What the moves come to, in their order. Stays that go on have nothing to be settled.
fn settle_all(property: &Property, folio: &[FolioEntry], moves: &[Move], request: &ActionRequest<'_>) -> Vec<Settlement> {
    let settled = moves.iter().map(|movement| {
        let own = fees::of_stay(folio, movement.stay().id);
        match turn(movement, request.action) {
            Some(Turn::Left) => settle(property, movement, &fees::open(&own), request),
            Some(Turn::Restored) => fees::restore(movement.stay(), &own),
            None => Settlement::none(movement.stay()),
        }
    });
    settled.collect()
}

/// Whether guests leave nights that they have been charged for, or take back that they did.
enum Turn {
    Left,
    Restored,
}

fn turn(movement: &Move, action: Action) -> Option<Turn> {
    let stay = movement.stay();
    match action {
        Action::Cancel | Action::Expire | Action::NoShow => Some(Turn::Left),
        Action::CheckOut => movement.booked_check_out.map(|_| Turn::Left),
        Action::Confirm if stay.status == Status::Held => None,
        Action::Confirm | Action::Reinstate => Some(Turn::Restored),
        Action::UndoCheckOut => stay.booked_check_out.map(|_| Turn::Restored),
        Action::CheckIn | Action::UndoCheckIn => None,
    }
}

fn settle(property: &Property, movement: &Move, open: &[FolioEntry], request: &ActionRequest<'_>) -> Settlement {
    let stay = movement.stay();
    let first_left = if request.action == Action::CheckOut { movement.nights.to } else { stay.check_in };
    let leaving = Leaving {
        action: request.action,
        now: request.cause.at,
        today: property.business_date(request.cause.at),
        check_in: property.check_in_instant(stay.check_in),
        from: property.open_from().map_or(first_left, |open_from| open_from.max(first_left)),
        is_waived: request.waiver.is_some(),
    };
    fees::settle(stay, open, leaving)
}

/// What whoever leaves last has to settle, in minor units: until then others in the house can. Stays that are to come pay for themselves, and what
/// is paid in advance for them is not in the way.
fn balance_due(stays: &[Stay], moves: &[Move], folio: &[FolioEntry], settlements: &[Settlement], today: NaiveDate) -> i64 {
    let leaves = |stay: &Stay| moves.iter().any(|movement| movement.stay().id == stay.id);
    let mut others = stays.iter().filter(|stay| !leaves(stay));
    if others.any(|stay| stay.status == Status::CheckedIn) {
        return 0;
    }
    let is_to_come = |stay: &&Stay| stay.status == Status::Confirmed && stay.check_in >= today;
    let to_come: Vec<Uuid> = stays.iter().filter(is_to_come).map(|stay| stay.id).collect();
    let charged: i64 = folio.iter().filter(|line| !to_come.contains(&line.stay_id)).map(|line| line.amount_minor).sum();
    let settled: i64 = settlements.iter().flat_map(|settlement| &settlement.lines).map(|line| line.amount_minor).sum();
    let due = charged + settled;
    if to_come.is_empty() { due } else { due.max(0) }
}

fn state_after(booking: &Booking, stays: &[Stay], moves: &[Move], settlements: &[Settlement]) -> NewState {
    let moved = |stay: &Stay| moves.iter().position(|movement| movement.stay().id == stay.id);
    let statuses: Vec<Status> = stays.iter().map(|stay| moved(stay).map_or(stay.status, |n| moves[n].to)).collect();
    let nights: Vec<Nights> = stays.iter().map(|stay| moved(stay).map_or(stay.nights(), |n| moves[n].nights)).collect();
    let total_minor = stays.iter().map(|stay| moved(stay).map_or(stay.total_minor, |n| settlements[n].total_minor)).sum();
    let status = rules::booking_status(&statuses);
    let hold_expires_at = booking.hold_expires_at.filter(|_| status == Status::Held);
    NewState { status, total_minor, hold_expires_at, nights: rules::booking_nights(&statuses, &nights, booking.nights()) }
}

fn stay_after(movement: &Move, settlement: &Settlement, room_id: Option<Uuid>, today: NaiveDate) -> StayState {
    let stay = movement.stay();
    StayState {
        status: movement.to,
        status_on: today,
        total_minor: settlement.total_minor,
        room_id,
        is_pinned: stay.is_pinned && room_id == stay.room_id,
        check_out: movement.nights.to,
        booked_check_out: movement.booked_check_out,
    }
}

/// What cancelling would cost now, by the same rules as cancelling does.
pub async fn preview_cancellation(
    app: &App,
    who: &OwnOr<BookingsRead>,
    booking_id: Uuid,
    stay_id: Option<Uuid>,
) -> Result<CancellationOut> {
    let conn = app.db.conn().await?;
    let booking = repository::find(&conn, &who.reach, booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    preview_cancellation_in(&conn, &who.reach, &booking, stay_id, &Cause::system(app.clock.now())).await
}

/// The same of a booking that was read, within a transaction.
pub async fn preview_cancellation_in(
    conn: &Conn,
    reach: &Reach,
    booking: &Booking,
    stay_id: Option<Uuid>,
    cause: &Cause,
) -> Result<CancellationOut> {
    let of_booking = [booking];
    let (property, stays) = try_join!(properties::find(conn, booking.property_id), repository::stays_of(conn, &of_booking))?;
    let property = property.ok_or_else(|| Error::not_found("booking"))?;
    let request = ActionRequest {
        booking_id: booking.id,
        stay_id,
        action: Action::Cancel,
        reason: None,
        waiver: None,
        unready: None,
        unsettled: None,
        seen: IfMatch(None),
        reach,
        cause,
        also: None,
    };
    let moves = plan(&property, booking, &stays, &request)?;
    let settlements = settle_all(&property, &repository::folio(conn, booking).await?, &moves, &request);
    let after = state_after(booking, &stays, &moves, &settlements);
    let left = moves.into_iter().map(|movement| movement.shift.stay).zip(settlements);
    Ok(CancellationOut::new(booking, cause.at, after.total_minor, &left.collect::<Vec<_>>()))
}

fn events(
    booking: &Booking,
    after: &NewState,
    unpaid: i64,
    moves: &[Move],
    settlements: &[Settlement],
    placement: &Placement,
    request: &ActionRequest<'_>,
) -> Vec<Event> {
    let total = |minor| Money::new(minor, booking.currency);
    let mut changes = Changes::field("status", booking.status, after.status);
    if booking.total_minor != after.total_minor {
        changes = changes.and("total", total(booking.total_minor), total(after.total_minor));
    }
    if booking.hold_expires_at != after.hold_expires_at {
        changes = changes.and("hold_expires_at", booking.hold_expires_at, after.hold_expires_at);
    }
    if booking.check_out != after.nights.to {
        changes = changes.and("check_out", booking.check_out, after.nights.to);
    }
    if let Some(reason) = request.reason {
        changes = changes.and("reason", None::<()>, reason);
    }
    if unpaid != 0 {
        changes = changes.and("unpaid_balance", None::<()>, total(unpaid));
    }
    let fee = settlements.iter().map(|settlement| settlement.fee_minor).sum();
    if fee > 0 {
        changes = changes.and(if request.waiver.is_some() { "waived_fee" } else { "fee" }, None::<()>, total(fee));
    }
    let mut told = vec![events::of_booking("booking.status_changed", booking.property_id, booking.id, changes)];
    told.extend(moves.iter().zip(&placement.rooms).map(|(movement, room_id)| {
        let stay = movement.stay();
        let mut changes = Changes::field("status", stay.status, movement.to);
        if stay.check_out != movement.nights.to {
            changes = changes.and("check_out", stay.check_out, movement.nights.to);
        }
        if stay.room_id != *room_id {
            changes = changes.and("room_id", stay.room_id, room_id);
        }
        events::of_stay(request.action.stay_event(), booking.property_id, booking.id, stay.id, changes)
    }));
    told
}
