//! Guessing is slow: attempts are counted per account and per address that the account knows, and
//! `rules::PAUSES` says how long nobody may try again. Passwords and codes count together.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::repository;
use crate::domains::authentication::rules::{self, LoginName};
use crate::security::secret_hash;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use std::collections::HashMap;
use std::net::IpAddr;
use uuid::Uuid;

/// An attempt that has been counted as failed, until it says otherwise.
#[must_use]
pub struct Attempt {
    /// None: it counts for nobody.
    subject: Option<Vec<u8>>,
    lock: Option<DateTime<Utc>>,
}

impl Attempt {
    /// Counts an attempt to sign in, or 429. Where there is no such account, the same is done for the
    /// login itself, so that both are answered and locked alike.
    pub async fn to_sign_in(conn: &Conn, user_id: Option<Uuid>, login: &LoginName, ip: Option<IpAddr>) -> Result<Self> {
        let known_address = known_address(conn, user_id.unwrap_or(Uuid::nil()), ip).await?;
        let subject = match user_id {
            Some(user_id) => subject_of(user_id, known_address),
            None => secret_hash(&format!("login:{}", login.as_str())),
        };
        Self::reserve(conn, subject).await
    }

    /// Counts an attempt to prove that one is a certain person, or 429.
    pub async fn by(conn: &Conn, user_id: Uuid, ip: Option<IpAddr>) -> Result<Self> {
        let known_address = known_address(conn, user_id, ip).await?;
        Self::reserve(conn, subject_of(user_id, known_address)).await
    }

    /// An attempt to be somebody who is not there, where others count.
    pub fn uncounted() -> Self {
        Self { subject: None, lock: None }
    }

    async fn reserve(conn: &Conn, subject: Vec<u8>) -> Result<Self> {
        let now = Clock::real_now();
        let reserved = repository::reserve_attempt(conn, &subject, &rules::PAUSES, now - rules::FAILURES_LAST, now).await?;
        if let Some(reserved) = reserved {
            return Ok(Self { subject: Some(subject), lock: reserved.locked_until });
        }
        metrics::counter!("hbs_sign_ins_locked_total").increment(1);
        let until = repository::locked_until(conn, &subject).await?.unwrap_or(now);
        Err(Error::from(AuthError::TooManyAttempts).with_retry_after(rules::seconds_until(until, now)))
    }

    /// Counts the attempt as a success: the failures before it are forgotten.
    pub async fn succeeded(self, conn: &Conn) -> Result<()> {
        repository::clear_failures(conn, &Vec::from_iter(self.subject)).await?;
        Ok(())
    }

    /// Takes the attempt back, which did not come to a decision and counts for nothing.
    pub async fn give_back(self, conn: &Conn) -> Result<()> {
        if let Some(subject) = &self.subject {
            repository::give_back_attempt(conn, subject, self.lock, Clock::real_now()).await?;
        }
        Ok(())
    }

    /// The password was right. Where a code is asked for too, failures stay: else somebody who has the
    /// password could guess codes for ever.
    pub async fn password_was_right(self, conn: &Conn, needs_code: bool) -> Result<()> {
        if needs_code { self.give_back(conn).await } else { self.succeeded(conn).await }
    }
}

/// Lifts every lock-out of an account. Returns how many counts there were.
pub async fn clear(conn: &Conn, user_id: Uuid) -> Result<usize> {
    let addresses = repository::addresses_of(conn, user_id).await?;
    let subjects = addresses.into_iter().map(|address| subject_of(user_id, Some(address)));
    let subjects: Vec<_> = subjects.chain([subject_of(user_id, None)]).collect();
    Ok(repository::clear_failures(conn, &subjects).await?)
}

/// Returns the users of these who are locked out wherever they are not known, and until when.
pub async fn locked_until(conn: &Conn, user_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, DateTime<Utc>>> {
    let subjects: Vec<Vec<u8>> = user_ids.iter().map(|id| subject_of(*id, None)).collect();
    let locks: HashMap<Vec<u8>, DateTime<Utc>> =
        repository::locks_of(conn, &subjects, Clock::real_now()).await?.into_iter().collect();
    let locked = user_ids.iter().zip(&subjects).filter_map(|(id, subject)| Some((*id, *locks.get(subject)?)));
    Ok(locked.collect())
}

/// Forgets failures of long ago.
pub async fn sweep(app: &App) -> Result<()> {
    let conn = app.db.conn().await?;
    repository::sweep_failures(&conn, Clock::real_now() - rules::FAILURES_LAST).await?;
    Ok(())
}

/// Returns the address, if the person has signed in from it of late.
async fn known_address(conn: &Conn, user_id: Uuid, ip: Option<IpAddr>) -> Result<Option<String>> {
    let Some(address) = ip.map(|ip| ip.to_string()) else { return Ok(None) };
    let since = Clock::real_now() - rules::ADDRESS_IS_KNOWN;
    let is_known = repository::has_signed_in_from(conn, user_id, &address, since).await?;
    Ok(is_known.then_some(address))
}

fn subject_of(user_id: Uuid, known_address: Option<String>) -> Vec<u8> {
    match known_address {
        Some(address) => secret_hash(&format!("user:{user_id}:{address}")),
        None => secret_hash(&format!("user:{user_id}")),
    }
}
