//! Pictures of hotels, of room types and of offers, and the files of all pictures. The routes of an offer's pictures are with the
//! offer: they are shown to whoever it is shown to.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::{ImageOrder, ImageOut, NewImageQuery, UpdateImage};
pub use error::{NEEDS_PRIMARY, NOT_THE_SAME, TOO_MANY};
pub use model::{Image, NewImage, Subject};
pub use repository::{insert, of_offer, of_offers, of_properties, of_property, of_room_type, of_room_types, referenced};
pub use service::{add, by_offer, by_room_type, delete, files_of, get, list, order, primary_by_property, update};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("images", "Pictures of hotels, room types and offers, and the files of all pictures.")
};
