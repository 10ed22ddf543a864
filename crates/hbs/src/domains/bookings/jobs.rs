use super::service;
use crate::failures::Failures;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "bookings.expire_holds",
        every: Duration::from_secs(15),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                // First those that are confirmed by now, late or not.
                let mut failures = Failures::default();
                let confirmed = service::confirm_proved(&app, &mut failures).await?;
                let expired = service::expire_overdue(&app, &mut failures).await?;
                if confirmed > 0 {
                    tracing::info!(confirmed, "confirmed holds whose guests have proved their address");
                }
                if expired > 0 {
                    tracing::info!(expired, "expired holds");
                }
                failures.result(())
            })
        },
    },
    Job {
        name: "bookings.record_no_shows",
        every: Duration::from_secs(5 * 60),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let recorded = service::record_missing(&app).await?;
                if recorded > 0 {
                    tracing::info!(recorded, "recorded no-shows");
                }
                Ok(())
            })
        },
    },
];
