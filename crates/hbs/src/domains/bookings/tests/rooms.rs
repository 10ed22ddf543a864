//! The room of a stay: which one it is, and who chooses it.
use super::{for_rooms, number, read, stay, with};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, book, together};
use serde_json::{Value, json};

#[tokio::test]
async fn staff_choose_a_room_by_name_and_it_stays_chosen() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let (guest, dates) = (app.guest().await, ["2026-12-10", "2026-12-12"]);
    let named = for_rooms(&hotel, dates, &[json!({}), json!({"room_id": hotel.rooms[1]})]);
    let named = with(named, "/guest_user_id", json!(guest.user_id()));
    let booking = book(&hotel.manager, &named).await.expect(201);
    assert_eq!((number(&booking, 1), &stay(&booking, 1)["is_pinned"]), ("102", &json!(true)));
    assert_eq!((number(&booking, 0), &stay(&booking, 0)["is_pinned"]), ("101", &json!(false)));
    let seen = read(&guest, &booking).await.expect(200);
    assert_eq!((number(&seen, 1), &stay(&seen, 1)["room_id"]), ("102", &json!(hotel.rooms[1])), "what is pinned is certain");
    assert_eq!((number(&seen, 0), &stay(&seen, 0)["room_id"]), ("none", &Value::Null), "what may still change is not told");

    let taken = book(&hotel.manager, &for_rooms(&hotel, ["2026-12-11", "2026-12-13"], &[json!({"room_id": hotel.rooms[1]})]))
        .await
        .expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("booking.room_taken", vec!["/rooms/0/room_id"]));
    assert!(taken.body["detail"].as_str().expect("text").contains("102"), "{}", taken.body);
    let twice = for_rooms(
        &hotel,
        ["2026-12-20", "2026-12-21"],
        &[json!({"room_id": hotel.rooms[0]}), json!({"room_id": hotel.rooms[0]})],
    );
    assert_eq!(book(&hotel.manager, &twice).await.expect(409).pointers(), ["/rooms/1/room_id"]);
    let other_type =
        with(for_rooms(&hotel, dates, &[json!({"room_id": hotel.rooms[2]})]), "/rooms/0/room_type_id", json!(hotel.suite));
    assert_eq!(book(&hotel.manager, &other_type).await.expect(422).pointers(), ["/rooms/0/room_id"]);
    let by_guest = for_rooms(&hotel, dates, &[json!({"room_id": hotel.rooms[2]})]);
    assert_eq!(book(&guest, &by_guest).await.expect(422).pointers(), ["/rooms/0/room_id"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_is_chosen_so_that_long_gaps_stay_whole() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    for (dates, room) in [(["2026-12-10", "2026-12-12"], 1), (["2026-12-14", "2026-12-16"], 1), (["2026-12-14", "2026-12-15"], 2)]
    {
        book(&hotel.manager, &for_rooms(&hotel, dates, &[json!({"room_id": hotel.rooms[room]})])).await.expect(201);
    }
    for (dates, room) in [
        (["2026-12-12", "2026-12-14"], "102"), // fits exactly
        (["2026-12-12", "2026-12-14"], "103"), // nothing before, but somebody after
        (["2026-12-12", "2026-12-14"], "101"), // nobody ever
    ] {
        assert_eq!(number(&hotel.book(&hotel.manager, dates[0], dates[1]).await, 0), room);
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_sold_beyond_capacity_has_no_room_yet() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let first = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    let second = hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    assert_eq!((number(&first, 0), number(&second, 0)), ("101", "none"));
    assert_eq!((&second.body["status"], &stay(&second, 0)["room_id"]), (&json!("confirmed"), &Value::Null));
    book(&hotel.manager, &hotel.request("2026-12-02", "2026-12-03")).await.expect(409);
    app.assert_consistent().await;
    app.move_clock("2026-12-02T12:00:00Z").await;
    let refused = act(&hotel.manager, &second, "check-in").await.expect(409);
    assert_eq!(refused.code(), "booking.no_room_assigned");
    act(&hotel.manager, &second, "cancel").await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_beyond_capacity_gets_a_room_when_there_is_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let first = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let second = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    assert_eq!(stay(&second, 0)["room_id"], Value::Null);
    assert_eq!(act(desk, &second, "check-in").await.expect(409).code(), "booking.no_room_assigned");
    assert_eq!(assign(desk, &second, 0, &json!({})).await.expect(409).code(), "booking.no_free_room");
    act(desk, &first, "cancel").await.expect(200);
    assert_eq!((number(&read(desk, &second).await, 0), read(desk, &second).await.header("etag")), ("101", "\"2\""));
    let assigned = assign(desk, &second, 0, &json!({})).await.expect(200);
    assert_eq!((number(&assigned, 0), &stay(&assigned, 0)["is_pinned"]), ("101", &json!(false)));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("stay.assigned"));
    act(desk, &second, "check-in").await.expect(200);
    app.assert_consistent().await;
}

/// Assigns a stay a room, as of the version that the booking has.
async fn assign(client: &Client, booking: &Reply, place: usize, body: &Value) -> Reply {
    let etag = read(client, booking).await.header("etag").to_owned();
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), stay(booking, place)["id"].as_str().expect("an id"));
    client.with("If-Match", etag).put(&path, body).await
}

#[tokio::test]
async fn the_desk_moves_and_pins_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let (desk, [first, second, third]) = (&hotel.manager, [0, 1, 2].map(|place| hotel.rooms[place].as_str()));
    let booking = hotel.book(desk, "2026-12-01", "2026-12-04").await;
    let other = hotel.book(desk, "2026-12-03", "2026-12-05").await;
    assert_eq!([number(&booking, 0), number(&other, 0)], ["101", "102"]);

    let taken = assign(desk, &booking, 0, &json!({"room_id": second})).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("booking.room_taken", vec!["/room_id"]));
    let suite = app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}'", hotel.suite)).await;
    for unknown in [suite[0]["id"].as_str().expect("an id"), "018f0000-0000-7000-8000-000000000001"] {
        assert_eq!(assign(desk, &booking, 0, &json!({"room_id": unknown})).await.expect(422).pointers(), ["/room_id"]);
    }
    let moved = assign(desk, &booking, 0, &json!({"room_id": third})).await.expect(200);
    assert_eq!((number(&moved, 0), &stay(&moved, 0)["is_pinned"]), ("103", &json!(true)), "a room that is named is meant");
    app.assert_consistent().await;
    let unpinned = assign(desk, &booking, 0, &json!({"is_pinned": false})).await.expect(200);
    assert_eq!((number(&unpinned, 0), &stay(&unpinned, 0)["is_pinned"]), ("103", &json!(false)));
    let same = assign(desk, &booking, 0, &json!({})).await.expect(200);
    assert_eq!(same.body["version"], unpinned.body["version"], "nothing has changed");
    let kinds = app.event_kinds().await;
    assert_eq!(kinds[kinds.len() - 2..], ["stay.moved", "stay.unpinned"]);

    act(desk, &booking, "check-in").await.expect(200);
    let there = assign(desk, &booking, 0, &json!({"room_id": first})).await.expect(200);
    assert_eq!((number(&there, 0), &there.body["status"]), ("101", &json!("checked_in")), "they had not slept there yet");
    act(desk, &booking, "check-out").await.expect(200);
    let gone = assign(desk, &booking, 0, &json!({"room_id": third})).await.expect(409);
    assert_eq!((gone.code(), &gone.body["stay_status"]), ("booking.room_is_final", &json!("checked_out")));
    let path = format!("/v1/bookings/{}/stays/{}/room", other.id(), stay(&other, 0)["id"].as_str().expect("an id"));
    desk.put(&path, &json!({})).await.expect(428);
    desk.with("If-Match", "\"7\"").put(&path, &json!({})).await.expect(412);
    app.guest().await.with("If-Match", "\"1\"").put(&path, &json!({})).await.expect(403);
}

#[tokio::test]
async fn a_room_goes_to_one_of_those_who_are_moved_there_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let mut bookings = Vec::new();
    for _ in 0..4 {
        bookings.push(hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await);
    }
    let free = json!({"room_id": hotel.rooms[4]});
    let moves = bookings.into_iter().map(|booking| {
        let (desk, free) = (hotel.manager.clone(), free.clone());
        async move { assign(&desk, &booking, 0, &free).await.status }
    });
    let mut statuses = together(moves).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    app.assert_consistent().await;
    assert_eq!(app.deadlocks_at_the_end().await, 0);
}
