use crate::ids::id;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::{audit_checkpoints, audit_keys};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

id! {
    /// Id of a checkpoint.
    pub struct CheckpointId;
}

/// A statement of how far each chain of the record has come: what a checkpoint signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CheckpointStatement {
    /// Name of the form of the statement, so that its signature passes for nothing else.
    #[schema(example = "hbs-checkpoint-1")]
    pub format: String,
    /// Number of the checkpoint, from 1 without a gap.
    pub number: i64,
    /// Time at which the checkpoint was made (UTC), to the microsecond.
    #[schema(example = "2026-12-01T10:15:00.000000Z")]
    pub made_at: String,
    /// Installation whose record this is: the host of its public address.
    #[schema(example = "hotel.example")]
    pub installation: String,
    /// Digest of the statement of the checkpoint before, in hexadecimal; all zeros for the first.
    pub previous: String,
    /// Digests of the heads of all chains, in hexadecimal: SHA-256 of each head as canonical JSON, in the order of `stream_id`.
    /// Digests of what you may not see tell nothing of it.
    pub heads: Vec<String>,
}

/// Last entry of a chain at the time of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StreamHead {
    /// Property whose record this is, or the nil UUID for what belongs to none.
    pub stream_id: Uuid,
    /// Number of the entry within the record of its property.
    pub seq: i64,
    /// Hash of the entry, in hexadecimal.
    pub hash: String,
}

/// A checkpoint as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_checkpoints, check_for_backend(diesel::pg::Pg))]
pub struct StoredCheckpoint {
    pub id: CheckpointId,
    pub number: i64,
    pub position: i64,
    pub statement: String,
    pub digest: Vec<u8>,
    pub kid: String,
    pub signature: Vec<u8>,
    pub streams: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A key that signs checkpoints, or has done so.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_keys, check_for_backend(diesel::pg::Pg))]
pub struct StoredKey {
    pub kid: String,
    pub public_key: Vec<u8>,
    /// Sealed with the data key; `None` once another key signs.
    pub secret: Option<Vec<u8>>,
    pub retired_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
