//! What whoever runs HBS asks of it: health, metrics, and in development the clock and the mailbox.
mod dto;
mod error;
mod routes;
mod service;

pub use error::PROBLEMS;

use crate::app::App;
use crate::config::Config;
use crate::mail;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The test clock and the mailbox exist only where the settings say so.
pub fn router(config: &Config) -> OpenApiRouter<App> {
    let router =
        OpenApiRouter::new().routes(routes!(routes::live)).routes(routes!(routes::ready)).routes(routes!(routes::metrics));
    let router = if config.test_clock { router.routes(routes!(routes::set_clock)) } else { router };
    if mail::keeps_mailbox(config) { router.routes(routes!(routes::mailbox)) } else { router }
}
