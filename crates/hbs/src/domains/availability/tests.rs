use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

async fn search(app: &TestApp, hotel: &Hotel, query: &str) -> Reply {
    app.anonymous().get(&format!("/v1/availability?property_id={}&{query}", hotel.id)).await
}

/// The entry of a room type.
fn offer(reply: &Reply, room_type_id: &str) -> Value {
    let items = reply.body["items"].as_array().unwrap_or_else(|| panic!("{}", reply.body));
    items.iter().find(|item| item["room_type_id"] == room_type_id).cloned().unwrap_or(Value::Null)
}

async fn doubles(app: &TestApp, hotel: &Hotel, query: &str) -> Value {
    offer(&search(app, hotel, query).await.expect(200), &hotel.double)
}

fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

#[tokio::test]
async fn gross_prices_hold_their_taxes() {
    let app = TestApp::new().await;
    let taxes = &[("VAT 6 %", "6"), ("City 1 %", "1")];
    let hotel = app.hotel(HotelSpec { suites: 1, taxes, ..HotelSpec::default() }).await;
    let found = search(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-12&adults=2").await.expect(200);
    assert_eq!(found.body["property_id"], hotel.id.as_str());
    assert_eq!(
        (&found.body["check_in"], &found.body["check_out"], &found.body["rooms"]),
        (&json!("2026-12-10"), &json!("2026-12-12"), &json!(1))
    );
    // 100.00 / 1.07 = 93.46; 6.54 is shared by largest remainder.
    let night = |date: &str| json!({"date": date, "price": eur("100.00"), "taxes": [{"name": "VAT 6 %", "amount": eur("5.61")}, {"name": "City 1 %", "amount": eur("0.93")}]});
    let expected = json!({
        "room_type_id": hotel.double, "name": "DBL", "description": "", "max_adults": 2, "max_children": 1, "max_guests": 3, "beds": [],
        "size_sqm": null, "amenities": [], "available": 2, "bookable": true, "total": eur("200.00"),
        "nightly": [night("2026-12-10"), night("2026-12-11")], "reasons": [],
    });
    assert_eq!(offer(&found, &hotel.double), expected);
    let ids: Vec<_> = found.body["items"].as_array().expect("a list").iter().map(|item| item["room_type_id"].clone()).collect();
    assert_eq!(ids, [json!(hotel.double), json!(hotel.suite)], "the cheapest first");
}

#[tokio::test]
async fn taxes_are_added_to_net_prices_and_never_to_taxes() {
    let app = TestApp::new().await;
    let taxes = &[("State 8.875 %", "8.875"), ("City 5.875 %", "5.875")];
    let hotel = app.hotel(HotelSpec { prices: "net", taxes, ..HotelSpec::default() }).await;
    let double = doubles(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-13&rooms=2").await;
    // 8.875 → 8.88, 5.875 → 5.88.
    assert_eq!(double["nightly"][0]["price"], eur("114.76"));
    assert_eq!(
        double["nightly"][0]["taxes"],
        json!([{"name": "State 8.875 %", "amount": eur("8.88")}, {"name": "City 5.875 %", "amount": eur("5.88")}])
    );
    assert_eq!(double["total"], eur("688.56"), "three nights, two rooms");
    // What is shown is what is booked.
    let mut request = hotel.request("2026-12-10", "2026-12-13");
    request["rooms"] = json!([{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.double, "adults": 2}]);
    request["expected_total"] = double["total"].clone();
    let booked = app.guest().await.post("/v1/bookings", &request).await.expect(201);
    assert_eq!(booked.body["total"], double["total"]);
}

#[tokio::test]
async fn only_types_that_take_the_guests_are_offered() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    for (guests, doubles, suites) in [
        ("", true, true),
        ("adults=1", true, true),
        ("adults=3", false, true),
        ("adults=5", false, false),
        ("adults=2&children=1", true, true),
        ("adults=2&children=7,", true, true),
        ("adults=2&children=2", false, false),
        ("adults=2&children=4,9", false, false),
        ("adults=1&children=0", true, true),
        ("adults=1&children=", true, true),
    ] {
        let found = search(&app, &hotel, &format!("check_in=2026-12-10&check_out=2026-12-11&{guests}")).await.expect(200);
        let offered = [&hotel.double, &hotel.suite].map(|kind| !offer(&found, kind).is_null());
        assert_eq!(offered, [doubles, suites], "{guests}");
    }
}

#[tokio::test]
async fn what_is_sold_is_not_offered() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-13").await;
    let double = doubles(&app, &hotel, "check_in=2026-12-09&check_out=2026-12-14").await;
    assert_eq!((&double["available"], &double["bookable"]), (&json!(0), &json!(false)));
    let sold_out = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "sold_out", "available": 0});
    assert_eq!(double["reasons"], json!([sold_out]));
    assert_eq!(double["total"], eur("500.00"), "the price is told all the same");
    assert_eq!(double["nightly"].as_array().expect("a list").len(), 5);

    let double = doubles(&app, &hotel, "check_in=2026-12-12&check_out=2026-12-13&rooms=2").await;
    assert_eq!((&double["available"], &double["bookable"], &double["total"]), (&json!(1), &json!(false), &eur("200.00")));
    assert_eq!(double["reasons"][0]["available"], 1);
    assert_eq!(doubles(&app, &hotel, "check_in=2026-12-12&check_out=2026-12-13").await["bookable"], true);
}

#[tokio::test]
async fn stays_back_to_back_do_not_touch() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    hotel.book(&hotel.manager, "2026-12-13", "2026-12-14").await;
    for (query, available) in [
        ("check_in=2026-12-09&check_out=2026-12-10", 1),
        ("check_in=2026-12-10&check_out=2026-12-11", 0),
        ("check_in=2026-12-12&check_out=2026-12-13", 1),
        ("check_in=2026-12-12&check_out=2026-12-14", 0),
        ("check_in=2026-12-14&check_out=2026-12-15", 1),
    ] {
        assert_eq!(doubles(&app, &hotel, query).await["available"], available, "{query}");
    }
    hotel.book(&hotel.manager, "2026-12-12", "2026-12-13").await;
    app.assert_consistent().await;
}

#[tokio::test]
async fn nights_beyond_the_horizon_say_so() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let double = doubles(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-12").await;
    assert_eq!((&double["available"], &double["bookable"]), (&json!(0), &json!(false)));
    let beyond = json!({"date": "2026-12-11", "room_type_id": hotel.double, "reason": "beyond_horizon", "available": 0});
    assert_eq!(double["reasons"], json!([beyond]));
}

#[tokio::test]
async fn the_day_begins_where_the_hotel_is() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let admin = app.admin().await;
    let path = format!("/v1/properties/{}", hotel.id);
    let tonight = "check_in=2026-12-10&check_out=2026-12-11";
    // New York is five hours behind: its 10th ends at 5 o'clock of the 11th.
    admin.patch(&path, "\"1\"", &json!({"time_zone": "America/New_York"})).await.expect(200);
    app.set_clock("2026-12-11T04:59:59Z");
    search(&app, &hotel, tonight).await.expect(200);
    app.set_clock("2026-12-11T05:00:00Z");
    let late = search(&app, &hotel, tonight).await.expect(422);
    assert_eq!(late.pointers(), ["/check_in"]);
    assert!(late.body["errors"][0]["detail"].as_str().expect("text").contains("2026-12-11"), "{}", late.body);
    // Auckland is thirteen hours ahead.
    admin.patch(&path, "\"2\"", &json!({"time_zone": "Pacific/Auckland"})).await.expect(200);
    app.set_clock("2026-12-10T10:59:59Z");
    search(&app, &hotel, tonight).await.expect(200);
    app.set_clock("2026-12-10T11:00:00Z");
    search(&app, &hotel, tonight).await.expect(422);
}

#[tokio::test]
async fn bad_input_is_pointed_at() {
    let app = TestApp::new().await;
    let hotel =
        app.hotel(HotelSpec { settings: json!({"max_nights": 7, "max_advance_days": 100}), ..HotelSpec::default() }).await;
    for (query, pointers) in [
        ("check_in=2026-12-10&check_out=2026-12-10", vec!["/check_out"]),
        ("check_in=2026-12-10&check_out=2026-12-09", vec!["/check_out"]),
        ("check_in=2026-11-30&check_out=2026-12-02", vec!["/check_in"]),
        ("check_in=2026-12-10&check_out=2026-12-18", vec!["/check_out"]),
        ("check_in=2027-03-12&check_out=2027-03-13", vec!["/check_in"]),
        ("check_in=2026-12-32&check_out=2027-01-02", vec!["/check_in"]),
        ("check_in=tomorrow&check_out=2026-12-02", vec!["/check_in"]),
        ("check_in=2026-12-10&check_out=2026-12-11&adults=0", vec!["/adults"]),
        ("check_in=2026-12-10&check_out=2026-12-11&adults=two", vec!["/adults"]),
        ("check_in=2026-12-10&check_out=2026-12-11&children=18,", vec!["/children"]),
        ("check_in=2026-12-10&check_out=2026-12-11&rooms=0", vec!["/rooms"]),
        ("check_in=2026-12-10&check_out=2026-12-11&rooms=6", vec!["/rooms"]),
        ("check_in=2026-11-30&check_out=2026-12-10&rooms=6", vec!["/check_in", "/check_out", "/rooms"]),
        ("check_in=-9999-01-01&check_out=-9999-01-02", vec!["/check_in"]),
        ("check_in=%2B99999-01-01&check_out=%2B99999-01-02", vec!["/check_in"]),
    ] {
        let reply = search(&app, &hotel, query).await;
        assert_eq!((reply.status, reply.pointers()), (422, pointers), "{query}: {}", reply.body);
        assert!(reply.body["errors"].as_array().expect("a list").iter().all(|error| error["in"] == "query"), "{}", reply.body);
    }
    let missing = search(&app, &hotel, "check_in=2026-12-10").await.expect(422);
    assert_eq!(missing.pointers(), ["/check_out"]);
    let nowhere = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11", uuid::Uuid::now_v7());
    app.anonymous().get(&nowhere).await.expect(404);
    let reply = app.anonymous().get("/v1/availability?property_id=x&check_in=2026-12-10&check_out=2026-12-11").await.expect(422);
    assert_eq!(reply.pointers(), ["/property_id"]);
}
