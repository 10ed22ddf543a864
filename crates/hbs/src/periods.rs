//! Periods: from one date to another, both of which are in them.
use crate::error::FieldError;
use crate::{Error, Result};
use chrono::{NaiveDate, TimeDelta};

/// Checks the query parameters `from` and `to`: a period does not end before it begins, and is not too long.
pub fn period(from: NaiveDate, to: NaiveDate, most_days: i64) -> Result<(NaiveDate, NaiveDate)> {
    if to < from || to - from >= TimeDelta::days(most_days) {
        let detail = format!("must not be before `from`, and the period has at most {most_days} days");
        return Err(Error::invalid_fields(vec![FieldError::query("to", detail)]));
    }
    Ok((from, to))
}
