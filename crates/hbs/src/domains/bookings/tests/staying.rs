//! Stays from arrival to departure, and the moves that are legal.
use super::{for_rooms, left, number, read, stay, terms, with};
use crate::support::{HotelSpec, Reply, TestApp, act, book, eur};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn a_stay_goes_from_arrival_to_departure() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-02", "2026-12-04").await;
    let early = act(&hotel.manager, &booking, "check-in").await.expect(409);
    assert_eq!(early.code(), "booking.too_early");
    for date in ["2026-12-02", "2026-12-01"] {
        assert!(early.body["detail"].as_str().expect("text").contains(date), "{}", early.body);
    }
    assert_eq!(act(&hotel.manager, &booking, "no-show").await.expect(409).code(), "booking.too_early");
    assert_eq!(number(&read(&guest, &booking).await, 0), "none");

    app.set_clock("2026-12-02T00:00:00Z");
    let in_house = act(&hotel.manager, &booking, "check-in").await.expect(200);
    assert_eq!((&in_house.body["status"], &stay(&in_house, 0)["status"]), (&json!("checked_in"), &json!("checked_in")));
    assert_eq!(number(&read(&guest, &booking).await, 0), "101", "guests know the room that they are in");
    app.set_clock("2026-12-04T08:00:00Z");
    let gone = act(&hotel.manager, &booking, "check-out").await.expect(200);
    assert_eq!((&gone.body["status"], &gone.body["total"]), (&json!("checked_out"), &eur("200.00")));
    app.assert_consistent().await;

    let forbidden = act(&guest, &booking, "check-in").await.expect(403);
    assert_eq!(forbidden.body["permission"], "stays:check_in");
}

#[tokio::test]
async fn an_illegal_move_names_both_states() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let actions = ["confirm", "cancel", "check-in", "check-out", "no-show", "reinstate", "undo-check-in", "undo-check-out"];
    let targets = ["confirmed", "cancelled", "checked_in", "checked_out", "no_show", "confirmed", "confirmed", "checked_in"];
    for (state, way, legal) in [
        ("held", vec![], vec!["confirm", "cancel"]),
        ("confirmed", vec!["confirm"], vec!["cancel", "check-in", "no-show"]),
        ("checked_in", vec!["confirm", "check-in"], vec!["check-out", "undo-check-in"]),
        ("checked_out", vec!["confirm", "check-in", "check-out"], vec!["undo-check-out"]),
        ("cancelled", vec!["cancel"], vec!["reinstate"]),
        ("no_show", vec!["confirm", "no-show"], vec!["reinstate"]),
    ] {
        let hold = with(hotel.request("2026-12-01", "2026-12-02"), "/hold_minutes", json!(30));
        let booking = book(&hotel.manager, &hold).await.expect(201);
        for action in way {
            act(&hotel.manager, &booking, action).await.expect(200);
        }
        for (action, target) in actions.iter().zip(targets).filter(|(action, _)| !legal.contains(action)) {
            let refused = act(&hotel.manager, &booking, action).await;
            assert_eq!((refused.status, refused.code()), (409, "booking.illegal_move"), "{action} in {state}: {}", refused.body);
            assert_eq!((&refused.body["from"], &refused.body["to"]), (&json!(state), &json!(target)), "{action} in {state}");
        }
        assert_eq!(read(&hotel.manager, &booking).await.body["status"], state);
        // Leaves no room behind for the next.
        if legal.contains(&"cancel") {
            act(&hotel.manager, &booking, "cancel").await.expect(200);
        }
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn every_stay_that_can_takes_the_action() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let two = for_rooms(&hotel, ["2026-12-01", "2026-12-03"], &[json!({}), json!({})]);
    let booking = book(&hotel.manager, &two).await.expect(201);
    // One has been checked in on its own.
    let sql =
        format!("UPDATE stays SET status = 'checked_in' WHERE id = {}", stay(&booking, 0)["id"].to_string().replace('"', "'"));
    app.sql(&sql).await;
    let cancelled = act(&hotel.manager, &booking, "cancel").await.expect(200);
    assert_eq!([&stay(&cancelled, 0)["status"], &stay(&cancelled, 1)["status"]], ["checked_in", "cancelled"]);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("checked_in"), &eur("200.00")));
    assert_eq!(left(&app, &hotel, "2026-12-01").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn one_stay_takes_an_action_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let three = for_rooms(&hotel, ["2026-12-01", "2026-12-03"], &[json!({}), json!({}), json!({})]);
    let booking = book(&hotel.manager, &three).await.expect(201);
    let path = |place: usize, action: &str| {
        format!("/v1/bookings/{}/stays/{}/{action}", booking.id(), stay(&booking, place)["id"].as_str().expect("an id"))
    };
    let query = stay(&booking, 0)["id"].as_str().expect("an id");
    let told = hotel.manager.get(&format!("/v1/bookings/{}/cancellation?stay_id={query}", booking.id())).await.expect(200);
    assert_eq!((&told.body["fee"], &told.body["total_after"]), (&eur("100.00"), &eur("500.00")));
    let cancelled = hotel.manager.post(&path(0, "cancel"), &json!({})).await.expect(200);
    let statuses = |reply: &Reply| [0, 1, 2].map(|place| stay(reply, place)["status"].as_str().expect("a status").to_owned());
    assert_eq!(statuses(&cancelled), ["cancelled", "confirmed", "confirmed"]);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("confirmed"), &eur("500.00")));
    assert_eq!(left(&app, &hotel, "2026-12-01").await, 1);
    let missing = hotel.manager.post(&path(1, "no-show"), &json!({})).await.expect(200);
    assert_eq!((&missing.body["status"], &missing.body["total"]), (&json!("confirmed"), &eur("400.00")));
    hotel.manager.post(&path(2, "check-in"), &json!({})).await.expect(200);
    app.set_clock("2026-12-03T09:00:00Z");
    let gone = hotel.manager.post(&path(2, "check-out"), &json!({})).await.expect(200);
    assert_eq!(statuses(&gone), ["cancelled", "no_show", "checked_out"]);
    assert_eq!((&gone.body["status"], &gone.body["total"]), (&json!("checked_out"), &eur("400.00")));
    app.assert_consistent().await;

    let again = hotel.manager.post(&path(0, "cancel"), &json!({})).await.expect(409);
    assert_eq!((&again.body["from"], &again.body["to"]), (&json!("cancelled"), &json!("cancelled")));
    let another = hotel.book(&hotel.manager, "2026-12-05", "2026-12-06").await;
    let foreign = path(0, "cancel").replace(booking.id(), another.id());
    hotel.manager.post(&foreign, &json!({})).await.expect(404);
    app.guest().await.post(&path(0, "cancel"), &json!({})).await.expect(404);
}

#[tokio::test]
async fn an_action_needs_no_body_and_takes_an_etag() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    for etag in [None, Some("*"), Some("\"1\"")] {
        let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
        let client = etag.map_or(guest.clone(), |etag| guest.with("if-match", etag));
        let path = format!("/v1/bookings/{}/cancel", booking.id());
        assert_eq!(client.send(Method::POST, &path, None).await.expect(200).body["status"], "cancelled", "{etag:?}");
    }
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/bookings/{}/cancel", booking.id());
    let refused = guest.with("if-match", "\"2\"").send(Method::POST, &path, None).await.expect(412);
    assert!(refused.body["detail"].as_str().expect("text").contains("\"1\""), "{}", refused.body);
    let refused = guest.post(&path, &json!({"reason": "x".repeat(501)})).await.expect(422);
    assert_eq!(refused.pointers(), ["/reason"]);
    guest.post(&path, &json!({"reason": "Ill"})).await.expect(200);
    let event = app
        .rows("SELECT changes->'reason' AS reason FROM outbox WHERE kind = 'booking.status_changed' ORDER BY id DESC LIMIT 1")
        .await;
    assert_eq!(event[0]["reason"], json!({"withheld": true}));
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
async fn stays_that_begin_on_different_days_are_checked_in_on_theirs() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let booking = book(manager, &for_rooms(&hotel, ["2026-12-01", "2026-12-04"], &[json!({}), json!({})])).await.expect(201);
    let later = json!({"stays": [{"stay_id": stay(&booking, 1)["id"], "check_in": "2026-12-02"}]});
    manager.post(&format!("/v1/bookings/{}/amend", booking.id()), &later).await.expect(200);
    let first = act(manager, &booking, "check-in").await.expect(200);
    assert_eq!((&stay(&first, 0)["status"], &stay(&first, 1)["status"]), (&json!("checked_in"), &json!("confirmed")));
    assert_eq!(act(manager, &booking, "check-in").await.expect(409).code(), "booking.too_early");
    app.assert_consistent().await;
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
