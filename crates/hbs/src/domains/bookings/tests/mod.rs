mod adding;
mod amending;
mod letters;
mod listing;
mod moving;
mod registering;
mod settling;
mod undoing;

use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, together};
use http::Method;
use serde_json::{Value, json};

fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// A request with a value changed, and with it what leads there.
fn with(mut request: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = request.pointer_mut(parent).expect("something to change");
    match (parent, name.parse::<usize>()) {
        (Value::Array(items), Ok(place)) => items[place] = value,
        (parent, _) => parent[name] = value,
    }
    request
}

/// A request for one double for each of the rooms.
fn for_rooms(hotel: &Hotel, dates: [&str; 2], rooms: &[Value]) -> Value {
    let line = |extra: &Value| {
        let mut line = json!({"room_type_id": hotel.double, "adults": 1});
        line.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        line
    };
    with(hotel.request(dates[0], dates[1]), "/rooms", rooms.iter().map(line).collect())
}

async fn book(client: &Client, request: &Value) -> Reply {
    client.post("/v1/bookings", request).await
}

async fn read(client: &Client, booking: &Reply) -> Reply {
    client.get(&format!("/v1/bookings/{}", booking.id())).await
}

async fn act(client: &Client, booking: &Reply, action: &str) -> Reply {
    client.post(&format!("/v1/bookings/{}/{action}", booking.id()), &json!({})).await
}

async fn amend(client: &Client, booking: &Reply, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/amend", booking.id()), body).await
}

fn stay(reply: &Reply, place: usize) -> &Value {
    &reply.body["stays"][place]
}

fn number(reply: &Reply, place: usize) -> &str {
    stay(reply, place)["room_number"].as_str().unwrap_or("none")
}

/// How many doubles can be sold on a night.
async fn left(app: &TestApp, hotel: &Hotel, night: &str) -> i64 {
    let sql = format!(
        "SELECT capacity + overbooking - sold FROM inventory WHERE room_type_id = '{}' AND night = '{night}'",
        hotel.double
    );
    app.number(&sql).await
}

#[tokio::test]
async fn a_guest_books_a_room_and_cancels() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;

    let booking = hotel.book(&guest, "2026-12-10", "2026-12-13").await;
    assert_eq!(booking.header("location"), format!("/v1/bookings/{}", booking.id()));
    assert_eq!(booking.header("etag"), "\"1\"");
    assert_eq!(booking.body["status"], "confirmed");
    assert_eq!(booking.body["total"], eur("300.00"));
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 1);
    app.assert_consistent().await;

    let path = format!("/v1/bookings/{}/cancel", booking.id());
    let cancelled = guest.post(&path, &json!({"reason": "ill"})).await.expect(200);
    assert_eq!((&cancelled.body["status"], &stay(&cancelled, 0)["status"]), (&json!("cancelled"), &json!("cancelled")));
    assert_eq!((&cancelled.body["total"], &stay(&cancelled, 0)["total"]), (&eur("0.00"), &eur("0.00")));
    assert_eq!(cancelled.header("etag"), "\"2\"");
    assert_eq!(read(&guest, &booking).await.expect(200).body, cancelled.body);
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 2);
    app.assert_consistent().await;
    app.deliver().await;
}

#[tokio::test]
async fn a_booking_has_the_shape_that_clients_rely_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let mut request = hotel.request("2026-12-24", "2026-12-27");
    request["rooms"] = json!([
        {"room_type_id": hotel.double, "adults": 2, "children_ages": [7], "guest_name": "Rui Sousa"},
        {"room_type_id": hotel.suite, "adults": 4, "room_id": null},
    ]);
    request["contact"]["phone"] = json!("+351910000000");
    request["guest_user_id"] = json!(guest.user_id());
    request["channel"] = json!("booking.example");
    request["external_reference"] = json!("X-17");
    request["special_requests"] = json!("A quiet room");
    request["expected_total"] = eur("1050.00");
    let booking = book(&hotel.manager, &request).await.expect(201);
    let reference = booking.body["reference"].as_str().expect("text");
    let (prefix, code) = reference.split_once('-').unwrap();
    assert!(
        prefix == "HBS" && code.len() == 8 && code.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte)),
        "{reference}"
    );
    insta::assert_json_snapshot!(booking.body, {
        ".id" => "[id]", ".reference" => "[reference]", ".property_id" => "[id]", ".guest_user_id" => "[id]",
        ".stays[].id" => "[id]", ".stays[].room_type_id" => "[id]", ".stays[].room_id" => "[id]", ".stays[].rate_plan_id" => "[id]",
        ".stays[].booked_room_type_id" => "[id]",
    }, @r#"
    {
      "channel": "booking.example",
      "check_in": "2026-12-24",
      "check_out": "2026-12-27",
      "contact": {
        "email": "ana@example.com",
        "full_name": "Ana Sousa",
        "phone": "+351910000000"
      },
      "created_at": "2026-12-01T12:00:00Z",
      "external_reference": "X-17",
      "group_id": null,
      "guest_user_id": "[id]",
      "hold_expires_at": null,
      "id": "[id]",
      "locale": null,
      "property_id": "[id]",
      "reference": "[reference]",
      "special_requests": "A quiet room",
      "status": "confirmed",
      "stays": [
        {
          "adults": 2,
          "booked_check_out": null,
          "booked_room_type_id": "[id]",
          "cancellation_policy": "Free to cancel. If you do not come: 100 % of the price.",
          "check_in": "2026-12-24",
          "check_out": "2026-12-27",
          "children_ages": [
            7
          ],
          "guest_name": "Rui Sousa",
          "id": "[id]",
          "is_pinned": false,
          "rate_plan_id": "[id]",
          "room_id": "[id]",
          "room_number": "101",
          "room_type_id": "[id]",
          "status": "confirmed",
          "total": {
            "amount": "300.00",
            "currency": "EUR"
          }
        },
        {
          "adults": 4,
          "booked_check_out": null,
          "booked_room_type_id": "[id]",
          "cancellation_policy": "Free to cancel. If you do not come: 100 % of the price.",
          "check_in": "2026-12-24",
          "check_out": "2026-12-27",
          "children_ages": [],
          "guest_name": null,
          "id": "[id]",
          "is_pinned": false,
          "rate_plan_id": "[id]",
          "room_id": "[id]",
          "room_number": "201",
          "room_type_id": "[id]",
          "status": "confirmed",
          "total": {
            "amount": "750.00",
            "currency": "EUR"
          }
        }
      ],
      "total": {
        "amount": "1050.00",
        "currency": "EUR"
      },
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!(read(&hotel.manager, &booking).await.expect(200).body, booking.body);
    app.assert_consistent().await;
}

#[tokio::test]
async fn lines_of_one_type_are_counted_together() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let line = json!({});
    let three = for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[line.clone(), line.clone(), line.clone()]);
    let two = for_rooms(&hotel, ["2026-12-11", "2026-12-13"], &[line.clone(), line.clone()]);
    let first = book(&guest, &two).await.expect(201);
    assert_eq!(first.body["total"], eur("400.00"));
    let refused = book(&guest, &three).await.expect(409);
    assert_eq!(refused.code(), "booking.no_availability");
    let night = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "sold_out", "available": 1});
    assert_eq!(refused.body["nights"], json!([night]));
    book(&guest, &two).await.expect(409);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 3, "a refusal takes nothing");
    act(&guest, &first, "cancel").await.expect(200);
    let all = book(&hotel.manager, &three).await.expect(201);
    let mut numbers = [number(&all, 0), number(&all, 1), number(&all, 2)];
    numbers.sort_unstable();
    assert_eq!(numbers, ["101", "102", "103"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn beyond_the_horizon_nothing_is_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let refused = book(&app.guest().await, &hotel.request("2026-12-10", "2026-12-12")).await.expect(409);
    let night = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "beyond_horizon", "available": 0});
    assert_eq!((refused.code(), &refused.body["nights"]), ("booking.no_availability", &json!([night])));
}

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

/// Two rooms, of which each night one is free, but not the same one: with stays in 101 on the nights
/// of the 10th and 11th, and in 102 on those of the 12th and 13th.
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
async fn a_price_that_has_changed_is_not_booked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    let refused = book(&guest, &with(request.clone(), "/expected_total", eur("199.99"))).await.expect(409);
    assert_eq!((refused.code(), refused.pointers()), ("booking.price_changed", vec!["/expected_total"]));
    assert_eq!(refused.body["actual_total"], eur("200.00"));
    let other = json!({"amount": "200.00", "currency": "USD"});
    assert_eq!(
        book(&guest, &with(request.clone(), "/expected_total", other)).await.expect(422).pointers(),
        ["/expected_total/currency"]
    );
    book(&guest, &with(request, "/expected_total", eur("200.00"))).await.expect(201);
}

#[tokio::test]
async fn another_price_needs_its_permission() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    let priced = |price: Value| for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[json!({"nightly_price": price}), json!({})]);
    let desk = app.staff(&["bookings:write", "bookings:read"], Some(&hotel.id)).await;
    for client in [app.guest().await, desk] {
        let refused = book(&client, &priced(eur("80.00"))).await.expect(403);
        assert_eq!((refused.code(), &refused.body["permission"]), ("auth.forbidden", &json!("bookings:price")));
    }
    let booking = book(&hotel.manager, &priced(eur("80.00"))).await.expect(201);
    assert_eq!((&stay(&booking, 0)["total"], &stay(&booking, 1)["total"]), (&eur("176.00"), &eur("220.00")));
    assert_eq!(booking.body["total"], eur("396.00"));
    let refused = book(&hotel.manager, &priced(json!({"amount": "80.00", "currency": "USD"}))).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/nightly_price/currency"]);
    let refused = book(&hotel.manager, &priced(eur("-1.00"))).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/nightly_price"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_external_reference_belongs_to_one_booking_of_its_channel() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let request = |channel: Value, reference: Value| {
        with(with(hotel.request("2026-12-10", "2026-12-12"), "/channel", channel), "/external_reference", reference)
    };
    book(&hotel.manager, &request(json!("ota"), json!("17"))).await.expect(201);
    let taken = book(&hotel.manager, &request(json!("ota"), json!("17"))).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("booking.external_reference_taken", vec!["/external_reference"]));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 4, "a refusal takes nothing");
    book(&hotel.manager, &request(json!("other"), json!("17"))).await.expect(201);
    book(&hotel.manager, &request(json!("ota"), Value::Null)).await.expect(201);
    book(&hotel.manager, &request(json!("ota"), Value::Null)).await.expect(201);
    assert_eq!(book(&hotel.manager, &request(Value::Null, json!("18"))).await.expect(422).pointers(), ["/channel"]);
    assert_eq!(book(&hotel.manager, &request(json!("Not A Channel"), Value::Null)).await.expect(422).pointers(), ["/channel"]);
    let guest = app.guest().await;
    assert_eq!(book(&guest, &request(json!("ota"), Value::Null)).await.expect(422).pointers(), ["/channel"]);
    assert_eq!(book(&guest, &request(Value::Null, json!("19"))).await.expect(422).pointers(), ["/external_reference"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn staff_book_for_others_and_guests_for_themselves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let request = hotel.request("2026-12-10", "2026-12-12");
    let named = with(request.clone(), "/guest_user_id", json!(guest.user_id()));

    let own = book(&guest, &request).await.expect(201);
    assert_eq!((&own.body["guest_user_id"], &own.body["channel"]), (&json!(guest.user_id()), &json!("direct")));
    book(&guest, &named).await.expect(201);
    assert_eq!(book(&other, &named).await.expect(422).pointers(), ["/guest_user_id"]);
    let by_staff = book(&hotel.manager, &named).await.expect(201);
    read(&guest, &by_staff).await.expect(200);
    read(&other, &by_staff).await.expect(404);
    let by_phone = book(&hotel.manager, &request).await.expect(201);
    assert_eq!(by_phone.body["guest_user_id"], Value::Null);
    read(&guest, &by_phone).await.expect(404);
    let nobody = with(request.clone(), "/guest_user_id", json!(uuid::Uuid::now_v7()));
    assert_eq!(book(&hotel.manager, &nobody).await.expect(422).pointers(), ["/guest_user_id"]);
    let nobody = with(nobody, "/hold_minutes", json!(10));
    assert_eq!(book(&hotel.manager, &nobody).await.expect(422).pointers(), ["/guest_user_id"]);
    // Staff of another hotel are guests here.
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let booking = book(&elsewhere.manager, &request).await.expect(201);
    assert_eq!(booking.body["guest_user_id"], elsewhere.manager.user_id());
    assert_eq!(number(&booking, 0), "none");
}

#[tokio::test]
async fn what_a_hotel_does_not_take_is_pointed_at() {
    let app = TestApp::new().await;
    let settings = json!({"max_rooms_per_booking": 2, "max_nights": 7, "max_advance_days": 100, "max_hold_minutes": 30});
    let hotel = app.hotel(HotelSpec { rooms: 5, settings, ..HotelSpec::default() }).await;
    let other = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    let room = json!({"room_type_id": hotel.double, "adults": 1});
    for (pointer, value, expected) in [
        ("/property_id", json!(uuid::Uuid::now_v7()), vec!["/property_id"]),
        ("/property_id", json!("Hotel"), vec!["/property_id"]),
        ("/check_in", json!("2026-11-30"), vec!["/check_in", "/check_out"]),
        ("/check_in", json!("2026-12-12"), vec!["/check_out"]),
        ("/check_in", json!("2026-12-13"), vec!["/check_out"]),
        ("/check_in", json!("2026-02-30"), vec!["/check_in"]),
        ("/check_in", json!("-9999-01-01"), vec!["/check_in"]),
        ("/check_out", json!("2026-12-18"), vec!["/check_out"]),
        ("/check_out", json!("2028-12-18"), vec!["/check_out"]),
        ("/rooms", json!([]), vec!["/rooms"]),
        ("/rooms", json!([room, room, room]), vec!["/rooms"]),
        ("/rooms/0/room_type_id", json!(other.double), vec!["/rooms/0/room_type_id"]),
        ("/rooms/0/adults", json!(0), vec!["/rooms/0/adults"]),
        ("/rooms/0/adults", json!(3), vec!["/rooms/0/adults"]),
        ("/rooms/0/children_ages", json!([1, 2]), vec!["/rooms/0/children_ages"]),
        ("/rooms/0/children_ages", json!([4, 18]), vec!["/rooms/0/children_ages/1"]),
        ("/rooms/0/guest_name", json!(""), vec!["/rooms/0/guest_name"]),
        ("/rooms/0/adults", json!("two"), vec!["/rooms/0/adults"]),
        ("/contact/email", json!("ana"), vec!["/contact/email"]),
        ("/contact/full_name", json!(""), vec!["/contact/full_name"]),
        ("/contact", Value::Null, vec!["/contact"]),
        ("/hold_minutes", json!(0), vec!["/hold_minutes"]),
        ("/hold_minutes", json!(31), vec!["/hold_minutes"]),
        ("/special_requests", json!("x".repeat(2001)), vec!["/special_requests"]),
        ("/total", eur("1.00"), vec!["/total"]),
    ] {
        let reply = book(&guest, &with(request.clone(), pointer, value.clone())).await;
        assert_eq!(
            (reply.status, reply.code(), reply.pointers()),
            (422, "request.invalid", expected),
            "{pointer}: {value}: {}",
            reply.body
        );
    }
    let far = book(&guest, &hotel.request("2027-03-12", "2027-03-13")).await.expect(422);
    assert_eq!(far.pointers(), ["/check_in"]);
    book(&guest, &hotel.request("2027-03-11", "2027-03-18")).await.expect(201);
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn today_is_the_hotels_today() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.set_clock("2026-12-10T23:59:59Z");
    book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-11")).await.expect(201);
    app.set_clock("2026-12-11T00:00:00Z");
    let late = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-11")).await.expect(422);
    assert_eq!(late.pointers(), ["/check_in"], "midnight in Lisbon");
}

#[tokio::test]
async fn guests_who_come_today_book_before_the_cut_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, settings: json!({"same_day_cutoff": "18:00"}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let today = hotel.request("2026-12-01", "2026-12-02");
    app.set_clock("2026-12-01T17:59:00Z");
    book(&guest, &today).await.expect(201);
    app.set_clock("2026-12-01T18:00:00Z");
    let refused = book(&guest, &today).await.expect(422);
    assert_eq!(refused.pointers(), ["/check_in"]);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("18:00")), "{}", refused.body);
    book(&guest, &hotel.request("2026-12-02", "2026-12-03")).await.expect(201);
    book(&hotel.manager, &today).await.expect(201);

    let quote = json!({"property_id": hotel.id, "check_in": "2026-12-01", "check_out": "2026-12-02",
                       "rooms": [{"room_type_id": hotel.double, "adults": 1}]});
    for stranger in [&guest, &app.anonymous()] {
        assert_eq!(stranger.post("/v1/quotes", &quote).await.expect(422).pointers(), ["/check_in"]);
    }
    hotel.manager.post("/v1/quotes", &quote).await.expect(200);
}

#[tokio::test]
async fn who_is_too_old_for_a_child_is_an_adult() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"max_child_age": 12}), ..HotelSpec::default() }).await;
    let request = |age: i32| with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/children_ages", json!([age]));
    assert_eq!(book(&hotel.manager, &request(13)).await.expect(422).pointers(), ["/rooms/0/children_ages/0"]);
    book(&hotel.manager, &request(12)).await.expect(201);
    let quote = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-11",
                       "rooms": [{"room_type_id": hotel.double, "adults": 1, "children_ages": [13]}]});
    let refused = app.anonymous().post("/v1/quotes", &quote).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/children_ages/0"]);
}

#[tokio::test]
async fn nobody_is_missed_before_the_cut_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"no_show_cutoff": "23:00"}), ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    app.set_clock("2026-12-01T22:59:00Z");
    let refused = act(&hotel.manager, &booking, "no-show").await.expect(409);
    assert_eq!(refused.code(), "booking.too_early");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("23:00")), "{}", refused.body);
    app.set_clock("2026-12-01T23:00:00Z");
    act(&hotel.manager, &booking, "no-show").await.expect(200);
}

#[tokio::test]
async fn a_hold_has_its_room_until_it_expires() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let request = hotel.request("2026-12-10", "2026-12-12");
    let hold = with(request.clone(), "/hold_minutes", json!(30));

    let held = book(&guest, &hold).await.expect(201);
    assert_eq!((&held.body["status"], &stay(&held, 0)["status"]), (&json!("held"), &json!("held")));
    assert_eq!(held.body["hold_expires_at"], "2026-12-01T12:30:00Z");
    book(&guest, &request).await.expect(409);
    let confirmed = act(&guest, &held, "confirm").await.expect(200);
    assert_eq!((&confirmed.body["status"], &confirmed.body["hold_expires_at"]), (&json!("confirmed"), &Value::Null));
    act(&guest, &confirmed, "cancel").await.expect(200);

    // By the job.
    let held = book(&guest, &hold).await.expect(201);
    app.move_clock("2026-12-01T12:29:59Z").await;
    assert_eq!(read(&guest, &held).await.body["status"], "held");
    app.move_clock("2026-12-01T12:30:00Z").await;
    let expired = read(&guest, &held).await;
    assert_eq!(
        (&expired.body["status"], &stay(&expired, 0)["status"], &expired.body["total"]),
        (&json!("expired"), &json!("expired"), &eur("0.00"))
    );
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1);
    let refused = act(&guest, &held, "confirm").await.expect(409);
    assert_eq!(refused.code(), "booking.hold_expired");

    // By somebody who needs the room, though no job has come by.
    let held = book(&guest, &hold).await.expect(201);
    app.set_clock("2026-12-01T13:00:00Z");
    let sold = book(&hotel.manager, &request).await.expect(201);
    assert_eq!(read(&guest, &held).await.body["status"], "expired");
    act(&hotel.manager, &sold, "cancel").await.expect(200);

    // A hold past its time still has its room as long as nobody needs it.
    let held = book(&guest, &hold).await.expect(201);
    app.set_clock("2026-12-01T14:00:00Z");
    assert_eq!(act(&guest, &held, "confirm").await.expect(200).body["status"], "confirmed");
    app.assert_consistent().await;
    let expiries = app.rows("SELECT actor_kind, changes FROM outbox WHERE kind = 'stay.expired'").await;
    let expiry = json!({"actor_kind": "system", "changes": {"status": {"before": "held", "after": "expired"}}});
    assert_eq!(expiries, [expiry.clone(), expiry]);
}

#[tokio::test]
async fn a_guest_has_so_many_holds_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, settings: json!({"max_live_holds": 2}), ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let hold = with(hotel.request("2026-12-10", "2026-12-12"), "/hold_minutes", json!(30));
    let first = book(&guest, &hold).await.expect(201);
    book(&guest, &hold).await.expect(201);
    let refused = book(&guest, &hold).await.expect(409);
    assert_eq!(refused.code(), "booking.too_many_holds");
    book(&app.guest().await, &hold).await.expect(201);
    book(&guest, &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    act(&guest, &first, "cancel").await.expect(200);
    book(&guest, &hold).await.expect(201);
    book(&guest, &hold).await.expect(409);
    app.set_clock("2026-12-01T13:00:00Z");
    book(&guest, &hold).await.expect(201);
    app.assert_consistent().await;
}

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
async fn a_no_show_keeps_the_room_for_the_first_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "nights", 1, None).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let missing = act(&hotel.manager, &booking, "no-show").await.expect(200);
    assert_eq!((&missing.body["status"], &missing.body["total"]), (&json!("no_show"), &eur("110.00")));
    assert_eq!(
        [left(&app, &hotel, "2026-12-01").await, left(&app, &hotel, "2026-12-02").await, left(&app, &hotel, "2026-12-03").await],
        [0, 1, 1]
    );
    app.assert_consistent().await;
    hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    app.assert_consistent().await;
}

/// The fee for not coming, and for cancelling in the last day, of the hotel's default plan.
async fn terms(app: &TestApp, hotel: &Hotel, no_show: &str, value: i64, last_day_ppm: Option<i64>) {
    let of_hotel = format!("property_id = '{}'", hotel.id);
    app.sql(&format!(
        "UPDATE cancellation_policies SET no_show_fee_kind = '{no_show}', no_show_fee_value = {value} WHERE {of_hotel}"
    ))
    .await;
    if let Some(ppm) = last_day_ppm {
        app.sql(&format!(
            "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
             SELECT property_id, id, 24, 'percent', {ppm}, now(), now() FROM cancellation_policies WHERE {of_hotel}"
        ))
        .await;
    }
}

/// The lines of a folio that are not taken back and take nothing back: kind, amount, description.
async fn standing(client: &Client, booking: &Reply) -> Vec<(String, String, String)> {
    let folio = client.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let gone: Vec<&Value> = entries.iter().map(|entry| &entry["reverses_id"]).filter(|id| !id.is_null()).collect();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let left = entries.iter().filter(|entry| entry["reverses_id"].is_null() && !gone.contains(&&entry["id"]));
    left.map(|entry| (text(&entry["kind"]), text(&entry["amount"]["amount"]), text(&entry["description"]))).collect()
}

#[tokio::test]
async fn cancelling_costs_what_the_preview_says() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(333_300)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let preview = async || guest.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(200).body;
    // The hotel takes guests from 15:00 on, and its clocks are those of UTC.
    for (now, fee) in [("2026-12-09T14:59:59Z", "0.00"), ("2026-12-09T15:00:00Z", "66.66")] {
        app.set_clock(now);
        let told = preview().await;
        assert_eq!((&told["fee"], &told["total_after"]), (&eur(fee), &eur(fee)), "{now}: {told}");
        assert_eq!(told["at"], now);
        assert_eq!(
            told["stays"],
            json!([{"stay_id": stay(&booking, 0)["id"], "total": eur("200.00"), "fee": eur(fee),
                    "cancellation_policy": "Free until 24 hours before arrival, then 33.33 % of the price. If you do not come: 100 % of the price."}])
        );
    }
    assert_eq!(read(&guest, &booking).await.body["status"], "confirmed", "a preview does nothing");
    // What the policy becomes is nothing to a stay that was sold.
    app.sql("UPDATE cancellation_policies SET is_non_refundable = true").await;
    let cancelled = act(&guest, &booking, "cancel").await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("cancelled"), &eur("66.66")));
    let fee = ("fee".to_owned(), "66.66".to_owned(), "Cancellation fee (Free cancellation)".to_owned());
    assert_eq!(standing(&guest, &booking).await, [fee]);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 3);
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed'").await;
    assert_eq!(events[0]["changes"]["fee"]["after"], eur("66.66"), "{events:?}");
    app.assert_consistent().await;

    let refused = guest.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(409);
    assert_eq!(refused.code(), "booking.illegal_move");
    app.guest().await.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(404);
}

#[tokio::test]
async fn who_does_not_come_pays_for_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-04").await;
    let missing = act(&hotel.manager, &booking, "no-show").await.expect(200);
    assert_eq!(missing.body["total"], eur("300.00"), "the whole price");
    let fee = ("fee".to_owned(), "300.00".to_owned(), "No-show fee (Free cancellation)".to_owned());
    assert_eq!(standing(&hotel.manager, &booking).await, [fee]);
    assert_eq!([left(&app, &hotel, "2026-12-01").await, left(&app, &hotel, "2026-12-02").await], [1, 2]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_hold_costs_nothing_to_give_up() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(1_000_000)).await;
    let guest = app.guest().await;
    let hold = book(&guest, &with(hotel.request("2026-12-02", "2026-12-03"), "/hold_minutes", json!(30))).await.expect(201);
    let told = guest.get(&format!("/v1/bookings/{}/cancellation", hold.id())).await.expect(200);
    assert_eq!(told.body["fee"], eur("0.00"));
    assert_eq!(act(&guest, &hold, "cancel").await.expect(200).body["total"], eur("0.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_fee_is_waived_with_permission_and_reason() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "percent", 1_000_000, Some(500_000)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-02", "2026-12-03").await;
    app.set_clock("2026-12-01T16:00:00Z");
    let cancel = format!("/v1/bookings/{}/cancel", booking.id());
    let waived = json!({"waive_fee": true, "reason": "Flight cancelled"});
    for client in [&guest, &app.staff(&["bookings:write"], Some(&hotel.id)).await] {
        let refused = client.post(&cancel, &waived).await.expect(403);
        assert_eq!(refused.body["permission"], "bookings:waive_fee");
    }
    for reason in [json!(null), json!("  ")] {
        let refused = hotel.manager.post(&cancel, &json!({"waive_fee": true, "reason": reason})).await.expect(422);
        assert_eq!(refused.pointers(), ["/reason"]);
    }
    let check_in = format!("/v1/bookings/{}/check-in", booking.id());
    assert_eq!(hotel.manager.post(&check_in, &waived).await.expect(422).pointers(), ["/waive_fee"]);
    assert_eq!(read(&guest, &booking).await.body["status"], "confirmed");

    let cancelled = hotel.manager.post(&cancel, &waived).await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["total"]), (&json!("cancelled"), &eur("0.00")));
    assert!(standing(&guest, &booking).await.is_empty());
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed'").await;
    let changes = &events[0]["changes"];
    assert_eq!((&changes["waived_fee"]["after"], &changes["reason"]["after"]), (&eur("50.00"), &json!("Flight cancelled")));
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

/// Where a stay's room is set, and how, as of the version that the booking has.
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
    let assigned = assign(desk, &second, 0, &json!({})).await.expect(200);
    assert_eq!((number(&assigned, 0), &stay(&assigned, 0)["is_pinned"]), ("101", &json!(false)));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("stay.assigned"));
    act(desk, &second, "check-in").await.expect(200);
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
async fn the_folio_says_what_the_guest_pays_and_what_was_taken_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6"), ("City 1 %", "1")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/bookings/{}/folio", booking.id());
    let folio = guest.get(&path).await.expect(200);
    let line = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {} {}",
            text("service_date"),
            text("kind"),
            text("description"),
            entry["amount"]["amount"].as_str().expect("text")
        )
    };
    let mut lines: Vec<String> = folio.body["entries"].as_array().expect("a list").iter().map(line).collect();
    lines.sort_unstable();
    let expected = [
        "2026-12-10 room DBL 93.46",
        "2026-12-10 tax City 1 % 0.93",
        "2026-12-10 tax VAT 6 % 5.61",
        "2026-12-11 room DBL 93.46",
        "2026-12-11 tax City 1 % 0.93",
        "2026-12-11 tax VAT 6 % 5.61",
    ];
    assert_eq!(lines, expected, "each night sums to the gross 100.00");
    assert_eq!((&folio.body["balance"], &folio.body["booking_id"]), (&eur("200.00"), &booking.body["id"]));
    assert!(folio.body["entries"].as_array().expect("a list").iter().all(|entry| entry["stay_id"] == stay(&booking, 0)["id"]));

    act(&guest, &booking, "cancel").await.expect(200);
    let after = guest.get(&path).await.expect(200);
    let entries = after.body["entries"].as_array().expect("a list");
    assert_eq!((entries.len(), &after.body["balance"]), (12, &eur("0.00")));
    for entry in folio.body["entries"].as_array().expect("a list") {
        assert!(entries.contains(entry), "what is written stays");
        let reversal = entries
            .iter()
            .find(|other| other["reverses_id"] == entry["id"])
            .unwrap_or_else(|| panic!("{entry} is not taken back"));
        assert_eq!(reversal["amount"]["amount"], format!("-{}", entry["amount"]["amount"].as_str().expect("text")));
        assert_eq!((&reversal["service_date"], &reversal["tax_rule_id"]), (&entry["service_date"], &entry["tax_rule_id"]));
    }
    app.guest().await.get(&path).await.expect(404);
}

#[tokio::test]
async fn contact_and_requests_can_be_changed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/special_requests", json!("A cot"));
    let booking = book(&guest, &with(request, "/contact/phone", json!("+351910000000"))).await.expect(201);
    let path = format!("/v1/bookings/{}", booking.id());
    app.set_clock("2026-12-01T13:00:00Z");
    let patch = json!({"contact": {"full_name": "Eva Maria", "phone": null}, "special_requests": null});
    let changed = guest.patch(&path, "\"1\"", &patch).await.expect(200);
    let mut expected = booking.body.clone();
    expected["contact"] = json!({"full_name": "Eva Maria", "email": "ana@example.com", "phone": null});
    expected["special_requests"] = Value::Null;
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2026-12-01T13:00:00Z");
    assert_eq!((&changed.body, changed.header("etag")), (&expected, "\"2\""));
    assert_eq!(
        guest.patch(&path, "\"2\"", &json!({"contact": {"email": "nobody"}})).await.expect(422).pointers(),
        ["/contact/email"]
    );
    assert_eq!(guest.patch(&path, "\"2\"", &json!({"check_in": "2026-12-11"})).await.expect(422).pointers(), ["/check_in"]);
    app.guest().await.patch(&path, "\"2\"", &patch).await.expect(404);
    assert_eq!(read(&guest, &booking).await.body, expected);
}

#[tokio::test]
async fn guests_see_their_own_bookings_only() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, eva) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    hotel.book(&eva, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/bookings/{}", booking.id());
    for reply in [
        eva.get(&path).await,
        eva.get(&format!("{path}/folio")).await,
        eva.get(&format!("{path}/timeline")).await,
        eva.post(&format!("{path}/cancel"), &json!({})).await,
        eva.post(&format!("{path}/confirm"), &json!({})).await,
        eva.patch(&path, "\"1\"", &json!({"special_requests": "Mine"})).await,
    ] {
        assert_eq!((reply.status, reply.code()), (404, "request.not_found"), "{}", reply.body);
    }
    let ids = async |client: &Client| {
        let list = client.get("/v1/bookings").await.expect(200);
        list.body["items"].as_array().expect("a list").iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&ana).await, [booking.body["id"].clone()]);
    assert_eq!(ids(&hotel.manager).await.len(), 2);
    let list = ana.get("/v1/bookings").await.expect(200);
    assert_eq!(list.body["items"][0]["stays"][0]["room_number"], Value::Null);
    assert_eq!(hotel.manager.get("/v1/bookings").await.body["items"][1]["stays"][0]["room_number"], "101");
    // Somebody who may read and not write.
    let reader = app.staff(&["bookings:read"], Some(&hotel.id)).await;
    reader.get(&path).await.expect(200);
    reader.post(&format!("{path}/cancel"), &json!({})).await.expect(404);
    assert_eq!(read(&ana, &booking).await.body, booking.body);
}

#[tokio::test]
async fn bookings_are_listed_by_filter_and_in_pages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let other = app.hotel(HotelSpec::default()).await;
    let admin = app.staff(&["bookings:read"], None).await;
    let mut made = Vec::new();
    for (dates, contact, channel) in [
        (["2026-12-10", "2026-12-12"], "Ana Sousa", "ota"),
        (["2026-12-11", "2026-12-12"], "100% Rui_Lima", "direct"),
        (["2026-12-12", "2026-12-13"], "Eva Maria", "ota"),
    ] {
        let request =
            with(with(hotel.request(dates[0], dates[1]), "/contact/full_name", json!(contact)), "/channel", json!(channel));
        made.push(book(&hotel.manager, &with(request, "/external_reference", json!(contact))).await.expect(201));
    }
    made.push(other.book(&other.manager, "2026-12-11", "2026-12-12").await);
    act(&hotel.manager, &made[2], "cancel").await.expect(200);
    let found = async |query: &str| {
        let list = admin.get(&format!("/v1/bookings?{query}")).await.expect(200);
        let place = |item: &Value| made.iter().position(|booking| booking.body["id"] == item["id"]).unwrap();
        list.body["items"].as_array().expect("a list").iter().map(place).collect::<Vec<_>>()
    };
    let reference = made[1].body["reference"].as_str().expect("text").to_lowercase();
    for (query, places) in [
        (String::new(), vec![3, 2, 1, 0]),
        (format!("property_id={}", hotel.id), vec![2, 1, 0]),
        ("status=cancelled".into(), vec![2]),
        ("status=confirmed".into(), vec![3, 1, 0]),
        (format!("reference={reference}"), vec![1]),
        ("channel=ota".into(), vec![2, 0]),
        ("channel=ota&external_reference=Eva%20Maria".into(), vec![2]),
        ("check_in_from=2026-12-11".into(), vec![3, 2, 1]),
        ("check_in_to=2026-12-11".into(), vec![3, 1, 0]),
        ("check_in_from=2026-12-11&check_in_to=2026-12-11".into(), vec![3, 1]),
        ("contact=ANA".into(), vec![3, 2, 1, 0]),
        ("contact=sousa&channel=ota".into(), vec![0]),
        ("contact=100%25%20rui_l".into(), vec![1]),
        ("contact=%25".into(), vec![1]),
        ("contact=a_s".into(), vec![]),
    ] {
        assert_eq!(found(&query).await, places, "{query}");
    }
    let mut seen = Vec::new();
    let mut page = admin.get("/v1/bookings?limit=3").await.expect(200);
    loop {
        seen.extend(page.body["items"].as_array().expect("a list").iter().map(|item| item["reference"].clone()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        page = admin.get(&format!("/v1/bookings?limit=3&cursor={cursor}")).await.expect(200);
    }
    assert_eq!(seen, made.iter().rev().map(|booking| booking.body["reference"].clone()).collect::<Vec<_>>());
    for (query, pointer) in
        [("limit=201", "/limit"), ("cursor=!", "/cursor"), ("status=lost", "/status"), ("check_in_from=soon", "/check_in_from")]
    {
        assert_eq!(admin.get(&format!("/v1/bookings?{query}")).await.expect(422).pointers(), [pointer], "{query}");
    }
    admin.get("/v1/bookings?check_in_from=-9999-01-01&check_in_to=%2B99999-12-31").await.expect(422);
}

#[tokio::test]
async fn a_request_sent_again_has_no_second_effect() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let (ana, eva) = (app.guest().await.with("idempotency-key", "key-1"), app.guest().await.with("idempotency-key", "key-1"));
    let request = hotel.request("2026-12-10", "2026-12-12");
    let first = book(&ana, &request).await.expect(201);
    let again = book(&ana, &request).await.expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.bytes, first.bytes, "byte for byte");
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!((again.header("location"), again.header("etag")), (first.header("location"), first.header("etag")));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 2);

    let other_body = book(&ana, &hotel.request("2026-12-10", "2026-12-13")).await.expect(409);
    assert_eq!(other_body.code(), "idempotency.key_reused");
    assert_ne!(book(&eva, &request).await.expect(201).id(), first.id(), "the key is one's own");
    // The same key for another path is another one.
    let path = format!("/v1/bookings/{}", first.id());
    let cancelled = ana.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled.body["status"], "cancelled");
    // A replay is decided before If-Match.
    let stale = ana.with("if-match", "\"1\"").post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!((&stale.body, stale.header("idempotency-replayed")), (&cancelled.body, "true"));
    assert_eq!(book(&ana, &request).await.expect(201).body["status"], "confirmed", "what was answered, not what is now");
    // After a day the key is free again.
    app.sql("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours'").await;
    assert_ne!(book(&ana, &request).await.expect(201).id(), first.id());
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_refused_attempt_leaves_no_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let guest = app.guest().await.with("idempotency-key", "again");
    let request = hotel.request("2026-12-10", "2026-12-12");
    let in_the_way = hotel.book(&hotel.manager, "2026-12-11", "2026-12-12").await;
    book(&guest, &request).await.expect(409);
    book(&guest, &with(request.clone(), "/expected_total", eur("1.00"))).await.expect(409);
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys").await, 0);
    act(&hotel.manager, &in_the_way, "cancel").await.expect(200);
    let made = book(&guest, &request).await.expect(201);
    assert_eq!(made.header("idempotency-replayed"), "");
    assert_eq!(app.number("SELECT count(*) FROM idempotency_keys WHERE status = 201 AND body IS NOT NULL").await, 1);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_reference_that_is_taken_is_drawn_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.app.references.force(["HBS-AAAAAAAA", "HBS-AAAAAAAA", "HBS-BBBBBBBB"].map(String::from));
    let first = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let second = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!((&first.body["reference"], &second.body["reference"]), (&json!("HBS-AAAAAAAA"), &json!("HBS-BBBBBBBB")));
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 0, "the attempt in between took nothing");
    app.assert_consistent().await;
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
    assert_eq!(event[0]["reason"], json!({"before": null, "after": "Ill"}));
}

#[tokio::test]
async fn nobody_sets_the_price_of_their_own_booking_without_booking_for_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let revenue = app.staff(&["bookings:price"], Some(&hotel.id)).await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["rooms"][0]["nightly_price"] = json!({"amount": "0.00", "currency": "EUR"});
    let refused = revenue.post("/v1/bookings", &request).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/nightly_price"], "{}", refused.body);
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 0);
}

#[tokio::test]
async fn a_no_show_does_not_stand_in_the_way_of_a_rearrangement() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let named = |room: usize, from: &str, to: &str| {
        let mut request = hotel.request(from, to);
        request["rooms"][0]["room_id"] = json!(hotel.rooms[room]);
        request
    };
    let missing = desk.post("/v1/bookings", &named(0, "2026-12-01", "2026-12-05")).await.expect(201);
    desk.post(&format!("/v1/bookings/{}/no-show", missing.id()), &json!({})).await.expect(200);
    desk.post("/v1/bookings", &named(1, "2026-12-04", "2026-12-05")).await.expect(201);
    hotel.book(desk, "2026-12-02", "2026-12-03").await;

    hotel.book(desk, "2026-12-02", "2026-12-05").await;
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_is_sold_in_the_plan_that_is_named() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let plan = hotel.plan(&app, "BB", &[]).await;
    hotel.rate(&app, &plan, "2026-12-11", &[("price_minor", "13000")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/rooms/0/rate_plan_id", json!(plan));
    let booking = book(&app.guest().await, &request).await.expect(201);
    assert_eq!((&booking.body["total"], &stay(&booking, 0)["rate_plan_id"]), (&eur("230.00"), &json!(plan)));
    assert_eq!(stay(&booking, 0)["cancellation_policy"], "Free to cancel. If you do not come: 100 % of the price.");
    assert_eq!(read(&hotel.manager, &booking).await.body["stays"][0]["rate_plan_id"], json!(plan), "so it is kept");
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let lines: Vec<String> = folio.body["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| format!("{} {} {}", line["service_date"], line["kind"], line["amount"]["amount"]).replace('"', ""))
        .collect();
    let expected =
        ["2026-12-10 room 94.34", "2026-12-10 tax 5.66", "2026-12-11 room 122.64", "2026-12-11 tax 7.36"].map(String::from);
    assert_eq!(lines, expected);

    let unnamed = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    assert_eq!((&unnamed.body["total"], &stay(&unnamed, 0)["rate_plan_id"]), (&eur("200.00"), &json!(standard)));
    app.assert_consistent().await;

    let inactive = hotel.plan(&app, "OLD", &[("is_active", "false")]).await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let suites_only = hotel.plan(&app, "STE", &[]).await;
    app.sql(&format!(
        "DELETE FROM rate_plan_room_types WHERE rate_plan_id = '{suites_only}' AND room_type_id = '{}'",
        hotel.double
    ))
    .await;
    for plan in [inactive, elsewhere.default_plan(&app).await, suites_only, uuid::Uuid::now_v7().to_string()] {
        let refused = book(&hotel.manager, &with(request.clone(), "/rooms/0/rate_plan_id", json!(plan))).await.expect(422);
        assert_eq!(refused.pointers(), ["/rooms/0/rate_plan_id"]);
    }
    app.sql(&format!("DELETE FROM rate_plan_room_types WHERE rate_plan_id = '{standard}'")).await;
    let refused = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-12")).await.expect(422);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("default plan")), "{}", refused.body);
}

#[tokio::test]
async fn restrictions_are_told_night_by_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("min_stay", "3"), ("closed_to_departure", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-12", &[("stop_sell", "true"), ("closed_to_arrival", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-14", &[("closed_to_departure", "true"), ("max_stay", "1")]).await;
    let guest = app.guest().await;
    let told = async |check_in: &str, check_out: &str| -> Vec<String> {
        let refused = book(&guest, &hotel.request(check_in, check_out)).await.expect(409);
        assert_eq!(refused.code(), "booking.restricted");
        let nights = refused.body["nights"].as_array().expect("a list").iter();
        nights
            .map(|night| {
                assert_eq!((&night["room"], &night["rate_plan_id"]), (&json!(0), &json!(plan)));
                assert_eq!(night["room_type_id"], hotel.double.as_str());
                format!("{} {} {}", night["date"], night["reason"], night["limit"]).replace('"', "")
            })
            .collect()
    };
    assert_eq!(told("2026-12-10", "2026-12-12").await, ["2026-12-10 min_stay 3"], "min stay is the arrival night's");
    assert_eq!(told("2026-12-11", "2026-12-13").await, ["2026-12-12 stop_sell null"], "every night counts, not only the first");
    assert_eq!(told("2026-12-12", "2026-12-13").await, ["2026-12-12 closed_to_arrival null", "2026-12-12 stop_sell null"]);
    assert_eq!(told("2026-12-09", "2026-12-10").await, ["2026-12-10 closed_to_departure null"]);
    assert_eq!(told("2026-12-14", "2026-12-16").await, ["2026-12-14 max_stay 1"]);
    // On the day of departure nothing counts but closed to departure; passing through is neither arrival nor departure.
    hotel.book(&guest, "2026-12-11", "2026-12-12").await;
    hotel.book(&guest, "2026-12-09", "2026-12-11").await;
    hotel.book(&guest, "2026-12-13", "2026-12-15").await;
    app.sql(&format!(
        "UPDATE rate_plans SET min_advance_days = 20, channels = '{{ota}}', valid_until = '2026-12-19' WHERE id = '{plan}'"
    ))
    .await;
    let expected =
        ["2026-12-18 channel null", "2026-12-18 advance_purchase 20", "2026-12-20 not_valid null", "2026-12-21 not_valid null"];
    assert_eq!(told("2026-12-18", "2026-12-22").await, expected);
    let on_channel = with(hotel.request("2026-12-19", "2026-12-20"), "/channel", json!("ota"));
    let refused = book(&hotel.manager, &on_channel).await.expect(409);
    assert_eq!(refused.body["detail"], "The rate plan is not sold like this: it is sold at least 20 days before arrival.");
    app.sql(&format!("UPDATE rate_plans SET min_advance_days = 18 WHERE id = '{plan}'")).await;
    book(&hotel.manager, &on_channel).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn staff_sell_against_restrictions_with_their_permission() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("min_stay", "2")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-11"), "/ignore_restrictions", json!(true));
    let desk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    for client in [&desk, &app.guest().await] {
        let refused = book(client, &request).await.expect(403);
        assert_eq!(refused.body["permission"], "bookings:override");
    }
    let only_override = app.staff(&["bookings:override"], Some(&hotel.id)).await;
    assert_eq!(book(&only_override, &request).await.expect(422).pointers(), ["/ignore_restrictions"]);
    let booking = book(&app.staff(&["bookings:write", "bookings:override"], Some(&hotel.id)).await, &request).await.expect(201);
    let events = app.rows(&format!("SELECT changes FROM outbox WHERE entity_id = '{}'", booking.id())).await;
    let expected = json!([{"room": 0, "room_type_id": hotel.double, "rate_plan_id": plan, "date": "2026-12-10",
                           "reason": "min_stay", "limit": 2}]);
    assert_eq!(events[0]["changes"]["ignored_restrictions"], json!({"before": null, "after": expected}), "that is on the record");
    // Nothing ignored, nothing to tell.
    let request = with(hotel.request("2026-12-15", "2026-12-16"), "/ignore_restrictions", json!(true));
    let booking = book(&hotel.manager, &request).await.expect(201);
    let events = app.rows(&format!("SELECT changes FROM outbox WHERE entity_id = '{}'", booking.id())).await;
    assert!(events[0]["changes"].get("ignored_restrictions").is_none());
}

#[tokio::test]
async fn a_derived_plan_follows_its_parent_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 9, ..HotelSpec::default() }).await;
    let parent = hotel.default_plan(&app).await;
    let from_parent = format!("'{parent}'");
    let derive = |kind: &'static str, value: &'static str| [("(parent_id, derivation_kind, derivation_value)", kind, value)];
    let mut plans = Vec::new();
    for (code, [(columns, kind, value)]) in [("NR", derive("percent", "-100000")), ("HB", derive("amount", "2550"))] {
        plans.push(hotel.plan(&app, code, &[(columns, &format!("({from_parent}, '{kind}', {value})"))]).await);
    }
    let total = async |plan: &str| {
        let request = with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/rate_plan_id", json!(plan));
        book(&hotel.manager, &request).await.expect(201).body["total"]["amount"].as_str().expect("text").to_owned()
    };
    assert_eq!([total(&plans[0]).await, total(&plans[1]).await], ["90.00", "125.50"]);
    hotel.rate(&app, &parent, "2026-12-10", &[("price_minor", "12345")]).await;
    assert_eq!([total(&plans[0]).await, total(&plans[1]).await], ["111.11", "148.95"], "111.105 is rounded away from zero");
    hotel.rate(&app, &parent, "2026-12-10", &[("stop_sell", "true")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/rate_plan_id", json!(plans[0]));
    assert_eq!(book(&hotel.manager, &request).await.expect(409).code(), "booking.restricted");
    hotel.rate(&app, &plans[0], "2026-12-10", &[("stop_sell", "false")]).await;
    book(&hotel.manager, &request).await.expect(201);
    app.assert_consistent().await;
}

/// City tax and children by age, the same in search, quote and folio.
#[tokio::test]
async fn guests_pay_by_age_and_the_figures_agree_everywhere() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], rooms: 3, ..HotelSpec::default() }).await;
    app.sql(&format!(
        "INSERT INTO age_bands (property_id, code, min_age, max_age, created_at, updated_at) VALUES
             ('{id}', 'baby', 0, 2, now(), now()), ('{id}', 'child', 3, 12, now(), now());
         UPDATE rate_plan_room_types SET included_adults = 1, extra_adult_minor = 3000, extra_children = '{{\"child\": 1555}}'
         WHERE property_id = '{id}';
         INSERT INTO tax_rules (property_id, id, name, kind, amount_minor, is_included, min_age, max_nights, created_at, updated_at)
         VALUES ('{id}', 'ffffffff-0000-7000-8000-000000000000', 'City tax', 'per_person_night', 233, true, 13, 2, now(), now())",
        id = hotel.id
    ))
    .await;
    let guests = [
        json!({"adults": 2, "children_ages": [3]}),
        json!({"adults": 2, "children_ages": [2]}),
        json!({"adults": 1, "children_ages": [13]}),
    ];
    let expected = ["436.65", "390.00", "390.00"];
    for (room, total) in guests.iter().zip(expected) {
        let request = for_rooms(&hotel, ["2026-12-10", "2026-12-13"], std::slice::from_ref(room));
        let rooms = request["rooms"].clone();
        let wish = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-13", "rooms": rooms});
        let quote = app.anonymous().post("/v1/quotes", &wish).await.expect(200);
        let ages = room["children_ages"][0].as_i64().expect("an age");
        let query = format!(
            "/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-13&adults={}&children={ages},",
            hotel.id, room["adults"]
        );
        let found = app.anonymous().get(&query).await.expect(200);
        let offered =
            found.body["items"].as_array().expect("a list").iter().find(|item| item["room_type_id"] == hotel.double.as_str());
        let booking = book(&app.guest().await, &request).await.expect(201);
        let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
        let figures = [&quote.body["total"], &offered.expect("offered")["total"], &booking.body["total"], &folio.body["balance"]];
        assert_eq!(figures, [&eur(total); 4], "{room}");
        // The taxes are the same too, night by night: two for two nights, then one.
        let taxes_of_folio: Vec<Value> = folio.body["entries"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|line| line["kind"] == "tax")
            .map(|line| line["amount"].clone())
            .collect();
        let nightly = quote.body["rooms"][0]["nightly"].as_array().expect("a list").iter();
        let taxes_of_quote: Vec<Value> = nightly
            .flat_map(|night| night["lines"].as_array().expect("a list").iter().filter(|line| line["kind"] == "tax"))
            .map(|line| line["amount"].clone())
            .collect();
        assert_eq!(taxes_of_folio, taxes_of_quote);
        assert_eq!(taxes_of_folio.len(), 5, "city tax for two nights of three");
        assert_eq!(taxes_of_folio[1], eur("4.66"), "two of 13 or older, as adults or not");
    }
    app.assert_consistent().await;
    // A child of 13 is in no band: an adult, and two adults are all that a double takes.
    let room = json!({"adults": 2, "children_ages": [13]});
    let refused = book(&hotel.manager, &for_rooms(&hotel, ["2026-12-20", "2026-12-21"], &[room])).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms/0/children_ages"]);
}

#[tokio::test]
async fn a_stay_keeps_the_terms_on_which_it_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    app.sql(&format!(
        "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, cancellation_policy_id, hours, kind, value, now(), now() FROM rate_plans,
             (VALUES (24, 'percent', 1000000), (72, 'nights', 1)) AS w (hours, kind, value) WHERE id = '{plan}'"
    ))
    .await;
    let booking = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let text = "Free until 3 days before arrival, then the first night; from 24 hours before arrival 100 % of the price. \
                If you do not come: 100 % of the price.";
    assert_eq!(stay(&booking, 0)["cancellation_policy"], text);
    app.sql("UPDATE cancellation_policies SET is_non_refundable = true; DELETE FROM cancellation_windows").await;
    assert_eq!(read(&hotel.manager, &booking).await.body["stays"][0]["cancellation_policy"], text);
    let later = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let rigid = "Non-refundable: the whole price is due, also if you cancel or do not come.";
    assert_eq!(stay(&later, 0)["cancellation_policy"], rigid);
}

async fn quote(app: &TestApp, hotel: &Hotel, dates: [&str; 2], rooms: Value) -> Reply {
    let wish = json!({"property_id": hotel.id, "check_in": dates[0], "check_out": dates[1], "rooms": rooms});
    app.anonymous().post("/v1/quotes", &wish).await
}

#[tokio::test]
async fn a_quote_holds_its_price_until_it_expires() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6"), ("Spa 1 %", "1")], ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    let dates = ["2026-12-10", "2026-12-12"];
    let one = json!([{"room_type_id": hotel.double, "adults": 2, "children_ages": [7]}]);
    let quoted = quote(&app, &hotel, dates, one).await.expect(200);
    assert_eq!((&quoted.body["total"], &quoted.body["expires_at"]), (&eur("200.00"), &json!("2026-12-01T12:30:00Z")));
    let room = &quoted.body["rooms"][0];
    assert_eq!((&room["rate_plan_id"], &room["total"]), (&json!(plan), &eur("200.00")));
    assert_eq!(room["cancellation_policy"], "Free to cancel. If you do not come: 100 % of the price.");
    let lines = json!([
        {"kind": "room", "source": "base_price", "rate_plan_id": plan, "is_included": false, "count": 1, "amount": eur("100.00")},
        {"kind": "tax", "name": "VAT 6 %", "is_included": true, "count": 1, "amount": eur("5.61")},
        {"kind": "tax", "name": "Spa 1 %", "is_included": true, "count": 1, "amount": eur("0.93")},
    ]);
    assert_eq!(room["nightly"][1], json!({"date": "2026-12-11", "price": eur("100.00"), "lines": lines}));

    // Everything becomes dearer and stricter.
    hotel.rate(&app, &plan, "2026-12-11", &[("price_minor", "99900")]).await;
    app.sql("UPDATE tax_rules SET rate_ppm = 500000; UPDATE cancellation_policies SET is_non_refundable = true").await;
    let guest = app.guest().await;
    let plain = with(hotel.request(dates[0], dates[1]), "/rooms/0/children_ages", json!([7]));
    let request = with(plain.clone(), "/quote", quoted.body["quote"].clone());
    app.set_clock("2026-12-01T12:29:59Z");
    let keyed = guest.with("idempotency-key", "with a quote");
    let booking = book(&keyed, &with(request.clone(), "/expected_total", eur("200.00"))).await.expect(201);
    assert_eq!((&booking.body["total"], &stay(&booking, 0)["rate_plan_id"]), (&eur("200.00"), &json!(plan)));
    assert_eq!(stay(&booking, 0)["cancellation_policy"], room["cancellation_policy"], "on the terms that were quoted");
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let amounts: Vec<_> =
        folio.body["entries"].as_array().expect("a list").iter().map(|line| line["amount"]["amount"].clone()).collect();
    assert_eq!(amounts, ["93.46", "5.61", "0.93", "93.46", "5.61", "0.93"]);
    assert_eq!(book(&guest, &plain).await.expect(201).body["total"], eur("1099.00"), "without it the price is today's");
    app.assert_consistent().await;

    // It holds the price, not the room: both are gone now.
    assert_eq!(book(&guest, &request).await.expect(409).code(), "booking.no_availability");
    app.set_clock("2026-12-01T12:30:00Z");
    let expired = book(&guest, &request).await.expect(409);
    assert_eq!((expired.code(), expired.pointers()), ("booking.quote_expired", vec!["/quote"]));
    let again = book(&keyed, &with(request, "/expected_total", eur("200.00"))).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&booking.body, "true"), "sent again it is answered again");
}

#[tokio::test]
async fn a_quote_is_for_what_was_quoted() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let other = hotel.plan(&app, "BB", &[]).await;
    let rooms = json!([{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.suite, "adults": 1}]);
    let quoted = quote(&app, &hotel, ["2026-12-10", "2026-12-12"], rooms.clone()).await.expect(200);
    assert_eq!(quoted.body["total"], eur("700.00"));
    let token = quoted.body["quote"].as_str().expect("a token");
    let request = with(with(hotel.request("2026-12-10", "2026-12-12"), "/rooms", rooms), "/quote", json!(token));
    for (pointer, value) in [
        ("/check_in", json!("2026-12-09")),
        ("/check_out", json!("2026-12-13")),
        ("/channel", json!("ota")),
        ("/rooms/0/adults", json!(1)),
        ("/rooms/0/children_ages", json!([3])),
        ("/rooms/1/room_type_id", json!(hotel.double)),
        ("/rooms/1/rate_plan_id", json!(other)),
        ("/rooms/0/nightly_price", eur("1.00")),
        ("/rooms", json!([{"room_type_id": hotel.double, "adults": 2}])),
    ] {
        let refused = book(&hotel.manager, &with(request.clone(), pointer, value)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{}", refused.body);
    }
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let refused = book(&app.guest().await, &with(request.clone(), "/property_id", json!(elsewhere.id))).await.expect(422);
    assert_eq!(refused.pointers(), ["/property_id"]);

    let (head, _) = token.rsplit_once('.').expect("a JWT");
    let person = app.guest().await;
    for wrong in [format!("{head}."), format!("{head}.AAAA"), "x".into(), person.access_token().into()] {
        let refused = book(&hotel.manager, &with(request.clone(), "/quote", json!(wrong))).await.expect(422);
        assert_eq!(
            (refused.pointers(), refused.body["errors"][0]["detail"].clone()),
            (vec!["/quote"], json!("is not a quote of this server"))
        );
    }
    let bearer = app.anonymous().with("authorization", format!("Bearer {token}"));
    assert_eq!(bearer.get("/v1/me").await.expect(401).code(), "auth.unauthenticated", "nor is it an access token");
    assert_eq!(book(&hotel.manager, &request).await.expect(201).body["total"], eur("700.00"));
}

#[tokio::test]
async fn what_cannot_be_booked_is_not_quoted() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    hotel.rate(&app, &plan, "2026-12-20", &[("closed_to_arrival", "true")]).await;
    let double = |adults: i32| json!({"room_type_id": hotel.double, "adults": adults});
    let sold_out = quote(&app, &hotel, ["2026-12-11", "2026-12-13"], json!([double(2)])).await.expect(409);
    assert_eq!((sold_out.code(), &sold_out.body["nights"][0]["date"]), ("booking.no_availability", &json!("2026-12-11")));
    let two = quote(&app, &hotel, ["2026-12-15", "2026-12-16"], json!([double(2), double(1)])).await.expect(409);
    assert_eq!(two.code(), "booking.no_availability", "two rooms of one type are counted together");
    let closed = quote(&app, &hotel, ["2026-12-20", "2026-12-21"], json!([double(2)])).await.expect(409);
    assert_eq!((closed.code(), &closed.body["nights"][0]["reason"]), ("booking.restricted", &json!("closed_to_arrival")));
    for (dates, rooms, pointers) in [
        (["2026-12-15", "2026-12-15"], json!([double(2)]), vec!["/check_out"]),
        (["2026-11-15", "2026-12-01"], json!([double(3)]), vec!["/check_in", "/rooms/0/adults"]),
        (["2026-12-15", "2026-12-16"], json!([]), vec!["/rooms"]),
        (
            ["2026-12-15", "2026-12-16"],
            json!([{"room_type_id": uuid::Uuid::now_v7(), "adults": 1}]),
            vec!["/rooms/0/room_type_id"],
        ),
        (
            ["2026-12-15", "2026-12-16"],
            json!([{"room_type_id": hotel.double, "adults": 1, "children_ages": [18]}]),
            vec!["/rooms/0/children_ages/0"],
        ),
    ] {
        assert_eq!(quote(&app, &hotel, dates, rooms).await.expect(422).pointers(), pointers);
    }
    let nowhere =
        json!({"property_id": uuid::Uuid::now_v7(), "check_in": "2026-12-15", "check_out": "2026-12-16", "rooms": [double(1)]});
    assert_eq!(app.anonymous().post("/v1/quotes", &nowhere).await.expect(422).pointers(), ["/property_id"]);
}

/// A statement that is prepared anew costs each sale a round trip more.
#[tokio::test]
async fn what_a_sale_reads_is_prepared_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, suites: 2, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let prepared = async || {
        // One request at a time: they all have one connection.
        let conn = app.app.db.conn().await.expect("a connection");
        hbs_statements(&conn).await
    };
    hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let first = prepared().await;
    for table in [
        "rate_plans",
        "rate_plan_room_types",
        "rates",
        "tax_rules",
        "cancellation_policies",
        "cancellation_windows",
        "age_bands",
        "inventory",
    ] {
        assert!(
            first.iter().any(|sql| sql.contains(&format!("FROM \"{table}\""))),
            "{table} is not read by a prepared statement"
        );
    }
    let two = with(hotel.request("2026-12-10", "2026-12-15"), "/rooms/0/room_type_id", json!(hotel.suite));
    book(&guest, &two).await.expect(201);
    hotel.book(&guest, "2026-12-20", "2026-12-22").await;
    assert_eq!(prepared().await, first, "other nights and types, the same statements");
}

/// The statements that a connection has prepared.
async fn hbs_statements(mut conn: &hbs::stores::postgres::Conn) -> Vec<String> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Statement {
        #[diesel(sql_type = diesel::sql_types::Text)]
        statement: String,
    }
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query =
        diesel::sql_query("SELECT statement FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared%' ORDER BY 1");
    let rows: Vec<Statement> = query.load(&mut conn).await.expect("statements");
    rows.into_iter().map(|row| row.statement).collect()
}

mod importing {
    use super::*;
    use crate::support::{size, together};
    use std::time::Instant;

    const HEADER: &str = "reference,room_type,check_in,check_out,adults,contact_name,contact_email";

    async fn send(client: &Client, hotel: &Hotel, query: &str, text: &str) -> Reply {
        let path = format!("/v1/bookings/import?property_id={}{query}", hotel.id);
        client.with("content-type", "text/csv").send(Method::POST, &path, Some(text.into())).await
    }

    /// A sheet with columns more than those that are needed, whose names and e-mails are filled in.
    fn sheet(more: &str, rows: &[&str]) -> String {
        let rows = rows.iter().map(|row| {
            let mut cells: Vec<&str> = row.split(',').collect();
            cells.splice(5..5, ["Ana Sousa", "ana@example.com"]);
            format!("{}\n", cells.join(","))
        });
        std::iter::once(format!("{HEADER}{more}\n")).chain(rows).collect()
    }

    fn items(reply: &Reply) -> &Vec<Value> {
        reply.body.pointer("/report/items").or_else(|| reply.body.get("items")).and_then(Value::as_array).expect("items")
    }

    fn outcomes(reply: &Reply) -> Vec<&str> {
        items(reply).iter().map(|item| item["outcome"].as_str().expect("text")).collect()
    }

    fn errors(reply: &Reply, row: usize) -> Vec<String> {
        let item = items(reply).iter().find(|item| item["row"] == row).expect("the row");
        let errors = item["errors"].as_array().expect("errors").iter();
        errors
            .map(|error| format!("{} {}", error["column"].as_str().unwrap_or("-"), error["detail"].as_str().unwrap_or_default()))
            .collect()
    }

    async fn count(app: &TestApp, table: &str) -> i64 {
        app.number(&format!("SELECT count(*) FROM {table}")).await
    }

    #[tokio::test]
    async fn reservations_of_a_sheet_are_bookings() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
        let more = ",contact_phone,channel,room,status,children_ages,guest_name,nightly_price,total,special_requests";
        let text = format!(
            "{HEADER}{more}\n\
             A1,DBL,2026-12-10,2026-12-13,2,Ana Sousa,ana@example.com,+351910000000,booking.com,,,\"4\",Rui,,,Late arrival\n\
             A1,STE,2026-12-11,2026-12-14,2,,,,booking.com,,confirmed,,,80.00,,\n\
             A2,DBL,2026-11-29,2026-12-03,1,Bo Li,bo@example.com,,,103,checked_in,,,,100.01,\n\
             A3,DBL,2026-11-20,2026-11-22,1,Cy Day,cy@example.com,,,102,checked_out,,,,200,\n\
             A4,DBL,2026-11-20,2026-11-22,1,Di Fox,di@example.com,,,,checked_out,,,,200,\n"
        );
        let events = app.event_kinds().await.len();
        let dry = send(&hotel.manager, &hotel, "&dry_run=true", &text).await.expect(200);
        assert_eq!((&dry.body["imported"], &dry.body["items"][0]["id"]), (&json!(5), &Value::Null));
        assert_eq!((count(&app, "bookings").await, app.event_kinds().await.len()), (0, events), "a dry run changes nothing");
        app.assert_consistent().await;

        let key = hotel.manager.with("idempotency-key", "import-1");
        let done = send(&key, &hotel, "", &text).await.expect(200);
        assert_eq!(outcomes(&done), ["imported"; 5]);
        let id = |n: usize| done.body["items"][n]["id"].as_str().expect("an id").to_owned();
        assert_eq!(id(0), id(1), "two rows, one booking");
        let booking = hotel.manager.get(&format!("/v1/bookings/{}", id(0))).await.expect(200).body;
        assert_eq!(
            json!([
                booking["channel"],
                booking["external_reference"],
                booking["status"],
                booking["check_in"],
                booking["check_out"]
            ]),
            json!(["booking.com", "A1", "confirmed", "2026-12-10", "2026-12-14"])
        );
        assert_eq!(booking["contact"], json!({"full_name": "Ana Sousa", "email": "ana@example.com", "phone": "+351910000000"}));
        assert_eq!(booking["special_requests"], "Late arrival");
        assert_eq!(booking["total"], eur("540.00"), "three nights at the plan's 100.00 and three at 80.00");
        let stays = booking["stays"].as_array().expect("stays");
        assert_eq!(
            json!([stays[0]["guest_name"], stays[0]["children_ages"], stays[1]["total"]]),
            json!(["Rui", [4], eur("240.00")])
        );
        assert!(stays.iter().all(|stay| stay["room_id"].is_string()), "{booking}");

        let house = hotel.manager.get(&format!("/v1/bookings/{}", id(2))).await.expect(200).body;
        assert_eq!(
            json!([house["status"], house["channel"], house["stays"][0]["room_number"]]),
            json!(["checked_in", "import", "103"])
        );
        let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", id(2))).await.expect(200).body;
        let lines = folio["entries"].as_array().or_else(|| folio["items"].as_array()).expect("lines");
        assert_eq!(lines.len(), 8, "a room and a tax for each of four nights: {folio}");
        assert_eq!(house["total"], eur("100.01"));
        let gone = hotel.manager.get(&format!("/v1/bookings/{}", id(4))).await.expect(200).body;
        assert_eq!(json!([gone["status"], gone["stays"][0]["room_id"]]), json!(["checked_out", null]), "nobody knows which room");
        app.assert_consistent().await;
        // The guest in the house leaves as any other does.
        hotel.manager.post(&format!("/v1/bookings/{}/check-out", id(2)), &json!({})).await.expect(200);

        let again = send(&key, &hotel, "", &text).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &done.body));
        assert_eq!(count(&app, "bookings").await, 4);
        let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
        assert_eq!(errors(&refused, 2), ["reference there is a booking of the channel booking.com with this reference already"]);
        let kinds = app.event_kinds().await;
        let of = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
        assert_eq!((of("booking.created"), of("stay.created")), (4, 5));
        let marked = "SELECT count(*) FROM outbox WHERE kind = 'booking.created' AND changes->'imported'->'after' = 'true'";
        assert_eq!(app.number(marked).await, 4);
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_by_column() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
        let more = ",channel,rate_plan,room,status,children_ages,nightly_price,total,contact_phone,guest_name";
        let long = "x".repeat(201);
        let named = format!("1,DBL,2026-12-10,2026-12-12,2,,,,,,,,,{long}");
        for (row, expected) in [
            (",DBL,2026-12-10,2026-12-12,2,,,,,,,,,", "reference is empty"),
            ("1,,2026-12-10,2026-12-12,2,,,,,,,,,", "room_type is empty"),
            ("1,XXX,2026-12-10,2026-12-12,2,,,,,,,,,", "room_type \"XXX\" is not the code of a room type of the hotel"),
            ("1,DBL,10.12.2026,2026-12-12,2,,,,,,,,,", "check_in \"10.12.2026\" is not a date such as 2026-12-24"),
            ("1,DBL,2026-12-10,,2,,,,,,,,,", "check_out is empty"),
            ("1,DBL,2026-12-10,2026-12-10,2,,,,,,,,,", "check_out must be after check_in"),
            ("1,DBL,2026-12-10,2027-12-11,2,,,,,,,,,", "check_out a stay has at most 365 nights"),
            ("1,DBL,2026-12-10,2026-12-12,,,,,,,,,,", "adults is empty"),
            ("1,DBL,2026-12-10,2026-12-12,0,,,,,,,,,", "adults \"0\" is not a whole number from 1 to 50"),
            ("1,DBL,2026-12-10,2026-12-12,3,,,,,,,,,", "adults a room of this type takes at most 2 adults"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,18,,,,", "children_ages \"18\" are not ages from 0 to 17 such as \"4 9\""),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,4 9,,,,", "children_ages a room of this type takes at most 1 children"),
            (
                "1,DBL,2026-12-10,2026-12-12,2,Booking,,,,,,,,",
                "channel \"Booking\" is not at most 50 lower-case letters, digits and _./- such as booking.com",
            ),
            ("1,DBL,2026-12-10,2026-12-12,2,,XXX,,,,,,,", "rate_plan \"XXX\" is not the code of a rate plan that sells DBL"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,999,,,,,,", "room \"999\" is not a room of the hotel"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,201,,,,,,", "room 201 is a room of another type than DBL"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,held,,,,,", "status \"held\" is none of confirmed, checked_in and checked_out"),
            (
                "1,DBL,2026-11-10,2026-11-12,2,,,,,,,,,",
                "status the stay is over: it cannot be confirmed; today is 2026-12-01 at the hotel",
            ),
            (
                "1,DBL,2026-12-02,2026-12-12,2,,,101,checked_in,,,,,",
                "status the stay is not now: nobody is in the house; today is 2026-12-01 at the hotel",
            ),
            ("1,DBL,2026-12-01,2026-12-12,2,,,,checked_in,,,,,", "room is empty, but a guest who is in the house has a room"),
            (
                "1,DBL,2026-11-30,2026-12-02,2,,,,checked_out,,,,,",
                "status the stay is not over: nobody has left; today is 2026-12-01 at the hotel",
            ),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,,80,160,,", "total goes without a nightly_price: one of them says it"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,,-80,,,", "nightly_price \"-80\" is not an amount of EUR such as 123.45"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,,,99999999999999,,", "total is absurdly large"),
            ("1,DBL,2026-12-10,2026-12-12,2,,,,,,,,7,", "contact_phone length is lower than 3"),
            (&named, "guest_name is longer than 200 characters"),
            ("1,DBL,2030-12-10,2030-12-11,2,,,,,,,,,", "- the hotel does not sell that far ahead: 2030-12-10"),
        ] {
            let reply = send(&hotel.manager, &hotel, "", &sheet(more, &[row])).await;
            assert_eq!((reply.status, reply.code()), (422, "import.refused"), "{row}: {}", reply.body);
            assert_eq!(errors(&reply, 2), [expected], "{row}");
        }
        let no_mail = format!("{HEADER}\n1,DBL,2026-12-10,2026-12-12,2,Ana,\n2,DBL,2026-12-10,2026-12-12,2,Ana,no mail\n");
        let reply = send(&hotel.manager, &hotel, "", &no_mail).await.expect(422);
        assert_eq!(errors(&reply, 2), ["contact_email is empty"]);
        assert!(errors(&reply, 3)[0].starts_with("contact_email not a valid email"), "{:?}", errors(&reply, 3));
        assert_eq!(count(&app, "bookings").await, 0);
    }

    #[tokio::test]
    async fn a_booking_is_imported_whole_and_a_sheet_unless_asked_otherwise() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
        let text =
            sheet("", &["G1,DBL,2026-12-10,2026-12-12,2", "G1,DBL,2026-12-10,2026-12-12,9", "S2,DBL,2026-12-10,2026-12-12,2"]);
        let refused = send(&hotel.manager, &hotel, "", &text).await.expect(422);
        assert_eq!(outcomes(&refused), ["refused", "refused", "held_back"]);
        assert_eq!(errors(&refused, 2), ["reference row 3 of the same booking is wrong"]);
        assert_eq!(count(&app, "bookings").await, 0);
        let partial = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
        assert_eq!((&partial.body["imported"], &partial.body["refused"]), (&json!(1), &json!(2)));
        assert_eq!((count(&app, "bookings").await, count(&app, "stays").await), (1, 1));
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn rows_get_the_rooms_that_there_are_and_no_more() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
        let text = sheet(
            ",room",
            &[
                "R1,DBL,2026-12-11,2026-12-13,2,",
                "R2,DBL,2026-12-11,2026-12-14,2,",
                "R3,DBL,2026-12-12,2026-12-15,2,102",
                "R4,DBL,2026-12-14,2026-12-15,2,102",
            ],
        );
        let reply = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
        assert_eq!(errors(&reply, 3), ["- no room of this type is left on 2026-12-11"], "{}", reply.body);
        assert_eq!(errors(&reply, 5), ["room is not free on these nights, or another row names it for one of them"]);
        // Every night has a room for the first row, but its only free one is wanted by name from the second night on.
        let scattered = "every night has a room of this type, but no one room is free throughout";
        assert!(errors(&reply, 2)[0].contains(scattered), "{}", reply.body);
        assert_eq!(outcomes(&reply), ["refused", "refused", "imported", "refused"]);
        app.assert_consistent().await;

        // By arrival, whatever the order of the rows: all find a room.
        let orderly = sheet(
            "",
            &[
                "S3,DBL,2026-12-24,2026-12-27,2",
                "S2,DBL,2026-12-21,2026-12-24,2",
                "S4,DBL,2026-12-22,2026-12-27,2",
                "S1,DBL,2026-12-20,2026-12-22,2",
            ],
        );
        send(&hotel.manager, &hotel, "", &orderly).await.expect(200);
        let roomless = "SELECT count(*) FROM stays WHERE room_id IS NULL";
        assert_eq!(app.number(roomless).await, 0);
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn who_is_sold_beyond_the_rooms_has_none() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
        let rows = ["O1", "O2", "O3"].map(|name| format!("{name},DBL,2026-12-10,2026-12-12,2"));
        let text = sheet("", &rows.iter().map(String::as_str).collect::<Vec<_>>());
        let reply = send(&hotel.manager, &hotel, "&partial=true", &text).await.expect(200);
        assert_eq!(outcomes(&reply), ["imported", "imported", "refused"]);
        assert_eq!(app.number("SELECT count(*) FROM stays WHERE room_id IS NULL").await, 1);
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn prices_are_the_files_to_the_cent_for_who_may_set_them() {
        let app = TestApp::new().await;
        let taxes = &[("City", "8.875"), ("State", "5")];
        let hotel = app.hotel(HotelSpec { rooms: 3, prices: "net", taxes, ..HotelSpec::default() }).await;
        let text = sheet(
            ",nightly_price,total",
            &[
                "P1,DBL,2026-12-10,2026-12-13,2,,333.33",
                "P2,DBL,2026-12-10,2026-12-13,2,100.00,",
                "P3,DBL,2026-12-10,2026-12-13,2,,",
            ],
        );
        let clerk = app.staff(&["bookings:write", "bookings:read"], Some(&hotel.id)).await;
        let refused = send(&clerk, &hotel, "", &text).await;
        assert_eq!((refused.status, &refused.body["permission"]), (403, &json!("bookings:price")));
        send(&clerk, &hotel, "", &sheet("", &["P0,DBL,2026-12-20,2026-12-21,1"])).await.expect(200);
        let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
        let mut totals = Vec::new();
        for item in items(&done) {
            let booking = hotel.manager.get(&format!("/v1/bookings/{}", item["id"].as_str().expect("an id"))).await.expect(200);
            totals.push(booking.body["total"]["amount"].as_str().expect("text").to_owned());
        }
        // A night of 100.00 has 8.88 and 5.00 on it.
        assert_eq!(totals, ["333.33", "341.64", "341.64"]);
        app.assert_consistent().await;
        let elsewhere = app.hotel(HotelSpec::default()).await;
        assert_eq!(send(&elsewhere.manager, &hotel, "", &text).await.status, 404);
    }

    #[tokio::test]
    async fn the_template_can_be_sent() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let template = hotel.manager.get("/v1/bookings/import/template").await.expect(200);
        assert_eq!(template.header("content-disposition"), "attachment; filename=\"bookings.csv\"");
        send(&hotel.manager, &hotel, "", template.body.as_str().expect("text")).await.expect(200);
        app.assert_consistent().await;
    }

    #[tokio::test]
    async fn a_reference_that_is_taken_is_drawn_anew() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let taken = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
        let reference = taken.body["reference"].as_str().expect("text").to_owned();
        app.app.references.force([reference.clone(), reference, "HBS-AAAAAAAA".into()]);
        send(&hotel.manager, &hotel, "", &sheet("", &["1,DBL,2026-12-10,2026-12-11,2"])).await.expect(200);
        assert_eq!(app.number("SELECT count(*) FROM bookings WHERE reference = 'HBS-AAAAAAAA'").await, 1);
    }

    #[tokio::test]
    async fn the_last_room_goes_to_a_row_or_to_a_guest() {
        let app = TestApp::new().await;
        let deadlocks = app.deadlocks().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        for round in 0..size(6, 30) {
            let night =
                chrono::NaiveDate::from_ymd_opt(2026, 12, 10).unwrap() + chrono::Days::new(u64::try_from(2 * round).unwrap());
            let last = night + chrono::Days::new(2);
            let file = sheet("", &[&format!("X{round},DBL,{night},{last},2")]);
            let request = hotel.request(&night.to_string(), &last.to_string());
            let work = (0..4).map(|n| {
                let (client, id, file, request) = (hotel.manager.clone(), hotel.id.clone(), file.clone(), request.clone());
                async move {
                    if n % 2 == 0 {
                        let path = format!("/v1/bookings/import?property_id={id}");
                        client.with("content-type", "text/csv").send(Method::POST, &path, Some(file)).await.status
                    } else {
                        client.post("/v1/bookings", &request).await.status
                    }
                }
            });
            let statuses = together(work).await;
            let sold = statuses.iter().filter(|status| matches!(**status, 200 | 201)).count();
            assert_eq!(sold, 1, "{statuses:?}");
            assert!(statuses.iter().all(|status| matches!(*status, 200 | 201 | 409 | 422)), "{statuses:?}");
        }
        app.assert_consistent().await;
        assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
    }

    #[tokio::test]
    async fn thousands_of_reservations_take_seconds() {
        let app = TestApp::new().await;
        let rows = size(1_000, 10_000);
        let rooms = u32::try_from(size(10, 60)).unwrap();
        let hotel = app.hotel(HotelSpec { rooms, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
        let first = chrono::NaiveDate::from_ymd_opt(2026, 12, 2).unwrap();
        let per_day = size(3, 20);
        let lines = (0..rows).map(|n| {
            let check_in = first + chrono::Days::new(u64::try_from(n / per_day).unwrap());
            let check_out = check_in + chrono::Days::new(3);
            format!("L{n},DBL,{check_in},{check_out},2,Ana Sousa,ana@example.com\n")
        });
        let text: String = std::iter::once(format!("{HEADER}\n")).chain(lines).collect();
        let start = Instant::now();
        let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
        println!("{rows} reservations: {:?}", start.elapsed());
        assert_eq!(done.body["imported"], rows);
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
        assert_eq!(
            app.number("SELECT count(*) FROM stays WHERE room_id IS NULL").await,
            0,
            "the house is full, and all have a room"
        );
        app.assert_consistent().await;
    }
}
