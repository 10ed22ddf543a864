//! Budgets that all processes share: in Redis, one round trip each.
use super::{Class, Decision, Key};
use crate::app::App;
use redis::{RedisResult, Script};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Maximum time of waiting for Redis, which answers within a millisecond or is not waited for.
const PATIENCE: Duration = Duration::from_millis(50);
/// Pause after a failure of Redis, in milliseconds, so that not every request waits for it.
const PAUSE_MILLIS: u64 = 1000;
const MICROS_PER_MINUTE: u64 = 60_000_000;

pub(super) struct Shared {
    script: Script,
    started: Instant,
    /// End of the pause in which Redis is not asked, in milliseconds after `started`.
    away_until: AtomicU64,
}

impl Default for Shared {
    fn default() -> Self {
        Self { script: Script::new(include_str!("gcra.lua")), started: Instant::now(), away_until: AtomicU64::new(0) }
    }
}

impl Shared {
    /// Takes a request from its budget; none if Redis is away.
    pub(super) async fn check(&self, app: &App, class: Class, per_minute: NonZeroU32, key: Key) -> Option<Decision> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.away_until.load(Ordering::Relaxed) {
            return None;
        }
        match tokio::time::timeout(PATIENCE, self.ask(app, class, per_minute, key)).await {
            Ok(Ok(decision)) => return Some(decision),
            Ok(Err(error)) => tracing::debug!(%error, "Redis could not count a request; this process does"),
            Err(_) => tracing::debug!("Redis is slow to count a request; this process does"),
        }
        self.away_until.store(now + PAUSE_MILLIS, Ordering::Relaxed);
        metrics::counter!("hbs_rate_limit_fallbacks_total").increment(1);
        None
    }

    async fn ask(&self, app: &App, class: Class, per_minute: NonZeroU32, key: Key) -> RedisResult<Decision> {
        let whose = match key {
            Key::Caller(id) => app.redis.key(&format!("rate:{}:{id}", class.as_str())),
            Key::Address(address) => app.redis.key(&format!("rate:{}:{address}", class.as_str())),
        };
        let interval_micros = (MICROS_PER_MINUTE / u64::from(per_minute.get())).max(1);
        let mut call = self.script.key(whose);
        call.arg(interval_micros).arg(per_minute.get());
        let (passes, remaining, retry_millis): (bool, u32, u64) = call.invoke_async(&mut app.redis.conn()).await?;
        Ok(match passes {
            true => Decision::Pass { remaining },
            false => Decision::Refuse { retry_after: Duration::from_millis(retry_millis) },
        })
    }
}
