//! The rooms that guests have left while they were in the house.
use crate::domains::bookings::model::StayMove;
use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::stay_moves;
use uuid::Uuid;

/// Puts moves on record. Of several on a date the first counts: nobody slept in the rooms between.
pub async fn record_moves(mut conn: &Conn, moves: &[StayMove]) -> QueryResult<usize> {
    diesel::insert_into(stay_moves::table).values(moves).on_conflict_do_nothing().execute(&mut conn).await
}

/// The moves of some stays, each stay given with its property, in their order.
pub async fn moves_of(mut conn: &Conn, stays: &[(Uuid, Uuid)]) -> QueryResult<Vec<StayMove>> {
    let (properties, ids): (Vec<Uuid>, Vec<Uuid>) = stays.iter().copied().unzip();
    stay_moves::table
        .filter(stay_moves::property_id.eq_any(properties))
        .filter(stay_moves::stay_id.eq_any(ids))
        .order((stay_moves::stay_id, stay_moves::moved_on))
        .select(StayMove::as_select())
        .load(&mut conn)
        .await
}
