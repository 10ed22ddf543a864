//! Hotels and their settings.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use dto::Location;
pub use error::PROBLEMS;
pub use model::{NewProperty, PriceMode, Property, TimeZone};
pub use repository::{existing, find, find_all, hold, insert, lock};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(routes::list_properties, routes::create_property)).routes(routes!(
        routes::get_property,
        routes::update_property,
        routes::delete_property
    ))
}
