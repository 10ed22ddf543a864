//! When a person is written to: not at night, and collected where they like it so.
use crate::clock::{local_date, local_instant};
use crate::domains::notifications::model::{Digest, Settings};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

/// Time for which what is told together is gathered before it is written.
const GATHERED: TimeDelta = TimeDelta::seconds(60);

/// The times of a person, in their zone.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub zone: Tz,
    pub quiet: Option<(NaiveTime, NaiveTime)>,
    pub digest: Digest,
    pub digest_at: NaiveTime,
}

impl Times {
    /// The times of settings; `zone` is that of the hotel, for who has not named one.
    pub fn of(settings: &Settings, zone: Tz) -> Self {
        Self {
            zone: settings.time_zone.map_or(zone, |zone| zone.tz()),
            quiet: settings.quiet_from.zip(settings.quiet_to),
            digest: settings.digest,
            digest_at: settings.digest_at,
        }
    }
}

/// The instant at which something is written to a person: when their digest is, and after their quiet hours.
pub fn due_at(times: Times, is_together: bool, now: DateTime<Utc>) -> DateTime<Utc> {
    let collected = match times.digest {
        Digest::None if is_together => now + GATHERED,
        Digest::None => now,
        Digest::Hourly => next_hour(now),
        Digest::Daily => next(times.digest_at, times.zone, now),
    };
    times.quiet.map_or(collected, |(from, to)| after_quiet(from, to, times.zone, collected))
}

/// The full hour after an instant. All zones share it but for a few that are off by parts of an hour, which does not matter here.
fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let begun = now - TimeDelta::minutes(now.minute().into()) - TimeDelta::seconds(now.second().into());
    begun - TimeDelta::nanoseconds(now.nanosecond().into()) + TimeDelta::hours(1)
}

/// The next instant at which it is this time of day.
fn next(time: NaiveTime, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = local_date(now, zone);
    let at = local_instant(today, time, zone);
    if at > now { at } else { local_instant(today + Days::new(1), time, zone) }
}

/// The instant itself, or the end of the quiet hours that it is in. They may begin on one day and end on the next.
fn after_quiet(from: NaiveTime, to: NaiveTime, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let time = at.with_timezone(&zone).time();
    let is_quiet = if from < to { from <= time && time < to } else { time >= from || time < to };
    if is_quiet { next(to, zone, at) } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America, Europe};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn time(text: &str) -> NaiveTime {
        text.parse().expect("a time")
    }

    fn times(digest: Digest, zone: Tz) -> Times {
        Times { zone, quiet: Some((time("22:00:00"), time("07:00:00"))), digest, digest_at: time("08:00:00") }
    }

    #[test]
    fn nobody_is_written_to_at_night_where_they_are() {
        for (zone, now, due) in [
            (Europe::Lisbon, "2026-12-01T21:59:59Z", "2026-12-01T21:59:59Z"),
            (Europe::Lisbon, "2026-12-01T22:00:00Z", "2026-12-02T07:00:00Z"),
            (Europe::Lisbon, "2026-12-02T06:59:59Z", "2026-12-02T07:00:00Z"),
            (America::New_York, "2026-12-02T03:00:00Z", "2026-12-02T12:00:00Z"),
            (America::New_York, "2026-12-02T12:00:00Z", "2026-12-02T12:00:00Z"),
            // The clocks are put forward in that night.
            (Europe::Lisbon, "2026-03-28T23:30:00Z", "2026-03-29T06:00:00Z"),
        ] {
            assert_eq!(due_at(times(Digest::None, zone), false, at(now)), at(due), "{zone} {now}");
        }
        let by_day = Times { quiet: Some((time("12:00:00"), time("14:00:00"))), ..times(Digest::None, Europe::Lisbon) };
        assert_eq!(due_at(by_day, false, at("2026-12-01T13:00:00Z")), at("2026-12-01T14:00:00Z"));
    }

    #[test]
    fn digests_are_collected() {
        let due = |digest, now| due_at(times(digest, Europe::Lisbon), false, at(now));
        assert_eq!(due(Digest::Hourly, "2026-12-01T10:20:30.5Z"), at("2026-12-01T11:00:00Z"));
        assert_eq!(due(Digest::Hourly, "2026-12-01T11:00:00Z"), at("2026-12-01T12:00:00Z"));
        assert_eq!(due(Digest::Hourly, "2026-12-01T21:30:00Z"), at("2026-12-02T07:00:00Z"), "the next hour is quiet");
        assert_eq!(due(Digest::Daily, "2026-12-01T07:59:00Z"), at("2026-12-01T08:00:00Z"));
        assert_eq!(due(Digest::Daily, "2026-12-01T08:00:00Z"), at("2026-12-02T08:00:00Z"));
        let now = at("2026-12-01T10:00:00Z");
        assert_eq!(due_at(times(Digest::None, Europe::Lisbon), true, now), now + GATHERED);
    }
}
