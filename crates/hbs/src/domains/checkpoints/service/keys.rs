//! The keys that sign checkpoints, and other statements that outlive this database: erasures, and archives of backups.
//!
//! A key is made when the first checkpoint is. Once another has taken its place, its secret half is forgotten, so that nobody can
//! ever write a checkpoint of those days anew; its public half verifies for good.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::checkpoints::dto::{AuditKey, AuditKeySet};
use crate::domains::checkpoints::model::StoredKey;
use crate::domains::checkpoints::{repository, rules};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use serde::Deserialize;

/// The public halves of all keys.
pub async fn published(app: &App) -> Result<AuditKeySet> {
    let conn = app.db.conn().await?;
    let keys = repository::keys(&conn).await?;
    let key = |key: StoredKey| AuditKey {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        x: rules::encoded(&key.public_key),
        kid: key.kid,
        created_at: key.created_at,
        retired_at: key.retired_at,
    };
    Ok(AuditKeySet { keys: keys.into_iter().map(key).collect() })
}

/// Makes a key that signs from now on, and returns its id.
pub async fn rotate_key(app: &App) -> Result<String> {
    let now = Clock::real_now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        repository::retire_key(conn, now).await?;
        Ok(new_key(app, conn, now).await?.kid)
    })
    .await
}

/// Returns the id and the secret half of the key that signs.
pub async fn signing(app: &App, conn: &Conn, now: DateTime<Utc>) -> Result<(String, [u8; 32])> {
    let key = match repository::signing_key(conn).await? {
        Some(key) => key,
        None => new_key(app, conn, now).await?,
    };
    let sealed = key.secret.as_deref().unwrap_or_default();
    let secret = app.security.data_key.open(&rules::purpose(&key.kid), sealed);
    let secret = secret.map_err(|error| Error::internal(format!("audit key {}: {error}", key.kid)))?;
    let secret = secret.try_into().map_err(|_| Error::internal(format!("audit key {}: it is not one of Ed25519", key.kid)))?;
    Ok((key.kid, secret))
}

/// Signature of a statement, and the id of the key that made it.
#[derive(Debug)]
pub struct Signed {
    pub kid: String,
    pub signature: Vec<u8>,
}

/// Signs another statement than a checkpoint with the key that signs those. Its text says by its `format` what it is, so that
/// none is taken for the other.
pub async fn sign(app: &App, conn: &Conn, statement: &str, now: DateTime<Utc>) -> Result<Signed> {
    Ok(signer(app, conn, now).await?.sign(statement))
}

/// The key that signs, for a statement that is complete only where no connection is at hand.
pub struct Signer {
    kid: String,
    secret: [u8; 32],
}

impl Signer {
    pub fn sign(&self, statement: &str) -> Signed {
        Signed { kid: self.kid.clone(), signature: rules::sign(&self.secret, statement).to_vec() }
    }
}

pub async fn signer(app: &App, conn: &Conn, now: DateTime<Utc>) -> Result<Signer> {
    let (kid, secret) = signing(app, conn, now).await?;
    Ok(Signer { kid, secret })
}

/// Returns `true` if a statement was signed by one of the keys; none if there is no such key here.
pub async fn is_signed(conn: &Conn, kid: &str, statement: &str, signature: &str) -> Result<Option<bool>> {
    Ok(is_signed_by(&public_keys(conn).await?, kid, statement, signature))
}

/// Public half of a key.
#[derive(Debug, Clone)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Reads a set of keys as `/.well-known/hbs-audit-keys.json` shows it.
    pub fn read_set(json: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Key>,
        }
        #[derive(Deserialize)]
        struct Key {
            x: String,
        }
        let Set { keys } = serde_json::from_slice(json)?;
        keys.into_iter()
            .map(|Key { x }| rules::decoded(&x).map(Self).map_err(<serde_json::Error as serde::de::Error>::custom))
            .collect()
    }
}

/// The public halves of all keys that are here.
pub async fn public_keys(conn: &Conn) -> Result<Vec<PublicKey>> {
    Ok(repository::keys(conn).await?.into_iter().map(|key| PublicKey(key.public_key)).collect())
}

/// Returns `true` if a statement was signed by one of some keys; none if that key is not among them.
pub fn is_signed_by(keys: &[PublicKey], kid: &str, statement: &str, signature: &str) -> Option<bool> {
    let key = keys.iter().find(|PublicKey(bytes)| rules::kid(bytes) == kid);
    key.map(|PublicKey(bytes)| rules::is_signed(bytes, statement, signature))
}

async fn new_key(app: &App, conn: &Conn, now: DateTime<Utc>) -> Result<StoredKey> {
    let secret = rules::new_secret();
    let public_key = rules::public_half(&secret);
    let kid = rules::kid(&public_key);
    let sealed = app.security.data_key.seal(&rules::purpose(&kid), &secret)?;
    let public_key = public_key.to_vec();
    let key = StoredKey { kid, public_key, secret: Some(sealed), retired_at: None, created_at: now, updated_at: now };
    repository::insert_key(conn, &key).await?;
    Ok(key)
}
