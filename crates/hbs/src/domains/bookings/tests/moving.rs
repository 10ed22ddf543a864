//! Other rooms: upgrades, moves of guests in the house, and swaps.
use super::{amend, left, number, read, standing, stay, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn put_room(client: &Client, booking: &Reply, body: &Value) -> Reply {
    let path = format!("/v1/bookings/{}/stays/{}/room", booking.id(), stay(booking, 0)["id"].as_str().expect("an id"));
    let etag = read(client, booking).await.expect(200).header("etag").to_owned();
    client.with("If-Match", etag).put(&path, body).await
}

async fn swap(client: &Client, one: &Reply, other: &Reply) -> Reply {
    let path = format!("/v1/bookings/{}/stays/{}/swap-room", one.id(), stay(one, 0)["id"].as_str().expect("an id"));
    client.post(&path, &json!({"with_stay_id": stay(other, 0)["id"]})).await
}

async fn suite(app: &TestApp, hotel: &Hotel) -> String {
    let rooms = app.rows(&format!("SELECT id FROM rooms WHERE room_type_id = '{}' ORDER BY number", hotel.suite)).await;
    rooms[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_stay_is_upgraded_at_the_price_that_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let suite = suite(&app, &hotel).await;
    let booking = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let refused = put_room(manager, &booking, &json!({"room_id": suite})).await.expect(422);
    assert_eq!(refused.pointers(), ["/room_id"]);
    let upgraded = put_room(manager, &booking, &json!({"room_id": suite, "upgrade": true})).await.expect(200);
    assert_eq!((number(&upgraded, 0), &upgraded.body["total"]), ("201", &eur("200.00")));
    assert_eq!(
        (&stay(&upgraded, 0)["room_type_id"], &stay(&upgraded, 0)["booked_room_type_id"]),
        (&json!(hotel.suite), &json!(hotel.double))
    );
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1, "the double is on sale again");
    app.assert_consistent().await;
    let changes = app.rows("SELECT changes FROM outbox WHERE kind = 'stay.moved'").await;
    assert_eq!(changes[0]["changes"]["room_type_id"], json!({"before": hotel.double, "after": hotel.suite}));
    // It is priced as what was sold, also when it is amended, and goes back where it belongs.
    let path = format!("/v1/bookings/{}/amend", booking.id());
    let longer = manager.post(&path, &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(
        (&longer.body["booking"]["total"], &longer.body["booking"]["stays"][0]["room_id"]),
        (&eur("300.00"), &json!(suite))
    );
    let back = put_room(manager, &booking, &json!({"room_id": hotel.rooms[0]})).await.expect(200);
    assert_eq!((number(&back, 0), &stay(&back, 0)["room_type_id"]), ("101", &json!(hotel.double)));
    app.assert_consistent().await;

    let mut taken = hotel.request("2026-12-11", "2026-12-12");
    taken["rooms"][0]["room_type_id"] = json!(hotel.suite);
    book(manager, &taken).await.expect(201);
    let full = put_room(manager, &booking, &json!({"room_id": suite, "upgrade": true})).await.expect(409);
    assert_eq!(full.code(), "booking.room_taken");
    put_room(manager, &booking, &json!({"room_id": uuid::Uuid::now_v7()})).await.expect(422);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_in_the_house_move_for_the_nights_that_are_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let request = with(hotel.request("2026-12-01", "2026-12-05"), "/rooms/0/room_id", json!(hotel.rooms[0]));
    let booking = book(manager, &request).await.expect(201);
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    let suite = suite(&app, &hotel).await;
    let meant = put_room(manager, &booking, &json!({"room_id": suite})).await.expect(422);
    assert_eq!(meant.pointers(), ["/room_id"], "another type is said");
    app.sql(&format!("UPDATE rooms SET housekeeping = 'dirty' WHERE id = '{}'", hotel.rooms[1])).await;
    let dirty = put_room(manager, &booking, &json!({"room_id": hotel.rooms[1]})).await.expect(409);
    assert_eq!(dirty.code(), "booking.room_not_ready");

    let moved = put_room(manager, &booking, &json!({"room_id": hotel.rooms[2]})).await.expect(200);
    assert_eq!(number(&moved, 0), "103");
    let left_behind = manager.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200);
    assert_eq!(left_behind.body["housekeeping"], "dirty");
    app.assert_consistent().await;
    // The tape chart shows where they were.
    let chart = manager.get(&format!("/v1/calendar?property_id={}&from=2026-12-01&to=2026-12-06", hotel.id)).await.expect(200);
    let segments = |number: &str| {
        let room = chart.body["rooms"].as_array().expect("rooms").iter().find(|room| room["number"] == number).expect("a room");
        room["segments"]
            .as_array()
            .expect("segments")
            .iter()
            .map(|segment| (segment["from"].clone(), segment["to"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(segments("101"), [(json!("2026-12-01"), json!("2026-12-03"))]);
    assert_eq!(segments("103"), [(json!("2026-12-03"), json!("2026-12-05"))]);
    // There and back again within a stay is three segments.
    put_room(manager, &booking, &json!({"room_id": hotel.rooms[2]})).await.expect(200);
    // Their old room is sold, and others are arranged around where they are.
    let next = with(hotel.request("2026-12-03", "2026-12-05"), "/rooms/0/room_id", json!(hotel.rooms[0]));
    book(manager, &next).await.expect(201);
    hotel.book(manager, "2026-12-03", "2026-12-05").await;
    let path = format!("/v1/bookings/{}/amend", booking.id());
    manager.post(&path, &json!({"check_out": "2026-12-06"})).await.expect(200);
    app.assert_consistent().await;
    act(manager, &booking, "check-out").await.expect(200);
    let gone = put_room(manager, &booking, &json!({"room_id": hotel.rooms[1]})).await.expect(409);
    assert_eq!((gone.code(), &gone.body["stay_status"]), ("booking.room_is_final", &json!("checked_out")));
    app.assert_consistent().await;
}

/// The rooms in which a stay has its nights, one after the other.
async fn nights(app: &TestApp, booking: &Reply) -> Vec<String> {
    let id = stay(booking, 0)["id"].as_str().expect("an id");
    let sql = format!("SELECT number FROM room_nights n JOIN rooms r ON r.id = n.room_id WHERE stay_id = '{id}' ORDER BY night");
    app.rows(&sql).await.iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect()
}

/// Returns how many suites can be sold on a night.
async fn suites_left(app: &TestApp, hotel: &Hotel, night: &str) -> i64 {
    let of_night = format!("room_type_id = '{}' AND night = '{night}'", hotel.suite);
    app.number(&format!("SELECT capacity + overbooking - sold FROM inventory WHERE {of_night}")).await
}

/// U3: guests in the house move to another type for the nights that are left, for nothing.
#[tokio::test]
async fn guests_in_the_house_are_upgraded_at_the_price_that_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let suite = suite(&app, &hotel).await;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-05").await;
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    let free = json!({"room_id": suite, "upgrade": true});
    app.sql(&format!("UPDATE rooms SET housekeeping = 'dirty' WHERE id = '{suite}'")).await;
    assert_eq!(put_room(manager, &booking, &free).await.expect(409).code(), "booking.room_not_ready");
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    let moved = put_room(manager, &booking, &free).await.expect(200);
    assert_eq!((number(&moved, 0), &moved.body["total"], &moved.body["status"]), ("201", &eur("400.00"), &json!("checked_in")));
    let now = stay(&moved, 0);
    assert_eq!((&now["room_type_id"], &now["booked_room_type_id"]), (&json!(hotel.suite), &json!(hotel.double)));
    let left_room = json!({"moved_on": "2026-12-03", "from_room_id": hotel.rooms[0], "from_room_number": "101",
                           "from_room_type_id": hotel.double});
    assert_eq!(now["moves"], json!([left_room]));
    assert_eq!(nights(&app, &booking).await, ["101", "101", "201", "201"]);
    // The nights that are over count under the type that they were in, the others under the other.
    assert_eq!([left(&app, &hotel, "2026-12-02").await, left(&app, &hotel, "2026-12-03").await], [0, 1]);
    assert_eq!([suites_left(&app, &hotel, "2026-12-02").await, suites_left(&app, &hotel, "2026-12-03").await], [2, 1]);
    let behind = manager.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200);
    assert_eq!(behind.body["housekeeping"], "dirty");
    app.assert_consistent().await;

    // What they gave up is sold; they stay longer, move back for a night, and leave early, all of it counted right.
    hotel.book(manager, "2026-12-03", "2026-12-05").await;
    amend(manager, &booking, &json!({"check_out": "2026-12-06"})).await.expect(200);
    app.assert_consistent().await;
    let undone = act(manager, &booking, "undo-check-in").await.expect(409);
    assert_eq!(undone.code(), "booking.too_late");
    app.set_clock("2026-12-05T10:00:00Z");
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    let back = put_room(manager, &booking, &json!({"room_id": hotel.rooms[0]})).await.expect(200);
    assert_eq!(
        (stay(&back, 0)["moves"].as_array().map(Vec::len), &stay(&back, 0)["room_type_id"]),
        (Some(2), &json!(hotel.double))
    );
    assert_eq!(nights(&app, &booking).await, ["101", "101", "201", "201", "101"]);
    app.assert_consistent().await;
    act(manager, &booking, "check-out").await.expect(200);
    app.assert_consistent().await;
    act(manager, &booking, "undo-check-out").await.expect(200);
    app.assert_consistent().await;
}

/// Closes a date at two in the morning after it, with the same decision about some bookings.
async fn audit(app: &TestApp, hotel: &Hotel, date: &str, morning: &str, decided: &[(&Reply, &str)]) {
    app.set_clock(&format!("{morning}T02:00:00Z"));
    let of_booking = |(booking, decision): &(&Reply, &str)| json!({"stay_id": stay(booking, 0)["id"], "decision": decision});
    let arrivals: Vec<Value> = decided.iter().map(of_booking).collect();
    let body = json!({"business_date": date, "arrivals": arrivals});
    hotel.manager.post(&format!("/v1/properties/{}/night-audit", hotel.id), &body).await.expect(200);
}

#[tokio::test]
async fn guests_who_are_late_get_a_room_of_another_type_for_the_nights_that_are_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, suites: 4, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let mut bookings = Vec::new();
    for until in ["2026-12-05", "2026-12-05", "2026-12-05", "2026-12-02"] {
        bookings.push(hotel.book(manager, "2026-12-01", until).await);
    }
    let [comes, missing, cancelled, one_night] = bookings.as_slice() else { panic!("four") };
    let late = "expected_until_morning";
    let all = [(comes, late), (missing, late), (cancelled, late), (one_night, late)];
    audit(&app, &hotel, "2026-12-01", "2026-12-02", &all).await;
    let suites = app.rows(&format!("SELECT id, number FROM rooms WHERE room_type_id = '{}' ORDER BY number", hotel.suite)).await;
    for (booking, room) in bookings.iter().zip(&suites) {
        let unmeant = put_room(manager, booking, &json!({"room_id": room["id"]})).await.expect(422);
        assert_eq!(unmeant.pointers(), ["/room_id"], "another type is said");
        let path = format!(
            "/v1/bookings/{}/stays/{}/rooms?room_type_id={}",
            booking.id(),
            stay(booking, 0)["id"].as_str().expect("an id"),
            hotel.suite
        );
        let choice = manager.get(&path).await.expect(200);
        let offered = choice.body["rooms"].as_array().expect("rooms").iter().find(|one| one["room_id"] == room["id"]);
        assert_eq!(offered.expect("a room")["is_assignable"], true);
        let moved = put_room(manager, booking, &json!({"room_id": room["id"], "upgrade": true})).await.expect(200);
        assert_eq!(
            (&moved.body["status"], number(&moved, 0), &moved.body["total"]),
            (&json!("confirmed"), room["number"].as_str().expect("a number"), &booking.body["total"])
        );
        app.assert_consistent().await;
    }
    // The night that was kept counts as it did; that of who has only this one is one of the other type.
    assert_eq!([left(&app, &hotel, "2026-12-01").await, left(&app, &hotel, "2026-12-02").await], [1, 4]);
    assert_eq!([suites_left(&app, &hotel, "2026-12-01").await, suites_left(&app, &hotel, "2026-12-02").await], [3, 1]);
    assert_eq!(nights(&app, comes).await, ["101", "201", "201", "201"]);
    let told = read(manager, comes).await;
    assert_eq!(
        json!([stay(&told, 0)["moves"][0]["moved_on"], stay(&told, 0)["moves"][0]["from_room_number"]]),
        json!(["2026-12-02", "101"])
    );
    let kept = manager.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200);
    assert_eq!(kept.body["housekeeping"], "clean", "nobody slept in it");

    // They stay longer, leave early, do not come after all, or come later still: each night is given back as it counts.
    for booking in [comes, one_night] {
        act(manager, booking, "check-in").await.expect(200);
    }
    act(manager, one_night, "check-out").await.expect(200);
    amend(manager, comes, &json!({"check_out": "2026-12-06"})).await.expect(200);
    app.assert_consistent().await;
    amend(manager, missing, &json!({"check_out": "2026-12-06"})).await.expect(200);
    app.assert_consistent().await;
    audit(&app, &hotel, "2026-12-02", "2026-12-03", &[(missing, "no_show"), (cancelled, "cancel")]).await;
    app.assert_consistent().await;
    assert_eq!([left(&app, &hotel, "2026-12-01").await, suites_left(&app, &hotel, "2026-12-03").await], [2, 3]);
    let back = json!({"first_night": "charged", "reason": "They missed a plane"});
    manager.post(&format!("/v1/bookings/{}/reinstate", missing.id()), &back).await.expect(200);
    app.assert_consistent().await;
    act(manager, missing, "check-in").await.expect(200);
    act(manager, comes, "check-out").await.expect(200);
    app.assert_consistent().await;
}

/// U3: guests in the house move to another type and pay the difference, which a dry run tells.
#[tokio::test]
async fn guests_in_the_house_pay_for_another_type_or_get_the_difference_back() {
    let app = TestApp::new().await;
    let hotel =
        app.hotel(HotelSpec { rooms: 2, suites: 1, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-05").await;
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-03T10:00:00Z");
    let id = stay(&booking, 0)["id"].clone();
    let to = |kind: &str| json!({"stays": [{"stay_id": id, "room_type_id": kind}]});
    let told = manager.post(&format!("/v1/bookings/{}/amend?dry_run=true", booking.id()), &to(&hotel.suite)).await.expect(200);
    assert_eq!(told.body["difference"], eur("330.00"), "two nights of 250.00 rather than 100.00, with tax");
    assert_eq!(number(&read(manager, &booking).await, 0), "101");
    let paid = amend(manager, &booking, &to(&hotel.suite)).await.expect(200);
    assert_eq!((&paid.body["difference"], &paid.body["entries"]), (&told.body["difference"], &told.body["entries"]));
    let now = &paid.body["booking"]["stays"][0];
    assert_eq!(
        (&now["room_number"], &now["room_type_id"], &now["booked_room_type_id"]),
        (&json!("201"), &json!(hotel.suite), &json!(hotel.suite))
    );
    assert_eq!(nights(&app, &booking).await, ["101", "101", "201", "201"]);
    assert_eq!(manager.get(&format!("/v1/rooms/{}", hotel.rooms[0])).await.expect(200).body["housekeeping"], "dirty");
    let room = |lines: &[(String, String, String)], amount: &str| {
        lines.iter().filter(|(kind, sum, _)| kind == "room" && sum == amount).count()
    };
    let lines = standing(manager, &booking).await;
    assert_eq!((room(&lines, "100.00"), room(&lines, "250.00")), (2, 2), "{lines:?}");
    app.assert_consistent().await;
    // A day later back to a double: the night that is over stays a suite's.
    app.set_clock("2026-12-04T10:00:00Z");
    app.sql("UPDATE rooms SET housekeeping = 'dirty' WHERE number = '101'").await;
    let credit = amend(manager, &booking, &to(&hotel.double)).await.expect(200);
    assert_eq!(
        (&credit.body["difference"], &credit.body["booking"]["stays"][0]["room_number"]),
        (&eur("-165.00"), &json!("102")),
        "the one that is made up"
    );
    assert_eq!(nights(&app, &booking).await, ["101", "101", "201", "102"]);
    app.assert_consistent().await;

    // What is full, or not made up, is nobody's to move to.
    let mut other = hotel.request("2026-12-04", "2026-12-05");
    other["rooms"][0]["room_type_id"] = json!(hotel.suite);
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    book(manager, &other).await.expect(201);
    assert_eq!(amend(manager, &booking, &to(&hotel.suite)).await.expect(409).code(), "booking.no_availability");
    act(manager, &booking, "check-out").await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_move_on_the_day_they_came_have_slept_nowhere_else() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    act(manager, &booking, "check-in").await.expect(200);
    let id = stay(&booking, 0)["id"].clone();
    let paid = amend(manager, &booking, &json!({"stays": [{"stay_id": id, "room_type_id": hotel.suite}]})).await.expect(200);
    assert_eq!((&paid.body["booking"]["total"], &paid.body["booking"]["stays"][0]["moves"]), (&eur("500.00"), &json!([])));
    assert_eq!(left(&app, &hotel, "2026-12-01").await, 1);
    assert_eq!(act(manager, &booking, "undo-check-in").await.expect(200).body["status"], "confirmed");
    app.assert_consistent().await;
    act(manager, &booking, "cancel").await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn two_stays_change_rooms() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let in_room = |room: usize, from: &str, to: &str| with(hotel.request(from, to), "/rooms/0/room_id", json!(hotel.rooms[room]));
    let one = book(manager, &in_room(0, "2026-12-10", "2026-12-13")).await.expect(201);
    let other = book(manager, &in_room(1, "2026-12-11", "2026-12-14")).await.expect(201);
    let swapped = swap(manager, &one, &other).await.expect(200);
    assert_eq!((number(&swapped, 0), number(&read(manager, &other).await, 0)), ("102", "101"));
    assert_eq!((swapped.header("etag"), read(manager, &other).await.header("etag")), ("\"2\"", "\"2\""));
    assert_eq!(app.rows("SELECT kind FROM outbox WHERE kind = 'stay.moved'").await.len(), 2);
    app.assert_consistent().await;

    // A third stay is in the way of one of them.
    let third = book(manager, &in_room(0, "2026-12-10", "2026-12-11")).await.expect(201);
    let refused = swap(manager, &one, &other).await.expect(409);
    assert_eq!(refused.code(), "booking.not_swappable");
    assert_eq!(number(&read(manager, &one).await, 0), "102");
    assert_eq!(swap(manager, &one, &one).await.expect(422).pointers(), ["/with_stay_id"]);
    let mut suite = hotel.request("2026-12-10", "2026-12-11");
    suite["rooms"][0]["room_type_id"] = json!(hotel.suite);
    let suite = book(manager, &suite).await.expect(201);
    assert_eq!(swap(manager, &one, &suite).await.expect(409).code(), "booking.not_swappable");
    act(manager, &third, "cancel").await.expect(200);
    assert_eq!(swap(manager, &one, &third).await.expect(409).code(), "booking.not_swappable");
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let foreign = elsewhere.book(&elsewhere.manager, "2026-12-10", "2026-12-11").await;
    assert_eq!(swap(manager, &one, &foreign).await.expect(422).pointers(), ["/with_stay_id"]);
    swap(&elsewhere.manager, &one, &other).await.expect(404);
    app.assert_consistent().await;
}

#[tokio::test]
async fn others_who_come_make_room_for_a_stay_without_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, overbooking: 1, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let early = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    let late = hotel.book(desk, "2026-12-12", "2026-12-14").await;
    for body in [json!({"room_id": hotel.rooms[1]}), json!({"is_pinned": false})] {
        put_room(desk, &late, &body).await.expect(200);
    }
    let short = hotel.book(desk, "2026-12-10", "2026-12-11").await;
    let long = hotel.book(desk, "2026-12-10", "2026-12-14").await;
    assert_eq!([&early, &short, &long].map(|booking| number(booking, 0)), ["101", "102", "none"]);
    assert_eq!(put_room(desk, &long, &json!({})).await.expect(409).code(), "booking.no_free_room");
    act(desk, &short, "cancel").await.expect(200);
    let assigned = put_room(desk, &long, &json!({})).await.expect(200);
    let now = [read(desk, &early).await, read(desk, &late).await];
    let numbers = [number(&now[0], 0), number(&now[1], 0)];
    assert_eq!(numbers[0], numbers[1], "both are in one room now");
    assert_ne!(number(&assigned, 0), numbers[0]);
    app.assert_consistent().await;

    // Where they are pinned there is nothing to be done, which is proven.
    let another = hotel.book(desk, "2026-12-20", "2026-12-22").await;
    let pinned = hotel.book(desk, "2026-12-22", "2026-12-24").await;
    put_room(desk, &another, &json!({"room_id": hotel.rooms[0]})).await.expect(200);
    put_room(desk, &pinned, &json!({"room_id": hotel.rooms[1]})).await.expect(200);
    let short = hotel.book(desk, "2026-12-20", "2026-12-21").await;
    let long = hotel.book(desk, "2026-12-20", "2026-12-24").await;
    act(desk, &short, "cancel").await.expect(200);
    let refused = put_room(desk, &long, &json!({})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["proven"]), ("booking.no_single_room", &json!(true)));
}
