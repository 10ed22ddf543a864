use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "images.sweep",
    every: Duration::from_secs(6 * 3600),
    follows_clock: false,
    run: |app| {
        Box::pin(async move {
            let removed = service::sweep(&app).await?;
            if removed > 0 {
                tracing::info!(removed, "removed files that nothing refers to");
            }
            Ok(())
        })
    },
}];
