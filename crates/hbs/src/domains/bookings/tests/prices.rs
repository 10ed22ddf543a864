//! Prices of what is booked, and who sets them.
use super::{for_rooms, stay, with};
use crate::support::{HotelSpec, TestApp, book, eur};
use serde_json::{Value, json};

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
