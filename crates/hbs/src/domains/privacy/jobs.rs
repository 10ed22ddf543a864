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
        name: "privacy.relist",
        every: Duration::from_secs(3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let again = service::completing::complete_unlisted(&app).await?;
                if again > 0 {
                    tracing::warn!(again, "the list of erasures lacked some: they are completed again");
                }
                Ok(())
            })
        },
    },
    Job {
        name: "privacy.let_go",
        every: Duration::from_secs(24 * 3600),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let gone = service::completing::let_go(&app).await?;
                if gone > 0 {
                    tracing::info!(gone, "removed from the register who was erased and whose time is over");
                }
                Ok(())
            })
        },
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
