//! What is told of bookings and their stays.
use crate::domains::bookings::model::{NewBooking, NewStay};
use crate::money::Money;
use crate::outbox::{Changes, Event};
use uuid::Uuid;

pub fn of_booking(kind: &'static str, property_id: Uuid, id: Uuid, changes: Changes) -> Event {
    Event { kind: kind.into(), property_id: Some(property_id), entity: "booking", entity_id: id, booking_id: Some(id), changes }
}

/// It stands in the timeline of its booking.
pub fn of_stay(kind: &'static str, property_id: Uuid, booking_id: Uuid, id: Uuid, changes: Changes) -> Event {
    Event {
        kind: kind.into(),
        property_id: Some(property_id),
        entity: "stay",
        entity_id: id,
        booking_id: Some(booking_id),
        changes,
    }
}

/// What is told of every new booking.
pub fn of_new_booking(booking: &NewBooking<'_>) -> Changes {
    let none = None::<()>;
    Changes::field("reference", none, booking.reference)
        .and("status", none, booking.status)
        .and("channel", none, booking.channel)
        .and("external_reference", none, booking.external_reference)
        .and("check_in", none, booking.check_in)
        .and("check_out", none, booking.check_out)
        .and("total", none, Money::new(booking.total_minor, booking.currency))
        .and("contact_name", none, none)
        .and("contact_email", none, none)
}

/// A stay that is new, with the price of a night as listed and as set where staff set it.
pub fn stay_created(stay: &NewStay, changes: Changes, set_price: Option<(Money, Money)>) -> Event {
    of_stay("stay.created", stay.property_id, stay.booking_id, stay.id, with_price(changes, set_price))
}

/// The price of a night as listed and as set, where staff set it.
pub fn with_price(changes: Changes, set_price: Option<(Money, Money)>) -> Changes {
    match set_price {
        Some((listed, set)) => changes.and("nightly_price", listed, set),
        None => changes,
    }
}
