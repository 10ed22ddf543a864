//! Dues of bookings, through the API and against the demo gateway: deposits and the rest, holds that wait for their
//! payment, payments that come too late, and guarantees that are charged.
use crate::every_route::{Call, Request, World};
use crate::payments::gateway::{Online, page};
use crate::payments::{PAYMENTS, balance, pay};
use crate::support::{Client, HotelSpec, Reply, TestApp, act, eur};
use hbs::outbox::{consumers, relay};
use serde_json::{Value, json};

/// Returns the dues of a booking: kind, date, amount and what is not paid of it.
async fn dues(client: &Client, booking: &Reply) -> Vec<(Value, Value, Value, Value)> {
    let found = client.get(&format!("/v1/bookings/{}/payments-due", booking.id())).await.expect(200);
    let items = found.body["items"].as_array().expect("a list").iter();
    items.map(|due| (due["kind"].clone(), due["due_on"].clone(), due["amount"].clone(), due["outstanding"].clone())).collect()
}

fn due(kind: &str, due_on: &str, amount: &str, outstanding: &str) -> (Value, Value, Value, Value) {
    (json!(kind), json!(due_on), eur(amount), eur(outstanding))
}

/// The booking as it is now.
async fn see(client: &Client, booking: &Reply) -> Value {
    client.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200).body
}

/// Books a double in a plan.
async fn book_in(online: &Online, client: &Client, plan: &str, dates: (&str, &str)) -> Reply {
    let mut request = online.hotel.request(dates.0, dates.1);
    request["rooms"][0]["rate_plan_id"] = json!(plan);
    client.post("/v1/bookings", &request).await.expect(201)
}

/// A plan whose stays are paid by these columns, as SQL.
async fn plan(online: &Online, code: &str, columns: &[(&str, &str)]) -> String {
    online.hotel.plan(&online.app, code, columns).await
}

const PAY_NOW: &[(&str, &str)] = &[("payment_policy", "'pay_now'")];
const IN_PARTS: &[(&str, &str)] = &[("(payment_policy, deposit_ppm, rest_days_before)", "('deposit', 300000, 14)")];

/// Pays a booking through the gateway up to the page on which somebody pays.
async fn begin(online: &Online, client: &Client, booking: &Reply, amount: &str) -> Reply {
    let body = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur(amount)});
    let begun = client.post(PAYMENTS, &body).await.expect(201);
    assert_eq!(begun.body["status"], "requires_action");
    online.app.consume().await;
    begun
}

/// Pays on the page, and lets HBS have the event and what follows from it.
async fn finish(online: &Online, payment: &Reply, choice: &str) {
    online.gateway.choose(page(payment), choice).await;
    online.tell().await;
    online.app.consume().await;
}

/// Leaves a guarantee for a booking.
async fn leave(online: &Online, client: &Client, booking: &Reply, choice: &str) -> Value {
    let path = format!("/v1/bookings/{}/guarantee", booking.id());
    let begun = client.send(http::Method::POST, &path, None).await.expect(201);
    assert_eq!((&begun.body["status"], &begun.body["next_action"]["kind"]), (&json!("requires_action"), &json!("redirect")));
    finish(online, &begun, choice).await;
    client.get(&path).await.expect(200).body
}

async fn charge(client: &Client, booking: &Reply, query: &str) -> Reply {
    client.send(http::Method::POST, &format!("/v1/bookings/{}/payments-due/charge{query}", booking.id()), None).await
}

async fn charges_by_itself(online: &Online) {
    let path = format!("/v1/properties/{}/payment-settings", online.hotel.id);
    let known = online.hotel.manager.get(&path).await.expect(200);
    let said = online.hotel.manager.patch(&path, known.header("etag"), &json!({"charges_guarantees": true})).await.expect(200);
    assert_eq!(said.body["charges_guarantees"], true);
}

async fn run_job(online: &Online) {
    for job in hbs::server::jobs().iter().filter(|job| job.name == "payments_due.charge") {
        (job.run)(online.app.app.clone()).await.expect(job.name);
    }
    online.tell().await;
    online.app.consume().await;
}

/// A fee for cancelling late, and for no-shows: 40 percent.
async fn with_fees(online: &Online) {
    online
        .app
        .sql(
            "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
             SELECT property_id, id, 720, 'percent', 400000, now(), now() FROM cancellation_policies;
             UPDATE cancellation_policies SET no_show_fee_kind = 'percent', no_show_fee_value = 400000;",
        )
        .await;
}

#[tokio::test]
async fn what_is_due_follows_the_terms_and_the_payments_of_a_booking() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let plan = plan(&online, "PARTS", IN_PARTS).await;
    let booking = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
    assert_eq!((&booking.body["status"], &booking.body["awaits_payment"]), (&json!("confirmed"), &json!(false)));
    online.app.consume().await;
    let expected = [due("deposit", "2026-12-01", "60.00", "60.00"), due("rest", "2026-12-06", "140.00", "140.00")];
    assert_eq!(dues(manager, &booking).await, expected);
    pay(manager, booking.id(), "70.00").await.expect(201);
    online.app.consume().await;
    let expected = [due("deposit", "2026-12-01", "60.00", "0.00"), due("rest", "2026-12-06", "140.00", "130.00")];
    assert_eq!(dues(manager, &booking).await, expected);

    // A night less: both parts are of the new price. What becomes of the plan changes nothing.
    online.app.sql("UPDATE rate_plans SET deposit_ppm = 900000 WHERE code = 'PARTS'").await;
    manager.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-21"})).await.expect(200);
    online.app.consume().await;
    let amended = dues(manager, &booking).await;
    assert_eq!(amended[0], due("deposit", "2026-12-01", "30.00", "0.00"));
    assert_eq!(amended[1], due("rest", "2026-12-06", "70.00", "30.00"));

    let list = async |query: &str| {
        let found = manager.get(&format!("/v1/payments-due?property_id={}{query}", online.hotel.id)).await.expect(200);
        let items = found.body["items"].as_array().expect("a list").clone();
        items.iter().map(|one| one["kind"].as_str().expect("a kind").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["deposit", "rest"]);
    assert_eq!(list("&is_outstanding=true").await, ["rest"]);
    assert_eq!(list("&to=2026-12-05").await, ["deposit"]);
    assert_eq!(list("&kind=rest&is_outstanding=false").await, [""; 0]);
    assert_eq!(list("&is_chargeable=true").await, [""; 0], "no guarantee is stored");
    assert_eq!(list("&limit=1").await, ["deposit"]);

    act(manager, &booking, "cancel").await.expect(200);
    online.app.consume().await;
    assert!(dues(manager, &booking).await.iter().all(|(.., outstanding)| *outstanding == eur("0.00")), "it was given up");
    online.app.assert_consistent().await;
}

/// A booking that has to be paid when booking is a hold until it is, and its guest does not confirm it without.
#[tokio::test]
async fn what_has_to_be_paid_now_is_held_until_it_is_paid() {
    let online = Online::new().await;
    let plan = plan(&online, "NOW", PAY_NOW).await;
    let booking = book_in(&online, &online.guest, &plan, ("2026-12-20", "2026-12-22")).await;
    assert_eq!((&booking.body["status"], &booking.body["awaits_payment"]), (&json!("held"), &json!(true)));
    assert!(booking.body["hold_expires_at"].is_string());
    assert_eq!(act(&online.guest, &booking, "confirm").await.expect(409).code(), "booking.payment_due");
    online.app.consume().await;
    assert_eq!(dues(&online.guest, &booking).await, [due("deposit", "2026-12-01", "200.00", "200.00")]);
    let part = begin(&online, &online.guest, &booking, "150.00").await;
    finish(&online, &part, "succeeds").await;
    assert_eq!(see(&online.guest, &booking).await["status"], "held", "not all is paid");
    let rest = begin(&online, &online.guest, &booking, "50.00").await;
    finish(&online, &rest, "succeeds").await;
    let paid = see(&online.guest, &booking).await;
    assert_eq!((&paid["status"], &paid["awaits_payment"], &paid["balance"]), (&json!("confirmed"), &json!(false), &eur("0.00")));
    // Staff sell and confirm without.
    let by_staff = book_in(&online, &online.hotel.manager, &plan, ("2026-12-23", "2026-12-24")).await;
    assert_eq!(by_staff.body["status"], "confirmed");
    online.app.assert_consistent().await;
}

/// Without a gateway nobody could pay: the booking is confirmed.
#[tokio::test]
async fn where_nobody_can_pay_nothing_waits_for_a_payment() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let plan = hotel.plan(&app, "NOW", PAY_NOW).await;
    let mut request = hotel.request("2026-12-20", "2026-12-22");
    request["rooms"][0]["rate_plan_id"] = json!(plan);
    let booking = app.guest().await.post("/v1/bookings", &request).await.expect(201);
    assert_eq!(booking.body["status"], "confirmed");
}

/// T-pay-late: whoever pays after the hold has expired has the room at the price of the hold, if it is still free.
#[tokio::test]
async fn a_late_payment_takes_the_room_again_at_the_held_price() {
    let online = Online::new().await;
    let plan = plan(&online, "NOW", PAY_NOW).await;
    let booking = book_in(&online, &online.guest, &plan, ("2026-12-20", "2026-12-22")).await;
    let begun = begin(&online, &online.guest, &booking, "200.00").await;
    online.app.move_clock("2026-12-01T18:00:00Z").await;
    assert_eq!(see(&online.guest, &booking).await["status"], "expired");
    online.app.sql("UPDATE room_types SET base_price_minor = 50000").await;
    finish(&online, &begun, "succeeds").await;
    let late = see(&online.guest, &booking).await;
    assert_eq!((&late["status"], &late["total"], &late["balance"]), (&json!("confirmed"), &eur("200.00"), &eur("0.00")));
    online.app.consume().await;
    assert_eq!(online.app.number("SELECT count(*) FROM refunds").await, 0);
    online.app.assert_consistent().await;
}

/// T-pay-late: if the room is gone, all goes back by itself, without a second person, and the guest is told once.
#[tokio::test]
async fn a_late_payment_goes_back_where_the_room_is_gone() {
    let online = Online::new().await;
    let plan = plan(&online, "NOW", PAY_NOW).await;
    let booking = book_in(&online, &online.guest, &plan, ("2026-12-20", "2026-12-22")).await;
    let begun = begin(&online, &online.guest, &booking, "200.00").await;
    online.app.move_clock("2026-12-01T18:00:00Z").await;
    for _ in 0..2 {
        online.hotel.book(&online.hotel.manager, "2026-12-20", "2026-12-22").await;
    }
    finish(&online, &begun, "succeeds").await;
    assert_eq!(see(&online.guest, &booking).await["status"], "expired");
    let refunds = online.hotel.manager.get(&format!("/v1/refunds?booking_id={}", booking.id())).await.expect(200);
    let refunds = refunds.body["items"].as_array().expect("refunds").clone();
    assert_eq!(refunds.len(), 1);
    assert_eq!(
        (&refunds[0]["status"], &refunds[0]["amount"], &refunds[0]["decided_by"], &refunds[0]["requested_by"]),
        (&json!("completed"), &eur("200.00"), &Value::Null, &Value::Null)
    );
    let books = online.gateway.books().await;
    assert_eq!(books["refunds"].as_array().map(Vec::len), Some(1), "{books}");
    assert_eq!(balance(&online.hotel.manager, booking.id()).await, eur("0.00"));
    // Its events come again, and nothing more goes back. Of what was to be said, the last is said.
    online.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'payments_due'").await;
    online.app.consume().await;
    assert_eq!(online.app.number("SELECT count(*) FROM refunds").await, 1);
    let told = "SELECT count(*) FROM mail_queue WHERE kind = 'refund' AND params ->> 'status' = 'completed'";
    assert_eq!(online.app.number(told).await, 1);
    online.app.assert_consistent().await;
}

/// A payment that cannot go back holds up no other of its booking.
#[tokio::test]
async fn a_late_payment_that_cannot_go_back_holds_up_no_other() {
    let online = Online::new().await;
    let app = &online.app;
    let plan = plan(&online, "NOW", PAY_NOW).await;
    let booking = book_in(&online, &online.guest, &plan, ("2026-12-20", "2026-12-22")).await;
    let whole = begin(&online, &online.guest, &booking, "120.00").await;
    let broken = begin(&online, &online.guest, &booking, "80.00").await;
    app.move_clock("2026-12-01T18:00:00Z").await;
    for _ in 0..2 {
        online.hotel.book(&online.hotel.manager, "2026-12-20", "2026-12-22").await;
    }
    app.consume().await;
    app.sql(&format!("ALTER TABLE refunds ADD CONSTRAINT broken CHECK (payment_id <> '{}')", broken.id())).await;
    for payment in [&whole, &broken] {
        online.gateway.choose(page(payment), "succeeds").await;
    }
    online.tell().await;
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    let consumer = hbs::server::consumers().find(|consumer| consumer.name == "payments_due").expect("the consumer");
    assert!(consumers::consume_batch(&app.app, consumer).await.is_err(), "it comes again");
    let refunded = async || app.rows("SELECT payment_id, status FROM refunds ORDER BY payment_id").await;
    let went = |payment: &Reply| json!({"payment_id": payment.id(), "status": "completed"});
    assert_eq!(refunded().await, [went(&whole)]);
    app.sql("ALTER TABLE refunds DROP CONSTRAINT broken").await;
    app.consume().await;
    assert_eq!(refunded().await, [went(&whole), went(&broken)], "each once");
    app.assert_consistent().await;
}

/// A late payment takes the room and the offer again together; where nothing is left of the offer, all goes back, and the room
/// stays free.
#[tokio::test]
async fn a_late_payment_takes_the_offer_again_with_the_room_or_goes_back_whole() {
    for is_used_up in [false, true] {
        let online = Online::new().await;
        let (app, manager) = (&online.app, &online.hotel.manager);
        let plan = plan(&online, "NOW", PAY_NOW).await;
        let offer = json!({
            "property_id": online.hotel.id, "name": "One alone", "kind": "percent", "percent": "10", "access": "automatic",
            "max_redemptions": 1,
        });
        manager.post("/v1/offers", &offer).await.expect(201);
        let booking = book_in(&online, &online.guest, &plan, ("2026-12-20", "2026-12-22")).await;
        assert_eq!(booking.body["total"], eur("180.00"));
        let begun = begin(&online, &online.guest, &booking, "180.00").await;
        let live = "SELECT count(*) FROM offer_redemptions WHERE is_live";
        assert_eq!(app.number(live).await, 1, "a hold counts");
        app.move_clock("2026-12-01T18:00:00Z").await;
        assert_eq!((&see(&online.guest, &booking).await["status"], app.number(live).await), (&json!("expired"), 0));
        if is_used_up {
            online.hotel.book(manager, "2026-12-26", "2026-12-27").await;
        }
        finish(&online, &begun, "succeeds").await;
        app.consume().await;
        let late = see(&online.guest, &booking).await;
        let nights = format!(
            "SELECT count(*) FROM room_nights n JOIN stays s ON s.property_id = n.property_id AND s.id = n.stay_id \
             WHERE s.booking_id = '{}'",
            booking.id()
        );
        let refunds = manager.get(&format!("/v1/refunds?booking_id={}", booking.id())).await.expect(200);
        let refunds: Vec<(&Value, &Value)> =
            refunds.body["items"].as_array().expect("refunds").iter().map(|one| (&one["status"], &one["amount"])).collect();
        if is_used_up {
            assert_eq!((&late["status"], app.number(&nights).await), (&json!("expired"), 0));
            assert_eq!(refunds, [(&json!("completed"), &eur("180.00"))]);
        } else {
            assert_eq!((&late["status"], &late["total"], app.number(&nights).await), (&json!("confirmed"), &eur("180.00"), 2));
            assert!(refunds.is_empty(), "{refunds:?}");
        }
        assert_eq!(balance(manager, booking.id()).await, eur("0.00"));
        assert_eq!(app.number(live).await, 1, "no more than there is");
        app.assert_consistent().await;
    }
}

/// Money that comes once a stay was given up is asked back, as what was paid before. T-ref-auto, with the payment last.
#[tokio::test]
async fn what_is_paid_after_a_cancellation_is_asked_back_once() {
    let online = Online::new().await;
    let begun = begin(&online, &online.guest, &online.booking, "200.00").await;
    act(&online.hotel.manager, &online.booking, "cancel").await.expect(200);
    online.app.consume().await;
    finish(&online, &begun, "succeeds").await;
    for _ in 0..2 {
        online.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name IN ('payments_due', 'refunds')").await;
        online.app.consume().await;
    }
    let refunds = online.hotel.manager.get(&format!("/v1/refunds?booking_id={}", online.booking.id())).await.expect(200);
    let refunds = refunds.body["items"].as_array().expect("refunds").clone();
    assert_eq!(refunds.len(), 1);
    assert_eq!((&refunds[0]["status"], &refunds[0]["amount"]), (&json!("requested"), &eur("200.00")));
    online.app.assert_consistent().await;
}

#[tokio::test]
async fn what_is_due_is_charged_to_the_guarantee() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let plan = plan(&online, "PARTS", IN_PARTS).await;
    let booking = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
    online.app.consume().await;
    assert_eq!(charge(manager, &booking, "").await.expect(409).code(), "payments_due.no_guarantee");
    let stored = leave(&online, manager, &booking, "succeeds").await;
    assert_eq!((&stored["status"], &stored["next_action"]), (&json!("stored"), &Value::Null));
    let rehearsed = charge(manager, &booking, "?dry_run=true").await.expect(201);
    assert_eq!((&rehearsed.body["amount"], rehearsed.body["payment_due_ids"].as_array().map(Vec::len)), (&eur("60.00"), Some(1)));
    assert_eq!(online.app.number("SELECT count(*) FROM payments").await, 0, "nothing is kept of a dry run");
    let chargeable = manager.get(&format!("/v1/payments-due?property_id={}&is_chargeable=true", online.hotel.id)).await;
    assert_eq!(chargeable.expect(200).body["items"][0]["kind"], "deposit");
    run_job(&online).await;
    assert_eq!(
        online.app.number("SELECT count(*) FROM payments").await,
        0,
        "the hotel has not said that it is charged by itself"
    );

    charges_by_itself(&online).await;
    run_job(&online).await;
    run_job(&online).await;
    let expected = [due("deposit", "2026-12-01", "60.00", "0.00"), due("rest", "2026-12-06", "140.00", "140.00")];
    assert_eq!(dues(manager, &booking).await, expected);
    let payments = manager.get(&format!("{PAYMENTS}?booking_id={}", booking.id())).await.expect(200);
    let payments = payments.body["items"].as_array().expect("payments").clone();
    assert_eq!(payments.len(), 1);
    assert_eq!(
        (&payments[0]["status"], &payments[0]["captured"], &payments[0]["attempts"][0]["kind"]),
        (&json!("captured"), &eur("60.00"), &json!("charge"))
    );
    assert_eq!(charge(manager, &booking, "").await.expect(409).code(), "payments_due.nothing_due");
    // On its date the rest is charged as well.
    online.app.set_clock("2026-12-06T12:00:00Z");
    run_job(&online).await;
    assert_eq!(balance(manager, booking.id()).await, eur("0.00"));
    online.app.assert_consistent().await;
}

/// F17: who cannot be charged for now, be it at the head of the line, keeps nobody behind them from it.
#[tokio::test]
async fn who_cannot_be_charged_keeps_nobody_else_from_it() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let plan = plan(&online, "PARTS", IN_PARTS).await;
    let first = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
    let second = book_in(&online, manager, &plan, ("2026-12-22", "2026-12-24")).await;
    online.app.consume().await;
    for booking in [&first, &second] {
        leave(&online, manager, booking, "succeeds").await;
    }
    // Somebody is about to pay all of it on a page.
    begin(&online, manager, &first, "200.00").await;
    charges_by_itself(&online).await;
    online
        .app
        .sql(&format!(
            "INSERT INTO payments_due (property_id, id, booking_id, stay_id, kind, cause_id, due_on, amount_minor,
                                       outstanding_minor, created_at, updated_at)
             SELECT property_id, gen_random_uuid(), booking_id, stay_id, kind, gen_random_uuid(), due_on - 1, 1,
                    1, created_at, updated_at
             FROM payments_due, generate_series(1, 450) WHERE booking_id = '{}' AND kind = 'deposit'",
            first.id()
        ))
        .await;
    run_job(&online).await;
    let charged = manager.get(&format!("{PAYMENTS}?booking_id={}", second.id())).await.expect(200);
    let charged = charged.body["items"].as_array().expect("payments").iter().map(|payment| payment["captured"].clone());
    assert_eq!(charged.collect::<Vec<_>>(), [eur("60.00")]);
}

/// S7: what can be charged is told whole or not at all, and what other hotels can charge takes no room in a hotel's list.
#[tokio::test]
async fn what_can_be_charged_is_told_whole_or_not_at_all() {
    let online = Online::new().await;
    let (app, manager) = (&online.app, &online.hotel.manager);
    let plan = plan(&online, "PARTS", IN_PARTS).await;
    let booking = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
    app.consume().await;
    leave(&online, manager, &booking, "succeeds").await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let admin = app.admin().await;
    let list = async |hotel: &str, is_chargeable: bool| {
        admin.get(&format!("/v1/payments-due?is_chargeable={is_chargeable}{hotel}")).await
    };
    assert_eq!(list("", true).await.expect(200).body["items"].as_array().map(Vec::len), Some(1));
    app.sql(
        "INSERT INTO payments_due (property_id, id, booking_id, stay_id, kind, cause_id, due_on, amount_minor, outstanding_minor,
                                   created_at, updated_at)
         SELECT property_id, gen_random_uuid(), booking_id, stay_id, kind, gen_random_uuid(), due_on, 1, 1, created_at, updated_at
         FROM payments_due, generate_series(1, 10000) WHERE kind = 'deposit'",
    )
    .await;
    let here = format!("&property_id={}", online.hotel.id);
    for hotel in ["", &here] {
        for is_chargeable in [true, false] {
            let refused = list(hotel, is_chargeable).await.expect(422);
            assert_eq!(refused.pointers(), ["/is_chargeable"], "{hotel}: {}", refused.body);
        }
    }
    assert_eq!(list(&format!("&property_id={}", elsewhere.id), true).await.expect(200).body["items"], json!([]));
    let own = elsewhere.manager.get("/v1/payments-due?is_chargeable=false").await.expect(200);
    assert_eq!(own.body["items"], json!([]));
}

/// A guarantee that is declined is tried again on another date, three times in all, and never keeps a date open.
#[tokio::test]
async fn a_guarantee_that_is_declined_is_tried_on_another_date() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let plan = plan(&online, "NOW", PAY_NOW).await;
    let booking = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
    leave(&online, manager, &booking, "charges_declined").await;
    charges_by_itself(&online).await;
    for day in 1..=5 {
        online.app.set_clock(&format!("2026-12-0{day}T12:00:00Z"));
        run_job(&online).await;
        run_job(&online).await;
    }
    let payments = manager.get(&format!("{PAYMENTS}?booking_id={}", booking.id())).await.expect(200);
    let payments = payments.body["items"].as_array().expect("payments").clone();
    assert_eq!(payments.len(), 3);
    assert!(
        payments.iter().all(|payment| payment["status"] == "failed" && payment["decline"] == "insufficient_funds"),
        "{payments:?}"
    );
    assert_eq!(dues(manager, &booking).await, [due("deposit", "2026-12-01", "200.00", "200.00")]);
    // Another means of payment takes its place, and staff charge it at once.
    assert_eq!(leave(&online, manager, &booking, "succeeds").await["status"], "stored");
    assert_eq!(online.app.number("SELECT count(*) FROM guarantees WHERE status = 'replaced'").await, 1);
    let charged = charge(manager, &booking, "").await.expect(201);
    assert_eq!(manager.get(charged.header("location")).await.expect(200).body["status"], "captured");
    online.app.consume().await;
    assert_eq!(dues(manager, &booking).await, [due("deposit", "2026-12-01", "200.00", "0.00")]);
    online.app.assert_consistent().await;
}

/// T-pay-early: a charge whose answer was lost, and of which an event has waited for long, is nobody's to look at once it is
/// known that nothing came of it, be it that the bank declined it or that the gateway failed.
#[tokio::test]
async fn a_charge_that_is_refused_after_all_needs_no_attention() {
    for (choice, fault) in [("charges_declined", "lost_answer"), ("succeeds", "lasting_error")] {
        let online = Online::new().await;
        let manager = &online.hotel.manager;
        let plan = plan(&online, "NOW", PAY_NOW).await;
        let booking = book_in(&online, manager, &plan, ("2026-12-20", "2026-12-22")).await;
        leave(&online, manager, &booking, choice).await;
        online.gateway.fail_next(fault, 1).await;
        let begun = charge(manager, &booking, "").await.expect(201);
        let charged = manager.get(begun.header("location")).await.expect(200);
        assert_eq!(charged.body["status"], "unknown", "{fault}");
        // The job leaves the order alone for as long as the test takes.
        online.app.sql("UPDATE payment_attempts SET ordered_at = ordered_at + interval '1 hour'").await;
        let (signature, body) = online.event_over(&charged, "failed", 20_000);
        online.event(&signature, &body).await.expect(204);
        online.app.set_clock("2026-12-01T12:11:00Z");
        online.reconcile().await;
        assert_eq!(online.see(&charged).await["attention"], "event_waits", "{fault}");
        let ended = online.order(&charged, "retry", json!({})).await.expect(200);
        assert_eq!((&ended.body["status"], &ended.body["attention"]), (&json!("failed"), &Value::Null), "{fault}");
        online.reconcile().await;
        assert_eq!(online.see(&charged).await["attention"], Value::Null, "{fault}");
        let waiting = "SELECT count(*) FROM gateway_events WHERE id LIKE 'de_failed_%' AND status <> 'applied'";
        assert_eq!(online.app.number(waiting).await, 0, "{fault}");
        online.app.assert_consistent().await;
    }
}

/// No-shows and late cancellations only say what is due: the guarantee is charged afterwards.
#[tokio::test]
async fn fees_of_who_does_not_come_are_charged_to_the_guarantee() {
    let online = Online::new().await;
    with_fees(&online).await;
    let manager = &online.hotel.manager;
    for (dates, action, kind) in
        [(("2026-12-10", "2026-12-12"), "cancel", "cancellation_fee"), (("2026-12-01", "2026-12-03"), "no-show", "no_show_fee")]
    {
        let booking = online.hotel.book(manager, dates.0, dates.1).await;
        leave(&online, manager, &booking, "succeeds").await;
        online.app.set_clock("2026-12-01T23:30:00Z");
        act(manager, &booking, action).await.expect(200);
        let owed = balance(manager, booking.id()).await;
        assert_eq!(owed, eur("80.00"), "{kind}");
        online.app.consume().await;
        assert_eq!(dues(manager, &booking).await, [due(kind, "2026-12-01", "80.00", "80.00")]);
        let charged = charge(manager, &booking, "").await.expect(201);
        assert_eq!(manager.get(charged.header("location")).await.expect(200).body["captured"], owed);
        online.app.consume().await;
        assert_eq!(balance(manager, booking.id()).await, eur("0.00"));
    }
    online.app.assert_consistent().await;
}

/// A means of payment that is left with a payment is kept as a guarantee, if that was asked for.
#[tokio::test]
async fn a_payment_can_leave_a_guarantee() {
    let online = Online::new().await;
    let begun = online.begin("50.00", json!({"stores_guarantee": true})).await;
    finish(&online, &begun, "succeeds").await;
    let path = format!("/v1/bookings/{}/guarantee", online.booking.id());
    let kept = online.guest.get(&path).await.expect(200);
    assert_eq!((&kept.body["status"], &kept.body["provider"]), (&json!("stored"), &json!("demo")));
    online.app.guest().await.get(&path).await.expect(404);
    let cash = json!({"booking_id": online.booking.id(), "method": "cash", "amount": eur("1.00"), "stores_guarantee": true});
    assert_eq!(online.hotel.manager.post(PAYMENTS, &cash).await.expect(422).pointers(), ["/stores_guarantee"]);
}

/// A page of a guarantee whose answer is lost is found again, and one on which nobody left anything ends.
#[tokio::test]
async fn a_guarantee_whose_answer_is_lost_is_looked_up() {
    let online = Online::new().await;
    let path = format!("/v1/bookings/{}/guarantee", online.booking.id());
    online.gateway.fail_next("lost_answer", 1).await;
    let begun = online.guest.send(http::Method::POST, &path, None).await.expect(201);
    assert_eq!((&begun.body["status"], &begun.body["next_action"]), (&json!("pending"), &Value::Null));
    online.app.sql("UPDATE guarantees SET ordered_at = ordered_at - interval '1 hour'").await;
    online.reconcile().await;
    let found = online.guest.get(&path).await.expect(200);
    assert_eq!(found.body["status"], "requires_action");
    online.gateway.let_days_pass(1).await;
    online.tell().await;
    assert_eq!(online.guest.get(&path).await.expect(200).body["status"], "expired");
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'applied'").await, 1);
    let books = online.gateway.books().await;
    assert_eq!(books["payments"].as_array().map(Vec::len), Some(1), "{books}");
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_payments_due", async |w| {
            something_due(w).await;
            Call::plain()
        }),
        Request::new("list_payments_due_of_booking", async |w| Call::to(&something_due(w).await)),
        Request::new("charge_payments_due", async |w| Call::to(&something_due(w).await)),
    ]
}

/// The owner's booking, of which half is due, and for which a guarantee is stored.
async fn something_due(w: &World) -> String {
    let id = w.booking().await.to_owned();
    w.app
        .sql(&format!(
            "UPDATE stays SET cancellation_terms = cancellation_terms || '{{\"payment\": {{\"now_ppm\": 500000, \"rest_days_before\": null}}}}'
             WHERE booking_id = '{id}';
             INSERT INTO guarantees (property_id, id, booking_id, status, provider, customer_id, method_id, ordered_at, created_at, updated_at)
             SELECT property_id, gen_random_uuid(), id, 'stored', 'demo', 'customer', 'method', now(), now(), now()
             FROM bookings WHERE id = '{id}' ON CONFLICT DO NOTHING;"
        ))
        .await;
    w.app.consume().await;
    id
}
