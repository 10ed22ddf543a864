//! Calendars that are shared with other programs: exports tell when a room or a room type is taken, imports block a room
//! when another program says that it is.
mod dto;
mod error;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use error::PROBLEMS;
pub use service::{poll_due, run};

use crate::app::App;
use crate::http::upload::calendar_limit;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn router() -> OpenApiRouter<App> {
    let files = OpenApiRouter::new().routes(routes!(routes::upload_feed));
    OpenApiRouter::new()
        .routes(routes!(routes::read_feed))
        .routes(routes!(routes::list_feed_exports, routes::create_feed_export))
        .routes(routes!(routes::get_feed_export, routes::revoke_feed_export))
        .routes(routes!(routes::rotate_feed_export))
        .routes(routes!(routes::list_feed_imports, routes::create_feed_import))
        .routes(routes!(routes::get_feed_import, routes::update_feed_import, routes::delete_feed_import))
        .routes(routes!(routes::poll_feed_import))
        .merge(files.layer(calendar_limit()))
        .routes(routes!(routes::list_feed_conflicts))
        .routes(routes!(routes::dismiss_feed_conflict))
}
