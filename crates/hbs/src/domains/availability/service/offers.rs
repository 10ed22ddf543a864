//! Offers of a hotel to a party, looked up once for many stays.
use crate::domains::availability::dto::NoOffer;
use crate::domains::bookings::selling;
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::{Asked, Outlook, Party};
use crate::domains::rates::{HotelRates, RatePlan};
use crate::domains::rooms::RoomType;

pub struct Offers<'a> {
    rates: &'a HotelRates,
    party: Party<'a>,
    /// Offers by type, then plan; both by code.
    offers: Vec<Offer<'a>>,
}

/// A room type in a plan.
pub struct Offer<'a> {
    pub kind: &'a RoomType,
    pub plan: &'a RatePlan,
    outlook: Outlook<'a>,
}

impl<'a> Offers<'a> {
    /// Finds the offers of types that take the party, for stays among some nights.
    pub fn new(
        types: impl Iterator<Item = &'a RoomType>,
        rates: &'a HotelRates,
        is_asked_for: impl Fn(&RatePlan) -> bool,
        span: Nights,
        party: Party<'a>,
    ) -> Self {
        let mut offers = Vec::new();
        for kind in types.filter(|kind| selling::check_capacity(kind, rates, party).is_ok()) {
            for plan in rates.sold_for(kind.id).filter(|plan| is_asked_for(plan)) {
                let outlook = rates.tariff.outlook(plan.id, selling::basis(kind), span, party);
                offers.extend(outlook.map(|outlook| Offer { kind, plan, outlook }));
            }
        }
        Self { rates, party, offers }
    }

    /// The cheapest offer for a stay, with what one room costs; of equals the first. `check` says whether there are rooms
    /// of a type. If nothing can be booked, the reason that is closest to a stay.
    pub fn cheapest(
        &self,
        nights: Nights,
        asked: Asked<'_>,
        check: impl Fn(&RoomType) -> Result<(), NoOffer>,
    ) -> Result<(i64, &Offer<'a>), NoOffer> {
        let mut reason = NoOffer::NoRoomFits;
        let mut open = Vec::with_capacity(self.offers.len());
        for (place, offer) in self.offers.iter().enumerate() {
            match check(offer.kind) {
                Ok(()) if offer.outlook.sells(nights, asked) => open.push((offer.outlook.entered(nights), place, offer)),
                Ok(()) => reason = reason.or_closer(NoOffer::Restricted),
                Err(other) => reason = reason.or_closer(other),
            }
        }
        open.sort_unstable_by_key(|(entered, place, _)| (*entered, *place));
        let taxes = self.rates.tariff.taxes_due(nights, self.party);
        let mut best: Option<(i64, usize, &Offer<'a>)> = None;
        for (entered, place, offer) in open {
            // Taxes only add: whatever follows costs as much or more.
            if best.is_some_and(|(total, ..)| total < entered) {
                break;
            }
            let total = offer.outlook.total(nights, &taxes);
            if best.is_none_or(|(least, first, _)| (total, place) < (least, first)) {
                best = Some((total, place, offer));
            }
        }
        best.map(|(total, _, offer)| (total, offer)).ok_or(reason)
    }
}
