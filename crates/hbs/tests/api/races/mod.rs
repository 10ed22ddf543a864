//! Many clients at once. Whatever comes first: nothing is sold twice, every counter is right, nobody
//! waits for each other in a circle and nothing answers 5xx.
mod accounts;
mod administrators;
mod amendments;
mod blocks;
mod bulk;
mod caps;
mod day_use;
mod desk;
mod extras;
mod feeds;
mod folios;
mod guests;
mod housekeeping;
mod invoices;
mod locks;
mod moves;
mod offers;
mod payments;
mod privacy;
mod proposals;
mod rearranging;
mod resending;
mod retention;
mod rooms;
mod sales;
mod waiting;
mod waitlist;

use crate::support::{Client, Hotel, Reply, TestApp, day};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BOOKINGS: &str = "/v1/bookings";

/// A race: a test with what all of them end with.
struct Race {
    app: TestApp,
    deadlocks: i64,
}

impl Race {
    async fn begin() -> Self {
        let app = TestApp::new().await;
        Self { deadlocks: app.deadlocks().await, app }
    }

    /// Starts a race with jobs, relay and sinks running beside the requests.
    async fn with_background() -> Self {
        let app = TestApp::with_background().await;
        Self { deadlocks: app.deadlocks().await, app }
    }

    async fn guests(&self, count: usize) -> Vec<Client> {
        let mut guests = Vec::new();
        for _ in 0..count {
            guests.push(self.app.guest().await);
        }
        guests
    }

    async fn end(self, replies: &[Reply]) {
        for reply in replies {
            assert!(reply.status < 500, "{}: {}", reply.status, reply.body);
        }
        self.app.assert_consistent().await;
        for (what, sql) in [
            (
                "pairs of stays in one room on one night",
                "WITH s AS (SELECT property_id, id, room_id, coalesce(moved_on, check_in) AS check_in,
                                   CASE status WHEN 'no_show' THEN check_in + 1 ELSE check_out END AS leaves
                            FROM stays WHERE status NOT IN ('cancelled', 'expired') AND room_id IS NOT NULL)
                 SELECT count(*) FROM s a JOIN s b USING (property_id, room_id)
                 WHERE a.id < b.id AND a.check_in < b.leaves AND b.check_in < a.leaves",
            ),
            (
                "nights to come whose capacity is not the number of rooms that are not blocked",
                "SELECT count(*) FROM inventory i WHERE i.night >= '2026-12-01' AND i.capacity <>
                 (SELECT count(*) FROM rooms r
                  WHERE r.property_id = i.property_id AND r.room_type_id = i.room_type_id AND NOT r.is_deleted
                    AND NOT EXISTS (SELECT FROM room_nights n WHERE n.property_id = r.property_id AND n.room_id = r.id
                                    AND n.night = i.night AND n.block_id IS NOT NULL))",
            ),
            (
                "live stays in rooms that are gone or of another type",
                "SELECT count(*) FROM stays s JOIN rooms r ON r.property_id = s.property_id AND r.id = s.room_id
                 WHERE s.status IN ('held', 'confirmed', 'checked_in') AND (r.is_deleted OR r.room_type_id <> s.room_type_id)",
            ),
            (
                "live stays of types that are gone",
                "SELECT count(*) FROM stays s JOIN room_types t ON t.property_id = s.property_id AND t.id = s.room_type_id
                 WHERE s.status IN ('held', 'confirmed', 'checked_in') AND t.is_deleted",
            ),
            (
                "bookings that are not what their stays are",
                "SELECT count(*) FROM bookings b WHERE b.status NOT IN
                 (SELECT s.status FROM stays s WHERE s.property_id = b.property_id AND s.booking_id = b.id)",
            ),
        ] {
            assert_eq!(self.app.number(sql).await, 0, "{what}");
        }
        assert_eq!(self.app.deadlocks_at_the_end().await, self.deadlocks, "deadlocks");
    }
}

fn noon(n: u64) -> DateTime<Utc> {
    format!("{}T12:00:00Z", day(n)).parse().expect("an instant")
}

/// A request of one room of each of the types.
fn cart(hotel: &Hotel, types: &[&str], from: u64, to: u64) -> Value {
    let mut request = hotel.request(day(from), day(to));
    request["rooms"] = types.iter().map(|id| json!({"room_type_id": id, "adults": 1})).collect();
    request
}

/// Counts how often each status was answered, for messages and for what must add up.
fn tally(replies: &[Reply]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    for reply in replies {
        *tally.entry((reply.status, reply.code().to_owned())).or_insert(0) += 1;
    }
    tally
}

fn count(replies: &[Reply], status: u16, code: &str) -> usize {
    tally(replies).get(&(status, code.to_owned())).copied().unwrap_or(0)
}

/// Returns `true` if an amendment was refused because the booking is so already.
fn changes_nothing(reply: &Reply) -> bool {
    let is_so_already = |error: &Value| error["detail"].as_str().is_some_and(|detail| detail.contains("changes nothing"));
    reply.status == 422 && reply.body["errors"].as_array().is_some_and(|errors| errors.iter().all(is_so_already))
}

/// Asserts that all answers are these, each as often as given.
#[track_caller]
fn assert_tally(replies: &[Reply], expected: &[(u16, &str, usize)]) {
    let expected: BTreeMap<_, _> = expected
        .iter()
        .filter(|(.., times)| *times > 0)
        .map(|(status, code, times)| ((*status, (*code).to_owned()), *times))
        .collect();
    assert_eq!(tally(replies), expected);
}
