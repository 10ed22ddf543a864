//! Stripe's client against recorded shapes: which requests it makes, and what it reads from answers and events.
use super::{eur, guarantee_order, order};
use crate::faults::free_address;
use crate::support::Log;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta};
use hbs::clock::Clock;
use hbs::gateways::{
    Capture, Charge, Checkout, Decline, DisputeStatus, EventFault, GatewayError, GatewayIds, GatewayPayment, GatewayRefundStatus,
    GatewayStatus, Guarantee, PaymentGateway, Purpose, RefundOrder, Stripe,
};
use hbs::money::Money;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const KEY: &str = "sk_test_of_a_test";
const WEBHOOK_SECRET: &str = "whsec_of_a_test";

/// A server that answers as it was told, and keeps what it was asked.
#[derive(Clone, Default)]
struct Recorded {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

/// A request: `POST /path`, its form or query, and its headers.
#[derive(Debug, Clone)]
struct Request {
    line: String,
    form: BTreeMap<String, String>,
    headers: HeaderMap,
}

impl Recorded {
    async fn start() -> (Self, Stripe) {
        let recorded = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new().fallback(answer).with_state(recorded.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        let stripe = Stripe::new(&url, KEY, WEBHOOK_SECRET, Duration::from_secs(1)).expect("a client");
        (recorded, stripe)
    }

    fn answer_with(&self, answers: impl IntoIterator<Item = (u16, Value)>) -> &Self {
        self.answers.lock().expect("no panic").extend(answers);
        self
    }

    /// Takes what it was asked since the last time.
    fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.asked.lock().expect("no panic"))
    }

    fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|request| request.line).collect()
    }
}

async fn answer(
    State(recorded): State<Recorded>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let form = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { &body };
    let form = form_urlencoded::parse(form).into_owned().collect();
    recorded.asked.lock().expect("no panic").push(Request { line: format!("{method} {}", uri.path()), form, headers });
    let answer = recorded.answers.lock().expect("no panic").pop_front();
    let Some((status, body)) = answer else {
        // An answer that never comes.
        std::future::pending::<()>().await;
        unreachable!();
    };
    let mut replayed = HeaderMap::new();
    if body["replayed"] == true {
        replayed.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    (StatusCode::from_u16(status).expect("a status"), replayed, axum::Json(body))
}

/// A Checkout Session as Stripe answers it, with what differs.
fn session(change: Value) -> Value {
    merged(
        json!({
            "id": "cs_test_a1rUBVjKxjzYnnn8iiYRZfGk538064", "object": "checkout.session", "after_expiration": null,
            "amount_subtotal": 10000, "amount_total": 10000, "automatic_tax": {"enabled": false, "status": null},
            "cancel_url": "https://hotel.example/not-paid", "client_reference_id": null, "created": 1_790_000_000,
            "currency": "eur", "customer": null, "customer_creation": "if_required", "expires_at": 1_790_003_600,
            "livemode": false, "locale": "en", "metadata": {}, "mode": "payment", "payment_intent": null,
            "payment_method_types": ["card"], "payment_status": "unpaid", "setup_intent": null, "status": "open",
            "success_url": "https://hotel.example/paid",
            "url": "https://checkout.stripe.com/c/pay/cs_test_a1rUBVjKxjzYnnn8iiYRZfGk538064"
        }),
        change,
    )
}

/// A PaymentIntent with its charge.
fn intent(change: Value) -> Value {
    merged(
        json!({
            "id": "pi_3PBW8nRxqlZt79sD1HEouJ4Z", "object": "payment_intent", "amount": 10000, "amount_capturable": 0,
            "amount_received": 10000, "application": null, "canceled_at": null, "cancellation_reason": null,
            "capture_method": "automatic", "created": 1_790_000_000, "currency": "eur", "customer": null,
            "last_payment_error": null, "livemode": false, "metadata": {}, "next_action": null,
            "payment_method": "pm_1PBW8nRxqlZt79sDx", "setup_future_usage": null, "status": "succeeded",
            "latest_charge": {
                "id": "ch_3PBW8nRxqlZt79sD1", "object": "charge", "amount": 10000, "amount_captured": 10000, "amount_refunded": 0,
                "captured": true, "disputed": false, "paid": true, "status": "succeeded",
                "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
            }
        }),
        change,
    )
}

fn merged(mut object: Value, change: Value) -> Value {
    match (&mut object, change) {
        (Value::Object(fields), Value::Object(changes)) => {
            for (name, change) in changes {
                let field = fields.remove(&name).unwrap_or(Value::Null);
                fields.insert(name, if change.is_object() && field.is_object() { merged(field, change) } else { change });
            }
            object
        }
        (_, change) => change,
    }
}

fn ids(id: &str) -> GatewayIds {
    GatewayIds { id: id.into(), transaction_id: None }
}

fn fields(request: &Request, names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|name| request.form.get(*name).cloned()).collect()
}

fn some<const N: usize>(values: [&str; N]) -> Vec<Option<String>> {
    values.into_iter().map(|value| Some(value.to_owned())).collect()
}

#[tokio::test]
async fn a_page_is_ordered_as_a_checkout_session() {
    let (recorded, stripe) = Recorded::start().await;
    let (key, order) = (Uuid::now_v7(), order(Capture::Manual));
    recorded.answer_with([(200, session(json!({})))]);
    let payment = stripe.checkout(key, &order).await.expect("a page");
    assert_eq!(payment.ids, ids("cs_test_a1rUBVjKxjzYnnn8iiYRZfGk538064"));
    assert_eq!((payment.status, payment.amount, payment.captured), (GatewayStatus::Open, eur("100.00"), eur("0.00")));
    assert_eq!(payment.page.as_deref(), Some("https://checkout.stripe.com/c/pay/cs_test_a1rUBVjKxjzYnnn8iiYRZfGk538064"));

    let request = recorded.asked().pop().expect("a request");
    assert_eq!(request.line, "POST /v1/checkout/sessions");
    let header = |name: &str| request.headers[name].to_str().expect("text").to_owned();
    assert_eq!(header("authorization"), format!("Bearer {KEY}"));
    assert_eq!((header("idempotency-key"), header("stripe-version")), (key.to_string(), "2025-03-31.basil".into()));
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    let (payment_id, key) = (order.payment_id.to_string(), key.to_string());
    let expires_at = order.expires_at.timestamp().to_string();
    let expected: BTreeMap<String, String> = [
        ("mode", "payment"),
        ("success_url", "https://hotel.example/paid?b=1&c=2"),
        ("cancel_url", "https://hotel.example/not-paid"),
        ("expires_at", &expires_at),
        ("locale", "en"),
        ("customer_email", "ada@guest.example"),
        ("client_reference_id", &payment_id),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "10000"),
        ("line_items[0][price_data][product_data][name]", "Booking HBS-7K2M9QXT at Hotel Miramar"),
        ("payment_intent_data[capture_method]", "manual"),
        ("payment_intent_data[description]", "Booking HBS-7K2M9QXT at Hotel Miramar"),
        ("payment_intent_data[metadata][hbs_key]", &key),
        ("payment_intent_data[metadata][hbs_payment]", &payment_id),
        ("metadata[hbs_key]", &key),
        ("metadata[hbs_payment]", &payment_id),
        ("expand[]", "setup_intent"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    assert_eq!(request.form, expected);
}

#[tokio::test]
async fn a_guarantee_is_ordered_without_an_amount_and_charged_without_its_owner() {
    let (recorded, stripe) = Recorded::start().await;
    let setup = json!({"mode": "setup", "amount_total": null, "currency": null, "metadata": {"hbs_currency": "eur"}});
    recorded.answer_with([(200, session(setup.clone()))]);
    let payment = stripe.checkout(Uuid::now_v7(), &guarantee_order()).await.expect("a page");
    assert_eq!((payment.status, payment.amount), (GatewayStatus::Open, eur("0.00")));
    let request = recorded.asked().pop().expect("a request");
    let names = ["mode", "currency", "customer_creation", "metadata[hbs_currency]", "line_items[0][quantity]"];
    assert_eq!(fields(&request, &names), [some(["setup", "eur", "always", "eur"]), vec![None]].concat());
    assert!(request.form.contains_key("setup_intent_data[metadata][hbs_payment]"), "{request:?}");

    let stored = json!({"id": "seti_1", "object": "setup_intent", "status": "succeeded", "customer": "cus_1",
        "payment_method": "pm_1", "last_setup_error": null});
    let complete = merged(setup.clone(), json!({"status": "complete", "url": null, "setup_intent": stored}));
    recorded.answer_with([(200, session(complete))]);
    let payment = stripe.payment(&payment.ids).await.expect("a payment");
    let guarantee = Guarantee { customer_id: "cus_1".into(), method_id: "pm_1".into() };
    assert_eq!((payment.status, payment.guarantee), (GatewayStatus::Stored, Some(guarantee.clone())));
    assert_eq!(payment.ids.transaction_id.as_deref(), Some("seti_1"));
    recorded.asked();

    let charge = Charge {
        payment_id: Uuid::now_v7(),
        guarantee,
        amount: eur("80.00"),
        capture: Capture::Automatic,
        description: "No-show fee".into(),
    };
    recorded.answer_with([(200, intent(json!({"amount": 8000, "amount_received": 8000})))]);
    let charged = stripe.charge(Uuid::now_v7(), &charge).await.expect("charged");
    assert_eq!((charged.status, charged.captured), (GatewayStatus::Captured, eur("80.00")));
    let request = recorded.asked().pop().expect("a request");
    assert_eq!(request.line, "POST /v1/payment_intents");
    let names = ["amount", "currency", "customer", "payment_method", "confirm", "off_session", "error_on_requires_action"];
    assert_eq!(fields(&request, &names), some(["8000", "eur", "cus_1", "pm_1", "true", "true", "true"]));

    let pay = Purpose::Pay { amount: eur("100.00"), capture: Capture::Automatic, stores_guarantee: true };
    recorded.answer_with([(200, session(json!({})))]);
    stripe.checkout(Uuid::now_v7(), &Checkout { purpose: pay, ..order(Capture::Automatic) }).await.expect("a page");
    let request = recorded.asked().pop().expect("a request");
    let names = ["payment_intent_data[setup_future_usage]", "customer_creation", "payment_intent_data[capture_method]"];
    assert_eq!(fields(&request, &names), some(["off_session", "always", "automatic"]));
}

/// A payment's state, with what can be captured, was captured and was refunded.
fn state(payment: &GatewayPayment) -> (GatewayStatus, [String; 3]) {
    (payment.status, [payment.capturable, payment.captured, payment.refunded].map(Money::amount))
}

#[tokio::test]
async fn states_are_read_from_sessions_and_intents() {
    use GatewayStatus::{Authorized, Captured, Expired, Failed, Open, Processing, Voided};
    let (recorded, stripe) = Recorded::start().await;
    let nothing = ["0.00", "0.00", "0.00"];
    let refused = json!({"code": "card_declined", "decline_code": "insufficient_funds", "type": "card_error"});
    for (of_session, of_intent, status, amounts) in [
        ("open", None, Open, nothing),
        // Somebody tried, and may try again on the same page.
        (
            "open",
            Some(json!({"status": "requires_payment_method", "amount_received": 0, "latest_charge": null,
                "last_payment_error": refused})),
            Open,
            nothing,
        ),
        ("expired", None, Expired, nothing),
        ("complete", None, Processing, nothing),
        ("complete", Some(json!({"status": "processing", "amount_received": 0})), Processing, nothing),
        (
            "complete",
            Some(json!({"status": "requires_capture", "amount_received": 0, "amount_capturable": 10000})),
            Authorized,
            ["100.00", "0.00", "0.00"],
        ),
        ("complete", Some(json!({})), Captured, ["0.00", "100.00", "0.00"]),
        (
            "complete",
            Some(json!({"amount_received": 6000, "latest_charge": {"amount_refunded": 1000}})),
            Captured,
            ["0.00", "60.00", "10.00"],
        ),
        ("complete", Some(json!({"status": "requires_payment_method", "amount_received": 0})), Failed, nothing),
        ("complete", Some(json!({"status": "canceled", "amount_received": 0})), Voided, nothing),
        (
            "complete",
            Some(json!({"status": "canceled", "amount_received": 0, "cancellation_reason": "expired"})),
            Expired,
            nothing,
        ),
        (
            "complete",
            Some(json!({"status": "canceled", "amount_received": 0, "cancellation_reason": "automatic"})),
            Expired,
            nothing,
        ),
    ] {
        let is_tried = of_session == "open" && of_intent.is_some();
        let answer = session(json!({"status": of_session, "payment_intent": of_intent.map(intent)}));
        recorded.answer_with([(200, answer.clone())]);
        let payment = stripe.payment(&ids("cs_test_1")).await.expect("a payment");
        assert_eq!(state(&payment), (status, amounts.map(String::from)), "{answer}");
        assert_eq!(payment.page.is_some(), status == Open, "{answer}");
        assert_eq!(payment.decline, is_tried.then_some(Decline::InsufficientFunds), "{answer}");
        let request = recorded.asked().pop().expect("a request");
        assert_eq!(request.line, "GET /v1/checkout/sessions/cs_test_1");
        assert_eq!(request.headers["stripe-version"], "2025-03-31.basil");
    }

    // The end of an authorization, a guarantee that was left with a payment, and amounts of other currencies.
    let card = json!({"payment_method_details": {"card": {"capture_before": 1_790_600_000}}});
    recorded.answer_with([(
        200,
        intent(json!({"status": "requires_capture", "amount_capturable": 10000, "amount_received": 0,
        "setup_future_usage": "off_session", "customer": "cus_1", "latest_charge": card})),
    )]);
    let payment = stripe.payment(&ids("pi_1")).await.expect("a payment");
    assert_eq!(payment.capture_before, DateTime::from_timestamp(1_790_600_000, 0));
    assert_eq!(payment.guarantee.map(|guarantee| guarantee.customer_id).as_deref(), Some("cus_1"));
    for (number, currency, amount) in [(500, "jpy", "500"), (500, "isk", "5"), (5120, "kwd", "5.120"), (5, "mga", "5.00")] {
        recorded.answer_with([(200, intent(json!({"amount": number, "amount_received": number, "currency": currency})))]);
        let payment = stripe.payment(&ids("pi_1")).await.expect("a payment");
        assert_eq!((payment.amount.amount(), payment.captured.amount()), (amount.to_owned(), amount.to_owned()));
    }
    recorded.answer_with([(200, intent(json!({"currency": "zzz"})))]);
    let error = stripe.payment(&ids("pi_1")).await.expect_err("no currency");
    assert_eq!(error, GatewayError::Unclear("the gateway's answer is not as expected"));
}

#[tokio::test]
async fn a_dispute_is_looked_up_where_there_is_one() {
    let (recorded, stripe) = Recorded::start().await;
    for (status, expected) in [
        ("needs_response", Some(DisputeStatus::Open)),
        ("under_review", Some(DisputeStatus::Open)),
        ("won", Some(DisputeStatus::Won)),
        ("lost", Some(DisputeStatus::Lost)),
        ("warning_needs_response", None),
    ] {
        let dispute = json!({"id": "dp_1", "object": "dispute", "amount": 10000, "currency": "eur", "status": status,
            "evidence_details": {"due_by": 1_790_700_000}});
        recorded.answer_with([
            (200, session(json!({"status": "complete", "payment_intent": intent(json!({"latest_charge": {"disputed": true}}))}))),
            (200, json!({"object": "list", "data": [dispute], "has_more": false})),
        ]);
        let payment = stripe.payment(&ids("cs_test_1")).await.expect("a payment");
        assert_eq!(payment.dispute.as_ref().map(|dispute| dispute.status), expected);
        assert_eq!(payment.dispute.map(|dispute| dispute.amount), expected.map(|_| eur("100.00")));
        let asked = recorded.asked();
        assert_eq!(asked[1].line, "GET /v1/disputes");
        assert_eq!(asked[1].form["payment_intent"], "pi_3PBW8nRxqlZt79sD1HEouJ4Z");
    }
}

#[tokio::test]
async fn captures_voids_and_refunds_go_to_the_intent() {
    let (recorded, stripe) = Recorded::start().await;
    let of_session = ids("cs_test_1");
    let known = GatewayIds { transaction_id: Some("pi_1".into()), ..of_session.clone() };
    let authorized = || intent(json!({"status": "requires_capture", "amount_capturable": 10000, "amount_received": 0}));
    let complete = |intent: Value| session(json!({"id": "cs_test_1", "status": "complete", "payment_intent": intent}));

    // Without the intent's id the session is asked for it.
    recorded.answer_with([(200, complete(authorized())), (200, intent(json!({"amount_received": 6000})))]);
    let captured = stripe.capture(Uuid::now_v7(), &of_session, eur("60.00")).await.expect("captured");
    assert_eq!((captured.captured, captured.ids.id.as_str()), (eur("60.00"), "cs_test_1"));
    let asked = recorded.asked();
    assert_eq!(asked[1].line, "POST /v1/payment_intents/pi_3PBW8nRxqlZt79sD1HEouJ4Z/capture");
    assert_eq!(asked[1].form["amount_to_capture"], "6000");
    recorded.answer_with([(200, session(json!({})))]);
    let error = stripe.capture(Uuid::now_v7(), &of_session, eur("60.00")).await.expect_err("nobody has paid");
    assert_eq!(error, GatewayError::Refused { code: "nothing_paid_yet".into() });
    recorded.asked();

    // An open page is closed, authorized money is given up, and what is over is left alone.
    let key = Uuid::now_v7();
    recorded.answer_with([(200, session(json!({}))), (200, session(json!({"status": "expired", "url": null})))]);
    let voided = stripe.void(key, &of_session).await.expect("closed");
    assert_eq!((voided.status, voided.page), (GatewayStatus::Voided, None));
    let asked = recorded.asked();
    assert_eq!(asked[1].line, "POST /v1/checkout/sessions/cs_test_1/expire");
    assert_eq!(asked[1].headers["idempotency-key"], format!("{key}-page"));
    let canceled = || intent(json!({"status": "canceled", "amount_received": 0, "cancellation_reason": "requested_by_customer"}));
    recorded.answer_with([(200, complete(authorized())), (200, complete(authorized())), (200, canceled())]);
    let voided = stripe.void(key, &known).await.expect("given up");
    assert_eq!((voided.status, voided.ids.id.as_str()), (GatewayStatus::Voided, "cs_test_1"));
    let asked = recorded.asked();
    assert_eq!(asked[2].line, "POST /v1/payment_intents/pi_3PBW8nRxqlZt79sD1HEouJ4Z/cancel");
    assert_eq!(asked[2].headers["idempotency-key"], format!("{key}-cancel"));
    recorded.answer_with([(200, complete(canceled())), (200, complete(canceled()))]);
    assert_eq!(stripe.void(key, &known).await.expect("over").status, GatewayStatus::Voided);
    assert!(recorded.lines().iter().all(|line| line.starts_with("GET ")));

    let (key, order) = (Uuid::now_v7(), RefundOrder { ids: known, refund_id: Uuid::now_v7(), amount: eur("25.00") });
    for (status, expected) in [
        ("pending", GatewayRefundStatus::Pending),
        ("requires_action", GatewayRefundStatus::Pending),
        ("succeeded", GatewayRefundStatus::Succeeded),
        ("failed", GatewayRefundStatus::Failed),
        ("canceled", GatewayRefundStatus::Failed),
    ] {
        let refund = json!({"id": "re_1", "object": "refund", "amount": 2500, "currency": "eur", "payment_intent": "pi_1",
            "status": status, "metadata": {"hbs_refund": order.refund_id, "hbs_key": key}});
        recorded.answer_with([(200, refund.clone()), (200, refund)]);
        let refunded = stripe.refund(key, &order).await.expect("refunded");
        assert_eq!((refunded.status, refunded.amount, refunded.refund_id), (expected, eur("25.00"), Some(order.refund_id)));
        assert_eq!(stripe.refund_by_id("re_1").await, Ok(refunded));
        let asked = recorded.asked();
        assert_eq!((asked[0].line.as_str(), asked[1].line.as_str()), ("POST /v1/refunds", "GET /v1/refunds/re_1"));
        assert_eq!(fields(&asked[0], &["payment_intent", "amount"]), some(["pi_1", "2500"]));
    }
}

#[tokio::test]
async fn amounts_that_stripe_cannot_say_are_refused_before_it_is_asked() {
    let (recorded, stripe) = Recorded::start().await;
    let amount = Money::parse("5.124", "KWD".parse().expect("KWD")).expect("an amount");
    let unsupported = GatewayError::Refused { code: "amount_not_supported".into() };
    let purpose = Purpose::Pay { amount, capture: Capture::Automatic, stores_guarantee: false };
    let order = Checkout { purpose, ..order(Capture::Automatic) };
    assert_eq!(stripe.checkout(Uuid::now_v7(), &order).await.expect_err("thousandths"), unsupported);
    assert_eq!(stripe.capture(Uuid::now_v7(), &ids("pi_1"), amount).await.expect_err("thousandths"), unsupported);
    let refund = RefundOrder { ids: ids("pi_1"), refund_id: Uuid::now_v7(), amount };
    assert_eq!(stripe.refund(Uuid::now_v7(), &refund).await.expect_err("thousandths"), unsupported);
    assert!(recorded.asked().is_empty());
}

/// S12: the log says where an answer is not as expected, and nothing of what it says of people.
#[tokio::test]
async fn what_a_gateway_answers_is_not_in_the_log() {
    let (recorded, stripe) = Recorded::start().await;
    let log = Log::default();
    let guard = log.listen(tracing::Level::WARN);
    for body in [json!("ana@example.com"), session(json!({"amount_total": "ana@example.com"}))] {
        recorded.answer_with([(200, body)]);
        let error = stripe.checkout(Uuid::now_v7(), &order(Capture::Automatic)).await.expect_err("a failure");
        assert_eq!(error, GatewayError::Unclear("the gateway's answer is not as expected"));
    }
    drop(guard);
    let text = log.text();
    assert_eq!(text.matches("a gateway's answer is not as expected").count(), 2, "{text}");
    assert!(text.contains("line=1") && !text.contains("ana@example.com"), "{text}");
}

/// S1: failures say whether something may have been done. An answer without end is read so far and no further, and nobody knows
/// what it was.
#[tokio::test]
async fn failures_are_definite_or_ambiguous() {
    let (recorded, stripe) = Recorded::start().await;
    let order = order(Capture::Automatic);
    let fault = |kind: &str, code: &str, decline_code: Option<&str>| {
        json!({"error": {"type": kind, "code": code, "decline_code": decline_code, "message": "A text for people.",
            "request_log_url": "https://dashboard.stripe.com/test/logs/req_1"}})
    };
    let refused = |code: &str| GatewayError::Refused { code: code.into() };
    let declined = GatewayError::Declined;
    let unclear = GatewayError::Unclear;
    for (status, body, expected, keeps_key) in [
        (402, fault("card_error", "card_declined", Some("insufficient_funds")), declined(Decline::InsufficientFunds), false),
        (402, fault("card_error", "card_declined", Some("lost_card")), declined(Decline::CardDeclined), false),
        (402, fault("card_error", "expired_card", None), declined(Decline::ExpiredCard), false),
        (402, fault("card_error", "authentication_required", None), declined(Decline::AuthenticationRequired), false),
        (
            402,
            fault("card_error", "card_declined", Some("authentication_required")),
            declined(Decline::AuthenticationRequired),
            false,
        ),
        (402, fault("card_error", "payment_intent_authentication_failure", None), declined(Decline::AuthenticationFailed), false),
        (400, fault("invalid_request_error", "amount_too_small", None), refused("amount_too_small"), false),
        (404, fault("invalid_request_error", "resource_missing", None), refused("resource_missing"), false),
        (401, fault("invalid_request_error", "api_key_expired", None), refused("unauthorized"), false),
        (403, fault("invalid_request_error", "more_permissions_required", None), refused("unauthorized"), false),
        (400, fault("idempotency_error", "", None), unclear("the gateway has another order with this key"), true),
        (400, json!("<html>"), unclear("the gateway's refusal is not as expected"), true),
        (
            409,
            fault("invalid_request_error", "idempotency_key_in_use", None),
            unclear("the gateway is at work on the same order"),
            true,
        ),
        (
            429,
            fault("rate_limit_error", "rate_limit", None),
            GatewayError::NotDone("the gateway takes no more requests for now"),
            true,
        ),
        (500, fault("api_error", "", None), unclear("the gateway failed"), true),
        (503, json!("<html>"), unclear("the gateway failed"), true),
        (500, json!({"replayed": true}), GatewayError::Stuck, true),
        (302, json!({}), unclear("the gateway failed"), true),
        (200, json!({"object": "list"}), unclear("the gateway's answer is not as expected"), true),
        (200, json!({"id": "x".repeat(5 * 1024 * 1024)}), unclear("the gateway's answer is too long"), true),
        (402, json!({"error": "x".repeat(5 * 1024 * 1024)}), unclear("the gateway's answer is too long"), true),
    ] {
        recorded.answer_with([(status, body)]);
        let error = stripe.checkout(Uuid::now_v7(), &order).await.expect_err("a failure");
        assert_eq!((&error, error.keeps_key()), (&expected, keeps_key), "{status}");
        assert!(!format!("{error} {error:?}").contains(KEY));
    }
    // No answer at all, and nobody there.
    let error = stripe.checkout(Uuid::now_v7(), &order).await.expect_err("no answer");
    assert_eq!(error, unclear("the gateway did not answer in time"));
    let nobody = Stripe::new(&format!("http://{}", free_address()), KEY, "", Duration::from_secs(1)).expect("a client");
    let error = nobody.checkout(Uuid::now_v7(), &order).await.expect_err("nobody");
    assert_eq!(error, GatewayError::NotDone("the gateway cannot be reached"));
}

#[tokio::test]
async fn what_an_order_has_made_is_found_by_its_key() {
    let (recorded, stripe) = Recorded::start().await;
    let (key, ordered_at) = (Uuid::now_v7(), Clock::real_now() - TimeDelta::days(3));
    let list = |data: Vec<Value>, has_more: bool| (200, json!({"object": "list", "data": data, "has_more": has_more}));
    let other = || session(json!({"id": "cs_test_other", "metadata": {"hbs_key": Uuid::now_v7()}}));
    let foreign = || session(json!({"id": "cs_test_foreign", "metadata": {"hbs_key": "not a key", "order": "7"}}));

    // On the second page of the sessions.
    let wanted = session(json!({"id": "cs_test_wanted", "metadata": {"hbs_key": key}}));
    recorded.answer_with([list(vec![foreign(), other()], true), list(vec![wanted.clone()], false), (200, wanted)]);
    let found = stripe.find_payment(key, ordered_at).await.expect("looked up").expect("found");
    assert_eq!((found.ids.id.as_str(), found.page.is_some()), ("cs_test_wanted", true));
    let asked = recorded.asked();
    let (from, to) =
        ((ordered_at - TimeDelta::minutes(10)).timestamp(), (ordered_at + TimeDelta::minutes(24 * 60 + 10)).timestamp());
    let names = ["limit", "created[gte]", "created[lte]", "starting_after"];
    assert_eq!(fields(&asked[0], &names), [some(["100", &from.to_string(), &to.to_string()]), vec![None]].concat());
    assert_eq!(asked[1].form["starting_after"], "cs_test_other");

    // Among the intents: a charge without a page.
    let charge = intent(json!({"id": "pi_wanted", "metadata": {"hbs_key": key}}));
    recorded.answer_with([list(vec![other()], false), list(vec![charge.clone()], false), (200, charge)]);
    let found = stripe.find_payment(key, ordered_at).await.expect("looked up").expect("found");
    assert_eq!((found.ids.id.as_str(), found.status), ("pi_wanted", GatewayStatus::Captured));
    recorded.answer_with([list(Vec::new(), false), list(Vec::new(), false)]);
    assert_eq!(stripe.find_payment(key, ordered_at).await, Ok(None));
    recorded.answer_with([(500, json!({}))]);
    assert!(stripe.find_payment(key, ordered_at).await.is_err(), "not found is not the same as not known");
    recorded.asked();

    let refund = json!({"id": "re_1", "amount": 500, "currency": "eur", "status": "succeeded", "metadata": {"hbs_key": key}});
    recorded.answer_with([list(vec![refund], false)]);
    let known = GatewayIds { id: "cs_test_1".into(), transaction_id: Some("pi_1".into()) };
    let found = stripe.find_refund(key, &known).await.expect("looked up").expect("found");
    assert_eq!((found.id.as_str(), found.refund_id, found.amount), ("re_1", None, eur("5.00")));
    assert_eq!(recorded.asked()[0].form["payment_intent"], "pi_1");
}

#[tokio::test]
async fn payments_that_were_ordered_since_a_time_are_listed() {
    let (recorded, stripe) = Recorded::start().await;
    let (since, payment_id) = (Clock::real_now() - TimeDelta::days(1), Uuid::now_v7());
    let ours = intent(json!({"id": "pi_ours", "metadata": {"hbs_payment": payment_id}}));
    // Of an account that others use, too, in currencies that HBS may not know.
    let foreign = intent(json!({"id": "pi_foreign", "currency": "xxx"}));
    recorded.answer_with([
        (200, json!({"object": "list", "data": [foreign], "has_more": true})),
        (200, json!({"object": "list", "data": [ours], "has_more": false})),
    ]);
    let made = stripe.made_since(since).await.expect("listed");
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!((made[0].payment_id, made[0].payment.ids.id.as_str()), (payment_id, "pi_ours"));
    assert_eq!((made[0].payment.status, made[0].payment.captured), (GatewayStatus::Captured, eur("100.00")));
    let asked = recorded.asked();
    assert_eq!(fields(&asked[0], &["limit", "created[gte]"]), some(["100", &since.timestamp().to_string()]));
    assert_eq!(asked[1].form["starting_after"], "pi_foreign");
    recorded.answer_with([(500, json!({}))]);
    assert!(stripe.made_since(since).await.is_err(), "nobody knows what is missing");
}

#[tokio::test]
async fn events_say_whose_they_are() {
    let (_, stripe) = Recorded::start().await;
    let now = Clock::real_now();
    let (payment_id, refund_id) = (Uuid::now_v7(), Uuid::now_v7());
    let read = |kind: &str, object: Value| {
        let event = json!({"id": "evt_1", "object": "event", "api_version": "2025-03-31.basil", "created": 1_790_000_000,
            "data": {"object": object}, "livemode": false, "pending_webhooks": 1, "type": kind});
        let body = event.to_string();
        let signature = hbs_demo_gateway::sign(WEBHOOK_SECRET, body.as_bytes(), now.timestamp());
        stripe.event(Some(&signature), body.as_bytes(), now)
    };
    let of_payment = json!({"hbs_payment": payment_id, "hbs_key": Uuid::now_v7()});
    for (kind, object, expected_ids, expected_refund, amount) in [
        (
            "checkout.session.completed",
            session(json!({"id": "cs_1", "payment_intent": "pi_1", "metadata": of_payment})),
            vec!["cs_1", "pi_1"],
            None,
            Some("100.00"),
        ),
        (
            "payment_intent.succeeded",
            intent(json!({"id": "pi_1", "metadata": of_payment, "latest_charge": "ch_1"})),
            vec!["pi_1"],
            None,
            Some("100.00"),
        ),
        (
            "refund.failed",
            json!({"id": "re_1", "object": "refund", "amount": 700, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1",
                "metadata": {"hbs_payment": payment_id, "hbs_refund": refund_id}}),
            vec!["re_1", "pi_1", "ch_1"],
            Some(refund_id),
            Some("7.00"),
        ),
    ] {
        let event = read(kind, object).expect("an event");
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_1", kind));
        assert_eq!((event.payment_id, event.refund_id), (Some(payment_id), expected_refund));
        assert_eq!((event.ids, event.amount), (expected_ids.into_iter().map(String::from).collect(), amount.map(eur)));
        assert_eq!(Some(event.occurred_at), DateTime::from_timestamp(1_790_000_000, 0));
    }
    // A dispute knows the payment by Stripe's ids only, and its amount is its own.
    let dispute = json!({"id": "du_1", "object": "dispute", "amount": 5, "currency": "eur", "charge": "ch_1",
        "payment_intent": {"id": "pi_1", "object": "payment_intent"}, "metadata": {}});
    let event = read("charge.dispute.created", dispute).expect("an event");
    assert_eq!((event.payment_id, event.ids, event.amount), (None, ["du_1", "pi_1", "ch_1"].map(String::from).into(), None));
    // By the reference of the session, where the notes were taken away.
    let bare = session(json!({"client_reference_id": payment_id, "metadata": null}));
    assert_eq!(read("checkout.session.expired", bare).expect("an event").payment_id, Some(payment_id));
    // Of another application on the same account.
    let foreign = json!({"id": "cus_1", "object": "customer", "metadata": {"hbs_payment": "mine"}});
    assert_eq!(read("customer.created", foreign).expect("an event").payment_id, None);

    let body = b"{\"id\": 1}";
    let signature = hbs_demo_gateway::sign(WEBHOOK_SECRET, body, now.timestamp());
    assert_eq!(stripe.event(Some(&signature), body, now), Err(EventFault::Unreadable));
    let without_secret = Stripe::new("http://127.0.0.1:9", KEY, "", Duration::from_secs(1)).expect("a client");
    let signature = hbs_demo_gateway::sign("", body, now.timestamp());
    assert_eq!(without_secret.event(Some(&signature), body, now), Err(EventFault::Forged));
}
