//! Operation of HBS: health, metrics, and in development the clock and the mailbox.
mod dto;
mod routes;
mod service;

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("platform"),
    router: routes::router,
    ..Domain::new("platform", "Health, metrics and, in tests, the clock.")
};
