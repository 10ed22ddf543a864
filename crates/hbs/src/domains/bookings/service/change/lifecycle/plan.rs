//! Plan of an action: the stays that move, and their new states.
use super::ActionRequest;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::rules::{self, Dates};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::rooms::occupancy::Shift;
use crate::domains::inventory::Nights;
use crate::domains::stays::{self, Action, Status, departure};
use crate::{Error, Result};
use chrono::NaiveDate;

/// A stay that moves to another state.
pub struct Move {
    pub to: Status,
    pub shift: Shift,
    /// The dates that it has then.
    pub nights: Nights,
    /// The departure as booked, where the guests left before it.
    pub booked_check_out: Option<NaiveDate>,
    /// Business date on which the guests are expected late: today, if they were a no-show of the date that was closed last.
    pub late_on: Option<NaiveDate>,
}

impl Move {
    pub fn stay(&self) -> &Stay {
        &self.shift.stay
    }

    /// Returns the nights between the days of arrival and departure that it has then.
    pub fn dates(&self) -> Nights {
        Nights::new(self.nights.from, departure(self.nights.from, self.nights.to, self.stay().is_day_use))
    }
}

/// Returns the stays that can take the action. If there are none, their states give the reason.
pub fn plan(desk: &Desk<'_>, booking: &Booking, stays: &[Stay], request: &ActionRequest<'_>) -> Result<Vec<Move>> {
    let (action, today) = (request.action, desk.today);
    let meant: Vec<&Stay> = stays.iter().filter(|stay| request.stay_id.is_none_or(|id| id == stay.id)).collect();
    if meant.is_empty() {
        return Err(Error::not_found("stay"));
    }
    let can_take = |stay: &&&Stay| stays::next(stay.status, action).is_some();
    let mut able: Vec<&Stay> = meant.iter().filter(can_take).copied().collect();
    if able.is_empty() {
        // By the stays, which may have moved since the booking was read.
        let statuses: Vec<Status> = meant.iter().map(|stay| stay.status).collect();
        return Err(BookingError::IllegalMove { from: rules::booking_status(&statuses), to: action.target() }.into());
    }
    let has_its_day = |stay: &&Stay| check_day(action, stay, today).is_ok();
    // Whoever wanted a room by day does not come for it on the next.
    let comes_late =
        |stay: &&Stay| !stay.is_day_use && rules::comes_late(action, stay.status, Dates::of(stay), desk.property.open_from());
    let is_late = !able.iter().any(has_its_day) && able.iter().any(comes_late);
    if is_late {
        check_late(request)?;
        able.retain(comes_late);
    } else if able.iter().any(has_its_day) {
        if request.first_night.is_some() {
            return Err(Error::invalid("/first_night", "is for a no-show of the date that was closed last"));
        }
        // Those with other dates, and those that came to it on another day, are not meant.
        able.retain(has_its_day);
    }
    for stay in &able {
        if !is_late {
            check_day(action, stay, today)?;
        }
        check(desk, booking, stay, request)?;
    }
    Ok(able.into_iter().map(|stay| movement(stay, action, today, is_late)).collect())
}

/// Checks that an action on a stay is possible today. That guests slept in another room before is a fact.
fn check_day(action: Action, stay: &Stay, today: NaiveDate) -> Result<(), BookingError> {
    rules::check_date(action, Dates::of(stay), today)?;
    match stay.moved_on.filter(|moved_on| action == Action::UndoCheckIn && *moved_on > stay.check_in) {
        Some(moved_on) => Err(BookingError::GuestsMoved(moved_on)),
        None => Ok(()),
    }
}

/// Checks that the night that is over is dealt with when guests come late, and that it is said why they are taken back.
fn check_late(request: &ActionRequest<'_>) -> Result<()> {
    if request.first_night.is_none() {
        let detail = "is needed, since the date of arrival is closed: charged or waived";
        return Err(Error::invalid("/first_night", detail));
    }
    Ok(())
}

fn check(desk: &Desk<'_>, booking: &Booking, stay: &Stay, request: &ActionRequest<'_>) -> Result<()> {
    let (action, today) = (request.action, desk.today);
    match action {
        Action::NoShow => {
            let now = desk.property.local_time(desk.now());
            rules::check_no_show_time(stay.check_in, now, desk.property.settings.no_show_cutoff)?;
        }
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

fn movement(stay: &Stay, action: Action, today: NaiveDate, comes_late: bool) -> Move {
    let to = action.target();
    let nights = match action {
        // A room by day comes back for the night.
        Action::CheckOut if stay.is_day_use && today == stay.check_in => stay.dates(),
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
        is_arriving: action == Action::CheckIn,
        has_begun: action == Action::Reinstate && stay.status == Status::NoShow && stay.check_in < today,
        moves_on: None,
        left: Vec::new(),
        may_go_without: false,
    };
    let late_on = if comes_late { Some(today) } else { stay.late_on };
    Move { to, shift, nights, booked_check_out, late_on }
}
