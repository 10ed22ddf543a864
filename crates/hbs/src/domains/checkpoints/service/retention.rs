//! Forgetting events of the outbox that checkpoints vouch for.
use crate::Result;
use crate::app::App;
use crate::domains::checkpoints::repository;
use crate::outbox::retention::{self, Removal};
use chrono::TimeDelta;
use std::time::Duration;

/// Pause before another attempt where the relay was at work.
const BUSY: Duration = Duration::from_millis(50);

/// Removes from the outbox what is older than the settings say, covered by a checkpoint and seen by all, and returns how many
/// events that were.
pub async fn prune_outbox(app: &App) -> Result<usize> {
    let kept = TimeDelta::days(app.config.outbox_kept_days.into());
    let newest = repository::newest_place(&*app.db.conn().await?).await?;
    let Some((covered, _)) = newest.filter(|_| !kept.is_zero()) else { return Ok(0) };
    let before = app.clock.now() - kept;
    let mut removed = 0;
    loop {
        let removal = retention::remove_batch(app, covered, before).await?;
        match removal {
            Removal::Left(events) => removed += events,
            Removal::Busy => tokio::time::sleep(BUSY).await,
        }
        if !removal.goes_on() {
            return Ok(removed);
        }
    }
}
