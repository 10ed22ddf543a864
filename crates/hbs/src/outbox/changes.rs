//! The facts of an event, field by field.
use super::sealed;
use crate::person_keys::PersonKeys;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// Fields that change with every change and say nothing.
const NOISE: &[&str] = &[VERSION, "created_at", "updated_at"];
const VERSION: &str = "version";

/// Changes as JSON: `{"field": {"before": …, "after": …}}`, or `{"field": {"withheld": true}}`, with what is sealed beside it.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    open: &'static [&'static str],
    sealed: &'static [&'static str],
    told: Map<String, Value>,
    personal: Personal,
    version: Option<i64>,
}

/// Values that are to be sealed, by field. Whoever prints them for developers sees the names of the fields.
#[derive(Clone, Default)]
struct Personal(BTreeMap<String, Value>);

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Changes {
    /// Makes no changes yet, of something that shows some fields in clear and has some sealed.
    pub(super) fn none(open: &'static [&'static str], sealed: &'static [&'static str]) -> Self {
        Self { open, sealed, told: Map::new(), personal: Personal::default(), version: None }
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
            return;
        }
        let is_sealed = self.sealed.contains(&name.as_str()) && !(before.is_null() && after.is_null());
        self.withhold(name.clone());
        if is_sealed {
            self.personal.0.insert(name, both(before, after));
        }
    }

    pub(super) fn tell(&mut self, name: String, before: Value, after: Value) {
        self.personal.0.remove(&name);
        self.told.insert(name, both(before, after));
    }

    pub(super) fn withhold(&mut self, name: String) {
        self.personal.0.remove(&name);
        self.told.insert(name, json!({"withheld": true}));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Version of the row after the change, if it has one that is known.
    pub(super) fn version(&self) -> Option<i64> {
        self.version
    }

    /// The changes as the record keeps them: personal values sealed under one key, as long as there is one.
    pub(super) fn into_json(mut self, event_id: Uuid, keys: Option<&PersonKeys>) -> Value {
        if !self.personal.0.is_empty()
            && let Some(key) = keys.and_then(PersonKeys::take)
        {
            for (name, value) in self.personal.0 {
                self.told.extend(sealed::seal(&key, event_id, &name, &value).map(|sealed| (name, sealed)));
            }
        }
        Value::Object(self.told)
    }
}

fn both(before: Value, after: Value) -> Value {
    Value::Object(Map::from_iter([("before".into(), before), ("after".into(), after)]))
}

fn fields(row: &impl Serialize) -> Map<String, Value> {
    match json!(row) {
        Value::Object(fields) => fields,
        other => Map::from_iter([("value".into(), other)]),
    }
}
