use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "night_audit.run",
    every: Duration::from_secs(5 * 60),
    follows_clock: true,
    run: |app| {
        Box::pin(async move {
            let closed = service::run_due(&app).await?;
            if closed > 0 {
                tracing::info!(closed, "closed business dates");
            }
            Ok(())
        })
    },
}];
