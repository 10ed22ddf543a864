use crate::domains::rates::ExtraChildren;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use hbs_schema::{extras, stay_extras};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

text_enum! {
    /// Way in which an extra is charged: for each night (`per_night`), for each guest (`per_person`), for each guest and night
    /// (`per_person_night`), for each stay (`per_stay`), or once on a day that is chosen with it (`once`).
    pub enum PostedPer {
        Night = "per_night",
        Person = "per_person",
        PersonNight = "per_person_night",
        Stay = "per_stay",
        Once = "once",
    }
}

text_enum! {
    /// Day on which an extra is served and charged: of one that is charged for nights, that of the night (`night`) or the
    /// morning after it (`next_day`), of any other that of arrival (`arrival`) or departure (`departure`).
    pub enum ExtraDay {
        Night = "night",
        NextDay = "next_day",
        Arrival = "arrival",
        Departure = "departure",
    }
}

impl PostedPer {
    pub fn is_nightly(self) -> bool {
        matches!(self, Self::Night | Self::PersonNight)
    }

    pub fn is_personal(self) -> bool {
        matches!(self, Self::Person | Self::PersonNight)
    }

    /// Returns the day on which it is served where the hotel does not say.
    pub fn usual_day(self) -> ExtraDay {
        if self.is_nightly() { ExtraDay::Night } else { ExtraDay::Arrival }
    }
}

impl ExtraDay {
    pub fn is_of_nights(self) -> bool {
        matches!(self, Self::Night | Self::NextDay)
    }
}

/// An extra of a hotel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = extras, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Extra {
    pub property_id: Uuid,
    pub id: Uuid,
    pub name: String,
    pub description: String,
    /// Name and description in other languages.
    pub texts: serde_json::Value,
    /// Price of one as entered, in minor units.
    pub price_minor: i64,
    pub posted: PostedPer,
    pub day: ExtraDay,
    pub min_quantity: i32,
    /// Highest number that is sold with a stay; none for as many as one likes.
    pub max_quantity: Option<i32>,
    /// `true` if it is sold no more.
    pub is_archived: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Prices of children by age band, of one that is charged for guests: all others pay the price.
    pub child_prices: ExtraChildren,
}

impl Recorded for Extra {
    const ENTITY: &'static str = "extra";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "name",
        "texts",
        "price_minor",
        "child_prices",
        "posted",
        "day",
        "min_quantity",
        "max_quantity",
        "is_archived",
        "tax_rule_ids",
    ];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = extras)]
pub struct ExtraChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub texts: Option<serde_json::Value>,
    pub price_minor: Option<i64>,
    pub child_prices: Option<ExtraChildren>,
    pub day: Option<ExtraDay>,
    pub min_quantity: Option<i32>,
    pub max_quantity: Option<Option<i32>>,
    pub is_archived: Option<bool>,
}

/// A tax that an extra bears, a percentage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraTax {
    pub id: Uuid,
    pub name: String,
    /// Rate in parts per million.
    pub rate_ppm: i32,
    /// `true` if the price as entered has it in it.
    pub is_included: bool,
}

/// An extra with its taxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub extra: Extra,
    /// Taxes on it, in the order of their lines.
    pub taxes: Vec<ExtraTax>,
}

/// Wish for an extra with a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraWish {
    pub extra_id: Uuid,
    pub quantity: i32,
    /// Day on which it is to be served, of one that is charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
}

/// An extra that was sold with a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = stay_extras, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct StayExtra {
    pub property_id: Uuid,
    pub id: Uuid,
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub extra_id: Uuid,
    pub quantity: i32,
    /// Day on which it is served, where one was asked for.
    pub date: Option<NaiveDate>,
    /// Business date on which it was taken away: what was to come then is not served.
    pub removed_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An extra of a stay as bookings show it: one that was sold with it, or one that is in the price of its nights.
#[derive(Debug, Clone, QueryableByName)]
pub struct ShownExtra {
    #[diesel(sql_type = sql_types::Uuid)]
    pub stay_id: Uuid,
    /// Sale of it; none for one that is in the price.
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Uuid)]
    pub extra_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Jsonb)]
    pub texts: serde_json::Value,
    #[diesel(sql_type = sql_types::Text)]
    pub base: Locale,
    #[diesel(sql_type = sql_types::Text)]
    pub posted: PostedPer,
    #[diesel(sql_type = sql_types::Integer)]
    pub quantity: i32,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Date>)]
    pub date: Option<NaiveDate>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Date>)]
    pub removed_on: Option<NaiveDate>,
    /// Sum of its lines with their taxes, in minor units.
    #[diesel(sql_type = sql_types::BigInt)]
    pub total_minor: i64,
}

/// An extra that is to be served on a day, and to whom.
#[derive(Debug, Clone, QueryableByName)]
pub struct Service {
    #[diesel(sql_type = sql_types::Uuid)]
    pub extra_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Integer)]
    pub units: i32,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub booking_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    pub reference: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub stay_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    pub guest_name: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    pub room_number: Option<String>,
}
