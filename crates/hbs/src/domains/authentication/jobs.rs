use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "authentication.sweep",
        every: Duration::from_secs(3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let swept = service::sweep(&app).await?;
                if swept > 0 {
                    tracing::info!(rows = swept, "forgot expired tokens, old sessions and mails that were given up");
                }
                Ok(())
            })
        },
    },
    Job {
        name: "authentication.sweep_failures",
        every: Duration::from_secs(3600),
        follows_clock: false,
        run: |app| Box::pin(async move { service::sweep_failures(&app).await }),
    },
];
