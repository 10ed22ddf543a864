//! The names of what a booking's history tells of by id.
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// The name of a thing, also of one that was removed since.
#[derive(Debug, QueryableByName)]
pub struct NameRow {
    /// Entity, or `certain_room` for a room of which it is certain that guests of the booking have it, or had it.
    #[diesel(sql_type = Text)]
    pub entity: String,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Name, or what stands for one: the kind or the method of what has none, the place of a stay.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Names in other languages.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub texts: Option<serde_json::Value>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub amount_minor: Option<i64>,
}

/// The names of some things of a hotel, and of all stays of the booking: one statement, however many there are.
pub async fn names(mut conn: &Conn, property_id: Uuid, booking_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<NameRow>> {
    let statement = constant_sql(
        "SELECT 'room' AS entity, id, number AS name, NULL::jsonb AS texts, NULL::bigint AS amount_minor
             FROM rooms WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'room_type', id, name, texts, NULL FROM room_types WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'rate_plan', id, name, texts, NULL FROM rate_plans WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'extra', id, name, texts, NULL FROM extras WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'tax_rule', id, name, texts, NULL FROM tax_rules WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'account', id, name, NULL, NULL FROM accounts WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'group', id, name, NULL, NULL FROM groups WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'folio', id, kind, NULL, NULL FROM folios WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'invoice', id, coalesce(name, kind), NULL, NULL FROM invoices WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'payment', id, method, NULL, amount_minor FROM payments WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'refund', id, status, NULL, amount_minor FROM refunds WHERE property_id = $1 AND id = ANY($3)
         UNION ALL SELECT 'payment_link', id, status, NULL, amount_minor
             FROM payment_links WHERE property_id = $1 AND id = ANY($3) AND amount_minor IS NOT NULL
         UNION ALL SELECT 'drawer', d.id, u.full_name, NULL, NULL
             FROM drawers d JOIN users u ON u.id = d.user_id WHERE d.property_id = $1 AND d.id = ANY($3)
         UNION ALL SELECT 'stay', id, (row_number() OVER (ORDER BY position))::text, NULL, NULL
             FROM stays WHERE property_id = $1 AND booking_id = $2
         UNION ALL SELECT 'certain_room', room_id, '', NULL, NULL
             FROM stays WHERE property_id = $1 AND booking_id = $2 AND room_id IS NOT NULL
                 AND (is_pinned OR status IN ('checked_in', 'checked_out'))
         UNION ALL SELECT 'certain_room', m.room_id, '', NULL, NULL
             FROM stays s JOIN stay_moves m ON m.property_id = s.property_id AND m.stay_id = s.id
             WHERE s.property_id = $1 AND s.booking_id = $2 AND m.room_id IS NOT NULL",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(booking_id).bind::<Array<SqlUuid>, _>(ids))
        .load(&mut conn)
        .await
}
