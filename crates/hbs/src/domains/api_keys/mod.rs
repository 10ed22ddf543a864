//! Keys by which integrations act: channel managers, accounting, door locks.
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
        .routes(routes!(routes::list_api_keys, routes::create_api_key))
        .routes(routes!(routes::get_api_key, routes::revoke_api_key))
}
