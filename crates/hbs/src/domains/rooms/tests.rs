use crate::support::{Hotel, HotelSpec, TestApp};
use serde_json::{Value, json};

/// How many doubles can be sold on the night of 2026-12-10.
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
      "max_adults": 2,
      "max_children": 2,
      "max_guests": 3,
      "name": "Deluxe",
      "overbooking": 0,
      "property_id": "[id]",
      "size_sqm": 28,
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
    assert_eq!(stranger.get(&path).await.expect(200).header("etag"), "\"2\"");

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
    assert_eq!(app.anonymous().get(&path).await.expect(200).header("etag"), "\"1\"");
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
      "floor": "3",
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
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    // Two sold, one of them without a room: the other room is free after the first stay is cancelled.
    let first = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let second = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(second.body["stays"][0]["room_id"], Value::Null);
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", first.id()), &json!({})).await.expect(200);
    let third = hotel.manager.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", third.id()), &json!({})).await.expect(200);
    let new = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "102"});
    hotel.manager.post("/v1/rooms", &new).await.expect(201);
    // Two rooms and an overbooking of one; one sold, nobody in a room.
    let path = format!("/v1/room-types/{}", hotel.double);
    let etag = app.anonymous().get(&path).await.header("etag").to_owned();
    hotel.manager.patch(&path, &etag, &json!({"overbooking": 0})).await.expect(200);
    hotel.manager.delete(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"").await.expect(204);
    let listed = hotel.manager.get("/v1/rooms?number=102").await.expect(200);
    let last = listed.body["items"][0]["id"].as_str().expect("text");
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
    let first = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let second = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", first.id()), &json!({})).await.expect(200);
    hotel.manager.delete(&format!("/v1/rooms/{}", hotel.rooms[0]), "\"1\"").await.expect(204);
    let refused = hotel.manager.delete(&path, "\"1\"").await.expect(409);
    assert_eq!(refused.code(), "room_type.has_stays");
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", second.id()), &json!({})).await.expect(200);
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
