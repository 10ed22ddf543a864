//! Retention: for how long hotels keep what tells of people, and the job by which it goes.
mod dto;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use service::apply;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("retention"),
    router: |_| routes::router(),
    jobs: jobs::JOBS,
    ..Domain::new("retention", "Retention rules: for how long hotels keep what tells of people.")
};
