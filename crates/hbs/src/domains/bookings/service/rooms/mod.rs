//! Rooms of stays, and their changes.
mod arrange;
mod assign;
mod capacity;
mod choices;
pub mod occupancy;
mod ready;
mod swap;

pub use arrange::{Need, make_room, no_single_room, widest_range};
pub use assign::assign_room;
pub use choices::rooms_for_stay;
pub use ready::{Unready, check_ready};
pub use swap::swap_rooms;
