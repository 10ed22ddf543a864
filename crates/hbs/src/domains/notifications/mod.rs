//! Notifications: what people are told of what happens: in HBS, by mail, and live on their screens.
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

pub use service::{KEPT, follow_bookings};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("notifications"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    letters: Some(&letters::LETTERS),
    tasks: &[|app| Box::pin(service::stream::feed(app)), |app| Box::pin(service::stream::listen(app))],
    ..Domain::new("notifications", "Notifications of what happens, the live stream of it, and broadcasts.")
};
