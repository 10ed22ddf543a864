//! Inventory: the rooms that can be sold, and the room of each stay. The only writer of `inventory` and `room_nights`.
//!
//! Whoever writes here holds the inventory rows of the nights concerned, locked in the order of the
//! primary key by [`lock`]. Other domains call; there are no routes. A stay's room changes together with its nights of rooms, so
//! it is written here too: where stays move, and where those who wait get rooms that come free.
mod jobs;
mod model;
mod repository;
mod rules;
mod service;

pub use model::{AllottedNight, Blocked, NightRow, Nights, RoomGap, Shortage, ShortageReason, Waiting};
pub use repository::allotments::{open_allotment, overdue_allotments};
pub use repository::stays::{bump_versions, last_departure_of_waiting, lock_bookings, set_room, waiting};
pub use repository::{
    Mismatch, Occupancy, Taken, blocked, find_nights, gaps, hand_over, last_occupied_night, lock, occupancies, occupied_from,
    occupy, room_is_occupied_from, rooms_of, take_each, taken, vacate, vacate_outside,
};
pub use rules::{Allotment, Counts, solver};
pub use service::allotments::{block_rooms, count_pick_up, give_back, lock_around, release_allotment};
pub use service::line::{Pending, Site, lock_all, seat, seat_waiting};
pub use service::moves::Moves;
pub use service::{
    add_capacity, block_room, block_rooms_at_once, change_overbooking, extend_horizon, is_overbooked, open_types,
    remove_capacity, repair, shortages, shortages_of, unblock_room, verify,
};

use crate::domain::Domain;

pub const DOMAIN: Domain =
    Domain { jobs: jobs::JOBS, ..Domain::new("inventory", "Inventory: the rooms that can be sold, and the room of each stay.") };
