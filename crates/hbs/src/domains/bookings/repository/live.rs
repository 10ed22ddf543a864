//! Bookings to come that a guest has made, by account and by mailbox.
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// What a guest has of a hotel: bookings to come and their nights, counted by room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Live {
    #[diesel(sql_type = BigInt)]
    pub bookings_of_account: i64,
    #[diesel(sql_type = BigInt)]
    pub nights_of_account: i64,
    #[diesel(sql_type = BigInt)]
    pub bookings_of_mailbox: i64,
    #[diesel(sql_type = BigInt)]
    pub nights_of_mailbox: i64,
}

/// Locks a mailbox at a hotel while what is booked for it is counted, by whichever accounts.
pub async fn lock_mailbox(mut conn: &Conn, property_id: Uuid, address: Option<&str>) -> QueryResult<()> {
    let Some(address) = address else { return Ok(()) };
    let lock = constant_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext($1 || mailbox_of($2)))");
    let lock = lock.bind::<Text, _>(property_id.to_string()).bind::<Text, _>(address);
    Cached(lock).execute(&mut conn).await.map(drop)
}

/// Counts what guests have booked for an account and for a mailbox, but for one booking. What staff booked is not theirs.
pub async fn live(
    mut conn: &Conn,
    property_id: Uuid,
    user_id: Option<Uuid>,
    address: Option<&str>,
    but: Option<Uuid>,
    today: NaiveDate,
) -> QueryResult<Live> {
    let count = constant_sql(
        "SELECT count(*) FILTER (WHERE of_account) AS bookings_of_account,
                coalesce(sum(nights) FILTER (WHERE of_account), 0)::bigint AS nights_of_account,
                count(*) FILTER (WHERE of_mailbox) AS bookings_of_mailbox,
                coalesce(sum(nights) FILTER (WHERE of_mailbox), 0)::bigint AS nights_of_mailbox
         FROM (SELECT coalesce(b.user_id = $2, false) AS of_account, mailbox_of(b.contact_email) = mailbox_of($3) AS of_mailbox,
                      (SELECT sum(s.check_out - s.check_in) FROM stays s
                       WHERE s.property_id = b.property_id AND s.booking_id = b.id
                         AND s.status IN ('held', 'confirmed', 'checked_in')) AS nights
               FROM bookings b
               WHERE b.property_id = $1 AND b.status IN ('held', 'confirmed', 'checked_in')
                 AND (b.user_id = $2 OR mailbox_of(b.contact_email) = mailbox_of($3))
                 AND b.created_by_key IS NULL AND (b.created_by IS NULL OR b.created_by = b.user_id)
                 AND b.check_out >= $4 AND b.id IS DISTINCT FROM $5) live",
    );
    let count = count.bind::<SqlUuid, _>(property_id).bind::<Nullable<SqlUuid>, _>(user_id).bind::<Nullable<Text>, _>(address);
    Cached(count.bind::<Date, _>(today).bind::<Nullable<SqlUuid>, _>(but)).get_result(&mut conn).await
}
