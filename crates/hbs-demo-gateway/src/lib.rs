//! The demo gateway: takes payments as a real one does, but no money moves. For development and tests.
//!
//! It is a process of its own (`hbs demo-gateway`), with books that survive its end: a file to which each change is
//! appended and written through before anybody is told of it. Whoever pays chooses on its page how that goes
//! ([`Choice`]): well, declined, with an answer that is lost, with events twice and out of order. Orders have idempotency
//! keys, events are signed in Stripe's manner.
mod api;
mod books;
mod choices;
mod delivery;
mod journal;
pub mod objects;
mod orders;
mod pages;
mod signature;

pub use choices::Choice;
pub use signature::{SIGNATURE_HEADER, sign};

use books::Books;
use chrono::{DateTime, TimeDelta, Utc};
use objects::{Event, Fault};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Settings of a gateway: where it keeps its books, and whom it tells.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of the books.
    pub dir: PathBuf,
    /// Address at which browsers reach it, such as `http://127.0.0.1:8090`.
    pub url: String,
    /// Secret by which HBS orders, and with which events are signed.
    pub secret: String,
    /// Address to which events are sent. Without one they wait for [`Gateway::take_events`].
    pub webhook_url: Option<String>,
    /// Time by which late answers are late.
    pub late: Duration,
    /// Client that sends events.
    pub client: reqwest::Client,
}

/// Failure to keep the books.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: line {line} cannot be read: {reason}")]
    Damaged { path: PathBuf, line: usize, reason: String },
    #[error("{path} is in use: another demo gateway keeps these books")]
    InUse { path: PathBuf },
    #[error(transparent)]
    Network(#[from] std::io::Error),
}

/// A gateway with its books.
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

struct Parts {
    options: Options,
    books: Mutex<Books>,
    faults: Mutex<VecDeque<Fault>>,
    has_events: Notify,
}

impl Gateway {
    /// Opens the books, which are begun if there are none.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or written, or another gateway has it open.
    pub fn open(options: Options) -> Result<Self, Error> {
        let books = Mutex::new(Books::open(&options.dir)?);
        Ok(Self(Arc::new(Parts { options, books, faults: Mutex::default(), has_events: Notify::new() })))
    }

    /// Returns the HTTP side: orders, pages and books.
    pub fn router(&self) -> axum::Router {
        api::router().merge(pages::router()).with_state(self.clone())
    }

    /// Sends events until the task ends.
    pub async fn deliver(self) {
        delivery::run(self).await;
    }

    /// Takes the events that are due, oldest first and as often as they are to be sent, each with its signature.
    ///
    /// # Errors
    ///
    /// Where the books cannot be written.
    pub fn take_events(&self) -> Result<Vec<(String, String)>, Error> {
        let now = self.now();
        let mut books = self.books();
        books.settle(now)?;
        let due = books.due_events(now);
        books.mark_delivered(&due)?;
        Ok(due.iter().flat_map(|event| self.signed(event)).collect())
    }

    /// Returns how many orders are still to meet a fault.
    #[must_use]
    pub fn faults_to_come(&self) -> usize {
        self.faults().len()
    }

    /// Returns an event as it is sent, once or twice: its signature and its body.
    fn signed(&self, event: &Event) -> Vec<(String, String)> {
        let body = serde_json::json!(event).to_string();
        let signature = sign(&self.0.options.secret, body.as_bytes(), real_now().timestamp());
        vec![(signature, body); if event.is_doubled { 2 } else { 1 }]
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns its own time: days can be let pass.
    fn now(&self) -> DateTime<Utc> {
        real_now() + self.books().ahead()
    }

    fn late(&self) -> TimeDelta {
        TimeDelta::from_std(self.0.options.late).unwrap_or_default()
    }
}

/// Serves until `end` comes, and sends events meanwhile.
///
/// # Errors
///
/// Where the network fails.
pub async fn serve(
    gateway: Gateway,
    listener: tokio::net::TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let delivery = tokio::spawn(gateway.clone().deliver());
    let served = axum::serve(listener, gateway.router()).with_graceful_shutdown(end).await;
    delivery.abort();
    Ok(served?)
}

#[expect(clippy::disallowed_methods, reason = "the one place: it has no clock of tests, but days that are let pass")]
fn real_now() -> DateTime<Utc> {
    Utc::now()
}
