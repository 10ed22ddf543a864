//! Selling with offers: searches, quotes and sales say the same, and a quote holds its price.
use super::{OFFERS, body, cents, offer, quote, request, standing};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, book, eur};
use serde_json::{Value, json};

const DATES: [&str; 2] = ["2026-12-10", "2026-12-13"];

/// Returns the price of a double in the default plan, as each of the searches, a quote and a dry run of a sale tell it: in cents.
pub async fn told(client: &Client, hotel: &Hotel, dates: [&str; 2], nights: u32, code: Option<&str>) -> Vec<i64> {
    let [from, to] = dates;
    let of_code = code.map_or(String::new(), |code| format!("&code={code}"));
    let id = &hotel.id;
    let search = client
        .get(&format!("/v1/availability?property_id={id}&check_in={from}&check_out={to}&adults=2{of_code}"))
        .await
        .expect(200);
    let calendar = format!("/v1/availability/calendar?property_id={id}&from={from}&days=1&nights={nights}{of_code}");
    let calendar = client.get(&calendar).await.expect(200);
    let differing = code.map_or(json!({}), |code| json!({"code": code}));
    let quoted = quote(client, hotel, dates, differing.clone()).await.expect(200);
    let sold = hotel.manager.post("/v1/bookings?dry_run=true", &request(hotel, dates, &differing)).await.expect(201);
    let items = search.body["items"].as_array().expect("a list");
    let double = items.iter().find(|item| item["room_type_id"] == json!(hotel.double)).expect("the double");
    let hotels = format!("/v1/availability/hotels?city=Lisboa&check_in={from}&check_out={to}{of_code}");
    let hotels = client.get(&hotels).await.expect(200);
    vec![
        cents(&double["total"]),
        cents(&calendar.body["items"][0]["total"]),
        cents(&quoted.body["total"]),
        cents(&sold.body["total"]),
        cents(&of_hotel(&hotels, hotel)["total"]),
    ]
}

/// The offer of a hotel among those of many.
fn of_hotel<'a>(hotels: &'a Reply, hotel: &Hotel) -> &'a Value {
    let items = hotels.body["items"].as_array().expect("a list");
    &items.iter().find(|item| item["property_id"] == json!(hotel.id)).expect("the hotel")["offer"]
}

/// A code is for the hotels that have it, each by its own offer; for others it is nothing.
#[tokio::test]
async fn a_code_in_a_search_of_many_hotels_is_for_those_that_have_it() {
    let app = TestApp::new().await;
    let (first, second) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let other = app.hotel(HotelSpec::default()).await;
    let summer = |percent: &str| json!({"access": "code", "code": "SUMMER", "percent": percent, "book_until": "2026-12-02"});
    let withdrawn = offer(&first, summer("10")).await;
    offer(&second, summer("50")).await;
    offer(&other, json!({"access": "code", "code": "WINTER"})).await;
    let anybody = app.anonymous();
    let search = async |code: &str| {
        let path = format!("/v1/availability/hotels?city=Lisboa&check_in={}&check_out={}{code}", DATES[0], DATES[1]);
        anybody.get(&path).await
    };
    let totals = async |code: &str| {
        let found = search(code).await.expect(200);
        [&first, &second, &other].map(|hotel| cents(&of_hotel(&found, hotel)["total"]))
    };
    assert_eq!(totals("").await, [30_000; 3]);
    assert_eq!(totals("&code=summer").await, [27_000, 15_000, 30_000]);
    let found = search("&code=SUMMER&sort=price").await.expect(200);
    assert_eq!(found.body["items"][0]["property_id"], json!(second.id), "the cheapest with the code comes first");
    assert_eq!(of_hotel(&found, &second)["discount"], eur("150.00"));
    let unknown = search("&code=NOBODYS").await.expect(422);
    assert_eq!((unknown.code(), unknown.pointers()), ("offers.code_unknown", vec!["/code"]));

    // What is over at one hotel goes on at the other, until it is over there, too.
    first.manager.delete(&format!("{OFFERS}/{}", withdrawn.id()), "\"1\"").await.expect(204);
    assert_eq!(totals("&code=summer").await, [30_000, 15_000, 30_000]);
    app.set_clock("2026-12-03T12:00:00Z");
    assert_eq!(search("&code=summer").await.expect(409).code(), "offers.ended");
}

#[tokio::test]
async fn searches_quotes_and_sales_take_off_the_same() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let anybody = app.anonymous();
    for (differing, expected) in [
        (json!({}), 27_000),
        (json!({"kind": "amount_per_night", "percent": null, "amount": eur("12.34")}), 30_000 - 3 * 1_234),
        (json!({"kind": "amount_per_stay", "percent": null, "amount": eur("50.00")}), 25_000),
        (json!({"kind": "fixed_price", "percent": null, "amount": eur("79.00")}), 23_700),
        (json!({"kind": "free_nights", "percent": null, "stay_nights": 3, "pay_nights": 2, "free_nights": "last"}), 20_000),
        (json!({"weekdays": ["fri"]}), 29_000),
    ] {
        let made = offer(&hotel, differing.clone()).await;
        assert_eq!(told(&anybody, &hotel, DATES, 3, None).await, [expected; 5], "{differing}");
        let with_code = offer(&hotel, {
            let mut body = differing.clone();
            body["access"] = json!("code");
            body["code"] = json!("PLUS");
            body["name"] = json!("By code");
            body
        })
        .await;
        hotel.manager.delete(&format!("{OFFERS}/{}", made.id()), "\"1\"").await.expect(204);
        assert_eq!(told(&anybody, &hotel, DATES, 3, Some("plus")).await, [expected; 5], "{differing}");
        assert_eq!(told(&anybody, &hotel, DATES, 3, None).await, [30_000; 5], "without the code");
        hotel.manager.delete(&format!("{OFFERS}/{}", with_code.id()), "\"1\"").await.expect(204);
    }
}

#[tokio::test]
async fn a_discount_is_a_line_of_its_own_and_taxes_are_on_what_is_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let made = offer(&hotel, json!({"texts": {"pt": {"name": "Menos dez"}}})).await;
    let quoted =
        quote(&app.anonymous().with("Accept-Language", "pt"), &hotel, ["2026-12-10", "2026-12-11"], json!({})).await.expect(200);
    let lines = quoted.body["rooms"][0]["nightly"][0]["lines"].as_array().expect("lines");
    let line = |line: &Value| (line["kind"].as_str().expect("a kind").to_owned(), cents(&line["amount"]));
    assert_eq!(
        lines.iter().map(line).collect::<Vec<_>>(),
        [("room".into(), 10_000), ("discount".into(), -1_000), ("tax".into(), 509)]
    );
    assert_eq!((&lines[1]["name"], &lines[1]["offer_id"]), (&json!("Menos dez"), &json!(made.id())));
    assert_eq!(quoted.body["rooms"][0]["offers"][0]["discount"], eur("10.00"));

    let booked = book(&hotel.manager, &request(&hotel, ["2026-12-10", "2026-12-11"], &json!({}))).await.expect(201);
    let line = |kind: &str, text: &str, cents: i64| (kind.to_owned(), "2026-12-10".to_owned(), text.to_owned(), cents);
    // 100.00 has 94.34 net; 90.00 has 84.91 and 5.09.
    let expected = [line("room", "DBL", 9_434), line("discount", "Ten off", -943), line("tax", "IVA 6 %", 509)];
    assert_eq!(standing(&hotel.manager, booked.id()).await, expected);
    assert_eq!(booked.body["total"], eur("90.00"));
    app.assert_consistent().await;
}

/// T-off-gone: an offer that ends between the quote and the sale is honoured until the quote expires; without a quote, a guest
/// never pays more without being asked.
#[tokio::test]
async fn an_offer_that_is_gone_is_honoured_by_its_quote_and_never_silently_dropped() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let made = offer(&hotel, json!({"access": "code", "code": "GONE", "max_redemptions": 2})).await;
    let quoted = quote(&guest, &hotel, DATES, json!({"code": "GONE"})).await.expect(200);
    let automatic = offer(&hotel, json!({"percent": "5"})).await;
    for made in [&made, &automatic] {
        hotel.manager.patch(&format!("{OFFERS}/{}", made.id()), "\"1\"", &json!({"is_archived": true})).await.expect(200);
    }
    let gone = book(&guest, &request(&hotel, DATES, &json!({"code": "GONE", "hold_minutes": 5}))).await.expect(409);
    assert_eq!((gone.code(), &gone.body["offer_id"]), ("offers.ended", &json!(made.id())));
    assert_eq!(quote(&guest, &hotel, DATES, json!({"code": "GONE"})).await.expect(409).code(), "offers.ended");
    let told = book(&guest, &request(&hotel, DATES, &json!({"expected_total": eur("285.00")}))).await.expect(409);
    assert_eq!(told.code(), "booking.price_changed");
    let other = book(&guest, &request(&hotel, DATES, &json!({"quote": quoted.body["quote"], "code": "OTHER"}))).await.expect(422);
    assert_eq!(other.pointers(), ["/code"]);
    let honoured = book(&guest, &request(&hotel, DATES, &json!({"quote": quoted.body["quote"]}))).await.expect(201);
    assert_eq!(honoured.body["total"], eur("270.00"));
    app.set_clock("2026-12-01T23:00:00Z");
    let late = book(&guest, &request(&hotel, DATES, &json!({"quote": quoted.body["quote"]}))).await.expect(409);
    assert_eq!(late.code(), "booking.quote_expired");
    app.assert_consistent().await;
}

/// T-off-stack: derivation, then the offer, then taxes, in every price; prices that staff set and quotes stay what they are.
#[tokio::test]
async fn offers_stack_on_derived_plans_and_not_on_prices_that_were_set() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let parent = hotel.default_plan(&app).await;
    let derived = hotel.plan(&app, "SAVER", &[]).await;
    app.sql(&format!(
        "UPDATE rate_plans SET parent_id = '{parent}', derivation_kind = 'percent', derivation_value = -100000 WHERE id = '{derived}'"
    ))
    .await;
    offer(&hotel, json!({"percent": "10", "is_combinable": true})).await;
    let amount =
        json!({"kind": "amount_per_night", "percent": null, "amount": eur("3.00"), "is_combinable": true, "name": "Three off"});
    offer(&hotel, amount).await;
    // 100.00 less 10 % is 90.00, less 10 % is 81.00, less 3.00 is 78.00.
    let mut in_plan = request(&hotel, ["2026-12-10", "2026-12-11"], &json!({}));
    in_plan["rooms"][0]["rate_plan_id"] = json!(derived);
    let sold = hotel.manager.post("/v1/bookings?dry_run=true", &in_plan).await.expect(201);
    assert_eq!(cents(&sold.body["total"]), 7_800);
    let rooms = json!([{"room_type_id": hotel.double, "rate_plan_id": derived, "adults": 2}]);
    let quoted = quote(&app.anonymous(), &hotel, ["2026-12-10", "2026-12-11"], json!({"rooms": rooms})).await.expect(200);
    assert_eq!(cents(&quoted.body["total"]), 7_800);
    let search =
        format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11&rate_plan_id={derived}", hotel.id);
    assert_eq!(cents(&app.anonymous().get(&search).await.expect(200).body["items"][0]["total"]), 7_800);
    in_plan["rooms"][0]["nightly_price"] = eur("70.00");
    let set = hotel.manager.post("/v1/bookings?dry_run=true", &in_plan).await.expect(201);
    assert_eq!(cents(&set.body["total"]), 7_000, "the price that staff set is the price");
}

/// T-off-dst: offers are booked by the calendar of the hotel, to midnight there, on days that have 23 or 25 hours, too.
#[tokio::test]
async fn a_booking_window_ends_at_midnight_at_the_hotel_across_dst() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { settings: json!({"max_advance_days": 700}), ..HotelSpec::default() }).await;
    // Lisbon is at +01:00 in summer and at +00:00 in winter: clocks go on 28 March 2027 and back on 31 October 2027.
    for (last, before, after) in [
        ("2027-03-27", "2027-03-27T23:59:59Z", "2027-03-28T00:00:00Z"),
        ("2027-03-28", "2027-03-28T22:59:59Z", "2027-03-28T23:00:00Z"),
        ("2027-10-30", "2027-10-30T22:59:59Z", "2027-10-30T23:00:00Z"),
        ("2027-10-31", "2027-10-31T23:59:59Z", "2027-11-01T00:00:00Z"),
    ] {
        let made = offer(&hotel, json!({"book_from": last, "book_until": last})).await;
        let mut totals = Vec::new();
        for now in [before, after] {
            app.set_clock(now);
            let quoted = quote(&app.anonymous(), &hotel, ["2027-11-10", "2027-11-11"], json!({})).await.expect(200);
            totals.push(cents(&quoted.body["total"]));
        }
        assert_eq!(totals, [9_000, 10_000], "until {last}");
        hotel.manager.delete(&format!("{OFFERS}/{}", made.id()), "\"1\"").await.expect(204);
    }
}

#[tokio::test]
async fn a_hidden_plan_is_sold_to_whoever_has_the_code() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.plan(&app, "CORP", &[("is_hidden", "true")]).await;
    app.sql(&format!("UPDATE rate_plan_room_types SET price_minor = 7000 WHERE rate_plan_id = '{plan}'")).await;
    let body = json!({"kind": "plan_access", "percent": null, "access": "code", "code": "ACME", "rate_plan_ids": [plan]});
    let made = offer(&hotel, body).await;
    let guest = app.guest().await;
    let search = |code: &str| format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11{code}", hotel.id);
    let plans = async |code: &str| {
        let found = guest.get(&search(code)).await.expect(200);
        found.body["items"][0]["plans"].as_array().expect("plans").len()
    };
    assert_eq!((plans("").await, plans("&code=acme").await), (1, 2));
    let listed = app.anonymous().get(&format!("/v1/rate-plans?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
    let mut request = request(&hotel, ["2026-12-10", "2026-12-11"], &json!({}));
    request["rooms"][0]["rate_plan_id"] = json!(plan);
    assert_eq!(book(&guest, &request).await.expect(422).pointers(), ["/rooms/0/rate_plan_id"]);
    request["code"] = json!("ACME");
    let booked = book(&guest, &request).await.expect(201);
    assert_eq!(booked.body["total"], eur("70.00"));
    let report = format!("{OFFERS}/report?property_id={}&from=2026-12-01&to=2026-12-01", hotel.id);
    let report = hotel.manager.get(&report).await.expect(200);
    let own = &report.body["items"][0];
    assert_eq!(
        json!([own["offer_id"], own["code"], own["bookings"], own["revenue"]]),
        json!([made.id(), "ACME", 1, eur("70.00")])
    );
    let to_book = json!({"kind": "plan_access", "percent": null, "access": "automatic", "rate_plan_ids": [plan]});
    let refused = hotel.manager.post(OFFERS, &super::body(&hotel.id, &to_book)).await.expect(422);
    assert_eq!(refused.pointers(), ["/access"]);
}

#[tokio::test]
async fn rooms_of_a_bundle_are_less_together_and_extras_come_at_the_price_of_the_room() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { suites: 1, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let rooms = json!([{"room_type_id": hotel.double, "rooms": 1}, {"room_type_id": hotel.suite, "rooms": 1}]);
    let bundle = json!({"kind": "bundle", "percent": null, "amount": eur("100.00"), "room_types": rooms, "name": "Both"});
    offer(&hotel, bundle).await;
    let dates = ["2026-12-10", "2026-12-11"];
    let alone = quote(&app.anonymous(), &hotel, dates, json!({})).await.expect(200);
    assert_eq!(cents(&alone.body["total"]), 10_000);
    let both = json!([{"room_type_id": hotel.double, "adults": 2}, {"room_type_id": hotel.suite, "adults": 2}]);
    let told = quote(&app.anonymous(), &hotel, dates, json!({"rooms": both})).await.expect(200);
    let of_rooms: Vec<i64> = told.body["rooms"].as_array().expect("rooms").iter().map(|room| cents(&room["total"])).collect();
    // 100.00 of 350.00 is shared in proportion: 28.57 and 71.43.
    assert_eq!(of_rooms, [7_143, 17_857]);
    let booked = book(&hotel.manager, &request(&hotel, dates, &json!({"rooms": both}))).await.expect(201);
    assert_eq!(cents(&booked.body["total"]), 25_000);

    let extra = json!({"property_id": hotel.id, "name": "Breakfast", "price": eur("10.00"), "posted": "per_person_night"});
    let breakfast = hotel.manager.post("/v1/extras", &extra).await.expect(201);
    let body =
        json!({"kind": "included_extras", "percent": null, "name": "With breakfast", "extras": [{"extra_id": breakfast.id()}]});
    offer(&hotel, body).await;
    let dates = ["2026-12-14", "2026-12-15"];
    let quoted = quote(&app.anonymous(), &hotel, dates, json!({})).await.expect(200);
    assert_eq!(cents(&quoted.body["total"]), 10_000, "the guest pays the price of the room");
    let booked = book(&hotel.manager, &request(&hotel, dates, &json!({}))).await.expect(201);
    let lines = standing(&hotel.manager, booked.id()).await;
    let extras: Vec<i64> = lines.iter().filter(|(kind, ..)| kind == "extra").map(|(.., cents)| *cents).collect();
    assert_eq!((cents(&booked.body["total"]), extras), (10_000, vec![2_000]));
    app.assert_consistent().await;
}

#[tokio::test]
async fn members_and_first_guests_get_what_is_for_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    offer(&hotel, json!({"members_only": true})).await;
    let dates = ["2026-12-10", "2026-12-11"];
    let later = ["2026-12-14", "2026-12-15"];
    let total = async |client: &Client| cents(&quote(client, &hotel, later, json!({})).await.expect(200).body["total"]);
    assert_eq!((total(&guest).await, total(&app.anonymous()).await), (9_000, 10_000));
    let first = json!({"access": "code", "code": "HELLO", "first_booking_only": true, "percent": "50"});
    offer(&hotel, first).await;
    let sell = async |client: &Client, email: &str| {
        let contact = json!({"full_name": "Ana Sousa", "email": email});
        book(client, &request(&hotel, dates, &json!({"code": "hello", "contact": contact}))).await
    };
    let booked = sell(&hotel.manager, "ana@example.com").await.expect(201);
    assert_eq!(cents(&booked.body["total"]), 5_000);
    let again = sell(&hotel.manager, "ANA+again@Example.com").await.expect(409);
    assert_eq!(
        (again.code(), &again.body["conditions"][0]["condition"]),
        ("offers.not_applicable", &json!("first_booking_only"))
    );
    sell(&hotel.manager, "rui@example.com").await.expect(201);
    let unknown = hotel.manager.post(OFFERS, &body(&hotel.id, &json!({"channels": ["ota"], "percent": "90"}))).await.expect(201);
    assert_eq!(total(&guest).await, 9_000, "{} is for another channel", unknown.id());
}
