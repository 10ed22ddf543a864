//! The end of the process, as long answers learn of it: what would go on for hours ends before the server waits for it.
use tokio::sync::watch;

/// Word that the process is about to end.
pub struct Ending(watch::Sender<bool>);

impl Default for Ending {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Ending {
    /// Tells everybody who waits for it.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Waits for it, or returns at once where it has begun.
    pub async fn begun(&self) {
        // The sender lives as long as this, so it is always told.
        let _ = self.0.subscribe().wait_for(|has_begun| *has_begun).await;
    }
}
