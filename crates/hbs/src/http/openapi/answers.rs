//! The answers of an operation that are errors: one schema a problem, one response a set of problems.
use crate::error::{FieldError, Place, Problem, ProblemBody, problems};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{AllOfBuilder, Components, Discriminator, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Responses, Schema};
use utoipa::{PartialSchema, ToSchema};

const PROBLEM_JSON: &str = "application/problem+json";

/// Maximum number of problems of a response that is shared: the names of more would make its own unreadable.
const SHARED: usize = 3;

/// Problems of one status that an operation can answer with, by code.
type Alternatives = BTreeMap<&'static str, &'static Problem>;

/// Adds the schemas that those of all problems refer to.
pub fn add_schemas(components: &mut Components) {
    components.schemas.insert(ProblemBody::name().into(), ProblemBody::schema());
    components.schemas.insert(FieldError::name().into(), FieldError::schema());
    components.schemas.insert(Place::name().into(), Place::schema());
}

/// Adds the schema of a problem, which the first operation that has it needs.
fn add_schema(problem: &Problem, components: &mut Components) {
    if components.schemas.contains_key(&schema_name(problem)) {
        return;
    }
    let mut named = vec![(schema_name(problem), schema(problem).into())];
    problem.members.iter().for_each(|member| (member.collect)(&mut named));
    components.schemas.extend(named);
}

/// Adds a response for each status of the problems, shared with other operations where that keeps names short.
pub fn add(problems: &BTreeSet<&'static str>, all: &[&'static Problem], responses: &mut Responses, components: &mut Components) {
    let mut by_status: BTreeMap<u16, Alternatives> = BTreeMap::new();
    for problem in all.iter().filter(|problem| problems.contains(problem.code)) {
        add_schema(problem, components);
        by_status.entry(problem.status).or_default().insert(problem.code, problem);
    }
    for (status, alternatives) in by_status {
        let status = status.to_string();
        match responses.responses.get_mut(&status) {
            // The operation has a body of its own for this status, beside that of a problem.
            Some(RefOr::T(own)) => own.content.extend(response(&alternatives).content),
            _ if alternatives.len() > SHARED => {
                responses.responses.insert(status, response(&alternatives).into());
            }
            _ => {
                let name = alternatives.keys().map(|code| camel(code)).collect::<Vec<_>>().join("Or");
                responses.responses.insert(status, Ref::from_response_name(&name).into());
                components.responses.entry(name).or_insert_with(|| response(&alternatives).into());
            }
        }
    }
}

fn response(alternatives: &Alternatives) -> Response {
    let titles: Vec<&str> = alternatives.values().map(|problem| problem.title).collect();
    let content = ContentBuilder::new().schema(Some(any_of(alternatives))).build();
    let request_id = header(Type::String, "Id of the request in the server's log");
    let response =
        ResponseBuilder::new().description(titles.join("; ")).content(PROBLEM_JSON, content).header("X-Request-Id", request_id);
    let waits = alternatives.values().any(|problem| matches!(problem.status, 429 | 503));
    let response = if waits {
        response.header("Retry-After", header(Type::Integer, "Seconds until the same request may succeed"))
    } else {
        response
    };
    if !alternatives.contains_key(problems::RATE_LIMITED.code) {
        return response.build();
    }
    response
        .header(
            "RateLimit-Policy",
            header(Type::String, "The budget and its size: `\"login\";q=30;w=60` is 30 requests in 60 seconds"),
        )
        .header(
            "RateLimit",
            header(Type::String, "The rest of the budget, and the seconds until all of it is back: `\"login\";r=0;t=60`"),
        )
        .build()
}

pub fn header(schema_type: Type, about: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(schema_type);
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

/// Makes the schema of a body that is one of some problems, which `code` tells apart.
fn any_of(alternatives: &Alternatives) -> RefOr<Schema> {
    let reference = |problem: &Problem| Ref::from_schema_name(schema_name(problem));
    let problems: Vec<_> = alternatives.values().collect();
    if let [problem] = problems[..] {
        return reference(problem).into();
    }
    let mapping = problems.iter().map(|problem| (problem.code, reference(problem).ref_location));
    let one_of = OneOfBuilder::new().discriminator(Some(Discriminator::with_mapping("code", mapping)));
    problems.iter().fold(one_of, |one_of, problem| one_of.item(reference(problem))).into()
}

/// Makes the schema of the error body of a problem: that of all error bodies, with its code and its own members.
fn schema(problem: &Problem) -> Schema {
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([problem.code])).description(Some(problem.title));
    let own = problem.members.iter().fold(ObjectBuilder::new().property("code", code).required("code"), |own, member| {
        own.property(member.name, described((member.schema)(), member.about)).required(member.name)
    });
    AllOfBuilder::new().description(Some(problem.about)).item(Ref::from_schema_name(ProblemBody::name())).item(own).into()
}

fn described(schema: RefOr<Schema>, about: &str) -> RefOr<Schema> {
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = about.into();
            reference.into()
        }
        RefOr::T(mut schema) => {
            match &mut schema {
                Schema::Object(object) => object.description = Some(about.into()),
                Schema::Array(array) => array.description = Some(about.into()),
                Schema::OneOf(one_of) => one_of.description = Some(about.into()),
                _ => {}
            }
            schema.into()
        }
    }
}

fn schema_name(problem: &Problem) -> String {
    format!("{}Problem", camel(problem.code))
}

/// Turns `booking.no_availability` into `BookingNoAvailability`.
fn camel(code: &str) -> String {
    let words = code.split(['.', '_']);
    words.flat_map(|word| word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(word.chars().skip(1))).collect()
}
