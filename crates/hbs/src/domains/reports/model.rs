use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date};

/// Stays of one arrival month.
#[derive(Debug, QueryableByName)]
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
