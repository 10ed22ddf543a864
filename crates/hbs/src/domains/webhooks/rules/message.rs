//! The message about an event: which, of what and when; never what anybody is called or wrote.
use crate::domains::events;
use crate::outbox::Numbered;

/// Kind of event by which an endpoint is tried.
pub const TEST: &str = "webhook.test";

/// Writes the message about an event, as JSON: what the feed tells of it, too.
pub fn payload(numbered: &Numbered) -> serde_json::Result<String> {
    serde_json::to_string(&events::payload(numbered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::{ActorKind, Published};
    use serde_json::json;
    use uuid::Uuid;

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
            version: None,
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
