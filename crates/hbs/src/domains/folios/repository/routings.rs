//! Rules of routing.
use crate::domains::folios::model::{LiveRouting, Routing};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use hbs_schema::folio_routings;
use uuid::Uuid;

/// Selects rules `r`, each with what it may still bring to its folio, from somewhere.
macro_rules! live_routings {
    ($from:literal) => {
        constant_sql(concat!(
            "SELECT r.property_id, r.id, r.folio_id, r.booking_id, r.group_id, r.stay_id, r.kinds, r.from_date, r.to_date, \
                    r.cap_minor, r.created_at, \
                    r.cap_minor - (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM folio_entries e \
                                   WHERE e.property_id = r.property_id AND e.routing_id = r.id AND NOT EXISTS ( \
                                       SELECT FROM folio_entries t \
                                       WHERE t.property_id = e.property_id AND t.reverses_id = e.id)) \
                    AS left_minor ",
            $from
        ))
    };
}

/// The rules for lines of a booking, its own before those of its group, each with what it may still bring to its folio.
/// Those whose folio is closed do not count. The caller holds the folios.
pub async fn live_routings(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<LiveRouting>> {
    let statement = live_routings!(
        "FROM (SELECT * FROM folio_routings WHERE property_id = $1 AND booking_id = $2 AND NOT is_deleted \
               UNION ALL \
               SELECT r.* FROM folio_routings r JOIN bookings b ON b.property_id = r.property_id AND b.group_id = r.group_id \
               WHERE b.property_id = $1 AND b.id = $2 AND r.property_id = $1 AND NOT r.is_deleted) r \
         JOIN folios f ON f.property_id = r.property_id AND f.id = r.folio_id AND f.closed_at IS NULL \
         ORDER BY r.group_id NULLS FIRST, r.id"
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id)).load(&mut conn).await
}

/// The rules for lines of a group's new bookings. It locks their folios, in the order of their ids.
pub async fn routings_of_group(mut conn: &Conn, property_id: Uuid, group_id: Uuid) -> QueryResult<Vec<LiveRouting>> {
    let locked = constant_sql(
        "SELECT id FROM folios WHERE property_id = $1 AND id = ANY (ARRAY( \
            SELECT folio_id FROM folio_routings WHERE property_id = $1 AND group_id = $2 AND NOT is_deleted)) \
         ORDER BY id FOR NO KEY UPDATE",
    );
    Cached(locked.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(group_id)).execute(&mut conn).await?;
    let statement = live_routings!(
        "FROM folio_routings r JOIN folios f ON f.property_id = r.property_id AND f.id = r.folio_id AND f.closed_at IS NULL \
         WHERE r.property_id = $1 AND r.group_id = $2 AND NOT r.is_deleted ORDER BY r.id"
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(group_id)).load(&mut conn).await
}

/// The rules that send lines to a folio, the oldest first.
pub async fn routings_of(mut conn: &Conn, property_id: Uuid, folio_id: Uuid) -> QueryResult<Vec<Routing>> {
    folio_routings::table
        .filter(folio_routings::property_id.eq(property_id))
        .filter(folio_routings::folio_id.eq(folio_id))
        .filter(not(folio_routings::is_deleted))
        .order(folio_routings::id)
        .select(Routing::as_select())
        .load(&mut conn)
        .await
}

pub async fn find_routing(mut conn: &Conn, property_id: Uuid, folio_id: Uuid, id: Uuid) -> QueryResult<Option<Routing>> {
    folio_routings::table
        .find((property_id, id))
        .filter(folio_routings::folio_id.eq(folio_id))
        .filter(not(folio_routings::is_deleted))
        .select(Routing::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_routing(mut conn: &Conn, new: &Routing) -> QueryResult<usize> {
    diesel::insert_into(folio_routings::table)
        .values((
            folio_routings::property_id.eq(new.property_id),
            folio_routings::id.eq(new.id),
            folio_routings::folio_id.eq(new.folio_id),
            folio_routings::booking_id.eq(new.booking_id),
            folio_routings::group_id.eq(new.group_id),
            folio_routings::stay_id.eq(new.stay_id),
            folio_routings::kinds.eq(&new.kinds),
            folio_routings::from_date.eq(new.from_date),
            folio_routings::to_date.eq(new.to_date),
            folio_routings::cap_minor.eq(new.cap_minor),
            folio_routings::created_at.eq(new.created_at),
            folio_routings::updated_at.eq(new.created_at),
        ))
        .execute(&mut conn)
        .await
}

/// Ends a rule: what it has brought to its folio stays there.
pub async fn end_routing(mut conn: &Conn, row: &Routing, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(folio_routings::table.find((row.property_id, row.id)))
        .set((folio_routings::is_deleted.eq(true), folio_routings::deleted_at.eq(now), folio_routings::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
