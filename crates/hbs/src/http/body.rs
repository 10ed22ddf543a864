//! Bodies of requests as received, before they are parsed.
use crate::error::problems;
use crate::{Error, Result};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

/// Returns the media type of the body as declared, without parameters such as a charset. Compare it ignoring case.
pub fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// Reads the whole body, up to the limit of the operation; beyond it the error has the text `too_large`.
pub async fn read<S: Send + Sync>(request: Request, state: &S, too_large: &str) -> Result<Bytes> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::client(&problems::TOO_LARGE, too_large),
        _ => Error::client(&problems::MALFORMED, "The body could not be read."),
    })
}
