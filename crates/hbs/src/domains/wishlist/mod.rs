//! What people would like to book one day.
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
        .routes(routes!(routes::list_wishlist, routes::add_to_wishlist))
        .routes(routes!(routes::remove_from_wishlist))
}
