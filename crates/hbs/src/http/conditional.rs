//! `If-Match`: nobody overwrites what they have not seen.
use crate::answer::etag;
use crate::error::{FieldError, problems};
use crate::http::openapi;
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// The version that the caller saw, where a use case may go without.
#[derive(Debug, Clone, Copy, Default)]
pub struct IfMatch(pub Option<i64>);

/// The version that the caller saw, where a use case insists on it (428).
#[derive(Debug, Clone, Copy)]
pub struct MustMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .and_then(version_of)
            .map(|version| Self(Some(version)))
            .ok_or_else(|| {
                let detail = "must be one ETag as the server sent it, such as \"3\", or *";
                Error::with_fields(
                    &problems::MALFORMED,
                    format!("If-Match {detail}"),
                    vec![FieldError::header("If-Match", detail)],
                )
            })
    }
}

/// `3`, or `3-` and the digest with which a public read goes on.
fn version_of(tag: &str) -> Option<i64> {
    let (version, digest) = tag.split_once('-').unwrap_or((tag, "0"));
    let is_digest = !digest.is_empty() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    version.parse().ok().filter(|_| is_digest)
}

impl<S: Send + Sync> FromRequestParts<S> for MustMatch {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        IfMatch::from_request_parts(parts, state)
            .await?
            .0
            .map(Self)
            .ok_or_else(|| Error::client(&problems::PRECONDITION_REQUIRED, "Send the ETag of the version you saw as If-Match."))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![openapi::header(
            "If-Match",
            Required::False,
            "The `ETag` of the version you saw: refused with 412 if there is a newer one.",
        )]
    }
}

impl IntoParams for MustMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![openapi::header("If-Match", Required::True, "The `ETag` of the version you saw.")]
    }
}

impl MustMatch {
    /// 412 unless the row still has the version that the caller saw.
    pub fn check(self, version: i64) -> Result<()> {
        IfMatch(Some(self.0)).check(version)
    }
}

impl IfMatch {
    /// 412 unless the row still has the version that the caller saw, if they named one.
    pub fn check(self, version: i64) -> Result<()> {
        match self.0 {
            Some(seen) if seen != version => Err(changed_meanwhile(version)),
            _ => Ok(()),
        }
    }
}

/// 412.
pub fn changed_meanwhile(version: i64) -> Error {
    Error::client(&problems::PRECONDITION_FAILED, format!("The current ETag is {}.", etag(version)))
}
