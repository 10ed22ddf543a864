//! Bookings of guests without an account.
use crate::domains::bookings::model::Booking;
use crate::domains::stays::Status;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{bookings, users};
use uuid::Uuid;

/// Notes that the address is the contact's, unless that is known or somebody else has changed the booking since it was read.
pub async fn prove_contact(mut conn: &Conn, booking: &Booking, now: DateTime<Utc>) -> QueryResult<Option<Booking>> {
    diesel::update(bookings::table.find((booking.property_id, booking.id)))
        .filter(bookings::version.eq(booking.version))
        .filter(bookings::contact_proved_at.is_null())
        .set((bookings::contact_proved_at.eq(now), bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .returning(Booking::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Finds a booking by its reference and the address of its contact.
pub async fn find_by_address(mut conn: &Conn, reference: &str, email: &str) -> QueryResult<Option<Booking>> {
    bookings::table
        .filter(bookings::reference.eq(reference))
        .filter(bookings::contact_email.eq(email))
        .select(Booking::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Holds for a mailbox of guests without an account.
pub async fn live_holds_of_mailbox(mut conn: &Conn, property_id: Uuid, address: &str, now: DateTime<Utc>) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = BigInt)]
        held: i64,
    }
    let count = constant_sql(
        "SELECT count(*) AS held FROM bookings
         WHERE property_id = $1 AND mailbox_of(contact_email) = mailbox_of($2) AND user_id IS NULL
           AND status IN ('held', 'confirmed', 'checked_in') AND status = 'held' AND hold_expires_at > $3
           AND created_by IS NULL AND created_by_key IS NULL",
    );
    let count = count.bind::<SqlUuid, _>(property_id).bind::<Text, _>(address).bind::<Timestamptz, _>(now);
    Ok(Cached(count).get_result::<Held>(&mut conn).await?.held)
}

/// Locks a user and returns the address, with whether they have proved it.
pub async fn lock_address(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<(String, bool)>> {
    users::table
        .find(user_id)
        .filter(not(users::is_deleted))
        .select((users::email, users::email_verified_at.is_not_null()))
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Locks the bookings of an address that no account has, but for those of other channels, in the order of their ids.
pub async fn lock_unclaimed(mut conn: &Conn, email: &str, limit: i64) -> QueryResult<Vec<Booking>> {
    bookings::table
        .filter(bookings::contact_email.eq(email))
        .filter(bookings::user_id.is_null())
        .filter(bookings::external_reference.is_null())
        .order(bookings::id)
        .limit(limit)
        .select(Booking::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Gives bookings, which are locked, to an account.
pub async fn claim(mut conn: &Conn, bookings: &[Booking], user_id: Uuid, now: DateTime<Utc>) -> QueryResult<Vec<Booking>> {
    let ids: Vec<Uuid> = bookings.iter().map(|booking| booking.id).collect();
    let mut claimed: Vec<Booking> = diesel::update(bookings::table.filter(bookings::id.eq_any(ids)))
        .set((bookings::user_id.eq(user_id), bookings::version.eq(bookings::version + 1), bookings::updated_at.eq(now)))
        .returning(Booking::as_returning())
        .get_results(&mut conn)
        .await?;
    claimed.sort_by_key(|booking| booking.id);
    Ok(claimed)
}

/// Holds that waited only for their guest to prove an address, which has been proved.
pub async fn proved_meanwhile(mut conn: &Conn, limit: i64) -> QueryResult<Vec<Booking>> {
    bookings::table
        .left_join(users::table.on(bookings::user_id.eq(users::id.nullable())))
        .filter(bookings::awaits_proof)
        .filter(not(bookings::awaits_payment))
        .filter(bookings::status.eq(Status::Held))
        .filter(users::email_verified_at.is_not_null().or(bookings::contact_proved_at.is_not_null()))
        .order(bookings::id)
        .limit(limit)
        .select(Booking::as_select())
        .load(&mut conn)
        .await
}
