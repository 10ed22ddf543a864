//! Payments through a gateway, through the API and against the demo gateway: our books are its books, whatever happens on the
//! way.
use super::{PAYMENTS, balance, pay};
use crate::support::TestGateway;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, eur, size};
use chrono::{NaiveDate, TimeDelta, Utc};
use hbs::config::Config;
use hbs::gateways;
use serde_json::{Value, json};

/// A hotel with a booking of 200.00, and a gateway.
pub struct Online {
    pub app: TestApp,
    pub gateway: TestGateway,
    pub hotel: Hotel,
    pub guest: Client,
    pub booking: Reply,
}

impl Online {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// One that waits for its gateway for longer than any test takes.
    async fn patient() -> Self {
        Self::with(|config| config.gateway_timeout_seconds = 120).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let gateway = TestGateway::start().await;
        let configure = |config: &mut Config| {
            gateway.configure(config);
            change(config);
        };
        let app = TestApp::with(configure).await;
        let hotel = app.hotel(HotelSpec::default()).await;
        let guest = app.guest().await;
        let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
        Self { app, gateway, hotel, guest, booking }
    }

    /// Begins a payment on a page.
    pub async fn begin(&self, amount: &str, more: Value) -> Reply {
        let mut body = json!({"booking_id": self.booking.id(), "method": "gateway", "amount": eur(amount)});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.hotel.manager.post(PAYMENTS, &body).await.expect(201)
    }

    /// Pays on the page, and lets HBS have the events. Returns the payment as it is then.
    pub async fn pay(&self, payment: &Reply, choice: &str) -> Value {
        self.gateway.choose(page(payment), choice).await;
        self.tell().await;
        self.see(payment).await
    }

    pub async fn see(&self, payment: &Reply) -> Value {
        self.hotel.manager.get(&format!("{PAYMENTS}/{}", payment.id())).await.expect(200).body
    }

    /// Lets HBS have the events that are due.
    pub async fn tell(&self) {
        for (signature, body) in self.gateway.take_events() {
            self.event(&signature, &body).await.expect(204);
        }
    }

    /// Lets the jobs run that ask the gateway.
    pub async fn reconcile(&self) {
        for job in hbs::server::jobs().iter().filter(|job| job.name.ends_with(".reconcile")) {
            (job.run)(self.app.app.clone()).await.expect(job.name);
        }
    }

    pub async fn event(&self, signature: &str, body: &str) -> Reply {
        let gateway = self.app.anonymous().with(gateways::SIGNATURE_HEADER, signature);
        gateway.upload(http::Method::POST, &format!("{PAYMENTS}/webhooks/demo"), "application/json", body.as_bytes()).await
    }

    pub async fn order(&self, payment: &Reply, deed: &str, body: Value) -> Reply {
        self.hotel.manager.post(&format!("{PAYMENTS}/{}/{deed}", payment.id()), &body).await
    }

    pub async fn owed(&self) -> Value {
        balance(&self.hotel.manager, self.booking.id()).await
    }

    /// An event of a payment of 1.00, of any kind, as the gateway would sign it: signature and body.
    fn event_of(&self, payment: &Reply, kind: &str) -> (String, String) {
        self.event_over(payment, kind, 100)
    }

    /// The same, of another amount.
    pub fn event_over(&self, payment: &Reply, kind: &str, amount: i64) -> (String, String) {
        let id = format!("de_{kind}_{}", payment.id());
        let event = json!({"id": id, "kind": format!("payment.{kind}"), "payment": "dp_of_the_test", "payment_id": payment.id(),
                           "refund": null, "refund_id": null, "amount": amount, "currency": "EUR",
                           "occurred_at": "2026-12-01T12:00:00Z"});
        let body = event.to_string();
        #[expect(clippy::disallowed_methods, reason = "gateways sign by the time that there is")]
        let signature = hbs_demo_gateway::sign(&self.gateway.secret, body.as_bytes(), Utc::now().timestamp());
        (signature, body)
    }

    /// How many payments the gateway has, and how many captured payments there are here.
    async fn counts(&self) -> (usize, i64) {
        let books = self.gateway.books().await;
        let there = books["payments"].as_array().map_or(0, Vec::len);
        (there, self.app.number("SELECT count(*) FROM payments WHERE status = 'captured'").await)
    }
}

pub fn page(payment: &Reply) -> &str {
    payment.body["next_action"]["url"].as_str().unwrap_or_else(|| panic!("no page in {}", payment.body))
}

#[tokio::test]
async fn a_guest_pays_on_the_page_of_the_gateway_and_once() {
    let online = Online::new().await;
    let Online { app, gateway, hotel, guest, booking } = &online;
    let body = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("200.00")});
    let begun = guest.post(PAYMENTS, &body).await.expect(201);
    assert_eq!(
        (&begun.body["status"], &begun.body["provider"], &begun.body["captured"], &begun.body["next_action"]["kind"]),
        (&json!("requires_action"), &json!("demo"), &eur("0.00"), &json!("redirect"))
    );
    let attempts = begun.body["attempts"].as_array().expect("attempts");
    assert_eq!((attempts.len(), &attempts[0]["kind"], &attempts[0]["status"]), (1, &json!("checkout"), &json!("succeeded")));
    assert_eq!(online.owed().await, eur("200.00"), "nothing is paid yet");
    let refused = pay(&hotel.manager, booking.id(), "0.01").await.expect(409);
    assert_eq!((refused.code(), &refused.body["balance"]), ("payments.exceeds_balance", &eur("0.00")), "it is about to be");
    let bad = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("1.00"), "capture": "manual"});
    assert_eq!(guest.post(PAYMENTS, &bad).await.expect(403).body["permission"], "payments:write");

    // Each event comes twice, the last one first.
    gateway.choose(page(&begun), "succeeds").await;
    let events = gateway.take_events();
    assert!(!events.is_empty());
    for (signature, body) in events.iter().rev().chain(&events) {
        online.event(signature, body).await.expect(204);
    }
    let paid = online.see(&begun).await;
    assert_eq!(
        (&paid["status"], &paid["captured"], &paid["next_action"], &paid["refundable"]),
        (&json!("captured"), &eur("200.00"), &Value::Null, &eur("200.00"))
    );
    assert_eq!(online.owed().await, eur("0.00"));
    assert_eq!(app.number("SELECT count(*) FROM folio_entries WHERE kind = 'payment'").await, 1);
    assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "payment.captured").count(), 1);
    assert_eq!(online.counts().await, (1, 1));
    app.assert_consistent().await;
}

/// T-pay-triple: whoever comes back from the page, somebody who asks again, the event (twice) and the job settle a payment at
/// the same time. It is captured once and counts once, its booking is confirmed by one mail, and all who ask are told the same;
/// to its event a gateway wants no body, so that is 204.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_first_settles_a_payment_once() {
    let rounds = size(10, 200);
    let online = Online::new().await;
    let Online { app, gateway, hotel, .. } = &online;
    let plan = hotel.plan(app, "NOW", &[("payment_policy", "'pay_now'")]).await;
    let first: NaiveDate = "2026-12-13".parse().expect("a date");
    for night in first.iter_days().take(rounds) {
        // Guests have so many bookings at a time and no more.
        let guest = app.guest().await;
        let mut request = hotel.request(night, night + TimeDelta::days(1));
        request["rooms"][0]["rate_plan_id"] = json!(plan);
        let booking = guest.post("/v1/bookings", &request).await.expect(201);
        assert_eq!((&booking.body["status"], &booking.body["awaits_payment"]), (&json!("held"), &json!(true)));
        let body = json!({"booking_id": booking.id(), "method": "gateway", "amount": booking.body["total"]});
        let begun = guest.post(PAYMENTS, &body).await.expect(201);
        gateway.choose(page(&begun), "succeeds").await;
        let events = gateway.take_events();
        assert!(!events.is_empty());
        app.sql("UPDATE payments SET asked_at = '2020-01-01'").await;

        let refresh = format!("{PAYMENTS}/{}/refresh", begun.id());
        let told = async {
            for (signature, body) in events.iter().chain(&events) {
                online.event(signature, body).await.expect(204);
            }
        };
        let ask = || guest.send(http::Method::POST, &refresh, None);
        let (back, polled, (), ()) = futures_util::join!(ask(), ask(), told, online.reconcile());
        let (back, polled) = (back.expect(200), polled.expect(200));
        assert_eq!((&back.body["status"], &back.body["captured"]), (&json!("captured"), &booking.body["total"]));
        assert_eq!(back.body, polled.body);
        let seen = guest.get(&format!("{PAYMENTS}/{}", begun.id())).await.expect(200);
        assert_eq!((&back.body, back.header("etag")), (&seen.body, seen.header("etag")));

        app.consume().await;
        let confirmed = guest.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
        assert_eq!((&confirmed.body["status"], &confirmed.body["balance"]), (&json!("confirmed"), &eur("0.00")));
        let mails = app.rows(&format!("SELECT kind FROM mail_queue WHERE booking_id = '{}'", booking.id())).await;
        assert_eq!(mails, [json!({"kind": "booking_confirmed"})]);
        let lines = format!("SELECT count(*) FROM folio_entries WHERE payment_id = '{}'", begun.id());
        assert_eq!(app.number(&lines).await, 1);
    }
    let books = gateway.books().await;
    let captured = books["payments"].as_array().expect("payments").iter().filter(|payment| payment["status"] == "captured");
    assert_eq!(captured.count(), rounds, "the gateway has each once");
    assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "payment.captured").count(), rounds);
    app.assert_consistent().await;
}

/// Kinds of events by which gateways tell of a payment.
const KINDS: [&str; 7] = ["created", "requires_action", "failed", "succeeded", "canceled", "refunded", "dispute"];

/// Number of the orders in which they can come.
const ORDERS: usize = 5_040;

/// The kinds in one of their orders, by its number.
fn in_order(mut number: usize) -> Vec<&'static str> {
    let mut left = KINDS.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let place = number % left.len();
        number /= left.len();
        order.push(left.remove(place));
    }
    order
}

/// T-pay-permutations: events of all kinds in any order, some of them before anybody has paid, each one to three times. The
/// payment is as the gateway has it after each, and its money counts once. All orders at full size, else some that are far apart.
#[tokio::test]
async fn in_whatever_order_events_come_a_payment_is_as_its_gateway_has_it() {
    let orders = size(12, ORDERS);
    let online = Online::new().await;
    let mut captured = 0;
    for n in 0..orders {
        // 361 and the number of orders have no factor in common, so each order has its turn.
        let kinds = in_order(n * 361 % ORDERS);
        let (early, late) = kinds.split_at(n % KINDS.len());
        let begun = online.begin("1.00", json!({"overpay": true})).await;
        let told = async |kind: &str, times: usize| {
            let (signature, body) = online.event_of(&begun, kind);
            for _ in 0..times {
                online.event(&signature, &body).await.expect(204);
            }
            let seen = online.see(&begun).await;
            json!([seen["status"], seen["captured"], seen["attention"]])
        };
        for (place, kind) in early.iter().copied().enumerate() {
            let seen = told(kind, 1 + (n + place) % 3).await;
            assert_eq!(seen, json!(["requires_action", eur("0.00"), null]), "order {n}, {kind}");
        }
        let (choice, expected) = if n % 3 == 2 {
            ("declined", json!(["failed", eur("0.00"), null]))
        } else {
            captured += 1;
            ("succeeds", json!(["captured", eur("1.00"), null]))
        };
        // What the gateway itself tells is lost.
        online.gateway.choose(page(&begun), choice).await;
        online.gateway.take_events();
        for (place, kind) in late.iter().copied().enumerate() {
            assert_eq!(told(kind, 1 + (n + place) % 3).await, expected, "order {n}, {kind}");
        }
    }
    assert_eq!(online.counts().await, (orders, captured));
    assert_eq!(online.app.number("SELECT count(*) FROM folio_entries WHERE kind = 'payment'").await, captured);
    let applied = online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'applied'").await;
    assert_eq!(usize::try_from(applied).expect("a count"), orders * KINDS.len());
    online.app.assert_consistent().await;
}

/// T-pay-partial: what is not captured is free again, and it is captured once.
#[tokio::test]
async fn what_is_authorized_is_captured_once() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({"capture": "manual"})).await;
    assert_eq!(online.order(&begun, "capture", json!({})).await.expect(409).code(), "payments.illegal_move");
    let held = online.pay(&begun, "succeeds").await;
    assert_eq!((&held["status"], &held["authorized"], &held["captured"]), (&json!("authorized"), &eur("200.00"), &eur("0.00")));
    assert_eq!(online.owed().await, eur("200.00"));
    let beyond = online.order(&begun, "capture", json!({"amount": eur("200.01")})).await.expect(409);
    assert_eq!((beyond.code(), &beyond.body["authorized"]), ("payments.exceeds_authorized", &eur("200.00")));
    assert_eq!(
        online.order(&begun, "capture", json!({"amount": eur("0.00")})).await.expect(422).code(),
        "payments.amount_not_positive"
    );
    let captured = online.order(&begun, "capture", json!({"amount": eur("120.00")})).await.expect(200);
    assert_eq!(
        (&captured.body["status"], &captured.body["captured"], &captured.body["released"]),
        (&json!("captured"), &eur("120.00"), &eur("80.00"))
    );
    assert_eq!(online.owed().await, eur("80.00"));
    online.tell().await;
    assert_eq!(
        online.order(&begun, "capture", json!({"amount": eur("80.00")})).await.expect(409).code(),
        "payments.illegal_move"
    );
    assert_eq!(online.order(&begun, "void", json!({})).await.expect(409).code(), "payments.illegal_move");
    online.app.assert_consistent().await;
}

/// T-pay-key: an order whose answer is lost is looked up, and given again with its key where nothing was done.
#[tokio::test]
async fn an_order_whose_end_nobody_knows_is_looked_up() {
    let online = Online::new().await;
    online.gateway.fail_next("lost_answer", 1).await;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!((&begun.body["status"], &begun.body["attempts"][0]["status"]), (&json!("unknown"), &json!("open")));
    assert_eq!(online.order(&begun, "void", json!({})).await.expect(409).code(), "payments.unclear");
    let more = pay(&online.hotel.manager, online.booking.id(), "1.00").await.expect(409);
    assert_eq!(more.code(), "payments.exceeds_balance", "it may be paid");
    let found = online.order(&begun, "retry", json!({})).await.expect(200);
    assert_eq!((&found.body["status"], found.body["attempts"].as_array().map(Vec::len)), (&json!("requires_action"), Some(1)));
    assert_eq!(online.counts().await.0, 1, "the gateway has one payment");

    // The same for a capture: it was done, and counts once.
    online.order(&begun, "void", json!({})).await.expect(200);
    let manual = online.begin("200.00", json!({"capture": "manual"})).await;
    online.pay(&manual, "succeeds").await;
    online.gateway.fail_next("lost_answer", 1).await;
    let unclear = online.order(&manual, "capture", json!({"amount": eur("50.00")})).await.expect(200);
    assert_eq!(unclear.body["status"], "unknown");
    let done = online.order(&manual, "retry", json!({})).await.expect(200);
    assert_eq!((&done.body["status"], &done.body["captured"]), (&json!("captured"), &eur("50.00")));
    assert_eq!(online.owed().await, eur("150.00"));
    online.app.assert_consistent().await;
}

/// T-pay-key: an order that the gateway has failed for good with its key gets another one, once it was looked up.
#[tokio::test]
async fn an_order_that_cannot_succeed_with_its_key_gets_another_one() {
    let online = Online::new().await;
    online.gateway.fail_next("lasting_error", 1).await;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!(begun.body["status"], "unknown");
    let stuck = online.order(&begun, "retry", json!({})).await.expect(200);
    assert_eq!((&stuck.body["status"], &stuck.body["attempts"][0]["status"]), (&json!("failed"), &json!("failed")));
    assert_eq!(online.counts().await.0, 0, "nothing was done");
    let again = online.order(&begun, "retry", json!({})).await.expect(200);
    assert_eq!((&again.body["status"], again.body["attempts"].as_array().map(Vec::len)), (&json!("requires_action"), Some(2)));
    assert_eq!(online.pay(&again, "succeeds").await["captured"], eur("200.00"));
    assert_eq!((online.counts().await, online.owed().await), ((1, 1), eur("0.00")));
    online.app.assert_consistent().await;
}

/// T-pay-early: of a payment that begins anew nobody has to look at what was waited for before, while it waits for its new page.
#[tokio::test]
async fn a_payment_that_is_tried_again_does_not_wait_for_what_was_told_before() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!(online.pay(&begun, "declined").await["status"], "failed");
    online.app.sql("UPDATE payments SET attention = 'event_waits', attention_about = 'event_waits de_1'").await;
    online.gateway.fail_next("error", 1).await;
    let again = online.order(&begun, "retry", json!({})).await.expect(200);
    assert_eq!((&again.body["status"], &again.body["attention"]), (&json!("unknown"), &Value::Null));
    let about = "SELECT count(*) FROM payments WHERE attention_about IS NOT NULL";
    assert_eq!(online.app.number(about).await, 0);
}

/// A page that polls asks the gateway once in a while: meanwhile it is answered as soon as the payment changes, else as it is.
#[tokio::test]
async fn a_gateway_is_asked_for_a_payment_once_in_a_while() {
    let online = Online::new().await;
    let asked_at = async |when: &str| online.app.sql(&format!("UPDATE payments SET asked_at = {when}")).await;
    let refresh = async |payment: &Reply| {
        let path = format!("{PAYMENTS}/{}/refresh", payment.id());
        online.guest.send(http::Method::POST, &path, None).await.expect(200).body["status"].clone()
    };
    let lost = online.begin("120.00", json!({})).await;
    online.gateway.choose(page(&lost), "succeeds").await;
    online.gateway.take_events();
    asked_at("now() + interval '1 hour'").await;
    assert_eq!(refresh(&lost).await, "requires_action", "the gateway is not asked");
    asked_at("'2020-01-01'").await;
    assert_eq!(refresh(&lost).await, "captured");
    assert_eq!(online.app.number("SELECT count(*) FROM payments WHERE asked_at > '2020-01-01'").await, 1, "it is noted");

    let told = online.begin("80.00", json!({})).await;
    online.gateway.choose(page(&told), "succeeds").await;
    asked_at("now() + interval '1 hour'").await;
    let (polled, ()) = futures_util::join!(refresh(&told), online.tell());
    assert_eq!(polled, "captured", "somebody else was told meanwhile");
    online.app.assert_consistent().await;
}

/// T-pay-key: what was refused for good gets another key, and can succeed.
#[tokio::test]
async fn what_is_declined_can_be_tried_again_and_what_is_not_wanted_is_voided() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    let declined = online.pay(&begun, "declined").await;
    assert_eq!((&declined["status"], &declined["decline"]), (&json!("failed"), &json!("card_declined")));
    assert_eq!(online.owed().await, eur("200.00"));
    assert_eq!(online.order(&begun, "void", json!({})).await.expect(409).code(), "payments.illegal_move");
    let again = online.order(&begun, "retry", json!({})).await.expect(200);
    assert_eq!(
        (&again.body["status"], &again.body["decline"], again.body["attempts"].as_array().map(Vec::len)),
        (&json!("requires_action"), &Value::Null, Some(2))
    );
    assert_ne!(page(&again), page(&begun));
    let voided = online.order(&begun, "void", json!({})).await.expect(200);
    assert_eq!((&voided.body["status"], &voided.body["next_action"]), (&json!("voided"), &Value::Null));
    online.tell().await;
    assert_eq!(online.see(&begun).await["status"], "voided");
    assert_eq!(online.order(&begun, "retry", json!({})).await.expect(409).code(), "payments.illegal_move");
    pay(&online.hotel.manager, online.booking.id(), "200.00").await.expect(201);
    online.app.assert_consistent().await;
}

/// T-pay-early: the gateway sends its event inside of the call that makes the payment. It is kept and waits, is somebody's to
/// look at after 10 min, in the metric and at the desk, and counts as soon as the call is answered.
#[tokio::test]
async fn an_event_inside_of_the_call_that_it_is_about_waits_for_its_answer() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let online = Online::patient().await;
    let Online { app, gateway, hotel, .. } = &online;
    let with_status = async |status: &str| {
        let count = format!("SELECT count(*) FROM gateway_events WHERE status = '{status}'");
        app.number(&count).await
    };
    let at_desk = async || {
        let desk = hotel.manager.get(&format!("/v1/front-desk?property_id={}", hotel.id)).await.expect(200);
        desk.body["payments_attention"].clone()
    };
    let to_look_at = format!("{PAYMENTS}?property_id={}&needs_attention=true", hotel.id);

    let (made, go) = gateway.hold_next_page();
    let meanwhile = async {
        let made = made.await.expect("a payment");
        gateway.choose(made["url"].as_str().expect("a page"), "succeeds").await;
        online.tell().await;
        assert_eq!(with_status("unmatched").await, 1, "HBS does not know whose it is");
        assert_eq!(online.owed().await, eur("200.00"));
        for (now, alarms) in [("2026-12-01T12:09:00Z", 0), ("2026-12-01T12:11:00Z", 1)] {
            app.set_clock(now);
            online.reconcile().await;
            assert_eq!((with_status("unmatched").await, at_desk().await), (1, json!(alarms)), "at {now}");
            // The payment and the event.
            let told = metrics.render();
            assert!(told.contains(&format!("hbs_payments_attention {}\n", 2 * alarms)), "at {now}: {told}");
        }
        let marked = hotel.manager.get(&to_look_at).await.expect(200).body["items"][0].clone();
        assert_eq!(
            (&marked["id"], &marked["status"], &marked["attention"]),
            (&made["payment_id"], &json!("pending"), &json!("event_waits"))
        );
        go.send(()).expect("an order that is held back");
    };
    let (begun, ()) = futures_util::join!(online.begin("200.00", json!({})), meanwhile);
    assert_eq!(
        (&begun.body["status"], &begun.body["captured"], &begun.body["attention"]),
        (&json!("captured"), &eur("200.00"), &Value::Null),
        "the event counts with the answer"
    );
    assert_eq!((with_status("unmatched").await, with_status("applied").await, at_desk().await), (0, 1, json!(0)));
    assert_eq!((online.counts().await, online.owed().await), ((1, 1), eur("0.00")));
    online.reconcile().await;
    assert!(metrics.render().contains("hbs_payments_attention 0\n"));
    assert_eq!(app.number("SELECT count(*) FROM folio_entries WHERE kind = 'payment'").await, 1);
    assert_eq!(app.event_kinds().await.iter().filter(|kind| *kind == "payment.captured").count(), 1);
    app.assert_consistent().await;
}

/// T-pay-early: an event whose payment is known by then, and was not when it came, is acted on by the job.
#[tokio::test]
async fn an_event_that_comes_early_waits() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    online.gateway.choose(page(&begun), "succeeds").await;
    let known = "SELECT gateway_id, gateway_transaction_id FROM payments";
    let ids = online.app.rows(known).await;
    online.app.sql("UPDATE payments SET gateway_id = NULL").await;
    online.tell().await;
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'unmatched'").await, 1);
    let id = ids[0]["gateway_id"].as_str().expect("an id");
    online.app.sql(&format!("UPDATE payments SET gateway_id = '{id}'")).await;
    online.reconcile().await;
    assert_eq!(online.see(&begun).await["status"], "captured");
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'applied'").await, 1);
    online.app.assert_consistent().await;
}

/// T-pay-sig: what is forged, altered, old or from the future is refused, each by its code, and nothing is kept of it.
#[tokio::test]
async fn events_that_are_not_genuine_are_refused() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    online.gateway.choose(page(&begun), "succeeds").await;
    let (signature, body) = online.gateway.take_events().pop().expect("an event");
    #[expect(clippy::disallowed_methods, reason = "gateways sign by the time that there is")]
    let sign = |secret: &str, body: &str, minutes: i64| {
        hbs_demo_gateway::sign(secret, body.as_bytes(), (Utc::now() + TimeDelta::minutes(minutes)).timestamp())
    };
    let secret = online.gateway.secret.as_str();
    for (signature, body, code) in [
        (sign("another", &body, 0), body.clone(), "payments.event_forged"),
        (signature.clone(), body.replace(':', ": "), "payments.event_forged"),
        (sign(secret, &body, -30), body.clone(), "payments.event_too_old"),
        (sign(secret, &body, 30), body.clone(), "payments.event_too_early"),
        ("nonsense".to_owned(), body.clone(), "payments.event_unsigned"),
        (sign(secret, "{}", 0), "{}".to_owned(), "payments.event_unreadable"),
    ] {
        let refused = online.event(&signature, &body).await.expect(400);
        assert_eq!(refused.code(), code, "{}", refused.body);
    }
    let unsigned = online.app.anonymous().post(&format!("{PAYMENTS}/webhooks/demo"), &json!({})).await.expect(400);
    assert_eq!(unsigned.code(), "payments.event_unsigned");
    for absent in ["stripe", "paypal"] {
        online.app.anonymous().post(&format!("{PAYMENTS}/webhooks/{absent}"), &json!({})).await.expect(404);
    }
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events").await, 0);
    online.event(&signature, &body).await.expect(204);
    online.event(&signature, &body).await.expect(204);
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events").await, 1);
}

/// T-pay-expiry: what is authorized and not captured within a week is free again at the gateway. The folio is as it was, and the
/// desk has to look at it. That it is told a day before as well is in `rules`.
#[tokio::test]
async fn an_authorization_ends() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let begun = online.begin("200.00", json!({"capture": "manual"})).await;
    assert_eq!(online.pay(&begun, "succeeds").await["status"], "authorized");
    let folio = async || manager.get(&format!("/v1/folios/{}", online.booking.id())).await.expect(200).body["entries"].clone();
    let entries = folio().await;
    online.gateway.let_days_pass(8).await;
    // What the gateway tells by itself is lost.
    online.gateway.take_events();
    online.app.sql("UPDATE payments SET asked_at = '2020-01-01'").await;
    online.reconcile().await;
    let over = online.see(&begun).await;
    assert_eq!(
        (&over["status"], &over["authorized"], &over["captured"], &over["attention"]),
        (&json!("expired"), &eur("0.00"), &eur("0.00"), &json!("authorization_ends"))
    );
    assert_eq!((online.owed().await, folio().await), (eur("200.00"), entries));
    let at_desk = async || {
        let desk = manager.get(&format!("/v1/front-desk?property_id={}", online.hotel.id)).await.expect(200);
        desk.body["payments_attention"].clone()
    };
    assert_eq!(at_desk().await, 1);
    assert_eq!(online.order(&begun, "capture", json!({})).await.expect(409).code(), "payments.illegal_move");
    online.order(&begun, "acknowledge", json!({"reason": "They pay in cash"})).await.expect(200);
    online.order(&begun, "refresh", json!({})).await.expect(200);
    online.reconcile().await;
    assert_eq!(at_desk().await, 0, "it is not said again");
    online.app.assert_consistent().await;
}

#[tokio::test]
async fn without_a_gateway_nobody_pays_through_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let body = json!({"booking_id": booking.id(), "method": "gateway", "amount": eur("1.00")});
    assert_eq!(hotel.manager.post(PAYMENTS, &body).await.expect(409).code(), "payments.no_gateway");
    let capture = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("1.00"), "capture": "manual"});
    assert_eq!(hotel.manager.post(PAYMENTS, &capture).await.expect(422).pointers(), ["/capture"]);
    app.anonymous().post(&format!("{PAYMENTS}/webhooks/demo"), &json!({})).await.expect(404);
}

/// S5: a guest has so many payments of a folio under way and no more, however little each is over.
#[tokio::test]
async fn a_guest_has_so_many_payments_under_way_and_no_more() {
    let online = Online::new().await;
    let body = json!({"booking_id": online.booking.id(), "method": "gateway", "amount": eur("1.00")});
    let first = online.guest.post(PAYMENTS, &body).await.expect(201);
    for _ in 1..20 {
        online.guest.post(PAYMENTS, &body).await.expect(201);
    }
    let refused = online.guest.post(PAYMENTS, &body).await.expect(409);
    assert_eq!(refused.code(), "payments.too_many_under_way");
    assert_eq!(online.counts().await.0, 20, "nothing was ordered of the one too many");
    // What has ended leaves room, and staff are in nobody's way.
    online.order(&first, "void", json!({})).await.expect(200);
    online.guest.post(PAYMENTS, &body).await.expect(201);
    assert_eq!(online.guest.post(PAYMENTS, &body).await.expect(409).code(), "payments.too_many_under_way");
    online.begin("1.00", json!({})).await;
    online.app.assert_consistent().await;
}

/// Sent again with its key, a payment is one: at the gateway, too.
#[tokio::test]
async fn a_payment_that_is_sent_again_is_one() {
    let online = Online::new().await;
    let once = online.guest.with("idempotency-key", "once");
    let body = json!({"booking_id": online.booking.id(), "method": "gateway", "amount": eur("200.00")});
    let first = once.post(PAYMENTS, &body).await.expect(201);
    let again = once.post(PAYMENTS, &body).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(online.counts().await.0, 1);
    let other = json!({"booking_id": online.booking.id(), "method": "gateway", "amount": eur("1.00")});
    assert_eq!(once.post(PAYMENTS, &other).await.expect(409).code(), "idempotency.key_reused");
}

/// Guests are not shown what the hotel's people note and have to look at.
#[tokio::test]
async fn guests_do_not_see_what_the_hotel_has_to_look_at() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({"reference": "Ask Rui first"})).await;
    online.pay(&begun, "declined").await;
    online
        .app
        .sql("UPDATE payments SET attention = 'amount_differs'; UPDATE payment_attempts SET status = 'failed', fault = 'fraud'")
        .await;
    let (own, staffs) =
        (online.guest.get(&format!("{PAYMENTS}/{}", begun.id())).await.expect(200).body, online.see(&begun).await);
    for (member, shown) in [("reference", json!("Ask Rui first")), ("attention", json!("amount_differs"))] {
        assert_eq!((&own[member], &staffs[member]), (&Value::Null, &shown));
    }
    assert_eq!((&own["attempts"][0]["fault"], &staffs["attempts"][0]["fault"]), (&Value::Null, &json!("fraud")));
    assert_eq!(online.guest.get(PAYMENTS).await.expect(200).body["items"][0], own);
}

/// A folio without a booking has no other to which late money could go: it stays open until all of it has an end.
#[tokio::test]
async fn a_folio_is_not_closed_while_money_of_it_is_under_way() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let house = manager.post("/v1/folios", &json!({"property_id": online.hotel.id, "kind": "house"})).await.expect(201);
    let path = format!("/v1/folios/{}", house.id());
    let charged =
        manager.post(&format!("{path}/charges"), &json!({"description": "Bar", "amount": eur("10.00")})).await.expect(200);
    let body = json!({"folio_id": house.id(), "method": "gateway", "amount": eur("10.00")});
    let begun = manager.post(PAYMENTS, &body).await.expect(201);
    let entry = charged.body["entries"][0]["id"].clone();
    let correction = json!({"kind": "correction", "entry_id": entry, "reason": "Not theirs"});
    manager.post(&format!("{path}/adjustments"), &correction).await.expect(200);
    assert_eq!(manager.post(&format!("{path}/close"), &json!({})).await.expect(409).code(), "folio.money_under_way");
    online.order(&begun, "void", json!({})).await.expect(200);
    manager.post(&format!("{path}/close"), &json!({})).await.expect(200);
    online.app.assert_consistent().await;
}

/// Events of whoever else uses the gateway's account are no alarm, are not looked for for ever, and are removed after a while.
#[tokio::test]
async fn events_of_strangers_are_forgotten() {
    let online = Online::new().await;
    let app = &online.app;
    app.sql(
        "INSERT INTO gateway_events (provider, id, kind, status, told_payment_id, told_ids, occurred_at, created_at, updated_at)
         SELECT 'demo', 'de_' || n, 'payment.captured', CASE n WHEN 4 THEN 'parked' ELSE 'unmatched' END,
                CASE WHEN n = 2 THEN gen_random_uuid() END, ARRAY['dp_of_others'], at, at, at
         FROM (VALUES (1, '2026-12-01T11:00:00Z'::timestamptz), (2, '2026-12-01T11:00:00Z'), (3, '2026-10-01T00:00:00Z'),
                      (4, '2026-10-01T00:00:00Z')) events (n, at)",
    )
    .await;
    online.reconcile().await;
    let tried = "SELECT count(*) FROM gateway_events WHERE updated_at > created_at";
    assert_eq!(app.number(tried).await, 2, "those of the last day");
    for job in hbs::server::jobs().iter().filter(|job| job.name == "payments.forget_events") {
        (job.run)(app.app.clone()).await.expect(job.name);
    }
    let left = app.rows("SELECT id FROM gateway_events ORDER BY id").await;
    let left: Vec<&str> = left.iter().filter_map(|row| row["id"].as_str()).collect();
    assert_eq!(left, ["de_1", "de_2", "de_4"], "what is parked stays");
}

/// T-pay-500: an event whose handler fails is kept, and counts once when it comes again.
#[tokio::test]
async fn an_event_whose_handler_fails_is_kept_and_counts_once() {
    let online = Online::new().await;
    let app = &online.app;
    let begun = online.begin("200.00", json!({})).await;
    online.gateway.choose(page(&begun), "succeeds").await;
    let events = online.gateway.take_events();
    app.sql(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION fail();",
    )
    .await;
    for (signature, body) in &events {
        assert_eq!(online.event(signature, body).await.status, 500);
    }
    assert_eq!(app.number("SELECT count(*) FROM gateway_events WHERE status = 'received'").await, 1);
    assert_eq!(online.owed().await, eur("200.00"));
    app.sql("DROP TRIGGER fail ON payments; DROP FUNCTION fail();").await;
    for (signature, body) in events.iter().chain(&events) {
        online.event(signature, body).await.expect(204);
    }
    assert_eq!(online.see(&begun).await["status"], "captured");
    assert_eq!(app.number("SELECT count(*) FROM folio_entries WHERE kind = 'payment'").await, 1);
    assert_eq!(app.number("SELECT count(*) FROM gateway_events WHERE status = 'applied'").await, 1);
    app.assert_consistent().await;
}

/// T-pay-tamper: an event of another amount than the gateway has is put aside, moves no money, and the desk is told.
#[tokio::test]
async fn an_event_that_was_tampered_with_is_put_aside() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    online.gateway.choose(page(&begun), "succeeds").await;
    let (_, body) = online.gateway.take_events().pop().expect("an event");
    let mut event: Value = serde_json::from_str(&body).expect("JSON");
    event["amount"] = json!(1);
    let body = event.to_string();
    #[expect(clippy::disallowed_methods, reason = "gateways sign by the time that there is")]
    let signature = hbs_demo_gateway::sign(&online.gateway.secret, body.as_bytes(), Utc::now().timestamp());
    online.event(&signature, &body).await.expect(204);
    let marked = online.see(&begun).await;
    assert_eq!((&marked["attention"], &marked["captured"]), (&json!("amount_differs"), &eur("0.00")));
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'parked'").await, 1);
    let desk = online.hotel.manager.get(&format!("/v1/front-desk?property_id={}", online.hotel.id)).await.expect(200);
    assert_eq!(desk.body["payments_attention"], 1);
    // What the gateway has counts: it is asked again.
    online.app.sql("UPDATE payments SET asked_at = '2020-01-01'").await;
    online.reconcile().await;
    let paid = online.see(&begun).await;
    assert_eq!((&paid["status"], &paid["attention"]), (&json!("captured"), &Value::Null));
    online.app.assert_consistent().await;
}

/// An event that was tampered with is put aside as well where something was paid back: the amount of the payment is what it was.
#[tokio::test]
async fn an_event_of_a_refunded_payment_that_was_tampered_with_is_put_aside() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!(online.pay(&begun, "succeeds").await["status"], "captured");
    let refund = json!({"payment_id": begun.id(), "amount": eur("60.00"), "reason": "Noise"});
    let refund = online.hotel.manager.post("/v1/refunds", &refund).await.expect(201);
    let other = online.app.staff(&["refunds:approve", "payments:read"], Some(&online.hotel.id)).await;
    let approved = other.post(&format!("/v1/refunds/{}/approve", refund.id()), &json!({})).await.expect(200);
    assert_eq!(approved.body["status"], "completed");
    // What the gateway tells of the refund is its own amount.
    online.tell().await;
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'parked'").await, 0);
    let (signature, body) = online.event_of(&begun, "succeeded");
    online.event(&signature, &body).await.expect(204);
    assert_eq!(online.app.number("SELECT count(*) FROM gateway_events WHERE status = 'parked'").await, 1);
    let marked = online.see(&begun).await;
    assert_eq!((&marked["attention"], &marked["refunded"]), (&json!("amount_differs"), &eur("60.00")));
    online.app.assert_consistent().await;
}

/// What somebody has looked at is not said again, until something else is told; what was put aside is settled.
#[tokio::test]
async fn what_somebody_has_looked_at_needs_no_attention() {
    let online = Online::new().await;
    let manager = &online.hotel.manager;
    let begun = online.begin("200.00", json!({})).await;
    assert_eq!(online.pay(&begun, "disputed_later").await["status"], "captured");
    let (signature, body) = online.event_of(&begun, "succeeded");
    online.event(&signature, &body).await.expect(204);
    online.gateway.let_days_pass(4).await;
    online.tell().await;
    let disputed = online.see(&begun).await;
    assert_eq!((&disputed["attention"], &disputed["dispute"]), (&json!("disputed"), &json!("open")));
    let parked = "SELECT count(*) FROM gateway_events WHERE status = 'parked'";
    assert_eq!(online.app.number(parked).await, 1);
    let reason = json!({"reason": "Answered at the gateway"});
    assert_eq!(online.order(&begun, "acknowledge", json!({"reason": ""})).await.expect(422).pointers(), ["/reason"]);
    let seen = online.order(&begun, "acknowledge", reason.clone()).await.expect(200);
    assert_eq!((&seen.body["attention"], &seen.body["dispute"]), (&Value::Null, &json!("open")));
    assert_eq!(online.app.number(parked).await, 0);
    let told = online.app.event_kinds().await;
    assert_eq!(told.iter().filter(|kind| *kind == "payment.acknowledged").count(), 1);
    let desk = manager.get(&format!("/v1/front-desk?property_id={}", online.hotel.id)).await.expect(200);
    assert_eq!(desk.body["payments_attention"], 0);
    // Told again, it is the same dispute, and nothing is left to be acknowledged.
    let (signature, body) = online.event_over(&begun, "dispute", 20_000);
    online.event(&signature, &body).await.expect(204);
    assert_eq!(online.see(&begun).await["attention"], Value::Null);
    let again = online.order(&begun, "acknowledge", reason).await.expect(200);
    assert_eq!(again.body["version"], online.see(&begun).await["version"]);
    assert_eq!(online.app.event_kinds().await.iter().filter(|kind| *kind == "payment.acknowledged").count(), 1);
    // Once it is lost, it is something else.
    online.gateway.let_days_pass(8).await;
    online.tell().await;
    let lost = online.see(&begun).await;
    assert_eq!((&lost["attention"], &lost["dispute"], &lost["lost"]), (&json!("disputed"), &json!("lost"), &eur("200.00")));
    online.app.assert_consistent().await;
}

/// A dry run of giving a payment up tells what becomes of it, and asks no gateway.
#[tokio::test]
async fn a_dry_run_of_a_void_tells_what_the_deed_does() {
    let online = Online::new().await;
    let begun = online.begin("200.00", json!({"capture": "manual"})).await;
    assert_eq!(online.pay(&begun, "succeeds").await["status"], "authorized");
    let told = |payment: &Value| {
        let attempts = payment["attempts"].as_array().expect("attempts").iter();
        let attempts: Value = attempts.map(|attempt| json!([attempt["kind"], attempt["status"], attempt["amount"]])).collect();
        let members = ["status", "amount", "authorized", "captured", "released", "capture_before", "next_action", "version"];
        let members: Value = members.iter().map(|name| payment[*name].clone()).collect();
        json!([members, attempts])
    };
    let dry = online.order(&begun, "void?dry_run=true", json!({})).await.expect(200);
    assert_eq!((&dry.body["status"], &dry.body["authorized"]), (&json!("voided"), &eur("0.00")));
    assert_eq!(online.see(&begun).await["status"], "authorized", "nothing is done");
    let done = online.order(&begun, "void", json!({})).await.expect(200);
    assert_eq!(told(&dry.body), told(&done.body));
    online.app.assert_consistent().await;
}
