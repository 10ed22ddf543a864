//! Taxes, and the texts of taxes, plans and policies.
use super::{merged, rule};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, eur};
use serde_json::{Value, json};

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
