use super::dto::RoomFilter;
use super::model::{Amenity, Housekeeping, HousekeepingChange, NewRoom, NewRoomType, Room, RoomChange, RoomType, RoomTypeChange};
use crate::domains::properties::Property;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::texts::Locale;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{amenities, housekeeping_changes, inventory, properties, room_type_amenities, room_types, rooms};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

// Room types

/// Types of a property by id, for bookings.
pub async fn find_types(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<RoomType>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(room_types::id.eq_any(ids))
        .filter(not(room_types::is_deleted))
        .select(RoomType::as_select())
        .load(&mut conn)
        .await
}

/// The room types of some properties, by code.
pub async fn types_of(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<RoomType>> {
    room_types::table
        .filter(room_types::property_id.eq_any(property_ids))
        .filter(not(room_types::is_deleted))
        .order((room_types::property_id, room_types::code, room_types::id))
        .select(RoomType::as_select())
        .load(&mut conn)
        .await
}

/// Name of a room type, with its translations and the language that it is in.
#[derive(Debug, Queryable)]
pub struct TypeName {
    pub id: Uuid,
    pub name: String,
    pub texts: serde_json::Value,
    pub locale: Locale,
}

/// The names of room types, those that are gone as well.
pub async fn type_names(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<TypeName>> {
    room_types::table
        .inner_join(properties::table)
        .filter(room_types::id.eq_any(ids))
        .select((room_types::id, room_types::name, room_types::texts, properties::default_locale))
        .load(&mut conn)
        .await
}

/// The codes of the amenities of each type of some properties, in their order.
pub async fn amenity_codes(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Vec<String>>> {
    let rows: Vec<(Uuid, String)> = room_type_amenities::table
        .inner_join(amenities::table.on(
            amenities::property_id.eq(room_type_amenities::property_id).and(amenities::id.eq(room_type_amenities::amenity_id)),
        ))
        .filter(room_type_amenities::property_id.eq_any(property_ids))
        .filter(not(amenities::is_deleted))
        .order(amenities::code)
        .select((room_type_amenities::room_type_id, amenities::code))
        .load(&mut conn)
        .await?;
    let mut codes: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (room_type_id, code) in rows {
        codes.entry(room_type_id).or_default().push(code);
    }
    Ok(codes)
}

/// A type, whoever asks, with its property.
pub async fn find_type(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(RoomType, Property)>> {
    room_types::table
        .inner_join(properties::table)
        .filter(room_types::id.eq(id))
        .filter(not(room_types::is_deleted))
        .filter(not(properties::is_deleted))
        .select((RoomType::as_select(), Property::as_select()))
        .first(&mut conn)
        .await
        .optional()
}

pub async fn amenities_of_type(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<Vec<String>> {
    room_type_amenities::table
        .inner_join(amenities::table.on(
            amenities::property_id.eq(room_type_amenities::property_id).and(amenities::id.eq(room_type_amenities::amenity_id)),
        ))
        .filter(room_type_amenities::property_id.eq(property_id))
        .filter(room_type_amenities::room_type_id.eq(room_type_id))
        .filter(not(amenities::is_deleted))
        .order(amenities::code)
        .select(amenities::code)
        .load(&mut conn)
        .await
}

/// A type within the scope, locked against other changes and against rooms coming and going.
pub async fn lock_type(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<RoomType>> {
    room_types::table
        .filter(room_types::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(room_types::property_id.eq_any(scope.ids())))
        .filter(not(room_types::is_deleted))
        .select(RoomType::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// All types of a property, locked against being removed, in one order.
pub async fn lock_all_types(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RoomType>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(not(room_types::is_deleted))
        .order(room_types::id)
        .select(RoomType::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

pub async fn insert_room_type(mut conn: &Conn, new: &NewRoomType) -> QueryResult<RoomType> {
    diesel::insert_into(room_types::table).values(new).returning(RoomType::as_returning()).get_result(&mut conn).await
}

pub async fn update_type(mut conn: &Conn, row: &RoomType, change: &RoomTypeChange, now: DateTime<Utc>) -> QueryResult<RoomType> {
    diesel::update(room_types::table.find((row.property_id, row.id)))
        .set((change, room_types::version.eq(room_types::version + 1), room_types::updated_at.eq(now)))
        .returning(RoomType::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_type(mut conn: &Conn, row: &RoomType, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(room_types::table.find((row.property_id, row.id)))
        .set((room_types::is_deleted.eq(true), room_types::deleted_at.eq(now), room_types::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn type_has_rooms(mut conn: &Conn, row: &RoomType) -> QueryResult<bool> {
    let rooms = rooms::table
        .filter(rooms::property_id.eq(row.property_id))
        .filter(rooms::room_type_id.eq(row.id))
        .filter(not(rooms::is_deleted));
    diesel::select(exists(rooms)).get_result(&mut conn).await
}

pub async fn type_has_sales(mut conn: &Conn, row: &RoomType, from: NaiveDate) -> QueryResult<bool> {
    let nights = inventory::table
        .filter(inventory::property_id.eq(row.property_id))
        .filter(inventory::room_type_id.eq(row.id))
        .filter(inventory::night.ge(from))
        .filter(inventory::sold.gt(0).or(inventory::allotted.gt(0)));
    diesel::select(exists(nights)).get_result(&mut conn).await
}

/// Makes these the amenities of a type, and says which codes are unknown.
pub async fn set_amenities(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    codes: &[String],
    now: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let known: Vec<(Uuid, String)> = amenities::table
        .filter(amenities::property_id.eq(property_id))
        .filter(amenities::code.eq_any(codes))
        .filter(not(amenities::is_deleted))
        .select((amenities::id, amenities::code))
        .load(&mut conn)
        .await?;
    let unknown: Vec<_> = codes.iter().filter(|code| !known.iter().any(|(_, other)| other == *code)).cloned().collect();
    if !unknown.is_empty() {
        return Ok(unknown);
    }
    let links: Vec<_> = known.iter().map(|(amenity_id, _)| (room_type_id, *amenity_id)).collect();
    relink_amenities(conn, property_id, &[room_type_id], &links, now).await?;
    Ok(Vec::new())
}

/// Types of a property by id, locked as `lock_type` does, in the order of their keys.
pub async fn lock_types(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<RoomType>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(room_types::id.eq_any(ids))
        .filter(not(room_types::is_deleted))
        .order((room_types::property_id, room_types::id))
        .select(RoomType::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// The amenities of a property with their codes.
pub async fn amenity_ids(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<(Uuid, String)>> {
    amenities::table
        .filter(amenities::property_id.eq(property_id))
        .filter(not(amenities::is_deleted))
        .select((amenities::id, amenities::code))
        .load(&mut conn)
        .await
}

/// Replaces the amenities of some types by (type, amenity).
async fn relink_amenities(
    mut conn: &Conn,
    property_id: Uuid,
    room_types: &[Uuid],
    links: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let old = room_type_amenities::table
        .filter(room_type_amenities::property_id.eq(property_id))
        .filter(room_type_amenities::room_type_id.eq_any(room_types));
    diesel::delete(old).execute(&mut conn).await?;
    let rows: Vec<_> = links
        .iter()
        .map(|(room_type_id, amenity_id)| {
            (
                room_type_amenities::property_id.eq(property_id),
                room_type_amenities::room_type_id.eq(room_type_id),
                room_type_amenities::amenity_id.eq(amenity_id),
                room_type_amenities::created_at.eq(now),
                room_type_amenities::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(room_type_amenities::table).values(rows).execute(&mut conn).await.map(drop)
}

/// Makes these the amenities of some types of a property, each of which gets a new version.
pub async fn replace_amenities(
    mut conn: &Conn,
    property_id: Uuid,
    sets: &[(Uuid, &BTreeSet<Uuid>)],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let types: Vec<Uuid> = sets.iter().map(|(room_type_id, _)| *room_type_id).collect();
    let links: Vec<_> = sets
        .iter()
        .flat_map(|(room_type_id, amenities)| amenities.iter().map(|amenity_id| (*room_type_id, *amenity_id)))
        .collect();
    relink_amenities(conn, property_id, &types, &links, now).await?;
    let touched = room_types::table.filter(room_types::property_id.eq(property_id)).filter(room_types::id.eq_any(&types));
    diesel::update(touched)
        .set((room_types::version.eq(room_types::version + 1), room_types::updated_at.eq(now)))
        .execute(&mut conn)
        .await
        .map(drop)
}

// Rooms

pub async fn find_room(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Room>> {
    rooms::table
        .filter(rooms::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(rooms::property_id.eq_any(scope.ids())))
        .filter(not(rooms::is_deleted))
        .select(Room::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn lock_room(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Room>> {
    rooms::table
        .filter(rooms::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(rooms::property_id.eq_any(scope.ids())))
        .filter(not(rooms::is_deleted))
        .select(Room::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Rooms that are looked for.
#[derive(Clone, Copy)]
pub struct WantedRooms<'a> {
    pub scope: &'a Scope,
    pub filter: &'a RoomFilter,
    /// Rooms among which to look; none for all.
    pub among: Option<&'a [Uuid]>,
}

impl<'a> WantedRooms<'a> {
    fn query(&self) -> rooms::BoxedQuery<'a, Pg> {
        let Self { scope, filter, among } = *self;
        let mut query = rooms::table.filter(not(rooms::is_deleted)).into_boxed();
        if let Scope::Properties(ids) = scope {
            query = query.filter(rooms::property_id.eq_any(ids));
        }
        if let Some(ids) = among {
            query = query.filter(rooms::id.eq_any(ids));
        }
        if let Some(property_id) = filter.property_id {
            query = query.filter(rooms::property_id.eq(property_id));
        }
        if let Some(room_type_id) = filter.room_type_id {
            query = query.filter(rooms::room_type_id.eq(room_type_id));
        }
        if let Some(floor) = &filter.floor {
            query = query.filter(rooms::floor.eq(floor));
        }
        if let Some(number) = &filter.number {
            query = query.filter(rooms::number.eq(number));
        }
        if let Some(housekeeping) = filter.housekeeping {
            query = query.filter(rooms::housekeeping.eq(housekeeping));
        }
        query
    }
}

/// Returns the rooms that are found, without order.
pub async fn matching_rooms(mut conn: &Conn, wanted: &WantedRooms<'_>) -> QueryResult<Vec<Uuid>> {
    wanted.query().select(rooms::id).load(&mut conn).await
}

/// Rooms by property and number. `after` is the last (property, number, id) seen.
pub async fn list_rooms(
    mut conn: &Conn,
    wanted: &WantedRooms<'_>,
    after: Option<(Uuid, String, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Room>> {
    let mut query = wanted.query();
    if let Some((property_id, number, id)) = after {
        let same_property = rooms::property_id.eq(property_id);
        query = query.filter(
            rooms::property_id
                .gt(property_id)
                .or(same_property.and(rooms::number.gt(number.clone())))
                .or(same_property.and(rooms::number.eq(number)).and(rooms::id.gt(id))),
        );
    }
    let in_order = query.order((rooms::property_id, rooms::number, rooms::id)).limit(limit);
    in_order.select(Room::as_select()).load(&mut conn).await
}

/// Returns the room numbers that are taken, as they are compared.
pub async fn room_numbers(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<String>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(not(rooms::is_deleted))
        .select(rooms::number_key)
        .load(&mut conn)
        .await
}

pub async fn insert_room(mut conn: &Conn, new: &NewRoom) -> QueryResult<Room> {
    diesel::insert_into(rooms::table).values(new).returning(Room::as_returning()).get_result(&mut conn).await
}

/// Inserts many rooms of a type whose nights are not on the record yet.
pub async fn insert_rooms(mut conn: &Conn, new: &[NewRoom]) -> QueryResult<Vec<Room>> {
    diesel::insert_into(rooms::table).values(new).returning(Room::as_returning()).get_results(&mut conn).await
}

pub async fn update_room(mut conn: &Conn, row: &Room, change: &RoomChange, now: DateTime<Utc>) -> QueryResult<Room> {
    diesel::update(rooms::table.find((row.property_id, row.id)))
        .set((change, rooms::version.eq(rooms::version + 1), rooms::updated_at.eq(now)))
        .returning(Room::as_returning())
        .get_result(&mut conn)
        .await
}

/// Rooms of a property by id, or all of a floor, locked in the order of their ids.
pub async fn lock_rooms(mut conn: &Conn, property_id: Uuid, ids: Option<&[Uuid]>, floor: Option<&str>) -> QueryResult<Vec<Room>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(ids.is_none().into_sql::<Bool>().or(rooms::id.eq_any(ids.unwrap_or_default())))
        .filter(floor.is_none().into_sql::<Bool>().or(rooms::floor.eq(floor)))
        .filter(not(rooms::is_deleted))
        .order(rooms::id)
        .select(Room::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Returns those of some rooms that are in none of these states, by number.
pub async fn rooms_in_other_states(mut conn: &Conn, ids: &[Uuid], states: &[Housekeeping]) -> QueryResult<Vec<Room>> {
    rooms::table
        .filter(rooms::id.eq_any(ids))
        .filter(rooms::housekeeping.ne_all(states))
        .order(rooms::number)
        .select(Room::as_select())
        .load(&mut conn)
        .await
}

/// Sets the housekeeping state of rooms of a property, which are locked.
pub async fn set_housekeeping(
    mut conn: &Conn,
    property_id: Uuid,
    ids: &[Uuid],
    state: Housekeeping,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Room>> {
    diesel::update(rooms::table.filter(rooms::property_id.eq(property_id)).filter(rooms::id.eq_any(ids)))
        .set((rooms::housekeeping.eq(state), rooms::version.eq(rooms::version + 1), rooms::updated_at.eq(now)))
        .returning(Room::as_returning())
        .get_results(&mut conn)
        .await
}

/// Adds lines to the history of housekeeping.
pub async fn insert_changes(mut conn: &Conn, changes: &[HousekeepingChange]) -> QueryResult<usize> {
    diesel::insert_into(housekeeping_changes::table).values(changes).execute(&mut conn).await
}

/// Removes lines of the history of housekeeping from before an instant.
pub async fn forget_changes(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(housekeeping_changes::table.filter(housekeeping_changes::changed_at.lt(before))).execute(&mut conn).await
}

pub async fn delete_room(mut conn: &Conn, row: &Room, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(rooms::table.find((row.property_id, row.id)))
        .set((rooms::is_deleted.eq(true), rooms::deleted_at.eq(now), rooms::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

// Amenities

pub async fn list_amenities(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Amenity>> {
    amenities::table
        .filter(amenities::property_id.eq(property_id))
        .filter(not(amenities::is_deleted))
        .order((amenities::code, amenities::id))
        .select(Amenity::as_select())
        .load(&mut conn)
        .await
}

/// An amenity, whoever asks.
pub async fn find_amenity(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Amenity>> {
    amenities::table
        .filter(amenities::id.eq(id))
        .filter(not(amenities::is_deleted))
        .select(Amenity::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn lock_amenity(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Amenity>> {
    amenities::table
        .filter(amenities::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(amenities::property_id.eq_any(scope.ids())))
        .filter(not(amenities::is_deleted))
        .select(Amenity::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_amenity(
    mut conn: &Conn,
    property_id: Uuid,
    code: &str,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Amenity> {
    diesel::insert_into(amenities::table)
        .values((
            amenities::property_id.eq(property_id),
            amenities::id.eq(Uuid::now_v7()),
            amenities::code.eq(code),
            amenities::name.eq(name),
            amenities::created_at.eq(now),
            amenities::updated_at.eq(now),
        ))
        .returning(Amenity::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn rename_amenity(mut conn: &Conn, row: &Amenity, name: &str, now: DateTime<Utc>) -> QueryResult<Amenity> {
    diesel::update(amenities::table.find((row.property_id, row.id)))
        .set((amenities::name.eq(name), amenities::version.eq(amenities::version + 1), amenities::updated_at.eq(now)))
        .returning(Amenity::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_amenity(mut conn: &Conn, row: &Amenity, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(amenities::table.find((row.property_id, row.id)))
        .set((amenities::is_deleted.eq(true), amenities::deleted_at.eq(now), amenities::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
