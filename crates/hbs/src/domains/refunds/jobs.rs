use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Job that asks gateways for refunds of which nothing has been told.
pub const JOBS: &[Job] = &[Job {
    name: "refunds.reconcile",
    every: Duration::from_secs(30),
    follows_clock: false,
    run: |app| Box::pin(async move { service::reconcile(&app).await }),
}];
