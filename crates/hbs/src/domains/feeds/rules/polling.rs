//! Times at which feeds are looked at.
use crate::domains::feeds::model::FeedImport;
use chrono::{DateTime, TimeDelta, Utc};

/// Longest pause between two looks at a feed, which doubles with each failure.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);
const MAX_DOUBLINGS: u32 = 10;

/// Returns the time at which a feed is looked at again. `jitter` is from 0 to 1, and spreads feeds over a tenth of the
/// pause, so that feeds which were made together are not always fetched together.
pub fn next_poll(now: DateTime<Utc>, pause: TimeDelta, failures: i32, jitter: f64) -> DateTime<Utc> {
    let doublings = u32::try_from(failures).unwrap_or(0).min(MAX_DOUBLINGS);
    let pause = pause.num_seconds().saturating_mul(1 << doublings).min(LONGEST_PAUSE.num_seconds().max(pause.num_seconds()));
    let spread = TimeDelta::milliseconds(pause.saturating_mul(100)).to_std().unwrap_or_default().mul_f64(jitter.clamp(0.0, 1.0));
    now + TimeDelta::seconds(pause) + TimeDelta::from_std(spread).unwrap_or_default()
}

/// Returns `true` if a feed that is fetched has not been read for too long.
pub fn is_stale(feed: &FeedImport, stale_after: TimeDelta, now: DateTime<Utc>) -> bool {
    feed.url.is_some() && feed.last_success_at.unwrap_or(feed.created_at) + stale_after <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_failures() {
        let now: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().expect("an instant");
        let pause = |failures, jitter| (next_poll(now, TimeDelta::minutes(15), failures, jitter) - now).num_seconds();
        assert_eq!([0, 1, 2, 4, 5, 100].map(|failures| pause(failures, 0.0)), [900, 1800, 3600, 14_400, 21_600, 21_600]);
        assert_eq!((pause(0, 1.0), pause(0, 0.5)), (990, 945));
    }
}
