//! The record: who changed what, and the proof that nobody touched it since.
mod dto;
mod error;
mod repository;
mod routes;
mod service;

pub use error::PROBLEMS;
pub use service::{Verification, verify_all, verify_stream};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_audit_logs))
        .routes(routes!(routes::verify_audit_logs))
        .routes(routes!(routes::booking_timeline))
}
