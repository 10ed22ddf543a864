use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "issues.overdue",
        every: Duration::from_secs(30),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let missed = service::tell_overdue(&app).await?;
                if missed > 0 {
                    tracing::info!(missed, "issues have missed a target");
                }
                Ok(())
            })
        },
    },
    Job {
        name: "issues.mail",
        every: Duration::from_secs(15),
        follows_clock: true,
        run: |app| Box::pin(async move { service::queue_mails(&app).await }),
    },
    Job {
        name: "issues.viewers",
        every: Duration::from_secs(300),
        follows_clock: false,
        run: |app| Box::pin(async move { service::sweep_viewers(&app).await.map(drop) }),
    },
];
