//! The OpenAPI document is a promise to clients: it changes only where somebody sees it change.
use hbs::config::Config;
use hbs::server;
use serde_json::{Map, Value};

const COMMITTED: &str = include_str!("openapi.json");

fn document() -> String {
    let config = Config::defaults().expect("defaults");
    server::document(&config).to_pretty_json().expect("JSON")
}

#[test]
fn the_document_is_the_committed_one() {
    let current = document();
    let differs = COMMITTED.lines().zip(current.lines()).enumerate().find(|(_, (committed, current))| committed != current);
    if let Some((number, (committed, current))) = differs {
        panic!(
            "the OpenAPI document has changed, first in line {}:\n- {committed}\n+ {current}\n\
             If that is meant, `make openapi` writes it anew; look at its diff before you commit it.",
            number + 1
        );
    }
    assert_eq!(
        COMMITTED.trim_end().len(),
        current.trim_end().len(),
        "the OpenAPI document has changed; `make openapi` writes it anew"
    );
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")), "{}", document["openapi"]);
    let mut seen = 0;
    visit(&document, &mut |members| {
        let Some(reference) = members.get("$ref").and_then(Value::as_str) else { return };
        seen += 1;
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(pointer).is_some(), "nothing at {reference}");
    });
    assert!(seen > 100, "only {seen} references");
}

/// Names of Rust's variants got here once: a client that sends them is refused.
#[test]
fn values_of_enums_are_spelt_as_they_are_sent() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let mut seen = 0;
    visit(&document, &mut |members| {
        let values = members.get("enum").and_then(Value::as_array);
        for value in values.into_iter().flatten().filter_map(Value::as_str) {
            seen += 1;
            let is_sent = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-');
            assert!(value.chars().all(is_sent), "{value:?} of {members:?} is never sent");
        }
    });
    assert!(seen > 100, "only {seen} values");
    let states = &document["components"]["schemas"]["Housekeeping"]["enum"];
    assert_eq!(*states, serde_json::json!(["clean", "dirty", "inspected"]));
}

/// Visits all objects of the document, from the outside in.
fn visit(value: &Value, found: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            found(members);
            members.values().for_each(|member| visit(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        _ => {}
    }
}
