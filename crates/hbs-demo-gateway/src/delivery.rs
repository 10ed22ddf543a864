//! Sends events to the hotel, until it takes them.
use crate::objects::Event;
use crate::{Error, Gateway, SIGNATURE_HEADER};
use std::time::Duration;

/// Time after which it looks again, should nobody call it.
const PAUSE: Duration = Duration::from_secs(1);
/// Time that a hotel has to take an event.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn run(gateway: Gateway) {
    let Some(url) = gateway.0.options.webhook_url.clone() else { return };
    loop {
        if let Err(error) = send_due(&gateway, &url).await {
            tracing::error!(%error, "the demo gateway cannot send its events");
        }
        let _ = tokio::time::timeout(PAUSE, gateway.0.has_events.notified()).await;
    }
}

async fn send_due(gateway: &Gateway, url: &str) -> Result<(), Error> {
    let now = gateway.now();
    let due = {
        let mut books = gateway.books();
        books.settle(now)?;
        books.due_events(now)
    };
    for event in due {
        let is_taken = send(gateway, url, &event).await;
        let mut books = gateway.books();
        if is_taken { books.mark_delivered(&[event])? } else { books.put_off(&event, now)? }
    }
    Ok(())
}

/// Returns `true` if the hotel took it, each time that it was sent.
async fn send(gateway: &Gateway, url: &str, event: &Event) -> bool {
    let mut is_taken = true;
    for (signature, body) in gateway.signed(event) {
        let request = gateway.0.options.client.post(url).timeout(PATIENCE).header(SIGNATURE_HEADER, signature);
        let answer = request.header("content-type", "application/json").body(body).send().await;
        is_taken &= answer.is_ok_and(|answer| answer.status().is_success());
    }
    is_taken
}
