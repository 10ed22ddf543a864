//! The demo gateway of a test: in this process, with books and an address of its own.
use super::unique;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use hbs::config::Config;
use hbs::gateways::DemoGateway;
use hbs_demo_gateway::{Gateway, Options};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// Time that clients have, which a test waits for where an answer is lost.
const PATIENCE: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_millis(100);

/// What a test waits for of an order whose answer is held back, and what the gateway waits for.
type Holding = Arc<Mutex<Option<(oneshot::Sender<Value>, oneshot::Receiver<()>)>>>;

/// A demo gateway that sends no events by itself: a test takes them.
pub struct TestGateway {
    pub url: String,
    pub secret: String,
    gateway: Gateway,
    http: Client,
    dir: PathBuf,
    holding: Holding,
    server: tokio::task::JoinHandle<()>,
}

impl TestGateway {
    pub async fn start() -> Self {
        Self::start_late(LATE).await
    }

    /// One whose late answers are so late.
    pub async fn start_late(late: Duration) -> Self {
        hbs::tls::use_ring();
        let dir = std::env::temp_dir().join(unique("hbs_gateway"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let secret = unique("secret");
        let options = Options {
            dir: dir.clone(),
            url: url.clone(),
            secret: secret.clone(),
            webhook_url: None,
            late,
            client: Client::new(),
        };
        let gateway = Gateway::open(options).expect("books");
        let holding = Holding::default();
        let held = holding.clone();
        let router = gateway.router().layer(from_fn(move |request: Request, next: Next| hold(held.clone(), request, next)));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { url, secret, gateway, http: browser(), dir, holding, server }
    }

    /// Makes HBS use it.
    pub fn configure(&self, config: &mut Config) {
        config.demo_gateway_url = Some(self.url.clone());
        config.demo_gateway_secret = Some(self.secret.clone());
        config.gateway_timeout_seconds = PATIENCE.as_secs();
    }

    /// The client, as HBS has it.
    pub fn client(&self) -> DemoGateway {
        DemoGateway::new(&self.url, &self.secret, PATIENCE).expect("a client")
    }

    /// Holds the answer to the next order of a page back: the payment is made, and HBS does not know. Returns the payment, once
    /// it is there, and what lets the answer go.
    pub fn hold_next_page(&self) -> (oneshot::Receiver<Value>, oneshot::Sender<()>) {
        let (done, made) = oneshot::channel();
        let (go, answered) = oneshot::channel();
        *self.holding.lock().expect("nobody fails who has it") = Some((done, answered));
        (made, go)
    }

    /// Answers a page as a browser does, by one of the words of its choices. Redirects are not followed.
    pub async fn choose(&self, page: &str, choice: &str) -> Response {
        self.answer(page, &format!("choice={choice}")).await
    }

    pub async fn answer(&self, page: &str, form: &str) -> Response {
        answer(&self.http, page, form).await
    }

    pub async fn show(&self, page: &str) -> Response {
        self.http.get(page).send().await.expect("a page")
    }

    /// Its payments, refunds and events.
    pub async fn books(&self) -> Value {
        self.http.get(format!("{}/books", self.url)).send().await.expect("an answer").json().await.expect("the books")
    }

    /// The events that are due, as they are sent: signature and body of each.
    pub fn take_events(&self) -> Vec<(String, String)> {
        self.gateway.take_events().expect("events")
    }

    /// How many orders are still to meet a fault.
    pub fn faults_to_come(&self) -> usize {
        self.gateway.faults_to_come()
    }

    pub async fn let_days_pass(&self, days: u32) {
        let passed = self.http.post(format!("{}/days?days={days}", self.url)).send().await.expect("an answer");
        assert_eq!(passed.status(), 303);
    }

    /// Lets the next orders fail: `slow_order`, `lost_answer`, `late_answer`, `error` or `lasting_error`.
    pub async fn fail_next(&self, fault: &str, orders: usize) {
        let url = format!("{}/faults?fault={fault}&orders={orders}", self.url);
        assert_eq!(self.http.post(url).send().await.expect("an answer").status(), 204);
    }
}

/// Does a request, and holds its answer back where it is the order of a page and a test wants that.
async fn hold(holding: Holding, request: Request, next: Next) -> axum::response::Response {
    let is_page = request.uri().path() == "/v1/checkouts";
    let response = next.run(request).await;
    let held = if is_page { holding.lock().expect("nobody fails who has it").take() } else { None };
    let Some((done, answered)) = held else { return response };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    done.send(serde_json::from_slice(&body).expect("JSON")).expect("somebody who waits for it");
    answered.await.expect("somebody who lets it go");
    axum::response::Response::from_parts(parts, Body::from(body))
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.server.abort();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A client that shows redirects instead of following them.
pub fn browser() -> Client {
    hbs::tls::use_ring();
    Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client")
}

/// Sends the form of a page.
pub async fn answer(http: &Client, page: &str, form: &str) -> Response {
    let request = http.post(page).header("content-type", "application/x-www-form-urlencoded");
    request.body(form.to_owned()).send().await.expect("an answer")
}
