//! Offers that make sense: what is wrong with the values of one, field by field.
use crate::domains::offers::model::{Access, Offer, OfferKind};
use crate::error::FieldError;

/// Returns the end of a window that comes before its beginning.
pub fn reversed_window(offer: &Offer) -> Option<&'static str> {
    let windows = [("/book_until", offer.book_from, offer.book_until), ("/stay_until", offer.stay_from, offer.stay_until)];
    let is_wrong = |from: Option<chrono::NaiveDate>, until: Option<chrono::NaiveDate>| {
        from.zip(until).is_some_and(|(from, until)| until < from)
    };
    windows.into_iter().find(|(_, from, until)| is_wrong(*from, *until)).map(|(pointer, ..)| pointer)
}

/// Returns what is wrong with the values of an offer. `room_types`, with the rooms of a bundle, and `extras` are counted.
pub fn wrong(offer: &Offer, room_types: &[Option<i32>], extras: usize) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |pointer: &str, detail: String| errors.push(FieldError::body(pointer, detail));
    let kind = offer.kind;
    let values = [
        ("/percent", offer.percent_ppm.is_some(), takes_percent(kind)),
        ("/amount", offer.amount_minor.is_some(), takes_amount(kind)),
        ("/stay_nights", offer.stay_nights.is_some(), needs(kind == OfferKind::FreeNights)),
        ("/pay_nights", offer.pay_nights.is_some(), needs(kind == OfferKind::FreeNights)),
        ("/free_nights", offer.free_nights.is_some(), needs(kind == OfferKind::FreeNights)),
        ("/extras", extras > 0, needs(kind == OfferKind::IncludedExtras)),
    ];
    for (pointer, is_there, need) in values {
        match need {
            Need::Needed if !is_there => refuse(pointer, format!("is needed for an offer of the kind {kind}")),
            Need::None if is_there => refuse(pointer, format!("is not for an offer of the kind {kind}")),
            _ => {}
        }
    }
    if kind == OfferKind::Bundle && offer.percent_ppm.is_some() == offer.amount_minor.is_some() {
        refuse("/percent", "or amount is needed for a bundle, and only one of them".into());
    }
    if kind == OfferKind::Bundle && room_types.is_empty() {
        refuse("/room_types", "is needed for a bundle: the rooms that are booked together".into());
    }
    let in_all: i32 = room_types.iter().flatten().sum();
    if kind == OfferKind::Bundle && in_all == 1 {
        refuse("/room_types", "must have two rooms at least: one alone gets an offer of another kind".into());
    }
    if let Some(place) = room_types.iter().position(|rooms| rooms.is_some() != (kind == OfferKind::Bundle)) {
        let detail = if kind == OfferKind::Bundle { "is needed for a bundle" } else { "is for bundles" };
        refuse(&format!("/room_types/{place}/rooms"), detail.into());
    }
    if offer.stay_nights.zip(offer.pay_nights).is_some_and(|(stay, pay)| pay >= stay) {
        refuse("/pay_nights", "must be less than stay_nights".into());
    }
    let orders = [
        ("/max_advance_days", is_reversed(offer.min_advance_days, offer.max_advance_days), "min_advance_days"),
        ("/max_nights", is_reversed(offer.min_nights, offer.max_nights), "min_nights"),
        ("/max_guests", is_reversed(offer.min_guests, offer.max_guests), "min_guests"),
    ];
    for (pointer, _, first) in orders.iter().filter(|(_, is_reversed, _)| *is_reversed) {
        refuse(pointer, format!("must be at least {first}"));
    }
    if offer.is_combinable && matches!(kind, OfferKind::Bundle | OfferKind::PlanAccess) {
        refuse("/is_combinable", format!("is not for an offer of the kind {kind}"));
    }
    if offer.access == Access::Automatic && offer.first_booking_only {
        refuse("/first_booking_only", "is for offers with a code: who books is known only when they do".into());
    }
    if offer.access == Access::Automatic && kind == OfferKind::PlanAccess {
        refuse("/access", "must not be automatic: what is hidden is shown to whoever has a code".into());
    }
    errors
}

enum Need {
    Needed,
    Possible,
    None,
}

fn needs(is_needed: bool) -> Need {
    if is_needed { Need::Needed } else { Need::None }
}

fn takes_percent(kind: OfferKind) -> Need {
    match kind {
        OfferKind::Percent => Need::Needed,
        OfferKind::Bundle => Need::Possible,
        _ => Need::None,
    }
}

fn takes_amount(kind: OfferKind) -> Need {
    match kind {
        OfferKind::AmountPerNight | OfferKind::AmountPerStay | OfferKind::FixedPrice => Need::Needed,
        OfferKind::Bundle => Need::Possible,
        _ => Need::None,
    }
}

fn is_reversed(least: Option<i32>, most: Option<i32>) -> bool {
    least.zip(most).is_some_and(|(least, most)| most < least)
}

#[cfg(test)]
mod tests {
    use super::super::choice::samples::automatic;
    use super::*;
    use crate::testing::december;

    fn pointers(offer: &Offer, room_types: &[Option<i32>], extras: usize) -> Vec<String> {
        wrong(offer, room_types, extras).into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn an_offer_has_the_values_of_its_kind_and_no_others() {
        let plain = automatic(1).offer;
        assert_eq!(pointers(&plain, &[None], 0), [""; 0]);
        let fixed = Offer { kind: OfferKind::FixedPrice, ..plain.clone() };
        assert_eq!(pointers(&fixed, &[], 0), ["/percent", "/amount"]);
        let free =
            Offer { kind: OfferKind::FreeNights, percent_ppm: None, stay_nights: Some(3), pay_nights: Some(3), ..plain.clone() };
        assert_eq!(pointers(&free, &[], 0), ["/free_nights", "/pay_nights"]);
        let bundle = Offer { kind: OfferKind::Bundle, amount_minor: Some(1), is_combinable: true, ..plain.clone() };
        assert_eq!(pointers(&bundle, &[], 0), ["/percent", "/room_types", "/is_combinable"]);
        let bundle = Offer { percent_ppm: None, is_combinable: false, ..bundle };
        assert_eq!(pointers(&bundle, &[Some(1)], 0), ["/room_types"], "searches tell what a room costs alone");
        assert_eq!(pointers(&bundle, &[Some(1), Some(1)], 0), [""; 0]);
        assert_eq!(pointers(&plain, &[Some(1)], 1), ["/extras", "/room_types/0/rooms"]);
        let reversed = Offer {
            book_from: Some(december(2)),
            book_until: Some(december(1)),
            min_nights: Some(3),
            max_nights: Some(2),
            ..plain
        };
        assert_eq!(pointers(&reversed, &[], 0), ["/max_nights"]);
        assert_eq!(reversed_window(&reversed), Some("/book_until"));
    }
}
