use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "rooms.forget_changes",
    every: Duration::from_secs(24 * 3600),
    follows_clock: false,
    run: |app| Box::pin(async move { service::forget_changes(&app).await }),
}];
