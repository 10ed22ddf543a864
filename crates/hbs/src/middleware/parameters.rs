//! Query parameters that an operation does not take are refused: a slip in `dry_run` must not do the deed. Which ones an
//! operation takes, its document says, so that no handler needs to.
use crate::error::FieldError;
use crate::{Error, Result};
use axum::extract::{MatchedPath, Request};
use http::Method;
use std::collections::{BTreeSet, HashMap};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

/// Similarity from which on a name is thought to be meant by another one.
const ALIKE: f64 = 0.85;
/// Maximum number of parameters that are named to whoever sent them.
const MAX_NAMED: usize = 20;
/// Maximum number of characters that are shown of such a name.
const MAX_SHOWN: usize = 100;

/// Query parameters of each operation of a document: by route, then by method.
#[derive(Debug, Default)]
pub struct Parameters(HashMap<String, Vec<(Method, Vec<String>)>>);

impl Parameters {
    /// Checks that a request has no query parameter that its operation does not take. What is not in the document takes any.
    pub fn check(&self, request: &Request) -> Result<()> {
        let Some(query) = request.uri().query() else { return Ok(()) };
        let route = request.extensions().get::<MatchedPath>();
        match route.and_then(|route| self.of_operation(route.as_str(), request.method())) {
            Some(known) => check(query, known),
            None => Ok(()),
        }
    }

    /// Reads the parameters of a document.
    pub fn of(document: &OpenApi) -> Self {
        let of_item = |item: &PathItem| {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let named = operations.into_iter().filter_map(|(method, operation)| Some((method, names(operation.as_ref()?))));
            named.collect()
        };
        Self(document.paths.paths.iter().map(|(route, item)| (route.clone(), of_item(item))).collect())
    }

    /// The parameters of an operation; none if there is no such operation.
    fn of_operation(&self, route: &str, method: &Method) -> Option<&[String]> {
        // Whoever can GET can ask for the head of the answer.
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let (_, names) = self.0.get(route)?.iter().find(|(of, _)| of == method)?;
        Some(names)
    }
}

/// The names of an operation's query parameters.
fn names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(|parameter| parameter.parameter_in == ParameterIn::Query).map(|parameter| parameter.name.clone()).collect()
}

fn check(query: &str, known: &[String]) -> Result<()> {
    let sent: BTreeSet<String> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
    let unknown = sent.iter().filter(|name| !known.contains(name)).take(MAX_NAMED);
    let errors: Vec<FieldError> = unknown.map(|name| error(name, known)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

fn error(name: &str, known: &[String]) -> FieldError {
    let shown: String = name.chars().take(MAX_SHOWN).collect();
    let detail = match (meant(&shown, known), known) {
        (Some(meant), _) => format!("is not a parameter of this operation; did you mean {meant}?"),
        (None, []) => "is not a parameter of this operation, which takes none".to_owned(),
        (None, _) => format!("is not a parameter of this operation, which takes {}", known.join(", ")),
    };
    FieldError::query(&shown, detail)
}

/// The parameter that is most like a name, if one is much like it.
fn meant<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let alike = known.iter().map(|other| (strsim::jaro_winkler(&name, other), other.as_str()));
    alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_what_it_may_have_meant() {
        let known = ["property_id", "status", "dry_run", "check_in_from"].map(String::from);
        for (slip, expected) in [
            ("statuss", Some("status")),
            ("dryrun", Some("dry_run")),
            ("dryRun", Some("dry_run")),
            ("propertyId", Some("property_id")),
            ("checkin_from", Some("check_in_from")),
            ("no_such_parameter", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(meant(slip, &known), expected, "{slip}");
        }
    }

    #[test]
    fn each_unknown_parameter_is_named_once() {
        let known = ["limit".to_owned()];
        assert!(check("limit=1&limit=2", &known).is_ok(), "the operation itself judges what it knows");
        assert!(check("", &known).is_ok() && check("&&", &known).is_ok());
        let Err(Error::Client(refusal)) = check("a=1&limit=2&b&a=3&%F0%9F%92%A9", &known) else { panic!("it is refused") };
        let pointers: Vec<&str> = refusal.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a", "/b", "/💩"]);
        let many: String = (0..100).map(|n| format!("{n}={}&", "x".repeat(200))).collect();
        let Err(Error::Client(refusal)) = check(&many, &[]) else { panic!("it is refused") };
        assert_eq!(refusal.errors.len(), MAX_NAMED);
        let Err(Error::Client(refusal)) = check(&"x".repeat(9_000), &[]) else { panic!("it is refused") };
        assert_eq!(refusal.errors[0].pointer.len(), 1 + MAX_SHOWN);
    }
}
