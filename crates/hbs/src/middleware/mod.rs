//! Middleware: steps before and after every handler. Nothing here knows a domain.
mod boundary;
mod client_ip;
mod compression;
pub mod rate_limit;
mod request_metrics;

use boundary::{Boundary, boundary, headers_of_all};
pub use client_ip::ClientIp;
pub use rate_limit::RateLimits;
pub use request_metrics::sum_up_metrics;

use crate::app::App;
use crate::config::Config;
use crate::http::problem::STYLE;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue, Method, header};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Wraps the routes in one layer: each layer more clones its inner services for every request.
pub fn wrap(router: Router, app: &App) -> Router {
    let state = Arc::new(Boundary {
        app: app.clone(),
        metrics: app.memory.of(),
        cors: (!app.config.cors_origins.is_empty()).then(|| cors(&app.config)),
        rate_limits: app.config.rate_limits.then(|| RateLimits::of(app)),
        headers: headers_of_all(policy(), app.config.tls_cert.is_some()),
    });
    router.layer(DefaultBodyLimit::max(app.config.body_limit_bytes)).layer(axum::middleware::from_fn_with_state(state, boundary))
}

/// Rights of pages in a browser: nothing may run or be loaded; the pages about problems have one style.
fn policy() -> HeaderValue {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

fn cors(config: &Config) -> CorsLayer {
    let origins = match config.cors_origins.as_slice() {
        [any] if any == "*" => AllowOrigin::any(),
        some => AllowOrigin::list(some.iter().filter_map(|origin| HeaderValue::try_from(origin).ok())),
    };
    let header = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header("idempotency-key"),
            header("x-request-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            header("idempotency-replayed"),
            rate_limit::RATE_LIMIT,
            rate_limit::RATE_LIMIT_POLICY,
            header("x-request-id"),
        ])
        .max_age(Duration::from_secs(3600))
}
