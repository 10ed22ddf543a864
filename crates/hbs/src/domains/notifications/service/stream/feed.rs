//! The task that reads the record for all streams of this process, and the one that is woken by other processes.
use super::hub::Hub;
use super::told::{self, BATCH};
use crate::Result;
use crate::app::App;
use crate::ending::Ending;
use crate::outbox;
use futures_util::StreamExt;
use redis::AsyncTypedCommands;
use std::sync::Arc;
use std::time::Duration;

/// Longest pause between two looks: for that long, a lost word from Redis can hold an event up.
const POLL: Duration = Duration::from_millis(500);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const RECONNECT: Duration = Duration::from_millis(250);

fn channel(app: &App) -> String {
    app.redis.key("stream")
}

/// Passes events on for as long as the process runs.
pub async fn feed(app: App) {
    let (hub, ending) = (app.memory.of::<Hub>(), app.memory.of::<Ending>());
    loop {
        // From before the look, so that nothing is numbered unnoticed in between.
        let numbered = app.relay.next_numbered();
        let pause = match pass_on(&app, &hub).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(?error, "events could not be read for the streams");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = numbered => wake_others(&app).await,
            () = hub.bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = ending.begun() => break,
        }
    }
    hub.close();
}

/// Passes one batch on. True if there may be more.
async fn pass_on(app: &App, hub: &Hub) -> Result<bool> {
    let conn = app.db.conn().await?;
    let Some(position) = hub.position() else {
        hub.begin(outbox::last_position(&conn).await?);
        return Ok(true);
    };
    if !hub.has_listeners() && hub.pass_over(outbox::last_position(&conn).await?) {
        return Ok(false);
    }
    let events = outbox::numbered_after(&conn, position, BATCH).await?;
    let Some(last) = events.last() else { return Ok(false) };
    let told = told::tell(&conn, &events).await?;
    drop(conn);
    hub.pass_on(told, last.position);
    Ok(events.len() == usize::try_from(BATCH).unwrap_or(usize::MAX))
}

/// Wakes the other processes. Without Redis they look by themselves.
async fn wake_others(app: &App) {
    if let Err(error) = app.redis.conn().publish(channel(app), "").await {
        tracing::debug!(%error, "the streams of other processes could not be woken");
    }
}

/// Rings the bell when another process has numbered events, for as long as this one runs.
pub async fn listen(app: App) {
    let hub = app.memory.of::<Hub>();
    loop {
        if let Err(error) = hear(&app, &hub).await {
            tracing::debug!(%error, "the subscription to the words of other processes ended");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn hear(app: &App, hub: &Arc<Hub>) -> redis::RedisResult<()> {
    let mut subscription = app.redis.subscriber().await?;
    subscription.subscribe(channel(app)).await?;
    let mut words = subscription.on_message();
    while words.next().await.is_some() {
        hub.bell.notify_one();
    }
    Ok(())
}
