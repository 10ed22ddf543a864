//! Settlement of stays that move: charges that are reversed, fees, and a balance that is due.
use super::plan::Move;
use super::{ActionRequest, Transition, state_after};
use crate::Result;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, FirstNight, Stay};
use crate::domains::bookings::rules::extras::Following;
use crate::domains::bookings::rules::fees::{self, Leaving, Settlement};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::extras::{self, Offered, StayExtra};
use crate::domains::folios::{self, Departure, FolioEntry, NewFolioEntry, PayingAccount, Posted};
use crate::domains::rates;
use crate::domains::rates::engine::Heads;
use crate::domains::stays::{Action, Status};
use crate::money::Money;
use chrono::NaiveDate;
use futures_util::try_join;
use uuid::Uuid;

/// Settles the moves.
pub async fn settle<'a>(
    desk: &Desk<'_>,
    request: &'a ActionRequest<'a>,
    booking: &'a Booking,
    stays: &[Stay],
    moves: Vec<Move>,
) -> Result<Transition<'a>> {
    let changes_charges = moves.iter().any(|movement| turn(movement, request).is_some());
    let folio = match changes_charges {
        true => folios::entries(desk.conn, booking.property_id, booking.id).await?,
        false => Vec::new(),
    };
    let vat = vat_rules(desk, &moves).await?;
    let extras = extras_of(desk, &folio, booking.id).await?;
    let settlements = settle_all(desk, Charged { folio: &folio, extras: &extras }, &moves, request, &vat);
    let after = state_after(booking, stays, &moves, &settlements);
    let last = if request.action == Action::CheckOut { last_to_leave(desk, stays, &moves) } else { None };
    Ok(Transition { request, booking, moves, settlements, after, last, unpaid: 0, posted: Posted::default() })
}

/// Returns the rules of the hotel that are value added tax, if the fee of any stay bears what the room bears.
pub async fn vat_rules(desk: &Desk<'_>, moves: &[Move]) -> Result<Vec<Uuid>> {
    let is_as_room =
        |movement: &Move| movement.stay().cancellation_terms.as_ref().is_some_and(|terms| terms.0.fee_tax.names_room());
    match moves.iter().any(is_as_room) {
        true => Ok(rates::vat_rules(desk.conn, desk.property_id()).await?),
        false => Ok(Vec::new()),
    }
}

/// Returns the extras that were sold with the stays of a booking, if its lines have any.
pub async fn extras_of(desk: &Desk<'_>, folio: &[FolioEntry], booking_id: Uuid) -> Result<Vec<(StayExtra, Offered)>> {
    let ids: Vec<Uuid> = folio.iter().filter(|line| line.stay_extra_id.is_some()).filter_map(|line| line.extra_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (conn, property_id) = (desk.conn, desk.property_id());
    let (sold, offered) = try_join!(extras::sold_of(conn, property_id, booking_id), extras::offered(conn, property_id, &ids))?;
    let with_extra = |sold: StayExtra| {
        let extra = offered.iter().find(|offered| offered.extra.id == sold.extra_id)?.clone();
        Some((sold, extra))
    };
    Ok(sold.into_iter().filter_map(with_extra).collect())
}

/// Lines of a booking, and the extras that were sold with its stays.
#[derive(Clone, Copy)]
pub struct Charged<'a> {
    pub folio: &'a [FolioEntry],
    pub extras: &'a [(StayExtra, Offered)],
}

impl Charged<'_> {
    /// The lines by which the extras of a stay are settled with it.
    fn settled(self, desk: &Desk<'_>, movement: &Move, turn: Option<&Turn>) -> Vec<NewFolioEntry> {
        let (stay, own) = (movement.stay(), folios::of_extras(self.folio, movement.stay().id));
        let restored = || folios::restoration_beside(&folios::of_stay(self.folio, stay.id), &own);
        match turn {
            Some(Turn::Left) if movement.booked_check_out.is_some() => self.followed(desk, movement),
            // Nobody came: nothing was served.
            Some(Turn::Left) => folios::open(&own).iter().map(folios::reversal).collect(),
            Some(Turn::Restored) => restored(),
            Some(Turn::RestoredLate(first_night)) => fees::those_left(restored(), desk.today, *first_night),
            None => Vec::new(),
        }
    }

    /// The lines by which extras follow guests who leave early: those of days that are over stay.
    fn followed(self, desk: &Desk<'_>, movement: &Move) -> Vec<NewFolioEntry> {
        let stay = movement.stay();
        let is_frozen = |day: NaiveDate| day < desk.today;
        // Nothing is charged anew, so nobody's age is asked for.
        let heads = Heads { adults: stay.guests(), children: Vec::new() };
        let following = Following {
            stay_id: stay.id,
            before: stay.nights(),
            after: movement.nights,
            heads_before: &heads,
            heads_after: &heads,
            reprice: false,
            is_frozen: &is_frozen,
            open: &folios::open(self.folio),
        };
        let own = self.extras.iter().filter(|(sold, _)| sold.stay_id == stay.id && sold.removed_on.is_none());
        own.flat_map(|(sold, offered)| following.lines(sold, offered)).collect()
    }
}

/// Returns the settlements of the moves, in their order. Stays that go on have nothing to be settled. `vat` are the rules that
/// `vat_rules` returns.
pub fn settle_all(
    desk: &Desk<'_>,
    charged: Charged<'_>,
    moves: &[Move],
    request: &ActionRequest<'_>,
    vat: &[Uuid],
) -> Vec<Settlement> {
    let settled = moves.iter().map(|movement| {
        let own = folios::of_stay(charged.folio, movement.stay().id);
        let allowed = folios::allowed_on(&own, charged.folio);
        let turn = turn(movement, request);
        let extras = charged.settled(desk, movement, turn.as_ref());
        let settlement = match turn {
            Some(Turn::Left) => {
                let (open, leaving) = (folios::open(&own), leaving(desk, movement, request));
                let taken: Vec<FolioEntry> = open.iter().filter(|line| line.service_date >= leaving.from).cloned().collect();
                let settlement = fees::settle(movement.stay(), &open, leaving).taxed(movement.stay(), &open, leaving, vat);
                settlement.with_extras(fees::allowances_gone(&taken, &allowed))
            }
            Some(Turn::Restored) => fees::restore(movement.stay(), &own, &allowed),
            Some(Turn::RestoredLate(first_night)) => fees::restore_late(movement.stay(), &own, &allowed, desk.today, first_night),
            None => Settlement::none(movement.stay()),
        };
        settlement.with_extras(extras)
    });
    settled.collect()
}

/// Turn of a stay: guests give up nights that they were charged for, or take back nights that they gave up.
enum Turn {
    Left,
    Restored,
    /// The date on which they gave the nights up is closed.
    RestoredLate(FirstNight),
}

fn turn(movement: &Move, request: &ActionRequest<'_>) -> Option<Turn> {
    let stay = movement.stay();
    match request.action {
        // What was sold is the day, whether its night is given back or not.
        Action::CheckOut | Action::UndoCheckOut if stay.is_day_use => None,
        Action::Reinstate => Some(request.first_night.map_or(Turn::Restored, |(first_night, _)| Turn::RestoredLate(first_night))),
        Action::Cancel | Action::Expire | Action::NoShow => Some(Turn::Left),
        Action::CheckOut => movement.booked_check_out.map(|_| Turn::Left),
        Action::Confirm if stay.status == Status::Held => None,
        Action::Confirm => Some(Turn::Restored),
        Action::UndoCheckOut => stay.booked_check_out.map(|_| Turn::Restored),
        Action::CheckIn | Action::UndoCheckIn => None,
    }
}

fn leaving(desk: &Desk<'_>, movement: &Move, request: &ActionRequest<'_>) -> Leaving {
    let (stay, property) = (movement.stay(), desk.property);
    let first_left = if request.action == Action::CheckOut { movement.nights.to } else { stay.check_in };
    Leaving {
        action: request.action,
        now: desk.now(),
        today: desk.today,
        check_in: property.check_in_instant(stay.check_in),
        // Nights that were only kept are taken back though their date is closed: on the books that is of today.
        from: match request.action {
            Action::CheckOut => property.open_from().map_or(first_left, |open_from| open_from.max(first_left)),
            _ => first_left,
        },
        is_waived: request.fee_waived_by.is_some(),
    }
}

/// The last guests of a booking in the house, who settle what is left: earlier ones leave it to others in the house.
pub struct LastToLeave {
    /// Stays that are to come: they pay for themselves.
    to_come: Vec<Uuid>,
}

fn last_to_leave(desk: &Desk<'_>, stays: &[Stay], moves: &[Move]) -> Option<LastToLeave> {
    let leaves = |stay: &Stay| moves.iter().any(|movement| movement.stay().id == stay.id);
    if stays.iter().any(|stay| !leaves(stay) && stay.status == Status::CheckedIn) {
        return None;
    }
    let is_to_come = |stay: &&Stay| stay.status == Status::Confirmed && stay.check_in >= desk.today;
    Some(LastToLeave { to_come: stays.iter().filter(is_to_come).map(|stay| stay.id).collect() })
}

/// Sends what guests who leave have not paid to the account that pays for them, and takes that back if they have not left
/// after all.
pub async fn on_account(desk: &Desk<'_>, transition: &Transition<'_>) -> Result<Posted> {
    let Transition { request, booking, moves, last, .. } = transition;
    let stays = || moves.iter().map(|movement| movement.stay().id).collect::<Vec<Uuid>>();
    match (request.action, request.to_account) {
        (Action::CheckOut, Some((account_id, _))) => {
            let stays = stays();
            let departure = match last {
                Some(LastToLeave { to_come }) => Departure::Last { to_come },
                None => Departure::Some(&stays),
            };
            let payer = PayingAccount { account_id, pointer: "/to_account_id" };
            let booking = (booking.id, booking.reference.as_str());
            folios::send_to_account(desk.conn, desk.property, booking, departure, payer, desk.now()).await
        }
        (Action::UndoCheckOut, _) => {
            folios::take_back_from_accounts(desk.conn, desk.property, booking.id, &stays(), desk.now()).await
        }
        _ => Ok(Posted::default()),
    }
}

/// Returns what the last guests to leave have to settle where the hotel wants that, in minor units, on all folios of the booking; fails if that is
/// something, and nobody lets them go. It is asked with the folios locked, once everything is posted, so what comes late is
/// seen, or comes to a booking that is over.
pub async fn settled(desk: &Desk<'_>, transition: &Transition<'_>) -> Result<i64> {
    let (Some(LastToLeave { to_come }), booking) = (&transition.last, transition.booking) else { return Ok(0) };
    if !desk.property.settings.requires_settled_folio {
        return Ok(0);
    }
    folios::lock_of(desk.conn, booking.property_id, booking.id).await?;
    let due = folios::due(desk.conn, booking.property_id, booking.id, desk.today, to_come).await?;
    // What is paid in advance for stays to come is not in the way.
    let unpaid = if to_come.is_empty() { due } else { due.max(0) };
    if unpaid != 0 && transition.request.balance_ignored_by.is_none() {
        return Err(BookingError::BalanceDue(Money::new(unpaid, booking.currency)).into());
    }
    Ok(unpaid)
}
