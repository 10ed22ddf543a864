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
    "reason",
    "ip_address",
    "user_agent",
    "avatar_key",
];

/// Fields that change with every change and say nothing.
const NOISE: &[&str] = &["version", "created_at", "updated_at"];

/// `{"field": {"before": …, "after": …}}`, or `{"field": {"withheld": true}}`
#[derive(Debug, Clone)]
pub struct Changes {
    /// What is told with its values. None: all but what is [`PERSONAL`].
    open: Option<&'static [&'static str]>,
    told: Map<String, Value>,
}

impl Changes {
    /// Nothing yet, of something that tells these fields.
    pub(super) fn none(open: &'static [&'static str]) -> Self {
        Self { open: Some(open), told: Map::new() }
    }

    /// All fields of something new.
    pub fn created(after: &impl Serialize) -> Self {
        Self::unnamed().and_all(after)
    }

    /// The fields that differ.
    pub fn between(before: &impl Serialize, after: &impl Serialize) -> Self {
        Self::unnamed().and_differing(before, after)
    }

    /// One field.
    pub fn field(name: &str, before: impl Serialize, after: impl Serialize) -> Self {
        Self::unnamed().and(name, before, after)
    }

    fn unnamed() -> Self {
        Self { open: None, told: Map::new() }
    }

    /// One field more.
    #[must_use]
    pub fn and(mut self, name: &str, before: impl Serialize, after: impl Serialize) -> Self {
        self.note(name.into(), json!(before), json!(after));
        self
    }

    /// All fields of something new.
    pub(super) fn and_all(self, after: &impl Serialize) -> Self {
        self.and_between(Map::new(), fields(after))
    }

    /// The fields that differ.
    pub(super) fn and_differing(self, before: &impl Serialize, after: &impl Serialize) -> Self {
        self.and_between(fields(before), fields(after))
    }

    fn and_between(mut self, mut before: Map<String, Value>, after: Map<String, Value>) -> Self {
        for (name, new) in after.into_iter().filter(|(name, _)| !NOISE.contains(&name.as_str())) {
            let old = before.remove(&name).unwrap_or(Value::Null);
            if old != new {
                self.note(name, old, new);
            }
        }
        self
    }

    fn note(&mut self, name: String, before: Value, after: Value) {
        if self.tells(&name) {
            self.tell(name, before, after);
        } else {
            self.withhold(name);
        }
    }

    fn tells(&self, name: &str) -> bool {
        self.open.map_or_else(|| !PERSONAL.contains(&name), |open| open.contains(&name))
    }

    pub(super) fn tell(&mut self, name: String, before: Value, after: Value) {
        let both = Map::from_iter([("before".into(), before), ("after".into(), after)]);
        self.told.insert(name, Value::Object(both));
    }

    pub(super) fn withhold(&mut self, name: String) {
        self.told.insert(name, json!({"withheld": true}));
    }

    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    pub(super) fn into_json(self) -> Value {
        Value::Object(self.told)
    }
}

fn fields(row: &impl Serialize) -> Map<String, Value> {
    match json!(row) {
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
