use crate::domains::folios::{Ledger, PayerKind};
use crate::domains::stays::Status;
use crate::money::Currency;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

text_enum! {
    /// Grouping of figures: the dates (`day`, `month`) or the hotels (`property`) of one line.
    pub enum OccupancyGroup {
        Day = "day",
        Month = "month",
        Property = "property",
    }
}

text_enum! {
    /// Grouping of revenue: what the stays in one line have in common.
    pub enum RevenueGroup {
        Day = "day",
        Month = "month",
        Property = "property",
        RoomType = "room_type",
        RatePlan = "rate_plan",
        Channel = "channel",
        Country = "country",
    }
}

text_enum! {
    /// Grouping of arrivals: what the stays in one line have in common.
    pub enum ArrivalsGroup {
        Month = "month",
        RoomType = "room_type",
        RatePlan = "rate_plan",
        Channel = "channel",
    }
}

text_enum! {
    /// Grouping of payments: what those in one line have in common.
    pub enum PaymentsGroup {
        Day = "day",
        Method = "method",
        Cashier = "cashier",
    }
}

/// Stays of one arrival month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct MonthRow {
    /// First day of the month.
    #[diesel(sql_type = Date)]
    pub month: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub reservations: i64,
    #[diesel(sql_type = BigInt)]
    pub checked_out: i64,
    #[diesel(sql_type = BigInt)]
    pub nights_sold: i64,
    #[diesel(sql_type = BigInt)]
    pub room_revenue_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub cancellations: i64,
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
}

/// First and last date of which the statistics are written down; none before the first audit.
#[derive(Debug, Clone, Copy, Default, QueryableByName)]
pub struct Closed {
    #[diesel(sql_type = Nullable<Date>)]
    pub first: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    pub last: Option<NaiveDate>,
}

/// Stays on dates, added up under a key.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct StaySums {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = BigInt)]
    pub nights: i64,
    /// Nights on dates of which no room that could be sold is on record: those before the hotel began with HBS.
    #[diesel(sql_type = BigInt)]
    pub roomless_nights: i64,
    /// What rooms cost on such dates.
    #[diesel(sql_type = BigInt)]
    pub roomless_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub guests: i64,
    #[diesel(sql_type = BigInt)]
    pub room_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub extra_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub fee_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub other_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub tax_minor: i64,
}

/// Dates of a hotel, added up under a key.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct DaySums {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = BigInt)]
    pub rooms_available: i64,
    #[diesel(sql_type = BigInt)]
    pub out_of_order: i64,
    #[diesel(sql_type = BigInt)]
    pub arrivals: i64,
    #[diesel(sql_type = BigInt)]
    pub departures: i64,
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
    #[diesel(sql_type = BigInt)]
    pub cancellations: i64,
    #[diesel(sql_type = BigInt)]
    pub house_extra_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub house_other_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub house_tax_minor: i64,
}

/// Stays that were to arrive, added up under a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, QueryableByName)]
pub struct ArrivalSums {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = BigInt)]
    pub reservations: i64,
    #[diesel(sql_type = BigInt)]
    pub cancellations: i64,
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
    #[diesel(sql_type = BigInt)]
    pub nights: i64,
    #[diesel(sql_type = BigInt)]
    pub lost_nights: i64,
    #[diesel(sql_type = BigInt)]
    pub lead_days: i64,
}

/// A night as it stood on the books at two dates, and a year before at the first.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct PaceRow {
    #[diesel(sql_type = Date)]
    pub night: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub capacity: i64,
    #[diesel(sql_type = BigInt)]
    pub rooms: i64,
    #[diesel(sql_type = BigInt)]
    pub room_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub rooms_before: i64,
    #[diesel(sql_type = BigInt)]
    pub room_minor_before: i64,
    #[diesel(sql_type = BigInt)]
    pub rooms_last_year: i64,
    #[diesel(sql_type = BigInt)]
    pub room_minor_last_year: i64,
}

/// Payments and refunds, added up under a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, QueryableByName)]
pub struct PaymentSums {
    #[diesel(sql_type = Text)]
    pub key: String,
    /// Name of the cashier.
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub payments: i64,
    #[diesel(sql_type = BigInt)]
    pub received_minor: i64,
    #[diesel(sql_type = BigInt)]
    pub refunded_minor: i64,
}

/// Taxes that were sold by a rule at a rate.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct TaxSums {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub tax_rule_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub vat_treatment: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub rate_ppm: Option<i32>,
    #[diesel(sql_type = BigInt)]
    pub tax_minor: i64,
    /// What of it is on documents.
    #[diesel(sql_type = BigInt)]
    pub invoiced_minor: i64,
}

/// A stay of a guest's own booking.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MyStayRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub booking_id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = Text)]
    pub property_name: String,
    #[diesel(sql_type = Text)]
    pub room_type_name: String,
    #[diesel(sql_type = Text)]
    pub status: Status,
    #[diesel(sql_type = Date)]
    pub check_in: NaiveDate,
    #[diesel(sql_type = Date)]
    pub check_out: NaiveDate,
    #[diesel(sql_type = Text)]
    pub currency: Currency,
    #[diesel(sql_type = BigInt)]
    pub total_minor: i64,
}

/// A stay in the hotel during a night.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct NightStayRow {
    #[diesel(sql_type = SqlUuid)]
    pub stay_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub booking_id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub room_number: Option<String>,
    #[diesel(sql_type = Date)]
    pub check_in: NaiveDate,
    #[diesel(sql_type = Date)]
    pub check_out: NaiveDate,
    /// Name of whom it was booked for.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Time at which a registration card was signed last.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub signed_at: Option<DateTime<Utc>>,
}

/// Folios among which those are that were open at the end of a date, however many folios there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidates {
    /// Those with something open now or entries after the date: all others came to nothing in each ledger then.
    OpenSince,
    /// Those with entries until the date: of a date of long ago they are the fewer ones.
    BegunBefore,
}

/// What is owed on a folio, or held of it, in one ledger at the end of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct OpenBalance {
    #[diesel(sql_type = SqlUuid)]
    pub folio_id: Uuid,
    #[diesel(sql_type = Text)]
    pub ledger: Ledger,
    #[diesel(sql_type = Date)]
    pub since: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub balance_minor: i64,
}

/// Whose a folio is.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct FolioRow {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: PayerKind,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub booking_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub name: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    pub check_in: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    pub check_out: Option<NaiveDate>,
}

/// Name of what lines of a report are of.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct NameRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
}

impl MonthRow {
    pub fn add(&mut self, other: &Self) {
        self.reservations += other.reservations;
        self.checked_out += other.checked_out;
        self.nights_sold += other.nights_sold;
        self.room_revenue_minor += other.room_revenue_minor;
        self.cancellations += other.cancellations;
        self.no_shows += other.no_shows;
    }
}

impl ArrivalSums {
    pub fn add(&mut self, other: &Self) {
        self.reservations += other.reservations;
        self.cancellations += other.cancellations;
        self.no_shows += other.no_shows;
        self.nights += other.nights;
        self.lost_nights += other.lost_nights;
        self.lead_days += other.lead_days;
    }
}

impl PaceRow {
    pub fn add(&mut self, other: &Self) {
        self.capacity += other.capacity;
        self.rooms += other.rooms;
        self.room_minor += other.room_minor;
        self.rooms_before += other.rooms_before;
        self.room_minor_before += other.room_minor_before;
        self.rooms_last_year += other.rooms_last_year;
        self.room_minor_last_year += other.room_minor_last_year;
    }
}

impl PaymentSums {
    pub fn add(&mut self, other: &Self) {
        self.payments += other.payments;
        self.received_minor += other.received_minor;
        self.refunded_minor += other.refunded_minor;
    }
}
