//! Consumer of whatever changes what a booking owes or has paid.
use super::service;
use crate::failures::Failures;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;

/// Kinds of events after which something may be due, or be due no more, whatever the booking was sold with. Of all others only
/// the bookings are looked at of which something is due already, or will be.
const KINDS: &[&str] = &["stay.cancelled", "stay.no_show", "stay.reinstated", "stay.expired"];

pub const CONSUMER: Consumer = Consumer {
    name: "payments_due",
    kinds: &[],
    handle: |app, events| {
        Box::pin(async move {
            let mut certain = BTreeSet::new();
            let mut possible = BTreeSet::new();
            for recorded in events {
                let event = &recorded.event;
                let Some(booking_id) = event.booking_id else { continue };
                let is_money = event.kind.starts_with("payment.") || event.kind.starts_with("refund.");
                let meant = if is_money || KINDS.contains(&event.kind.as_str()) { &mut certain } else { &mut possible };
                meant.insert((event.stream_id, booking_id));
            }
            let possible: Vec<_> = possible.difference(&certain).copied().collect();
            certain.extend(service::with_dues(app, &possible).await?);
            let mut failures = Failures::default();
            for (property_id, booking_id) in certain {
                let followed = service::follow(app, property_id, booking_id).await;
                failures.note("what is due of a booking could not be followed; it is tried again", booking_id, followed)?;
            }
            failures.result(())
        })
    },
};
