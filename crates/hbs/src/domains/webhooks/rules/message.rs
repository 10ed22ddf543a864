//! The message about an event: which, of what and when; never what anybody is called or wrote.
use crate::outbox::{Numbered, SYSTEM_STREAM};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Kind of event by which an endpoint is tried.
pub const TEST: &str = "webhook.test";

#[derive(Serialize)]
struct Message<'a> {
    id: Uuid,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(serialize_with = "to_the_microsecond")]
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

fn to_the_microsecond<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{ActorKind, Published};
    use serde_json::json;

    /// T-wh-pii: names of fields are told, and no value.
    #[test]
    fn a_message_tells_which_fields_changed_and_not_to_what() {
        let (event_id, property) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let event = Published {
            id: 1,
            event_id,
            stream_id: property,
            kind: "booking.updated".into(),
            entity: "booking".into(),
            entity_id: Uuid::from_u128(3),
            booking_id: Some(Uuid::from_u128(3)),
            actor_kind: ActorKind::User,
            actor_id: Some(Uuid::from_u128(4)),
            request_id: Some("r".into()),
            changes: json!({"contact_name": {"before": "Ana", "after": "Eva"}}),
            occurred_at: "2026-12-01T12:00:00Z".parse().expect("an instant"),
        };
        let numbered = Numbered { event, position: 70, seq: 9, prev_hash: Vec::new(), hash: Vec::new() };
        let expected = "{\"id\":\"00000000-0000-0000-0000-000000000001\",\"type\":\"booking.updated\",\
            \"timestamp\":\"2026-12-01T12:00:00.000000Z\",\"sequence\":70,\"data\":{\
            \"property_id\":\"00000000-0000-0000-0000-000000000002\",\"stream_id\":\"00000000-0000-0000-0000-000000000002\",\
            \"seq\":9,\"entity\":\"booking\",\"entity_id\":\"00000000-0000-0000-0000-000000000003\",\
            \"booking_id\":\"00000000-0000-0000-0000-000000000003\",\"version\":null,\"changed\":[\"contact_name\"]}}";
        assert_eq!(payload(&numbered).expect("JSON"), expected);
    }
}
