//! Bookings, from the sale to check-out. A booking is a contract; each of its stays is one room.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use dto::{AmendBooking, QuotedOffer};
pub use error::{
    AGREEMENT_OUTDATED, AMENDMENT, BookingError, DAY_USE, MOVE, NO_AVAILABILITY, NO_SINGLE_ROOM, ROOMS, TOO_EARLY, TOO_LATE,
};
pub use model::commands::{AddRoom, Amend, AmendStay, Sell, SellRoom};
pub use model::tags::Tags;
pub use model::{Booking, Guest, LINK_LASTS, StayGuest};
pub use repository::{due_documents, find, guests_of_stays, lock_bookings, owners_of};
pub use rules::agreement::Agreement;
pub use rules::selling;
pub use service::import;
pub use service::{
    ActionRequest, Agreed, Also, AmendRequest, Ended, FeesOfMissing, Registered, Rehearsed, act, act_within, amend,
    document_number, expect_late, extend_stay, fees_of_missing, forget_documents, give_for_demo, hold_for_guest,
    preview_cancellation_in, registered, registered_in, rehearse, rehearse_amendment,
};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("bookings"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    letters: Some(&letters::LETTERS),
    jobs: jobs::JOBS,
    ..Domain::new("bookings", "Bookings and their stays, from the sale to check-out.")
};
