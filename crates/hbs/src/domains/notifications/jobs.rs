use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "notifications.work",
        every: Duration::from_secs(5),
        follows_clock: true,
        run: |app| Box::pin(async move { service::work(&app).await }),
    },
    Job {
        name: "notifications.sweep",
        every: Duration::from_secs(6 * 3600),
        follows_clock: false,
        run: |app| Box::pin(async move { service::sweep(&app).await }),
    },
];
