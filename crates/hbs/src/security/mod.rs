//! Security: tokens, sessions and permissions of callers, in one place.
//!
//! A request brings a token. [`Security::resolve`] turns it into a [`Principal`]: from the cache of
//! this process while that can be trusted, else from Redis, else from PostgreSQL.
mod api_key;
mod cache;
mod caller;
mod guest_link;
mod invalidation;
mod keys;
mod last_use;
mod network;
mod password;
pub mod permission;
mod principal;
mod reach;
mod repository;
mod seal;
mod standing;
mod token;

pub use api_key::{MAX_LIFETIME as MAX_KEY_LIFETIME, new_api_key};
pub use caller::{Caller, Me, OwnOr, Staff};
pub use invalidation::{Forget, Forgetting};
pub use keys::{JwkSet, KeyInfo, Keys, LOCK as KEYS_LOCK};
pub use network::network;
pub use password::{Passwords, Turn};
pub use permission::{Grants, Permission, Scope};
pub use principal::{ApiKey, GuestLink, Identity, Person, Principal, Session};
pub use reach::Reach;
pub use repository::{LiveKey, end_keys_of, live_keys_of, own_beside_scope, own_bookings};
pub use seal::{DataKey, DataKeyError, new_data_key};
pub use standing::holds_now;
pub use token::{Rejection, new_key_pem, random_secret, secret_hash};

use crate::clock::Clock;
use crate::error::problems;
use crate::stores::postgres::Db;
use crate::stores::redis::Redis;
use crate::{Error, Result};
use cache::Cache;
use last_use::LastUses;
use std::sync::Arc;
use token::Claims;
use uuid::Uuid;

/// Maximum number of tokens, and of principals, that one process remembers.
const CAPACITY: u64 = 100_000;

/// Everything that decides who may do what, with the stores that it asks.
pub struct Security {
    db: Db,
    redis: Redis,
    pub data_key: DataKey,
    pub keys: Keys,
    pub passwords: Passwords,
    cache: Cache,
    last_uses: LastUses,
}

/// Claims of a token that was verified on the way to the handler, so that it is verified once.
#[derive(Debug, Clone, Copy)]
pub struct Verified(Claims);

impl Verified {
    pub fn user_id(&self) -> Uuid {
        self.0.sub
    }
}

impl Security {
    pub fn new(db: Db, redis: Redis, data_key: DataKey) -> Result<Self> {
        Ok(Self {
            db,
            redis,
            data_key,
            keys: Keys::default(),
            passwords: Passwords::new()?,
            cache: Cache::default(),
            last_uses: LastUses::default(),
        })
    }

    /// Verifies a token by its signature alone: whether its user is still let in is not asked. No store is, either.
    pub fn verify(&self, token: &str) -> Option<Verified> {
        self.keys.verified(token, Clock::real_now()).ok().map(Verified)
    }

    /// The person or guest behind an access token, or the integration behind a key; 401 where there is none.
    pub async fn resolve(&self, token: &str) -> Result<Arc<Principal>> {
        if token.starts_with(api_key::PREFIX) {
            return api_key::resolve(self, token).await;
        }
        if token.starts_with(guest_link::PREFIX) {
            return guest_link::resolve(self, token);
        }
        let verified = match self.keys.verified(token, Clock::real_now()) {
            Err(Rejection::UnknownKid) if self.read_keys_for_unknown().await? => self.keys.verified(token, Clock::real_now()),
            known => known,
        };
        self.resolve_verified(Verified(verified.map_err(reject)?)).await
    }

    /// The principal behind a verified token, or 401.
    pub async fn resolve_verified(&self, Verified(claims): Verified) -> Result<Arc<Principal>> {
        let now = Clock::real_now();
        if let Some((principal, is_due)) = self.cache.principal(claims.sid, now) {
            if is_due {
                self.last_uses.note(&principal, now);
            }
            return Ok(principal);
        }
        let generation = self.cache.generation();
        let principal = match self.load_from_redis(&claims).await {
            Some(principal) => principal,
            None => self.load_from_postgres(&claims).await?,
        };
        let principal = Arc::new(principal);
        self.cache.remember(generation, &principal, now);
        self.last_uses.note(&principal, now);
        Ok(principal)
    }

    async fn load_from_postgres(&self, claims: &Claims) -> Result<Principal> {
        let conn = self.db.conn().await?;
        let (session, roles) = futures_util::try_join!(
            repository::find_session(&conn, claims.sid, claims.sub),
            repository::role_grants_of(&conn, claims.sub)
        )?;
        drop(conn);
        let session = session.ok_or_else(|| reject(Rejection::NoSession))?;
        self.keep_in_redis(&session, &roles).await;
        Ok(Principal::person(session, roles))
    }

    /// Makes every process forget, after the change is committed in whose transaction it was recorded.
    pub async fn forget(&self, forgetting: Forgetting) {
        if let Err(error) = self.pass_on(&forgetting).await {
            tracing::warn!(?error, "not everybody could be told to forget; the note of it is passed on later");
        }
    }

    /// Forgets here, tells the others, and removes the notes of it.
    async fn pass_on(&self, forgetting: &Forgetting) -> Result<()> {
        if forgetting.is_empty() {
            return Ok(());
        }
        self.cache.forget_here(&forgetting.what());
        cache::tell(&self.redis, forgetting).await.map_err(Error::internal)?;
        forgetting.settle(&self.db).await
    }
}

/// Makes a 401 error, and counts the reason.
fn reject(rejection: Rejection) -> Error {
    metrics::counter!("hbs_token_rejections_total", "reason" => rejection.as_str()).increment(1);
    unauthenticated()
}

/// Runs a use case to its end even if the caller hangs up: between its COMMIT and the forgetting, a
/// session or a role would live on.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(Error::internal)?
}

pub fn unauthenticated() -> Error {
    Error::client(&problems::UNAUTHENTICATED, "Send a valid access token; this one is missing, wrong, expired or revoked.")
}
