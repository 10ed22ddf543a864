//! Tests of holds.
use super::{left, number, read, stay, with};
use crate::support::{Client, Hotel, HotelSpec, TestApp, act, book, eur};
use serde_json::{Value, json};

/// A hotel with one room, and a guest's request to hold it for half an hour.
async fn one_room() -> (TestApp, Hotel, Client, Value) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    (app, hotel, guest, hold)
}

/// Asserts that one hold has expired, by nobody but the hotel's clock.
async fn assert_expiry_on_record(app: &TestApp) {
    let expiries = app.rows("SELECT actor_kind, changes FROM outbox WHERE kind = 'stay.expired'").await;
    assert_eq!(expiries, [json!({"actor_kind": "system", "changes": {"status": {"before": "held", "after": "expired"}}})]);
}

#[tokio::test]
async fn a_hold_has_its_room_and_is_confirmed() {
    let (app, hotel, guest, hold) = one_room().await;
    let held = book(&guest, &hold).await.expect(201);
    assert_eq!((&held.body["status"], &stay(&held, 0)["status"]), (&json!("held"), &json!("held")));
    assert_eq!(held.body["hold_expires_at"], "2026-12-01T12:30:00Z");
    book(&guest, &hotel.request("2026-12-10", "2026-12-12")).await.expect(409);
    let confirmed = act(&guest, &held, "confirm").await.expect(200);
    assert_eq!((&confirmed.body["status"], &confirmed.body["hold_expires_at"]), (&json!("confirmed"), &Value::Null));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_has_its_room_until_it_expires() {
    let (app, hotel, guest, hold) = one_room().await;
    let held = book(&guest, &hold).await.expect(201);
    app.move_clock("2026-12-01T12:29:59Z").await;
    assert_eq!(read(&guest, &held).await.body["status"], "held");
    app.move_clock("2026-12-01T12:30:00Z").await;
    let expired = read(&guest, &held).await;
    assert_eq!(
        (&expired.body["status"], &stay(&expired, 0)["status"], &expired.body["total"]),
        (&json!("expired"), &json!("expired"), &eur("0.00"))
    );
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1);
    let refused = act(&guest, &held, "confirm").await.expect(409);
    assert_eq!(refused.code(), "booking.hold_expired");
    assert_expiry_on_record(&app).await;
    app.assert_consistent().await;
}

/// The job fails, for somebody to look at it.
#[tokio::test]
async fn a_hold_that_cannot_be_expired_holds_up_no_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    let broken = book(&hotel.manager, &hold).await.expect(201);
    book(&hotel.manager, &hold).await.expect(201);
    let refused = format!("id <> '{}' OR status <> 'expired'", broken.id());
    app.sql(&format!("ALTER TABLE bookings ADD CONSTRAINT broken CHECK ({refused})")).await;
    app.move_clock_in_vain("2026-12-01T12:30:00Z").await;
    let expired = "SELECT count(*) FROM bookings WHERE status = 'expired'";
    assert_eq!(app.number(expired).await, 1);
    app.sql("ALTER TABLE bookings DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-01T12:31:00Z").await;
    assert_eq!(app.number(expired).await, 2);
    app.assert_consistent().await;
}

/// A sale expires an overdue hold itself, although no job has run.
#[tokio::test]
async fn who_needs_the_room_of_an_overdue_hold_gets_it() {
    let (app, hotel, guest, hold) = one_room().await;
    let held = book(&guest, &hold).await.expect(201);
    app.set_clock("2026-12-01T13:00:00Z");
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(read(&guest, &held).await.body["status"], "expired");
    assert_expiry_on_record(&app).await;
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_overdue_hold_whose_room_nobody_needs_is_confirmed() {
    let (app, _, guest, hold) = one_room().await;
    let held = book(&guest, &hold).await.expect(201);
    app.set_clock("2026-12-01T14:00:00Z");
    assert_eq!(act(&guest, &held, "confirm").await.expect(200).body["status"], "confirmed");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_guest_has_so_many_holds_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, settings: json!({"max_live_holds": 2}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    let first = book(&guest, &hold).await.expect(201);
    book(&guest, &hold).await.expect(201);
    let refused = book(&guest, &hold).await.expect(409);
    assert_eq!(refused.code(), "booking.too_many_holds");
    book(&app.guest().await, &hold).await.expect(201);
    book(&guest, &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    act(&guest, &first, "cancel").await.expect(200);
    book(&guest, &hold).await.expect(201);
    book(&guest, &hold).await.expect(409);
    app.set_clock("2026-12-01T13:00:00Z");
    book(&guest, &hold).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_late_payment_confirms_an_expired_hold_if_there_still_is_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    let held = book(&guest, &hold).await.expect(201);
    app.move_clock("2026-12-01T13:00:00Z").await;
    assert_eq!(read(&guest, &held).await.body["status"], "expired");
    app.sql(&format!("UPDATE room_types SET base_price_minor = 50000 WHERE id = '{}'", hotel.double)).await;
    assert_eq!(act(&guest, &held, "confirm").await.expect(409).code(), "booking.hold_expired");
    let other = hotel.book(&guest, "2026-12-11", "2026-12-12").await;
    assert_eq!(act(&hotel.manager, &held, "confirm").await.expect(409).code(), "booking.no_availability");
    act(&guest, &other, "cancel").await.expect(200);
    let late = act(&hotel.manager, &held, "confirm").await.expect(200);
    assert_eq!(
        (&late.body["status"], &late.body["total"], number(&late, 0)),
        (&json!("confirmed"), &eur("200.00"), "101"),
        "the held price"
    );
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_is_extended_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    let held = book(&guest, &hold).await.expect(201);
    let path = format!("/v1/bookings/{}/extend-hold", held.id());
    for (minutes, why) in [(0, "none"), (61, "more than the hotel allows"), (30, "not longer"), (20_000, "absurd")] {
        let refused = guest.post(&path, &json!({"hold_minutes": minutes})).await.expect(422);
        assert_eq!(refused.pointers(), ["/hold_minutes"], "{why}");
    }
    app.set_clock("2026-12-01T12:20:00Z");
    let extended = guest.post(&path, &json!({"hold_minutes": 40})).await.expect(200);
    assert_eq!(extended.body["hold_expires_at"], "2026-12-01T13:00:00Z");
    assert_eq!(guest.post(&path, &json!({"hold_minutes": 60})).await.expect(409).code(), "booking.hold_extended");
    app.move_clock("2026-12-01T12:59:00Z").await;
    assert_eq!(read(&guest, &held).await.body["status"], "held");
    app.move_clock("2026-12-01T13:00:00Z").await;
    assert_eq!(read(&guest, &held).await.body["status"], "expired");
    assert_eq!(guest.post(&path, &json!({"hold_minutes": 60})).await.expect(409).code(), "booking.illegal_move");
}
