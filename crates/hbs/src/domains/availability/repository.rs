//! Queries of searches: one per table, however many hotels, types and nights.
use super::model::{Area, FreeNights};
use crate::domains::inventory::Nights;
use crate::stores::postgres::{Conn, RunQueryDsl, folded};
use diesel::dsl::{count_star, min, not};
use diesel::prelude::*;
use diesel::sql_types::{SingleValue, SqlType};
use hbs_schema::{catalogues, inventory, properties};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    #[aggregate]
    fn array_agg<T: SqlType + SingleValue>(value: T) -> Array<T>;
}

/// Hotels in an area, by name, with the versions of their catalogues.
pub async fn hotels_in(mut conn: &Conn, area: &Area, limit: i64) -> QueryResult<Vec<(Uuid, i64)>> {
    let mut query = properties::table
        .inner_join(catalogues::table)
        .filter(not(properties::is_deleted))
        .order((properties::name, properties::id))
        .limit(limit)
        .select((properties::id, catalogues::changed_by))
        .into_boxed();
    if let Some(city) = &area.city {
        query = query.filter(folded(properties::city).eq(folded(city)));
    }
    if let Some(country) = &area.country {
        query = query.filter(properties::country.eq(country.to_uppercase()));
    }
    if let Some(currency) = area.currency {
        query = query.filter(properties::currency.eq(currency));
    }
    if let Some(around) = &area.around {
        let (south, north) = around.latitudes();
        query = query.filter(properties::latitude.between(south, north));
        if let Some((west, east)) = around.longitudes() {
            query = query.filter(properties::longitude.between(west, east));
        }
    }
    query.load(&mut conn).await
}

/// Rooms of a type that are free on every night, where there are so many of them. By type.
pub async fn free_throughout(
    mut conn: &Conn,
    property_ids: &[Uuid],
    nights: Nights,
    rooms: i32,
) -> QueryResult<Vec<(Uuid, i32)>> {
    let rows: Vec<(Uuid, Option<i32>)> = inventory::table
        .filter(inventory::property_id.eq_any(property_ids))
        .filter(inventory::night.ge(nights.from))
        .filter(inventory::night.lt(nights.to))
        .group_by((inventory::property_id, inventory::room_type_id))
        .having(count_star().eq(nights.count()).and(min(available()).ge(rooms)))
        .select((inventory::room_type_id, min(available())))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, rooms)| Some((id, rooms?))).collect())
}

/// Returns the free rooms of each type of a hotel, night by night: a row per type, since a year of rows takes longer to
/// send.
pub async fn free_nights(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<FreeNights>> {
    inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.ge(nights.from))
        .filter(inventory::night.lt(nights.to))
        .group_by(inventory::room_type_id)
        .select((inventory::room_type_id, array_agg(inventory::night), array_agg(available())))
        .load(&mut conn)
        .await
}

#[diesel::dsl::auto_type]
fn available() -> _ {
    inventory::capacity + inventory::overbooking - inventory::sold - inventory::allotted
}
