use crate::ids::id;
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::backups;
use serde::Serialize;
use uuid::Uuid;

id! {
    /// Id of a backup.
    pub struct BackupId;
}

impl From<Uuid> for BackupId {
    /// Makes the id that a manifest names.
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

text_enum! {
    /// State of a backup.
    pub enum BackupStatus {
        /// It is made within a minute.
        Requested = "requested",
        Running = "running",
        /// The archive is complete. Whether it can be restored is another question: see `proof`.
        Completed = "completed",
        /// Nothing is left of it.
        Failed = "failed",
        /// The archive was removed, as the settings say how many are kept.
        Expired = "expired",
    }
}

text_enum! {
    /// Cause of a backup.
    pub enum BackupCause {
        /// The command `hbs backup`.
        Command = "command",
        /// A request to the API.
        Request = "request",
        Schedule = "schedule",
        /// The archive was found in its place, of which the database knew nothing: it is younger than the one that was restored.
        Found = "found",
    }
}

text_enum! {
    /// Proof of backups: whether one was restored and found to be what it should be.
    pub enum Proof {
        Unproven = "unproven",
        Proven = "proven",
    }
}

/// Failure of a drill that has begun and not ended.
pub const NOT_ENDED: &str = "it has not ended";

/// A backup.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = backups)]
pub struct Backup {
    pub id: BackupId,
    pub status: BackupStatus,
    pub cause: BackupCause,
    pub requested_by: Option<Uuid>,
    /// Name of the archive, without its ending.
    pub name: Option<String>,
    pub size_bytes: Option<i64>,
    pub sha256: Option<String>,
    pub manifest: Option<serde_json::Value>,
    pub failure: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub proven_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// When a drill last began to restore the archive, and why it did not prove it.
    pub drilled_at: Option<DateTime<Utc>>,
    pub drill_failure: Option<String>,
}

impl Backup {
    /// Returns `true` while a drill restores the archive, as far as is known: one that died says the same.
    pub fn is_in_drill(&self) -> bool {
        self.drill_failure.as_deref() == Some(NOT_ENDED)
    }

    /// Returns `true` if the last drill has ended and did not prove the archive.
    pub fn has_failed_drill(&self) -> bool {
        self.drill_failure.is_some() && !self.is_in_drill()
    }
}

impl Recorded for Backup {
    const ENTITY: &'static str = "backup";
    const OPEN: &'static [&'static str] =
        &["id", "status", "cause", "size_bytes", "sha256", "started_at", "finished_at", "proven_at", "drilled_at"];
    fn entity(&self) -> Entity {
        Entity::new(self.id.into())
    }
}

/// A backup that is begun, or asked for.
#[derive(Debug, Insertable)]
#[diesel(table_name = backups)]
pub struct NewBackup {
    pub id: BackupId,
    pub status: BackupStatus,
    pub cause: BackupCause,
    pub requested_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A complete archive, as it is noted.
#[derive(Debug)]
pub struct Completed {
    pub size_bytes: i64,
    pub sha256: String,
    pub manifest: serde_json::Value,
}
