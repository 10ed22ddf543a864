use crate::every_route::{Call, Exception::Public, Request, TO_LOOK, TODAY};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, day, eur};
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
        "size_sqm": null, "amenities": [], "images": [], "reviews": {"count": 0, "average": null}, "available": 2, "bookable": true, "total": eur("200.00"),
        "nightly": [night("2026-12-10"), night("2026-12-11")], "default_total": eur("200.00"), "reasons": [],
    });
    let mut offered = offer(&found, &hotel.double);
    let plans = offered.as_object_mut().expect("an object").remove("plans").expect("plans");
    assert_eq!(offered, expected);
    assert_eq!(
        (&plans[0]["total"], &plans[0]["nightly"]),
        (&expected["total"], &expected["nightly"]),
        "those of the cheapest plan"
    );
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
        ("adults=2&children_ages=7", true, true),
        ("adults=2&children_ages=4,9", false, false),
        ("adults=2&children_ages=4&children_ages=9", false, false),
        ("adults=2&children=4&children=9", false, false),
        ("adults=1&children_ages=", true, true),
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
        ("check_in=2026-12-10&check_out=2026-12-11&children_ages=18", vec!["/children_ages"]),
        ("check_in=2026-12-10&check_out=2026-12-11&children=1&children_ages=7", vec!["/children_ages"]),
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

#[tokio::test]
async fn a_type_is_offered_in_each_plan_that_has_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let breakfast = hotel
        .plan(
            &app,
            "BB",
            &[
                ("name", "'Bed and breakfast'"),
                ("(payment_policy, deposit_ppm)", "('deposit', 300000)"),
                ("description", "'With eggs'"),
            ],
        )
        .await;
    hotel.plan(&app, "OLD", &[("is_active", "false")]).await;
    hotel.rate(&app, &standard, "2026-12-10", &[("price_minor", "15000")]).await;
    hotel.rate(&app, &breakfast, "2026-12-11", &[("price_minor", "12005")]).await;
    let double = doubles(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-12&rooms=2").await;
    let plans = double["plans"].as_array().expect("a list");
    let night = |date: &str, price: &str| json!({"date": date, "price": eur(price), "taxes": []});
    let cheapest = json!({
        "rate_plan_id": breakfast, "code": "BB", "name": "Bed and breakfast", "description": "With eggs", "is_default": false,
        "board": "breakfast", "payment_policy": "deposit", "deposit": eur("132.03"), "is_refundable": true,
        "payment_terms": "132.03 EUR is due when booking, the rest is paid at the hotel.",
        "cancellation_policy_name": "Free cancellation", "cancellation_policy": "Free to cancel. If you do not come: 100 % of the price.", "bookable": true, "total": eur("440.10"),
        "nightly": [night("2026-12-10", "100.00"), night("2026-12-11", "120.05")], "reasons": [], "offers": [],
    });
    assert_eq!(plans[0], cheapest, "the cheapest first; inactive ones not at all");
    assert_eq!((plans.len(), &plans[1]["rate_plan_id"], &plans[1]["total"]), (2, &json!(standard), &eur("500.00")));
    assert_eq!((&plans[1]["is_default"], plans[1].get("deposit")), (&json!(true), None));
    assert_eq!(
        (&double["total"], &double["nightly"]),
        (&cheapest["total"], &cheapest["nightly"]),
        "a type costs what its cheapest plan does"
    );
    // What is shown is what is booked, in each plan.
    for plan in plans {
        let line = json!({"room_type_id": hotel.double, "adults": 2, "rate_plan_id": plan["rate_plan_id"]});
        let mut request = hotel.request("2026-12-10", "2026-12-12");
        request["rooms"] = json!([line, line]);
        request["expected_total"] = plan["total"].clone();
        let booked = hotel.manager.post("/v1/bookings", &request).await.expect(201);
        hotel.manager.post(&format!("/v1/bookings/{}/cancel", booked.id()), &json!({})).await.expect(200);
    }
}

/// U11: a guest who is shown the cheapest plan and names none pays what the default plan costs: every search says how much.
#[tokio::test]
async fn what_a_booking_without_a_plan_costs_is_told() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, standard) = (app.guest().await, hotel.default_plan(&app).await);
    let weekly = hotel.plan(&app, "WEEK", &[]).await;
    for n in 9..11 {
        hotel.rate(&app, &weekly, &day(n).to_string(), &[("price_minor", "9000")]).await;
    }
    let dates = "check_in=2026-12-10&check_out=2026-12-12";
    let told = async |more: &str| {
        let one = doubles(&app, &hotel, &format!("{dates}{more}")).await;
        let many = hotels(&app, &format!("city=lisboa&{dates}")).await.expect(200).body["items"][0]["offer"].clone();
        let by_day = calendar(&app, &hotel, "from=2026-12-10&days=1&nights=2").await.expect(200).body["items"][0].clone();
        [one, many, by_day].map(|shown| [shown["total"].clone(), shown["default_total"].clone()])
    };
    assert_eq!(told("").await, [[eur("180.00"), eur("200.00")], [eur("180.00"), eur("200.00")], [eur("180.00"), eur("200.00")]]);
    let narrowed = told(&format!("&rate_plan_id={weekly}")).await;
    assert_eq!(narrowed[0], [eur("180.00"), eur("200.00")], "also where the default plan is not looked for");
    assert_eq!(told("&max_price=190.00").await[0][1], eur("200.00"));
    let of_plan = calendar(&app, &hotel, &format!("from=2026-12-10&days=1&nights=2&rate_plan_id={weekly}")).await.expect(200);
    assert_eq!(of_plan.body["items"][0]["default_total"], eur("200.00"));

    let mut bare = hotel.request("2026-12-10", "2026-12-12");
    bare["expected_total"] = eur("180.00");
    let refused = guest.post("/v1/bookings", &bare).await.expect(409);
    assert_eq!((refused.code(), &refused.body["actual_total"]), ("booking.price_changed", &eur("200.00")));
    bare.as_object_mut().expect("an object").remove("expected_total");
    let booked = guest.post("/v1/bookings", &bare).await.expect(201);
    assert_eq!((&booked.body["total"], &booked.body["stays"][0]["rate_plan_id"]), (&eur("200.00"), &json!(standard)));

    // Where the default plan does not sell the stay there is no such price, nor such a booking.
    hotel.rate(&app, &standard, "2026-12-10", &[("min_stay", "3")]).await;
    assert_eq!(told("").await.map(|[_, default]| default), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(guest.post("/v1/bookings", &bare).await.expect(409).code(), "booking.restricted");
}

#[tokio::test]
async fn restrictions_are_reasons_and_another_plan_may_do() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let dear = hotel.plan(&app, "DEAR", &[]).await;
    hotel.rate(&app, &dear, "2026-12-10", &[("price_minor", "90000")]).await;
    hotel.rate(&app, &standard, "2026-12-10", &[("min_stay", "2")]).await;
    hotel.rate(&app, &standard, "2026-12-11", &[("closed_to_departure", "true")]).await;
    let dates = "check_in=2026-12-10&check_out=2026-12-11";
    let double = doubles(&app, &hotel, dates).await;
    assert_eq!((&double["bookable"], &double["total"], &double["reasons"]), (&json!(true), &eur("900.00"), &json!([])));
    let closed = &double["plans"][1];
    let told = json!([
        {"date": "2026-12-10", "room_type_id": hotel.double, "reason": "min_stay", "rate_plan_id": standard, "limit": 2},
        {"date": "2026-12-11", "room_type_id": hotel.double, "reason": "closed_to_departure", "rate_plan_id": standard},
    ]);
    assert_eq!((&closed["rate_plan_id"], &closed["bookable"], &closed["reasons"]), (&json!(standard), &json!(false), &told));
    let only = doubles(&app, &hotel, &format!("{dates}&rate_plan_id={standard}")).await;
    assert_eq!((&only["bookable"], &only["reasons"], &only["available"]), (&json!(false), &told, &json!(1)), "rooms there are");
    // A missing room is the reason of the type, and one more of each plan.
    hotel.book(&hotel.manager, "2026-12-09", "2026-12-12").await;
    let double = doubles(&app, &hotel, dates).await;
    let sold_out = json!({"date": "2026-12-10", "room_type_id": hotel.double, "reason": "sold_out", "available": 0});
    assert_eq!((&double["bookable"], &double["reasons"]), (&json!(false), &json!([sold_out])));
    let reasons: Vec<_> =
        double["plans"][1]["reasons"].as_array().expect("a list").iter().map(|told| told["reason"].clone()).collect();
    assert_eq!(reasons, ["sold_out", "min_stay", "closed_to_departure"]);
}

#[tokio::test]
async fn search_is_narrowed_and_ordered_as_asked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let ota = hotel.plan(&app, "OTA", &[("channels", "'{ota}'")]).await;
    for (code, kinds) in [("wifi", vec![&hotel.double, &hotel.suite]), ("balcony", vec![&hotel.suite])] {
        hotel.manager.post("/v1/amenities", &json!({"property_id": hotel.id, "code": code, "name": code})).await.expect(201);
        for kind in kinds {
            app.sql(&format!(
                "INSERT INTO room_type_amenities (property_id, room_type_id, amenity_id, created_at, updated_at)
                 SELECT property_id, '{kind}', id, now(), now() FROM amenities WHERE code = '{code}' AND property_id = '{}'",
                hotel.id
            ))
            .await;
        }
    }
    app.sql(&format!("UPDATE room_types SET name = 'a suite' WHERE id = '{}'", hotel.suite)).await;
    let dates = "check_in=2026-12-10&check_out=2026-12-12";
    let (double, suite) = (json!(hotel.double), json!(hotel.suite));
    for (filter, expected) in [
        (String::new(), vec![&double, &suite]),
        ("&sort=price".into(), vec![&double, &suite]),
        ("&sort=name".into(), vec![&suite, &double]),
        (format!("&room_type_id={}", hotel.suite), vec![&suite]),
        ("&amenities=wifi".into(), vec![&double, &suite]),
        ("&amenities=wifi,balcony".into(), vec![&suite]),
        ("&amenities=wifi&amenities=balcony".into(), vec![&suite]),
        ("&amenities=pool".into(), vec![]),
        ("&max_price=200".into(), vec![&double]),
        ("&max_price=199.99".into(), vec![]),
        ("&max_price=500&rooms=2".into(), vec![&double]),
        (format!("&rate_plan_id={standard}"), vec![&double, &suite]),
        (format!("&rate_plan_id={}", uuid::Uuid::now_v7()), vec![]),
    ] {
        let found = search(&app, &hotel, &format!("{dates}{filter}")).await.expect(200);
        let ids: Vec<_> = found.body["items"].as_array().expect("a list").iter().map(|item| &item["room_type_id"]).collect();
        assert_eq!(ids, expected, "{filter}");
    }
    for (channel, bookable) in [("", false), ("&channel=direct", false), ("&channel=ota", true)] {
        let found = doubles(&app, &hotel, &format!("{dates}&rate_plan_id={ota}{channel}")).await;
        assert_eq!(found["bookable"], bookable, "{channel}");
    }
    for (filter, pointer) in [
        ("max_price=1.234", "/max_price"),
        ("max_price=cheap", "/max_price"),
        ("sort=stars", "/sort"),
        ("rate_plan_id=x", "/rate_plan_id"),
    ] {
        assert_eq!(search(&app, &hotel, &format!("{dates}&{filter}")).await.expect(422).pointers(), [pointer], "{filter}");
    }
}

#[tokio::test]
async fn where_nothing_can_be_booked_the_nearest_dates_are_told() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, settings: json!({"max_advance_days": 30}), ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    let found = async |query: &str| {
        let found = search(&app, &hotel, &format!("room_type_id={}&{query}", hotel.double)).await.expect(200);
        let alternatives = found.body["alternatives"].as_array().expect("a list").clone();
        let days: Vec<String> = alternatives
            .iter()
            .map(|other| {
                assert_eq!((&other["room_type_id"], &other["rate_plan_id"]), (&json!(hotel.double), &json!(plan)));
                format!(
                    "{}-{} {}",
                    &other["check_in"].as_str().expect("a date")[8..],
                    &other["check_out"].as_str().expect("a date")[8..],
                    other["total"]["amount"].as_str().expect("text")
                )
            })
            .collect();
        days
    };
    assert_eq!(found("check_in=2026-12-10&check_out=2026-12-12").await, [""; 0], "it can be booked as asked");
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    hotel.rate(&app, &plan, "2026-12-08", &[("closed_to_arrival", "true"), ("price_minor", "15000")]).await;
    hotel.rate(&app, &plan, "2026-12-15", &[("closed_to_departure", "true")]).await;
    let told = found("check_in=2026-12-10&check_out=2026-12-12").await;
    assert_eq!(told, ["07-09 250.00", "06-08 200.00", "14-16 200.00", "05-07 200.00", "15-17 200.00"].map(String::from));
    assert_eq!(found("check_in=2026-12-10&check_out=2026-12-12&max_price=100").await, [""; 0], "not at that price");
    assert_eq!(found("check_in=2026-12-10&check_out=2026-12-12&rooms=2").await, [""; 0], "there is one room only");
    // Neither in the past nor later than the hotel sells.
    hotel.book(&hotel.manager, "2026-12-02", "2026-12-05").await;
    assert_eq!(found("check_in=2026-12-02&check_out=2026-12-03").await[..2], ["01-02 100.00", "05-06 100.00"].map(String::from));
    hotel.book(&hotel.manager, "2026-12-28", "2027-01-01").await;
    assert_eq!(
        found("check_in=2026-12-31&check_out=2027-01-01").await,
        ["27-28 100.00", "26-27 100.00", "25-26 100.00", "24-25 100.00", "23-24 100.00"].map(String::from)
    );
}

#[tokio::test]
async fn prices_that_depend_on_ages_ask_for_them_and_are_explained() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    let dates = "check_in=2026-12-10&check_out=2026-12-11&adults=2";
    search(&app, &hotel, &format!("{dates}&children=1")).await.expect(200);
    app.sql(&format!(
        "INSERT INTO age_bands (property_id, code, min_age, max_age, created_at, updated_at) VALUES ('{id}', 'child', 3, 12, now(), now());
         UPDATE rate_plan_room_types SET included_adults = 1, extra_adult_minor = 3000, extra_children = '{{\"child\": 1500}}'
         WHERE property_id = '{id}'",
        id = hotel.id
    ))
    .await;
    let derived = format!("('{plan}', 'percent', -100000)");
    let cheaper = hotel.plan(&app, "NR", &[("(parent_id, derivation_kind, derivation_value)", &derived)]).await;
    assert_eq!(search(&app, &hotel, &format!("{dates}&children=1")).await.expect(422).pointers(), ["/children"]);
    search(&app, &hotel, &format!("{dates}&children=0")).await.expect(200);
    let double = doubles(&app, &hotel, &format!("{dates}&children=7,&explain=true")).await;
    assert_eq!(doubles(&app, &hotel, &format!("{dates}&children_ages=7&explain=true")).await, double);
    let part = |kind: &str, source: &str, plan: &str, amount: &str| json!({"kind": kind, "source": source, "rate_plan_id": plan, "is_included": false, "count": 1, "amount": eur(amount)});
    let mut child = part("extra_child", "plan", &plan, "15.00");
    child["age_band"] = json!("child");
    let expected = json!([
        part("room", "base_price", &plan, "100.00"), part("extra_adult", "plan", &plan, "30.00"), child,
        part("derivation", "derivation", &cheaper, "-14.50"),
        {"kind": "tax", "name": "VAT 6 %", "is_included": true, "count": 1, "amount": eur("7.39")},
    ]);
    assert_eq!((&double["plans"][0]["nightly"][0]["lines"], &double["total"]), (&expected, &eur("130.50")));
    assert_eq!(
        doubles(&app, &hotel, &format!("{dates}&children=2,")).await,
        Value::Null,
        "a child in no band counts as an adult: three"
    );
}

/// U8: a search shows rooms with their pictures, and one of many hotels shows each hotel with its own.
#[tokio::test]
async fn rooms_are_shown_with_their_pictures() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, ..HotelSpec::default() }).await;
    let mut file = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(400, 300).write_to(&mut file, image::ImageFormat::Png).expect("a picture");
    let add = async |of: String| {
        let path = format!("{of}/images?alt=The+bay");
        hotel.manager.upload(http::Method::POST, &path, "image/png", file.get_ref()).await.expect(201)
    };
    let first = add(format!("/v1/room-types/{}", hotel.double)).await;
    let second = add(format!("/v1/room-types/{}", hotel.double)).await;
    let of_hotel = add(format!("/v1/properties/{}", hotel.id)).await;
    let found = search(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-11").await.expect(200);
    let double = offer(&found, &hotel.double);
    let ids: Vec<&Value> = double["images"].as_array().expect("a list").iter().map(|image| &image["id"]).collect();
    assert_eq!(ids, [&first.body["id"], &second.body["id"]], "its own, in their order");
    assert_eq!((&double["images"][0]["alt"], &double["images"][0]["is_primary"]), (&json!("The bay"), &json!(true)));
    let widths: Vec<_> =
        double["images"][0]["sizes"].as_array().expect("sizes").iter().map(|size| size["width"].clone()).collect();
    assert_eq!(widths, [json!(320), json!(400)]);
    assert_eq!(offer(&found, &hotel.suite)["images"], json!([]));
    let many = hotels(&app, "city=lisboa&check_in=2026-12-10&check_out=2026-12-11").await.expect(200);
    assert_eq!(many.body["items"][0]["image"]["id"], of_hotel.body["id"]);
}

#[tokio::test]
async fn guests_see_today_until_the_cut_off() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"same_day_cutoff": "18:00"}), ..HotelSpec::default() }).await;
    let today = "check_in=2026-12-01&check_out=2026-12-02";
    app.set_clock("2026-12-01T17:59:00Z");
    search(&app, &hotel, today).await.expect(200);
    app.set_clock("2026-12-01T18:00:00Z");
    let path = format!("/v1/availability?property_id={}&{today}", hotel.id);
    let elsewhere = app.hotel(HotelSpec::default()).await;
    app.set_clock("2026-12-01T18:00:00Z");
    for stranger in [&app.anonymous(), &app.guest().await, &elsewhere.manager] {
        let refused = stranger.get(&path).await.expect(422);
        assert_eq!(refused.pointers(), ["/check_in"]);
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("18:00")), "{}", refused.body);
    }
    search(&app, &hotel, "check_in=2026-12-02&check_out=2026-12-03").await.expect(200);
    let found = hotel.manager.get(&path).await.expect(200);
    assert_eq!(offer(&found, &hotel.double)["bookable"], true);
}

#[tokio::test]
async fn who_is_too_old_for_a_child_is_not_looked_for_as_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"max_child_age": 12}), ..HotelSpec::default() }).await;
    let of_age =
        async |age: u32| search(&app, &hotel, &format!("check_in=2026-12-10&check_out=2026-12-11&children={age},")).await;
    assert_eq!(of_age(13).await.expect(422).pointers(), ["/children"]);
    let named = search(&app, &hotel, "check_in=2026-12-10&check_out=2026-12-11&children_ages=13").await;
    assert_eq!(named.expect(422).pointers(), ["/children_ages"]);
    of_age(12).await.expect(200);
}

async fn calendar(app: &TestApp, hotel: &Hotel, query: &str) -> Reply {
    app.anonymous().get(&format!("/v1/availability/calendar?property_id={}&{query}", hotel.id)).await
}

async fn hotels(app: &TestApp, query: &str) -> Reply {
    app.anonymous().get(&format!("/v1/availability/hotels?{query}")).await
}

/// The cheapest that a search of one hotel finds: type, plan, total, and the total without a plan. Null if there is nothing.
fn cheapest(found: &Reply) -> Value {
    let best = &found.body["items"][0];
    match best["bookable"].as_bool() {
        Some(true) => json!([best["room_type_id"], best["plans"][0]["rate_plan_id"], best["total"], best["default_total"]]),
        _ => Value::Null,
    }
}

fn told(offer: &Value) -> Value {
    match offer["total"].is_null() {
        true => Value::Null,
        false => json!([offer["room_type_id"], offer["rate_plan_id"], offer["total"], offer["default_total"]]),
    }
}

/// Numbers without order, the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Returns the text one in `of` times, else NULL.
    fn sometimes(&mut self, of: u64, text: impl Fn(&mut Self) -> String) -> String {
        if self.below(of) == 0 { text(self) } else { "NULL".into() }
    }
}

/// Rates of some nights, restrictions of all kinds, taxes of all kinds, and rooms taken.
async fn shake(app: &TestApp, hotel: &Hotel, plans: &[String], numbers: &mut Numbers) {
    let mut sql =
        format!("DELETE FROM rates WHERE property_id = '{id}'; DELETE FROM tax_rules WHERE property_id = '{id}';", id = hotel.id);
    for n in 0..20 {
        for kind in [&hotel.double, &hotel.suite] {
            for plan in plans {
                if numbers.below(3) > 0 {
                    continue;
                }
                // The first two have prices of their own.
                let price =
                    if plans[..2].contains(plan) { numbers.sometimes(2, |n| n.below(30_000).to_string()) } else { "NULL".into() };
                let flag = |n: &mut Numbers| if n.below(2) == 0 { "true".to_owned() } else { "false".to_owned() };
                let limit = |n: &mut Numbers| (1 + n.below(3)).to_string();
                sql += &format!(
                    "INSERT INTO rates (property_id, night, room_type_id, rate_plan_id, price_minor, stop_sell, closed_to_arrival,
                     closed_to_departure, min_stay, max_stay, max_advance_days, created_at, updated_at)
                     VALUES ('{}', '{}', '{kind}', '{plan}', {price}, {}, {}, {}, {}, {}, {}, now(), now());",
                    hotel.id,
                    day(n),
                    numbers.sometimes(8, flag),
                    numbers.sometimes(8, flag),
                    numbers.sometimes(8, flag),
                    numbers.sometimes(8, limit),
                    numbers.sometimes(8, |n| (2 + n.below(3)).to_string()),
                    numbers.sometimes(12, |n| n.below(10).to_string()),
                );
            }
        }
        sql += &format!(
            "UPDATE inventory SET sold = least(capacity, {}) WHERE property_id = '{}' AND night = '{}' AND room_type_id = '{}';",
            numbers.below(4).saturating_sub(1),
            hotel.id,
            day(n),
            if numbers.below(2) == 0 { &hotel.double } else { &hotel.suite }
        );
    }
    for kind in ["percent", "percent", "per_night", "per_person_night", "per_stay"] {
        if numbers.below(3) == 0 {
            continue;
        }
        let (ppm, amount) = match kind {
            "percent" => ((1 + numbers.below(250_000)).to_string(), "NULL".to_owned()),
            _ => ("NULL".to_owned(), numbers.below(1_500).to_string()),
        };
        sql += &format!(
            "INSERT INTO tax_rules (property_id, id, name, kind, rate_ppm, amount_minor, is_included, min_age, skip_nights, max_nights,
             valid_from, created_at, updated_at)
             VALUES ('{}', gen_random_uuid(), '{kind}', '{kind}', {ppm}, {amount}, {}, {}, {}, {}, {}, now(), now());",
            hotel.id,
            numbers.below(2) == 0,
            if kind == "per_person_night" { numbers.sometimes(2, |n| n.below(30).to_string()) } else { "NULL".into() },
            numbers.below(2),
            numbers.sometimes(3, |n| (1 + n.below(2)).to_string()),
            numbers.sometimes(3, |n| format!("'{}'", day(n.below(15)))),
        );
    }
    app.sql(&sql).await;
}

#[tokio::test]
async fn the_calendar_and_the_search_of_many_hotels_say_what_a_search_of_one_says() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, suites: 2, prices: "net", ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let other = hotel.plan(&app, "OTHER", &[("min_stay", "2")]).await;
    let derived = |kind: &str, value: i64| format!("('{standard}', '{kind}', {value})");
    let columns = "(parent_id, derivation_kind, derivation_value)";
    let percent = hotel.plan(&app, "PERCENT", &[(columns, &derived("percent", -33_333)), ("valid_from", "'2026-12-04'")]).await;
    let amount = hotel.plan(&app, "AMOUNT", &[(columns, &derived("amount", -1_500)), ("channels", "'{ota}'")]).await;
    let plans = [standard, other, percent, amount];
    app.sql(&format!(
        "INSERT INTO age_bands (property_id, code, min_age, max_age, created_at, updated_at) VALUES ('{id}', 'child', 3, 12, now(), now());
         UPDATE rate_plan_room_types SET price_minor = 9900, included_adults = 1, extra_adult_minor = 1100, extra_children = '{{\"child\": 700}}'
         WHERE property_id = '{id}' AND rate_plan_id = '{}'",
        plans[1],
        id = hotel.id
    ))
    .await;
    let (mut numbers, mut offers, mut days) = (Numbers(4), 0, 0);
    for round in 0..crate::support::size(4, 40) {
        shake(&app, &hotel, &plans, &mut numbers).await;
        for guests in ["adults=2", "adults=1&children=7,&channel=ota", "adults=2&rooms=2"] {
            let nights = 1 + numbers.below(4);
            let year = calendar(&app, &hotel, &format!("days=14&nights={nights}&{guests}")).await.expect(200);
            let items = year.body["items"].as_array().expect("a list");
            assert_eq!(items.len(), 14);
            for (n, item) in (0..).zip(items) {
                let dates = format!("check_in={}&check_out={}&{guests}", day(n), day(n + nights));
                let expected = cheapest(&search(&app, &hotel, &dates).await.expect(200));
                assert_eq!(item["check_in"], day(n).to_string());
                assert_eq!(told(item), expected, "round {round}, {dates}");
                assert_eq!(item["reason"].is_null(), !expected.is_null(), "{item}");
                let found = hotels(&app, &format!("city=lisboa&{dates}")).await.expect(200);
                assert_eq!(told(&found.body["items"][0]["offer"]), expected, "round {round}, {dates}");
                (offers, days) = (offers + i32::from(!expected.is_null()), days + 1);
            }
        }
    }
    assert!(offers * 4 > days && offers < days, "{offers} of {days}: neither everything nor hardly anything is sold");
}

#[tokio::test]
async fn days_without_an_offer_say_why() {
    let app = TestApp::new().await;
    let settings = json!({"max_advance_days": 12, "horizon_nights": 11, "max_nights": 5});
    let hotel = app.hotel(HotelSpec { rooms: 1, settings, ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    hotel.book(&hotel.manager, "2026-12-03", "2026-12-05").await;
    hotel.rate(&app, &plan, "2026-12-06", &[("closed_to_arrival", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-08", &[("closed_to_departure", "true"), ("price_minor", "5000")]).await;
    let days = async |query: &str| {
        let reply = calendar(&app, &hotel, query).await.expect(200);
        let item = |item: &Value| {
            let text = |value: &Value| value.as_str().map(String::from);
            text(&item["total"]["amount"]).or(text(&item["reason"])).unwrap_or_else(|| item.to_string())
        };
        reply.body["items"].as_array().expect("a list").iter().map(item).collect::<Vec<_>>()
    };
    let expected = [
        "200.00",
        "sold_out",
        "sold_out",
        "sold_out",
        "200.00",
        "restricted",
        "150.00",
        "150.00",
        "200.00",
        "200.00",
        "beyond_horizon",
        "beyond_horizon",
        "beyond_horizon",
        "too_far_ahead",
    ];
    // The stay from the 6th on is closed to arrival, and one that would end on the 8th to departure.
    assert_eq!(days(&format!("room_type_id={}&nights=2&days=14", hotel.double)).await, expected);
    assert_eq!(days(&format!("room_type_id={}&nights=1&days=1&adults=9", hotel.double)).await, ["no_room_fits"]);
    assert_eq!(days(&format!("room_type_id={}&days=1&rooms=2", hotel.double)).await, ["sold_out"]);
    assert_eq!(
        days("days=1&rate_plan_id=019b76da-a800-7db2-b8f6-1cbb12df8159").await,
        ["no_room_fits"],
        "an unknown plan sells nothing"
    );
    let past = calendar(&app, &hotel, "from=2020-01-01&days=2").await.expect(200);
    assert_eq!(past.body["items"][0]["check_in"], "2026-12-01", "no stay begins before today");
    assert_eq!(past.body["items"].as_array().expect("a list").len(), 2);
    for (query, pointer) in [
        ("days=0", "/days"),
        ("days=401", "/days"),
        ("nights=0", "/nights"),
        ("nights=6", "/nights"),
        ("nights=31", "/nights"),
        ("adults=0", "/adults"),
        ("rooms=6", "/rooms"),
        ("rooms=51", "/rooms"),
        ("children=x", "/children"),
        ("from=tomorrow", "/from"),
        ("from=9999-12-31", "/from"),
        ("room_type_id=x", "/room_type_id"),
    ] {
        assert_eq!(calendar(&app, &hotel, query).await.expect(422).pointers(), [pointer], "{query}");
    }
    let nowhere = format!("/v1/availability/calendar?property_id={}", uuid::Uuid::now_v7());
    assert_eq!(app.anonymous().get(&nowhere).await.expect(404).code(), "request.not_found");
}

/// A hotel more, with one room at a price.
async fn another_hotel(app: &TestApp, name: &str, city: &str, location: Value, currency: &str, price: &str) -> Hotel {
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let admin = app.admin().await;
    let path = format!("/v1/properties/{}", hotel.id);
    let patch = json!({"name": name, "address": {"city": city}, "location": location});
    let patched = admin.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!(patched.body["location"], location);
    app.sql(&format!("UPDATE properties SET currency = '{currency}' WHERE id = '{}'", hotel.id)).await;
    let plan = hotel.default_plan(app).await;
    for n in 9..14 {
        hotel.rate(app, &plan, &day(n).to_string(), &[("price_minor", price)]).await;
    }
    hotel
}

fn names(reply: &Reply) -> Vec<&str> {
    reply.body["items"].as_array().expect("a list").iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

/// A hotel whose texts exist in Japanese and Portuguese, all but some.
async fn translated(app: &TestApp) -> Hotel {
    let hotel = app.hotel(HotelSpec { taxes: &[("City tax", "5")], ..HotelSpec::default() }).await;
    let manager = &hotel.manager;
    let plan = manager.get(&format!("/v1/rate-plans/{}", hotel.default_plan(app).await)).await.expect(200);
    let policy = plan.body["cancellation_policy_id"].as_str().expect("an id").to_owned();
    let tax = manager.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let tax = tax.body["items"][0]["id"].as_str().expect("an id").to_owned();
    let texts = |pt: &str, ja: &str| json!({"texts": {"pt": {"name": pt}, "ja": {"name": ja}}});
    for (path, texts) in [
        (format!("/v1/properties/{}", hotel.id), texts("Hotel de Teste", "テストホテル")),
        (format!("/v1/room-types/{}", hotel.double), texts("Quarto duplo", "ダブル")),
        (format!("/v1/rate-plans/{}", plan.id()), texts("Normal", "標準")),
        (format!("/v1/cancellation-policies/{policy}"), texts("Cancelamento gratuito", "無料")),
        (format!("/v1/tax-rules/{tax}"), texts("Taxa municipal", "宿泊税")),
    ] {
        let etag = manager.get(&path).await.expect(200).header("etag").to_owned();
        manager.patch(&path, &etag, &texts).await.expect(200);
    }
    hotel
}

/// U14: every search answers in the nearest language that there is, names of plans, policies and taxes included.
#[tokio::test]
async fn searches_answer_in_the_language_that_the_reader_wants() {
    let app = TestApp::new().await;
    let hotel = translated(&app).await;
    let stay = "check_in=2026-12-10&check_out=2026-12-12&adults=2";
    for (accept, more, names, free, languages) in [
        ("", "", ["Test Hotel", "DBL", "Standard", "Free cancellation", "City tax"], "Free to cancel.", "en"),
        ("ja", "", ["テストホテル", "ダブル", "標準", "無料", "宿泊税"], "Free to cancel.", "en, ja"),
        (
            "fr, pt-PT;q=0.9, ja;q=0.2",
            "",
            ["Hotel de Teste", "Quarto duplo", "Normal", "Cancelamento gratuito", "Taxa municipal"],
            "Cancelamento gratuito",
            "pt",
        ),
        (
            "ja",
            "&locale=pt-BR",
            ["Hotel de Teste", "Quarto duplo", "Normal", "Cancelamento gratuito", "Taxa municipal"],
            "Cancelamento gratuito",
            "pt",
        ),
    ] {
        let [hotel_name, room_type, plan, policy, tax] = names;
        let reader = app.anonymous().with("accept-language", accept);
        let many = reader.get(&format!("/v1/availability/hotels?city=Lisboa&{stay}{more}")).await.expect(200);
        let found = &many.body["items"][0];
        assert_eq!(
            (&found["name"], &found["offer"]["room_type_name"], &found["offer"]["rate_plan_name"]),
            (&json!(hotel_name), &json!(room_type), &json!(plan)),
            "{accept}{more}"
        );
        let one = reader.get(&format!("/v1/availability?property_id={}&{stay}{more}&explain=true", hotel.id)).await.expect(200);
        let double = offer(&one, &hotel.double);
        let offered = &double["plans"][0];
        assert_eq!((&double["name"], &offered["name"]), (&json!(room_type), &json!(plan)), "{accept}{more}");
        assert_eq!(offered["cancellation_policy_name"], policy);
        assert_eq!(double["nightly"][0]["taxes"][0]["name"], tax);
        assert!(double["nightly"][0]["lines"].to_string().contains(tax), "{double}");
        let terms = offered["cancellation_policy"].as_str().expect("text");
        assert!(terms.starts_with(free), "{terms}");
        // Rooms of the other type have no translation: their names are in the hotel's language.
        let told: Vec<&str> = one.header("content-language").split(", ").collect();
        assert!(languages.split(", ").all(|language| told.contains(&language)), "{told:?} for {accept}{more}");
    }
    let wrong = app.anonymous().get(&format!("/v1/availability?property_id={}&{stay}&locale=Portuguese", hotel.id)).await;
    assert_eq!(wrong.expect(422).pointers(), ["/locale"]);
}

#[tokio::test]
async fn quotes_bookings_and_folios_speak_the_readers_language() {
    let app = TestApp::new().await;
    let hotel = translated(&app).await;
    let guest = app.guest().await.with("accept-language", "pt-PT");
    let rooms = json!([{"room_type_id": hotel.double, "adults": 2}]);
    let asked = json!({"property_id": hotel.id, "check_in": "2026-12-10", "check_out": "2026-12-11", "rooms": rooms});
    let quoted = guest.post("/v1/quotes", &asked).await.expect(200);
    assert_eq!(quoted.header("content-language"), "pt");
    let room = &quoted.body["rooms"][0];
    assert!(room["cancellation_policy"].as_str().expect("text").starts_with("Cancelamento gratuito"), "{room}");
    assert!(room["nightly"][0]["lines"].to_string().contains("Taxa municipal"), "{room}");

    let booking = hotel.book(&guest, "2026-12-10", "2026-12-11").await;
    let path = format!("/v1/bookings/{}", booking.id());
    let folio = guest.get(&format!("{path}/folio")).await.expect(200);
    let lines: Vec<&Value> = folio.body["entries"].as_array().expect("entries").iter().map(|line| &line["description"]).collect();
    assert!(lines.contains(&&json!("Taxa municipal")) && lines.contains(&&json!("Quarto duplo")), "{lines:?}");
    assert_eq!(folio.header("content-language"), "pt");
    let shown = guest.get(&path).await.expect(200);
    assert_eq!(shown.header("content-language"), "pt");
    let terms = shown.body["stays"][0]["cancellation_policy"].as_str().expect("text");
    assert!(terms.starts_with("Cancelamento gratuito"), "{terms}");
    assert_eq!(shown.body["stays"][0]["room_type_name"], "Quarto duplo");
    // Names that a mail has are in the guest's language, too.
    let mail = &app.mail_to("ana@example.com").await[0];
    let text = mail["text"].as_str().expect("text");
    assert!(text.contains("\nQuarto duplo\n") && text.contains("\nTaxa municipal: 4,76 EUR\n"), "{text}");

    guest.post("/v1/me/wishlist", &json!({"room_type_id": hotel.double})).await.expect(201);
    let wishes = guest.get("/v1/me/wishlist").await.expect(200);
    assert_eq!(wishes.header("content-language"), "pt");
    let wish = &wishes.body["items"][0];
    assert_eq!((&wish["property_name"], &wish["room_type_name"]), (&json!("Hotel de Teste"), &json!("Quarto duplo")));

    // What was sold under a name keeps it, once the tax is called otherwise.
    let taxes = hotel.manager.get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    let tax = format!("/v1/tax-rules/{}", taxes.body["items"][0]["id"].as_str().expect("an id"));
    let etag = hotel.manager.get(&tax).await.expect(200).header("etag").to_owned();
    let renamed = json!({"name": "Tourist tax", "texts": {"pt": {"name": "Taxa turística"}}});
    hotel.manager.patch(&tax, &etag, &renamed).await.expect(200);
    let folio = guest.get(&format!("{path}/folio")).await.expect(200);
    assert!(folio.body["entries"].to_string().contains("City tax"), "{}", folio.body);
    let english = app.anonymous().post("/v1/quotes", &asked).await.expect(200);
    assert_eq!(english.header("content-language"), "en");
}

#[tokio::test]
async fn hotels_are_found_by_place_and_ordered() {
    let app = TestApp::new().await;
    let at = |latitude: f64, longitude: f64| json!({"latitude": latitude, "longitude": longitude});
    let alfama = another_hotel(&app, "Alfama", "Lisbon", at(38.712, -9.13), "EUR", "12000").await;
    let belem = another_hotel(&app, "Belem", "Lisbon", at(38.6976, -9.2065), "EUR", "9000").await;
    let cais = another_hotel(&app, "Cais", "Lisbon", Value::Null, "USD", "8000").await;
    let faro = another_hotel(&app, "Faro", "Faro", at(37.0194, -7.9304), "EUR", "7000").await;
    let dates = "check_in=2026-12-10&check_out=2026-12-12";
    let found = async |query: &str| hotels(&app, &format!("{dates}&{query}")).await.expect(200);
    for (query, expected) in [
        ("city=LISBON", vec!["Belem", "Alfama", "Cais"]),
        ("city=Lisbon&sort=name", vec!["Alfama", "Belem", "Cais"]),
        ("city=Porto", vec![]),
        ("country=pt", vec!["Faro", "Belem", "Alfama", "Cais"]),
        ("country=DE", vec![]),
        ("country=PT&currency=USD", vec!["Cais"]),
        ("city=Lisbon&currency=EUR&max_price=180.00", vec!["Belem"]),
        ("city=Lisbon&currency=EUR&max_price=179.99", vec![]),
        ("near=38.7223,-9.1393", vec!["Belem", "Alfama"]),
        ("near=38.7223,-9.1393&sort=distance", vec!["Alfama", "Belem"]),
        ("near=38.7223,-9.1393&radius_km=2", vec!["Alfama"]),
        ("near=38.7223,-9.1393&radius_km=250&sort=distance", vec!["Alfama", "Belem", "Faro"]),
        ("near=38.7223,-9.1393&radius_km=250&city=faro", vec!["Faro"]),
    ] {
        assert_eq!(names(&found(query).await), expected, "{query}");
    }
    let near = found("near=38.7223,-9.1393&radius_km=2").await;
    let plan = alfama.default_plan(&app).await;
    let expected = json!({
        "property_id": alfama.id, "name": "Alfama", "city": "Lisbon", "country": "PT", "location": at(38.712, -9.13), "image": null,
        "distance_km": 1.4,
        "offer": {
            "room_type_id": alfama.double, "room_type_name": "DBL", "rate_plan_id": plan, "rate_plan_name": "Standard",
            "board": "room_only", "available": 1, "total": eur("240.00"), "default_total": eur("240.00"),
        },
        "reviews": {"count": 0, "average": null},
    });
    assert_eq!(near.body["items"][0], expected);
    assert_eq!(
        (&near.body["check_in"], &near.body["check_out"], &near.body["rooms"]),
        (&json!("2026-12-10"), &json!("2026-12-12"), &json!(1))
    );

    // What is sold, dearer or closed is told at once, last in the list.
    belem.book(&belem.manager, "2026-12-11", "2026-12-12").await;
    let sold = found("city=Lisbon").await;
    assert_eq!((names(&sold), &sold.body["items"][2]["offer"]), (vec!["Alfama", "Cais", "Belem"], &Value::Null));
    alfama.rate(&app, &plan, "2026-12-11", &[("stop_sell", "true")]).await;
    assert_eq!(names(&found("city=Lisbon").await), ["Cais", "Alfama", "Belem"]);
    cais.rate(&app, &cais.default_plan(&app).await, "2026-12-10", &[("price_minor", "8001")]).await;
    assert_eq!(found("city=Lisbon").await.body["items"][0]["offer"]["total"], json!({"amount": "160.01", "currency": "USD"}));
    let other = cais.plan(&app, "CHEAP", &[("parent_id", "NULL")]).await;
    app.sql(&format!("UPDATE rate_plan_room_types SET price_minor = 100 WHERE rate_plan_id = '{other}'")).await;
    assert_eq!(found("city=Lisbon").await.body["items"][0]["offer"]["total"]["amount"], "2.00");
    app.admin().await.delete(&format!("/v1/properties/{}", faro.id), "\"2\"").await.expect(204);
    assert_eq!(names(&found("city=Faro").await), [""; 0], "a removed hotel is not found");
}

#[tokio::test]
async fn a_search_of_many_hotels_refuses_bad_input() {
    let app = TestApp::new().await;
    let dates = "check_in=2026-12-10&check_out=2026-12-12";
    for (query, pointer) in [
        (String::new(), "/check_in"),
        (dates.into(), "/city"),
        ("city=Lisbon&check_in=2026-12-12&check_out=2026-12-12".into(), "/check_out"),
        ("city=Lisbon&check_in=2026-12-12&check_out=2028-12-12".into(), "/check_out"),
        (format!("{dates}&near=38.7"), "/near"),
        (format!("{dates}&near=91,0"), "/near"),
        (format!("{dates}&near=0,181"), "/near"),
        (format!("{dates}&near=NaN,0"), "/near"),
        (format!("{dates}&near=0,0&radius_km=0"), "/radius_km"),
        (format!("{dates}&near=0,0&radius_km=501"), "/radius_km"),
        (format!("{dates}&near=0,0&radius_km=NaN"), "/radius_km"),
        (format!("{dates}&city=Lisbon&radius_km=5"), "/near"),
        (format!("{dates}&city=Lisbon&sort=distance"), "/sort"),
        (format!("{dates}&city=Lisbon&sort=stars"), "/sort"),
        (format!("{dates}&city=Lisbon&max_price=100"), "/currency"),
        (format!("{dates}&city=Lisbon&max_price=cheap&currency=EUR"), "/max_price"),
        (format!("{dates}&city=Lisbon&currency=XXX"), "/currency"),
        (format!("{dates}&city=Lisbon&adults=0"), "/adults"),
        (format!("{dates}&city=Lisbon&rooms=51"), "/rooms"),
        (format!("{dates}&city=Lisbon&children=18,"), "/children"),
    ] {
        assert_eq!(hotels(&app, &query).await.expect(422).pointers(), [pointer], "{query}");
    }
    let hotel = app.hotel(HotelSpec::default()).await;
    app.sql(&format!(
        "INSERT INTO age_bands (property_id, code, min_age, max_age, created_at, updated_at) VALUES ('{}', 'child', 3, 12, now(), now())",
        hotel.id
    ))
    .await;
    let by_age = format!("{dates}&city=Lisboa&children=");
    assert_eq!(
        hotels(&app, &format!("{by_age}1")).await.expect(422).pointers(),
        ["/children"],
        "a price there depends on the age"
    );
    assert_eq!(hotels(&app, &format!("{by_age}7,")).await.expect(200).body["items"][0]["offer"]["total"], eur("200.00"));
    assert_eq!(
        hotels(&app, &format!("{dates}&city=Lisboa&children_ages=7")).await.expect(200).body["items"][0]["offer"]["total"],
        eur("200.00")
    );
    assert_eq!(calendar(&app, &hotel, "children=1").await.expect(422).pointers(), ["/children"]);
    assert!(calendar(&app, &hotel, "days=1&children_ages=7").await.expect(200).body["items"][0]["total"].is_object());
}

/// Returns how often the only connection has run a prepared statement so far.
async fn statements_run(app: &TestApp) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Run {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    // One request at a time: they all have one connection.
    let mut conn = app.app.db.conn().await.expect("a connection");
    #[expect(clippy::disallowed_methods, reason = "a test asks whatever it likes")]
    let query = diesel::sql_query(
        "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint AS count FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared%'",
    );
    query.get_result::<Run>(&mut conn).await.expect("a number").count
}

#[tokio::test]
async fn the_number_of_queries_grows_neither_with_hotels_nor_with_rooms_nor_with_nights() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let cost = async |query: String| {
        let before = statements_run(&app).await;
        app.anonymous().get(&query).await.expect(200);
        statements_run(&app).await - before
    };
    let queries = |nights: u64, days: u32| {
        let dates = format!("check_in={}&check_out={}", day(2), day(2 + nights));
        [
            format!("/v1/availability?property_id={}&{dates}", hotel.id),
            format!("/v1/availability/hotels?city=Lisboa&{dates}"),
            format!("/v1/availability/calendar?property_id={}&nights={nights}&days={days}", hotel.id),
        ]
    };
    // A connection prepares each statement when it first runs it.
    for query in queries(1, 1) {
        cost(query).await;
    }
    let costs = async |queries: [String; 3]| {
        let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
        for query in queries {
            app.sql("UPDATE properties SET updated_at = updated_at").await;
            changed.push(cost(query.clone()).await);
            unchanged.push(cost(query).await);
        }
        (changed, unchanged)
    };
    let few = costs(queries(1, 1)).await;
    assert_eq!(few.1, [4, 4, 3], "what has not changed is not read; reviews are counted with nights and rates");
    let plan = hotel.default_plan(&app).await;
    for n in 0..5 {
        app.hotel(HotelSpec { rooms: 3, suites: 2, ..HotelSpec::default() }).await;
        hotel.plan(&app, &format!("PLAN{n}"), &[]).await;
        hotel.rate(&app, &plan, &day(n).to_string(), &[("price_minor", "1")]).await;
    }
    assert_eq!(costs(queries(20, 300)).await, few);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("search", async |w| {
            Call::about(w.property().await).query("check_in", TODAY).query("check_out", "2026-12-02")
        })
        .but(Public, TO_LOOK),
        Request::new("search_hotels", async |w| {
            w.hotel().await;
            Call::plain().query("city", "Lisboa").query("check_in", TODAY).query("check_out", "2026-12-02")
        })
        .but(Public, TO_LOOK),
        Request::new("price_calendar", async |w| Call::about(w.property().await)).but(Public, TO_LOOK),
    ]
}
