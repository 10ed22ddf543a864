//! The facts of an event, field by field.
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Fields that change with every change and say nothing.
const NOISE: &[&str] = &[VERSION, "created_at", "updated_at"];
const VERSION: &str = "version";

/// Changes as JSON: `{"field": {"before": …, "after": …}}`, or `{"field": {"withheld": true}}`.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    open: &'static [&'static str],
    told: Map<String, Value>,
    version: Option<i64>,
}

impl Changes {
    /// Makes no changes yet, of something that shows these fields in clear.
    pub(super) fn none(open: &'static [&'static str]) -> Self {
        Self { open, told: Map::new(), version: None }
    }

    /// Adds all fields of something new.
    pub(super) fn and_all(self, after: &impl Serialize) -> Self {
        self.and_between(Map::new(), fields(after))
    }

    /// The fields that differ.
    pub(super) fn and_differing(self, before: &impl Serialize, after: &impl Serialize) -> Self {
        self.and_between(fields(before), fields(after))
    }

    /// Adds a field.
    pub(super) fn and(mut self, name: &str, before: impl Serialize, after: impl Serialize) -> Self {
        self.note(name.into(), json!(before), json!(after));
        self
    }

    fn and_between(mut self, mut before: Map<String, Value>, after: Map<String, Value>) -> Self {
        // Rows that are told of before they are written still have the version of before, which is not the one of after.
        if before.get(VERSION) != after.get(VERSION) {
            self.version = after.get(VERSION).and_then(Value::as_i64);
        }
        for (name, new) in after.into_iter().filter(|(name, _)| !NOISE.contains(&name.as_str())) {
            let old = before.remove(&name).unwrap_or(Value::Null);
            if old != new {
                self.note(name, old, new);
            }
        }
        self
    }

    fn note(&mut self, name: String, before: Value, after: Value) {
        if self.open.contains(&name.as_str()) {
            self.tell(name, before, after);
        } else {
            self.withhold(name);
        }
    }

    pub(super) fn tell(&mut self, name: String, before: Value, after: Value) {
        let both = Map::from_iter([("before".into(), before), ("after".into(), after)]);
        self.told.insert(name, Value::Object(both));
    }

    pub(super) fn withhold(&mut self, name: String) {
        self.told.insert(name, json!({"withheld": true}));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Version of the row after the change, if it has one that is known.
    pub(super) fn version(&self) -> Option<i64> {
        self.version
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
