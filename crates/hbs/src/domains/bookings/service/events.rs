//! The events of bookings and stays that several use cases tell.
use crate::domains::bookings::model::{NewBooking, NewStay};
use crate::domains::folios::Posted;
use crate::money::Money;
use crate::outbox::Event;

/// A booking that is new, with what is told of every one.
pub fn booking_created(booking: &NewBooking<'_>, lines: &Posted) -> Event {
    let event = Event::of("booking.created", booking)
        .with("reference", booking.reference)
        .with("status", booking.status)
        .with("channel", booking.channel)
        .with("check_in", booking.check_in)
        .with("check_out", booking.check_out)
        .with("total", Money::new(booking.total_minor, booking.currency))
        .with("lines", lines)
        .with("contact_name", booking.contact_name)
        .with("contact_email", booking.contact_email);
    // What others call the booking may be a name.
    match booking.external_reference {
        Some(reference) => event.with("external_reference", reference),
        None => event,
    }
}

/// A stay that is new, with the price of a night as listed and as set where staff set it.
pub fn stay_created(stay: &NewStay, set_price: Option<(Money, Money)>) -> Event {
    with_price(Event::created(stay), set_price)
}

/// The price of a night as listed and as set, where staff set it.
pub fn with_price(event: Event, set_price: Option<(Money, Money)>) -> Event {
    match set_price {
        Some((listed, set)) => event.and("nightly_price", listed, set),
        None => event,
    }
}
