//! Codes of offers.
use crate::domains::offers::model::{CodeRow, OfferCode};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use hbs_schema::{offer_codes, offers};
use uuid::Uuid;

/// A code of a hotel by what codes are compared by, with whether its offer is archived.
pub async fn find(mut conn: &Conn, property_id: Uuid, key: &str) -> QueryResult<Option<(OfferCode, bool)>> {
    offer_codes::table
        .inner_join(offers::table.on(offers::property_id.eq(offer_codes::property_id).and(offers::id.eq(offer_codes::offer_id))))
        .filter(offer_codes::property_id.eq(property_id))
        .filter(offer_codes::code_key.eq(key))
        .select((OfferCode::as_select(), offers::is_archived))
        .first(&mut conn)
        .await
        .optional()
}

/// The codes of some hotels that are compared by the same, each once.
pub async fn find_at(mut conn: &Conn, properties: &[Uuid], key: &str) -> QueryResult<Vec<OfferCode>> {
    offer_codes::table
        .filter(offer_codes::property_id.eq_any(properties))
        .filter(offer_codes::code_key.eq(key))
        .select(OfferCode::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, codes: &[OfferCode]) -> QueryResult<usize> {
    diesel::insert_into(offer_codes::table).values(codes).execute(&mut conn).await
}

/// Adds codes, those left out that are there already or look like one. Returns how many were added.
pub async fn insert_new(mut conn: &Conn, codes: &[OfferCode]) -> QueryResult<usize> {
    diesel::insert_into(offer_codes::table).values(codes).on_conflict_do_nothing().execute(&mut conn).await
}

/// Writes the one code of an offer anew.
pub async fn rename(mut conn: &Conn, code: &OfferCode, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(offer_codes::table.find((code.property_id, code.id)))
        .set((offer_codes::code.eq(&code.code), offer_codes::code_key.eq(&code.code_key), offer_codes::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn count(mut conn: &Conn, property_id: Uuid, offer_id: Uuid) -> QueryResult<i64> {
    let own = offer_codes::table.filter(offer_codes::property_id.eq(property_id)).filter(offer_codes::offer_id.eq(offer_id));
    own.count().get_result(&mut conn).await
}

/// The codes of an offer, oldest first, each with the booking that it was used for.
pub async fn list(
    mut conn: &Conn,
    property_id: Uuid,
    offer_id: Uuid,
    batch_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<CodeRow>> {
    let statement = constant_sql(
        "SELECT c.id, c.code, c.batch_id, c.created_at, \
                (SELECT r.booking_id FROM offer_redemptions r \
                 WHERE r.property_id = c.property_id AND r.code_id = c.id AND r.is_single_use AND r.is_live) AS booking_id \
         FROM offer_codes c \
         WHERE c.property_id = $1 AND c.offer_id = $2 AND ($3::uuid IS NULL OR c.batch_id = $3) AND ($4::uuid IS NULL OR c.id > $4) \
         ORDER BY c.id LIMIT $5",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(offer_id).bind::<Nullable<SqlUuid>, _>(batch_id);
    Cached(statement.bind::<Nullable<SqlUuid>, _>(after).bind::<BigInt, _>(limit)).load(&mut conn).await
}
