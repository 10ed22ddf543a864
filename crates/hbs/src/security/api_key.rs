//! Keys of integrations: `hbs_<id>_<secret>`, sent where people send their access token.
use super::permission::Grants;
use super::principal::{ApiKey, Identity, Principal};
use super::{Rejection, Security, random_secret, reject, repository, secret_hash};
use crate::Result;
use crate::clock::Clock;
use crate::stores::postgres::Conn;
use chrono::TimeDelta;
use std::sync::Arc;
use uuid::Uuid;

/// Prefix of API keys, which tells them from access tokens, and by which scanners of code for secrets find them.
pub(super) const PREFIX: &str = "hbs_";
const ID_LENGTH: usize = 32;
/// Length of a secret: 256 bits in base64.
const SECRET_LENGTH: usize = 43;
/// Maximum lifetime of a key.
pub const MAX_LIFETIME: TimeDelta = TimeDelta::days(730);

/// A new key as its holder sends it, and the hash that is stored of it.
pub fn new_api_key(id: Uuid) -> (String, Vec<u8>) {
    let secret = random_secret();
    (format!("{PREFIX}{}_{secret}", id.simple()), secret_hash(&secret))
}

/// Returns the id and the hash of the secret.
fn parse(token: &str) -> Option<(Uuid, Vec<u8>)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_at_checked(ID_LENGTH)?;
    let secret = secret.strip_prefix('_').filter(|secret| secret.len() == SECRET_LENGTH)?;
    Some((Uuid::try_parse(id).ok()?, secret_hash(secret)))
}

/// The integration behind a key, or 401.
pub(super) async fn resolve(security: &Security, token: &str) -> Result<Arc<Principal>> {
    let (id, hash) = parse(token).ok_or_else(|| reject(Rejection::Malformed))?;
    let now = Clock::real_now();
    let (principal, is_due) = match security.cache.principal(id, now) {
        Some(known) => known,
        None => (load(security, id).await?, true),
    };
    // Hashes of 256 random bits: how long it takes to compare them tells nothing of a secret.
    match &principal.identity {
        Identity::ApiKey(key) if key.secret_hash == hash => {}
        _ => return Err(reject(Rejection::WrongSecret)),
    }
    if is_due {
        security.last_uses.note(&principal, now);
    }
    Ok(principal)
}

async fn load(security: &Security, id: Uuid) -> Result<Arc<Principal>> {
    let generation = security.cache.generation();
    let conn = security.db.conn().await?;
    let (found, granted) = futures_util::try_join!(repository::find_api_key(&conn, id), repository::grants_of_key(&conn, id))?;
    let (key, ends_at) = found.ok_or_else(|| reject(Rejection::NoKey))?;
    let grants = within_its_makers(&conn, &key, granted).await?;
    drop(conn);
    let principal = Arc::new(Principal { identity: Identity::ApiKey(key), ends_at, grants, withheld: Grants::default() });
    security.cache.remember(generation, &principal, Clock::real_now());
    Ok(principal)
}

/// A key never holds more than who made it holds now. Where roles ask for a second factor, they must
/// have one: a key outlives neither its removal nor a role that begins to ask for it.
async fn within_its_makers(conn: &Conn, key: &ApiKey, granted: Vec<(String, Option<Uuid>)>) -> Result<Grants> {
    let (makers, _) = repository::role_grants_of(conn, key.made_by).await?.split(key.second_factor);
    let held = granted.into_iter().filter(|(permission, property_id)| makers.holds(permission, *property_id));
    Ok(Grants::from(held.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_id_and_its_secret() {
        let id = Uuid::now_v7();
        for _ in 0..100 {
            let (token, hash) = new_api_key(id);
            assert_eq!(token.len(), PREFIX.len() + ID_LENGTH + 1 + SECRET_LENGTH);
            assert_eq!(parse(&token), Some((id, hash)));
            assert_eq!(parse(&token[..token.len() - 1]), None, "shorter");
            assert_eq!(parse(&format!("{token}x")), None, "longer");
            assert_ne!(new_api_key(id).0, token);
        }
        for broken in ["", "hbs_", "hbs_x_y", "hbs_ééééééééééééééééé_x", "eyJhbGciOiJFZERTQSJ9.e30.x"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
