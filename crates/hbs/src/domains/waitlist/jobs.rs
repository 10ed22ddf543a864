use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// The consumer of events serves who waits at once. This finds who is left, and whose time is over.
pub const JOBS: &[Job] = &[Job {
    name: "waitlist.serve",
    every: Duration::from_secs(60),
    follows_clock: true,
    run: |app| Box::pin(async move { service::serve(&app, None).await }),
}];
