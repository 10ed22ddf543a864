//! Quotes, and bookings at the price that was quoted.
use super::{stay, with};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, book, eur};
use serde_json::{Value, json};

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
