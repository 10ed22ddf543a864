//! Room types, rooms and amenities: what a hotel has.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;
pub use model::{Bed, BedKind, NewRoom, NewRoomType, Room, RoomType};
pub use repository::{find_types, insert_amenity, insert_room_type, insert_rooms, list_types_with_amenities, set_amenities};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_room_types, routes::create_room_type))
        .routes(routes!(routes::get_room_type, routes::update_room_type, routes::delete_room_type))
        .routes(routes!(routes::list_rooms, routes::create_room))
        .routes(routes!(routes::get_room, routes::update_room, routes::delete_room))
        .routes(routes!(routes::list_amenities, routes::create_amenity))
        .routes(routes!(routes::get_amenity, routes::update_amenity, routes::delete_amenity))
}
