//! Extras: what a hotel sells beside the room, and what of it was sold with stays. The only writer of `stay_extras`.
//!
//! A sale says which extra, how many and, of one that is charged once, on which day. What it costs, the lines of folios say, one
//! for each day on which it is served: so what was sold keeps its price and taxes, and what a stay has follows its dates and
//! guests.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use dto::ExtraRequest;
pub use error::{ARCHIVED, DATE_OUTSIDE_STAY, ExtraError, HAS_OWN_DAYS, NOTHING_LEFT, QUANTITY_OUT_OF_BOUNDS, SERVED, UNKNOWN};
pub use model::{Extra, ExtraDay, ExtraTax, ExtraWish, Offered, PostedPer, ShownExtra, StayExtra};
pub use repository::{hand_over, insert, insert_sold, of_properties, offered, remove, set_taxes, shown, sold_of};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("extras"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("extras", "Extras: what a hotel sells beside the room.")
};
