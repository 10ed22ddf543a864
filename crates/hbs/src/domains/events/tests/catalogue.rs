//! The catalogue of kinds is true: what the code publishes is in it, and nothing else.
use super::EVENTS;
use crate::support::TestApp;
use hbs::domains::events::{KINDS, find_kind};
use hbs::outbox::has_version;
use jsonschema::Draft;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Verbs of kinds that are made from the name of an entity.
const DERIVED: [&str; 3] = ["created", "updated", "deleted"];

/// The code outside of this domain and of tests, without white space.
fn code() -> String {
    fn collect(folder: &Path, code: &mut String) {
        let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "tests" && !path.ends_with("domains/events") {
                collect(&path, code);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let text = fs::read_to_string(&path).expect("a file");
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                code.extend(text.chars().filter(|letter| !letter.is_whitespace()));
            }
        }
    }
    let mut all = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

/// The texts that stand right after some code: `.named("` is followed by a kind.
fn after<'a>(code: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    code.split(start).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_kind_in_the_source_is_in_the_catalogue() {
    let code = code();
    let about = code.split("Event::about::<").skip(1).filter_map(|rest| rest.split_once(">(\""));
    let about = about.filter(|(row, _)| row.chars().all(char::is_alphanumeric)).filter_map(|(_, rest)| rest.split('"').next());
    let named = after(&code, ".named(\"").filter(|name| name.contains('.'));
    let published: BTreeSet<&str> = named.chain(after(&code, "Event::of(\"")).chain(about).collect();
    assert!(published.len() > 60, "only {} kinds were found", published.len());
    let missing: Vec<&&str> = published.iter().filter(|kind| find_kind(kind).is_none()).collect();
    assert!(missing.is_empty(), "not in domains/events/rules/kinds.rs: {missing:?}");
}

#[test]
fn the_catalogue_has_no_kind_that_the_source_has_not() {
    let code = code();
    let entities: BTreeSet<&str> = after(&code, "constENTITY:&'staticstr=\"").collect();
    assert!(entities.len() > 40, "only {} entities were found", entities.len());
    for kind in KINDS {
        assert!(entities.contains(kind.entity), "{kind:?}");
        let (entity, verb) = kind.name.split_once('.').expect("an entity and a verb");
        let is_derived = entity == kind.entity && DERIVED.contains(&verb);
        assert!(is_derived || code.contains(&format!("\"{}\"", kind.name)), "{kind:?} stands nowhere");
    }
}

/// Things without a version, of which events tell none. The list may only shrink, but for what comes and goes and never changes.
const WITHOUT_VERSION: &[&str] = &[
    "access",
    "audit_log",
    "erasure",
    "mail_opt_out",
    "payment_due",
    "personal_data",
    "review_report",
    "role_assignment",
    "role_invitation",
    "session",
    "sign_in",
    "stay",
    "wishlist_item",
];

#[test]
fn whatever_has_a_version_is_told_with_it() {
    let without: BTreeSet<&str> = KINDS.iter().map(|kind| kind.entity).filter(|entity| !has_version(entity)).collect();
    assert_eq!(without, BTreeSet::from_iter(WITHOUT_VERSION.iter().copied()), "see outbox/versions.rs");
}

#[tokio::test]
async fn each_kind_has_a_schema_of_its_own() {
    let app = TestApp::new().await;
    let anybody = app.anonymous();
    let list = anybody.get("/v1/event-kinds").await.expect(200);
    let listed = list.body["items"].as_array().expect("kinds");
    assert_eq!((listed.len(), &list.body["next_cursor"]), (KINDS.len(), &Value::Null));
    for kind in listed {
        let schema = anybody.get(kind["schema"].as_str().expect("an address")).await.expect(200);
        assert_eq!(schema.header("content-type"), "application/schema+json");
        assert_eq!(schema.body["$id"], json!(format!("urn:hbs:events:v1:{}", kind["name"].as_str().expect("a name"))));
        assert_eq!(schema.body["properties"]["type"]["const"], kind["name"]);
        assert_eq!(schema.body["properties"]["data"]["properties"]["entity"]["const"], kind["entity"]);
        let is_null = schema.body["properties"]["data"]["properties"]["version"]["type"] == "null";
        assert_eq!(kind["has_version"], json!(!is_null), "{kind}");
        jsonschema::options().with_draft(Draft::Draft202012).build(&schema.body).expect("a schema");
        assert!(kind["about"].as_str().is_some_and(|about| about.ends_with('.')), "{kind}");
    }
    let missing = anybody.get("/v1/event-kinds/booking.vanished/schema").await.expect(404);
    assert_eq!(missing.code(), "request.not_found");
    let refused = app.staff(&["events:read"], None).await.get(&format!("{EVENTS}?kinds=booking.vanished")).await.expect(422);
    assert!(refused.body["errors"][0]["detail"].as_str().expect("text").contains("booking.vanished"), "{}", refused.body);
}
