//! The message about an event: which, of what and when; never what anybody is called or wrote.
use crate::outbox::{Numbered, SYSTEM_STREAM};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Kind of event by which an endpoint is tried.
pub const TEST: &str = "webhook.test";

#[derive(Serialize)]
struct Message<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: DateTime<Utc>,
    sequence: i64,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    property_id: Option<Uuid>,
    stream_id: Uuid,
    seq: i64,
    entity: &'a str,
    entity_id: Uuid,
    booking_id: Option<Uuid>,
    version: Option<i64>,
    changed: Vec<&'a str>,
}

/// Writes the message about an event, as JSON.
pub fn payload(numbered: &Numbered) -> serde_json::Result<String> {
    let Numbered { event, position, seq, .. } = numbered;
    let fields = event.changes.as_object();
    serde_json::to_string(&Message {
        id: event.event_id,
        kind: &event.kind,
        timestamp: event.occurred_at,
        sequence: *position,
        data: Data {
            property_id: Some(event.stream_id).filter(|stream| *stream != SYSTEM_STREAM),
            stream_id: event.stream_id,
            seq: *seq,
            entity: &event.entity,
            entity_id: event.entity_id,
            booking_id: event.booking_id,
            version: event.changes["version"]["after"].as_i64(),
            changed: fields.into_iter().flatten().map(|(name, _)| name.as_str()).collect(),
        },
    })
}
