//! Room blocks: rooms that are held back from sale for some nights, and notes that a room is not at its best.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::{CreateRoomBlock, RoomBlockChanged};
pub use error::{NO_CAPACITY, OVERLAP, ROOM_CHANGED, STAYS_IN_THE_WAY, is_in_the_way};
pub use model::{BlockKind, Subject};
pub use repository::of_feed;
pub use service::{
    ForFeed, OfType, block_for_demo, block_for_feed, block_for_issue, block_rooms_for_feed, lock_for_feed, move_for_feed,
    release_for_feed, release_for_issue, seat_for_feed,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("room blocks"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("blocks", "Rooms that are held back from sale.")
};
