//! Offers as clients write and read them.
use crate::domains::images::ImageOut;
use crate::domains::offers::model::{Access, Offer, OfferKind, OnSale};
use crate::domains::rates::engine::FreeNights;
use crate::domains::rates::rules::MAX_PRICE_MINOR;
use crate::domains::rates::{Percent, Weekday};
use crate::http::valid::{dates, present};
use crate::money::{Currency, Money};
use crate::plain_text::{new_paragraphs, paragraphs};
use crate::texts::{Texts, TextsPatch};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use uuid::Uuid;

/// Offer to add.
#[derive(Debug, Clone, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOffer {
    /// Identifier of the property.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Name of the offer as guests see it, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Stay four nights, pay three")]
    pub name: String,
    /// Description for guests, at most 5,000 characters.
    #[garde(length(chars, max = 5000))]
    #[serde(default, deserialize_with = "paragraphs")]
    #[schema(max_length = 5000)]
    pub description: String,
    /// Name and description in languages beside the property's `default_locale`.
    #[garde(dive)]
    #[serde(default)]
    pub texts: TextsPatch,
    /// Kind of the offer, which says which of the values below it has.
    #[garde(skip)]
    pub kind: OfferKind,
    /// Share of the price that is taken off, in percent, above 0 and at most 100: of the kind `percent`, or of a bundle.
    #[garde(skip)]
    pub percent: Option<Percent>,
    /// Amount that is taken off each night or each stay, or all of a bundle, or the price of a night of the kind `fixed_price`:
    /// as entered, gross or net like the hotel's prices.
    #[garde(inner(custom(a_price)))]
    pub amount: Option<Money>,
    /// Number of nights of which some are free, 2 to 365, of the kind `free_nights`; of twice as many, twice as many are free.
    #[garde(inner(range(min = 2, max = 365)))]
    #[schema(minimum = 2, maximum = 365, example = 4)]
    pub stay_nights: Option<i32>,
    /// Number of them that are paid, 1 to 364.
    #[garde(inner(range(min = 1, max = 364)))]
    #[schema(minimum = 1, maximum = 364, example = 3)]
    pub pay_nights: Option<i32>,
    /// Choice of the nights that are free.
    #[garde(skip)]
    pub free_nights: Option<FreeNights>,
    /// Extras that come with each night at its price, at most 20, of the kind `included_extras`.
    #[garde(length(max = 20), dive)]
    #[serde(default)]
    #[schema(max_items = 20)]
    pub extras: Vec<OfferExtra>,
    /// Access to the offer: by itself, by its code, or by codes that are good for one booking each.
    #[garde(skip)]
    pub access: Access,
    /// Code of an offer with the access `code`: 3 to 30 letters, digits, hyphens and underscores, in either case. No other code
    /// of the property looks like it.
    #[garde(inner(pattern(r"^[A-Za-z0-9][A-Za-z0-9_-]{2,29}$")))]
    #[schema(pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]{2,29}$", example = "SUMMER26")]
    pub code: Option<String>,
    /// First date at the hotel on which the offer can be booked; no such date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub book_from: Option<NaiveDate>,
    /// Last date at the hotel on which the offer can be booked (inclusive), to midnight there; no such date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub book_until: Option<NaiveDate>,
    /// First night that a stay may have; no such date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub stay_from: Option<NaiveDate>,
    /// Last night that a stay may have (inclusive); no such date if left out.
    #[garde(skip)]
    #[serde(default, deserialize_with = "dates::nullable")]
    #[schema(example = "2026-12-24")]
    pub stay_until: Option<NaiveDate>,
    /// Days of the week whose nights cost less, of which a stay has at least one; all if left out.
    #[garde(inner(length(min = 1, max = 7)))]
    #[schema(min_items = 1, max_items = 7, example = json!(["fri", "sat"]))]
    pub weekdays: Option<Vec<Weekday>>,
    /// Days of the week on which the guests arrive; all if left out.
    #[garde(inner(length(min = 1, max = 7)))]
    #[schema(min_items = 1, max_items = 7, example = json!(["fri", "sat"]))]
    pub arrival_days: Option<Vec<Weekday>>,
    /// Minimum number of days between the business date and the arrival, 0 to 1,000; no limit if left out.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[schema(minimum = 0, maximum = 1000)]
    pub min_advance_days: Option<i32>,
    /// Maximum number of days between the business date and the arrival, 0 to 1,000; no limit if left out.
    #[garde(inner(range(min = 0, max = 1000)))]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_advance_days: Option<i32>,
    /// Minimum number of nights of the stay, 1 to 365; no limit if left out.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365)]
    pub min_nights: Option<i32>,
    /// Maximum number of nights of the stay, 1 to 365; no limit if left out.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(minimum = 1, maximum = 365)]
    pub max_nights: Option<i32>,
    /// Minimum number of guests in the room, children included, 1 to 50; no limit if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[schema(minimum = 1, maximum = 50)]
    pub min_guests: Option<i32>,
    /// Maximum number of guests in the room, children included, 1 to 50; no limit if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[schema(minimum = 1, maximum = 50)]
    pub max_guests: Option<i32>,
    /// Room types that the offer is for, at most 200; all if left out. Of a bundle, with the number of rooms of each.
    #[garde(length(max = 200), dive)]
    #[serde(default)]
    #[schema(max_items = 200)]
    pub room_types: Vec<OfferRoomType>,
    /// Rate plans that the offer is for, at most 200; all if left out. Hidden ones are on sale to whoever has the code.
    #[garde(length(max = 200))]
    #[serde(default)]
    #[schema(max_items = 200)]
    pub rate_plan_ids: Vec<Uuid>,
    /// Channels through which it is booked, at most 50; all if left out.
    #[garde(length(max = 50), inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$")))]
    #[serde(default)]
    #[schema(max_items = 50, pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$", example = json!(["direct"]))]
    pub channels: Vec<String>,
    /// `true` for guests with an account only.
    #[garde(skip)]
    #[serde(default)]
    pub members_only: bool,
    /// `true` for the first booking of a guest at the hotel only, for offers with a code.
    #[garde(skip)]
    #[serde(default)]
    pub first_booking_only: bool,
    /// Highest number of bookings with the offer in all, 1 to 1,000,000; no limit if left out.
    #[garde(inner(range(min = 1, max = 1000000)))]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_redemptions: Option<i32>,
    /// Highest number of bookings with the offer for each guest, by account and by the address of the contact, 1 to 1,000; no
    /// limit if left out.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub max_per_guest: Option<i32>,
    /// Highest number of bookings with the offer on each business date, 1 to 1,000,000; no limit if left out.
    #[garde(inner(range(min = 1, max = 1000000)))]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_per_day: Option<i32>,
    /// Highest sum that the offer takes off prices in all, as entered; no limit if left out.
    #[garde(inner(custom(a_budget)))]
    pub budget: Option<Money>,
    /// `true` if it is taken off together with others that say so, where they save more together than any alone.
    #[garde(skip)]
    #[serde(default)]
    pub is_combinable: bool,
}

/// Room type that an offer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferRoomType {
    /// Identifier of the room type.
    #[garde(skip)]
    pub room_type_id: Uuid,
    /// Number of rooms of the type in a bundle, 1 to 50, and two in all at least; left out for any other offer.
    #[garde(inner(range(min = 1, max = 50)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 50)]
    pub rooms: Option<i32>,
}

/// Extra that comes with each night at its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferExtra {
    /// Identifier of the extra, one that is charged `per_night` or `per_person_night`; each once.
    #[garde(skip)]
    pub extra_id: Uuid,
    /// Number of it each night, for the room or for each guest, 1 to 1,000; 1 if left out.
    #[garde(range(min = 1, max = 1000))]
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    pub quantity: i32,
}

fn one() -> i32 {
    1
}

fn a_price(price: &Money, (): &()) -> garde::Result {
    is_within(price, 0)
}

fn a_budget(budget: &Money, (): &()) -> garde::Result {
    is_within(budget, 1)
}

fn is_within(money: &Money, least: i64) -> garde::Result {
    if (least..=MAX_PRICE_MINOR).contains(&money.minor) {
        Ok(())
    } else {
        Err(garde::Error::new("must not be negative or absurdly large"))
    }
}

/// Change of an offer. Fields that are left out stay as they are; kind and access cannot be changed.
///
/// Stays that were sold with the offer keep it as it was.
#[derive(Debug, Clone, Default, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOffer {
    /// Name of the offer as guests see it, 1 to 200 characters.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Description for guests, at most 5,000 characters.
    #[garde(inner(length(chars, max = 5000)))]
    #[serde(default, deserialize_with = "new_paragraphs")]
    #[schema(nullable = false, max_length = 5000)]
    pub description: Option<String>,
    /// Name and description in languages beside the property's `default_locale`; null removes a language.
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub texts: Option<TextsPatch>,
    /// Share of the price that is taken off, in percent, above 0 and at most 100; null for a bundle that gets an amount.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub percent: Option<Option<Percent>>,
    /// Amount that is taken off, or the price of a night; null for a bundle that gets a percentage.
    #[garde(inner(inner(custom(a_price))))]
    #[serde(default, with = "double_option")]
    pub amount: Option<Option<Money>>,
    /// Number of nights of which some are free, 2 to 365.
    #[garde(inner(range(min = 2, max = 365)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 2, maximum = 365)]
    pub stay_nights: Option<i32>,
    /// Number of them that are paid, 1 to 364.
    #[garde(inner(range(min = 1, max = 364)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, minimum = 1, maximum = 364)]
    pub pay_nights: Option<i32>,
    /// Choice of the nights that are free.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub free_nights: Option<FreeNights>,
    /// Complete list of the extras that come with each night, at most 20.
    #[garde(length(max = 20), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    pub extras: Option<Vec<OfferExtra>>,
    /// Code of an offer with the access `code`, in place of the one that it had.
    #[garde(inner(pattern(r"^[A-Za-z0-9][A-Za-z0-9_-]{2,29}$")))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, pattern = r"^[A-Za-z0-9][A-Za-z0-9_-]{2,29}$")]
    pub code: Option<String>,
    /// First date at the hotel on which the offer can be booked; null for no such date.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub book_from: Option<Option<NaiveDate>>,
    /// Last date at the hotel on which the offer can be booked (inclusive), to midnight there; null for no such date.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub book_until: Option<Option<NaiveDate>>,
    /// First night that a stay may have; null for no such date.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub stay_from: Option<Option<NaiveDate>>,
    /// Last night that a stay may have (inclusive); null for no such date.
    #[garde(skip)]
    #[serde(default, deserialize_with = "patched_date")]
    pub stay_until: Option<Option<NaiveDate>>,
    /// Days of the week whose nights cost less, as a complete list.
    #[garde(inner(length(min = 1, max = 7)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 7)]
    pub weekdays: Option<Vec<Weekday>>,
    /// Days of the week on which the guests arrive, as a complete list.
    #[garde(inner(length(min = 1, max = 7)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_items = 1, max_items = 7)]
    pub arrival_days: Option<Vec<Weekday>>,
    /// Minimum number of days between the business date and the arrival, 0 to 1,000; null for no limit.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 1000)]
    pub min_advance_days: Option<Option<i32>>,
    /// Maximum number of days between the business date and the arrival, 0 to 1,000; null for no limit.
    #[garde(inner(inner(range(min = 0, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_advance_days: Option<Option<i32>>,
    /// Minimum number of nights of the stay, 1 to 365; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 365)]
    pub min_nights: Option<Option<i32>>,
    /// Maximum number of nights of the stay, 1 to 365; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 365))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 365)]
    pub max_nights: Option<Option<i32>>,
    /// Minimum number of guests in the room, children included, 1 to 50; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 50))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 50)]
    pub min_guests: Option<Option<i32>>,
    /// Maximum number of guests in the room, children included, 1 to 50; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 50))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 50)]
    pub max_guests: Option<Option<i32>>,
    /// Complete list of the room types that the offer is for, at most 200; all if empty.
    #[garde(length(max = 200), dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 200)]
    pub room_types: Option<Vec<OfferRoomType>>,
    /// Complete list of the rate plans that the offer is for, at most 200; all if empty.
    #[garde(inner(length(max = 200)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 200)]
    pub rate_plan_ids: Option<Vec<Uuid>>,
    /// Complete list of the channels through which it is booked, at most 50; all if empty.
    #[garde(inner(length(max = 50), inner(pattern(r"^[a-z0-9][a-z0-9_./-]{0,49}$"))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 50, pattern = r"^[a-z0-9][a-z0-9_./-]{0,49}$")]
    pub channels: Option<Vec<String>>,
    /// `true` for guests with an account only.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub members_only: Option<bool>,
    /// `true` for the first booking of a guest at the hotel only, for offers with a code.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub first_booking_only: Option<bool>,
    /// Highest number of bookings with the offer in all, 1 to 1,000,000; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 1000000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_redemptions: Option<Option<i32>>,
    /// Highest number of bookings with the offer for each guest, by account and by the address of the contact, 1 to 1,000; null
    /// for no limit.
    #[garde(inner(inner(range(min = 1, max = 1000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 1000)]
    pub max_per_guest: Option<Option<i32>>,
    /// Highest number of bookings with the offer on each business date, 1 to 1,000,000; null for no limit.
    #[garde(inner(inner(range(min = 1, max = 1000000))))]
    #[serde(default, with = "double_option")]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_per_day: Option<Option<i32>>,
    /// Highest sum that the offer takes off prices in all, as entered; null for no limit.
    #[garde(inner(inner(custom(a_budget))))]
    #[serde(default, with = "double_option")]
    pub budget: Option<Option<Money>>,
    /// `true` if it is taken off together with others that say so.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_combinable: Option<bool>,
    /// `true` if the offer is over, `false` to sell it again.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub is_archived: Option<bool>,
}

/// Deserializes a date or null in a merge patch.
fn patched_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<NaiveDate>>, D::Error> {
    dates::nullable(deserializer).map(Some)
}

/// Choice of a hotel's offers.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct OfferFilter {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// `true` for offers that are archived, `false` for those that are not; those that are not if left out.
    #[serde(default)]
    pub is_archived: bool,
}

/// An offer: less than the price, for those who meet its conditions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OfferShown {
    /// Identifier of the offer.
    pub id: Uuid,
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Name of the offer, in the property's language.
    #[schema(example = "Stay four nights, pay three")]
    pub name: String,
    /// Description for guests, in the property's language.
    pub description: String,
    /// Name and description in other languages.
    pub texts: Texts,
    /// Pictures of the offer, in their order.
    pub images: Vec<ImageOut>,
    /// Kind of the offer.
    pub kind: OfferKind,
    /// Share of the price that is taken off; null for other kinds.
    pub percent: Option<Percent>,
    /// Amount that is taken off, or the price of a night; null for other kinds.
    pub amount: Option<Money>,
    /// Number of nights of which some are free; null for other kinds.
    pub stay_nights: Option<i32>,
    /// Number of them that are paid; null for other kinds.
    pub pay_nights: Option<i32>,
    /// Choice of the nights that are free; null for other kinds.
    pub free_nights: Option<FreeNights>,
    /// Extras that come with each night at its price.
    pub extras: Vec<OfferExtra>,
    /// Access to the offer.
    pub access: Access,
    /// Code of an offer with the access `code`, in capital letters; null for any other, and for readers without `offers:read`.
    pub code: Option<String>,
    /// First date at the hotel on which the offer can be booked; null for no such date.
    pub book_from: Option<NaiveDate>,
    /// Last date at the hotel on which the offer can be booked (inclusive), to midnight there; null for no such date.
    pub book_until: Option<NaiveDate>,
    /// First night that a stay may have; null for no such date.
    pub stay_from: Option<NaiveDate>,
    /// Last night that a stay may have (inclusive); null for no such date.
    pub stay_until: Option<NaiveDate>,
    /// Days of the week whose nights cost less.
    pub weekdays: Vec<Weekday>,
    /// Days of the week on which the guests arrive.
    pub arrival_days: Vec<Weekday>,
    /// Minimum number of days between the business date and the arrival; null for no limit.
    pub min_advance_days: Option<i32>,
    /// Maximum number of days between the business date and the arrival; null for no limit.
    pub max_advance_days: Option<i32>,
    /// Minimum number of nights of the stay; null for no limit.
    pub min_nights: Option<i32>,
    /// Maximum number of nights of the stay; null for no limit.
    pub max_nights: Option<i32>,
    /// Minimum number of guests in the room, children included; null for no limit.
    pub min_guests: Option<i32>,
    /// Maximum number of guests in the room, children included; null for no limit.
    pub max_guests: Option<i32>,
    /// Room types that the offer is for; all if empty.
    pub room_types: Vec<OfferRoomType>,
    /// Rate plans that the offer is for; all if empty.
    pub rate_plan_ids: Vec<Uuid>,
    /// Channels through which it is booked; all if empty.
    pub channels: Vec<String>,
    /// `true` for guests with an account only.
    pub members_only: bool,
    /// `true` for the first booking of a guest at the hotel only.
    pub first_booking_only: bool,
    /// Highest number of bookings with the offer in all; null for no limit.
    pub max_redemptions: Option<i32>,
    /// Highest number of bookings with the offer for each guest, by account and by the address of the contact; null for no limit.
    pub max_per_guest: Option<i32>,
    /// Highest number of bookings with the offer on each business date; null for no limit.
    pub max_per_day: Option<i32>,
    /// Highest sum that the offer takes off prices in all; null for no limit.
    pub budget: Option<Money>,
    /// `true` if it is taken off together with others that say so.
    pub is_combinable: bool,
    /// `true` if the offer has reached `max_redemptions` or its `budget`.
    pub is_exhausted: bool,
    /// `true` if the offer is over; stays that were sold with it keep it.
    pub is_archived: bool,
    /// Number that grows with each change; the `ETag` header carries it.
    pub version: i64,
    /// Time of creation (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Bits of days of the week, from Monday on.
pub fn mask(days: &[Weekday]) -> i16 {
    Weekday::ALL.iter().zip(0..).filter(|(day, _)| days.contains(day)).map(|(_, bit)| 1_i16 << bit).sum()
}

fn days(weekdays: i16) -> Vec<Weekday> {
    Weekday::ALL.iter().zip(0..).filter(|(_, bit)| weekdays >> bit & 1 == 1).map(|(day, _)| *day).collect()
}

impl OfferShown {
    /// Shows an offer with its pictures; `with_code` also its code.
    pub fn new(on_sale: OnSale, images: Vec<ImageOut>, with_code: bool, currency: Currency) -> Self {
        let OnSale { offer, terms, code, is_full, full_on: _ } = on_sale;
        let money = |minor: i64| Money::new(minor, currency);
        let rooms_of = |id: &Uuid| terms.bundle.iter().find(|(of, _)| of == id).map(|(_, rooms)| *rooms);
        let room_types = terms.room_type_ids.iter().map(|id| OfferRoomType { room_type_id: *id, rooms: rooms_of(id) }).collect();
        let extras =
            terms.included.iter().map(|extra| OfferExtra { extra_id: extra.extra_id, quantity: extra.quantity }).collect();
        let Offer {
            property_id,
            id,
            name,
            description,
            texts,
            kind,
            percent_ppm,
            amount_minor,
            stay_nights,
            pay_nights,
            free_nights,
            access,
            book_from,
            book_until,
            stay_from,
            stay_until,
            weekdays,
            arrival_weekdays,
            min_advance_days,
            max_advance_days,
            min_nights,
            max_nights,
            min_guests,
            max_guests,
            channels,
            members_only,
            first_booking_only,
            max_redemptions,
            max_per_guest,
            max_per_day,
            budget_minor,
            is_combinable,
            is_archived,
            version,
            created_at,
            updated_at,
        } = offer;
        Self {
            id,
            property_id,
            name,
            description,
            texts: Texts::from_json(texts),
            images,
            kind,
            percent: percent_ppm.map(|ppm| Percent(ppm.into())),
            amount: amount_minor.map(money),
            stay_nights,
            pay_nights,
            free_nights,
            extras,
            access,
            code: code.filter(|_| with_code).map(|code| code.code),
            book_from,
            book_until,
            stay_from,
            stay_until,
            weekdays: days(weekdays),
            arrival_days: days(arrival_weekdays),
            min_advance_days,
            max_advance_days,
            min_nights,
            max_nights,
            min_guests,
            max_guests,
            room_types,
            rate_plan_ids: terms.rate_plan_ids,
            channels: channels.into_iter().flatten().collect(),
            members_only,
            first_booking_only,
            max_redemptions,
            max_per_guest,
            max_per_day,
            budget: budget_minor.map(money),
            is_combinable,
            is_exhausted: is_full,
            is_archived,
            version,
            created_at,
            updated_at,
        }
    }
}
