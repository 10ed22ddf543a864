use super::model::MonthRow;
use crate::stores::postgres::{Conn, constant_sql};
use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{Date, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Stays by month of arrival. Revenue is the sum of room lines, what was taken back included.
pub async fn stays_by_arrival_month(
    mut conn: &Conn,
    property_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<Vec<MonthRow>> {
    constant_sql(
        "SELECT date_trunc('month', s.check_in)::date AS month, \
                count(*) AS reservations, \
                count(*) FILTER (WHERE s.status = 'checked_out') AS checked_out, \
                coalesce(sum(s.check_out - s.check_in) FILTER (WHERE s.status = 'checked_out'), 0)::bigint AS nights_sold, \
                coalesce(sum(f.room_minor) FILTER (WHERE s.status = 'checked_out'), 0)::bigint AS room_revenue_minor, \
                count(*) FILTER (WHERE s.status = 'cancelled') AS cancellations, \
                count(*) FILTER (WHERE s.status = 'no_show') AS no_shows \
         FROM stays s LEFT JOIN ( \
             SELECT stay_id, sum(amount_minor) AS room_minor FROM folio_entries \
             WHERE property_id = $1 AND kind IN ('room', 'discount') GROUP BY stay_id) f ON f.stay_id = s.id \
         WHERE s.property_id = $1 AND s.check_in BETWEEN $2 AND $3 \
         GROUP BY 1 ORDER BY 1",
    )
    .bind::<SqlUuid, _>(property_id)
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .load(&mut conn)
    .await
}
