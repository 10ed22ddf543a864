//! Notes of what every process has to forget, made in the transaction of the change that makes it wrong.
//!
//! The process that made the change forgets at once, tells the others through Redis, and then removes
//! the note. If it dies in between, or Redis is away, the note stays, and whichever process sees it twice
//! tells the others instead. No clock is involved, so it does not matter how far clocks are apart.
use super::{Security, repository};
use crate::Result;
use crate::clock::Clock;
use crate::stores::postgres::{Conn, Db};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Interval at which notes are looked for. Until then, a note is its maker's to deal with.
const SWEEP: Duration = Duration::from_millis(250);
/// Maximum number of notes that are dealt with at a time.
const BATCH: i64 = 1000;

/// Thing that every process is to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forget {
    Session(Uuid),
    /// All sessions of a user, and all keys that the user made.
    User(Uuid),
    ApiKey(Uuid),
}

impl Forget {
    pub(super) const fn id(self) -> Uuid {
        let (Self::Session(id) | Self::User(id) | Self::ApiKey(id)) = self;
        id
    }

    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::User(_) => "user",
            Self::ApiKey(_) => "api_key",
        }
    }

    pub(super) fn from_parts(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "session" => Some(Self::Session(id)),
            "user" => Some(Self::User(id)),
            "api_key" => Some(Self::ApiKey(id)),
            _ => None,
        }
    }
}

/// A note of something to forget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invalidation {
    pub id: Uuid,
    pub what: Forget,
}

/// Things that a use case makes every process forget: [recorded](Self::record) in its transaction, and told by
/// [`Security::forget`](super::Security::forget) once that is committed.
#[derive(Debug, Clone, Default)]
pub struct Forgetting(Vec<Invalidation>);

impl Forgetting {
    pub fn new(what: impl IntoIterator<Item = Forget>) -> Self {
        Self(what.into_iter().map(|what| Invalidation { id: Uuid::now_v7(), what }).collect())
    }

    /// Notes the things to forget, so that they are told even if this process dies after the commit.
    pub async fn record(&self, conn: &Conn) -> QueryResult<()> {
        if !self.0.is_empty() {
            repository::insert_invalidations(conn, &self.0, Clock::real_now()).await?;
        }
        Ok(())
    }

    pub(super) fn what(&self) -> Vec<Forget> {
        self.0.iter().map(|note| note.what).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes the notes, after everybody was told.
    pub(super) async fn settle(&self, db: &Db) -> Result<()> {
        let ids: Vec<Uuid> = self.0.iter().map(|note| note.id).collect();
        let conn = db.conn().await?;
        repository::delete_invalidations(&conn, &ids).await?;
        Ok(())
    }
}

impl Security {
    /// Tells everybody, for as long as this process runs, what processes that died could not.
    pub async fn sweep_invalidations(&self) {
        let mut ticks = tokio::time::interval(SWEEP);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = HashSet::new();
        loop {
            ticks.tick().await;
            match self.sweep(&seen).await {
                Ok(waiting) => seen = waiting,
                Err(error) => tracing::debug!(?error, "invalidations could not be swept; the next sweep will"),
            }
        }
    }

    /// Deals with the notes that were `seen` before, and returns all that there are.
    async fn sweep(&self, seen: &HashSet<Uuid>) -> Result<HashSet<Uuid>> {
        let conn = self.db.conn().await?;
        let notes = repository::list_invalidations(&conn, BATCH).await?;
        drop(conn);
        let waiting = notes.iter().map(|note| note.id).collect();
        let (left, _): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| seen.contains(&note.id));
        if !left.is_empty() {
            tracing::info!(notes = left.len(), "telling what somebody else could not");
            self.pass_on(&Forgetting(left)).await?;
        }
        Ok(waiting)
    }

    /// Deals with every note that there is.
    pub(super) async fn sweep_all(&self) -> Result<()> {
        loop {
            let conn = self.db.conn().await?;
            let notes = repository::list_invalidations(&conn, BATCH).await?;
            drop(conn);
            if notes.is_empty() {
                return Ok(());
            }
            self.pass_on(&Forgetting(notes)).await?;
        }
    }
}
