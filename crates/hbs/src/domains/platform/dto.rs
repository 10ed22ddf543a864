use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`; `degraded` when a store is away that HBS can do without for a while; `down` when it cannot.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Each store with `ok` or what is wrong with it.
    pub stores: BTreeMap<&'static str, &'static str>,
    /// Events that wait to be delivered to MongoDB.
    pub undelivered_events: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Live {
    #[schema(example = "ok")]
    pub status: &'static str,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetClock {
    #[garde(skip)]
    pub now: DateTime<Utc>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockOut {
    pub now: DateTime<Utc>,
}
