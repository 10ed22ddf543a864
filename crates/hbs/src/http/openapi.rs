//! The OpenAPI document: the parts that all operations share, and the page that shows it.
use super::problem::ProblemBody;
use crate::Error;
use crate::app::App;
use crate::error::{FieldError, Place, problems};
use axum::Router;
use std::collections::BTreeSet;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// Completes the document with the parts that all operations share, so that handlers document only their own.
/// `tags` are the headings with a sentence on each, in their order.
pub fn finish(mut api: OpenApi, tags: &[(&str, &str)]) -> OpenApi {
    api.info.title = "HBS".into();
    api.info.version = env!("CARGO_PKG_VERSION").into();
    api.info.description = Some(include_str!("openapi.md").into());
    api.info.license = None;
    api.info.contact = None;
    api.tags = Some(tags.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect());
    let components = api.components.get_or_insert_default();
    components.schemas.insert(ProblemBody::name().into(), ProblemBody::schema());
    components.schemas.insert(FieldError::name().into(), FieldError::schema());
    components.schemas.insert(Place::name().into(), Place::schema());
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
            }
        }
    }
    api
}

fn complete(path: &str, method: &str, operation: &mut Operation) {
    let permissions = permissions_of(operation);
    let (signed_in, permitted) = (is_for_signed_in(operation), permissions.is_some());
    let unsafe_method = method != "get";
    if let Some(permissions) = permissions {
        let about = operation.description.take().map_or(String::new(), |text| format!("{text}\n\n"));
        operation.description = Some(format!("{about}{permissions}"));
    }
    let takes_key = unsafe_method && signed_in && !path.starts_with("/v1/auth/") && !path.starts_with("/v1/test/");
    let parameters = operation.parameters.get_or_insert_default();
    if takes_key {
        let about = "Key of 1 to 255 characters that you choose. A request sent again with it within 24 hours has no second effect and gets the first answer.";
        parameters.push(header("Idempotency-Key", Required::False, about).into());
    }
    let if_match = parameters.iter().find_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == "If-Match" => Some(parameter.required == Required::True),
        _ => None,
    });
    let mut answers = vec![
        ("400", "Malformed request"),
        ("500", "Fault of the server"),
        ("503", "A store is not available, or the request took too long"),
    ];
    if signed_in {
        answers.push(("401", "Not signed in"));
    } else if path.starts_with("/v1/auth/") {
        answers.push(("401", "Wrong credentials"));
    }
    if path.starts_with("/v1/auth/") && unsafe_method {
        answers.push(("429", "Too many attempts"));
    }
    if permitted {
        answers.push(("403", "Missing permission"));
    } else if signed_in {
        answers.push(("403", "Not for API keys"));
    }
    let names_property =
        parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "property_id"));
    if path.contains('{') || names_property || unsafe_method {
        answers.push(("404", "Not found, or not yours to see"));
    }
    if operation.request_body.is_some() {
        answers.extend([("413", "Body too large"), ("415", "Not JSON")]);
    }
    if operation.request_body.is_some() || path.starts_with("/v1/") && method == "get" {
        answers.push(("422", "Invalid input; `errors` points to the values"));
    }
    if unsafe_method {
        answers.push(("409", "Conflict with the current state"));
    }
    if if_match.is_some() {
        answers.push(("412", "Changed in the meantime"));
    }
    if if_match == Some(true) {
        answers.push(("428", "If-Match is missing"));
    }
    if path.starts_with("/v1/") && !path.starts_with("/v1/test/") {
        operation.responses.responses.entry("429".into()).or_insert_with(too_many);
    }
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(response) = answer
            && response.description.is_empty()
        {
            response.description = success(status).into();
        }
    }
    for (status, what) in answers {
        operation.responses.responses.entry(status.into()).or_insert_with(|| problem_response(what));
    }
}

fn success(status: &str) -> &'static str {
    match status {
        "201" => "Created",
        "204" => "Done",
        _ => "Success",
    }
}

/// Returns `true` if an operation names a way to sign in. `security(())` is an empty requirement: none.
fn is_for_signed_in(operation: &Operation) -> bool {
    let needs = operation.security.as_deref().unwrap_or_default();
    needs.iter().any(|need| *need != SecurityRequirement::default())
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

/// Makes a header parameter.
pub fn header(name: &str, required: Required, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(about))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn problem_response(what: &str) -> RefOr<Response> {
    problem_builder(what).build().into()
}

/// Makes the 429 response, which any operation may give.
fn too_many() -> RefOr<Response> {
    let text = |about: &str| answer_header(Type::String, about);
    problem_builder("Too many requests; `budget` names the budget that is spent")
        .header("Retry-After", answer_header(Type::Integer, "Seconds until the next request may pass"))
        .header("RateLimit-Policy", text("The budget and its size: `\"login\";q=30;w=60` is 30 requests in 60 seconds"))
        .header("RateLimit", text("The rest of the budget, and the seconds until all of it is back: `\"login\";r=0;t=60`"))
        .build()
        .into()
}

fn answer_header(schema_type: Type, about: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(schema_type);
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

fn problem_builder(what: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let request_id = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    ResponseBuilder::new().description(what).content("application/problem+json", content).header("X-Request-Id", request_id)
}

/// Routes of the document, and of the page that shows it.
pub fn pages(api: OpenApi) -> Router<App> {
    Router::new().merge(utoipa_swagger_ui::SwaggerUi::new("/docs").url("/openapi.json", api))
}

pub async fn not_found() -> Error {
    Error::client(&problems::NOT_FOUND, "There is nothing at this address. /docs lists all addresses.")
}

pub async fn method_not_allowed() -> Error {
    Error::client(&problems::METHOD_NOT_ALLOWED, "This address does not take this method.")
}
