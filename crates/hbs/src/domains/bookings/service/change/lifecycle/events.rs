//! What is told of stays that move: an event for the booking and one for each stay.
use super::Transition;
use super::plan::Move;
use crate::domains::bookings::service::events;
use crate::domains::bookings::service::rooms::occupancy::Placement;
use crate::outbox::{Changes, Event};
use uuid::Uuid;

pub fn of_transition(transition: &Transition<'_>, placement: &Placement) -> Vec<Event> {
    let of_stays =
        transition.moves.iter().zip(&placement.rooms).map(|(movement, room_id)| of_stay(transition, movement, *room_id));
    [of_booking(transition)].into_iter().chain(of_stays).collect()
}

fn of_booking(transition: &Transition<'_>) -> Event {
    let Transition { request, booking, after, unpaid, .. } = transition;
    let none = None::<()>;
    let mut changes = Changes::field("status", booking.status, after.status);
    if booking.total_minor != after.total_minor {
        changes = changes.and("total", transition.money(booking.total_minor), transition.money(after.total_minor));
    }
    if booking.hold_expires_at != after.hold_expires_at {
        changes = changes.and("hold_expires_at", booking.hold_expires_at, after.hold_expires_at);
    }
    if booking.check_out != after.nights.to {
        changes = changes.and("check_out", booking.check_out, after.nights.to);
    }
    if let Some(reason) = request.reason {
        changes = changes.and("reason", none, reason);
    }
    if *unpaid != 0 {
        changes = changes.and("unpaid_balance", none, transition.money(*unpaid));
    }
    let fee = transition.settlements.iter().map(|settlement| settlement.fee_minor).sum();
    if fee > 0 {
        let name = if request.fee_waived_by.is_some() { "waived_fee" } else { "fee" };
        changes = changes.and(name, none, transition.money(fee));
    }
    events::of_booking("booking.status_changed", booking.property_id, booking.id, changes)
}

fn of_stay(transition: &Transition<'_>, movement: &Move, room_id: Option<Uuid>) -> Event {
    let (booking, stay) = (transition.booking, movement.stay());
    let mut changes = Changes::field("status", stay.status, movement.to);
    if stay.check_out != movement.nights.to {
        changes = changes.and("check_out", stay.check_out, movement.nights.to);
    }
    if stay.room_id != room_id {
        changes = changes.and("room_id", stay.room_id, room_id);
    }
    events::of_stay(transition.request.action.stay_event(), booking.property_id, booking.id, stay.id, changes)
}
