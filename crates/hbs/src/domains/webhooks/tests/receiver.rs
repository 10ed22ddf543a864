//! A server that is told of events, and answers as it is told to.
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A message that came.
#[derive(Debug, Clone)]
pub struct Told {
    pub at: String,
    pub came_at: Instant,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_else(|| panic!("no {name}"))
    }

    pub fn kind(&self) -> &str {
        self.body["type"].as_str().expect("a kind")
    }
}

#[derive(Default)]
struct Said {
    told: Vec<Told>,
    /// Statuses by path, where they are not 200.
    statuses: HashMap<String, u16>,
    /// Every so many-th message is not taken.
    fails_every: Option<usize>,
    /// Times for which paths keep their answers.
    delays: HashMap<String, Duration>,
    seen: usize,
}

#[derive(Clone)]
pub struct Receiver {
    said: Arc<Mutex<Said>>,
    count: Arc<watch::Sender<usize>>,
    is_held: Arc<watch::Sender<bool>>,
    host: String,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = format!("http://{}", listener.local_addr().expect("an address"));
        let (count, is_held) = (Arc::new(watch::Sender::new(0)), Arc::new(watch::Sender::new(false)));
        let receiver = Self { said: Arc::default(), count, is_held, host };
        let router = axum::Router::new()
            .route("/moved", axum::routing::post(async || Redirect::temporary("/trap")))
            .route("/slow/{others}", axum::routing::post(slow))
            .route("/{name}", axum::routing::post(answer))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.host)
    }

    /// Lets a path answer with a status from now on.
    pub fn status(&self, path: &str, status: u16) {
        self.said.lock().expect("a lock").statuses.insert(path.into(), status);
    }

    pub fn fail_every(&self, nth: usize) {
        self.said.lock().expect("a lock").fails_every = Some(nth);
    }

    /// Lets a path take so long for its answers from now on.
    pub fn delay(&self, path: &str, delay: Duration) {
        self.said.lock().expect("a lock").delays.insert(path.into(), delay);
    }

    /// Keeps all answers, until they are let go.
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    pub fn let_go(&self) {
        self.is_held.send_replace(false);
    }

    /// The messages that came since this was called last, in the order in which they came; those that were not taken, too.
    pub fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.said.lock().expect("a lock").told)
    }

    /// Returns `true` if a message about a thing has come since messages were taken last.
    pub fn knows(&self, entity_id: &str) -> bool {
        let said = self.said.lock().expect("a lock");
        said.told.iter().any(|told| told.body["data"]["entity_id"] == entity_id)
    }

    /// The paths to which messages came.
    pub fn paths(&self) -> Vec<String> {
        self.said.lock().expect("a lock").told.iter().map(|told| told.at.clone()).collect()
    }

    fn delay_of(&self, path: &str) -> Duration {
        self.said.lock().expect("a lock").delays.get(path).copied().unwrap_or_default()
    }

    fn note(&self, at: String, headers: HeaderMap, text: String) -> u16 {
        let came_at = Instant::now();
        let body = serde_json::from_str(&text).expect("JSON");
        let mut said = self.said.lock().expect("a lock");
        let status = said.statuses.get(&at).copied().unwrap_or(200);
        said.seen += 1;
        let fails = said.fails_every.is_some_and(|nth| said.seen.is_multiple_of(nth));
        said.told.push(Told { at, came_at, headers, text, body });
        drop(said);
        self.count.send_modify(|count| *count += 1);
        if fails { 500 } else { status }
    }
}

async fn answer(State(receiver): State<Receiver>, Path(name): Path<String>, headers: HeaderMap, text: String) -> Response {
    let delay = receiver.delay_of(&name);
    let status = StatusCode::from_u16(receiver.note(name, headers, text)).expect("a status");
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    receiver.is_held.subscribe().wait_for(|is_held| !is_held).await.expect("it is told");
    match status {
        StatusCode::SERVICE_UNAVAILABLE => (status, [(header::RETRY_AFTER, "3600")], "later").into_response(),
        _ => (status, "thank you").into_response(),
    }
}

/// Answers when so many messages have come elsewhere.
async fn slow(State(receiver): State<Receiver>, Path(others): Path<usize>) -> StatusCode {
    receiver.count.subscribe().wait_for(|count| *count >= others).await.expect("it counts");
    StatusCode::OK
}
