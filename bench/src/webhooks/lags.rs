//! How long after they happened events were known of.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

const BOOKING: &str = "booking.created";

/// An event as webhooks and the feed tell it.
#[derive(Debug, Deserialize)]
pub struct Message {
    id: Uuid,
    #[serde(rename = "type")]
    kind: String,
    timestamp: DateTime<Utc>,
}

/// Times for which readers did not know of events.
#[derive(Debug, Default)]
pub struct Lags {
    known: HashSet<(u32, Uuid)>,
    bookings: usize,
    all: Vec<Duration>,
}

impl Lags {
    /// Notes that a reader knows of an event from now on. What comes another time is passed over.
    pub fn note(&mut self, reader: u32, message: &Message) {
        let now = DateTime::<Utc>::from(SystemTime::now());
        if self.known.insert((reader, message.id)) {
            self.bookings += usize::from(message.kind == BOOKING);
            // Microseconds are rounded down, and a clock may be set back.
            self.all.push((now - message.timestamp).to_std().unwrap_or_default());
        }
    }

    /// Returns how often a reader has come to know that a booking was made.
    pub fn bookings(&self) -> usize {
        self.bookings
    }

    /// Returns the times of all events so far, sorted, and begins anew.
    pub fn take(&mut self) -> Vec<Duration> {
        let Self { mut all, .. } = std::mem::take(self);
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str) -> Message {
        let text =
            format!(r#"{{"id": "{}", "type": "{kind}", "timestamp": "2026-12-01T12:00:00Z", "sequence": 1}}"#, Uuid::now_v7());
        serde_json::from_str(&text).expect("a message")
    }

    #[test]
    fn an_event_counts_once_for_each_reader() {
        let mut lags = Lags::default();
        let (booking, payment) = (message(BOOKING), message("payment.captured"));
        for (reader, message) in [(0, &booking), (0, &payment), (0, &booking), (1, &booking)] {
            lags.note(reader, message);
        }
        assert_eq!((lags.bookings(), lags.take().len()), (2, 3));
        assert_eq!((lags.bookings(), lags.take().len()), (0, 0));
    }
}
