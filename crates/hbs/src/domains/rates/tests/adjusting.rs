//! Adjustments of prices.
use super::{derived, nights, plan, policy, set};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

/// Adjusts the doubles of a plan.
async fn adjust(hotel: &Hotel, plan: &str, nights: [&str; 2], adjust: Value) -> Reply {
    let body = json!({"property_id": hotel.id, "rate_plan_ids": [plan], "room_type_ids": [hotel.double],
        "from": nights[0], "to": nights[1], "adjust": adjust});
    hotel.manager.post("/v1/rates/adjust", &body).await
}

/// Returns the prices after an adjustment, night by night.
fn after(reply: &Reply) -> Vec<&str> {
    let nights = reply.body["prices"][0]["nights"].as_array().expect("nights");
    nights.iter().map(|night| night["after"]["amount"].as_str().expect("text")).collect()
}

/// U13: prices change by a percentage or an amount of what they are.
#[tokio::test]
async fn prices_are_adjusted_by_what_they_are() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let flex = plan(&hotel, "FLEX", &free).await;
    let saver = derived(&hotel, "SAVER", &free, &flex, "-10").await;
    set(&hotel, &flex, "2026-12-11", "2026-12-11", json!({"price": eur("133.35"), "min_stay": 2})).await.expect(200);
    let nights = ["2026-12-10", "2026-12-12"];
    let change = json!({"percent": "10", "round_to": eur("1.00")});
    let body = json!({"property_id": hotel.id, "rate_plan_ids": [flex], "room_type_ids": [hotel.double],
        "from": nights[0], "to": nights[1], "adjust": change});
    let dry = hotel.manager.post("/v1/rates/adjust?dry_run=true", &body).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 1, "the one night that was set");
    let done = adjust(&hotel, &flex, nights, change).await.expect(200);
    assert_eq!(dry.body["prices"], done.body["prices"], "it says beforehand what comes of it");
    let (id, double) = (done.body["update_id"].clone(), &hotel.double);
    let night = |night: &str, before: &str, after: &str| json!({"night": night, "before": eur(before), "after": eur(after)});
    let expected = json!({"property_id": hotel.id, "update_id": id, "cells": 3, "prices": [
        {"rate_plan_id": flex, "room_type_id": double, "nights": [
            night("2026-12-10", "100.00", "110.00"), night("2026-12-11", "133.35", "147.00"), night("2026-12-12", "100.00", "110.00"),
        ]},
    ]});
    assert_eq!(done.body, expected);
    let shown = self::nights(&hotel, &flex, "2026-12-09", "2026-12-11").await;
    let price = |night: &Value| night["price"]["value"]["amount"].clone();
    assert_eq!(shown.iter().map(price).collect::<Vec<_>>(), ["100.00", "110.00", "147.00"]);
    assert_eq!(shown[2]["min_stay"]["value"], 2, "what else the night says stays");
    let follows = self::nights(&hotel, &saver, "2026-12-10", "2026-12-10").await;
    assert_eq!(follows[0]["price"], json!({"value": eur("99.00"), "source": "parent"}));
    let mut request = hotel.request("2026-12-11", "2026-12-12");
    request["rooms"][0]["rate_plan_id"] = json!(flex);
    let too_short = hotel.manager.post("/v1/bookings", &request).await.expect(409);
    assert_eq!(too_short.code(), "booking.restricted");
    request["check_out"] = json!("2026-12-13");
    assert_eq!(hotel.manager.post("/v1/bookings", &request).await.expect(201).body["total"], eur("257.00"));

    let history = hotel.manager.get(&format!("/v1/rates/history?property_id={}", hotel.id)).await.expect(200);
    let newest = &history.body["items"][0];
    assert_eq!((&newest["id"], &newest["cells"], &newest["set"]), (&id, &json!(3), &json!({})));
    assert_eq!(newest["adjust"], json!({"percent": "10", "round_to": eur("1.00")}));
    assert_eq!(history.body["items"][1]["adjust"], Value::Null);
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "rates.updated").count(), 2, "one a request");
}

#[tokio::test]
async fn adjustments_are_rounded_bounded_and_made_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let flex = plan(&hotel, "FLEX", &policy(&hotel, "FLEX24").await).await;
    let night = ["2026-12-11", "2026-12-11"];
    for (change, expected) in [
        (json!({"amount": eur("-0.55"), "round_to": eur("0.50"), "rounding": "up"}), "99.50"),
        (json!({"percent": "-33.3333", "rounding": "down"}), "66.33"),
        (json!({"amount": eur("-50"), "minimum": eur("45.00")}), "45.00"),
        (json!({"percent": "-100"}), "0.00"),
        (json!({"amount": eur("100")}), "100.00"),
    ] {
        let done = adjust(&hotel, &flex, night, change.clone()).await.expect(200);
        assert_eq!(after(&done), [expected], "{change}");
    }
    // Saturdays of two weeks only; the suites as well.
    let saturdays = json!({"property_id": hotel.id, "rate_plan_ids": [flex], "room_type_ids": [hotel.double, hotel.suite],
        "from": "2026-12-07", "to": "2026-12-20", "weekdays": ["sat"], "adjust": {"percent": "10"}});
    let keyed = hotel.manager.with("idempotency-key", "up");
    let done = keyed.post("/v1/rates/adjust", &saturdays).await.expect(200);
    assert_eq!(done.body["cells"], 4);
    let prices = |pair: usize| {
        let nights = done.body["prices"][pair]["nights"].as_array().expect("nights");
        nights.iter().map(|night| (night["night"].clone(), night["after"]["amount"].clone())).collect::<Vec<_>>()
    };
    let double = usize::from(done.body["prices"][0]["room_type_id"] != hotel.double.as_str());
    assert_eq!(prices(double), [(json!("2026-12-12"), json!("110.00")), (json!("2026-12-19"), json!("110.00"))]);
    assert_eq!(prices(1 - double)[0].1, "275.00");
    assert_eq!(keyed.post("/v1/rates/adjust", &saturdays).await.expect(200).header("idempotency-replayed"), "true");
    let now = nights(&hotel, &flex, "2026-12-12", "2026-12-12").await;
    assert_eq!(now[0]["price"]["value"], eur("110.00"), "once");

    let events = app.number("SELECT count(*) FROM outbox").await;
    let same = adjust(&hotel, &flex, night, json!({"percent": "0"})).await.expect(200);
    assert_eq!((&same.body["cells"], &same.body["update_id"], after(&same)), (&json!(0), &Value::Null, vec!["100.00"]));
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, events);
}

#[tokio::test]
async fn bad_adjustments_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let flex = plan(&hotel, "FLEX", &free).await;
    let saver = derived(&hotel, "SAVER", &free, &flex, "-10").await;
    let night = ["2026-12-11", "2026-12-12"];
    for (change, pointer) in [
        (json!({}), "/adjust"),
        (json!({"percent": "10", "amount": eur("1")}), "/adjust"),
        (json!({"percent": "-100.01"}), "/adjust/percent"),
        (json!({"percent": "1001"}), "/adjust/percent"),
        (json!({"amount": {"amount": "1", "currency": "USD"}}), "/adjust/amount/currency"),
        (json!({"percent": "1", "round_to": eur("0")}), "/adjust/round_to"),
        (json!({"percent": "1", "minimum": eur("-1")}), "/adjust/minimum"),
        (json!({"percent": "1", "rounding": "sideways"}), "/adjust/rounding"),
    ] {
        assert_eq!(adjust(&hotel, &flex, night, change.clone()).await.expect(422).pointers(), [pointer], "{change}");
    }
    let refused = adjust(&hotel, &flex, night, json!({"amount": eur("-100.01")})).await.expect(422);
    let detail = "would make 2 prices negative, the first on 2026-12-11; send a minimum";
    assert_eq!(refused.body["errors"][0]["detail"], detail);
    let up = json!({"percent": "10"});
    assert_eq!(adjust(&hotel, &saver, night, up.clone()).await.expect(422).pointers(), ["/rate_plan_ids/0"]);
    assert_eq!(adjust(&hotel, &flex, ["2026-11-30", "2026-12-12"], up.clone()).await.expect(422).pointers(), ["/from"]);
    let many = adjust(&hotel, &flex, ["2026-12-01", "2100-12-12"], up).await.expect(422);
    assert_eq!(many.pointers(), ["/to"]);
    assert_eq!(app.number("SELECT count(*) FROM rates").await, 0);
}
