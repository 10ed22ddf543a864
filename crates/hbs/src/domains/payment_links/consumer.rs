//! Consumer of whatever may settle a folio: its open link asks for nothing any more.
use super::service;
use crate::failures::Failures;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;
use uuid::Uuid;

pub const CONSUMER: Consumer = Consumer {
    name: "payment_links",
    kinds: &["payment.*", "folio.*", "refund.*", "booking.status_changed"],
    handle: |app, events| {
        Box::pin(async move {
            let hotels: BTreeSet<Uuid> = events.iter().map(|recorded| recorded.event.stream_id).collect();
            let mut failures = Failures::default();
            for property_id in hotels {
                let closed = service::close_paid(app, property_id).await;
                failures.note("payment links of a hotel could not be ended; it is tried again", property_id, closed)?;
            }
            failures.result(())
        })
    },
};
