//! What is undone on the same day, and what comes back after it was given up.
use super::{act, book, eur, left, number, read, standing, stay, terms, with};
use crate::support::{HotelSpec, TestApp};
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
async fn guests_are_sent_to_rooms_that_are_ready() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let first = hotel.book(manager, "2026-12-01", "2026-12-02").await;
    act(manager, &first, "check-in").await.expect(200);
    app.set_clock("2026-12-02T10:00:00Z");
    act(manager, &first, "check-out").await.expect(200);
    let room = format!("/v1/rooms/{}", hotel.rooms[0]);
    assert_eq!(manager.get(&room).await.expect(200).body["housekeeping"], "dirty");

    let next = hotel.book(manager, "2026-12-02", "2026-12-03").await;
    let refused = act(manager, &next, "check-in").await.expect(409);
    assert_eq!((refused.code(), &refused.body["detail"]), ("booking.room_not_ready", &json!("Room 101 is dirty.")));
    let path = format!("/v1/bookings/{}/check-in", next.id());
    let anyway = json!({"ignore_housekeeping": true, "reason": "they insist"});
    let clerk = app.staff(&["stays:check_in"], Some(&hotel.id)).await;
    assert_eq!(clerk.post(&path, &anyway).await.expect(403).body["permission"], "stays:override");
    assert_eq!(manager.post(&path, &json!({"ignore_housekeeping": true})).await.expect(422).pointers(), ["/reason"]);
    manager.post(&path, &anyway).await.expect(200);
    act(manager, &next, "undo-check-in").await.expect(200);
    manager.post(&format!("{room}/housekeeping"), &json!({"state": "inspected"})).await.expect(200);
    act(manager, &next, "check-in").await.expect(200);
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
    let mut hold = super::for_rooms(&hotel, ["2026-12-01", "2026-12-02"], &[json!({}), json!({})]);
    hold["hold_minutes"] = 30.into();
    let held = book(manager, &hold).await.expect(201);
    let path = format!("/v1/bookings/{}/stays/{}", held.id(), stay(&held, 0)["id"].as_str().expect("an id"));
    manager.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(manager.post(&format!("{path}/reinstate"), &json!({})).await.expect(409).code(), "booking.illegal_move");
    app.assert_consistent().await;
}

#[tokio::test]
async fn stays_that_begin_on_different_days_are_checked_in_on_theirs() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let booking =
        book(manager, &super::for_rooms(&hotel, ["2026-12-01", "2026-12-04"], &[json!({}), json!({})])).await.expect(201);
    let later = json!({"stays": [{"stay_id": stay(&booking, 1)["id"], "check_in": "2026-12-02"}]});
    manager.post(&format!("/v1/bookings/{}/amend", booking.id()), &later).await.expect(200);
    let first = act(manager, &booking, "check-in").await.expect(200);
    assert_eq!((&stay(&first, 0)["status"], &stay(&first, 1)["status"]), (&json!("checked_in"), &json!("confirmed")));
    assert_eq!(act(manager, &booking, "check-in").await.expect(409).code(), "booking.too_early");
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_walk_in() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let walk_in = json!({
        "property_id": hotel.id, "check_out": "2026-12-03", "rooms": [{"room_type_id": hotel.double, "adults": 1}],
        "contact": {"full_name": "Eva Lima", "email": "eva@example.com"}, "expected_total": eur("200.00"),
    });
    app.sql(&format!("UPDATE rooms SET housekeeping = 'dirty' WHERE id = '{}'", hotel.rooms[0])).await;
    let dirty = with(walk_in.clone(), "/rooms/0/room_id", json!(hotel.rooms[0]));
    assert_eq!(manager.post("/v1/walk-ins", &dirty).await.expect(409).code(), "booking.room_not_ready");
    let there = manager.post("/v1/walk-ins", &walk_in).await.expect(201);
    assert_eq!(
        (&there.body["status"], &there.body["channel"], &there.body["check_in"], number(&there, 0)),
        (&json!("checked_in"), &json!("walk_in"), &json!("2026-12-01"), "102")
    );
    let second = manager.post("/v1/walk-ins", &walk_in).await.expect(409);
    assert_eq!(second.code(), "booking.no_single_room", "the other room is dirty");
    app.assert_consistent().await;

    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(clerk.post("/v1/walk-ins", &walk_in).await.expect(403).body["permission"], "stays:check_in");
    app.guest().await.post("/v1/walk-ins", &walk_in).await.expect(403);
    for (pointer, body) in [
        ("/check_out", with(walk_in.clone(), "/check_out", json!("2026-12-01"))),
        ("/check_in", with(walk_in.clone(), "/check_in", json!("2026-12-01"))),
        ("/rooms", with(walk_in.clone(), "/rooms", json!([]))),
    ] {
        assert_eq!(manager.post("/v1/walk-ins", &body).await.expect(422).pointers(), [pointer]);
    }
}

#[tokio::test]
async fn actions_have_their_last_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-02", "2026-12-04").await;
    app.set_clock("2026-12-03T10:00:00Z");
    let late = act(&guest, &booking, "cancel").await.expect(409);
    assert_eq!(
        (late.code(), &late.body["detail"]),
        ("booking.too_late", &json!("cancel was possible until 2026-12-02; today is 2026-12-03 at the hotel."))
    );
    app.set_clock("2026-12-04T10:00:00Z");
    assert_eq!(act(&hotel.manager, &booking, "check-in").await.expect(409).code(), "booking.too_late");
    act(&hotel.manager, &booking, "cancel").await.expect(200);
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
