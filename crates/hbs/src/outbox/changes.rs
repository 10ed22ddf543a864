//! What changed, field by field.
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Fields that tell of a person. The record names them and withholds their values.
const PERSONAL: &[&str] = &[
    "email",
    "phone",
    "password",
    "full_name",
    "contact_name",
    "contact_email",
    "contact_phone",
    "guest_name",
    "special_requests",
    "message",
    "answer",
    "wanted",
    "proposal",
    "suspended_reason",
    "ip_address",
    "user_agent",
    "avatar_key",
];

/// Fields that change with every change and say nothing.
const NOISE: &[&str] = &["version", "created_at", "updated_at"];

/// `{"field": {"before": …, "after": …}}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// All fields of something new.
    pub fn created(after: &impl Serialize) -> Self {
        Self::of(&Map::new(), &fields(after))
    }

    /// The fields that differ.
    pub fn between(before: &impl Serialize, after: &impl Serialize) -> Self {
        Self::of(&fields(before), &fields(after))
    }

    /// One field.
    pub fn field(name: &str, before: impl Serialize, after: impl Serialize) -> Self {
        Self::of(&Map::new(), &Map::new()).and(name, before, after)
    }

    /// One field more.
    #[must_use]
    pub fn and(mut self, name: &str, before: impl Serialize, after: impl Serialize) -> Self {
        self.0.insert(name.into(), change(name, &json!(before), &json!(after)));
        self
    }

    fn of(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut changes = Map::new();
        for (name, new) in after.iter().filter(|(name, _)| !NOISE.contains(&name.as_str())) {
            let old = before.get(name).unwrap_or(&Value::Null);
            if old != new {
                changes.insert(name.clone(), change(name, old, new));
            }
        }
        Self(changes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

fn change(name: &str, before: &Value, after: &Value) -> Value {
    if PERSONAL.contains(&name) { json!({"withheld": true}) } else { json!({"before": before, "after": after}) }
}

fn fields(value: &impl Serialize) -> Map<String, Value> {
    match json!(value) {
        Value::Object(fields) => fields,
        other => Map::from_iter([("value".into(), other)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs_and_withholds_what_is_personal() {
        let before = json!({"name": "Sea View", "email": "a@example.com", "max_nights": 30, "version": 1});
        let after = json!({"name": "Sea View", "email": "b@example.com", "max_nights": 60, "version": 2});
        let expected = json!({"email": {"withheld": true}, "max_nights": {"before": 30, "after": 60}});
        assert_eq!(Changes::between(&before, &after).into_json(), expected);
        assert!(Changes::between(&after, &after).is_empty());
        assert_eq!(
            Changes::field("status", "held", "confirmed").into_json(),
            json!({"status": {"before": "held", "after": "confirmed"}})
        );
    }
}
