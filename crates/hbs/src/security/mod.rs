//! Who is calling and what they may do: tokens, sessions and permissions, in one place.
//!
//! A request brings a token. [`Security::resolve`] turns it into a [`Principal`]: from the cache of
//! this process while that can be trusted, else from Redis, else from PostgreSQL.
mod cache;
mod password;
pub mod permission;
mod principal;
mod repository;
mod token;

pub use cache::{Forget, keep_in_step};
pub use password::Passwords;
pub use permission::{Grants, Permission, Scope};
pub use principal::{Person, Principal};
pub use repository::grants_of;
pub use token::{KeyError, Keys, new_key_pem, random_secret, secret_hash};

use crate::app::App;
use crate::error::problems;
use crate::{Error, Result};
use cache::Cache;
use std::sync::Arc;

/// Everything that decides who may do what.
pub struct Security {
    pub keys: Keys,
    pub passwords: Passwords,
    cache: Cache,
}

impl Security {
    pub fn new(keys: Keys) -> Self {
        Self { keys, passwords: Passwords::default(), cache: Cache::default() }
    }

    /// The person behind an access token, or 401.
    pub async fn resolve(&self, app: &App, token: &str) -> Result<Arc<Principal>> {
        let claims = self.cache.verified(token, &self.keys).ok_or_else(unauthenticated)?;
        if let Some(principal) = self.cache.principal(claims.sid) {
            return Ok(principal);
        }
        let generation = self.cache.generation();
        let principal = match self.cache.load_from_redis(app, &claims).await {
            Some(principal) => principal,
            None => self.load_from_postgres(app, &claims).await?,
        };
        let principal = Arc::new(principal);
        self.cache.remember(generation, &principal);
        Ok(principal)
    }

    async fn load_from_postgres(&self, app: &App, claims: &token::Claims) -> Result<Principal> {
        let conn = app.db.conn().await?;
        let principal = repository::find_principal(&conn, claims.sid, claims.sub).await?.ok_or_else(unauthenticated)?;
        drop(conn);
        self.cache.keep_in_redis(app, &principal).await;
        Ok(principal)
    }

    /// Makes every process forget a session or a person, after the change is committed.
    pub async fn forget(&self, app: &App, what: Forget) {
        self.cache.forget(app, what).await;
    }
}

/// Runs a use case to its end even if the caller hangs up: between its COMMIT and the forgetting, a
/// session or a role would live on.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(Error::internal)?
}

pub fn unauthenticated() -> Error {
    Error::client(&problems::UNAUTHENTICATED, "Send a valid access token; this one is missing, wrong, expired or revoked.")
}
