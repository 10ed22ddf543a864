use super::values::{child_prices, maybe_price};
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
    /// Price of the room with the included adults.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub price: Option<Option<Money>>,
    /// Price of each adult beyond those included.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub extra_adult: Option<Option<Money>>,
    /// Price of each child by the code of its age band; replaces all child prices of the room type.
    #[garde(inner(inner(length(max = 18), custom(child_prices))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"child": {"amount": "15.00", "currency": "EUR"}}))]
    pub extra_children: Option<Option<BTreeMap<String, Money>>>,
    /// Minimum number of nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub min_stay: Option<Option<i32>>,
    /// Maximum number of nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
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
    pub min_advance_days: Option<Option<i32>>,
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub max_advance_days: Option<Option<i32>>,
}

/// A change of many nights.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateUpdateIn {
    #[garde(length(min = 1, max = 200))]
    pub rate_plan_ids: Vec<Uuid>,
    #[garde(length(min = 1, max = 200))]
    pub room_type_ids: Vec<Uuid>,
    /// First night, not before the business date.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// Last night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2027-01-01")]
    pub to: NaiveDate,
    /// Days of the week whose nights are changed; all if left out.
    #[garde(inner(length(min = 1, max = 7)))]
    #[schema(example = json!(["fri", "sat"]))]
    pub weekdays: Option<Vec<Weekday>>,
    #[garde(dive)]
    pub set: RateSet,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRates {
    #[garde(skip)]
    pub property_id: Uuid,
    /// Changes to make in this order, all or none. Together at most 200,000 nights of room types in plans.
    #[garde(length(min = 1, max = 200), dive)]
    pub updates: Vec<RateUpdateIn>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdatesDone {
    pub property_id: Uuid,
    /// Number of nights of room types in plans that were changed.
    pub cells: i64,
    /// Changes as recorded in the history.
    pub updates: Vec<UpdateDone>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdateDone {
    pub id: Uuid,
    pub cells: i32,
}

/// Choice of the nights, room types and plans of rates.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct RateQuery {
    pub property_id: Uuid,
    /// First night.
    #[serde(deserialize_with = "dates::plausible")]
    pub from: NaiveDate,
    /// Last night; at most 92 nights in all.
    #[serde(deserialize_with = "dates::plausible")]
    pub to: NaiveDate,
    pub rate_plan_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
}

/// Rates of a room type in a rate plan, night by night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CellOut {
    pub rate_plan_id: Uuid,
    pub room_type_id: Uuid,
    /// Number of adults included in the price.
    pub included_adults: i32,
    pub nights: Vec<RateNight>,
}

/// Values that hold on a night, each with its source. Restrictions that are not set are left out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateNight)]
pub struct RateNight {
    pub night: NaiveDate,
    /// Price as entered: with included taxes, without added ones.
    pub price: Valued<Money>,
    pub extra_adult: Valued<Money>,
    pub extra_children: ValuedChildren,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_stay: Option<Valued<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_stay: Option<Valued<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_to_arrival: Option<Valued<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_to_departure: Option<Valued<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sell: Option<Valued<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_advance_days: Option<Valued<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_advance_days: Option<Valued<i32>>,
}

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Valued<T> {
    pub value: T,
    pub source: Source,
}

/// Prices of children by age band, with their source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ValuedChildren {
    pub value: BTreeMap<String, Money>,
    pub source: Source,
}

/// Filter of rate updates.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct UpdatesQuery {
    pub property_id: Uuid,
    pub rate_plan_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    /// Night that was changed.
    #[serde(default, deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
}

/// A rate update on record: its author, its nights and its values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateUpdate)]
pub struct RateUpdateOut {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    /// User or API key that made the update.
    pub actor_id: Option<Uuid>,
    pub rate_plan_ids: Vec<Uuid>,
    pub room_type_ids: Vec<Uuid>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub weekdays: Vec<Weekday>,
    pub set: RateSet,
    pub cells: i32,
}

impl RateUpdateOut {
    pub fn new(row: RateUpdate) -> Result<Self> {
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
        Ok(Self {
            id,
            at: created_at,
            actor_kind,
            actor_id,
            rate_plan_ids: rate_plan_ids.into_iter().flatten().collect(),
            room_type_ids: room_type_ids.into_iter().flatten().collect(),
            from: from_night,
            to: to_night,
            weekdays: Weekday::ALL.iter().zip(0..).filter(|(_, bit)| weekdays >> bit & 1 == 1).map(|(day, _)| *day).collect(),
            set: serde_json::from_value(changes).map_err(Error::internal)?,
            cells,
        })
    }
}
