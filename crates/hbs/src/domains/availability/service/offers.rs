//! Offers of a hotel to a party, looked up once for many stays.
use crate::domains::availability::dto::NoOffer;
use crate::domains::bookings::selling::{self, Asking};
use crate::domains::inventory::Nights;
use crate::domains::offers::rules::conditions::Condition;
use crate::domains::offers::{self, Buyer, Line, OnSale};
use crate::domains::rates::engine::{Asked, Outlook, Party, Reduced};
use crate::domains::rates::{HotelRates, RatePlan};
use crate::domains::rooms::RoomType;

pub struct Offers<'a> {
    rates: &'a HotelRates,
    party: Party<'a>,
    /// Offers by type, then plan; both by code.
    offers: Vec<Offer<'a>>,
    /// The one who asks, on whom depends what is taken off.
    buyer: Buyer<'a>,
}

/// The cheapest offer for a stay, with what one room costs.
pub struct Cheapest<'o> {
    pub offer: &'o Offer<'o>,
    pub total: i64,
    /// Amount that is taken off, as entered.
    pub discount: i64,
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
    /// Offers that may be taken off, on some dates or others.
    on_sale: Vec<&'a OnSale>,
}

impl<'a> Offers<'a> {
    /// Finds the offers of types that take the party, for stays among some nights.
    pub fn new(
        types: impl Iterator<Item = &'a RoomType>,
        rates: &'a HotelRates,
        is_asked_for: impl Fn(&RatePlan) -> bool,
        span: Nights,
        party: Party<'a>,
        asking: &Asking<'a>,
    ) -> Self {
        let mut offers = Vec::new();
        for kind in types.filter(|kind| selling::check_capacity(kind, rates, party).is_ok()) {
            for plan in rates.sold_for(kind.id).filter(|plan| plan.is_default || is_asked_for(plan)) {
                let outlook = rates.tariff.outlook(plan.id, selling::basis(kind), span, party);
                let line =
                    Line { nights: span, room_type_id: kind.id, rate_plan_id: plan.id, party, bands: &rates.tariff.rules.bands };
                let on_sale = asking.on_sale.iter().filter(|on_sale| may_fit(on_sale, &line)).collect();
                let is_asked_for = is_asked_for(plan);
                offers.extend(outlook.map(|outlook| Offer { kind, plan, is_asked_for, outlook, on_sale }));
            }
        }
        Self { rates, party, offers, buyer: asking.buyer }
    }

    /// Returns the reductions of an offer for a stay.
    fn reduced(&self, offer: &Offer<'a>, nights: Nights) -> Vec<Reduced<'a>> {
        if offer.on_sale.is_empty() {
            return Vec::new();
        }
        let line = Line {
            nights,
            room_type_id: offer.kind.id,
            rate_plan_id: offer.plan.id,
            party: self.party,
            bands: &self.rates.tariff.rules.bands,
        };
        offers::chosen(&offer.on_sale, &self.buyer, &line, offer.outlook.prices(nights))
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
                Ok(()) if offer.outlook.sells(nights, asked) => {
                    let reduced = self.reduced(offer, nights);
                    let entered = offer.outlook.entered(nights) - reduced.iter().map(Reduced::total).sum::<i64>();
                    open.push((entered, place, offer, reduced));
                }
                Ok(()) => reason = reason.or_closer(NoOffer::Restricted),
                Err(other) => reason = reason.or_closer(other),
            }
        }
        open.sort_unstable_by_key(|(entered, place, ..)| (*entered, *place));
        let taxes = self.rates.tariff.taxes_due(nights, self.party);
        let mut best: Option<(i64, usize, &Offer<'a>, i64)> = None;
        for (entered, place, offer, reduced) in open {
            // Taxes only add: whatever follows costs as much or more.
            if best.is_some_and(|(total, ..)| total < entered) {
                break;
            }
            let total = offer.outlook.reduced_total(nights, &taxes, self.party, &reduced);
            if best.is_none_or(|(least, first, ..)| (total, place) < (least, first)) {
                best = Some((total, place, offer, reduced.iter().map(Reduced::total).sum()));
            }
        }
        let (total, _, offer, discount) = best.ok_or(reason)?;
        let is_default = |other: &&Offer<'a>| other.kind.id == offer.kind.id && other.plan.is_default;
        let default = self.offers.iter().find(is_default).filter(|default| default.outlook.sells(nights, asked));
        let total_of =
            |default: &Offer<'a>| default.outlook.reduced_total(nights, &taxes, self.party, &self.reduced(default, nights));
        let default_total = default.map(total_of);
        Ok(Cheapest { offer, total, discount, default_total })
    }
}

/// Returns `true` for an offer that may be taken off a stay in the room, on some dates or others.
fn may_fit(on_sale: &OnSale, line: &Line<'_>) -> bool {
    let mut fits = true;
    on_sale.terms.of_stay(line, |condition, is_met| {
        if matches!(condition, Condition::Occupancy | Condition::RoomType | Condition::RatePlan) {
            fits &= is_met;
        }
    });
    fits
}
