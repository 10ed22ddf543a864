//! The hash chain: `hash = sha256(prev_hash ‖ canonical JSON)`, per stream.
use super::repository::{Numbered, Published};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Hash that the first event of a stream follows.
pub const GENESIS: [u8; 32] = [0; 32];

/// Content that the hash covers.
#[derive(Serialize)]
struct Hashed<'a> {
    stream_id: Uuid,
    seq: i64,
    event_id: Uuid,
    kind: &'a str,
    entity: &'a str,
    entity_id: Uuid,
    booking_id: Option<Uuid>,
    actor_kind: &'a str,
    actor_id: Option<Uuid>,
    request_id: Option<&'a str>,
    changes: &'a serde_json::Value,
    occurred_at: String,
}

/// The hash of an event that comes as number `seq` after one with `prev_hash`.
pub(super) fn link(prev_hash: &[u8], seq: i64, event: &Published) -> serde_json::Result<Vec<u8>> {
    // RFC 8785 JSON, so that the bytes do not depend on who wrote them.
    let canonical = serde_json_canonicalizer::to_vec(&Hashed {
        stream_id: event.stream_id,
        seq,
        event_id: event.event_id,
        kind: &event.kind,
        entity: &event.entity,
        entity_id: event.entity_id,
        booking_id: event.booking_id,
        actor_kind: event.actor_kind.as_str(),
        actor_id: event.actor_id,
        request_id: event.request_id.as_deref(),
        changes: &event.changes,
        occurred_at: instant(event.occurred_at),
    })?;
    Ok(Sha256::new().chain_update(prev_hash).chain_update(canonical).finalize().to_vec())
}

/// Returns `true` if a numbered event follows the one with `prev_hash` and has not been changed since it was numbered.
pub fn holds(prev_hash: &[u8], numbered: &Numbered) -> bool {
    numbered.prev_hash == prev_hash && link(prev_hash, numbered.seq, &numbered.event).is_ok_and(|hash| hash == numbered.hash)
}

/// Formats an instant to the microsecond, which PostgreSQL keeps.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
