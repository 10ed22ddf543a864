//! Queries of the guests of stays.
use crate::domains::bookings::model::StayGuestRow;
use crate::stores::postgres::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use hbs_schema::stay_guests;
use uuid::Uuid;

/// Returns the guests of some stays, in their order.
pub async fn guests_of(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<StayGuestRow>> {
    stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .order((stay_guests::stay_id, stay_guests::position))
        .select(StayGuestRow::as_select())
        .load(&mut conn)
        .await
}

/// Returns those of some stays in which nobody is on record with birth date, nationality and document.
pub async fn unidentified(mut conn: &Conn, property_id: Uuid, stays: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let identified: Vec<Uuid> = stay_guests::table
        .filter(stay_guests::property_id.eq(property_id))
        .filter(stay_guests::stay_id.eq_any(stays))
        .filter(stay_guests::birth_date.is_not_null())
        .filter(stay_guests::nationality.is_not_null())
        .filter(stay_guests::document_number.is_not_null())
        .select(stay_guests::stay_id)
        .distinct()
        .load(&mut conn)
        .await?;
    Ok(stays.iter().filter(|id| !identified.contains(id)).copied().collect())
}

pub async fn insert_guests(mut conn: &Conn, guests: &[StayGuestRow]) -> QueryResult<usize> {
    if guests.is_empty() {
        return Ok(0);
    }
    diesel::insert_into(stay_guests::table).values(guests).execute(&mut conn).await
}

/// Forgets the guests of a stay.
pub async fn delete_guests(mut conn: &Conn, property_id: Uuid, stay_id: Uuid) -> QueryResult<usize> {
    let rows = stay_guests::table.filter(stay_guests::property_id.eq(property_id)).filter(stay_guests::stay_id.eq(stay_id));
    diesel::delete(rows).execute(&mut conn).await
}
