//! Wishlists of guests.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("wishlist"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("wishlist", "Wishlists of room types that guests would like to book.")
};
