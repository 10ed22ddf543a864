//! Periods of reports, how long they may be, and their parts of one currency.

/// Longest period that is shown date by date.
pub const BY_DAY: i64 = 366;

/// Longest period of which sums are shown: ten years.
pub const LONG: i64 = 3_660;

/// The parts of a report, if it is of several currencies. Of one, the whole says it all.
pub fn if_several<T>(parts: Vec<T>) -> Vec<T> {
    if parts.len() > 1 { parts } else { Vec::new() }
}
