//! The use cases of waitlists, one function each.
mod entries;
mod letters;
mod serve;

pub use entries::{get, join, leave, list};
pub use letters::prepare_mail;
pub use serve::serve;

use super::model::Entry;
use crate::outbox::{Changes, Event};

/// It stands in the timeline of the booking that was held for it.
fn event(kind: &'static str, entry: &Entry, changes: Changes) -> Event {
    Event {
        kind,
        property_id: Some(entry.property_id),
        entity: "waitlist_entry",
        entity_id: entry.id,
        booking_id: entry.booking_id,
        changes,
    }
}
