//! Amounts and days as tests write them, and bookings as they handle them.
use super::{Client, Reply};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

pub fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// The n-th day from the hotels' first "today" on.
pub fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date") + Days::new(n)
}

pub async fn book(client: &Client, request: &Value) -> Reply {
    client.post("/v1/bookings", request).await
}

/// A request that can be sent on a task of its own.
pub fn post<P: Into<String>>(client: &Client, path: P, body: Value) -> impl Future<Output = Reply> + Send + use<P> {
    let (client, path) = (client.clone(), path.into());
    async move { client.post(&path, &body).await }
}

/// An action on a booking, with nothing else said.
pub fn act(client: &Client, booking: &Reply, action: &str) -> impl Future<Output = Reply> + Send + use<> {
    post(client, format!("/v1/bookings/{}/{action}", booking.id()), json!({}))
}
