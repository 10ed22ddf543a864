//! Change requests: what a guest asks for that policy does not let them do, and what staff make of it. Staff do just that, refuse it, or
//! propose one alternative, whose rooms are set aside until the guest has answered.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;
pub use jobs::jobs;
pub use service::{lapse_overdue, prepare_mail};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::request_change))
        .routes(routes!(routes::list_change_requests))
        .routes(routes!(routes::get_change_request))
        .routes(routes!(routes::withdraw_change_request))
        .routes(routes!(routes::grant_change_request))
        .routes(routes!(routes::refuse_change_request))
        .routes(routes!(routes::propose_change))
        .routes(routes!(routes::accept_change))
        .routes(routes!(routes::decline_change))
}
