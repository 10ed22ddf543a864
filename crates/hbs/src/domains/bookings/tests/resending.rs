//! Requests that are sent again with their idempotency key.
use super::{left, with};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use serde_json::json;

#[tokio::test]
async fn a_request_sent_again_has_no_second_effect() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, eva) = (app.guest().await.with("idempotency-key", "key-1"), app.guest().await.with("idempotency-key", "key-1"));
    let request = hotel.request("2026-12-10", "2026-12-12");
    let first = book(&ana, &request).await.expect(201);
    let again = book(&ana, &request).await.expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.bytes, first.bytes, "byte for byte");
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!((again.header("location"), again.header("etag")), (first.header("location"), first.header("etag")));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 2);

    let other_body = book(&ana, &hotel.request("2026-12-10", "2026-12-13")).await.expect(409);
    assert_eq!(other_body.code(), "idempotency.key_reused");
    assert_ne!(book(&eva, &request).await.expect(201).id(), first.id(), "the key is one's own");
    // The same key for another path is another one.
    let path = format!("/v1/bookings/{}", first.id());
    let cancelled = ana.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");
    // A replay is decided before If-Match.
    let stale = ana.with("if-match", "\"1\"").post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!((&stale.body, stale.header("idempotency-replayed")), (&cancelled.body, "true"));
    assert_eq!(book(&ana, &request).await.expect(201).body["status"], "confirmed", "what was answered, not what is now");
    // After a day the key is free again.
    app.sql("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'").await;
    assert_ne!(book(&ana, &request).await.expect(201).id(), first.id());
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_refused_attempt_leaves_no_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await.with("idempotency-key", "again");
    let request = hotel.request("2026-12-10", "2026-12-12");
    let in_the_way = hotel.book(&hotel.manager, "2026-12-11", "2026-12-12").await;
    book(&guest, &request).await.expect(409);
    book(&guest, &with(request.clone(), "/expected_total", eur("1.00"))).await.expect(409);
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys").await, 0);
    act(&hotel.manager, &in_the_way, "cancel").await.expect(200);
    let made = book(&guest, &request).await.expect(201);
    assert_eq!(made.header("idempotency-replayed"), "");
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys WHERE status = 201 AND body IS NOT NULL").await, 1);
    app.assert_consistent().await;
}
