//! Rules of bookings: possible actions, the state as a whole and prices. Pure.
mod ages;
pub mod agreement;
pub mod amendment;
pub mod charged;
mod dates;
pub mod exemption;
pub mod extras;
pub mod fees;
pub mod import;
mod limits;
pub mod quote;
pub mod redemptions;
pub mod reference;
pub mod room_choice;
pub mod selling;
pub mod split;
mod states;

pub use ages::Ages;
pub use dates::{Dates, check_date, check_no_show_time, check_to_come, comes_late};
pub use limits::{Capacity, Limits, MAX_NIGHTS, check_limits, check_nights, check_order, check_rooms, order_of};
pub use states::{booking_nights, booking_status, occupied, stayed};
