//! Stays that change rooms so that another one finds its own.
use super::{for_rooms, number, read, stay};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, book};
use serde_json::json;

/// Makes two rooms of which one is free each night, but not the same one: stays are in 101 on the nights of the 10th
/// and 11th, and in 102 on those of the 12th and 13th.
async fn scattered(app: &TestApp, hotel: &Hotel, pinned: bool) -> [Reply; 2] {
    let mut stays = Vec::new();
    for (dates, room) in [(["2026-12-10", "2026-12-12"], 0), (["2026-12-12", "2026-12-14"], 1)] {
        stays.push(book(&hotel.manager, &for_rooms(hotel, dates, &[json!({"room_id": hotel.rooms[room]})])).await.expect(201));
    }
    if !pinned {
        // As if nobody had asked for the rooms by name.
        app.sql("UPDATE stays SET is_pinned = false").await;
    }
    stays.try_into().expect("two")
}

#[tokio::test]
async fn stays_move_to_make_a_room_free() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let [one, other] = scattered(&app, &hotel, false).await;
    let whole = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-14")).await.expect(201);
    let numbers =
        [number(&read(&hotel.manager, &one).await, 0).to_owned(), number(&read(&hotel.manager, &other).await, 0).to_owned()];
    assert_eq!(numbers[0], numbers[1], "one after the other in one room");
    assert_ne!(number(&whole, 0), numbers[0]);
    let moved = app.rows("SELECT entity_id, booking_id, actor_kind, changes FROM outbox WHERE kind = 'stay.moved'").await;
    assert_eq!(moved.len(), 1, "no more than needed: {moved:?}");
    let (mover, stayer) = if moved[0]["booking_id"] == one.body["id"] { (&one, &other) } else { (&other, &one) };
    assert_eq!((&moved[0]["entity_id"], &moved[0]["actor_kind"]), (&stay(mover, 0)["id"], &json!("system")));
    assert_eq!(moved[0]["changes"]["room_id"]["before"], stay(mover, 0)["room_id"]);
    assert_eq!(read(&hotel.manager, mover).await.header("etag"), "\"2\"", "those who saw it can tell");
    assert_eq!(read(&hotel.manager, stayer).await.header("etag"), "\"1\"");
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_cannot_move_is_in_the_way() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    scattered(&app, &hotel, true).await;
    let refused = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-14")).await.expect(409);
    assert_eq!((refused.code(), &refused.body["proven"]), ("booking.no_single_room", &json!(true)));
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_in_the_house_do_not_move() {
    for in_house in [false, true] {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
        let [first, _] = scattered(&app, &hotel, true).await;
        app.sql(&format!("UPDATE stays SET is_pinned = false WHERE booking_id = '{}'", first.id())).await;
        app.set_clock("2026-12-10T12:00:00Z");
        if in_house {
            act(&hotel.manager, &first, "check-in").await.expect(200);
        }
        let whole = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-14")).await;
        if in_house {
            assert_eq!(
                (whole.status, whole.code(), &whole.body["proven"]),
                (409, "booking.no_single_room", &json!(true)),
                "{}",
                whole.body
            );
        } else {
            assert_eq!((whole.status, number(&whole, 0)), (201, "101"), "{}", whole.body);
        }
        app.assert_consistent().await;
    }
}

#[tokio::test]
async fn a_no_show_does_not_stand_in_the_way_of_a_rearrangement() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let missing = desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-05")).await.expect(201);
    desk.post(&format!("/v1/bookings/{}/no-show", missing.id()), &json!({})).await.expect(200);
    desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-04", "2026-12-05")).await.expect(201);
    hotel.book(desk, "2026-12-02", "2026-12-03").await;

    hotel.book(desk, "2026-12-02", "2026-12-05").await;
    app.assert_consistent().await;
}

/// The nights of others that are over were overlooked once: the stay was given a room in which somebody had been.
#[tokio::test]
async fn a_stay_that_is_overdue_is_given_no_room_that_was_taken_on_its_first_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    desk.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-02")).await.expect(201);
    let overdue = desk.post("/v1/bookings", &hotel.request_for(1, "2026-12-01", "2026-12-03")).await.expect(201);
    let next = hotel.book(desk, "2026-12-03", "2026-12-05").await;
    assert_eq!(next.body["stays"][0]["room_id"], hotel.rooms[1], "the room that fits best");

    app.set_clock("2026-12-02T10:00:00Z");
    let path = format!("/v1/bookings/{}/amend", overdue.id());
    let amended = desk.post(&path, &json!({"check_out": "2026-12-05"})).await.expect(200);
    assert_eq!(amended.body["booking"]["stays"][0]["room_id"], hotel.rooms[1]);
    let next = desk.get(&format!("/v1/bookings/{}", next.id())).await.expect(200);
    assert_eq!(next.body["stays"][0]["room_id"], hotel.rooms[0], "who had not come yet has moved");
    app.assert_consistent().await;
}
