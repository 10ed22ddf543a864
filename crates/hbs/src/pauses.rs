//! Points at which a test stops a process for good, to kill it there. A program that is built for release stops nowhere.
use crate::config::Config;
use serde::Deserialize;

/// Point on the way of an order to a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The attempt is about to be written.
    BeforeClaim,
    /// The attempt is committed, and the order not sent.
    AfterClaim,
    /// The answer has come, and what follows from it is written and not committed.
    BeforeCommit,
    /// All is committed, and nobody told.
    AfterCommit,
}

impl Pause {
    /// Stops here, if the settings say so.
    #[cfg(debug_assertions)]
    pub async fn here(self, config: &Config) {
        if config.pause_at == Some(self) {
            tracing::warn!(at = ?self, "paused for good");
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(debug_assertions))]
    pub async fn here(self, _: &Config) {}
}
