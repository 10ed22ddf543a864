//! Lost property: what was found at a hotel, where it is kept, and what becomes of it.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use repository::due_photos;
pub use service::forget_photos;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("lost property"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("lost_property", "Lost property: what was found, where it is kept, and what becomes of it.")
};
