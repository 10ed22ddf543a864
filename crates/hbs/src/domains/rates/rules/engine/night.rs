//! Price of a night, before taxes are taken out of it or added.
//!
//! The price of the room: the night's own, else the plan's for the room type, else the room type's
//! base price. Then each adult beyond those included, and each child by age band. A derived plan
//! has no prices of its own: it takes all of that from its parent, for the same guests, changes the
//! sum by percent or by an amount per night, rounds once and never goes below 0.
use super::PPM;
use super::tariff::{Change, Heads, Party, Plan, RoomBasis, Tariff};
use crate::numbers::{divided, narrowed};
use crate::words::text_enum;
use chrono::NaiveDate;
use uuid::Uuid;

text_enum! {
    /// Kind of a part of a night's price.
    pub enum PartKind {
        Room = "room",
        ExtraAdult = "extra_adult",
        ExtraChild = "extra_child",
        /// Amount that a derived plan adds or subtracts.
        Derivation = "derivation",
    }
}

text_enum! {
    /// Source of a part of a night's price: the plan's rate for that night (`night`), the plan's price for the room
    /// type (`plan`), the room type's base price (`base_price`), the percentage or amount of a derived plan
    /// (`derivation`), or a price that staff set for the booking (`staff`).
    pub enum PriceSource {
        /// The plan's rate for that night.
        Night = "night",
        /// The plan's price for the room type.
        Plan = "plan",
        /// The room type's base price.
        BasePrice = "base_price",
        /// The derived plan's own percentage or amount.
        Derivation = "derivation",
        /// A price that staff set for this booking.
        Staff = "staff",
    }
}

/// A part of the price of a night; the parts sum to the price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub kind: PartKind,
    pub source: PriceSource,
    /// Plan that gives the price: the parent, for parts that a derived plan takes from it. None for prices that staff
    /// set.
    pub rate_plan_id: Option<Uuid>,
    /// Age band of an extra child.
    pub age_band: Option<String>,
    /// Number of extra adults, or of children of a band.
    pub count: i32,
    /// Amount for all of them.
    pub amount_minor: i64,
}

impl Tariff {
    /// Returns the price of a night as entered.
    pub fn night_minor(&self, plan_id: Uuid, room: RoomBasis, date: NaiveDate, party: Party<'_>) -> i64 {
        self.night_parts(plan_id, room, date, party).iter().map(|part| part.amount_minor).sum()
    }

    /// Returns the price of a night as entered, part by part. Prices hold the included taxes.
    pub fn night_parts(&self, plan_id: Uuid, room: RoomBasis, date: NaiveDate, party: Party<'_>) -> Vec<Part> {
        let heads = self.heads(party);
        let derivation = self.plan(plan_id).and_then(|plan| plan.derivation);
        let priced_by = derivation.map_or(plan_id, |derivation| derivation.parent_id);
        let mut parts = Vec::new();
        self.own_parts(priced_by, room, date, &heads, |kind, source, band, count, amount_minor| {
            let age_band = band.map(String::from);
            parts.push(Part { kind, source, rate_plan_id: Some(priced_by), age_band, count, amount_minor });
        });
        if let Some(derivation) = derivation {
            let before: i64 = parts.iter().map(|part| part.amount_minor).sum();
            parts.push(Part {
                kind: PartKind::Derivation,
                source: PriceSource::Derivation,
                rate_plan_id: Some(plan_id),
                age_band: None,
                count: 1,
                amount_minor: changed(before, derivation.change) - before,
            });
        }
        parts
    }

    /// Returns the sum of the parts.
    pub(super) fn night_price(&self, plan: &Plan, room: RoomBasis, date: NaiveDate, heads: &Heads<'_>) -> i64 {
        let priced_by = plan.derivation.map_or(plan.id, |derivation| derivation.parent_id);
        let mut price = 0;
        self.own_parts(priced_by, room, date, heads, |_, _, _, _, amount_minor| price += amount_minor);
        plan.derivation.map_or(price, |derivation| changed(price, derivation.change))
    }

    /// Reports the parts of a night's price in a plan with prices of its own: kind, source, age band, number, and
    /// amount for all of them.
    fn own_parts(
        &self,
        plan_id: Uuid,
        room: RoomBasis,
        date: NaiveDate,
        heads: &Heads<'_>,
        mut add: impl FnMut(PartKind, PriceSource, Option<&str>, i32, i64),
    ) {
        let night = self.night_rate(plan_id, room.room_type_id, date);
        let of_type = self.rules.types.get(&(plan_id, room.room_type_id));
        let of_night = night.and_then(|night| night.price_minor).map(|price| (price, PriceSource::Night));
        let of_plan = of_type.and_then(|kind| kind.price_minor).map(|price| (price, PriceSource::Plan));
        let (price, source) = of_night.or(of_plan).unwrap_or((room.base_price_minor, PriceSource::BasePrice));
        add(PartKind::Room, source, None, 1, price);

        let included = of_type.and_then(|kind| kind.included_adults).unwrap_or(room.max_adults);
        let extra_adults = (heads.adults - included).max(0);
        if extra_adults > 0 {
            let of_night = night.and_then(|night| night.extra_adult_minor).map(|each| (each, PriceSource::Night));
            let (each, source) = of_night.unwrap_or((of_type.map_or(0, |kind| kind.extra_adult_minor), PriceSource::Plan));
            add(PartKind::ExtraAdult, source, None, extra_adults, each.saturating_mul(i64::from(extra_adults)));
        }
        let of_night = night.and_then(|night| night.extra_children.as_ref()).map(|by_band| (by_band, PriceSource::Night));
        if let Some((by_band, source)) = of_night.or(of_type.map(|kind| (&kind.extra_children, PriceSource::Plan))) {
            for band in &self.rules.bands {
                let count = heads.children.iter().filter(|child| **child == Some(band.code.as_str())).count();
                let (count, each) = (i32::try_from(count).unwrap_or(i32::MAX), by_band.get(&band.code).copied().unwrap_or(0));
                if count > 0 && each > 0 {
                    add(PartKind::ExtraChild, source, Some(&band.code), count, each.saturating_mul(i64::from(count)));
                }
            }
        }
    }
}

/// Returns the price after a change: rounded once, never below 0.
pub fn changed(price: i64, change: Change) -> i64 {
    let after = match change {
        Change::Percent(ppm) => narrowed(divided(i128::from(price) * (PPM + i128::from(ppm)), PPM)),
        Change::Amount(amount) => price.saturating_add(amount),
    };
    after.max(0)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{base, date, plan, rules, tariff};
    use super::super::tariff::{AgeBand, Derivation, NightRate, TypeRate};
    use super::*;
    use std::collections::BTreeMap;

    fn price(tariff: &Tariff, plan: u128, night: &str, adults: i32, children_ages: &[i32]) -> i64 {
        let parts = tariff.night_parts(Uuid::from_u128(plan), base(), date(night), Party { adults, children_ages });
        parts.iter().map(|part| part.amount_minor).sum()
    }

    fn key(plan: u128, night: &str) -> (Uuid, Uuid, NaiveDate) {
        (Uuid::from_u128(plan), base().room_type_id, date(night))
    }

    #[test]
    fn a_night_says_its_price_or_the_plan_or_the_room_type() {
        let mut tariff = tariff(&[1]);
        assert_eq!(price(&tariff, 1, "2026-12-10", 2, &[]), 10_000, "the base price");
        rules(&mut tariff)
            .types
            .insert((Uuid::from_u128(1), base().room_type_id), TypeRate { price_minor: Some(9_000), ..TypeRate::default() });
        assert_eq!(price(&tariff, 1, "2026-12-10", 2, &[]), 9_000, "the plan's");
        tariff.nights.insert(key(1, "2026-12-10"), NightRate { price_minor: Some(0), ..NightRate::default() });
        assert_eq!(price(&tariff, 1, "2026-12-10", 2, &[]), 0, "the night's own, also if that is nothing");
        assert_eq!(price(&tariff, 1, "2026-12-11", 2, &[]), 9_000);
    }

    #[test]
    fn extra_guests_by_age_and_night() {
        let mut tariff = tariff(&[1]);
        rules(&mut tariff).bands = vec![
            AgeBand { code: "baby".into(), min_age: 0, max_age: 2 },
            AgeBand { code: "child".into(), min_age: 3, max_age: 11 },
        ];
        let rate = TypeRate {
            included_adults: Some(1),
            extra_adult_minor: 3_000,
            extra_children: BTreeMap::from([("child".into(), 1_500)]),
            ..TypeRate::default()
        };
        rules(&mut tariff).types.insert((Uuid::from_u128(1), base().room_type_id), rate);
        for (adults, ages, expected) in [
            (1, vec![], 10_000),
            (2, vec![], 13_000),
            (1, vec![2, 3, 11], 13_000),
            (2, vec![7, 12], 17_500), // a child of 12 is in no band: an adult
            (1, vec![17], 13_000),
        ] {
            assert_eq!(price(&tariff, 1, "2026-12-10", adults, &ages), expected, "{adults} and {ages:?}");
        }
        let night = NightRate {
            extra_adult_minor: Some(0),
            extra_children: Some(BTreeMap::from([("baby".into(), 100)])),
            ..NightRate::default()
        };
        tariff.nights.insert(key(1, "2026-12-11"), night);
        assert_eq!(price(&tariff, 1, "2026-12-11", 2, &[2, 7]), 10_100, "that night's own extras, all of them");
        rules(&mut tariff).bands.clear();
        assert_eq!(price(&tariff, 1, "2026-12-10", 1, &[17]), 10_000, "without bands a child is a child");
    }

    #[test]
    fn a_derived_plan_follows_its_parent_at_once() {
        let mut tariff = tariff(&[1]);
        let derived = |id, change| super::super::tariff::Plan {
            derivation: Some(Derivation { parent_id: Uuid::from_u128(1), change }),
            ..plan(id)
        };
        rules(&mut tariff).plans.push(derived(2, Change::Percent(-100_000)));
        rules(&mut tariff).plans.push(derived(3, Change::Amount(-20_000)));
        rules(&mut tariff).plans.push(derived(4, Change::Amount(2_550)));
        rules(&mut tariff).types.insert(
            (Uuid::from_u128(1), base().room_type_id),
            TypeRate { included_adults: Some(1), extra_adult_minor: 3_333, ..TypeRate::default() },
        );
        let prices = |tariff: &Tariff, adults| [1, 2, 3, 4].map(|plan| price(tariff, plan, "2026-12-10", adults, &[]));
        assert_eq!(prices(&tariff, 1), [10_000, 9_000, 0, 12_550], "never below 0");
        assert_eq!(prices(&tariff, 2), [13_333, 12_000, 0, 15_883], "for the same guests: 11,999.7 is rounded once");
        tariff.nights.insert(key(1, "2026-12-10"), NightRate { price_minor: Some(25_005), ..NightRate::default() });
        assert_eq!(prices(&tariff, 1), [25_005, 22_505, 5_005, 27_555], "22,504.5 goes away from zero");
        let parts = tariff.night_parts(Uuid::from_u128(2), base(), date("2026-12-10"), Party { adults: 2, children_ages: &[] });
        let told: Vec<_> = parts
            .iter()
            .map(|part| (part.kind, part.source, part.rate_plan_id.map(|id| id.as_u128()), part.count, part.amount_minor))
            .collect();
        assert_eq!(
            told,
            [
                (PartKind::Room, PriceSource::Night, Some(1), 1, 25_005),
                (PartKind::ExtraAdult, PriceSource::Plan, Some(1), 1, 3_333),
                (PartKind::Derivation, PriceSource::Derivation, Some(2), 1, -2_834),
            ]
        );
    }
}
