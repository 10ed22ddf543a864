//! Pace of whoever follows the record: the relay, the sinks and the consumers.
use std::time::{Duration, Instant};

/// Most events of a batch.
pub(super) const BATCH: i64 = 1000;
/// Interval at which one looks for what another process has done; what this one has done rings.
pub(super) const POLL: Duration = Duration::from_millis(500);
pub(super) const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Returns `true` if a batch of so many events is full, so that there may be more.
pub(super) fn is_full(events: usize) -> bool {
    usize::try_from(BATCH).is_ok_and(|most| events >= most)
}

/// Rests until the time after the beginning of a batch at which the next one may begin. What happens meanwhile is one batch: its
/// statements and its commit are the same for one event and for many. An event after a quiet moment waits for nothing.
pub(super) async fn rest(begun: Instant, pace: Duration, events: usize) {
    tokio::time::sleep(pause(begun.elapsed(), pace, events)).await;
}

/// Returns what is left of the time between two batches; nothing while many events wait.
fn pause(elapsed: Duration, pace: Duration, events: usize) -> Duration {
    if is_full(events) { Duration::ZERO } else { pace.saturating_sub(elapsed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_much_to_do_does_not_rest() {
        let pause = |elapsed, events| pause(Duration::from_millis(elapsed), Duration::from_millis(200), events).as_millis();
        assert_eq!((pause(0, 1), pause(150, 999), pause(300, 1)), (200, 50, 0));
        assert_eq!((pause(0, 1000), pause(0, 5000)), (0, 0));
    }
}
