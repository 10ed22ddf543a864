//! A store, or HBS itself, goes away in the middle of work and comes back. Nothing that was
//! acknowledged is lost, nothing is done by halves, and nobody is let in who should not be.
//!
//! Each test has stores of its own, so that what it stops is nobody else's.
mod delivery;
mod hostile;
mod installed;
mod mongodb;
mod postgresql;
mod process;
mod record;
mod redis;
mod webhooks;

pub use installed::{Installed, Server, TempDir, free_address, http_client, program};

use crate::support::{Client, Hotel, Reply, TestApp, day, together};
use hbs::outbox::consumers;
use hbs_devstack::{DevStack, Options};
use std::time::{Duration, Instant};
use tokio::process::Command;

const BOOKINGS: &str = "/v1/bookings";
const READY: &str = "/health/ready";
pub const NOON: &str = "2026-12-01T12:00:00Z";
/// Maximum time that anything may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

async fn own_stack() -> DevStack {
    DevStack::start(Options::throw_away()).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Asks until the answer is yes.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Books one room for the n-th night of a hotel with ten, so that any number of them fits.
fn book(client: &Client, hotel: &Hotel, n: usize) -> impl Future<Output = Reply> + Send + use<> {
    let night = u64::try_from(n / 10).expect("a number");
    let (client, request) = (client.clone(), hotel.request(day(night), day(night + 1)));
    async move { client.post(BOOKINGS, &request).await }
}

/// Books a range of them, several at a time, and expects each to succeed.
async fn book_all(client: &Client, hotel: &Hotel, range: std::ops::Range<usize>) -> Vec<Reply> {
    let numbers: Vec<usize> = range.collect();
    let mut replies = Vec::new();
    for some in numbers.chunks(8) {
        replies.extend(together(some.iter().map(|n| book(client, hotel, *n))).await);
    }
    replies.into_iter().map(|reply| reply.expect(201)).collect()
}

/// Waits until every event is delivered, and consumers, who publish events of their own, have nothing left to act on.
async fn delivered(app: &TestApp) {
    let undelivered = async || app.anonymous().get(READY).await.body["undelivered_events"].clone();
    eventually("every event is delivered", async || {
        let before = app.number("SELECT count(*) FROM outbox").await;
        let is_delivered = undelivered().await == 0;
        let waiting = consumers::backlogs(&app.app).await.expect("the cursors of consumers");
        let is_quiet = app.number("SELECT count(*) FROM outbox").await == before;
        is_delivered && is_quiet && waiting.iter().all(|(_, events)| *events == 0)
    })
    .await;
}

async fn signal(name: &str, pid: u32) {
    send_signal(name, &pid.to_string()).await;
}

async fn send_signal(name: &str, target: &str) {
    let status = Command::new("sh").args(["-c", r#"kill -s "$0" -- "$1""#, name, target]).status().await.expect("sh");
    assert!(status.success(), "kill -s {name} {target}");
}
