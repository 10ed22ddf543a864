//! Limits of offers: what is counted, given back and taken again.
use super::{OFFERS, cents, counted, offer, quote, request};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

/// Books a night with a code, on the n-th of December.
async fn with_code(client: &Client, hotel: &Hotel, night: u32, differing: Value) -> Reply {
    let dates = [format!("2026-12-{night:02}"), format!("2026-12-{:02}", night + 1)];
    let mut body = request(hotel, [&dates[0], &dates[1]], &json!({"code": "CODE"}));
    for (name, value) in differing.as_object().expect("an object") {
        body[name] = value.clone();
    }
    book(client, &body).await
}

fn limited(differing: &Value) -> Value {
    let mut body = json!({"access": "code", "code": "CODE"});
    for (name, value) in differing.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

async fn run_jobs(app: &TestApp) {
    hbs::jobs::run_due(&app.app, &hbs::server::jobs()).await.expect("the jobs");
}

/// T-off-limit: holds count, expiry and cancellation give back, no-shows do not, and what comes back takes again or is refused.
#[tokio::test]
async fn a_limit_counts_holds_and_is_given_back_but_not_by_a_no_show() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let made = offer(&hotel, limited(&json!({"max_redemptions": 2}))).await;
    let first = with_code(manager, &hotel, 1, json!({})).await.expect(201);
    let held = with_code(manager, &hotel, 11, json!({"hold_minutes": 5})).await.expect(201);
    assert_eq!(counted(&app, made.id()).await, [2, 2, 2_000, 2_000]);
    let full = with_code(manager, &hotel, 12, json!({})).await.expect(409);
    assert_eq!((full.code(), &full.body["conditions"][0]["offer_id"]), ("offers.exhausted", &json!(made.id())));
    let shown = manager.get(&format!("{OFFERS}/{}", made.id())).await.expect(200);
    assert_eq!(shown.body["is_exhausted"], true);
    let told = quote(manager, &hotel, ["2026-12-14", "2026-12-15"], json!({"code": "CODE"})).await.expect(409);
    assert_eq!(told.code(), "offers.exhausted");

    app.set_clock("2026-12-01T12:06:00Z");
    run_jobs(&app).await;
    assert_eq!(counted(&app, made.id()).await, [1, 1, 1_000, 1_000], "a hold that expired gives back");
    let second = with_code(manager, &hotel, 12, json!({})).await.expect(201);
    let late = act(manager, &held, "confirm").await.expect(409);
    assert_eq!(late.code(), "offers.exhausted", "it would take again what is gone");
    act(manager, &second, "cancel").await.expect(200);
    act(manager, &held, "confirm").await.expect(200);
    let again = act(manager, &second, "reinstate").await.expect(409);
    assert_eq!(again.code(), "offers.exhausted");
    act(manager, &first, "no-show").await.expect(200);
    assert_eq!(counted(&app, made.id()).await, [2, 2, 2_000, 2_000], "a no-show gives nothing back");
    app.assert_consistent().await;
}

/// T-off-guest: one person is one by account and by mailbox, whatever the capitals and the tags of the address.
#[tokio::test]
async fn a_guest_is_the_same_by_account_and_by_mailbox() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let guest = app.register("ana@example.com").await;
    offer(&hotel, limited(&json!({"max_per_guest": 1}))).await;
    let contact = |email: &str| json!({"contact": {"full_name": "Ana Sousa", "email": email}});
    let booked = with_code(&guest, &hotel, 10, contact("ana@example.com")).await.expect(201);
    for differing in [
        contact("ANA@Example.COM"),
        contact("ana+offers@example.com"),
        json!({"contact": {"full_name": "Ana", "email": "other@example.com"}, "guest_user_id": guest.user_id()}),
    ] {
        let refused = with_code(manager, &hotel, 11, differing.clone()).await.expect(409);
        assert_eq!(
            (refused.code(), &refused.body["conditions"][0]["condition"]),
            ("offers.exhausted", &json!("per_guest")),
            "{differing}"
        );
    }
    with_code(manager, &hotel, 11, contact("rui@example.com")).await.expect(201);
    act(manager, &booked, "cancel").await.expect(200);
    with_code(manager, &hotel, 12, contact("ana@example.com")).await.expect(201);
    app.assert_consistent().await;
}

/// Somebody without an address is known by a number, and by the profile that was made of it.
#[tokio::test]
async fn a_guest_is_the_same_by_number_and_by_profile() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let personal = [json!({"max_per_guest": 1}), json!({"first_booking_only": true})];
    for (n, limit) in (0..).zip(personal) {
        let code = format!("CODE-{n}");
        let mut body = limited(&limit);
        body["code"] = json!(code);
        offer(&hotel, body).await;
        let contact = |name: &str, phone: Option<&str>| json!({"code": code, "contact": {"full_name": name, "phone": phone}});
        let number = format!("+351 91{n} 000 000");
        let condition = if n == 0 { "per_guest" } else { "first_booking_only" };
        let booked = with_code(manager, &hotel, 10, contact("Rui Reis", Some(&number))).await.expect(201);
        let same_digits = number.replace(' ', "");
        for (name, number) in [("Rui Reis", &number), ("R. Reis", &same_digits)] {
            let refused = with_code(manager, &hotel, 11, contact(name, Some(number))).await.expect(409);
            assert_eq!(refused.body["conditions"][0]["condition"], condition, "{}", refused.body);
        }
        let mut chosen = contact("Rui", None);
        chosen["guest_id"] = booked.body["guest_id"].clone();
        let refused = with_code(manager, &hotel, 11, chosen).await.expect(409);
        assert_eq!(refused.body["conditions"][0]["condition"], condition, "{}", refused.body);
        for nobody in [contact("Rui Reis", None), contact("Rui Reis", Some("12345"))] {
            let refused = with_code(manager, &hotel, 11, nobody).await.expect(409);
            assert_eq!(refused.code(), "offers.guest_unknown");
        }
        act(manager, &booked, "cancel").await.expect(200);
        with_code(manager, &hotel, 12, contact("Rui Reis", Some(&number))).await.expect(201);
    }
    app.assert_consistent().await;
}

/// Whoever has two addresses is one person once the profiles are merged, also for what was booked before.
#[tokio::test]
async fn a_guest_whose_profiles_are_merged_is_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    offer(&hotel, limited(&json!({"max_per_guest": 1}))).await;
    let contact = |name: &str, email: &str| json!({"contact": {"full_name": name, "email": email}});
    let plain = json!({"code": null, "contact": {"full_name": "A. Sousa", "email": "ana@work.example"}});
    let first = with_code(manager, &hotel, 10, contact("Ana Sousa", "ana@home.example")).await.expect(201);
    let second = with_code(manager, &hotel, 10, plain).await.expect(201);
    let (survivor, merged) = (first.body["guest_id"].as_str(), second.body["guest_id"].as_str());
    let (survivor, merged) = (survivor.expect("a profile"), merged.expect("a profile"));
    assert_ne!(survivor, merged);
    manager.post(&format!("/v1/guests/{survivor}/merge"), &json!({"merged_id": merged})).await.expect(200);
    for name in ["A. Sousa", "Ana"] {
        let refused = with_code(manager, &hotel, 11, contact(name, "ana@work.example")).await.expect(409);
        assert_eq!(
            (refused.code(), &refused.body["conditions"][0]["condition"]),
            ("offers.exhausted", &json!("per_guest")),
            "{name}"
        );
    }
    with_code(manager, &hotel, 11, contact("Rui", "rui@work.example")).await.expect(201);
    app.assert_consistent().await;
}

/// A code that is used up, and a guest who has had the offer, are told before they book.
#[tokio::test]
async fn what_is_used_up_does_not_apply() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.default_plan(&app).await;
    let guest = app.guest().await;
    let validate = async |client: &Client, code: &str| {
        let body = json!({
            "property_id": hotel.id, "code": code, "check_in": "2026-12-10", "check_out": "2026-12-11",
            "room_type_id": hotel.double, "rate_plan_id": plan,
        });
        let told = client.post(&format!("{OFFERS}/validate"), &body).await.expect(200).body;
        let last = told["conditions"].as_array().and_then(|all| all.last()).expect("a condition").clone();
        (told["applies"].as_bool(), last["condition"].as_str().expect("a word").to_owned(), last["is_met"].as_bool())
    };
    let told = |applies: bool, condition: &str, is_met: Option<bool>| (Some(applies), condition.to_owned(), is_met);

    let single = offer(&hotel, json!({"access": "single_use_codes"})).await;
    let codes = format!("{OFFERS}/{}/codes", single.id());
    hotel.manager.post(&codes, &json!({"count": 1})).await.expect(201);
    let codes = hotel.manager.get(&codes).await.expect(200);
    let code = codes.body["items"][0]["code"].as_str().expect("a code");
    let anybody = app.anonymous();
    assert_eq!(validate(&anybody, code).await, told(true, "single_use", Some(true)));
    let booked = with_code(&hotel.manager, &hotel, 10, json!({"code": code})).await.expect(201);
    assert_eq!(validate(&anybody, code).await, told(false, "single_use", Some(false)));
    act(&hotel.manager, &booked, "cancel").await.expect(200);
    assert_eq!(validate(&anybody, code).await, told(true, "single_use", Some(true)));

    for (limit, code) in [("max_per_guest", "FEW-TIMES"), ("first_booking_only", "AT-FIRST")] {
        let (value, condition) = if code == "AT-FIRST" { (json!(true), limit) } else { (json!(1), "per_guest") };
        offer(&hotel, json!({"access": "code", "code": code, limit: value})).await;
        assert_eq!(validate(&guest, code).await, told(true, condition, Some(true)));
        let booked = with_code(&guest, &hotel, 10, json!({"code": code})).await.expect(201);
        assert_eq!(validate(&guest, code).await, told(false, condition, Some(false)));
        for other in [&anybody, &hotel.manager] {
            assert_eq!(validate(other, code).await, told(true, condition, None), "who books is not known yet");
        }
        act(&guest, &booked, "cancel").await.expect(200);
    }
}

/// What everybody gets, so often each, is not for somebody who would not be known again: the next best price holds.
#[tokio::test]
async fn an_automatic_offer_for_each_guest_is_not_for_a_name_alone() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    offer(&hotel, json!({"max_per_guest": 1})).await;
    let by_name = request(&hotel, ["2026-12-10", "2026-12-11"], &json!({"contact": {"full_name": "Rui"}}));
    assert_eq!(cents(&book(&hotel.manager, &by_name).await.expect(201).body["total"]), 10_000);
    let by_number = json!({"contact": {"full_name": "Rui", "phone": "+351 910 000 000"}});
    let by_number = request(&hotel, ["2026-12-10", "2026-12-11"], &by_number);
    assert_eq!(cents(&book(&hotel.manager, &by_number).await.expect(201).body["total"]), 9_000);
}

#[tokio::test]
async fn a_day_and_a_budget_have_an_end_and_the_next_best_price_holds() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let daily = offer(&hotel, json!({"percent": "20", "max_per_day": 1})).await;
    offer(&hotel, json!({"percent": "10", "budget": eur("15.00")})).await;
    let total = async |night: u32| {
        let dates = [format!("2026-12-{night:02}"), format!("2026-12-{:02}", night + 1)];
        let body = request(&hotel, [&dates[0], &dates[1]], &json!({}));
        cents(&book(manager, &body).await.expect(201).body["total"])
    };
    // The first of the day, then the other offer, whose budget is not enough for a second.
    assert_eq!([total(10).await, total(11).await, total(12).await], [8_000, 9_000, 10_000]);
    let search = format!("/v1/availability?property_id={}&check_in=2026-12-14&check_out=2026-12-15", hotel.id);
    let told = app.anonymous().get(&search).await.expect(200);
    assert_eq!(
        told.body["items"][0]["plans"][0]["offers"][0]["discount"],
        eur("10.00"),
        "5.00 are left of the budget: {}",
        told.body
    );
    let quoted = quote(manager, &hotel, ["2026-12-14", "2026-12-15"], json!({})).await.expect(200);
    assert_eq!(cents(&quoted.body["total"]), 10_000, "a quote asks what is left");
    let dear = request(&hotel, ["2026-12-14", "2026-12-15"], &json!({"expected_total": eur("80.00")}));
    assert_eq!(book(manager, &dear).await.expect(409).code(), "booking.price_changed");
    app.set_clock("2026-12-02T12:00:00Z");
    assert_eq!(total(15).await, 8_000, "a new day");
    assert_eq!(counted(&app, daily.id()).await, [2, 2, 4_000, 4_000]);
    app.assert_consistent().await;
}

/// What comes back counts for the day on which it was booked, also when others have booked on a later day since.
#[tokio::test]
async fn a_day_that_is_over_keeps_its_limit() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let made = offer(&hotel, limited(&json!({"max_per_day": 1}))).await;
    let held = with_code(manager, &hotel, 10, json!({"hold_minutes": 5})).await.expect(201);
    app.set_clock("2026-12-01T12:06:00Z");
    run_jobs(&app).await;
    let other = with_code(manager, &hotel, 11, json!({})).await.expect(201);
    app.set_clock("2026-12-02T12:00:00Z");
    with_code(manager, &hotel, 12, json!({})).await.expect(201);
    let late = act(manager, &held, "confirm").await.expect(409);
    assert_eq!(late.code(), "offers.exhausted", "its day was full");
    assert_eq!(counted(&app, made.id()).await, [2, 2, 2_000, 2_000]);
    act(manager, &other, "cancel").await.expect(200);
    act(manager, &held, "confirm").await.expect(200);
    let today = with_code(manager, &hotel, 13, json!({})).await.expect(409);
    assert_eq!(today.code(), "offers.exhausted", "what came back is not of today");
    assert_eq!(counted(&app, made.id()).await, [2, 2, 2_000, 2_000]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_limit_that_is_set_later_counts_what_was_booked_before() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = offer(&hotel, limited(&json!({}))).await;
    with_code(&hotel.manager, &hotel, 10, json!({})).await.expect(201);
    assert_eq!(counted(&app, made.id()).await, [0, 1, 0, 1_000], "without a limit nothing is counted");
    let path = format!("{OFFERS}/{}", made.id());
    hotel.manager.patch(&path, "\"1\"", &json!({"max_redemptions": 1})).await.expect(200);
    assert_eq!(counted(&app, made.id()).await, [1, 1, 1_000, 1_000]);
    assert_eq!(with_code(&hotel.manager, &hotel, 11, json!({})).await.expect(409).code(), "offers.exhausted");
    hotel.manager.patch(&path, "\"2\"", &json!({"max_redemptions": 2})).await.expect(200);
    with_code(&hotel.manager, &hotel, 11, json!({})).await.expect(201);
    app.assert_consistent().await;
}

/// F17: an offer that cannot be archived keeps no other one from it.
#[tokio::test]
async fn an_offer_that_cannot_be_archived_keeps_no_other_from_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut offers = Vec::new();
    for name in ["First", "Second", "Third"] {
        offers.push(offer(&hotel, json!({"name": name, "book_until": "2026-12-01"})).await);
    }
    app.sql(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON offers FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION fail();",
        offers[0].id()
    ))
    .await;
    app.move_clock_in_vain("2026-12-02T00:00:00Z").await;
    let mut archived = Vec::new();
    for made in &offers {
        archived.push(hotel.manager.get(&format!("{OFFERS}/{}", made.id())).await.expect(200).body["is_archived"].clone());
    }
    assert_eq!(archived, [json!(false), json!(true), json!(true)]);
}

#[tokio::test]
async fn what_is_over_is_archived_by_a_job_and_sold_by_nobody_before() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = offer(&hotel, json!({"book_until": "2026-12-01"})).await;
    app.set_clock("2026-12-02T00:00:00Z");
    let quoted = quote(&app.anonymous(), &hotel, ["2026-12-10", "2026-12-11"], json!({})).await.expect(200);
    assert_eq!(cents(&quoted.body["total"]), 10_000, "whether the job ran or not");
    run_jobs(&app).await;
    let shown = hotel.manager.get(&format!("{OFFERS}/{}", made.id())).await.expect(200);
    assert_eq!((&shown.body["is_archived"], shown.header("etag")), (&json!(true), "\"2\""));
}
