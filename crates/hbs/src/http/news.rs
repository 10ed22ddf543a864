//! Answers that staff ask for again and again: with a mark of what they were made from, and not sent again while nothing is new.
use super::Seen;
use crate::changes::Mark;
use crate::numbers::hex;
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// The copy that a reader has (`If-None-Match`), perhaps with its mark.
#[derive(Debug, Default)]
pub struct HeldCopy {
    pub mark: Option<Mark>,
    seen: Seen,
}

impl<S: Send + Sync> FromRequestParts<S> for HeldCopy {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let seen = Seen::from_request_parts(parts, state).await?;
        let mark = seen.tags().find_map(Mark::parse);
        Ok(Self { mark, seen })
    }
}

impl IntoParams for HeldCopy {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        super::Visitor::into_params(place)
    }
}

impl HeldCopy {
    /// Answers with a body and its mark; 304 without a body, which says that nothing is new. What has no mark has a digest of its
    /// content in its place, and is not sent again either while that is the same.
    pub fn answer<T: Serialize>(&self, mark: Option<&Mark>, body: Option<&T>) -> Result<Response> {
        let body = body.map(serde_json::to_vec).transpose().map_err(Error::internal)?;
        let etag = match (mark, &body) {
            (Some(mark), _) => format!("\"{}\"", mark.to_text()),
            (None, body) => digest(body.as_deref().unwrap_or_default()),
        };
        let is_held = mark.is_none() && self.seen.has(&etag);
        let headers = [(header::ETAG, etag.as_str()), (header::CACHE_CONTROL, "private, no-cache")];
        Ok(match body.filter(|_| !is_held) {
            Some(body) => (headers, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
            None => (StatusCode::NOT_MODIFIED, headers).into_response(),
        })
    }
}

fn digest(body: &[u8]) -> String {
    format!("\"{}\"", hex(&Sha256::digest(body)[..8]))
}
