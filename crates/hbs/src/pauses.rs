//! Points at which a test stops a process for good, to kill it there. A program that is built for release stops nowhere.
use serde::Deserialize;

/// Point on the way of an order to a gateway, of a version of content to its two stores, or of a document to its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The attempt is about to be written.
    BeforeClaim,
    /// The attempt is committed, and the order not sent.
    AfterClaim,
    /// The document of a version is about to be written.
    BeforeDocument,
    /// The document of a version is written, and nothing names it.
    AfterDocument,
    /// The answer has come, and what follows from it is written and not committed; or all of a version is, but for that.
    BeforeCommit,
    /// All is committed, and nobody told.
    AfterCommit,
    /// A document has its number, and is not committed.
    AfterNumber,
}

/// The point at which this process stops, if it does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pauses {
    #[cfg(debug_assertions)]
    at: Option<Pause>,
}

impl Pauses {
    #[cfg(debug_assertions)]
    pub fn at(at: Option<Pause>) -> Self {
        Self { at }
    }

    /// Stops here, if this is the point.
    #[cfg(debug_assertions)]
    pub async fn here(self, point: Pause) {
        if self.at == Some(point) {
            tracing::warn!(at = ?point, "paused for good");
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(debug_assertions))]
    pub async fn here(self, _: Pause) {}
}
