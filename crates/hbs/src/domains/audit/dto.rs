use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An entry of the audit trail, as stored in MongoDB.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    #[serde(rename(deserialize = "_id"))]
    pub id: Uuid,
    /// Position of the entry among all entries.
    pub position: i64,
    /// Property that the entry belongs to, or the nil UUID if it belongs to none.
    pub stream_id: Uuid,
    /// Number of the entry within the record of its property, from 1 without a gap.
    pub seq: i64,
    #[schema(example = "booking.created")]
    pub kind: String,
    #[schema(example = "booking")]
    pub entity: String,
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    /// Kind of actor: `user`, `api_key`, `anonymous` or `system`.
    #[schema(example = "user")]
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub request_id: Option<String>,
    /// Changed fields, each with its value before and after; personal values are withheld.
    #[schema(value_type = Object, example = json!({"status": {"before": "held", "after": "confirmed"}}))]
    pub changes: serde_json::Value,
    #[schema(example = "2026-12-01T10:15:00.000000Z")]
    pub occurred_at: String,
    pub prev_hash: String,
    pub hash: String,
}

/// Filter of audit entries.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct AuditFilter {
    pub property_id: Option<Uuid>,
    #[param(example = "booking.created")]
    pub kind: Option<String>,
    #[param(example = "booking")]
    pub entity: Option<String>,
    pub entity_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub request_id: Option<String>,
}

/// Choice of the records to verify: those of one property, or all that the caller may see if none is named.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct VerifyQuery {
    pub property_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerificationOut {
    /// `true` if every hash chain is unbroken.
    pub intact: bool,
    pub streams: Vec<StreamOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StreamOut {
    /// Property whose record was verified, or the nil UUID for entries that belong to none.
    pub stream_id: Uuid,
    /// Number of entries that were recomputed.
    pub entries: i64,
    /// Number (`seq`) of the first entry that is missing or does not follow from the one before; null if there is none.
    pub first_broken_seq: Option<i64>,
}
