//! Cache of the signed-in in this process, and the means that keep processes in step.
//!
//! Each process subscribes to one Redis channel and keeps sending itself beats over it. A beat that
//! came back proves that every message sent before it has come too, so what the process remembers
//! is trusted only while the last beat is younger than [`TRUST`]. With Redis away, or slow,
//! everything is read from PostgreSQL: slower, never wrong. Before trust begins anew, what could not be
//! told meanwhile is read there too.
use super::invalidation::{Forget, Forgetting};
use super::last_use::NotedAt;
use super::permission::RoleGrants;
use super::principal::{Principal, Session};
use super::token::Claims;
use super::{CAPACITY, Security};
use crate::clock::Clock;
use crate::stores::redis::Redis;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use redis::AsyncTypedCommands;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Time for which a subscription is trusted without an answer.
const TRUST: Duration = Duration::from_millis(500);
const BEAT: Duration = Duration::from_millis(120);
const RECONNECT: Duration = Duration::from_millis(250);
/// Lifetime of entries in Redis, which bounds how long a wrong one could live if everything else failed.
const REDIS_SECONDS: u64 = 60;
/// Lifetime of the mark of something forgotten, which keeps a slower process from writing the old state again: longer
/// than any request may take.
const TOMBSTONE_SECONDS: u64 = 120;
const TOMBSTONE: &str = "";
/// Maximum number of items in one message.
const MESSAGE_ITEMS: usize = 1000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    Forget(Vec<Forget>),
    /// The signing keys have changed.
    Keys,
    /// A beat: the process that sent it, and the time on its own clock (milliseconds).
    Beat(Uuid, u64),
}

pub(super) struct Cache {
    principals: moka::sync::Cache<Uuid, Arc<Remembered>>,
    /// Counts what was forgotten, so that a read that began before does not write the old state.
    generation: AtomicU64,
    started: Instant,
    /// Time of sending of the last beat that came back, in milliseconds after `started`; 0 is never.
    last_beat: AtomicU64,
    process: Uuid,
}

/// A principal, and when their last use was noted.
struct Remembered {
    principal: Arc<Principal>,
    noted_at: NotedAt,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            principals: moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(Duration::from_secs(300)).build(),
            generation: AtomicU64::new(0),
            started: Instant::now(),
            last_beat: AtomicU64::new(0),
            process: Uuid::now_v7(),
        }
    }
}

impl Cache {
    /// Returns what is remembered of a session or a key, and whether its use is to be noted.
    pub(super) fn principal(&self, id: Uuid, now: DateTime<Utc>) -> Option<(Arc<Principal>, bool)> {
        if !self.is_trusted() {
            return None;
        }
        let remembered = self.principals.get(&id)?;
        let lasts = remembered.principal.ends_at.is_none_or(|end| end > now);
        lasts.then(|| (Arc::clone(&remembered.principal), remembered.noted_at.is_due(now)))
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Remembers what was read since `generation`, unless something was forgotten meanwhile.
    pub(super) fn remember(&self, generation: u64, principal: &Arc<Principal>, now: DateTime<Utc>) {
        if !self.is_trusted() || self.generation() != generation {
            return;
        }
        let remembered = Remembered { principal: Arc::clone(principal), noted_at: NotedAt::new(now) };
        self.principals.insert(principal.id(), Arc::new(remembered));
        // Forgetting counts first and removes then: seen here, the entry may have come too late.
        if self.generation() != generation {
            self.principals.invalidate(&principal.id());
        }
    }

    fn is_trusted(&self) -> bool {
        let sent = self.last_beat.load(Ordering::SeqCst);
        sent != 0 && self.now_millis().saturating_sub(sent) < millis(TRUST)
    }

    fn now_millis(&self) -> u64 {
        millis(self.started.elapsed()).max(1)
    }

    pub(super) fn forget_here(&self, what: &[Forget]) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let mut users = HashSet::new();
        for what in what {
            match what {
                Forget::Session(id) | Forget::ApiKey(id) => self.principals.invalidate(id),
                Forget::User(id) => {
                    users.insert(*id);
                }
            }
        }
        if users.is_empty() {
            return;
        }
        let is_theirs = |principal: &Principal| users.contains(&principal.depends_on());
        let theirs = self.principals.iter().filter(|(_, remembered)| is_theirs(&remembered.principal));
        for session_id in theirs.map(|(session_id, _)| *session_id).collect::<Vec<_>>() {
            self.principals.invalidate(&session_id);
        }
    }

    fn forget_everything(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.principals.invalidate_all();
    }
}

impl Security {
    /// The principal, if Redis is there and has both halves.
    pub(super) async fn load_from_redis(&self, claims: &Claims) -> Option<Principal> {
        if !self.cache.is_trusted() {
            return None;
        }
        let keys = [session_key(&self.redis, claims.sid), grants_key(&self.redis, claims.sub)];
        let values = self.redis.conn().mget(&keys[..]).await.ok()?;
        let [Some(session), Some(roles)] = values.as_slice() else { return None };
        let session: Session = serde_json::from_str(session).ok()?;
        let roles: RoleGrants = serde_json::from_str(roles).ok()?;
        if session.person.id != claims.sub || session.expires_at <= Clock::real_now() {
            return None;
        }
        Some(Principal::person(session, roles))
    }

    /// Writes both halves, each only where nothing stands, not even a tombstone.
    pub(super) async fn keep_in_redis(&self, session: &Session, roles: &RoleGrants) {
        if !self.cache.is_trusted() {
            return;
        }
        let (Ok(session_text), Ok(roles_text)) = (serde_json::to_string(session), serde_json::to_string(roles)) else {
            return;
        };
        let mut pipe = redis::pipe();
        for (key, value) in
            [(session_key(&self.redis, session.id), session_text), (grants_key(&self.redis, session.person.id), roles_text)]
        {
            pipe.cmd("SET").arg(key).arg(value).arg("EX").arg(REDIS_SECONDS).arg("NX").ignore();
        }
        if let Err(error) = pipe.query_async::<()>(&mut self.redis.conn()).await {
            tracing::debug!(%error, "could not keep a session in Redis");
        }
    }

    /// Makes every process read the signing keys.
    pub async fn tell_of_new_keys(&self) -> redis::RedisResult<()> {
        self.publish(&Message::Keys).await
    }

    async fn publish(&self, message: &Message) -> redis::RedisResult<()> {
        let message = serde_json::to_string(message).unwrap_or_default();
        self.redis.conn().publish(channel(&self.redis), message).await.map(|_| ())
    }

    /// Listens to the other processes, for as long as this one runs.
    pub async fn keep_in_step(&self) {
        loop {
            if let Err(error) = self.listen().await {
                tracing::debug!(?error, "the Redis subscription ended");
            }
            tokio::time::sleep(RECONNECT).await;
        }
    }

    async fn listen(&self) -> Result<()> {
        let connected = tokio::time::timeout(TRUST, self.redis.subscriber()).await.map_err(Error::internal)?;
        let mut subscription = connected.map_err(Error::internal)?;
        subscription.subscribe(channel(&self.redis)).await.map_err(Error::internal)?;
        // Whatever was said while nobody listened is lost, so nothing from before counts.
        self.cache.forget_everything();
        self.read_keys().await?;

        let mut messages = subscription.on_message();
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => self.hear(&message.get_payload::<String>().map_err(Error::internal)?).await?,
                    None => return Ok(()),
                },
                _ = beats.tick() => {
                    let beat = Message::Beat(self.cache.process, self.cache.now_millis());
                    self.publish(&beat).await.map_err(Error::internal)?;
                }
            }
        }
    }

    async fn hear(&self, payload: &str) -> Result<()> {
        let cache = &self.cache;
        match serde_json::from_str(payload) {
            Ok(Message::Forget(what)) => cache.forget_here(&what),
            Ok(Message::Beat(process, sent)) if process == cache.process => {
                if !cache.is_trusted() {
                    // What Redis could not be told meanwhile stands in PostgreSQL.
                    self.sweep_all().await?;
                }
                cache.last_beat.store(sent, Ordering::SeqCst);
            }
            Ok(Message::Beat(..)) => {}
            Ok(Message::Keys) => self.read_keys().await?,
            Err(error) => {
                // A newer process may speak of things this one does not know: then nothing is sure.
                tracing::warn!(%error, "an unknown message from another process");
                cache.forget_everything();
            }
        }
        Ok(())
    }
}

/// Takes forgotten things out of Redis and tells every process.
pub(super) async fn tell(redis: &Redis, forgetting: &Forgetting) -> redis::RedisResult<()> {
    for what in forgetting.what().chunks(MESSAGE_ITEMS) {
        let mut pipe = redis::pipe();
        for what in what {
            let key = redis_key(redis, *what);
            pipe.cmd("SET").arg(key).arg(TOMBSTONE).arg("EX").arg(TOMBSTONE_SECONDS).ignore();
        }
        let message = serde_json::to_string(&Message::Forget(what.to_vec())).unwrap_or_default();
        pipe.cmd("PUBLISH").arg(channel(redis)).arg(message).ignore();
        pipe.query_async::<()>(&mut redis.conn()).await?;
    }
    Ok(())
}

fn channel(redis: &Redis) -> String {
    redis.key("forget")
}

fn redis_key(redis: &Redis, what: Forget) -> String {
    match what {
        Forget::Session(id) => session_key(redis, id),
        Forget::User(id) => grants_key(redis, id),
        Forget::ApiKey(id) => redis.key(&format!("api_key:{id}")),
    }
}

fn session_key(redis: &Redis, session_id: Uuid) -> String {
    redis.key(&format!("session:{session_id}"))
}

fn grants_key(redis: &Redis, user_id: Uuid) -> String {
    redis.key(&format!("perms:{user_id}"))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
