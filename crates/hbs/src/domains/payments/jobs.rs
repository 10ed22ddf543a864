use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Job that asks gateways for whatever has not been told, or was told and lost.
pub const JOBS: &[Job] = &[Job {
    name: "payments.reconcile",
    every: Duration::from_secs(15),
    follows_clock: false,
    run: |app| Box::pin(async move { service::reconcile(&app).await }),
}];
