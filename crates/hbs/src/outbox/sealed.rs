//! Personal values in the record: sealed, and read again by whoever has their key.
//!
//! `{"withheld": true, "sealed": …, "key": …}` in the place of `{"before": …, "after": …}`. The JSON as it stands is what
//! hashes and copies cover, so chains hold whatever becomes of the key. Whoever reads the record is shown `{"withheld": true}`.
use crate::person_keys::PersonKey;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const SEALED: &str = "sealed";
const KEY: &str = "key";

/// A value in the record that is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFact {
    /// Name of the field.
    pub name: String,
    pub key_id: Uuid,
    sealed: Vec<u8>,
}

/// A value before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Opened {
    pub before: Value,
    pub after: Value,
}

/// Seals a value for its place in the record; none if it is too long to be kept.
pub(super) fn seal(key: &PersonKey, event_id: Uuid, name: &str, value: &Value) -> Option<Value> {
    let sealed = key.seal(event_id, name, value.to_string().as_bytes())?;
    Some(json!({"withheld": true, SEALED: BASE64_STANDARD.encode(sealed), KEY: key.id()}))
}

/// Returns the values of an event's changes that are sealed.
pub fn sealed_facts(changes: &Value) -> Vec<SealedFact> {
    let facts = changes.as_object().into_iter().flatten();
    facts.filter_map(|(name, change)| SealedFact::read(name, change)).collect()
}

/// Leaves of an event's changes what is for readers, and tells whether anything was sealed.
pub fn hide_sealed(changes: &mut Value) -> bool {
    let mut has_sealed = false;
    for change in changes.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut).filter_map(Value::as_object_mut) {
        if change.remove(SEALED).is_some() {
            change.remove(KEY);
            has_sealed = true;
        }
    }
    has_sealed
}

impl SealedFact {
    fn read(name: &str, change: &Value) -> Option<Self> {
        let sealed = BASE64_STANDARD.decode(change[SEALED].as_str()?).ok()?;
        let key_id = change[KEY].as_str()?.parse().ok()?;
        Some(Self { name: name.to_owned(), key_id, sealed })
    }

    /// Opens the value; none if it was sealed with another key, or for another event.
    pub fn open(&self, key: &PersonKey, event_id: Uuid) -> Option<Opened> {
        let opened = key.open(event_id, &self.name, &self.sealed)?;
        serde_json::from_slice(&opened).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_with_its_key_alone_and_not_shown() {
        let (key, event) = (PersonKey::random(), Uuid::now_v7());
        let name = seal(&key, event, "full_name", &json!({"before": null, "after": "Ana"})).expect("sealed");
        assert_eq!((&name["withheld"], &name["key"]), (&json!(true), &json!(key.id())));
        let mut changes = json!({"full_name": name, "status": {"before": "sealed", "after": "key"}, "phone": {"withheld": true}});
        let facts = sealed_facts(&changes);
        assert_eq!(facts.iter().map(|fact| (fact.name.as_str(), fact.key_id)).collect::<Vec<_>>(), [("full_name", key.id())]);
        assert_eq!(facts[0].open(&key, event), Some(Opened { before: Value::Null, after: json!("Ana") }));
        assert_eq!(facts[0].open(&PersonKey::random(), event), None);
        assert_eq!(facts[0].open(&key, Uuid::nil()), None, "of another event");

        assert!(hide_sealed(&mut changes));
        let withheld = json!({"withheld": true});
        let shown = json!({"full_name": withheld, "status": {"before": "sealed", "after": "key"}, "phone": withheld});
        assert_eq!(changes, shown);
        assert!(!hide_sealed(&mut changes) && sealed_facts(&changes).is_empty());
    }
}
