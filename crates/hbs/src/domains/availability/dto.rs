use crate::domains::images::ImageOut;
use crate::domains::inventory::{Shortage, ShortageReason};
use crate::domains::properties::Location;
use crate::domains::rates::engine::{Restriction, RestrictionReason};
use crate::domains::rates::{Board, PaymentPolicy, PriceLine};
use crate::domains::rooms::Bed;
use crate::http::valid::dates;
use crate::money::{Currency, Money};
use crate::words::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is looked for. The guests are those of one room; `rooms` says how many such rooms.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct SearchQuery {
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
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Children in each room: how many (`2`), or their ages on the day of arrival with commas (`4,9`; one child:
    /// `7,`). Where prices depend on ages, they are needed.
    #[param(value_type = Option<String>, example = "4,9")]
    pub children: Option<Children>,
    /// Rooms of one type; 1 if left out.
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// Only this room type.
    pub room_type_id: Option<Uuid>,
    /// Only this rate plan.
    pub rate_plan_id: Option<Uuid>,
    /// Where it would be booked; `direct` if left out.
    #[param(example = "direct")]
    pub channel: Option<String>,
    /// Only what costs at most so much in all, in the hotel's currency.
    #[param(example = "500.00")]
    pub max_price: Option<String>,
    /// Only room types that have all of these: codes with commas.
    #[param(example = "wifi,balcony")]
    pub amenities: Option<String>,
    /// `price` if left out. What can be booked comes first in any case.
    #[param(inline)]
    pub sort: Option<Sort>,
    /// Whether each night says where the lines of its price come from.
    #[param(example = false)]
    pub explain: Option<bool>,
}

text_enum! {
    /// By what room types are ordered.
    pub enum Sort {
        Price = "price",
        Name = "name",
    }
}

/// Children by number or by age.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
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
        let ages = text.split(',').map(str::trim).filter(|age| !age.is_empty());
        let ages: Option<Vec<i32>> = ages.map(|age| age.parse::<u8>().ok().filter(|age| *age <= 17).map(i32::from)).collect();
        ages.filter(|ages| ages.len() <= 50).map(Self::Ages).ok_or_else(wrong)
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "check_in": "2026-12-22", "check_out": "2026-12-23", "rooms": 1,
    "items": [example::room_type()],
    "alternatives": []
}))]
pub struct SearchOut {
    pub property_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub rooms: i32,
    /// Every type that takes the guests: those that can be booked first, then by total, or as asked for.
    pub items: Vec<OfferedType>,
    /// Where nothing can be booked: the nearest days of arrival, at most 14 days away, on which as
    /// many nights can be; the nearest first, at most 5.
    pub alternatives: Vec<Alternative>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedType {
    pub room_type_id: Uuid,
    #[schema(example = "Deluxe double with sea view")]
    pub name: String,
    pub description: String,
    pub max_adults: i32,
    pub max_children: i32,
    pub max_guests: i32,
    pub beds: Vec<Bed>,
    pub size_sqm: Option<i32>,
    pub amenities: Vec<String>,
    /// In their order.
    pub images: Vec<ImageOut>,
    /// Rooms that can be sold on every one of the nights.
    #[schema(example = 4)]
    pub available: i32,
    /// Whether as many rooms as asked for can be booked in some plan.
    pub bookable: bool,
    /// What the guest pays for all rooms and nights, taxes included: in the cheapest plan that can be
    /// booked, or the cheapest if none can.
    pub total: Money,
    /// What one room costs night by night in that plan.
    pub nightly: Vec<NightOut>,
    /// What is in the way, if it cannot be booked in any plan.
    pub reasons: Vec<Obstacle>,
    /// Every plan that has the type: those that can be booked first, then by total.
    pub plans: Vec<OfferedPlan>,
}

/// A room type in a rate plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferedPlan {
    pub rate_plan_id: Uuid,
    #[schema(example = "FLEX")]
    pub code: String,
    #[schema(example = "Flexible with breakfast")]
    pub name: String,
    pub description: String,
    /// Sold where a request names no plan.
    pub is_default: bool,
    pub board: Board,
    pub payment_policy: PaymentPolicy,
    /// What is due when booking, where the payment policy is `deposit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Money>,
    /// What it costs to cancel.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: String,
    pub is_refundable: bool,
    pub bookable: bool,
    /// What the guest pays for all rooms and nights, taxes included.
    pub total: Money,
    /// What one room costs night by night.
    pub nightly: Vec<NightOut>,
    /// What is in the way, by date.
    pub reasons: Vec<Obstacle>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NightOut {
    pub date: NaiveDate,
    /// What the guest pays for one room, taxes included.
    pub price: Money,
    /// The taxes in it.
    pub taxes: Vec<TaxOut>,
    /// Where the lines of the price come from, with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<PriceLine>>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaxOut {
    #[schema(example = "VAT 7 %")]
    pub name: String,
    pub amount: Money,
}

/// Where, when, and for whom. The guests are those of one room; `rooms` says how many such rooms.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct HotelsQuery {
    /// Day of arrival.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure.
    #[serde(deserialize_with = "dates::plausible")]
    #[param(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Exactly this city, whatever the case. City, country or `near` is needed.
    #[param(example = "Lagos")]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[param(example = "PT")]
    pub country: Option<String>,
    /// Latitude and longitude in degrees.
    #[param(example = "37.10,-8.67")]
    pub near: Option<String>,
    /// How far from `near`, up to 500; 10 if left out.
    #[param(example = 10.0)]
    pub radius_km: Option<f64>,
    /// Adults in each room; 2 if left out.
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Children in each room: how many, or their ages on the day of arrival with commas (`4,9`; one child: `7,`). Where
    /// prices depend on ages, they are needed.
    #[param(value_type = Option<String>, example = "4,9")]
    pub children: Option<Children>,
    /// Rooms of one type; 1 if left out.
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// Hotels with prices in this currency only.
    #[param(value_type = Option<String>, example = "EUR")]
    pub currency: Option<Currency>,
    /// Only hotels with an offer that costs at most so much in all; needs `currency`.
    #[param(example = "400.00")]
    pub max_price: Option<String>,
    /// Where it would be booked; `direct` if left out.
    #[param(example = "direct")]
    pub channel: Option<String>,
    /// `price` if left out. Hotels without an offer come last in any case; prices are compared within a currency.
    #[param(inline)]
    pub sort: Option<HotelSort>,
}

text_enum! {
    /// By what hotels are ordered.
    pub enum HotelSort {
        Price = "price",
        Name = "name",
        /// From `near`.
        Distance = "distance",
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"check_in": "2026-12-22", "check_out": "2026-12-25", "rooms": 1, "items": [example::hotel(), example::full_hotel()]}))]
pub struct HotelsOut {
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub rooms: i32,
    pub items: Vec<HotelOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HotelOut {
    pub property_id: Uuid,
    #[schema(example = "Hotel Miramar")]
    pub name: String,
    #[schema(example = "Lagos")]
    pub city: String,
    #[schema(example = "PT")]
    pub country: String,
    pub location: Option<Location>,
    /// From `near`, to a tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    /// The cheapest that can be booked; null if nothing can.
    pub offer: Option<HotelOffer>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HotelOffer {
    pub room_type_id: Uuid,
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    pub rate_plan_id: Uuid,
    #[schema(example = "Flexible with breakfast")]
    pub rate_plan_name: String,
    pub board: Board,
    /// Rooms that can be sold on every one of the nights.
    #[schema(example = 4)]
    pub available: i32,
    /// What the guest pays for all rooms and nights, taxes included.
    pub total: Money,
}

/// Which hotel, how long, and for whom.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct CalendarQuery {
    pub property_id: Uuid,
    /// The first day of arrival; the hotel's today if left out or past.
    #[serde(default, deserialize_with = "dates::optional")]
    #[param(example = "2026-12-01")]
    pub from: Option<NaiveDate>,
    /// So many days of arrival; 365 if left out.
    #[param(example = 365, minimum = 1, maximum = 400)]
    pub days: Option<i32>,
    /// Nights of the stay; 1 if left out.
    #[param(example = 3, minimum = 1, maximum = 30)]
    pub nights: Option<i32>,
    /// Adults in each room; 2 if left out.
    #[param(example = 2, minimum = 1, maximum = 50)]
    pub adults: Option<i32>,
    /// Children in each room: how many, or their ages on the day of arrival with commas (`4,9`; one child: `7,`). Where
    /// prices depend on ages, they are needed.
    #[param(value_type = Option<String>, example = "4,9")]
    pub children: Option<Children>,
    /// Rooms of one type; 1 if left out.
    #[param(example = 1, minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
    /// This type only.
    pub room_type_id: Option<Uuid>,
    /// This plan only.
    pub rate_plan_id: Option<Uuid>,
    /// Where it would be booked; `direct` if left out.
    #[param(example = "direct")]
    pub channel: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "nights": 3, "rooms": 1, "items": example::days()
}))]
pub struct CalendarOut {
    pub property_id: Uuid,
    /// Nights of the stay.
    #[schema(example = 3)]
    pub nights: i32,
    pub rooms: i32,
    /// Day by day of arrival.
    pub items: Vec<CalendarDay>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarDay {
    pub check_in: NaiveDate,
    /// The cheapest total for all rooms and nights, taxes included; null if nothing can be booked.
    pub total: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_type_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<Uuid>,
    /// Why nothing can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoOffer>,
}

text_enum! {
    /// Why no stay can be booked from a day on: of several reasons the one closest to a stay.
    pub enum NoOffer {
        /// No room type takes the guests in any plan.
        NoRoomFits = "no_room_fits",
        /// The hotel does not take bookings so long ahead.
        TooFarAhead = "too_far_ahead",
        /// Nights so far ahead are not on sale yet.
        BeyondHorizon = "beyond_horizon",
        /// There are not enough rooms.
        SoldOut = "sold_out",
        /// There are rooms, but no plan sells them then.
        Restricted = "restricted",
    }
}

impl NoOffer {
    /// Of two reasons the one closer to a stay.
    pub fn or_closer(self, other: Self) -> Self {
        // In the order in which they are written above.
        let rank = |reason| Self::ALL.iter().position(|one| *one == reason);
        if rank(self) < rank(other) { other } else { self }
    }
}

/// Something in the way of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Obstacle {
    /// The night; for `closed_to_departure` the day of departure.
    #[schema(example = "2026-12-24")]
    pub date: NaiveDate,
    pub room_type_id: Uuid,
    pub reason: ObstacleReason,
    /// How many rooms there still are, where rooms are what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i32>,
    /// The plan whose restriction it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<Uuid>,
    /// Nights or days, for `min_stay`, `max_stay`, `advance_purchase` and `last_minute`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    pub limit: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ObstacleReason {
    Shortage(ShortageReason),
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

/// Other dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Alternative {
    #[schema(example = "2026-12-22")]
    pub check_in: NaiveDate,
    #[schema(example = "2026-12-25")]
    pub check_out: NaiveDate,
    /// What is cheapest then.
    pub room_type_id: Uuid,
    pub rate_plan_id: Uuid,
    /// For all rooms and nights, taxes included.
    pub total: Money,
}

/// What the document shows of a search. In pieces: the macro takes no more at once.
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
            "amenities": ["air_conditioning", "minibar", "wifi"], "images": [image()], "available": 20, "bookable": true,
            "total": euro("110.00"), "nightly": nightly("110.00", "6.23"), "reasons": [], "plans": [flexible(), weekly()]
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
            "location": {"latitude": 37.0956, "longitude": -8.6716}, "distance_km": 0.8,
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
            "location": {"latitude": 37.0801, "longitude": -8.6702}, "distance_km": 2.5, "offer": null
        })
    }

    pub fn days() -> Value {
        let plan = "019b76da-a800-7b0e-8d52-40f1e3a9c2d7";
        json!([
            {"check_in": "2026-12-22", "total": euro("297.00"), "room_type_id": DOUBLE, "rate_plan_id": plan},
            {"check_in": "2026-12-23", "total": euro("316.80"), "room_type_id": DOUBLE, "rate_plan_id": plan},
            {"check_in": "2026-12-24", "total": null, "reason": "sold_out"}
        ])
    }

    fn flexible() -> Value {
        json!({
            "rate_plan_id": "019b76da-a800-75c1-9a3e-2f60c1de7a11", "code": "STD", "name": "Standard", "description": "",
            "is_default": true, "board": "room_only", "payment_policy": "pay_at_property",
            "cancellation_policy": "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.",
            "is_refundable": true, "bookable": true, "total": euro("110.00"), "nightly": nightly("110.00", "6.23"), "reasons": []
        })
    }

    fn weekly() -> Value {
        let plan = "019b76da-a800-7b0e-8d52-40f1e3a9c2d7";
        let min_stay =
            json!({"date": "2026-12-22", "room_type_id": DOUBLE, "reason": "min_stay", "rate_plan_id": plan, "limit": 3});
        json!({
            "rate_plan_id": plan, "code": "WEEK", "name": "Three nights and more", "description": "", "is_default": false,
            "board": "breakfast", "payment_policy": "deposit", "deposit": euro("29.70"),
            "cancellation_policy": "Non-refundable: the whole price is due, also if you cancel or do not come.",
            "is_refundable": false, "bookable": false, "total": euro("99.00"), "nightly": nightly("99.00", "5.60"),
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
