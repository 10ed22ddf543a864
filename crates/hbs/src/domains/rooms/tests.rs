use crate::every_route::Exception::{ForKeysToo, NotVersioned, Public};
use crate::every_route::{Call, Request, TO_LOOK, World};
use crate::support::{Hotel, HotelSpec, TestApp, eventually};
use axum::body::{Body, Bytes};
use futures_util::stream;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tower::ServiceExt;

/// Returns how many doubles can be sold on the night of 2026-12-10.
async fn available(app: &TestApp, hotel: &Hotel) -> Value {
    let path = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11", hotel.id);
    let found = app.anonymous().get(&path).await.expect(200);
    let double = found.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|item| item["room_type_id"] == hotel.double.as_str())
        .cloned();
    double.expect("doubles")["available"].clone()
}

fn suite(hotel: &Hotel) -> Value {
    json!({"property_id": hotel.id, "code": "DLX", "name": "Deluxe", "description": "Sea view", "max_adults": 2, "max_children": 2,
           "max_guests": 3, "beds": [{"kind": "king", "count": 1}], "size_sqm": 28, "base_price": {"amount": "180.50", "currency": "EUR"},
           "amenities": ["wifi", "balcony"]})
}

async fn amenity(hotel: &Hotel, code: &str) -> String {
    let body = json!({"property_id": hotel.id, "code": code, "name": code.to_uppercase()});
    hotel.manager.post("/v1/amenities", &body).await.expect(201).id().to_owned()
}

#[tokio::test]
async fn a_room_type_is_made_changed_and_removed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for code in ["wifi", "balcony", "pool"] {
        amenity(&hotel, code).await;
    }
    let made = hotel.manager.post("/v1/room-types", &suite(&hotel)).await.expect(201);
    let path = made.header("location").to_owned();
    assert_eq!(path, format!("/v1/room-types/{}", made.id()));
    insta::assert_json_snapshot!(made.body, {".id" => "[id]", ".property_id" => "[id]"}, @r#"
    {
      "amenities": [
        "balcony",
        "wifi"
      ],
      "base_price": {
        "amount": "180.50",
        "currency": "EUR"
      },
      "beds": [
        {
          "count": 1,
          "kind": "king"
        }
      ],
      "code": "DLX",
      "created_at": "2026-12-01T12:00:00Z",
      "description": "Sea view",
      "id": "[id]",
      "images": [],
      "locale": "en",
      "max_adults": 2,
      "max_children": 2,
      "max_guests": 3,
      "name": "Deluxe",
      "overbooking": 0,
      "property_id": "[id]",
      "size_sqm": 28,
      "texts": {},
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    let stranger = app.anonymous();
    assert_eq!(stranger.get(&path).await.expect(200).body, made.body);
    let listed = stranger.get(&format!("/v1/room-types?property_id={}", hotel.id)).await.expect(200);
    let codes: Vec<_> =
        listed.body["items"].as_array().expect("a list").iter().map(|item| item["code"].as_str().expect("text")).collect();
    assert_eq!(codes, ["DBL", "DLX", "STE"]);

    let patch =
        json!({"size_sqm": null, "base_price": {"amount": "200.00", "currency": "EUR"}, "amenities": ["pool"], "beds": []});
    let patched = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    let mut expected = made.body.clone();
    expected["size_sqm"] = Value::Null;
    expected["base_price"]["amount"] = json!("200.00");
    expected["amenities"] = json!(["pool"]);
    expected["beds"] = json!([]);
    expected["version"] = json!(2);
    assert_eq!(patched.body, expected);
    assert!(stranger.get(&path).await.expect(200).header("etag").starts_with("\"2-"));

    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    stranger.get(&path).await.expect(404);
    hotel.manager.post("/v1/room-types", &suite(&hotel)).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn bad_room_types_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (pointer, value) in [
        ("/code", json!("")),
        ("/max_adults", json!(0)),
        ("/max_guests", json!(1)),
        ("/beds/0/kind", json!("hammock")),
        ("/beds/0/count", json!(0)),
        ("/size_sqm", json!(0)),
        ("/overbooking", json!(-1)),
        ("/base_price", json!({"amount": "-1.00", "currency": "EUR"})),
        ("/base_price", json!({"amount": "1.005", "currency": "EUR"})),
        ("/base_price", json!({"amount": 100, "currency": "EUR"})),
        ("/base_price/currency", json!("USD")),
        ("/amenities", json!(["sauna"])),
    ] {
        let mut body = suite(&hotel);
        body["amenities"] = json!([]);
        *body.pointer_mut(pointer).unwrap_or(&mut Value::Null) = value.clone();
        if body.pointer(pointer).is_none() {
            body[&pointer[1..]] = value.clone();
        }
        let reply = hotel.manager.post("/v1/room-types", &body).await;
        assert_eq!(reply.status, 422, "{pointer} {value}: {}", reply.body);
        assert!(reply.pointers()[0].starts_with(pointer), "{pointer} {value}: {}", reply.body);
    }
    let mut taken = suite(&hotel);
    taken["code"] = json!("DBL");
    taken["amenities"] = json!([]);
    let reply = hotel.manager.post("/v1/room-types", &taken).await.expect(409);
    assert_eq!((reply.code(), reply.pointers()), ("room_type.code_taken", vec!["/code"]));
    let path = format!("/v1/room-types/{}", hotel.suite);
    let reply = hotel.manager.patch(&path, "\"1\"", &json!({"code": "DBL"})).await.expect(409);
    assert_eq!(reply.code(), "room_type.code_taken");
    let reply = hotel.manager.patch(&path, "\"1\"", &json!({"max_adults": 50})).await.expect(422);
    assert_eq!(reply.pointers(), ["/max_guests"]);
    let reply =
        hotel.manager.patch(&path, "\"1\"", &json!({"base_price": {"amount": "1.00", "currency": "USD"}})).await.expect(422);
    assert_eq!(reply.pointers(), ["/base_price/currency"]);
    assert_eq!(app.number("SELECT count(*) FROM room_types").await, 2);
    assert!(app.anonymous().get(&path).await.expect(200).header("etag").starts_with("\"1-"));
}

#[tokio::test]
async fn rooms_are_listed_in_pages_and_by_filter() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let made = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "301", "floor": "3"});
    let made = hotel.manager.post("/v1/rooms", &made).await.expect(201);
    insta::assert_json_snapshot!(made.body, {".id" => "[id]", ".property_id" => "[id]", ".room_type_id" => "[id]"}, @r#"
    {
      "created_at": "2026-12-01T12:00:00Z",
      "features": [],
      "floor": "3",
      "housekeeping": "clean",
      "id": "[id]",
      "number": "301",
      "property_id": "[id]",
      "room_type_id": "[id]",
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!(hotel.manager.get(made.header("location")).await.expect(200).body, made.body);
    let numbers = async |query: &str| {
        let page = hotel.manager.get(&format!("/v1/rooms?{query}")).await.expect(200);
        let numbers =
            page.body["items"].as_array().expect("a list").iter().map(|item| item["number"].as_str().expect("text").to_owned());
        (numbers.collect::<Vec<_>>(), page.body["next_cursor"].as_str().map(String::from))
    };
    assert_eq!(numbers("").await, (["101", "102", "103", "201", "301"].map(String::from).to_vec(), None));
    let (mut seen, mut cursor) = numbers("limit=2").await;
    while let Some(next) = cursor {
        let page = numbers(&format!("limit=2&cursor={next}")).await;
        assert!(page.0.len() <= 2, "{page:?}");
        seen.extend(page.0);
        cursor = page.1;
    }
    assert_eq!(seen, ["101", "102", "103", "201", "301"]);
    assert_eq!(numbers(&format!("room_type_id={}", hotel.suite)).await.0, ["201"]);
    assert_eq!(numbers("floor=3").await.0, ["301"]);
    assert_eq!(numbers(&format!("property_id={}&number=102", hotel.id)).await.0, ["102"]);
    assert_eq!(numbers(&format!("property_id={}", uuid::Uuid::now_v7())).await.0, [""; 0]);
}

#[tokio::test]
async fn housekeeping_says_whether_a_room_is_ready() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let housekeeper = app.staff(&["rooms:read", "housekeeping:write"], Some(&hotel.id)).await;
    let room = format!("/v1/rooms/{}", hotel.rooms[0]);
    let path = format!("{room}/housekeeping");

    assert_eq!(housekeeper.get(&room).await.expect(200).body["housekeeping"], "clean");
    let dirty = housekeeper.post(&path, &json!({"housekeeping": "dirty"})).await.expect(200);
    assert_eq!((&dirty.body["housekeeping"], dirty.header("etag")), (&json!("dirty"), "\"2\""));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("room.housekeeping_set"));
    let events = app.event_kinds().await.len();
    let same = housekeeper.post(&path, &json!({"housekeeping": "dirty"})).await.expect(200);
    assert_eq!((same.header("etag"), app.event_kinds().await.len()), ("\"2\"", events), "nothing changed");
    housekeeper.with("if-match", "\"1\"").post(&path, &json!({"housekeeping": "clean"})).await.expect(412);
    assert_eq!(housekeeper.post(&path, &json!({"housekeeping": "dusty"})).await.expect(422).pointers(), ["/housekeeping"]);
    assert_eq!(housekeeper.post(&path, &json!({})).await.expect(422).pointers(), ["/housekeeping"]);
    let told = housekeeper.post(&format!("{path}?dry_run=true"), &json!({"housekeeping": "inspected"})).await.expect(200);
    assert_eq!((&told.body["housekeeping"], told.header("etag")), (&json!("inspected"), "\"3\""));
    // By its former name.
    assert_eq!(housekeeper.post(&path, &json!({"state": "dirty"})).await.expect(200).body, dirty.body);
    let both = json!({"state": "dirty", "housekeeping": "dirty"});
    assert_eq!(housekeeper.post(&path, &both).await.expect(422).pointers(), ["/state"]);

    let numbers = async |query: &str| {
        let page = housekeeper.get(&format!("/v1/rooms?{query}")).await.expect(200);
        let items = page.body["items"].as_array().expect("a list").clone();
        items.iter().map(|item| item["number"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("housekeeping=dirty").await, ["101"]);
    assert_eq!(numbers("housekeeping=clean").await, ["102", "103"]);
    assert_eq!(housekeeper.get("/v1/rooms?housekeeping=dusty").await.expect(422).pointers(), ["/housekeeping"]);
}

#[tokio::test]
async fn housekeeping_speaks_of_many_rooms_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let upstairs = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "301", "floor": "3"});
    hotel.manager.post("/v1/rooms", &upstairs).await.expect(201);
    let set = async |rest: Value| {
        let mut body = json!({"property_id": hotel.id, "housekeeping": "dirty"});
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        hotel.manager.post("/v1/rooms/housekeeping", &body).await
    };
    let done = set(json!({"room_ids": [hotel.rooms[2], hotel.rooms[0]]})).await.expect(200);
    let shown: Vec<_> =
        done.body["items"].as_array().expect("a list").iter().map(|room| (&room["number"], &room["version"])).collect();
    assert_eq!(shown, [(&json!("101"), &json!(2)), (&json!("103"), &json!(2))]);
    let done = set(json!({"floor": "3"})).await.expect(200);
    assert_eq!(done.body["items"][0]["number"], "301");
    let inspected = set(json!({"housekeeping": "inspected", "room_ids": [hotel.rooms[0], hotel.rooms[1]]})).await.expect(200);
    assert_eq!(inspected.body["items"][0]["housekeeping"], "inspected");
    let events = app.number("SELECT count(*) FROM outbox WHERE kind = 'room.housekeeping_set'").await;
    assert_eq!(events, 5);

    assert_eq!(set(json!({})).await.expect(422).pointers(), ["/room_ids"]);
    let by_former_name = json!({"property_id": hotel.id, "state": "dirty", "floor": "3"});
    hotel.manager.post("/v1/rooms/housekeeping", &by_former_name).await.expect(200);
    assert_eq!(set(json!({"room_ids": []})).await.expect(422).pointers(), ["/room_ids"]);
    assert_eq!(set(json!({"room_ids": [hotel.rooms[1], hotel.id]})).await.expect(422).pointers(), ["/room_ids/1"]);
    assert_eq!(set(json!({"room_ids": [hotel.rooms[1]], "floor": "3"})).await.expect(422).pointers(), ["/room_ids/0"]);
    assert_eq!(app.number("SELECT count(*) FROM rooms WHERE housekeeping = 'dirty'").await, 2, "103 and 301");
}

#[tokio::test]
async fn what_can_be_sold_follows_the_rooms() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    assert_eq!(available(&app, &hotel).await, 2);
    let new = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "103"});
    let room = hotel.manager.post("/v1/rooms", &new).await.expect(201);
    assert_eq!(available(&app, &hotel).await, 3);
    let path = room.header("location");

    let moved = hotel.manager.patch(path, "\"1\"", &json!({"room_type_id": hotel.suite, "floor": "1"})).await.expect(200);
    assert_eq!((&moved.body["room_type_id"], &moved.body["floor"]), (&json!(hotel.suite), &json!("1")));
    assert_eq!(available(&app, &hotel).await, 2);
    let back = hotel.manager.patch(path, "\"2\"", &json!({"room_type_id": hotel.double, "floor": null})).await.expect(200);
    assert_eq!((&back.body["room_type_id"], &back.body["floor"]), (&json!(hotel.double), &Value::Null));
    assert_eq!(available(&app, &hotel).await, 3);

    hotel.manager.delete(path, "\"3\"").await.expect(204);
    assert_eq!(available(&app, &hotel).await, 2);
    hotel.manager.get(path).await.expect(404);
    hotel.manager.post("/v1/rooms", &new).await.expect(201);
    assert_eq!(available(&app, &hotel).await, 3, "the number of a room that is gone can be given again");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_that_is_needed_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let occupied = booking.body["stays"][0]["room_id"].as_str().expect("text");
    let free = hotel.rooms.iter().find(|room| *room != occupied).unwrap();
    for (room, change) in [(occupied, None), (occupied, Some(json!({"room_type_id": hotel.suite})))] {
        let path = format!("/v1/rooms/{room}");
        let reply = match change {
            None => hotel.manager.delete(&path, "\"1\"").await,
            Some(change) => hotel.manager.patch(&path, "\"1\"", &change).await,
        };
        assert_eq!((reply.status, reply.code()), (409, "room.occupied"), "{}", reply.body);
    }
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    // The second stay has the other room from the 11th on. Given to a third room, the second one is free but not spare.
    let new = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "103"});
    let third = hotel.manager.post("/v1/rooms", &new).await.expect(201).id().to_owned();
    app.sql(&format!(
        "UPDATE room_nights SET room_id = '{third}' WHERE room_id = '{free}'; UPDATE stays SET room_id = '{third}' WHERE room_id = '{free}'"
    ))
    .await;
    let spare = hotel.manager.delete(&format!("/v1/rooms/{free}"), "\"1\"").await.expect(204);
    assert_eq!(spare.body, Value::Null);
    assert_eq!(available(&app, &hotel).await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_without_which_too_much_is_sold_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    // Set aside for a group: one sold, nobody in a room.
    let group = json!({
        "property_id": hotel.id, "name": "Tour", "code": "TOUR", "cut_off": "2026-12-05",
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-12", "rooms": 1}],
    });
    hotel.manager.post("/v1/groups", &group).await.expect(201);
    let last = hotel.rooms[0].as_str();
    let refused = hotel.manager.delete(&format!("/v1/rooms/{last}"), "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "room.needed_for_sales");
    assert_eq!(refused.body["nights"], json!(["2026-12-10", "2026-12-11"]));
    let refused =
        hotel.manager.patch(&format!("/v1/rooms/{last}"), "\"1\"", &json!({"room_type_id": hotel.suite})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"]), ("room.needed_for_sales", &json!(["2026-12-10", "2026-12-11"])));
    assert_eq!(available(&app, &hotel).await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn overbooking_is_allowed_and_taken_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let path = format!("/v1/room-types/{}", hotel.double);
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(available(&app, &hotel).await, 0);
    hotel.manager.patch(&path, "\"1\"", &json!({"overbooking": 2})).await.expect(200);
    assert_eq!(available(&app, &hotel).await, 2);
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let refused = hotel.manager.patch(&path, "\"2\"", &json!({"overbooking": 0})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"]), ("room.needed_for_sales", &json!(["2026-12-10"])));
    hotel.manager.patch(&path, "\"2\"", &json!({"overbooking": 1})).await.expect(200);
    assert_eq!(available(&app, &hotel).await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_type_with_rooms_or_stays_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let path = format!("/v1/room-types/{}", hotel.double);
    let refused = hotel.manager.delete(&path, "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "room_type.has_rooms");
    // Sold beyond the rooms that there are: none.
    hotel.manager.delete(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"").await.expect(204);
    let stays = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(stays.body["stays"][0]["room_id"], Value::Null);
    let refused = hotel.manager.delete(&path, "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "room_type.has_stays");
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", stays.id()), &json!({})).await.expect(200);
    hotel.manager.delete(&path, "\"1\"").await.expect(204);
    let refused = hotel.manager.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/room_type_id"]);
}

#[tokio::test]
async fn bad_rooms_are_refused() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let room = |kind: &str, number: &str| json!({"property_id": hotel.id, "room_type_id": kind, "number": number});
    let taken = hotel.manager.post("/v1/rooms", &room(&hotel.double, "101")).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("room.number_taken", vec!["/number"]));
    let foreign = hotel.manager.post("/v1/rooms", &room(&other.double, "103")).await.expect(422);
    assert_eq!(foreign.pointers(), ["/room_type_id"]);
    let admin = app.admin().await;
    let foreign = admin.post("/v1/rooms", &room(&other.double, "103")).await.expect(422);
    assert_eq!(foreign.pointers(), ["/room_type_id"], "nor for those who may write both hotels");
    let foreign =
        admin.patch(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"", &json!({"room_type_id": other.double})).await.expect(422);
    assert_eq!(foreign.pointers(), ["/room_type_id"]);
    let taken =
        hotel.manager.patch(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"", &json!({"number": "102"})).await.expect(409);
    assert_eq!(taken.code(), "room.number_taken");
    let empty = hotel.manager.post("/v1/rooms", &room(&hotel.double, "")).await.expect(422);
    assert_eq!(empty.pointers(), ["/number"]);
    assert_eq!(available(&app, &hotel).await, 2, "what was refused changed nothing");
    app.assert_consistent().await;
}

#[tokio::test]
async fn amenities_come_and_go() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let wifi = amenity(&hotel, "wifi").await;
    amenity(&hotel, "pool").await;
    let path = format!("/v1/amenities/{wifi}");
    let read = app.anonymous().get(&path).await.expect(200);
    assert_eq!(read.body, json!({"id": wifi, "property_id": hotel.id, "code": "wifi", "name": "WIFI", "version": 1}));
    let renamed = hotel.manager.patch(&path, read.header("etag"), &json!({"name": "Free Wi-Fi"})).await.expect(200);
    assert_eq!((&renamed.body["name"], renamed.header("etag")), (&json!("Free Wi-Fi"), "\"2\""));
    let list = format!("/v1/amenities?property_id={}", hotel.id);
    let codes = async || {
        let listed = app.anonymous().get(&list).await.expect(200);
        listed.body["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["code"].as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes().await, ["pool", "wifi"]);
    let taken = json!({"property_id": hotel.id, "code": "pool", "name": "Pool"});
    let taken = hotel.manager.post("/v1/amenities", &taken).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("amenity.code_taken", vec!["/code"]));
    let bad =
        hotel.manager.post("/v1/amenities", &json!({"property_id": hotel.id, "code": "Wi-Fi", "name": ""})).await.expect(422);
    assert_eq!(bad.pointers(), ["/code", "/name"]);

    let kind = format!("/v1/room-types/{}", hotel.double);
    let patched = hotel.manager.patch(&kind, "\"1\"", &json!({"amenities": ["wifi", "pool", "wifi"]})).await.expect(200);
    assert_eq!(patched.body["amenities"], json!(["pool", "wifi"]));
    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    assert_eq!(codes().await, ["pool"]);
    app.anonymous().get(&path).await.expect(404);
    assert_eq!(app.anonymous().get(&kind).await.expect(200).body["amenities"], json!(["pool"]));
    amenity(&hotel, "wifi").await;
}

#[tokio::test]
async fn a_list_of_rooms_tells_what_is_new_and_what_has_left_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let path = format!("/v1/rooms?property_id={}&housekeeping=clean", hotel.id);
    let whole = manager.get(&path).await.expect(200);
    assert_eq!((&whole.body["is_delta"], whole.body["items"].as_array().map(Vec::len)), (&json!(false), Some(4)));
    let sync = whole.body["sync"].as_str().expect("a mark").to_owned();
    assert_eq!(whole.header("etag"), format!("\"{sync}\""));
    manager.with("if-none-match", whole.header("etag")).get(&path).await.expect(304);
    let since = async |more: &str| manager.get(&format!("{path}&updated_since={sync}{more}")).await.expect(200);
    let nothing = since("").await;
    assert_eq!(json!([nothing.body["is_delta"], nothing.body["items"], nothing.body["removed"]]), json!([true, [], []]));
    assert!(nothing.bytes.len() < 1024);

    let room = |place: usize| format!("/v1/rooms/{}", hotel.rooms[place]);
    manager.post(&format!("{}/housekeeping", room(0)), &json!({"state": "dirty"})).await.expect(200);
    manager.delete(&room(1), "\"1\"").await.expect(204);
    let gone = since("").await;
    let mut removed: Vec<&str> = gone.body["removed"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    removed.sort_unstable();
    assert_eq!((removed, &gone.body["items"]), (vec![hotel.rooms[0].as_str(), hotel.rooms[1].as_str()], &json!([])));
    manager.with("if-none-match", whole.header("etag")).get(&path).await.expect(200);

    // News have pages as the list has, and what is gone is on the first.
    for (place, state) in [(2, "dirty"), (2, "clean"), (3, "dirty"), (3, "clean")] {
        manager.post(&format!("{}/housekeeping", room(place)), &json!({"state": state})).await.expect(200);
    }
    let first = since("&limit=1").await;
    let cursor = first.body["next_cursor"].as_str().expect("more");
    let second = since(&format!("&limit=1&cursor={cursor}")).await;
    assert_eq!(
        json!([
            first.body["items"][0]["number"],
            second.body["items"][0]["number"],
            second.body["removed"],
            second.body["next_cursor"]
        ]),
        json!(["103", "104", [], null])
    );
    assert_eq!(first.body["removed"].as_array().map(Vec::len), Some(2));

    // Another filter is another list.
    let other = manager.get(&format!("/v1/rooms?property_id={}&updated_since={sync}", hotel.id)).await.expect(200);
    assert_eq!((&other.body["is_delta"], other.body["items"].as_array().map(Vec::len)), (&json!(false), Some(3)));
    for (query, pointer) in [
        (format!("updated_since={sync}"), "/property_id"),
        (format!("property_id={}&updated_since=yesterday", hotel.id), "/updated_since"),
    ] {
        assert_eq!(manager.get(&format!("/v1/rooms?{query}")).await.expect(422).pointers(), [pointer]);
    }
    assert_eq!(manager.get("/v1/rooms").await.expect(200).body["sync"], Value::Null);

    // The floor of a room is shown in rows of others, too: the list is whole then.
    let etag = manager.get(&room(2)).await.expect(200).header("etag").to_owned();
    manager.patch(&room(2), &etag, &json!({"floor": "7"})).await.expect(200);
    let whole = since("").await;
    assert_eq!((&whole.body["is_delta"], whole.body["items"].as_array().map(Vec::len)), (&json!(false), Some(2)));
}

#[tokio::test]
async fn room_types_have_texts_in_the_language_that_the_reader_wants() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/room-types/{}", hotel.double);
    let patch = json!({"texts": {"pt": {"name": "Quarto duplo"}}});
    let patched = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!((&patched.body["name"], &patched.body["texts"]), (&json!("DBL"), &patch["texts"]));
    let reader = app.anonymous().with("accept-language", "pt-PT,pt;q=0.9,en;q=0.8");
    let read = reader.get(&path).await.expect(200);
    assert_eq!((&read.body["name"], &read.body["locale"]), (&json!("Quarto duplo"), &json!("pt")));
    assert_eq!(read.header("content-language"), "pt");
    let listed = reader.get(&format!("/v1/room-types?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(listed.header("content-language"), "en, pt", "only one of the types is translated");
    assert_eq!(listed.body["items"][0], read.body);
    let base = reader.get(&format!("{path}?locale=en")).await.expect(200);
    assert_eq!(base.body["name"], "DBL");
    assert_ne!(base.header("etag"), read.header("etag"));
    reader.with("if-none-match", read.header("etag")).get(&path).await.expect(304);
    reader.with("if-none-match", base.header("etag")).get(&path).await.expect(200);

    // What it shows can change without a new version of it.
    let wifi = amenity(&hotel, "wifi").await;
    let set = hotel.manager.with("if-match", read.header("etag"));
    set.put(&format!("{path}/amenities"), &json!({"amenities": ["wifi"]})).await.expect(200);
    let read = reader.get(&path).await.expect(200);
    hotel.manager.delete(&format!("/v1/amenities/{wifi}"), "\"1\"").await.expect(204);
    let again = reader.with("if-none-match", read.header("etag")).get(&path).await.expect(200);
    assert_eq!((&again.body["amenities"], &again.body["version"]), (&json!([]), &read.body["version"]));
    let refused = hotel.manager.patch(&path, again.header("etag"), &json!({"texts": {"en": {"name": "x"}}})).await.expect(422);
    assert_eq!(refused.pointers(), ["/texts/en"]);
}

#[tokio::test]
async fn amenities_are_set_for_one_type_and_for_many() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for code in ["wifi", "balcony", "pool"] {
        amenity(&hotel, code).await;
    }
    let path = format!("/v1/room-types/{}/amenities", hotel.double);
    let first =
        hotel.manager.with("if-match", "\"1\"").put(&path, &json!({"amenities": ["wifi", "balcony", "wifi"]})).await.expect(200);
    assert_eq!((&first.body["amenities"], first.header("etag")), (&json!(["balcony", "wifi"]), "\"2\""));
    let client = hotel.manager.with("if-match", "\"2\"");
    let same = client.put(&path, &json!({"amenities": ["balcony", "wifi"]})).await.expect(200);
    assert_eq!(same.header("etag"), "\"2\"", "nothing changed");
    let refused = client.put(&path, &json!({"amenities": ["wifi", "sauna"]})).await.expect(422);
    assert_eq!(refused.pointers(), ["/amenities/1"]);
    let events = app.event_kinds().await.len();

    let assign = |assignments: Value| {
        let (manager, id) = (hotel.manager.clone(), hotel.id.clone());
        async move { manager.put("/v1/amenities/assignments", &json!({"property_id": id, "assignments": assignments})).await }
    };
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let kinds = |id: &str, codes: &[&str]| json!({"room_type_id": id, "amenities": codes});
    for (pointer, second) in [
        ("/assignments/1/room_type_id", kinds(&elsewhere.double, &["wifi"])),
        ("/assignments/1/room_type_id", kinds(&hotel.double, &["wifi"])),
        ("/assignments/1/amenities/0", kinds(&hotel.suite, &["sauna"])),
    ] {
        let refused = assign(json!([kinds(&hotel.double, &["pool"]), second])).await.expect(422);
        assert_eq!(refused.pointers(), [pointer]);
    }
    assert_eq!(assign(json!([])).await.expect(422).pointers(), ["/assignments"]);
    let mut seen = kinds(&hotel.double, &["pool"]);
    seen["version"] = json!(1);
    let refused = assign(json!([kinds(&hotel.suite, &["pool"]), seen])).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("room_type.changed", vec!["/assignments/1/version"]));
    let unchanged = app.anonymous().get(&format!("/v1/room-types/{}", hotel.suite)).await.expect(200);
    assert_eq!((&unchanged.body["amenities"], &unchanged.body["version"]), (&json!([]), &json!(1)), "all or nothing");

    let done = assign(json!([kinds(&hotel.suite, &["pool", "wifi"]), kinds(&hotel.double, &[])])).await.expect(200);
    let expected = json!([{"room_type_id": hotel.suite, "amenities": ["pool", "wifi"], "version": 2},
                          {"room_type_id": hotel.double, "amenities": [], "version": 3}]);
    assert_eq!(done.body["items"], expected);
    for (id, place) in [(&hotel.suite, 0), (&hotel.double, 1)] {
        let read = app.anonymous().get(&format!("/v1/room-types/{id}")).await.expect(200);
        assert_eq!(read.body["amenities"], expected[place]["amenities"]);
    }
    assert!(app.event_kinds().await[events..].iter().filter(|kind| *kind == "room_type.updated").count() == 2);
}

#[tokio::test]
async fn rooms_have_features_of_their_own() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let body =
        |features: Value| json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "901", "features": features});
    for (pointer, features) in [
        ("/features/0", json!(["Corner"])),
        ("/features/1", json!(["corner", "sea view"])),
        ("/features", json!(vec!["corner"; 51])),
        ("/features", json!("corner")),
    ] {
        assert_eq!(hotel.manager.post("/v1/rooms", &body(features)).await.expect(422).pointers(), [pointer]);
    }
    let made = hotel.manager.post("/v1/rooms", &body(json!(["quiet", "corner", "quiet"]))).await.expect(201);
    assert_eq!(made.body["features"], json!(["corner", "quiet"]));
    let path = made.header("location");
    let patched = hotel.manager.patch(path, "\"1\"", &json!({"features": ["high_floor"]})).await.expect(200);
    assert_eq!(patched.body["features"], json!(["high_floor"]));
    let patched = hotel.manager.patch(path, "\"2\"", &json!({"floor": "9"})).await.expect(200);
    assert_eq!(patched.body["features"], json!(["high_floor"]));
    assert_eq!(hotel.manager.patch(path, "\"3\"", &json!({"features": null})).await.expect(422).pointers(), ["/features"]);
    assert_eq!(hotel.manager.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200).body["features"], json!([]));
}

mod importing {
    use super::*;
    use crate::support::workbook::{XLSX, one_row, workbook};
    use crate::support::{Client, Reply, TestApp};
    use http::Method;
    use serde_json::{Value, json};
    use std::time::Duration;

    const CSV: &str = "text/csv";

    async fn send(client: &Client, hotel: &str, query: &str, text: &str) -> Reply {
        let path = format!("/v1/rooms/import?property_id={hotel}{query}");
        client.with("content-type", CSV).send(Method::POST, &path, Some(text.into())).await
    }

    async fn capacity(app: &TestApp, room_type: &str) -> i64 {
        let sql = "SELECT coalesce(max(capacity), 0) FROM inventory WHERE capacity = (SELECT min(capacity) FROM inventory i WHERE i.room_type_id";
        app.number(&format!("{sql} = '{room_type}') AND room_type_id = '{room_type}'")).await
    }

    fn outcomes(report: &Value) -> Vec<(u64, &str)> {
        let items = report["items"].as_array().expect("items");
        items.iter().map(|item| (item["row"].as_u64().unwrap_or(0), item["outcome"].as_str().unwrap_or_default())).collect()
    }

    #[tokio::test]
    async fn rooms_of_a_sheet_can_be_sold() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        let text = "number,room_type,floor\n102,DBL,1\n201,STE,2\n";
        let dry = send(&hotel.manager, &hotel.id, "&dry_run=true", text).await.expect(200);
        assert_eq!(
            (&dry.body["imported"], &dry.body["dry_run"], &dry.body["items"][0]["id"]),
            (&json!(2), &json!(true), &Value::Null)
        );
        assert_eq!(capacity(&app, &hotel.double).await, 1, "a dry run changes nothing");

        let key = hotel.manager.with("idempotency-key", "import-1");
        let done = send(&key, &hotel.id, "", text).await.expect(200);
        assert_eq!(outcomes(&done.body), [(2, "imported"), (3, "imported")]);
        let room = hotel.manager.get(&format!("/v1/rooms/{}", done.body["items"][0]["id"].as_str().expect("an id"))).await;
        assert_eq!((&room.body["number"], &room.body["floor"]), (&json!("102"), &json!("1")));
        assert_eq!((capacity(&app, &hotel.double).await, capacity(&app, &hotel.suite).await), (2, 1));
        let again = send(&key, &hotel.id, "", text).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &done.body));
        assert_eq!(capacity(&app, &hotel.double).await, 2);
        for _ in 0..2 {
            hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
        }
        let created = app.event_kinds().await.into_iter().filter(|kind| kind == "room.created").count();
        assert_eq!(created, 3);
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_row_by_row_and_then_all_or_nothing() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        let text = "number;room_type;floor\n101;DBL;1\n;XXX;\n110;DBL;this floor has far too long a name\n111;DBL;\n111;DBL;\n";
        let refused = send(&hotel.manager, &hotel.id, "", text).await;
        assert_eq!((refused.status, refused.code()), (422, "import.refused"));
        let report = &refused.body["report"];
        assert_eq!(outcomes(report), [(2, "refused"), (3, "refused"), (4, "refused"), (5, "held_back"), (6, "refused")]);
        assert_eq!(
            report["items"][0]["errors"],
            json!([{"column": "number", "detail": "there is a room 101 already, or it stands in the file twice"}])
        );
        assert_eq!(
            report["items"][1]["errors"],
            json!([{"column": "number", "detail": "is empty"}, {"column": "room_type", "detail": "\"XXX\" is not the code of a room type of the hotel"}])
        );
        assert_eq!(report["items"][2]["errors"], json!([{"column": "floor", "detail": "is longer than 20 characters"}]));
        assert_eq!(capacity(&app, &hotel.double).await, 1, "nothing was imported");
        let partial = send(&hotel.manager, &hotel.id, "&partial=true", text).await.expect(200);
        assert_eq!((&partial.body["imported"], &partial.body["refused"]), (&json!(1), &json!(4)));
        assert_eq!(capacity(&app, &hotel.double).await, 2);
    }

    #[tokio::test]
    async fn files_that_are_none_are_refused() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        for (text, detail) in [
            ("", "The file has no rows below a header."),
            ("number\n1\n", "The file lacks the column \"room_type\"."),
            ("PK\u{3}\u{4} but no archive", "The file is a damaged XLSX file"),
        ] {
            let reply = send(&hotel.manager, &hotel.id, "", text).await;
            assert_eq!((reply.status, reply.code()), (422, "import.unreadable"), "{text}");
            assert!(reply.body["detail"].as_str().expect("text").starts_with(detail), "{}", reply.body);
        }
        let path = format!("/v1/rooms/import?property_id={}", hotel.id);
        let json = hotel.manager.with("content-type", "application/json").send(Method::POST, &path, Some("{}".into())).await;
        assert_eq!((json.status, json.code()), (415, "request.unsupported_media_type"));
        let large = send(&hotel.manager, &hotel.id, "", &"x".repeat(10 * 1024 * 1024 + 1)).await;
        assert_eq!((large.status, large.code()), (413, "request.too_large"));
        let allowed = format!("number,room_type\n1,DBL\n{}", "\n".repeat(3 * 1024 * 1024));
        let keyed = hotel.manager.with("idempotency-key", "large");
        send(&keyed, &hotel.id, "", &allowed).await.expect(200);
        let elsewhere = app.hotel(HotelSpec::default()).await;
        assert_eq!(send(&elsewhere.manager, &hotel.id, "", "number,room_type\n1,DBL\n").await.status, 404);
    }

    /// F8: of rooms, too, a cell with an error refuses its row.
    #[tokio::test]
    async fn what_a_spreadsheet_does_not_know_is_no_empty_cell() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        let header = "number,room_type,floor";
        let path = format!("/v1/rooms/import?property_id={}", hotel.id);
        for (n, name) in header.split(',').enumerate() {
            let mut cells = ["><v>777</v>", "DBL", "1"];
            cells[n] = "t=\"e\"><v>#NAME?</v>";
            let reply = hotel.manager.upload(Method::POST, &path, XLSX, &one_row(header, &cells)).await.expect(422);
            let errors = &reply.body["report"]["items"][0]["errors"];
            assert_eq!(errors, &json!([{"column": name, "detail": "the cell has the error #NAME?"}]));
        }
        assert_eq!(capacity(&app, &hotel.double).await, 1);
    }

    /// S1, S7: a file with cells far away, or with lines beyond the last one that is read, is refused by the limit that it
    /// exceeds, also in a dry run; nothing of it is left out in silence.
    #[tokio::test]
    async fn a_file_beyond_a_limit_is_refused_and_the_limit_is_named() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
        let path = format!("/v1/rooms/import?property_id={}", hotel.id);
        let header = "<row><c t=\"inlineStr\"><is><t>number</t></is></c><c t=\"inlineStr\"><is><t>room_type</t></is></c></row>";
        let sheet = |rows: &str| workbook("<sst/>", &format!("<worksheet><sheetData>{header}{rows}</sheetData></worksheet>"));
        let room = |row: u32| format!("<row r=\"{row}\"><c><v>{row}</v></c><c t=\"inlineStr\"><is><t>DBL</t></is></c></row>");
        for (rows, detail) in [
            (
                format!("{}{}", room(2), room(100_001)),
                "The file has something in line 100001; lines up to 100000 are read, so split it.",
            ),
            ("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>".into(), "The file has something beyond column 256."),
            (
                format!("<row>{}</row>", "<c/>".repeat(1_000_000)),
                "The file has more than 1000000 cells, empty ones with a format included; split it.",
            ),
        ] {
            for query in ["", "&dry_run=true"] {
                let reply = hotel.manager.upload(Method::POST, &format!("{path}{query}"), XLSX, &sheet(&rows)).await;
                assert_eq!((reply.status, reply.code()), (413, "import.too_large"), "{}", reply.body);
                assert_eq!(reply.body["detail"], detail);
            }
        }
        assert_eq!(capacity(&app, &hotel.double).await, 0);
        let last = sheet(&format!("{}{}", room(2), room(100_000)));
        let done = hotel.manager.upload(Method::POST, &path, XLSX, &last).await.expect(200);
        assert_eq!(outcomes(&done.body), [(2, "imported"), (100_000, "imported")]);
    }

    /// S1: few files are imported at once, and others are told to come back.
    #[tokio::test]
    async fn few_files_are_imported_at_once() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
        let locked = app.transaction("LOCK TABLE room_types IN ACCESS EXCLUSIVE MODE").await;
        let begin = |n: usize| {
            let (client, id) = (hotel.manager.clone(), hotel.id.clone());
            tokio::spawn(async move { send(&client, &id, "", &format!("number,room_type\n{n},DBL\n")).await })
        };
        let first = [begin(1), begin(2)];
        crate::support::eventually(Duration::from_secs(20), async || app.waiting_for_locks().await == 2).await;
        let third = send(&hotel.manager, &hotel.id, "", "number,room_type\n3,DBL\n").await;
        assert_eq!((third.status, third.code(), third.header("retry-after")), (503, "server.busy", "5"), "{}", third.body);
        drop(locked);
        for import in first {
            import.await.expect("a task that does not panic").expect(200);
        }
        send(&hotel.manager, &hotel.id, "", "number,room_type\n3,DBL\n").await.expect(200);
        assert_eq!(capacity(&app, &hotel.double).await, 3);
    }

    #[tokio::test]
    async fn the_template_can_be_filled_in_and_sent() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
        let csv = hotel.manager.get("/v1/rooms/import/template").await.expect(200);
        assert_eq!(csv.body, "number,room_type,floor\n101,DBL,1\n");
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"rooms.csv\"");
        let xlsx = hotel.manager.get("/v1/rooms/import/template?format=xlsx").await.expect(200);
        assert_eq!(xlsx.header("content-type"), XLSX);
        let sheet = hbs::sheets::Sheet::read(&xlsx.bytes, hbs::domains::rooms::import::COLUMNS).expect("a sheet");
        assert_eq!(sheet.rows[0].text("number"), Some("101"));
        send(&hotel.manager, &hotel.id, "", csv.body.as_str().expect("text")).await.expect(200);
    }

    #[tokio::test]
    async fn the_same_sheet_twice_at_once_is_imported_once() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
        let text: String =
            std::iter::once("number,room_type\n".to_owned()).chain((1..=3000).map(|n| format!("{n},DBL\n"))).collect();
        let work = (0..2).map(|_| {
            let (client, id, text) = (hotel.manager.clone(), hotel.id.clone(), text.clone());
            async move { send(&client, &id, "", &text).await.status }
        });
        let mut statuses = crate::support::together(work).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
        assert_eq!(capacity(&app, &hotel.double).await, 3000);
        app.assert_consistent().await;
    }
}

/// A file of which nothing comes. It counts when somebody begins to read it.
fn endless(begun: Arc<AtomicUsize>) -> Body {
    let mut is_read = false;
    Body::from_stream(stream::poll_fn(move |_| -> Poll<Option<std::io::Result<Bytes>>> {
        if !std::mem::replace(&mut is_read, true) {
            begun.fetch_add(1, Ordering::SeqCst);
        }
        Poll::Pending
    }))
}

#[tokio::test]
async fn who_sends_a_file_slowly_holds_nobody_up() {
    const SLOW: usize = 4;
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 0, ..HotelSpec::default() }).await;
    let path = format!("/v1/rooms/import?property_id={}", hotel.id);
    let begun = Arc::new(AtomicUsize::new(0));
    let slow: Vec<_> = (0..SLOW)
        .map(|_| {
            let request = http::Request::builder()
                .method(Method::POST)
                .uri(&path)
                .header("host", "hotel.test")
                .header("content-type", "text/csv")
                .header("authorization", format!("Bearer {}", hotel.manager.access_token()))
                .body(endless(begun.clone()))
                .expect("a request");
            tokio::spawn(app.router.clone().oneshot(request))
        })
        .collect();
    eventually(Duration::from_secs(20), async || begun.load(Ordering::SeqCst) == SLOW).await;
    let file = b"number,room_type\n101,DBL\n";
    let imported = hotel.manager.upload(Method::POST, &path, "text/csv", file).await.expect(200);
    assert_eq!(imported.body["imported"], 1, "{}", imported.body);
    for one in slow {
        assert!(!one.is_finished());
        one.abort();
    }
}

pub fn requests() -> Vec<Request> {
    [requests_of_types(), requests_of_amenities(), requests_of_rooms()].into_iter().flatten().collect()
}

fn requests_of_types() -> Vec<Request> {
    vec![
        Request::new("list_room_types", async |w| Call::about(w.property().await)).but(Public, TO_LOOK),
        Request::new("get_room_type", async |w| Call::to(&w.hotel().await.suite)).but(Public, TO_LOOK),
        Request::new("create_room_type", async |w| {
            wifi_and_balcony(w).await;
            Call::plain().json(&suite(w.hotel().await))
        }),
        Request::new("update_room_type", async |w| Call::to(&w.hotel().await.suite).json(&json!({"name": "Another name"}))),
        Request::new("delete_room_type", async |w| Call::to(&w.hotel().await.suite)),
        Request::new("set_room_type_amenities", async |w| {
            wifi_and_balcony(w).await;
            Call::to(&w.hotel().await.suite).json(&json!({"amenities": ["wifi"]}))
        }),
    ]
}

fn requests_of_amenities() -> Vec<Request> {
    vec![
        Request::new("list_amenities", async |w| {
            wifi_and_balcony(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_amenity", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "code": "pool", "name": "Pool"}))
        }),
        Request::new("get_amenity", async |w| Call::to(&amenity(w.hotel().await, "wifi").await)).but(Public, TO_LOOK),
        Request::new("update_amenity", async |w| {
            Call::to(&amenity(w.hotel().await, "wifi").await).json(&json!({"name": "Another name"}))
        }),
        Request::new("delete_amenity", async |w| Call::to(&amenity(w.hotel().await, "wifi").await)),
        Request::new("assign_amenities", async |w| {
            wifi_and_balcony(w).await;
            let hotel = w.hotel().await;
            let assignment = json!({"room_type_id": hotel.suite, "amenities": ["wifi"]});
            Call::plain().json(&json!({"property_id": hotel.id, "assignments": [assignment]}))
        })
        .but(NotVersioned, "the room types are versioned, each for itself: `version` in the body"),
    ]
}

fn requests_of_rooms() -> Vec<Request> {
    vec![
        Request::new("list_rooms", async |w| {
            w.hotel().await;
            Call::plain()
        }),
        Request::new("get_room", async |w| Call::to(w.room().await)),
        Request::new("create_room", async |w| {
            let hotel = w.hotel().await;
            Call::plain().json(&json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "103"}))
        }),
        Request::new("update_room", async |w| Call::to(w.room().await).json(&json!({"floor": "1"}))),
        Request::new("delete_room", async |w| Call::to(w.room().await)),
        Request::new("import_rooms", async |w| Call::about(w.property().await).file("text/csv", "number,room_type\n103,DBL\n")),
        Request::new("rooms_template", async |_| Call::plain()).but(ForKeysToo, "an integration imports rooms"),
        Request::new("set_housekeeping", async |w| Call::to(w.room().await).json(&json!({"housekeeping": "dirty"}))),
        Request::new("set_housekeeping_of_rooms", async |w| {
            let hotel = w.hotel().await;
            Call::plain().json(&json!({"property_id": hotel.id, "room_ids": [hotel.rooms[0]], "housekeeping": "dirty"}))
        }),
    ]
}

async fn wifi_and_balcony(w: &World) {
    for code in ["wifi", "balcony"] {
        amenity(w.hotel().await, code).await;
    }
}
