//! The front desk: arrivals, departures, guests in the house, and stays without a room.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use rules::Occupancy;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("front desk"),
    router: |_| routes::router(),
    ..Domain::new("front_desk", "Arrivals, departures, guests in the house, housekeeping and night audits.")
};
