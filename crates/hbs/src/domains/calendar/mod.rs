//! The tape chart: rooms and nights with their stays and blocks, in one call.
mod dto;
mod model;
mod repository;
mod routes;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("calendar"),
    router: |_| routes::router(),
    ..Domain::new("calendar", "Calendar of a hotel's rooms, with stays, blocks, inventory and rates.")
};
