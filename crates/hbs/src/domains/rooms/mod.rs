//! Room types, rooms and amenities: what a hotel has.
mod dto;
mod error;
pub mod import;
mod model;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;
pub use model::{Bed, BedKind, Housekeeping, NewRoom, NewRoomType, Room, RoomType, by_number};
pub use repository::{
    amenity_codes, find_room, insert_amenity, insert_room_type, insert_rooms, lock_all_types, lock_type, set_amenities, types_of,
};

pub use service::{mark_dirty, not_ready};

use crate::app::App;
use crate::sheets;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_room_types, routes::create_room_type))
        .routes(routes!(routes::get_room_type, routes::update_room_type, routes::delete_room_type))
        .routes(routes!(routes::set_room_type_amenities))
        .routes(routes!(routes::assign_amenities))
        .routes(routes!(routes::list_rooms, routes::create_room))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(routes::import_rooms))))
        .routes(routes!(routes::rooms_template))
        .routes(routes!(routes::get_room, routes::update_room, routes::delete_room))
        .routes(routes!(routes::set_housekeeping))
        .routes(routes!(routes::set_housekeeping_of_rooms))
        .routes(routes!(routes::list_amenities, routes::create_amenity))
        .routes(routes!(routes::get_amenity, routes::update_amenity, routes::delete_amenity))
}
