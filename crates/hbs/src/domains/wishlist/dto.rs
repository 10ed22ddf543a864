use crate::http::valid::dates;
use crate::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddItem {
    #[garde(skip)]
    pub room_type_id: Uuid,
}

/// For when, and for how many. Both dates or neither.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct WishlistQuery {
    /// Day of arrival.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-24")]
    pub check_in: Option<NaiveDate>,
    /// Day of departure.
    #[serde(deserialize_with = "dates::optional")]
    #[param(example = "2026-12-27")]
    pub check_out: Option<NaiveDate>,
    /// Adults; 2 if left out.
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// How many children; none if left out.
    #[param(example = 1, minimum = 0, maximum = 50)]
    pub children: Option<u8>,
}

/// A room type that somebody would like to book.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ItemOut {
    pub id: Uuid,
    pub property_id: Uuid,
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    pub room_type_id: Uuid,
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// What a night costs, taxes included.
    pub nightly: Money,
    /// For the dates asked for; null where none were.
    pub offer: Option<OfferOut>,
    pub added_at: DateTime<Utc>,
}

/// Whether it can be had on the dates asked for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OfferOut {
    /// Rooms that are free on every night.
    #[schema(example = 3)]
    pub available: i32,
    /// Whether there is a free room that takes the guests.
    pub bookable: bool,
    /// For all nights, taxes included.
    pub total: Money,
}
