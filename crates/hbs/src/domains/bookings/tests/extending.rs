//! Staying longer where others have the room next: they move, and whoever stays on keeps the room.
use super::{amend, number, read, stay, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book};
use serde_json::json;

async fn in_room(hotel: &Hotel, room: usize, dates: [&str; 2]) -> Reply {
    hotel.manager.post("/v1/bookings", &hotel.request_for(room, dates[0], dates[1])).await.expect(201)
}

async fn unpin(client: &Client, booking: &Reply) {
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), stay(booking, 0)["id"].as_str().expect("an id"));
    client.with("If-Match", booking.header("etag")).put(&path, &json!({"is_pinned": false})).await.expect(200);
}

async fn numbers<const N: usize>(hotel: &Hotel, bookings: [&Reply; N]) -> [String; N] {
    let mut numbers = [const { String::new() }; N];
    for (place, booking) in bookings.into_iter().enumerate() {
        numbers[place] = number(&read(&hotel.manager, booking).await, 0).to_owned();
    }
    numbers
}

/// F16: guests in the house who stay on keep their room, and whoever has it next moves if another one is free.
#[tokio::test]
async fn the_next_guests_move_when_guests_in_the_house_stay_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let stays = hotel.book(manager, "2026-12-01", "2026-12-02").await;
    act(manager, &stays, "check-in").await.expect(200);
    let next = hotel.book(manager, "2026-12-02", "2026-12-04").await;
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "101"]);

    let path = format!("/v1/bookings/{}/amend?dry_run=true", stays.id());
    manager.post(&path, &json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "101"], "only asked");
    amend(manager, &stays, &json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "102"]);
    assert_eq!(read(manager, &next).await.header("etag"), "\"2\"", "who saw it can tell");
    let moved = app.rows("SELECT entity_id, booking_id, actor_kind, changes FROM outbox WHERE kind = 'stay.moved'").await;
    assert_eq!(
        (moved.len(), &moved[0]["entity_id"], &moved[0]["booking_id"], &moved[0]["actor_kind"]),
        (1, &stay(&next, 0)["id"], &json!(next.id()), &json!("system"))
    );
    assert_eq!(moved[0]["changes"]["room_id"], json!({"before": hotel.rooms[0], "after": hotel.rooms[1]}));
    app.assert_consistent().await;
}

#[tokio::test]
async fn others_move_on_for_those_who_must_move() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let stays = in_room(&hotel, 0, ["2026-12-01", "2026-12-02"]).await;
    act(manager, &stays, "check-in").await.expect(200);
    // Each night has a room, but none has all nights of whoever comes next until another one moves.
    let next = in_room(&hotel, 0, ["2026-12-02", "2026-12-06"]).await;
    let (early, late) =
        (in_room(&hotel, 1, ["2026-12-02", "2026-12-04"]).await, in_room(&hotel, 2, ["2026-12-04", "2026-12-06"]).await);
    for booking in [&next, &early, &late] {
        unpin(manager, booking).await;
    }
    amend(manager, &stays, &json!({"check_out": "2026-12-06"})).await.expect(200);
    let [own, moved, one, other] = numbers(&hotel, [&stays, &next, &early, &late]).await;
    assert_eq!((own.as_str(), &one), ("101", &other));
    assert!(moved != own && moved != one, "{moved}");
    app.assert_consistent().await;
}

#[tokio::test]
async fn pinned_guests_and_those_in_the_house_are_not_moved() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let stays = in_room(&hotel, 0, ["2026-12-01", "2026-12-02"]).await;
    act(manager, &stays, "check-in").await.expect(200);
    let next = in_room(&hotel, 0, ["2026-12-02", "2026-12-04"]).await;
    let refused = amend(manager, &stays, &json!({"check_out": "2026-12-03"})).await.expect(409);
    assert_eq!(refused.code(), "booking.room_taken");
    assert!(refused.body["detail"].as_str().is_some_and(|text| text.contains("101")), "{}", refused.body);
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "101"]);
    unpin(manager, &next).await;
    amend(manager, &stays, &json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "102"]);

    // The next are in the house by now, and stay on in their room: whoever comes to it moves.
    app.set_clock("2026-12-02T10:00:00Z");
    act(manager, &next, "check-in").await.expect(200);
    let third = in_room(&hotel, 1, ["2026-12-04", "2026-12-05"]).await;
    unpin(manager, &third).await;
    amend(manager, &next, &json!({"check_out": "2026-12-05"})).await.expect(200);
    assert_eq!(numbers(&hotel, [&next, &third]).await, ["102", "101"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_full_house_refuses_to_extend_by_the_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let stays = hotel.book(manager, "2026-12-01", "2026-12-02").await;
    act(manager, &stays, "check-in").await.expect(200);
    let next = hotel.book(manager, "2026-12-02", "2026-12-03").await;
    // One more could be sold, but the next guests have the only room.
    let refused = amend(manager, &stays, &json!({"check_out": "2026-12-03"})).await.expect(409);
    assert_eq!(refused.code(), "booking.room_taken");
    hotel.book(manager, "2026-12-02", "2026-12-03").await;
    let refused = amend(manager, &stays, &json!({"check_out": "2026-12-03"})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"][0]["date"]), ("booking.no_availability", &json!("2026-12-02")));
    assert_eq!(numbers(&hotel, [&next]).await, ["101"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_to_come_who_are_pinned_stay_on_in_their_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let pinned = in_room(&hotel, 0, ["2026-12-10", "2026-12-12"]).await;
    let next = in_room(&hotel, 0, ["2026-12-12", "2026-12-14"]).await;
    unpin(manager, &next).await;
    let longer = amend(manager, &pinned, &json!({"check_out": "2026-12-13"})).await.expect(200);
    let after = &longer.body["booking"]["stays"][0];
    assert_eq!((&after["room_number"], &after["is_pinned"]), (&json!("101"), &json!(true)));
    assert_eq!(numbers(&hotel, [&next]).await, ["102"]);

    // Where those who come next are pinned too, there is another room for the longer stay.
    let first = in_room(&hotel, 0, ["2026-12-20", "2026-12-22"]).await;
    let then = in_room(&hotel, 0, ["2026-12-22", "2026-12-24"]).await;
    let moved = amend(manager, &first, &json!({"check_out": "2026-12-23"})).await.expect(200);
    let after = &moved.body["booking"]["stays"][0];
    assert_eq!((&after["room_number"], &after["is_pinned"]), (&json!("102"), &json!(false)));
    assert_eq!(numbers(&hotel, [&then]).await, ["101"]);
    app.assert_consistent().await;
}

/// As by the hotel on a guest's request, where rooms are set aside by their number.
#[tokio::test]
async fn a_proposal_moves_the_next_guests_when_it_is_accepted() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let (manager, guest) = (&hotel.manager, app.guest().await);
    let stays = hotel.book(&guest, "2026-12-01", "2026-12-02").await;
    act(manager, &stays, "check-in").await.expect(200);
    let next = hotel.book(manager, "2026-12-02", "2026-12-04").await;
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "101"]);
    let longer = json!({"amendment": {"check_out": "2026-12-03"}});
    let asked = with(longer.clone(), "/message", json!("One more night, please"));
    let request = guest.post(&format!("/v1/bookings/{}/change-requests", stays.id()), &asked).await.expect(201);
    let path = format!("/v1/change-requests/{}", request.id());
    manager.post(&format!("{path}/propose"), &longer).await.expect(200);
    assert_eq!(numbers(&hotel, [&next]).await, ["101"], "only proposed");
    guest.post(&format!("{path}/accept"), &json!({})).await.expect(200);
    assert_eq!(numbers(&hotel, [&stays, &next]).await, ["101", "102"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_that_is_shortened_and_one_that_is_extended_change_in_one_go() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut both = hotel.request("2026-12-01", "2026-12-03");
    both["rooms"] = json!([{"room_type_id": hotel.double, "adults": 1}, {"room_type_id": hotel.double, "adults": 1}]);
    let booking = book(manager, &both).await.expect(201);
    act(manager, &booking, "check-in").await.expect(200);
    let ids = [0, 1].map(|place| stay(&booking, place)["id"].clone());
    let next = hotel.book(manager, "2026-12-03", "2026-12-05").await;
    let stayed = usize::from(number(&booking, 1) == number(&next, 0));
    let changed = json!({"stays": [{"stay_id": ids[stayed], "check_out": "2026-12-04"}, {"stay_id": ids[1 - stayed], "check_out": "2026-12-02"}]});
    amend(manager, &booking, &changed).await.expect(200);
    assert_eq!(numbers(&hotel, [&next]).await, [number(&booking, 1 - stayed)]);
    app.assert_consistent().await;
}
