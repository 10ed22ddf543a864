use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub fn jobs() -> Vec<Job> {
    vec![Job {
        name: "bookings.expire_holds",
        every: Duration::from_secs(15),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let expired = service::expire_overdue(&app).await?;
                if expired > 0 {
                    tracing::info!(expired, "expired holds");
                }
                Ok(())
            })
        },
    }]
}
