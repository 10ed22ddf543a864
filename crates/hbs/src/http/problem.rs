//! Answers that are errors. Handlers return [`Error`]; the boundary in `middleware` writes the
//! body, because only there the request id is at hand.
use crate::Error;
use crate::app::App;
use crate::error::{Or404, Problem, ProblemBody};
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The error of a request, on its way to the boundary.
#[derive(Clone)]
pub struct Failure(pub Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Client(client) => client.problem.status,
            Self::Internal { .. } => 500,
        };
        let mut response = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

/// The body with the members that are JSON already.
#[derive(Serialize)]
struct WithTexts<'a> {
    #[serde(flatten)]
    body: ProblemBody,
    #[serde(flatten)]
    texts: BTreeMap<&'static str, &'a RawValue>,
}

/// Makes the response for an error.
pub fn respond(failure: &Error, request_id: &str) -> Response {
    let body = ProblemBody::of(failure, request_id);
    let client = match failure {
        Error::Client(client) => Some(client),
        Error::Internal { .. } => None,
    };
    let texts = client.into_iter().flat_map(|client| &client.texts);
    let status = StatusCode::from_u16(body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let whole = WithTexts { body, texts: texts.map(|(name, json)| (*name, &**json)).collect() };
    let json = serde_json::to_vec(&whole).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], json).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = client.and_then(|client| client.retry_after) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The style of the pages, which browsers know by its digest.
pub const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:50rem;margin:3rem auto;padding:0 1rem}\
                         td,th{text-align:left;padding:.2rem 1rem .2rem 0}";

/// Problems that have a page.
type Problems = Arc<[&'static Problem]>;

/// The pages about problems: a list, and the page that an error's `type` leads to.
pub fn pages(problems: Problems) -> Router<App> {
    Router::new().route("/problems", get(index)).route("/problems/{code}", get(page)).layer(Extension(problems))
}

async fn page(Extension(problems): Extension<Problems>, Path(code): Path<String>) -> Result<Html<String>, Error> {
    let problem = problems.iter().find(|problem| problem.code == code).or_404("problem")?;
    let Problem { code, status, title, about, members: _ } = problem;
    let about = with_code(about);
    Ok(Html(document(
        title,
        &format!(
            "<p>{about}</p><p>HTTP status <b>{status}</b>, code <code>{code}</code>.</p><p><a href=\"/problems\">All problems</a></p>"
        ),
    )))
}

async fn index(Extension(problems): Extension<Problems>) -> Html<String> {
    let rows: String = problems
        .iter()
        .map(|Problem { code, status, title, .. }| {
            format!("<tr><td>{status}</td><td><a href=\"/problems/{code}\"><code>{code}</code></a></td><td>{title}</td></tr>")
        })
        .collect();
    Html(document("Problems", &format!("<table><tr><th>Status</th><th>Code</th><th>Title</th></tr>{rows}</table>")))
}

/// Renders `words` between backticks as code.
fn with_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} – HBS</title>\
         <style>{STYLE}</style>\
         <h1>{title}</h1>{body}</html>"
    )
}
