//! Reports: figures over many bookings. What a closed date came to is written down by the night audit and never changes; dates
//! that are not closed are counted as they stand.
mod dto;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use service::close_date;

use crate::domain::Domain;

pub const DOMAIN: Domain =
    Domain { tag: Some("reports"), router: |_| routes::router(), ..Domain::new("reports", "Figures over many bookings.") };
