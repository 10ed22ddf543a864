//! Passwords: argon2id, off the async threads, a bounded number at once.
use super::network;
use crate::error::problems;
use crate::turns::{Permit, Turns};
use crate::workers::{Priority, Workers};
use crate::{Error, Result};
use argon2::password_hash::phc::{self, PasswordHash};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Maximum time of waiting for a core. A hash takes some tens of milliseconds, and addresses take turns: nobody waits that
/// long unless some hundred addresses sign in at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most requests of one address that wait. More than that are no people who share it.
const MOST_OF_ADDRESS: usize = 64;
/// The most requests that wait in all.
const MOST_WAITING: usize = 10_000;
/// A hash takes some ten milliseconds. One that has not ended by then gets no core, and is begun anew.
const STARVED: Duration = Duration::from_millis(250);
/// Time for which cores that were not to be had are not waited for again: on a full machine, each of those who sign in at one
/// moment would wait for nothing, one after the other, and the last of them for longer than they have patience.
const FULL_FOR: Duration = Duration::from_secs(2);

/// Hashes and checks passwords with at most one core fewer than there are. Requests wait for their turn in a queue that
/// is fair by address; 503 `server.busy` after five seconds.
pub struct Passwords {
    /// Workers that take what is left of the cores, so that readers do not wait for sign-ins.
    idle: Workers,
    /// Workers for when nothing is left: people can sign in all the same.
    insisting: Workers,
    /// When a hash last got no core.
    starved_at: Mutex<Option<Instant>>,
    /// Turns, one for each worker.
    turns: Arc<Turns<Option<IpAddr>>>,
    /// A hash that no password fits, checked where there is no user, so that it takes as long.
    nobody: OnceLock<String>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let at_once = cores.saturating_sub(1).max(1);
        Ok(Self {
            idle: Workers::new("password", at_once, Priority::Idle)?,
            insisting: Workers::new("password-now", at_once, Priority::Modest)?,
            starved_at: Mutex::new(None),
            turns: Turns::new(at_once, MOST_OF_ADDRESS, MOST_WAITING, PATIENCE),
            nobody: OnceLock::new(),
        })
    }

    /// A turn to hash once, for a request from an address (None: from this machine). It is asked for before anything else
    /// is done: a request that is refused then has cost next to nothing.
    pub async fn turn(&self, from: Option<IpAddr>) -> Result<Turn<'_>> {
        let permit = self.turns.take(from.map(network)).await.ok_or_else(busy)?;
        Ok(Turn { passwords: self, _permit: permit })
    }

    /// The argon2id hash (PHC string) of a password, with the parameters that OWASP names first.
    pub async fn hash(&self, password: String, from: Option<IpAddr>) -> Result<String> {
        let _turn = self.turn(from).await?;
        self.hash_now(password).await
    }

    /// Returns `true` if a hash was made with other parameters than a new one would be.
    pub fn is_outdated(hash: &str) -> bool {
        let hasher = Argon2::default();
        PasswordHash::new(hash)
            .ok()
            .filter(|hash| hash.algorithm.as_str() == argon2::ARGON2ID_IDENT.as_str())
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|params| cost(&params) != cost(hasher.params()))
    }

    async fn hash_now(&self, password: String) -> Result<String> {
        let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.run(hash).await?.map_err(Error::internal)
    }

    async fn nobodys_hash(&self) -> Result<String> {
        if let Some(hash) = self.nobody.get() {
            return Ok(hash.clone());
        }
        let hash = self.hash_now(super::random_secret()).await?;
        Ok(self.nobody.get_or_init(|| hash).clone())
    }

    async fn run<T: Send + 'static>(&self, work: impl Fn() -> T + Send + Sync + 'static) -> Result<T> {
        if self.is_machine_full() {
            return self.insisting.run(work).await;
        }
        let work = Arc::new(work);
        let first = Arc::clone(&work);
        match timeout(STARVED, self.idle.run(move || first())).await {
            Ok(result) => result,
            Err(_) => {
                *self.starved_at() = Some(Instant::now());
                self.insisting.run(move || work()).await
            }
        }
    }

    /// Returns `true` if a hash got no core a moment ago.
    fn is_machine_full(&self) -> bool {
        self.starved_at().is_some_and(|at| at.elapsed() < FULL_FOR)
    }

    fn starved_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.starved_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one core for one hash.
#[must_use]
pub struct Turn<'a> {
    passwords: &'a Passwords,
    _permit: Permit<Option<IpAddr>>,
}

impl Turn<'_> {
    /// Returns `true` if the password fits the hash. Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => self.passwords.nobodys_hash().await?,
        };
        let verify = move || {
            let hash = PasswordHash::new(&hash)?;
            Ok::<_, phc::Error>(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        let fits = self.passwords.run(verify).await?.map_err(Error::internal)?;
        Ok(fits && known)
    }
}

/// Returns memory, passes and lanes.
fn cost(params: &Params) -> (u32, u32, u32) {
    (params.m_cost(), params.t_cost(), params.p_cost())
}

fn busy() -> Error {
    metrics::counter!("hbs_password_hashing_refused_total").increment(1);
    Error::client(&problems::BUSY, "Too many people sign in at this moment. Try again in a second.").with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::try_join_all;

    #[tokio::test]
    async fn hashes_of_other_parameters_are_outdated() {
        let hash = Passwords::new().expect("threads").hash("correct horse".into(), None).await.expect("a hash");
        assert!(!Passwords::is_outdated(&hash), "{hash}");
        assert!(Passwords::is_outdated(&hash.replacen("t=2", "t=1", 1)), "{hash}");
        assert!(Passwords::is_outdated(&hash.replacen("argon2id", "argon2i", 1)) && Passwords::is_outdated("nonsense"));
    }

    #[tokio::test]
    async fn who_gets_no_core_insists() {
        let passwords = Passwords::new().expect("threads");
        let (gates, held): (Vec<_>, Vec<_>) = (0..passwords.turns.free()).map(|_| std::sync::mpsc::channel::<()>()).unzip();
        let stuck = try_join_all(held.into_iter().map(|gate| passwords.idle.run(move || gate.recv().is_err())));
        let hashed = async {
            assert!(passwords.starved_at().is_none());
            let hash = passwords.hash("correct horse".into(), None).await;
            assert!(passwords.starved_at().is_some(), "those who come now do not wait for cores that there are none of");
            passwords.hash("correct horse".into(), None).await.expect("a hash");
            drop(gates);
            hash
        };
        let (stuck, hash) = tokio::join!(stuck, hashed);
        assert!(stuck.expect("released").iter().all(|is_released| *is_released));
        assert!(!Passwords::is_outdated(&hash.expect("a hash")));
    }
}
