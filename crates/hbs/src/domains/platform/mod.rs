//! What whoever runs HBS asks of it: health, metrics, the test clock.
mod dto;
mod error;
mod routes;
mod service;

pub use error::PROBLEMS;

use crate::app::App;
use crate::config::Config;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The test clock exists only where the settings say so.
pub fn router(config: &Config) -> OpenApiRouter<App> {
    let router =
        OpenApiRouter::new().routes(routes!(routes::live)).routes(routes!(routes::ready)).routes(routes!(routes::metrics));
    if config.test_clock { router.routes(routes!(routes::set_clock)) } else { router }
}
