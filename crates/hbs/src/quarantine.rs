//! Quarantine: what was restored from an archive sends nothing and changes nothing until somebody says `hbs resume`.
//!
//! A restored HBS believes in its past: it would mail, charge and call again what was mailed, charged and called since the backup.
//! So `hbs restore` leaves a mark in the database. A process that finds it at its start serves what is read, and holds all work
//! beside requests: jobs, mails, the relay, consumers, feeds. It looks for the end of it, and then begins to work by itself.
use crate::error::problems::QUARANTINED;
use crate::stores::postgres::{Conn, Db};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::installation;
use tokio::sync::watch;

/// Mark of a restored installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Null if it was not restored to the end.
    pub quarantined_since: Option<DateTime<Utc>>,
    /// Name of the archive that it was restored from.
    pub restored_from: Option<String>,
}

/// Quarantine, as this process knows of it.
#[derive(Debug)]
pub struct Quarantine(watch::Sender<bool>);

impl Default for Quarantine {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Quarantine {
    pub fn is_on(&self) -> bool {
        *self.0.borrow()
    }

    /// Looks whether this is a restored installation.
    pub async fn look(&self, db: &Db) -> Result<Option<Restored>> {
        let restored = find(&*db.conn().await?).await?;
        self.0.send_replace(restored.is_some());
        Ok(restored)
    }

    /// Returns when it is over.
    pub async fn over(&self) {
        // The sender lives as long as the app.
        let _ = self.0.subscribe().wait_for(|is_on| !is_on).await;
    }
}

/// Finds the mark. An archive does not have the row, and the end of a restore writes it: without one, something was restored by
/// halves.
pub async fn find(mut conn: &Conn) -> QueryResult<Option<Restored>> {
    let row: Option<(Option<DateTime<Utc>>, Option<String>)> = installation::table
        .find(true)
        .select((installation::quarantined_since, installation::restored_from))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(match row {
        Some((None, _)) => None,
        Some((quarantined_since, restored_from)) => Some(Restored { quarantined_since, restored_from }),
        None => Some(Restored { quarantined_since: None, restored_from: None }),
    })
}

/// Begins the quarantine of what was restored.
pub async fn begin(mut conn: &Conn, archive: &str, now: DateTime<Utc>) -> QueryResult<()> {
    let marked = (
        installation::quarantined_since.eq(Some(now)),
        installation::restored_from.eq(Some(archive)),
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
