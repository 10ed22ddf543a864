//! Profiles, found and changed.
use crate::domains::guests::dto::GuestFilter;
use crate::domains::guests::model::{Candidate, Guest, GuestChange, NamedGuest};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql, has_words};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Uuid as SqlUuid};
use hbs_schema::{guests, properties};
use uuid::Uuid;

diesel::alias!(guests as merged: Merged);

pub async fn find(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<(Guest, Currency)>> {
    guests::table
        .inner_join(properties::table)
        .filter(guests::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(guests::property_id.eq_any(scope.ids())))
        .select((Guest::as_select(), properties::currency))
        .first(&mut conn)
        .await
        .optional()
}

/// A profile of a hotel.
pub async fn find_in(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<Guest>> {
    guests::table.find((property_id, id)).select(Guest::as_select()).first(&mut conn).await.optional()
}

/// Profiles of a hotel, locked against other changes in the order of their ids. Whoever books for them is not held up.
pub async fn lock(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Guest>> {
    guests::table
        .filter(guests::property_id.eq(property_id))
        .filter(guests::id.eq_any(ids))
        .order(guests::id)
        .select(Guest::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Profiles within the scope that are not merged into others, newest first. `after` is the last id seen. A profile is found by
/// what those know that were merged into it, too.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &GuestFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Guest>> {
    let mut query = guests::table
        .filter(guests::merged_into_id.is_null())
        .order(guests::id.desc())
        .limit(limit)
        .select(Guest::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(guests::property_id.eq_any(ids));
    }
    let GuestFilter { property_id, q, email, tag, is_vip, account_id } = filter;
    if let Some(property_id) = property_id.or(scope.only()) {
        query = query.filter(guests::property_id.eq(property_id));
    }
    if let Some(q) = q {
        let found = merged
            .filter(merged.field(guests::property_id).eq(guests::property_id))
            .filter(merged.field(guests::survivor_id).eq(guests::id))
            .filter(has_words(merged.field(guests::search_text), q));
        query = query.filter(has_words(guests::search_text, q).or(diesel::dsl::exists(found)));
    }
    if let Some(email) = email {
        query = query.filter(guests::email.eq(email));
    }
    if let Some(tag) = tag {
        query = query.filter(guests::tags.contains(vec![Some(tag.to_lowercase())]));
    }
    if let Some(is_vip) = is_vip {
        query = query.filter(guests::is_vip.eq(is_vip));
    }
    if let Some(account_id) = account_id {
        query = query.filter(guests::account_id.eq(account_id));
    }
    if let Some(after) = after {
        query = query.filter(guests::id.lt(after));
    }
    query.load(&mut conn).await
}

/// Profiles of a hotel that have each of some words, newest first, but for some.
pub async fn named(
    mut conn: &Conn,
    property_id: Uuid,
    words: &str,
    without: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<NamedGuest>> {
    guests::table
        .filter(guests::property_id.eq(property_id))
        .filter(guests::merged_into_id.is_null())
        .filter(has_words(guests::search_text, words))
        .filter(guests::id.ne_all(without))
        .order(guests::id.desc())
        .limit(limit)
        .select(NamedGuest::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert_profile(mut conn: &Conn, new: &Guest) -> QueryResult<usize> {
    diesel::insert_into(guests::table).values(new).execute(&mut conn).await
}

/// Changes fields, and counts the version also where none is changed here.
pub async fn update(mut conn: &Conn, row: &Guest, change: GuestChange, now: DateTime<Utc>) -> QueryResult<Guest> {
    diesel::update(guests::table.find((row.property_id, row.id)))
        .set((change, guests::version.eq(guests::version + 1), guests::updated_at.eq(now)))
        .returning(Guest::as_returning())
        .get_result(&mut conn)
        .await
}

/// Removes a profile that nothing refers to, with its documents.
pub async fn delete(mut conn: &Conn, row: &Guest) -> QueryResult<usize> {
    diesel::delete(guests::table.find((row.property_id, row.id))).execute(&mut conn).await
}

/// Maximum number of candidates that are looked at.
const MAX_CANDIDATES: i64 = 200;

/// Profiles that share an address, a number, the name, or a word of it and the date of birth with a profile.
pub async fn duplicates(mut conn: &Conn, guest: &Guest) -> QueryResult<Vec<(Guest, Candidate)>> {
    let candidates = constant_sql(
        "SELECT g.id, coalesce(g.email = me.email, false) AS has_email, coalesce(g.phone_key = me.phone_key, false) AS has_phone,
                g.name_key = me.name_key AS has_name, coalesce(g.birth_date = me.birth_date, false) AS has_birth_date,
                coalesce(g.birth_date <> me.birth_date, false) AS is_born_otherwise
         FROM guests me JOIN guests g ON g.property_id = me.property_id AND g.merged_into_id IS NULL AND g.survivor_id <> me.survivor_id
         WHERE me.property_id = $1 AND me.id = $2
           AND (g.email = me.email OR g.phone_key = me.phone_key OR g.name_key = me.name_key
                OR (g.birth_date = me.birth_date AND string_to_array(g.name_key, ' ') && string_to_array(me.name_key, ' ')))
         ORDER BY has_email DESC, has_phone DESC, has_birth_date DESC, g.id LIMIT $3",
    );
    let candidates = candidates.bind::<SqlUuid, _>(guest.property_id).bind::<SqlUuid, _>(guest.id);
    let candidates: Vec<Candidate> = Cached(candidates.bind::<BigInt, _>(MAX_CANDIDATES)).load(&mut conn).await?;
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id).collect();
    let mut rows: Vec<Guest> = guests::table
        .filter(guests::property_id.eq(guest.property_id))
        .filter(guests::id.eq_any(ids))
        .select(Guest::as_select())
        .load(&mut conn)
        .await?;
    let with_row = |candidate: Candidate| {
        let place = rows.iter().position(|row| row.id == candidate.id)?;
        Some((rows.swap_remove(place), candidate))
    };
    Ok(candidates.into_iter().filter_map(with_row).collect())
}
