//! Guests who leave, and whose stay a company or agent pays.
use super::stay;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use hbs::domains::folios;
use serde_json::{Value, json};

/// An account of the hotel with a credit limit.
async fn account(hotel: &Hotel, name: &str, limit: &str) -> String {
    let account = json!({
        "property_id": hotel.id, "kind": "company", "name": name, "payment_days": 30, "credit_limit": eur(limit),
    });
    hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned()
}

/// Two nights from today on, whose guests are in the house; they leave on the third.
async fn in_house(app: &TestApp, hotel: &Hotel) -> Reply {
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-03T10:00:00Z").await;
    booking
}

async fn check_out(client: &Client, booking: &Reply, body: Value) -> Reply {
    client.post(&format!("/v1/bookings/{}/check-out", booking.id()), &body).await
}

/// The balances of a booking's folio and of an account.
async fn balances(hotel: &Hotel, booking: &Reply, account: &str) -> [Value; 2] {
    let folio = hotel.manager.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let ageing = hotel.manager.get(&format!("/v1/accounts/{account}/ageing")).await.expect(200);
    [folio.body["balance"].clone(), ageing.body["balance"].clone()]
}

/// The closing balance of a ledger today.
async fn ledger(hotel: &Hotel, name: &str) -> Value {
    let path = format!("/v1/reports/trial-balance?property_id={}&date=2026-12-03", hotel.id);
    let balance = hotel.manager.get(&path).await.expect(200);
    let mut ledgers = balance.body["ledgers"].as_array().expect("ledgers").iter();
    ledgers.find(|ledger| ledger["ledger"] == name).expect("the ledger")["closing"].clone()
}

#[tokio::test]
async fn what_is_due_goes_to_the_account_as_the_guests_leave_and_comes_back_with_them() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { settings, ..HotelSpec::default() }).await;
    let acme = account(&hotel, "Acme Ltd", "500.00").await;
    let booking = in_house(&app, &hotel).await;
    let bar = json!({"description": "Bar", "amount": eur("20.00")});
    hotel.manager.post(&format!("/v1/folios/{}/charges", booking.id()), &bar).await.expect(200);
    let refused = act(&hotel.manager, &booking, "check-out").await.expect(409);
    assert_eq!((refused.code(), &refused.body["balance"]), ("booking.balance_due", &eur("220.00")));

    let to_acme = json!({"to_account_id": acme});
    let path = format!("/v1/bookings/{}/check-out?dry_run=true", booking.id());
    let rehearsed = hotel.manager.post(&path, &to_acme).await.expect(200);
    assert_eq!((&rehearsed.body["balance"], &rehearsed.body["status"]), (&eur("0.00"), &json!("checked_out")));
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("220.00"), eur("0.00")], "nothing is done by that");

    let left = check_out(&hotel.manager, &booking, to_acme.clone()).await.expect(200);
    assert_eq!((&left.body["balance"], &left.body["total"]), (&eur("0.00"), &eur("220.00")), "it costs what it did");
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("0.00"), eur("220.00")]);
    assert_eq!([ledger(&hotel, "guest").await, ledger(&hotel, "city").await], [eur("0.00"), eur("220.00")]);
    let folio = hotel.manager.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let last = folio.body["entries"].as_array().expect("entries").last().expect("an entry").clone();
    assert_eq!((&last["kind"], &last["description"], &last["amount"]), (&json!("transfer"), &json!("Acme Ltd"), &eur("-220.00")));
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'booking.status_changed' ORDER BY id DESC LIMIT 1").await;
    assert_eq!(told[0]["changes"]["to_account_id"]["after"], json!(acme));
    assert_eq!(told[0]["changes"]["lines"]["after"].as_array().map(Vec::len), Some(2), "both entries are on the record");
    app.assert_consistent().await;

    act(&hotel.manager, &booking, "undo-check-out").await.expect(200);
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("220.00"), eur("0.00")]);
    assert_eq!([ledger(&hotel, "guest").await, ledger(&hotel, "city").await], [eur("220.00"), eur("0.00")]);
    check_out(&hotel.manager, &booking, to_acme).await.expect(200);
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("0.00"), eur("220.00")]);
    app.assert_consistent().await;
    let verified = folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

#[tokio::test]
async fn who_may_not_or_owes_too_much_leaves_nothing_to_an_account() {
    let app = TestApp::new().await;
    let (hotel, elsewhere) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let (acme, strange) = (account(&hotel, "Acme Ltd", "199.99").await, account(&elsewhere, "Others", "999.00").await);
    let booking = in_house(&app, &hotel).await;
    let clerk = app.staff(&["stays:check_out"], Some(&hotel.id)).await;
    let before = app.contents().await;
    assert_eq!(
        check_out(&clerk, &booking, json!({"to_account_id": acme})).await.expect(403).body["permission"],
        "accounts:charge"
    );
    for (id, why) in [(strange.as_str(), "another hotel's"), (booking.id(), "not an account")] {
        let refused = check_out(&hotel.manager, &booking, json!({"to_account_id": id})).await.expect(422);
        assert_eq!(refused.pointers(), ["/to_account_id"], "{why}");
    }
    let path = format!("/v1/bookings/{}/cancel", booking.id());
    let elsewhere = hotel.manager.post(&path, &json!({"to_account_id": acme})).await.expect(422);
    assert_eq!(elsewhere.pointers(), ["/to_account_id"], "nobody leaves");
    let refused = check_out(&hotel.manager, &booking, json!({"to_account_id": acme})).await.expect(409);
    let told = ["credit_limit", "balance", "amount"].map(|member| refused.body[member].clone());
    assert_eq!((refused.code(), told), ("folio.credit_limit", [eur("199.99"), eur("0.00"), eur("200.00")]));
    let untouched = |contents: &std::collections::BTreeMap<String, String>| {
        ["bookings", "stays", "folios", "folio_entries", "rooms", "outbox"].map(|table| contents.get(table).cloned())
    };
    assert_eq!(untouched(&app.contents().await), untouched(&before), "nothing is half done");

    let path = format!("/v1/accounts/{acme}");
    hotel.manager.patch(&path, "\"1\"", &json!({"credit_limit": null, "is_active": false})).await.expect(200);
    let refused = check_out(&hotel.manager, &booking, json!({"to_account_id": acme})).await.expect(409);
    assert_eq!(refused.code(), "folio.account_inactive");
    hotel.manager.patch(&path, "\"2\"", &json!({"is_active": true})).await.expect(200);
    check_out(&hotel.manager, &booking, json!({"to_account_id": acme})).await.expect(200);
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("0.00"), eur("200.00")], "without a limit");

    // The database would not have it either.
    let beyond = format!(
        "UPDATE accounts SET credit_limit_minor = 20000 WHERE id = '{acme}';
         WITH there AS (SELECT gen_random_uuid() AS id)
         INSERT INTO folio_entries (property_id, id, folio_id, booking_id, kind, service_date, posted_on, amount_minor, description, ledger,
                                    origin_id, posting_id, created_at, updated_at)
         SELECT f.property_id, CASE kind WHEN 'account' THEN there.id ELSE gen_random_uuid() END, f.id, '{booking}', 'transfer', '2026-12-03',
                '2026-12-03', CASE kind WHEN 'account' THEN 1 ELSE -1 END, 'More', CASE kind WHEN 'account' THEN 'city' ELSE 'guest' END,
                there.id, '{posting}', now(), now()
         FROM folios f, there WHERE f.id = '{booking}' OR f.account_id = '{acme}'",
        booking = booking.id(),
        posting = uuid::Uuid::now_v7(),
    );
    let refused = app.try_sql(&beyond).await.expect_err("refused");
    assert!(refused.contains("more than its limit"), "{refused}");
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_leaves_first_leaves_what_is_theirs_and_who_leaves_last_the_rest() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (acme, agency) = (account(&hotel, "Acme Ltd", "900.00").await, account(&hotel, "Agency", "900.00").await);
    let mut request = hotel.request("2026-12-01", "2026-12-03");
    request["rooms"] = json!([request["rooms"][0], request["rooms"][0]]);
    let booking = book(&hotel.manager, &request).await.expect(201);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-03T10:00:00Z").await;
    let bar = json!({"description": "Bar", "amount": eur("30.00")});
    hotel.manager.post(&format!("/v1/folios/{}/charges", booking.id()), &bar).await.expect(200);
    let first = stay(&booking, 0)["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/bookings/{}/stays/{first}", booking.id());
    hotel.manager.post(&format!("{path}/check-out"), &json!({"to_account_id": acme})).await.expect(200);
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("230.00"), eur("200.00")], "the bar is the others'");
    check_out(&hotel.manager, &booking, json!({"to_account_id": agency})).await.expect(200);
    assert_eq!(balances(&hotel, &booking, &agency).await, [eur("0.00"), eur("230.00")]);
    app.assert_consistent().await;

    // The first to leave have come back: what they left to an account, and what the booking as a whole did, comes back too.
    hotel.manager.post(&format!("{path}/undo-check-out"), &json!({})).await.expect(200);
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("430.00"), eur("0.00")]);
    assert_eq!(balances(&hotel, &booking, &agency).await, [eur("430.00"), eur("0.00")]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn many_leave_at_once_as_far_as_the_account_reaches() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { rooms: 3, settings, ..HotelSpec::default() }).await;
    let acme = account(&hotel, "Acme Ltd", "400.00").await;
    let mut items = Vec::new();
    for _ in 0..3 {
        let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-03").await;
        act(&hotel.manager, &booking, "check-in").await.expect(200);
        items.push(json!({"booking_id": booking.id()}));
    }
    app.move_clock("2026-12-03T10:00:00Z").await;
    let request = json!({"property_id": hotel.id, "items": items, "options": {"to_account_id": acme}});
    let done = hotel.manager.post("/v1/bookings/bulk-check-out", &request).await.expect(200);
    let results = done.body["results"].as_array().expect("results");
    let codes: Vec<&str> = results.iter().map(|result| result["problem"]["code"].as_str().unwrap_or_default()).collect();
    assert_eq!((&done.body["done"], codes), (&json!(2), vec!["", "", "folio.credit_limit"]));
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_leaves_early_leaves_the_account_what_they_owe() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let acme = account(&hotel, "Acme Ltd", "900.00").await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-05").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-02T10:00:00Z").await;
    let early = json!({"to_account_id": acme, "waive_fee": true, "reason": "Called home"});
    let left = check_out(&hotel.manager, &booking, early).await.expect(200);
    assert_eq!((&left.body["total"], &left.body["balance"]), (&eur("100.00"), &eur("0.00")));
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("0.00"), eur("100.00")]);

    // What comes late has a folio of its own, and goes to the account by itself.
    let late = json!({"description": "Minibar", "amount": eur("7.00")});
    let late = hotel.manager.post(&format!("/v1/folios/{}/charges", booking.id()), &late).await.expect(200);
    let path = format!("/v1/folios/{}/to-account", late.body["folio"]["id"].as_str().expect("an id"));
    let sent = hotel.manager.post(&path, &json!({"account_id": acme})).await.expect(200);
    assert_eq!(sent.body["folio"]["balance"], eur("0.00"));
    assert_eq!(balances(&hotel, &booking, &acme).await, [eur("0.00"), eur("107.00")]);
    app.assert_consistent().await;
}
