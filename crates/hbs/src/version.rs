//! The version of a row that a caller saw: nobody overwrites what they have not seen.
use crate::answer::etag;
use crate::error::problems;
use crate::{Error, Result};

/// The version that the caller saw, for use cases that do not need one.
#[derive(Debug, Clone, Copy, Default)]
pub struct IfMatch(pub Option<i64>);

/// The version that the caller saw, for use cases that need one (428 without).
#[derive(Debug, Clone, Copy)]
pub struct MustMatch(pub i64);

/// The version that the caller saw, or any, for use cases that need either to be said (428 without).
#[derive(Debug, Clone, Copy)]
pub struct MatchOrAny(pub IfMatch);

impl MatchOrAny {
    /// Refuses with 412 unless the row still has the version that the caller saw, or any was said.
    pub fn check(self, version: i64) -> Result<()> {
        self.0.check(version)
    }
}

impl MustMatch {
    /// Refuses with 412 unless the row still has the version that the caller saw.
    pub fn check(self, version: i64) -> Result<()> {
        IfMatch(Some(self.0)).check(version)
    }
}

impl IfMatch {
    /// Refuses with 412 unless the row still has the version that the caller saw, if they named one.
    pub fn check(self, version: i64) -> Result<()> {
        match self.0 {
            Some(seen) if seen != version => Err(changed_meanwhile(version)),
            _ => Ok(()),
        }
    }
}

/// Makes the error (412) for a caller who saw another version than the current one.
pub fn changed_meanwhile(version: i64) -> Error {
    Error::client(&problems::PRECONDITION_FAILED, format!("The current ETag is {}.", etag(version)))
}
