use crate::domains::bookings::QuotedOffer;
use crate::domains::bookings::rules::Ages;
use crate::domains::images::ImageOut;
use crate::domains::inventory::{Shortage, ShortageReason};
use crate::domains::properties::Location;
use crate::domains::rates::engine::{Restriction, RestrictionReason};
use crate::domains::rates::{Board, PaymentPolicy, PriceLine};
use crate::domains::reviews::RatingOut;
use crate::domains::rooms::Bed;
use crate::http::valid::{dates, sets};
use crate::money::{Currency, Money};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Search for rooms of one property. The numbers of guests are per room; `rooms` says how many such rooms are needed.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct SearchQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day of arrival.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Adults in each room; 2 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Number of children in each room, at most 50; where prices depend on ages, send `children_ages` instead. With commas
    /// these are ages (`4,9`; one child of seven: `7,`), as in `children_ages`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "2", pattern = r"^[0-9, ]*$")]
    pub children: Option<Children>,
    /// Ages of the children in each room on the day of arrival, each from 0 to 17, separated by commas; at most 50. In the
    /// place of `children`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "4,9", pattern = r"^[0-9, ]*$")]
    pub children_ages: Option<Ages>,
    /// Number of rooms, all of one type; 1 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// Room type to search for; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Rate plan to search in; all rate plans if left out.
    pub rate_plan_id: Option<Uuid>,
    /// Channel through which the rooms would be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[param(example = "direct", pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$")]
    pub channel: Option<String>,
    /// Code of an offer, at most 100 characters; upper and lower case are the same.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
    /// Highest total price for all rooms and nights, in the hotel's currency.
    #[garde(inner(pattern(r"^\d{1,15}(\.\d{1,4})?$")))]
    #[param(example = "500.00", pattern = r"^\d{1,15}(\.\d{1,4})?$")]
    pub max_price: Option<String>,
    /// Codes of amenities, separated by commas; only room types with all of these are shown.
    #[garde(inner(length(chars, max = 2000)))]
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(example = "wifi,balcony", max_length = 2000)]
    pub amenities: Option<String>,
    /// Order of the room types; `price` if left out. Room types that can be booked come first in any order.
    #[param(inline)]
    pub sort: Option<OfferSort>,
    /// `true` to list for each night the lines of its price with their sources.
    #[param(example = false)]
    pub explain: Option<bool>,
    /// Language of texts, in place of `Accept-Language`. Texts without a translation are in the hotel's own language.
    #[param(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
}

text_enum! {
    /// Order of the room types.
    pub enum OfferSort {
        Price = "price",
        Name = "name",
    }
}

/// Children, given by number or by ages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Children {
    Number(usize),
    Ages(Vec<i32>),
}

impl TryFrom<String> for Children {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither a number of children nor their ages from 0 to 17 with commas");
        if text.is_empty() {
            return Ok(Self::Number(0));
        }
        if !text.contains(',') {
            return text
                .parse::<u8>()
                .ok()
                .filter(|count| *count <= 50)
                .map(|count| Self::Number(count.into()))
                .ok_or_else(wrong);
        }
        Ages::try_from(text.clone()).map(|Ages(ages)| Self::Ages(ages)).map_err(|_| wrong())
    }
}

/// Room types of a property that can take the guests of a search.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "check_in": "2026-12-22", "check_out": "2026-12-23", "rooms": 1,
    "items": [example::room_type()],
    "alternatives": [], "reviews": {"count": 128, "average": 4.27}
}))]
pub struct SearchOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Number of rooms that were asked for, all of one type.
    pub rooms: i32,
    /// All room types that can take the guests: those that can be booked first, then ordered by total or as asked for.
    pub items: Vec<OfferedType>,
    /// Nearest other days of arrival if nothing can be booked: at most 14 days away, for the same number of nights; the
    /// nearest first, at most 5.
    pub alternatives: Vec<Alternative>,
    /// Published reviews of the property.
    pub reviews: RatingOut,
}

/// Room type of a search, with its plans and prices.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedType {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Name of the room type, in the reader's language if there is one in it, else in the property's own.
    #[schema(example = "Deluxe double with sea view")]
    pub name: String,
    /// Description of the room type, likewise; may be empty.
    pub description: String,
    /// Maximum number of adults in a room of the type.
    pub max_adults: i32,
    /// Maximum number of children in a room of the type.
    pub max_children: i32,
    /// Maximum number of adults and children together.
    pub max_guests: i32,
    /// Beds of a room of the type; may be empty.
    pub beds: Vec<Bed>,
    /// Area of a room of the type in square metres; null if not known.
    pub size_sqm: Option<i32>,
    /// Codes of the amenities of the room type.
    pub amenities: Vec<String>,
    /// Pictures of the room type, in their order.
    pub images: Vec<ImageOut>,
    /// Published reviews of the room type.
    pub reviews: RatingOut,
    /// Number of rooms that can be sold on every one of the nights.
    #[schema(example = 4)]
    pub available: i32,
    /// `true` if the number of rooms asked for can be booked in at least one rate plan.
    pub bookable: bool,
    /// Price for all rooms and nights, taxes included: in the cheapest plan that can be booked, or in the cheapest plan
    /// if none can.
    pub total: Money,
    /// Price of one room for each night in that plan.
    pub nightly: Vec<NightOut>,
    /// Price for all rooms and nights of a booking that names no rate plan, taxes included: in the property's default plan.
    /// Null if that plan does not sell the room type on these dates; such a booking is refused then.
    pub default_total: Option<Money>,
    /// Reasons why the room type cannot be booked in any plan; empty if it can.
    pub reasons: Vec<Obstacle>,
    /// All plans that sell the room type: those that can be booked first, then by total.
    pub plans: Vec<OfferedPlan>,
}

/// An offer of a room type in a rate plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedPlan {
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Code of the rate plan, unique within the property.
    #[schema(example = "FLEX")]
    pub code: String,
    /// Name of the rate plan as guests see it.
    #[schema(example = "Flexible with breakfast")]
    pub name: String,
    /// Description of the rate plan for guests; may be empty.
    pub description: String,
    /// `true` for the plan that is sold when a request names none.
    pub is_default: bool,
    /// Board of the rate plan: the meals included in the price.
    pub board: Board,
    /// Payment policy of the rate plan: the time at which the price is due.
    pub payment_policy: PaymentPolicy,
    /// Deposit due when booking, if the payment policy is `deposit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Money>,
    /// Time at which the price is due, as text.
    #[schema(example = "The price is paid at the hotel.")]
    pub payment_terms: String,
    /// Name of the cancellation policy as guests see it.
    #[schema(example = "Free until the day before")]
    pub cancellation_policy_name: String,
    /// Terms of cancellation, as text.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: String,
    /// `true` unless the whole price is due whenever the stay is cancelled.
    pub is_refundable: bool,
    /// `true` if the number of rooms asked for can be booked in this plan.
    pub bookable: bool,
    /// Price for all rooms and nights, taxes included.
    pub total: Money,
    /// Offers that are taken off the price, in their order. What is taken off where several rooms are booked together, quotes
    /// say.
    pub offers: Vec<QuotedOffer>,
    /// Price of one room for each night.
    pub nightly: Vec<NightOut>,
    /// Reasons why the plan cannot be booked, by date; empty if it can.
    pub reasons: Vec<Obstacle>,
}

/// Price of one room for a night.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NightOut {
    /// Date of the night.
    pub date: NaiveDate,
    /// Price of one room for the night, taxes included.
    pub price: Money,
    /// Taxes contained in the price.
    pub taxes: Vec<TaxOut>,
    /// Lines of the price with their sources; only with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<PriceLine>>,
}

/// Tax contained in a price.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaxOut {
    /// Name of the tax as guests see it.
    #[schema(example = "VAT 7 %")]
    pub name: String,
    /// Amount of the tax for one room and night.
    pub amount: Money,
}

/// Search for hotels by place, dates and guests. The numbers of guests are per room; `rooms` says how many such rooms
/// are needed.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct HotelsQuery {
    /// Day of arrival.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Name of the city, whole; upper and lower case and accents do not matter. One of `city`, `country` and `near` is needed.
    #[garde(inner(length(chars, max = 100)))]
    #[param(example = "Lagos", max_length = 100)]
    pub city: Option<String>,
    /// Country code, ISO 3166-1 alpha-2.
    #[garde(inner(pattern(r"^[A-Za-z]{2}$")))]
    #[param(example = "PT", pattern = r"^[A-Za-z]{2}$")]
    pub country: Option<String>,
    /// Latitude and longitude of a place, in degrees, separated by a comma.
    #[garde(inner(pattern(r"^[-+0-9. ]{1,25},[-+0-9. ]{1,25}$")))]
    #[param(example = "37.10,-8.67", pattern = r"^[-+0-9. ]{1,25},[-+0-9. ]{1,25}$")]
    pub near: Option<String>,
    /// Radius around `near` in kilometres, above 0 and at most 500; 10 if left out.
    #[garde(inner(range(max = 500.0)))]
    #[param(example = 10.0, exclusive_minimum = 0, maximum = 500)]
    pub radius_km: Option<f64>,
    /// Adults in each room; 2 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Number of children in each room, at most 50; where prices depend on ages, send `children_ages` instead. With commas
    /// these are ages (`4,9`; one child of seven: `7,`), as in `children_ages`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "2", pattern = r"^[0-9, ]*$")]
    pub children: Option<Children>,
    /// Ages of the children in each room on the day of arrival, each from 0 to 17, separated by commas; at most 50. In the
    /// place of `children`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "4,9", pattern = r"^[0-9, ]*$")]
    pub children_ages: Option<Ages>,
    /// Number of rooms, all of one type; 1 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// Currency of the prices; hotels with another currency are left out.
    #[param(value_type = Option<String>, example = "EUR", pattern = r"^[A-Z]{3}$")]
    pub currency: Option<Currency>,
    /// Highest total price for all rooms and nights; needs `currency`.
    #[garde(inner(pattern(r"^\d{1,15}(\.\d{1,4})?$")))]
    #[param(example = "400.00", pattern = r"^\d{1,15}(\.\d{1,4})?$")]
    pub max_price: Option<String>,
    /// Channel through which the rooms would be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[param(example = "direct", pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$")]
    pub channel: Option<String>,
    /// Code of an offer, at most 100 characters; upper and lower case are the same. It is for the hotels that have it.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
    /// Lowest average of the reviews, from 1 to 5; hotels without reviews are left out.
    #[garde(inner(range(min = 1.0, max = 5.0)))]
    #[param(example = 4.0, minimum = 1, maximum = 5)]
    pub min_rating: Option<f64>,
    /// Order of the hotels; `price` if left out. Hotels without an offer come last in any order; prices are compared
    /// within a currency.
    #[param(inline)]
    pub sort: Option<HotelSort>,
    /// Language of texts, in place of `Accept-Language`. Texts without a translation are in the hotel's own language.
    #[param(value_type = Option<String>, pattern = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", example = "pt-PT")]
    pub locale: Option<Locale>,
}

text_enum! {
    /// Order of the hotels.
    pub enum HotelSort {
        Price = "price",
        /// Name in the hotel's own language.
        Name = "name",
        /// Distance from `near`.
        Distance = "distance",
        /// Average of the reviews, the highest first; hotels without reviews come after those with.
        Rating = "rating",
    }
}

/// Hotels of a search, each with its cheapest offer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"check_in": "2026-12-22", "check_out": "2026-12-25", "rooms": 1, "items": [example::hotel(), example::full_hotel()]}))]
pub struct HotelsOut {
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Number of rooms that were asked for, all of one type.
    pub rooms: i32,
    /// Hotels in the order asked for; those without an offer come last.
    pub items: Vec<HotelOut>,
}

/// Hotel of a search, with its cheapest offer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HotelOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the hotel, in the reader's language if there is one in it, else in the hotel's own.
    #[schema(example = "Hotel Miramar")]
    pub name: String,
    /// Name of the city.
    #[schema(example = "Lagos")]
    pub city: String,
    /// Country code, ISO 3166-1 alpha-2.
    #[schema(example = "PT")]
    pub country: String,
    /// Geographic location of the hotel; null if none is given.
    pub location: Option<Location>,
    /// Picture of the hotel: its primary one; null if it has none.
    pub image: Option<ImageOut>,
    /// Published reviews of the hotel.
    pub reviews: RatingOut,
    /// Distance from `near` in kilometres, rounded to a tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    /// Cheapest offer that can be booked; null if there is none.
    pub offer: Option<HotelOffer>,
}

/// Cheapest offer of a hotel that can be booked.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HotelOffer {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Name of the room type, in the reader's language if there is one in it, else in the hotel's own.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Name of the rate plan as guests see it.
    #[schema(example = "Flexible with breakfast")]
    pub rate_plan_name: String,
    /// Board of the rate plan: the meals included in the price.
    pub board: Board,
    /// Number of rooms that can be sold on every one of the nights.
    #[schema(example = 4)]
    pub available: i32,
    /// Price for all rooms and nights in this plan, taxes included.
    pub total: Money,
    /// Price for all rooms and nights of a booking that names no rate plan, taxes included: in the hotel's default plan. Null
    /// if that plan does not sell the room type on these dates; such a booking is refused then.
    pub default_total: Option<Money>,
    /// Amount that offers take off the price of all rooms and nights, as entered; left out if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
}

/// Choice of the hotel, the length of stay and the guests of a price calendar.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct PriceCalendarQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// First day of arrival; today at the hotel if left out or in the past.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub from: Option<NaiveDate>,
    /// Number of days of arrival; 365 if left out.
    #[garde(inner(range(min = 1, max = 400)))]
    #[param(example = 365, minimum = 1, maximum = 400)]
    pub days: Option<i32>,
    /// Number of nights of the stay; 1 if left out.
    #[garde(inner(range(min = 1, max = 30)))]
    #[param(example = 3, minimum = 1, maximum = 30)]
    pub nights: Option<i32>,
    /// Adults in each room; 2 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Number of children in each room, at most 50; where prices depend on ages, send `children_ages` instead. With commas
    /// these are ages (`4,9`; one child of seven: `7,`), as in `children_ages`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "2", pattern = r"^[0-9, ]*$")]
    pub children: Option<Children>,
    /// Ages of the children in each room on the day of arrival, each from 0 to 17, separated by commas; at most 50. In the
    /// place of `children`.
    #[serde(default, deserialize_with = "sets::optional")]
    #[param(value_type = Option<String>, example = "4,9", pattern = r"^[0-9, ]*$")]
    pub children_ages: Option<Ages>,
    /// Number of rooms, all of one type; 1 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// Room type to consider; all room types if left out.
    pub room_type_id: Option<Uuid>,
    /// Rate plan to consider; all rate plans if left out.
    pub rate_plan_id: Option<Uuid>,
    /// Channel through which the rooms would be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[param(example = "direct", pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$")]
    pub channel: Option<String>,
    /// Code of an offer, at most 100 characters; upper and lower case are the same.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[param(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
}

/// Cheapest prices of a property by day of arrival.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "nights": 3, "rooms": 1, "items": example::days()
}))]
pub struct PriceCalendarOut {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Number of nights of the stay.
    #[schema(example = 3)]
    pub nights: i32,
    /// Number of rooms that were asked for, all of one type.
    pub rooms: i32,
    /// Cheapest price for each day of arrival, in order.
    pub items: Vec<PriceCalendarDay>,
}

/// Cheapest price of a stay that begins on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PriceCalendarDay {
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Cheapest total for all rooms and nights, taxes included; null if nothing can be booked.
    pub total: Option<Money>,
    /// Total of a booking of the cheapest offer's room type that names no rate plan, taxes included: in the property's default
    /// plan. Left out if that plan does not sell the stay; such a booking is refused then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_total: Option<Money>,
    /// Identifier of the room type of the cheapest offer; left out if nothing can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_type_id: Option<Uuid>,
    /// Identifier of the rate plan of the cheapest offer; left out if nothing can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<Uuid>,
    /// Amount that offers take off the price of all rooms and nights, as entered; left out if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// Reason why nothing can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoOffer>,
}

text_enum! {
    /// Reason why no stay can be booked from a day on: no room type takes the guests in any plan (`no_room_fits`), the
    /// hotel takes no bookings so far ahead (`too_far_ahead`), nights so far ahead are not on sale yet
    /// (`beyond_horizon`), there are not enough rooms (`sold_out`), or no rate plan sells the free rooms on these dates
    /// (`restricted`). Of several reasons, the one closest to a stay is given.
    pub enum NoOffer {
        /// No room type takes the guests in any plan.
        NoRoomFits = "no_room_fits",
        /// The hotel does not take bookings so far ahead.
        TooFarAhead = "too_far_ahead",
        /// Nights so far ahead are not on sale yet.
        BeyondHorizon = "beyond_horizon",
        /// There are not enough rooms.
        SoldOut = "sold_out",
        /// Rooms are free, but no rate plan sells them on these dates.
        Restricted = "restricted",
    }
}

impl NoOffer {
    /// Returns the one of two reasons that is closer to a stay.
    pub fn or_closer(self, other: Self) -> Self {
        // In the order in which they are written above.
        let rank = |reason| Self::ALL.iter().position(|one| *one == reason);
        if rank(self) < rank(other) { other } else { self }
    }
}

/// A reason why a stay cannot be booked, on one date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Obstacle {
    /// Date of the night; for `closed_to_departure`, the day of departure.
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Reason why the stay cannot be booked.
    pub reason: ObstacleReason,
    /// Number of rooms still free, if rooms are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i32>,
    /// Rate plan whose restriction this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<Uuid>,
    /// Limit in nights or days, for `min_stay`, `min_stay_through`, `max_stay`, `advance_purchase` and `last_minute`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    pub limit: Option<i32>,
}

/// Reason why a stay cannot be booked: missing rooms, or a restriction of a rate plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ObstacleReason {
    /// Missing rooms.
    Shortage(ShortageReason),
    /// Restriction of a rate plan.
    Restriction(RestrictionReason),
}

impl From<Shortage> for Obstacle {
    fn from(Shortage { date, room_type_id, reason, available }: Shortage) -> Self {
        let reason = ObstacleReason::Shortage(reason);
        Self { date, room_type_id, reason, available: Some(available), rate_plan_id: None, limit: None }
    }
}

impl Obstacle {
    pub fn restriction(room_type_id: Uuid, rate_plan_id: Uuid, restriction: Restriction) -> Self {
        let Restriction { date, reason, limit } = restriction;
        let reason = ObstacleReason::Restriction(reason);
        Self { date, room_type_id, reason, available: None, rate_plan_id: Some(rate_plan_id), limit }
    }
}

/// Other dates on which the stay can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Alternative {
    /// Day of arrival.
    #[schema(example = "2026-12-22")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[schema(example = "2026-12-25")]
    pub check_out: NaiveDate,
    /// Room type of the cheapest offer on these dates.
    pub room_type_id: Uuid,
    /// Identifier of the rate plan of the cheapest offer on these dates.
    pub rate_plan_id: Uuid,
    /// Price for all rooms and nights, taxes included.
    pub total: Money,
}

/// Examples of a search for the API document. In pieces: the macro takes no more at once.
mod example {
    use serde_json::{Value, json};

    const DOUBLE: &str = "019b76da-a800-7f3e-8ffd-6aedc95de3fe";

    fn euro(amount: &str) -> Value {
        json!({"amount": amount, "currency": "EUR"})
    }

    fn nightly(price: &str, tax: &str) -> Value {
        json!([{"date": "2026-12-22", "price": euro(price), "taxes": [{"name": "IVA 6 %", "amount": euro(tax)}]}])
    }

    pub fn room_type() -> Value {
        json!({
            "room_type_id": DOUBLE, "name": "Double room", "description": "A double bed and a desk.",
            "max_adults": 2, "max_children": 1, "max_guests": 3, "beds": [{"kind": "double", "count": 1}], "size_sqm": 20,
            "amenities": ["air_conditioning", "minibar", "wifi"], "images": [image()], "reviews": {"count": 51, "average": 4.1}, "available": 20, "bookable": true,
            "total": euro("110.00"), "nightly": nightly("110.00", "6.23"), "default_total": euro("110.00"), "reasons": [],
            "plans": [flexible(), weekly()]
        })
    }

    fn image() -> Value {
        let file = "/v1/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let size = |width: u32, height: u32| json!({"width": width, "height": height, "url": format!("{file}-{width}.jpg")});
        json!({
            "id": "019b76da-a800-7a52-9b0c-3d1f6e7c8a90", "alt": "Double room", "position": 0, "is_primary": true,
            "url": format!("{file}-800.jpg"), "width": 800, "height": 533, "sizes": [size(320, 213), size(800, 533)],
            "version": 1, "created_at": "2026-12-01T09:00:00Z", "updated_at": "2026-12-01T09:00:00Z"
        })
    }

    pub fn hotel() -> Value {
        json!({
            "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "name": "Hotel Miramar", "city": "Lagos", "country": "PT",
            "location": {"latitude": 37.0956, "longitude": -8.6716}, "image": image(), "reviews": {"count": 128, "average": 4.27}, "distance_km": 0.8,
            "offer": {
                "room_type_id": DOUBLE, "room_type_name": "Double room",
                "rate_plan_id": "019b76da-a800-7b0e-8d52-40f1e3a9c2d7", "rate_plan_name": "Three nights and more",
                "board": "breakfast", "available": 20, "total": euro("297.00")
            }
        })
    }

    pub fn full_hotel() -> Value {
        json!({
            "property_id": "019b76da-a800-7f10-9c4d-3be2f4f0a6d1", "name": "Hotel Ponta", "city": "Lagos", "country": "PT",
            "location": {"latitude": 37.0801, "longitude": -8.6702}, "reviews": {"count": 0, "average": null}, "distance_km": 2.5, "offer": null
        })
    }

    pub fn days() -> Value {
        let plan = "019b76da-a800-7b0e-8d52-40f1e3a9c2d7";
        json!([
            {"check_in": "2026-12-22", "total": euro("297.00"), "default_total": euro("330.00"), "room_type_id": DOUBLE, "rate_plan_id": plan},
            {"check_in": "2026-12-23", "total": euro("316.80"), "default_total": euro("352.00"), "room_type_id": DOUBLE, "rate_plan_id": plan},
            {"check_in": "2026-12-24", "total": null, "reason": "sold_out"}
        ])
    }

    fn flexible() -> Value {
        json!({
            "rate_plan_id": "019b76da-a800-75c1-9a3e-2f60c1de7a11", "code": "STD", "name": "Standard", "description": "",
            "is_default": true, "board": "room_only", "payment_policy": "pay_at_property",
            "payment_terms": "The price is paid at the hotel.", "cancellation_policy_name": "Free until the day before",
            "cancellation_policy": "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.",
            "is_refundable": true, "bookable": true, "total": euro("110.00"), "offers": [], "nightly": nightly("110.00", "6.23"), "reasons": []
        })
    }

    fn weekly() -> Value {
        let plan = "019b76da-a800-7b0e-8d52-40f1e3a9c2d7";
        let min_stay =
            json!({"date": "2026-12-22", "room_type_id": DOUBLE, "reason": "min_stay", "rate_plan_id": plan, "limit": 3});
        json!({
            "rate_plan_id": plan, "code": "WEEK", "name": "Three nights and more", "description": "", "is_default": false,
            "board": "breakfast", "payment_policy": "deposit", "deposit": euro("29.70"),
            "payment_terms": "29.70 EUR is due when booking, the rest is paid at the hotel.",
            "cancellation_policy_name": "Non-refundable",
            "cancellation_policy": "Non-refundable: the whole price is due, also if you cancel or do not come.",
            "is_refundable": false, "bookable": false, "total": euro("99.00"), "offers": [], "nightly": nightly("99.00", "5.60"),
            "reasons": [min_stay]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_by_number_or_by_age() {
        for (text, number) in [("", 0), ("0", 0), ("2", 2)] {
            assert_eq!(Children::try_from(text.to_owned()), Ok(Children::Number(number)), "{text:?}");
        }
        for (text, ages) in [("4,9", vec![4, 9]), ("7,", vec![7]), ("0, 17", vec![0, 17])] {
            assert_eq!(Children::try_from(text.to_owned()), Ok(Children::Ages(ages)), "{text:?}");
        }
        for text in ["-1", "two", "51", "18,", "4,x", "300"] {
            assert!(Children::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
