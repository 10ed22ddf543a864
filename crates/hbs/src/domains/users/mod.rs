//! The back office's view of everybody who has an account: guests and staff.
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
        .routes(routes!(routes::list_users, routes::invite_user))
        .routes(routes!(routes::get_user, routes::delete_user))
        .routes(routes!(routes::resend_invitation))
        .routes(routes!(routes::suspend_user))
        .routes(routes!(routes::reactivate_user))
        .routes(routes!(routes::unlock_user))
        .routes(routes!(routes::reset_second_factor))
}
