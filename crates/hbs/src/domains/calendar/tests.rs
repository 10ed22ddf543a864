use crate::every_route::{Call, Request, TODAY};
use crate::support::{HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

fn room<'a>(calendar: &'a Reply, number: &str) -> &'a Value {
    let rooms = calendar.body["rooms"].as_array().expect("rooms");
    rooms.iter().find(|room| room["number"] == number).unwrap_or_else(|| panic!("no room {number}"))
}

fn night<'a>(calendar: &'a Reply, code: &str, date: &str) -> &'a Value {
    let types = calendar.body["room_types"].as_array().expect("types");
    let kind = types.iter().find(|kind| kind["code"] == code).expect("the type");
    kind["nights"].as_array().expect("nights").iter().find(|night| night["date"] == date).expect("the night")
}

/// A rate that nothing restricts.
fn rate(plan: &str, amount: &str) -> Value {
    json!({"rate_plan_id": plan, "price": {"amount": amount, "currency": "EUR"}, "stop_sell": false, "min_stay": null, "max_stay": null,
           "min_stay_through": null, "closed_to_arrival": false, "closed_to_departure": false})
}

#[tokio::test]
async fn the_calendar_shows_what_nights_cost_and_what_restricts_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let derivation = format!("'{standard}', derivation_kind = 'percent', derivation_value = -100000");
    let saver = hotel.plan(&app, "SAVE", &[("parent_id", &derivation)]).await;
    hotel.plan(&app, "PARTNER", &[("channels", "'{partner}'")]).await;
    let restricted = [
        ("price_minor", "12000"),
        ("min_stay", "3"),
        ("min_stay_through", "2"),
        ("max_stay", "7"),
        ("closed_to_arrival", "true"),
        ("closed_to_departure", "true"),
    ];
    hotel.rate(&app, &standard, "2026-12-11", &restricted).await;
    hotel.rate(&app, &saver, "2026-12-12", &[("stop_sell", "true")]).await;
    hotel.rate(&app, &standard, "2026-12-13", &[("stop_sell", "true")]).await;

    let path = format!("/v1/calendar?property_id={}&from=2026-12-10&to=2026-12-14", hotel.id);
    let calendar = hotel.manager.get(&path).await.expect(200);
    let rates = |code: &str, date: &str| {
        let night = night(&calendar, code, date);
        (night["default_rate"].clone(), night["cheapest_rate"].clone())
    };
    assert_eq!(rates("DBL", "2026-12-10"), (rate(&standard, "100.00"), rate(&saver, "90.00")));
    assert_eq!(rates("STE", "2026-12-11"), (rate(&standard, "250.00"), rate(&saver, "225.00")));
    // A derived plan has its parent's prices and restrictions.
    let restricted = |plan: &str, amount: &str| {
        json!({"rate_plan_id": plan, "price": {"amount": amount, "currency": "EUR"}, "stop_sell": false, "min_stay": 3, "max_stay": 7,
               "min_stay_through": 2, "closed_to_arrival": true, "closed_to_departure": true})
    };
    assert_eq!(rates("DBL", "2026-12-11"), (restricted(&standard, "120.00"), restricted(&saver, "108.00")));
    assert_eq!(
        rates("DBL", "2026-12-12"),
        (rate(&standard, "100.00"), rate(&standard, "100.00")),
        "what is stopped is not cheapest"
    );
    let (stopped, cheapest) = rates("DBL", "2026-12-13");
    assert_eq!((&stopped["stop_sell"], cheapest), (&json!(true), Value::Null), "nor is a plan of another channel");
}

/// U8: the chart has all that it draws of a stay, stays without a room included.
#[tokio::test]
async fn the_calendar_shows_who_is_where_and_what_is_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, overbooking: 1, ..HotelSpec::default() }).await;
    let mut request = hotel.request_for(0, "2026-12-10", "2026-12-12");
    request["rooms"][0]["guest_name"] = json!("Rui Sousa");
    request["arrival_time"] = json!("21:00");
    request["tags"] = json!(["vip"]);
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[1], "kind": "out_of_order", "reason": "Burst pipe",
                       "from": "2026-12-11", "to": "2026-12-14"});
    let block = hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    let beyond = hotel.book(&hotel.manager, "2026-12-11", "2026-12-12").await;
    let cancelled = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    hotel.manager.post(&format!("/v1/bookings/{}/cancel", cancelled.id()), &json!({})).await.expect(200);
    hotel.manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[1]), &json!({"state": "dirty"})).await.expect(200);

    let path = format!("/v1/calendar?property_id={}&from=2026-12-10&to=2026-12-13", hotel.id);
    let calendar = hotel.manager.get(&path).await.expect(200);
    assert_eq!((&calendar.body["business_date"], &calendar.body["from"]), (&json!("2026-12-01"), &json!("2026-12-10")));
    let numbers: Vec<_> = calendar.body["rooms"].as_array().expect("rooms").iter().map(|room| &room["number"]).collect();
    assert_eq!(numbers, ["101", "102", "201"]);
    let stay = json!({"kind": "stay", "from": "2026-12-10", "to": "2026-12-12", "stay_id": booking.body["stays"][0]["id"],
                      "booking_id": booking.id(), "reference": booking.body["reference"], "version": 1, "guest_name": "Rui Sousa",
                      "status": "confirmed", "is_pinned": true, "check_in": "2026-12-10", "check_out": "2026-12-12", "guests": 2,
                      "has_balance": true, "group_id": null, "group_name": null, "arrival_time": "21:00", "hold_expires_at": null,
                      "is_day_use": false, "tags": ["vip"]});
    assert_eq!(room(&calendar, "101")["segments"], json!([stay]));
    let blocked = json!({"kind": "block", "from": "2026-12-11", "to": "2026-12-14", "block_id": block.id(),
                         "version": 1, "block_kind": "out_of_order", "reason": "Burst pipe"});
    assert_eq!(room(&calendar, "102")["segments"], json!([blocked]));
    assert_eq!(
        (&room(&calendar, "102")["housekeeping"], &room(&calendar, "101")["housekeeping"]),
        (&json!("dirty"), &json!("clean"))
    );
    assert_eq!(room(&calendar, "201")["segments"], json!([]));
    assert_eq!((&room(&calendar, "102")["room_number"], &room(&calendar, "102")["version"]), (&json!("102"), &json!(2)));

    let rate = rate(&hotel.default_plan(&app).await, "100.00");
    assert_eq!(
        night(&calendar, "DBL", "2026-12-10"),
        &json!({"date": "2026-12-10", "capacity": 2, "sold": 1, "allotted": 0, "overbooking": 1, "available": 2,
                "default_rate": rate, "cheapest_rate": rate})
    );
    assert_eq!(
        night(&calendar, "DBL", "2026-12-11"),
        &json!({"date": "2026-12-11", "capacity": 1, "sold": 2, "allotted": 0, "overbooking": 1, "available": 0,
                "default_rate": rate, "cheapest_rate": rate})
    );
    let doubles = &calendar.body["room_types"][0];
    assert_eq!(doubles["nights"].as_array().map(Vec::len), Some(3));
    // The contact's name stands in for the guest's.
    assert_eq!(
        (&doubles["unassigned"][0]["booking_id"], &doubles["unassigned"][0]["guest_name"]),
        (&json!(beyond.id()), &json!("Ana Sousa"))
    );

    // What was released before its time is shown for the nights that it had.
    app.set_clock("2026-12-12T12:00:00Z");
    hotel.manager.delete(&format!("/v1/room-blocks/{}", block.id()), "\"1\"").await.expect(204);
    let calendar = hotel.manager.get(&path).await.expect(200);
    assert_eq!(room(&calendar, "102")["segments"][0]["to"], "2026-12-12");
    assert_eq!(night(&calendar, "DBL", "2026-12-12")["capacity"], 2);
    assert_eq!(night(&calendar, "DBL", "2026-12-11")["capacity"], 1);
    let later = format!("/v1/calendar?property_id={}&from=2026-12-12&to=2026-12-13", hotel.id);
    assert_eq!(room(&hotel.manager.get(&later).await.expect(200), "102")["segments"], json!([]));
}

#[tokio::test]
async fn the_calendar_shows_a_type_or_a_floor() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 1, overbooking: 1, ..HotelSpec::default() }).await;
    app.sql(&format!("UPDATE rooms SET floor = left(number, 1) WHERE property_id = '{}'", hotel.id)).await;
    for _ in 0..3 {
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    }
    let shown = async |query: &str| {
        let path = format!("/v1/calendar?property_id={}&from=2026-12-10&to=2026-12-12&{query}", hotel.id);
        let calendar = hotel.manager.get(&path).await.expect(200).body;
        let all =
            |list: &str, field: &str| calendar[list].as_array().expect("a list").iter().map(|one| one[field].clone()).collect();
        let lanes = calendar["room_types"].as_array().expect("types").iter();
        let waiting: usize = lanes.map(|kind| kind["unassigned"].as_array().map_or(0, Vec::len)).sum();
        let (types, rooms): (Value, Value) = (all("room_types", "code"), all("rooms", "room_number"));
        json!([types, rooms, waiting])
    };
    assert_eq!(shown("").await, json!([["DBL", "STE"], ["101", "102", "201"], 1]));
    assert_eq!(shown(&format!("room_type_id={}", hotel.suite)).await, json!([["STE"], ["201"], 0]));
    assert_eq!(shown("floor=1").await, json!([["DBL", "STE"], ["101", "102"], 1]), "who has no room has no floor");
    assert_eq!(shown(&format!("room_type_id={}&floor=2", hotel.double)).await, json!([["DBL"], [], 1]));
}

#[tokio::test]
async fn the_calendar_tells_what_is_new() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let booking = manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-10", "2026-12-12")).await.expect(201);
    let path = format!("/v1/calendar?property_id={}&from=2026-12-10&to=2026-12-13", hotel.id);
    let read = async || manager.get(&path).await.expect(200);
    let since = async |before: &Reply| {
        let sync = before.body["sync"].as_str().expect("a mark");
        manager.get(&format!("{path}&updated_since={sync}")).await.expect(200)
    };
    let numbers = |reply: &Reply| -> Value {
        reply.body["rooms"].as_array().expect("rooms").iter().map(|room| room["room_number"].clone()).collect()
    };
    let before = read().await;
    manager.with("if-none-match", before.header("etag")).get(&path).await.expect(304);
    let nothing = since(&before).await;
    assert_eq!(
        (numbers(&nothing), &nothing.body["room_types"], &nothing.body["is_delta"]),
        (json!([]), &json!([]), &json!(true))
    );
    assert!(nothing.bytes.len() < 1024, "{}", nothing.body);

    let stay = booking.body["stays"][0]["id"].as_str().expect("an id");
    let place = format!("/v1/bookings/{}/stays/{stay}/room", booking.id());
    manager.with("if-match", "*").put(&place, &json!({"room_id": hotel.rooms[1]})).await.expect(200);
    let moved = since(&before).await;
    assert_eq!(numbers(&moved), json!(["101", "102"]), "the one that was left, and the one that was taken");
    assert_eq!(room(&moved, "101")["segments"], json!([]));
    assert_eq!(room(&moved, "102")["segments"][0]["version"], 2);
    assert_eq!(moved.body["room_types"].as_array().map(Vec::len), Some(2), "with the nights");

    let before = read().await;
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[2], "kind": "out_of_order", "reason": "Paint",
                       "from": "2026-12-11", "to": "2026-12-12"});
    manager.post("/v1/room-blocks", &block).await.expect(201);
    assert_eq!(numbers(&since(&before).await), json!(["103"]));
    let before = read().await;
    let plan = hotel.default_plan(&app).await;
    let price = json!({"property_id": hotel.id, "updates": [{"rate_plan_ids": [plan], "room_type_ids": [hotel.double],
                       "from": "2026-12-10", "to": "2026-12-10", "set": {"price": {"amount": "120.00", "currency": "EUR"}}}]});
    manager.put("/v1/rates", &price).await.expect(200);
    let priced = since(&before).await;
    assert_eq!((numbers(&priced), &priced.body["is_delta"]), (json!([]), &json!(true)));
    assert_eq!(night(&priced, "DBL", "2026-12-10")["default_rate"]["price"]["amount"], "120.00");
}

#[tokio::test]
async fn the_calendar_has_its_limits() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"horizon_nights": 10}), ..HotelSpec::default() }).await;
    let get = async |dates: &str| hotel.manager.get(&format!("/v1/calendar?property_id={}&{dates}", hotel.id)).await;
    for dates in ["from=2026-12-10&to=2026-12-10", "from=2026-12-10&to=2026-12-09", "from=2026-12-01&to=2027-03-04"] {
        assert_eq!(get(dates).await.expect(422).pointers(), ["/to"], "{dates}");
    }
    let whole = get("from=2026-12-01&to=2027-03-03").await.expect(200);
    // Nights beyond the horizon are left out.
    assert_eq!(whole.body["room_types"][0]["nights"].as_array().map(Vec::len), Some(10));
    app.anonymous().get(&format!("/v1/calendar?property_id={}&from=2026-12-01&to=2026-12-02", hotel.id)).await.expect(401);
}

pub fn requests() -> Vec<Request> {
    vec![Request::new("get_calendar", async |w| {
        w.booking().await;
        Call::about(w.property().await).query("from", TODAY).query("to", "2026-12-05")
    })]
}
