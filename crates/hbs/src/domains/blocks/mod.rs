//! Room blocks: rooms that are held back from sale for some nights, and notes that a room is not at its best.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{PROBLEMS, is_in_the_way};
pub use model::BlockKind;
pub use repository::of_feed;
pub use service::{ForFeed, block_for_demo, block_for_feed, lock_for_feed, move_for_feed, release_for_feed};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list_room_blocks, routes::create_room_block)).routes(routes!(
        routes::get_room_block,
        routes::update_room_block,
        routes::delete_room_block
    ))
}
