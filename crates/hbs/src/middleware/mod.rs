//! Middleware: steps before and after every handler. Nothing here knows a domain.
mod boundary;
mod client_ip;
mod compression;
mod parameters;
pub mod rate_limit;
mod request_metrics;

use boundary::{Boundary, boundary, headers_of_all};
pub use client_ip::ClientIp;
pub use parameters::Parameters;
pub use rate_limit::RateLimits;
pub use request_metrics::sum_up_metrics;

use crate::app::App;
use crate::config::Config;
use crate::http::problem::STYLE;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue, Method, Uri, header};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Wraps the routes in one layer: each layer more clones its inner services for every request. `parameters` are those that their
/// operations take.
pub fn wrap(router: Router, app: &App, parameters: Arc<Parameters>) -> Router {
    let state = Arc::new(Boundary {
        app: app.clone(),
        metrics: app.memory.of(),
        cors: cors(&app.config),
        rate_limits: app.config.rate_limits.then(|| RateLimits::of(app)),
        headers: headers_of_all(policy(), app.config.tls_cert.is_some()),
        parameters,
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

/// Says which pages of other origins may call: those of the settings, and in development all of this machine, since a front
/// end is served there at whatever port is free. None if nobody may.
fn cors(config: &Config) -> Option<CorsLayer> {
    let named = || config.cors_origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok()).collect::<Vec<_>>();
    let origins = match config.cors_origins.as_slice() {
        [any] if any == "*" => AllowOrigin::any(),
        [] if config.is_production() => return None,
        _ if config.is_production() => AllowOrigin::list(named()),
        _ => {
            let named = named();
            AllowOrigin::predicate(move |origin, _| named.contains(origin) || is_of_this_machine(origin))
        }
    };
    Some(layer(origins))
}

/// Returns `true` for an origin such as `http://localhost:5173`.
fn is_of_this_machine(origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    origin.filter(is_web).and_then(|uri| uri.host().map(str::to_owned)).is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

fn layer(origins: AllowOrigin) -> CorsLayer {
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
            header("last-event-id"),
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
