//! Payment links: somebody who was sent one pays a folio on a page of the gateway, without an account.
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

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    consumers: &[consumer::CONSUMER],
    ..Domain::new("payment_links", "Links by which folios are paid.")
};
