//! Redemptions of offers by a booking, from the prices of its stays. Pure.
use super::selling::Sold;
use crate::domains::offers::{Person, Redeemed, SoldOffer, StayOffer};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The booking that is made with offers.
#[derive(Debug, Clone, Copy)]
pub struct OfBooking<'a> {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub person: Person<'a>,
    /// Business date on which it is booked.
    pub sold_on: NaiveDate,
    pub now: DateTime<Utc>,
}

/// The offers that stays are sold with: each once for the booking, with what it takes off in all, and each for the stays that have it.
pub fn of<'a>(of: &OfBooking<'a>, stays: &[(Uuid, &'a Sold)]) -> (Vec<Redeemed<'a>>, Vec<StayOffer>) {
    let (mut redeemed, mut of_stays): (Vec<Redeemed<'a>>, Vec<StayOffer>) = (Vec::new(), Vec::new());
    for (stay_id, sold) in stays {
        for (offer, position) in sold.offers.iter().zip(0..) {
            let row = of_stay(of, *stay_id, (offer, position), sold);
            match redeemed.iter_mut().find(|other| other.offer.offer_id == offer.offer_id) {
                Some(other) => other.discount_minor += row.discount_minor,
                None => redeemed.push(Redeemed {
                    property_id: of.property_id,
                    booking_id: of.booking_id,
                    offer,
                    person: of.person,
                    sold_on: of.sold_on,
                    discount_minor: row.discount_minor,
                    now: of.now,
                }),
            }
            of_stays.push(row);
        }
    }
    (redeemed, of_stays)
}

fn of_stay(of: &OfBooking<'_>, stay_id: Uuid, (offer, position): (&SoldOffer, i32), sold: &Sold) -> StayOffer {
    let nights = sold.off(offer.offer_id);
    StayOffer {
        property_id: of.property_id,
        stay_id,
        offer_id: offer.offer_id,
        booking_id: of.booking_id,
        position,
        name: offer.name.clone(),
        code: offer.code.as_ref().map(|code| code.code.clone()),
        terms: serde_json::to_value(&offer.terms).unwrap_or_default(),
        discount_minor: nights.values().sum(),
        nights: serde_json::to_value(nights).unwrap_or_default(),
        created_at: of.now,
        updated_at: of.now,
    }
}
