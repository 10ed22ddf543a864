//! Who a person is: their account, guest profiles and bookings, locked, and what stands in the way of erasing them.
use crate::domains::privacy::model::erasure::{ErasedUser, ObstacleKind, Person};
use crate::stores::postgres::{Conn, RunQueryDsl, constant_sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// A row of a hotel.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct AtHotel {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
}

/// An account that was not erased yet, locked against whatever would refer to it.
pub async fn lock_user(mut conn: &Conn, id: Uuid) -> QueryResult<Option<ErasedUser>> {
    constant_sql(
        "SELECT email, email_verified_at IS NOT NULL AS is_email_verified, locale, is_deleted FROM users \
         WHERE id = $1 AND erased_at IS NULL FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id)
    .get_result(&mut conn)
    .await
    .optional()
}

/// The bookings of an account, and those that belong to none and were made for its profiles or with its proved address. One
/// that was made with another address than the profile has is its contact's, whichever way it came to the profile.
pub async fn bookings_of_user(
    mut conn: &Conn,
    user_id: Uuid,
    profiles: &[AtHotel],
    address: Option<&str>,
) -> QueryResult<Vec<AtHotel>> {
    constant_sql(
        "SELECT property_id, id FROM bookings WHERE user_id = $1 AND erased_at IS NULL \
         UNION SELECT b.property_id, b.id FROM bookings AS b \
             JOIN guests AS g ON g.property_id = b.property_id AND g.id = b.guest_id \
             WHERE b.property_id = ANY ($2) AND b.guest_id = ANY ($3) AND b.user_id IS NULL AND b.erased_at IS NULL \
                 AND (b.contact_email IS NULL OR b.contact_email = g.email) \
         UNION SELECT property_id, id FROM bookings WHERE contact_email = $4 AND user_id IS NULL AND erased_at IS NULL",
    )
    .bind::<SqlUuid, _>(user_id)
    .bind::<Array<SqlUuid>, _>(hotels_of(profiles))
    .bind::<Array<SqlUuid>, _>(ids_of(profiles))
    .bind::<Nullable<Text>, _>(address)
    .load(&mut conn)
    .await
}

fn hotels_of(rows: &[AtHotel]) -> Vec<Uuid> {
    rows.iter().map(|row| row.property_id).collect()
}

fn ids_of(rows: &[AtHotel]) -> Vec<Uuid> {
    rows.iter().map(|row| row.id).collect()
}

/// The bookings without an account that have an address as their contact, at one hotel.
pub async fn bookings_of_address(mut conn: &Conn, email: &str, property_id: Uuid) -> QueryResult<Vec<AtHotel>> {
    constant_sql(
        "SELECT property_id, id FROM bookings WHERE contact_email = $1 AND user_id IS NULL AND erased_at IS NULL \
             AND property_id = $2",
    )
    .bind::<Text, _>(email)
    .bind::<SqlUuid, _>(property_id)
    .load(&mut conn)
    .await
}

/// The bookings that were made for some guest profiles of a hotel.
pub async fn bookings_of_guests(mut conn: &Conn, property_id: Uuid, guests: &[Uuid]) -> QueryResult<Vec<AtHotel>> {
    constant_sql("SELECT property_id, id FROM bookings WHERE property_id = $1 AND guest_id = ANY ($2) AND erased_at IS NULL")
        .bind::<SqlUuid, _>(property_id)
        .bind::<Array<SqlUuid>, _>(guests)
        .load(&mut conn)
        .await
}

/// The guest profiles of a person, with those that were merged: those of the account, and those that these bookings have brought
/// and to which nothing else refers. A booking has brought the profiles that were made for it, that with the address, and those
/// that have neither address nor number, since nobody is found by the name alone. One that was merely found by what somebody
/// typed is the hotel's to erase. Profiles of other accounts are none of them, whatever they were merged with.
pub async fn guests_of(
    mut conn: &Conn,
    user_id: Option<Uuid>,
    bookings: &[AtHotel],
    address: Option<&str>,
) -> QueryResult<Vec<AtHotel>> {
    constant_sql(
        "WITH told AS ( \
             SELECT property_id, guest_id FROM bookings WHERE property_id = ANY ($3) AND id = ANY ($2) \
             UNION SELECT property_id, guest_id FROM stays WHERE property_id = ANY ($3) AND booking_id = ANY ($2) \
             UNION SELECT r.property_id, r.guest_id FROM stays AS s \
             JOIN stay_guests AS r ON r.property_id = s.property_id AND r.stay_id = s.id \
             WHERE s.property_id = ANY ($3) AND s.booking_id = ANY ($2) \
         ), found AS ( \
             SELECT property_id, survivor_id FROM guests WHERE user_id = $1 \
             UNION \
             SELECT g.property_id, g.survivor_id FROM told \
             JOIN guests AS g ON g.property_id = told.property_id AND g.id = told.guest_id \
             WHERE (g.user_id IS NULL OR g.user_id = $1) AND g.erased_at IS NULL \
                 AND (g.made_for_booking_id = ANY ($2) OR lower(g.email) = lower($4) OR num_nonnulls(g.email, g.phone) = 0) \
                 AND NOT EXISTS ( \
                 SELECT FROM guests AS me CROSS JOIN LATERAL ( \
                     SELECT id FROM bookings WHERE property_id = me.property_id AND guest_id = me.id AND erased_at IS NULL \
                     UNION ALL SELECT booking_id FROM stays WHERE property_id = me.property_id AND guest_id = me.id \
                     UNION ALL SELECT s.booking_id FROM stay_guests AS r \
                     JOIN stays AS s ON s.property_id = r.property_id AND s.id = r.stay_id \
                     WHERE r.property_id = me.property_id AND r.guest_id = me.id \
                     UNION ALL SELECT t.id FROM groups AS t WHERE t.property_id = me.property_id AND t.guest_id = me.id \
                         AND NOT coalesce(lower(t.contact_email) = lower($4), false)) AS other \
                 WHERE me.property_id = g.property_id AND me.survivor_id = g.survivor_id AND other.id <> ALL ($2)) \
         ) \
         SELECT g.property_id, g.id FROM guests AS g \
         JOIN found ON found.property_id = g.property_id AND found.survivor_id = g.survivor_id \
         WHERE g.erased_at IS NULL AND (g.user_id IS NULL OR g.user_id = $1)",
    )
    .bind::<Nullable<SqlUuid>, _>(user_id)
    .bind::<Array<SqlUuid>, _>(ids_of(bookings))
    .bind::<Array<SqlUuid>, _>(hotels_of(bookings))
    .bind::<Nullable<Text>, _>(address)
    .load(&mut conn)
    .await
}

/// A guest profile with all that were merged with it. None if it was erased.
pub async fn guest_with_merged(mut conn: &Conn, id: Uuid) -> QueryResult<Vec<AtHotel>> {
    constant_sql(
        "SELECT g.property_id, g.id FROM guests AS g JOIN guests AS one ON one.property_id = g.property_id \
             AND one.survivor_id = g.survivor_id \
         WHERE one.id = $1 AND one.erased_at IS NULL AND g.erased_at IS NULL",
    )
    .bind::<SqlUuid, _>(id)
    .load(&mut conn)
    .await
}

/// A booking that belongs to no account: its hotel and the address of its contact.
#[derive(Debug, QueryableByName)]
pub struct Contact {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub contact_email: Option<String>,
}

pub async fn contact(mut conn: &Conn, booking_id: Uuid) -> QueryResult<Option<Contact>> {
    constant_sql("SELECT property_id, contact_email FROM bookings WHERE id = $1 AND user_id IS NULL AND erased_at IS NULL")
        .bind::<SqlUuid, _>(booking_id)
        .get_result(&mut conn)
        .await
        .optional()
}

/// Rows of the ids that there are, for an erasure that is repeated.
pub async fn there(mut conn: &Conn, table: Listed, ids: &[Uuid]) -> QueryResult<Vec<AtHotel>> {
    let sql = match table {
        Listed::Guests => "SELECT property_id, id FROM guests WHERE id = ANY ($1)",
        Listed::Bookings => "SELECT property_id, id FROM bookings WHERE id = ANY ($1)",
    };
    constant_sql(sql).bind::<Array<SqlUuid>, _>(ids).load(&mut conn).await
}

/// Table of which an erasure lists ids.
#[derive(Debug, Clone, Copy)]
pub enum Listed {
    Guests,
    Bookings,
}

/// Locks the profiles, the bookings and the folios of a person against all who write to them or refer to them.
pub async fn lock(conn: &Conn, person: &Person) -> QueryResult<()> {
    let Person { hotels, guests, bookings, .. } = person;
    for (sql, ids) in [
        ("SELECT property_id, id FROM guests WHERE property_id = ANY ($1) AND id = ANY ($2) ORDER BY id FOR UPDATE", guests),
        ("SELECT property_id, id FROM bookings WHERE property_id = ANY ($1) AND id = ANY ($2) ORDER BY id FOR UPDATE", bookings),
        (
            "SELECT property_id, id FROM folios WHERE property_id = ANY ($1) AND booking_id = ANY ($2) ORDER BY id FOR UPDATE",
            bookings,
        ),
    ] {
        lock_rows(conn, sql, hotels, ids).await?;
    }
    Ok(())
}

async fn lock_rows(mut conn: &Conn, sql: &'static str, hotels: &[Uuid], ids: &[Uuid]) -> QueryResult<usize> {
    constant_sql(sql).bind::<Array<SqlUuid>, _>(hotels).bind::<Array<SqlUuid>, _>(ids).execute(&mut conn).await
}

/// The names, addresses and phone numbers of a person, in lower case. What is shorter than four letters is in too many texts to say
/// who is meant.
pub async fn words(mut conn: &Conn, person: &Person) -> QueryResult<Vec<String>> {
    let rows: Vec<Word> = constant_sql(
        "SELECT DISTINCT lower(word) AS word FROM ( \
             SELECT unnest(ARRAY[full_name, email, phone]) AS word FROM users WHERE id = ANY ($1) \
             UNION ALL SELECT unnest(ARRAY[full_name, email, phone]) FROM guests WHERE property_id = ANY ($4) AND id = ANY ($2) \
             UNION ALL SELECT unnest(ARRAY[contact_name, contact_email, contact_phone]) FROM bookings \
                 WHERE property_id = ANY ($4) AND id = ANY ($3)) AS said \
         WHERE length(word) >= 4 AND word NOT LIKE '[erased]%'",
    )
    .bind::<Array<SqlUuid>, _>(&person.users)
    .bind::<Array<SqlUuid>, _>(&person.guests)
    .bind::<Array<SqlUuid>, _>(&person.bookings)
    .bind::<Array<SqlUuid>, _>(&person.hotels)
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}

/// The language in which somebody without an account booked last.
pub async fn locale_of_bookings(mut conn: &Conn, person: &Person) -> QueryResult<Option<String>> {
    let row: Option<Word> = constant_sql(
        "SELECT locale AS word FROM bookings WHERE property_id = ANY ($1) AND id = ANY ($2) AND locale IS NOT NULL \
         ORDER BY id DESC LIMIT 1",
    )
    .bind::<Array<SqlUuid>, _>(&person.hotels)
    .bind::<Array<SqlUuid>, _>(&person.bookings)
    .get_result(&mut conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.word))
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct InTheWay {
    #[diesel(sql_type = Text)]
    kind: ObstacleKind,
    #[diesel(sql_type = SqlUuid)]
    booking_id: Uuid,
}

/// What stands in the way at the hotels: kinds of obstacles, each with a booking.
pub async fn in_the_way(mut conn: &Conn, person: &Person) -> QueryResult<Vec<(ObstacleKind, Uuid)>> {
    let rows: Vec<InTheWay> = constant_sql(
        "SELECT DISTINCT kind, booking_id FROM ( \
             SELECT 'stays' AS kind, booking_id FROM stays WHERE property_id = ANY ($1) \
                 AND (booking_id = ANY ($2) OR guest_id = ANY ($3)) AND status IN ('held', 'confirmed', 'checked_in') \
             UNION ALL SELECT 'balance', booking_id FROM folios WHERE property_id = ANY ($1) AND booking_id = ANY ($2) \
                 AND balance_minor <> 0 \
             UNION ALL SELECT CASE WHEN dispute = 'open' THEN 'dispute' ELSE 'payment' END, booking_id FROM payments \
                 WHERE property_id = ANY ($1) AND booking_id = ANY ($2) \
                 AND (dispute = 'open' OR status IN ('pending', 'requires_action', 'authorized', 'unknown')) \
             UNION ALL SELECT 'refund', p.booking_id FROM refunds AS r \
                 JOIN payments AS p ON p.property_id = r.property_id AND p.id = r.payment_id \
                 WHERE p.property_id = ANY ($1) AND p.booking_id = ANY ($2) \
                 AND r.status IN ('requested', 'approved', 'processing')) AS found \
         ORDER BY kind, booking_id",
    )
    .bind::<Array<SqlUuid>, _>(&person.hotels)
    .bind::<Array<SqlUuid>, _>(&person.bookings)
    .bind::<Array<SqlUuid>, _>(&person.guests)
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.booking_id)).collect())
}

/// Returns `true` if an account has roles.
pub async fn has_roles(mut conn: &Conn, user_id: Uuid) -> QueryResult<bool> {
    let row: Answered = constant_sql("SELECT EXISTS (SELECT FROM role_assignments WHERE user_id = $1) AS is_so")
        .bind::<SqlUuid, _>(user_id)
        .get_result(&mut conn)
        .await?;
    Ok(row.is_so)
}

#[derive(QueryableByName)]
struct Answered {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}
