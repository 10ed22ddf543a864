//! Local times of publications, and the instants that they are.
use crate::clock::local_instant;
use crate::words::text_enum;
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

text_enum! {
    /// Rule by which a local time became an instant: the time is there once (`as_written`); the clocks are put forward over it,
    /// and it is the first instant after (`after_gap`); they are put back and it comes twice, and it is the first
    /// (`first_of_two`).
    pub enum LocalRule {
        AsWritten = "as_written",
        AfterGap = "after_gap",
        FirstOfTwo = "first_of_two",
    }
}

impl LocalRule {
    /// Returns the rule for a time in a zone.
    pub fn of(local: NaiveDateTime, zone: &str) -> Self {
        let Ok(zone) = zone.parse::<Tz>() else { return Self::AsWritten };
        match zone.from_local_datetime(&local) {
            LocalResult::Single(_) => Self::AsWritten,
            LocalResult::Ambiguous(..) => Self::FirstOfTwo,
            LocalResult::None => Self::AfterGap,
        }
    }
}

/// Returns the instant of a local time in a zone, by [`LocalRule`].
pub fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    local_instant(local.date(), local.time(), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T-cms-zone: gaps and overlaps of four zones, of which Kolkata has none and Apia left out a day.
    #[test]
    fn each_local_time_is_one_instant_by_a_rule_that_is_told() {
        for (local, zone, expected, rule) in [
            ("2027-03-28T01:30:00", "Europe/Lisbon", "2027-03-28T01:00:00Z", LocalRule::AfterGap),
            ("2027-10-31T01:30:00", "Europe/Lisbon", "2027-10-31T00:30:00Z", LocalRule::FirstOfTwo),
            ("2027-03-14T02:30:00", "America/New_York", "2027-03-14T07:00:00Z", LocalRule::AfterGap),
            ("2027-11-07T01:30:00", "America/New_York", "2027-11-07T05:30:00Z", LocalRule::FirstOfTwo),
            ("2027-11-07T02:30:00", "America/New_York", "2027-11-07T07:30:00Z", LocalRule::AsWritten),
            ("2027-03-28T02:30:00", "Asia/Kolkata", "2027-03-27T21:00:00Z", LocalRule::AsWritten),
            ("2027-03-28T02:30:00", "Pacific/Apia", "2027-03-27T13:30:00Z", LocalRule::AsWritten),
            ("2011-12-30T02:30:00", "Pacific/Apia", "2011-12-30T10:00:00Z", LocalRule::AfterGap),
        ] {
            let local: NaiveDateTime = local.parse().expect("a time");
            let found = instant(local, zone.parse().expect("a zone"));
            assert_eq!(found, expected.parse::<DateTime<Utc>>().expect("an instant"), "{local} {zone}");
            assert_eq!(LocalRule::of(local, zone), rule, "{local} {zone}");
        }
    }
}
