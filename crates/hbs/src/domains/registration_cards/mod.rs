//! Registration cards: what guests confirm at their arrival, printed or signed on a screen.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use repository::due_cards;
pub use service::forget_cards;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("registration_cards", "Registration cards of stays, with the guests' signatures.")
};
