//! The use cases of feeds, one function each.
mod conflicts;
mod exports;
mod imports;
mod poll;
mod take_over;

pub use conflicts::{dismiss, list as list_conflicts};
pub use exports::{Calendar, create as create_export, get as get_export, list as list_exports, read, revoke, rotate};
pub use imports::{create as create_import, delete, get as get_import, list as list_imports, poll_now, update, upload};
pub use poll::{poll_due, run};

use super::model::{FeedConflict, FeedExport, FeedImport};
use crate::outbox::{Changes, Event};
use uuid::Uuid;

fn export_event(kind: &'static str, feed: &FeedExport, changes: Changes) -> Event {
    event(kind, feed.property_id, "feed_export", feed.id, changes)
}

fn import_event(kind: &'static str, feed: &FeedImport, changes: Changes) -> Event {
    event(kind, feed.property_id, "feed_import", feed.id, changes)
}

fn conflict_event(kind: &'static str, conflict: &FeedConflict, changes: Changes) -> Event {
    event(kind, conflict.property_id, "feed_conflict", conflict.id, changes)
}

fn event(kind: &'static str, property_id: Uuid, entity: &'static str, entity_id: Uuid, changes: Changes) -> Event {
    Event { kind, property_id: Some(property_id), entity, entity_id, booking_id: None, changes }
}
