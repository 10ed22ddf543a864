use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "groups.release",
    every: Duration::from_secs(60),
    follows_clock: true,
    run: |app| {
        Box::pin(async move {
            let released = service::release_due(&app).await?;
            if released > 0 {
                tracing::info!(released, "released the rooms of groups at their cut-off dates");
            }
            Ok(())
        })
    },
}];
