//! Change requests: what a guest asks for that policy does not let them do, and what staff make of it. Staff do just that, refuse
//! it, or propose one alternative, whose rooms are set aside until the guest has answered.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod service;

pub use service::lapse_overdue;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("change requests"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    ..Domain::new("change_requests", "Requests of guests for changes that policy does not allow, and the hotel's answers.")
};
