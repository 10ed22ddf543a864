//! Values that hold on a night, with their sources. Pure.
//!
//! The night's own value, else what the plan says. A derived plan takes prices and extras from its
//! parent, with its change made to the price; of restrictions it says its own, and where it says
//! nothing its parent's hold.
use super::engine;
use crate::domains::rates::model::{ExtraChildren, Rate, RatePlan, RatePlanRoomType};
use crate::words::text_enum;

text_enum! {
    /// Source of a value: the night's own rate (`night`), the rate plan for all its nights (`plan`), the plan from
    /// which this one is derived (`parent`), or the room type's base price (`base`).
    pub enum Source {
        /// The night's own rate.
        Night = "night",
        /// The rate plan, for all its nights.
        Plan = "plan",
        /// The plan from which this one is derived: its rate of the night, or the plan itself.
        Parent = "parent",
        /// The room type's base price.
        Base = "base",
    }
}

/// A plan with its values for a room type, for all nights and for one.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub plan: &'a RatePlan,
    pub of_type: Option<&'a RatePlanRoomType>,
    pub night: Option<&'a Rate>,
}

/// Prices of a night in a plan, in minor units, as entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    pub price: (i64, Source),
    pub extra_adult: (i64, Source),
    pub extra_children: (ExtraChildren, Source),
}

/// Returns the prices of a night: the parent's, if there is one.
pub fn prices(own: Said<'_>, parent: Option<Said<'_>>, base_price: i64) -> Prices {
    let Some(parent) = parent else { return own_prices(own, base_price) };
    let Prices { price, extra_adult, extra_children } = own_prices(parent, base_price);
    Prices {
        price: (derived(price.0, own.plan), Source::Parent),
        extra_adult: (extra_adult.0, Source::Parent),
        extra_children: (extra_children.0, Source::Parent),
    }
}

fn own_prices(Said { of_type, night, .. }: Said<'_>, base_price: i64) -> Prices {
    let by_night = |value: Option<i64>| value.map(|value| (value, Source::Night));
    let of_night = by_night(night.and_then(|night| night.price_minor));
    let of_plan = of_type.and_then(|kind| kind.price_minor).map(|value| (value, Source::Plan));
    let children = night.and_then(|night| night.extra_children.clone()).map(|value| (value, Source::Night));
    Prices {
        price: of_night.or(of_plan).unwrap_or((base_price, Source::Base)),
        extra_adult: by_night(night.and_then(|night| night.extra_adult_minor))
            .unwrap_or((of_type.map_or(0, |kind| kind.extra_adult_minor), Source::Plan)),
        extra_children: children
            .unwrap_or_else(|| (of_type.map(|kind| kind.extra_children.clone()).unwrap_or_default(), Source::Plan)),
    }
}

/// Returns a parent's price as changed by the plan.
fn derived(price: i64, plan: &RatePlan) -> i64 {
    plan.change().map_or(price, |change| engine::changed(price, change))
}

/// Returns a restriction of a night: that of the night or the plan, else that of the parent.
pub fn restriction<T>(
    own: Said<'_>,
    parent: Option<Said<'_>>,
    of_night: impl Fn(&Rate) -> Option<T>,
    of_plan: impl Fn(&RatePlan) -> Option<T>,
) -> Option<(T, Source)> {
    let said = |said: Said<'_>| {
        let night = said.night.and_then(&of_night).map(|value| (value, Source::Night));
        night.or_else(|| of_plan(said.plan).map(|value| (value, Source::Plan)))
    };
    said(own).or_else(|| parent.and_then(said).map(|(value, _)| (value, Source::Parent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::rates::model::{Board, DerivationKind, PaymentPolicy};
    use chrono::DateTime;
    use uuid::Uuid;

    fn plan(derivation: Option<(DerivationKind, i64)>) -> RatePlan {
        RatePlan {
            property_id: Uuid::nil(),
            id: Uuid::nil(),
            code: "P".into(),
            name: "Plan".into(),
            description: String::new(),
            board: Board::RoomOnly,
            payment_policy: PaymentPolicy::PayNow,
            deposit_ppm: None,
            rest_days_before: None,
            cancellation_policy_id: Uuid::nil(),
            parent_id: derivation.map(|_| Uuid::nil()),
            derivation_kind: derivation.map(|(kind, _)| kind),
            derivation_value: derivation.map(|(_, value)| value),
            valid_from: None,
            valid_until: None,
            channels: Vec::new(),
            is_default: false,
            is_active: true,
            min_stay: None,
            max_stay: None,
            min_advance_days: None,
            max_advance_days: None,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            texts: serde_json::json!({}),
            is_hidden: false,
        }
    }

    #[test]
    fn a_derived_price_is_rounded_once_and_never_below_nothing() {
        for (kind, value, price, expected) in [
            (DerivationKind::Percent, -100_000, 10_005, 9_005), // 9,004.5
            (DerivationKind::Percent, 75_000, 3, 3),
            (DerivationKind::Percent, -1_000_000, 10_000, 0),
            (DerivationKind::Amount, 2_550, 10_000, 12_550),
            (DerivationKind::Amount, -20_000, 10_000, 0),
        ] {
            assert_eq!(derived(price, &plan(Some((kind, value)))), expected, "{price} {kind} {value}");
        }
    }

    #[test]
    fn restrictions_are_ones_own_before_the_parents() {
        let (own, parent) = (plan(None), RatePlan { min_stay: Some(3), ..plan(None) });
        let said = |plan| Said { plan, of_type: None, night: None };
        let min_stay = |own| restriction(said(own), Some(said(&parent)), |night| night.min_stay, |plan| plan.min_stay);
        assert_eq!(min_stay(&own), Some((3, Source::Parent)));
        assert_eq!(min_stay(&RatePlan { min_stay: Some(2), ..plan(None) }), Some((2, Source::Plan)));
    }
}
