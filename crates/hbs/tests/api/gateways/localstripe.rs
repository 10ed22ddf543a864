//! Stripe's client against localstripe, a server of others that imitates Stripe.
//!
//! It knows neither Checkout Sessions nor idempotency keys, neither `amount_received` nor `created` in lists, and refuses
//! what it does not know: so payments and pages are tested against recorded shapes (`stripe.rs`). It shows refunds, their
//! list, refusals and signed events. Its licence is the GPL: it is run beside the tests, and nothing of it is part of HBS.
use super::eur;
use crate::faults::{TempDir, eventually, free_address};
use crate::support::{browser, unique};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use hbs::clock::Clock;
use hbs::gateways::{GatewayError, GatewayIds, GatewayRefundStatus, PaymentGateway, RefundOrder, SIGNATURE_HEADER, Stripe};
use hbs_devstack::Options;
use serde_json::Value;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::process::{Child, Command};
use uuid::Uuid;

const KEY: &str = "sk_test_of_a_test";
const WEBHOOK_SECRET: &str = "whsec_of_a_test";

type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// The server, which keeps what it has in the temporary folder of its process.
struct LocalStripe {
    url: String,
    _process: Child,
    _dir: TempDir,
}

impl LocalStripe {
    async fn start() -> Self {
        let (python, dir) = (Options::throw_away().venv.join("bin/python"), TempDir::new());
        let port = free_address().rsplit_once(':').expect("a port").1.to_owned();
        let process = Command::new(&python)
            .args(["-m", "localstripe", "--from-scratch", "--port", &port])
            .env("TMPDIR", &dir.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", python.display()));
        let stripe = Self { url: format!("http://localhost:{port}"), _process: process, _dir: dir };
        let http = browser();
        eventually("localstripe answers", async || http.get(&stripe.url).send().await.is_ok()).await;
        stripe
    }

    /// Makes something without HBS, and returns it.
    async fn make(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = browser().post(format!("{}{path}", self.url)).bearer_auth(KEY);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }
}

async fn listen() -> (String, Heard) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (url, heard) = (format!("http://{}/", listener.local_addr().expect("an address")), Heard::default());
    let take = |State(heard): State<Heard>, headers: HeaderMap, body: String| async move {
        let signature = headers[SIGNATURE_HEADER].to_str().expect("text").to_owned();
        heard.lock().expect("no panic").push((signature, body));
    };
    let router = axum::Router::new().route("/", post(take)).with_state(heard.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
    (url, heard)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs localstripe beside the tests: $HBS_DEV_DIR/venv/bin/pip install localstripe==1.15.10"]
async fn localstripe_agrees_about_refunds_refusals_and_events() {
    let server = LocalStripe::start().await;
    let (webhook_url, heard) = listen().await;
    let webhook = [("url", webhook_url.as_str()), ("secret", WEBHOOK_SECRET), ("events[]", "payment_intent.succeeded")];
    server.make(&format!("/_config/webhooks/{}", unique("hbs")), &webhook).await;
    let stripe = Stripe::new(&server.url, KEY, WEBHOOK_SECRET, Duration::from_secs(5)).expect("a client");

    let customer = server.make("/v1/customers", &[("email", "ada@guest.example")]).await;
    let customer = customer["id"].as_str().expect("an id");
    let card =
        [("card[number]", "4242424242424242"), ("card[exp_month]", "12"), ("card[exp_year]", "2030"), ("card[cvc]", "123")];
    let method = server.make("/v1/payment_methods", &[&[("type", "card")], &card[..]].concat()).await;
    let method = method["id"].as_str().expect("an id");
    server.make(&format!("/v1/payment_methods/{method}/attach"), &[("customer", customer)]).await;
    let payment_id = Uuid::now_v7();
    let intent = [
        ("amount", "10000"),
        ("currency", "eur"),
        ("customer", customer),
        ("payment_method", method),
        ("confirm", "true"),
        ("metadata[hbs_payment]", &payment_id.to_string()),
    ];
    let intent = server.make("/v1/payment_intents", &intent).await;
    let id = intent["id"].as_str().expect("an id").to_owned();
    let ids = GatewayIds { id: id.clone(), transaction_id: None };

    let (key, order) = (Uuid::now_v7(), RefundOrder { ids: ids.clone(), refund_id: Uuid::now_v7(), amount: eur("25.00") });
    let refund = stripe.refund(key, &order).await.expect("refunded");
    assert_eq!((refund.status, refund.amount), (GatewayRefundStatus::Succeeded, eur("25.00")));
    assert_eq!(refund.refund_id, Some(order.refund_id));
    assert_eq!(stripe.refund_by_id(&refund.id).await, Ok(refund.clone()));
    assert_eq!(stripe.find_refund(key, &ids).await, Ok(Some(refund)));
    assert_eq!(stripe.find_refund(Uuid::now_v7(), &ids).await, Ok(None));

    let nowhere = RefundOrder { ids: GatewayIds { id: "pi_nowhere".into(), transaction_id: None }, ..order };
    let error = stripe.refund(Uuid::now_v7(), &nowhere).await.expect_err("no payment");
    assert!(matches!(error, GatewayError::Refused { .. }), "{error}");

    eventually("an event comes", async || !heard.lock().expect("no panic").is_empty()).await;
    let (signature, body) = heard.lock().expect("no panic")[0].clone();
    let event = stripe.event(Some(&signature), body.as_bytes(), Clock::real_now()).expect("a genuine event");
    assert_eq!(
        (event.kind.as_str(), event.payment_id, event.amount),
        ("payment_intent.succeeded", Some(payment_id), Some(eur("100.00")))
    );
    assert!(event.ids.contains(&id), "{event:?}");
}
