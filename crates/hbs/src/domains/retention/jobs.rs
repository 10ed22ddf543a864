use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "retention.apply",
    every: Duration::from_secs(6 * 3600),
    follows_clock: false,
    run: |app| {
        Box::pin(async move {
            let gone = service::apply(&app).await?;
            if gone > 0 {
                tracing::info!(gone, "forgot what retention rules say");
            }
            Ok(())
        })
    },
}];
