//! Middleware: steps before and after every handler. Nothing here knows a domain.
mod boundary;
mod client_ip;
pub mod rate_limit;
mod request_metrics;

use boundary::boundary;
pub use client_ip::ClientIp;
pub use rate_limit::RateLimits;
use request_metrics::RequestMetrics;

use crate::app::App;
use crate::config::Config;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Wraps the routes. The boundary comes last, so that it is outermost and sees everything.
pub fn wrap(router: Router, app: &App) -> Router {
    let inner = ServiceBuilder::new().layer(CompressionLayer::new()).layer(DefaultBodyLimit::max(app.config.body_limit_bytes));
    let mut router = router.layer(inner);
    if app.config.rate_limits {
        router = router.layer(axum::middleware::from_fn_with_state((app.clone(), RateLimits::of(app)), rate_limit::rate_limit));
    }
    let has_origins = !app.config.cors_origins.is_empty();
    let outer = ServiceBuilder::new()
        .layer(axum::middleware::from_fn_with_state((app.clone(), app.memory.of::<RequestMetrics>()), boundary))
        .option_layer(has_origins.then(|| cors(&app.config)));
    router.layer(outer)
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
