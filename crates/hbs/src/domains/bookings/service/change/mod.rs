//! Changing bookings that there are: moving them on, and amending them.
pub mod amend;
pub mod exempt;
pub mod extras;
pub mod lifecycle;
pub mod split;
