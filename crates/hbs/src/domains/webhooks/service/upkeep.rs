//! Work that is due again and again: figures for metrics, and forgetting what is old.
use crate::Result;
use crate::app::App;
use crate::domains::webhooks::repository;
use crate::domains::webhooks::rules::KEPT;

/// Deliveries that are forgotten at once.
const SWEPT: i64 = 10_000;

/// Tells metrics how much waits, and how long the oldest event has waited for its first attempt.
pub async fn measure(app: &App) -> Result<()> {
    let now = app.clock.now();
    let measured = repository::measure(&*app.db.conn().await?).await?;
    let age = measured.oldest_due_at.map_or(0, |due| (now - due).num_seconds().max(0));
    metrics::gauge!("hbs_webhooks_pending").set(i32::try_from(measured.pending).unwrap_or(i32::MAX));
    metrics::gauge!("hbs_webhooks_oldest_due_seconds").set(i32::try_from(age).unwrap_or(i32::MAX));
    Ok(())
}

/// Forgets deliveries that have not changed for a week, and those of webhooks that are deleted.
pub async fn sweep(app: &App) -> Result<()> {
    let before = app.clock.now() - KEPT;
    let conn = app.db.conn().await?;
    while repository::sweep_deliveries(&conn, before, SWEPT).await? > 0 {}
    Ok(())
}
