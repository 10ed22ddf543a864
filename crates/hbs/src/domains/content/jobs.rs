use super::service;
use crate::clock::Clock;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "content.schedule",
        every: Duration::from_secs(5),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let moved = service::publish_due(&app).await?;
                if moved > 0 {
                    tracing::info!(moved, "published or withdrew content that was due");
                }
                Ok(())
            })
        },
    },
    Job {
        name: "content.sweep",
        every: Duration::from_secs(6 * 3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let removed = service::sweep(&app, Clock::real_now() - service::GRACE).await?;
                if removed > 0 {
                    tracing::info!(removed, "removed documents that no version names");
                }
                Ok(())
            })
        },
    },
];
