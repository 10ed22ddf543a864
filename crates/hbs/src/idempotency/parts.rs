//! Requests that are done in parts, each in a transaction of its own, such as an action on many bookings.
//!
//! Each part has a key of its own, which is made of the request's. A request that broke off and is sent again goes on: parts
//! that are done are answered again. Its own row is there from its beginning, so that the key is good for no other body, and
//! has no answer until its end.
use super::{Digests, IdempotencyKey, Kept, claim, store};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::stores::postgres::Conn;
use crate::stores::postgres::RunQueryDsl;
use diesel::prelude::*;
use diesel_async::AsyncConnection;
use hbs_schema::idempotency_keys;
use sha2::{Digest, Sha256};
use uuid::Uuid;

impl IdempotencyKey {
    /// Returns `true` if what the request has done is known when it is sent again.
    pub fn is_kept(&self) -> bool {
        self.digests().is_some()
    }

    /// Returns the key of a part, by what the part is about; that of a dry run is a dry run's.
    #[must_use]
    pub fn of_part(&self, about: &[Uuid]) -> Self {
        let of_part = |whole: &Digests| Digests {
            id: about
                .iter()
                .fold(Sha256::new().chain_update(&whole.id), |digest, id| digest.chain_update(id))
                .finalize()
                .to_vec(),
            ..whole.clone()
        };
        self.digests().map_or_else(|| self.clone(), |whole| Self(Kept::Answer(of_part(whole))))
    }
}

impl App {
    /// Begins a request, or goes on with one that broke off. An answer means that it was done to its end.
    pub async fn begin_parts(&self, key: &IdempotencyKey) -> Result<Option<Answer>> {
        let Some(Digests { id, .. }) = key.digests() else { return Ok(None) };
        let mut conn = self.db.conn().await?;
        conn.transaction(async |conn| match claim(conn, key).await? {
            Some(earlier) => Ok(has_answer(conn, id).await?.then_some(earlier)),
            None => {
                forget_answer(conn, id).await?;
                Ok(None)
            }
        })
        .await
    }

    /// Ends a request: stores its answer. Somebody who has sent the same meanwhile may be first.
    pub async fn end_parts(&self, key: &IdempotencyKey, answer: Answer) -> Result<Answer> {
        let Some(Digests { id, .. }) = key.digests() else { return Ok(answer) };
        let mut conn = self.db.conn().await?;
        conn.transaction(async |conn| {
            let earlier = if has_answer(conn, id).await? { claim(conn, key).await? } else { None };
            if let Some(earlier) = earlier {
                return Ok(earlier);
            }
            store(conn, key, &answer, &[]).await?;
            Ok(answer.clone())
        })
        .await
    }
}

/// Returns `true` if the row of a key has an answer. It is locked until the end of the transaction.
async fn has_answer(mut conn: &Conn, id: &[u8]) -> QueryResult<bool> {
    let row = idempotency_keys::table.find(id).select(idempotency_keys::status.is_not_null());
    Ok(row.for_no_key_update().first(&mut conn).await.optional()?.unwrap_or(false))
}

/// Empties a row that was claimed: if the time of an earlier request is over, it has the answer of that.
async fn forget_answer(mut conn: &Conn, id: &[u8]) -> QueryResult<usize> {
    use idempotency_keys::{body, etag, location, status};
    let nothing = (status.eq(None::<i32>), location.eq(None::<String>), etag.eq(None::<String>), body.eq(None::<String>));
    diesel::update(idempotency_keys::table.find(id)).set(nothing).execute(&mut conn).await
}
