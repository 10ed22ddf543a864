//! The error body (RFC 9457).
use super::{Error, FieldError, Problem, problems};
use serde::Serialize;

/// The body of every answer that is an error, as `application/problem+json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of a page of this server about the problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/request.invalid")]
    kind: String,
    /// Title of the problem, the same for each occurrence.
    #[schema(example = "Invalid input")]
    title: &'static str,
    /// HTTP status of the answer.
    #[schema(example = 422)]
    pub status: u16,
    /// Description of this occurrence, in a sentence.
    #[schema(example = "/rooms/0/adults: must be at least 1")]
    detail: String,
    /// Stable name of the problem, for programs to decide by.
    #[schema(example = "request.invalid")]
    code: &'static str,
    /// Id of the request in the server's log.
    request_id: String,
    /// Values at fault, if the problem is with values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Further members, described on the problem's page.
    #[serde(flatten)]
    #[schema(ignore)]
    extra: serde_json::Map<String, serde_json::Value>,
}

impl ProblemBody {
    /// Makes the body of an error. Faults of the server are logged here, once.
    pub fn of(failure: &Error, request_id: &str) -> Self {
        let (problem, detail) = match failure {
            Error::Client(client) => (client.problem, client.detail.clone()),
            Error::Internal { source, at } => {
                tracing::error!(error = %source, cause = ?source.source().map(ToString::to_string), %at, request_id, "internal error");
                (&problems::INTERNAL, "Something went wrong on our side. The request id leads us to it.".into())
            }
        };
        let (errors, extra) = match failure {
            Error::Client(client) => (client.errors.clone(), client.extra.clone()),
            Error::Internal { .. } => Default::default(),
        };
        let Problem { code, status, title, .. } = *problem;
        Self { kind: format!("/problems/{code}"), title, status, detail, code, request_id: request_id.into(), errors, extra }
    }
}
