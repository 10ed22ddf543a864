//! `If-Match`, as an extractor.
use crate::error::{FieldError, problems};
use crate::http::openapi;
use crate::version::{IfMatch, MatchOrAny, MustMatch};
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::ObjectBuilder;

/// Entity tags as the server sends them: a version and, of a public read, a digest.
const VERSION: &str = r#"^"[0-9]{1,18}(-[0-9A-Fa-f]+)?"$"#;
const VERSION_OR_ANY: &str = r#"^("[0-9]{1,18}(-[0-9A-Fa-f]+)?"|\*)$"#;
const MAX_LENGTH: usize = 100;

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

/// Reads the version of an entity tag: `3`, or `3-` and the digest with which a public read goes on.
fn version_of(tag: &str) -> Option<i64> {
    let (version, digest) = tag.split_once('-').unwrap_or((tag, "0"));
    let is_digest = !digest.is_empty() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    version.parse().ok().filter(|_| is_digest)
}

impl<S: Send + Sync> FromRequestParts<S> for MustMatch {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        IfMatch::from_request_parts(parts, state).await?.0.map(Self).ok_or_else(|| {
            let detail = "Send the ETag of the version you saw as If-Match; * for any is not enough here.";
            Error::client(&problems::PRECONDITION_REQUIRED, detail)
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MatchOrAny {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            let detail = "Send the ETag of the version you saw as If-Match, or * for any.";
            return Err(Error::client(&problems::PRECONDITION_REQUIRED, detail));
        }
        IfMatch::from_request_parts(parts, state).await.map(Self)
    }
}

fn if_match(required: Required, pattern: &str) -> Parameter {
    let schema = ObjectBuilder::new().pattern(Some(pattern)).max_length(Some(MAX_LENGTH));
    let about = "`ETag` of the version that you saw: refused with 412 if there is a newer one.";
    openapi::header_of(schema, "If-Match", required, about)
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::False, VERSION_OR_ANY)]
    }
}

impl IntoParams for MatchOrAny {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::True, VERSION_OR_ANY)]
    }
}

impl IntoParams for MustMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::True, VERSION)]
    }
}
