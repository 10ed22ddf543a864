//! Refusals on the record: failed sign-ins, and requests that were denied (403).
//!
//! They are counted in memory and written once a minute, one event for each kind of refusal with its count: whoever guesses
//! passwords or tries every address makes no more entries than that, and no request waits for it. A process that is killed
//! loses those of its last minute, which the access log still has. Addresses are on the record only as digests, by the data
//! key.
use crate::Result;
use crate::app::App;
use crate::numbers::hex;
use crate::outbox::{self, Cause, Entity, Event, Recorded};
use crate::request_id::RequestId;
use crate::security::{Caller, network};
use diesel_async::AsyncConnection;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

const FLUSH: Duration = Duration::from_secs(60);
/// Most kinds of refusals of a minute that are told apart.
const MOST: usize = 200;
/// Bytes of a digest that are on the record: enough to tell origins apart.
const DIGEST: usize = 12;

/// A kind of refusal: what is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Refusal {
    /// Somebody was not let in.
    SignIn { user_id: Option<Uuid>, origin: Option<String>, code: &'static str },
    /// A request was denied.
    Access {
        actor: Option<Uuid>,
        property_id: Option<Uuid>,
        origin: Option<String>,
        method: String,
        route: String,
        code: &'static str,
    },
    /// More than could be told apart.
    Other,
}

/// The refusals of one kind, with the cause of the first.
#[derive(Debug)]
struct Counted {
    count: u64,
    first: Cause,
}

/// The refusals of this process that are not on the record yet.
#[derive(Default)]
pub struct Refusals(Mutex<BTreeMap<Refusal, Counted>>);

impl Refusals {
    fn count(&self, refusal: Refusal, first: Cause, count: u64) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = counted.len() < MOST || counted.contains_key(&refusal);
        let (refusal, first) = if is_told_apart { (refusal, first) } else { (Refusal::Other, Cause::system(first.at)) };
        counted.entry(refusal).and_modify(|counted| counted.count += count).or_insert(Counted { count, first });
    }

    fn take(&self) -> BTreeMap<Refusal, Counted> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Counts a failed sign-in: of an account, or from an origin where there is no such account.
pub fn failed_sign_in(app: &App, user_id: Option<Uuid>, ip: Option<IpAddr>, request_id: RequestId, code: &'static str) {
    let origin = if user_id.is_some() { None } else { digest(app, ip) };
    let cause = Cause::anonymous(request_id, app.clock.now());
    app.memory.of::<Refusals>().count(Refusal::SignIn { user_id, origin, code }, cause, 1);
}

/// A request that was denied.
pub struct Denied<'a> {
    pub method: &'a str,
    /// Template of the address.
    pub route: &'a str,
    /// Code of the problem.
    pub code: &'static str,
    pub ip: Option<IpAddr>,
    pub request_id: &'a RequestId,
}

/// Counts a denied request. It is on the record of the property at which the caller may do something, if there is one alone.
pub fn denied(app: &App, caller: Option<&Caller>, denied: &Denied<'_>) {
    let now = app.clock.now();
    let Denied { method, route, code, ip, request_id } = denied;
    let (actor, origin, property_id, cause) = match caller {
        Some(caller) => (Some(caller.id()), None, caller.grants().only_property(), caller.cause(now)),
        None => (None, digest(app, *ip), None, Cause::anonymous((*request_id).clone(), now)),
    };
    let (method, route) = ((*method).to_owned(), (*route).to_owned());
    let refusal = Refusal::Access { actor, property_id, origin, method, route, code };
    app.memory.of::<Refusals>().count(refusal, cause, 1);
}

/// A digest of the network that an address is in.
fn digest(app: &App, ip: Option<IpAddr>) -> Option<String> {
    let digest = app.security.data_key.digest(format!("refused:{}", network(ip?)).as_bytes());
    Some(hex(digest.get(..DIGEST).unwrap_or(&digest)))
}

/// Writes refusals once a minute, for as long as the process runs.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(FLUSH);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = write(&app).await {
            tracing::warn!(?error, "refusals wait: they could not be put on the record");
        }
    }
}

/// Writes what has been counted. What cannot be written is kept for the next time.
pub async fn write(app: &App) -> Result<()> {
    let refusals = app.memory.of::<Refusals>();
    let counted = refusals.take();
    if counted.is_empty() {
        return Ok(());
    }
    let written = publish(app, &counted).await;
    if written.is_err() {
        for (refusal, Counted { count, first }) in counted {
            refusals.count(refusal, first, count);
        }
    }
    app.relay.wake();
    written
}

async fn publish(app: &App, counted: &BTreeMap<Refusal, Counted>) -> Result<()> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        for (refusal, counted) in counted {
            outbox::publish(conn, &counted.first, [event(refusal, counted.count)]).await?;
        }
        Ok(())
    })
    .await
}

fn event(refusal: &Refusal, count: u64) -> Event {
    match refusal {
        Refusal::SignIn { user_id, origin, code } => {
            let event = Event::of("sign_in.failed", &SignIn(user_id.unwrap_or_else(Uuid::now_v7)));
            event.with("count", count).with("code", code).with("has_account", user_id.is_some()).with("origin", origin)
        }
        Refusal::Access { property_id, origin, method, route, code, actor: _ } => {
            let event = Event::of("access.denied", &Access { id: Uuid::now_v7(), property_id: *property_id });
            event.with("count", count).with("code", code).with("method", method).with("route", route).with("origin", origin)
        }
        Refusal::Other => {
            let event = Event::of("access.denied", &Access { id: Uuid::now_v7(), property_id: None });
            event.with("count", count).with("code", "too_many_to_tell_apart")
        }
    }
}

/// An attempt to sign in: to an account, else one of its own.
struct SignIn(Uuid);

impl Recorded for SignIn {
    const ENTITY: &'static str = "sign_in";
    const OPEN: &'static [&'static str] = &["count", "code", "has_account", "origin"];

    fn entity(&self) -> Entity {
        Entity::new(self.0)
    }
}

/// A request for what was not allowed.
struct Access {
    id: Uuid,
    property_id: Option<Uuid>,
}

impl Recorded for Access {
    const ENTITY: &'static str = "access";
    const OPEN: &'static [&'static str] = &["count", "code", "method", "route", "origin"];

    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn however_many_there_are_few_are_told_apart() {
        let refusals = Refusals::default();
        let now = Clock::real_now();
        for _ in 0..3 {
            for number in 0..1000 {
                let refusal =
                    Refusal::SignIn { user_id: Some(Uuid::from_u128(number)), origin: None, code: "auth.wrong_credentials" };
                refusals.count(refusal, Cause::system(now), 1);
            }
        }
        let counted = refusals.take();
        assert_eq!(counted.len(), MOST + 1);
        assert_eq!(counted.values().map(|counted| counted.count).sum::<u64>(), 3000, "all are counted");
        assert_eq!(counted[&Refusal::Other].count, 3000 - 3 * u64::try_from(MOST).expect("a count"));
        assert!(refusals.take().is_empty());
    }
}
