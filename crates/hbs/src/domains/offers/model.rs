use crate::domains::rates::engine::{FreeNights, Included, Reduction};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use hbs_schema::{offer_codes, offer_counters, offer_redemptions, offers, stay_offers};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

text_enum! {
    /// Kind of an offer: a share of the price (`percent`), an amount off each night (`amount_per_night`) or off each stay
    /// (`amount_per_stay`), a price for each night where it costs more (`fixed_price`), nights that are free of each so many
    /// (`free_nights`), rooms that are booked together for less (`bundle`), extras that come with the nights at their price
    /// (`included_extras`), or nothing but hidden rate plans, for whoever has the code (`plan_access`).
    pub enum OfferKind {
        Percent = "percent",
        AmountPerNight = "amount_per_night",
        AmountPerStay = "amount_per_stay",
        FixedPrice = "fixed_price",
        FreeNights = "free_nights",
        Bundle = "bundle",
        IncludedExtras = "included_extras",
        PlanAccess = "plan_access",
    }
}

text_enum! {
    /// Access to an offer: everybody gets it (`automatic`), whoever has its code (`code`), or whoever has one of its codes, each
    /// of which is good for one booking (`single_use_codes`).
    pub enum Access {
        Automatic = "automatic",
        Code = "code",
        SingleUseCodes = "single_use_codes",
    }
}

/// An offer of a hotel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = offers, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true, primary_key(property_id, id))]
pub struct Offer {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: String,
    pub description: String,
    /// Name and description in other languages.
    pub texts: serde_json::Value,
    pub kind: OfferKind,
    /// Share of the price in parts per million.
    pub percent_ppm: Option<i32>,
    /// Amount off, or the price of a night, in minor units.
    pub amount_minor: Option<i64>,
    pub stay_nights: Option<i32>,
    pub pay_nights: Option<i32>,
    pub free_nights: Option<FreeNights>,
    pub access: Access,
    /// Dates at the hotel on which it can be booked, both included.
    pub book_from: Option<NaiveDate>,
    pub book_until: Option<NaiveDate>,
    /// Nights that a stay may have, both included.
    pub stay_from: Option<NaiveDate>,
    pub stay_until: Option<NaiveDate>,
    /// Nights of the week for which prices are less: a bit each, from Monday on.
    pub weekdays: i16,
    /// Days of the week on which guests arrive.
    pub arrival_weekdays: i16,
    pub min_advance_days: Option<i32>,
    pub max_advance_days: Option<i32>,
    pub min_nights: Option<i32>,
    pub max_nights: Option<i32>,
    pub min_guests: Option<i32>,
    pub max_guests: Option<i32>,
    /// Channels on which it is sold; all channels if empty.
    pub channels: Vec<Option<String>>,
    pub members_only: bool,
    pub first_booking_only: bool,
    pub max_redemptions: Option<i32>,
    pub max_per_guest: Option<i32>,
    pub max_per_day: Option<i32>,
    pub budget_minor: Option<i64>,
    pub is_combinable: bool,
    pub is_archived: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Offer {
    const ENTITY: &'static str = "offer";
    /// Codes are withheld: whoever reads the record need not be able to book with them.
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "name",
        "texts",
        "kind",
        "percent_ppm",
        "amount_minor",
        "stay_nights",
        "pay_nights",
        "free_nights",
        "access",
        "book_from",
        "book_until",
        "stay_from",
        "stay_until",
        "weekdays",
        "arrival_weekdays",
        "min_advance_days",
        "max_advance_days",
        "min_nights",
        "max_nights",
        "min_guests",
        "max_guests",
        "channels",
        "members_only",
        "first_booking_only",
        "max_redemptions",
        "max_per_guest",
        "max_per_day",
        "budget_minor",
        "is_combinable",
        "is_archived",
        "room_types",
        "rate_plan_ids",
        "extras",
        "batch_id",
        "code_count",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

impl Offer {
    /// Returns `true` if bookings with it are counted against a limit, or each needs a code of its own.
    pub fn is_limited(&self) -> bool {
        let limits = [self.max_redemptions, self.max_per_guest, self.max_per_day];
        limits.iter().any(Option::is_some)
            || self.budget_minor.is_some()
            || self.first_booking_only
            || self.access == Access::SingleUseCodes
    }

    /// Returns `true` if it matters for it who books, and not only how many do.
    pub fn is_personal(&self) -> bool {
        self.max_per_guest.is_some() || self.first_booking_only
    }

    /// Returns what it takes off prices.
    pub fn reduction(&self) -> Reduction {
        let amount_minor = self.amount_minor.unwrap_or(0);
        let nights = |count: Option<i32>| usize::try_from(count.unwrap_or(1)).unwrap_or(1);
        match (self.kind, self.percent_ppm) {
            (OfferKind::Percent, Some(ppm)) | (OfferKind::Bundle, Some(ppm)) => Reduction::Percent { ppm: ppm.into() },
            (OfferKind::AmountPerNight, _) => Reduction::AmountPerNight { amount_minor },
            (OfferKind::AmountPerStay | OfferKind::Bundle, _) => Reduction::AmountPerStay { amount_minor },
            (OfferKind::FixedPrice, _) => Reduction::FixedPrice { price_minor: amount_minor },
            (OfferKind::FreeNights, _) => Reduction::FreeNights {
                stay: nights(self.stay_nights),
                pay: nights(self.pay_nights),
                free: self.free_nights.unwrap_or(FreeNights::Cheapest),
            },
            (OfferKind::Percent | OfferKind::IncludedExtras | OfferKind::PlanAccess, _) => Reduction::None,
        }
    }
}

/// A code of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = offer_codes, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct OfferCode {
    pub property_id: Uuid,
    pub id: Uuid,
    pub offer_id: Uuid,
    pub code: String,
    /// The code with letters and digits that look alike as one.
    pub code_key: String,
    /// Batch in which it was made, of a code that is good for one booking.
    pub batch_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An offer with all that says whether a stay gets it, as a process remembers it.
#[derive(Debug, Clone)]
pub struct OnSale {
    pub offer: Offer,
    pub terms: OfferTerms,
    /// Its code, if it has one that is good for any number of bookings.
    pub code: Option<OfferCode>,
    /// `true` if nothing is left of it.
    pub is_full: bool,
    /// Business date for which nothing is left of it.
    pub full_on: Option<NaiveDate>,
}

/// Terms of an offer, as far as they concern stays and their prices: what a stay that was sold with it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    pub reduction: Reduction,
    /// First and last night that a stay may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay_from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stay_until: Option<NaiveDate>,
    pub weekdays: i16,
    pub arrival_weekdays: i16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_nights: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_nights: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_guests: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_guests: Option<i32>,
    /// Room types, all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub room_type_ids: Vec<Uuid>,
    /// Rate plans, all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_plan_ids: Vec<Uuid>,
    /// Rooms of each type that are booked together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundle: Vec<(Uuid, i32)>,
    /// Extras that come with each night.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<Included>,
}

impl OfferTerms {
    pub fn new(offer: &Offer, room_types: &[(Uuid, Option<i32>)], rate_plan_ids: Vec<Uuid>, included: Vec<Included>) -> Self {
        let bundle = room_types.iter().filter(|_| offer.kind == OfferKind::Bundle);
        Self {
            reduction: offer.reduction(),
            stay_from: offer.stay_from,
            stay_until: offer.stay_until,
            weekdays: offer.weekdays,
            arrival_weekdays: offer.arrival_weekdays,
            min_nights: offer.min_nights,
            max_nights: offer.max_nights,
            min_guests: offer.min_guests,
            max_guests: offer.max_guests,
            room_type_ids: room_types.iter().map(|(id, _)| *id).collect(),
            rate_plan_ids,
            bundle: bundle.map(|(id, rooms)| (*id, rooms.unwrap_or(1))).collect(),
            included,
        }
    }
}

/// Counts against the limits of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Counter {
    #[diesel(sql_type = sql_types::Uuid)]
    pub offer_id: Uuid,
    #[diesel(sql_type = sql_types::Integer)]
    pub used: i32,
    #[diesel(sql_type = sql_types::BigInt)]
    pub spent_minor: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Date>)]
    pub day: Option<NaiveDate>,
    #[diesel(sql_type = sql_types::Integer)]
    pub used_on_day: i32,
    /// Bookings with it that the guest has.
    #[diesel(sql_type = sql_types::BigInt)]
    pub of_guest: i64,
    /// `true` if the guest has booked at the hotel before.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_known: bool,
    /// `true` if the code that was given is used up.
    #[diesel(sql_type = sql_types::Bool)]
    pub code_is_used: bool,
}

impl Counter {
    /// Closes what is left of personal limits: for somebody who would not be known again.
    pub fn close_to_nobody(&mut self) {
        self.of_guest = i64::MAX;
        self.is_known = true;
    }
}

/// The one who books, as offers count them: an account, the contact's address or else the number, and the guest profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person<'a> {
    pub user_id: Option<Uuid>,
    pub email: Option<&'a str>,
    /// Number of the contact. It is asked only of those without an address: families and offices share one.
    pub phone: Option<&'a str>,
    /// Profile of the contact, where there is one already.
    pub guest_id: Option<Uuid>,
}

impl Person<'_> {
    /// Returns `true` if nothing is known by which the person would be known again: a name alone is nobody's.
    pub fn is_nobody(&self) -> bool {
        let is_short = |phone: &str| phone.chars().filter(char::is_ascii_digit).count() < NUMBER_LENGTH;
        self.user_id.is_none() && self.email.is_none() && self.guest_id.is_none() && self.phone.is_none_or(is_short)
    }
}

/// Least number of digits of a phone number, as profiles are found by it.
const NUMBER_LENGTH: usize = 6;

/// An offer that a stay was sold with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldOffer {
    pub offer_id: Uuid,
    /// Name in the hotel's language.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<SoldCode>,
    pub terms: OfferTerms,
}

/// The code with which a stay was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldCode {
    pub id: Uuid,
    pub code: String,
    pub is_single_use: bool,
}

/// A booking that was made with an offer.
#[derive(Debug, Clone)]
pub struct Redeemed<'a> {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub offer: &'a SoldOffer,
    pub person: Person<'a>,
    /// Business date on which it was booked.
    pub sold_on: NaiveDate,
    /// Amount that is taken off in all, as entered.
    pub discount_minor: i64,
    pub now: DateTime<Utc>,
}

/// Amounts off the nights of a stay, as entered.
pub type ByNight = BTreeMap<NaiveDate, i64>;

/// An offer of a stay, to be written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = stay_offers, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct StayOffer {
    pub property_id: Uuid,
    pub stay_id: Uuid,
    pub offer_id: Uuid,
    pub booking_id: Uuid,
    pub position: i32,
    pub name: String,
    pub code: Option<String>,
    pub terms: serde_json::Value,
    pub nights: serde_json::Value,
    pub discount_minor: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An offer that a stay has, as it was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOffer {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub offer_id: Uuid,
    pub position: i32,
    pub name: String,
    pub code: Option<String>,
    pub terms: OfferTerms,
    pub nights: ByNight,
    pub discount_minor: i64,
    pub lost_on: Option<NaiveDate>,
}

/// Row of a held offer.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = stay_offers)]
pub struct HeldRow {
    pub property_id: Uuid,
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub offer_id: Uuid,
    pub position: i32,
    pub name: String,
    pub code: Option<String>,
    pub terms: serde_json::Value,
    pub nights: serde_json::Value,
    pub discount_minor: i64,
    pub lost_on: Option<NaiveDate>,
}

/// A redemption as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = offer_redemptions)]
pub struct Redemption {
    pub offer_id: Uuid,
    pub discount_minor: i64,
    pub is_live: bool,
}

/// A counter with what is left told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = offer_counters)]
pub struct Full {
    pub property_id: Uuid,
    pub offer_id: Uuid,
    pub is_full: bool,
    pub full_on: Option<NaiveDate>,
}

/// A code with whether it was used.
#[derive(Debug, Clone, QueryableByName)]
pub struct CodeRow {
    #[diesel(sql_type = sql_types::Uuid)]
    pub id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    pub code: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub batch_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub booking_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// Bookings that came of an offer, or of one of its codes.
#[derive(Debug, Clone, QueryableByName)]
pub struct ReportRow {
    #[diesel(sql_type = sql_types::Uuid)]
    pub offer_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    pub code: Option<String>,
    #[diesel(sql_type = sql_types::BigInt)]
    pub bookings: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub given_back: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub nights: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub revenue_minor: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub discount_minor: i64,
}
