//! Signing in and staying signed in.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;
pub use service::{NewAccount, create_account, is_email_taken};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::register))
        .routes(routes!(routes::login))
        .routes(routes!(routes::refresh))
        .routes(routes!(routes::logout))
        .routes(routes!(routes::get_me))
        .routes(routes!(routes::jwks))
}
