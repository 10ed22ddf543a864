//! A hotel's day: who comes, who leaves, who is there, and who has no room yet.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::PROBLEMS;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::get_front_desk)).routes(routes!(routes::get_housekeeping))
}
