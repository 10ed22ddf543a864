use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "rates.forget_updates",
    every: Duration::from_secs(24 * 3600),
    follows_clock: false,
    run: |app| Box::pin(async move { service::rates::forget_updates(&app).await }),
}];
