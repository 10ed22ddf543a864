//! A hotel's day: who comes, who leaves, who is there, and who has no room yet.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("front desk"),
    router: |_| routes::router(),
    ..Domain::new("front_desk", "Arrivals, departures, guests in the house, housekeeping and night audits.")
};
