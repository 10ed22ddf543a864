//! Redemptions: what was sold with offers, and what is counted.
use crate::domains::offers::model::{ByNight, Counter, HeldOffer, HeldRow, OfferTerms, Person, Redeemed, Redemption, StayOffer};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use futures_util::try_join;
use hbs_schema::{offer_redemptions, stay_offers};
use uuid::Uuid;

/// Locks the counters of offers in the order of their ids, and says what is counted of each: for a person, and of a code. One
/// round trip: what is counted is read after the lock.
pub async fn counters(
    conn: &Conn,
    property_id: Uuid,
    offer_ids: &[Uuid],
    person: Person<'_>,
    code_id: Option<Uuid>,
) -> QueryResult<Vec<Counter>> {
    let ((), counters) =
        try_join!(lock_counters(conn, property_id, offer_ids), read_counters(conn, property_id, offer_ids, person, code_id))?;
    Ok(counters)
}

/// Locks the counters of offers, in the order of their ids.
pub async fn lock_counters(mut conn: &Conn, property_id: Uuid, offer_ids: &[Uuid]) -> QueryResult<()> {
    let lock = constant_sql(
        "SELECT FROM offer_counters WHERE property_id = $1 AND offer_id = ANY ($2) ORDER BY offer_id FOR NO KEY UPDATE",
    );
    Cached(lock.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(offer_ids)).execute(&mut conn).await.map(drop)
}

/// Counts of offers, for a person and of a code, without a lock: for prices that are only told.
pub async fn read_counters(
    mut conn: &Conn,
    property_id: Uuid,
    offer_ids: &[Uuid],
    person: Person<'_>,
    code_id: Option<Uuid>,
) -> QueryResult<Vec<Counter>> {
    let statement = constant_sql(
        "WITH own (id) AS ( \
             SELECT profiles_of($1, $6, $3, mailbox_of($4), CASE WHEN $4 IS NULL THEN phone_key($7) END)) \
         SELECT c.offer_id, c.used, c.spent_minor, c.day, c.used_on_day, \
                (SELECT count(*) FROM offer_redemptions r \
                 WHERE r.property_id = c.property_id AND r.offer_id = c.offer_id AND r.is_live \
                   AND (r.user_id = $3 OR r.mailbox = mailbox_of($4) OR r.guest_id IN (SELECT id FROM own))) AS of_guest, \
                (o.first_booking_only AND EXISTS (SELECT FROM bookings b \
                 WHERE b.property_id = c.property_id AND b.status NOT IN ('cancelled', 'expired') \
                   AND (b.user_id = $3 OR mailbox_of(b.contact_email) = mailbox_of($4) \
                        OR b.guest_id IN (SELECT id FROM own)))) AS is_known, \
                EXISTS (SELECT FROM offer_redemptions r \
                 WHERE r.property_id = c.property_id AND r.code_id = $5 AND r.is_single_use AND r.is_live) AS code_is_used \
         FROM offer_counters c JOIN offers o ON o.property_id = c.property_id AND o.id = c.offer_id \
         WHERE c.property_id = $1 AND c.offer_id = ANY ($2)",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(offer_ids);
    let statement = statement.bind::<Nullable<SqlUuid>, _>(person.user_id).bind::<Nullable<Text>, _>(person.email);
    let statement = statement.bind::<Nullable<SqlUuid>, _>(code_id);
    let statement = statement.bind::<Nullable<SqlUuid>, _>(person.guest_id).bind::<Nullable<Text>, _>(person.phone);
    Cached(statement).load(&mut conn).await
}

/// Writes bookings with offers, and the offers of their stays. No statement where there are none.
pub async fn insert(conn: &Conn, redeemed: &[Redeemed<'_>], of_stays: &[StayOffer]) -> QueryResult<()> {
    if redeemed.is_empty() {
        return Ok(());
    }
    let ((), _) = try_join!(insert_redemptions(conn, redeemed), insert_of_stays(conn, of_stays))?;
    Ok(())
}

/// One statement, in the order of the offers, in which their counters are locked. What a booking has already comes to more.
async fn insert_redemptions(mut conn: &Conn, redeemed: &[Redeemed<'_>]) -> QueryResult<()> {
    let Some(Redeemed { property_id, booking_id, person, sold_on, now, .. }) = redeemed.first() else { return Ok(()) };
    let code = |row: &Redeemed<'_>| row.offer.code.as_ref().map(|code| code.id);
    let is_single_use = |row: &Redeemed<'_>| row.offer.code.as_ref().is_some_and(|code| code.is_single_use);
    let offers: Vec<Uuid> = redeemed.iter().map(|row| row.offer.offer_id).collect();
    let codes: Vec<Option<Uuid>> = redeemed.iter().map(code).collect();
    let single: Vec<bool> = redeemed.iter().map(is_single_use).collect();
    let off: Vec<i64> = redeemed.iter().map(|row| row.discount_minor).collect();
    let statement = constant_sql(
        "INSERT INTO offer_redemptions (property_id, booking_id, offer_id, code_id, is_single_use, discount_minor, user_id, mailbox, \
             sold_on, created_at, updated_at, guest_id) \
         SELECT $1, $2, sold.offer_id, sold.code_id, sold.is_single_use, sold.discount_minor, $3, mailbox_of($4), $5, $6, $6, $11 \
         FROM unnest($7::uuid[], $8::uuid[], $9::boolean[], $10::bigint[]) AS sold (offer_id, code_id, is_single_use, discount_minor) \
         ORDER BY sold.offer_id \
         ON CONFLICT (property_id, booking_id, offer_id) DO UPDATE SET \
             discount_minor = offer_redemptions.discount_minor + EXCLUDED.discount_minor, is_live = true, updated_at = EXCLUDED.updated_at",
    );
    let statement = statement.bind::<SqlUuid, _>(*property_id).bind::<SqlUuid, _>(*booking_id);
    let statement = statement.bind::<Nullable<SqlUuid>, _>(person.user_id).bind::<Nullable<Text>, _>(person.email);
    let statement = statement.bind::<Date, _>(*sold_on).bind::<Timestamptz, _>(*now).bind::<Array<SqlUuid>, _>(offers);
    let statement = statement.bind::<Array<Nullable<SqlUuid>>, _>(codes).bind::<Array<Bool>, _>(single);
    let statement = statement.bind::<Array<BigInt>, _>(off).bind::<Nullable<SqlUuid>, _>(person.guest_id);
    Cached(statement).execute(&mut conn).await.map(drop)
}

async fn insert_of_stays(mut conn: &Conn, of_stays: &[StayOffer]) -> QueryResult<usize> {
    diesel::insert_into(stay_offers::table).values(of_stays).execute(&mut conn).await
}

/// The offers that the stays of a booking were sold with, in the order in which they were taken off.
pub async fn held(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<HeldOffer>> {
    let rows: Vec<HeldRow> = stay_offers::table
        .filter(stay_offers::property_id.eq(property_id))
        .filter(stay_offers::booking_id.eq(booking_id))
        .order((stay_offers::stay_id, stay_offers::position))
        .select(HeldRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(read_held).collect()
}

fn read_held(row: HeldRow) -> QueryResult<HeldOffer> {
    let HeldRow { property_id, booking_id, stay_id, offer_id, position, name, code, terms, nights, discount_minor, lost_on } =
        row;
    let wrong = |error: serde_json::Error| diesel::result::Error::DeserializationError(Box::new(error));
    let terms: OfferTerms = serde_json::from_value(terms).map_err(wrong)?;
    let nights: ByNight = serde_json::from_value(nights).map_err(wrong)?;
    Ok(HeldOffer { property_id, booking_id, stay_id, offer_id, position, name, code, terms, nights, discount_minor, lost_on })
}

/// The redemptions of a booking.
pub async fn of_booking(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<Redemption>> {
    offer_redemptions::table
        .filter(offer_redemptions::property_id.eq(property_id))
        .filter(offer_redemptions::booking_id.eq(booking_id))
        .order(offer_redemptions::offer_id)
        .select(Redemption::as_select())
        .load(&mut conn)
        .await
}

/// Writes redemptions of a booking as they are to be, in the order of the offers.
pub async fn set(
    mut conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    wanted: &[Redemption],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    for Redemption { offer_id, discount_minor, is_live } in wanted {
        diesel::update(offer_redemptions::table.find((property_id, booking_id, *offer_id)))
            .set((
                offer_redemptions::is_live.eq(*is_live),
                offer_redemptions::discount_minor.eq(*discount_minor),
                offer_redemptions::updated_at.eq(now),
            ))
            .execute(&mut conn)
            .await?;
    }
    Ok(())
}

/// Writes what is taken off a stay by an offer that it has.
pub async fn amend(mut conn: &Conn, held: &HeldOffer, nights: &ByNight, now: DateTime<Utc>) -> QueryResult<usize> {
    let nights_json = serde_json::to_value(nights).unwrap_or_default();
    diesel::update(stay_offers::table.find((held.property_id, held.stay_id, held.offer_id)))
        .set((
            stay_offers::nights.eq(nights_json),
            stay_offers::discount_minor.eq(nights.values().sum::<i64>()),
            stay_offers::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Notes that a stay has an offer no more.
pub async fn lose(mut conn: &Conn, held: &HeldOffer, on: NaiveDate, nights: &ByNight, now: DateTime<Utc>) -> QueryResult<usize> {
    amend(conn, held, nights, now).await?;
    diesel::update(stay_offers::table.find((held.property_id, held.stay_id, held.offer_id)))
        .set((stay_offers::lost_on.eq(on), stay_offers::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Divides the offers of a stay that is split at a night: of the nights from it on, the second stay has them.
pub async fn split(
    conn: &Conn,
    of_booking: &[HeldOffer],
    stays: (Uuid, Uuid),
    night: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let mut rows = Vec::new();
    for held in of_booking.iter().filter(|held| held.stay_id == stays.0 && held.lost_on.is_none()) {
        let nights = held.nights.iter().map(|(date, off)| (*date, *off));
        let (first, second): (ByNight, ByNight) = nights.partition(|(date, _)| *date < night);
        amend(conn, held, &first, now).await?;
        rows.push(StayOffer {
            property_id: held.property_id,
            stay_id: stays.1,
            offer_id: held.offer_id,
            booking_id: held.booking_id,
            position: held.position,
            name: held.name.clone(),
            code: held.code.clone(),
            terms: serde_json::to_value(&held.terms).unwrap_or_default(),
            nights: serde_json::to_value(&second).unwrap_or_default(),
            discount_minor: second.values().sum(),
            created_at: now,
            updated_at: now,
        });
    }
    if !rows.is_empty() {
        insert_of_stays(conn, &rows).await?;
    }
    Ok(())
}
