//! The boundary between the network and the handlers: names each request, bounds its time, turns
//! failures and panics into error bodies, and records each request once in log and metrics.
use super::client_ip::ClientIp;
use super::request_metrics::RequestMetrics;
use super::{Parameters, RateLimits, compression};
use crate::Error;
use crate::app::App;
use crate::error::problems;
use crate::http::actor::token;
use crate::http::problem::{self, Failure};
use crate::quarantine;
use crate::refusals::{self, Denied};
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::security::Caller;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use std::borrow::Cow;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower::{Layer, ServiceExt};
use tower_http::cors::CorsLayer;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// Path of the page with scripts of our own, and what it may do: all of it comes from files of ours. Styles that its
/// scripts set are no styles in the page.
const DOCS: &str = "/docs";
const DOCS_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Route of requests for which there is none.
const UNMATCHED: &str = "unmatched";

/// Time that it may take to find who was denied something.
const PATIENCE: Duration = Duration::from_secs(1);

/// Number of headers for which an answer has room: its own, those of budgets, and those of the boundary.
const HEADERS: usize = 24;

/// Headers that answers to pages of other origins vary by, as the CORS layer says it.
const VARY_BY_ORIGIN: &str = "origin, access-control-request-method, access-control-request-headers";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

struct Seen {
    method: Method,
    /// Path, where the log has ids from it.
    path: Option<String>,
    is_docs: bool,
    route: Option<MatchedPath>,
    client: ClientIp,
    /// Kept for the case that the request is denied.
    authorization: Option<HeaderValue>,
    started: Instant,
}

/// State of the boundary: one value, so that a request clones one pointer.
pub(super) struct Boundary {
    pub app: App,
    pub metrics: Arc<RequestMetrics>,
    /// Other origins whose pages may ask, where there are some.
    pub cors: Option<CorsLayer>,
    /// Budgets, where there are some.
    pub rate_limits: Option<Arc<RateLimits>>,
    /// Headers of every answer that does not have its own.
    pub headers: HeaderMap,
    /// Query parameters that operations take.
    pub parameters: Arc<Parameters>,
}

impl Boundary {
    /// Answers a request, also to pages of other origins where some are allowed: refusals and faults, too.
    async fn answer(self: Arc<Self>, request: Request, next: Next) -> Response {
        let Some(cors) = &self.cors else { return self.bounded(request, next).await };
        if !request.headers().contains_key(header::ORIGIN) && request.method() != Method::OPTIONS {
            // Of no page, so nothing is allowed to any; a cache must not give the answer to one.
            let mut response = self.bounded(request, next).await;
            response.headers_mut().append(header::VARY, HeaderValue::from_static(VARY_BY_ORIGIN));
            return response;
        }
        let cors = cors.clone();
        let inner = tower::service_fn(move |request| {
            let (state, next) = (self.clone(), next.clone());
            async move { Ok::<_, Infallible>(state.bounded(request, next).await) }
        });
        let Ok(response) = cors.layer(inner).oneshot(request).await;
        response
    }

    /// Answers within the time limit. A panic becomes an error.
    async fn bounded(&self, request: Request, next: Next) -> Response {
        let limit = Duration::from_secs(self.app.config.request_timeout_seconds);
        let answer = AssertUnwindSafe(self.within_budget(request, next)).catch_unwind();
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => Error::internal(format!("panic: {}", panic_text(&*panic))).into_response(),
            Err(_) => Error::client(&problems::TIMEOUT, "The request took too long and was given up.").into_response(),
        }
    }

    async fn within_budget(&self, request: Request, next: Next) -> Response {
        if let Err(detail) = check_host(&request) {
            return Error::client(&problems::MALFORMED, detail).into_response();
        }
        if self.app.quarantine.is_on() && !request.method().is_safe() && !quarantine::is_free(request.uri().path()) {
            return quarantine::refusal().into_response();
        }
        let answer = |request| self.with_known_parameters(request, next);
        match &self.rate_limits {
            Some(limits) => limits.run(&self.app, request, answer).await,
            None => answer(request).await,
        }
    }

    async fn with_known_parameters(&self, request: Request, next: Next) -> Response {
        match self.parameters.check(&request) {
            Ok(()) => compression::run(request, next).await,
            Err(refusal) => refusal.into_response(),
        }
    }
}

pub(super) async fn boundary(State(state): State<Arc<Boundary>>, mut request: Request, next: Next) -> Response {
    let app = &state.app;
    let request_id = RequestId::from_headers(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = request.uri().path();
    let seen = Seen {
        method: request.method().clone(),
        is_docs: path.starts_with(DOCS),
        path: route.as_ref().filter(|route| has_parts(route.as_str())).map(|_| path.to_owned()),
        route,
        client: ClientIp::of(&app.config, request.headers(), request.extensions()),
        authorization: request.headers().get(header::AUTHORIZATION).cloned(),
        started: Instant::now(),
    };
    request.extensions_mut().insert(request_id.clone());

    let mut response = state.clone().answer(request, next).await;
    if let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() {
        if let Error::Client(client) = &*error
            && client.problem.status == StatusCode::FORBIDDEN
        {
            note_denial(app, &seen, &request_id, client.problem.code).await;
        }
        let allow = response.headers_mut().remove(header::ALLOW);
        let others = std::mem::take(response.headers_mut());
        response = problem::respond(&error, request_id.as_str());
        keep_others(others, response.headers_mut());
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    set_headers(&state.headers, &seen, &request_id, &mut response);
    record(app, &state.metrics, &seen, &request_id, &response);
    response
}

/// Counts a denied request, for the record. Whoever called has just been resolved for the request, so that is remembered, as a
/// rule; where it takes long, the request counts as nobody's.
async fn note_denial(app: &App, seen: &Seen, request_id: &RequestId, code: &'static str) {
    let principal = match seen.authorization.as_ref().and_then(token) {
        Some(token) => tokio::time::timeout(PATIENCE, app.security.resolve(token)).await.ok().and_then(Result::ok),
        None => None,
    };
    let caller = principal.map(|principal| Caller::new(principal, request_id.clone(), Arc::default(), app.person_keys.clone()));
    let (method, route) = (seen.method.as_str(), seen.route.as_ref().map_or(UNMATCHED, MatchedPath::as_str));
    refusals::denied(app, caller.as_ref(), &Denied { method, route, code, ip: seen.client.0, request_id });
}

/// Checks that a request names one host, and only one: others on the way might read another. HTTP/1.0 need not name it.
fn check_host(request: &Request) -> Result<(), &'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    if more.is_some() {
        return Err("The request has more than one `Host` header.");
    }
    match host {
        Some(host) if is_plain_host(host.as_bytes()) => Ok(()),
        Some(host) => {
            let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
            authority.filter(|name| !name.as_str().contains('@')).map(drop).ok_or("The `Host` header is not the name of a host.")
        }
        None if request.uri().authority().is_some() || request.version() < Version::HTTP_11 => Ok(()),
        None => Err("The request has no `Host` header."),
    }
}

/// Returns `true` for a name or IPv4 address, with or without a port: as almost all are, they need not be parsed.
fn is_plain_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().position(|byte| *byte == b':') {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, &b"0"[..]),
    };
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !name.is_empty() && name.iter().all(is_of_name) && (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

/// Keeps other headers. A browser shows an error to its page only with those of CORS, and the rest of a budget is of
/// interest then, too.
fn keep_others(from: HeaderMap, to: &mut HeaderMap) {
    let is_kept = |name: &HeaderName| {
        *name == header::VARY || ["access-control-", "ratelimit"].iter().any(|start| name.as_str().starts_with(start))
    };
    for (name, value) in from {
        if let Some(name) = name.filter(is_kept) {
            to.append(name, value);
        }
    }
}

/// Makes the headers of every answer: to copy them costs a request less than to set one after the other. `policy` says what
/// pages may do in a browser.
pub(super) fn headers_of_all(policy: HeaderValue, has_tls: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(HEADERS);
    let fixed = HeaderValue::from_static;
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, fixed("DENY"));
    headers.insert(header::REFERRER_POLICY, fixed("no-referrer"));
    headers.insert(RESOURCE_POLICY, fixed("cross-origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if has_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, fixed("max-age=31536000"));
    }
    headers.insert(header::CACHE_CONTROL, fixed("no-store"));
    headers
}

fn set_headers(of_all: &HeaderMap, seen: &Seen, request_id: &RequestId, response: &mut Response) {
    let own = std::mem::replace(response.headers_mut(), of_all.clone());
    let headers = response.headers_mut();
    headers.extend(own);
    if let Ok(value) = HeaderValue::try_from(request_id.as_str()) {
        headers.insert(X_REQUEST_ID, value);
    }
    if seen.is_docs {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    }
}

fn record(app: &App, metrics: &RequestMetrics, seen: &Seen, request_id: &RequestId, response: &Response) {
    let elapsed = seen.started.elapsed();
    let status = response.status();
    let route = seen.route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    metrics.record(&seen.method, route, status.as_u16(), elapsed);
    if app.config.access_log {
        tracing::info!(
            target: "access",
            method = seen.method.as_str(),
            path = &*seen.path.as_deref().map_or(Cow::Borrowed(route), |path| logged(route, path)),
            route,
            status = status.as_u16(),
            micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            client = seen.client.0.map(tracing::field::display),
            request_id = request_id.as_str(),
        );
    }
}

/// Returns `true` for a route with parts that differ from request to request.
fn has_parts(route: &str) -> bool {
    route.contains('{')
}

/// Returns an address as the log has it: the route with the ids in it. Whatever else stands in an address may be a secret,
/// such as that of a calendar, also where it is in the wrong place; so an address without a route is not logged at all.
fn logged<'a>(route: &'a str, path: &str) -> Cow<'a, str> {
    if !has_parts(route) {
        return route.into();
    }
    let is_id = |part: &&str| part.len() == Hyphenated::LENGTH && Uuid::try_parse(part).is_ok();
    let mut parts = path.split('/');
    let shown = route.split('/').map(|step| {
        let part = parts.next().filter(is_id).filter(|_| step.starts_with('{') && step.ends_with('}'));
        part.unwrap_or(step)
    });
    shown.collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_plainly_good_are_those_that_parse() {
        for host in ["hotel.example", "127.0.0.1:8080", "localhost:8080", "a", "XN--MNCHEN-3YA.example:443"] {
            assert!(is_plain_host(host.as_bytes()) && host.parse::<Authority>().is_ok(), "{host}");
        }
        for host in ["", ":80", "a:", "a:b", "a@b", "[::1]:80", "a b", "a/b", "a:123456", "a:1:2", "é"] {
            assert!(!is_plain_host(host.as_bytes()), "{host}");
        }
    }

    /// S12: the log has of an address its route and ids, and of unknown ones nothing.
    #[test]
    fn the_log_has_of_an_address_its_route_and_ids() {
        const ID: &str = "019b76da-a800-7db2-b8f6-1cbb12df8159";
        assert_eq!(logged("/v1/bookings", "/v1/bookings"), "/v1/bookings");
        assert_eq!(logged("/v1/bookings/{id}/folio", &format!("/v1/bookings/{ID}/folio")), format!("/v1/bookings/{ID}/folio"));
        for path in ["/v1/feeds/secret.ics", "/v1/feeds/a/b/c", "/v1/feeds/", "/"] {
            assert_eq!(logged("/v1/feeds/{file}", path), "/v1/feeds/{file}");
        }
        assert_eq!(
            logged("/v1/properties/{id}/groups/{code}", "/v1/properties/secret.ics/groups/ANA"),
            "/v1/properties/{id}/groups/{code}"
        );
        assert_eq!(logged("/docs/{*file}", "/docs/index.html"), "/docs/{*file}");
        assert_eq!(logged(UNMATCHED, "/V1/feeds/secret.ics"), UNMATCHED);
    }
}
