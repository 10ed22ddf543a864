//! What this process remembers of the signed-in, and how processes stay in step.
//!
//! Each process subscribes to one Redis channel and keeps sending itself beats over it. A beat that
//! came back proves that every message sent before it has come too, so what the process remembers
//! is trusted only while the last beat is younger than [`TRUST`]. With Redis away, or slow,
//! everything is read from PostgreSQL: slower, never wrong.
use super::principal::{Person, Principal};
use super::token::{Claims, Keys};
use crate::app::App;
use crate::clock::Clock;
use futures_util::StreamExt;
use redis::AsyncTypedCommands;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A subscription that has not answered for this long is not trusted.
const TRUST: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_millis(120);
const RECONNECT: Duration = Duration::from_millis(250);
/// Bounds how long a wrong entry could live if everything else failed.
const REDIS_SECONDS: u64 = 60;
/// What is forgotten leaves a mark that keeps a slower process from writing the old state again:
/// longer than any request may take.
const TOMBSTONE_SECONDS: u64 = 120;
const TOMBSTONE: &str = "";
const CAPACITY: u64 = 100_000;

/// What every process is to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forget {
    Session(Uuid),
    User(Uuid),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    Forget(Forget),
    /// From which process, and when on its own clock (milliseconds).
    Beat(Uuid, u64),
}

/// The part of a principal that hangs on the session.
#[derive(Serialize, Deserialize)]
struct SessionEntry {
    expires_at: chrono::DateTime<chrono::Utc>,
    person: Person,
}

pub(super) struct Cache {
    tokens: moka::sync::Cache<String, Claims>,
    principals: moka::sync::Cache<Uuid, Arc<Principal>>,
    /// Counts what was forgotten, so that a read that began before does not write the old state.
    generation: AtomicU64,
    started: Instant,
    /// When the last beat that came back was sent, in milliseconds after `started`; 0 is never.
    last_beat: AtomicU64,
    process: Uuid,
    /// What Redis could not be told yet.
    untold: Mutex<Vec<Forget>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            tokens: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(Duration::from_secs(3600)).build(),
            principals: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(Duration::from_secs(300)).build(),
            generation: AtomicU64::new(0),
            started: Instant::now(),
            last_beat: AtomicU64::new(0),
            process: Uuid::now_v7(),
            untold: Mutex::new(Vec::new()),
        }
    }
}

impl Cache {
    /// The claims of a token whose signature is good and whose time has not come.
    pub(super) fn verified(&self, token: &str, keys: &Keys) -> Option<Claims> {
        let claims = match self.tokens.get(token) {
            Some(claims) => claims,
            None => {
                let claims = keys.verify(token)?;
                self.tokens.insert(token.to_owned(), claims);
                claims
            }
        };
        (claims.exp > Clock::real_now().timestamp()).then_some(claims)
    }

    pub(super) fn principal(&self, session_id: Uuid) -> Option<Arc<Principal>> {
        if !self.is_trusted() {
            return None;
        }
        self.principals.get(&session_id).filter(|principal| principal.session_expires_at > Clock::real_now())
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Remembers what was read since `generation`, unless something was forgotten meanwhile.
    pub(super) fn remember(&self, generation: u64, principal: &Arc<Principal>) {
        if !self.is_trusted() || self.generation() != generation {
            return;
        }
        self.principals.insert(principal.session_id, Arc::clone(principal));
        // Forgetting counts first and removes then: seen here, the entry may have come too late.
        if self.generation() != generation {
            self.principals.invalidate(&principal.session_id);
        }
    }

    fn is_trusted(&self) -> bool {
        let sent = self.last_beat.load(Ordering::SeqCst);
        sent != 0 && self.now_millis().saturating_sub(sent) < millis(TRUST)
    }

    fn now_millis(&self) -> u64 {
        millis(self.started.elapsed()).max(1)
    }

    /// The principal, if Redis is there and has both halves.
    pub(super) async fn load_from_redis(&self, app: &App, claims: &Claims) -> Option<Principal> {
        if !self.is_trusted() {
            return None;
        }
        let keys = [session_key(app, claims.sid), grants_key(app, claims.sub)];
        let values = app.redis.conn().mget(&keys[..]).await.ok()?;
        let [Some(session), Some(grants)] = values.as_slice() else { return None };
        let session: SessionEntry = serde_json::from_str(session).ok()?;
        if session.person.id != claims.sub || session.expires_at <= Clock::real_now() {
            return None;
        }
        Some(Principal {
            session_id: claims.sid,
            session_expires_at: session.expires_at,
            person: session.person,
            grants: serde_json::from_str(grants).ok()?,
        })
    }

    /// Writes both halves, each only where nothing stands, not even a tombstone.
    pub(super) async fn keep_in_redis(&self, app: &App, principal: &Principal) {
        if !self.is_trusted() {
            return;
        }
        let session = SessionEntry { expires_at: principal.session_expires_at, person: principal.person.clone() };
        let (Ok(session), Ok(grants)) = (serde_json::to_string(&session), serde_json::to_string(&principal.grants)) else {
            return;
        };
        let mut pipe = redis::pipe();
        for (key, value) in [(session_key(app, principal.session_id), session), (grants_key(app, principal.person.id), grants)] {
            pipe.cmd("SET").arg(key).arg(value).arg("EX").arg(REDIS_SECONDS).arg("NX").ignore();
        }
        if let Err(error) = pipe.query_async::<()>(&mut app.redis.conn()).await {
            tracing::debug!(%error, "could not keep a session in Redis");
        }
    }

    pub(super) async fn forget(&self, app: &App, what: Forget) {
        self.forget_here(what);
        if let Err(error) = tell(app, what).await {
            tracing::warn!(%error, "Redis could not be told to forget; it will be when it is back");
            self.untold.lock().unwrap_or_else(PoisonError::into_inner).push(what);
        }
    }

    fn forget_here(&self, what: Forget) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        match what {
            Forget::Session(id) => self.principals.invalidate(&id),
            Forget::User(id) => {
                let sessions = self.principals.iter().filter(|(_, principal)| principal.person.id == id);
                for session_id in sessions.map(|(session_id, _)| *session_id).collect::<Vec<_>>() {
                    self.principals.invalidate(&session_id);
                }
            }
        }
    }

    fn forget_everything(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.principals.invalidate_all();
    }
}

/// Takes it out of Redis and tells every process.
async fn tell(app: &App, what: Forget) -> redis::RedisResult<()> {
    let message = serde_json::to_string(&Message::Forget(what)).unwrap_or_default();
    let mut pipe = redis::pipe();
    let (Forget::Session(id) | Forget::User(id)) = what;
    let key = match what {
        Forget::Session(_) => session_key(app, id),
        Forget::User(_) => grants_key(app, id),
    };
    pipe.cmd("SET").arg(key).arg(TOMBSTONE).arg("EX").arg(TOMBSTONE_SECONDS).ignore();
    pipe.cmd("PUBLISH").arg(channel(app)).arg(message).ignore();
    pipe.query_async(&mut app.redis.conn()).await
}

/// Listens to the other processes, for as long as this one runs.
pub async fn keep_in_step(app: App) {
    loop {
        if let Err(error) = listen(&app).await {
            tracing::debug!(%error, "the Redis subscription ended");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn listen(app: &App) -> redis::RedisResult<()> {
    let cache = &app.security.cache;
    let mut subscription = tokio::time::timeout(TRUST, app.redis.subscriber()).await.map_err(std::io::Error::from)??;
    subscription.subscribe(channel(app)).await?;
    // Whatever was said while nobody listened is lost, so nothing from before counts.
    cache.forget_everything();
    tell_the_untold(app).await?;

    let mut messages = subscription.on_message();
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => hear(cache, &message.get_payload::<String>()?),
                None => return Ok(()),
            },
            _ = beats.tick() => {
                tell_the_untold(app).await?;
                beat(app).await?;
            }
        }
    }
}

fn hear(cache: &Cache, payload: &str) {
    match serde_json::from_str(payload) {
        Ok(Message::Forget(what)) => cache.forget_here(what),
        Ok(Message::Beat(process, sent)) if process == cache.process => cache.last_beat.store(sent, Ordering::SeqCst),
        Ok(Message::Beat(..)) => {}
        Err(error) => {
            // A newer process may speak of things this one does not know: then nothing is sure.
            tracing::warn!(%error, "an unknown message from another process");
            cache.forget_everything();
        }
    }
}

async fn beat(app: &App) -> redis::RedisResult<()> {
    let cache = &app.security.cache;
    let message = serde_json::to_string(&Message::Beat(cache.process, cache.now_millis())).unwrap_or_default();
    app.redis.conn().publish(channel(app), message).await.map(|_| ())
}

async fn tell_the_untold(app: &App) -> redis::RedisResult<()> {
    let untold = std::mem::take(&mut *app.security.cache.untold.lock().unwrap_or_else(PoisonError::into_inner));
    for (told, what) in untold.iter().enumerate() {
        if let Err(error) = tell(app, *what).await {
            app.security.cache.untold.lock().unwrap_or_else(PoisonError::into_inner).extend(&untold[told..]);
            return Err(error);
        }
    }
    Ok(())
}

fn channel(app: &App) -> String {
    app.redis.key("forget")
}

fn session_key(app: &App, session_id: Uuid) -> String {
    app.redis.key(&format!("session:{session_id}"))
}

fn grants_key(app: &App, user_id: Uuid) -> String {
    app.redis.key(&format!("perms:{user_id}"))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
