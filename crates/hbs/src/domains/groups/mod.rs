//! Groups: rooms that are set aside for a wedding, a tour or a company, by type and night, until its guests book them or a date has come.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::{GroupError, PROBLEMS};
pub use jobs::jobs;
pub use model::Group;
pub use repository::{agreed_rates, find_by_code, find_in};
pub use rules::code;

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_groups, routes::create_group))
        .routes(routes!(routes::get_group, routes::update_group))
        .routes(routes!(routes::set_group_block))
        .routes(routes!(routes::release_group))
        .routes(routes!(routes::get_group_offer))
}
