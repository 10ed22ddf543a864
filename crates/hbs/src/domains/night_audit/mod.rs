//! The night audit: closes a business date. Guests who have not come are recorded as missing, rooms that were slept in are
//! dirty, the figures of the day go on record, its charges are not taken back any more, and the date rolls.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use service::{close_for_demo, leaving_for_demo};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("night_audit", "Closing business dates.")
};
