//! What an erasure does in the places of the inventory.
//!
//! The statements are made from the inventory, which is code: no word of a client is in them, and a test prepares each of them.
use crate::domains::privacy::model::erasure::{KeyOfFile, Person};
use crate::domains::privacy::rules::legal::KeptFor;
use crate::domains::privacy::rules::places::Place;
use crate::stores::postgres::{Conn, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Time for which an erasure waits for a row that somebody holds, before it gives way: shorter than the time after which
/// PostgreSQL looks for deadlocks.
const PATIENCE: &str = "SET LOCAL lock_timeout = '300ms'";

/// Binds what the conditions of the inventory ask for.
macro_rules! bound {
    ($query:expr, $person:expr, $now:expr) => {
        $query
            .bind::<Array<SqlUuid>, _>(&$person.users)
            .bind::<Array<SqlUuid>, _>(&$person.guests)
            .bind::<Array<SqlUuid>, _>(&$person.bookings)
            .bind::<Array<Text>, _>(&$person.addresses)
            .bind::<Array<Text>, _>(&$person.words)
            .bind::<Timestamptz, _>($now)
            .bind::<Array<SqlUuid>, _>(&$person.hotels)
    };
}

#[expect(clippy::disallowed_methods, reason = "the inventory is the one source of these statements, and no input is in them")]
fn of_inventory(sql: String) -> SqlQuery {
    diesel::sql_query(sql)
}

/// Lets this transaction give way to whoever holds a row that it wants: so it is in nobody's way, and in no deadlock.
pub async fn give_way(mut conn: &Conn) -> QueryResult<()> {
    constant_sql(PATIENCE).execute(&mut conn).await.map(drop)
}

/// Deletes the rows of a person in a place, and returns how many there were.
pub async fn delete(mut conn: &Conn, place: &Place, person: &Person, now: DateTime<Utc>) -> QueryResult<usize> {
    let sql = format!("DELETE FROM {} AS t WHERE {}", place.table, place.of.condition());
    bound!(of_inventory(sql), person, now).execute(&mut conn).await
}

/// Changes the rows of a person in a place, and returns how many there were.
pub async fn change(mut conn: &Conn, place: &Place, set: &str, person: &Person, now: DateTime<Utc>) -> QueryResult<usize> {
    let sql = format!("UPDATE {} AS t SET {set} WHERE {}", place.table, place.of.condition());
    bound!(of_inventory(sql), person, now).execute(&mut conn).await
}

/// The number of rows of a person in a place.
pub async fn count(mut conn: &Conn, place: &Place, person: &Person, now: DateTime<Utc>) -> QueryResult<i64> {
    let sql = format!("SELECT count(*) AS rows, NULL::date AS until FROM {} AS t WHERE {}", place.table, place.of.condition());
    let kept: Kept = bound!(of_inventory(sql), person, now).get_result(&mut conn).await?;
    Ok(kept.rows)
}

/// Rows that stay in a place.
#[derive(Debug, QueryableByName)]
pub struct Kept {
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
    /// Last day on which the law keeps the last of them.
    #[diesel(sql_type = Nullable<Date>)]
    pub until: Option<NaiveDate>,
}

/// The rows of a person that stay in a place of a hotel, and until when.
pub async fn kept(
    mut conn: &Conn,
    place: &Place,
    reason: KeptFor,
    from: &str,
    person: &Person,
    now: DateTime<Utc>,
) -> QueryResult<Kept> {
    let sql = format!(
        "SELECT count(*) AS rows, max({}) AS until FROM {} AS t JOIN properties AS p ON p.id = t.property_id WHERE {}",
        reason.until(from),
        place.table,
        place.of.condition()
    );
    bound!(of_inventory(sql), person, now).get_result(&mut conn).await
}

/// The files that go with a person's rows.
pub async fn files(mut conn: &Conn, person: &Person, now: DateTime<Utc>) -> QueryResult<Vec<KeyOfFile>> {
    let query = constant_sql(
        "SELECT 'avatar' AS kind, avatar_key AS key, 'jpeg' AS format FROM users WHERE id = ANY ($1) AND avatar_key IS NOT NULL \
         UNION ALL \
         SELECT 'private', a.key, a.format FROM issue_attachments AS a \
         JOIN issue_messages AS m ON m.property_id = a.property_id AND m.id = a.message_id \
         JOIN issues AS i ON i.property_id = m.property_id AND i.id = m.issue_id \
         WHERE m.is_from_guest AND (i.guest_user_id = ANY ($1) OR i.property_id = ANY ($7) AND i.booking_id = ANY ($3)) \
         UNION ALL \
         SELECT 'private', l.photo_key, l.photo_format FROM lost_items AS l \
         JOIN stays AS s ON s.property_id = l.property_id AND s.id = l.stay_id \
         WHERE s.property_id = ANY ($7) AND s.booking_id = ANY ($3) AND l.photo_key IS NOT NULL",
    );
    bound!(query, person, now).load(&mut conn).await
}

/// The entities of the record that tell of a person: beside account, profiles and bookings what they wrote.
pub async fn entities(mut conn: &Conn, person: &Person, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    let query = constant_sql(
        "SELECT unnest($1 || $2 || $3) AS id \
         UNION SELECT id FROM stays WHERE property_id = ANY ($7) AND (booking_id = ANY ($3) OR guest_id = ANY ($2)) \
         UNION SELECT id FROM issues WHERE guest_user_id = ANY ($1) OR property_id = ANY ($7) AND booking_id = ANY ($3) \
         UNION SELECT m.id FROM issue_messages AS m JOIN issues AS i ON i.property_id = m.property_id AND i.id = m.issue_id \
             WHERE i.guest_user_id = ANY ($1) OR i.property_id = ANY ($7) AND i.booking_id = ANY ($3) \
         UNION SELECT id FROM reviews WHERE author_id = ANY ($1) OR property_id = ANY ($7) AND booking_id = ANY ($3) \
         UNION SELECT id FROM change_requests WHERE property_id = ANY ($7) AND booking_id = ANY ($3) \
         UNION SELECT id FROM waitlist_entries WHERE user_id = ANY ($1) OR property_id = ANY ($7) AND booking_id = ANY ($3) \
         UNION SELECT id FROM sessions WHERE user_id = ANY ($1)",
    );
    let rows: Vec<Id> = bound!(query, person, now).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}
