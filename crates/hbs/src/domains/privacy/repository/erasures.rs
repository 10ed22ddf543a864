//! Erasures that were done.
use crate::domains::privacy::model::erasure::{Erasure, ErasureId};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use hbs_schema::erasures;
use uuid::Uuid;

/// Erasures of people at hotels that are all in scope: with a scope of all everybody's. The latest come first.
pub async fn list(mut conn: &Conn, scope: &Scope, before: Option<ErasureId>, limit: i64) -> QueryResult<Vec<Erasure>> {
    let mut query = erasures::table.order(erasures::id.desc()).limit(limit).select(Erasure::as_select()).into_boxed();
    if !scope.is_all() {
        query = query
            .filter(erasures::hotel_ids.ne(Vec::<Option<Uuid>>::new()))
            .filter(erasures::hotel_ids.is_contained_by(hotels(scope)));
    }
    if let Some(before) = before {
        query = query.filter(erasures::id.lt(before));
    }
    query.load(&mut conn).await
}

pub async fn find(mut conn: &Conn, scope: &Scope, id: ErasureId) -> QueryResult<Option<Erasure>> {
    let mut query = erasures::table.filter(erasures::id.eq(id)).select(Erasure::as_select()).into_boxed();
    if !scope.is_all() {
        query = query
            .filter(erasures::hotel_ids.ne(Vec::<Option<Uuid>>::new()))
            .filter(erasures::hotel_ids.is_contained_by(hotels(scope)));
    }
    query.first(&mut conn).await.optional()
}

fn hotels(scope: &Scope) -> Vec<Option<Uuid>> {
    scope.ids().into_iter().map(Some).collect()
}

pub async fn insert(mut conn: &Conn, new: &Erasure) -> QueryResult<usize> {
    diesel::insert_into(erasures::table).values(new).execute(&mut conn).await
}

/// The next erasures after one that are not listed yet or have keys left, the oldest first. While the database of keys is away
/// they grow without an end.
pub async fn unforgotten(mut conn: &Conn, after: Option<ErasureId>, limit: i64) -> QueryResult<Vec<Erasure>> {
    let found = erasures::table.filter(erasures::forgotten_at.is_null()).order(erasures::id).limit(limit);
    let mut query = found.select(Erasure::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(erasures::id.gt(after));
    }
    query.load(&mut conn).await
}

/// Erasures of which nothing is left but what takes long or waits: those first that were not tried for the longest time.
pub async fn incomplete(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Erasure>> {
    erasures::table
        .filter(erasures::completed_at.is_null())
        .filter(erasures::forgotten_at.is_not_null())
        .order((erasures::tried_at.asc().nulls_first(), erasures::id))
        .limit(limit)
        .select(Erasure::as_select())
        .load(&mut conn)
        .await
}

/// Ids of the next erasures after one that were listed, and have no keys left, the oldest first.
pub async fn forgotten(mut conn: &Conn, after: Option<ErasureId>, limit: i64) -> QueryResult<Vec<ErasureId>> {
    let forgotten = erasures::table.filter(erasures::forgotten_at.is_not_null()).order(erasures::id).limit(limit);
    let mut query = forgotten.select(erasures::id).into_boxed();
    if let Some(after) = after {
        query = query.filter(erasures::id.gt(after));
    }
    query.load(&mut conn).await
}

/// Notes that an erasure is listed, and has no keys left.
pub async fn forget(mut conn: &Conn, id: ErasureId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(erasures::table.find(id).filter(erasures::forgotten_at.is_null()))
        .set((erasures::forgotten_at.eq(now), erasures::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Notes that an erasure is tried to be completed, after which it is the turn of others.
pub async fn attempt(mut conn: &Conn, id: ErasureId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(erasures::table.find(id))
        .set((erasures::tried_at.eq(now), erasures::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Notes that an erasure is complete.
pub async fn complete(mut conn: &Conn, id: ErasureId, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(erasures::table.find(id).filter(erasures::completed_at.is_null()))
        .set((erasures::files.eq(Vec::<Option<String>>::new()), erasures::completed_at.eq(now), erasures::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
