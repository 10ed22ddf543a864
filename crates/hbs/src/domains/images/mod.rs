//! Pictures of hotels and of room types, and the files of all pictures.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::ImageOut;
pub use model::{Image, NewImage};
pub use repository::{insert, of_properties, of_property, of_room_type, of_room_types};
pub use service::{by_room_type, primary_by_property};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("images", "Pictures of hotels and room types, and the files of all pictures.")
};
