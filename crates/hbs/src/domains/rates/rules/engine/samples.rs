//! Sample tariffs for tests of the engine.
use super::tariff::{Limits, Plan, RoomBasis, Tariff, TariffRules, TypeRate, Validity};
use super::tax::Tax;
use chrono::NaiveDate;
use std::sync::Arc;
use uuid::Uuid;

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Makes a room for two adults at 100.00.
pub fn base() -> RoomBasis {
    RoomBasis { room_type_id: Uuid::from_u128(100), base_price_minor: 10_000, max_adults: 2 }
}

pub fn plan(n: u128) -> Plan {
    Plan {
        id: Uuid::from_u128(n),
        derivation: None,
        valid: Validity::default(),
        channels: Vec::new(),
        limits: Limits::default(),
        is_default: n == 1,
        is_active: true,
        included: Vec::new(),
    }
}

/// Makes plans that sell the room and set nothing else.
pub fn tariff(plans: &[u128]) -> Tariff {
    let types = plans.iter().map(|n| ((Uuid::from_u128(*n), base().room_type_id), TypeRate::default()));
    let rules = TariffRules { plans: plans.iter().map(|n| plan(*n)).collect(), types: types.collect(), ..TariffRules::default() };
    Tariff { rules: rules.into(), ..Tariff::default() }
}

/// Makes a tariff with one plan and taxes.
pub fn taxed(taxes: Vec<Tax>) -> Tariff {
    let mut tariff = tariff(&[1]);
    rules(&mut tariff).taxes = taxes;
    tariff
}

/// Returns the rules of a tariff, to be changed.
pub fn rules(tariff: &mut Tariff) -> &mut TariffRules {
    Arc::make_mut(&mut tariff.rules)
}
