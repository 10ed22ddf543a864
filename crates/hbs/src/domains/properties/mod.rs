//! Hotels and their settings.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::{Location, OfHotels};
pub use model::{ArrivalDecision, NewProperty, PriceMode, Property, Settings, SettingsPatch, TimeZone};
pub use repository::{existing, find, find_all, hold, insert, lock, lock_nights, renew_age_bands, roll};
pub use service::{Chosen, OneCurrency};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("properties"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    ..Domain::new("properties", "Hotels and their settings.")
};
