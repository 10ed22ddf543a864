//! Changing bookings that there are: moving them on, and amending them.
pub mod amend;
pub mod lifecycle;
pub mod stay;
