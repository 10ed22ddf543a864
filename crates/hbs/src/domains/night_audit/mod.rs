//! The night audit: closes a business date. Guests who have not come are recorded as missing, rooms that were slept in are
//! dirty, the figures of the day go on record, its charges are not taken back any more, and the date rolls.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::PROBLEMS;
pub use jobs::jobs;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::preview_night_audit, routes::run_night_audit))
        .routes(routes!(routes::list_night_audits))
}
