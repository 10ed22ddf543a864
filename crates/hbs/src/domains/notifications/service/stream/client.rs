//! One client's stream, from where it left off.
use super::hub::{Hub, Subscription};
use super::told::{self, BATCH, Told, written};
use crate::Result;
use crate::app::App;
use crate::outbox;
use crate::security::{Me, Principal};
use bytes::Bytes;
use futures_util::stream::{BoxStream, unfold};
use futures_util::{StreamExt, try_join};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::timeout;
use uuid::Uuid;

/// Pause after which a stream shows that it is alive, shorter than any proxy's patience.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where a stream begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// After an event that the client has seen: the text of `Last-Event-ID`.
    After(String),
}

/// A stream that tells a person what happens. `token` is the one by which they have come: it is asked again whenever there is
/// something to tell, so that whoever has lost a right, or whose session has ended, hears no more.
pub async fn open(
    app: App,
    me: &Me,
    token: String,
    start: Start,
    follows: bool,
) -> Result<BoxStream<'static, Result<Bytes, Infallible>>> {
    let user_id = me.user_id();
    let is_staff = me.caller.grants().iter().next().is_some();
    let subscription = if follows { Some(app.memory.of::<Hub>().subscribe(user_id, is_staff)?) } else { None };
    let conn = app.db.conn().await?;
    let to = match &subscription {
        Some(subscription) => subscription.from,
        None => outbox::last_position(&conn).await?,
    };
    drop(conn);
    let kept = i64::from(app.config.stream_events_kept);
    let (from, opening) = match start {
        Start::Now => (to, written(to, "ready", &json!({"sequence": to}))?),
        Start::After(id) => match id.parse::<i64>() {
            // Another process may have passed more on than this one has read so far: that is no reason to begin anew.
            Ok(seen) if seen >= 0 && to - seen <= kept && is_known(&app, seen).await? => {
                (seen, written(seen, "ready", &json!({"sequence": seen}))?)
            }
            Ok(seen) if seen >= 0 && to - seen > kept => (to, reset(to, "too_old")?),
            _ => (to, reset(to, "unknown")?),
        },
    };
    let client = Client { app, user_id, token, subscription, seen: from, to, is_over: false, opening: Some(opening) };
    let pieces = unfold(client, |mut client| async move {
        let piece = client.next().await?;
        Some((Ok(Bytes::from(piece)), client))
    });
    Ok(pieces.boxed())
}

/// Returns `true` if there was an event at a position, or nothing before, and all that came after it is still here.
async fn is_known(app: &App, position: i64) -> Result<bool> {
    let conn = app.db.conn().await?;
    let (first, last) = try_join!(outbox::first_position(&conn), outbox::last_position(&conn))?;
    Ok(position <= last && first.is_none_or(|first| position >= first - 1))
}

fn reset(position: i64, reason: &str) -> Result<String> {
    written(position, "reset", &json!({"reason": reason, "sequence": position}))
}

struct Client {
    app: App,
    user_id: Uuid,
    token: String,
    /// None for a client that does not follow.
    subscription: Option<Subscription>,
    /// Position up to which everything has been told.
    seen: i64,
    /// Position up to which the record is read for this client alone, before it follows with the others.
    to: i64,
    is_over: bool,
    opening: Option<String>,
}

impl Client {
    /// The next piece of the stream; none at its end.
    async fn next(&mut self) -> Option<String> {
        if let Some(opening) = self.opening.take() {
            return Some(opening);
        }
        loop {
            if self.is_over {
                return None;
            }
            let piece = if self.seen < self.to { Box::pin(self.catch_up()).await } else { self.follow().await };
            match piece {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => return Some(piece),
                // Whoever is not let in any more, or a store that is away: the client comes again, and is told then.
                Err(_) => return None,
            }
        }
    }

    /// Tells what happened before the stream was there.
    async fn catch_up(&mut self) -> Result<String> {
        let principal = self.principal().await?;
        let conn = self.app.db.conn().await?;
        let mut events = outbox::numbered_after(&conn, self.seen, BATCH).await?;
        events.retain(|event| event.position <= self.to);
        let told = told::tell(&conn, &events).await?;
        self.seen = events.last().map_or(self.to, |last| last.position);
        Ok(self.tell(told.iter(), &principal))
    }

    /// Tells what happens, with the other streams of this process.
    async fn follow(&mut self) -> Result<String> {
        let Some(subscription) = &mut self.subscription else {
            self.is_over = true;
            return Ok(String::new());
        };
        let batch = match timeout(HEARTBEAT, subscription.batches.recv()).await {
            Ok(Some(batch)) => batch,
            Ok(None) => {
                self.is_over = true;
                return if subscription.is_slow() { reset(self.seen, "too_slow") } else { Ok(String::new()) };
            }
            Err(_) => {
                // Read first: what was passed on up to there is here, if it is for this client.
                let position = subscription.position();
                match subscription.batches.try_recv() {
                    Ok(batch) => batch,
                    Err(TryRecvError::Disconnected) => return Ok(String::new()),
                    Err(TryRecvError::Empty) => return Box::pin(self.beat(position)).await,
                }
            }
        };
        let principal = Box::pin(self.principal()).await?;
        // What it was read for alone is not told again.
        let new = batch.iter().filter(|told| told.position > self.seen);
        let last = batch.last().map_or(self.seen, |told| told.position.max(self.seen));
        let piece = self.tell(new, &principal);
        self.seen = last;
        Ok(piece)
    }

    /// Shows that the stream is alive, and up to where it has told everything.
    async fn beat(&mut self, position: Option<i64>) -> Result<String> {
        self.principal().await?;
        self.seen = position.unwrap_or(self.seen).max(self.seen);
        Ok(format!(": alive\nid: {}\n\n", self.seen))
    }

    /// The person, if they are still let in, with what they hold by now.
    async fn principal(&self) -> Result<Arc<Principal>> {
        let principal = self.app.security.resolve(&self.token).await?;
        if let Some(subscription) = &self.subscription {
            subscription.set_staff(principal.grants.iter().next().is_some());
        }
        Ok(principal)
    }

    fn tell<'a>(&self, told: impl Iterator<Item = &'a Told>, principal: &Principal) -> String {
        let for_them = told.filter(|told| told.is_for(self.user_id, &principal.grants));
        for_them.map(|told| told.text.as_str()).collect()
    }
}
