//! Tariff of a hotel: its prices and conditions, as far as loaded for a request.
use super::package::Included;
use super::tax::Tax;
use chrono::NaiveDate;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Rates by plan, room type and night: only nights with values of their own.
pub type NightRates = HashMap<(Uuid, Uuid, NaiveDate), NightRate, RandomState>;

/// Tariff of one property: its rules, with its rates on some nights.
#[derive(Debug, Clone, Default)]
pub struct Tariff {
    pub rules: Arc<TariffRules>,
    pub nights: NightRates,
}

/// Rules that hold for all nights: plans, the room types they sell, age bands and taxes.
#[derive(Debug, Clone, Default)]
pub struct TariffRules {
    pub plans: Vec<Plan>,
    /// Prices of the room types that plans sell, by plan and room type.
    pub types: HashMap<(Uuid, Uuid), TypeRate, RandomState>,
    pub bands: Vec<AgeBand>,
    /// Taxes, in the order of their lines.
    pub taxes: Vec<Tax>,
}

/// A rate plan, as far as prices and restrictions depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: Uuid,
    pub derivation: Option<Derivation>,
    /// Nights for which the plan is sold.
    pub valid: Validity,
    /// Channels on which the plan is sold; all channels if empty.
    pub channels: Vec<String>,
    /// Limits on nights without values of their own.
    pub limits: Limits,
    pub is_default: bool,
    /// `true` if the plan is sold. A plan that is not may still be the parent of others.
    pub is_active: bool,
    /// Extras that are in the price of each night.
    pub included: Vec<Included>,
}

impl Plan {
    /// Returns `true` if the plan is sold on the channel.
    pub fn is_on(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|own| own == channel)
    }
}

/// Parent plan of a derived plan, and the change of its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derivation {
    pub parent_id: Uuid,
    pub change: Change,
}

/// Change of a price; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Change in parts per million of the price.
    Percent(i64),
    /// Change in minor units per night.
    Amount(i64),
}

/// Period from the first to the last day, both included; without a day, that end is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

impl Validity {
    pub fn holds(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }
}

/// Limits on the length of a stay and on the time of booking ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Minimum number of nights.
    pub min_stay: Option<i32>,
    pub max_stay: Option<i32>,
    /// Minimum number of days from the business date to the day of arrival.
    pub min_advance_days: Option<i32>,
    pub max_advance_days: Option<i32>,
    /// Minimum number of nights of any stay that has the night; nights alone say it.
    pub min_stay_through: Option<i32>,
}

/// Prices of a room type in a plan, for nights without values of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeRate {
    /// Price per night; none for the room type's base price.
    pub price_minor: Option<i64>,
    /// Number of adults included in the price; none for as many as the room type takes.
    pub included_adults: Option<i32>,
    pub extra_adult_minor: i64,
    /// Prices of extra children by age band; bands that are not named cost nothing.
    pub extra_children: BTreeMap<String, i64>,
    /// Price of a room by day, whoever is in it; none if it is not sold by day.
    pub day_price_minor: Option<i64>,
}

/// Rate of a night of a room type in a plan. Where a value is none, the default holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightRate {
    pub price_minor: Option<i64>,
    pub extra_adult_minor: Option<i64>,
    /// Prices of extra children by age band, all bands together: one that is not named costs nothing that night.
    pub extra_children: Option<BTreeMap<String, i64>>,
    pub limits: Limits,
    pub closed_to_arrival: Option<bool>,
    pub closed_to_departure: Option<bool>,
    pub stop_sell: Option<bool>,
}

/// An age band: children of these ages, both ends included, have prices of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeBand {
    pub code: String,
    pub min_age: i32,
    pub max_age: i32,
}

/// Price and capacity of the room type itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomBasis {
    pub room_type_id: Uuid,
    pub base_price_minor: i64,
    pub max_adults: i32,
}

/// Guests of one room. Ages are those on the day of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party<'a> {
    pub adults: i32,
    pub children_ages: &'a [i32],
}

/// A party as prices and room capacities count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads<'a> {
    pub adults: i32,
    /// Age bands of the children who count as children; none for each where the hotel has no bands.
    pub children: Vec<Option<&'a str>>,
}

impl Heads<'_> {
    /// Returns the number of guests.
    pub fn count(&self) -> i32 {
        self.adults.saturating_add(i32::try_from(self.children.len()).unwrap_or(i32::MAX))
    }

    /// Returns the price of what each of them gets: children pay the price of their age band, if it has one.
    pub fn cost(&self, price_minor: i64, child_prices: &BTreeMap<String, i64>) -> i64 {
        let of_child = |band: &Option<&str>| band.and_then(|code| child_prices.get(code)).copied().unwrap_or(price_minor);
        let adults = price_minor.saturating_mul(self.adults.into());
        self.children.iter().map(of_child).fold(adults, i64::saturating_add)
    }
}

/// Counts a party by these age bands: [`Tariff::heads`].
pub fn heads<'a>(bands: &'a [AgeBand], party: Party<'_>) -> Heads<'a> {
    let mut heads = Heads { adults: party.adults, children: Vec::with_capacity(party.children_ages.len()) };
    for age in party.children_ages {
        let band = bands.iter().find(|band| (band.min_age..=band.max_age).contains(age));
        match band {
            Some(band) => heads.children.push(Some(band.code.as_str())),
            None if bands.is_empty() => heads.children.push(None),
            None => heads.adults += 1,
        }
    }
    heads
}

impl Tariff {
    pub fn plan(&self, id: Uuid) -> Option<&Plan> {
        self.rules.plans.iter().find(|plan| plan.id == id)
    }

    /// Returns the plan that is sold when a request names none.
    pub fn default_plan(&self) -> Option<&Plan> {
        self.rules.plans.iter().find(|plan| plan.is_default)
    }

    /// Returns `true` if the plan is on sale and sells the room type.
    pub fn sells(&self, plan_id: Uuid, room_type_id: Uuid) -> bool {
        self.plan(plan_id).is_some_and(|plan| plan.is_active) && self.rules.types.contains_key(&(plan_id, room_type_id))
    }

    /// Returns the price of a room of the type by day; none if the plan does not sell it by day.
    pub fn day_minor(&self, plan_id: Uuid, room_type_id: Uuid) -> Option<i64> {
        self.rules.types.get(&(plan_id, room_type_id)).and_then(|rate| rate.day_price_minor)
    }

    /// Returns the tariff for rooms by day: without the taxes that are counted by person and night, since nobody sleeps there.
    #[must_use]
    pub fn by_day(&self) -> Self {
        let taxes = self.rules.taxes.iter().filter(|tax| !tax.counts_persons()).cloned().collect();
        Self { rules: Arc::new(TariffRules { taxes, ..TariffRules::clone(&self.rules) }), nights: NightRates::default() }
    }

    /// Counts a party: a child whose age is in no band counts as an adult, for the price and for the room. A hotel
    /// without bands does not tell ages apart: there a child is a child, and costs nothing.
    pub fn heads<'a>(&'a self, party: Party<'_>) -> Heads<'a> {
        heads(&self.rules.bands, party)
    }

    pub(super) fn night_rate(&self, plan_id: Uuid, room_type_id: Uuid, date: NaiveDate) -> Option<&NightRate> {
        self.nights.get(&(plan_id, room_type_id, date))
    }
}
