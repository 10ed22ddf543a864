use super::model::{Card, CardStatus, RegistrationCardId, Signature, Terms};
use crate::forgetting::{Due, DueRow, Past};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Uuid as SqlUuid};
use hbs_schema::{registration_cards, registration_terms, stays};
use uuid::Uuid;

/// Locks a stay against other cards of it. Whoever changes the stay waits, too.
pub async fn lock_stay(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Option<Uuid>> {
    stays::table.find((property_id, stay_id)).select(stays::id).for_no_key_update().first(&mut conn).await.optional()
}

/// A card within the scope.
pub async fn find(mut conn: &Conn, scope: &Scope, id: RegistrationCardId) -> QueryResult<Option<Card>> {
    registration_cards::table
        .filter(registration_cards::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(registration_cards::property_id.eq_any(scope.ids())))
        .select(Card::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A card, read again by whoever has locked its stay. None: it was forgotten meanwhile.
pub async fn again(mut conn: &Conn, card: &Card) -> QueryResult<Option<Card>> {
    registration_cards::table.find((card.property_id, card.id)).select(Card::as_select()).first(&mut conn).await.optional()
}

/// The cards of a stay, the newest first.
pub async fn of_stay(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<Vec<Card>> {
    registration_cards::table
        .filter(registration_cards::property_id.eq(property_id))
        .filter(registration_cards::stay_id.eq(stay_id))
        .order(registration_cards::id.desc())
        .select(Card::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(mut conn: &Conn, card: &Card) -> QueryResult<usize> {
    diesel::insert_into(registration_cards::table).values(card).execute(&mut conn).await
}

/// Makes the open card of a stay void, if there is one.
pub async fn void_open(mut conn: &Conn, property_id: Uuid, stay_id: Uuid, now: DateTime<Utc>) -> QueryResult<Vec<Card>> {
    let open = registration_cards::table
        .filter(registration_cards::property_id.eq(property_id))
        .filter(registration_cards::stay_id.eq(stay_id))
        .filter(registration_cards::status.eq(CardStatus::Open));
    diesel::update(open)
        .set((
            registration_cards::status.eq(CardStatus::Void),
            registration_cards::version.eq(registration_cards::version + 1),
            registration_cards::updated_at.eq(now),
        ))
        .returning(Card::as_returning())
        .get_results(&mut conn)
        .await
}

/// Signs a card. A trigger refuses every later change of it.
pub async fn sign(mut conn: &Conn, card: &Card, signature: &Signature, now: DateTime<Utc>) -> QueryResult<Card> {
    diesel::update(registration_cards::table.find((card.property_id, card.id)))
        .set((signature, registration_cards::version.eq(registration_cards::version + 1), registration_cards::updated_at.eq(now)))
        .returning(Card::as_returning())
        .get_result(&mut conn)
        .await
}

// Forgetting

/// The cards, signed or not, of stays whose guests left before a date, or never came, and that were made and signed before it.
pub async fn due_cards(mut conn: &Conn, past: Past, limit: i64) -> QueryResult<Due> {
    let statement = constant_sql(
        "WITH due AS ( \
             SELECT c.id, greatest(local_date($1, coalesce(c.signed_at, c.created_at)), \
                                   CASE WHEN s.status = 'checked_out' THEN s.check_out END) AS since \
             FROM registration_cards c JOIN stays s ON s.property_id = c.property_id AND s.id = c.stay_id \
             WHERE c.property_id = $1 AND s.status NOT IN ('held', 'confirmed', 'checked_in') \
         ) \
         SELECT id, count(*) OVER () AS total, min(since) OVER () AS oldest FROM due WHERE since < $2 ORDER BY since, id LIMIT $3",
    );
    let statement = statement.bind::<SqlUuid, _>(past.property_id).bind::<Date, _>(past.before).bind::<BigInt, _>(limit);
    Ok(Cached(statement).load::<DueRow>(&mut conn).await?.into())
}

/// Locks the stays of some cards, in the order of their ids, against other cards and signatures.
pub async fn lock_stays_of(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<()> {
    let statement = constant_sql(
        "SELECT id FROM stays WHERE property_id = $1 \
           AND id IN (SELECT stay_id FROM registration_cards WHERE property_id = $1 AND id = ANY ($2)) \
         ORDER BY id FOR NO KEY UPDATE",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<SqlUuid>, _>(ids)).execute(&mut conn).await.map(drop)
}

/// Removes some cards, and returns what they were.
pub async fn delete(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<Card>> {
    let those = registration_cards::table
        .filter(registration_cards::property_id.eq(property_id))
        .filter(registration_cards::id.eq_any(ids));
    diesel::delete(those).returning(Card::as_returning()).get_results(&mut conn).await
}

// Terms

pub async fn terms(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<Terms>> {
    registration_terms::table.find(property_id).select(Terms::as_select()).first(&mut conn).await.optional()
}

/// Writes the terms of a hotel, in place of those that there are. Whoever sets them holds the hotel.
pub async fn put_terms(mut conn: &Conn, terms: &Terms) -> QueryResult<usize> {
    use registration_terms::{property_id, texts, updated_at, version};
    diesel::insert_into(registration_terms::table)
        .values(terms)
        .on_conflict(property_id)
        .do_update()
        .set((texts.eq(&terms.texts), version.eq(terms.version), updated_at.eq(terms.updated_at)))
        .execute(&mut conn)
        .await
}
