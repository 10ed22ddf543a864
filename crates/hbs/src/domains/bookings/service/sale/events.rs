//! What is told of a sale: an event for the booking and one for each stay.
use super::write::Sale;
use crate::domains::bookings::model::{NewBooking, NewStay};
use crate::domains::bookings::service::events;
use crate::outbox::{Changes, Event};

pub fn of_sale(sale: &Sale<'_>, booking: &NewBooking<'_>, stays: &[NewStay]) -> Vec<Event> {
    let prices = sale.priced.stays.iter().map(|stay| stay.set_price);
    let of_stays = stays.iter().zip(prices).map(|(stay, price)| events::stay_created(stay, Changes::created(stay), price));
    [of_booking(sale, booking)].into_iter().chain(of_stays).collect()
}

fn of_booking(sale: &Sale<'_>, booking: &NewBooking<'_>) -> Event {
    let none = None::<()>;
    let mut changes = events::of_new_booking(booking)
        .and("user_id", none, booking.user_id)
        .and("hold_expires_at", none, booking.hold_expires_at)
        .and("group_id", none, booking.group_id);
    if !sale.offer.ignored.is_empty() {
        changes = changes.and("ignored_restrictions", none, &sale.offer.ignored);
    }
    if let Some(quote) = &sale.order.quote {
        changes = changes.and("quote_expires_at", none, quote.expires_at);
    }
    events::of_booking("booking.created", booking.property_id, booking.id, changes)
}
