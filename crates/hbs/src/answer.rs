//! Answer of a use case that changes something: it can be stored and given again.
use serde::Serialize;

/// The answer to an unsafe request, complete, so that a repeated request gets the very same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub etag: Option<String>,
    /// JSON text, or nothing for 204.
    pub body: Option<String>,
    /// `true` if this is the stored answer to an earlier request.
    pub replayed: bool,
    /// `true` if the body holds a secret, which must not be stored as it is.
    pub is_secret: bool,
    /// `true` if everything is as it was: what the work wrote is rolled back.
    pub is_unchanged: bool,
}

impl Answer {
    /// Makes a 201 answer with the address of what was made.
    pub fn created(location: String, version: i64, body: &impl Serialize) -> crate::Result<Self> {
        Ok(Self { status: 201, location: Some(location), ..Self::ok(version, body)? })
    }

    /// Makes a 200 answer with a new version.
    pub fn ok(version: i64, body: &impl Serialize) -> crate::Result<Self> {
        let body = serde_json::to_string(body).map_err(crate::Error::internal)?;
        Ok(Self { body: Some(body), etag: Some(etag(version)), status: 200, ..Self::no_content() })
    }

    /// Makes the answer to a request that asks for what there is already, with the version that there is.
    pub fn unchanged(version: i64, body: &impl Serialize) -> crate::Result<Self> {
        Ok(Self { is_unchanged: true, ..Self::ok(version, body)? })
    }

    /// Returns the same answer, marked as holding a secret in its body.
    pub fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// Makes a 200 answer without a version.
    pub fn done(body: &impl Serialize) -> crate::Result<Self> {
        Ok(Self { etag: None, ..Self::ok(0, body)? })
    }

    /// Makes a 204 answer.
    pub fn no_content() -> Self {
        Self { status: 204, location: None, etag: None, body: None, replayed: false, is_secret: false, is_unchanged: false }
    }
}

/// Returns a row's version as an entity tag.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
