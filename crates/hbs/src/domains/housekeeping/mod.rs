//! Housekeeping: the work of a day, who does it, and what attendants find otherwise than the desk.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("housekeeping"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("housekeeping", "The work of housekeeping day by day: tasks, attendants, credits and discrepancies.")
};
