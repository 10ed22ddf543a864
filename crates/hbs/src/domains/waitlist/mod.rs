//! Waitlists: guests who wait for rooms that are sold. What comes back is on sale at once, to anybody; HBS tries to hold it for the first who
//! waits, as any other buyer would.
mod consumer;
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use consumer::CONSUMER;
pub use error::PROBLEMS;
pub use jobs::jobs;
pub use service::{prepare_mail, serve};

use crate::app::App;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::list_waitlist, routes::join_waitlist))
        .routes(routes!(routes::get_waitlist_entry))
        .routes(routes!(routes::leave_waitlist))
}
