//! Other dates, types, plans and guests for what is booked.
use super::{amend, for_rooms, left, number, read, standing, stay, terms, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

async fn try_to_amend(client: &Client, booking: &Reply, body: &Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/amend?dry_run=true", booking.id()), body).await
}

fn amended(reply: &Reply) -> &Value {
    &reply.body["booking"]["stays"][0]
}

/// Amounts by date of what an amendment posted.
fn entries(reply: &Reply) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let entries = reply.body["entries"].as_array().expect("entries");
    entries.iter().map(|line| (text(&line["kind"]), text(&line["service_date"]), text(&line["amount"]["amount"]))).collect()
}

fn line(kind: &str, date: &str, amount: &str) -> (String, String, String) {
    (kind.to_owned(), date.to_owned(), amount.to_owned())
}

async fn change_base_price(app: &TestApp, hotel: &Hotel, minor: i64) {
    app.sql(&format!("UPDATE room_types SET base_price_minor = {minor} WHERE id = '{}'", hotel.double)).await;
}

#[tokio::test]
async fn nights_that_stay_keep_their_price_and_others_are_sold_at_the_price_of_the_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    change_base_price(&app, &hotel, 15_000).await;

    let longer = json!({"check_out": "2026-12-13"});
    let told = try_to_amend(&guest, &booking, &longer).await.expect(200);
    assert_eq!(
        (&told.body["is_dry_run"], &told.body["total_before"], &told.body["difference"]),
        (&json!(true), &eur("200.00"), &eur("150.00"))
    );
    assert_eq!(told.body["booking"]["total"], eur("350.00"));
    assert_eq!(told.header("etag"), "\"1\"", "the version that it would change");
    assert_eq!(read(&guest, &booking).await.body, booking.body, "nothing was changed");
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 1);

    let refused = amend(&guest, &booking, &with(longer.clone(), "/expected_total", eur("300.00"))).await.expect(409);
    assert_eq!((refused.code(), &refused.body["actual_total"]), ("booking.price_changed", &eur("350.00")));
    let done = amend(&guest, &booking, &with(longer, "/expected_total", eur("350.00"))).await.expect(200);
    assert_eq!(done.header("etag"), "\"2\"");
    assert_eq!((&done.body["is_dry_run"], &done.body["entries"]), (&json!(false), &told.body["entries"]));
    assert_eq!(entries(&done), [line("room", "2026-12-12", "141.51"), line("tax", "2026-12-12", "8.49")]);
    let now = read(&guest, &booking).await;
    assert_eq!(now.body, done.body["booking"]);
    assert_eq!(
        (&now.body["check_out"], &stay(&now, 0)["check_out"], &now.body["total"]),
        (&json!("2026-12-13"), &json!("2026-12-13"), &eur("350.00"))
    );
    assert_eq!(left(&app, &hotel, "2026-12-12").await, 0);
    app.assert_consistent().await;

    // Earlier, and shorter at its end: a night of the three goes and one comes.
    let moved = amend(&guest, &booking, &json!({"check_in": "2026-12-09", "check_out": "2026-12-11"})).await.expect(200);
    assert_eq!(
        entries(&moved),
        [
            line("room", "2026-12-11", "-94.34"),
            line("tax", "2026-12-11", "-5.66"),
            line("room", "2026-12-12", "-141.51"),
            line("tax", "2026-12-12", "-8.49"),
            line("room", "2026-12-09", "141.51"),
            line("tax", "2026-12-09", "8.49"),
        ]
    );
    assert_eq!((&moved.body["difference"], &moved.body["booking"]["total"]), (&eur("-100.00"), &eur("250.00")));
    let nights = ["2026-12-09", "2026-12-10", "2026-12-11", "2026-12-12"];
    for (night, rooms) in nights.into_iter().zip([0, 0, 1, 1]) {
        assert_eq!(left(&app, &hotel, night).await, rooms, "{night}");
    }
    // At today's prices altogether.
    let guests = amend(&guest, &booking, &json!({"reprice": true})).await.expect(422);
    assert_eq!(guests.pointers(), ["/reprice"]);
    let anew = amend(&hotel.manager, &booking, &json!({"reprice": true})).await.expect(200);
    assert_eq!(anew.body["booking"]["total"], eur("300.00"));
    assert_eq!(standing(&guest, &booking).await.len(), 4);
    // What changes nothing is refused.
    let same = amend(&hotel.manager, &booking, &json!({"check_in": "2026-12-09"})).await.expect(422);
    assert_eq!(same.pointers(), ["/check_in"]);
    app.assert_consistent().await;
    let kinds = app.rows("SELECT kind FROM outbox WHERE kind IN ('booking.amended', 'stay.amended') ORDER BY id").await;
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[tokio::test]
async fn types_plans_and_guests_are_amended() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, suites: 1, ..HotelSpec::default() }).await;
    let plan = hotel.plan(&app, "BB", &[]).await;
    app.sql(&format!(
        "UPDATE rate_plan_room_types SET price_minor = 12000 WHERE rate_plan_id = '{plan}' AND room_type_id = '{}'",
        hotel.double
    ))
    .await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let id = &stay(&booking, 0)["id"];
    let one = |body: Value| {
        let mut body = body;
        body["stay_id"] = id.clone();
        json!({"stays": [body]})
    };
    let other = amend(&guest, &booking, &one(json!({"rate_plan_id": plan}))).await.expect(200);
    assert_eq!((&amended(&other)["rate_plan_id"], &other.body["booking"]["total"]), (&json!(plan), &eur("240.00")));
    let named = amend(&guest, &booking, &one(json!({"guest_name": "Rui Sousa"}))).await.expect(200);
    assert_eq!((&amended(&named)["guest_name"], &named.body["entries"]), (&json!("Rui Sousa"), &json!([])));
    let family = amend(&guest, &booking, &one(json!({"adults": 1, "children_ages": [4]}))).await.expect(200);
    assert_eq!((&amended(&family)["adults"], &amended(&family)["children_ages"]), (&json!(1), &json!([4])));
    let crowd = amend(&guest, &booking, &one(json!({"adults": 3}))).await.expect(422);
    assert_eq!(crowd.pointers(), ["/stays/0/adults"]);

    let bigger =
        amend(&guest, &booking, &one(json!({"room_type_id": hotel.suite, "adults": 4, "children_ages": []}))).await.expect(200);
    assert_eq!(
        (&amended(&bigger)["room_type_id"], &amended(&bigger)["booked_room_type_id"], &bigger.body["booking"]["total"]),
        (&json!(hotel.suite), &json!(hotel.suite), &eur("500.00"))
    );
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 1, "the double is on sale again");
    assert_eq!(number(&read(&hotel.manager, &booking).await, 0), "201");
    app.assert_consistent().await;

    let free = one(json!({"nightly_price": eur("80.00")}));
    assert_eq!(amend(&guest, &booking, &free).await.expect(422).pointers(), ["/stays/0/nightly_price"]);
    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(amend(&clerk, &booking, &free).await.expect(403).body["permission"], "bookings:price");
    let cheaper = amend(&hotel.manager, &booking, &free).await.expect(200);
    assert_eq!(cheaper.body["booking"]["total"], eur("160.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn bad_amendments_are_pointed_at() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let plan = hotel.plan(&app, "BB", &[("is_active", "false")]).await;
    let booking =
        book(&hotel.manager, &for_rooms(&hotel, ["2026-12-10", "2026-12-12"], &[json!({}), json!({})])).await.expect(201);
    let stranger = hotel.book(&hotel.manager, "2026-12-20", "2026-12-21").await;
    let (one, other) = (&stay(&booking, 0)["id"], &stay(&booking, 1)["id"]);
    for (pointer, body) in [
        ("/check_out", json!({"check_out": "2026-12-10"})),
        ("/check_out", json!({"check_out": "2027-12-11"})),
        ("/check_in", json!({"check_in": "2026-11-30"})),
        ("/check_out", json!({"check_out": "tomorrow"})),
        ("/stays/0/check_out", json!({"stays": [{"stay_id": one, "check_out": "2026-12-09"}]})),
        ("/stays/0/check_in", json!({"stays": [{"stay_id": one, "check_in": "2026-11-09"}]})),
        ("/stays/1/stay_id", json!({"stays": [{"stay_id": one}, {"stay_id": stay(&stranger, 0)["id"]}]})),
        ("/stays/1/stay_id", json!({"stays": [{"stay_id": one}, {"stay_id": one}]})),
        ("/stays/1/rate_plan_id", json!({"stays": [{"stay_id": one}, {"stay_id": other, "rate_plan_id": plan}]})),
        ("/stays/0/room_type_id", json!({"stays": [{"stay_id": one, "room_type_id": plan}]})),
        ("/stays/0/children_ages/0", json!({"stays": [{"stay_id": one, "children_ages": [18]}]})),
        (
            "/stays/0/nightly_price/currency",
            json!({"stays": [{"stay_id": one, "nightly_price": {"amount": "1.00", "currency": "USD"}}]}),
        ),
        (
            "/stays/1/nightly_price/currency",
            json!({"stays": [{"stay_id": one, "adults": 2}, {"stay_id": other, "nightly_price": {"amount": "1.00", "currency": "USD"}}]}),
        ),
        ("/stays/0/room", json!({"stays": [{"stay_id": one, "room": 1}]})),
        ("/dates", json!({"dates": 1})),
    ] {
        let refused = amend(&hotel.manager, &booking, &body).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{body}: {}", refused.body);
    }
    let path = format!("/v1/bookings/{}/amend?dry_run=perhaps", booking.id());
    assert_eq!(hotel.manager.post(&path, &json!({})).await.expect(422).pointers(), ["/dry_run"]);
    assert_eq!(read(&hotel.manager, &booking).await.body, booking.body);
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    let gone = amend(&hotel.manager, &booking, &json!({"check_out": "2026-12-13"})).await.expect(409);
    assert_eq!((gone.code(), &gone.body["stay_status"]), ("booking.not_amendable", &json!("cancelled")));
}

#[tokio::test]
async fn restrictions_hold_for_what_is_new() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    // What was sold stays sold.
    hotel.rate(&app, &plan, "2026-12-10", &[("closed_to_arrival", "true"), ("stop_sell", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-13", &[("stop_sell", "true")]).await;
    amend(&guest, &booking, &json!({"check_out": "2026-12-13"})).await.expect(200);
    let refused = amend(&guest, &booking, &json!({"check_out": "2026-12-14"})).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.body["nights"][0]["date"], &refused.body["nights"][0]["reason"]),
        ("booking.restricted", &json!("2026-12-13"), &json!("stop_sell"))
    );
    assert_eq!(refused.body["nights"].as_array().map(Vec::len), Some(1));
    let against = json!({"check_out": "2026-12-14", "ignore_restrictions": true});
    assert_eq!(amend(&guest, &booking, &against).await.expect(422).pointers(), ["/ignore_restrictions"]);
    amend(&hotel.manager, &booking, &against).await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_longer_stay_keeps_its_room_or_finds_another_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-10", "2026-12-12").await;
    let first = number(&booking, 0).to_owned();
    let kept = amend(manager, &booking, &json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(amended(&kept)["room_number"], first);
    // Somebody has the room directly afterwards.
    let next = with(hotel.request("2026-12-13", "2026-12-15"), "/rooms/0/room_id", amended(&kept)["room_id"].clone());
    book(manager, &next).await.expect(201);
    let moved = amend(manager, &booking, &json!({"check_out": "2026-12-14"})).await.expect(200);
    assert_ne!(amended(&moved)["room_number"], first);
    let other = with(hotel.request("2026-12-14", "2026-12-15"), "/rooms/0/room_id", amended(&moved)["room_id"].clone());
    book(manager, &other).await.expect(201);
    let refused = amend(manager, &booking, &json!({"check_out": "2026-12-15"})).await.expect(409);
    assert_eq!(refused.code(), "booking.no_availability");
    assert_eq!(refused.body["nights"][0]["date"], "2026-12-14");
    app.assert_consistent().await;

    // Every night has a room, but none is free throughout until another stay moves.
    let early = hotel.book(manager, "2026-12-01", "2026-12-03").await;
    let own = stay(&early, 0)["room_id"].as_str().expect("a room");
    let other = hotel.rooms.iter().find(|room| *room != own).expect("another room");
    let in_room = |room: &str, dates: [&str; 2]| with(hotel.request(dates[0], dates[1]), "/rooms/0/room_id", json!(room));
    book(manager, &in_room(other, ["2026-12-02", "2026-12-04"])).await.expect(201);
    let late = book(manager, &in_room(own, ["2026-12-04", "2026-12-06"])).await.expect(201);
    let path = format!("/v1/bookings/{}/stays/{}/room", late.id(), stay(&late, 0)["id"].as_str().expect("an id"));
    let unpinned = json!({"is_pinned": false});
    let pinned = amend(manager, &early, &json!({"check_out": "2026-12-05"})).await.expect(409);
    assert_eq!((pinned.code(), &pinned.body["proven"]), ("booking.no_single_room", &json!(true)));
    manager.with("If-Match", late.header("etag")).put(&path, &unpinned).await.expect(200);
    let longer = amend(manager, &early, &json!({"check_out": "2026-12-05"})).await.expect(200);
    assert_eq!(amended(&longer)["room_id"], own);
    assert_eq!(stay(&read(manager, &late).await, 0)["room_id"], other.as_str());
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_in_the_house_stay_longer_in_their_room_or_leave_earlier() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = hotel.book(manager, "2026-12-01", "2026-12-04").await;
    act(manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T10:00:00Z");
    change_base_price(&app, &hotel, 20_000).await;
    for (pointer, body) in [
        ("/check_out", json!({"check_out": "2026-12-02"})),
        ("/stays/0/check_in", json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "check_in": "2026-12-02"}]})),
    ] {
        assert_eq!(amend(manager, &booking, &body).await.expect(422).pointers(), [pointer], "{body}");
    }
    let moved = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "room_type_id": hotel.suite}]});
    assert_eq!(amend(manager, &booking, &moved).await.expect(409).code(), "booking.no_availability", "the hotel has no suite");
    let longer = amend(manager, &booking, &json!({"check_in": "2026-12-05", "check_out": "2026-12-05"})).await.expect(200);
    assert_eq!(
        (&amended(&longer)["check_in"], &amended(&longer)["check_out"], &amended(&longer)["room_number"]),
        (&json!("2026-12-01"), &json!("2026-12-05"), &json!("101")),
        "who is there has come when they came"
    );
    assert_eq!(entries(&longer), [line("room", "2026-12-04", "200.00")]);
    // The night that is past keeps its price, the others get the new one.
    let priced = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "nightly_price": eur("50.00")}]});
    let cheaper = amend(manager, &booking, &priced).await.expect(200);
    assert_eq!(cheaper.body["booking"]["total"], eur("250.00"));
    let next = with(hotel.request("2026-12-05", "2026-12-06"), "/rooms/0/room_id", amended(&longer)["room_id"].clone());
    book(manager, &next).await.expect(201);
    let refused = amend(manager, &booking, &json!({"check_out": "2026-12-06"})).await.expect(409);
    assert_eq!(
        (refused.code(), refused.body["detail"].as_str().is_some_and(|text| text.contains("101"))),
        ("booking.room_taken", true)
    );
    let shorter = amend(manager, &booking, &json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!((&shorter.body["booking"]["total"], left(&app, &hotel, "2026-12-03").await), (&eur("150.00"), 2));
    app.assert_consistent().await;
}

#[tokio::test]
async fn two_stays_of_one_booking_make_room_for_each_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = book(manager, &for_rooms(&hotel, ["2026-12-10", "2026-12-20"], &[json!({}), json!({})])).await.expect(201);
    let [one, two] = [0, 1].map(|place| stay(&booking, place)["id"].clone());
    let apart = json!({"stays": [{"stay_id": one, "check_out": "2026-12-12"}, {"stay_id": two, "check_in": "2026-12-18"}]});
    amend(manager, &booking, &apart).await.expect(200);
    app.assert_consistent().await;
    // In each room somebody has a few nights in the middle; the two of the booking move to where there is room.
    for (room, dates) in [(0, ["2026-12-12", "2026-12-15"]), (1, ["2026-12-15", "2026-12-18"])] {
        let id = &stay(&booking, room)["room_id"];
        book(manager, &with(hotel.request(dates[0], dates[1]), "/rooms/0/room_id", id.clone())).await.expect(201);
    }
    app.assert_consistent().await;
    let shifted = json!({"stays": [{"stay_id": one, "check_in": "2026-12-11", "check_out": "2026-12-12"}, {"stay_id": two, "check_in": "2026-12-10", "check_out": "2026-12-15"}]});
    let answered = amend(manager, &booking, &shifted).await;
    assert!([200, 409].contains(&answered.status), "{}", answered.body);
    app.assert_consistent().await;
    // Another type for one, and the nights of the other.
    act(manager, &booking, "cancel").await.expect(200);
    app.assert_consistent().await;
}

/// A stay that was shortened and rearranged in one go had once got its old nights back.
#[tokio::test]
async fn a_stay_that_is_shortened_moves_with_the_nights_that_it_keeps() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = book(manager, &for_rooms(&hotel, ["2026-12-02", "2026-12-04"], &[json!({}), json!({})])).await.expect(201);
    let [one, two] = [0, 1].map(|place| stay(&booking, place)["id"].clone());
    let rooms = [0, 1].map(|place| stay(&booking, place)["room_id"].clone());
    // One has the room of the other's later nights: 2–8 in the first room, 2–4 in the second, which a pinned guest has from the 6th on.
    amend(manager, &booking, &json!({"stays": [{"stay_id": one, "check_out": "2026-12-08"}]})).await.expect(200);
    book(manager, &with(hotel.request("2026-12-06", "2026-12-09"), "/rooms/0/room_id", rooms[1].clone())).await.expect(201);
    let both = json!({"stays": [{"stay_id": one, "check_out": "2026-12-05"}, {"stay_id": two, "check_in": "2026-12-03", "check_out": "2026-12-09"}]});
    let done = amend(manager, &booking, &both).await.expect(200);
    assert_eq!(done.body["booking"]["stays"][1]["room_id"], rooms[0], "free on all its nights once the first has moved");
    assert_eq!(done.body["booking"]["stays"][0]["room_id"], rooms[1]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_have_not_come_yet_are_charged_for_the_nights_that_they_will_have() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-05").await;
    app.set_clock("2026-12-03T10:00:00Z");
    let later = json!({"stays": [{"stay_id": stay(&booking, 0)["id"], "check_in": "2026-12-10", "check_out": "2026-12-12"}]});
    let moved = amend(&hotel.manager, &booking, &later).await.expect(200);
    assert_eq!((&moved.body["booking"]["total"], standing(&hotel.manager, &booking).await.len()), (&eur("200.00"), 2));
    let cancelled = act(&hotel.manager, &booking, "cancel").await.expect(200);
    assert_eq!(cancelled.body["total"], eur("0.00"));
    app.assert_consistent().await;
}

/// The model found that nights between the departure that was booked and today had cost nothing.
#[tokio::test]
async fn guests_who_should_have_left_pay_for_the_nights_since() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-04T10:00:00Z");
    let longer = amend(&hotel.manager, &booking, &json!({"check_out": "2026-12-05"})).await.expect(200);
    let nights = ["2026-12-02", "2026-12-03", "2026-12-04"];
    assert_eq!(entries(&longer), nights.map(|night| line("room", night, "100.00")));
    assert_eq!(longer.body["booking"]["total"], eur("400.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_amend_as_long_as_it_is_free() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    terms(&app, &hotel, "nights", 1, Some(500_000)).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-03", "2026-12-05").await;
    amend(&guest, &booking, &json!({"check_out": "2026-12-06"})).await.expect(200);
    app.set_clock("2026-12-02T16:00:00Z");
    let late = amend(&guest, &booking, &json!({"check_out": "2026-12-05"})).await.expect(409);
    assert_eq!((late.code(), &late.body["fee"]), ("booking.amendment_not_free", &eur("150.00")));
    let id = &stay(&booking, 0)["id"];
    amend(&guest, &booking, &json!({"stays": [{"stay_id": id, "guest_name": "Rui"}]})).await.expect(200);
    amend(&hotel.manager, &booking, &json!({"check_out": "2026-12-05", "reason": "train strike"})).await.expect(200);
    app.guest().await.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({})).await.expect(404);
    app.set_clock("2026-12-03T16:00:00Z");
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let there = amend(&guest, &booking, &json!({"check_out": "2026-12-04"})).await.expect(409);
    assert_eq!((there.code(), &there.body["stay_status"]), ("booking.not_amendable", &json!("checked_in")));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_tax_that_counts_nights_is_right_after_an_amendment() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let city = json!({"property_id": hotel.id, "name": "City", "kind": "per_person_night", "is_included": false,
                      "amount": eur("2.00"), "max_nights": 2});
    hotel.manager.post("/v1/tax-rules", &city).await.expect(201);
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    assert_eq!(booking.body["total"], eur("208.00"), "two guests, two nights");
    let earlier = amend(&hotel.manager, &booking, &json!({"check_in": "2026-12-09"})).await.expect(200);
    assert_eq!(earlier.body["booking"]["total"], eur("308.00"), "still the first two nights only");
    assert_eq!(
        entries(&earlier),
        [line("tax", "2026-12-11", "-4.00"), line("room", "2026-12-09", "100.00"), line("tax", "2026-12-09", "4.00")]
    );
    app.assert_consistent().await;
}
