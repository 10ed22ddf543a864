//! Reports: figures over many bookings.
mod dto;
mod model;
mod repository;
mod routes;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain =
    Domain { tag: Some("reports"), router: |_| routes::router(), ..Domain::new("reports", "Figures over many bookings.") };
