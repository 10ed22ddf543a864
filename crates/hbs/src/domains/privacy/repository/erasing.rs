//! What an erasure does in the places of the inventory.
//!
//! The statements are made from the inventory, which is code: no word of a client is in them, and a test prepares each of them.
use crate::domains::privacy::model::erasure::{KeyOfFile, Person};
use crate::domains::privacy::rules::legal::KeptFor;
use crate::domains::privacy::rules::places::{Place, entities as entity_places};
use crate::stores::postgres::{Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::query_builder::SqlQuery;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use std::collections::BTreeMap;
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
            .bind::<Array<SqlUuid>, _>(&$person.entities)
            .bind::<Array<Text>, _>(&$person.known_addresses)
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

/// Deletes from the register who was erased, once the law keeps them no longer. Returns the number of rows, hotel by hotel.
///
/// It begins with those who were erased, who are few, and goes on by indexes: `OFFSET 0` keeps the planner to that.
pub async fn let_go(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<BTreeMap<Uuid, i64>> {
    let of_bookings = "SELECT b.property_id, b.id, p.country FROM bookings AS b \
                       JOIN properties AS p ON p.id = b.property_id WHERE b.erased_at IS NOT NULL OFFSET 0";
    let of_guests = "SELECT g.property_id, g.id, p.country FROM guests AS g JOIN properties AS p ON p.id = g.property_id \
                     WHERE g.erased_at IS NOT NULL OFFSET 0";
    let is_past = |from: &str| format!("{} < $1::date", KeptFor::Register.until(from));
    let statements = [
        format!(
            "DELETE FROM stay_guests AS t WHERE t.ctid = ANY (ARRAY( \
                 SELECT r.row FROM ({of_bookings}) AS p CROSS JOIN LATERAL ( \
                     SELECT s.id, s.check_out FROM stays AS s WHERE s.property_id = p.property_id AND s.booking_id = p.id OFFSET 0) AS s \
                 CROSS JOIN LATERAL ( \
                     SELECT g.ctid AS row, g.guest_id FROM stay_guests AS g \
                     WHERE g.property_id = p.property_id AND g.stay_id = s.id OFFSET 0) AS r \
                 WHERE r.guest_id IS NULL AND {}))",
            is_past("s.check_out")
        ),
        format!(
            "DELETE FROM stay_guests AS t WHERE t.ctid = ANY (ARRAY( \
                 SELECT r.row FROM ({of_guests}) AS p CROSS JOIN LATERAL ( \
                     SELECT g.ctid AS row, g.stay_id FROM stay_guests AS g \
                     WHERE g.property_id = p.property_id AND g.guest_id = p.id OFFSET 0) AS r \
                 CROSS JOIN LATERAL ( \
                     SELECT s.check_out FROM stays AS s WHERE s.property_id = p.property_id AND s.id = r.stay_id OFFSET 0) AS s \
                 WHERE {}))",
            is_past("s.check_out")
        ),
        format!(
            "DELETE FROM registration_cards AS t WHERE t.ctid = ANY (ARRAY( \
                 SELECT r.row FROM ({of_bookings}) AS p CROSS JOIN LATERAL ( \
                     SELECT s.id, s.check_out FROM stays AS s WHERE s.property_id = p.property_id AND s.booking_id = p.id OFFSET 0) AS s \
                 CROSS JOIN LATERAL ( \
                     SELECT c.ctid AS row FROM registration_cards AS c \
                     WHERE c.property_id = p.property_id AND c.stay_id = s.id OFFSET 0) AS r \
                 WHERE {}))",
            is_past("s.check_out")
        ),
    ];
    let mut gone = BTreeMap::new();
    for delete in statements {
        let sql = format!(
            "WITH gone AS ({delete} RETURNING t.property_id) SELECT property_id, count(*) AS rows FROM gone GROUP BY property_id"
        );
        let found: Vec<GoneAt> = of_inventory(sql).bind::<Timestamptz, _>(now).load(&mut conn).await?;
        for GoneAt { property_id, rows } in found {
            *gone.entry(property_id).or_default() += rows;
        }
    }
    Ok(gone)
}

#[derive(QueryableByName)]
struct GoneAt {
    #[diesel(sql_type = SqlUuid)]
    property_id: Uuid,
    #[diesel(sql_type = BigInt)]
    rows: i64,
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

/// The entities of the record that tell of a person: beside account, profiles and bookings what they wrote and had.
pub async fn entities(mut conn: &Conn, person: &Person, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    let mut selects = vec!["SELECT unnest($1 || $2 || $3) AS id".to_owned()];
    selects.extend(entity_places().map(|place| format!("SELECT t.id FROM {} AS t WHERE {}", place.table, place.of.whose())));
    let query = of_inventory(selects.join(" UNION "));
    let rows: Vec<Id> = bound!(query, person, now).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The sessions of accounts, those that have ended too.
pub async fn sessions(mut conn: &Conn, users: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let query = constant_sql("SELECT id FROM sessions WHERE user_id = ANY ($1)").bind::<Array<SqlUuid>, _>(users);
    let rows: Vec<Id> = query.load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}
