//! Rooms that are sold by day: the night is that of the day until the guests have left, then it is on sale again.
use super::{amend, left, number, read, standing, stay, with};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

const TODAY: &str = "2026-12-01";

/// Sets the price by day of the doubles in the default plan, as staff do, and returns the plan.
async fn sell_by_day(app: &TestApp, hotel: &Hotel, price: &Value) -> String {
    let plan = hotel.default_plan(app).await;
    let path = format!("/v1/rate-plans/{plan}");
    let known = hotel.manager.get(&path).await.expect(200);
    let mut types = known.body["room_types"].clone();
    for kind in types.as_array_mut().expect("a list") {
        if kind["room_type_id"] == hotel.double.as_str() {
            kind["day_price"] = price.clone();
        }
    }
    let set = hotel.manager.patch(&path, known.header("etag"), &json!({"room_types": types})).await.expect(200);
    assert_eq!(set.body["room_types"], types);
    plan
}

/// Adds a levy of 2.00 for each person and night to what is charged.
async fn levy(hotel: &Hotel) {
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"),
                      "is_included": false});
    hotel.manager.post("/v1/tax-rules", &levy).await.expect(201);
}

async fn by_day(client: &Client, hotel: &Hotel) -> Reply {
    book(client, &hotel.request(TODAY, TODAY)).await
}

async fn nights_of_rooms(app: &TestApp) -> i64 {
    app.number("SELECT count(*) FROM room_nights").await
}

fn detail(reply: &Reply) -> &str {
    reply.body["detail"].as_str().expect("a text")
}

/// U17: a room is sold by day, and again for the night.
#[tokio::test]
async fn a_room_is_sold_by_day_and_again_for_the_evening() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    levy(&hotel).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let manager = &hotel.manager;
    let day = by_day(manager, &hotel).await.expect(201);
    assert_eq!(
        (&day.body["check_in"], &day.body["check_out"], &day.body["total"]),
        (&json!(TODAY), &json!(TODAY), &eur("53.00"))
    );
    assert_eq!(
        (&stay(&day, 0)["check_out"], &stay(&day, 0)["is_day_use"], &stay(&day, 0)["booked_check_out"], number(&day, 0)),
        (&json!(TODAY), &json!(true), &Value::Null, "101")
    );
    let line = |kind: &str, amount: &str, text: &str| (kind.to_owned(), amount.to_owned(), text.to_owned());
    assert_eq!(
        standing(manager, &day).await,
        [line("room", "50.00", "DBL"), line("tax", "3.00", "VAT")],
        "without what is counted by person and night"
    );
    assert_eq!(read(manager, &day).await.body, day.body);

    // The night is theirs.
    assert_eq!((left(&app, &hotel, TODAY).await, nights_of_rooms(&app).await), (0, 1));
    let evening = hotel.request(TODAY, "2026-12-02");
    assert_eq!(book(manager, &evening).await.expect(409).code(), "booking.no_availability");
    assert_eq!(by_day(manager, &hotel).await.expect(409).code(), "booking.no_availability");
    act(manager, &day, "check-in").await.expect(200);
    assert_eq!(book(manager, &evening).await.expect(409).code(), "booking.no_availability");
    let desk = manager.get(&format!("/v1/front-desk?property_id={}", hotel.id)).await.expect(200);
    for list in ["arrivals", "departures", "in_house"] {
        let shown = &desk.body[list][0];
        assert_eq!(
            (&shown["check_out"], &shown["is_day_use"], &shown["nights"]),
            (&json!(TODAY), &json!(true), &json!(0)),
            "{list}"
        );
    }
    let chart = format!("/v1/calendar?property_id={}&from={TODAY}&to=2026-12-03", hotel.id);
    let segment = manager.get(&chart).await.expect(200).body["rooms"][0]["segments"][0].clone();
    assert_eq!((&segment["from"], &segment["to"], &segment["check_out"]), (&json!(TODAY), &json!("2026-12-02"), &json!(TODAY)));
    app.assert_consistent().await;

    // Once they have left, it is on sale; what was sold is the day.
    let gone = act(manager, &day, "check-out").await.expect(200);
    assert_eq!((&gone.body["status"], &gone.body["check_out"]), (&json!("checked_out"), &json!(TODAY)));
    assert_eq!((&gone.body["total"], &stay(&gone, 0)["total"]), (&eur("53.00"), &eur("53.00")));
    assert_eq!((&stay(&gone, 0)["check_out"], &stay(&gone, 0)["booked_check_out"]), (&json!(TODAY), &Value::Null));
    assert_eq!((left(&app, &hotel, TODAY).await, nights_of_rooms(&app).await), (1, 0));
    assert_eq!(manager.get(&chart).await.expect(200).body["rooms"][0]["segments"], json!([]));
    app.assert_consistent().await;

    let sold = book(manager, &evening).await.expect(201);
    assert_eq!((number(&sold, 0), &sold.body["total"], &stay(&sold, 0)["is_day_use"]), ("101", &eur("104.00"), &json!(false)));
    assert_eq!(act(manager, &sold, "check-in").await.expect(409).code(), "booking.room_not_ready", "it is to be made up first");
    app.sql("UPDATE rooms SET housekeeping = 'clean'").await;
    act(manager, &sold, "check-in").await.expect(200);
    assert_eq!(act(manager, &day, "undo-check-out").await.expect(409).code(), "booking.room_occupied");
    app.assert_consistent().await;

    // The record has the night that the stay had, and that it gave back.
    let told = app.rows("SELECT changes FROM outbox WHERE kind IN ('stay.created', 'stay.checked_out') ORDER BY id").await;
    assert_eq!(told[0]["changes"]["is_day_use"]["after"], true);
    assert_eq!(told[1]["changes"]["check_out"], json!({"before": "2026-12-02", "after": TODAY}));
    let total = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed' ORDER BY id").await;
    assert!(total.iter().all(|told| told["changes"].get("total").is_none()), "{total:?}");
}

#[tokio::test]
async fn guests_who_have_not_left_after_all_get_the_night_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let manager = &hotel.manager;
    let day = by_day(manager, &hotel).await.expect(201);
    act(manager, &day, "check-in").await.expect(200);
    act(manager, &day, "check-out").await.expect(200);
    let evening = book(manager, &hotel.request(TODAY, "2026-12-02")).await.expect(201);
    assert_eq!(act(manager, &day, "undo-check-out").await.expect(409).code(), "booking.no_availability");
    act(manager, &evening, "cancel").await.expect(200);
    let back = act(manager, &day, "undo-check-out").await.expect(200);
    assert_eq!(
        (&back.body["status"], &back.body["check_out"], &back.body["total"]),
        (&json!("checked_in"), &json!(TODAY), &eur("53.00"))
    );
    assert_eq!((left(&app, &hotel, TODAY).await, nights_of_rooms(&app).await), (0, 1));
    app.assert_consistent().await;
    act(manager, &day, "check-out").await.expect(200);
    assert_eq!((left(&app, &hotel, TODAY).await, nights_of_rooms(&app).await), (1, 0));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_walk_in_for_the_day() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let walk_in = json!({
        "property_id": hotel.id, "check_out": TODAY, "rooms": [{"room_type_id": hotel.double, "adults": 2}],
        "contact": {"full_name": "Eva Lima"}, "expected_total": eur("53.00"),
    });
    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    assert_eq!(clerk.post("/v1/walk-ins", &walk_in).await.expect(403).body["permission"], "stays:check_in");
    let there = hotel.manager.post("/v1/walk-ins", &walk_in).await.expect(201);
    assert_eq!(
        (&there.body["status"], &there.body["check_out"], &stay(&there, 0)["is_day_use"]),
        (&json!("checked_in"), &json!(TODAY), &json!(true))
    );
    // A night that is not left by the guests is theirs, also by the clock.
    app.set_clock("2026-12-02T08:00:00Z");
    let gone = act(&hotel.manager, &there, "check-out").await.expect(200);
    assert_eq!((&gone.body["status"], &gone.body["total"]), (&json!("checked_out"), &eur("53.00")));
    assert_eq!((left(&app, &hotel, TODAY).await, nights_of_rooms(&app).await), (0, 1));
    app.assert_consistent().await;
}

#[tokio::test]
async fn there_is_no_day_use_without_a_price() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let clerk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    let none = by_day(&clerk, &hotel).await.expect(409);
    assert_eq!((none.code(), none.pointers()), ("booking.no_day_price", vec!["/rooms/0/rate_plan_id"]));
    assert!(detail(&none).contains("has no price by day for DBL"), "{}", detail(&none));
    assert_eq!(left(&app, &hotel, TODAY).await, 1);

    // A price that staff set is one.
    let set = with(hotel.request(TODAY, TODAY), "/rooms/0/nightly_price", eur("40.00"));
    assert_eq!(book(&clerk, &set).await.expect(403).body["permission"], "bookings:price");
    assert_eq!(book(&hotel.manager, &set).await.expect(201).body["total"], eur("40.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn plans_have_a_price_by_day_within_limits() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let plan = sell_by_day(&app, &hotel, &eur("53.00")).await;
    let path = format!("/v1/rate-plans/{plan}");
    let known = hotel.manager.get(&path).await.expect(200);
    let place = known.body["room_types"].as_array().expect("a list").iter().position(|kind| kind["day_price"] == eur("53.00"));
    let place = place.expect("the doubles");
    let pointer = format!("/room_types/{place}/day_price");
    let usd = json!({"amount": "53.00", "currency": "USD"});
    for price in [eur("-0.01"), eur("10000000000.01"), usd] {
        let body = with(json!({"room_types": known.body["room_types"]}), &pointer, price);
        let refused = hotel.manager.patch(&path, known.header("etag"), &body).await.expect(422);
        assert!(refused.pointers()[0].starts_with(&pointer), "{:?}", refused.pointers());
    }
    // A derived plan has no prices of its own, and is not sold by day.
    let derived = json!({
        "property_id": hotel.id, "code": "LESS", "name": "Less", "board": "room_only", "payment_policy": "pay_at_property",
        "cancellation_policy_id": known.body["cancellation_policy_id"], "derivation": {"parent_id": plan, "percent": "-10"},
        "room_types": [{"room_type_id": hotel.double, "day_price": eur("50.00")}],
    });
    let refused = hotel.manager.post("/v1/rate-plans", &derived).await.expect(422);
    assert_eq!(refused.pointers(), ["/room_types/0/day_price"]);
    let derived = with(derived, "/room_types/0/day_price", Value::Null);
    let less = hotel.manager.post("/v1/rate-plans", &derived).await.expect(201);
    let request = with(hotel.request(TODAY, TODAY), "/rooms/0/rate_plan_id", less.body["id"].clone());
    assert_eq!(book(&hotel.manager, &request).await.expect(409).code(), "booking.no_day_price");
    sell_by_day(&app, &hotel, &Value::Null).await;
    assert_eq!(by_day(&hotel.manager, &hotel).await.expect(409).code(), "booking.no_day_price", "it is sold by day no more");
}

#[tokio::test]
async fn only_a_date_that_is_not_sold_keeps_day_use_from_being_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let plan = sell_by_day(&app, &hotel, &eur("53.00")).await;
    let all = [("min_stay", "3"), ("closed_to_arrival", "true"), ("price_minor", "99900")];
    hotel.rate(&app, &plan, TODAY, &all).await;
    assert_eq!(by_day(&hotel.manager, &hotel).await.expect(201).body["total"], eur("53.00"));
    hotel.rate(&app, &plan, TODAY, &[("stop_sell", "true")]).await;
    let stopped = by_day(&hotel.manager, &hotel).await.expect(409);
    let reasons: Vec<&Value> =
        stopped.body["nights"].as_array().expect("a list").iter().map(|restriction| &restriction["reason"]).collect();
    assert_eq!((stopped.code(), reasons), ("booking.restricted", vec![&json!("stop_sell")]));
}

#[tokio::test]
async fn day_use_is_sold_by_staff_and_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let refused = by_day(&app.guest().await, &hotel).await.expect(422);
    assert_eq!(refused.pointers(), ["/check_out"]);
    assert!(detail(&refused).contains("Day use is sold by staff of the hotel"), "{}", detail(&refused));

    let mut request = hotel.request(TODAY, TODAY);
    let room = request["rooms"][0].clone();
    request["rooms"] = json!([room, room]);
    for (field, value) in
        [("hold_minutes", json!(30)), ("quote", json!("x")), ("group_code", json!("ANA")), ("code", json!("SUMMER"))]
    {
        request[field] = value;
    }
    let refused = book(&hotel.manager, &request).await.expect(422);
    assert_eq!(refused.pointers(), ["/rooms", "/hold_minutes", "/quote", "/group_code", "/code"]);

    // Elsewhere nights are sold.
    let rooms = hotel.request(TODAY, TODAY)["rooms"].clone();
    let quote = json!({"property_id": hotel.id, "check_in": TODAY, "check_out": TODAY, "rooms": rooms});
    let search = format!("/v1/availability?property_id={}&check_in={TODAY}&check_out={TODAY}&adults=2", hotel.id);
    for refused in [app.anonymous().post("/v1/quotes", &quote).await, app.anonymous().get(&search).await] {
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/check_out"]));
        assert!(detail(&refused).contains("Day use is sold by staff of the hotel"), "{}", detail(&refused));
    }
    let nights = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let added =
        json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1, "check_in": "2026-12-11", "check_out": "2026-12-11"}]});
    assert_eq!(amend(&hotel.manager, &nights, &added).await.expect(422).pointers(), ["/add_rooms/0/check_out"]);
    assert_eq!(amend(&hotel.manager, &nights, &json!({"check_out": "2026-12-10"})).await.expect(422).pointers(), ["/check_out"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_sold_by_day_is_not_amended() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, ..HotelSpec::default() }).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let (manager, guest) = (&hotel.manager, app.guest().await);
    let request = with(hotel.request("2026-12-10", "2026-12-10"), "/guest_user_id", json!(guest.user_id()));
    let day = book(manager, &request).await.expect(201);
    let id = stay(&day, 0)["id"].clone();
    let of_stay = |field: &str, value: Value| json!({"stays": [{"stay_id": id, field: value}]});
    for body in [
        json!({"check_out": "2026-12-12"}),
        json!({"check_in": "2026-12-11", "check_out": "2026-12-11"}),
        of_stay("check_out", json!("2026-12-11")),
        of_stay("room_type_id", json!(hotel.suite)),
        of_stay("adults", json!(1)),
        of_stay("nightly_price", eur("10.00")),
        json!({"reprice": true}),
        json!({"add_rooms": [{"room_type_id": hotel.double, "adults": 1, "check_in": "2026-12-10", "check_out": "2026-12-11"}]}),
    ] {
        let refused = amend(manager, &day, &body).await;
        assert_eq!((refused.status, refused.code()), (409, "booking.day_use"), "{body}: {}", refused.body);
    }
    assert_eq!(amend(manager, &day, &json!({"check_out": "2026-12-10"})).await.expect(422).pointers(), ["/check_out"]);
    let split = format!("/v1/bookings/{}/stays/{}/split", day.id(), id.as_str().expect("an id"));
    assert_eq!(manager.post(&split, &json!({"night": "2026-12-11"})).await.expect(409).code(), "booking.day_use");
    let wish = json!({"amendment": {"check_out": "2026-12-12"}, "message": "We would like to stay"});
    let asked = guest.post(&format!("/v1/bookings/{}/change-requests", day.id()), &wish).await.expect(409);
    assert_eq!(asked.code(), "booking.day_use");
    assert_eq!(read(manager, &day).await.body, day.body);

    let named = amend(manager, &day, &of_stay("guest_name", json!("Rui Sousa"))).await.expect(200);
    let after = &named.body["booking"];
    assert_eq!((&after["stays"][0]["guest_name"], &after["total"]), (&json!("Rui Sousa"), &eur("53.00")));
    assert_eq!((&after["check_out"], &after["stays"][0]["is_day_use"]), (&json!("2026-12-10"), &json!(true)));
    // It costs nothing to cancel, and its room comes back.
    act(&guest, &day, "cancel").await.expect(200);
    assert_eq!(left(&app, &hotel, "2026-12-10").await, 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_in_the_house_stay_the_night_at_the_price_of_the_day_with_the_taxes_of_a_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    levy(&hotel).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let manager = &hotel.manager;
    let day = by_day(manager, &hotel).await.expect(201);
    act(manager, &day, "check-in").await.expect(200);
    let longer = amend(manager, &day, &json!({"check_out": "2026-12-02"})).await.expect(200);
    let after = &longer.body["booking"];
    assert_eq!((&longer.body["difference"], &after["total"]), (&eur("4.00"), &eur("57.00")), "two persons for a night");
    assert_eq!((&after["check_out"], &after["stays"][0]["is_day_use"]), (&json!("2026-12-02"), &json!(false)));
    let line = |kind: &str, amount: &str, text: &str| (kind.to_owned(), amount.to_owned(), text.to_owned());
    let mut lines = standing(manager, &day).await;
    lines.sort();
    assert_eq!(lines, [line("room", "50.00", "DBL"), line("tax", "3.00", "VAT"), line("tax", "4.00", "City tax")]);
    assert_eq!(left(&app, &hotel, TODAY).await, 0);
    app.assert_consistent().await;

    // From then on it is a stay as any other: another night is sold by the plan, and the first stays what it was.
    let longer = amend(manager, &day, &json!({"check_out": "2026-12-03"})).await.expect(200);
    assert_eq!(longer.body["booking"]["total"], eur("161.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_exempt_stay_by_day_needs_a_price_for_the_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, taxes: &[("VAT", "6")], ..HotelSpec::default() }).await;
    levy(&hotel).await;
    sell_by_day(&app, &hotel, &eur("53.00")).await;
    let manager = &hotel.manager;
    let day = by_day(manager, &hotel).await.expect(201);
    let id = stay(&day, 0)["id"].as_str().expect("an id").to_owned();
    let exemption = format!("/v1/bookings/{}/stays/{id}/tax-exemption", day.id());
    let body = json!({"from": TODAY, "reason": "Diplomat", "reference": "MNE-2026-114"});
    assert_eq!(manager.post(&exemption, &body).await.expect(200).body["total"], eur("50.00"));
    act(manager, &day, "check-in").await.expect(200);
    let night = json!({"stays": [{"stay_id": id, "check_out": "2026-12-02"}]});
    let refused = amend(manager, &day, &night).await.expect(409);
    assert_eq!(refused.code(), "booking.day_use");
    assert!(detail(&refused).contains("nightly_price"), "{}", detail(&refused));
    // Withdrawing it brings back what was borne, and nothing that is counted by person and night.
    let other = by_day(manager, &hotel).await.expect(201);
    let id = stay(&other, 0)["id"].as_str().expect("an id").to_owned();
    let exemption = format!("/v1/bookings/{}/stays/{id}/tax-exemption", other.id());
    assert_eq!(manager.post(&exemption, &body).await.expect(200).body["total"], eur("50.00"));
    let withdrawn = json!({"from": TODAY, "reason": "The certificate is of somebody else"});
    assert_eq!(manager.post(&format!("{exemption}/withdraw"), &withdrawn).await.expect(200).body["total"], eur("53.00"));
    let priced = with(night, "/stays/0/nightly_price", eur("106.00"));
    assert_eq!(amend(manager, &day, &priced).await.expect(200).body["booking"]["total"], eur("100.00"));
    app.assert_consistent().await;
}
