//! Refunds through the gateway of their payment.
use super::{REFUNDS, approve, ask, payment, set};
use crate::payments::gateway::Online;
use crate::support::{Client, Reply, act, eur};
use serde_json::{Value, json};

/// A payment of 200.00 that the gateway has captured, and somebody who approves refunds.
async fn captured(choice: &str) -> (Online, Reply, Client) {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!(online.pay(&begun, choice).await["status"], "captured");
    let other = online.app.staff(&["refunds:approve", "payments:read"], Some(&online.hotel.id)).await;
    (online, begun, other)
}

async fn see(client: &Client, refund: &Reply) -> Value {
    client.get(&format!("{REFUNDS}/{}", refund.id())).await.expect(200).body
}

#[tokio::test]
async fn what_was_paid_through_a_gateway_goes_back_through_it() {
    let (online, paid, other) = captured("succeeds").await;
    let asked = ask(&online.hotel.manager, &paid, "60.00").await.expect(201);
    let done = approve(&other, &asked).await.expect(200);
    assert_eq!(done.body["status"], "completed");
    let again = approve(&other, &asked).await.expect(409);
    assert_eq!(again.code(), "refunds.illegal_move");
    let books = online.gateway.books().await;
    assert_eq!(books["refunds"].as_array().map(Vec::len), Some(1), "{books}");
    assert_eq!(payment(&online.hotel.manager, &paid).await["refunded"], eur("60.00"));
    assert_eq!(online.owed().await, eur("60.00"));
    online.tell().await;
    online.app.consume().await;
    assert_eq!(online.owed().await, eur("60.00"), "told again, it is the same");
    online.app.assert_consistent().await;
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_looked_up() {
    let (online, paid, other) = captured("succeeds").await;
    let asked = ask(&online.hotel.manager, &paid, "60.00").await.expect(201);
    online.gateway.fail_next("lost_answer", 1).await;
    let unclear = approve(&other, &asked).await.expect(200);
    assert_eq!(unclear.body["status"], "processing");
    let set_aside = payment(&online.hotel.manager, &paid).await;
    assert_eq!((&set_aside["refunding"], &set_aside["refundable"]), (&eur("60.00"), &eur("140.00")));
    let found = other.post(&format!("{REFUNDS}/{}/retry", asked.id()), &json!({})).await.expect(200);
    assert_eq!(found.body["status"], "completed");
    let books = online.gateway.books().await;
    assert_eq!(books["refunds"].as_array().map(Vec::len), Some(1), "{books}");
    online.app.assert_consistent().await;
}

/// T-ref-equal: two equal refunds are two, at the gateway and on the folio; the same request sent again is one.
#[tokio::test]
async fn two_equal_refunds_are_two_and_one_that_is_sent_again_is_one() {
    let (online, paid, _) = captured("succeeds").await;
    let manager = &online.hotel.manager;
    set(&online.hotel, json!({"refund_approval_above": eur("100.00")})).await;
    let at_gateway = async || {
        let books = online.gateway.books().await;
        books["refunds"].as_array().expect("refunds").iter().map(|refund| refund["amount"].clone()).collect::<Vec<_>>()
    };
    let (one, two) = (manager.with("idempotency-key", "one"), manager.with("idempotency-key", "two"));
    let (first, again) = (ask(&one, &paid, "30.00").await.expect(201), ask(&one, &paid, "30.00").await.expect(201));
    assert_eq!((&first.body["status"], &again.body), (&json!("completed"), &first.body));
    assert_eq!((at_gateway().await, online.owed().await), (vec![json!(3_000)], eur("30.00")));
    let second = ask(&two, &paid, "30.00").await.expect(201);
    assert_ne!(second.id(), first.id());
    assert_eq!((at_gateway().await, online.owed().await), (vec![json!(3_000), json!(3_000)], eur("60.00")));
    online.app.assert_consistent().await;
}

/// T-ref-dispute: a dispute that is lost after all was paid back takes nothing more.
#[tokio::test]
async fn a_dispute_that_is_lost_after_a_full_refund_takes_nothing() {
    let (online, paid, other) = captured("disputed_later").await;
    let manager = &online.hotel.manager;
    let all = ask(manager, &paid, "200.00").await.expect(201);
    assert_eq!(approve(&other, &all).await.expect(200).body["status"], "completed");
    assert_eq!(online.owed().await, eur("200.00"));
    for days in [4, 8] {
        online.gateway.let_days_pass(days).await;
        online.tell().await;
        online.app.consume().await;
    }
    let lost = payment(manager, &paid).await;
    assert_eq!(
        (&lost["dispute"], &lost["lost"], &lost["refunded"], &lost["refundable"]),
        (&json!("lost"), &eur("0.00"), &eur("200.00"), &eur("0.00"))
    );
    assert_eq!(online.owed().await, eur("200.00"), "the hotel never has less than nothing of a payment");
    online.app.assert_consistent().await;
}

/// T-ref-fail-later: what comes back days later is not paid back, and can be asked for again.
#[tokio::test]
async fn a_refund_that_fails_later_can_be_asked_for_again() {
    let (online, paid, other) = captured("refunds_fail_later").await;
    let asked = ask(&online.hotel.manager, &paid, "60.00").await.expect(201);
    approve(&other, &asked).await.expect(200);
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&other, &asked).await["status"], "completed");
    online.gateway.let_days_pass(6).await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&other, &asked).await["status"], "failed");
    let desk = online.hotel.manager.get(&format!("/v1/front-desk?property_id={}", online.hotel.id)).await.expect(200);
    assert_eq!(desk.body["payments_attention"], 1);
    let freed = payment(&online.hotel.manager, &paid).await;
    assert_eq!((&freed["refunded"], &freed["refundable"]), (&eur("0.00"), &eur("200.00")));
    assert_eq!(online.owed().await, eur("0.00"));
    // However often it is told, one line takes it back, and the guest hears of it once.
    online.app.sql("UPDATE outbox_sinks SET position = 0 WHERE name = 'refunds'").await;
    online.app.consume().await;
    assert_eq!(online.app.event_kinds().await.iter().filter(|kind| *kind == "refund.failed").count(), 1);
    let lines = "SELECT count(*) FROM folio_entries WHERE kind = 'refund'";
    assert_eq!(online.app.number(lines).await, 2, "what was paid back, and what takes it back");
    let mails = "SELECT count(*) FROM mail_queue WHERE kind = 'refund' AND params ->> 'status' = 'failed'";
    assert_eq!(online.app.number(mails).await, 1);
    online.app.assert_consistent().await;
}

/// T-ref-dispute: what a bank takes back is not paid back besides.
#[tokio::test]
async fn what_is_disputed_is_not_paid_back() {
    let (online, paid, other) = captured("disputed_later").await;
    let asked = ask(&online.hotel.manager, &paid, "60.00").await.expect(201);
    online.gateway.let_days_pass(6).await;
    online.tell().await;
    let disputed = payment(&online.hotel.manager, &paid).await;
    assert_eq!((&disputed["dispute"], &disputed["attention"]), (&json!("open"), &json!("disputed")));
    assert_eq!(ask(&online.hotel.manager, &paid, "10.00").await.expect(409).code(), "refunds.disputed");
    assert_eq!(approve(&other, &asked).await.expect(409).code(), "refunds.disputed");
    let listed = online.hotel.manager.get(&format!("/v1/payments?property_id={}&needs_attention=true", online.hotel.id)).await;
    assert_eq!(listed.expect(200).body["items"][0]["id"], json!(paid.id()));
    online.app.assert_consistent().await;
}

/// T-ref-dispute: what is lost is owed again, and with what was paid back it is never more than was captured.
#[tokio::test]
async fn a_dispute_that_is_lost_is_owed_again() {
    let (online, paid, other) = captured("disputed_later").await;
    let manager = &online.hotel.manager;
    let early = ask(manager, &paid, "60.00").await.expect(201);
    approve(&other, &early).await.expect(200);
    let aside = ask(manager, &paid, "10.00").await.expect(201);
    online.gateway.let_days_pass(4).await;
    online.tell().await;
    assert_eq!((&payment(manager, &paid).await["lost"], online.owed().await), (&eur("0.00"), eur("60.00")));
    online.gateway.let_days_pass(8).await;
    online.tell().await;
    online.app.consume().await;
    let lost = payment(manager, &paid).await;
    assert_eq!(
        (&lost["dispute"], &lost["lost"], &lost["refunded"], &lost["refundable"], &lost["status"]),
        (&json!("lost"), &eur("140.00"), &eur("60.00"), &eur("0.00"), &json!("captured"))
    );
    assert_eq!(online.owed().await, eur("200.00"), "nothing of it is the hotel's");
    assert_eq!(approve(&other, &aside).await.expect(409).code(), "refunds.disputed");
    other.post(&format!("{REFUNDS}/{}/reject", aside.id()), &json!({"reason": "The bank took it"})).await.expect(200);
    let lines = "SELECT count(*) FROM folio_entries WHERE kind = 'payment' AND amount_minor = 14000";
    assert_eq!(online.app.number(lines).await, 1);
    online.app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&online.app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

/// A refund that is on its way when a dispute is lost: both have gone, and count once.
#[tokio::test]
async fn a_refund_that_arrives_after_a_lost_dispute_counts_once() {
    let (online, paid, other) = captured("succeeds").await;
    let manager = &online.hotel.manager;
    let asked = ask(manager, &paid, "60.00").await.expect(201);
    online.gateway.fail_next("lost_answer", 1).await;
    assert_eq!(approve(&other, &asked).await.expect(200).body["status"], "processing");
    // The dispute is lost before anybody has asked for the refund.
    let lose = "BEGIN;
                UPDATE payments SET dispute = 'lost', lost_minor = 20000;
                INSERT INTO folio_entries (property_id, id, folio_id, booking_id, kind, service_date, amount_minor, description, payment_id,
                                           ledger, posting_id, posted_on, created_at, updated_at)
                SELECT property_id, gen_random_uuid(), folio_id, booking_id, 'payment', service_date, 20000, 'Online payment', payment_id,
                       ledger, gen_random_uuid(), posted_on, created_at, updated_at FROM folio_entries WHERE kind = 'payment';
                COMMIT;";
    online.app.sql(lose).await;
    assert_eq!(online.owed().await, eur("200.00"));
    let done = other.post(&format!("{REFUNDS}/{}/retry", asked.id()), &json!({})).await.expect(200);
    assert_eq!(done.body["status"], "completed");
    let after = payment(manager, &paid).await;
    assert_eq!((&after["refunded"], &after["lost"]), (&eur("60.00"), &eur("140.00")));
    assert_eq!(online.owed().await, eur("200.00"), "the hotel never has less than nothing of a payment");
    online.app.assert_consistent().await;
}

#[tokio::test]
async fn a_dispute_that_was_won_is_in_the_way_of_no_refund() {
    let (online, _, _) = captured("succeeds").await;
    online.app.sql("UPDATE payments SET dispute = 'won'").await;
    act(&online.hotel.manager, &online.booking, "cancel").await.expect(200);
    online.app.consume().await;
    let asked = online.hotel.manager.get(&format!("{REFUNDS}?booking_id={}", online.booking.id())).await.expect(200);
    assert_eq!((&asked.body["items"][0]["status"], &asked.body["items"][0]["amount"]), (&json!("requested"), &eur("200.00")));
}

/// A refund that has another amount at the gateway is for somebody to look at.
#[tokio::test]
async fn a_refund_of_another_amount_is_not_believed() {
    let (online, paid, other) = captured("succeeds").await;
    let manager = &online.hotel.manager;
    let asked = ask(manager, &paid, "60.00").await.expect(201);
    online.gateway.fail_next("lost_answer", 1).await;
    approve(&other, &asked).await.expect(200);
    let changed = "ALTER TABLE refunds DISABLE TRIGGER check_refund_move;
                   BEGIN; UPDATE refunds SET amount_minor = 5000; UPDATE payments SET refunding_minor = 5000; COMMIT;
                   ALTER TABLE refunds ENABLE TRIGGER check_refund_move;";
    online.app.sql(changed).await;
    other.post(&format!("{REFUNDS}/{}/retry", asked.id()), &json!({})).await.expect(200);
    assert_eq!(see(&other, &asked).await["status"], "processing");
    let marked = payment(manager, &paid).await;
    assert_eq!((&marked["attention"], &marked["refunded"]), (&json!("amount_differs"), &eur("0.00")));
    let desk = manager.get(&format!("/v1/front-desk?property_id={}", online.hotel.id)).await.expect(200);
    assert_eq!(desk.body["payments_attention"], 1);
}

/// Charges 200.00 to a folio, pays it through the gateway and closes it. Returns the payment, and somebody who approves refunds.
async fn paid_and_closed(online: &Online, folio: &Reply, choice: &str) -> (Reply, Client) {
    let manager = &online.hotel.manager;
    let path = format!("/v1/folios/{}", folio.id());
    let hall = json!({"description": "Hall", "amount": eur("200.00")});
    manager.post(&format!("{path}/charges"), &hall).await.expect(200);
    let body = json!({"folio_id": folio.id(), "method": "gateway", "amount": eur("200.00")});
    let begun = manager.post("/v1/payments", &body).await.expect(201);
    assert_eq!(online.pay(&begun, choice).await["status"], "captured");
    manager.post(&format!("{path}/close"), &json!({})).await.expect(200);
    (begun, online.app.staff(&["refunds:approve", "payments:read"], Some(&online.hotel.id)).await)
}

/// A folio of the house that was paid and closed since: its payment, and somebody who approves refunds.
async fn closed_house(choice: &str) -> (Online, Reply, Client) {
    let online = Online::new().await;
    let house = json!({"property_id": online.hotel.id, "kind": "house"});
    let house = online.hotel.manager.post("/v1/folios", &house).await.expect(201);
    let (paid, other) = paid_and_closed(&online, &house, choice).await;
    (online, paid, other)
}

/// The folios of the house: name, status and balance, the oldest first.
async fn houses(online: &Online) -> Value {
    let path = format!("/v1/folios?property_id={}&kind=house", online.hotel.id);
    let list = online.hotel.manager.get(&path).await.expect(200).body;
    let told = |folio: &Value| json!([folio["name"], folio["status"], folio["balance"]["amount"]]);
    list["items"].as_array().expect("a list").iter().rev().map(told).collect()
}

/// What is paid back of a folio that is closed and has no booking, and what of it comes back, is on another one of its payer.
#[tokio::test]
async fn a_closed_folio_of_the_house_pays_back_on_another_one() {
    let (online, paid, other) = closed_house("refunds_fail_later").await;
    let asked = ask(&online.hotel.manager, &paid, "60.00").await.expect(201);
    assert_eq!(approve(&other, &asked).await.expect(200).body["status"], "completed");
    assert_eq!(houses(&online).await, json!([[null, "closed", "0.00"], ["Late charges", "open", "60.00"]]));
    online.gateway.let_days_pass(6).await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&other, &asked).await["status"], "failed");
    assert_eq!(houses(&online).await, json!([[null, "closed", "0.00"], ["Late charges", "settled", "0.00"]]));
    let freed = payment(&online.hotel.manager, &paid).await;
    assert_eq!((&freed["refunded"], &freed["refunding"], &freed["refundable"]), (&eur("0.00"), &eur("0.00"), &eur("200.00")));
    online.app.assert_consistent().await;
    let verified = hbs::domains::folios::verify(&online.app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

/// A dispute that is lost after the folio was closed is owed by the same payer.
#[tokio::test]
async fn a_dispute_of_a_closed_folio_of_the_house_is_owed_on_another_one() {
    let (online, paid, _) = closed_house("disputed_later").await;
    for days in [4, 8] {
        online.gateway.let_days_pass(days).await;
        online.tell().await;
    }
    let lost = payment(&online.hotel.manager, &paid).await;
    assert_eq!((&lost["dispute"], &lost["lost"]), (&json!("lost"), &eur("200.00")));
    assert_eq!(houses(&online).await, json!([[null, "closed", "0.00"], ["Late charges", "open", "200.00"]]));
    online.app.assert_consistent().await;
}

/// A group has one open folio: what comes late to one that is closed goes to the one that was opened after it.
#[tokio::test]
async fn what_comes_late_to_a_closed_master_goes_to_the_open_one_of_its_group() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let group = json!({
        "property_id": online.hotel.id, "name": "Wedding of Ana and Rui", "code": "ana-rui", "cut_off": "2026-12-05",
        "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
        "block": [{"room_type_id": online.hotel.double, "from": "2026-12-14", "to": "2026-12-16", "rooms": 1}],
        "rates": [{"room_type_id": online.hotel.double, "nightly_price": eur("80.00")}],
    });
    let group = manager.post("/v1/groups", &group).await.expect(201);
    let master = json!({"property_id": online.hotel.id, "group_id": group.id(), "kind": "master"});
    let first = manager.post("/v1/folios", &master).await.expect(201);
    let (paid, other) = paid_and_closed(&online, &first, "succeeds").await;
    let open = manager.post("/v1/folios", &master).await.expect(201);
    let asked = ask(manager, &paid, "60.00").await.expect(201);
    assert_eq!(approve(&other, &asked).await.expect(200).body["status"], "completed");
    let after = manager.get(&format!("/v1/folios/{}", open.id())).await.expect(200);
    assert_eq!((&after.body["balance"], &after.body["status"]), (&eur("60.00"), &json!("open")));
    online.app.assert_consistent().await;
}

/// Where a gateway pays nothing back for good, the hotel transfers it: by the method by which it goes in all books.
#[tokio::test]
async fn a_refund_that_has_failed_is_transferred_to_the_bank() {
    let (online, paid, other) = captured("refunds_fail_later").await;
    let manager = &online.hotel.manager;
    let asked = ask(manager, &paid, "60.00").await.expect(201);
    let transfer = json!({"way": "bank_transfer", "reference": "E2E-20261201-0007"});
    let retry = format!("{REFUNDS}/{}/retry", asked.id());
    assert_eq!(approve(&other, &asked).await.expect(200).body["way"], "own");
    let refused = other.post(&retry, &transfer).await.expect(409);
    assert_eq!((refused.code(), &refused.body["refund_status"]), ("refunds.illegal_move", &json!("completed")));
    online.gateway.let_days_pass(6).await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&other, &asked).await["status"], "failed");
    let own = json!({"reference": "E2E-20261201-0007"});
    assert_eq!(other.post(&retry, &own).await.expect(422).pointers(), ["/reference"]);
    let done = other.post(&retry, &transfer).await.expect(200);
    assert_eq!(
        (&done.body["status"], &done.body["way"], &done.body["reference"]),
        (&json!("completed"), &json!("bank_transfer"), &json!("E2E-20261201-0007"))
    );
    assert_eq!(payment(manager, &paid).await["refunded"], eur("60.00"));
    assert_eq!(online.owed().await, eur("60.00"));
    // What the gateway says of it again changes nothing.
    online.reconcile().await;
    online.app.consume().await;
    assert_eq!(see(&other, &asked).await["status"], "completed");
    let path = format!("/v1/reports/trial-balance?property_id={}&date=2026-12-01", online.hotel.id);
    let trial = manager.get(&path).await.expect(200).body;
    let refunded: Vec<(&Value, &Value)> = trial["payments"]
        .as_array()
        .expect("methods")
        .iter()
        .map(|sums| (&sums["method"], &sums["refunded"]["amount"]))
        .collect();
    assert_eq!(refunded, [(&json!("bank_transfer"), &json!("60.00")), (&json!("gateway"), &json!("0.00"))]);
    online.app.assert_consistent().await;
}

/// A transfer is chosen with the approval as well, and never while nobody knows what the gateway has done.
#[tokio::test]
async fn what_may_be_on_its_way_is_not_transferred_besides() {
    let (online, paid, other) = captured("succeeds").await;
    let manager = &online.hotel.manager;
    let unclear = ask(manager, &paid, "60.00").await.expect(201);
    online.gateway.fail_next("lost_answer", 1).await;
    assert_eq!(approve(&other, &unclear).await.expect(200).body["status"], "processing");
    let retry = format!("{REFUNDS}/{}/retry", unclear.id());
    let refused = other.post(&retry, &json!({"way": "bank_transfer"})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["refund_status"]), ("refunds.illegal_move", &json!("processing")));
    assert_eq!(other.post(&retry, &json!({})).await.expect(200).body["status"], "completed");
    let chosen = ask(manager, &paid, "40.00").await.expect(201);
    let approval = json!({"way": "bank_transfer", "reference": "E2E-20261201-0008"});
    let done = other.post(&format!("{REFUNDS}/{}/approve", chosen.id()), &approval).await.expect(200);
    assert_eq!((&done.body["status"], &done.body["way"]), (&json!("completed"), &json!("bank_transfer")));
    let books = online.gateway.books().await;
    assert_eq!(books["refunds"].as_array().map(Vec::len), Some(1), "{books}");
    online.app.assert_consistent().await;
}
