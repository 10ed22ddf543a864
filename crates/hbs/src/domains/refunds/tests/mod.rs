//! Refunds, through the API: asked for, approved by somebody else, and paid back once.
mod gateway;

use crate::every_route::{Call, Request, World};
use crate::payments::{a_payment, an_online_payment, pay};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur};
use hbs::outbox::{consumers, relay};
use hbs::server;
use serde_json::{Value, json};

const REFUNDS: &str = "/v1/refunds";

async fn ask(client: &Client, payment: &Reply, amount: &str) -> Reply {
    client.post(REFUNDS, &json!({"payment_id": payment.id(), "amount": eur(amount), "reason": "No hot water"})).await
}

async fn approve(client: &Client, refund: &Reply) -> Reply {
    client.post(&format!("{REFUNDS}/{}/approve", refund.id()), &json!({})).await
}

async fn payment(client: &Client, payment: &Reply) -> Value {
    client.get(&format!("/v1/payments/{}", payment.id())).await.expect(200).body
}

async fn balance(client: &Client, folio: &str) -> Value {
    client.get(&format!("/v1/folios/{folio}")).await.expect(200).body["balance"].clone()
}

async fn set(hotel: &Hotel, change: Value) {
    let path = format!("/v1/properties/{}/payment-settings", hotel.id);
    let known = hotel.manager.get(&path).await.expect(200);
    hotel.manager.patch(&path, known.header("etag"), &change).await.expect(200);
}

/// A hotel with a booking of 200.00 that is paid, and somebody who approves refunds.
struct Paid {
    app: TestApp,
    hotel: Hotel,
    booking: Reply,
    payment: Reply,
    other: Client,
}

impl Paid {
    async fn new() -> Self {
        Self::at(&[]).await
    }

    /// A hotel where cancelling costs something: hours before arrival, and the fee in parts per million.
    async fn at(windows: &[(i32, i32)]) -> Self {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec::default()).await;
        for (hours, fee) in windows {
            app.sql(&format!(
                "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
                 SELECT property_id, id, {hours}, 'percent', {fee}, now(), now() FROM cancellation_policies"
            ))
            .await;
        }
        let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
        let payment = pay(&hotel.manager, booking.id(), "200.00").await.expect(201);
        let other = app.staff(&["refunds:approve", "payments:read"], Some(&hotel.id)).await;
        Self { app, hotel, booking, payment, other }
    }

    /// The refunds of the payment: status and amount, the newest first.
    async fn refunds(&self) -> Vec<(Value, Value)> {
        let path = format!("{REFUNDS}?payment_id={}", self.payment.id());
        let found = self.hotel.manager.get(&path).await.expect(200);
        let items = found.body["items"].as_array().expect("a list").iter();
        items.map(|one| (one["status"].clone(), one["amount"].clone())).collect()
    }
}

#[tokio::test]
async fn what_is_asked_for_is_set_aside_and_paid_back_once_it_is_approved() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    let asked = ask(&hotel.manager, cash, "60.00").await.expect(201);
    assert_eq!((asked.header("etag"), asked.header("location")), ("\"1\"", format!("{REFUNDS}/{}", asked.id()).as_str()));
    assert_eq!(
        (&asked.body["status"], &asked.body["amount"], &asked.body["booking_id"], &asked.body["requested_by"]),
        (&json!("requested"), &eur("60.00"), &json!(booking.id()), &json!(hotel.manager.user_id()))
    );
    let aside = payment(&hotel.manager, cash).await;
    assert_eq!((&aside["refunding"], &aside["refunded"], &aside["refundable"]), (&eur("60.00"), &eur("0.00"), &eur("140.00")));
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("0.00"), "nothing has gone yet");
    assert_eq!(other.get(&format!("{REFUNDS}/{}", asked.id())).await.expect(200).body, asked.body);

    let path = format!("{REFUNDS}/{}/approve", asked.id());
    assert_eq!(other.with("if-match", "\"9\"").post(&path, &json!({})).await.expect(412).code(), "request.precondition_failed");
    let done = other.with("if-match", "\"1\"").post(&path, &json!({"reference": "Slip 7"})).await.expect(200);
    assert_eq!(
        (&done.body["status"], &done.body["decided_by"], &done.body["reference"]),
        (&json!("completed"), &json!(other.user_id()), &json!("Slip 7"))
    );
    assert!(done.body["completed_at"].is_string() && done.body["decided_at"].is_string());
    let back = payment(&hotel.manager, cash).await;
    assert_eq!((&back["refunding"], &back["refunded"], &back["refundable"]), (&eur("0.00"), &eur("60.00"), &eur("140.00")));
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("60.00"));
    let folio = hotel.manager.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let line = folio.body["entries"].as_array().expect("entries").iter().find(|entry| entry["kind"] == "refund").expect("a line");
    assert_eq!((&line["amount"], &line["payment_id"]), (&eur("60.00"), &json!(cash.id())));
    let again = approve(other, &asked).await.expect(409);
    assert_eq!((again.code(), &again.body["refund_status"]), ("refunds.illegal_move", &json!("completed")));
    let late = other.post(&format!("{REFUNDS}/{}/reject", asked.id()), &json!({"reason": "No"})).await.expect(409);
    assert_eq!(late.code(), "refunds.illegal_move");
    let deposits = "SELECT sum(amount_minor) FROM folio_entries WHERE ledger = 'deposits'";
    assert_eq!(app.number(deposits).await, -14_000, "it left the ledger that had it");
    app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

/// T-ref-cap and T-ref-equal, one after the other: the race is in `races/payments.rs`.
#[tokio::test]
async fn never_more_is_asked_for_than_was_captured() {
    let paid = Paid::new().await;
    let Paid { app, hotel, payment: cash, other, .. } = &paid;
    let client = &hotel.manager;
    let first = ask(client, cash, "120.00").await.expect(201);
    let refused = ask(client, cash, "80.01").await.expect(409);
    assert_eq!((refused.code(), &refused.body["refundable"]), ("refunds.exceeds_refundable", &eur("80.00")));
    // Two equal ones are two; the same request sent again is one.
    let once = client.with("idempotency-key", "once");
    let (one, again) = (ask(&once, cash, "30.00").await.expect(201), ask(&once, cash, "30.00").await.expect(201));
    assert_eq!(one.id(), again.id());
    let two = ask(client, cash, "30.00").await.expect(201);
    assert_ne!(one.id(), two.id());
    for refund in [&first, &one, &two] {
        approve(other, refund).await.expect(200);
    }
    // All that is left, where no amount is named.
    let rest = client.post(REFUNDS, &json!({"payment_id": cash.id(), "reason": "Goodwill"})).await.expect(201);
    assert_eq!(rest.body["amount"], eur("20.00"));
    let nothing = client.post(REFUNDS, &json!({"payment_id": cash.id(), "reason": "Goodwill"})).await.expect(409);
    assert_eq!(nothing.body["refundable"], eur("0.00"));
    // What is rejected can be asked for again.
    let rejected = other.post(&format!("{REFUNDS}/{}/reject", rest.id()), &json!({"reason": "Enough"})).await.expect(200);
    assert_eq!((&rejected.body["status"], &rejected.body["rejection"]), (&json!("rejected"), &json!("Enough")));
    ask(client, cash, "20.00").await.expect(201);
    let completed = (json!("completed"), eur("30.00"));
    let expected = [
        (json!("requested"), eur("20.00")),
        (json!("rejected"), eur("20.00")),
        completed.clone(),
        completed,
        (json!("completed"), eur("120.00")),
    ];
    assert_eq!(paid.refunds().await, expected);
    let status = async |status: &str| {
        let path = format!("{REFUNDS}?property_id={}&status={status}", hotel.id);
        client.get(&path).await.expect(200).body["items"].as_array().map(Vec::len)
    };
    assert_eq!((status("completed").await, status("rejected").await, status("failed").await), (Some(3), Some(1), Some(0)));
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, .. } = &paid;
    let client = &hotel.manager;
    let voided = hotel.book(client, "2026-12-10", "2026-12-11").await;
    let voided = pay(client, voided.id(), "10.00").await.expect(201);
    client.post(&format!("/v1/payments/{}/void", voided.id()), &json!({})).await.expect(200);
    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let of_kind = |kind: &str| {
        let mut entries = folio.body["entries"].as_array().expect("entries").iter();
        entries.find(|entry| entry["kind"] == kind).expect("an entry")["id"].clone()
    };
    let (night, line) = (of_kind("room"), of_kind("payment"));
    let refund = |more: Value| {
        let mut body = json!({"payment_id": cash.id(), "reason": "Noise"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for (body, status, code) in [
        (refund(json!({"amount": eur("0.00")})), 422, "refunds.amount_not_positive"),
        (refund(json!({"amount": eur("-1.00")})), 422, "refunds.amount_not_positive"),
        (refund(json!({"amount": {"amount": "1.00", "currency": "USD"}})), 422, "refunds.other_currency"),
        (refund(json!({"reason": ""})), 422, "request.invalid"),
        (refund(json!({"folio_entry_ids": []})), 422, "request.invalid"),
        (refund(json!({"folio_entry_ids": [uuid::Uuid::nil()]})), 409, "folio.entries_not_open"),
        (refund(json!({"folio_entry_ids": [line]})), 409, "folio.entry_of_payment"),
        (refund(json!({"folio_entry_ids": [night], "amount": eur("100.01")})), 409, "refunds.exceeds_entries"),
        (refund(json!({"payment_id": uuid::Uuid::nil()})), 404, "request.not_found"),
        (refund(json!({"payment_id": voided.id()})), 409, "refunds.exceeds_refundable"),
    ] {
        let refused = client.post(REFUNDS, &body).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{body}: {}", refused.body);
    }
    let of_night = client.post(REFUNDS, &refund(json!({"folio_entry_ids": [night]}))).await.expect(201);
    assert_eq!((&of_night.body["amount"], &of_night.body["folio_entry_ids"]), (&eur("100.00"), &json!([night])));
    app.assert_consistent().await;
}

/// What an entry comes to is paid back once, however often it is named and wherever it is moved meanwhile.
#[tokio::test]
async fn an_entry_is_paid_back_once() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    let client = &hotel.manager;
    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let mut entries = folio.body["entries"].as_array().expect("entries").iter();
    let night = entries.find(|entry| entry["kind"] == "room").expect("a night")["id"].clone();
    let name = async |night: &Value, amount: Option<&str>| {
        let mut body = json!({"payment_id": cash.id(), "reason": "Noise", "folio_entry_ids": [night]});
        if let Some(amount) = amount {
            body["amount"] = eur(amount);
        }
        client.post(REFUNDS, &body).await
    };
    let first = name(&night, Some("60.00")).await.expect(201);
    let beyond = name(&night, Some("40.01")).await.expect(409);
    assert_eq!((beyond.code(), &beyond.body["most"]), ("refunds.exceeds_entries", &eur("40.00")));
    let rest = name(&night, None).await.expect(201);
    assert_eq!(rest.body["amount"], eur("40.00"));
    let nothing = name(&night, None).await.expect(409);
    assert_eq!((nothing.code(), &nothing.body["most"]), ("refunds.exceeds_entries", &eur("0.00")));
    // Another folio does not make it another night.
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = client.post("/v1/folios", &company).await.expect(201);
    let to_company = json!({"to_folio_id": company.id(), "entry_ids": [night]});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &to_company).await.expect(200);
    let there = client.get(&format!("/v1/folios/{}", company.id())).await.expect(200);
    let moved = there.body["entries"][0]["id"].clone();
    assert_eq!(name(&moved, Some("0.01")).await.expect(409).code(), "refunds.exceeds_entries");
    // What is not granted can be asked for again.
    other.post(&format!("{REFUNDS}/{}/reject", first.id()), &json!({"reason": "Enough"})).await.expect(200);
    assert_eq!(name(&moved, None).await.expect(201).body["amount"], eur("60.00"));
    app.assert_consistent().await;
}

/// T-ref-eyes: who asked for a refund does not approve it, by whatever session, key or role.
#[tokio::test]
async fn nobody_approves_what_they_asked_for() {
    let paid = Paid::new().await;
    let Paid { app, hotel, payment: cash, other, .. } = &paid;
    let manager = &hotel.manager;
    let asked = ask(manager, cash, "60.00").await.expect(201);
    assert_eq!(approve(manager, &asked).await.expect(403).code(), "refunds.same_person");
    let grant = |permission: &str| json!({"permission": permission, "property_id": hotel.id});
    let key = async |permission: &str| {
        let made = manager.post("/v1/api-keys", &json!({"name": permission, "grants": [grant(permission)]})).await.expect(201);
        app.anonymous().with("authorization", format!("Bearer {}", made.body["key"].as_str().expect("a key")))
    };
    assert_eq!(approve(&key("refunds:approve").await, &asked).await.expect(403).code(), "refunds.same_person");
    let by_key = ask(&key("refunds:request").await, cash, "10.00").await.expect(201);
    assert_eq!(by_key.body["requested_by"], json!(manager.user_id()), "the person of a key is whoever made it");
    assert_eq!(approve(manager, &by_key).await.expect(403).code(), "refunds.same_person");

    // Losing the role and getting it again makes nobody else of them.
    let admin = app.admin().await;
    let roles = format!("/v1/users/{}/role-assignments", manager.user_id());
    let held = admin.get(&roles).await.expect(200).body["items"][0].clone();
    let assignment = format!("{roles}/{}", held["id"].as_str().expect("an id"));
    admin.send(http::Method::DELETE, &assignment, None).await.expect(204);
    assert_eq!(approve(manager, &asked).await.expect(403).code(), "auth.forbidden");
    admin.post(&roles, &json!({"role_id": held["role_id"], "property_id": hotel.id})).await.expect(201);
    assert_eq!(approve(manager, &asked).await.expect(403).code(), "refunds.same_person");
    approve(other, &asked).await.expect(200);

    // A hotel without a second person says so, and that is on record.
    set(hotel, json!({"allows_own_approval": true})).await;
    approve(manager, &by_key).await.expect(200);
    app.assert_consistent().await;
}

#[tokio::test]
async fn small_refunds_need_no_second_person() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, .. } = &paid;
    set(hotel, json!({"refund_approval_above": eur("50.00")})).await;
    let small = ask(&hotel.manager, cash, "50.00").await.expect(201);
    assert_eq!((&small.body["status"], &small.body["decided_by"]), (&json!("completed"), &Value::Null));
    assert_eq!(small.header("etag"), "\"3\"");
    assert_eq!(ask(&hotel.manager, cash, "50.01").await.expect(201).body["status"], "requested");
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("50.00"));
    let kinds = app.event_kinds().await;
    for kind in ["refund.requested", "refund.approved", "refund.completed", "payment.updated"] {
        assert!(kinds.iter().any(|told| told == kind), "{kind}: {kinds:?}");
    }
    app.assert_consistent().await;
}

/// Many small refunds are a large one: a day's count together, of all payments of a booking.
#[tokio::test]
async fn many_small_refunds_need_a_second_person() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    let client = &hotel.manager;
    set(hotel, json!({"refund_approval_above": eur("50.00")})).await;
    assert_eq!(ask(client, cash, "30.00").await.expect(201).body["status"], "completed");
    let second = ask(client, cash, "30.00").await.expect(201);
    assert_eq!(second.body["status"], "requested");
    approve(other, &second).await.expect(200);
    assert_eq!(ask(client, cash, "20.00").await.expect(201).body["status"], "completed", "what somebody approved counts no more");
    // Another payment of the same booking is no way around it.
    let again = pay(client, booking.id(), "80.00").await.expect(201);
    assert_eq!(ask(client, &again, "1.00").await.expect(201).body["status"], "requested");
    app.set_clock("2026-12-02T12:00:01Z");
    assert_eq!(ask(client, &again, "50.00").await.expect(201).body["status"], "completed", "a day later");
    app.assert_consistent().await;
}

/// Money is paid back where it lies by now, and what comes to a closed folio goes to an open one.
#[tokio::test]
async fn money_is_paid_back_where_it_lies() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    let client = &hotel.manager;
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = client.post("/v1/folios", &company).await.expect(201);
    let folio = client.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    let ids: Vec<&Value> = folio.body["entries"].as_array().expect("entries").iter().map(|entry| &entry["id"]).collect();
    let to_company = json!({"to_folio_id": company.id(), "entry_ids": ids});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &to_company).await.expect(200);
    let first = ask(client, cash, "30.00").await.expect(201);
    approve(other, &first).await.expect(200);
    assert_eq!((balance(client, company.id()).await, balance(client, booking.id()).await), (eur("30.00"), eur("0.00")));
    let cash_again = json!({"folio_id": company.id(), "method": "cash", "amount": eur("30.00")});
    client.post("/v1/payments", &cash_again).await.expect(201);
    client.post(&format!("/v1/folios/{}/close", company.id()), &json!({})).await.expect(200);
    let second = ask(client, cash, "10.00").await.expect(201);
    approve(other, &second).await.expect(200);
    assert_eq!(balance(client, booking.id()).await, eur("10.00"), "the folio that has the money is closed");
    app.assert_consistent().await;
}

/// A cancellation brings its request: what was paid beyond the fee, once however often its event comes. T-ref-auto.
#[tokio::test]
async fn a_cancellation_asks_for_what_was_paid_beyond_the_fee_once() {
    let paid = Paid::at(&[(720, 400_000)]).await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    let preview = hotel.manager.get(&format!("/v1/bookings/{}/cancellation", booking.id())).await.expect(200);
    act(&hotel.manager, booking, "cancel").await.expect(200);
    let left = balance(&hotel.manager, booking.id()).await;
    app.consume().await;
    let refunds = paid.refunds().await;
    assert_eq!(refunds.len(), 1, "{refunds:?}");
    let minor = |money: &Value| -> i64 { money["amount"].as_str().expect("an amount").replace('.', "").parse().expect("minor") };
    assert_eq!((&refunds[0].0, minor(&refunds[0].1)), (&json!("requested"), -minor(&left)));
    assert_eq!(minor(&refunds[0].1), 20_000 - minor(&preview.body["fee"]), "as the preview said");
    let listed = hotel.manager.get(&format!("{REFUNDS}?booking_id={}", booking.id())).await.expect(200);
    let refund = &listed.body["items"][0];
    assert_eq!(refund["requested_by"], Value::Null, "nobody asked: anybody who may approves it");

    // Its events come again, and again after somebody has rejected it.
    app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'refunds'").await;
    app.consume().await;
    assert_eq!(paid.refunds().await.len(), 1);
    let path = format!("{REFUNDS}/{}", refund["id"].as_str().expect("an id"));
    other.post(&format!("{path}/reject"), &json!({"reason": "The guest takes a voucher"})).await.expect(200);
    app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'refunds'").await;
    app.consume().await;
    assert_eq!(paid.refunds().await.len(), 1);
    assert_eq!(payment(&hotel.manager, cash).await["refundable"], eur("200.00"));
    app.assert_consistent().await;
}

/// The consumer comes to what is behind a cancellation whose refund cannot be asked for.
#[tokio::test]
async fn a_cancellation_that_cannot_be_refunded_holds_up_no_other() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: broken, .. } = &paid;
    let second = hotel.book(&hotel.manager, "2026-12-14", "2026-12-16").await;
    let whole = pay(&hotel.manager, second.id(), "200.00").await.expect(201);
    app.consume().await;
    app.sql(&format!("ALTER TABLE refunds ADD CONSTRAINT broken CHECK (payment_id <> '{}')", broken.id())).await;
    for booking in [booking, &second] {
        act(&hotel.manager, booking, "cancel").await.expect(200);
    }
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    let consumer = server::consumers().find(|consumer| consumer.name == "refunds").expect("the consumer");
    assert!(consumers::consume_batch(&app.app, consumer).await.is_err(), "it comes again");
    let refunded = async || app.rows("SELECT payment_id FROM refunds ORDER BY payment_id").await;
    assert_eq!(refunded().await, [json!({"payment_id": whole.id()})]);
    app.sql("ALTER TABLE refunds DROP CONSTRAINT broken").await;
    app.consume().await;
    assert_eq!(refunded().await.len(), 2, "each once");
    app.assert_consistent().await;
}

/// Without the database the consumer stops: whatever is behind waits for the same.
#[tokio::test]
async fn without_the_database_refunds_are_not_asked_for_one_by_one() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, .. } = &paid;
    let second = hotel.book(&hotel.manager, "2026-12-14", "2026-12-16").await;
    pay(&hotel.manager, second.id(), "200.00").await.expect(201);
    app.consume().await;
    for booking in [booking, &second] {
        act(&hotel.manager, booking, "cancel").await.expect(200);
    }
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    app.disconnect_at("INSERT ON refunds").await;
    let consumer = server::consumers().find(|consumer| consumer.name == "refunds").expect("the consumer");
    consumers::consume_batch(&app.app, consumer).await.expect_err("it comes again");
    assert_eq!(app.reconnect().await, 1);
    app.consume().await;
    assert_eq!(app.number("SELECT count(*) FROM refunds").await, 2, "each once");
    app.assert_consistent().await;
}

/// A payment of a cancelled booking that cannot be paid back holds up no other of it.
#[tokio::test]
async fn a_payment_that_cannot_be_paid_back_holds_up_no_other_of_its_booking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let whole = pay(&hotel.manager, booking.id(), "120.00").await.expect(201);
    let broken = pay(&hotel.manager, booking.id(), "80.00").await.expect(201);
    app.consume().await;
    app.sql(&format!("ALTER TABLE refunds ADD CONSTRAINT broken CHECK (payment_id <> '{}')", broken.id())).await;
    act(&hotel.manager, &booking, "cancel").await.expect(200);
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    let consumer = server::consumers().find(|consumer| consumer.name == "refunds").expect("the consumer");
    assert!(consumers::consume_batch(&app.app, consumer).await.is_err(), "it comes again");
    let asked = async || app.rows("SELECT payment_id, amount_minor FROM refunds ORDER BY payment_id").await;
    let of = |payment: &Reply, minor: i64| json!({"payment_id": payment.id(), "amount_minor": minor});
    assert_eq!(asked().await, [of(&whole, 12_000)]);
    app.sql("ALTER TABLE refunds DROP CONSTRAINT broken").await;
    app.consume().await;
    assert_eq!(asked().await, [of(&whole, 12_000), of(&broken, 8_000)], "each once");
    app.assert_consistent().await;
}

/// T-ref-reinstate: the balance is due again, and the refund stays.
#[tokio::test]
async fn who_is_reinstated_owes_what_was_paid_back() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, other, .. } = &paid;
    act(&hotel.manager, booking, "cancel").await.expect(200);
    app.consume().await;
    let listed = hotel.manager.get(&format!("{REFUNDS}?booking_id={}", booking.id())).await.expect(200);
    let refund = listed.body["items"][0]["id"].as_str().expect("a refund");
    assert_eq!(listed.body["items"][0]["amount"], eur("200.00"));
    other.post(&format!("{REFUNDS}/{refund}/approve"), &json!({})).await.expect(200);
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("0.00"));
    act(&hotel.manager, booking, "reinstate").await.expect(200);
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("200.00"));
    assert_eq!(paid.refunds().await, [(json!("completed"), eur("200.00"))]);
    pay(&hotel.manager, booking.id(), "200.00").await.expect(201);
    app.assert_consistent().await;
}

/// T-ref-price: what comes back for a night is what it was sold at, whatever it costs by now.
#[tokio::test]
async fn a_night_less_is_paid_back_at_the_price_it_was_sold_at() {
    let paid = Paid::new().await;
    let Paid { app, hotel, booking, payment: cash, other } = &paid;
    app.sql(&format!("UPDATE room_types SET base_price_minor = 20000 WHERE id = '{}'", hotel.double)).await;
    hotel.manager.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-11"})).await.expect(200);
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("-100.00"));
    let refund = ask(&hotel.manager, cash, "100.00").await.expect(201);
    approve(other, &refund).await.expect(200);
    assert_eq!(balance(&hotel.manager, booking.id()).await, eur("0.00"));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_are_told_and_see_their_own() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (ana, rui) = (app.guest().await, app.guest().await);
    let booking = hotel.book(&ana, "2026-12-10", "2026-12-12").await;
    app.mail_to("ana@example.com").await;
    let paid = pay(&hotel.manager, booking.id(), "200.00").await.expect(201);
    let other = app.staff(&["refunds:approve"], Some(&hotel.id)).await;
    let asked = ask(&hotel.manager, &paid, "60.00").await.expect(201);
    let subjects = async || -> Vec<String> {
        let mails = app.mail_to("ana@example.com").await;
        mails.iter().map(|mail| mail["subject"].as_str().expect("a subject").to_owned()).collect()
    };
    assert_eq!(subjects().await[0], "Test Hotel: your refund is being looked at");
    approve(&other, &asked).await.expect(200);
    let told = subjects().await[0].clone();
    assert!(told.contains("60.00") && told.ends_with("are on the way back to you"), "{told}");
    let second = ask(&hotel.manager, &paid, "10.00").await.expect(201);
    other.post(&format!("{REFUNDS}/{}/reject", second.id()), &json!({"reason": "Zebedee"})).await.expect(200);
    assert!(subjects().await[0].starts_with("Test Hotel: no refund for booking "), "and of the request, which is over, nothing");
    assert_eq!(subjects().await.len(), 4);

    let seen = ana.get(&format!("{REFUNDS}/{}", second.id())).await.expect(200);
    assert_eq!((&seen.body["status"], &seen.body["amount"]), (&json!("rejected"), &eur("10.00")));
    for hidden in ["reason", "requested_by", "decided_by", "rejection"] {
        assert_eq!(seen.body[hidden], Value::Null, "{hidden}");
    }
    assert_eq!(ana.get(REFUNDS).await.expect(200).body["items"].as_array().map(Vec::len), Some(2));
    rui.get(&format!("{REFUNDS}/{}", second.id())).await.expect(404);
    assert_eq!(rui.get(REFUNDS).await.expect(200).body["items"], json!([]));
}

/// The database refuses what no use case does.
#[tokio::test]
async fn the_database_keeps_refunds_and_payments_together() {
    let paid = Paid::new().await;
    let Paid { app, hotel, payment: cash, .. } = &paid;
    ask(&hotel.manager, cash, "60.00").await.expect(201);
    for (sql, told) in [
        ("UPDATE refunds SET status = 'completed', decided_at = now()", "does not move"),
        ("UPDATE refunds SET amount_minor = 1", "is what was asked for"),
        ("UPDATE refunds SET status = 'approved'", "refunds_decided"),
        ("UPDATE refunds SET status = 'rejected', decided_at = now()", "refunds_rejected"),
        ("UPDATE refunds SET status = 'rejected', decided_at = now(), rejection = 'No'", "has not what its refunds come to"),
        (
            "INSERT INTO refunds (property_id, id, payment_id, status, amount_minor, reason, created_at, updated_at)
             SELECT property_id, gen_random_uuid(), payment_id, status, 1, reason, now(), now() FROM refunds",
            "has not what its refunds come to",
        ),
    ] {
        let refused = app.try_sql(sql).await.expect_err(sql);
        assert!(refused.contains(told), "{sql}: {refused}");
    }
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_refunds", async |w| {
            a_refund(w).await;
            Call::plain()
        }),
        Request::new("request_refund", async |w| {
            Call::plain().json(&json!({"payment_id": a_payment(w).await, "amount": eur("20.00"), "reason": "Noise"}))
        }),
        Request::new("get_refund", async |w| Call::to(&a_refund(w).await)),
        Request::new("approve_refund", async |w| Call::to(&a_refund(w).await)),
        Request::new("retry_refund", async |w| {
            let payment = an_online_payment(w, "automatic", Some("succeeds")).await;
            let refund = json!({"payment_id": payment, "amount": eur("20.00"), "reason": "Noise"});
            let refund = w.admin.post(REFUNDS, &refund).await.expect(201);
            // The answer to its order is lost.
            w.gateway.fail_next("lost_answer", 1).await;
            let approver = w.app.staff(&["refunds:approve"], Some(w.property().await)).await;
            assert_eq!(approve(&approver, &refund).await.expect(200).body["status"], "processing");
            Call::to(refund.id())
        }),
        Request::new("reject_refund", async |w| Call::to(&a_refund(w).await).json(&json!({"reason": "It was quiet"}))),
    ]
}

/// A refund of the owner's booking that somebody has asked for.
async fn a_refund(w: &World) -> String {
    let refund = json!({"payment_id": a_payment(w).await, "amount": eur("20.00"), "reason": "Noise"});
    w.admin.post(REFUNDS, &refund).await.expect(201).id().to_owned()
}

/// A refund of a payment through the gateway that somebody has asked for.
pub async fn an_online_refund(w: &World) -> String {
    let payment = an_online_payment(w, "automatic", Some("succeeds")).await;
    let refund = json!({"payment_id": payment, "amount": eur("20.00"), "reason": "Noise"});
    w.admin.post(REFUNDS, &refund).await.expect(201).id().to_owned()
}

/// The request of a refund through the gateway that is so small that it is ordered at once.
pub async fn an_online_refund_at_once(w: &World) -> Call {
    let payment = an_online_payment(w, "automatic", Some("succeeds")).await;
    set(w.hotel().await, json!({"refund_approval_above": eur("20.00")})).await;
    Call::plain().json(&json!({"payment_id": payment, "amount": eur("20.00"), "reason": "Noise"}))
}
