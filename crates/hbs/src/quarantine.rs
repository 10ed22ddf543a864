//! Quarantine: what was restored from an archive sends nothing and changes nothing until somebody says `hbs resume`.
//!
//! A restored HBS believes in its past: it would mail, charge and call again what was mailed, charged and called since the
//! backup. So `hbs restore` leaves a mark in the database. A process that finds it at its start serves what is read, and holds
//! all work beside requests: jobs, mails, the relay, consumers, feeds. It looks for the end of it, and then begins to work by
//! itself.
use crate::error::problems::QUARANTINED;
use crate::stores::postgres::{Conn, Db, RunQueryDsl};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::installation;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// Mark of a restored installation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = installation, check_for_backend(diesel::pg::Pg))]
pub struct Restored {
    /// Null if it was not restored to the end.
    pub quarantined_since: Option<DateTime<Utc>>,
    /// Name of the archive that it was restored from.
    pub restored_from: Option<String>,
    /// The moment that it is of, where whoever restored it said so.
    #[diesel(column_name = restored_as_of)]
    pub as_of: Option<DateTime<Utc>>,
}

/// Quarantine, as this process knows of it.
#[derive(Debug)]
pub struct Quarantine {
    is_on: watch::Sender<bool>,
    looks: AtomicU64,
}

impl Default for Quarantine {
    fn default() -> Self {
        Self { is_on: watch::Sender::new(false), looks: AtomicU64::new(0) }
    }
}

impl Quarantine {
    pub fn is_on(&self) -> bool {
        *self.is_on.borrow()
    }

    /// Looks whether this is a restored installation.
    pub async fn look(&self, db: &Db) -> Result<Option<Restored>> {
        let restored = find(&*db.conn().await?).await?;
        self.is_on.send_replace(restored.is_some());
        self.looks.fetch_add(1, Ordering::Relaxed);
        Ok(restored)
    }

    /// Returns how often this process has looked.
    pub fn looks(&self) -> u64 {
        // Diesel has a `load` of its own.
        AtomicU64::load(&self.looks, Ordering::Relaxed)
    }

    /// Returns when it is over.
    pub async fn over(&self) {
        // The sender lives as long as the app.
        let _ = self.is_on.subscribe().wait_for(|is_on| !is_on).await;
    }
}

/// Finds the mark. An archive does not have the row, and the end of a restore writes it: without one, something was restored by
/// halves.
pub async fn find(mut conn: &Conn) -> QueryResult<Option<Restored>> {
    let row = installation::table.find(true).select(Restored::as_select()).first(&mut conn).await.optional()?;
    Ok(match row {
        Some(Restored { quarantined_since: None, .. }) => None,
        Some(restored) => Some(restored),
        None => Some(Restored { quarantined_since: None, restored_from: None, as_of: None }),
    })
}

/// Begins the quarantine of what was restored, which is of a moment in the past.
pub async fn begin(mut conn: &Conn, archive: &str, as_of: DateTime<Utc>, now: DateTime<Utc>) -> QueryResult<()> {
    let marked = (
        installation::quarantined_since.eq(Some(now)),
        installation::restored_from.eq(Some(archive)),
        installation::restored_as_of.eq(Some(as_of)),
        installation::updated_at.eq(now),
    );
    diesel::insert_into(installation::table)
        .values((installation::id.eq(true), marked))
        .on_conflict(installation::id)
        .do_update()
        .set(marked)
        .execute(&mut conn)
        .await
        .map(drop)
}

/// Ends the quarantine.
pub async fn end(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(installation::table.find(true))
        .set((installation::quarantined_since.eq(None::<DateTime<Utc>>), installation::updated_at.eq(now)))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// Returns `true` for what can be asked in quarantine although it changes something: signing in, and the test clock.
pub fn is_free(path: &str) -> bool {
    path.starts_with("/v1/auth/") || path.starts_with("/v1/test/")
}

/// Makes the answer to a request that would change something.
pub fn refusal() -> Error {
    let detail = "HBS was restored from a backup and is in quarantine: it changes nothing until its operator resumes it.";
    Error::client(&QUARANTINED, detail).with_retry_after(60)
}
