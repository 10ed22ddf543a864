use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[Job {
    name: "folios.verify",
    every: Duration::from_secs(24 * 3600),
    follows_clock: false,
    run: |app| {
        Box::pin(async move {
            let verified = service::verify(&app).await?;
            metrics::gauge!("hbs_ledger_faults").set(u32::try_from(verified.faults.len()).unwrap_or(u32::MAX));
            for fault in verified.faults {
                tracing::error!(?fault, "the books do not say what lines and events say");
            }
            Ok(())
        })
    },
}];
