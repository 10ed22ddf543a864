use super::service;
use crate::jobs::Job;
use std::time::Duration;

pub const JOBS: &[Job] = &[
    Job {
        name: "inventory.extend_horizon",
        every: Duration::from_secs(15 * 60),
        follows_clock: true,
        run: |app| {
            Box::pin(async move {
                let added = service::extend_horizon(&app).await?;
                if added > 0 {
                    tracing::info!(nights = added, "extended the horizon");
                }
                Ok(())
            })
        },
    },
    Job {
        name: "inventory.verify",
        every: Duration::from_secs(24 * 3600),
        follows_clock: false,
        run: |app| {
            Box::pin(async move {
                let mismatches = service::verify(&app).await?;
                metrics::gauge!("hbs_inventory_mismatches").set(u32::try_from(mismatches.len()).unwrap_or(u32::MAX));
                for mismatch in mismatches {
                    tracing::error!(?mismatch, "the inventory does not say what stays, rooms, blocks and allotments say");
                }
                Ok(())
            })
        },
    },
];
