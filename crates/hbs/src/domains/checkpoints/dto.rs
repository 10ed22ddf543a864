use super::model::{CheckpointId, CheckpointStatement, StreamHead};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A checkpoint of the record: a signed statement of how far each chain has come.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Checkpoint {
    /// Identifier of the checkpoint.
    #[schema(value_type = Uuid)]
    pub id: CheckpointId,
    /// Statement that is signed.
    pub statement: CheckpointStatement,
    /// SHA-256 of the statement as canonical JSON (RFC 8785), in hexadecimal: what the next checkpoint names as `previous`.
    pub digest: String,
    /// Identifier of the key that signed, as in `/.well-known/hbs-audit-keys.json`.
    pub kid: String,
    /// Ed25519 signature of the statement as canonical JSON (RFC 8785), in base64url.
    pub signature: String,
    /// Heads of the chains that you may see. The SHA-256 of each, as canonical JSON, is one of `heads` of the statement.
    pub streams: Vec<StreamHead>,
}

/// Public keys of checkpoints, as a JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditKeySet {
    /// Keys that sign checkpoints or have done so, the oldest first.
    pub keys: Vec<AuditKey>,
}

/// Public key of checkpoints: of Ed25519, as a JSON Web Key (RFC 8037).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditKey {
    /// Type of the key: an octet key pair.
    #[schema(example = "OKP")]
    pub kty: &'static str,
    /// Curve of the key.
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// Algorithm of the signatures.
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    /// Use of the key: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: &'static str,
    /// Identifier of the key, as in checkpoints.
    pub kid: String,
    /// Public key in base64url.
    pub x: String,
    /// Time from which on the key signed.
    pub created_at: DateTime<Utc>,
    /// Time from which on another key signed; null for the key that signs now.
    pub retired_at: Option<DateTime<Utc>>,
}
