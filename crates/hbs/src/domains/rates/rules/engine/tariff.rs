//! What a hotel charges, as far as it was loaded for a request.
use super::tax::Tax;
use chrono::NaiveDate;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// By plan, room type and night: the nights that say something themselves.
pub type NightRates = HashMap<(Uuid, Uuid, NaiveDate), NightRate, RandomState>;

/// Rules of one property, with its rates on some nights.
#[derive(Debug, Clone, Default)]
pub struct Tariff {
    pub rules: Arc<TariffRules>,
    pub nights: NightRates,
}

/// What holds whatever the night: plans, what they sell, age bands and taxes.
#[derive(Debug, Clone, Default)]
pub struct TariffRules {
    pub plans: Vec<Plan>,
    /// By plan and room type: what a plan sells.
    pub types: HashMap<(Uuid, Uuid), TypeRate, RandomState>,
    pub bands: Vec<AgeBand>,
    /// In the order of their lines.
    pub taxes: Vec<Tax>,
}

/// A rate plan, as far as prices and restrictions depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub id: Uuid,
    pub derivation: Option<Derivation>,
    /// The nights that it is sold for.
    pub valid: Validity,
    /// Where it is sold; everywhere if empty.
    pub channels: Vec<String>,
    /// What holds on nights that say nothing themselves.
    pub limits: Limits,
    pub is_default: bool,
    /// Whether it is sold. One that is not may still be the parent of others.
    pub is_active: bool,
}

impl Plan {
    /// Whether it is sold on the channel.
    pub fn is_on(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|own| own == channel)
    }
}

/// From which plan the prices come, and how they are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derivation {
    pub parent_id: Uuid,
    pub change: Change,
}

/// May be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Parts per million of the price.
    Percent(i64),
    /// Minor units per night.
    Amount(i64),
}

/// From the first to the last day, both included; an end that is not there is open.
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

/// How long a stay is sold, and how long ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Nights.
    pub min_stay: Option<i32>,
    pub max_stay: Option<i32>,
    /// Days from the business date to the day of arrival.
    pub min_advance_days: Option<i32>,
    pub max_advance_days: Option<i32>,
}

/// What holds for a room type in a plan on nights that say nothing themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeRate {
    /// None: the room type's base price.
    pub price_minor: Option<i64>,
    /// None: as many adults as the room type takes.
    pub included_adults: Option<i32>,
    pub extra_adult_minor: i64,
    /// By age band; bands that are not named cost nothing.
    pub extra_children: BTreeMap<String, i64>,
}

/// A night of a room type in a plan. None: the default holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightRate {
    pub price_minor: Option<i64>,
    pub extra_adult_minor: Option<i64>,
    /// All bands together: one that is not named costs nothing that night.
    pub extra_children: Option<BTreeMap<String, i64>>,
    pub limits: Limits,
    pub closed_to_arrival: Option<bool>,
    pub closed_to_departure: Option<bool>,
    pub stop_sell: Option<bool>,
}

/// Ages of children that prices tell apart, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeBand {
    pub code: String,
    pub min_age: i32,
    pub max_age: i32,
}

/// What the room type itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomBasis {
    pub room_type_id: Uuid,
    pub base_price_minor: i64,
    pub max_adults: i32,
}

/// Who stays in one room. Ages are those on the day of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party<'a> {
    pub adults: i32,
    pub children_ages: &'a [i32],
}

/// A party as prices and room capacities count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads<'a> {
    pub adults: i32,
    /// The bands of the children who count as such; None where the hotel has no bands.
    pub children: Vec<Option<&'a str>>,
}

impl Tariff {
    pub fn plan(&self, id: Uuid) -> Option<&Plan> {
        self.rules.plans.iter().find(|plan| plan.id == id)
    }

    /// The plan that is sold where a request names none.
    pub fn default_plan(&self) -> Option<&Plan> {
        self.rules.plans.iter().find(|plan| plan.is_default)
    }

    /// Whether the plan is on sale and has the room type.
    pub fn sells(&self, plan_id: Uuid, room_type_id: Uuid) -> bool {
        self.plan(plan_id).is_some_and(|plan| plan.is_active) && self.rules.types.contains_key(&(plan_id, room_type_id))
    }

    /// A child of an age in no band counts as an adult, for the price and for the room. A hotel
    /// without bands does not tell ages apart: there a child is a child, and costs nothing.
    pub fn heads<'a>(&'a self, party: Party<'_>) -> Heads<'a> {
        let mut heads = Heads { adults: party.adults, children: Vec::with_capacity(party.children_ages.len()) };
        for age in party.children_ages {
            let band = self.rules.bands.iter().find(|band| (band.min_age..=band.max_age).contains(age));
            match band {
                Some(band) => heads.children.push(Some(band.code.as_str())),
                None if self.rules.bands.is_empty() => heads.children.push(None),
                None => heads.adults += 1,
            }
        }
        heads
    }

    pub(super) fn night_rate(&self, plan_id: Uuid, room_type_id: Uuid, date: NaiveDate) -> Option<&NightRate> {
        self.nights.get(&(plan_id, room_type_id, date))
    }
}
