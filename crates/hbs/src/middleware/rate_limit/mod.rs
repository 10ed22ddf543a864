//! Limits on the rate of a caller's requests. Five budgets, each whole after a minute at most and spent at any pace:
//!
//! | budget | requests | kept in |
//! | --- | --- | --- |
//! | login | what takes a password, a code or a mailed token: most of `POST /v1/auth/…`, `PATCH /v1/me`; guests without account | Redis |
//! | search | availability and quotes | Redis |
//! | pictures | uploads of pictures | Redis |
//! | writes | every other unsafe method | Redis |
//! | reads | every other `GET` | this process |
//!
//! Signing in counts by address; the rest by the user of a token with a good signature, else by address.
//! While Redis is away, each process keeps all of them by itself: nobody is refused for Redis' sake.
mod memory;
mod shared;

use super::ClientIp;
use crate::Error;
use crate::app::App;
use crate::config::Config;
use crate::error::problems;
use crate::http::actor::bearer;
use crate::security::{Verified, network};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use memory::Memory;
use shared::Shared;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const WINDOW_SECONDS: u32 = 60;
const SHED: Duration = Duration::from_secs(10);
/// Length of the header that tells what is left, at most.
const STATE_BYTES: usize = 48;

/// Paths below `/v1/auth/` for callers who are signed in already, or who prove it by more than can be guessed.
const NOT_LOGIN: &[&str] = &["auth/refresh", "auth/logout", "auth/logout-all"];
/// Paths below `/v1/` for guests without an account, who give an address, or a link that was mailed to it.
const BY_ADDRESS: &[&str] = &["bookings/guest", "bookings/access", "bookings/look-up"];
/// The first part of the addresses of searches.
const SEARCHES: &[&str] = &["availability", "quotes"];
/// Ends of the paths at which a picture is put.
const PICTURES: &[&str] = &["/photo", "/signature"];

/// Class of a request, each with a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Login,
    Search,
    Pictures,
    Writes,
    Reads,
}

impl Class {
    const ALL: [Self; 5] = [Self::Login, Self::Search, Self::Pictures, Self::Writes, Self::Reads];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Search => "search",
            Self::Pictures => "pictures",
            Self::Writes => "writes",
            Self::Reads => "reads",
        }
    }

    /// Returns the class of a request; none for requests without a limit: health, metrics, documents, and the test
    /// clock.
    fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        let first = path.split('/').next().unwrap_or_default();
        match *method {
            _ if first == "test" => None,
            Method::OPTIONS => None,
            Method::GET | Method::HEAD | Method::POST if SEARCHES.contains(&first) => Some(Self::Search),
            Method::GET | Method::HEAD => Some(Self::Reads),
            Method::POST if first == "auth" && !NOT_LOGIN.contains(&path) => Some(Self::Login),
            Method::POST if BY_ADDRESS.contains(&path) => Some(Self::Login),
            // They take a password, and a change of address tells which one is taken.
            Method::PATCH if path == "me" => Some(Self::Login),
            Method::DELETE if path == "auth/mfa/totp" => Some(Self::Login),
            // A few bytes of a picture cost a core a second.
            Method::PUT if path == "me/avatar" || PICTURES.iter().any(|end| path.ends_with(end)) => Some(Self::Pictures),
            Method::POST if path.ends_with("/images") => Some(Self::Pictures),
            _ => Some(Self::Writes),
        }
    }
}

/// Owner of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Caller(Uuid),
    /// An IPv4 address, or the IPv6 network that one customer of a provider has.
    Address(IpAddr),
}

impl Key {
    fn of(class: Class, verified: Option<&Verified>, client: ClientIp) -> Self {
        match verified {
            Some(verified) if class != Class::Login => Self::Caller(verified.user_id()),
            _ => Self::Address(network(client.0.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// Number of further requests that may come at once.
    Pass {
        remaining: u32,
    },
    Refuse {
        retry_after: Duration,
    },
}

struct Budget {
    class: Class,
    per_minute: NonZeroU32,
    policy: HeaderValue,
    /// Beginning of the header that tells what is left.
    named: String,
    memory: Memory,
}

impl Budget {
    fn new(class: Class, per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let policy = HeaderValue::try_from(format!("\"{}\";q={per_minute};w={WINDOW_SECONDS}", class.as_str()));
        Self {
            class,
            per_minute,
            policy: policy.unwrap_or_else(|_| HeaderValue::from_static("")),
            named: format!("\"{}\";r=", class.as_str()),
            memory: Memory::new(per_minute),
        }
    }

    /// Returns the header of draft-ietf-httpapi-ratelimit-headers-10: the rest of the budget, and the seconds until all
    /// of it is back.
    fn state(&self, remaining: u32) -> Option<HeaderValue> {
        let spent = u64::from(self.per_minute.get().saturating_sub(remaining));
        let reset_seconds = (spent * u64::from(WINDOW_SECONDS)).div_ceil(u64::from(self.per_minute.get()));
        // Without a formatter: every answer has it.
        let mut digits = itoa::Buffer::new();
        let mut state = String::with_capacity(STATE_BYTES);
        state.push_str(&self.named);
        state.push_str(digits.format(remaining));
        state.push_str(";t=");
        state.push_str(digits.format(reset_seconds));
        HeaderValue::try_from(state).ok()
    }

    fn tell(&self, remaining: u32, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy.clone());
        if let Some(state) = self.state(remaining) {
            headers.insert(RATE_LIMIT, state);
        }
    }

    fn refusal(&self, retry_after: Duration) -> Error {
        let name = self.class.as_str();
        let seconds = u32::try_from(retry_after.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1);
        let detail = format!(
            "Too many requests of this kind ({name}): {} a minute are allowed. Try again in {seconds} s.",
            self.per_minute
        );
        let mut error = Error::client(&problems::RATE_LIMITED, detail);
        if let Error::Client(client) = &mut error {
            client.extra.insert("budget".into(), name.into());
            client.retry_after = Some(seconds);
        }
        error
    }
}

/// The budgets of this process, and the way to those that are shared.
pub struct RateLimits {
    budgets: [Budget; 5],
    shared: Shared,
}

impl RateLimits {
    /// The budgets of this process.
    pub(super) fn of(app: &App) -> Arc<Self> {
        app.memory.of_or(|| Self::new(&app.config))
    }

    fn new(config: &Config) -> Self {
        let per_minute = |class| match class {
            Class::Login => config.rate_limit_login_per_minute,
            Class::Search => config.rate_limit_search_per_minute,
            Class::Pictures => config.rate_limit_pictures_per_minute,
            Class::Writes => config.rate_limit_writes_per_minute,
            Class::Reads => config.rate_limit_reads_per_minute,
        };
        Self { budgets: Class::ALL.map(|class| Budget::new(class, per_minute(class))), shared: Shared::default() }
    }

    fn budget(&self, class: Class) -> &Budget {
        let [login, search, pictures, writes, reads] = &self.budgets;
        match class {
            Class::Login => login,
            Class::Search => search,
            Class::Pictures => pictures,
            Class::Writes => writes,
            Class::Reads => reads,
        }
    }

    async fn check(&self, app: &App, budget: &Budget, key: Key) -> Decision {
        if budget.class == Class::Reads {
            return budget.memory.check(key);
        }
        let shared = self.shared.check(app, budget.class, budget.per_minute, key).await;
        shared.unwrap_or_else(|| budget.memory.check(key))
    }

    /// Forgets callers whose budgets are whole again, for as long as the process runs.
    pub async fn keep_small(app: App) {
        let limits = Self::of(&app);
        loop {
            tokio::time::sleep(SHED).await;
            for budget in &limits.budgets {
                budget.memory.shed();
            }
        }
    }

    /// Refuses what is too much, has the rest answered, and tells everybody how much is left.
    pub(super) async fn run<F: Future<Output = Response>>(
        &self,
        app: &App,
        mut request: Request,
        answer: impl FnOnce(Request) -> F,
    ) -> Response {
        let Some(class) = Class::of(request.method(), request.uri().path()) else { return answer(request).await };
        let verified = bearer(request.headers()).and_then(|token| app.security.verify(token));
        let key = Key::of(class, verified.as_ref(), ClientIp::of(&app.config, request.headers(), request.extensions()));
        let budget = self.budget(class);
        match self.check(app, budget, key).await {
            Decision::Pass { remaining } => {
                if let Some(verified) = verified {
                    request.extensions_mut().insert(verified);
                }
                let mut response = answer(request).await;
                budget.tell(remaining, response.headers_mut());
                response
            }
            Decision::Refuse { retry_after } => {
                metrics::counter!("hbs_rate_limited_total", "budget" => class.as_str()).increment(1);
                let mut response = budget.refusal(retry_after).into_response();
                budget.tell(0, response.headers_mut());
                response
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_counts_as_one_thing() {
        for (method, path, expected) in [
            ("POST", "/v1/auth/login", Some(Class::Login)),
            ("POST", "/v1/auth/password/forgot", Some(Class::Login)),
            ("POST", "/v1/auth/refresh", Some(Class::Writes)),
            ("POST", "/v1/auth/logout", Some(Class::Writes)),
            ("GET", "/v1/auth/sessions", Some(Class::Reads)),
            ("DELETE", "/v1/auth/sessions/x", Some(Class::Writes)),
            ("GET", "/v1/availability", Some(Class::Search)),
            ("POST", "/v1/quotes", Some(Class::Search)),
            ("POST", "/v1/bookings", Some(Class::Writes)),
            ("PUT", "/v1/me/avatar", Some(Class::Pictures)),
            ("PUT", "/v1/lost-items/7/photo", Some(Class::Pictures)),
            ("PUT", "/v1/registration-cards/7/signature", Some(Class::Pictures)),
            ("DELETE", "/v1/me/avatar", Some(Class::Writes)),
            ("POST", "/v1/properties/x/images", Some(Class::Pictures)),
            ("POST", "/v1/room-types/x/images", Some(Class::Pictures)),
            ("POST", "/v1/offers/x/images", Some(Class::Pictures)),
            ("PUT", "/v1/properties/x/images/order", Some(Class::Writes)),
            ("GET", "/v1/properties/x/images", Some(Class::Reads)),
            ("POST", "/v1/auth/logout-all", Some(Class::Writes)),
            ("PATCH", "/v1/me", Some(Class::Login)),
            ("DELETE", "/v1/auth/mfa/totp", Some(Class::Login)),
            ("DELETE", "/v1/me/wishlist/x", Some(Class::Writes)),
            ("BREW", "/v1/me", Some(Class::Writes)),
            ("GET", "/v1/me", Some(Class::Reads)),
            ("HEAD", "/v1/nothing", Some(Class::Reads)),
            ("OPTIONS", "/v1/me", None),
            ("PUT", "/v1/test/clock", None),
            ("GET", "/health/ready", None),
            ("GET", "/metrics", None),
            ("GET", "/docs/", None),
            ("GET", "/.well-known/jwks.json", None),
        ] {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            assert_eq!(Class::of(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn headers_say_what_is_left_and_when_all_is_back() {
        let budget = Budget::new(Class::Login, 30);
        let mut headers = HeaderMap::new();
        budget.tell(29, &mut headers);
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"login\";q=30;w=60");
        assert_eq!(headers[RATE_LIMIT], "\"login\";r=29;t=2");
        budget.tell(0, &mut headers);
        assert_eq!(headers[RATE_LIMIT], "\"login\";r=0;t=60");
    }
}
