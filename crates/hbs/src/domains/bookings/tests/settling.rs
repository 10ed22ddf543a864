//! Tests of the balance of guests who leave.
use super::stay;
use crate::support::{HotelSpec, TestApp, act, eur};
use serde_json::json;

#[tokio::test]
async fn the_last_guests_of_a_booking_settle_its_folio() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut request = hotel.request("2026-12-01", "2026-12-03");
    request["rooms"] = json!([request["rooms"][0], request["rooms"][0]]);
    let booking = manager.post("/v1/bookings", &request).await.expect(201);
    act(manager, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-03T10:00:00Z").await;

    // Others of the booking can pay for who leaves first.
    let first = format!("/v1/bookings/{}/stays/{}/check-out", booking.id(), stay(&booking, 0)["id"].as_str().expect("id"));
    manager.post(&first, &json!({})).await.expect(200);
    let due = act(manager, &booking, "check-out").await.expect(409);
    assert_eq!((due.code(), &due.body["balance"]), ("booking.balance_due", &eur("400.00")));
    assert_eq!(due.body["detail"], "There is a balance of 400.00 EUR to be settled.");

    let path = format!("/v1/bookings/{}/check-out", booking.id());
    let anyway = json!({"ignore_balance": true, "reason": "the company pays by invoice"});
    let clerk = app.staff(&["stays:check_out"], Some(&hotel.id)).await;
    assert_eq!(clerk.post(&path, &anyway).await.expect(403).body["permission"], "stays:override");
    assert_eq!(manager.post(&path, &json!({"ignore_balance": true})).await.expect(422).pointers(), ["/reason"]);
    let elsewhere = manager.post(&format!("/v1/bookings/{}/cancel", booking.id()), &anyway).await.expect(422);
    assert_eq!(elsewhere.pointers(), ["/ignore_balance"]);
    let left = manager.post(&path, &anyway).await.expect(200);
    assert_eq!(left.body["status"], "checked_out");
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_owes_nothing_leaves() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { rooms: 1, settings, ..HotelSpec::default() }).await;
    let mut request = hotel.request("2026-12-01", "2026-12-03");
    request["rooms"][0]["nightly_price"] = eur("0.00");
    let invited = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    act(&hotel.manager, &invited, "check-in").await.expect(200);
    act(&hotel.manager, &invited, "check-out").await.expect(200);

    // What guests who leave early are charged or given back counts.
    let paying = hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    let dirty = json!({"ignore_housekeeping": true, "reason": "just left"});
    app.move_clock("2026-12-02T10:00:00Z").await;
    hotel.manager.post(&format!("/v1/bookings/{}/check-in", paying.id()), &dirty).await.expect(200);
    app.move_clock("2026-12-03T10:00:00Z").await;
    let path = format!("/v1/bookings/{}/check-out", paying.id());
    let waived = json!({"waive_fee": true, "reason": "leaves early"});
    let due = hotel.manager.post(&path, &waived).await.expect(409);
    assert_eq!((due.code(), &due.body["balance"]), ("booking.balance_due", &eur("100.00")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_settle_for_themselves_and_not_for_those_to_come() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { rooms: 2, settings, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    let later = json!({"room_type_id": hotel.double, "adults": 1, "check_in": "2026-12-20", "check_out": "2026-12-21"});
    let path = format!("/v1/bookings/{}", booking.id());
    manager.post(&format!("{path}/amend"), &json!({"add_rooms": [later]})).await.expect(200);
    act(manager, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-03T10:00:00Z").await;
    let due = act(manager, &booking, "check-out").await.expect(409);
    assert_eq!(due.body["balance"], eur("200.00"));
    let anyway = json!({"ignore_balance": true, "reason": "pays with the others"});
    manager.post(&format!("{path}/check-out"), &anyway).await.expect(200);
    let unpaid = app.rows("SELECT changes->'unpaid_balance'->'after' AS due FROM outbox WHERE changes ? 'unpaid_balance'").await;
    assert_eq!(unpaid[0]["due"], eur("200.00"));
    app.assert_consistent().await;
}
