//! The demo gateway as a process: its books survive its end, and it tells the hotel until it listens.
use super::{eur, order};
use crate::faults::{TempDir, eventually, free_address, program};
use crate::support::{browser, page_answer};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hbs::clock::Clock;
use hbs::gateways::{Capture, DemoGateway, GatewayStatus, PaymentGateway, RefundOrder, SIGNATURE_HEADER};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::process::{Child, Command};
use uuid::Uuid;

const SECRET: &str = "secret of a test";

/// Events that were sent, each with its signature.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// The program in a folder, at an address.
struct Process {
    dir: TempDir,
    address: String,
    webhook_url: String,
    child: Child,
}

impl Process {
    async fn start(webhook_url: &str) -> Self {
        let (dir, address) = (TempDir::new(), free_address());
        let child = command(&dir, &address, webhook_url).spawn().expect("the program");
        let mut process = Self { dir, address, webhook_url: webhook_url.into(), child };
        process.is_up().await;
        process
    }

    async fn is_up(&mut self) {
        let (http, url, output) = (browser(), format!("{}/books", self.url()), self.dir.0.join("output"));
        eventually("the demo gateway answers", async || {
            assert!(matches!(self.child.try_wait(), Ok(None)), "it ended: {}", fs::read_to_string(&output).unwrap_or_default());
            http.get(&url).send().await.is_ok()
        })
        .await;
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn client(&self) -> DemoGateway {
        DemoGateway::new(&self.url(), SECRET, Duration::from_secs(10)).expect("a client")
    }

    async fn books(&self) -> Value {
        browser().get(format!("{}/books", self.url())).send().await.expect("an answer").json().await.expect("the books")
    }

    fn file(&self) -> PathBuf {
        self.dir.0.join("gateway/books.jsonl")
    }

    async fn kill(&mut self) {
        self.child.kill().await.expect("killed");
    }

    async fn start_again(&mut self) {
        self.child = command(&self.dir, &self.address, &self.webhook_url).spawn().expect("the program");
        self.is_up().await;
    }
}

fn command(dir: &TempDir, address: &str, webhook_url: &str) -> Command {
    let mut command = program(&dir.0, &[("HBS_DEMO_GATEWAY_SECRET", SECRET), ("HBS_LOG", "warn")]);
    command.args(["demo-gateway", "--dir", "gateway", "--listen", address, "--webhook-url", webhook_url]);
    command
}

/// A hotel that takes events, but for the first so many times. It keeps what it was sent.
#[derive(Clone)]
struct Listener {
    url: String,
    heard: Heard,
}

impl Listener {
    async fn deaf_for(times: usize) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("an address"));
        let heard = Heard::default();
        let take = move |State(heard): State<Heard>, headers: HeaderMap, body: String| async move {
            let mut heard = heard.lock().expect("no panic");
            heard.push((headers[SIGNATURE_HEADER].to_str().expect("text").to_owned(), body));
            if heard.len() > times { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        };
        let router = axum::Router::new().route("/events", post(take)).with_state(heard.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().expect("no panic").clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn books_survive_the_end_of_the_process() {
    let mut process = Process::start("http://127.0.0.1:9/nobody").await;
    let client = process.client();
    let (checkout_key, checkout) = (Uuid::now_v7(), order(Capture::Manual));
    let payment = client.checkout(checkout_key, &checkout).await.expect("a page");
    page_answer(&browser(), payment.page.as_deref().expect("a page"), "choice=succeeds").await;
    process.kill().await;
    process.start_again().await;
    let payment = client.payment(&payment.ids).await.expect("it is there");
    assert_eq!((payment.status, payment.capturable), (GatewayStatus::Authorized, eur("100.00")));

    let capture_key = Uuid::now_v7();
    let captured = client.capture(capture_key, &payment.ids, eur("80.00")).await.expect("captured");
    let refund = RefundOrder { ids: payment.ids.clone(), refund_id: Uuid::now_v7(), amount: eur("30.00") };
    let refund_key = Uuid::now_v7();
    let refunded = client.refund(refund_key, &refund).await.expect("refunded");
    let before = process.books().await;
    process.kill().await;
    // Something that was being written when it was killed: nobody was told of it.
    let half = br#"[{"change":"payment","to":{"id":"dp_half"#;
    fs::OpenOptions::new().append(true).open(process.file()).expect("the file").write_all(half).expect("written");
    process.start_again().await;
    let sent_or_not = |mut books: Value| {
        books.as_object_mut().expect("the books").remove("events");
        books
    };
    assert_eq!(sent_or_not(process.books().await), sent_or_not(before));

    // What was ordered is not done again.
    assert_eq!(client.capture(capture_key, &payment.ids, eur("80.00")).await, Ok(captured));
    assert_eq!(client.refund(refund_key, &refund).await, Ok(refunded.clone()));
    assert_eq!(client.find_refund(refund_key, &payment.ids).await, Ok(Some(refunded)));
    let found = client.find_payment(checkout_key, Clock::real_now()).await.expect("looked up").expect("found");
    assert_eq!((found.ids, found.captured, found.refunded), (payment.ids, eur("80.00"), eur("30.00")));
    let books = process.books().await;
    assert_eq!((books["payments"].as_array().map(Vec::len), books["refunds"].as_array().map(Vec::len)), (Some(1), Some(1)));

    // A second process on the same books is refused, and so are books that somebody has changed.
    let second = command(&process.dir, &free_address(), &process.webhook_url).status().await.expect("the program");
    let output = fs::read_to_string(process.dir.0.join("output")).expect("the output");
    assert!(!second.success() && output.contains("is in use: another demo gateway keeps these books"), "{output}");
    process.kill().await;
    let text = fs::read_to_string(process.file()).expect("the file");
    fs::write(process.file(), text.replacen("[{", "[{{", 1)).expect("changed");
    let damaged = command(&process.dir, &process.address, &process.webhook_url).status().await.expect("the program");
    let output = fs::read_to_string(process.dir.0.join("output")).expect("the output");
    assert!(!damaged.success() && output.contains("books.jsonl: line 1 cannot be read"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sent_until_the_hotel_takes_them() {
    let hotel = Listener::deaf_for(2).await;
    let process = Process::start(&hotel.url).await;
    let client = process.client();
    let checkout = order(Capture::Automatic);
    let payment = client.checkout(Uuid::now_v7(), &checkout).await.expect("a page");
    page_answer(&browser(), payment.page.as_deref().expect("a page"), "choice=unordered_events").await;
    // Twice in vain, as each event of this choice comes twice, and twice once more.
    eventually("it is sent until it is taken", async || hotel.heard().len() >= 4).await;
    let delivered = async || process.books().await["events"][0]["due_at"] == json!(null);
    eventually("it is delivered", delivered).await;
    let heard = hotel.heard();
    let events: Vec<_> = heard
        .iter()
        .map(|(signature, body)| client.event(Some(signature), body.as_bytes(), Clock::real_now()).expect("genuine"))
        .collect();
    assert!(events.iter().all(|event| *event == events[0] && event.payment_id == Some(checkout.payment_id)), "{events:?}");
    assert_eq!(heard.len(), 4, "nothing more once it was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn production_has_no_demo_gateway() {
    let dir = TempDir::new();
    let settings = [
        ("HBS_ENVIRONMENT", "production"),
        ("HBS_DATA_KEY", "3q2+7wTW0s5h8x0bZQmIY1l8n7oV2rJk9uXcAeGfBtM="),
        ("HBS_SMTP_URL", "smtps://user:password@mail.example:465"),
        ("HBS_PUBLIC_URL", "https://hotel.example"),
        ("HBS_OBJECT_STORE_URL", "file:///tmp/nowhere"),
    ];
    let status = program(&dir.0, &settings).arg("demo-gateway").status().await.expect("the program");
    let output = fs::read_to_string(dir.0.join("output")).expect("the output");
    assert!(!status.success() && output.contains("the demo gateway is not for production"), "{output}");
}
