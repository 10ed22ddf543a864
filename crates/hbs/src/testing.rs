//! Days for unit tests.
use chrono::{Days, NaiveDate};

/// The n-th of December 2026.
pub fn december(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, n).expect("a date")
}

/// Returns the day so many days after the first of December 2026.
pub fn day(n: u64) -> NaiveDate {
    december(1) + Days::new(n)
}
