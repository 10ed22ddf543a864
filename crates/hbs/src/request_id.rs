//! Ids of requests, in answers, logs and the record.
use crate::clock::Clock;
use http::{Extensions, HeaderMap, HeaderName};
use std::sync::Arc;
use uuid::{Builder, Uuid};

pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_LENGTH: usize = 100;

/// Id of a request. The client's own is taken if it is sane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let sane = |id: &&str| {
            (1..=MAX_LENGTH).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
        };
        match headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane) {
            Some(id) => Self(id.into()),
            None => Self(Arc::from(&*fresh().as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))),
        }
    }

    /// The id that the boundary gave the request.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self(Arc::from("none")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes an id like `Uuid::now_v7`, but without its lock and its system call: requests of one millisecond need no
/// order.
fn fresh() -> Uuid {
    let millis = u64::try_from(Clock::real_now().timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}
