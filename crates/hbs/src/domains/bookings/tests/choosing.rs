//! The rooms that a stay could have.
use super::{for_rooms, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn rooms(client: &Client, booking: &Reply, query: &str) -> Reply {
    let stay = booking.body["stays"][0]["id"].as_str().expect("an id");
    client.get(&format!("/v1/bookings/{}/stays/{stay}/rooms?{query}", booking.id())).await
}

fn numbers(reply: &Reply) -> Vec<&str> {
    reply.body["rooms"].as_array().expect("rooms").iter().filter_map(|room| room["room_number"].as_str()).collect()
}

fn room<'a>(reply: &'a Reply, number: &str) -> &'a Value {
    let rooms = reply.body["rooms"].as_array().expect("rooms");
    rooms.iter().find(|room| room["room_number"] == number).unwrap_or_else(|| panic!("no {number} in {}", reply.body))
}

/// What is against a room: the codes, and those that prevent it.
fn against(room: &Value) -> Vec<(&str, bool)> {
    let reasons = room["reasons"].as_array().expect("reasons").iter();
    reasons.map(|reason| (reason["code"].as_str().expect("a code"), reason["prevents"] == true)).collect()
}

async fn set(hotel: &Hotel, room: usize, state: &str) {
    let path = format!("/v1/rooms/{}/housekeeping", hotel.rooms[room]);
    hotel.manager.post(&path, &json!({"state": state})).await.expect(200);
}

/// U10: the rooms that a stay can have are told with what is against the others, and with the difference in price.
#[tokio::test]
async fn the_desk_sees_which_rooms_a_stay_can_have() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, suites: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booking = book(desk, &hotel.request_for(0, "2026-12-01", "2026-12-04")).await.expect(201);
    let other = with(hotel.request_for(1, "2026-12-03", "2026-12-05"), "/rooms/0/guest_name", json!("Rui Lima"));
    let other = book(desk, &other).await.expect(201);
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[2], "kind": "out_of_order", "reason": "Paint",
                       "from": "2026-12-02", "to": "2026-12-06"});
    desk.post("/v1/room-blocks", &block).await.expect(201);
    set(&hotel, 3, "dirty").await;
    book(desk, &hotel.request_for(4, "2026-12-05", "2026-12-06")).await.expect(201);

    let found = rooms(desk, &booking, "").await.expect(200);
    assert_eq!(numbers(&found), ["101", "105", "104", "201", "202", "102", "103"], "the best first");
    assert_eq!(found.header("etag"), "\"1\"");
    assert_eq!(
        json!([found.body["from"], found.body["to"], found.body["guests"], found.body["version"]]),
        json!(["2026-12-01", "2026-12-04", 2, 1])
    );
    let current = room(&found, "101");
    assert_eq!(json!([current["is_current"], current["is_assignable"], current["is_free"]]), json!([true, true, true]));
    let taken = room(&found, "102");
    assert_eq!((against(taken), &taken["is_free"]), (vec![("taken", true)], &json!(false)));
    let detail = format!(
        "is taken by {} (Rui Lima) from 2026-12-03 to 2026-12-04",
        other.body["reference"].as_str().expect("a reference")
    );
    assert_eq!(taken["reasons"][0]["detail"], detail, "as far as it is in the way");
    assert_eq!(against(room(&found, "103")), [("blocked", true)]);
    let dirty = room(&found, "104");
    assert_eq!((against(dirty), &dirty["is_assignable"]), (vec![("not_ready", false)], &json!(true)), "until they come");
    let suite = room(&found, "201");
    assert_eq!(
        json!([suite["needs_upgrade"], suite["price_difference"], suite["room_type_code"], suite["reasons"]]),
        json!([true, eur("450.00"), "STE", []]),
        "three nights at 250.00 instead of 100.00"
    );
    assert_eq!(current["price_difference"], Value::Null);
    assert_eq!(numbers(&rooms(desk, &booking, &format!("room_type_id={}", hotel.suite)).await.expect(200)), ["201", "202"]);
    let free = rooms(desk, &booking, "is_assignable=false").await.expect(200);
    assert_eq!(numbers(&free), ["102", "103"]);

    // What is said is so: each of them is given, or refused.
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), booking.body["stays"][0]["id"].as_str().expect("an id"));
    let give = async |number: &str| {
        let body = json!({"room_id": room(&found, number)["room_id"], "upgrade": true});
        desk.with("If-Match", "*").put(&path, &body).await
    };
    for number in ["102", "103"] {
        assert_eq!(give(number).await.expect(409).code(), "booking.room_taken", "{number}");
    }
    for number in ["105", "104", "201", "101"] {
        assert_eq!(give(number).await.expect(200).body["stays"][0]["room_number"], number);
    }
    app.guest().await.get(&path.replace("/room", "/rooms")).await.expect(403);
}

/// U10: rooms that others are in, or that are dirty, are not shown as free to guests in the house.
#[tokio::test]
async fn guests_in_the_house_are_shown_rooms_that_are_ready() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booking = book(desk, &hotel.request_for(0, "2026-12-01", "2026-12-04")).await.expect(201);
    let leaves = book(desk, &hotel.request_for(1, "2026-12-01", "2026-12-02")).await.expect(201);
    for one in [&booking, &leaves] {
        act(desk, one, "check-in").await.expect(200);
    }
    app.set_clock("2026-12-02T09:00:00Z");
    set(&hotel, 2, "dirty").await;
    let found = rooms(desk, &booking, "").await.expect(200);
    assert_eq!((&found.body["from"], numbers(&found)), (&json!("2026-12-02"), vec!["101", "102", "103"]));
    assert!(against(room(&found, "101")).is_empty(), "their own");
    assert_eq!(against(room(&found, "102")), [("occupied", true)], "free that night, and not left yet");
    assert_eq!(against(room(&found, "103")), [("not_ready", true)]);
    act(desk, &leaves, "check-out").await.expect(200);
    let found = rooms(desk, &booking, "").await.expect(200);
    assert_eq!(against(room(&found, "102")), [("not_ready", true)]);
    set(&hotel, 1, "clean").await;
    assert_eq!(numbers(&rooms(desk, &booking, "is_assignable=true").await.expect(200)), ["101", "102"]);
    act(desk, &booking, "check-out").await.expect(200);
    let over = rooms(desk, &booking, "").await.expect(409);
    assert_eq!((over.code(), &over.body["stay_status"]), ("booking.room_is_final", &json!("checked_out")));
}

#[tokio::test]
async fn rooms_of_other_types_are_shown_with_what_they_lack() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let family = json!({"room_type_id": hotel.suite, "adults": 4});
    let booking = book(desk, &for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[family])).await.expect(201);
    let found = rooms(desk, &booking, "").await.expect(200);
    let double = room(&found, "101");
    assert_eq!((against(double), &double["fits"]), (vec![("too_small", true)], &json!(false)));
    assert_eq!(double["price_difference"], eur("-300.00"));

    let guest = hotel.book(desk, "2026-12-20", "2026-12-22").await;
    app.sql(&format!("UPDATE inventory SET sold = capacity WHERE room_type_id = '{}' AND night = '2026-12-21'", hotel.suite))
        .await;
    let suite = rooms(desk, &guest, "").await.expect(200);
    let suite = room(&suite, "201");
    assert_eq!((against(suite), &suite["is_free"]), (vec![("sold_out", true)], &json!(true)));
    assert_eq!(suite["reasons"][0]["detail"], "is of a type that is sold out on 2026-12-21");
}
