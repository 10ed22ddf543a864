//! Dates of the real calendar.

use std::time::SystemTime;

use chrono::{DateTime, Days, NaiveDate, Utc};

/// A date that is in the future in every time zone, `days` later than the first such date.
pub fn future_date(days: u64) -> NaiveDate {
    DateTime::<Utc>::from(SystemTime::now()).date_naive() + Days::new(2 + days)
}
