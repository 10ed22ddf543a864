//! Search: what is free, when, and for how much.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::search))
        .routes(routes!(routes::search_hotels))
        .routes(routes!(routes::price_calendar))
}
