use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "reviews.invite",
    every: Duration::from_secs(10 * 60),
    follows_clock: true,
    run: |app| {
        Box::pin(async move {
            let asked = service::invite(&app).await?;
            if asked > 0 {
                tracing::info!(asked, "asked guests for reviews");
            }
            Ok(())
        })
    },
}];
