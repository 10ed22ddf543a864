//! Waitlists: guests who wait for rooms that are sold. What comes back is on sale at once, to anybody; HBS tries to hold it for
//! the first who waits, as any other buyer would.
mod consumer;
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use repository::due_entries;
pub use service::{forget_entries, serve};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("waitlist"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    ..Domain::new("waitlist", "Waitlists of guests for rooms that are sold out.")
};
