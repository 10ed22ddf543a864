//! The tables of the database of keys, and what is asked of them.
use super::PersonKey;
use crate::clock::Clock;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

diesel::table! {
    person_keys (id) {
        id -> Uuid,
        secret -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    listed_erasures (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        profile_ids -> Array<Uuid>,
        booking_ids -> Array<Uuid>,
        erased_at -> Timestamptz,
        signature -> Text,
        key_id -> Text,
        created_at -> Timestamptz,
    }
}

/// Erasure of a person as it is listed: ids alone, never a name nor an address, and signed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = listed_erasures, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct ListedErasure {
    pub id: Uuid,
    /// Account of the person, if they had one.
    pub user_id: Option<Uuid>,
    pub profile_ids: Vec<Uuid>,
    pub booking_ids: Vec<Uuid>,
    pub erased_at: DateTime<Utc>,
    pub signature: String,
    /// Name of the key that signed.
    pub key_id: String,
}

pub async fn insert(mut conn: &Conn, keys: &[PersonKey]) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO person_keys (id, secret, created_at) \
         SELECT new.id, new.secret, $3 FROM unnest($1, $2) AS new(id, secret)",
    );
    let statement = statement
        .bind::<Array<SqlUuid>, _>(keys.iter().map(PersonKey::id).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(keys.iter().map(PersonKey::secret).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(Clock::real_now());
    Cached(statement).execute(&mut conn).await
}

pub async fn find(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<PersonKey>> {
    let rows: Vec<(Uuid, Vec<u8>)> = person_keys::table
        .filter(person_keys::id.eq_any(ids))
        .select((person_keys::id, person_keys::secret))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, secret)| PersonKey::from_stored(id, secret)).collect())
}

pub async fn delete(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<usize> {
    Cached(diesel::delete(person_keys::table.filter(person_keys::id.eq_any(ids)))).execute(&mut conn).await
}

pub async fn insert_erasure(mut conn: &Conn, erasure: &ListedErasure) -> QueryResult<()> {
    diesel::insert_into(listed_erasures::table)
        .values((erasure, listed_erasures::created_at.eq(Clock::real_now())))
        .on_conflict(listed_erasures::id)
        .do_nothing()
        .execute(&mut conn)
        .await
        .map(drop)
}

/// The next erasures after one, in the order of their ids, which is that of their times.
pub async fn list_erasures(mut conn: &Conn, after: Option<Uuid>, limit: i64) -> QueryResult<Vec<ListedErasure>> {
    listed_erasures::table
        .filter(listed_erasures::id.gt(after.unwrap_or_default()))
        .order(listed_erasures::id)
        .limit(limit)
        .select(ListedErasure::as_select())
        .load(&mut conn)
        .await
}

/// Those of some ids that are listed.
pub async fn listed_among(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    listed_erasures::table.filter(listed_erasures::id.eq_any(ids)).select(listed_erasures::id).load(&mut conn).await
}

/// Fails unless the tables are there.
pub async fn has_tables(mut conn: &Conn) -> QueryResult<()> {
    person_keys::table.select(person_keys::id).limit(1).execute(&mut conn).await?;
    listed_erasures::table.select(listed_erasures::id).limit(1).execute(&mut conn).await.map(drop)
}

/// Returns `true` if the database has the tables of HBS itself, whatever name led to it.
pub async fn is_database_of_hbs(mut conn: &Conn) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_there: bool,
    }
    let statement = constant_sql("SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'outbox_streams') AS is_there");
    let row: Row = Cached(statement).get_result(&mut conn).await?;
    Ok(row.is_there)
}
