//! Consumer of the events that bring rooms back.
use super::service;
use crate::outbox::consumers::Consumer;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Kinds of events after which there may be more rooms to sell, or a guest who waits for some. The job finds those
/// missing here.
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
    kinds: KINDS,
    handle: |app, events| {
        Box::pin(async move {
            let hotels: BTreeSet<Uuid> = events.iter().map(|recorded| recorded.event.stream_id).collect();
            match service::serve(app, Some(&Vec::from_iter(hotels))).await {
                Err(error) if error.is_database_away() => Err(error),
                // It is in the log, and the job tries again: one entry that cannot be served must not stand in the way of events.
                _ => Ok(()),
            }
        })
    },
};
