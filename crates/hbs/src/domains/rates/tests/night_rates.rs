//! Rates, night by night.
use super::{derived, merged, nights, plan, plan_body, policy, set};
use crate::support::{Client, HotelSpec, TestApp, eur, size, together};
use serde_json::{Value, json};
use std::time::Instant;

#[tokio::test]
async fn rates_hold_before_plans_before_base_prices() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let flex = plan(&hotel, "FLEX", &free).await;
    let saver = derived(&hotel, "SAVER", &free, &flex, "-10").await;
    let price = |night: &Value| format!("{} {}", night["price"]["value"]["amount"], night["price"]["source"]).replace('"', "");
    let prices = async |plan: &str| nights(&hotel, plan, "2026-12-10", "2026-12-13").await.iter().map(price).collect::<Vec<_>>();
    assert_eq!(prices(&flex).await, ["100.00 base"; 4]);
    let kinds = json!([{"room_type_id": hotel.double, "price": eur("110.00")}, {"room_type_id": hotel.suite}]);
    hotel
        .manager
        .patch(&format!("/v1/rate-plans/{flex}"), "\"1\"", &json!({"room_types": kinds, "min_stay": 2}))
        .await
        .expect(200);
    // The 11th is a Friday.
    let weekend = json!({"rate_plan_ids": [flex], "room_type_ids": [hotel.double], "from": "2026-12-10", "to": "2026-12-13",
        "weekdays": ["fri", "sat"], "set": {"price": eur("133.35"), "closed_to_arrival": true, "min_stay": 3}});
    let done = hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [weekend]})).await.expect(200);
    assert_eq!((&done.body["cells"], &done.body["updates"][0]["cells"]), (&json!(2), &json!(2)));
    assert_eq!(prices(&flex).await, ["110.00 plan", "133.35 night", "133.35 night", "110.00 plan"]);
    assert_eq!(
        prices(&saver).await,
        ["99.00 parent", "120.02 parent", "120.02 parent", "99.00 parent"],
        "120.015 goes away from zero"
    );
    let friday = &nights(&hotel, &saver, "2026-12-11", "2026-12-11").await[0];
    assert_eq!(friday["closed_to_arrival"], json!({"value": true, "source": "parent"}));
    assert_eq!(friday["min_stay"], json!({"value": 3, "source": "parent"}));
    assert_eq!(friday.get("stop_sell"), None);
    set(&hotel, &saver, "2026-12-11", "2026-12-11", json!({"closed_to_arrival": false})).await.expect(200);
    let friday = &nights(&hotel, &saver, "2026-12-11", "2026-12-11").await[0];
    assert_eq!(friday["closed_to_arrival"], json!({"value": false, "source": "night"}));

    // What is left out stays, null takes away.
    set(&hotel, &flex, "2026-12-10", "2026-12-13", json!({"min_stay": null})).await.expect(200);
    let shown = nights(&hotel, &flex, "2026-12-10", "2026-12-11").await;
    assert_eq!((price(&shown[1]).as_str(), &shown[1]["min_stay"]), ("133.35 night", &json!({"value": 2, "source": "plan"})));
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 3, "nights that say nothing are not written");
    set(&hotel, &flex, "2026-12-01", "2026-12-31", json!({"price": null, "closed_to_arrival": null})).await.expect(200);
    assert_eq!(prices(&flex).await, ["110.00 plan"; 4]);
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 1, "nor kept");

    // A type that leaves the plan takes its rates with it.
    set(&hotel, &flex, "2026-12-10", "2026-12-11", json!({"price": eur("1.00")})).await.expect(200);
    hotel.manager.delete(&format!("/v1/rate-plans/{saver}"), "\"1\"").await.expect(204);
    let only_suites = json!({"room_types": [{"room_type_id": hotel.suite}]});
    hotel.manager.patch(&format!("/v1/rate-plans/{flex}"), "\"2\"", &only_suites).await.expect(200);
    assert_eq!(app.number(&format!("SELECT count(*) FROM rates WHERE rate_plan_id = '{flex}'")).await, 0);
    let refused = set(&hotel, &flex, "2026-12-10", "2026-12-11", json!({"price": eur("1.00")})).await.expect(422);
    assert_eq!(refused.pointers(), ["/updates/0/room_type_ids/0"]);
}

#[tokio::test]
async fn what_nights_say_already_is_not_written_again() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let flex = plan(&hotel, "FLEX", &free).await;
    let change = json!({"price": eur("90.00"), "min_stay": 2, "closed_to_arrival": false});
    let done = set(&hotel, &flex, "2026-12-10", "2026-12-12", change.clone()).await.expect(200);
    assert_eq!(done.body["cells"], 3);
    let written = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM rate_updates)";
    let before = app.number(written).await;
    for again in [change, json!({"min_stay": 2}), json!({"max_stay": null}), json!({"price": eur("90.00")})] {
        let done = set(&hotel, &flex, "2026-12-10", "2026-12-12", again.clone()).await.expect(200);
        assert_eq!(done.body, json!({"property_id": hotel.id, "cells": 0, "updates": []}), "{again}");
    }
    assert_eq!(app.number(written).await, before);
    // One night more is a change of all that the update names.
    let more = set(&hotel, &flex, "2026-12-10", "2026-12-13", json!({"price": eur("90.00")})).await.expect(200);
    assert_eq!((&more.body["cells"], more.body["updates"].as_array().map(Vec::len)), (&json!(4), Some(1)));
}

/// U12: the history of rates names who changed what.
#[tokio::test]
async fn the_history_says_who_changed_what() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let (flex, other) = (plan(&hotel, "FLEX", &free).await, plan(&hotel, "OTHER", &free).await);
    for (plan, from, to, price) in [
        (&flex, "2026-12-10", "2026-12-20", "90.00"),
        (&flex, "2026-12-15", "2026-12-15", "95.00"),
        (&other, "2026-12-10", "2026-12-20", "70.00"),
    ] {
        set(&hotel, plan, from, to, json!({"price": eur(price)})).await.expect(200);
    }
    let history = async |query: &str| {
        let reply = hotel.manager.get(&format!("/v1/rates/history?property_id={}{query}", hotel.id)).await.expect(200);
        let prices: Vec<String> = reply.body["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["set"]["price"]["amount"].as_str().expect("text").to_owned())
            .collect();
        (prices, reply)
    };
    let (prices, all) = history("").await;
    assert_eq!(prices, ["70.00", "95.00", "90.00"], "newest first");
    let newest = &all.body["items"][0];
    assert_eq!((&newest["actor_kind"], &newest["actor_id"]), (&json!("user"), &json!(hotel.manager.user_id())));
    assert_eq!(newest["actor_name"], "Test Person");
    assert_eq!((&newest["from"], &newest["to"], &newest["cells"]), (&json!("2026-12-10"), &json!("2026-12-20"), &json!(11)));
    assert_eq!(newest["weekdays"], json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]));
    assert_eq!(newest["set"], json!({"price": eur("70.00")}));
    assert_eq!(history(&format!("&rate_plan_id={flex}&night=2026-12-15")).await.0, ["95.00", "90.00"]);
    assert_eq!(history(&format!("&rate_plan_id={flex}&night=2026-12-16")).await.0, ["90.00"]);
    assert_eq!(history(&format!("&room_type_id={}", hotel.suite)).await.0, [""; 0]);
    let (first, page) = history("&limit=2").await;
    assert_eq!(first, ["70.00", "95.00"]);
    let cursor = page.body["next_cursor"].as_str().expect("a cursor");
    assert_eq!(history(&format!("&limit=2&cursor={cursor}")).await.0, ["90.00"]);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "rates.updated").count(), 3, "one a request");
}

#[tokio::test]
async fn bad_rates_are_refused() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let free = policy(&hotel, "FLEX24").await;
    let flex = plan(&hotel, "FLEX", &free).await;
    let saver = derived(&hotel, "SAVER", &free, &flex, "-10").await;
    let good = json!({"rate_plan_ids": [flex], "room_type_ids": [hotel.double], "from": "2026-12-10", "to": "2026-12-12",
        "set": {"price": eur("90.00")}});
    for (change, pointer) in [
        (json!({"rate_plan_ids": []}), "/updates/1/rate_plan_ids"),
        (json!({"rate_plan_ids": [other.id]}), "/updates/1/rate_plan_ids/0"),
        (json!({"rate_plan_ids": [flex, saver]}), "/updates/1/rate_plan_ids/1"),
        (json!({"room_type_ids": [other.double]}), "/updates/1/room_type_ids/0"),
        (json!({"from": "2026-11-30"}), "/updates/1/from"),
        (json!({"to": "2026-12-09"}), "/updates/1/to"),
        (json!({"to": "2999-12-31"}), "/updates/1/to"),
        (json!({"weekdays": []}), "/updates/1/weekdays"),
        (json!({"weekdays": ["someday"]}), "/updates/1/weekdays/0"),
        (json!({"set": {}}), "/updates/1/set"),
        (json!({"set": {"price": eur("-1")}}), "/updates/1/set/price"),
        (json!({"set": {"price": {"amount": "1", "currency": "USD"}}}), "/updates/1/set/price/currency"),
        (json!({"set": {"min_stay": 0}}), "/updates/1/set/min_stay"),
        (json!({"set": {"min_stay": 5, "max_stay": 4}}), "/updates/1/set/max_stay"),
        (json!({"set": {"extra_children": {"child": eur("1")}}}), "/updates/1/set/extra_children/child"),
        (json!({"set": {"colour": "red"}}), "/updates/1/set/colour"),
    ] {
        let body = json!({"property_id": hotel.id, "updates": [good, merged(&good, &change)]});
        let refused = hotel.manager.put("/v1/rates", &body).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{change}: {}", refused.body);
    }
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 0, "all or nothing");
    let many: Vec<Value> = (0..50).map(|_| merged(&good, &json!({"to": "2038-12-31"}))).collect();
    let refused = hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": many})).await.expect(422);
    assert_eq!(refused.pointers(), ["/updates"]);
    let restricted = merged(&good, &json!({"rate_plan_ids": [saver], "set": {"stop_sell": true}}));
    hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [restricted]})).await.expect(200);
    other.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [good]})).await.expect(404);
    for (query, pointer) in
        [("from=2026-12-10&to=2026-12-09", "/to"), ("from=2026-12-10&to=2027-03-12", "/to"), ("from=soon&to=2026-12-09", "/from")]
    {
        let refused = hotel.manager.get(&format!("/v1/rates?property_id={}&{query}", hotel.id)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{query}");
    }
    other.manager.get(&format!("/v1/rates?property_id={}&from=2026-12-10&to=2026-12-10", hotel.id)).await.expect(404);
    other.manager.get(&format!("/v1/rates/history?property_id={}", hotel.id)).await.expect(404);
}

/// Issue: 500 days, 20 plans and 10 types in one request, within seconds.
#[tokio::test]
async fn many_rates_in_one_request() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let (days, plan_count, type_count) = (size(100, 500), size(5, 20), size(4, 10));
    let mut types = Vec::new();
    for n in 0..type_count {
        let kind = json!({"property_id": hotel.id, "code": format!("T{n}"), "name": "Type", "max_adults": 2, "max_children": 0,
            "max_guests": 2, "base_price": eur("100.00")});
        types.push(hotel.manager.post("/v1/room-types", &kind).await.expect(201).id().to_owned());
    }
    let kinds: Vec<Value> = types.iter().map(|id| json!({"room_type_id": id})).collect();
    let mut plans = Vec::new();
    for n in 0..plan_count {
        let body = merged(&plan_body(&hotel, &format!("P{n}"), &free), &json!({"room_types": kinds}));
        plans.push(hotel.manager.post("/v1/rate-plans", &body).await.expect(201).id().to_owned());
    }
    let last = chrono::NaiveDate::from_ymd_opt(2026, 12, 10).unwrap() + chrono::Days::new(u64::try_from(days - 1).unwrap());
    let cells = days * plan_count * type_count;
    for (round, set) in
        [json!({"price": eur("90.00"), "min_stay": 2}), json!({"price": eur("95.00")}), json!({"price": null, "min_stay": null})]
            .into_iter()
            .enumerate()
    {
        let update = json!({"rate_plan_ids": plans, "room_type_ids": types, "from": "2026-12-10", "to": last, "set": set});
        let start = Instant::now();
        let done = hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [update]})).await.expect(200);
        println!("{cells} cells, round {round}: {:?}", start.elapsed());
        assert_eq!(done.body["cells"], cells);
        let expected = if round == 2 { 0 } else { i64::try_from(cells).unwrap() };
        assert_eq!(app.number("SELECT count(*) FROM rates").await, expected);
    }
    assert_eq!(app.number("SELECT count(*) FROM rate_updates").await, 3);
}

#[tokio::test]
async fn changes_at_once_wait_for_each_other_and_nobody_for_ever() {
    let app = TestApp::new().await;
    let deadlocks = app.deadlocks().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let (one, two) = (plan(&hotel, "ONE", &free).await, plan(&hotel, "TWO", &free).await);
    let update = |plans: [&String; 2], types: [&String; 2], price: &str| {
        let update = json!({"rate_plan_ids": plans, "room_type_ids": types, "from": "2026-12-10", "to": "2027-01-31",
            "set": {"price": eur(price)}});
        json!({"property_id": hotel.id, "updates": [update.clone(), update]})
    };
    let put = |client: Client, body: Value| async move { client.put("/v1/rates", &body).await };
    let bodies = (0..size(8, 40)).map(|n| match n % 2 {
        0 => update([&one, &two], [&hotel.double, &hotel.suite], "81.00"),
        _ => update([&two, &one], [&hotel.suite, &hotel.double], "82.00"),
    });
    let work: Vec<_> = bodies.map(|body| put(hotel.manager.clone(), body)).collect();
    for reply in together(work).await {
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(app.number("SELECT count(DISTINCT price_minor) FROM rates").await, 1, "one request won, for all its nights");
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 4 * 53);

    // Either the policy goes, or a plan has it.
    for n in 0..size(4, 20) {
        let policy = policy(&hotel, &format!("RACE{n}")).await;
        let (client, body) = (hotel.manager.clone(), plan_body(&hotel, &format!("RACE{n}"), &policy));
        let create = async move { client.post("/v1/rate-plans", &body).await };
        let (client, path) = (hotel.manager.clone(), format!("/v1/cancellation-policies/{policy}"));
        let delete = async move { client.delete(&path, "\"1\"").await };
        let (created, deleted) = tokio::join!(create, delete);
        assert!(matches!((created.status, deleted.status), (201, 409) | (422, 204)), "{} {}", created.body, deleted.body);
    }
    let orphans = "SELECT count(*) FROM rate_plans p JOIN cancellation_policies c ON c.property_id = p.property_id
                   AND c.id = p.cancellation_policy_id WHERE c.is_deleted AND NOT p.is_deleted";
    assert_eq!(app.number(orphans).await, 0);
    assert_eq!(app.deadlocks_at_the_end().await, deadlocks);
}

#[tokio::test]
async fn a_minimum_through_nights_is_imported_and_taken_away() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    let import = async |value: &str| {
        let sheet = format!("rate_plan,room_type,from,min_stay_through\nSTD,DBL,2026-12-11,{value}\n");
        let path = format!("/v1/rates/import?property_id={}", hotel.id);
        hotel.manager.with("content-type", "text/csv").send(http::Method::POST, &path, Some(sheet)).await
    };
    import("4").await.expect(200);
    let shown = nights(&hotel, &plan, "2026-12-11", "2026-12-11").await;
    assert_eq!(shown[0]["min_stay_through"], json!({"value": 4, "source": "night"}));
    import("0").await.expect(422);
    import("-").await.expect(200);
    assert_eq!(nights(&hotel, &plan, "2026-12-11", "2026-12-11").await[0].get("min_stay_through"), None);
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 0, "a night that says nothing is not kept");
}
