//! Rate plans.
use super::{derived, merged, plan, plan_body, policy, set};
use crate::support::{HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

fn codes(list: &Reply) -> Vec<&str> {
    list.body["items"].as_array().expect("a list").iter().map(|item| item["code"].as_str().expect("a code")).collect()
}

#[tokio::test]
async fn a_hotel_begins_with_a_plan_that_sells_every_type() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plans = app.anonymous().get(&format!("/v1/rate-plans?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(codes(&plans), ["STD"]);
    let standard = &plans.body["items"][0];
    assert_eq!((&standard["is_default"], &standard["board"]), (&json!(true), &json!("room_only")));
    assert_eq!(standard["derivation"], Value::Null);
    let kind = |id: &str| {
        json!({"room_type_id": id, "price": null, "included_adults": null, "extra_adult": null, "extra_children": {},
                    "day_price": null})
    };
    assert_eq!(standard["room_types"], json!([kind(&hotel.double), kind(&hotel.suite)]));
    let policies = app.anonymous().get(&format!("/v1/cancellation-policies?property_id={}", hotel.id)).await.expect(200);
    assert_eq!(codes(&policies), ["FREE"]);
    assert_eq!(policies.body["items"][0]["no_show_fee"], json!({"percent": "100"}));
    assert_eq!(policies.body["items"][0]["windows"], json!([]));
    let kinds = app.event_kinds().await;
    for kind in ["cancellation_policy.created", "rate_plan.created", "rate_plan.updated"] {
        assert!(kinds.iter().any(|other| other == kind), "{kind}: {kinds:?}");
    }
    // A type that is gone is not listed any more.
    hotel.manager.delete(&format!("/v1/room-types/{}", hotel.suite), "\"1\"").await.expect(204);
    let plan = app.anonymous().get(&format!("/v1/rate-plans/{}", standard["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(plan.body["room_types"], json!([kind(&hotel.double)]));
}

#[tokio::test]
async fn plans_come_change_and_go() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let free = policy(&hotel, "FLEX24").await;
    let body = merged(
        &plan_body(&hotel, "FLEX", &free),
        &json!({
            "payment_policy": "deposit", "deposit_percent": "30", "channels": ["web", "direct", "web"], "valid_from": "2026-12-01",
            "valid_until": "2027-12-31", "min_stay": 2, "max_stay": 14,
            "room_types": [{"room_type_id": hotel.double, "price": eur("120.00"), "included_adults": 1, "extra_adult": eur("20.00")}],
        }),
    );
    let made = hotel.manager.post("/v1/rate-plans", &body).await.expect(201);
    let path = made.header("location").to_owned();
    assert_eq!((&made.body["deposit_percent"], &made.body["channels"]), (&json!("30"), &json!(["direct", "web"])));
    assert_eq!(made.body["room_types"][0]["price"], eur("120.00"));
    assert_eq!(made.body["is_default"], false);
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, made.body);
    let taken = hotel.manager.post("/v1/rate-plans", &body).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("rate_plan.code_taken", vec!["/code"]));

    let saver = merged(
        &plan_body(&hotel, "SAVER", &free),
        &json!({
        "derivation": {"parent_id": made.id(), "percent": "-10"}, "room_types": [{"room_type_id": hotel.double}]}),
    );
    let saver = hotel.manager.post("/v1/rate-plans", &saver).await.expect(201);
    assert_eq!(saver.body["derivation"], json!({"parent_id": made.id(), "percent": "-10"}));
    let in_use = hotel.manager.delete(&path, "\"1\"").await.expect(409);
    assert_eq!((in_use.code(), &in_use.body["derived"], &in_use.body["stays"]), ("rate_plan.in_use", &json!(1), &json!(0)));
    let needed = hotel.manager.patch(&path, "\"1\"", &json!({"room_types": [{"room_type_id": hotel.suite}]})).await.expect(409);
    assert_eq!((needed.code(), &needed.body["plans"]), ("rate_plan.type_in_use", &json!(["SAVER"])));
    let in_use = hotel.manager.delete(&format!("/v1/cancellation-policies/{free}"), "\"1\"").await.expect(409);
    assert_eq!((in_use.code(), &in_use.body["plans"]), ("cancellation_policy.in_use", &json!(2)));

    // Pay now takes the deposit away; a new default takes that from the old one.
    let patch = json!({"payment_policy": "pay_now", "is_default": true, "min_stay": null, "name": "Flexible"});
    let after = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!((&after.body["deposit_percent"], &after.body["min_stay"]), (&Value::Null, &Value::Null));
    assert_eq!((&after.body["is_default"], &after.body["max_stay"]), (&json!(true), &json!(14)));
    let plans = app.anonymous().get(&format!("/v1/rate-plans?property_id={}", hotel.id)).await.expect(200);
    let defaults: Vec<&Value> =
        plans.body["items"].as_array().expect("a list").iter().filter(|plan| plan["is_default"] == true).collect();
    assert_eq!(defaults.len(), 1);
    assert_eq!(defaults[0]["code"], "FLEX");
    let kept = hotel.manager.delete(&path, "\"2\"").await.expect(409);
    assert_eq!(kept.code(), "rate_plan.is_default");
    for (patch, pointer) in [
        (json!({"is_default": false}), "/is_default"),
        (json!({"is_active": false}), "/is_active"),
        (json!({"derivation": {"parent_id": saver.id(), "percent": "5"}}), "/derivation/parent_id"),
        (json!({"payment_policy": "deposit"}), "/deposit_percent"),
        (json!({"min_stay": 15}), "/max_stay"),
    ] {
        let refused = hotel.manager.patch(&path, "\"2\"", &patch).await.expect(422);
        assert!(refused.pointers().contains(&pointer), "{patch}: {}", refused.body);
    }

    // What is not sold is for staff.
    let saver_path = format!("/v1/rate-plans/{}", saver.id());
    hotel.manager.patch(&saver_path, "\"1\"", &json!({"is_active": false})).await.expect(200);
    app.anonymous().get(&saver_path).await.expect(404);
    assert_eq!(hotel.manager.get(&saver_path).await.expect(200).body["is_active"], false);
    let list = format!("/v1/rate-plans?property_id={}", hotel.id);
    assert_eq!(codes(&app.anonymous().get(&list).await.expect(200)), ["FLEX", "STD"]);
    assert_eq!(codes(&app.guest().await.get(&list).await.expect(200)), ["FLEX", "STD"]);
    assert_eq!(codes(&hotel.manager.get(&list).await.expect(200)), ["FLEX", "SAVER", "STD"]);
    hotel.manager.delete(&saver_path, "\"2\"").await.expect(204);
    hotel.manager.get(&saver_path).await.expect(404);
}

#[tokio::test]
async fn bad_plans_are_refused() {
    let app = TestApp::new().await;
    let (hotel, other) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let (free, foreign) = (policy(&hotel, "FLEX24").await, policy(&other, "FLEX24").await);
    let parent = plan(&hotel, "FLEX", &free).await;
    let child = derived(&hotel, "SAVER", &free, &parent, "-10").await;
    let foreign_plan = plan(&other, "FLEX", &foreign).await;
    let body = plan_body(&hotel, "NEW", &free);
    let from = |parent: &str| json!({"parent_id": parent, "percent": "-10"});
    for (change, pointers) in [
        (json!({"cancellation_policy_id": foreign}), vec!["/cancellation_policy_id"]),
        (json!({"code": "new plan"}), vec!["/code"]),
        (json!({"board": "dinner"}), vec!["/board"]),
        (json!({"payment_policy": "deposit"}), vec!["/deposit_percent"]),
        (json!({"deposit_percent": "30"}), vec!["/deposit_percent"]),
        (json!({"payment_policy": "deposit", "deposit_percent": "0"}), vec!["/deposit_percent"]),
        (json!({"derivation": from(&child)}), vec!["/derivation/parent_id"]),
        (
            json!({"derivation": from(&foreign_plan)}),
            vec!["/derivation/parent_id", "/room_types/0/room_type_id", "/room_types/1/room_type_id"],
        ),
        (json!({"derivation": {"parent_id": parent}}), vec!["/derivation"]),
        (json!({"derivation": {"parent_id": parent, "percent": "1", "amount": eur("1")}}), vec!["/derivation"]),
        (json!({"derivation": {"parent_id": parent, "percent": "-100.5"}}), vec!["/derivation/percent"]),
        (
            json!({"derivation": {"parent_id": parent, "amount": {"amount": "1", "currency": "USD"}}}),
            vec!["/derivation/amount/currency"],
        ),
        (json!({"derivation": from(&parent), "is_default": true}), vec!["/derivation"]),
        (json!({"is_default": true, "is_active": false}), vec!["/is_active"]),
        (json!({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}), vec!["/valid_until"]),
        (json!({"min_advance_days": 5, "max_advance_days": 4}), vec!["/max_advance_days"]),
        (json!({"room_types": [{"room_type_id": other.double}]}), vec!["/room_types/0/room_type_id"]),
        (
            json!({"room_types": [{"room_type_id": hotel.double}, {"room_type_id": hotel.double}]}),
            vec!["/room_types/1/room_type_id"],
        ),
        (json!({"room_types": [{"room_type_id": hotel.double, "price": eur("-1")}]}), vec!["/room_types/0/price"]),
        (
            json!({"room_types": [{"room_type_id": hotel.double, "price": {"amount": "1", "currency": "USD"}}]}),
            vec!["/room_types/0/price/currency"],
        ),
        (
            json!({"room_types": [{"room_type_id": hotel.double, "extra_children": {"child": eur("1")}}]}),
            vec!["/room_types/0/extra_children/child"],
        ),
        (
            json!({"derivation": from(&parent), "room_types": [{"room_type_id": hotel.double, "price": eur("1"), "included_adults": 1}]}),
            vec!["/room_types/0/price", "/room_types/0/included_adults"],
        ),
    ] {
        let refused = hotel.manager.post("/v1/rate-plans", &merged(&body, &change)).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{change}: {}", refused.body);
    }
    let mut without = body.clone();
    without.as_object_mut().expect("an object").remove("room_types");
    assert_eq!(hotel.manager.post("/v1/rate-plans", &without).await.expect(422).pointers(), ["/room_types"]);
    // A parent stays underived.
    let grandparent = plan(&hotel, "BASE", &free).await;
    let path = format!("/v1/rate-plans/{parent}");
    let refused = hotel.manager.patch(&path, "\"1\"", &json!({"derivation": from(&grandparent)})).await.expect(422);
    assert_eq!(refused.pointers(), ["/derivation"]);
    // So does a plan with prices to come, until they are gone.
    let path = format!("/v1/rate-plans/{grandparent}");
    set(&hotel, &grandparent, "2026-12-10", "2026-12-10", json!({"price": eur("80.00"), "min_stay": 2})).await.expect(200);
    let refused = hotel.manager.patch(&path, "\"1\"", &json!({"derivation": from(&parent)})).await.expect(409);
    assert_eq!(refused.code(), "rate_plan.has_prices");
    set(&hotel, &grandparent, "2026-12-10", "2026-12-10", json!({"price": null})).await.expect(200);
    hotel.manager.patch(&path, "\"1\"", &json!({"derivation": from(&parent)})).await.expect(200);
    // Another hotel's plans are not there.
    other.manager.patch(&path, "\"2\"", &json!({"name": "Mine"})).await.expect(404);
    other.manager.post("/v1/rate-plans", &body).await.expect(404);
}
