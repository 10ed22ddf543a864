//! When an event is sent again, and what an answer means.
use chrono::{DateTime, TimeDelta, Utc};

/// Pauses before the second attempt and those after it: 27 h 35 min in all.
const PAUSES: [TimeDelta; 7] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(10),
];
/// Part of a pause by which it may be longer, so that what failed together does not come again together.
const JITTER: f64 = 0.1;
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(10);
/// Time of nothing but failures after which an endpoint is disabled.
pub const DISABLE_AFTER: TimeDelta = TimeDelta::days(5);
/// Time for which deliveries are kept with their attempts, from their last change on. An event that is older is told by a replay
/// only: whoever reads the record anew cannot know any more whether it was told.
pub const KEPT: TimeDelta = TimeDelta::days(7);
/// Characters of an answer that are kept.
const EXCERPT: usize = 4096;

/// Meaning of the status of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Taken,
    Failed,
    /// The server says that the address is gone for good.
    Gone,
}

/// Returns what a status means. A redirect is a failure: an endpoint that has moved is told to HBS, not to whoever is first to
/// answer at its old address.
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Taken,
        410 => Verdict::Gone,
        _ => Verdict::Failed,
    }
}

/// Returns the time of the next attempt after so many, or none after the last. `random` is between 0 and 1.
pub fn next_attempt(now: DateTime<Utc>, tries: i32, asked_for: Option<TimeDelta>, random: f64) -> Option<DateTime<Utc>> {
    let pause = *usize::try_from(tries).ok()?.checked_sub(1).and_then(|done| PAUSES.get(done))?;
    let jitter = pause.to_std().unwrap_or_default().mul_f64(random.clamp(0.0, 1.0) * JITTER);
    let pause = pause + TimeDelta::from_std(jitter).unwrap_or_default();
    Some(now + pause.max(asked_for.unwrap_or_default().min(LONGEST_PAUSE)))
}

/// Reads the header `Retry-After`: seconds, or a date.
pub fn retry_after(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(TimeDelta::seconds(seconds.into()));
    }
    let at = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some((at.to_utc() - now).max(TimeDelta::zero()))
}

/// Returns the beginning of an answer as a text that can be kept.
pub fn excerpt(body: &[u8]) -> String {
    // A character has at most four bytes, so that those are enough.
    let start = &body[..body.len().min(EXCERPT * 4)];
    String::from_utf8_lossy(start).chars().filter(|letter| *letter != '\0').take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-12-01T12:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn attempts_are_spread_over_a_day_and_end() {
        let mut at = noon();
        for tries in 1..8 {
            let next = next_attempt(at, tries, None, 0.0).expect("another attempt");
            assert!(next_attempt(at, tries, None, 1.0).expect("another attempt") > next, "no jitter");
            at = next;
        }
        assert_eq!(at - noon(), TimeDelta::hours(27) + TimeDelta::minutes(35) + TimeDelta::seconds(5));
        assert_eq!((next_attempt(at, 8, None, 0.0), next_attempt(at, 0, None, 0.0)), (None, None));
    }

    #[test]
    fn a_server_may_ask_for_a_longer_pause_and_for_no_shorter_one() {
        let next = |seconds| next_attempt(noon(), 1, Some(TimeDelta::seconds(seconds)), 0.0).expect("another attempt") - noon();
        assert_eq!((next(1), next(120), next(4_000_000_000)), (PAUSES[0], TimeDelta::minutes(2), LONGEST_PAUSE));
    }

    #[test]
    fn pauses_that_are_asked_for_are_read() {
        let read = |text| retry_after(text, noon()).map(|pause| pause.num_seconds());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Tue, 01 Dec 2026 12:01:00 GMT"), Some(60));
        assert_eq!(read("Tue, 01 Dec 2026 11:00:00 GMT"), Some(0), "it is over");
        for text in ["", "soon", "-5", "1.5", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn only_success_is_success() {
        assert_eq!([200, 204, 299].map(verdict), [Verdict::Taken; 3]);
        assert_eq!([100, 301, 302, 307, 308, 400, 404, 429, 500, 503].map(verdict), [Verdict::Failed; 10]);
        assert_eq!(verdict(410), Verdict::Gone);
    }

    #[test]
    fn whatever_a_server_answers_can_be_kept() {
        assert_eq!(excerpt(b"a\0b\xff"), "ab\u{fffd}");
        assert_eq!(excerpt("é".repeat(100_000).as_bytes()).chars().count(), EXCERPT);
    }
}
