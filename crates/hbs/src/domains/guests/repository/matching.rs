//! Persons as typed, matched with profiles: for many at once, each in one statement.
use crate::domains::guests::model::{GuestLink, NewGuest, Person};
use crate::domains::guests::rules::matching::Sighting;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::guests;
use uuid::Uuid;

/// Number of locks that the names of a hotel share, a power of two.
const NAME_LOCKS: i32 = 512;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The profile that stands for another one. A function of the migrations.
    fn survivor_of(
        property_id: diesel::sql_types::Uuid,
        guest_id: Nullable<diesel::sql_types::Uuid>,
    ) -> Nullable<diesel::sql_types::Uuid>;
}

/// Looks for the profile of each person: that of the account, else the one with the address or else the number, and with the
/// same name. A profile that was merged counts where its survivor does not have them.
///
/// What was typed leads to no data of others. So the profile of an account is found by a number only if the account has proved it:
/// else its owner would read what somebody with that name and number books. And an account gets a profile by its proved address
/// alone, not by a number that it typed.
pub async fn look_up(mut conn: &Conn, property_id: Uuid, persons: &[Person<'_>]) -> QueryResult<Vec<Sighting>> {
    let look_up = constant_sql(
        "SELECT name_key(p.full_name) AS key, known.id, known.survivor_id, known.birth_date,
                known.user_id IS NULL AND coalesce(known.email = p.email, false) AS is_unlinked,
                own.user_id IS NOT NULL AS is_own
         FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS p(full_name, email, phone, user_id, place)
         LEFT JOIN LATERAL (
             SELECT g.id, g.survivor_id, g.birth_date, g.user_id, g.email FROM guests g
             WHERE g.property_id = $1 AND g.name_key = name_key(p.full_name)
               AND (g.email = p.email OR g.user_id = p.user_id OR g.phone_key = phone_key(p.phone) AND (g.user_id IS NULL
                    OR EXISTS (SELECT FROM users o WHERE o.id = g.user_id AND o.phone_verified_at IS NOT NULL
                                 AND phone_key(o.phone) = g.phone_key)))
             ORDER BY g.merged_into_id IS NOT NULL, coalesce(g.user_id = p.user_id, false) DESC,
                      coalesce(g.email = p.email, false) DESC, g.id
             LIMIT 1
         ) known ON true
         LEFT JOIN LATERAL (
             SELECT u.id AS user_id FROM users u
             WHERE u.id = p.user_id AND u.email = p.email AND u.email_verified_at IS NOT NULL AND NOT u.is_deleted
               AND NOT EXISTS (SELECT FROM guests g WHERE g.property_id = $1 AND g.user_id = u.id)
         ) own ON true
         ORDER BY p.place",
    );
    let look_up = look_up
        .bind::<SqlUuid, _>(property_id)
        .bind::<Array<Text>, _>(persons.iter().map(|person| person.full_name).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(persons.iter().map(|person| person.email).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(persons.iter().map(|person| person.phone).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(persons.iter().map(|person| person.user_id).collect::<Vec<_>>());
    Cached(look_up).load(&mut conn).await
}

/// Locks the names, and the accounts, of persons at a hotel until the transaction ends, so that two who type the same person
/// at a time make one profile. They share `NAME_LOCKS`, since an import has more names than PostgreSQL can hold locks.
pub async fn lock_names(mut conn: &Conn, property_id: Uuid, persons: &[Person<'_>]) -> QueryResult<()> {
    let lock = constant_sql(
        "SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('guest ' || $1 || ' ' || places.place))
         FROM (SELECT DISTINCT hashtext(person) & $4 AS place FROM (
                   SELECT name_key(full_name) FROM unnest($2) AS full_name
                   UNION SELECT user_id::text FROM unnest($3) AS user_id WHERE user_id IS NOT NULL
               ) AS persons (person) ORDER BY 1) places",
    );
    let lock = lock
        .bind::<Text, _>(property_id.to_string())
        .bind::<Array<Text>, _>(persons.iter().map(|person| person.full_name).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(persons.iter().map(|person| person.user_id).collect::<Vec<_>>())
        .bind::<Integer, _>(NAME_LOCKS - 1);
    Cached(lock).execute(&mut conn).await.map(drop)
}

/// Writes new profiles: one statement, whatever their number. `made_for` is the booking that they are made for, if one is.
pub async fn insert(
    mut conn: &Conn,
    property_id: Uuid,
    new: &[NewGuest],
    made_for: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if new.is_empty() {
        return Ok(0);
    }
    let insert = constant_sql(
        "INSERT INTO guests (property_id, id, survivor_id, full_name, email, phone, locale, birth_date, nationality, user_id,
                             made_for_booking_id, created_at, updated_at)
         SELECT $1, new.id, new.id, new.full_name, new.email, new.phone, new.locale, new.birth_date, new.nationality,
                new.user_id, $11, $10, $10
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9)
             AS new(id, full_name, email, phone, locale, birth_date, nationality, user_id)",
    );
    let text = |of: fn(&NewGuest) -> Option<&str>| new.iter().map(of).collect::<Vec<_>>();
    let insert = insert
        .bind::<SqlUuid, _>(property_id)
        .bind::<Array<SqlUuid>, _>(new.iter().map(|guest| guest.id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(new.iter().map(|guest| guest.full_name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(text(|guest| guest.email.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(text(|guest| guest.phone.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(text(|guest| guest.locale.as_ref().map(|locale| locale.as_str())))
        .bind::<Array<Nullable<Date>>, _>(new.iter().map(|guest| guest.birth_date).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(text(|guest| guest.nationality.as_deref()))
        .bind::<Array<Nullable<SqlUuid>>, _>(new.iter().map(|guest| guest.user_id).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<SqlUuid>, _>(made_for);
    Cached(insert).execute(&mut conn).await
}

/// Gives profiles to the accounts that they turn out to be of.
pub async fn link(mut conn: &Conn, links: &[GuestLink], now: DateTime<Utc>) -> QueryResult<()> {
    for GuestLink { property_id, id, user_id } in links {
        let row = guests::table.find((*property_id, *id)).filter(guests::user_id.is_null());
        let set = (guests::user_id.eq(*user_id), guests::version.eq(guests::version + 1), guests::updated_at.eq(now));
        Cached(diesel::update(row).set(set)).execute(&mut conn).await?;
    }
    Ok(())
}
