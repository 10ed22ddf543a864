//! Searches for free rooms and their prices.
mod dto;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::SearchQuery;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("availability"),
    router: |_| routes::router(),
    ..Domain::new("availability", "Searches for free rooms and their prices, and quotes.")
};
