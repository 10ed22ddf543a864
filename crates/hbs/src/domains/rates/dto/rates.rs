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

/// What is made of each night. Left out: it stays. Null: the night's own value goes, and what the
/// plan says for the room type, or for all its nights, holds again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateSet {
    /// For the room, with the adults that are included.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub price: Option<Option<Money>>,
    /// Per adult beyond those.
    #[garde(inner(custom(maybe_price)))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub extra_adult: Option<Option<Money>>,
    /// Per child by the code of its age band; replaces all of the type's.
    #[garde(inner(inner(length(max = 18), custom(child_prices))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"child": {"amount": "15.00", "currency": "EUR"}}))]
    pub extra_children: Option<Option<BTreeMap<String, Money>>>,
    /// Nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub min_stay: Option<Option<i32>>,
    /// Nights, for arrivals on this night.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub max_stay: Option<Option<i32>>,
    /// Nobody arrives on this night.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub closed_to_arrival: Option<Option<bool>>,
    /// Nobody departs on this date.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub closed_to_departure: Option<Option<bool>>,
    /// Not sold.
    #[garde(skip)]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub stop_sell: Option<Option<bool>>,
    /// Days between the business date and the arrival, for arrivals on this night.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub min_advance_days: Option<Option<i32>>,
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option", skip_serializing_if = "Option::is_none")]
    pub max_advance_days: Option<Option<i32>>,
}

/// One change of many nights.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateUpdateIn {
    #[garde(length(min = 1, max = 200))]
    pub rate_plan_ids: Vec<Uuid>,
    #[garde(length(min = 1, max = 200))]
    pub room_type_ids: Vec<Uuid>,
    /// The first night, not before the business date.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub from: NaiveDate,
    /// The last night.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2027-01-01")]
    pub to: NaiveDate,
    /// Only the nights from these days on; all if left out.
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
    /// Done in this order, all or none. At most 200,000 nights of types in plans together.
    #[garde(length(min = 1, max = 200), dive)]
    pub updates: Vec<RateUpdateIn>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdatesDone {
    pub property_id: Uuid,
    /// Nights of types in plans.
    pub cells: i64,
    /// As they stand in the history.
    pub updates: Vec<UpdateDone>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpdateDone {
    pub id: Uuid,
    pub cells: i32,
}

/// Which nights.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct RateQuery {
    pub property_id: Uuid,
    /// The first night.
    #[serde(deserialize_with = "dates::plausible")]
    pub from: NaiveDate,
    /// The last night: at most 92 together.
    #[serde(deserialize_with = "dates::plausible")]
    pub to: NaiveDate,
    pub rate_plan_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
}

/// A room type in a plan, night by night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CellOut {
    pub rate_plan_id: Uuid,
    pub room_type_id: Uuid,
    /// So many adults are in the price.
    pub included_adults: i32,
    pub nights: Vec<RateNight>,
}

/// What holds on a night, and who says so. Restrictions that nobody makes are left out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateNight)]
pub struct RateNight {
    pub night: NaiveDate,
    /// As entered: with included taxes, without added ones.
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

/// A value with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Valued<T> {
    pub value: T,
    pub source: Source,
}

/// Prices of children by age band, with where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ValuedChildren {
    pub value: BTreeMap<String, Money>,
    pub source: Source,
}

/// Which updates.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct UpdatesQuery {
    pub property_id: Uuid,
    pub rate_plan_id: Option<Uuid>,
    pub room_type_id: Option<Uuid>,
    /// Those that changed this night.
    #[serde(default, deserialize_with = "dates::optional")]
    pub night: Option<NaiveDate>,
}

/// Who changed which nights how.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RateUpdate)]
pub struct RateUpdateOut {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_kind: ActorKind,
    /// The user or the API key.
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
