//! A webhook is told while stores and processes fail: of each event at least once, and always in the same words.
use super::delivery::{End, settled};
use super::{Installed, READY, book, book_all, eventually, signal};
use crate::support::{Hotel, HotelSpec, TestApp, size};
use crate::webhooks::receiver::Receiver;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Lets a process tell servers of this machine.
const UNGUARDED: &[(&str, &str)] = &[("HBS_OUTGOING_UNGUARDED", "on")];

/// A webhook, and the server that it leads to.
pub struct Hook {
    id: String,
    receiver: Receiver,
}

impl Hook {
    /// Makes a webhook that is told of whatever happens at a hotel from now on.
    pub async fn of(hotel: &Hotel) -> Self {
        let receiver = Receiver::start().await;
        let request = json!({"property_id": hotel.id, "url": receiver.url("hook"), "kinds": []});
        let id = hotel.manager.post("/v1/webhooks", &request).await.expect(201).id().to_owned();
        Self { id, receiver }
    }

    /// The events that it is to be told of, with what is known of their deliveries.
    fn events(&self, columns: &str, condition: &str) -> String {
        format!(
            "SELECT {columns} FROM webhooks w JOIN outbox o ON o.stream_id = w.property_id AND o.entity_id <> w.id
             LEFT JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.event_id = o.event_id
             WHERE w.id = '{}' AND coalesce(o.position > w.from_position, true) {condition}",
            self.id
        )
    }

    /// Waits until it has taken every event: thousands, after some faults, so for as long as it takes more.
    async fn has_taken_everything(&self, app: &TestApp) {
        let untaken = self.events("count(*)", "AND d.state IS DISTINCT FROM 'delivered'");
        loop {
            let left = app.number(&untaken).await;
            if left == 0 {
                return;
            }
            eventually("the webhook takes more events", async || app.number(&untaken).await < left).await;
        }
    }

    /// Asserts that it has been told of every event, and of nothing else; of the same event in the same words. Returns how many
    /// messages came for another time.
    pub async fn assert_told_of_everything(&self, app: &TestApp) -> usize {
        self.has_taken_everything(app).await;
        let events = app.rows(&self.events("o.event_id", "")).await;
        let events: BTreeSet<&str> = events.iter().filter_map(|event| event["event_id"].as_str()).collect();
        assert!(!events.is_empty(), "nothing happened");
        let told = self.receiver.take();
        let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
        for one in &told {
            let text = *texts.entry(one.header("webhook-id")).or_insert(&one.text);
            assert_eq!(one.text, text, "an event in other words");
        }
        assert_eq!(texts.keys().copied().collect::<BTreeSet<&str>>(), events);
        let made = format!("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = '{}'", self.id);
        assert_eq!(app.number(&made).await, i64::try_from(events.len()).expect("a count"), "deliveries");
        told.len() - texts.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_tells_a_webhook_leaves_nothing_untold() {
    one_ends_while_it_tells(End::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_stopped_while_it_tells_a_webhook_leaves_nothing_untold() {
    one_ends_while_it_tells(End::Stopped).await;
}

async fn one_ends_while_it_tells(end: End) {
    let installed = Installed::new().await;
    let inside = &installed.inside;
    let hotel = inside.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = inside.guest().await;
    let mut first = installed.serve_with(UNGUARDED).await;
    settled(inside).await;
    let hook = Hook::of(&hotel).await;
    hook.receiver.hold();
    book(&guest, &hotel, 0).await.expect(201);
    eventually("the webhook is being told", async || !hook.receiver.paths().is_empty()).await;
    match end {
        End::Killed => first.child.kill().await.expect("killed"),
        End::Stopped => signal("STOP", first.pid()).await,
    }
    hook.receiver.let_go();

    let second = installed.serve_with(UNGUARDED).await;
    book_all(&guest, &hotel, 1..10).await;
    settled(inside).await;
    // The first one had the webhook for two minutes.
    let later = second.http.put(second.url("/v1/test/clock")).json(&json!({"now": "2026-12-01T12:03:00Z"})).send().await;
    assert_eq!(later.expect("an answer").status(), 200);
    hook.has_taken_everything(inside).await;
    if end == End::Stopped {
        signal("CONT", first.pid()).await;
        book_all(&guest, &hotel, 10..size(50, 500)).await;
        eventually("it serves again", async || first.get(READY).await.is_ok_and(|answer| answer.status() == 200)).await;
        settled(inside).await;
    }
    let again = hook.assert_told_of_everything(inside).await;
    assert!(again > 0, "it did not end in the midst of telling");
    drop((first, second));
    installed.stack.stop().await.expect("stopped");
}
