use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "checkpoints.make",
        every: Duration::from_secs(60),
        follows_clock: false,
        run: |app| Box::pin(async move { service::make_if_due(&app).await }),
    },
    Job {
        name: "checkpoints.prune_outbox",
        every: Duration::from_secs(3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let removed = service::prune_outbox(&app).await?;
                if removed > 0 {
                    tracing::info!(events = removed, "old events left the outbox");
                }
                Ok(())
            })
        },
    },
];
