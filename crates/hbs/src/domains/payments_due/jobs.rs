use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Job that charges what is due to guarantees, at hotels that want that by itself.
pub const JOBS: &[Job] = &[Job {
    name: "payments_due.charge",
    every: Duration::from_secs(60),
    follows_clock: true,
    run: |app| Box::pin(async move { service::charge_due(&app).await }),
}];
