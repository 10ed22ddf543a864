//! Moving a booking: confirm, cancel, check in and out, no-show, expire, and undoing that.
//!
//! The booking is read unlocked, the inventory rows of the nights concerned are locked, and then
//! everything is changed on the condition that the booking is still as it was read. If it is not,
//! the use case starts over.
mod events;
mod plan;
mod preview;
mod settle;

pub use preview::{FeesOfMissing, fees_of_missing, preview_cancellation, preview_cancellation_in};

use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, FirstNight, Stay};
use crate::domains::bookings::repository::{self, NewState, StayState};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::fees::Settlement;
use crate::domains::bookings::service::also::Also;
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done, within};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::guests::check_identified;
use crate::domains::bookings::service::letters;
use crate::domains::bookings::service::read::answer;
use crate::domains::bookings::service::rooms::check_ready;
use crate::domains::bookings::service::rooms::occupancy::{self, Placement, Shift};
use crate::domains::folios::{self, NewFolioEntry, Posted};
use crate::domains::inventory::{NightRow, Nights};
use crate::domains::offers::{self, Concerned};
use crate::domains::stays::{Action, Status};
use crate::domains::{properties, rooms};
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause};
use crate::security::permission::{AccountsCharge, BookingsWaiveFee, StaysOverride};
use crate::security::{Caller, Reach};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use plan::Move;
use settle::LastToLeave;
use std::convert::Infallible;
use uuid::Uuid;

/// An action on a booking.
pub struct ActionRequest<'a> {
    pub booking_id: Uuid,
    /// Stay to act on; none for every stay that can take the action.
    pub stay_id: Option<Uuid>,
    pub action: Action,
    pub reason: Option<&'a str>,
    pub fee_waived_by: Option<&'a Caller>,
    /// Member of staff who checks guests into rooms that are not ready.
    pub housekeeping_ignored_by: Option<&'a Caller>,
    /// Member of staff who lets guests leave with an unpaid balance.
    pub balance_ignored_by: Option<&'a Caller>,
    /// Account that pays what is due when guests leave, and the member of staff who sends it there.
    pub to_account: Option<(Uuid, &'a Caller)>,
    /// Treatment of the night that is over when guests come late, and the member of staff who says so.
    pub first_night: Option<(FirstNight, &'a Caller)>,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
    /// Further write in the transaction of the action.
    pub also: Option<&'a Also>,
}

impl<'a> ActionRequest<'a> {
    /// Makes a request to act on every stay that can take the action, whatever the version, without exceptions from the
    /// rules.
    pub fn new(booking_id: Uuid, action: Action, reach: &'a Reach, cause: &'a Cause) -> Self {
        Self {
            booking_id,
            stay_id: None,
            action,
            reason: None,
            fee_waived_by: None,
            housekeeping_ignored_by: None,
            balance_ignored_by: None,
            to_account: None,
            first_night: None,
            seen: IfMatch(None),
            reach,
            cause,
            also: None,
        }
    }

    fn is_by_staff(&self, property_id: Uuid) -> bool {
        self.reach.scope.covers(property_id)
    }
}

/// Applies an action to one stay of a booking, or to every one that can take it.
pub async fn act(app: &App, key: &IdempotencyKey, request: &ActionRequest<'_>) -> Result<Answer> {
    check_exceptions(request)?;
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(never) => match never {},
    }
}

/// Applies an action as a part of a transaction, as `within` does.
pub async fn act_within(app: &App, conn: &mut Conn, request: &ActionRequest<'_>) -> Result<()> {
    check_exceptions(request)?;
    within(app, conn, request).await
}

/// Checks that exceptions belong to the action and have a reason: somebody will ask why.
fn check_exceptions(request: &ActionRequest<'_>) -> Result<()> {
    use Action::{Cancel, CheckIn, CheckOut, NoShow, Reinstate};
    let exceptions: [(_, _, &[Action], _, _); 4] = [
        (
            request.fee_waived_by,
            "/waive_fee",
            &[Cancel, NoShow, CheckOut],
            "is for cancelling, for guests who do not come and for those who leave early",
            "is needed to waive the fee",
        ),
        (
            request.housekeeping_ignored_by,
            "/ignore_housekeeping",
            &[CheckIn],
            "is for checking guests in",
            "is needed to check guests into a room that is not ready",
        ),
        (
            request.balance_ignored_by,
            "/ignore_balance",
            &[CheckOut],
            "is for checking guests out",
            "is needed to check guests out who leave something unpaid",
        ),
        (
            request.first_night.map(|(_, caller)| caller),
            "/first_night",
            &[Reinstate],
            "is for reinstating guests who come late",
            "is needed to reinstate guests who come late",
        ),
    ];
    if request.to_account.is_some() && request.action != CheckOut {
        return Err(Error::invalid("/to_account_id", "is for checking guests out"));
    }
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

impl UseCase for ActionRequest<'_> {
    type Rehearsed = Infallible;

    fn attempt<'a>(
        &'a self,
        _: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        rearrange: bool,
    ) -> BoxFuture<'a, Result<Ended<Infallible>, Setback>> {
        async move {
            if let Some(answer) = idempotency::claim(conn, key).await? {
                return Ok(Ended::Done(answer));
            }
            let booking = find(conn, self).await?;
            self.seen.check(booking.version)?;
            check_permissions(self, booking.property_id)?;
            let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
            let desk = Desk::new(conn, &property, self.cause, rearrange);
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let mut moves = plan::plan(&desk, &booking, &stays, self)?;
            occupancy::recall(&desk, moves.iter_mut().map(|movement| &mut movement.shift)).await?;
            check_proved(&desk, &booking, self).await?;
            check_paid(&booking, self)?;

            let rows = lock(&desk, &booking, &moves, self.action).await?;
            follow_offers(&desk, &booking, &stays, &moves).await?;
            check_arrivals(&desk, &stays, &moves, self).await?;
            let transition = settle::settle(&desk, self, &booking, &stays, moves).await?;
            let shifts = transition.shifts();
            let placement = occupancy::place(&desk, &booking, &shifts, &rows).await?;
            check_new_rooms(&desk, &shifts, &placement, self).await?;
            transition.write(&desk, &shifts, &placement).await?;

            let answer = self.answer(conn).await?;
            idempotency::store(conn, key, &answer, &[]).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl ActionRequest<'_> {
    /// Makes the answer: that of a further write, or else the booking as it is then.
    async fn answer(&self, conn: &Conn) -> Result<Answer> {
        let booking = find(conn, self).await?;
        let other = match self.also {
            Some(also) => also(conn, &booking).await?,
            None => None,
        };
        match other {
            Some(answer) => Ok(answer),
            None => answer(conn, self.reach, booking).await,
        }
    }
}

async fn find(conn: &Conn, request: &ActionRequest<'_>) -> Result<Booking> {
    repository::find(conn, request.reach, request.booking_id).await?.or_404("booking")
}

fn check_permissions(request: &ActionRequest<'_>, property_id: Uuid) -> Result<()> {
    let night_waived_by =
        request.first_night.filter(|(first_night, _)| *first_night == FirstNight::Waived).map(|(_, caller)| caller);
    for caller in [request.fee_waived_by, night_waived_by].into_iter().flatten() {
        caller.require::<BookingsWaiveFee>(property_id)?;
    }
    for caller in [request.housekeeping_ignored_by, request.balance_ignored_by].into_iter().flatten() {
        caller.require::<StaysOverride>(property_id)?;
    }
    if let Some((_, caller)) = request.to_account {
        caller.require::<AccountsCharge>(property_id)?;
    }
    Ok(())
}

/// Checks that guests who confirm have proved their address, where the hotel wants that.
async fn check_proved(desk: &Desk<'_>, booking: &Booking, request: &ActionRequest<'_>) -> Result<()> {
    let is_asked = request.action == Action::Confirm && desk.property.settings.requires_verified_email;
    let Some(user_id) = booking.user_id.filter(|_| is_asked && !request.is_by_staff(booking.property_id)) else { return Ok(()) };
    if repository::has_proved_address(desk.conn, user_id).await? { Ok(()) } else { Err(BookingError::EmailNotVerified.into()) }
}

/// Checks that a hold which waits for a payment is not confirmed by its guest without.
fn check_paid(booking: &Booking, request: &ActionRequest<'_>) -> Result<()> {
    let is_unpaid = request.action == Action::Confirm && booking.awaits_payment;
    if is_unpaid && !request.is_by_staff(booking.property_id) { Err(BookingError::PaymentDue.into()) } else { Ok(()) }
}

/// Locks the nights concerned of a booking that is still as it was read.
async fn lock(desk: &Desk<'_>, booking: &Booking, moves: &[Move], action: Action) -> Result<Vec<NightRow>, Setback> {
    let concerned: Vec<&Shift> = moves.iter().map(|movement| &movement.shift).filter(|shift| is_certain(shift, action)).collect();
    let rows = occupancy::lock(desk, &concerned).await?;
    if repository::is_current(desk.conn, booking).await? { Ok(rows) } else { Err(Setback::Changed) }
}

/// Counts the offers of a booking as its stays are to be, before any booking is locked: what is cancelled or expires gives back what it
/// took, and what comes back takes it again, or is refused. A no-show keeps it.
async fn follow_offers(desk: &Desk<'_>, booking: &Booking, stays: &[Stay], moves: &[Move]) -> Result<()> {
    let is_live = |status: Status| !matches!(status, Status::Cancelled | Status::Expired);
    if moves.iter().all(|movement| is_live(movement.stay().status) == is_live(movement.to)) {
        return Ok(());
    }
    let concerned = |stay: &Stay| {
        let moved = moves.iter().find(|movement| movement.stay().id == stay.id);
        Concerned { stay_id: stay.id, is_live: is_live(moved.map_or(stay.status, |movement| movement.to)) }
    };
    let concerned: Vec<Concerned> = stays.iter().map(concerned).collect();
    let held = offers::held(desk.conn, booking.property_id, booking.id).await?;
    offers::follow(desk.conn, (booking.property_id, booking.id), &concerned, &held, desk.now()).await
}

/// Returns `true` if the nights of a stay are locked: they change hands, or its room becomes certain, or is so no more.
fn is_certain(shift: &Shift, action: Action) -> bool {
    shift.changes() || matches!(action, Action::CheckIn | Action::UndoCheckIn)
}

/// Checks that arriving guests find their rooms free and ready, and are on record where they must be.
async fn check_arrivals(desk: &Desk<'_>, stays: &[Stay], moves: &[Move], request: &ActionRequest<'_>) -> Result<()> {
    let is_arrival = request.action == Action::CheckIn;
    if is_arrival || request.action == Action::UndoCheckOut {
        // Guests who only go on to the next of their stays have slept in the room.
        let goes_on = |movement: &&Move| goes_on(movement.stay(), stays, desk.today);
        let (going_on, coming): (Vec<&Move>, Vec<&Move>) = moves.iter().partition(goes_on);
        let rooms = |moves: Vec<&Move>| moves.into_iter().filter_map(|movement| movement.stay().room_id).collect::<Vec<Uuid>>();
        let must_be_made_up = is_arrival && request.housekeeping_ignored_by.is_none();
        check_ready(desk, &rooms(coming), must_be_made_up).await?;
        check_ready(desk, &rooms(going_on), false).await?;
    }
    if is_arrival && desk.property.settings.requires_identity {
        let stays: Vec<Uuid> = moves.iter().map(|movement| movement.stay().id).collect();
        check_identified(desk, &stays).await?;
    }
    Ok(())
}

/// Returns `true` if a stay was split from one of the booking that has ended today in the same room.
fn goes_on(stay: &Stay, stays: &[Stay], today: NaiveDate) -> bool {
    let ended = |other: &Stay| other.status == Status::CheckedOut && other.status_on == today && other.room_id == stay.room_id;
    stay.split_from.is_some_and(|id| stays.iter().any(|other| other.id == id && ended(other)))
}

/// Checks the rooms that arriving guests get only now.
async fn check_new_rooms(desk: &Desk<'_>, shifts: &[Shift], placement: &Placement, request: &ActionRequest<'_>) -> Result<()> {
    let got = |(shift, room): (&Shift, &Option<Uuid>)| room.filter(|_| shift.is_arriving && shift.stay.room_id.is_none());
    let rooms: Vec<Uuid> = shifts.iter().zip(&placement.rooms).filter_map(got).collect();
    if rooms.is_empty() { Ok(()) } else { check_ready(desk, &rooms, request.housekeeping_ignored_by.is_none()).await }
}

/// A booking whose stays move, with the settlements.
struct Transition<'a> {
    request: &'a ActionRequest<'a>,
    booking: &'a Booking,
    moves: Vec<Move>,
    /// Settlement of each move.
    settlements: Vec<Settlement>,
    after: NewState,
    /// Guests who leave last; none if others of the booking stay, or nobody leaves.
    last: Option<LastToLeave>,
    /// Unpaid balance of guests who leave, in minor units, once it is known.
    unpaid: i64,
    /// Lines that were posted, once they are.
    posted: Posted,
}

impl Transition<'_> {
    fn shifts(&self) -> Vec<Shift> {
        self.moves.iter().map(|movement| movement.shift.clone()).collect()
    }

    async fn write(mut self, desk: &Desk<'_>, shifts: &[Shift], placement: &Placement) -> Result<(), Setback> {
        let Desk { conn, cause, .. } = *desk;
        let (property_id, action) = (desk.property_id(), self.request.action);
        let bookings = placement.moves.bookings().chain([self.booking.id]).collect();
        repository::lock_bookings(conn, property_id, bookings).await?;
        if !repository::move_booking(conn, self.booking, &self.after, cause.at).await? {
            return Err(Setback::Changed);
        }
        self.move_stays(desk, placement).await?;
        occupancy::write(desk, shifts, placement).await?;
        let lines: Vec<NewFolioEntry> = self.settlements.iter().flat_map(|settlement| settlement.all_lines().cloned()).collect();
        let posted = folios::append(conn, property_id, self.booking.id, &lines, cause.at).await.map_err(Setback::of_folio)?;
        self.posted = posted.and(self.move_deposits(desk).await?).and(settle::on_account(desk, &self).await?);
        self.unpaid = settle::settled(desk, &self).await?;
        if action == Action::CheckOut {
            let left: Vec<Uuid> = self.moves.iter().filter_map(|movement| movement.stay().room_id).collect();
            rooms::mark_dirty(conn, property_id, &left, cause).await?;
        }
        outbox::publish(conn, cause, events::of_transition(&self, placement)).await?;
        occupancy::publish_moves(desk, placement).await?;
        let told = letters::of_action(action, self.booking.status, self.after.status);
        letters::queue(conn, told, (property_id, self.booking.id), self.booking.contact_email.as_deref()).await?;
        Ok(())
    }

    /// Takes what was paid in advance to the ledger of the guests as they come, and back if they have not come after all.
    async fn move_deposits(&self, desk: &Desk<'_>) -> Result<Posted> {
        let (property_id, booking_id) = (desk.property_id(), self.booking.id);
        match self.request.action {
            Action::CheckIn => Ok(folios::take_deposits(desk.conn, property_id, booking_id, desk.today, desk.now()).await?),
            Action::UndoCheckIn if self.after.status != Status::CheckedIn => {
                Ok(folios::return_deposits(desk.conn, property_id, booking_id, desk.now()).await?)
            }
            _ => Ok(Posted::default()),
        }
    }

    async fn move_stays(&self, desk: &Desk<'_>, placement: &Placement) -> Result<(), Setback> {
        for ((movement, settlement), room_id) in self.moves.iter().zip(&self.settlements).zip(&placement.rooms) {
            let state = stay_after(desk, movement, settlement, *room_id);
            match repository::move_stay(desk.conn, movement.stay(), &state, desk.now()).await.map_err(Error::from) {
                Ok(true) => self.note_move(desk, movement, *room_id).await?,
                Ok(false) => return Err(Setback::Changed),
                // Somebody else was sent to the room at the same moment: the next attempt sees them in it.
                Err(error) if error.violates("stays_one_in_a_room") => return Err(Setback::Changed),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Notes the room in which the first night was kept, if the guests come to another one.
    async fn note_move(&self, desk: &Desk<'_>, movement: &Move, room_id: Option<Uuid>) -> Result<()> {
        let stay = movement.stay();
        if movement.shift.has_begun && room_id != stay.room_id {
            let left = stay.left_on(stay.nights().first().to, desk.now());
            repository::record_moves(desk.conn, left.as_slice()).await?;
        }
        Ok(())
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.booking.currency)
    }
}

fn state_after(booking: &Booking, stays: &[Stay], moves: &[Move], settlements: &[Settlement]) -> NewState {
    let moved = |stay: &Stay| moves.iter().position(|movement| movement.stay().id == stay.id);
    let statuses: Vec<Status> = stays.iter().map(|stay| moved(stay).map_or(stay.status, |n| moves[n].to)).collect();
    let nights: Vec<Nights> = stays.iter().map(|stay| moved(stay).map_or(stay.dates(), |n| moves[n].dates())).collect();
    // The booking's total has more than its stays' prices: their extras, and what was posted by hand.
    let changes = settlements.iter().flat_map(Settlement::all_lines).map(|line| line.amount_minor);
    let total_minor = booking.total_minor + changes.sum::<i64>();
    let status = rules::booking_status(&statuses);
    let hold_expires_at = booking.hold_expires_at.filter(|_| status == Status::Held);
    NewState { status, total_minor, hold_expires_at, nights: rules::booking_nights(&statuses, &nights, booking.nights()) }
}

fn stay_after(desk: &Desk<'_>, movement: &Move, settlement: &Settlement, room_id: Option<Uuid>) -> StayState {
    let stay = movement.stay();
    StayState {
        status: movement.to,
        status_on: desk.today,
        total_minor: settlement.total_minor,
        room_id,
        is_pinned: stay.is_pinned && room_id == stay.room_id,
        check_out: movement.nights.to,
        booked_check_out: movement.booked_check_out,
        moved_on: if movement.shift.has_begun && room_id != stay.room_id {
            Some(stay.nights().first().to)
        } else {
            stay.moved_on
        },
        late_on: movement.late_on,
    }
}
