use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "webhooks.measure",
        every: Duration::from_secs(15),
        follows_clock: false,
        run: |app| Box::pin(async move { service::measure(&app).await }),
    },
    Job {
        name: "webhooks.sweep",
        every: Duration::from_secs(3600),
        follows_clock: true,
        run: |app| Box::pin(async move { service::sweep(&app).await }),
    },
];
