//! The OpenAPI document is a promise to clients: it changes only where somebody sees it change.
use hbs::config::Config;
use hbs::server;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

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

/// Languages are written in one form, which is told in many places.
#[test]
fn languages_have_the_same_form_wherever_they_are_sent() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let mut patterns: BTreeMap<String, usize> = BTreeMap::new();
    visit(&document, &mut |members| {
        let languages = ["locale", "default_locale"].iter().filter_map(|name| members.get(*name));
        for pattern in languages.filter_map(|schema| schema["pattern"].as_str()) {
            *patterns.entry(pattern.to_owned()).or_default() += 1;
        }
    });
    assert_eq!(patterns.len(), 1, "{patterns:?}");
    assert!(patterns.values().all(|places| *places > 8), "{patterns:?}");
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
            let is_sent = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.');
            assert!(value.chars().all(is_sent), "{value:?} of {members:?} is never sent");
        }
    });
    assert!(seen > 100, "only {seen} values");
    let states = &document["components"]["schemas"]["Housekeeping"]["enum"];
    assert_eq!(*states, serde_json::json!(["clean", "dirty", "in_progress", "inspected"]));
}

/// A program that reads the document reads the descriptions, too: all that it names is described.
#[test]
fn everything_is_described() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let mut missing = Vec::new();
    let is_described = |value: &Value| {
        let alternatives = value["oneOf"].as_array().into_iter().flatten();
        alternatives.chain([value]).any(|value| value["description"].as_str().is_some_and(|text| !text.is_empty()))
    };
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for (name, schema) in schemas {
        let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        // utoipa drops what is said of a value whose type is a parameter: the schema says it.
        let is_parameter = |property: &str| name.starts_with("Valued_") && property == "value";
        let properties = parts.filter_map(|part| part["properties"].as_object()).flatten();
        for (property, value) in properties.filter(|(property, _)| !is_parameter(property)) {
            let target = value["$ref"].as_str().and_then(|reference| document.pointer(&reference[1..]));
            if !is_described(value) && !target.is_some_and(is_described) {
                missing.push(format!("{name}.{property}"));
            }
        }
    }
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if operation["summary"].is_null() || operation["description"].is_null() {
                missing.push(format!("{method} {path}"));
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|parameter| !is_described(parameter))
            {
                missing.push(format!("{method} {path}: {}", parameter["name"]));
            }
        }
    }
    assert!(schemas.len() > 300 && missing.is_empty(), "without a description: {missing:#?}");
}

/// U5: a name that another one has taken the place of still works, and is marked: clients move on before it goes.
#[test]
fn former_names_are_marked_and_name_the_new_one() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let (mut marked, mut wrong) = (0, Vec::new());
    visit(&document, &mut |members| {
        let about = members.get("description").and_then(Value::as_str).unwrap_or_default();
        let is_former = about.starts_with("Former name of `");
        if is_former != (members.get("deprecated") == Some(&json!(true))) {
            wrong.push(json!(members).to_string());
        }
        marked += i32::from(is_former);
    });
    assert!(marked > 5 && wrong.is_empty(), "of {marked} former names: {wrong:#?}");
}

/// U5: ranges of dates end in two ways: before `to` where nights are taken, on it where dates are looked for or set. Each says
/// which.
#[test]
fn the_end_of_a_range_says_whether_it_is_in_it() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let (mut seen, mut silent) = (0, Vec::new());
    let mut look = |place: String, name: &str, value: &Value| {
        let is_end = ["to", "until"].iter().any(|end| name == *end || name.ends_with(&format!("_{end}")));
        if is_end && value.to_string().contains(r#""format":"date""#) {
            seen += 1;
            let about = value["description"].as_str().unwrap_or_default();
            if !["inclusive", "exclusive"].iter().any(|word| about.contains(word)) {
                silent.push(format!("{place}.{name}: {about}"));
            }
        }
    };
    for (schema, value) in document["components"]["schemas"].as_object().expect("schemas") {
        let parts = value["allOf"].as_array().into_iter().flatten().chain([value]);
        for (name, property) in parts.filter_map(|part| part["properties"].as_object()).flatten() {
            look(schema.clone(), name, property);
        }
    }
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                look(format!("{method} {path}"), parameter["name"].as_str().unwrap_or_default(), parameter);
            }
        }
    }
    assert!(seen > 25 && silent.is_empty(), "ends of ranges that do not say what they mean: {silent:#?}");
}

/// Clients tell the problems of an operation apart by `code`: each has a schema with its members.
#[test]
fn errors_are_told_apart_by_their_codes() {
    let document: Value = serde_json::from_str(&document()).expect("JSON");
    let booking = &document["paths"]["/v1/bookings"]["post"]["responses"];
    let conflict = &booking["409"]["content"]["application/problem+json"]["schema"];
    assert_eq!(conflict["discriminator"]["propertyName"], "code");
    let changed = conflict["discriminator"]["mapping"]["booking.price_changed"].as_str().expect("a problem of a sale");
    let changed = document.pointer(&changed[1..]).expect("its schema");
    assert_eq!(changed["allOf"][0]["$ref"], "#/components/schemas/Problem");
    let own = &changed["allOf"][1];
    assert_eq!(own["properties"]["code"]["enum"], json!(["booking.price_changed"]));
    assert_eq!(own["required"], json!(["code", "actual_total"]));
    assert_eq!(own["properties"]["actual_total"]["$ref"], "#/components/schemas/Money");
    let shared = booking["401"]["$ref"].as_str().expect("a shared answer");
    assert_eq!(shared, "#/components/responses/AuthUnauthenticated");
    let mut named = BTreeSet::new();
    visit(&document["components"]["schemas"], &mut |members| {
        let code = members.get("code").map(|code| &code["enum"][0]);
        named.extend(code.and_then(Value::as_str).map(str::to_owned));
    });
    let unnamed: Vec<_> = hbs::server::problems().map(|problem| problem.code).filter(|code| !named.contains(*code)).collect();
    assert_eq!(unnamed, ["request.method_not_allowed"], "problems that no operation answers with");
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
