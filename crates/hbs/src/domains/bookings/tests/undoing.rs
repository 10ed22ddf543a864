//! Tests of undoing on the same day, and of getting back what was given up.
use super::{for_rooms, left, number, read, standing, stay, terms};
use crate::support::{HotelSpec, TestApp, act, book, eur};
use serde_json::json;

#[tokio::test]
async fn a_cancellation_is_undone_on_the_same_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    let before = standing(&guest, &booking).await;
    let cancelled = act(&guest, &booking, "cancel").await.expect(200);
    assert_eq!(cancelled.body["total"], eur("100.00"), "a fee");
    act(&guest, &booking, "reinstate").await.expect(403);
    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(act(&clerk, &booking, "reinstate").await.expect(403).body["permission"], "stays:undo");

    let back = act(&hotel.manager, &booking, "reinstate").await.expect(200);
    assert_eq!((&back.body["status"], &back.body["total"], number(&back, 0)), (&json!("confirmed"), &eur("200.00"), "101"));
    assert_eq!(standing(&guest, &booking).await, before);
    assert_eq!(left(&app, &hotel, "2026-12-02").await, 0);
    app.assert_consistent().await;
    let kinds = app.rows("SELECT kind FROM outbox WHERE kind = 'stay.reinstated'").await;
    assert_eq!(kinds.len(), 1);

    // Once more, and somebody else takes the room.
    act(&guest, &booking, "cancel").await.expect(200);
    let other = hotel.book(&guest, "2026-12-02", "2026-12-03").await;
    let taken = act(&hotel.manager, &booking, "reinstate").await.expect(409);
    assert_eq!((taken.code(), &taken.body["nights"][0]["date"]), ("booking.no_availability", &json!("2026-12-02")));
    act(&guest, &other, "cancel").await.expect(200);
    app.set_clock("2026-12-02T00:30:00Z");
    let late = act(&hotel.manager, &booking, "reinstate").await.expect(409);
    assert_eq!(late.code(), "booking.too_late");
    assert_eq!(read(&guest, &booking).await.body["total"], eur("100.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_guest_who_comes_late_is_no_no_show() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let missed = act(&hotel.manager, &booking, "no-show").await.expect(200);
    assert_eq!((&missed.body["total"], left(&app, &hotel, "2026-12-02").await), (&eur("300.00"), 1));
    let back = act(&hotel.manager, &booking, "reinstate").await.expect(200);
    assert_eq!(
        (&back.body["status"], &back.body["total"], left(&app, &hotel, "2026-12-02").await),
        (&json!("confirmed"), &eur("300.00"), 0)
    );
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn checking_in_and_out_is_undone_on_the_same_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-05").await;
    act(manager, &booking, "check-in").await.expect(200);
    let undone = act(manager, &booking, "undo-check-in").await.expect(200);
    assert_eq!(undone.body["status"], "confirmed");
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    assert_eq!(act(manager, &booking, "undo-check-in").await.expect(409).code(), "booking.too_late");

    // Two nights early, for half of what they cost.
    let gone = act(manager, &booking, "check-out").await.expect(200);
    assert_eq!((&gone.body["check_out"], &stay(&gone, 0)["booked_check_out"]), (&json!("2026-12-03"), &json!("2026-12-05")));
    assert_eq!(gone.body["total"], eur("300.00"));
    let lines = standing(manager, &booking).await;
    assert_eq!(lines.last().map(|(kind, amount, _)| (kind.as_str(), amount.as_str())), Some(("fee", "100.00")));
    assert_eq!((left(&app, &hotel, "2026-12-02").await, left(&app, &hotel, "2026-12-03").await), (0, 1));
    app.assert_consistent().await;
    let back = act(manager, &booking, "undo-check-out").await.expect(200);
    assert_eq!(
        (&back.body["status"], &back.body["check_out"], &back.body["total"]),
        (&json!("checked_in"), &json!("2026-12-05"), &eur("400.00"))
    );
    assert_eq!((&stay(&back, 0)["booked_check_out"], number(&back, 0)), (&json!(null), "101"));
    app.assert_consistent().await;

    // Waived; and then the room is somebody else's.
    let path = format!("/v1/bookings/{}/check-out", booking.id());
    let waived = manager.post(&path, &json!({"waive_fee": true, "reason": "a death in the family"})).await.expect(200);
    assert_eq!(waived.body["total"], eur("200.00"));
    let next = hotel.book(manager, "2026-12-04", "2026-12-05").await;
    assert_eq!(act(manager, &booking, "undo-check-out").await.expect(409).code(), "booking.no_availability");
    act(manager, &next, "cancel").await.expect(200);
    act(manager, &booking, "undo-check-out").await.expect(200);
    app.set_clock("2026-12-05T10:00:00Z");
    let whole = act(manager, &booking, "check-out").await.expect(200);
    assert_eq!((&whole.body["total"], &stay(&whole, 0)["booked_check_out"]), (&eur("400.00"), &json!(null)));
    let again = act(manager, &booking, "undo-check-out").await.expect(200);
    assert_eq!(again.body["total"], eur("400.00"), "nothing was posted, nothing is taken back");
    app.assert_consistent().await;
}

#[tokio::test]
async fn nobody_comes_back_to_a_room_that_others_are_in() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let first = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    let next = hotel.book(manager, "2026-12-03", "2026-12-05").await;
    act(manager, &first, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    act(manager, &first, "check-out").await.expect(200);
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    act(manager, &next, "check-in").await.expect(200);
    assert_eq!(act(manager, &first, "undo-check-out").await.expect(409).code(), "booking.room_occupied");
    let twice = app.try_sql("UPDATE stays SET status = 'checked_in'").await.expect_err("refused");
    assert!(twice.contains("stays_one_in_a_room"), "{twice}");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_part_of_a_hold_is_not_confirmed_by_reinstating_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let mut hold = for_rooms(&hotel, ["2026-12-01", "2026-12-02"], &[json!({}), json!({})]);
    hold["hold_minutes"] = 30.into();
    let held = book(manager, &hold).await.expect(201);
    let path = format!("/v1/bookings/{}/stays/{}", held.id(), stay(&held, 0)["id"].as_str().expect("an id"));
    manager.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(manager.post(&format!("{path}/reinstate"), &json!({})).await.expect(409).code(), "booking.illegal_move");
    app.assert_consistent().await;
}
