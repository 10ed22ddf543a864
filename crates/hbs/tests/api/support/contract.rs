//! The OpenAPI document as a judge: every answer that the tests see is one that it describes.
use hbs::config::Config;
use hbs::server;
use http::{HeaderMap, Method, header};
use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

/// Address of the document for references.
const ROOT: &str = "urn:hbs";

/// Headers that not every answer of a kind has: where nothing is to be waited for, no budget is counted, the request is the
/// first with its key, or nothing has a language.
const OPTIONAL: [&str; 5] = ["Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed", "Content-Language"];

/// Headers that tell a client something about this very answer, so that the document has to name them where they come.
const TELLING: [&str; 5] = ["Location", "ETag", "Idempotency-Replayed", "Content-Language", "Last-Modified"];

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

/// Panics unless the document describes the answer. Addresses that it does not have are no operations.
#[track_caller]
pub fn assert_described(method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &Value) {
    let Some((template, operation)) = CONTRACT.operation(method, path) else { return };
    if let Err(fault) = CONTRACT.judge(operation, status, headers, body) {
        panic!("{method} {template} answered {status}, and the API document does not describe that: {fault}\n{body}");
    }
}

struct Contract {
    document: Value,
    /// Templates of addresses, those with fewer parameters first.
    paths: Vec<String>,
    registry: Registry<'static>,
    /// Validators by the pointer to their schema.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    fn read() -> Self {
        let config = Config { test_clock: true, ..Config::defaults().expect("defaults") };
        let mut document = serde_json::to_value(server::document(&config)).expect("JSON");
        close(&mut document);
        // Schemas are judged by one at a time, apart from the document.
        visit(&mut document, &mut |members| {
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                reference.insert_str(0, ROOT);
            }
        });
        let mut paths: Vec<String> = document["paths"].as_object().expect("paths").keys().cloned().collect();
        paths.sort_by_key(|path| path.matches('{').count());
        let registry = Registry::new().add(ROOT, document.clone()).expect("a resource").prepare().expect("a registry");
        Self { document, paths, registry, validators: Mutex::default() }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<(&str, &Value)> {
        let path = path.split('?').next().unwrap_or_default();
        // Pages for developers are there or not by the settings: then the address is none.
        let template = self.paths.iter().find(|template| is_of(template, path) && !template.starts_with("/v1/dev/"))?;
        let operation = self.document["paths"][template].get(method.as_str().to_ascii_lowercase())?;
        Some((template, operation))
    }

    fn judge(&self, operation: &Value, status: u16, headers: &HeaderMap, body: &Value) -> Result<(), String> {
        let answer = operation["responses"].get(status.to_string()).ok_or("it does not have this status")?;
        let answer = answer["$ref"].as_str().map_or(answer, |reference| self.at(reference));
        let promised = answer["headers"].as_object().into_iter().flatten().map(|(name, _)| name);
        if let Some(missing) =
            promised.filter(|name| !OPTIONAL.contains(&name.as_str())).find(|name| !headers.contains_key(*name))
        {
            return Err(format!("it has a header {missing}"));
        }
        if let Some(untold) = TELLING.iter().find(|name| headers.contains_key(**name) && answer["headers"].get(name).is_none()) {
            return Err(format!("it does not have the header {untold}"));
        }
        if body.is_null() {
            let may_be_empty =
                answer["content"].as_object().is_none_or(|kinds| kinds.keys().any(|kind| kind.starts_with("text/")));
            return may_be_empty.then_some(()).ok_or_else(|| "it has a body for this status".into());
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let content = answer["content"].get(kind).ok_or_else(|| format!("it does not have a body of type {kind:?}"))?;
        if kind != "application/json" && !kind.ends_with("+json") {
            return Ok(());
        }
        let validator = self.validator(&content["schema"]);
        let faults: Vec<String> =
            validator.iter_errors(body).map(|fault| format!("{fault} at {}", fault.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    fn at(&self, reference: &str) -> &Value {
        self.document.pointer(&reference[ROOT.len() + 1..]).unwrap_or_else(|| panic!("nothing at {reference}"))
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let make = || {
            let options = jsonschema::options().with_registry(&self.registry).should_validate_formats(true);
            Arc::new(options.build(schema).unwrap_or_else(|error| panic!("{error} in {schema}")))
        };
        validators.entry(schema.to_string()).or_insert_with(make).clone()
    }
}

fn is_of(template: &str, path: &str) -> bool {
    let (mut parts, mut segments) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), segments.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part == segment || part.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

/// Refuses members that schemas do not name, where a schema is not part of another.
fn close(document: &mut Value) {
    let mut parts = BTreeSet::new();
    visit(document, &mut |members| {
        let all = members.get("allOf").and_then(Value::as_array);
        parts.extend(all.into_iter().flatten().filter_map(|part| part["$ref"].as_str()).map(str::to_owned));
    });
    let schemas = document["components"]["schemas"].as_object_mut().expect("schemas");
    for (name, schema) in schemas {
        if !parts.contains(&format!("#/components/schemas/{name}")) {
            close_schema(schema);
        }
    }
}

fn close_schema(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.contains_key("allOf") {
        members.insert("unevaluatedProperties".into(), json!(false));
        return;
    }
    if members.contains_key("properties") && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".into(), json!(false));
    }
    members.values_mut().for_each(|member| match member {
        Value::Array(items) => items.iter_mut().for_each(close_schema),
        Value::Object(named) if !named.contains_key("type") => named.values_mut().for_each(close_schema),
        other => close_schema(other),
    });
}

fn visit(value: &mut Value, found: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            found(members);
            members.values_mut().for_each(|member| visit(member, found));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, found)),
        _ => {}
    }
}
