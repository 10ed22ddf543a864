//! What brings rooms back, by its events.
use super::service;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;
use uuid::Uuid;

/// After these there may be rooms to sell that there were not before, or somebody who waits for some. What is missing here is found by the job.
const KINDS: &[&str] = &[
    "booking.amended",
    "booking.status_changed",
    "change_request.declined",
    "change_request.lapsed",
    "group.block_changed",
    "group.released",
    "inventory.repaired",
    "property.updated",
    "room.created",
    "room.updated",
    "room_block.released",
    "room_block.updated",
    "room_type.updated",
    "stay.moved",
    "waitlist_entry.created",
];

pub const CONSUMER: Consumer = Consumer {
    name: "waitlist",
    handle: |app, events| {
        Box::pin(async move {
            let wanted = events.iter().filter(|recorded| KINDS.contains(&recorded.event.kind.as_str()));
            let hotels: BTreeSet<Uuid> = wanted.map(|recorded| recorded.event.stream_id).collect();
            if hotels.is_empty() {
                return Ok(());
            }
            service::serve(app, Some(&Vec::from_iter(hotels))).await
        })
    },
};
