//! The rules of housekeeping: what is to be done on a day, by whom, and in which order. Pure.
mod actions;
mod day;
mod share;

pub use actions::{deed, room_state};
pub use day::{Day, Plan, Today, plan, walking};
