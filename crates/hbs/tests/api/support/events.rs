//! The catalogue of kinds as a judge: every event that the tests publish is of a kind in it, and as its JSON schema says.
use super::TestApp;
use hbs::domains::events::{self, KINDS};
use hbs::outbox::{self, Numbered, Thing};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

const BATCH: i64 = 1000;

/// Validators by kind, which refuse members that the schemas do not name.
static VALIDATORS: LazyLock<HashMap<&'static str, Validator>> = LazyLock::new(|| {
    let strict = KINDS.iter().map(|kind| {
        let mut schema = events::schema_of(kind);
        schema["additionalProperties"] = json!(false);
        schema["properties"]["data"]["additionalProperties"] = json!(false);
        let validator = jsonschema::options().should_validate_formats(true).build(&schema);
        (kind.name, validator.unwrap_or_else(|error| panic!("{error} in {schema}")))
    });
    strict.collect()
});

/// Panics unless an event is of a kind in the catalogue and as its schema says.
#[track_caller]
pub fn assert_as_catalogued(event: &Value) {
    let kind = event["type"].as_str().expect("a kind");
    let validator = VALIDATORS.get(kind).unwrap_or_else(|| panic!("{kind} is not in domains/events/rules/kinds.rs: {event}"));
    let faults: Vec<String> = validator.iter_errors(event).map(|fault| format!("{fault} at {}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{event} is not as the schema of {kind} says: {}", faults.join("; "));
}

impl TestApp {
    /// Asserts that every event which was numbered since the last look is as the catalogue says, and tells a version of what has
    /// one: without it is only what was gone before its event got its place.
    pub async fn assert_catalogued(&self) {
        self.look(true).await;
    }

    /// Asserts of events that an older HBS has numbered that they are as the catalogue says. It knew fewer versions.
    pub async fn assert_old_catalogued(&self) {
        self.look(false).await;
    }

    async fn look(&self, has_versions: bool) {
        let conn = self.app.db.conn().await.expect("a connection");
        loop {
            let seen = self.catalogued.load(Ordering::Relaxed);
            let new = outbox::numbered_after(&conn, seen, BATCH).await.expect("events");
            let Some(last) = new.last() else { return };
            for event in &new {
                assert_as_catalogued(&serde_json::to_value(events::payload(event)).expect("JSON"));
            }
            // Retention rules hold before anybody has set them, so what they did may be older than their first version.
            let is_untold = |numbered: &&Numbered| numbered.event.version.is_none() && numbered.event.kind != "retention.applied";
            let untold: Vec<Thing<'_>> = new.iter().filter(|_| has_versions).filter(is_untold).map(Thing::from).collect();
            let versions = outbox::versions(&conn, &untold).await.expect("versions");
            for thing in untold {
                assert_eq!(versions.of(thing), None, "{thing:?} has a version, and an event tells none");
            }
            self.catalogued.store(last.position, Ordering::Relaxed);
        }
    }
}
