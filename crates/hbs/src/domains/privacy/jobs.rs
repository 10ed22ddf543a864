use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "privacy.complete",
        every: Duration::from_secs(30),
        follows_clock: true,
        run: |app| Box::pin(async move { service::completing::complete_all(&app).await }),
    },
    Job {
        name: "privacy.exports",
        every: Duration::from_secs(15),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let made = service::export::run(&app).await?;
                if made > 0 {
                    tracing::info!(made, "made exports of personal data");
                }
                Ok(())
            })
        },
    },
];
