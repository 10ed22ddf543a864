//! Time. Everything that a hotel decides by date asks [`Clock::now`]; tests move it.
use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, TimeZone, Utc};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// Years of dates and instants that clients send: others are slips, and PostgreSQL's calendar begins later than ours.
pub const YEARS: RangeInclusive<i32> = 1900..=2999;

/// The source of business time: the real one, or a set one where the test clock is on.
#[derive(Debug, Default)]
pub struct Clock {
    set: Mutex<Option<DateTime<Utc>>>,
}

impl Clock {
    /// Returns business time: for dates, holds, policies, jobs.
    pub fn now(&self) -> DateTime<Utc> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(Self::real_now)
    }

    /// Real time, for what protects against people: tokens, sessions, idempotency keys. To the
    /// microsecond, which is what PostgreSQL keeps: an answer is the same before and after storing.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn real_now() -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    /// Stops business time at an instant. Only the test clock's route calls this.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.set.lock().unwrap_or_else(PoisonError::into_inner) = Some(now.trunc_subsecs(6));
    }
}

/// The local date in a time zone: "today" at the hotel.
pub fn local_date(now: DateTime<Utc>, zone: chrono_tz::Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// The instant of a local date and time. Where clocks were put forward over it, the first one after;
/// where they were put back and it came twice, the first of the two.
pub fn local_instant(date: NaiveDate, time: NaiveTime, zone: chrono_tz::Tz) -> DateTime<Utc> {
    // Most gaps have an hour. Samoa left out a day.
    const LONGEST_GAP: i64 = 24 * 60;
    let wanted = date.and_time(time);
    let after = |minutes| zone.from_local_datetime(&(wanted + TimeDelta::minutes(minutes))).earliest();
    (0..=LONGEST_GAP).find_map(after).map_or(wanted.and_utc(), |instant| instant.with_timezone(&Utc))
}

/// Times of day as `15:00`.
pub mod hours {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de};

    const FORMAT: &str = "%H:%M";

    pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format(FORMAT))
    }

    /// A time that may be left out.
    pub mod optional {
        use super::{Deserialize, Deserializer, FORMAT, NaiveTime, de};

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
            let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
            let wrong = |_| de::Error::custom(format!("{text:?} is not a time of day such as \"15:00\""));
            NaiveTime::parse_from_str(&text, FORMAT).map(Some).map_err(wrong)
        }
    }

    /// A time that may be left out of a merge patch, and taken away with null.
    pub mod nullable {
        use super::{Deserializer, NaiveTime, Serializer, optional};

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<NaiveTime>>, D::Error> {
            optional::deserialize(deserializer).map(Some)
        }

        pub fn serialize<S: Serializer>(time: &Option<NaiveTime>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => super::serialize(time, serializer),
                None => serializer.serialize_none(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_changed_leave_no_time_without_an_instant() {
        use chrono_tz::{America, Europe, Pacific};
        for (date, time, zone, instant) in [
            ("2026-12-10", "15:00", Europe::Lisbon, "2026-12-10T15:00:00Z"),
            ("2026-07-10", "15:00", Europe::Lisbon, "2026-07-10T14:00:00Z"),
            ("2026-03-29", "01:30", Europe::Lisbon, "2026-03-29T01:00:00Z"), // not there: 2:00 follows 0:59
            ("2026-10-25", "01:30", Europe::Lisbon, "2026-10-25T00:30:00Z"), // twice
            ("2026-12-10", "23:30", America::New_York, "2026-12-11T04:30:00Z"),
            ("2011-12-30", "15:00", Pacific::Apia, "2011-12-30T10:00:00Z"), // left out at the date line
        ] {
            let found = local_instant(date.parse().expect("a date"), time.parse().expect("a time"), zone);
            assert_eq!(found, instant.parse::<DateTime<Utc>>().expect("an instant"), "{date} {time} {zone}");
        }
    }

    #[test]
    fn today_is_the_hotels_date() {
        let now = "2026-12-31T23:30:00Z".parse().expect("an instant");
        assert_eq!(local_date(now, chrono_tz::Europe::Lisbon).to_string(), "2026-12-31");
        assert_eq!(local_date(now, chrono_tz::Europe::Berlin).to_string(), "2027-01-01");
        assert_eq!(local_date(now, chrono_tz::Pacific::Honolulu).to_string(), "2026-12-31");
    }
}
