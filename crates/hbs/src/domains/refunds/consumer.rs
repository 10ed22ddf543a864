//! Consumer of cancellations: what was paid beyond the fee is to be paid back. And of what gateways tell of refunds.
use super::service;
use crate::failures::Failures;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;

/// Kinds of events of stays that give up nights, and so may leave something to be paid back.
const ENDED: [&str; 2] = ["stay.cancelled", "stay.no_show"];

/// Kind of events of payments of whose refunds the gateway has told something.
const TOLD: &str = "payment.refunds_told";

pub const CONSUMER: Consumer = Consumer {
    name: "refunds",
    kinds: &[ENDED[0], ENDED[1], TOLD],
    handle: |app, events| {
        Box::pin(async move {
            let ended = events.iter().filter(|recorded| ENDED.contains(&recorded.event.kind.as_str()));
            let stays: BTreeSet<_> = ended
                .filter_map(|recorded| Some((recorded.event.stream_id, recorded.event.booking_id?, recorded.event.entity_id)))
                .collect();
            let mut failures = Failures::default();
            for (property_id, booking_id, stay_id) in stays {
                let requested = service::request_for_ended(app, property_id, booking_id, stay_id).await;
                failures.note("refunds of a stay could not be asked for; it is tried again", stay_id, requested)?;
            }
            let told = events.iter().filter(|recorded| recorded.event.kind == TOLD);
            let payments: BTreeSet<_> = told.map(|recorded| (recorded.event.stream_id, recorded.event.entity_id)).collect();
            for (property_id, payment_id) in payments {
                let followed = service::follow(app, property_id, payment_id).await;
                failures.note("refunds of a payment could not be followed; it is tried again", payment_id, followed)?;
            }
            failures.result(())
        })
    },
};
