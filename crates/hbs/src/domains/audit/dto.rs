mod reveal;
mod timeline;

pub use reveal::{Reveal, Revealed, RevealedValue};
pub use timeline::{TimelineDetail, TimelineEntry};

use crate::http::valid::instants;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use uuid::Uuid;

/// An entry of the audit trail, as stored in MongoDB.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Identifier of the entry.
    #[serde(rename(deserialize = "_id"))]
    pub id: Uuid,
    /// Position of the entry among all entries.
    pub position: i64,
    /// Property that the entry belongs to, or the nil UUID if it belongs to none.
    pub stream_id: Uuid,
    /// Number of the entry within the record of its property, from 1 without a gap.
    pub seq: i64,
    /// Kind of the event, such as `booking.created`.
    #[schema(example = "booking.created")]
    pub kind: String,
    /// Kind of the thing that changed, such as `booking` or `stay`.
    #[schema(example = "booking")]
    pub entity: String,
    /// Identifier of the thing that changed.
    pub entity_id: Uuid,
    /// Identifier of the booking that the event belongs to; null if it belongs to none.
    pub booking_id: Option<Uuid>,
    /// Kind of actor: `user`, `api_key`, `guest_link` (a guest without an account, by a mailed link), `anonymous` or `system`.
    #[schema(example = "user")]
    pub actor_kind: String,
    /// Identifier of the user or API key that acted, of a guest link that of its booking; null for other actors. In the
    /// history of a booking, guests see it only of themselves.
    pub actor_id: Option<Uuid>,
    /// Name of the actor: of a member of staff, `guest`, `API key` and the name of the key, `system`, or `anonymous`. In the
    /// history of a booking, guests are told `guest` of themselves, and `hotel` of others.
    #[serde(default)]
    #[schema(example = "Maria Costa")]
    pub actor_name: String,
    /// Identifier of the request, as in its `X-Request-Id` header; null without a request. In the history of a booking,
    /// guests see it only of their own requests.
    pub request_id: Option<String>,
    /// Changed fields, each with its value before and after; personal values are withheld.
    #[schema(schema_with = changes)]
    pub changes: serde_json::Value,
    /// `true` if personal values of the entry are kept sealed: with `privacy:reveal` they can be revealed, unless their key was
    /// destroyed. In the history of a booking, guests are told `false`.
    #[serde(default)]
    pub is_revealable: bool,
    /// Time of the event (UTC), to the microsecond.
    #[schema(example = "2026-12-01T10:15:00.000000Z")]
    pub occurred_at: String,
    /// Hash of the entry before in the record of the property, in hexadecimal; all zeros for the first entry.
    pub prev_hash: String,
    /// SHA-256 hash of `prev_hash` and the content of the entry, in hexadecimal.
    pub hash: String,
}

/// Describes the changes of an entry, field by field. Their values have the types of the fields.
fn changes() -> Object {
    let any = |about: &str| ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(about));
    let change = ObjectBuilder::new()
        .property("before", any("Value before the change; null if there was none."))
        .property("after", any("Value after the change; null if there is none."))
        .property(
            "withheld",
            ObjectBuilder::new()
                .schema_type(Type::Boolean)
                .description(Some("`true` in place of the values of a field that may tell of people.")),
        )
        .property(
            "sealed",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("Values in sealed form, in Base64: in exports alone, since hashes cover them.")),
        )
        .property(
            "key",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                .description(Some("Identifier of the key of the sealed values: in exports alone.")),
        );
    ObjectBuilder::new()
        .description(Some("Changed fields, each with its value before and after; personal values are withheld."))
        .additional_properties(Some(Schema::from(change)))
        .examples([json!({"status": {"before": "held", "after": "confirmed"}})])
        .build()
}

/// Filter of audit entries.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct AuditFilter {
    /// Identifier of the property; all that you may see if left out.
    pub property_id: Option<Uuid>,
    /// Kind of the event, exact.
    #[garde(inner(length(chars, max = 100)))]
    #[param(example = "booking.created", max_length = 100)]
    pub kind: Option<String>,
    /// Kind of the thing that changed, exact.
    #[garde(inner(length(chars, max = 100)))]
    #[param(example = "booking", max_length = 100)]
    pub entity: Option<String>,
    /// Identifier of the thing that changed.
    pub entity_id: Option<Uuid>,
    /// Identifier of the booking that the event belongs to.
    pub booking_id: Option<Uuid>,
    /// Identifier of the user or API key that acted.
    pub actor_id: Option<Uuid>,
    /// Identifier of the request, as in its `X-Request-Id` header.
    #[garde(inner(length(chars, max = 200)))]
    #[param(max_length = 200)]
    pub request_id: Option<String>,
    /// Earliest time of the events, RFC 3339, inclusive.
    #[serde(deserialize_with = "instants::optional")]
    #[param(example = "2026-12-01T00:00:00Z")]
    pub from: Option<DateTime<Utc>>,
    /// Time before which the events happened, RFC 3339, exclusive; later than `from`.
    #[serde(deserialize_with = "instants::optional")]
    #[param(example = "2027-01-01T00:00:00Z")]
    pub to: Option<DateTime<Utc>>,
}

/// Last line of an export: without it, the file has broken off.
#[derive(Debug, Serialize)]
pub struct EndOfExport {
    /// `true`: the line is the last one.
    pub is_end: bool,
    /// Number of entries above.
    pub entries: usize,
}

/// Choice of the records to verify: those of one property, or all that the caller may see if none is named.
#[derive(Debug, Default, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct VerifyQuery {
    /// Identifier of the property whose record is verified; all records that you may see if left out.
    pub property_id: Option<Uuid>,
}

/// Result of verifying the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VerificationOut {
    /// `true` if every hash chain is unbroken.
    pub intact: bool,
    /// Result of comparing the copies in MongoDB with the record in PostgreSQL.
    pub copies: CopiesState,
    /// Verified records: one for each property, and one for entries that belong to none.
    pub streams: Vec<StreamOut>,
    /// Number of entries in MongoDB that stand in the record of no property that there is; null if that was not looked
    /// for: MongoDB is away, or not all records were verified.
    pub astray: Option<i64>,
}

/// Result of comparing the copies in MongoDB with the record in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CopiesState {
    /// The copies are the same.
    Same,
    /// Something is missing, differs or is there beside it.
    Different,
    /// MongoDB is away: not all was compared.
    Unavailable,
}

/// Result of verifying the record of one property.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StreamOut {
    /// Property whose record was verified, or the nil UUID for entries that belong to none.
    pub stream_id: Uuid,
    /// Number of entries that were recomputed.
    pub entries: i64,
    /// Number (`seq`) of the first entry that is missing or does not follow from the one before; null if there is none.
    pub first_broken_seq: Option<i64>,
    /// Number (`seq`) of the last entry that was removed from PostgreSQL after its time, from which on the others are recomputed;
    /// 0 if all are there.
    pub pruned_seq: i64,
    /// Copies in MongoDB, collection by collection; those that could not be read are left out.
    pub copies: Vec<CopyOut>,
}

/// Copy of the record of one property in a collection of MongoDB.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CopyOut {
    /// Name of the collection: `audit_logs`, or `booking_logs` for the entries of bookings.
    #[schema(example = "audit_logs")]
    pub collection: &'static str,
    /// Number of entries that are the same in both.
    pub same: i64,
    /// Number of entries that were delivered, but are not in MongoDB.
    pub missing: i64,
    /// Number of entries that are not the same in both.
    pub differing: i64,
    /// Number of entries that are in MongoDB alone.
    pub extra: i64,
    /// Number of entries that are still to be delivered.
    pub undelivered: i64,
    /// First 20 entries that are missing, differ or are in MongoDB alone.
    pub differences: Vec<DifferenceOut>,
}

/// Entry that is not the same in PostgreSQL and in MongoDB.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DifferenceOut {
    /// Difference between the two.
    pub kind: DifferenceKind,
    /// Number of the entry within the record of its property; null where MongoDB alone has it, and without a number.
    pub seq: Option<i64>,
    /// Position of the entry among all entries, as `from_position` of a redelivery takes it; null as `seq`.
    pub position: Option<i64>,
    /// Identifier of the entry; null where MongoDB alone has it, under another kind of identifier.
    pub id: Option<Uuid>,
    /// Names of the fields that differ; empty unless the entry is `differing`.
    #[schema(example = json!(["changes"]))]
    pub fields: Vec<String>,
}

/// Difference between an entry in PostgreSQL and its copy in MongoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// The entry was delivered, but is not in MongoDB.
    Missing,
    /// The entry is in both, with other content.
    Differing,
    /// The entry is in MongoDB alone.
    Extra,
}

/// Choice of the entries to deliver to MongoDB again.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeliver {
    /// Identifier of the property whose entries are delivered; those of all, and of none, if left out.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
    /// First position to deliver; the first of all if left out.
    #[garde(inner(range(min = 1, max = 1_000_000_000_000_i64)))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub from_position: Option<i64>,
    /// Last position to deliver, inclusive; the last delivered one if left out.
    #[garde(inner(range(min = 1, max = 1_000_000_000_000_i64)))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub to_position: Option<i64>,
}

/// Result of delivering entries again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Redelivered {
    /// Number of entries that were looked at.
    pub entries: i64,
    /// Entries that MongoDB lacked and has now, by collection.
    pub delivered: Vec<DeliveredOut>,
    /// Position from which to go on (`from_position`), where there is more than one request delivers; null at the end.
    pub next_position: Option<i64>,
}

/// Entries that were delivered to a collection again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveredOut {
    /// Name of the collection.
    #[schema(example = "audit_logs")]
    pub collection: &'static str,
    /// Number of entries that the collection lacked and has now.
    pub entries: i64,
}
