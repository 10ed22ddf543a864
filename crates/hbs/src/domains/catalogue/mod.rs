//! Catalogue of a hotel: its offer whatever the night, with its room types, its rate plans, taxes and terms. Searches
//! and sales need all of it each time, and it rarely changes: so a process remembers it, and asks with each use whether
//! it still holds.
//!
//! Each use asks for the hotel's [version](crate::stamps), one small statement beside those for nights and rates: what is
//! told is never older than what was committed before it was asked. There are no routes.
mod model;
mod service;

pub use model::{Catalogue, OnOffer};
pub use service::Catalogues;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain::new("catalogue", "All of a hotel that holds whatever the night, remembered.");
