use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "change_requests.lapse",
    every: Duration::from_secs(15),
    follows_clock: true,
    run: |app| {
        Box::pin(async move {
            let lapsed = service::lapse_overdue(&app).await?;
            if lapsed > 0 {
                tracing::info!(lapsed, "proposals lapsed");
            }
            Ok(())
        })
    },
}];
