//! Events of a sale: one for the booking and one for each stay.
use super::write::Sale;
use crate::domains::bookings::model::{NewBooking, NewStay};
use crate::domains::bookings::service::events;
use crate::domains::folios::Posted;
use crate::domains::guests;
use crate::outbox::Event;

pub fn of_sale(sale: &Sale<'_>, booking: &NewBooking<'_>, stays: &[NewStay], lines: &Posted) -> Vec<Event> {
    let prices = sale.priced.stays.iter().map(|stay| stay.set_price);
    let of_stays = stays.iter().zip(prices).map(|(stay, price)| events::stay_created(stay, price));
    guests::events_of(&sale.rooms.people).into_iter().chain([of_booking(sale, booking, lines)]).chain(of_stays).collect()
}

fn of_booking(sale: &Sale<'_>, booking: &NewBooking<'_>, lines: &Posted) -> Event {
    let mut event = events::booking_created(booking, lines)
        .with("user_id", booking.user_id)
        .with("hold_expires_at", booking.hold_expires_at)
        .with("group_id", booking.group_id);
    if !sale.offer.ignored.is_empty() {
        event = event.with("ignored_restrictions", &sale.offer.ignored);
    }
    if let Some(exemption) = &sale.offer.exemption {
        event = event
            .with("exempt_from", exemption.from_date)
            .with("exempt_until", exemption.until_date)
            .with("tax_rule_ids", &exemption.tax_rule_ids)
            .with("reason", &exemption.reason)
            .with("exemption_reference", &exemption.reference);
    }
    if let Some(quote) = &sale.order.quote {
        event = event.with("quote_expires_at", quote.expires_at);
    }
    event
}
