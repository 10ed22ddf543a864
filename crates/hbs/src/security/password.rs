//! Passwords: argon2id, off the async threads, a bounded number at once.
use crate::error::problems;
use crate::workers::Workers;
use crate::{Error, Result};
use argon2::password_hash::phc::{self, PasswordHash};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long one waits for a core at most. Who waits longer is sent away, so that a storm of sign-ins
/// makes no queue: what is served is served at once.
const PATIENCE: Duration = Duration::from_millis(250);

/// Hashes and checks passwords with at most one core fewer than there are. 503 `server.busy` where
/// none of them is free in time.
pub struct Passwords {
    workers: Workers,
    /// One a worker.
    permits: Arc<Semaphore>,
    /// A hash that no password fits, checked where there is no user, so that it takes as long.
    nobody: OnceLock<String>,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let at_once = cores.saturating_sub(1).max(1);
        let workers = Workers::new("password", at_once)?;
        Ok(Self { workers, permits: Arc::new(Semaphore::new(at_once)), nobody: OnceLock::new() })
    }

    /// The argon2id hash (PHC string) of a password, with the parameters that OWASP names first.
    pub async fn hash(&self, password: String) -> Result<String> {
        let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        self.run(hash).await?.map_err(Error::internal)
    }

    /// Whether the password fits the hash. Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => self.nobodys_hash().await?,
        };
        let verify = move || {
            let hash = PasswordHash::new(&hash)?;
            Ok::<_, phc::Error>(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        let fits = self.run(verify).await?.map_err(Error::internal)?;
        Ok(fits && known)
    }

    /// Whether a hash was made with other parameters than a new one would be.
    pub fn is_outdated(hash: &str) -> bool {
        let hasher = Argon2::default();
        PasswordHash::new(hash)
            .ok()
            .filter(|hash| hash.algorithm.as_str() == argon2::ARGON2ID_IDENT.as_str())
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|params| cost(&params) != cost(hasher.params()))
    }

    async fn nobodys_hash(&self) -> Result<String> {
        if let Some(hash) = self.nobody.get() {
            return Ok(hash.clone());
        }
        let hash = self.hash(super::random_secret()).await?;
        Ok(self.nobody.get_or_init(|| hash).clone())
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned());
        let permit = turn.await.map_err(|_| busy())?.map_err(Error::internal)?;
        // The work goes on where nobody waits for it any more, and holds its permit.
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        self.workers.run(work).await
    }
}

/// Memory, passes and lanes.
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

    #[tokio::test]
    async fn hashes_of_other_parameters_are_outdated() {
        let hash = Passwords::new().expect("threads").hash("correct horse".into()).await.expect("a hash");
        assert!(!Passwords::is_outdated(&hash), "{hash}");
        assert!(Passwords::is_outdated(&hash.replacen("t=2", "t=1", 1)), "{hash}");
        assert!(Passwords::is_outdated(&hash.replacen("argon2id", "argon2i", 1)) && Passwords::is_outdated("nonsense"));
    }

    #[tokio::test]
    async fn who_finds_every_core_taken_is_sent_away() {
        let passwords = Passwords::new().expect("threads");
        let free = u32::try_from(passwords.permits.available_permits()).expect("a few");
        let taken = Arc::clone(&passwords.permits).acquire_many_owned(free).await.expect("all of them");
        let refused = passwords.hash("correct horse".into()).await.expect_err("no core is free");
        let Error::Client(refused) = refused else { panic!("{refused:?}") };
        assert_eq!((refused.problem.code, refused.retry_after), ("server.busy", Some(1)));
        drop(taken);
        passwords.hash("correct horse".into()).await.expect("one is free again");
    }
}
