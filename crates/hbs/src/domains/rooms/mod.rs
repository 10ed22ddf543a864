//! Room types, rooms and amenities.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod service;

pub use model::{Bed, BedKind, Housekeeping, NewRoom, NewRoomType, Room, RoomType, by_number};
pub use repository::{
    TypeName, amenity_codes, find_room, insert_amenity, insert_room_type, insert_rooms, lock_all_types, lock_room, lock_rooms,
    lock_type, set_amenities, type_names, types_of,
};

pub use service::{import, mark_dirty, not_ready, put_housekeeping};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("rooms"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("rooms", "Room types, rooms and amenities.")
};
