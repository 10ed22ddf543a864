//! Feed of events: what happens, in an order without gaps, for whoever keeps in step with HBS; and the kinds of events.
mod dto;
mod error;
mod routes;
mod rules;
mod service;

pub use dto::{EventData, EventPayload, payload};
pub use rules::kinds::{KINDS, Kind, find as find_kind};
pub use rules::schema::of_kind as schema_of;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("events"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("events", "Feed of events, in an order without gaps, and the kinds of events.")
};
