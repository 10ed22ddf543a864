//! Search of a hotel for whatever somebody types: bookings, guests, rooms and groups, for the palette of a console.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("search"),
    router: |_| routes::router(),
    ..Domain::new("search", "Search of a hotel for bookings, guests, rooms and groups.")
};
