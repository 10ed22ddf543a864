//! Events of an amendment: one for the booking and one for each stay.
use super::price::Amended;
use super::write::Amendment;
use crate::domains::bookings::model::NewStay;
use crate::domains::bookings::rules::selling::Restricted;
use crate::domains::bookings::service::events;
use crate::domains::folios::Posted;
use crate::money::Money;
use crate::outbox::Event;

pub fn of_amendment(amendment: &Amendment<'_>, added: &[NewStay], posted: &Posted) -> Vec<Event> {
    let (new, there): (Vec<&Amended>, Vec<&Amended>) = amendment.stays.iter().partition(|amended| amended.wanted.is_new());
    let of_stays = there.into_iter().filter(|amended| amended.changes()).map(of_stay);
    let prices = new.into_iter().map(|amended| amended.set_price);
    let of_added = added.iter().zip(prices).map(|(stay, price)| events::stay_created(stay, price));
    [of_booking(amendment, posted)].into_iter().chain(of_stays).chain(of_added).collect()
}

fn of_booking(amendment: &Amendment<'_>, posted: &Posted) -> Event {
    let Amendment { request, booking, stays, total, after } = amendment;
    let event = Event::of("booking.amended", *booking);
    let mut event = event.and("total", Money::new(booking.total_minor, booking.currency), total);
    if booking.nights() != after.nights {
        event = event.and("check_in", booking.check_in, after.nights.from).and("check_out", booking.check_out, after.nights.to);
    }
    if !posted.is_empty() {
        event = event.with("lines", posted);
    }
    if let Some(reason) = &request.amend.reason {
        event = event.with("reason", reason);
    }
    let ignored: Vec<Restricted> = stays.iter().flat_map(|amended| amended.ignored.iter().copied()).collect();
    if !ignored.is_empty() {
        event = event.with("ignored_restrictions", ignored);
    }
    event
}

fn of_stay(amended: &Amended) -> Event {
    let (before, after) = (&amended.wanted.stay, &amended.after);
    events::with_price(Event::changed(before, after).named("stay.amended"), amended.set_price)
}
