//! Outbox: every change, on the record.
//!
//! A use case [`publish`]es an [`Event`] for each entity it changed, in its own transaction. The
//! [`relay`] gives events their order and links them into hash chains; the [`sinks`] carry them to
//! MongoDB, and the [`consumers`] let domains act on them. Nothing waits for MongoDB: while it is away, events wait here.
pub mod chain;
mod changes;
pub mod consumers;
pub mod copies;
mod event;
pub mod key_ids;
mod pace;
mod recorded;
pub mod relay;
mod repository;
pub mod retention;
pub mod sealed;
pub mod sinks;
mod standing;
mod versions;

pub use event::{ActorKind, Cause, Event, publish, publish_many};
pub use recorded::{Entity, Recorded};
pub use repository::{
    Link, Numbered, Published, at_positions, chain_after, counts, last_position, links_after, numbered_after, pending,
    seq_before, telling_lines_after,
};
pub use standing::{
    Beginning, Head, Standing, beginning, first_after, first_position, hash_at, standing, unnumbered_since, waiting_since,
};
pub use versions::{Thing, Versions, has_version, versions};

use uuid::Uuid;

/// The stream of events that belong to no property.
pub const SYSTEM_STREAM: Uuid = Uuid::nil();
