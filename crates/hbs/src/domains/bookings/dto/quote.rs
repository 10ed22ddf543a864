//! Requests and answers about quotes.
use crate::domains::extras::ExtraRequest;
use crate::domains::rates::PriceLine;
use crate::http::valid::dates;
use crate::money::Money;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Request for a quote: hotel, dates, rooms and guests.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "property_id": "019b76da-a800-7db2-8b5a-5f2d0ab0c1de", "check_in": "2026-12-24", "check_out": "2026-12-27",
    "rooms": [{"room_type_id": "019b76da-a800-7f3e-93a5-6a2c4d1e8f90", "adults": 2, "children_ages": [7]}]
}))]
pub struct CreateQuote {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Day of arrival, a date at the hotel.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-24")]
    pub check_in: NaiveDate,
    /// Day of departure: the first night not stayed.
    #[garde(skip)]
    #[serde(deserialize_with = "dates::plausible")]
    #[schema(example = "2026-12-27")]
    pub check_out: NaiveDate,
    /// Rooms to quote, one entry per room.
    #[garde(length(min = 1, max = 50), dive)]
    #[schema(min_items = 1, max_items = 50)]
    pub rooms: Vec<QuoteRoom>,
    /// Channel through which the rooms will be booked; `direct` if left out.
    #[garde(inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[schema(pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$", example = "direct")]
    pub channel: Option<String>,
    /// Code of an offer, at most 100 characters; upper and lower case are the same.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100, example = "SUMMER26")]
    pub code: Option<String>,
    /// Account of the company or agent that will pay; it must be active. Its exemption from taxes is taken into account. Only staff
    /// can name one.
    #[garde(skip)]
    pub account_id: Option<Uuid>,
    /// Guest profile of the contact, whose exemption from taxes is taken into account where no account pays. Only staff can name
    /// one.
    #[garde(skip)]
    pub guest_id: Option<Uuid>,
}

/// Room to quote, with its guests.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteRoom {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Rate plan of the room; the hotel's default plan if left out.
    #[garde(skip)]
    pub rate_plan_id: Option<Uuid>,
    /// Number of adults in the room, 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, example = 2)]
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years, 0 to 17; at most 50. No children if left out.
    #[garde(length(max = 50), inner(range(min = 0, max = 17)))]
    #[serde(default)]
    #[schema(max_items = 50, minimum = 0, maximum = 17, example = json!([7]))]
    pub children_ages: Vec<i32>,
    /// Extras to quote with the room, at most 20.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub extras: Vec<ExtraRequest>,
}

/// A quote: a price that holds for a while.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "quote": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJwcm9wZXJ0eV9pZCI6IjAxOWI3NmRhLi4uIn0.Zm9v", "expires_at": "2026-12-01T12:30:00Z",
    "property_id": "019b76da-a800-7db2-b8f6-1cbb12df8159", "check_in": "2026-12-22", "check_out": "2026-12-23",
    "rooms": [example_of_quoted_room()],
    "total": {"amount": "125.00", "currency": "EUR"}
}))]
pub struct QuoteOut {
    /// Token of the quote, to be sent unchanged with `POST /v1/bookings`.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9…")]
    pub quote: String,
    /// Time until which the price holds. The rooms are not held.
    pub expires_at: DateTime<Utc>,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Quoted rooms, in the order of the request.
    pub rooms: Vec<QuotedRoom>,
    /// Price for all rooms with their extras, taxes included.
    pub total: Money,
}

/// Example of a quoted room, apart from the rest of the example: the macro takes no more at once.
fn example_of_quoted_room() -> serde_json::Value {
    use serde_json::json;
    let plan = "019b76da-a800-75c1-9a3e-2f60c1de7a11";
    let euro = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let part = |kind: &str, source: &str, amount: &str| json!({"kind": kind, "source": source, "rate_plan_id": plan, "is_included": false, "count": 1, "amount": euro(amount)});
    let mut child = part("extra_child", "plan", "15.00");
    child["age_band"] = json!("child");
    let tax = json!({"kind": "tax", "name": "IVA 6 %", "is_included": true, "count": 1, "amount": euro("7.08")});
    json!({
        "room_type_id": "019b76da-a800-7f3e-8ffd-6aedc95de3fe", "rate_plan_id": plan, "adults": 2, "children_ages": [7],
        "cancellation_policy": "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.",
        "total": euro("125.00"), "offers": [],
        "nightly": [{"date": "2026-12-22", "price": euro("125.00"), "lines": [part("room", "night", "110.00"), child, tax]}],
        "extras": []
    })
}

/// Quoted price of a room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedRoom {
    /// Identifier of the room type.
    pub room_type_id: Uuid,
    /// Identifier of the rate plan.
    pub rate_plan_id: Uuid,
    /// Number of adults in the room.
    pub adults: i32,
    /// Ages of the children on the day of arrival, in years.
    pub children_ages: Vec<i32>,
    /// Terms of cancellation, as text.
    #[schema(example = "Free until 24 hours before arrival, then 100 % of the price. If you do not come: 100 % of the price.")]
    pub cancellation_policy: String,
    /// Price of the room for all nights, taxes included, without the extras that are quoted with it.
    pub total: Money,
    /// Offers that are taken off, in their order.
    pub offers: Vec<QuotedOffer>,
    /// Price of each night, in order.
    pub nightly: Vec<QuotedNight>,
    /// Extras that are quoted with the room, in the order of the request, each with its price for all of the stay.
    pub extras: Vec<QuotedExtraOut>,
}

/// Offer that is taken off a price.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuotedOffer {
    /// Identifier of the offer.
    pub offer_id: Uuid,
    /// Name of the offer, in the reader's language if there is one in it, else in the property's own.
    #[schema(example = "Stay four nights, pay three")]
    pub name: String,
    /// Code that was given for it; null for an offer that everybody gets.
    pub code: Option<String>,
    /// Amount that it takes off the price of one room, as entered.
    pub discount: Money,
}

/// Quoted extra of a room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedExtraOut {
    /// Identifier of the extra.
    pub extra_id: Uuid,
    /// Name of the extra, in the reader's language if there is one in it, else in the property's own.
    #[schema(example = "Breakfast")]
    pub name: String,
    /// Number of it that was asked for.
    pub quantity: i32,
    /// Price of it for all of the stay, taxes included.
    pub total: Money,
    /// Days on which it is served.
    pub services: Vec<QuotedService>,
}

/// Day on which an extra is served.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedService {
    /// Day on which it is served and charged.
    pub date: NaiveDate,
    /// Number of it on the day.
    pub units: i32,
    /// Price of the day, taxes included.
    pub price: Money,
    /// Taxes in the price.
    pub taxes: Vec<QuotedTax>,
}

/// Tax in the price of an extra.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedTax {
    /// Identifier of the tax rule.
    pub tax_rule_id: Uuid,
    /// Name of the tax.
    #[schema(example = "IVA 13 %")]
    pub name: String,
    /// Amount of the tax.
    pub amount: Money,
}

/// Quoted price of a room for a night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuotedNight {
    /// Date of the night.
    pub date: NaiveDate,
    /// Price of the night, taxes included.
    pub price: Money,
    /// Lines of the price, each with its source.
    pub lines: Vec<PriceLine>,
}
