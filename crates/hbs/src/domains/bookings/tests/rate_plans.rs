//! Rate plans that rooms are sold in, with their restrictions and terms.
use super::{read, stay, with};
use crate::support::{HotelSpec, TestApp, book, eur};
use serde_json::json;

/// U17: a minimum through a night holds wherever the stay begins.
#[tokio::test]
async fn a_minimum_through_a_night_holds_wherever_the_stay_begins() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let plan = hotel.default_plan(&app).await;
    let set = json!({"rate_plan_ids": [plan], "room_type_ids": [hotel.double], "from": "2026-12-31", "to": "2026-12-31",
                     "set": {"min_stay_through": 3}});
    let sold_before = hotel.book(&guest, "2026-12-30", "2027-01-01").await;
    hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [set]})).await.expect(200);
    let shown = format!("/v1/rates?property_id={}&room_type_id={}&from=2026-12-31&to=2026-12-31", hotel.id, hotel.double);
    let shown = hotel.manager.get(&shown).await.expect(200);
    assert_eq!(shown.body["items"][0]["nights"][0]["min_stay_through"], json!({"value": 3, "source": "night"}));

    let obstacle = json!({"date": "2026-12-31", "room_type_id": hotel.double, "rate_plan_id": plan, "reason": "min_stay_through", "limit": 3});
    for (from, to) in [("2026-12-30", "2027-01-01"), ("2026-12-31", "2027-01-02")] {
        let refused = book(&guest, &hotel.request(from, to)).await.expect(409);
        assert_eq!((refused.code(), &refused.body["nights"][0]["reason"]), ("booking.restricted", &json!("min_stay_through")));
        let search = format!("/v1/availability?property_id={}&check_in={from}&check_out={to}", hotel.id);
        let found = app.anonymous().get(&search).await.expect(200);
        let mut items = found.body["items"].as_array().expect("a list").iter();
        let double = items.find(|item| item["room_type_id"] == hotel.double.as_str()).expect("the type");
        assert_eq!(double["reasons"], json!([obstacle]));
    }
    hotel.book(&guest, "2026-12-29", "2026-12-31").await;
    hotel.book(&guest, "2026-12-30", "2027-01-02").await;
    // What was sold is not too short afterwards, unless it is made shorter.
    let amend = format!("/v1/bookings/{}/amend", sold_before.id());
    guest.post(&amend, &json!({"check_in": "2026-12-29"})).await.expect(200);
    guest.post(&amend, &json!({"check_out": "2026-12-31"})).await.expect(200);
    let back = guest.post(&amend, &json!({"check_in": "2026-12-30", "check_out": "2027-01-01"})).await.expect(409);
    assert_eq!(back.code(), "booking.restricted");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_room_is_sold_in_the_plan_that_is_named() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6")], ..HotelSpec::default() }).await;
    let standard = hotel.default_plan(&app).await;
    let plan = hotel.plan(&app, "BB", &[]).await;
    hotel.rate(&app, &plan, "2026-12-11", &[("price_minor", "13000")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-12"), "/rooms/0/rate_plan_id", json!(plan));
    let booking = book(&app.guest().await, &request).await.expect(201);
    assert_eq!((&booking.body["total"], &stay(&booking, 0)["rate_plan_id"]), (&eur("230.00"), &json!(plan)));
    assert_eq!(stay(&booking, 0)["cancellation_policy"], "Free to cancel. If you do not come: 100 % of the price.");
    assert_eq!(read(&hotel.manager, &booking).await.body["stays"][0]["rate_plan_id"], json!(plan), "so it is kept");
    let folio = hotel.manager.get(&format!("/v1/bookings/{}/folio", booking.id())).await.expect(200);
    let lines: Vec<String> = folio.body["entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| format!("{} {} {}", line["service_date"], line["kind"], line["amount"]["amount"]).replace('"', ""))
        .collect();
    let expected =
        ["2026-12-10 room 94.34", "2026-12-10 tax 5.66", "2026-12-11 room 122.64", "2026-12-11 tax 7.36"].map(String::from);
    assert_eq!(lines, expected);

    let unnamed = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    assert_eq!((&unnamed.body["total"], &stay(&unnamed, 0)["rate_plan_id"]), (&eur("200.00"), &json!(standard)));
    app.assert_consistent().await;

    let inactive = hotel.plan(&app, "OLD", &[("is_active", "false")]).await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let suites_only = hotel.plan(&app, "STE", &[]).await;
    app.sql(&format!(
        "DELETE FROM rate_plan_room_types WHERE rate_plan_id = '{suites_only}' AND room_type_id = '{}'",
        hotel.double
    ))
    .await;
    for plan in [inactive, elsewhere.default_plan(&app).await, suites_only, uuid::Uuid::now_v7().to_string()] {
        let refused = book(&hotel.manager, &with(request.clone(), "/rooms/0/rate_plan_id", json!(plan))).await.expect(422);
        assert_eq!(refused.pointers(), ["/rooms/0/rate_plan_id"]);
    }
    app.sql(&format!("DELETE FROM rate_plan_room_types WHERE rate_plan_id = '{standard}'")).await;
    let refused = book(&hotel.manager, &hotel.request("2026-12-10", "2026-12-12")).await.expect(422);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("default plan")), "{}", refused.body);
}

#[tokio::test]
async fn a_derived_plan_follows_its_parent_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 9, ..HotelSpec::default() }).await;
    let parent = hotel.default_plan(&app).await;
    let from_parent = format!("'{parent}'");
    let derive = |kind: &'static str, value: &'static str| [("(parent_id, derivation_kind, derivation_value)", kind, value)];
    let mut plans = Vec::new();
    for (code, [(columns, kind, value)]) in [("NR", derive("percent", "-100000")), ("HB", derive("amount", "2550"))] {
        plans.push(hotel.plan(&app, code, &[(columns, &format!("({from_parent}, '{kind}', {value})"))]).await);
    }
    let total = async |plan: &str| {
        let request = with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/rate_plan_id", json!(plan));
        book(&hotel.manager, &request).await.expect(201).body["total"]["amount"].as_str().expect("text").to_owned()
    };
    assert_eq!([total(&plans[0]).await, total(&plans[1]).await], ["90.00", "125.50"]);
    hotel.rate(&app, &parent, "2026-12-10", &[("price_minor", "12345")]).await;
    assert_eq!([total(&plans[0]).await, total(&plans[1]).await], ["111.11", "148.95"], "111.105 is rounded away from zero");
    hotel.rate(&app, &parent, "2026-12-10", &[("stop_sell", "true")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-11"), "/rooms/0/rate_plan_id", json!(plans[0]));
    assert_eq!(book(&hotel.manager, &request).await.expect(409).code(), "booking.restricted");
    hotel.rate(&app, &plans[0], "2026-12-10", &[("stop_sell", "false")]).await;
    book(&hotel.manager, &request).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn restrictions_are_told_night_by_night() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("min_stay", "3"), ("closed_to_departure", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-12", &[("stop_sell", "true"), ("closed_to_arrival", "true")]).await;
    hotel.rate(&app, &plan, "2026-12-14", &[("closed_to_departure", "true"), ("max_stay", "1")]).await;
    let guest = app.guest().await;
    let told = async |check_in: &str, check_out: &str| -> Vec<String> {
        let refused = book(&guest, &hotel.request(check_in, check_out)).await.expect(409);
        assert_eq!(refused.code(), "booking.restricted");
        let nights = refused.body["nights"].as_array().expect("a list").iter();
        nights
            .map(|night| {
                assert_eq!((&night["room"], &night["rate_plan_id"]), (&json!(0), &json!(plan)));
                assert_eq!(night["room_type_id"], hotel.double.as_str());
                format!("{} {} {}", night["date"], night["reason"], night["limit"]).replace('"', "")
            })
            .collect()
    };
    assert_eq!(told("2026-12-10", "2026-12-12").await, ["2026-12-10 min_stay 3"], "min stay is the arrival night's");
    assert_eq!(told("2026-12-11", "2026-12-13").await, ["2026-12-12 stop_sell null"], "every night counts, not only the first");
    assert_eq!(told("2026-12-12", "2026-12-13").await, ["2026-12-12 closed_to_arrival null", "2026-12-12 stop_sell null"]);
    assert_eq!(told("2026-12-09", "2026-12-10").await, ["2026-12-10 closed_to_departure null"]);
    assert_eq!(told("2026-12-14", "2026-12-16").await, ["2026-12-14 max_stay 1"]);
    // On the day of departure nothing counts but closed to departure; passing through is neither arrival nor departure.
    hotel.book(&guest, "2026-12-11", "2026-12-12").await;
    hotel.book(&guest, "2026-12-09", "2026-12-11").await;
    hotel.book(&guest, "2026-12-13", "2026-12-15").await;
    app.sql(&format!(
        "UPDATE rate_plans SET min_advance_days = 20, channels = '{{ota}}', valid_until = '2026-12-19' WHERE id = '{plan}'"
    ))
    .await;
    let expected =
        ["2026-12-18 channel null", "2026-12-18 advance_purchase 20", "2026-12-20 not_valid null", "2026-12-21 not_valid null"];
    assert_eq!(told("2026-12-18", "2026-12-22").await, expected);
    let on_channel = with(hotel.request("2026-12-19", "2026-12-20"), "/channel", json!("ota"));
    let refused = book(&hotel.manager, &on_channel).await.expect(409);
    assert_eq!(refused.body["detail"], "The rate plan is not sold like this: it is sold at least 20 days before arrival.");
    app.sql(&format!("UPDATE rate_plans SET min_advance_days = 18 WHERE id = '{plan}'")).await;
    book(&hotel.manager, &on_channel).await.expect(201);
    app.assert_consistent().await;
}

#[tokio::test]
async fn staff_sell_against_restrictions_with_their_permission() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    hotel.rate(&app, &plan, "2026-12-10", &[("min_stay", "2")]).await;
    let request = with(hotel.request("2026-12-10", "2026-12-11"), "/ignore_restrictions", json!(true));
    let desk = app.staff(&["bookings:write"], Some(&hotel.id)).await;
    for client in [&desk, &app.guest().await] {
        let refused = book(client, &request).await.expect(403);
        assert_eq!(refused.body["permission"], "bookings:override");
    }
    let only_override = app.staff(&["bookings:override"], Some(&hotel.id)).await;
    assert_eq!(book(&only_override, &request).await.expect(422).pointers(), ["/ignore_restrictions"]);
    let booking = book(&app.staff(&["bookings:write", "bookings:override"], Some(&hotel.id)).await, &request).await.expect(201);
    let events = app.rows(&format!("SELECT changes FROM outbox WHERE entity_id = '{}'", booking.id())).await;
    let expected = json!([{"room": 0, "room_type_id": hotel.double, "rate_plan_id": plan, "date": "2026-12-10",
                           "reason": "min_stay", "limit": 2}]);
    assert_eq!(events[0]["changes"]["ignored_restrictions"], json!({"before": null, "after": expected}), "that is on the record");
    // Nothing ignored, nothing to tell.
    let request = with(hotel.request("2026-12-15", "2026-12-16"), "/ignore_restrictions", json!(true));
    let booking = book(&hotel.manager, &request).await.expect(201);
    let events = app.rows(&format!("SELECT changes FROM outbox WHERE entity_id = '{}'", booking.id())).await;
    assert!(events[0]["changes"].get("ignored_restrictions").is_none());
}

#[tokio::test]
async fn a_stay_keeps_the_terms_on_which_it_was_sold() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    app.sql(&format!(
        "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, cancellation_policy_id, hours, kind, value, now(), now() FROM rate_plans,
             (VALUES (24, 'percent', 1000000), (72, 'nights', 1)) AS w (hours, kind, value) WHERE id = '{plan}'"
    ))
    .await;
    let booking = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let text = "Free until 3 days before arrival, then the first night; from 24 hours before arrival 100 % of the price. \
                If you do not come: 100 % of the price.";
    assert_eq!(stay(&booking, 0)["cancellation_policy"], text);
    app.sql("UPDATE cancellation_policies SET is_non_refundable = true; DELETE FROM cancellation_windows").await;
    assert_eq!(read(&hotel.manager, &booking).await.body["stays"][0]["cancellation_policy"], text);
    let later = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    let rigid = "Non-refundable: the whole price is due, also if you cancel or do not come.";
    assert_eq!(stay(&later, 0)["cancellation_policy"], rigid);
}
