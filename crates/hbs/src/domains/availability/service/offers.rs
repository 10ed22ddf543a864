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

/// The cheapest offer for a stay, with what one room costs.
pub struct Cheapest<'o> {
    pub offer: &'o Offer<'o>,
    pub total: i64,
    /// Price of one room of the type in the hotel's default plan, which is sold where no plan is named; none if that plan
    /// does not sell the stay.
    pub default_total: Option<i64>,
}

/// A room type in a plan.
pub struct Offer<'a> {
    pub kind: &'a RoomType,
    pub plan: &'a RatePlan,
    /// `false` for one that is only looked up because its plan is the default.
    is_asked_for: bool,
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
            for plan in rates.sold_for(kind.id).filter(|plan| plan.is_default || is_asked_for(plan)) {
                let outlook = rates.tariff.outlook(plan.id, selling::basis(kind), span, party);
                offers.extend(outlook.map(|outlook| Offer { kind, plan, is_asked_for: is_asked_for(plan), outlook }));
            }
        }
        Self { rates, party, offers }
    }

    /// The cheapest offer for a stay; of equals the first. `check` says whether there are rooms of a type. If nothing can be
    /// booked, the reason that is closest to a stay.
    pub fn cheapest(
        &self,
        nights: Nights,
        asked: Asked<'_>,
        check: impl Fn(&RoomType) -> Result<(), NoOffer>,
    ) -> Result<Cheapest<'_>, NoOffer> {
        let mut reason = NoOffer::NoRoomFits;
        let mut open = Vec::with_capacity(self.offers.len());
        for (place, offer) in self.offers.iter().enumerate().filter(|(_, offer)| offer.is_asked_for) {
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
        let (total, _, offer) = best.ok_or(reason)?;
        let is_default = |other: &&Offer<'a>| other.kind.id == offer.kind.id && other.plan.is_default;
        let default = self.offers.iter().find(is_default).filter(|default| default.outlook.sells(nights, asked));
        let default_total = default.map(|default| default.outlook.total(nights, &taxes));
        Ok(Cheapest { offer, total, default_total })
    }
}
