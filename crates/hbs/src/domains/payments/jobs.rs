use super::service;
use crate::jobs::Job;
use std::time::Duration;

/// Jobs that ask gateways for whatever has not been told, or was told and lost, and that remove what was told long ago.
pub const JOBS: &[Job] = &[
    Job {
        name: "payments.reconcile",
        every: Duration::from_secs(15),
        follows_clock: false,
        run: |app| Box::pin(async move { service::reconcile(&app).await }),
    },
    Job {
        name: "payments.forget_events",
        every: Duration::from_secs(3600),
        follows_clock: true,
        run: |app| Box::pin(async move { service::forget_events(&app).await }),
    },
];
