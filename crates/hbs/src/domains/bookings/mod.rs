//! Bookings: from request to departure. A booking is a contract; each of its stays is one room.
mod agreement;
mod amendment;
mod dto;
mod error;
mod events;
mod fees;
pub mod import;
mod jobs;
mod model;
mod quote;
mod reference;
mod repository;
mod routes;
pub mod rules;
pub mod selling;
mod service;

pub use agreement::Agreement;
pub use dto::{AmendBooking, CreateBooking, RoomRequest};
pub use error::{BookingError, NO_AVAILABILITY, NO_SINGLE_ROOM, TOO_LATE};
pub use model::Booking;
pub use repository::{find, lock_bookings, property_within_reach, references};
pub use service::moves::{is_to_come, move_stays};
pub use service::{
    ActionRequest, Agreed, Also, AmendRequest, Rehearsed, act, amend, expire_hold, extend_stay, hold_for_guest, prepare_mail,
    preview_cancellation_in, record_no_show, rehearse, rehearse_amendment,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("bookings"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("bookings", "From request to departure.")
};
