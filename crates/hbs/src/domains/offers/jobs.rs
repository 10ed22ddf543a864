use super::service::offers;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "offers.archive",
    every: Duration::from_secs(3600),
    follows_clock: true,
    run: |app| {
        Box::pin(async move {
            let archived = offers::archive_over(&app).await?;
            if archived > 0 {
                tracing::info!(archived, "archived offers that are over");
            }
            Ok(())
        })
    },
}];
