//! Webhooks: other programs are told of events, signed, and again and again until they have taken them.
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

pub use rules::KEPT;
pub use service::deliver_due;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("webhooks"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    letters: Some(&letters::LETTERS),
    tasks: &[|app| Box::pin(service::run(app))],
    ..Domain::new("webhooks", "Webhooks, by which other programs are told of events as they happen.")
};
