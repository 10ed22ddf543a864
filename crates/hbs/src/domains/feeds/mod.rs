//! Calendars that are shared with other programs: exports tell when a room or a room type is taken, imports block a room
//! when another program says that it is.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use service::poll_due;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("feeds"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    tasks: &[|app| Box::pin(service::run(app))],
    ..Domain::new("feeds", "Calendars (iCalendar) that are exported to other programs and imported from them.")
};
