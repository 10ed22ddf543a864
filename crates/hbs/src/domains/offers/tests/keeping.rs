//! Keeping offers: what staff add, change and end, codes, and what makes no sense.
use super::{OFFERS, body, cents, offer, quote, request};
use crate::support::{HotelSpec, TestApp, book, eur};
use serde_json::json;

#[tokio::test]
async fn an_offer_is_added_changed_archived_and_removed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let made = offer(&hotel, json!({
        "name": "Winter", "description": "For the cold.", "texts": {"pt": {"name": "Inverno"}}, "min_nights": 2,
        "weekdays": ["mon", "tue"], "room_types": [{"room_type_id": hotel.double}], "channels": ["direct"], "max_redemptions": 9,
    }))
    .await;
    let path = format!("{OFFERS}/{}", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(
        json!([
            made.body["percent"],
            made.body["weekdays"],
            made.body["arrival_days"],
            made.body["room_types"],
            made.body["code"]
        ]),
        json!(["10", ["mon", "tue"], ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], [{"room_type_id": hotel.double}], null])
    );
    assert_eq!(app.anonymous().get(&path).await.expect(200).body, made.body, "everybody gets it, so everybody sees it");
    let list = format!("{OFFERS}?property_id={}", hotel.id);
    assert_eq!(app.anonymous().get(&list).await.expect(200).body["items"], json!([made.body]));

    let patch = json!({"percent": "12.5", "weekdays": ["sun"], "max_redemptions": null, "room_types": []});
    let changed = manager.patch(&path, "\"1\"", &patch).await.expect(200);
    assert_eq!(
        json!([changed.body["percent"], changed.body["weekdays"], changed.body["max_redemptions"], changed.body["room_types"]]),
        json!(["12.5", ["sun"], null, []])
    );
    manager.patch(&path, "\"1\"", &json!({"name": "Other"})).await.expect(412);
    let same = manager.patch(&path, "\"2\"", &patch).await.expect(200);
    assert_eq!((same.header("etag"), app.event_kinds().await.last().map(String::as_str)), ("\"2\"", Some("offer.updated")));
    manager.delete(&path, "\"2\"").await.expect(204);
    manager.get(&path).await.expect(404);

    let used = offer(&hotel, json!({})).await;
    let path = format!("{OFFERS}/{}", used.id());
    book(manager, &request(&hotel, ["2026-12-10", "2026-12-11"], &json!({}))).await.expect(201);
    manager.delete(&path, "\"1\"").await.expect(204);
    assert_eq!(manager.get(&path).await.expect(200).body["is_archived"], true, "something was booked with it");
    app.anonymous().get(&path).await.expect(404);
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_offer_that_makes_no_sense_is_refused_by_a_code_for_each() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    let hidden = hotel.plan(&app, "CORP", &[("is_hidden", "true")]).await;
    app.sql(&format!(
        "UPDATE rate_plans SET parent_id = '{plan}', derivation_kind = 'percent', derivation_value = -100000 WHERE id = '{hidden}'"
    ))
    .await;
    offer(&hotel, json!({"access": "code", "code": "summer10"})).await;
    let nothing = "00000000-0000-7000-8000-000000000000";
    for (differing, code, pointer) in [
        (json!({"percent": "100.0001"}), "offers.percent_out_of_bounds", "/percent"),
        (json!({"percent": "0"}), "offers.percent_out_of_bounds", "/percent"),
        (
            json!({"kind": "amount_per_night", "percent": null, "amount": {"amount": "5.00", "currency": "USD"}}),
            "offers.other_currency",
            "/amount/currency",
        ),
        (json!({"budget": {"amount": "5.00", "currency": "USD"}}), "offers.other_currency", "/budget/currency"),
        (json!({"book_from": "2026-12-02", "book_until": "2026-12-01"}), "offers.window_reversed", "/book_until"),
        (json!({"stay_from": "2026-12-02", "stay_until": "2026-12-01"}), "offers.window_reversed", "/stay_until"),
        (
            json!({"kind": "bundle", "room_types": [{"room_type_id": nothing, "rooms": 2}]}),
            "offers.unknown_room_type",
            "/room_types/0/room_type_id",
        ),
        (json!({"access": "code", "code": "SUMMER1O"}), "offers.code_taken", "/code"),
        (json!({"access": "code", "code": "SUMMERIO"}), "offers.code_taken", "/code"),
        (json!({"rate_plan_ids": [hidden]}), "offers.hidden_plan", "/rate_plan_ids/0"),
        (json!({"kind": "free_nights", "percent": null}), "invalid", "/stay_nights"),
        (json!({"first_booking_only": true}), "invalid", "/first_booking_only"),
        (json!({"access": "code"}), "invalid", "/code"),
        (json!({"min_nights": 3, "max_nights": 2}), "invalid", "/max_nights"),
    ] {
        let refused = hotel.manager.post(OFFERS, &body(&hotel.id, &differing)).await;
        assert!([409, 422].contains(&refused.status), "{differing}: {}", refused.body);
        if code != "invalid" {
            assert_eq!(refused.code(), code, "{differing}: {}", refused.body);
        }
        assert!(refused.pointers().contains(&pointer), "{differing}: {}", refused.body);
    }
}

#[tokio::test]
async fn codes_that_are_good_for_one_booking_come_in_batches() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let single = offer(&hotel, json!({"access": "single_use_codes"})).await;
    let path = format!("{OFFERS}/{}/codes", single.id());
    let batch = manager.post(&path, &json!({"count": 3})).await.expect(201);
    manager.post(&path, &json!({"count": 2})).await.expect(201);
    let own = manager.get(&format!("{path}?batch_id={}", batch.body["batch_id"].as_str().expect("a batch"))).await.expect(200);
    let codes: Vec<String> = own.body["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["code"].as_str().expect("a code").to_owned())
        .collect();
    assert_eq!((codes.len(), batch.body["count"].as_u64()), (3, Some(3)));

    let dates = ["2026-12-10", "2026-12-12"];
    let with = |code: &str| request(&hotel, dates, &json!({"code": code}));
    let booked = book(manager, &with(&codes[0].to_lowercase())).await.expect(201);
    assert_eq!(booked.body["total"], eur("180.00"));
    let again = book(manager, &with(&codes[0])).await.expect(409);
    assert_eq!((again.code(), &again.body["conditions"][0]["condition"]), ("offers.exhausted", &json!("single_use")));
    let told = quote(&app.anonymous(), &hotel, dates, json!({"code": codes[0]})).await.expect(409);
    assert_eq!(told.code(), "offers.exhausted");
    let list = manager.get(&path).await.expect(200);
    assert_eq!(list.body["items"][0]["booking_id"], json!(booked.id()));

    let export = manager.get(&format!("{path}/export")).await.expect(200);
    let text = String::from_utf8(export.bytes.to_vec()).expect("text");
    assert_eq!(text.lines().count(), 6);
    assert!(text.lines().nth(1).is_some_and(|line| line.starts_with(&codes[0]) && line.contains(booked.id())), "{text}");
    crate::support::act(manager, &booked, "cancel").await.expect(200);
    book(manager, &with(&codes[0])).await.expect(201);
    let other = offer(&hotel, json!({})).await;
    let refused = manager.post(&format!("{OFFERS}/{}/codes", other.id()), &json!({"count": 1})).await.expect(409);
    assert_eq!(refused.code(), "offers.no_single_use_codes");
}

#[tokio::test]
async fn guests_are_not_shown_offers_that_need_a_code() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let secret = offer(&hotel, json!({"access": "code", "code": "friends-26"})).await;
    assert_eq!(secret.body["code"], "FRIENDS-26");
    let path = format!("{OFFERS}/{}", secret.id());
    app.anonymous().get(&path).await.expect(404);
    let list = format!("{OFFERS}?property_id={}", hotel.id);
    assert_eq!(app.anonymous().get(&list).await.expect(200).body["items"], json!([]));
    assert_eq!(hotel.manager.get(&list).await.expect(200).body["items"][0]["code"], "FRIENDS-26");
    let renamed = hotel.manager.patch(&path, "\"1\"", &json!({"code": "FAMILY-26"})).await.expect(200);
    assert_eq!(renamed.body["code"], "FAMILY-26");
    let dates = ["2026-12-10", "2026-12-11"];
    let unknown = quote(&app.anonymous(), &hotel, dates, json!({"code": "FRIENDS-26"})).await.expect(422);
    assert_eq!((unknown.code(), unknown.pointers()), ("offers.code_unknown", vec!["/code"]));
    let told = quote(&app.anonymous(), &hotel, dates, json!({"code": "family-26"})).await.expect(200);
    assert_eq!((cents(&told.body["total"]), &told.body["rooms"][0]["offers"][0]["code"]), (9_000, &json!("FAMILY-26")));
}

#[tokio::test]
async fn an_offer_is_explained_condition_by_condition() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    offer(&hotel, json!({"access": "code", "code": "LONG", "min_nights": 3, "arrival_days": ["mon"], "max_per_guest": 1})).await;
    let ask = async |check_out: &str| {
        let body = json!({
            "property_id": hotel.id, "code": "long", "check_in": "2026-12-10", "check_out": check_out,
            "room_type_id": hotel.double, "rate_plan_id": plan,
        });
        app.anonymous().post(&format!("{OFFERS}/validate"), &body).await.expect(200).body
    };
    let short = ask("2026-12-12").await;
    let told: Vec<_> = short["conditions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["condition"].as_str().expect("a word").to_owned(), one["is_met"].as_bool()))
        .collect();
    let expected = [
        ("on_sale", Some(true)),
        ("code", Some(true)),
        ("arrival_days", Some(false)),
        ("length_of_stay", Some(false)),
        ("per_guest", None),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(word, is_met)| (word.to_owned(), is_met)).collect();
    assert_eq!((told, &short["applies"]), (expected, &json!(false)), "{short}");
    let refused = quote(&app.anonymous(), &hotel, ["2026-12-10", "2026-12-12"], json!({"code": "LONG"})).await.expect(409);
    let conditions: Vec<&str> =
        refused.body["conditions"].as_array().expect("a list").iter().filter_map(|one| one["condition"].as_str()).collect();
    assert_eq!((refused.code(), conditions), ("offers.not_applicable", vec!["arrival_days", "length_of_stay"]));
}
