//! Orders and look-ups of a hotel, and what tests and developers may do: read the books, let days pass, cause faults.
use crate::books::{Answer, Books, Change};
use crate::objects::{CaptureOrder, ChargeOrder, CheckoutOrder, Fault, Made, Payment, RefundOrder, Refused};
use crate::orders::{self, Refusal};
use crate::{Choice, Error, Gateway};
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::Duration;
use uuid::Uuid;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Time for which a connection stays open on which no answer is going to come.
const NEVER: Duration = Duration::from_secs(120);
const MAX_DAYS: i64 = 400;

pub fn router() -> Router<Gateway> {
    Router::new()
        .route("/v1/checkouts", post(checkout))
        .route("/v1/charges", post(charge))
        .route("/v1/payments", get(payments))
        .route("/v1/payments/{id}", get(payment))
        .route("/v1/payments/{id}/capture", post(capture))
        .route("/v1/payments/{id}/void", post(void))
        .route("/v1/refunds", post(refund))
        .route("/v1/refunds/{id}", get(refund_by_id))
        .route("/v1/orders/{key}", get(made))
        .layer(from_fn(to_the_end))
        .route("/books", get(books))
        .route("/days", post(days))
        .route("/faults", post(faults))
}

/// Does a request that has come, even if whoever sent it is gone.
async fn to_the_end(request: Request, next: Next) -> Response {
    let done = tokio::spawn(next.run(request)).await;
    done.unwrap_or_else(|_| refused(StatusCode::INTERNAL_SERVER_ERROR, "internal"))
}

/// A hotel that has shown the secret.
struct Hotel;

impl FromRequestParts<Gateway> for Hotel {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Response> {
        let shown = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        // Digests are compared, so that the time that it takes says nothing about the secret.
        let is_known = shown.is_some_and(|shown| Sha256::digest(shown) == Sha256::digest(&gateway.0.options.secret));
        if is_known { Ok(Self) } else { Err(refused(StatusCode::UNAUTHORIZED, "unauthorized")) }
    }
}

/// An order with its key.
struct Order {
    key: Uuid,
    /// The key as the header has it, under which the answer is kept.
    text: String,
    path: String,
}

impl FromRequestParts<Gateway> for Order {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Response> {
        let Hotel = Hotel::from_request_parts(parts, gateway).await?;
        let text = parts.headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let key = text.parse().map_err(|_| refused(StatusCode::BAD_REQUEST, "idempotency_key_missing"))?;
        Ok(Self { key, text, path: parts.uri.path().to_owned() })
    }
}

/// Result of an order, before it is known whether its answer gets lost.
struct Placed {
    status: StatusCode,
    body: Value,
    is_replayed: bool,
    fault: Option<Fault>,
}

/// Object that answers an order, changes of the books, and the choice that says how the answer travels.
type Acted = Result<(Value, Vec<Change>, Option<Choice>), Refusal>;

impl Gateway {
    /// Places an order: once, however often it comes.
    async fn place<T: DeserializeOwned>(
        &self,
        order: &Order,
        body: &[u8],
        act: impl FnOnce(&Books, &T, DateTime<Utc>) -> Acted,
    ) -> Response {
        let Ok(wanted) = serde_json::from_slice(if body.is_empty() { b"null" } else { body }) else {
            return refused(StatusCode::BAD_REQUEST, "malformed");
        };
        let caused = self.faults().pop_front();
        if caused == Some(Fault::Error) {
            return refused(StatusCode::INTERNAL_SERVER_ERROR, "internal");
        }
        if caused == Some(Fault::SlowOrder) {
            tokio::time::sleep(self.0.options.late).await;
        }
        let act = |books: &Books, now| match caused {
            Some(Fault::LastingError) => Err(Refusal::Failed),
            _ => act(books, &wanted, now),
        };
        let placed = match self.place_once(order, body, act) {
            Ok(placed) => placed,
            Err(error) => return failed(&error),
        };
        match caused.or(placed.fault) {
            Some(Fault::LostAnswer) => tokio::time::sleep(NEVER).await,
            Some(Fault::LateAnswer) => tokio::time::sleep(self.0.options.late).await,
            Some(Fault::SlowOrder | Fault::Error | Fault::LastingError) | None => {}
        }
        let mut response = (placed.status, Json(placed.body)).into_response();
        if placed.is_replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }

    fn place_once(&self, order: &Order, body: &[u8], act: impl FnOnce(&Books, DateTime<Utc>) -> Acted) -> Result<Placed, Error> {
        let now = self.now();
        let digest = hex(&Sha256::digest([order.path.as_bytes(), b"\n", body].concat()));
        let mut books = self.books();
        books.settle(now)?;
        if let Some(answer) = books.answer(&order.text) {
            if answer.order != digest {
                let body = json!(Refused { code: "idempotency_key_reused".into() });
                return Ok(Placed { status: StatusCode::CONFLICT, body, is_replayed: false, fault: None });
            }
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Ok(Placed { status, body: answer.body.clone(), is_replayed: true, fault: None });
        }
        let (status, body, mut changes, choice) = match act(&books, now) {
            Ok((body, changes, choice)) => (StatusCode::OK, body, changes, choice),
            Err(refusal) => {
                let (status, code) = worded(refusal);
                (status, json!(Refused { code: code.into() }), Vec::new(), None)
            }
        };
        changes.push(Change::Answer(Answer {
            key: order.text.clone(),
            order: digest,
            status: status.as_u16(),
            body: body.clone(),
        }));
        books.write(changes)?;
        drop(books);
        self.0.has_events.notify_one();
        let fault = match choice {
            Some(Choice::LostAnswers) => Some(Fault::LostAnswer),
            Some(Choice::Late) => Some(Fault::LateAnswer),
            _ => None,
        };
        Ok(Placed { status, body, is_replayed: false, fault })
    }

    /// Returns the result of an order about a payment.
    fn acted(&self, books: &Books, done: orders::Done<Payment>) -> Acted {
        let choice = done.made.choice;
        Ok((json!(books.told(&done.made, &self.0.options.url)), done.changes, choice))
    }

    /// Looks something up, after what time has brought.
    fn look_up(&self, find: impl FnOnce(&Books) -> Option<Value>) -> Response {
        let now = self.now();
        let mut books = self.books();
        if let Err(error) = books.settle(now) {
            return failed(&error);
        }
        self.0.has_events.notify_one();
        match find(&books) {
            Some(found) => Json(found).into_response(),
            None => refused(StatusCode::NOT_FOUND, "not_found"),
        }
    }
}

async fn checkout(State(gateway): State<Gateway>, order: Order, body: Bytes) -> Response {
    let act = |books: &Books, wanted: &CheckoutOrder, now| gateway.acted(books, orders::checkout(order.key, wanted, now)?);
    gateway.place(&order, &body, act).await
}

/// Charges a guarantee. One that is declined is answered, too: as a payment that failed.
async fn charge(State(gateway): State<Gateway>, order: Order, body: Bytes) -> Response {
    let act = |books: &Books, wanted: &ChargeOrder, now| gateway.acted(books, orders::charge(books, order.key, wanted, now)?);
    gateway.place(&order, &body, act).await
}

async fn capture(State(gateway): State<Gateway>, Path(id): Path<String>, order: Order, body: Bytes) -> Response {
    let act = |books: &Books, wanted: &CaptureOrder, now| gateway.acted(books, orders::capture(books, &id, wanted, now)?);
    gateway.place(&order, &body, act).await
}

async fn void(State(gateway): State<Gateway>, Path(id): Path<String>, order: Order, body: Bytes) -> Response {
    let act = |books: &Books, (): &(), now| gateway.acted(books, orders::void(books, &id, now)?);
    gateway.place(&order, &body, act).await
}

async fn refund(State(gateway): State<Gateway>, order: Order, body: Bytes) -> Response {
    let act = |books: &Books, wanted: &RefundOrder, now| {
        let done = orders::refund(books, order.key, wanted, now)?;
        let choice = books.payment(&done.made.payment).and_then(|payment| payment.choice);
        Ok((json!(done.made), done.changes, choice))
    };
    gateway.place(&order, &body, act).await
}

async fn payment(State(gateway): State<Gateway>, _: Hotel, Path(id): Path<String>) -> Response {
    gateway.look_up(|books| books.payment(&id).map(|payment| json!(books.told(payment, &gateway.0.options.url))))
}

#[derive(Deserialize)]
struct Since {
    since: DateTime<Utc>,
}

async fn payments(State(gateway): State<Gateway>, _: Hotel, Query(Since { since }): Query<Since>) -> Response {
    gateway.look_up(|books| Some(json!(books.made_since(since, &gateway.0.options.url))))
}

async fn refund_by_id(State(gateway): State<Gateway>, _: Hotel, Path(id): Path<String>) -> Response {
    gateway.look_up(|books| books.refund(&id).map(|refund| json!(refund)))
}

async fn made(State(gateway): State<Gateway>, _: Hotel, Path(key): Path<Uuid>) -> Response {
    gateway.look_up(|books| {
        let payment = books.payment_of_key(key).map(|payment| books.told(payment, &gateway.0.options.url));
        Some(json!(Made { payment, refund: books.refund_of_key(key).cloned() }))
    })
}

async fn books(State(gateway): State<Gateway>) -> Response {
    gateway.look_up(|books| Some(books.all(&gateway.0.options.url)))
}

#[derive(Deserialize)]
struct Days {
    days: i64,
}

/// Lets days pass. A browser goes back to where it was.
async fn days(State(gateway): State<Gateway>, Query(Days { days }): Query<Days>) -> Response {
    if !(1..=MAX_DAYS).contains(&days) {
        return refused(StatusCode::BAD_REQUEST, "days_out_of_range");
    }
    let passed = gateway.books().let_pass(days);
    let now = gateway.now();
    match passed.and_then(|()| gateway.books().settle(now)) {
        Ok(()) => {
            gateway.0.has_events.notify_one();
            Redirect::to("/").into_response()
        }
        Err(error) => failed(&error),
    }
}

#[derive(Deserialize)]
struct Faults {
    fault: Fault,
    /// How many orders meet it.
    #[serde(default = "once")]
    orders: usize,
}

fn once() -> usize {
    1
}

async fn faults(State(gateway): State<Gateway>, Query(Faults { fault, orders }): Query<Faults>) -> StatusCode {
    gateway.faults().extend(std::iter::repeat_n(fault, orders.min(1000)));
    StatusCode::NO_CONTENT
}

fn worded(refusal: Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Refusal::NotAllowed(code) => (StatusCode::BAD_REQUEST, code),
        Refusal::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

fn refused(status: StatusCode, code: &str) -> Response {
    (status, Json(Refused { code: code.into() })).into_response()
}

pub fn failed(error: &Error) -> Response {
    tracing::error!(%error, "the books of the demo gateway cannot be kept");
    (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/plain")], "the books cannot be kept").into_response()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
