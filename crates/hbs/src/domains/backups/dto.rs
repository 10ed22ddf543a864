use super::model::{Backup, BackupCause, BackupId, BackupStatus, Proof};
use crate::archive::{Manifest, Member};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// A backup of all stores.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BackupOut {
    /// Identifier of the backup.
    #[schema(value_type = Uuid)]
    pub id: BackupId,
    /// State of the backup.
    pub status: BackupStatus,
    /// Cause of the backup.
    pub cause: BackupCause,
    /// User who asked for it; null if nobody did, or an integration.
    pub requested_by: Option<Uuid>,
    /// Name of the archive, without the ending `.hbs`; null before it is begun.
    #[schema(example = "hbs-20261201T120000Z-019b76da")]
    pub name: Option<String>,
    /// Size of the archive in bytes; null without an archive.
    pub size_bytes: Option<i64>,
    /// SHA-256 of the archive, in hexadecimal; null without an archive.
    pub sha256: Option<String>,
    /// Version of the database's schema, which HBS must have to restore it; null without an archive.
    #[schema(example = "20261129000210")]
    pub schema_version: Option<String>,
    /// Public key that the archive is encrypted to; null without an archive.
    pub recipient: Option<String>,
    /// Number of rows of all tables; null without an archive.
    pub rows: Option<i64>,
    /// Number of documents of all collections; null without an archive.
    pub documents: Option<i64>,
    /// Number of files; null without an archive.
    pub files: Option<i64>,
    /// Members of the archive with their sizes and hashes.
    pub members: Vec<BackupMember>,
    /// Reason why the backup failed; null if it did not.
    pub failure: Option<String>,
    /// Proof that the archive can be restored: `unproven` until a drill has done it.
    pub proof: Proof,
    /// Time at which a drill last restored the archive (UTC); null while it is unproven.
    pub proven_at: Option<DateTime<Utc>>,
    /// Time of the last drill that tried to restore the archive (UTC); null without one.
    pub drilled_at: Option<DateTime<Utc>>,
    /// Reason why the last drill did not prove the archive; null if it did, or without one.
    pub drill_failure: Option<String>,
    /// Time at which the backup began (UTC); null before that.
    pub started_at: Option<DateTime<Utc>>,
    /// Time at which the backup was complete, or failed (UTC); null before that.
    pub finished_at: Option<DateTime<Utc>>,
    /// Version of the backup, which is its ETag.
    pub version: i64,
    /// Time at which the backup was asked for (UTC).
    pub created_at: DateTime<Utc>,
    /// Time of the last change (UTC).
    pub updated_at: DateTime<Utc>,
}

/// Member of an archive.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BackupMember {
    /// Name of the member.
    #[schema(example = "postgresql.dump")]
    pub name: String,
    /// Size in bytes, before it is encrypted.
    pub size_bytes: u64,
    /// SHA-256 before it is encrypted, in hexadecimal.
    pub sha256: String,
}

/// State of the backups: how old the last one is, and how old the last proof that one can be restored.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BackupStateOut {
    /// Proof of the backups that there are: `proven` if one of them was restored by a drill.
    pub proof: Proof,
    /// Time of the last proof that a backup can be restored (UTC); null without one.
    pub last_proven_restore: Option<DateTime<Utc>>,
    /// Time from which the data of the last proven backup are (UTC); null without one.
    pub last_proven_backup: Option<DateTime<Utc>>,
    /// Time at which the last backup was complete (UTC); null without one.
    pub last_completed: Option<DateTime<Utc>>,
    /// Time of the last drill, whatever came of it (UTC); null without one.
    pub last_drill: Option<DateTime<Utc>>,
    /// Reason why the last drill proved nothing; null if it did, or without one.
    pub last_drill_failure: Option<String>,
    /// `true` if this process drills by itself, once a night: it has the private key and stores for it. Another machine may do so.
    pub drills_nightly: bool,
    /// `true` if the settings say where backups go and to whom they are encrypted.
    pub is_set_up: bool,
}

impl From<Backup> for BackupOut {
    fn from(backup: Backup) -> Self {
        let Backup {
            id,
            status,
            cause,
            requested_by,
            name,
            size_bytes,
            sha256,
            manifest,
            failure,
            started_at,
            finished_at,
            proven_at,
            version,
            created_at,
            updated_at,
            drilled_at,
            drill_failure,
        } = backup;
        let manifest: Option<Manifest> = manifest.and_then(|manifest| serde_json::from_value(manifest).ok());
        let contents = manifest.as_ref().map(|manifest| &manifest.contents);
        Self {
            id,
            status,
            cause,
            requested_by,
            name,
            size_bytes,
            sha256,
            schema_version: manifest.as_ref().map(|manifest| manifest.schema_version.clone()),
            recipient: manifest.as_ref().map(|manifest| manifest.recipient.clone()),
            rows: contents.map(|contents| contents.tables.values().sum()),
            documents: contents.map(|contents| contents.collections.values().sum()),
            files: contents.map(|contents| contents.files),
            members: manifest.into_iter().flat_map(|manifest| manifest.members).map(Into::into).collect(),
            failure,
            proof: if proven_at.is_some() { Proof::Proven } else { Proof::Unproven },
            proven_at,
            drilled_at,
            drill_failure,
            started_at,
            finished_at,
            version,
            created_at,
            updated_at,
        }
    }
}

impl From<Member> for BackupMember {
    fn from(member: Member) -> Self {
        let Member { name, size, sha256, stored_size: _, stored_sha256: _, parts: _ } = member;
        Self { name, size_bytes: size, sha256 }
    }
}
