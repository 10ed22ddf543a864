//! The server that webhooks of the bench lead to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::lags::{Lags, Message};
use crate::error::{Context, Result};

/// Time that the slow endpoint takes for each answer.
const SLOW: Duration = Duration::from_secs(10);

/// Server with as many endpoints as are asked for, and a slow one.
pub struct Receiver {
    host: String,
    lags: Arc<Mutex<Lags>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen")?;
        let host = format!("http://{}", listener.local_addr().context("cannot listen")?);
        let lags = Arc::<Mutex<Lags>>::default();
        let router = Router::new().route("/slow", post(slow)).route("/{endpoint}", post(take)).with_state(Arc::clone(&lags));
        let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { host, lags, serving })
    }

    /// Returns the address of an endpoint that answers at once.
    pub fn quick(&self, endpoint: u32) -> String {
        format!("{}/{endpoint}", self.host)
    }

    /// Returns the address of the endpoint that is slow, and counts for nothing.
    pub fn slow(&self) -> String {
        format!("{}/slow", self.host)
    }

    /// Returns what the endpoints have been told.
    pub fn lags(&self) -> MutexGuard<'_, Lags> {
        lock(&self.lags)
    }
}

pub fn lock(lags: &Mutex<Lags>) -> MutexGuard<'_, Lags> {
    lags.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(lags): State<Arc<Mutex<Lags>>>, Path(endpoint): Path<u32>, body: Bytes) -> StatusCode {
    match serde_json::from_slice::<Message>(&body) {
        Ok(message) => {
            lock(&lags).note(endpoint, &message);
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn slow() -> StatusCode {
    sleep(SLOW).await;
    StatusCode::NO_CONTENT
}
