//! Cash drawers: whoever takes cash at the desk opens one with a float, and counts it without being told what should be in it.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::DrawerId;
pub use repository::{hold_open, is_open};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("drawers"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("drawers", "Cash drawers of the desk: float, drops, what was paid out, and the count.")
};
