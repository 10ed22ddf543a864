//! Payments: by which means a folio is paid, and what becomes of the money. Each is a row with its state; the money itself
//! stands in the lines of folios, which are written in the transaction that moves the state.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use model::{Payment, PaymentId};
pub use repository::{find, find_in, lock, of_booking, refunding_of_booking, release, reserve, settle_refund};
pub use service::known_settings;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("payments"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("payments", "Payments of folios: cash, card terminals and bank transfers.")
};
