//! Personal values that are revealed.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType};
use uuid::Uuid;

/// Reason for revealing the personal values of an entry.
#[derive(Debug, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// Reason, which is on the record, 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "The guest disputes the change of address")]
    pub reason: String,
}

/// Personal values of an entry of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Revealed {
    /// Identifier of the entry.
    pub id: Uuid,
    /// Personal values by the name of their field.
    pub values: BTreeMap<String, RevealedValue>,
}

/// Personal value before and after a change.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevealedValue {
    /// Value before the change; null if there was none.
    #[schema(schema_with = before)]
    pub before: Value,
    /// Value after the change; null if there is none.
    #[schema(schema_with = after)]
    pub after: Value,
}

fn before() -> Object {
    any("Value before the change; null if there was none.")
}

fn after() -> Object {
    any("Value after the change; null if there is none.")
}

/// Describes a value that has the type of its field.
fn any(about: &str) -> Object {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(about)).build()
}
