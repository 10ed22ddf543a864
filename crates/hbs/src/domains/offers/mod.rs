//! Offers: what a hotel takes off its prices, for whom and how often. The only writer of what was redeemed.
//!
//! What an offer does to a price, the price engine says (`rates::engine::discount`); which of a hotel's offers a stay gets,
//! [`rules::choice`] says, for searches, quotes and sales alike. A sale writes the offers of its stays as they were then: what
//! was sold keeps them, whatever becomes of the offer.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
pub mod rules;
mod service;

pub use dto::CreateOffer;
pub use error::{CODE_UNKNOWN, ENDED, EXHAUSTED, GUEST_UNKNOWN, NOT_APPLICABLE, OfferError, Refused};
pub use model::{Counter, HeldOffer, OnSale, Person, Redeemed, SoldCode, SoldOffer, StayOffer};
pub use repository::offers::of_properties;
pub use repository::redemptions::{amend, counters, held, insert, lose, read_counters, split};
pub use rules::choice::{Buyer, GivenCode, Line, chosen, chosen_for};
pub use service::codes::{given, given_at, given_to};
pub use service::offers::add;
pub use service::redemptions::{Concerned, follow, worded};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("offers"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new("offers", "Offers: less than the price, by itself or with a code, within limits.")
};
