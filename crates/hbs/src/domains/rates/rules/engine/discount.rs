//! Offers: what they take off the price of a stay, night by night.
//!
//! They come after a derivation and before taxes: the price as entered is what its plan says, what offers take off makes it less,
//! and taxes are found in the rest. So the guest pays the price less what the offers take off, and the line of an offer, without
//! taxes, is what the net price is less by it. No night costs less than nothing.
use super::package::{Included, divide, portions, priced};
use super::share;
use super::tariff::{Heads, Party, Tariff};
use super::tax::{StayPrice, TaxesDue, lines};
use crate::domains::inventory::Nights;
use crate::numbers::{in_proportion, narrowed};
use crate::words::text_enum;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use uuid::Uuid;

text_enum! {
    /// Choice of the nights that are free: the cheapest ones, or the last ones of the stay.
    pub enum FreeNights {
        Cheapest = "cheapest",
        Last = "last",
    }
}

/// Reduction of the prices of nights, as entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reduction {
    /// Share of each night in parts per million, rounded for each.
    Percent { ppm: i64 },
    /// Amount off each night in minor units.
    AmountPerNight { amount_minor: i64 },
    /// Amount off the stay in minor units, shared among its nights in proportion to their prices.
    AmountPerStay { amount_minor: i64 },
    /// Price of each night in minor units, where it costs more.
    FixedPrice { price_minor: i64 },
    /// Of each `stay` nights, `pay` are paid.
    FreeNights { stay: usize, pay: usize, free: FreeNights },
    /// Prices stay as they are.
    None,
}

impl Reduction {
    /// Returns what is taken off each night. `counts` says of each whether it counts; of others nothing is taken off.
    pub fn of(self, prices: &[i64], counts: &[bool]) -> Vec<i64> {
        let each = |off: &dyn Fn(i64) -> i64| {
            let of_night = |(price, counts): (&i64, &bool)| if *counts { off(*price).clamp(0, *price) } else { 0 };
            prices.iter().zip(counts).map(of_night).collect()
        };
        match self {
            Self::Percent { ppm } => each(&|price| share(price, ppm)),
            Self::AmountPerNight { amount_minor } => each(&|_| amount_minor),
            Self::FixedPrice { price_minor } => each(&|price| price - price_minor),
            Self::AmountPerStay { amount_minor } => spread(amount_minor, prices, counts),
            Self::FreeNights { stay, pay, free } => free_nights(prices, counts, (stay, pay), free),
            Self::None => vec![0; prices.len()],
        }
    }
}

/// Spreads an amount over nights in proportion to their prices, by largest remainder: never more than they cost.
fn spread(amount_minor: i64, prices: &[i64], counts: &[bool]) -> Vec<i64> {
    let counted: Vec<i64> = prices.iter().zip(counts).map(|(price, counts)| if *counts { *price } else { 0 }).collect();
    let total: i64 = counted.iter().sum();
    if total <= 0 {
        return vec![0; prices.len()];
    }
    in_proportion(&counted, amount_minor.clamp(0, total))
}

fn free_nights(prices: &[i64], counts: &[bool], (stay, pay): (usize, usize), free: FreeNights) -> Vec<i64> {
    let mut counted: Vec<usize> = (0..prices.len()).filter(|night| counts.get(*night) == Some(&true)).collect();
    let count = counted.len().checked_div(stay).unwrap_or(0) * stay.saturating_sub(pay);
    match free {
        // Of equals the later one.
        FreeNights::Cheapest => counted.sort_by_key(|night| (prices[*night], Reverse(*night))),
        FreeNights::Last => counted.reverse(),
    }
    let mut off = vec![0; prices.len()];
    for night in counted.into_iter().take(count) {
        off[night] = prices[night];
    }
    off
}

/// An offer as it is taken off a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced<'a> {
    pub offer_id: Uuid,
    /// Amounts off the nights, as entered.
    pub by_night: Vec<i64>,
    /// Extras that come with each night at its price.
    pub included: &'a [Included],
}

impl Reduced<'_> {
    /// Returns what is taken off in all.
    pub fn total(&self) -> i64 {
        self.by_night.iter().sum()
    }

    fn of_night(&self, place: usize) -> i64 {
        self.by_night.get(place).copied().unwrap_or(0)
    }
}

/// Part of an offer in the price of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    pub offer_id: Uuid,
    /// Amount off the price as entered.
    pub entered_minor: i64,
    /// Amount off the price of the room without taxes.
    pub net_minor: i64,
}

impl Tariff {
    /// Returns the price of a stay with offers, and divided between the room and the extras that are in it, by the plan and by
    /// the offers. What is taken off, the extras bear only where the rest of the price is not enough for them.
    #[must_use]
    pub fn reduced(
        &self,
        plan_id: Uuid,
        mut stay: StayPrice,
        nights: Nights,
        party: Party<'_>,
        offers: &[Reduced<'_>],
    ) -> StayPrice {
        let included = self.included(plan_id, offers);
        if included.is_empty() && offers.is_empty() {
            return stay;
        }
        let portions = portions(&included, &self.heads(party));
        for (place, (night, due)) in stay.nights.iter_mut().zip(self.taxes_due(nights, party).by_night()).enumerate() {
            let net = |entered: i64| lines(divide(entered, &portions).0, due).0;
            let mut entered = night.price_minor;
            let mut before = net(entered);
            night.room_minor = before;
            night.discounts.clear();
            for offer in offers {
                let off = offer.of_night(place).clamp(0, entered);
                if off > 0 {
                    entered -= off;
                    let after = net(entered);
                    night.discounts.push(Discount { offer_id: offer.offer_id, entered_minor: off, net_minor: before - after });
                    before = after;
                }
            }
            let (room, parts) = divide(entered, &portions);
            night.taxes = lines(room, due).1;
            night.included = parts.into_iter().zip(&portions).map(|(part, portion)| priced(part, portion)).collect();
        }
        stay
    }

    /// Returns the total of nights at these prices with offers: [`StayPrice::total`] of [`Tariff::reduced`] without its lines.
    pub(super) fn reduced_total(
        &self,
        plan_id: Uuid,
        prices: &[i64],
        taxes: &TaxesDue,
        party: Party<'_>,
        offers: &[Reduced<'_>],
    ) -> i64 {
        let included = self.included(plan_id, offers);
        taxes.total(&rest(prices, offers), &portions(&included, &self.heads(party)))
    }

    /// The extras that are in the price of each night, by the plan and by offers.
    fn included(&self, plan_id: Uuid, offers: &[Reduced<'_>]) -> Vec<Included> {
        let own = self.plan(plan_id).map_or(&[][..], |plan| plan.included.as_slice());
        own.iter().chain(offers.iter().flat_map(|offer| offer.included)).cloned().collect()
    }
}

/// Returns what is left of the prices of nights.
pub fn rest(prices: &[i64], offers: &[Reduced<'_>]) -> Vec<i64> {
    let left =
        |(place, price): (usize, &i64)| offers.iter().fold(*price, |left, offer| left - offer.of_night(place).clamp(0, left));
    prices.iter().enumerate().map(left).collect()
}

/// Returns what extras that come with a stay would cost by themselves.
pub fn worth(included: &[Included], nights: usize, heads: &Heads<'_>) -> i64 {
    let each: i64 = portions(included, heads).iter().map(|portion| portion.whole_minor).sum();
    narrowed(i128::from(each) * i128::try_from(nights).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: &[bool] = &[true; 8];

    #[test]
    fn nights_cost_less_by_each_kind_of_offer() {
        let prices = [10_000, 9_005, 12_000, 9_005];
        let off = |reduction: Reduction| reduction.of(&prices, &ALL[..4]);
        assert_eq!(off(Reduction::Percent { ppm: 100_000 }), [1_000, 901, 1_200, 901], "rounded for each night");
        assert_eq!(off(Reduction::AmountPerNight { amount_minor: 9_500 }), [9_500, 9_005, 9_500, 9_005], "never below nothing");
        assert_eq!(off(Reduction::FixedPrice { price_minor: 9_500 }), [500, 0, 2_500, 0], "never more than it costs");
        assert_eq!(off(Reduction::AmountPerStay { amount_minor: 100 }), [25, 23, 30, 22], "the first of equals gets the cent");
        assert_eq!(off(Reduction::AmountPerStay { amount_minor: 99_999 }), prices, "never more than all of it");
        let free = |free| Reduction::FreeNights { stay: 4, pay: 3, free };
        assert_eq!(off(free(FreeNights::Cheapest)), [0, 0, 0, 9_005], "of equals the later one");
        assert_eq!(off(free(FreeNights::Last)), [0, 0, 0, 9_005]);
        assert_eq!(off(Reduction::None), [0; 4]);
    }

    #[test]
    fn nights_that_do_not_count_cost_what_they_did() {
        let (prices, counts) = ([100, 200, 300], [true, false, true]);
        assert_eq!(Reduction::Percent { ppm: 1_000_000 }.of(&prices, &counts), [100, 0, 300]);
        assert_eq!(Reduction::AmountPerStay { amount_minor: 40 }.of(&prices, &counts), [10, 0, 30]);
        let free = Reduction::FreeNights { stay: 2, pay: 1, free: FreeNights::Last };
        assert_eq!(free.of(&prices, &counts), [0, 0, 300]);
    }

    #[test]
    fn of_twice_as_many_nights_twice_as_many_are_free() {
        let prices = [1, 2, 3, 4, 5, 6, 7, 8];
        let free = |stay, pay| Reduction::FreeNights { stay, pay, free: FreeNights::Cheapest }.of(&prices, ALL);
        assert_eq!(free(4, 3), [1, 2, 0, 0, 0, 0, 0, 0]);
        assert_eq!(free(7, 5), [1, 2, 0, 0, 0, 0, 0, 0], "the eighth night is one more");
        assert_eq!(free(9, 1), [0; 8]);
    }

    proptest! {
        /// T-off-split: an amount over several nights is shared out to the cent, and no night costs less than nothing.
        #[test]
        fn an_amount_is_split_over_nights_to_the_cent(
            prices in prop::collection::vec(prop_oneof![0..3_i64, 0..50_000_i64, 0..1_000_000_000_000_i64], 1..30),
            amount_minor in prop_oneof![0..100_i64, 0..100_000_i64, 0..1_000_000_000_000_i64],
        ) {
            let counts = vec![true; prices.len()];
            let off = Reduction::AmountPerStay { amount_minor }.of(&prices, &counts);
            let total: i64 = prices.iter().sum();
            prop_assert_eq!(off.iter().sum::<i64>(), amount_minor.min(total));
            prop_assert!(prices.iter().zip(&off).all(|(price, off)| (0..=*price).contains(off)));
            // Nobody bears a cent more than the exact share.
            let is_fair = |(price, off): (&i64, &i64)| {
                let share = i128::from(*price) * i128::from(amount_minor.min(total)) / i128::from(total.max(1));
                (share..=share + 1).contains(&i128::from(*off))
            };
            prop_assert!(prices.iter().zip(&off).all(is_fair));
        }
    }
}
