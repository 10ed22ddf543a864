//! `Idempotency-Key`: a request that is sent again has no second effect and gets the first answer.
//!
//! The key is claimed as the first statement of the transaction of the effect and the answer is
//! stored as its last, so that key, effect and answer exist together or not at all. A duplicate in
//! flight waits at the claim until the first has committed, and then replays it.
//!
//! A dry run is the request itself, of which nothing is kept: its transaction is rolled back, and no key is claimed.
mod parts;

use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::error::{FieldError, problems};
use crate::jobs::Job;
use crate::reliance::ReliedOn;
use crate::security::{Caller, DataKey};
use crate::stores::postgres::RunQueryDsl;
use crate::stores::postgres::{Cached, Conn};
use crate::{Error, Result};
use axum::extract::{FromRequest, OptionalFromRequestParts, Request};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::AsyncConnection;
use hbs_schema::idempotency_keys;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Time for which a key is remembered.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);
const MAX_LENGTH: usize = 255;
const HEADER: &str = "Idempotency-Key";

/// The key of a request, which says what is kept of it.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Kept);

/// Record that is kept of a request.
#[derive(Debug, Clone)]
enum Kept {
    /// Its effect, however often it is sent.
    Effect,
    /// Its effect and its answer, once for all requests with the key.
    Answer(Digests),
    /// Nothing: it is a dry run.
    Nothing,
}

/// A key as it is stored: a digest of caller, method, path and key, and one of the body.
#[derive(Debug, Clone)]
struct Digests {
    id: Vec<u8>,
    fingerprint: Vec<u8>,
    /// None: somebody without an account made something.
    caller: Option<Caller>,
}

impl IdempotencyKey {
    /// Makes no key, for changes that HBS makes by itself, and for those whose answer is not kept.
    pub fn none() -> Self {
        Self(Kept::Effect)
    }

    /// Makes the key of a request that is done to see its answer, and of which nothing is kept.
    pub fn dry_run() -> Self {
        Self(Kept::Nothing)
    }

    pub fn is_dry_run(&self) -> bool {
        matches!(self.0, Kept::Nothing)
    }

    fn digests(&self) -> Option<&Digests> {
        match &self.0 {
            Kept::Answer(digests) => Some(digests),
            Kept::Effect | Kept::Nothing => None,
        }
    }
}

/// The body of an unsafe request together with its key. It stands last in a handler's arguments,
/// around the extractor of the body: `Keyed(key, Valid(body)): Keyed<Valid<T>>`.
pub struct Keyed<T>(pub IdempotencyKey, pub T);

impl<T: FromRequest<App, Rejection = Error>> FromRequest<App> for Keyed<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let Some(key) = header_value(&parts)? else {
            let body = T::from_request(Request::from_parts(parts, body), app).await?;
            return Ok(Self(IdempotencyKey::none(), body));
        };
        // Who must be signed in has been asked already: an extractor of the caller stands before the body.
        let caller = <Caller as OptionalFromRequestParts<App>>::from_request_parts(&mut parts, app).await?;
        // With the parts of the request, since the limit of its body stands in them.
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), app)
            .await
            .map_err(|_| Error::client(&problems::TOO_LARGE, "The body is larger than the server accepts."))?;
        let id = Sha256::new()
            .chain_update(caller.as_ref().map(Caller::id).unwrap_or_default())
            .chain_update(parts.method.as_str())
            .chain_update([0])
            .chain_update(parts.uri.path())
            .chain_update([0])
            .chain_update(key)
            .finalize()
            .to_vec();
        // A body may hold a password, which nobody is to guess from what is stored.
        let query = parts.uri.query().unwrap_or_default();
        let fingerprint = app.security.data_key.digest(&[query.as_bytes(), &[0], &bytes].concat());
        let body = T::from_request(Request::from_parts(parts, bytes.into()), app).await?;
        Ok(Self(IdempotencyKey(Kept::Answer(Digests { id, fingerprint, caller })), body))
    }
}

fn header_value(parts: &http::request::Parts) -> Result<Option<String>> {
    let Some(value) = parts.headers.get(HEADER) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= MAX_LENGTH => Ok(Some(key.to_owned())),
        _ => {
            let detail = format!("must be 1 to {MAX_LENGTH} printable ASCII characters");
            Err(Error::with_fields(&problems::MALFORMED, format!("{HEADER} {detail}"), vec![FieldError::header(HEADER, detail)]))
        }
    }
}

/// Job that forgets expired keys.
pub const SWEEP: Job = Job {
    name: "idempotency.sweep",
    every: Duration::from_secs(3600),
    follows_clock: false,
    run: |app| {
        Box::pin(async move {
            let conn = app.db.conn().await?;
            sweep(&conn).await?;
            Ok(())
        })
    },
};

/// An empty body, so that requests without a body can have a key too. An empty object is as good; a member would be a wish
/// that nobody reads.
pub struct NoBody;

impl FromRequest<App> for NoBody {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let not_empty = || Error::invalid("", "must be empty: the request has no body");
        let body = Bytes::from_request(request, app).await.map_err(|_| not_empty())?;
        if body.trim_ascii().is_empty() {
            return Ok(Self);
        }
        let members = serde_json::from_slice::<Map<String, Value>>(&body).map_err(|_| not_empty())?;
        match members.keys().next() {
            Some(name) => {
                let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                Err(Error::invalid(pointer, "is not known: the request has no body"))
            }
            None => Ok(Self),
        }
    }
}

/// Claims the key within the transaction of the effect. A returned answer means that the request has been done before, and
/// that the caller still holds what it was done by.
pub async fn claim(conn: &Conn, key: &IdempotencyKey) -> Result<Option<Answer>> {
    let Some(Digests { id, fingerprint, caller }) = key.digests() else { return Ok(None) };
    if try_claim(conn, id, fingerprint, Clock::real_now()).await? == 1 {
        return Ok(None);
    }
    let stored = find(conn, id).await?;
    let relied_on: Vec<ReliedOn> = serde_json::from_value(stored.relied_on).map_err(Error::internal)?;
    if let Some(caller) = caller {
        caller.still_holds(&relied_on)?;
    }
    if stored.fingerprint != *fingerprint {
        return Err(Error::client(&problems::KEY_REUSED, "This Idempotency-Key was used for a request with another body."));
    }
    Ok(Some(Answer {
        status: u16::try_from(stored.status.unwrap_or(200)).map_err(Error::internal)?,
        location: stored.location,
        etag: stored.etag,
        body: stored.body,
        replayed: true,
        is_secret: false,
        is_unchanged: false,
    }))
}

/// Stores the answer within the transaction of the effect, with the ids of whom it tells, if it is sealed.
pub async fn store(mut conn: &Conn, key: &IdempotencyKey, answer: &Answer, of_whom: &[Option<Uuid>]) -> QueryResult<()> {
    use idempotency_keys::{about, body, etag, location, relied_on, status};
    let Some(Digests { id, caller, .. }) = key.digests() else { return Ok(()) };
    let relies_on = serde_json::json!(caller.as_ref().map(Caller::relied_on).unwrap_or_default());
    Cached(diesel::update(idempotency_keys::table.find(id)).set((
        status.eq(i32::from(answer.status)),
        location.eq(&answer.location),
        etag.eq(&answer.etag),
        body.eq(&answer.body),
        relied_on.eq(relies_on),
        about.eq(of_whom),
    )))
    .execute(&mut conn)
    .await
    .map(|_| ())
}

/// Prefix of a stored body that is sealed: JSON never begins so.
const SEALED: &str = "sealed:";

/// Seals an answer for storage, so that nobody who reads the database can read its secrets.
fn sealed(data_key: &DataKey, key: &IdempotencyKey, answer: &Answer) -> Result<Answer> {
    let seal = |body: &String| {
        let sealed = data_key.seal(&purpose(key), body.as_bytes())?;
        Ok::<_, Error>(format!("{SEALED}{}", BASE64_STANDARD.encode(sealed)))
    };
    Ok(Answer { body: answer.body.as_ref().map(seal).transpose()?, ..answer.clone() })
}

/// The ids in an answer that is to be sealed, and that of the account that asked: what is sealed cannot be searched for whoever is
/// erased.
fn told_of(key: &IdempotencyKey, answer: &Answer) -> Vec<Option<Uuid>> {
    let caller = key.digests().and_then(|digests| digests.caller.as_ref()).and_then(Caller::user_id);
    let mut ids: BTreeSet<Uuid> = caller.into_iter().collect();
    if let Some(body) = answer.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()) {
        collect_ids(&body, &mut ids);
    }
    ids.into_iter().map(Some).collect()
}

fn collect_ids(json: &Value, ids: &mut BTreeSet<Uuid>) {
    match json {
        Value::String(text) => ids.extend(text.parse::<Uuid>()),
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        Value::Object(members) => members.values().for_each(|member| collect_ids(member, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Opens a stored answer.
fn opened(data_key: &DataKey, key: &IdempotencyKey, answer: Answer) -> Result<Answer> {
    let Some(text) = answer.body.as_ref().and_then(|body| body.strip_prefix(SEALED)) else { return Ok(answer) };
    let sealed = BASE64_STANDARD.decode(text).map_err(Error::internal)?;
    let body = data_key.open(&purpose(key), &sealed).map_err(Error::internal)?;
    Ok(Answer { body: Some(String::from_utf8(body).map_err(Error::internal)?), ..answer })
}

fn purpose(key: &IdempotencyKey) -> String {
    let id = key.digests().map(|digests| BASE64_STANDARD.encode(&digests.id)).unwrap_or_default();
    format!("idempotency:{id}")
}

#[derive(Queryable)]
struct Stored {
    fingerprint: Vec<u8>,
    status: Option<i32>,
    location: Option<String>,
    etag: Option<String>,
    body: Option<String>,
    relied_on: Value,
}

async fn try_claim(mut conn: &Conn, id: &[u8], fingerprint: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    use diesel::query_dsl::methods::FilterDsl;
    let claim = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::id.eq(id),
            idempotency_keys::fingerprint.eq(fingerprint),
            idempotency_keys::created_at.eq(now),
            idempotency_keys::updated_at.eq(now),
        ))
        .on_conflict(idempotency_keys::id)
        .do_update()
        // A key past its time is free again, whether or not the job has come by.
        .set((
            idempotency_keys::fingerprint.eq(excluded(idempotency_keys::fingerprint)),
            idempotency_keys::created_at.eq(excluded(idempotency_keys::created_at)),
        ));
    Cached(FilterDsl::filter(claim, idempotency_keys::created_at.lt(now - LIFETIME))).execute(&mut conn).await
}

async fn find(mut conn: &Conn, id: &[u8]) -> QueryResult<Stored> {
    use idempotency_keys::{body, etag, fingerprint, location, relied_on, status};
    idempotency_keys::table.find(id).select((fingerprint, status, location, etag, body, relied_on)).first(&mut conn).await
}

/// Forgets expired keys.
async fn sweep(mut conn: &Conn) -> QueryResult<usize> {
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(Clock::real_now() - LIFETIME)))
        .execute(&mut conn)
        .await
}

/// An `async` closure on a connection whose future can be sent between threads.
pub trait Work<'r>: AsyncFnOnce(&'r mut Conn) -> Result<Answer> + FnOnce(&'r mut Conn) -> <Self as Work<'r>>::Fut {
    type Fut: Future<Output = Result<Answer>> + Send;
}

impl<'r, F, Fut> Work<'r> for F
where
    F: AsyncFnOnce(&'r mut Conn) -> Result<Answer> + FnOnce(&'r mut Conn) -> Fut,
    Fut: Future<Output = Result<Answer>> + Send,
{
    type Fut = Fut;
}

impl App {
    /// Runs a use case that changes something: one transaction that claims the key, does the work
    /// and stores the answer. Afterwards the relay is told that there are events.
    ///
    /// Where the work finds that it has changed nothing, what it wrote is rolled back: no version, no event. So it is of a
    /// dry run.
    pub async fn change<F>(&self, key: &IdempotencyKey, work: F) -> Result<Answer>
    where
        F: for<'r> Work<'r> + Send,
    {
        let mut conn = self.db.conn().await?;
        let done = conn
            .transaction(async |conn| {
                if let Some(answer) = claim(conn, key).await? {
                    return Ok(opened(&self.security.data_key, key, answer)?);
                }
                let answer = work(&mut *conn).await?;
                if key.is_dry_run() {
                    return Err(RolledBack::DryRun(Box::new(answer)));
                }
                if answer.is_unchanged {
                    return Err(RolledBack::Unchanged(Box::new(answer)));
                }
                self.keep(conn, key, &answer).await?;
                Ok(answer)
            })
            .await;
        let answer = match done {
            Ok(answer) => answer,
            Err(RolledBack::Failed(error)) => return Err(error),
            Err(RolledBack::DryRun(answer)) => return Ok(*answer),
            Err(RolledBack::Unchanged(answer)) => return self.keep_unchanged(&mut conn, key, *answer).await,
        };
        drop(conn);
        self.relay.wake();
        Ok(answer)
    }

    /// Stores an answer under its key, by itself. Somebody who has sent the key meanwhile is first.
    async fn keep_unchanged(&self, conn: &mut Conn, key: &IdempotencyKey, answer: Answer) -> Result<Answer> {
        conn.transaction(async |conn| {
            if let Some(earlier) = claim(conn, key).await? {
                return opened(&self.security.data_key, key, earlier);
            }
            self.keep(conn, key, &answer).await?;
            Ok::<_, Error>(answer.clone())
        })
        .await
    }

    async fn keep(&self, conn: &Conn, key: &IdempotencyKey, answer: &Answer) -> Result<()> {
        if answer.is_secret {
            store(conn, key, &sealed(&self.security.data_key, key, answer)?, &told_of(key, answer)).await?;
        } else {
            store(conn, key, answer, &[]).await?;
        }
        Ok(())
    }
}

/// Reason for which a transaction is rolled back.
enum RolledBack {
    DryRun(Box<Answer>),
    Unchanged(Box<Answer>),
    Failed(Error),
}

impl From<Error> for RolledBack {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<diesel::result::Error> for RolledBack {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let body = serde_json::json!({"id": one, "items": [{"of": other, "n": 1, "name": "Ana", "is": true, "at": null}]});
        let mut ids = BTreeSet::new();
        collect_ids(&body, &mut ids);
        assert_eq!(ids, BTreeSet::from([one, other]));
    }
}
