use super::adjust::PriceAdjustment;
use super::values::{child_prices, maybe_price};
use crate::actors::Names;
use crate::domains::rates::model::{RateUpdate, Weekday};
use crate::domains::rates::rules::effective::Source;
use crate::http::valid::dates;
use crate::money::Money;
use crate::outbox::ActorKind;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use std::collections::BTreeMap;
use uuid::Uuid;

/// New values of each night. A field that is left out keeps its value. Null removes the night's own value, so that the
/// plan's value for the room type, or for all nights, holds again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateSet {
    /// Price of the room with the included adults, not negative.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub price: Option<Option<Money>>,
    /// Price of each adult beyond those included, not negative.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub extra_adult: Option<Option<Money>>,
    /// Price of each child, not negative, by the code of its age band, at most 18 bands; replaces all child prices of the
    /// room type.
    #[garde(inner(inner(length(max = 18), custom(child_prices))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"child": {"amount": "15.00", "currency": "EUR"}}))]
    pub extra_children: Option<Option<BTreeMap<String, Money>>>,
    /// Minimum number of nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365, example = 2)]
    pub min_stay: Option<Option<i32>>,
    /// Maximum number of nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub max_stay: Option<Option<i32>>,
    /// `true` to close the night to arrival.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub closed_to_arrival: Option<Option<bool>>,
    /// `true` to close the date to departure.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub closed_to_departure: Option<Option<bool>>,
    /// `true` to stop selling the night.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub stop_sell: Option<Option<bool>>,
    /// Minimum number of days between the business date and the arrival, for arrivals on this night.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1000)]
    pub min_advance_days: Option<Option<i32>>,
    /// Maximum number of days between the business date and the arrival, for arrivals on this night.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_advance_days: Option<Option<i32>>,
    /// Minimum number of nights of every stay that has this night, whenever it begins.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365, example = 3)]
    pub min_stay_through: Option<Option<i32>>,
}

/// A change of many nights.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateUpdateIn {
    /// Identifiers of 1 to 200 rate plans to change. Prices of derived plans cannot be set.
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
    /// Last night, inclusive.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2027-01-01")]
    pub to: NaiveDate,
    /// Days of the week whose nights are changed; all if left out.
    #[garde(inner(length(min = 1, max = 7)))]
    #[schema(min_items = 1, max_items = 7, example = json!(["fri", "sat"]))]
    pub weekdays: Option<Vec<Weekday>>,
    /// New values of each night; at least one.
    #[garde(dive)]
    pub set: RateSet,
}

/// Changes of many rates of a property.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRates {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Changes to make in this order, all or none. Together at most 200,000 nights of room types in plans.
    #[garde(length(min = 1, max = 200), dive)]
    #[schema(min_items = 1, max_items = 200)]
    pub updates: Vec<RateUpdateIn>,
}

/// Result of a change of many rates.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdatesDone {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Number of nights of room types in plans that the updates name; 0 if all of them are so already.
    pub cells: i64,
    /// Changes as recorded in the history; none if all nights are so already.
    pub updates: Vec<UpdateDone>,
}

/// A change as recorded in the history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdateDone {
    /// Identifier of the rate update.
    pub id: Uuid,
    /// Number of nights of room types in plans that were changed.
    pub cells: i32,
}

/// Choice of the nights, room types and plans of rates.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct RateQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First night.
    #[serde(deserialize_with = "dates::plausible")]
    pub from: NaiveDate,
    /// Last night, inclusive; at most 92 nights in all.
    #[serde(deserialize_with = "dates::plausible")]
    pub to: NaiveDate,
    /// Identifier of the rate plan; all plans if left out.
    pub rate_plan_id: Option<Uuid>,
    /// Identifier of the room type; all room types if left out.
    pub room_type_id: Option<Uuid>,
}

/// Rates of a room type in a rate plan, night by night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CellOut {
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Number of adults included in the price.
    pub included_adults: i32,
    /// Values of each night asked for, in the order of the dates.
    pub nights: Vec<RateNight>,
}

/// Values that hold on a night, each with its source. Restrictions that are not set are left out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateNight)]
pub struct RateNight {
    /// Night, given by the date on which it begins.
    pub night: NaiveDate,
    /// Price as entered: with included taxes, without added ones.
    pub price: Valued<Money>,
    /// Price of each adult beyond those included in the price of the room.
    pub extra_adult: Valued<Money>,
    /// Prices of children by age band.
    pub extra_children: ValuedChildren,
    /// Minimum number of nights, for arrivals on this night; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_stay: Option<Valued<i32>>,
    /// Maximum number of nights, for arrivals on this night; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_stay: Option<Valued<i32>>,
    /// `true` in `value` if no stay can begin on this night; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_to_arrival: Option<Valued<bool>>,
    /// `true` in `value` if no stay can end on this date; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_to_departure: Option<Valued<bool>>,
    /// `true` in `value` if the night is not sold; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sell: Option<Valued<bool>>,
    /// Minimum number of days between the business date and the arrival, for arrivals on this night; left out if it is
    /// not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_advance_days: Option<Valued<i32>>,
    /// Maximum number of days between the business date and the arrival, for arrivals on this night; left out if it is
    /// not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_advance_days: Option<Valued<i32>>,
    /// Minimum number of nights of every stay that has this night; left out if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_stay_through: Option<Valued<i32>>,
}

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Valued<T> {
    /// Value that holds on the night.
    pub value: T,
    /// Source of the value.
    pub source: Source,
}

/// Prices of children by age band, with their source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ValuedChildren {
    /// Price of each child, per night, by the code of its age band. Bands that are not named cost nothing.
    pub value: BTreeMap<String, Money>,
    /// Source of the prices.
    pub source: Source,
}

/// Filter of rate updates.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct UpdatesQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Identifier of a rate plan that was changed.
    pub rate_plan_id: Option<Uuid>,
    /// Identifier of a room type that was changed.
    pub room_type_id: Option<Uuid>,
    /// Night that was changed.
    #[serde(default, deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
}

/// A rate update on record: its author, its nights and its values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateUpdate)]
pub struct RateUpdateOut {
    /// Identifier of the rate update.
    pub id: Uuid,
    /// Time of the rate update (UTC).
    pub at: DateTime<Utc>,
    /// Kind of the actor that made the update.
    pub actor_kind: ActorKind,
    /// User or API key that made the update; null for any other actor.
    pub actor_id: Option<Uuid>,
    /// Name of the actor: of a member of staff, `API key` and the name of the key, or `system`.
    #[schema(example = "Maria Costa")]
    pub actor_name: String,
    /// Identifiers of the rate plans that were changed.
    pub rate_plan_ids: Vec<Uuid>,
    /// Identifiers of the room types that were changed.
    pub room_type_ids: Vec<Uuid>,
    /// First night.
    pub from: NaiveDate,
    /// Last night, inclusive.
    pub to: NaiveDate,
    /// Days of the week whose nights were changed; all seven if the request named none.
    pub weekdays: Vec<Weekday>,
    /// Values that each night was given; null for one that was removed. Without any if prices were adjusted.
    pub set: RateSet,
    /// Change of each price by what it was; null if values were set.
    pub adjust: Option<PriceAdjustment>,
    /// Number of nights of room types in plans that were changed.
    pub cells: i32,
}

impl RateUpdateOut {
    pub fn new(row: RateUpdate, names: &Names) -> Result<Self> {
        let RateUpdate {
            id,
            actor_kind,
            actor_id,
            rate_plan_ids,
            room_type_ids,
            from_night,
            to_night,
            weekdays,
            changes,
            cells,
            created_at,
        } = row;
        let (set, adjust) = match changes.get("adjust") {
            Some(adjust) => (RateSet::default(), Some(PriceAdjustment::deserialize(adjust).map_err(Error::internal)?)),
            None => (serde_json::from_value(changes).map_err(Error::internal)?, None),
        };
        Ok(Self {
            id,
            at: created_at,
            actor_kind,
            actor_id,
            actor_name: names.of(actor_kind, actor_id),
            rate_plan_ids: rate_plan_ids.into_iter().flatten().collect(),
            room_type_ids: room_type_ids.into_iter().flatten().collect(),
            from: from_night,
            to: to_night,
            weekdays: Weekday::ALL.iter().zip(0..).filter(|(_, bit)| weekdays >> bit & 1 == 1).map(|(day, _)| *day).collect(),
            set,
            adjust,
            cells,
        })
    }
}
