//! Answers that staff ask for again and again: with a mark of what they were made from, and not sent again while nothing is new.
use crate::changes::Mark;
use crate::http::Seen;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// The copy that a reader has, by its mark in `If-None-Match`.
#[derive(Debug, Default)]
pub struct HeldCopy {
    pub mark: Option<Mark>,
}

impl<S: Send + Sync> FromRequestParts<S> for HeldCopy {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let seen = Seen::from_request_parts(parts, state).await?;
        Ok(Self { mark: seen.tags().find_map(Mark::parse) })
    }
}

impl IntoParams for HeldCopy {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        crate::http::Visitor::into_params(place)
    }
}

/// An answer with its mark; without a body, nothing is new since the reader's copy.
pub struct Marked<T> {
    pub mark: Option<Mark>,
    pub body: Option<T>,
}

impl<T: Serialize> IntoResponse for Marked<T> {
    fn into_response(self) -> Response {
        let Self { mark, body } = self;
        let tag = mark.map(|mark| [(header::ETAG, format!("\"{}\"", mark.to_text()))]);
        let may_keep = [(header::CACHE_CONTROL, "private, no-cache")];
        match (body, tag) {
            (Some(body), Some(tag)) => (tag, may_keep, Json(body)).into_response(),
            (Some(body), None) => Json(body).into_response(),
            (None, tag) => (StatusCode::NOT_MODIFIED, tag, may_keep).into_response(),
        }
    }
}
