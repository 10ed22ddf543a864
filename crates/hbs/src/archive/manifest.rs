//! Manifest of an archive: what it holds, in clear, to be compared with what is restored from it.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Format of archives that this program writes and reads.
pub const FORMAT: u32 = 1;

/// Manifest of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// Id of the backup.
    pub id: Uuid,
    /// Name of the archive, without its ending.
    pub name: String,
    pub hbs_version: String,
    /// The newest migration that the database had.
    pub schema_version: String,
    /// Schema of PostgreSQL in which the tables were, and are restored.
    pub database_schema: String,
    pub taken_at: DateTime<Utc>,
    /// Public key that the members are encrypted to.
    pub recipient: String,
    pub contents: Contents,
    /// Parts that are not in the archive, each with the reason.
    pub left_out: BTreeMap<String, String>,
    pub members: Vec<Member>,
    /// The archive as a file: only in the manifest beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Whole>,
    /// Signature of all else that stands here: only in the manifest beside the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Contents of an archive in numbers. What was restored must come to the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows of each table.
    pub tables: BTreeMap<String, i64>,
    /// Documents of each collection.
    pub collections: BTreeMap<String, i64>,
    pub files: i64,
    pub folios: Vec<FolioSum>,
    pub ledgers: Vec<LedgerSum>,
    /// Heads of the chains of the record.
    pub chains: Vec<Chain>,
}

/// Sum of all lines of the folios of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolioSum {
    pub property_id: Uuid,
    pub lines: i64,
    pub amount_minor: String,
}

/// Sum of all lines in a ledger of a property. Those of all ledgers come to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSum {
    pub property_id: Uuid,
    pub ledger: String,
    pub amount_minor: String,
}

/// Head of a chain of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub stream_id: Uuid,
    pub seq: i64,
    pub hash: String,
}

/// Member of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    pub size: u64,
    pub sha256: String,
    /// Size and hash as it is stored: encrypted.
    pub stored_size: u64,
    pub stored_sha256: String,
    /// Number of parts that it is cut into.
    pub parts: u64,
}

/// Archive as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    pub size: u64,
    pub sha256: String,
}

/// Signature of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Id of the key that signed.
    pub kid: String,
    /// Signature of Ed25519, in base64url.
    pub value: String,
}

impl Manifest {
    /// Size of all members before they were encrypted.
    pub fn contents_size(&self) -> u64 {
        self.members.iter().map(|member| member.size).sum()
    }

    /// The manifest as it stands in the archive, which cannot hold its own hash.
    pub(super) fn inner(&self) -> Self {
        Self { archive: None, ..self.unsigned() }
    }

    /// The manifest without its signature: what is signed.
    pub fn unsigned(&self) -> Self {
        Self { signature: None, ..self.clone() }
    }
}
