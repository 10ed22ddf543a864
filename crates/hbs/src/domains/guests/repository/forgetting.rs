//! Forgetting of profiles once their time is over. Merged profiles go together: they are named by the one that stands for them.
use crate::forgetting::{Due, DueRow, Past};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Timestamptz, Uuid as SqlUuid};
use hbs_schema::guests;
use uuid::Uuid;

/// The profiles with documents whose guests left before a date, or never came, and of which none was written since. Whoever is in
/// the house, or is to come, is none of them.
pub async fn due_documents(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH held AS ( \
             SELECT g.survivor_id, max(d.updated_at) AS written_at FROM guest_documents d \
             JOIN guests g ON g.property_id = d.property_id AND g.id = d.guest_id \
             WHERE d.property_id = $1 GROUP BY g.survivor_id \
         ), due AS ( \
             SELECT held.survivor_id AS id, \
                    greatest(local_date($1, held.written_at), max(s.check_out) FILTER (WHERE s.status = 'checked_out')) AS since \
             FROM held LEFT JOIN LATERAL stays_of_guest($1, held.survivor_id) s ON true \
             GROUP BY held.survivor_id, held.written_at \
             HAVING NOT coalesce(bool_or(s.status IN ('held', 'confirmed', 'checked_in')), false) \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// The profiles without an account that nobody has changed since before a date, and whose guests had no stay since. Whoever is to
/// come, or is the contact of a group, is none of them, and of those who were erased there is nothing left to go.
pub async fn due_profiles(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH idle AS ( \
             SELECT survivor_id, max(updated_at) AS changed_at FROM guests WHERE property_id = $1 GROUP BY survivor_id \
             HAVING bool_and(user_id IS NULL) \
                AND bool_or(erased_at IS NULL AND (forgotten_at IS NULL OR forgotten_at < updated_at)) \
                AND local_date($1, max(updated_at)) < $2 \
         ), due AS ( \
             SELECT idle.survivor_id AS id, greatest(local_date($1, idle.changed_at), max(s.check_out)) AS since \
             FROM idle LEFT JOIN LATERAL stays_of_guest($1, idle.survivor_id) s ON true \
             WHERE NOT EXISTS (SELECT FROM guests me JOIN groups t ON t.property_id = me.property_id AND t.guest_id = me.id \
                               WHERE me.property_id = $1 AND me.survivor_id = idle.survivor_id AND t.cut_off >= $2) \
             GROUP BY idle.survivor_id, idle.changed_at \
             HAVING NOT coalesce(bool_or(s.status IN ('held', 'confirmed', 'checked_in')), false) \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Locks profiles, and those that were merged into them, in the order of their ids.
pub async fn lock_merged(mut conn: &Conn, property_id: Uuid, survivors: &[Uuid]) -> QueryResult<()> {
    guests::table
        .filter(guests::property_id.eq(property_id))
        .filter(guests::survivor_id.eq_any(survivors))
        .order(guests::id)
        .select(guests::id)
        .for_no_key_update()
        .load::<Uuid>(&mut conn)
        .await
        .map(drop)
}

/// Removes the documents of profiles, which makes new versions of these. Nobody has changed them, so the time of their last
/// change stays: by that the profiles themselves go.
pub async fn forget_documents(mut conn: &Conn, property_id: Uuid, survivors: &[Uuid]) -> QueryResult<usize> {
    let statement = constant_sql(
        "WITH gone AS ( \
             DELETE FROM guest_documents d USING guests g \
             WHERE d.property_id = $1 AND g.property_id = $1 AND g.id = d.guest_id AND g.survivor_id = ANY ($2) RETURNING d.guest_id \
         ) \
         UPDATE guests SET version = version + 1 WHERE property_id = $1 AND id IN (SELECT guest_id FROM gone)",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(survivors)).execute(&mut conn).await
}

/// Clears profiles: what tells of the guest goes, and a name that is nobody's takes the place of the name. Those that were erased
/// stay as the erasure left them.
pub async fn clear(mut conn: &Conn, property_id: Uuid, survivors: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE guests SET full_name = '#' || right(id::text, 8), email = NULL, phone = NULL, locale = NULL, street = NULL, \
             city = NULL, postal_code = NULL, country = NULL, birth_date = NULL, nationality = NULL, notes = NULL, \
             preferences = '{}', tags = '{}', is_vip = false, account_id = NULL, tax_exemption = NULL, \
             version = version + 1, updated_at = $3, forgotten_at = $3 \
         WHERE property_id = $1 AND survivor_id = ANY ($2) AND erased_at IS NULL",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(survivors);
    Cached(statement.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}

/// Empties what merges of profiles remember of them, so that taking one back does not bring it back.
pub async fn empty_merges(mut conn: &Conn, property_id: Uuid, survivors: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE guest_merges SET filled = '{}', updated_at = $3 FROM guests g \
         WHERE guest_merges.property_id = $1 AND g.property_id = $1 AND g.survivor_id = ANY ($2) \
           AND g.id IN (guest_merges.guest_id, guest_merges.merged_id)",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(survivors);
    Cached(statement.bind::<Timestamptz, _>(now)).execute(&mut conn).await
}
