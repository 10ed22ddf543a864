//! Times at which sessions and keys were last used: noted at most once a minute for each, and written in batches beside
//! the requests.
use super::principal::{Identity, Principal};
use super::{CAPACITY, Security, repository};
use crate::Result;
use crate::clock::Clock;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Precision of the last use.
const PAUSE: Duration = Duration::from_secs(60);
const PAUSE_SECONDS: i64 = 60;
const FLUSH: Duration = Duration::from_secs(3);

/// Kind of an id: the table to which it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Session,
    ApiKey,
}

/// Time at which a remembered principal was last noted as used, in seconds since 1970.
#[derive(Debug)]
pub(super) struct NotedAt(AtomicI64);

impl NotedAt {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(now.timestamp()))
    }

    /// Returns `true` for one request a minute.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        let (noted, now) = (self.0.load(Ordering::Relaxed), now.timestamp());
        now - noted >= PAUSE_SECONDS && self.0.compare_exchange(noted, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

pub(super) struct LastUses {
    /// Uses noted within the last minute, also of principals whom this process does not remember.
    noted: moka::sync::Cache<Uuid, ()>,
    /// Uses to be written, in the order of ids, in which rows are changed.
    pending: Mutex<BTreeMap<(Kind, Uuid), DateTime<Utc>>>,
}

impl Default for LastUses {
    fn default() -> Self {
        let noted = moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(PAUSE).build();
        Self { noted, pending: Mutex::default() }
    }
}

impl LastUses {
    pub(super) fn note(&self, principal: &Principal, now: DateTime<Utc>) {
        let kind = match &principal.identity {
            Identity::Person(_) => Kind::Session,
            Identity::ApiKey(_) => Kind::ApiKey,
            Identity::Guest(_) => return,
        };
        let id = principal.id();
        if !self.noted.contains_key(&id) {
            self.noted.insert(id, ());
            self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert((kind, id), now);
        }
    }

    fn take(&self) -> BTreeMap<(Kind, Uuid), DateTime<Utc>> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Security {
    /// Writes last uses every few seconds, for as long as the process runs.
    pub async fn flush_last_uses(&self) {
        let mut ticks = tokio::time::interval(FLUSH);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.flush().await {
                // A minute later there will be a newer one.
                tracing::debug!(?error, "last uses could not be written");
            }
        }
    }

    async fn flush(&self) -> Result<()> {
        let uses = self.last_uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        let of = |wanted: Kind| -> (Vec<Uuid>, Vec<DateTime<Utc>>) {
            uses.iter().filter(|((kind, _), _)| *kind == wanted).map(|((_, id), at)| (*id, *at)).unzip()
        };
        let (sessions, keys) = (of(Kind::Session), of(Kind::ApiKey));
        let now = Clock::real_now();
        let conn = self.db.conn().await?;
        if !sessions.0.is_empty() {
            repository::touch_sessions(&conn, &sessions.0, &sessions.1, now).await?;
        }
        if !keys.0.is_empty() {
            repository::touch_api_keys(&conn, &keys.0, &keys.1, now).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_use_is_noted_once_a_minute() {
        let now = Clock::real_now();
        let noted = NotedAt::new(now);
        assert!(!noted.is_due(now + TimeDelta::seconds(59)));
        assert!(noted.is_due(now + TimeDelta::seconds(60)));
        assert!(!noted.is_due(now + TimeDelta::seconds(119)), "noted again a minute after that");
        assert!(noted.is_due(now + TimeDelta::seconds(120)));
    }
}
