use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One entry of the record, as it stands in MongoDB.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    #[serde(rename(deserialize = "_id"))]
    pub id: Uuid,
    /// Its place among all entries.
    pub position: i64,
    /// The property, or the nil UUID for what belongs to none.
    pub stream_id: Uuid,
    /// Its place in the property's record, from 1 and without a gap.
    pub seq: i64,
    #[schema(example = "booking.created")]
    pub kind: String,
    #[schema(example = "booking")]
    pub entity: String,
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    /// `user`, `api_key`, `anonymous` or `system`.
    #[schema(example = "user")]
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub request_id: Option<String>,
    /// Each changed field with its value before and after; personal values are withheld.
    #[schema(value_type = Object, example = json!({"status": {"before": "held", "after": "confirmed"}}))]
    pub changes: serde_json::Value,
    #[schema(example = "2026-12-01T10:15:00.000000Z")]
    pub occurred_at: String,
    pub prev_hash: String,
    pub hash: String,
}

/// Which entries.
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

/// Whose record is verified. Without a property, all that one may see.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct VerifyQuery {
    pub property_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerificationOut {
    /// Whether every chain is whole.
    pub intact: bool,
    pub streams: Vec<StreamOut>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StreamOut {
    /// The property, or the nil UUID for what belongs to none.
    pub stream_id: Uuid,
    /// Entries that were recomputed.
    pub entries: i64,
    /// Number of the first entry that does not follow from the one before, if there is one.
    pub first_broken_seq: Option<i64>,
}
