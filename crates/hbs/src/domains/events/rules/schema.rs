//! The JSON schemas of events: one a kind.
use super::kinds::Kind;
use crate::outbox;
use serde_json::{Value, json};

/// Version of the schemas. Members that are added need no new one.
pub const VERSION: u32 = 1;

/// Returns the JSON schema of the events of a kind, as the feed and webhooks tell them.
pub fn of_kind(kind: &Kind) -> Value {
    let Kind { name, entity, about } = kind;
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:hbs:events:v{VERSION}:{name}"),
        "title": name,
        "description": about,
        "type": "object",
        "required": ["id", "type", "timestamp", "sequence", "data"],
        "properties": {
            "id": uuid("Identifier of the event."),
            "type": {"description": "Kind of the event.", "const": name},
            "timestamp": {"description": "Time of the event (UTC).", "type": "string", "format": "date-time"},
            "sequence": number("Position of the event among all events."),
            "data": data(entity),
            "prev_hash": hash("Hash of the event before in the stream; in the feed only."),
            "hash": hash("Hash of the event, which covers the one before; in the feed only."),
        },
    })
}

fn data(entity: &str) -> Value {
    json!({
        "description": "Identifiers of what the event is about.",
        "type": "object",
        "required": ["property_id", "stream_id", "seq", "entity", "entity_id", "booking_id", "version", "changed"],
        "properties": {
            "property_id": maybe(uuid("Property that the event belongs to; null if it belongs to none.")),
            "stream_id": uuid("Stream of the event: its property, or the nil UUID."),
            "seq": number("Number of the event within its stream, without a gap."),
            "entity": {"description": "Kind of the thing that changed.", "const": entity},
            "entity_id": uuid("Identifier of the thing that changed."),
            "booking_id": maybe(uuid("Booking that the event belongs to; null if it belongs to none.")),
            "version": version(entity),
            "changed": {
                "description": "Names of the changed fields.",
                "type": "array",
                "items": {"type": "string"},
                "uniqueItems": true,
            },
        },
    })
}

/// The schema of a version: null of what has none.
fn version(entity: &str) -> Value {
    if outbox::has_version(entity) {
        maybe(number("Version of the thing, with this change in it; null if it was gone, or the change made none."))
    } else {
        json!({"description": "Null: things of this kind have no version.", "type": "null"})
    }
}

fn uuid(about: &str) -> Value {
    json!({"description": about, "type": "string", "format": "uuid"})
}

fn number(about: &str) -> Value {
    json!({"description": about, "type": "integer", "minimum": 1})
}

fn hash(about: &str) -> Value {
    json!({"description": about, "type": "string", "pattern": "^[0-9a-f]{64}$"})
}

/// The schema of a value that may be null.
fn maybe(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}
