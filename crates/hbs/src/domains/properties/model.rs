use crate::clock::{hours, local_date, local_instant};
use crate::money::Currency;
use crate::outbox::{Entity, Recorded};
use crate::texts::{Locale, Texts};
use crate::words::{text_column, text_enum};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use hbs_schema::properties;
use serde::{Deserialize, Serialize};
use serde_with::rust::{double_option, unwrap_or_skip};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

text_enum! {
    /// Mode of the prices that staff enter: with taxes contained in them (`gross`), or with taxes added to them
    /// (`net`).
    pub enum PriceMode {
        /// Prices are what the guest pays; taxes are contained in them.
        Gross = "gross",
        /// Prices are net; taxes are added to them.
        Net = "net",
    }
}

text_enum! {
    /// Decision about guests who have not arrived when their date is closed: they are still expected and keep their room
    /// (`expected_until_morning`), they are recorded as a no-show (`no_show`), or their stay is cancelled (`cancel`).
    pub enum ArrivalDecision {
        /// The guests come late: the stay keeps its room.
        ExpectedUntilMorning = "expected_until_morning",
        /// The guests do not come: the fee for that replaces the charges.
        NoShow = "no_show",
        /// The stay is cancelled: the fee for that replaces the charges.
        Cancel = "cancel",
    }
}

/// An IANA time zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

text_column!(TimeZone);

impl TimeZone {
    pub fn tz(self) -> chrono_tz::Tz {
        self.0
    }
}

impl FromStr for TimeZone {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is not an IANA time zone such as Europe/Lisbon"))
    }
}

impl TryFrom<String> for TimeZone {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.to_string()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

// The answer's `settings`, and columns of the row.
/// Settings of a property: limits on its bookings, and rules of its front desk.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = properties, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Settings {
    /// Maximum number of rooms of a booking that guests make; staff, and guests of a group, book up to 50.
    pub max_rooms_per_booking: i32,
    /// Maximum number of nights of a stay.
    pub max_nights: i32,
    /// Maximum number of days between booking and arrival.
    pub max_advance_days: i32,
    /// Number of nights from today for which there is inventory.
    pub horizon_nights: i32,
    /// Maximum length of a hold, in minutes.
    pub max_hold_minutes: i32,
    /// Maximum number of holds that a guest can have at a time.
    pub max_live_holds: i32,
    /// Local time from which guests can no longer book an arrival of the same day.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "18:00")]
    pub same_day_cutoff: Option<NaiveTime>,
    /// Local time of the day of arrival before which nobody can be recorded as a no-show.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "23:00")]
    pub no_show_cutoff: Option<NaiveTime>,
    /// Highest age, in years, that counts as a child.
    pub max_child_age: i32,
    /// Local time on the following day at which the night audit of a day runs automatically.
    #[serde(serialize_with = "hours::nullable::serialize")]
    #[schema(value_type = Option<String>, example = "03:00")]
    pub night_audit_time: Option<NaiveTime>,
    /// `true` if guests who have not come by `no_show_cutoff` are recorded as no-shows automatically.
    pub auto_no_show: bool,
    /// `true` if check-in needs at least one guest of each room on record with date of birth, nationality and document.
    pub requires_identity: bool,
    /// `true` if the last guests of a booking can be checked out only when its folio is settled, or an account pays what is
    /// due, but for stays that are to come.
    pub requires_settled_folio: bool,
    /// Minutes for which rooms that come back are held for a guest on the waitlist.
    pub waitlist_hold_minutes: i32,
    /// Maximum number of bookings to come, holds too, that guests can make for one account, and for one e-mail address.
    pub max_live_bookings: i32,
    /// Maximum number of nights, counted by room, that these bookings can have together.
    pub max_live_nights: i32,
    /// `true` if bookings of guests who have not verified their e-mail address are held until they do, for at most
    /// `max_hold_minutes`.
    pub requires_verified_email: bool,
    /// Decision of the night audit about guests who have not arrived, where it is told none; null if it is to be told.
    pub open_arrivals: Option<ArrivalDecision>,
    /// `true` if guests are checked in only into rooms that are inspected; otherwise into rooms that are clean, too.
    pub requires_inspection: bool,
    /// Number of days for which lost property is kept, unless something else is said of an item.
    pub lost_property_days: i32,
    /// `true` if reviews wait until staff publish them.
    pub moderates_reviews: bool,
    /// `true` if guests are asked for a review by mail, a day after their departure.
    pub invites_reviews: bool,
    /// Number of days for which authors can change and remove their reviews.
    pub review_edit_days: i32,
}

/// Change of a property's settings. Fields that are left out stay as they are, or get their default.
#[derive(Debug, Default, Clone, Copy, Deserialize, garde::Validate, utoipa::ToSchema, AsChangeset)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = properties)]
pub struct SettingsPatch {
    /// Maximum number of rooms of a booking that guests make; staff, and guests of a group, book up to 50.
    #[garde(inner(range(min = 1, max = 50)))]
    #[schema(nullable = false, minimum = 1, maximum = 50, default = 5)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_rooms_per_booking: Option<i32>,
    /// Maximum number of nights of a stay.
    #[garde(inner(range(min = 1, max = 365)))]
    #[schema(nullable = false, minimum = 1, maximum = 365, default = 90)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_nights: Option<i32>,
    /// Maximum number of days between booking and arrival.
    #[garde(inner(range(min = 1, max = 1500)))]
    #[schema(nullable = false, minimum = 1, maximum = 1500, default = 730)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_advance_days: Option<i32>,
    /// Number of nights from today for which there is inventory.
    #[garde(inner(range(min = 1, max = 1500)))]
    #[schema(nullable = false, minimum = 1, maximum = 1500, default = 730)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub horizon_nights: Option<i32>,
    /// Maximum length of a hold, in minutes.
    #[garde(inner(range(min = 1, max = 10080)))]
    #[schema(nullable = false, minimum = 1, maximum = 10080, default = 60)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_hold_minutes: Option<i32>,
    /// Maximum number of holds that a guest can have at a time.
    #[garde(inner(range(min = 1, max = 100)))]
    #[schema(nullable = false, minimum = 1, maximum = 100, default = 3)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_live_holds: Option<i32>,
    /// Local time from which guests can no longer book an arrival of the same day; staff can. Null: they can until
    /// midnight.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::nullable::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "18:00")]
    pub same_day_cutoff: Option<Option<NaiveTime>>,
    /// Local time of the day of arrival before which nobody can be recorded as a no-show. Null: from midnight on.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::nullable::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "23:00")]
    pub no_show_cutoff: Option<Option<NaiveTime>>,
    /// Highest age, in years, that counts as a child. Anybody older is an adult.
    #[garde(inner(range(min = 0, max = 17)))]
    #[schema(nullable = false, minimum = 0, maximum = 17, default = 17)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_child_age: Option<i32>,
    /// Local time on the following day at which the night audit of a day runs automatically. Null: it runs only when
    /// staff run it; without any audit, the business date of a hotel is its local date.
    #[garde(skip)]
    #[serde(default, deserialize_with = "hours::nullable::deserialize")]
    #[schema(value_type = Option<String>, pattern = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$", example = "03:00")]
    pub night_audit_time: Option<Option<NaiveTime>>,
    /// `true` to record guests who have not come by `no_show_cutoff` as no-shows automatically.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub auto_no_show: Option<bool>,
    /// `true` if check-in needs at least one guest of each room on record with date of birth, nationality and document.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub requires_identity: Option<bool>,
    /// `true` if the last guests of a booking can be checked out only when its folio is settled, or an account pays what is
    /// due, but for stays that are to come.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub requires_settled_folio: Option<bool>,
    /// Minutes for which rooms that come back are held for a guest on the waitlist.
    #[garde(inner(range(min = 10, max = 10080)))]
    #[schema(nullable = false, minimum = 10, maximum = 10080, default = 720)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub waitlist_hold_minutes: Option<i32>,
    /// Maximum number of bookings to come, holds too, that guests can make for one account, and for one e-mail address.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(nullable = false, minimum = 1, maximum = 1000, default = 20)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_live_bookings: Option<i32>,
    /// Maximum number of nights, counted by room, that these bookings can have together.
    #[garde(inner(range(min = 1, max = 100_000)))]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 365)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub max_live_nights: Option<i32>,
    /// `true` to hold the bookings of guests who have not verified their e-mail address until they do, for at most
    /// `max_hold_minutes`.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub requires_verified_email: Option<bool>,
    /// Decision of the night audit about guests who have not arrived, where it is told none. Null: the audit is refused
    /// until it is told, also one that runs automatically. Guests who did not come although they were expected until the
    /// morning are recorded as a no-show by the next audit.
    #[garde(skip)]
    #[serde(default, with = "double_option")]
    pub open_arrivals: Option<Option<ArrivalDecision>>,
    /// `true` to check guests in only into rooms that are inspected; otherwise into rooms that are clean, too.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub requires_inspection: Option<bool>,
    /// Number of days for which lost property is kept, unless something else is said of an item.
    #[garde(inner(range(min = 1, max = 3650)))]
    #[schema(nullable = false, minimum = 1, maximum = 3650, default = 90)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub lost_property_days: Option<i32>,
    /// `true` to let reviews wait until staff publish them.
    #[garde(skip)]
    #[schema(nullable = false, default = false)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub moderates_reviews: Option<bool>,
    /// `true` to ask guests for a review by mail, a day after their departure.
    #[garde(skip)]
    #[schema(nullable = false, default = true)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub invites_reviews: Option<bool>,
    /// Number of days for which authors can change and remove their reviews; 0 for not at all.
    #[garde(inner(range(min = 0, max = 365)))]
    #[schema(nullable = false, minimum = 0, maximum = 365, default = 30)]
    #[serde(default, deserialize_with = "unwrap_or_skip::deserialize")]
    pub review_edit_days: Option<i32>,
}

impl From<SettingsPatch> for Settings {
    fn from(patch: SettingsPatch) -> Self {
        Self {
            max_rooms_per_booking: patch.max_rooms_per_booking.unwrap_or(5),
            max_nights: patch.max_nights.unwrap_or(90),
            max_advance_days: patch.max_advance_days.unwrap_or(730),
            horizon_nights: patch.horizon_nights.unwrap_or(730),
            max_hold_minutes: patch.max_hold_minutes.unwrap_or(60),
            max_live_holds: patch.max_live_holds.unwrap_or(3),
            same_day_cutoff: patch.same_day_cutoff.flatten(),
            no_show_cutoff: patch.no_show_cutoff.flatten(),
            max_child_age: patch.max_child_age.unwrap_or(17),
            night_audit_time: patch.night_audit_time.flatten(),
            auto_no_show: patch.auto_no_show.unwrap_or(false),
            requires_identity: patch.requires_identity.unwrap_or(false),
            requires_settled_folio: patch.requires_settled_folio.unwrap_or(true),
            waitlist_hold_minutes: patch.waitlist_hold_minutes.unwrap_or(720),
            max_live_bookings: patch.max_live_bookings.unwrap_or(20),
            max_live_nights: patch.max_live_nights.unwrap_or(365),
            requires_verified_email: patch.requires_verified_email.unwrap_or(false),
            open_arrivals: patch.open_arrivals.flatten(),
            requires_inspection: patch.requires_inspection.unwrap_or(false),
            lost_property_days: patch.lost_property_days.unwrap_or(90),
            moderates_reviews: patch.moderates_reviews.unwrap_or(false),
            invites_reviews: patch.invites_reviews.unwrap_or(true),
            review_edit_days: patch.review_edit_days.unwrap_or(30),
        }
    }
}

/// Name of a property at the end of a date.
#[derive(Debug, QueryableByName)]
pub struct NameOn {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = properties)]
pub struct Property {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub street: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub time_zone: TimeZone,
    pub currency: Currency,
    pub prices: PriceMode,
    pub check_in_time: NaiveTime,
    pub check_out_time: NaiveTime,
    #[serde(flatten)]
    #[diesel(embed)]
    pub settings: Settings,
    pub default_locale: Locale,
    pub texts: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Business date to which the night audit last advanced.
    #[diesel(column_name = business_date)]
    pub rolled_to: Option<NaiveDate>,
}

impl Recorded for Property {
    const ENTITY: &'static str = "property";
    const OPEN: &'static [&'static str] = &[
        "id",
        "name",
        "description",
        "street",
        "city",
        "postal_code",
        "country",
        "latitude",
        "longitude",
        "time_zone",
        "currency",
        "prices",
        "check_in_time",
        "check_out_time",
        "max_rooms_per_booking",
        "max_nights",
        "max_advance_days",
        "horizon_nights",
        "max_hold_minutes",
        "max_live_holds",
        "default_locale",
        "texts",
        "same_day_cutoff",
        "no_show_cutoff",
        "max_child_age",
        "rolled_to",
        "night_audit_time",
        "auto_no_show",
        "requires_identity",
        "requires_settled_folio",
        "waitlist_hold_minutes",
        "max_live_bookings",
        "max_live_nights",
        "requires_verified_email",
        "open_arrivals",
        "requires_inspection",
        "lost_property_days",
        "moderates_reviews",
        "invites_reviews",
        "review_edit_days",
        // Of what else is told of a hotel.
        "age_bands",
        "rate_update_ids",
        "cells",
        "business_date",
        "no_shows",
        "late_arrivals",
        "closed_early",
        "documents",
    ];
    const SEALED: &'static [&'static str] = &["email", "phone", "reason"];

    fn entity(&self) -> Entity {
        Self::entity_of(self.id)
    }
}

impl Property {
    /// Returns a hotel as an entity. Its row need not have been read.
    pub fn entity_of(id: Uuid) -> Entity {
        Entity::new(id).at(id)
    }

    /// Returns the business date, "today" at the hotel: as set by the last night audit, or its local date before the
    /// first one.
    pub fn business_date(&self, now: DateTime<Utc>) -> NaiveDate {
        self.rolled_to.unwrap_or_else(|| local_date(now, self.time_zone.tz()))
    }

    /// Returns the first date whose charges are open; none if all are.
    pub fn open_from(&self) -> Option<NaiveDate> {
        self.rolled_to
    }

    /// Returns the check-in time of a stay, from which the hours of cancellation policies are counted back.
    pub fn check_in_instant(&self, check_in: NaiveDate) -> DateTime<Utc> {
        local_instant(check_in, self.check_in_time, self.time_zone.tz())
    }

    /// Returns the local time at the hotel.
    pub fn local_time(&self, now: DateTime<Utc>) -> NaiveDateTime {
        now.with_timezone(&self.time_zone.tz()).naive_local()
    }

    /// Returns name and description in languages beside `default_locale`.
    pub fn texts(&self) -> Texts {
        Texts::from_json(self.texts.clone())
    }
}

#[derive(Insertable)]
#[diesel(table_name = properties, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewProperty {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    pub street: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub time_zone: TimeZone,
    pub currency: Currency,
    pub prices: PriceMode,
    pub check_in_time: NaiveTime,
    pub check_out_time: NaiveTime,
    #[diesel(embed)]
    pub settings: Settings,
    pub default_locale: Locale,
    pub texts: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = properties)]
pub struct PropertyChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub latitude: Option<Option<f64>>,
    pub longitude: Option<Option<f64>>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub time_zone: Option<TimeZone>,
    pub prices: Option<PriceMode>,
    pub check_in_time: Option<NaiveTime>,
    pub check_out_time: Option<NaiveTime>,
    #[diesel(embed)]
    pub settings: SettingsPatch,
    pub default_locale: Option<Locale>,
    pub texts: Option<serde_json::Value>,
}
