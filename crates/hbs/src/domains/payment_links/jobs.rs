use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Job that ends the links whose time is over.
pub const JOBS: &[Job] = &[Job {
    name: "payment_links.expire",
    every: Duration::from_secs(60),
    follows_clock: true,
    run: |app| Box::pin(async move { service::expire(&app).await }),
}];
