use crate::domains::rates::model::AgeBand;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use hbs_schema::{age_bands, properties};
use uuid::Uuid;

/// The version of a property's set of bands.
pub async fn version(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    properties::table
        .find(property_id)
        .filter(not(properties::is_deleted))
        .select(properties::age_bands_version)
        .first(&mut conn)
        .await
        .optional()
}

/// Makes these the bands of a property, and returns the new version of the set.
pub async fn replace(mut conn: &Conn, property_id: Uuid, bands: &[AgeBand], now: DateTime<Utc>) -> QueryResult<i64> {
    diesel::delete(age_bands::table.filter(age_bands::property_id.eq(property_id))).execute(&mut conn).await?;
    let rows: Vec<_> = bands
        .iter()
        .map(|AgeBand { property_id, code, min_age, max_age }| {
            (
                age_bands::property_id.eq(property_id),
                age_bands::code.eq(code),
                age_bands::min_age.eq(min_age),
                age_bands::max_age.eq(max_age),
                age_bands::created_at.eq(now),
                age_bands::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(age_bands::table).values(rows).execute(&mut conn).await?;
    crate::domains::properties::renew_age_bands(conn, property_id).await
}

#[derive(QueryableByName)]
struct Priced {
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = BigInt)]
    times: i64,
}

/// Returns those of these bands that have prices, and at how many plans' types, nights and extras.
pub async fn priced(mut conn: &Conn, property_id: Uuid, codes: &[String]) -> QueryResult<Vec<(String, i64)>> {
    let statement = constant_sql(
        "SELECT gone.code, count(*) AS times FROM unnest($2) AS gone(code) JOIN ( \
           SELECT k.extra_children FROM rate_plan_room_types k JOIN rate_plans p \
             ON p.property_id = k.property_id AND p.id = k.rate_plan_id AND NOT p.is_deleted WHERE k.property_id = $1 \
           UNION ALL \
           SELECT r.extra_children FROM rates r JOIN rate_plans p \
             ON p.property_id = r.property_id AND p.id = r.rate_plan_id AND NOT p.is_deleted \
             WHERE r.property_id = $1 AND r.extra_children IS NOT NULL \
           UNION ALL \
           SELECT e.child_prices FROM extras e WHERE e.property_id = $1 AND NOT e.is_archived \
         ) priced ON jsonb_exists(priced.extra_children, gone.code) GROUP BY gone.code ORDER BY gone.code",
    );
    let rows: Vec<Priced> =
        Cached(statement.bind::<SqlUuid, _>(property_id).bind::<Array<Text>, _>(codes)).load(&mut conn).await?;
    Ok(rows.into_iter().map(|row| (row.code, row.times)).collect())
}
