//! The operations of the OpenAPI document, each with its valid request.
use super::request::{Call, Exception, Request};
use crate::support::{Client, Reply};
use hbs::config::Config;
use hbs::server;
use http::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Callers that an operation is open to, as documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Public,
    SignedIn,
    /// Anybody on their own things; on others', holders of the permission.
    OwnOr(String),
    Staff(String),
}

pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    pub access: Access,
    /// Statuses that the operation documents.
    pub answers: BTreeSet<u16>,
    /// Headers of the operation, with whether they are required.
    pub headers: BTreeMap<String, bool>,
    pub document: Value,
    pub request: Request,
}

impl Operation {
    pub fn permission(&self) -> Option<&str> {
        match &self.access {
            Access::OwnOr(permission) | Access::Staff(permission) => Some(permission),
            Access::Public | Access::SignedIn => None,
        }
    }

    pub fn is(&self, exception: Exception) -> bool {
        self.request.exceptions.iter().any(|(said, _)| *said == exception)
    }

    pub fn is_unsafe(&self) -> bool {
        self.method != Method::GET
    }

    /// Returns `true` if the operation has this query parameter.
    pub fn takes(&self, name: &str) -> bool {
        let mut parameters = self.document["parameters"].as_array().into_iter().flatten();
        parameters.any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
    }

    /// Returns `true` if the operation changes or removes a thing that is there.
    pub fn is_change(&self) -> bool {
        [Method::PUT, Method::PATCH, Method::DELETE].contains(&self.method)
    }

    pub fn is_list(&self) -> bool {
        self.id.starts_with("list_") && !self.path.contains('{')
    }

    pub fn requires_version(&self) -> bool {
        self.headers.get("If-Match") == Some(&true)
    }

    /// The answer to somebody with a permission at another property only, where it is neither 404 nor a list.
    pub fn refusal_elsewhere(&self) -> Option<u16> {
        self.request.exceptions.iter().find_map(|(exception, _)| match exception {
            Exception::ForAllProperties => Some(403),
            Exception::RefusedElsewhere(status) => Some(*status),
            _ => None,
        })
    }

    /// Sends the request, with the version that the operation asks for.
    pub async fn call(&self, client: &Client, call: &Call) -> Reply {
        let client = if self.requires_version() { client.with("if-match", "\"1\"") } else { client.clone() };
        self.send(&client, call).await
    }

    /// Sends the request as it is. The answer is one that the operation documents.
    pub async fn send(&self, client: &Client, call: &Call) -> Reply {
        let reply = call.send(client, self.method.clone(), &self.path).await;
        let Self { id, answers, .. } = self;
        assert!(answers.contains(&reply.status), "{id} answers {}, which it does not document: {}", reply.status, reply.body);
        if reply.status >= 400 {
            assert_eq!(reply.header("content-type"), "application/problem+json", "{id}: {}", reply.body);
            assert_eq!(reply.body["status"], reply.status, "{id}");
            assert_eq!(reply.body["type"], format!("/problems/{}", reply.code()), "{id}");
            assert_eq!(reply.body["request_id"], reply.header("x-request-id"), "{id}");
        }
        reply
    }

    /// Asserts that a valid request by the right person was answered as it should be.
    #[track_caller]
    pub fn assert_done(&self, reply: &Reply) {
        let expected = self.request.exceptions.iter().find_map(|(exception, _)| match exception {
            Exception::AnswersWith(status) => Some(*status),
            _ => None,
        });
        let is_expected = expected.map_or((200..300).contains(&reply.status), |status| status == reply.status);
        assert!(is_expected, "{} by somebody with just what it documents: {} {}", self.id, reply.status, reply.body);
    }
}

/// Returns every operation of the document of an app with these settings.
pub fn operations(config: &Config) -> Vec<Operation> {
    let document = serde_json::to_value(server::document(config)).expect("JSON");
    let mut requests = requests();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId")).to_owned();
            let headers =
                operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "header");
            operations.push(Operation {
                access: access(&id, &operation["security"]),
                method: Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
                path: path.clone(),
                answers: operation["responses"]
                    .as_object()
                    .expect("responses")
                    .keys()
                    .filter_map(|key| key.parse().ok())
                    .collect(),
                headers: headers
                    .map(|header| (header["name"].as_str().expect("text").to_owned(), header["required"] == true))
                    .collect(),
                document: operation.clone(),
                request: requests
                    .remove(id.as_str())
                    .unwrap_or_else(|| panic!("say in `requests` of its domain's tests what a valid request for {id} is")),
                id,
            });
        }
    }
    assert!(operations.len() > 40, "{} operations", operations.len());
    operations
}

/// The domains' requests by their operations.
pub fn requests() -> BTreeMap<&'static str, Request> {
    let mut requests = BTreeMap::new();
    for request in crate::REQUESTS.iter().flat_map(|of_domain| of_domain()) {
        let operation = request.operation;
        assert!(requests.insert(operation, request).is_none(), "{operation} has two requests");
    }
    requests
}

fn access(id: &str, security: &Value) -> Access {
    let alternatives = security.as_array().unwrap_or_else(|| panic!("{id} documents no security"));
    let scopes: Vec<Option<Vec<&str>>> = alternatives
        .iter()
        .map(|need| {
            need.get("bearer")
                .map(|scopes| scopes.as_array().expect("a list").iter().map(|scope| scope.as_str().expect("text")).collect())
        })
        .collect();
    match scopes.iter().map(|scopes| scopes.as_deref()).collect::<Vec<_>>()[..] {
        // Nobody need sign in; with a token one may see more.
        [] | [None, Some([])] => Access::Public,
        [Some([])] => Access::SignedIn,
        [Some([permission])] => Access::Staff((*permission).into()),
        [Some([]), Some([permission])] => Access::OwnOr((*permission).into()),
        _ => panic!("{id} documents a security that means nothing here: {security}"),
    }
}
