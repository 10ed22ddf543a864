//! The keys that sign access tokens: in PostgreSQL, sealed with the data key, so that every process has the same.
//!
//! A key is written before it signs, and verifies for as long as a token that it signed may live, so
//! that rotation refuses nobody. Processes learn of a change by a message at once, by reading every
//! [`REREAD`], and when they meet a key id that they do not know.
use super::token::{ALGORITHM_NAME, Claims, Jwk, Key, KeyError, Rejection, TokenHeader, new_key_pem};
use super::{CAPACITY, DataKey, DataKeyError, Security, repository};
use crate::clock::Clock;
use crate::stores::postgres::try_lead;
use crate::{Error, Result};
use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use uuid::Uuid;

/// Time before a new key signs: by then every process has read it.
const NOTICE: TimeDelta = TimeDelta::seconds(60);
/// Tolerance for clocks, which differ a little.
const GRACE: TimeDelta = TimeDelta::seconds(60);
const REREAD: Duration = Duration::from_secs(30);
/// Pause between reads for unknown key ids: strangers may send any, and must not make us ask PostgreSQL each time.
const UNKNOWN_KID_PAUSE: Duration = Duration::from_secs(5);
/// Lock of making or rotating keys: one process at a time.
pub const LOCK: &str = "security.signing_keys";
const LOCK_POLL: Duration = Duration::from_millis(50);

/// A key with its times.
struct TimedKey {
    key: Key,
    times: Times,
}

/// Times at which a key signs and verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    signs_from: DateTime<Utc>,
    verifies_until: Option<DateTime<Utc>>,
}

impl Times {
    fn verifies_at(self, now: DateTime<Utc>) -> bool {
        self.verifies_until.is_none_or(|until| until > now)
    }
}

/// The keys of one moment, with the tokens that they have verified: these are forgotten together.
struct Ring {
    keys: Vec<TimedKey>,
    /// Verified tokens. Only those that we signed are kept, so that nobody chooses the keys of the map.
    tokens: moka::sync::Cache<String, Claims, foldhash::fast::RandomState>,
}

impl Ring {
    fn new(keys: Vec<TimedKey>) -> Self {
        let tokens = moka::sync::Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(Duration::from_secs(3600))
            .build_with_hasher(foldhash::fast::RandomState::default());
        Self { keys, tokens }
    }

    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejection> {
        let header = TokenHeader::read(token)?;
        if header.alg != ALGORITHM_NAME {
            return Err(Rejection::WrongAlgorithm);
        }
        let known = |timed: &&TimedKey| timed.key.kid == header.kid && timed.times.verifies_at(now);
        let timed = self.keys.iter().find(known).ok_or(Rejection::UnknownKid)?;
        timed.key.verify(token, &header)
    }

    /// Returns the newest key whose time has come. With clocks apart, the first key of all may be early.
    fn signing(&self, now: DateTime<Utc>) -> Option<&Key> {
        let good = || self.keys.iter().filter(|timed| timed.times.verifies_at(now));
        let begun = good().filter(|timed| timed.times.signs_from <= now).max_by_key(|timed| timed.times.signs_from);
        begun.or_else(|| good().min_by_key(|timed| timed.times.signs_from)).map(|timed| &timed.key)
    }

    fn has_exactly(&self, rows: &[StoredKey]) -> bool {
        let same = |row: &StoredKey| self.keys.iter().any(|timed| timed.key.kid == row.kid && timed.times == row.times());
        self.keys.len() == rows.len() && rows.iter().all(same)
    }
}

/// A key as it is stored.
pub struct StoredKey {
    pub kid: String,
    pub secret: Vec<u8>,
    pub signs_from: DateTime<Utc>,
    pub verifies_until: Option<DateTime<Utc>>,
}

impl StoredKey {
    fn times(&self) -> Times {
        Times { signs_from: self.signs_from, verifies_until: self.verifies_until }
    }

    fn seal(data_key: &DataKey, pem: &str, signs_from: DateTime<Utc>) -> Result<Self> {
        let kid = Key::from_pem(pem).map_err(|error| Error::internal(format!("jwt_key: {error}")))?.kid;
        let secret = data_key.seal(&purpose(&kid), pem.as_bytes())?;
        Ok(Self { kid, secret, signs_from, verifies_until: None })
    }

    fn open(&self, data_key: &DataKey) -> Result<TimedKey> {
        let pem = data_key.open(&purpose(&self.kid), &self.secret);
        let pem = pem.map_err(|error: DataKeyError| Error::internal(format!("signing key {}: {error}", self.kid)))?;
        let pem = String::from_utf8(pem).map_err(Error::internal)?;
        let key = Key::from_pem(&pem).map_err(|error: KeyError| Error::internal(error))?;
        Ok(TimedKey { key, times: self.times() })
    }
}

fn purpose(kid: &str) -> String {
    format!("signing-key:{kid}")
}

/// The keys that this process knows.
pub struct Keys {
    ring: ArcSwap<Ring>,
    /// Time at which PostgreSQL was last asked. Held meanwhile, so that an older answer never replaces a newer one.
    read_at: Mutex<Option<Instant>>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { ring: ArcSwap::from_pointee(Ring::new(Vec::new())), read_at: Mutex::new(None) }
    }
}

impl Keys {
    /// A signed access token for a session. `now` in seconds since 1970.
    pub fn issue(&self, user_id: Uuid, session_id: Uuid, now: i64, lifetime_seconds: u32) -> Result<String> {
        let ring = self.ring.load();
        let key = ring.signing(Clock::real_now()).ok_or_else(|| Error::internal("there is no signing key"))?;
        key.issue(user_id, session_id, now, lifetime_seconds)
    }

    /// Returns the claims of an access token whose signature is good and whose end has not come.
    pub(super) fn verified(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejection> {
        let ring = self.ring.load();
        let claims = match ring.tokens.get(token) {
            Some(claims) => claims,
            None => {
                let claims = ring.verify(token, now)?;
                ring.tokens.insert(token.to_owned(), claims);
                claims
            }
        };
        if claims.exp > now.timestamp() { Ok(claims) } else { Err(Rejection::Expired) }
    }

    /// The public halves of all keys that verify, now or soon, as a JSON Web Key Set.
    pub fn jwks(&self) -> JwkSet {
        let now = Clock::real_now();
        let ring = self.ring.load();
        let good = ring.keys.iter().filter(|timed| timed.times.verifies_at(now));
        JwkSet { keys: good.map(|timed| timed.key.jwk()).collect() }
    }

    fn is_empty(&self) -> bool {
        self.ring.load().keys.is_empty()
    }
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JwkSet {
    /// Public keys that verify access tokens.
    pub keys: Vec<Jwk>,
}

/// A signing key for those who look after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    pub kid: String,
    pub signs_from: DateTime<Utc>,
    pub verifies_until: Option<DateTime<Utc>>,
}

impl Security {
    /// Reads the keys. Where they have changed, every token is verified anew.
    pub(super) async fn read_keys(&self) -> Result<()> {
        let mut read_at = self.keys.read_at.lock().await;
        self.read_locked(&mut read_at).await
    }

    /// Fails if the signing keys in the database cannot be opened.
    pub async fn check_keys(&self) -> Result<()> {
        self.read_keys().await
    }

    /// Reads keys for a token with an unknown key id, now and then only. `false` if nothing was read.
    pub(super) async fn read_keys_for_unknown(&self) -> Result<bool> {
        let mut read_at = self.keys.read_at.lock().await;
        if read_at.is_some_and(|at| at.elapsed() < UNKNOWN_KID_PAUSE) {
            return Ok(false);
        }
        self.read_locked(&mut read_at).await?;
        Ok(true)
    }

    async fn read_locked(&self, read_at: &mut Option<Instant>) -> Result<()> {
        let conn = self.db.conn().await?;
        let rows = repository::list_signing_keys(&conn, Clock::real_now()).await?;
        drop(conn);
        *read_at = Some(Instant::now());
        if !self.keys.ring.load().has_exactly(&rows) {
            let keys = rows.iter().map(|row| row.open(&self.data_key)).collect::<Result<Vec<_>>>()?;
            self.keys.ring.store(Arc::new(Ring::new(keys)));
        }
        Ok(())
    }

    /// Reads the signing keys. Where there are none yet, the one of the settings becomes the first, or a new one.
    pub async fn ensure_signing_key(&self, of_settings: Option<&str>) -> Result<()> {
        loop {
            self.read_keys().await?;
            if !self.keys.is_empty() {
                return Ok(());
            }
            if !self.make_first_key(of_settings).await? {
                tokio::time::sleep(LOCK_POLL).await;
            }
        }
    }

    /// Makes the first key; `false` if another process is at it.
    async fn make_first_key(&self, of_settings: Option<&str>) -> Result<bool> {
        let now = Clock::real_now();
        let pem = of_settings.map_or_else(new_key_pem, |pem| Ok(pem.into()))?;
        let key = StoredKey::seal(&self.data_key, &pem, now)?;
        let mut conn = self.db.conn().await?;
        conn.transaction(async |conn| {
            if !try_lead(conn, LOCK).await? {
                return Ok(false);
            }
            if repository::list_signing_keys(conn, now).await?.is_empty() {
                repository::insert_signing_key(conn, &key, now).await?;
            }
            Ok(true)
        })
        .await
    }

    /// The keys that verify now or will, the oldest first.
    pub async fn list_keys(&self) -> Result<Vec<KeyInfo>> {
        let conn = self.db.conn().await?;
        let rows = repository::list_signing_keys(&conn, Clock::real_now()).await?;
        let info = |StoredKey { kid, signs_from, verifies_until, secret: _ }| KeyInfo { kid, signs_from, verifies_until };
        Ok(rows.into_iter().map(info).collect())
    }

    /// Writes a new key. It signs in a minute, and the old ones verify until their last token has ended; or
    /// `at_once`, when a key was stolen: then theirs are refused from now on. No token lives longer than `token_lifetime`.
    pub async fn rotate_keys(&self, at_once: bool, token_lifetime: TimeDelta) -> Result<KeyInfo> {
        let now = Clock::real_now();
        let signs_from = if at_once { now } else { now + NOTICE };
        let last_token_ends = signs_from + token_lifetime + GRACE;
        let key = StoredKey::seal(&self.data_key, &new_key_pem()?, signs_from)?;
        loop {
            let mut conn = self.db.conn().await?;
            let done = conn.transaction(async |conn| {
                if !try_lead(conn, LOCK).await? {
                    return Ok(false);
                }
                match at_once {
                    true => repository::end_signing_keys(conn, now).await?,
                    false => repository::retire_signing_keys(conn, last_token_ends, now).await?,
                };
                repository::insert_signing_key(conn, &key, now).await?;
                Ok::<_, Error>(true)
            });
            if done.await? {
                let StoredKey { kid, signs_from, verifies_until, secret: _ } = key;
                return Ok(KeyInfo { kid, signs_from, verifies_until });
            }
            drop(conn);
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    /// Reads the keys now and then, and removes those that verify no more, for as long as the process runs.
    pub async fn keep_keys(&self) {
        let mut ticks = tokio::time::interval(REREAD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let looked_after = async {
                self.read_keys().await?;
                let conn = self.db.conn().await?;
                Ok::<_, Error>(repository::delete_expired_signing_keys(&conn, Clock::real_now()).await?)
            };
            if let Err(error) = looked_after.await {
                tracing::warn!(?error, "the signing keys could not be read; those known go on");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};

    fn timed(signs_from: DateTime<Utc>, verifies_until: Option<DateTime<Utc>>) -> TimedKey {
        let key = Key::from_pem(&new_key_pem().expect("a key")).expect("valid");
        TimedKey { key, times: Times { signs_from, verifies_until } }
    }

    fn ring() -> (Ring, DateTime<Utc>) {
        let now = Clock::real_now();
        (Ring::new(vec![timed(now, None)]), now)
    }

    fn issue(ring: &Ring, at: DateTime<Utc>) -> String {
        let key = ring.signing(at).expect("a key");
        key.issue(Uuid::now_v7(), Uuid::now_v7(), at.timestamp(), 60).expect("a token")
    }

    #[test]
    fn a_token_is_good_for_its_key_and_its_time_only() {
        let (ring, now) = ring();
        let (user, session) = (Uuid::now_v7(), Uuid::now_v7());
        let token = ring.keys[0].key.issue(user, session, now.timestamp(), 60).expect("a token");
        assert_eq!(ring.verify(&token, now), Ok(Claims { sub: user, sid: session, exp: now.timestamp() + 60 }));
        assert_eq!(self::ring().0.verify(&token, now), Err(Rejection::UnknownKid));
        assert_eq!(ring.verify(&issue(&ring, now - TimeDelta::seconds(61)), now), Err(Rejection::Expired));
        let (_, signature) = token.rsplit_once('.').expect("a signature");
        let changed = issue(&ring, now).rsplit_once('.').map(|(claims, _)| format!("{claims}.{signature}")).expect("a token");
        assert_eq!(ring.verify(&changed, now), Err(Rejection::BadSignature));
    }

    #[test]
    fn what_is_no_access_token_is_told_apart() {
        let (ring, now) = ring();
        assert_eq!(ring.verify(&super::super::random_secret(), now), Err(Rejection::WrongKind), "a refresh token");
        for text in ["", "x", "a.b.c", "....", "e30.e30.", &"x".repeat(10_000)] {
            assert_eq!(ring.verify(text, now), Err(Rejection::Malformed), "{text}");
        }
        let key = &ring.keys[0].key;
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let exp = now.timestamp() + 60;
        let claims = serde_json::json!({"sub": Uuid::now_v7(), "sid": Uuid::now_v7(), "exp": exp, "iss": "hbs"});
        let none = part(serde_json::json!({"alg": "none", "typ": "at+jwt", "kid": key.kid}));
        assert_eq!(ring.verify(&format!("{none}.{}.", part(claims.clone())), now), Err(Rejection::WrongAlgorithm));
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(key.kid.clone());
        header.typ = Some("at+jwt".into());
        let public = key.jwk().x;
        let hmac = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(public.as_bytes())).expect("a token");
        assert_eq!(ring.verify(&hmac, now), Err(Rejection::WrongAlgorithm), "the public key as an HMAC secret");
        let other = part(serde_json::json!({"alg": "EdDSA", "typ": "JWT", "kid": key.kid}));
        assert_eq!(ring.verify(&format!("{other}.{}.", part(claims)), now), Err(Rejection::WrongKind));
    }

    #[test]
    fn the_newest_key_signs_whose_time_has_come() {
        let now = Clock::real_now();
        let minute = TimeDelta::minutes(1);
        let (old, newer, coming) = (timed(now - minute, Some(now + minute)), timed(now, None), timed(now + minute, None));
        let expected = newer.key.kid.clone();
        let ring = Ring::new(vec![old, newer, coming]);
        assert_eq!(ring.signing(now).map(|key| key.kid.as_str()), Some(expected.as_str()));
        let early = Ring::new(vec![timed(now + minute, None), timed(now - minute, Some(now))]);
        assert_eq!(early.signing(now).map(|key| &key.kid), Some(&early.keys[0].key.kid), "rather a key that is early than none");
        assert!(Ring::new(Vec::new()).signing(now).is_none());
    }

    #[test]
    fn a_key_verifies_until_its_time() {
        let now = Clock::real_now();
        let ring = Ring::new(vec![timed(now, Some(now + TimeDelta::seconds(30)))]);
        let token = issue(&ring, now);
        assert!(ring.verify(&token, now).is_ok());
        assert_eq!(ring.verify(&token, now + TimeDelta::seconds(30)), Err(Rejection::UnknownKid));
    }
}
