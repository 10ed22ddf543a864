use crate::every_route::Exception::{ForKeysToo, MakesAnew, NotVersioned, Public};
use crate::every_route::{Call, Request, TO_LOOK, TODAY, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur, size, together};
use serde_json::{Value, json};
use std::time::Instant;

fn rule(hotel: &Hotel, name: &str, percent: &str) -> Value {
    json!({"property_id": hotel.id, "name": name, "percent": percent})
}

async fn listed(app: &TestApp, hotel: &Hotel) -> Vec<String> {
    let rules = app.anonymous().get(&format!("/v1/tax-rules?property_id={}", hotel.id)).await.expect(200);
    rules.body["items"].as_array().expect("a list").iter().map(|rule| format!("{} {}", rule["name"], rule["percent"])).collect()
}

#[tokio::test]
async fn taxes_apply_to_what_is_sold_from_now_on() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { prices: "net", ..HotelSpec::default() }).await;
    let made = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "City tax", "8.8750")).await.expect(201);
    let expected = json!({"id": made.id(), "property_id": hotel.id, "name": "City tax", "texts": {}, "kind": "percent", "percent": "8.875",
        "amount": null, "is_included": false, "min_age": null, "max_age": null, "skip_nights": 0, "max_nights": null,
        "valid_from": null, "valid_until": null, "vat_treatment": "vat", "is_on_nights": true, "version": 1});
    assert_eq!((&made.body, made.header("etag")), (&expected, "\"1\""));
    assert_eq!(made.header("location"), format!("/v1/tax-rules/{}", made.id()));
    hotel.manager.post("/v1/tax-rules", &rule(&hotel, "VAT", "10")).await.expect(201);
    assert_eq!(listed(&app, &hotel).await, ["\"City tax\" \"8.875\"", "\"VAT\" \"10\""]);
    let before = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
    // 100.00 + 8.875 % = 8.88 + 10 % = 10.00, none on the other.
    assert_eq!(before.body["total"]["amount"], "118.88");

    hotel.manager.delete(made.header("location"), made.header("etag")).await.expect(204);
    assert_eq!(listed(&app, &hotel).await, ["\"VAT\" \"10\""]);
    assert_eq!(hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await.body["total"]["amount"], "110.00");
    let kept = hotel.manager.get(&format!("/v1/bookings/{}", before.id())).await.expect(200);
    assert_eq!(kept.body["total"]["amount"], "118.88", "what has been sold keeps its taxes");
    hotel.manager.delete(made.header("location"), made.header("etag")).await.expect(404);
    app.assert_consistent().await;
}

#[tokio::test]
async fn plans_policies_and_taxes_have_texts_in_other_languages() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let texts = json!({"pt": {"name": "Nome"}, "zh-Hant-TW": {"name": "名"}});
    let policy = json!({"property_id": hotel.id, "code": "P", "name": "P", "texts": texts});
    let policy = manager.post("/v1/cancellation-policies", &policy).await.expect(201);
    let plan = json!({"property_id": hotel.id, "code": "T", "name": "T", "texts": texts, "board": "breakfast", "room_types": [],
                      "payment_policy": "pay_now", "cancellation_policy_id": policy.id()});
    let plan = manager.post("/v1/rate-plans", &plan).await.expect(201);
    let mut tax = rule(&hotel, "VAT", "10");
    tax["texts"] = texts.clone();
    let tax = manager.post("/v1/tax-rules", &tax).await.expect(201);
    for made in [&policy, &plan, &tax] {
        assert_eq!(made.body["texts"], texts);
        let path = made.header("location");
        let patch = json!({"texts": {"pt": {"name": "Outro"}, "zh-Hant-TW": null, "es-419": {"name": "Nombre"}}});
        let patched = manager.patch(path, made.header("etag"), &patch).await.expect(200);
        let expected = json!({"pt": {"name": "Outro"}, "es-419": {"name": "Nombre"}});
        assert_eq!((&patched.body["texts"], &patched.body["name"]), (&expected, &made.body["name"]));
        assert_eq!(manager.get(path).await.expect(200).body, patched.body);
        let again = manager.patch(path, patched.header("etag"), &json!({"texts": {"pt": {"name": "Outro"}}})).await.expect(200);
        assert_eq!(again.header("etag"), patched.header("etag"), "nothing changes");
        for (pointer, wrong) in [
            ("/texts/en", json!({"en": {"name": "Base"}})),
            ("/texts/PT", json!({"PT": {"name": "x"}})),
            ("/texts/pt/name", json!({"pt": {"name": ""}})),
        ] {
            let refused = manager.patch(path, patched.header("etag"), &json!({"texts": wrong})).await.expect(422);
            assert_eq!(refused.pointers(), [pointer], "{path}");
        }
    }
    let described = json!({"texts": {"pt": {"description": "x"}}});
    let refused = manager.patch(tax.header("location"), "\"2\"", &described).await.expect(422);
    assert_eq!(refused.pointers(), ["/texts/pt/description"], "a tax has a name alone");
}

#[tokio::test]
async fn bad_tax_rules_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for percent in ["0", "-1", "100.0001", "7,5", "7 %", "", "1.23456"] {
        let reply = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "VAT", percent)).await.expect(422);
        assert_eq!(reply.pointers(), ["/percent"], "{percent}");
    }
    let number = json!({"property_id": hotel.id, "name": "VAT", "percent": 7});
    assert_eq!(hotel.manager.post("/v1/tax-rules", &number).await.expect(422).pointers(), ["/percent"], "floats are kept out");
    assert_eq!(hotel.manager.post("/v1/tax-rules", &rule(&hotel, "", "7")).await.expect(422).pointers(), ["/name"]);
    for n in 0..30 {
        hotel.manager.post("/v1/tax-rules", &rule(&hotel, &format!("Tax {n}"), "1")).await.expect(201);
    }
    let reply = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "One too many", "1")).await.expect(422);
    assert_eq!(reply.pointers(), ["/property_id"]);
    assert_eq!(listed(&app, &hotel).await.len(), 30);
    app.anonymous().get(&format!("/v1/tax-rules?property_id={}", uuid::Uuid::now_v7())).await.expect(404);
}

#[tokio::test]
async fn taxes_of_all_kinds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let city = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"),
        "is_included": false, "min_age": 13, "skip_nights": 1, "max_nights": 7, "valid_from": "2026-01-01", "valid_until": "2027-12-31"});
    let made = hotel.manager.post("/v1/tax-rules", &city).await.expect(201);
    for (name, value) in city.as_object().expect("an object") {
        assert_eq!(&made.body[name], value, "{name}");
    }
    assert_eq!((&made.body["percent"], &made.body["max_age"]), (&Value::Null, &Value::Null));
    let path = made.header("location").to_owned();
    let read = app.anonymous().get(&path).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (&made.body, "\"1\""));
    let patch = json!({"amount": eur("3.00"), "max_nights": null, "valid_until": null, "is_included": true});
    let after = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!((&after.body["amount"], &after.body["max_nights"]), (&eur("3.00"), &Value::Null));
    assert_eq!((&after.body["is_included"], &after.body["min_age"]), (&json!(true), &json!(13)));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("tax_rule.updated"));
    hotel.manager.patch(&path, "\"1\"", &patch).await.expect(412);
    let vat = hotel.manager.post("/v1/tax-rules", &rule(&hotel, "VAT", "6")).await.expect(201);
    assert_eq!(vat.body["is_included"], true, "as the property's prices are");

    for (change, pointer) in [
        (json!({"kind": "percent"}), "/percent"),
        (json!({"amount": null}), "/amount"),
        (json!({"percent": "5"}), "/percent"),
        (json!({"kind": "per_night"}), "/min_age"),
        (json!({"max_age": 12}), "/max_age"),
        (json!({"valid_until": "2025-12-31"}), "/valid_until"),
        (json!({"amount": {"amount": "1", "currency": "USD"}}), "/amount/currency"),
        (json!({"amount": eur("-1")}), "/amount"),
        (json!({"kind": "per_week"}), "/kind"),
        (json!({"max_nights": 0}), "/max_nights"),
        (json!({"valid_from": "2026-13-01"}), "/valid_from"),
    ] {
        let reply = hotel.manager.post("/v1/tax-rules", &merged(&city, &change)).await.expect(422);
        assert!(reply.pointers().contains(&pointer), "{change}: {}", reply.body);
    }
    let refused = hotel.manager.patch(&path, "\"2\"", &json!({"percent": "5", "max_age": 5})).await.expect(422);
    assert_eq!(refused.pointers(), ["/percent", "/max_age"]);
}

fn merged(base: &Value, change: &Value) -> Value {
    let mut all = base.clone();
    for (name, value) in change.as_object().expect("an object") {
        all[name] = value.clone();
    }
    all
}

async fn policy(hotel: &Hotel, code: &str) -> String {
    let body = json!({"property_id": hotel.id, "code": code, "name": code});
    hotel.manager.post("/v1/cancellation-policies", &body).await.expect(201).id().to_owned()
}

/// A plan that sells doubles and suites at base prices.
fn plan_body(hotel: &Hotel, code: &str, policy: &str) -> Value {
    json!({"property_id": hotel.id, "code": code, "name": code, "board": "breakfast", "payment_policy": "pay_at_property",
           "cancellation_policy_id": policy,
           "room_types": [{"room_type_id": hotel.double}, {"room_type_id": hotel.suite}]})
}

async fn plan(hotel: &Hotel, code: &str, policy: &str) -> String {
    hotel.manager.post("/v1/rate-plans", &plan_body(hotel, code, policy)).await.expect(201).id().to_owned()
}

async fn derived(hotel: &Hotel, code: &str, policy: &str, parent: &str, percent: &str) -> String {
    let body = merged(&plan_body(hotel, code, policy), &json!({"derivation": {"parent_id": parent, "percent": percent}}));
    hotel.manager.post("/v1/rate-plans", &body).await.expect(201).id().to_owned()
}

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

#[tokio::test]
async fn fees_bear_the_tax_of_a_rule_that_stays() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let vat = manager.post("/v1/tax-rules", &rule(&hotel, "IVA", "6")).await.expect(201);
    let city = json!({"property_id": hotel.id, "name": "City", "kind": "per_night", "amount": eur("2.00")});
    let city = manager.post("/v1/tax-rules", &city).await.expect(201);
    assert_eq!((&vat.body["vat_treatment"], &city.body["vat_treatment"]), (&json!("vat"), &json!("levy_outside")));
    let body = |rule: &Reply| {
        json!({"property_id": hotel.id, "code": "TAXED", "name": "Taxed",
               "fee_tax": {"late_cancellation": "as_room", "no_show": {"tax_rule_id": rule.id()}}})
    };
    let refused = manager.post("/v1/cancellation-policies", &body(&city)).await.expect(422);
    assert_eq!(refused.pointers(), ["/fee_tax/no_show/tax_rule_id"], "levies never fall on fees");
    let made = manager.post("/v1/cancellation-policies", &body(&vat)).await.expect(201);
    let expected = json!({"late_cancellation": "as_room", "no_show": {"tax_rule_id": vat.id()}, "early_departure": "none"});
    assert_eq!(made.body["fee_tax"], expected);
    let (policy, rule) = (made.header("location").to_owned(), vat.header("location").to_owned());
    assert_eq!(app.anonymous().get(&policy).await.expect(200).body, made.body);

    let in_use = manager.delete(&rule, "\"1\"").await.expect(409);
    assert_eq!((in_use.code(), &in_use.body["policies"]), ("tax_rule.in_use", &json!(["TAXED"])));
    let levy = json!({"vat_treatment": "levy_exempt"});
    assert_eq!(manager.patch(&rule, "\"1\"", &levy).await.expect(409).code(), "tax_rule.in_use");
    let no_vat = manager.patch(city.header("location"), "\"1\"", &json!({"vat_treatment": "vat"})).await.expect(422);
    assert_eq!(no_vat.pointers(), ["/vat_treatment"]);
    let untaxed = manager.patch(&policy, "\"1\"", &json!({"fee_tax": {}})).await.expect(200);
    assert_eq!(untaxed.body["fee_tax"], json!({"late_cancellation": "none", "no_show": "none", "early_departure": "none"}));
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'cancellation_policy.updated'").await;
    assert_eq!(told[0]["changes"]["no_show_fee_tax"], json!({"before": "rule", "after": "none"}));
    let same = manager.patch(&policy, "\"2\"", &json!({"fee_tax": {}})).await.expect(200);
    assert_eq!(same.header("etag"), "\"2\"");
    manager.patch(&rule, "\"1\"", &levy).await.expect(200);
    manager.delete(&rule, "\"2\"").await.expect(204);
    for wrong in [json!("half"), json!({"rule": vat.id()}), json!({"tax_rule_id": "IVA"})] {
        manager.patch(&policy, "\"2\"", &json!({"fee_tax": {"no_show": wrong}})).await.expect(422);
    }
}

#[tokio::test]
async fn policies_have_windows() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let body = json!({"property_id": hotel.id, "code": "STEPS", "name": "In steps",
        "windows": [{"hours_before": 24, "fee": {"percent": "100"}}, {"hours_before": 168, "fee": {"nights": 1}},
                    {"hours_before": 72, "fee": {"amount": eur("50.00")}}],
        "no_show_fee": {"nights": 2}});
    let made = hotel.manager.post("/v1/cancellation-policies", &body).await.expect(201);
    let hours: Vec<&Value> =
        made.body["windows"].as_array().expect("a list").iter().map(|window| &window["hours_before"]).collect();
    assert_eq!(hours, [168, 72, 24], "the one that begins first comes first");
    assert_eq!(made.body["windows"][1]["fee"], json!({"amount": eur("50.00")}));
    assert_eq!(made.body["no_show_fee"], json!({"nights": 2}));
    let path = made.header("location").to_owned();
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, made.body);
    let refused = hotel.manager.patch(&path, "\"1\"", &json!({"is_non_refundable": true})).await.expect(422);
    assert_eq!(refused.pointers(), ["/windows"]);
    let patch = json!({"is_non_refundable": true, "windows": [], "no_show_fee": {"percent": "0"}});
    let after = hotel.manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!((&after.body["windows"], &after.body["no_show_fee"]), (&json!([]), &json!({"percent": "0"})));
    for (change, pointer) in [
        (json!({"is_non_refundable": true}), "/windows"),
        (
            json!({"windows": [{"hours_before": 1, "fee": {"nights": 1}}, {"hours_before": 1, "fee": {"nights": 2}}]}),
            "/windows/1/hours_before",
        ),
        (json!({"windows": [{"hours_before": -1, "fee": {"nights": 1}}]}), "/windows/0/hours_before"),
        (json!({"windows": [{"hours_before": 1, "fee": {}}]}), "/windows/0/fee"),
        (json!({"windows": [{"hours_before": 1, "fee": {"nights": 1, "percent": "5"}}]}), "/windows/0/fee"),
        (json!({"windows": [{"hours_before": 1, "fee": {"percent": "101"}}]}), "/windows/0/fee/percent"),
        (json!({"no_show_fee": {"amount": {"amount": "1", "currency": "USD"}}}), "/no_show_fee/amount/currency"),
        (json!({"code": "free"}), "/code"),
    ] {
        let refused = hotel.manager.post("/v1/cancellation-policies", &merged(&body, &change)).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{change}: {}", refused.body);
    }
    let taken = hotel.manager.post("/v1/cancellation-policies", &body).await.expect(409);
    assert_eq!(taken.code(), "cancellation_policy.code_taken");
    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    app.anonymous().get(&path).await.expect(404);
}

#[tokio::test]
async fn age_bands_are_one_set() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/age-bands", hotel.id);
    let band = |code: &str, min: i32, max: i32| json!({"code": code, "min_age": min, "max_age": max});
    let put = async |etag: &str, bands: Value| hotel.manager.with("if-match", etag).put(&path, &json!({"bands": bands})).await;
    let empty = app.anonymous().get(&path).await.expect(200);
    assert_eq!(empty.body, json!({"property_id": hotel.id, "bands": [], "version": 1}));
    let done = put("\"1\"", json!([band("child", 3, 11), band("baby", 0, 2)])).await.expect(200);
    assert_eq!((&done.body["bands"], done.header("etag")), (&json!([band("baby", 0, 2), band("child", 3, 11)]), "\"2\""));
    put("\"1\"", json!([])).await.expect(412);
    for (bands, pointer) in [
        (json!([band("a", 0, 5), band("b", 5, 9)]), "/bands/1"),
        (json!([band("a", 0, 5), band("a", 6, 9)]), "/bands/1/code"),
        (json!([band("a", 5, 4)]), "/bands/0/max_age"),
        (json!([band("a", 0, 18)]), "/bands/0/max_age"),
        (json!([band("Baby", 0, 1)]), "/bands/0/code"),
    ] {
        assert_eq!(put("\"2\"", bands).await.expect(422).pointers(), [pointer]);
    }
    let free = policy(&hotel, "FLEX24").await;
    let kinds = json!([{"room_type_id": hotel.double, "extra_children": {"child": eur("15.00")}}]);
    let plan = merged(&plan_body(&hotel, "FLEX", &free), &json!({"room_types": kinds}));
    let plan = hotel.manager.post("/v1/rate-plans", &plan).await.expect(201);
    assert_eq!(plan.body["room_types"][0]["extra_children"], json!({"child": eur("15.00")}));
    let refused = put("\"2\"", json!([])).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.body["age_band"], &refused.body["times"]),
        ("age_band.in_use", &json!("child"), &json!(1))
    );
    let kept = put("\"2\"", json!([band("child", 2, 12)])).await.expect(200);
    assert_eq!(kept.body["bands"], json!([band("child", 2, 12)]));
    app.anonymous().get(&format!("/v1/properties/{}/age-bands", uuid::Uuid::now_v7())).await.expect(404);
}

/// Changes all nights of a plan's doubles from one to another.
async fn set(hotel: &Hotel, plan: &str, from: &str, to: &str, set: Value) -> Reply {
    let update = json!({"rate_plan_ids": [plan], "room_type_ids": [hotel.double], "from": from, "to": to, "set": set});
    hotel.manager.put("/v1/rates", &json!({"property_id": hotel.id, "updates": [update]})).await
}

/// The doubles of a plan, night by night.
async fn nights(hotel: &Hotel, plan: &str, from: &str, to: &str) -> Vec<Value> {
    let query = format!("property_id={}&rate_plan_id={plan}&room_type_id={}&from={from}&to={to}", hotel.id, hotel.double);
    let shown = hotel.manager.get(&format!("/v1/rates?{query}")).await.expect(200);
    shown.body["items"][0]["nights"].as_array().expect("nights").clone()
}

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

mod importing {
    use super::*;
    use crate::support::workbook::{XLSX, one_row};
    use http::Method;

    async fn send(client: &Client, hotel: &Hotel, query: &str, text: &str) -> Reply {
        let path = format!("/v1/rates/import?property_id={}{query}", hotel.id);
        client.with("content-type", "text/csv").send(Method::POST, &path, Some(text.into())).await
    }

    /// Returns the rates of the doubles in the default plan, by night.
    async fn nights(app: &TestApp, hotel: &Hotel) -> Vec<String> {
        let sql = format!(
            "SELECT to_char(night, 'MM-DD') || ' ' || concat_ws(' ', price_minor, extra_adult_minor, min_stay, stop_sell) AS night
             FROM rates WHERE room_type_id = '{}' ORDER BY night",
            hotel.double
        );
        app.rows(&sql).await.iter().map(|row| row["night"].as_str().expect("text").to_owned()).collect()
    }

    fn errors(reply: &Reply, row: usize) -> Vec<String> {
        let items = reply.body.pointer("/report/items").or_else(|| reply.body.get("items")).expect("items");
        let item = items.as_array().expect("a list").iter().find(|item| item["row"] == row).expect("the row");
        let errors = item["errors"].as_array().expect("errors").iter();
        errors
            .map(|error| format!("{} {}", error["column"].as_str().unwrap_or("-"), error["detail"].as_str().unwrap_or_default()))
            .collect()
    }

    #[tokio::test]
    async fn rows_are_updates_in_their_order() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let text = "rate_plan,room_type,from,to,weekdays,price,extra_adult,min_stay,stop_sell\n\
            STD,DBL,2026-12-10,2026-12-13,,90.00,15,,\n\
            STD,DBL,2026-12-10,2026-12-13,\"Fri, sat\",120,,2,\n\
            STD,DBL,2026-12-13,,,,-,,yes\n";
        let before = app.event_kinds().await.len();
        let dry = send(&hotel.manager, &hotel, "&dry_run=true", text).await.expect(200);
        assert_eq!((&dry.body["imported"], &dry.body["items"][0]["id"]), (&json!(3), &Value::Null));
        assert_eq!(nights(&app, &hotel).await, [""; 0], "a dry run changes nothing");
        assert_eq!(app.event_kinds().await.len(), before);

        let key = hotel.manager.with("idempotency-key", "rates-1");
        let done = send(&key, &hotel, "", text).await.expect(200);
        let expected = ["12-10 9000 1500", "12-11 12000 1500 2", "12-12 12000 1500 2", "12-13 9000 t"];
        assert_eq!(nights(&app, &hotel).await, expected);
        let history = hotel.manager.get(&format!("/v1/rates/history?property_id={}", hotel.id)).await.expect(200);
        let listed: Vec<&Value> = history.body["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
        let made: Vec<&Value> = done.body["items"].as_array().expect("items").iter().rev().map(|item| &item["id"]).collect();
        assert_eq!(listed, made, "each row is an update in the history, the last one first");
        assert_eq!(history.body["items"][1]["weekdays"], json!(["fri", "sat"]));
        assert_eq!(app.event_kinds().await[before..], ["rates.updated"]);
        let again = send(&key, &hotel, "", text).await.expect(200);
        assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &done.body));
        assert_eq!(app.number("SELECT count(*) FROM rate_updates").await, 3);
        let quote = hotel.book(&hotel.manager, "2026-12-10", "2026-12-11").await;
        assert_eq!(quote.body["total"]["amount"], "90.00", "it is sold at once");

        // A dash leaves nothing of a night that says no more.
        let cleared = "rate_plan,room_type,from,to,price,extra_adult,min_stay,stop_sell\nSTD,DBL,2026-12-10,2026-12-13,-,-,-,-\n";
        send(&hotel.manager, &hotel, "", cleared).await.expect(200);
        assert_eq!(nights(&app, &hotel).await, [""; 0]);
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_by_column() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let default = hotel.default_plan(&app).await;
        let derived = format!("'{default}'::uuid");
        hotel.plan(&app, "NRF", &[]).await;
        app.sql(&format!(
            "UPDATE rate_plans SET parent_id = {derived}, derivation_kind = 'percent', derivation_value = -100000 WHERE code = 'NRF'"
        ))
        .await;
        app.sql(&format!("DELETE FROM rate_plan_room_types WHERE rate_plan_id = {derived} AND room_type_id = '{}'", hotel.suite))
            .await;
        let header = "rate_plan,room_type,from,to,weekdays,price,min_stay,max_stay,stop_sell,min_advance_days";
        for (line, expected) in [
            (",,,,,1,,,,", vec!["rate_plan is empty", "room_type is empty", "from is empty"]),
            (
                "XXX,YYY,soon,,,1,,,,",
                vec![
                    "rate_plan \"XXX\" is not the code of a rate plan of the hotel",
                    "room_type \"YYY\" is not the code of a room type of the hotel",
                    "from \"soon\" is not a date such as 2026-12-24",
                ],
            ),
            ("STD,DBL,2026-11-30,,,1,,,,", vec!["from must not be before 2026-12-01, the hotel's business date"]),
            ("STD,DBL,2026-12-05,2026-12-04,,1,,,,", vec!["to must not be before from"]),
            ("STD,DBL,2026-12-05,,weekend,1,,,,", vec!["weekdays \"weekend\" are not days such as \"fri sat\""]),
            ("STD,DBL,2026-12-05,,,-1,,,,", vec!["price \"-1\" is not an amount of EUR such as 123.45"]),
            ("STD,DBL,2026-12-05,,,99999999999999,,,,", vec!["price is absurdly large"]),
            ("STD,DBL,2026-12-05,,,,0,,,", vec!["min_stay \"0\" is not a whole number from 1 to 365"]),
            ("STD,DBL,2026-12-05,,,,3,2,,", vec!["max_stay must be at least min_stay"]),
            ("STD,DBL,2026-12-05,,,,,,maybe,", vec!["stop_sell \"maybe\" is neither yes nor no"]),
            ("STD,DBL,2026-12-05,,,,,,,1001", vec!["min_advance_days \"1001\" is not a whole number from 0 to 1000"]),
            ("STD,DBL,2026-12-05,,,,,,,", vec!["- must name what is to change"]),
            ("NRF,DBL,2026-12-05,,,1,,,,", vec!["rate_plan NRF is a derived plan: it takes its prices from its parent"]),
            ("STD,STE,2026-12-05,,,1,,,,", vec!["room_type is not sold by the plan STD"]),
        ] {
            let reply = send(&hotel.manager, &hotel, "", &format!("{header}\n{line}\n")).await;
            assert_eq!((reply.status, reply.code()), (422, "import.refused"), "{line}: {}", reply.body);
            assert_eq!(errors(&reply, 2), expected, "{line}");
        }
        let mixed =
            format!("{header}\nSTD,DBL,2026-12-05,,,80,,,,\nSTD,DBL,2026-12-06,,,cheap,,,,\nNRF,DBL,2026-12-06,,,,2,,,\n");
        let refused = send(&hotel.manager, &hotel, "", &mixed).await;
        assert_eq!((refused.status, &refused.body["report"]["items"][0]["outcome"]), (422, &json!("held_back")));
        assert_eq!(app.number("SELECT count(*) FROM rates").await, 0);
        let partial = send(&hotel.manager, &hotel, "&partial=true", &mixed).await.expect(200);
        assert_eq!((&partial.body["imported"], &partial.body["refused"]), (&json!(2), &json!(1)));
        assert_eq!(app.number("SELECT count(*) FROM rates").await, 2);
        let long = "STD,DBL,2026-12-05,2399-12-31,,80,,,,\n";
        let much = format!("{header}\n{long}{long}");
        assert_eq!(
            errors(&send(&hotel.manager, &hotel, "", &much).await, 3),
            ["- the file changes more than 200000 nights up to here; split it"]
        );
    }

    #[tokio::test]
    async fn what_a_spreadsheet_does_not_know_is_no_empty_cell() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let header = "rate_plan,room_type,from,to,weekdays,price,min_stay,stop_sell";
        let names: Vec<&str> = header.split(',').collect();
        let path = format!("/v1/rates/import?property_id={}&partial=true", hotel.id);
        for (n, name) in names.iter().enumerate() {
            let mut cells = ["STD", "DBL", "2026-12-10", "2026-12-12", "fri", "><v>90</v>", "><v>2</v>", "no"];
            cells[n] = "t=\"e\"><v>#VALUE!</v>";
            let reply = hotel.manager.upload(Method::POST, &path, XLSX, &one_row(header, &cells)).await.expect(200);
            assert_eq!(errors(&reply, 2), [format!("{name} the cell has the error #VALUE!")]);
        }
        assert_eq!(nights(&app, &hotel).await, [""; 0], "no row was imported without what its cell should say");
        let cells =
            ["STD", "DBL", "2026-12-10", "2026-12-12", "fri", "><v>99.99999999999999</v>", "><v>2.0000000000000004</v>", "no"];
        hotel.manager.upload(Method::POST, &path, XLSX, &one_row(header, &cells)).await.expect(200);
        assert_eq!(nights(&app, &hotel).await, ["12-11 10000 2 f"]);
    }

    #[tokio::test]
    async fn the_template_can_be_sent() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let template = hotel.manager.get("/v1/rates/import/template").await.expect(200);
        assert_eq!(template.header("content-disposition"), "attachment; filename=\"rates.csv\"");
        send(&hotel.manager, &hotel, "", template.body.as_str().expect("text")).await.expect(200);
    }

    #[tokio::test]
    async fn thousands_of_rows_take_seconds() {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let rows = size(1_000, 10_000);
        let first = chrono::NaiveDate::from_ymd_opt(2026, 12, 10).unwrap();
        let line = |n: usize| {
            let night = first + chrono::Days::new(u64::try_from(n / 2).unwrap());
            format!("STD,{},{night},{}.50\n", if n.is_multiple_of(2) { "DBL" } else { "STE" }, 80 + n % 100)
        };
        let text: String = std::iter::once("rate_plan,room_type,from,price\n".to_owned()).chain((0..rows).map(line)).collect();
        let start = Instant::now();
        let done = send(&hotel.manager, &hotel, "", &text).await.expect(200);
        println!("{rows} rows of rates: {:?}", start.elapsed());
        assert_eq!(done.body["imported"], rows);
        assert_eq!(app.number("SELECT count(*) FROM rates").await, i64::try_from(rows).unwrap());
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}

pub fn requests() -> Vec<Request> {
    [requests_of_plans(), requests_of_rates(), requests_of_policies(), requests_of_ages_and_taxes()]
        .into_iter()
        .flatten()
        .collect()
}

fn requests_of_plans() -> Vec<Request> {
    vec![
        Request::new("list_rate_plans", async |w| {
            a_plan(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_rate_plan", async |w| {
            let hotel = w.hotel().await;
            Call::plain().json(&plan_body(hotel, "NEW", &policy(hotel, "FLEX").await))
        }),
        Request::new("get_rate_plan", async |w| Call::to(&a_plan(w).await)).but(Public, TO_LOOK),
        Request::new("update_rate_plan", async |w| Call::to(&a_plan(w).await).json(&json!({"name": "Another name"}))),
        Request::new("delete_rate_plan", async |w| Call::to(&a_plan(w).await)),
    ]
}

fn requests_of_rates() -> Vec<Request> {
    vec![
        Request::new("get_rates", async |w| Call::about(w.property().await).query("from", TODAY).query("to", TODAY)),
        Request::new("update_rates", async |w| {
            let hotel = w.hotel().await;
            let update = json!({"rate_plan_ids": [a_plan(w).await], "room_type_ids": [hotel.double], "from": TODAY, "to": TODAY,
                                "set": {"min_stay": 2}});
            Call::plain().json(&json!({"property_id": hotel.id, "updates": [update]}))
        })
        .but(NotVersioned, "nights have no version each; who changed them when is in their history")
        .but(MakesAnew, "an update that changes a night is an entry of the history; of what is so already there is none"),
        Request::new("adjust_rates", async |w| {
            let hotel = w.hotel().await;
            let nights = json!({"property_id": hotel.id, "rate_plan_ids": [a_plan(w).await], "room_type_ids": [hotel.double],
                                "from": TODAY, "to": TODAY});
            Call::plain().json(&merged(&nights, &json!({"adjust": {"percent": "10"}})))
        }),
        Request::new("rate_history", async |w| Call::about(w.property().await)),
        Request::new("import_rates", async |w| {
            let prices = format!("rate_plan,room_type,from,price\nSTD,DBL,{TODAY},99.00\n");
            Call::about(w.property().await).file("text/csv", prices)
        }),
        Request::new("rates_template", async |_| Call::plain()).but(ForKeysToo, "an integration imports rates"),
    ]
}

fn requests_of_policies() -> Vec<Request> {
    vec![
        Request::new("list_cancellation_policies", async |w| {
            a_policy(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_cancellation_policy", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "code": "NEW", "name": "New"}))
        }),
        Request::new("get_cancellation_policy", async |w| Call::to(&a_policy(w).await)).but(Public, TO_LOOK),
        Request::new("update_cancellation_policy", async |w| Call::to(&a_policy(w).await).json(&json!({"name": "Another name"}))),
        Request::new("delete_cancellation_policy", async |w| Call::to(&a_policy(w).await)),
    ]
}

fn requests_of_ages_and_taxes() -> Vec<Request> {
    vec![
        Request::new("get_age_bands", async |w| Call::to(w.property().await)).but(Public, TO_LOOK),
        Request::new("set_age_bands", async |w| {
            Call::to(w.property().await).json(&json!({"bands": [{"code": "child", "min_age": 0, "max_age": 11}]}))
        }),
        Request::new("list_tax_rules", async |w| {
            a_tax(w).await;
            Call::about(w.property().await)
        })
        .but(Public, TO_LOOK),
        Request::new("create_tax_rule", async |w| Call::plain().json(&rule(w.hotel().await, "City tax", "1"))),
        Request::new("get_tax_rule", async |w| Call::to(&a_tax(w).await)).but(Public, TO_LOOK),
        Request::new("update_tax_rule", async |w| Call::to(&a_tax(w).await).json(&json!({"percent": "13"}))),
        Request::new("delete_tax_rule", async |w| Call::to(&a_tax(w).await)),
    ]
}

async fn a_policy(w: &World) -> String {
    policy(w.hotel().await, "SPARE").await
}

async fn a_plan(w: &World) -> String {
    plan(w.hotel().await, "SPARE", &a_policy(w).await).await
}

async fn a_tax(w: &World) -> String {
    w.admin.post("/v1/tax-rules", &rule(w.hotel().await, "VAT", "6")).await.expect(201).id().to_owned()
}
