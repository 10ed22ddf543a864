use super::model::ItemId;
use crate::domains::bookings::rules::Ages;
use crate::http::valid::{dates, sets};
use crate::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// New item of a wishlist: a room type or an offer.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddItem {
    /// Identifier of the room type; left out for an offer.
    #[garde(skip)]
    pub room_type_id: Option<Uuid>,
    /// Identifier of the offer, one that needs no code; left out for a room type.
    #[garde(skip)]
    pub offer_id: Option<Uuid>,
}

/// Dates and guests for which offers are shown: both dates or neither.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
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
    /// Number of adults; 2 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Ages of the children, each from 0 to 17, separated by commas; at most 50, and none if left out.
    #[serde(deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "4,9", pattern = r"^[0-9, ]*$")]
    pub children_ages: Option<Ages>,
}

/// A room type or an offer on a wishlist.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ItemOut {
    /// Identifier of the item.
    #[schema(value_type = Uuid)]
    pub id: ItemId,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the property, in its own language.
    #[schema(example = "Hotel Miramar")]
    pub property_name: String,
    /// Identifier of the room type; null for an offer.
    pub room_type_id: Option<Uuid>,
    /// Name of the room type, in the property's own language; null for an offer.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: Option<String>,
    /// Base price per night as the hotel lists it, null for an offer; `offer` has the price on certain dates.
    pub base_price: Option<Money>,
    /// Identifier of the offer that is on the wishlist; null for a room type.
    pub offer_id: Option<Uuid>,
    /// Name of the offer that is on the wishlist, in the property's own language; null for a room type.
    #[schema(example = "Stay four nights, pay three")]
    pub offer_name: Option<String>,
    /// Price and availability on the dates asked for; null if no dates were given. Of an offer: in the cheapest room type that
    /// gets it.
    pub offer: Option<OfferOut>,
    /// Time at which it was added (UTC).
    pub added_at: DateTime<Utc>,
}

/// Price and availability on the dates asked for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OfferOut {
    /// Room type that is priced; null where an offer is for none that can be booked.
    pub room_type_id: Option<Uuid>,
    /// Number of rooms that are free on every night.
    #[schema(example = 3)]
    pub available: i32,
    /// `true` if a free room takes the guests and a rate plan sells it.
    pub bookable: bool,
    /// Cheapest rate plan; null if none can be booked.
    pub rate_plan_id: Option<Uuid>,
    /// Price for all nights in that plan, taxes included.
    pub total: Option<Money>,
    /// Price for all nights of a booking that names no rate plan, taxes included: in the property's default plan. Null if that
    /// plan does not sell the stay; such a booking is refused then.
    pub default_total: Option<Money>,
}
