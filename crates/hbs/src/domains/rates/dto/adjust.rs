//! Requests and answers about adjustments of prices.
use super::rates::RateUpdateIn;
use super::values::{Percent, maybe_price};
use crate::domains::rates::model::Weekday;
use crate::domains::rates::rules::adjustment::Rounding;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Change of the prices of many nights by a percentage or an amount of what they are.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustRates {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Identifiers of 1 to 200 rate plans to change. Derived plans cannot be named: they follow their parents.
    #[garde(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub rate_plan_ids: Vec<Uuid>,
    /// Identifiers of 1 to 200 room types to change. Each of the plans must sell each of them.
    #[garde(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub room_type_ids: Vec<Uuid>,
    /// First night, not before the business date.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// Last night, inclusive. At most 20,000 nights of room types in plans in all.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2027-01-01")]
    pub to: NaiveDate,
    /// Days of the week whose nights are changed; all if left out.
    #[garde(inner(length(min = 1, max = 7)))]
    #[schema(min_items = 1, max_items = 7, example = json!(["fri", "sat"]))]
    pub weekdays: Option<Vec<Weekday>>,
    /// Change of each price.
    #[garde(dive)]
    pub adjust: PriceAdjustment,
}

impl AdjustRates {
    /// The nights, types and plans, as in an update that sets nothing.
    pub fn nights(&self) -> RateUpdateIn {
        RateUpdateIn {
            rate_plan_ids: self.rate_plan_ids.clone(),
            room_type_ids: self.room_type_ids.clone(),
            from: self.from,
            to: self.to,
            weekdays: self.weekdays.clone(),
            set: super::RateSet::default(),
        }
    }
}

/// Change of a price by exactly one of `percent` and `amount`, then rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceAdjustment {
    /// Percentage by which the price changes, -100 to 1000: `"10"` makes 100.00 into 110.00, `"-10"` into 90.00.
    #[garde(custom(maybe_change))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "10")]
    pub percent: Option<Percent>,
    /// Amount by which the price changes; negative to lower it.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Amount of which the new price is to be a multiple, such as 1.00 or 5.00; the smallest amount of the currency if left out.
    #[garde(custom(maybe_price))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_to: Option<Money>,
    /// Direction in which the price is rounded; `nearest` if left out.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// Lowest price: what comes to less becomes this.
    #[garde(custom(maybe_price))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
}

#[expect(clippy::ref_option, reason = "garde's signature of a custom rule")]
fn maybe_change(percent: &Option<Percent>, (): &()) -> garde::Result {
    let is_change = |percent: &Percent| (-1_000_000..=10_000_000).contains(&percent.0);
    if percent.as_ref().is_none_or(is_change) { Ok(()) } else { Err(garde::Error::new("must be -100 to 1000")) }
}

/// Result of an adjustment of prices.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RatesAdjusted {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of the rate update in the history; null if no price has changed.
    pub update_id: Option<Uuid>,
    /// Number of nights of room types in plans whose price has changed.
    pub cells: i32,
    /// Prices by room type and plan.
    pub prices: Vec<AdjustedPrices>,
}

/// Prices of a room type in a rate plan before and after an adjustment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AdjustedPrices {
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Nights asked for, in the order of the dates.
    pub nights: Vec<AdjustedNight>,
}

/// Price of a night before and after an adjustment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AdjustedNight {
    /// Night, given by the date on which it begins.
    pub night: NaiveDate,
    /// Price that held before, as entered.
    pub before: Money,
    /// Price that holds now, as entered.
    pub after: Money,
}
