//! What is told of bookings and their stays.
use crate::outbox::{Changes, Event};
use uuid::Uuid;

pub fn of_booking(kind: &'static str, property_id: Uuid, id: Uuid, changes: Changes) -> Event {
    Event { kind, property_id: Some(property_id), entity: "booking", entity_id: id, booking_id: Some(id), changes }
}

/// It stands in the timeline of its booking.
pub fn of_stay(kind: &'static str, property_id: Uuid, booking_id: Uuid, id: Uuid, changes: Changes) -> Event {
    Event { kind, property_id: Some(property_id), entity: "stay", entity_id: id, booking_id: Some(booking_id), changes }
}
