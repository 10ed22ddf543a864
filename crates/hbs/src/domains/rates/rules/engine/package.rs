//! Packages: extras that are in the price of a plan's nights, each with its own taxes.
//!
//! What the extras cost by themselves comes out of the price of the night, and the room is what is left. Where they cost more
//! than the night, they share its price in proportion, by largest remainder, and the room costs nothing: the guest pays the
//! price, and no more for what is in it.
use super::tariff::{Heads, Party, Tariff};
use super::tax::{Due, StayPrice, TaxLine, added, lines};
use crate::domains::inventory::Nights;
use crate::numbers::in_proportion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An extra that is in the price of nights, by a plan or an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Included {
    pub extra_id: Uuid,
    pub name: String,
    /// Price of one by itself, as entered.
    pub price_minor: i64,
    /// Number of it each night: for the room, or for each guest.
    pub quantity: i32,
    pub is_personal: bool,
    /// Prices of children, by the code of their age band; others cost the price.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub child_prices: BTreeMap<String, i64>,
    pub taxes: Vec<IncludedTax>,
}

/// A tax on an extra, a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedTax {
    pub tax_rule_id: Uuid,
    /// Rate in parts per million.
    pub rate_ppm: i32,
    pub is_included: bool,
}

/// Price of an extra that is in the price of a night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedPrice {
    pub extra_id: Uuid,
    pub name: String,
    pub units: i32,
    /// Part of the price of the night, as entered.
    pub price_minor: i64,
    /// Price without taxes.
    pub net_minor: i64,
    pub taxes: Vec<TaxLine>,
}

impl IncludedPrice {
    /// Returns the part that the guest pays for it.
    pub fn total(&self) -> i64 {
        self.net_minor + self.taxes.iter().map(|tax| tax.amount_minor).sum::<i64>()
    }
}

/// An extra for a party: its price by itself, and its taxes.
#[derive(Debug)]
pub(super) struct Portion<'a> {
    included: &'a Included,
    units: i32,
    pub(super) whole_minor: i64,
    due: Vec<Due>,
}

/// Returns the extras that are in the price of a night for a party.
pub(super) fn portions<'a>(included: &'a [Included], heads: &Heads<'_>) -> Vec<Portion<'a>> {
    let portion = |included: &'a Included| {
        let Included { price_minor, quantity, .. } = *included;
        let (units, one_minor) = match included.is_personal {
            true => (quantity.saturating_mul(heads.count()), heads.cost(price_minor, &included.child_prices)),
            false => (quantity, price_minor),
        };
        let due = included.taxes.iter().map(|tax| {
            let IncludedTax { tax_rule_id, rate_ppm, is_included } = *tax;
            Due::as_charged(&TaxLine { tax_rule_id, amount_minor: 0, is_included, rate_ppm: Some(rate_ppm) })
        });
        Portion { included, units, whole_minor: one_minor.saturating_mul(quantity.into()), due: due.collect() }
    };
    included.iter().map(portion).collect()
}

/// Divides the price of a night: what is left for the room, and the part of each extra.
pub(super) fn divide(price: i64, portions: &[Portion<'_>]) -> (i64, Vec<i64>) {
    let wholes: Vec<i64> = portions.iter().map(|portion| portion.whole_minor).collect();
    let whole: i64 = wholes.iter().sum();
    if whole <= price { (price - whole, wholes) } else { (0, in_proportion(&wholes, price)) }
}

/// Returns the added taxes of a night with extras in its price.
pub(super) fn added_with(price: i64, due: &[Due], portions: &[Portion<'_>]) -> i64 {
    let (room, parts) = divide(price, portions);
    let of_parts = parts.into_iter().zip(portions).map(|(part, portion)| added(part, &portion.due));
    added(room, due) + of_parts.sum::<i64>()
}

impl Tariff {
    /// Divides the price of each night of a stay between the room and the extras that are in it by the plan.
    #[must_use]
    pub fn divided(&self, plan_id: Uuid, stay: StayPrice, nights: Nights, party: Party<'_>) -> StayPrice {
        self.reduced(plan_id, stay, nights, party, &[])
    }
}

pub(super) fn priced(part: i64, portion: &Portion<'_>) -> IncludedPrice {
    let (net_minor, taxes) = lines(part, &portion.due);
    let Included { extra_id, name, .. } = portion.included;
    IncludedPrice { extra_id: *extra_id, name: name.clone(), units: portion.units, price_minor: part, net_minor, taxes }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{base, date, rules, tariff};
    use super::super::tax::{Standing, Tax, TaxKind};
    use super::super::{Plan, Validity};
    use super::*;

    const COUPLE: Party<'static> = Party { adults: 2, children_ages: &[] };

    /// A night at a price of which extras are a part, at prices of their own, for a couple: the room, its tax of 6 %, and each
    /// extra with its tax of 13 %.
    fn night(price: i64, extras: &[i64]) -> (i64, i64, Vec<(i64, i64)>) {
        let mut tariff = tariff(&[]);
        let vat = |n: u128, ppm| Tax {
            id: Uuid::from_u128(n),
            name: String::new(),
            kind: TaxKind::Percent(ppm),
            is_included: true,
            skip_nights: 0,
            max_nights: None,
            valid: Validity::default(),
            standing: Standing::Vat,
        };
        let included = |price_minor: &i64| Included {
            extra_id: Uuid::nil(),
            name: "Breakfast".into(),
            price_minor: *price_minor,
            quantity: 1,
            is_personal: true,
            child_prices: BTreeMap::new(),
            taxes: vec![IncludedTax { tax_rule_id: Uuid::from_u128(2), rate_ppm: 130_000, is_included: true }],
        };
        rules(&mut tariff).taxes = vec![vat(1, 60_000)];
        let plan = Plan { included: extras.iter().map(included).collect(), ..super::super::samples::plan(1) };
        rules(&mut tariff).plans = vec![plan];
        let nights = Nights::new(date("2026-12-10"), date("2026-12-11"));
        let set = tariff.price_set_to(price, nights, COUPLE);
        let stay = tariff.divided(Uuid::from_u128(1), set, nights, COUPLE);
        assert_eq!(stay.total(), price, "the guest pays the price");
        let outlook = tariff.outlook(Uuid::from_u128(1), base(), nights, COUPLE).expect("a plan");
        let listed = tariff.price(Uuid::from_u128(1), base(), nights, COUPLE);
        assert_eq!(outlook.total(nights, &tariff.taxes_due(nights, COUPLE)), listed.total());
        let night = &stay.nights[0];
        let tax = |taxes: &[TaxLine]| taxes.iter().map(|tax| tax.amount_minor).sum();
        (night.room_minor, tax(&night.taxes), night.included.iter().map(|extra| (extra.net_minor, tax(&extra.taxes))).collect())
    }

    #[test]
    fn extras_come_out_of_the_price_with_their_own_taxes() {
        // 120.00 - 2 × 11.30 = 97.40, of which 6 % is 5.51; of 22.60, 13 % is 2.60.
        assert_eq!(night(12_000, &[1_130]), (9_189, 551, vec![(2_000, 260)]));
        assert_eq!(night(12_000, &[]), (11_321, 679, vec![]));
    }

    #[test]
    fn extras_that_cost_more_than_the_night_share_its_price() {
        // 10.00 for 2 × 10.00 and 2 × 20.00: 3.33 and 6.67.
        assert_eq!(night(1_000, &[1_000, 2_000]), (0, 0, vec![(295, 38), (590, 77)]));
        assert_eq!(night(0, &[1_000]), (0, 0, vec![(0, 0)]));
    }
}
