//! Rooms of stays, and their changes.
mod arrange;
mod assign;
mod capacity;
mod moves;
pub mod occupancy;
mod ready;
mod swap;

pub use arrange::{Need, make_room, widest_range};
pub use assign::assign_room;
pub use moves::{Moves, is_to_come, move_stays};
pub use ready::{Unready, check_ready};
pub use swap::swap_rooms;
