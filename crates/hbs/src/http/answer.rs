//! Answers of handlers as HTTP responses.
use crate::answer::{Answer, etag};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self { status, location, etag, body, replayed, is_secret: _, is_unchanged: _ } = self;
        let mut response = body.unwrap_or_default().into_response();
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if status == 204 {
            headers.remove(header::CONTENT_TYPE);
        } else {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in [(header::LOCATION, location), (header::ETAG, etag)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        if replayed {
            headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// A thing that was read, with its version.
pub struct Versioned<T> {
    pub version: i64,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, etag(self.version))], Json(self.body)).into_response()
    }
}
