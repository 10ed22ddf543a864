//! The OpenAPI document: the parts that all operations share, and the pages that show it.
mod answers;
mod dates;
mod docs;

pub use docs::pages;

use crate::Error;
use crate::error::Problem;
use crate::error::problems::{
    ERASED, FORBIDDEN, INTERNAL, INVALID, KEY_REUSED, MALFORMED, METHOD_NOT_ALLOWED, NOT_FOUND, PERSON_REQUIRED,
    PRECONDITION_FAILED, PRECONDITION_REQUIRED, QUARANTINED, RATE_LIMITED, SECOND_FACTOR_REQUIRED, TIMEOUT, TOO_LARGE,
    UNAUTHENTICATED, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE,
};
use crate::quarantine;
use std::collections::BTreeSet;
use utoipa::openapi::info::{ContactBuilder, InfoBuilder, LicenseBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, Components, Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Content, Deprecated, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema};

/// Extension in which an operation names its problems, beside those that its shape tells. It is not in the document.
const PROBLEMS: &str = "x-problems";

/// Completes the document with the parts that all operations share, so that handlers document only their own.
/// `tags` are the headings with a sentence on each, in their order; `problems` all that there are.
pub fn finish(mut api: OpenApi, tags: &[(&str, &str)], problems: &[&'static Problem]) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("HBS")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("about.md")))
        .contact(Some(ContactBuilder::new().name(Some("The HBS authors")).build()))
        .license(Some(LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).identifier(Some(env!("CARGO_PKG_LICENSE"))).build()))
        .build();
    api.servers = Some(vec![ServerBuilder::new().url("/").description(Some("The server that this document is from")).build()]);
    api.tags = Some(tags.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect());
    let mut components = api.components.take().unwrap_or_default();
    refer_to_items(&mut components);
    answers::add_schemas(&mut components);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.security_schemes.insert("bearer".into(), SecurityScheme::Http(bearer).into());

    for (path, item) in &mut api.paths.paths {
        let methods = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                complete(path, method, operation);
                let codes = codes_of(path, method, operation, problems);
                answers::add(&codes, problems, &mut operation.responses, &mut components);
                open_to_all(operation);
                tell_versions(operation, &components);
                tell_headers(path, method, operation);
                dates::tell_in_parameters(operation);
            }
        }
    }
    dates::tell_in_schemas(&mut components);
    api.components = Some(components);
    api
}

/// Makes the pages of lists refer to the schema of their items, which utoipa writes out in each.
fn refer_to_items(components: &mut Components) {
    for (name, page) in &mut components.schemas {
        if let Some(item) = name.strip_prefix("Page_")
            && let RefOr::T(Schema::Object(page)) = page
            && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
        {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

/// Adds to an operation its permissions, the parameters and the descriptions that follow from its shape.
fn complete(path: &str, method: &str, operation: &mut Operation) {
    if let Some(permissions) = permissions_of(operation) {
        let about = operation.description.take().map_or(String::new(), |text| format!("{text}\n\n"));
        operation.description = Some(format!("{about}{permissions}"));
    }
    let parameters = operation.parameters.get_or_insert_default();
    for parameter in parameters.iter_mut() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Path
        {
            parameter.description.get_or_insert_with(|| about_of(path, &parameter.name));
        }
    }
    parameters.iter_mut().for_each(refuse_null_in_queries);
    parameters.iter_mut().for_each(mark_former_names);
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(refuse_null_in_bodies);
    }
    if takes_key(path, method, operation) {
        let about = "Key of 1 to 255 characters that you choose. A request sent again with it within 24 hours has no second effect and gets the first answer.";
        let schema = ObjectBuilder::new().pattern(Some(PRINTABLE)).min_length(Some(1)).max_length(Some(255));
        operation.parameters.get_or_insert_default().push(header_of(schema, "Idempotency-Key", Required::False, about).into());
    }
    if has_parameter(operation, "If-None-Match") {
        let unchanged = ResponseBuilder::new().description("Unchanged since your copy").build();
        operation.responses.responses.insert("304".into(), unchanged.into());
    }
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(response) = answer
            && response.description.is_empty()
        {
            response.description = success(status).into();
        }
    }
}

/// A body that may be left out is an object where there is one, and a query cannot have null. utoipa says that what may be
/// left out may be null as well.
fn refuse_null_in_bodies(content: &mut RefOr<Content>) {
    if let RefOr::T(content) = content {
        content.schema = content.schema.take().map(without_null);
    }
}

fn refuse_null_in_queries(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter {
        parameter.schema = parameter.schema.take().map(without_null);
    }
}

/// Marks parameters that another one has taken the place of: their description says so.
fn mark_former_names(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter
        && parameter.description.as_deref().is_some_and(|about| about.starts_with("Former name of "))
    {
        parameter.deprecated = Some(Deprecated::True);
    }
}

fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = only_value(object.schema_type);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = only_value(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.items.retain(|item| !is_null(item));
            match one_of.items.pop() {
                Some(only) if one_of.items.is_empty() => only,
                last => {
                    one_of.items.extend(last);
                    RefOr::T(Schema::OneOf(one_of))
                }
            }
        }
        other => other,
    }
}

fn only_value(schema_type: SchemaType) -> SchemaType {
    match schema_type {
        SchemaType::Array(mut types) => {
            types.retain(|one| *one != Type::Null);
            match types[..] {
                [ref only] => SchemaType::Type(only.clone()),
                _ => SchemaType::Array(types),
            }
        }
        other => other,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Describes a part of an address by the word before it: `{id}` in `/v1/rate-plans/{id}` is that of a rate plan.
fn about_of(path: &str, name: &str) -> String {
    let before = path.split(&format!("/{{{name}")).next().and_then(|before| before.rsplit('/').next()).unwrap_or_default();
    let things = before.replace('-', " ");
    let thing = things.strip_suffix("ies").map_or_else(|| things.trim_end_matches('s').to_owned(), |stem| format!("{stem}y"));
    let kind = if name.ends_with("id") { "Identifier" } else { "Code" };
    format!("{kind} of the {thing}.")
}

/// Adds `ETag` to the answers that show a version.
fn tell_versions(operation: &mut Operation, components: &Components) {
    for answer in operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('2')).map(|(_, answer)| answer)
    {
        if let RefOr::T(answer) = answer
            && answer.content.get("application/json").is_some_and(|content| has_version(content, components))
        {
            let about = "Version of what the body shows: send it as `If-Match` to change it.";
            answer.headers.insert("ETag".into(), answers::header(Type::String, about).into());
        }
    }
}

/// Adds the headers that follow from what an operation takes: what it made, whether it was made before, and what a client
/// needs to keep a copy.
fn tell_headers(path: &str, method: &str, operation: &mut Operation) {
    let takes_key = takes_key(path, method, operation);
    let keeps_copies = has_parameter(operation, "If-None-Match");
    let speaks = keeps_copies && has_parameter(operation, "Accept-Language");
    let is_dated = has_parameter(operation, "If-Modified-Since");
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        let mut tell = |is_there: bool, name: &str, about: &str| {
            if is_there {
                answer.headers.entry(name.into()).or_insert_with(|| answers::header(Type::String, about).into());
            }
        };
        let is_success = status.starts_with('2');
        let is_copy = is_success || status == "304";
        tell(takes_key && status == "201", "Location", "Address of what was made.");
        tell(takes_key && status == "201", "ETag", "Version of what was made.");
        tell(
            takes_key && is_success,
            "Idempotency-Replayed",
            "`true` if this is the answer to an earlier request with this key.",
        );
        tell(
            keeps_copies && is_copy,
            "ETag",
            "Version of this answer: send it as `If-None-Match` to hear whether yours is still right.",
        );
        tell(speaks && is_copy, "Content-Language", "Languages of the texts in the answer.");
        tell(is_dated && is_copy, "Last-Modified", "Time of the last change: send it as `If-Modified-Since`.");
    }
}

fn has_version(content: &RefOr<Content>, components: &Components) -> bool {
    let RefOr::T(content) = content else { return false };
    content.schema.as_ref().is_some_and(|schema| shows_version(schema, components))
}

/// Returns `true` for objects with a version, also one that a part of them has.
fn shows_version(schema: &RefOr<Schema>, components: &Components) -> bool {
    let is_number = |schema: &Object| schema.schema_type == SchemaType::Type(Type::Integer);
    match schema {
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
            components.schemas.get(name).is_some_and(|schema| shows_version(schema, components))
        }
        RefOr::T(Schema::Object(object)) => {
            matches!(object.properties.get("version"), Some(RefOr::T(Schema::Object(version))) if is_number(version))
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter().any(|part| shows_version(part, components)),
        RefOr::T(_) => false,
    }
}

/// Says that nobody need sign in. An empty requirement in a list means that one may, and clients would ask for a token.
fn open_to_all(operation: &mut Operation) {
    if operation.security.as_deref() == Some(&[SecurityRequirement::default()]) {
        operation.security = Some(Vec::new());
    }
}

fn has_parameter(operation: &Operation, name: &str) -> bool {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
}

fn requires(operation: &Operation, name: &str) -> bool {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let is_required = |parameter: &Parameter| parameter.name == name && parameter.required == Required::True;
    parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if is_required(parameter)))
}

/// Operations for everybody that make something, which is not to be made twice.
const KEYED_FOR_ALL: &[&str] = &["create_guest_booking", "create_review_by_link"];

/// Operations without a key: those whose answer must not be kept, and those after which their caller is nobody, who cannot ask
/// for the answer again.
const NOT_KEYED: &[&str] = &["reveal_audit_log", "reveal_guest_document", "reveal_stay_document", "erase_me"];

fn takes_key(path: &str, method: &str, operation: &Operation) -> bool {
    let has_sessions = path.starts_with("/v1/auth/") || path.starts_with("/v1/test/");
    let is_among = |ids: &[&str]| operation.operation_id.as_deref().is_some_and(|id| ids.contains(&id));
    let is_keyed = is_for_signed_in(operation) && !is_among(NOT_KEYED) || is_among(KEYED_FOR_ALL);
    method != "get" && is_keyed && !has_sessions
}

/// Returns the codes of the problems that an operation can answer with: those that it names, and those that follow from
/// its shape.
fn codes_of(path: &str, method: &str, operation: &mut Operation, problems: &[&'static Problem]) -> BTreeSet<&'static str> {
    let mut codes = named_by(operation, problems);
    let is_unsafe = method != "get";
    // Whatever an operation takes, it can be sent a parameter that it does not know.
    codes.extend([MALFORMED.code, INVALID.code, INTERNAL.code, UNAVAILABLE.code, TIMEOUT.code]);
    if is_unsafe && !quarantine::is_free(path) {
        codes.insert(QUARANTINED.code);
    }
    if is_for_signed_in(operation) {
        codes.insert(UNAUTHENTICATED.code);
        match permissions_of(operation) {
            Some(_) => codes.extend([FORBIDDEN.code, SECOND_FACTOR_REQUIRED.code]),
            None => codes.extend([PERSON_REQUIRED.code]),
        }
    }
    if path.contains('{') || has_parameter(operation, "property_id") || is_unsafe {
        codes.insert(NOT_FOUND.code);
    }
    if operation.request_body.is_some() {
        codes.extend([TOO_LARGE.code, UNSUPPORTED_MEDIA_TYPE.code]);
    }
    if takes_key(path, method, operation) {
        codes.insert(KEY_REUSED.code);
    }
    if is_unsafe && path.starts_with("/v1/") && !path.starts_with("/v1/test/") {
        codes.insert(ERASED.code);
    }
    if has_parameter(operation, "If-Match") {
        codes.insert(PRECONDITION_FAILED.code);
    }
    if requires(operation, "If-Match") {
        codes.insert(PRECONDITION_REQUIRED.code);
    }
    if path.starts_with("/v1/") && !path.starts_with("/v1/test/") {
        codes.insert(RATE_LIMITED.code);
    }
    codes
}

/// Takes the codes that an operation names in its extension.
fn named_by(operation: &mut Operation, problems: &[&'static Problem]) -> BTreeSet<&'static str> {
    let named = operation.extensions.as_mut().and_then(|extensions| extensions.remove(PROBLEMS)).unwrap_or_default();
    problems.iter().map(|problem| problem.code).filter(|code| names(&named, code)).collect()
}

/// Returns `true` if a list, or a list in it, has this code.
fn names(list: &serde_json::Value, code: &str) -> bool {
    list.as_str() == Some(code) || list.as_array().is_some_and(|items| items.iter().any(|item| names(item, code)))
}

fn success(status: &str) -> &'static str {
    match status {
        "201" => "Created",
        "204" => "Done",
        _ => "Success",
    }
}

/// Returns `true` if one must sign in. `security(())` is an empty requirement: none.
fn is_for_signed_in(operation: &Operation) -> bool {
    let needs = operation.security.as_deref().unwrap_or_default();
    !needs.is_empty() && needs.iter().all(|need| *need != SecurityRequirement::default())
}

/// Words the permissions of an operation. An alternative without one means: one's own things.
fn permissions_of(operation: &Operation) -> Option<String> {
    let needs = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let alternatives = needs.as_array()?;
    let named: BTreeSet<&str> = alternatives
        .iter()
        .filter_map(|need| need["bearer"].as_array())
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    if named.is_empty() {
        return None;
    }
    let named = named.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(if alternatives.len() > 1 {
        format!("Your own need no permission; those of others need {named}.")
    } else {
        format!("Permission: {named}.")
    })
}

/// Printable ASCII characters, with no blank at either end, which HTTP takes away.
const PRINTABLE: &str = "^[!-~]([ -~]*[!-~])?$";

/// Makes a header parameter.
pub fn header(name: &str, required: Required, about: &str) -> Parameter {
    header_of(ObjectBuilder::new(), name, required, about)
}

/// Makes a header whose values have limits: `schema` tells them.
pub fn header_of(schema: ObjectBuilder, name: &str, required: Required, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(about))
        .schema(Some(schema.schema_type(Type::String)))
        .build()
}

pub async fn not_found() -> Error {
    Error::client(&NOT_FOUND, "There is nothing at this address. /docs lists all addresses.")
}

pub async fn method_not_allowed() -> Error {
    Error::client(&METHOD_NOT_ALLOWED, "This address does not take this method.")
}
