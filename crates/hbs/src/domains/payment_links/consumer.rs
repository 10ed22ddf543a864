//! Consumer of whatever may settle a folio: its open link asks for nothing any more.
use super::service;
use crate::failures::Failures;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;
use uuid::Uuid;

pub const CONSUMER: Consumer = Consumer {
    name: "payment_links",
    handle: |app, events| {
        Box::pin(async move {
            let is_meant = |kind: &str| ["payment.", "folio.", "refund."].iter().any(|prefix| kind.starts_with(prefix));
            let meant = events
                .iter()
                .filter(|recorded| is_meant(&recorded.event.kind) || recorded.event.kind == "booking.status_changed");
            let hotels: BTreeSet<Uuid> = meant.map(|recorded| recorded.event.stream_id).collect();
            let mut failures = Failures::default();
            for property_id in hotels {
                let closed = service::close_paid(app, property_id).await;
                failures.note("payment links of a hotel could not be ended; it is tried again", property_id, closed)?;
            }
            failures.result(())
        })
    },
};
