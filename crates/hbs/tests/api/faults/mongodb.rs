//! MongoDB goes away while the record is written to it.
use super::record::{assert_record_is_whole, entries, id, text};
use super::{BOOKINGS, READY, book_all, delivered, eventually, own_stack};
use crate::support::{HotelSpec, TestApp, place_on, size};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_may_be_away_while_rooms_are_sold() {
    let part = size(60, 1000) / 4;
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let ready = async || app.anonymous().get(READY).await.expect(200).body;
    eventually("everything is well", async || ready().await["status"] == "ok").await;

    let mut replies = book_all(&guest, &hotel, 0..part).await;
    let (stopped, booked) = tokio::join!(stack.mongodb().stop(), book_all(&guest, &hotel, part..2 * part));
    stopped.expect("stopped");
    replies.extend(booked);
    replies.extend(book_all(&guest, &hotel, 2 * part..3 * part).await);

    let health = ready().await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(health["stores"], json!({"postgresql": "ok", "redis": "ok", "mongodb": "unreachable", "person_keys": "ok"}));
    // Two events a booking, and none of the last part can have been delivered.
    let waiting = health["undelivered_events"].as_u64().expect("a number");
    assert!(waiting >= u64::try_from(2 * part).expect("a number"), "{health}");
    let timeline = guest.get(&format!("{BOOKINGS}/{}/timeline", replies[0].id())).await;
    assert_eq!((timeline.status, timeline.code()), (503, "audit.unavailable"), "{}", timeline.body);

    let (started, booked) = tokio::join!(stack.mongodb().start(), book_all(&guest, &hotel, 3 * part..4 * part));
    started.expect("started");
    replies.extend(booked);
    delivered(&app).await;
    eventually("everything is well again", async || ready().await["status"] == "ok").await;

    assert_record_is_whole(&app).await;
    let created: BTreeSet<Uuid> = entries(&app, "audit_logs", i64::MAX)
        .await
        .iter()
        .filter(|entry| text(entry, "kind") == "booking.created")
        .map(|entry| id(entry, "entity_id"))
        .collect();
    let booked: BTreeSet<Uuid> = replies.iter().map(|reply| reply.id().parse().expect("an id")).collect();
    assert_eq!((created.len(), &created), (4 * part, &booked));
    app.assert_consistent().await;
    stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_killed_after_a_delivery_has_lost_nothing() {
    let stack = own_stack().await;
    let app = TestApp::on(place_on(&stack).await).await;
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    for round in 0..size(2, 40) {
        book_all(&guest, &hotel, 10 * round..10 * round + 5).await;
        app.deliver().await;
        stack.mongodb().kill().await.expect("killed");
        stack.mongodb().start().await.expect("started");
        eventually("MongoDB answers", async || app.app.mongo.ping().await.is_ok()).await;
        assert_record_is_whole(&app).await;
    }
    stack.stop().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn mongodb_killed_during_a_delivery_gets_every_event_once() {
    let stack = own_stack().await;
    let mut app = TestApp::on(place_on(&stack).await).await;
    app.start_background();
    let hotel = app.hotel(HotelSpec { rooms: 10, ..HotelSpec::default() }).await;
    let part = size(40, 200);
    for round in 0..size(2, 15) {
        let killed = async {
            // In the middle of it: when something of this round has arrived.
            let before = entries(&app, "audit_logs", i64::MAX).await.len();
            eventually("a delivery", async || entries(&app, "audit_logs", i64::MAX).await.len() > before).await;
            stack.mongodb().kill().await.expect("killed");
            stack.mongodb().start().await.expect("started");
        };
        tokio::join!(killed, book_all(&hotel.manager, &hotel, part * round..part * (round + 1)));
        eventually("MongoDB answers", async || app.app.mongo.ping().await.is_ok()).await;
    }
    delivered(&app).await;
    assert_record_is_whole(&app).await;
    stack.stop().await.expect("stopped");
}
