//! Room blocks: rooms that are held back from sale for some nights, and notes that a room is not at its best.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::PROBLEMS;
pub use model::BlockKind;
pub use service::block_for_demo;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list_room_blocks, routes::create_room_block)).routes(routes!(
        routes::get_room_block,
        routes::update_room_block,
        routes::delete_room_block
    ))
}
