//! Payments that staff record, through the API: what is paid is on the folio, once and to the cent.
pub mod gateway;

use crate::every_route::Exception::{AnswersWith, MayAsk, OwnOtherwise, Public};
use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur};
use serde_json::{Value, json};
use uuid::Uuid;

pub const PAYMENTS: &str = "/v1/payments";

/// Pays cash for a booking.
pub async fn pay(client: &Client, booking: &str, amount: &str) -> Reply {
    client.post(PAYMENTS, &json!({"booking_id": booking, "method": "cash", "amount": eur(amount)})).await
}

pub async fn balance(client: &Client, folio: &str) -> Value {
    client.get(&format!("/v1/folios/{folio}")).await.expect(200).body["balance"].clone()
}

async fn settings(hotel: &Hotel, change: Value) -> Reply {
    let path = format!("/v1/properties/{}/payment-settings", hotel.id);
    let known = hotel.manager.get(&path).await.expect(200);
    hotel.manager.patch(&path, known.header("etag"), &change).await
}

/// The movement of a ledger on the business date.
async fn movement(hotel: &Hotel, ledger: &str) -> Value {
    let path = format!("/v1/reports/trial-balance?property_id={}&date=2026-12-01", hotel.id);
    let balance = hotel.manager.get(&path).await.expect(200).body;
    let ledgers = balance["ledgers"].as_array().expect("ledgers");
    ledgers.iter().find(|one| one["ledger"] == ledger).expect("a ledger")["movement"].clone()
}

#[tokio::test]
async fn what_is_paid_at_the_desk_counts_at_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let paid = pay(client, booking.id(), "60.00").await.expect(201);
    assert_eq!((paid.header("etag"), paid.header("location")), ("\"1\"", format!("{PAYMENTS}/{}", paid.id()).as_str()));
    assert_eq!(
        (&paid.body["status"], &paid.body["method"], &paid.body["folio_id"], &paid.body["booking_id"]),
        (&json!("captured"), &json!("cash"), &json!(booking.id()), &json!(booking.id()))
    );
    assert_eq!(
        (&paid.body["amount"], &paid.body["captured"], &paid.body["refunded"], &paid.body["refundable"]),
        (&eur("60.00"), &eur("60.00"), &eur("0.00"), &eur("60.00"))
    );
    assert_eq!((&paid.body["business_date"], &paid.body["value_date"]), (&json!("2026-12-01"), &Value::Null));
    assert_eq!(app.event_kinds().await.last().map(String::as_str), Some("payment.created"));

    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let line = entries.iter().find(|entry| entry["kind"] == "payment").expect("a line");
    assert_eq!((&line["amount"], &line["payment_id"], &line["description"]), (&eur("-60.00"), &json!(paid.id()), &json!("Cash")));
    assert_eq!(folio.body["balance"], eur("140.00"));
    assert_eq!(client.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body["total"], eur("200.00"));
    assert_eq!(movement(&hotel, "deposits").await, eur("-60.00"), "the guests are to come");
    assert_eq!(movement(&hotel, "clearing").await, eur("60.00"));

    let transfer = json!({"folio_id": booking.id(), "method": "bank_transfer", "amount": eur("40.00"), "reference": "E2E-42",
                          "value_date": "2026-11-27"});
    let transfer = client.post(PAYMENTS, &transfer).await.expect(201);
    assert_eq!((&transfer.body["reference"], &transfer.body["value_date"]), (&json!("E2E-42"), &json!("2026-11-27")));
    let terminal = json!({"booking_id": booking.id(), "method": "card_terminal", "amount": eur("100.00"), "reference": "4711"});
    let terminal = client.post(PAYMENTS, &terminal).await.expect(201);
    assert_eq!(balance(client, booking.id()).await, eur("0.00"));
    assert_eq!(client.get(&format!("{PAYMENTS}/{}", transfer.id())).await.expect(200).body, transfer.body);

    let list = async |query: &str| -> Vec<String> {
        let found = client.get(&format!("{PAYMENTS}?property_id={}{query}", hotel.id)).await.expect(200);
        found.body["items"].as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").into()).collect()
    };
    let ids = |replies: &[&Reply]| -> Vec<String> { replies.iter().map(|reply| reply.id().to_owned()).collect() };
    assert_eq!(list("").await, ids(&[&terminal, &transfer, &paid]));
    assert_eq!(list("&method=bank_transfer").await, ids(&[&transfer]));
    assert_eq!(list(&format!("&booking_id={}&limit=1", booking.id())).await, ids(&[&terminal]));
    assert_eq!(list(&format!("&folio_id={}&status=captured&from=2026-12-01&to=2026-12-01", booking.id())).await.len(), 3);
    assert_eq!((list("&status=voided").await.len(), list("&from=2026-12-02").await.len()), (0, 0));
    app.assert_consistent().await;
}

/// The payments of a closed date stay the same, whatever comes later: they come to what came to the ledger.
#[tokio::test]
async fn payments_of_a_date_are_told_by_method_and_stay_as_they_were() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let cash = pay(client, booking.id(), "60.00").await.expect(201);
    let slip = pay(client, booking.id(), "5.00").await.expect(201);
    client.post(&format!("{PAYMENTS}/{}/void", slip.id()), &json!({})).await.expect(200);
    let terminal = json!({"booking_id": booking.id(), "method": "card_terminal", "amount": eur("40.00")});
    client.post(PAYMENTS, &terminal).await.expect(201);
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = client.post("/v1/folios", &company).await.expect(201);
    client.post(&format!("/v1/folios/{}/move", booking.id()), &json!({"to_folio_id": company.id()})).await.expect(200);

    let of_date = async |date: &str| -> Value {
        client.get(&format!("/v1/reports/trial-balance?property_id={}&date={date}", hotel.id)).await.expect(200).body
    };
    let by = |method: &str, amounts: [&str; 3]| {
        let [received, refunded, net] = amounts.map(eur);
        json!({"method": method, "received": received, "refunded": refunded, "net": net})
    };
    let first = json!([by("card_terminal", ["40.00", "0.00", "40.00"]), by("cash", ["60.00", "0.00", "60.00"])]);
    let open = of_date("2026-12-01").await;
    assert_eq!((&open["payments"], movement(&hotel, "clearing").await), (&first, eur("100.00")));
    app.set_clock("2026-12-02T02:00:00Z");
    let audit = json!({"business_date": "2026-12-01"});
    client.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    let closed = of_date("2026-12-01").await;
    assert_eq!((&closed["is_closed"], &closed["payments"]), (&json!(true), &first));

    let refund = json!({"payment_id": cash.id(), "amount": eur("25.00"), "reason": "Noise"});
    let refund = client.post("/v1/refunds", &refund).await.expect(201);
    let other = app.staff(&["refunds:approve"], Some(&hotel.id)).await;
    other.post(&format!("/v1/refunds/{}/approve", refund.id()), &json!({})).await.expect(200);
    assert_eq!(of_date("2026-12-02").await["payments"], json!([by("cash", ["0.00", "25.00", "-25.00"])]));
    assert_eq!(of_date("2026-12-01").await, closed, "closed is closed");
    app.assert_consistent().await;
}

/// T-pay-over, one after the other: the race is in `races/payments.rs`.
#[tokio::test]
async fn no_more_is_taken_than_is_left_unless_somebody_may() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    pay(client, booking.id(), "150.00").await.expect(201);
    let refused = pay(client, booking.id(), "50.01").await.expect(409);
    assert_eq!((refused.code(), &refused.body["balance"]), ("payments.exceeds_balance", &eur("50.00")));
    let beyond = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("80.00"), "overpay": true});
    let clerk = app.staff(&["payments:write"], Some(&hotel.id)).await;
    assert_eq!(clerk.post(PAYMENTS, &beyond).await.expect(403).body["permission"], "payments:overpay");
    assert_eq!(balance(client, booking.id()).await, eur("50.00"), "nothing is half done");
    client.post(PAYMENTS, &beyond).await.expect(201);
    assert_eq!(balance(client, booking.id()).await, eur("-30.00"));
    let refused = pay(&clerk, booking.id(), "0.01").await.expect(409);
    assert_eq!(refused.body["balance"], eur("0.00"), "a credit leaves nothing to pay");
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let closed = client.post("/v1/folios", &company).await.expect(201);
    client.post(&format!("/v1/folios/{}/close", closed.id()), &json!({})).await.expect(200);
    settings(&hotel, json!({"methods": ["cash", "bank_transfer", "cash"]})).await.expect(200);
    let cash = |amount: Value| json!({"booking_id": booking.id(), "method": "cash", "amount": amount});
    let transfer =
        |date: &str| json!({"booking_id": booking.id(), "method": "bank_transfer", "amount": eur("1.00"), "value_date": date});
    for (body, status, code, pointer) in [
        (cash(eur("0.00")), 422, "payments.amount_not_positive", "/amount/amount"),
        (cash(eur("-5.00")), 422, "payments.amount_not_positive", "/amount/amount"),
        (cash(eur("1.001")), 422, "request.invalid", "/amount"),
        (cash(json!({"amount": "1.00", "currency": "USD"})), 422, "payments.other_currency", "/amount/currency"),
        (json!({"method": "cash", "amount": eur("1.00")}), 422, "request.invalid", "/folio_id"),
        (
            json!({"folio_id": booking.id(), "booking_id": booking.id(), "method": "cash", "amount": eur("1.00")}),
            422,
            "request.invalid",
            "/folio_id",
        ),
        (transfer("2026-12-02"), 422, "request.invalid", "/value_date"),
        (
            json!({"booking_id": booking.id(), "method": "cash", "amount": eur("1.00"), "value_date": "2026-12-01"}),
            422,
            "request.invalid",
            "/value_date",
        ),
        (json!({"booking_id": booking.id(), "method": "gold", "amount": eur("1.00")}), 422, "request.invalid", "/method"),
        (json!({"booking_id": Uuid::nil(), "method": "cash", "amount": eur("1.00")}), 404, "request.not_found", ""),
        (json!({"folio_id": Uuid::nil(), "method": "cash", "amount": eur("1.00")}), 404, "request.not_found", ""),
        (json!({"folio_id": closed.id(), "method": "cash", "amount": eur("1.00")}), 409, "folio.closed", ""),
    ] {
        let refused = client.post(PAYMENTS, &body).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{body}: {}", refused.body);
        assert_eq!(refused.pointers().first().copied().unwrap_or_default(), pointer, "{body}");
    }
    let terminal = json!({"booking_id": booking.id(), "method": "card_terminal", "amount": eur("1.00")});
    let refused = client.post(PAYMENTS, &terminal).await.expect(409);
    assert_eq!((refused.code(), &refused.body["methods"]), ("payments.method_not_taken", &json!(["bank_transfer", "cash"])));
    for (change, pointer) in [
        (json!({"methods": []}), "/methods"),
        (json!({"refund_approval_above": eur("-1.00")}), "/refund_approval_above/amount"),
        (json!({"refund_approval_above": {"amount": "1.00", "currency": "USD"}}), "/refund_approval_above/currency"),
        (json!({"allows_own_approval": null}), "/allows_own_approval"),
    ] {
        assert_eq!(settings(&hotel, change).await.expect(422).pointers(), [pointer]);
    }
    assert_eq!(app.number("SELECT count(*) FROM payments").await, 0);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_was_recorded_by_mistake_is_voided_on_its_date() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-03").await;
    let void = async |payment: &Reply| client.post(&format!("{PAYMENTS}/{}/void", payment.id()), &json!({})).await;
    let wrong = pay(client, booking.id(), "60.00").await.expect(201);
    let reason = json!({"reason": "Entered twice"});
    let path = format!("{PAYMENTS}/{}/void", wrong.id());
    assert_eq!(client.with("if-match", "\"7\"").post(&path, &reason).await.expect(412).code(), "request.precondition_failed");
    let voided = client.with("if-match", "\"1\"").post(&path, &reason).await.expect(200);
    assert_eq!(
        (&voided.body["status"], &voided.body["captured"], &voided.body["refundable"], voided.header("etag")),
        (&json!("voided"), &eur("0.00"), &eur("0.00"), "\"2\"")
    );
    assert_eq!(balance(client, booking.id()).await, eur("200.00"));
    assert_eq!(movement(&hotel, "deposits").await, eur("0.00"));
    let again = void(&wrong).await.expect(409);
    assert_eq!((again.code(), &again.body["payment_status"]), ("payments.illegal_move", &json!("voided")));

    // After check-in the money is in the ledger of the guests, and leaves that one.
    let early = pay(client, booking.id(), "60.00").await.expect(201);
    act(client, &booking, "check-in").await.expect(200);
    assert_eq!(movement(&hotel, "deposits").await, eur("0.00"));
    void(&early).await.expect(200);
    assert_eq!((movement(&hotel, "deposits").await, movement(&hotel, "guest").await), (eur("0.00"), eur("100.00")));

    // A payment is taken back where it was moved to.
    let moved = pay(client, booking.id(), "80.00").await.expect(201);
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = client.post("/v1/folios", &company).await.expect(201);
    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries").iter();
    let line = entries.rev().find(|entry| entry["payment_id"] == json!(moved.id())).expect("a line");
    let to_company = json!({"to_folio_id": company.id(), "entry_ids": [line["id"]]});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &to_company).await.expect(200);
    assert_eq!(balance(client, company.id()).await, eur("-80.00"));
    void(&moved).await.expect(200);
    assert_eq!((balance(client, company.id()).await, balance(client, booking.id()).await), (eur("0.00"), eur("200.00")));

    let kept = pay(client, booking.id(), "100.00").await.expect(201);
    let asked =
        client.post("/v1/refunds", &json!({"payment_id": kept.id(), "amount": eur("1.00"), "reason": "Noise"})).await.expect(201);
    assert_eq!(void(&kept).await.expect(409).code(), "payments.has_refunds");
    client.post(&format!("/v1/refunds/{}/reject", asked.id()), &json!({"reason": "It was quiet"})).await.expect(200);
    app.set_clock("2026-12-02T02:00:00Z");
    let audit = json!({"business_date": "2026-12-01"});
    client.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    let late = void(&kept).await.expect(409);
    assert_eq!((late.code(), &late.body["business_date"]), ("payments.date_over", &json!("2026-12-02")));
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

/// The lines of a payment are corrected by the payment alone, and what a date earned has no payments in it.
#[tokio::test]
async fn a_payment_is_no_charge() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-02").await;
    act(client, &booking, "check-in").await.expect(200);
    pay(client, booking.id(), "100.00").await.expect(201);
    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let entries = folio.body["entries"].as_array().expect("entries");
    let line = entries.iter().find(|entry| entry["kind"] == "payment").expect("a line");
    for adjustment in [
        json!({"kind": "correction", "entry_id": line["id"], "reason": "Wrong"}),
        json!({"kind": "allowance", "entry_id": line["id"], "amount": eur("1.00"), "reason": "Wrong"}),
    ] {
        let refused = client.post(&format!("/v1/folios/{}/adjustments", booking.id()), &adjustment).await.expect(409);
        assert_eq!(refused.code(), "folio.entry_of_payment");
    }
    app.set_clock("2026-12-02T02:00:00Z");
    let audit = json!({"business_date": "2026-12-01"});
    client.post(&format!("/v1/properties/{}/night-audit", hotel.id), &audit).await.expect(200);
    assert_eq!(app.number("SELECT total_revenue_minor FROM night_audits").await, 10_000);
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_has_paid_leaves_and_the_ledger_of_guests_ends_with_nothing() {
    let app = TestApp::new().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = app.hotel(HotelSpec { settings, ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-01", "2026-12-02").await;
    pay(client, booking.id(), "30.00").await.expect(201);
    act(client, &booking, "check-in").await.expect(200);
    app.move_clock("2026-12-02T10:00:00Z").await;
    let due = act(client, &booking, "check-out").await.expect(409);
    assert_eq!((due.code(), &due.body["balance"]), ("booking.balance_due", &eur("70.00")));
    pay(client, booking.id(), "70.00").await.expect(201);
    act(client, &booking, "check-out").await.expect(200);
    let sum = "SELECT coalesce(sum(amount_minor), 0) FROM folio_entries WHERE ledger";
    assert_eq!((app.number(&format!("{sum} = 'guest'")).await, app.number(&format!("{sum} = 'deposits'")).await), (0, 0));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_see_what_was_paid_for_their_own_bookings() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    let paid = pay(&hotel.manager, booking.id(), "60.00").await.expect(201);
    let path = format!("{PAYMENTS}/{}", paid.id());
    // Who recorded it is for the hotel.
    let mut told = paid.body.clone();
    assert_eq!(told["recorded_by"], hotel.manager.user_id());
    told["recorded_by"] = Value::Null;
    assert_eq!(ana.get(&path).await.expect(200).body, told);
    assert_eq!(ana.get(PAYMENTS).await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
    rui.get(&path).await.expect(404);
    assert_eq!(rui.get(PAYMENTS).await.expect(200).body["items"], json!([]));
    assert_eq!(pay(&ana, booking.id(), "1.00").await.expect(403).body["permission"], "payments:write");
}

#[tokio::test]
async fn staff_see_what_was_paid_at_their_hotel_and_for_their_own_bookings_elsewhere() {
    let app = TestApp::new().await;
    let (here, there) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let (ana, clerk) = (app.guest().await, app.staff(&["payments:read"], Some(&here.id)).await);
    let mut ids = Vec::new();
    for (hotel, who, check_in, check_out) in [
        (&here, &ana, "2026-12-10", "2026-12-12"),
        (&there, &ana, "2026-12-10", "2026-12-12"),
        (&there, &clerk, "2026-12-20", "2026-12-22"),
    ] {
        let booking = hotel.book(who, check_in, check_out).await;
        ids.push(pay(&hotel.manager, booking.id(), "60.00").await.expect(201).body["id"].clone());
    }
    let listed = async |query: &str| -> Vec<Value> {
        let items = clerk.get(&format!("{PAYMENTS}{query}")).await.expect(200).body["items"].clone();
        items.as_array().expect("payments").iter().map(|payment| payment["id"].clone()).collect()
    };
    assert_eq!(listed("").await, [ids[2].clone(), ids[0].clone()]);
    assert_eq!(listed(&format!("?property_id={}", here.id)).await, [ids[0].clone()]);
    assert_eq!(listed(&format!("?property_id={}", there.id)).await, [ids[2].clone()]);
}

#[tokio::test]
async fn what_a_hotel_takes_is_on_the_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/payment-settings", hotel.id);
    let unsaid = hotel.manager.get(&path).await.expect(200);
    assert_eq!(
        (&unsaid.body["methods"], &unsaid.body["refund_approval_above"], &unsaid.body["allows_own_approval"]),
        (&json!(["cash", "card_terminal", "bank_transfer", "gateway"]), &eur("0.00"), &json!(false))
    );
    assert_eq!(unsaid.header("etag"), "\"1\"");
    let said = settings(&hotel, json!({"allows_own_approval": true, "refund_approval_above": eur("50.00")})).await.expect(200);
    assert_eq!((said.header("etag"), &said.body["refund_approval_above"]), ("\"2\"", &eur("50.00")));
    assert_eq!(hotel.manager.get(&path).await.expect(200).body, said.body);
    hotel.manager.patch(&path, "\"1\"", &json!({"allows_own_approval": false})).await.expect(412);
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'payment_settings.updated'").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["changes"]["allows_own_approval"], json!({"before": false, "after": true}));
}

/// T-pay-units, for what is recorded: each currency has its own smallest unit.
#[tokio::test]
async fn each_currency_has_its_smallest_unit() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for (currency, charge, paid, left, minor) in
        [("JPY", "1000", "999", "1", 1_i64), ("EUR", "10.00", "9.99", "0.01", 1), ("KWD", "1.000", "0.999", "0.001", 1)]
    {
        let property = json!({"name": "Units", "time_zone": "Europe/Lisbon", "currency": currency, "prices": "gross",
                              "address": {"street": "Rua 1", "city": "Lisboa", "postal_code": "1000-001", "country": "PT"}});
        let property = admin.post("/v1/properties", &property).await.expect(201);
        let house = admin.post("/v1/folios", &json!({"property_id": property.id(), "kind": "house"})).await.expect(201);
        let money = |amount: &str| json!({"amount": amount, "currency": currency});
        let bar = json!({"description": "Bar", "amount": money(charge)});
        admin.post(&format!("/v1/folios/{}/charges", house.id()), &bar).await.expect(200);
        let cash = json!({"folio_id": house.id(), "method": "cash", "amount": money(paid)});
        let payment = admin.post(PAYMENTS, &cash).await.expect(201);
        assert_eq!((&payment.body["captured"], &payment.body["booking_id"]), (&money(paid), &Value::Null));
        assert_eq!(balance(&admin, house.id()).await, money(left));
        let balance = format!("SELECT balance_minor FROM folios WHERE id = '{}'", house.id());
        assert_eq!(app.number(&balance).await, minor, "{currency}");
    }
}

/// The database refuses what no use case does.
#[tokio::test]
async fn the_database_keeps_payments_and_lines_together() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let paid = pay(&hotel.manager, booking.id(), "60.00").await.expect(201);
    let line = "INSERT INTO folio_entries (property_id, id, folio_id, booking_id, kind, service_date, amount_minor, description, payment_id,
                                           posting_id, created_at, updated_at)
                SELECT property_id, gen_random_uuid(), folio_id, booking_id, 'payment', '2026-12-01', -1, 'Cash', id, gen_random_uuid(),
                       '2026-12-01T12:00:00Z', '2026-12-01T12:00:00Z' FROM payments";
    for (sql, constraint) in [
        ("UPDATE payments SET captured_minor = 7000, authorized_minor = 6000", "payments_capture_within"),
        ("UPDATE payments SET refunded_minor = 4000, refunding_minor = 2001", "payments_refund_within"),
        ("UPDATE payments SET status = 'pending'", "payments_has_money"),
        ("UPDATE payments SET status = 'authorized', captured_minor = 0", "payments_move"),
        ("UPDATE payments SET amount_minor = 6001", "payments_made_as"),
        ("UPDATE payments SET status = 'voided', captured_minor = 0", "payments_lines"),
        ("UPDATE payments SET captured_minor = 5000", "payments_lines"),
        ("UPDATE payments SET refunding_minor = 100", "payments_refunds"),
        (line, "payments_lines"),
    ] {
        let refused = app.try_sql(sql).await.expect_err(sql);
        let told = match constraint {
            "payments_move" => "does not move",
            "payments_made_as" => "is what it was made as",
            "payments_lines" => "are not what was captured",
            "payments_refunds" => "has not what its refunds come to",
            check => check,
        };
        assert!(refused.contains(told), "{sql}: {refused}");
    }
    assert_eq!(hotel.manager.get(&format!("{PAYMENTS}/{}", paid.id())).await.expect(200).body, paid.body);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_payments", async |w| {
            a_payment(w).await;
            Call::plain()
        }),
        Request::new("create_payment", async |w| {
            Call::plain().json(&json!({"booking_id": w.booking().await, "method": "cash", "amount": eur("50.00")}))
        })
        .but(MayAsk("payments:overpay"), "taking more than is left, as a deposit")
        .but(OwnOtherwise, "guests pay through a gateway: what is paid at the desk the desk records"),
        Request::new("get_payment", async |w| Call::to(&a_payment(w).await)),
        Request::new("capture_payment", async |w| Call::to(&an_online_payment(w, "manual", Some("succeeds")).await)),
        Request::new("void_payment", async |w| Call::to(&a_payment(w).await)),
        Request::new("retry_payment", async |w| {
            let id = an_online_payment(w, "automatic", None).await;
            w.app.sql(&format!("UPDATE payments SET status = 'expired', page = NULL WHERE id = '{id}'")).await;
            Call::to(&id)
        }),
        Request::new("refresh_payment", async |w| {
            let payment = json!({"booking_id": w.booking().await, "method": "gateway", "amount": eur("50.00")});
            let payment = w.admin.post(PAYMENTS, &payment).await.expect(201);
            w.gateway.choose(gateway::page(&payment), "succeeds").await;
            // What the gateway tells by itself is lost.
            w.gateway.take_events();
            Call::to(payment.id())
        }),
        Request::new("acknowledge_payment", async |w| {
            let id = a_payment(w).await;
            w.app.sql(&format!("UPDATE payments SET attention = 'refund_failed' WHERE id = '{id}'")).await;
            Call::to(&id).json(&json!({"reason": "It was transferred"}))
        }),
        Request::new("get_guarantee", async |w| {
            let path = format!("/v1/bookings/{}/guarantee", w.booking().await);
            w.admin.send(http::Method::POST, &path, None).await.expect(201);
            Call::to(w.booking().await)
        }),
        Request::new("leave_guarantee", async |w| Call::to(w.booking().await)),
        Request::new("receive_demo_event", async |_| Call::plain().json(&json!({})))
            .but(Public, "a gateway has no account: its events are signed")
            .but(AnswersWith(400), "this event is not signed"),
        Request::new("receive_stripe_event", async |_| Call::plain().json(&json!({})))
            .but(Public, "a gateway has no account: its events are signed")
            .but(AnswersWith(404), "Stripe is not set up here"),
        Request::new("get_payment_settings", async |w| Call::to(w.property().await)),
        Request::new("update_payment_settings", async |w| {
            Call::to(w.property().await).json(&json!({"refund_approval_above": eur("20.00")}))
        }),
    ]
}

/// A payment of the owner's booking.
pub async fn a_payment(w: &World) -> String {
    pay(&w.admin, w.booking().await, "50.00").await.expect(201).id().to_owned()
}

/// A payment of the owner's booking through the gateway, as it is once whoever pays has chosen something on its page.
pub async fn an_online_payment(w: &World, capture: &str, choice: Option<&str>) -> String {
    let payment = json!({"booking_id": w.booking().await, "method": "gateway", "amount": eur("50.00"), "capture": capture});
    let payment = w.admin.post(PAYMENTS, &payment).await.expect(201);
    if let Some(choice) = choice {
        w.gateway.choose(gateway::page(&payment), choice).await;
        for (signature, body) in w.gateway.take_events() {
            let gateway = w.app.anonymous().with(hbs::gateways::SIGNATURE_HEADER, signature);
            let path = format!("{PAYMENTS}/webhooks/demo");
            gateway.upload(http::Method::POST, &path, "application/json", body.as_bytes()).await.expect(204);
        }
    }
    payment.id().to_owned()
}
