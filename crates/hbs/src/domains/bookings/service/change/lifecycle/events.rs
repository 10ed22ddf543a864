//! Events of stays that move: one for the booking and one for each stay.
use super::Transition;
use super::plan::Move;
use crate::domains::bookings::service::rooms::occupancy::Placement;
use crate::outbox::Event;
use uuid::Uuid;

pub fn of_transition(transition: &Transition<'_>, placement: &Placement) -> Vec<Event> {
    let of_stays =
        transition.moves.iter().zip(&placement.rooms).map(|(movement, room_id)| of_stay(transition, movement, *room_id));
    [of_booking(transition)].into_iter().chain(of_stays).collect()
}

fn of_booking(transition: &Transition<'_>) -> Event {
    let Transition { request, booking, after, unpaid, posted, .. } = transition;
    let mut event = Event::of("booking.status_changed", *booking).and("status", booking.status, after.status);
    if booking.total_minor != after.total_minor {
        event = event.and("total", transition.money(booking.total_minor), transition.money(after.total_minor));
    }
    if booking.hold_expires_at != after.hold_expires_at {
        event = event.and("hold_expires_at", booking.hold_expires_at, after.hold_expires_at);
    }
    if booking.check_out != after.nights.to {
        event = event.and("check_out", booking.check_out, after.nights.to);
    }
    if !posted.is_empty() {
        event = event.with("lines", posted);
    }
    if let Some(reason) = request.reason {
        event = event.with("reason", reason);
    }
    if let Some((first_night, _)) = request.first_night {
        event = event.with("first_night", first_night);
    }
    if *unpaid != 0 {
        event = event.with("unpaid_balance", transition.money(*unpaid));
    }
    if let Some((account_id, _)) = request.to_account {
        event = event.with("to_account_id", account_id);
    }
    let fee = transition.settlements.iter().map(|settlement| settlement.fee_minor).sum();
    if fee > 0 {
        let name = if request.fee_waived_by.is_some() { "waived_fee" } else { "fee" };
        event = event.with(name, transition.money(fee));
    }
    event
}

fn of_stay(transition: &Transition<'_>, movement: &Move, room_id: Option<Uuid>) -> Event {
    let stay = movement.stay();
    let mut event = Event::of(transition.request.action.stay_event(), stay).and("status", stay.status, movement.to);
    if stay.check_out != movement.nights.to {
        event = event.and("check_out", stay.check_out, movement.nights.to);
    }
    if stay.late_on != movement.late_on {
        event = event.and("late_on", stay.late_on, movement.late_on);
    }
    if stay.room_id != room_id {
        event = event.and("room_id", stay.room_id, room_id);
    }
    event
}
