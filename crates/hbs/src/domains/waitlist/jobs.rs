use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Job for entries that the consumer of events has missed, and for those whose time is over.
pub const JOBS: &[Job] = &[Job {
    name: "waitlist.serve",
    every: Duration::from_secs(60),
    follows_clock: true,
    run: |app| Box::pin(async move { service::serve(&app, None).await }),
}];
