use crate::every_route::{Call, Exception::MayAsk, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

const BLOCKS: &str = "/v1/room-blocks";

/// A block of the n-th double.
fn block(hotel: &Hotel, room: usize, from: &str, to: &str) -> Value {
    json!({"property_id": hotel.id, "room_id": hotel.rooms[room], "kind": "out_of_order", "reason": "Burst pipe",
           "from": from, "to": to})
}

fn forced(mut block: Value) -> Value {
    block["force"] = json!(true);
    block["force_reason"] = json!("The ceiling may come down");
    block
}

/// Books a double by the number of its place among the hotel's, which pins it.
async fn pinned(hotel: &Hotel, room: usize, from: &str, to: &str) -> Reply {
    hotel.manager.post("/v1/bookings", &hotel.request_for(room, from, to)).await.expect(201)
}

async fn stay_of(client: &Client, booking: &Reply) -> (Reply, Value) {
    let seen = client.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
    let stay = seen.body["stays"][0].clone();
    (seen, stay)
}

/// Capacity, sold and overbooking of the doubles on a night.
async fn counters(app: &TestApp, hotel: &Hotel, night: &str) -> [i64; 3] {
    let sql = format!(
        "SELECT capacity, sold, overbooking FROM inventory WHERE room_type_id = '{}' AND night = '{night}'",
        hotel.double
    );
    let rows = app.rows(&sql).await;
    ["capacity", "sold", "overbooking"].map(|name| rows[0][name].as_i64().expect("a number"))
}

#[tokio::test]
async fn a_room_is_blocked_and_released() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    let path = made.header("location").to_owned();
    insta::assert_json_snapshot!(made.body, {
        ".id" => "[id]", ".property_id" => "[id]", ".room_id" => "[id]", ".room_type_id" => "[id]"
    }, @r#"
    {
      "created_at": "2026-12-01T12:00:00Z",
      "feed_id": null,
      "floor": null,
      "force_reason": null,
      "from": "2026-12-10",
      "id": "[id]",
      "kind": "out_of_order",
      "moved": [],
      "overbooked": [],
      "property_id": "[id]",
      "reason": "Burst pipe",
      "room_id": "[id]",
      "room_number": "101",
      "room_type_id": "[id]",
      "room_type_name": "DBL",
      "to": "2026-12-12",
      "unassigned": [],
      "updated_at": "2026-12-01T12:00:00Z",
      "version": 1
    }
    "#);
    assert_eq!(counters(&app, &hotel, "2026-12-09").await, [2, 0, 0]);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [1, 0, 0]);
    assert_eq!(counters(&app, &hotel, "2026-12-12").await, [2, 0, 0]);
    app.assert_consistent().await;

    // The other room is the only one.
    let booking = hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    assert_eq!(booking.body["stays"][0]["room_number"], "102");
    let refused = hotel.manager.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(409);
    assert_eq!(refused.code(), "booking.no_availability");

    hotel.manager.delete(&path, "\"1\"").await.expect(204);
    hotel.manager.get(&path).await.expect(404);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [2, 0, 0]);
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    app.assert_consistent().await;
    let kinds = app.event_kinds().await;
    assert!(kinds.contains(&"room_block.created".into()) && kinds.contains(&"room_block.released".into()), "{kinds:?}");
}

#[tokio::test]
async fn blocks_are_listed_by_what_they_hit() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut ids = Vec::new();
    for (room, from, to, kind) in [
        (0, "2026-12-10", "2026-12-12", "out_of_order"),
        (1, "2026-12-11", "2026-12-20", "frozen"),
        (0, "2026-12-12", "2026-12-14", "out_of_service"),
    ] {
        let mut body = block(&hotel, room, from, to);
        body["kind"] = json!(kind);
        ids.push(hotel.manager.post(BLOCKS, &body).await.expect(201).id().to_owned());
    }
    let listed = async |query: String| -> Vec<usize> {
        let page = hotel.manager.get(&format!("{BLOCKS}?{query}")).await.expect(200);
        let items = page.body["items"].as_array().expect("a list").clone();
        items.iter().map(|item| ids.iter().position(|id| item["id"] == id.as_str()).expect("known")).collect()
    };
    assert_eq!(listed(format!("property_id={}", hotel.id)).await, [0, 1, 2]);
    assert_eq!(listed(format!("room_id={}", hotel.rooms[0])).await, [0, 2]);
    assert_eq!(listed("kind=frozen".into()).await, [1]);
    assert_eq!(listed("from=2026-12-12&to=2026-12-13".into()).await, [1, 2], "the first has no night on the 12th");
    let first = hotel.manager.get(&format!("{BLOCKS}?limit=2")).await.expect(200);
    let cursor = first.body["next_cursor"].as_str().expect("more").to_owned();
    assert_eq!(listed(format!("limit=2&cursor={cursor}")).await, [2]);
    // A note takes nothing from sale.
    assert_eq!(counters(&app, &hotel, "2026-12-13").await, [2, 0, 0]);
    let one = hotel.manager.get(&format!("{BLOCKS}/{}", ids[1])).await.expect(200);
    assert_eq!((one.header("etag"), &one.body["room_number"]), ("\"1\"", &json!("102")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_stay_that_may_move_does() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-13").await;
    let (seen, stay) = stay_of(&hotel.manager, &booking).await;
    assert_eq!((seen.header("etag"), &stay["room_number"]), ("\"1\"", &json!("101")));

    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-11", "2026-12-12")).await.expect(201);
    let moved = json!({"stay_id": stay["id"], "booking_id": booking.id(), "reference": booking.body["reference"],
                       "guest_name": "Ana Sousa", "guest": "Ana Sousa", "room_id": hotel.rooms[1], "room_number": "102", "check_in": "2026-12-10", "check_out": "2026-12-13"});
    assert_eq!(made.body["moved"], json!([moved]));
    let (seen, stay) = stay_of(&hotel.manager, &booking).await;
    assert_eq!((seen.header("etag"), &stay["room_number"]), ("\"2\"", &json!("102")));
    assert!(app.event_kinds().await.contains(&"stay.moved".into()));
    app.assert_consistent().await;
}

#[tokio::test]
async fn others_are_rearranged_to_make_way() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    // 102 is taken on the 10th and 103 on the 11th: no single room for the guest of 101 unless one of the two moves.
    let long = pinned(&hotel, 0, "2026-12-10", "2026-12-12").await;
    let (one, other) = (pinned(&hotel, 1, "2026-12-10", "2026-12-11").await, pinned(&hotel, 2, "2026-12-11", "2026-12-12").await);
    app.sql("UPDATE stays SET is_pinned = false").await;
    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    assert_eq!(made.body["moved"].as_array().map(Vec::len), Some(2), "{}", made.body);
    for booking in [&long, &one, &other] {
        let (_, stay) = stay_of(&hotel.manager, booking).await;
        assert_ne!(stay["room_number"], "101");
        assert!(stay["room_number"].is_string(), "{stay}");
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn those_in_the_way_are_named_and_nothing_changes() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = pinned(&hotel, 0, "2026-12-10", "2026-12-12").await;
    let refused = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-11", "2026-12-14")).await.expect(409);
    assert_eq!(refused.code(), "room_blocks.stays_in_the_way");
    let named = json!({"stay_id": booking.body["stays"][0]["id"], "booking_id": booking.id(), "reference": booking.body["reference"],
                       "guest_name": "Ana Sousa", "check_in": "2026-12-10", "check_out": "2026-12-12", "why": "pinned"});
    assert_eq!(refused.body["stays"], json!([named]));

    // A full house: the nights are named as well.
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-12").await;
    let refused = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-14")).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"]), ("room_blocks.no_capacity", &json!(["2026-12-11"])));
    assert_eq!(refused.body["stays"], json!([named]));

    assert_eq!(app.number("SELECT count(*) FROM room_blocks").await, 0);
    assert_eq!(counters(&app, &hotel, "2026-12-13").await, [2, 0, 0]);
    assert_eq!(stay_of(&hotel.manager, &booking).await.0.header("etag"), "\"1\"");
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_allowance_does_not_make_up_for_a_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, overbooking: 1, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    let refused = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-11")).await.expect(409);
    assert_eq!((refused.code(), &refused.body["stays"][0]["why"]), ("room_blocks.stays_in_the_way", &json!("no_room")));
    assert_eq!(refused.body["proven"], true);
}

#[tokio::test]
async fn force_overbooks_the_night_and_unassigns() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let kept = pinned(&hotel, 1, "2026-12-10", "2026-12-11").await;
    let lost = pinned(&hotel, 0, "2026-12-10", "2026-12-12").await;
    let made = hotel.manager.post(BLOCKS, &forced(block(&hotel, 0, "2026-12-10", "2026-12-13"))).await.expect(201);
    assert_eq!(made.body["unassigned"][0]["booking_id"], lost.id());
    assert_eq!((&made.body["moved"], &made.body["overbooked"]), (&json!([]), &json!(["2026-12-10"])));
    assert_eq!(made.body["force_reason"], "The ceiling may come down");
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [1, 2, 1]);
    assert_eq!(counters(&app, &hotel, "2026-12-11").await, [1, 1, 0]);
    let (seen, stay) = stay_of(&hotel.manager, &lost).await;
    assert_eq!((seen.header("etag"), &stay["room_id"], &stay["is_pinned"]), ("\"2\"", &Value::Null, &json!(false)));
    assert_eq!(stay_of(&hotel.manager, &kept).await.1["room_number"], "102");
    let kinds = app.event_kinds().await;
    assert!(kinds.contains(&"stay.unassigned".into()) && kinds.contains(&"inventory.overbooking".into()), "{kinds:?}");
    app.assert_consistent().await;

    // What the block raised is not the type's allowance: changing that keeps it.
    let path = format!("/v1/room-types/{}", hotel.double);
    hotel.manager.patch(&path, "\"1\"", &json!({"overbooking": 2})).await.expect(200);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [1, 2, 3]);
    hotel.manager.patch(&path, "\"2\"", &json!({"overbooking": 0})).await.expect(200);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [1, 2, 1]);
    app.assert_consistent().await;

    // The end of the block takes back what it raised, whatever was cancelled meanwhile.
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", lost.id()), &json!({})).await.expect(200);
    hotel.manager.delete(made.header("location"), "\"1\"").await.expect(204);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await, [2, 1, 0]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn force_moves_pinned_stays_where_there_is_a_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = pinned(&hotel, 0, "2026-12-10", "2026-12-12").await;
    let made = hotel.manager.post(BLOCKS, &forced(block(&hotel, 0, "2026-12-10", "2026-12-11"))).await.expect(201);
    assert_eq!((&made.body["moved"][0]["booking_id"], &made.body["unassigned"]), (&json!(booking.id()), &json!([])));
    let (_, stay) = stay_of(&hotel.manager, &booking).await;
    assert_eq!((&stay["room_number"], &stay["is_pinned"]), (&json!("102"), &json!(false)));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_in_the_house_keep_their_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = pinned(&hotel, 0, "2026-12-01", "2026-12-03").await;
    hotel.manager.post(&format!("/v1/bookings/{}/check-in", booking.id()), &json!({})).await.expect(200);
    for body in [block(&hotel, 0, "2026-12-02", "2026-12-05"), forced(block(&hotel, 0, "2026-12-02", "2026-12-05"))] {
        let refused = hotel.manager.post(BLOCKS, &body).await.expect(409);
        assert_eq!((refused.code(), &refused.body["stays"][0]["why"]), ("room_blocks.stays_in_the_way", &json!("checked_in")));
    }
    // From the day on which they leave it can be blocked.
    hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-03", "2026-12-05")).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn force_takes_a_permission_and_a_reason() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = app.staff(&["rooms:read", "room_blocks:write"], Some(&hotel.id)).await;
    let body = forced(block(&hotel, 0, "2026-12-10", "2026-12-12"));
    let refused = desk.post(BLOCKS, &body).await.expect(403);
    assert_eq!((refused.code(), &refused.body["permission"]), ("auth.forbidden", &json!("inventory:override")));
    let made = desk.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    let path = made.header("location");
    desk.patch(path, "\"1\"", &json!({"to": "2026-12-14", "force": true, "force_reason": "must be"})).await.expect(403);
    let silent = json!({"to": "2026-12-14", "force": true});
    assert_eq!(hotel.manager.patch(path, "\"1\"", &silent).await.expect(422).pointers(), ["/force_reason"]);
    let mut idle = block(&hotel, 1, "2026-12-10", "2026-12-12");
    idle["force_reason"] = json!("no force");
    assert_eq!(desk.post(BLOCKS, &idle).await.expect(422).pointers(), ["/force_reason"]);
}

#[tokio::test]
async fn bad_blocks_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let foreign = app.hotel(HotelSpec::default()).await;
    for (pointer, value) in [
        ("/kind", json!("broken")),
        ("/reason", json!("")),
        ("/from", json!("2026-11-30")),
        ("/from", json!("tomorrow")),
        ("/to", json!("2026-12-10")),
        ("/to", json!("2026-12-09")),
        ("/to", json!("2029-12-10")),
        ("/room_id", json!(foreign.rooms[0])),
        ("/room_id", json!(hotel.id)),
        ("/until", json!("2026-12-12")),
    ] {
        let mut body = block(&hotel, 0, "2026-12-10", "2026-12-12");
        body[&pointer[1..]] = value.clone();
        assert_eq!(hotel.manager.post(BLOCKS, &body).await.expect(422).pointers(), [pointer], "{value}");
    }
    assert_eq!(app.number("SELECT count(*) FROM room_blocks").await, 0);
}

#[tokio::test]
async fn dates_are_changed_by_the_same_rules() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    let path = made.header("location").to_owned();
    let booking = hotel.book(&hotel.manager, "2026-12-13", "2026-12-15").await;
    assert_eq!(booking.body["stays"][0]["room_number"], "101", "the smallest gap");

    let longer = json!({"from": "2026-12-09", "to": "2026-12-14", "reason": "Two burst pipes"});
    let longer = hotel.manager.patch(&path, "\"1\"", &longer).await.expect(200);
    assert_eq!(
        (&longer.body["moved"][0]["booking_id"], &longer.body["reason"]),
        (&json!(booking.id()), &json!("Two burst pipes"))
    );
    for (night, capacity) in [("2026-12-08", 2), ("2026-12-09", 1), ("2026-12-13", 1), ("2026-12-14", 2)] {
        assert_eq!(counters(&app, &hotel, night).await[0], capacity, "{night}");
    }
    app.assert_consistent().await;

    let shorter = hotel.manager.patch(&path, "\"2\"", &json!({"from": "2026-12-11", "to": "2026-12-12"})).await.expect(200);
    assert_eq!(shorter.body["moved"], json!([]));
    assert_eq!(counters(&app, &hotel, "2026-12-10").await[0], 2);
    assert_eq!(counters(&app, &hotel, "2026-12-11").await[0], 1);
    app.assert_consistent().await;

    // Into another block, and onto a guest who is pinned.
    let other = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-20", "2026-12-22")).await.expect(201);
    let refused = hotel.manager.patch(&path, "\"3\"", &json!({"to": "2026-12-21"})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["blocks"]), ("room_blocks.overlap", &json!([other.id()])));
    pinned(&hotel, 0, "2026-12-16", "2026-12-17").await;
    let refused = hotel.manager.patch(&path, "\"3\"", &json!({"to": "2026-12-18"})).await.expect(409);
    assert_eq!(refused.code(), "room_blocks.stays_in_the_way");
    for (pointer, patch) in [("/to", json!({"to": "2026-12-11"})), ("/from", json!({"from": "2026-11-30"}))] {
        assert_eq!(hotel.manager.patch(&path, "\"3\"", &patch).await.expect(422).pointers(), [pointer]);
    }

    // Once it has begun, its past stays as it was.
    app.set_clock("2026-12-12T12:00:00Z");
    let refused = hotel.manager.patch(&path, "\"3\"", &json!({"to": "2026-12-16"})).await.expect(409);
    assert_eq!(refused.code(), "room_blocks.ended");
    hotel.manager.delete(&path, "\"3\"").await.expect(409);
    app.set_clock("2026-12-21T12:00:00Z");
    let path = other.header("location");
    assert_eq!(hotel.manager.patch(path, "\"1\"", &json!({"from": "2026-12-21"})).await.expect(422).pointers(), ["/from"]);
    assert_eq!(hotel.manager.patch(path, "\"1\"", &json!({"to": "2026-12-20"})).await.expect(422).pointers(), ["/to"]);
    hotel.manager.patch(path, "\"1\"", &json!({"to": "2026-12-23"})).await.expect(200);
    hotel.manager.delete(path, "\"2\"").await.expect(204);
    assert_eq!(counters(&app, &hotel, "2026-12-20").await[0], 1, "that night it was blocked");
    assert_eq!(counters(&app, &hotel, "2026-12-21").await[0], 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_that_is_blocked_stays_where_it_is() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    let room = format!("/v1/rooms/{}", hotel.rooms[0]);
    let refused = hotel.manager.patch(&room, "\"1\"", &json!({"room_type_id": hotel.suite})).await.expect(409);
    assert_eq!(refused.code(), "room.occupied");
    assert_eq!(hotel.manager.delete(&room, "\"1\"").await.expect(409).code(), "room.occupied");
    // A second room of the type makes no difference to it.
    let another = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "109"});
    hotel.manager.post("/v1/rooms", &another).await.expect(201);
    assert_eq!(counters(&app, &hotel, "2026-12-10").await[0], 2);
    app.assert_consistent().await;

    hotel.manager.delete(made.header("location"), "\"1\"").await.expect(204);
    let mut note = block(&hotel, 0, "2026-12-10", "2026-12-12");
    note["kind"] = json!("out_of_service");
    let note = hotel.manager.post(BLOCKS, &note).await.expect(201);
    hotel.manager.delete(&room, "\"1\"").await.expect(204);
    hotel.manager.get(note.header("location")).await.expect(404);
    app.assert_consistent().await;
}

#[tokio::test]
async fn nights_that_come_within_the_horizon_know_of_the_block() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let made = hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-09", "2026-12-14")).await.expect(201);
    app.set_clock("2026-12-06T12:00:00Z");
    hbs::domains::inventory::extend_horizon(&app.app).await.expect("the horizon");
    for (night, capacity) in [("2026-12-10", 1), ("2026-12-13", 1), ("2026-12-14", 2)] {
        assert_eq!(counters(&app, &hotel, night).await[0], capacity, "{night}");
    }
    app.assert_consistent().await;
    hotel.manager.delete(made.header("location"), "\"1\"").await.expect(204);
    assert_eq!(counters(&app, &hotel, "2026-12-13").await[0], 2);
    app.assert_consistent().await;
}

/// Whichever is looked at first.
#[tokio::test]
async fn a_horizon_that_cannot_be_extended_holds_up_no_other() {
    let app = TestApp::new().await;
    let spec = || HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() };
    let (one, other) = (app.hotel(spec()).await, app.hotel(spec()).await);
    let known = async |hotel: &Hotel, night: &str| {
        let of_night = format!("room_type_id = '{}' AND night = '{night}'", hotel.double);
        app.number(&format!("SELECT count(*) FROM inventory WHERE {of_night}")).await
    };
    for (broken, whole, now, last) in
        [(&one, &other, "2026-12-06T12:00:00Z", "2026-12-15"), (&other, &one, "2026-12-08T12:00:00Z", "2026-12-17")]
    {
        let refused = format!("room_type_id <> '{}' OR night < '{last}'", broken.double);
        app.sql(&format!("ALTER TABLE inventory ADD CONSTRAINT broken CHECK ({refused})")).await;
        app.set_clock(now);
        let failed = hbs::domains::inventory::extend_horizon(&app.app).await;
        assert!(failed.is_err(), "somebody has to look at it");
        assert_eq!((known(broken, last).await, known(whole, last).await), (0, 1), "{now}");
        app.sql("ALTER TABLE inventory DROP CONSTRAINT broken").await;
        hbs::domains::inventory::extend_horizon(&app.app).await.expect("the horizon");
        assert_eq!(known(broken, last).await, 1, "{now}");
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn without_the_database_horizons_are_not_tried_one_by_one() {
    let app = TestApp::new().await;
    for _ in 0..2 {
        app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    }
    app.set_clock("2026-12-06T12:00:00Z");
    app.disconnect_at("INSERT ON inventory").await;
    hbs::domains::inventory::extend_horizon(&app.app).await.expect_err("no horizon can be extended");
    assert_eq!(app.reconnect().await, 1);
    hbs::domains::inventory::extend_horizon(&app.app).await.expect("the horizon");
    assert_eq!(app.number("SELECT count(*) FROM inventory WHERE night = '2026-12-15'").await, 4, "two types of each hotel");
    app.assert_consistent().await;
}

#[tokio::test]
async fn counters_that_are_wrong_are_found_and_repaired() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-10", "2026-12-12")).await.expect(201);
    app.sql(&format!("UPDATE inventory SET capacity = 2 WHERE night = '2026-12-11' AND room_type_id = '{}'", hotel.double)).await;
    let found = hbs::domains::inventory::verify(&app.app).await.expect("verified");
    let [wrong] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((wrong.night.to_string().as_str(), wrong.capacity, wrong.rooms), ("2026-12-11", 2, 1));
    hotel.book(&hotel.manager, "2026-12-20", "2026-12-22").await;
    app.sql(&format!("UPDATE inventory SET sold = 0 WHERE room_type_id = '{}'", hotel.double)).await;
    assert_eq!(hbs::domains::inventory::repair(&app.app).await.expect("repaired"), 3);
    assert_eq!(hbs::domains::inventory::repair(&app.app).await.expect("repaired"), 0);
    app.assert_consistent().await;
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'inventory.repaired' ORDER BY id").await;
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["changes"]["capacity"], json!({"before": 2, "after": 1}));
    // Two stays in the only room that is left: nobody but the hotel can say who goes.
    hotel.book(&hotel.manager, "2026-12-20", "2026-12-22").await;
    app.sql(&format!(
        "UPDATE inventory SET sold = 0, capacity = 1 WHERE night = '2026-12-20' AND room_type_id = '{0}';
         UPDATE rooms SET is_deleted = true, deleted_at = now() WHERE id = '{1}'",
        hotel.double, hotel.rooms[1]
    ))
    .await;
    assert!(hbs::domains::inventory::repair(&app.app).await.expect("repaired") > 100, "the nights without stays");
    let left = hbs::domains::inventory::verify(&app.app).await.expect("verified");
    assert_eq!(left.iter().map(|night| night.night.to_string()).collect::<Vec<_>>(), ["2026-12-20", "2026-12-21"]);
}

#[tokio::test]
async fn a_block_is_a_wall_when_stays_are_rearranged_for_a_booking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    // 101: blocked on the 12th; 102: taken on the 10th. A stay of both nights fits only if the guest of the 10th moves to 101.
    hotel.manager.post(BLOCKS, &block(&hotel, 0, "2026-12-12", "2026-12-13")).await.expect(201);
    let short = pinned(&hotel, 1, "2026-12-10", "2026-12-11").await;
    app.sql("UPDATE stays SET is_pinned = false").await;
    let long = hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    assert_eq!(long.body["stays"][0]["room_number"], "102");
    assert_eq!(stay_of(&hotel.manager, &short).await.1["room_number"], "101");
    app.assert_consistent().await;
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_room_blocks", async |w| {
            a_block(w).await;
            Call::plain()
        }),
        Request::new("get_room_block", async |w| Call::to(&a_block(w).await)),
        Request::new("create_room_block", async |w| Call::plain().json(&block(w.hotel().await, 0, "2026-12-01", "2026-12-04")))
            .but(MayAsk("inventory:override"), "`force`"),
        Request::new("update_room_block", async |w| Call::to(&a_block(w).await).json(&json!({"to": "2026-12-06"})))
            .but(MayAsk("inventory:override"), "`force`"),
        Request::new("delete_room_block", async |w| Call::to(&a_block(w).await)),
    ]
}

async fn a_block(w: &World) -> String {
    w.admin.post(BLOCKS, &block(w.hotel().await, 0, "2026-12-01", "2026-12-04")).await.expect(201).id().to_owned()
}
