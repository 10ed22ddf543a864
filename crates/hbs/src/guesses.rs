//! Guesses at what only some people know, such as the code of a group: whoever was wrong often waits before the next one.
use crate::app::App;
use crate::error::problems;
use crate::security::network;
use crate::{Error, Result};
use moka::sync::Cache;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Wrong guesses that one caller has in a while. People who mistype need a few.
const MOST_WRONG: u32 = 20;
const WHILE: Duration = Duration::from_secs(600);
/// Callers that are remembered.
const CALLERS: u64 = 100_000;

/// Author of a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guesser {
    Address(Option<IpAddr>),
    Caller(Uuid),
}

impl Guesser {
    /// Somebody who is not signed in: an address, or an IPv6 network.
    pub fn at(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(network))
    }
}

/// The wrong guesses of the last minutes, in this process.
struct Guesses(Cache<Guesser, Arc<Wrong>>);

struct Wrong {
    count: AtomicU32,
    since: Instant,
}

impl Default for Guesses {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CALLERS).time_to_live(WHILE).build())
    }
}

/// Takes a guess, which is right if it finds something. 429 for whoever was wrong too often, before it is looked at.
pub async fn guess<T, F: Future<Output = Result<Option<T>>>>(
    app: &App,
    guesser: Guesser,
    find: impl FnOnce() -> F,
) -> Result<Option<T>> {
    let guesses: Arc<Guesses> = app.memory.of();
    if app.config.rate_limits {
        guesses.check(guesser)?;
    }
    let found = find().await?;
    if found.is_none() {
        guesses.note_wrong(guesser);
    }
    Ok(found)
}

impl Guesses {
    fn check(&self, guesser: Guesser) -> Result<()> {
        let Some(wrong) = self.0.get(&guesser) else { return Ok(()) };
        if wrong.count.load(Ordering::Relaxed) < MOST_WRONG {
            return Ok(());
        }
        metrics::counter!("hbs_rate_limited_total", "budget" => "codes").increment(1);
        let left = WHILE.saturating_sub(wrong.since.elapsed()).as_secs() + 1;
        let seconds = u32::try_from(left).unwrap_or(u32::MAX);
        let detail = format!("Too many codes or references were tried. Try again in {seconds} s.");
        let mut error = Error::client(&problems::RATE_LIMITED, detail).with_retry_after(seconds);
        if let Error::Client(client) = &mut error {
            client.extra.insert("budget".into(), "codes".into());
        }
        Err(error)
    }

    fn note_wrong(&self, guesser: Guesser) {
        let wrong = self.0.get_with(guesser, || Arc::new(Wrong { count: AtomicU32::new(0), since: Instant::now() }));
        wrong.count.fetch_add(1, Ordering::Relaxed);
    }
}
