//! Failures of the documents, in words.
use super::super::error::ContentError;
use crate::Error;

/// Seconds after which what needs MongoDB may succeed.
const RETRY_SECONDS: u32 = 5;

/// Words a failure of the documents, which cannot be reached.
pub fn away(error: &mongodb::error::Error) -> Error {
    tracing::warn!(%error, "the documents of content could not be reached");
    Error::from(ContentError::Unavailable).with_retry_after(RETRY_SECONDS)
}
