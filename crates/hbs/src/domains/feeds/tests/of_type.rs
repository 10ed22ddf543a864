//! Calendars of a room type: each event takes a room.
use super::echoes::{free, path_of, room_of, told_by};
use super::{calendar, conflicts, export, external, import_of_type, nights, pairs, upload};
use crate::support::{Hotel, HotelSpec, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOTHING: (u64, u64, u64, u64) = (0, 0, 0, 0);

/// Returns the numbers of a report: added, moved, released, conflicts.
fn counts(report: &Value) -> (u64, u64, u64, u64) {
    let of = |name: &str| report[name].as_u64().expect("a number");
    (of("added"), of("moved"), of("released"), of("conflicts"))
}

/// The rooms that are blocked from outside, in the order of the nights.
async fn rooms(hotel: &Hotel) -> Vec<String> {
    let path = format!("/v1/room-blocks?property_id={}&kind=external", hotel.id);
    let reply = hotel.manager.get(&path).await.expect(200);
    let blocks = reply.body["items"].as_array().expect("blocks").iter();
    blocks.map(|block| block["room_id"].as_str().expect("a room").to_owned()).collect()
}

async fn cancel(hotel: &Hotel, booking: &str) {
    hotel.manager.post(&format!("/v1/bookings/{booking}/cancel"), &json!({})).await.expect(200);
}

/// U17: the feed of a room type takes a room for each of its events.
#[tokio::test]
async fn each_event_takes_a_room_and_gives_back_its_own() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let feed = import_of_type(&hotel).await.expect(201);
    assert_eq!((&feed.body["room_id"], &feed.body["room_type_id"]), (&Value::Null, &json!(hotel.double)));
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let two = [("a", "2026-12-10", "2026-12-12", ""), ("b", "2026-12-11", "2026-12-13", "")];
    let first = upload(&hotel, &feed, &calendar(&two)).await.expect(200);
    assert_eq!(counts(&first.body), (2, 0, 0, 0));
    assert_eq!(external(&hotel).await, nights(&[("2026-12-10", "2026-12-12"), ("2026-12-11", "2026-12-13")]));
    assert_eq!(rooms(&hotel).await.iter().collect::<BTreeSet<_>>().len(), 2, "a room each");
    assert_eq!(free(&hotel, "2026-12-10", "2026-12-11").await, 1);
    assert_eq!(free(&hotel, "2026-12-11", "2026-12-12").await, 0);
    assert_eq!(counts(&upload(&hotel, &feed, &calendar(&two)).await.expect(200).body), NOTHING, "nothing is new");

    // One more than there are rooms: what is free of it is blocked, and the rest is a conflict.
    let three = [two[0], two[1], ("c", "2026-12-11", "2026-12-14", "")];
    assert_eq!(counts(&upload(&hotel, &feed, &calendar(&three)).await.expect(200).body), (1, 0, 0, 1));
    let open = hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200).body["items"][0].clone();
    assert_eq!((&open["uid"], &open["from"], &open["to"]), (&json!("c"), &json!("2026-12-11"), &json!("2026-12-12")));
    let detail = "No room of the type is left from 2026-12-11 to 2026-12-12. Other nights of the event are blocked.";
    assert_eq!((&open["reason"], &open["detail"]), (&json!("room_taken"), &json!(detail)));
    hotel.manager.post("/v1/bookings", &hotel.request("2026-12-11", "2026-12-12")).await.expect(409);
    app.assert_consistent().await;

    // One goes: the room is the other's, and the rest stays as it is.
    let without_a = [two[1], three[2]];
    assert_eq!(counts(&upload(&hotel, &feed, &calendar(&without_a)).await.expect(200).body), (0, 1, 1, 0));
    assert_eq!(external(&hotel).await, nights(&[("2026-12-11", "2026-12-13"), ("2026-12-11", "2026-12-14")]));
    assert!(conflicts(&hotel, "open").await.is_empty());
    // It ends with what it has, and nothing else.
    let etag = hotel.manager.get(&format!("/v1/feed-imports/{}", feed.id())).await.expect(200).header("etag").to_owned();
    hotel.manager.delete(&format!("/v1/feed-imports/{}", feed.id()), &etag).await.expect(204);
    assert!(external(&hotel).await.is_empty());
    assert_eq!(free(&hotel, "2026-12-10", "2026-12-12").await, 2, "but for the guests");
    app.assert_consistent().await;
}

/// F1: nights that the calendar of a room type has told ask for no room when they come back.
#[tokio::test]
async fn what_the_export_of_the_type_told_asks_for_nothing() {
    let app = TestApp::with(|config| config.public_url = "https://miramar.example".into()).await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let feed = import_of_type(&hotel).await.expect(201);
    let told = path_of(&export(&hotel, json!({"room_type_id": hotel.double, "import_id": feed.id()})).await.expect(201));
    let first = hotel.book(&hotel.manager, "2027-01-17", "2027-01-20").await;
    hotel.book(&hotel.manager, "2027-01-16", "2027-01-21").await;
    let full = nights(&[("2027-01-17", "2027-01-20")]);
    assert_eq!(told_by(&app, &told).await, full);
    // As another program shows it, and as it came from us.
    let own = format!("{}-20270110@miramar.example", hotel.double);
    let mirror = calendar(&[("e1@site", "2027-01-17", "2027-01-20", ""), (own.as_str(), "2027-01-10", "2027-01-12", "")]);
    for _ in 0..2 {
        assert_eq!(counts(&upload(&hotel, &feed, &mirror).await.expect(200).body), NOTHING);
    }
    // A room comes free: while the other program still shows the nights, one is blocked, and not told back.
    cancel(&hotel, first.id()).await;
    assert_eq!(counts(&upload(&hotel, &feed, &mirror).await.expect(200).body), (1, 0, 0, 0));
    assert_eq!((external(&hotel).await, told_by(&app, &told).await), (full, Vec::new()));
    let empty = calendar(&[]);
    assert_eq!(counts(&upload(&hotel, &feed, &empty).await.expect(200).body), (0, 0, 1, 0), "an echo needs no confirmation");
    assert_eq!(free(&hotel, "2027-01-17", "2027-01-20").await, 1);

    // A sale elsewhere is not told to who told it, but to others; and one that is lost has to be confirmed.
    let sold = calendar(&[("sold", "2027-01-17", "2027-01-19", "")]);
    assert_eq!(counts(&upload(&hotel, &feed, &sold).await.expect(200).body), (1, 0, 0, 0));
    let other = import_of_type(&hotel).await.expect(201);
    let to_other = path_of(&export(&hotel, json!({"room_type_id": hotel.double, "import_id": other.id()})).await.expect(201));
    let of_room = rooms(&hotel).await[0].clone();
    let room_to_other = path_of(&export(&hotel, json!({"room_id": of_room, "import_id": other.id()})).await.expect(201));
    let blocked = nights(&[("2027-01-17", "2027-01-19")]);
    assert_eq!((told_by(&app, &told).await, told_by(&app, &to_other).await), (Vec::new(), blocked.clone()));
    assert_eq!(told_by(&app, &room_to_other).await, blocked);
    assert_eq!(counts(&upload(&hotel, &feed, &empty).await.expect(200).body), (0, 0, 0, 1));
    assert_eq!((external(&hotel).await, conflicts(&hotel, "open").await), (blocked, pairs(&[("(the whole calendar)", "empty")])));
    let open = hotel.manager.get(&format!("/v1/feed-conflicts?feed_id={}", feed.id())).await.expect(200).body["items"][0].clone();
    let confirm = format!("/v1/feed-conflicts/{}/confirm", open["id"].as_str().expect("an id"));
    assert_eq!(hotel.manager.post(&confirm, &json!({})).await.expect(200).body["status"], "resolved");
    assert!(external(&hotel).await.is_empty());
    app.assert_consistent().await;
}

#[tokio::test]
async fn rooms_for_events_are_chosen_as_for_sales() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let feed = import_of_type(&hotel).await.expect(201);
    // Guests who are pinned stay where they are: of an event that fits in no room, parts are in two.
    for (room, from, to) in [(0, "2026-12-10", "2026-12-12"), (1, "2026-12-12", "2026-12-14")] {
        hotel.manager.post("/v1/bookings", &hotel.request_for(room, from, to)).await.expect(201);
    }
    let event = calendar(&[("a", "2026-12-10", "2026-12-14", "")]);
    assert_eq!(counts(&upload(&hotel, &feed, &event).await.expect(200).body), (2, 0, 0, 0));
    assert_eq!(external(&hotel).await, nights(&[("2026-12-10", "2026-12-12"), ("2026-12-12", "2026-12-14")]));
    assert_eq!(rooms(&hotel).await, [hotel.rooms[1].clone(), hotel.rooms[0].clone()]);
    assert_eq!(counts(&upload(&hotel, &feed, &event).await.expect(200).body), NOTHING);

    // The two are sold; what may be overbooked is not for feeds.
    let more = [("a", "2026-12-10", "2026-12-14", ""), ("b", "2026-12-13", "2026-12-15", "")];
    assert_eq!(counts(&upload(&hotel, &feed, &calendar(&more)).await.expect(200).body), (1, 0, 0, 1));
    assert_eq!(conflicts(&hotel, "open").await, pairs(&[("b", "room_taken")]));
    app.assert_consistent().await;

    // Guests who may move make room: neither room is free throughout.
    let mut booked = Vec::new();
    for (from, to) in [("10", "12"), ("10", "13"), ("12", "15"), ("13", "15")] {
        booked.push(hotel.book(&hotel.manager, format!("2027-01-{from}"), format!("2027-01-{to}")).await);
    }
    for booking in &booked[1..3] {
        cancel(&hotel, booking.id()).await;
    }
    let left = [room_of(&hotel, &booked[0]).await, room_of(&hotel, &booked[3]).await];
    assert_ne!(left[0], left[1]);
    let long = calendar(&[more[0], ("c", "2027-01-10", "2027-01-15", "")]);
    assert_eq!(counts(&upload(&hotel, &feed, &long).await.expect(200).body), (1, 0, 1, 0));
    assert_eq!(external(&hotel).await[2..], nights(&[("2027-01-10", "2027-01-15")]), "in one room");
    let now = [room_of(&hotel, &booked[0]).await, room_of(&hotel, &booked[3]).await];
    assert!(now[0] == now[1] && now[0] != json!(rooms(&hotel).await[2]), "one of the two has moved");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_calendar_is_of_a_room_or_of_a_type() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    for (subject, pointer) in [
        (json!({}), "/room_id"),
        (json!({"room_id": hotel.rooms[0], "room_type_id": hotel.double}), "/room_type_id"),
        (json!({"room_type_id": hotel.rooms[0]}), "/room_type_id"),
    ] {
        let mut body = json!({"property_id": hotel.id, "name": "Holiday site"});
        body.as_object_mut().expect("an object").extend(subject.as_object().expect("an object").clone());
        assert_eq!(hotel.manager.post("/v1/feed-imports", &body).await.expect(422).pointers(), [pointer]);
    }
    assert_eq!(app.number("SELECT count(*) FROM feed_imports").await, 0);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let foreign = json!({"property_id": elsewhere.id, "room_type_id": hotel.double, "name": "Holiday site"});
    assert_eq!(elsewhere.manager.post("/v1/feed-imports", &foreign).await.expect(422).pointers(), ["/room_type_id"]);
}
