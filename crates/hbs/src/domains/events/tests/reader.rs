//! The reader in Python: it proves that nothing is missing, or says where something is.
use super::{EVENTS, number};
use crate::support::{Hotel, HotelSpec, TestApp, unique};
use axum::body::Body;
use hbs_devstack::Options;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// The reader as it lies in the repository.
const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/python/follow_events.py");

/// HBS behind a proxy that changes what the feed says.
struct Proxy {
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Proxy {
    async fn new(app: &TestApp, change: impl Fn(&mut Value) + Clone + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let hbs = app.router.clone();
        let pass = move |request: Request<Body>| {
            let (hbs, change) = (hbs.clone(), change.clone());
            async move {
                let answer = hbs.oneshot(request).await.expect("an answer");
                let (status, body) = (answer.status(), answer.into_body().collect().await.expect("a body").to_bytes());
                let mut page: Value = serde_json::from_slice(&body).expect("JSON");
                change(&mut page);
                (status, axum::Json(page))
            }
        };
        let router = axum::Router::new().fallback(pass);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { url, server }
    }

    /// Runs the reader to the end of what there is.
    async fn follow(&self, hotel: &Hotel, arguments: &[&str]) -> Output {
        Command::new(Options::throw_away().venv.join("bin/python"))
            .arg(READER)
            .args([self.url.as_str(), "--once"])
            .args(arguments)
            .env("HBS_TOKEN", hotel.manager.access_token())
            .env("no_proxy", "127.0.0.1")
            .output()
            .await
            .expect("the reader")
    }
}

async fn busy_hotel() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for day in 10..13 {
        hotel.book(&hotel.manager, format!("2026-12-{day}"), format!("2026-12-{}", day + 1)).await;
    }
    number(&app).await;
    (app, hotel)
}

#[track_caller]
fn told(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[track_caller]
fn assert_missing(output: &Output, finding: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.starts_with("MISSING") && said.contains(finding), "{said}");
}

#[test]
fn the_reader_has_at_most_sixty_lines() {
    let text = std::fs::read_to_string(READER).expect("the reader");
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
}

#[tokio::test]
async fn a_reader_from_the_docs_follows_the_feed() {
    let (app, hotel) = busy_hotel().await;
    let honest = Proxy::new(&app, |_| {}).await;
    let all = told(&honest.follow(&hotel, &[]).await);
    let page = hotel.manager.get(&format!("{EVENTS}?limit=200")).await.expect(200);
    assert_eq!(json!(all), page.body["items"]);
    let some = told(&honest.follow(&hotel, &["--kinds", "booking.created", "--property", &hotel.id]).await);
    assert_eq!(some.len(), 3);

    // It goes on where it left off.
    let state = std::env::temp_dir().join(unique("feed"));
    let state = state.to_str().expect("a path");
    assert_eq!(told(&honest.follow(&hotel, &["--state", state]).await), all);
    hotel.book(&hotel.manager, "2026-12-20", "2026-12-21").await;
    number(&app).await;
    let more = told(&honest.follow(&hotel, &["--state", state]).await);
    let of_booking = more.iter().filter(|event| event["type"] == "booking.created").count();
    assert_eq!((of_booking, &more[0]["data"]["seq"]), (1, &json!(all.len() + 1)));
    assert!(told(&honest.follow(&hotel, &["--state", state]).await).is_empty());
    assert!(Path::new(state).exists());
    std::fs::remove_file(state).expect("removed");
}

/// The event is taken out of the database itself.
#[tokio::test]
async fn an_event_that_was_withheld_by_force_is_found() {
    let (app, hotel) = busy_hotel().await;
    let honest = Proxy::new(&app, |_| {}).await;
    let withheld = "SELECT seq FROM outbox WHERE kind = 'booking.created' ORDER BY id LIMIT 1";
    let seq = app.number(withheld).await;
    app.sql("CREATE TABLE kept AS SELECT * FROM outbox").await;
    app.sql(&format!("DELETE FROM outbox WHERE stream_id = '{}' AND seq = {seq}", hotel.id)).await;
    assert_missing(&honest.follow(&hotel, &[]).await, &format!("number {seq} "));
    assert_missing(&honest.follow(&hotel, &["--kinds", "room.created"]).await, &format!("number {seq} "));
    // Nor does it help to close the gap, since the hashes tell.
    // Two steps, since no number may be there twice meanwhile.
    for (step, from) in [(1_000_000, seq), (-1_000_001, 1_000_000)] {
        app.sql(&format!("UPDATE outbox SET seq = seq + {step} WHERE stream_id = '{}' AND seq > {from}", hotel.id)).await;
    }
    assert_missing(&honest.follow(&hotel, &[]).await, &format!("number {seq} "));
    app.sql("DELETE FROM outbox; INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept").await;
    told(&honest.follow(&hotel, &[]).await);
}

/// Old events leave the outbox. A reader who knows of that begins later, and any other one is told that something is missing.
#[tokio::test]
async fn a_stream_whose_first_events_have_left_is_followed_if_one_says_so() {
    let (app, hotel) = busy_hotel().await;
    let honest = Proxy::new(&app, |_| {}).await;
    let all = told(&honest.follow(&hotel, &[]).await);
    app.sql(&format!("DELETE FROM outbox WHERE stream_id = '{}' AND seq <= 3", hotel.id)).await;
    assert_missing(&honest.follow(&hotel, &[]).await, "does not go on after number 0");
    assert_eq!(told(&honest.follow(&hotel, &["--aged"]).await), all[3..]);
}

/// The event is taken out on the way.
#[tokio::test]
async fn a_proxy_that_drops_an_event_is_found() {
    let (app, hotel) = busy_hotel().await;
    let drop_one = |page: &mut Value| {
        let items = page["items"].as_array_mut().expect("events");
        let place = items.iter().position(|item| item["type"] == "booking.created").expect("a booking");
        items.remove(place);
    };
    assert_missing(&Proxy::new(&app, drop_one).await.follow(&hotel, &[]).await, "number ");
    // As if a filter had left it out that nobody asked for.
    let hide_one = |page: &mut Value| {
        let items = page["items"].as_array_mut().expect("events");
        let item = items.remove(items.len() - 2);
        page["streams"][0]["left_out"] = json!([{"seq": item["data"]["seq"], "hash": item["hash"]}]);
    };
    assert_missing(&Proxy::new(&app, hide_one).await.follow(&hotel, &[]).await, "without a filter");
    let drop_last = |page: &mut Value| {
        page["items"].as_array_mut().expect("events").pop();
    };
    assert_missing(&Proxy::new(&app, drop_last).await.follow(&hotel, &[]).await, "number ");
    let drop_stream = |page: &mut Value| page["streams"] = json!([]);
    assert_missing(&Proxy::new(&app, drop_stream).await.follow(&hotel, &[]).await, "does not account for");
}
