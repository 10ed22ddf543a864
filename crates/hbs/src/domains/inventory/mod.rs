//! What can be sold and which room a stay has. The only writer of `inventory` and `room_nights`.
//!
//! Whoever writes here holds the inventory rows of the nights concerned, locked in the order of the
//! primary key by [`lock`]. Other domains call; there are no routes.
mod jobs;
mod model;
mod repository;
mod service;
pub mod solver;

pub use jobs::jobs;
pub use model::{NightRow, Nights, RoomGap, Shortage, ShortageReason};
pub use repository::{
    Occupancy, find_nights, gaps, give_back, last_occupied_night, lock, occupancies, occupy, room_is_occupied_from, take, vacate,
};
pub use service::{Mismatch, add_capacity, change_overbooking, extend_horizon, open_type, remove_capacity, shortages, verify};
