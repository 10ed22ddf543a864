//! Time. Everything that a hotel decides by date asks [`Clock::now`]; tests move it.
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use std::sync::{Mutex, PoisonError};

/// The source of business time: the real one, or a set one where the test clock is on.
#[derive(Debug, Default)]
pub struct Clock {
    set: Mutex<Option<DateTime<Utc>>>,
}

impl Clock {
    /// Business time: dates, holds, policies, jobs.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_hotels_date() {
        let now = "2026-12-31T23:30:00Z".parse().expect("an instant");
        assert_eq!(local_date(now, chrono_tz::Europe::Lisbon).to_string(), "2026-12-31");
        assert_eq!(local_date(now, chrono_tz::Europe::Berlin).to_string(), "2027-01-01");
        assert_eq!(local_date(now, chrono_tz::Pacific::Honolulu).to_string(), "2026-12-31");
    }
}
