use crate::clock::{local_date, local_instant};
use crate::money::Currency;
use crate::texts::{Locale, Texts};
use crate::words::{text_column, text_enum};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diesel::prelude::*;
use hbs_schema::properties;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

text_enum! {
    /// Whether the prices that staff enter hold the taxes.
    pub enum PriceMode {
        /// Prices are what the guest pays; taxes are taken out of them.
        Gross = "gross",
        /// Taxes are added to prices.
        Net = "net",
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
    pub max_rooms_per_booking: i32,
    pub max_nights: i32,
    pub max_advance_days: i32,
    pub horizon_nights: i32,
    pub max_hold_minutes: i32,
    pub max_live_holds: i32,
    pub default_locale: Locale,
    pub texts: serde_json::Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub same_day_cutoff: Option<NaiveTime>,
    pub no_show_cutoff: Option<NaiveTime>,
    pub max_child_age: i32,
    /// The business date that the night audit last rolled to.
    #[diesel(column_name = business_date)]
    pub rolled_to: Option<NaiveDate>,
    pub night_audit_time: Option<NaiveTime>,
    pub auto_no_show: bool,
    pub requires_identity: bool,
    pub requires_settled_folio: bool,
    pub waitlist_hold_minutes: i32,
}

impl Property {
    /// "Today" at the hotel: what the night audit last rolled to; its local date where none has ever been run.
    pub fn business_date(&self, now: DateTime<Utc>) -> NaiveDate {
        self.rolled_to.unwrap_or_else(|| local_date(now, self.time_zone.tz()))
    }

    /// The first date whose charges are open. None: all are.
    pub fn open_from(&self) -> Option<NaiveDate> {
        self.rolled_to
    }

    /// Whether prices as entered hold the included taxes.
    pub fn is_gross(&self) -> bool {
        self.prices == PriceMode::Gross
    }

    /// When a stay begins, from which the hours of cancellation policies are counted back.
    pub fn check_in_instant(&self, check_in: NaiveDate) -> DateTime<Utc> {
        local_instant(check_in, self.check_in_time, self.time_zone.tz())
    }

    /// What the clocks at the hotel show.
    pub fn local_time(&self, now: DateTime<Utc>) -> NaiveDateTime {
        now.with_timezone(&self.time_zone.tz()).naive_local()
    }

    /// Name and description in languages beside `default_locale`.
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
    pub max_rooms_per_booking: i32,
    pub max_nights: i32,
    pub max_advance_days: i32,
    pub horizon_nights: i32,
    pub max_hold_minutes: i32,
    pub max_live_holds: i32,
    pub default_locale: Locale,
    pub texts: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub same_day_cutoff: Option<NaiveTime>,
    pub no_show_cutoff: Option<NaiveTime>,
    pub max_child_age: i32,
    pub night_audit_time: Option<NaiveTime>,
    pub auto_no_show: bool,
    pub requires_identity: bool,
    pub requires_settled_folio: bool,
    pub waitlist_hold_minutes: i32,
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
    pub max_rooms_per_booking: Option<i32>,
    pub max_nights: Option<i32>,
    pub max_advance_days: Option<i32>,
    pub horizon_nights: Option<i32>,
    pub max_hold_minutes: Option<i32>,
    pub max_live_holds: Option<i32>,
    pub same_day_cutoff: Option<Option<NaiveTime>>,
    pub no_show_cutoff: Option<Option<NaiveTime>>,
    pub max_child_age: Option<i32>,
    pub night_audit_time: Option<Option<NaiveTime>>,
    pub auto_no_show: Option<bool>,
    pub requires_identity: Option<bool>,
    pub requires_settled_folio: Option<bool>,
    pub waitlist_hold_minutes: Option<i32>,
    pub default_locale: Option<Locale>,
    pub texts: Option<serde_json::Value>,
}
