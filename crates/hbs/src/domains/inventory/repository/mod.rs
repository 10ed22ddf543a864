use super::model::{Blocked, NightRow, Nights, RoomGap};
use crate::domains::stays::{Status, WITHOUT_NIGHTS};
use crate::outbox::{Entity, Recorded};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::dsl::{count_star, exists, max, min, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{inventory, properties, room_nights, room_types, rooms};
use uuid::Uuid;

pub mod allotments;
pub mod stays;

use allotments::run_by_night;

/// Locks the rows of some nights of some types, in the order of the primary key, and reads them.
/// Nights beyond the horizon have no row.
pub async fn lock(mut conn: &Conn, property_id: Uuid, types: &[Uuid], nights: Nights) -> QueryResult<Vec<NightRow>> {
    inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.ge(nights.from))
        .filter(inventory::night.lt(nights.to))
        .filter(inventory::room_type_id.eq_any(types))
        .order((inventory::property_id, inventory::night, inventory::room_type_id))
        .select(NightRow::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// The nights of all types, for search.
pub async fn find_nights(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<NightRow>> {
    inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.ge(nights.from))
        .filter(inventory::night.lt(nights.to))
        .select(NightRow::as_select())
        .load(&mut conn)
        .await
}

/// Counts rooms of several types as sold, on each night so many more or fewer, in one statement. The rows are locked
/// and have been checked; nights without a row count nothing.
pub async fn take_each(
    conn: &Conn,
    property_id: Uuid,
    sold: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE inventory SET sold = inventory.sold + more.rooms, updated_at = $5 \
         FROM unnest($2, $3, $4) AS more(night, room_type_id, rooms) \
         WHERE inventory.property_id = $1 AND inventory.night = more.night AND inventory.room_type_id = more.room_type_id",
    );
    run_by_night(conn, statement, property_id, None, sold, now).await
}

/// Returns the occupied rooms, night by night, from a night on.
pub async fn occupied_from(mut conn: &Conn, property_id: Uuid, from: NaiveDate) -> QueryResult<Vec<(Uuid, NaiveDate)>> {
    room_nights::table
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::night.ge(from))
        .select((room_nights::room_id, room_nights::night))
        .load(&mut conn)
        .await
}

/// The rooms of some types with what is occupied next to the nights asked for.
pub async fn gaps(mut conn: &Conn, property_id: Uuid, types: &[Uuid], nights: Nights) -> QueryResult<Vec<RoomGap>> {
    let occupied =
        || room_nights::table.filter(room_nights::property_id.eq(rooms::property_id)).filter(room_nights::room_id.eq(rooms::id));
    let before = occupied().filter(room_nights::night.lt(nights.from)).select(max(room_nights::night));
    let after = occupied().filter(room_nights::night.ge(nights.from)).select(min(room_nights::night));
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq_any(types))
        .filter(not(rooms::is_deleted))
        .select((rooms::id, rooms::room_type_id, rooms::number, before.single_value(), after.single_value()))
        .load(&mut conn)
        .await
}

/// Gives each stay its room for its nights: one row a night. The primary key refuses a second stay.
pub async fn occupy(
    mut conn: &Conn,
    property_id: Uuid,
    stays: &[(Uuid, Uuid, Nights)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let (mut rooms, mut nights, mut stay_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (stay_id, room_id, span) in stays {
        for night in span.iter() {
            rooms.push(*room_id);
            nights.push(night);
            stay_ids.push(*stay_id);
        }
    }
    if rooms.is_empty() {
        return Ok(0);
    }
    let statement = constant_sql(
        "INSERT INTO room_nights (property_id, room_id, night, stay_id, created_at, updated_at) \
         SELECT $1, new.room_id, new.night, new.stay_id, $5, $5 FROM unnest($2, $3, $4) AS new(room_id, night, stay_id)",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(rooms)
            .bind::<Array<Date>, _>(nights)
            .bind::<Array<SqlUuid>, _>(stay_ids)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Gives the nights of a stay's room from a night on to another stay, without anybody else having them in between.
pub async fn hand_over(
    mut conn: &Conn,
    property_id: Uuid,
    (from, to): (Uuid, Uuid),
    night: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let rows = room_nights::table
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::stay_id.eq(from))
        .filter(room_nights::night.ge(night));
    Cached(diesel::update(rows).set((room_nights::stay_id.eq(to), room_nights::updated_at.eq(now)))).execute(&mut conn).await
}

/// Takes the rooms of some stays away, from a night on.
pub async fn vacate(mut conn: &Conn, property_id: Uuid, stay_ids: &[Uuid], from: NaiveDate) -> QueryResult<usize> {
    let rows = room_nights::table
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::stay_id.eq_any(stay_ids))
        .filter(room_nights::night.ge(from));
    Cached(diesel::delete(rows)).execute(&mut conn).await
}

/// Takes the room of a stay away on all nights but those that it keeps.
pub async fn vacate_outside(mut conn: &Conn, property_id: Uuid, stay_id: Uuid, kept: Option<Nights>) -> QueryResult<usize> {
    let rows = room_nights::table.filter(room_nights::property_id.eq(property_id)).filter(room_nights::stay_id.eq(stay_id));
    match kept {
        Some(kept) => {
            let outside = room_nights::night.lt(kept.from).or(room_nights::night.ge(kept.to));
            Cached(diesel::delete(rows.filter(outside))).execute(&mut conn).await
        }
        None => Cached(diesel::delete(rows)).execute(&mut conn).await,
    }
}

/// The rooms of a type.
pub async fn rooms_of(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<Vec<Uuid>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(not(rooms::is_deleted))
        .order(rooms::id)
        .select(rooms::id)
        .load(&mut conn)
        .await
}

/// A stay that has a room of the type, for the solver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occupancy {
    pub stay_id: Uuid,
    pub booking_id: Uuid,
    pub room_id: Uuid,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub status: Status,
    pub is_pinned: bool,
    /// The nights that it has this room, of those asked for: guests may move while they are in the house, and a no-show keeps the
    /// first night only.
    pub nights: Nights,
}

/// Nights on which a stay or a block has a room, of those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub room_id: Uuid,
    /// The stay that has the room; none for a block.
    pub stay_id: Option<Uuid>,
    pub nights: Nights,
}

/// Returns who has the rooms of a hotel on some nights, in the order of the nights.
pub async fn taken(mut conn: &Conn, property_id: Uuid, nights: Nights) -> QueryResult<Vec<Taken>> {
    let statement = constant_sql(
        "SELECT room_id, stay_id, min(night) AS first_night, max(night) AS last_night FROM room_nights \
         WHERE property_id = $1 AND night >= $2 AND night < $3 \
         GROUP BY room_id, stay_id, block_id ORDER BY first_night, room_id",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<Date, _>(nights.from).bind::<Date, _>(nights.to);
    let rows: Vec<TakenRow> = Cached(statement).load(&mut conn).await?;
    Ok(rows.into_iter().map(Taken::from).collect())
}

#[derive(QueryableByName)]
struct TakenRow {
    #[diesel(sql_type = SqlUuid)]
    room_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    stay_id: Option<Uuid>,
    #[diesel(sql_type = Date)]
    first_night: NaiveDate,
    #[diesel(sql_type = Date)]
    last_night: NaiveDate,
}

impl From<TakenRow> for Taken {
    fn from(row: TakenRow) -> Self {
        let TakenRow { room_id, stay_id, first_night, last_night } = row;
        Self { room_id, stay_id, nights: Nights::new(first_night, last_night + Days::new(1)) }
    }
}

/// Returns the stays in rooms of a type on or after a night.
pub async fn occupancies(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid, from: NaiveDate) -> QueryResult<Vec<Occupancy>> {
    let statement = constant_sql(
        "SELECT s.id AS stay_id, s.booking_id, n.room_id, s.check_in, s.check_out, s.status, s.is_pinned, \
                min(n.night) AS first_night, max(n.night) AS last_night \
         FROM room_nights n \
         JOIN stays s ON s.property_id = n.property_id AND s.id = n.stay_id \
         JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id \
         WHERE n.property_id = $1 AND r.room_type_id = $2 AND n.night >= $3 \
         GROUP BY s.property_id, s.id, n.room_id",
    );
    let statement = statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(room_type_id).bind::<Date, _>(from);
    let rows: Vec<OccupancyRow> = Cached(statement).load(&mut conn).await?;
    Ok(rows.into_iter().map(Occupancy::from).collect())
}

#[derive(QueryableByName)]
struct OccupancyRow {
    #[diesel(sql_type = SqlUuid)]
    stay_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    booking_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    room_id: Uuid,
    #[diesel(sql_type = Date)]
    check_in: NaiveDate,
    #[diesel(sql_type = Date)]
    check_out: NaiveDate,
    #[diesel(sql_type = Text)]
    status: Status,
    #[diesel(sql_type = Bool)]
    is_pinned: bool,
    #[diesel(sql_type = Date)]
    first_night: NaiveDate,
    #[diesel(sql_type = Date)]
    last_night: NaiveDate,
}

impl From<OccupancyRow> for Occupancy {
    fn from(row: OccupancyRow) -> Self {
        let OccupancyRow { stay_id, booking_id, room_id, check_in, check_out, status, is_pinned, first_night, last_night } = row;
        let nights = Nights::new(first_night, last_night + Days::new(1));
        Self { stay_id, booking_id, room_id, check_in, check_out, status, is_pinned, nights }
    }
}

/// The last night from a date on, on which a stay has a room of the type.
pub async fn last_occupied_night(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    from: NaiveDate,
) -> QueryResult<Option<NaiveDate>> {
    room_nights::table
        .inner_join(rooms::table.on(rooms::property_id.eq(room_nights::property_id).and(rooms::id.eq(room_nights::room_id))))
        .filter(room_nights::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(room_nights::stay_id.is_not_null())
        .filter(room_nights::night.ge(from))
        .select(max(room_nights::night))
        .get_result(&mut conn)
        .await
}

/// Returns `true` if a stay or a block has the room on or after a night.
pub async fn room_is_occupied_from(mut conn: &Conn, property_id: Uuid, room_id: Uuid, from: NaiveDate) -> QueryResult<bool> {
    let rows = room_nights::table
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::room_id.eq(room_id))
        .filter(room_nights::night.ge(from));
    diesel::select(exists(rows)).get_result(&mut conn).await
}

/// Room, block, and the first and last night of both; in SQL all but the room could be null.
type BlockedRow = (Uuid, Option<Uuid>, Option<NaiveDate>, Option<NaiveDate>);

/// Returns the blocked rooms of a type on or after a night, each block as one span.
pub async fn blocked(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid, from: NaiveDate) -> QueryResult<Vec<Blocked>> {
    let rows: Vec<BlockedRow> = room_nights::table
        .inner_join(rooms::table.on(rooms::property_id.eq(room_nights::property_id).and(rooms::id.eq(room_nights::room_id))))
        .filter(room_nights::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(room_nights::night.ge(from))
        .filter(room_nights::block_id.is_not_null())
        .group_by((room_nights::room_id, room_nights::block_id))
        .select((room_nights::room_id, room_nights::block_id, min(room_nights::night), max(room_nights::night)))
        .load(&mut conn)
        .await?;
    let span = |(room_id, block_id, first, last): BlockedRow| {
        Some(Blocked { room_id, block_id: block_id?, nights: Nights::new(first?, last? + Days::new(1)) })
    };
    Ok(rows.into_iter().filter_map(span).collect())
}

/// Gives a block its nights of a room. The primary key refuses nights that a stay or another block has.
pub(super) async fn occupy_by_block(
    mut conn: &Conn,
    property_id: Uuid,
    (room_id, block_id): (Uuid, Uuid),
    nights: &[NaiveDate],
    raised: &[NaiveDate],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO room_nights (property_id, room_id, block_id, night, raises_overbooking, created_at, updated_at) \
         SELECT $1, $2, $3, night, night = ANY($5), $6, $6 FROM unnest($4) AS night",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<SqlUuid, _>(room_id)
            .bind::<SqlUuid, _>(block_id)
            .bind::<Array<Date>, _>(nights)
            .bind::<Array<Date>, _>(raised)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Gives blocks the nights of their rooms. The primary key refuses nights that a stay or another block has.
pub(super) async fn occupy_by_blocks(
    mut conn: &Conn,
    property_id: Uuid,
    blocks: &[Blocked],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "INSERT INTO room_nights (property_id, room_id, block_id, night, raises_overbooking, created_at, updated_at) \
         SELECT $1, new.room_id, new.block_id, new.night, false, $5, $5 FROM unnest($2, $3, $4) AS new(room_id, block_id, night)",
    );
    let of_nights = || blocks.iter().flat_map(|block| block.nights.iter().map(move |night| (block, night)));
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(of_nights().map(|(block, _)| block.room_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(of_nights().map(|(block, _)| block.block_id).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(of_nights().map(|(_, night)| night).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Takes nights away from a block, and returns those whose overbooking it had raised.
pub(super) async fn vacate_block(
    mut conn: &Conn,
    property_id: Uuid,
    block_id: Uuid,
    nights: &[NaiveDate],
) -> QueryResult<Vec<(NaiveDate, bool)>> {
    let rows = room_nights::table
        .filter(room_nights::property_id.eq(property_id))
        .filter(room_nights::block_id.eq(block_id))
        .filter(room_nights::night.eq_any(nights));
    diesel::delete(rows).returning((room_nights::night, room_nights::raises_overbooking)).get_results(&mut conn).await
}

/// Adds to the capacity of some nights of a type. The rows are locked.
pub(super) async fn add_to_capacity_of(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    nights: &[NaiveDate],
    rooms: i32,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let rows = inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.eq_any(nights))
        .filter(inventory::room_type_id.eq(room_type_id));
    diesel::update(rows)
        .set((inventory::capacity.eq(inventory::capacity + rooms), inventory::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Adds to the capacity of some nights of types, on each so many. The rows are locked.
pub(super) async fn add_to_capacity_each(
    conn: &Conn,
    property_id: Uuid,
    rooms: &[(NaiveDate, Uuid, i32)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE inventory SET capacity = inventory.capacity + more.rooms, updated_at = $5 \
         FROM unnest($2, $3, $4) AS more(night, room_type_id, rooms) \
         WHERE inventory.property_id = $1 AND inventory.night = more.night AND inventory.room_type_id = more.room_type_id",
    );
    run_by_night(conn, statement, property_id, None, rooms, now).await
}

/// Adds to the overbooking of some nights of a type. The rows are locked.
pub(super) async fn add_to_overbooking_of(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    nights: &[NaiveDate],
    rooms: i32,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    if nights.is_empty() {
        return Ok(0);
    }
    let rows = inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.eq_any(nights))
        .filter(inventory::room_type_id.eq(room_type_id));
    diesel::update(rows)
        .set((inventory::overbooking.eq(inventory::overbooking + rooms), inventory::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Returns by how much blocks have raised the overbooking of a type, for the nights on which they have.
pub(super) async fn raises(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    from: NaiveDate,
) -> QueryResult<Vec<(NaiveDate, i64)>> {
    room_nights::table
        .inner_join(rooms::table.on(rooms::property_id.eq(room_nights::property_id).and(rooms::id.eq(room_nights::room_id))))
        .filter(room_nights::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(room_nights::night.ge(from))
        .filter(room_nights::raises_overbooking.eq(true))
        .group_by(room_nights::night)
        .select((room_nights::night, count_star()))
        .load(&mut conn)
        .await
}

/// Adds to the capacity of all nights of a type from a date on. The rows are locked.
pub(super) async fn add_to_capacity(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    from: NaiveDate,
    rooms: i32,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let rows = inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::night.ge(from))
        .filter(inventory::room_type_id.eq(room_type_id));
    diesel::update(rows)
        .set((inventory::capacity.eq(inventory::capacity + rooms), inventory::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Gives all nights of a type from a date on the type's allowance, on top of what blocks have raised it by.
pub(super) async fn set_overbooking(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    from: NaiveDate,
    overbooking: i32,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let statement = constant_sql(
        "UPDATE inventory i SET overbooking = $4 + ( \
             SELECT count(*) FROM room_nights n JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id \
             WHERE n.property_id = i.property_id AND n.night = i.night AND r.room_type_id = i.room_type_id \
               AND n.raises_overbooking), updated_at = $5 \
         WHERE i.property_id = $1 AND i.room_type_id = $2 AND i.night >= $3",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<SqlUuid, _>(room_type_id)
            .bind::<Date, _>(from)
            .bind::<Integer, _>(overbooking)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// Writes the rows of the nights that have none yet: the rooms that the type has now, but for those that are blocked then.
pub(super) async fn fill(
    mut conn: &Conn,
    property_id: Uuid,
    room_types: &[Uuid],
    nights: Nights,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    // In the order of the primary key: what is searched together lies together.
    let statement = constant_sql(
        "WITH kinds AS MATERIALIZED (\
             SELECT t.id, t.overbooking, (SELECT count(*) FROM rooms r \
                 WHERE r.property_id = t.property_id AND r.room_type_id = t.id AND NOT r.is_deleted) AS capacity \
             FROM room_types t WHERE t.property_id = $1 AND t.id = ANY ($2)), \
         blocked AS MATERIALIZED (\
             SELECT r.room_type_id, n.night, count(*) AS rooms \
             FROM room_nights n JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id \
             WHERE n.property_id = $1 AND r.room_type_id = ANY ($2) AND NOT r.is_deleted \
               AND n.block_id IS NOT NULL AND n.night >= $3 AND n.night < $4 GROUP BY 1, 2) \
         INSERT INTO inventory (property_id, night, room_type_id, capacity, overbooking, created_at, updated_at) \
         SELECT $1, d.night::date, kinds.id, kinds.capacity - coalesce(blocked.rooms, 0), kinds.overbooking, $5, $5 \
         FROM generate_series($3::timestamp, $4::timestamp - interval '1 day', interval '1 day') AS d (night) CROSS JOIN kinds \
         LEFT JOIN blocked ON blocked.room_type_id = kinds.id AND blocked.night = d.night::date \
         ORDER BY d.night, kinds.id \
         ON CONFLICT DO NOTHING",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(room_types)
            .bind::<Date, _>(nights.from)
            .bind::<Date, _>(nights.to)
            .bind::<Timestamptz, _>(now),
    )
    .execute(&mut conn)
    .await
}

/// A type on sale and how far its rows reach.
#[derive(Queryable)]
pub(super) struct OpenType {
    pub property_id: Uuid,
    pub room_type_id: Uuid,
    pub time_zone: crate::domains::properties::TimeZone,
    pub horizon_nights: i32,
    pub last_night: Option<NaiveDate>,
}

pub(super) async fn open_types(mut conn: &Conn) -> QueryResult<Vec<OpenType>> {
    let last_night = inventory::table
        .filter(inventory::property_id.eq(room_types::property_id))
        .filter(inventory::room_type_id.eq(room_types::id))
        .select(max(inventory::night))
        .single_value();
    room_types::table
        .inner_join(properties::table)
        .filter(not(room_types::is_deleted))
        .filter(not(properties::is_deleted))
        .order((room_types::property_id, room_types::id))
        .select((room_types::property_id, room_types::id, properties::time_zone, properties::horizon_nights, last_night))
        .load(&mut conn)
        .await
}

/// Keeps rooms of the type from coming and going while rows are written. Taken before the rows.
pub(super) async fn lock_type(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<()> {
    room_types::table
        .find((property_id, room_type_id))
        .select(room_types::id)
        .for_no_key_update()
        .first::<Uuid>(&mut conn)
        .await
        .map(|_| ())
}

/// A night on which a counter is not what stays, rooms, blocks and groups say.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Mismatch {
    #[diesel(sql_type = SqlUuid)]
    pub property_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub room_type_id: Uuid,
    #[diesel(sql_type = Date)]
    pub night: NaiveDate,
    #[diesel(sql_type = Integer)]
    pub sold: i32,
    #[diesel(sql_type = Integer)]
    pub stays: i32,
    #[diesel(sql_type = Integer)]
    pub capacity: i32,
    /// Rooms of the type that are not blocked.
    #[diesel(sql_type = Integer)]
    pub rooms: i32,
    #[diesel(sql_type = Integer)]
    pub allotted: i32,
    /// Rooms that allotments have and nobody has picked up.
    #[diesel(sql_type = Integer)]
    pub set_aside: i32,
}

impl Recorded for Mismatch {
    const ENTITY: &'static str = "room_type";
    const OPEN: &'static [&'static str] = &["night", "sold", "allotted", "capacity"];

    fn entity(&self) -> Entity {
        Entity::new(self.room_type_id).at(self.property_id)
    }
}

/// Compares `sold` with the stays, night by night: a no-show keeps its first night, and guests who moved in the house were in the
/// type that they were in. And `allotted` with what groups have not picked up. And `capacity` with the rooms that are not
/// blocked, for nights from each hotel's today on: what a room was before that is no longer known.
pub(super) async fn differences(mut conn: &Conn, property_id: Option<Uuid>, now: DateTime<Utc>) -> QueryResult<Vec<Mismatch>> {
    let statement = constant_sql(
        "SELECT i.property_id, i.room_type_id, i.night, i.sold, coalesce(s.stays, 0)::int AS stays, i.capacity, \
                CASE WHEN i.night < coalesce(p.business_date, ($1 AT TIME ZONE p.time_zone)::date) THEN i.capacity \
                     ELSE coalesce(r.rooms, 0) - coalesce(b.rooms, 0) END::int AS rooms, \
                i.allotted, coalesce(a.rooms, 0)::int AS set_aside \
         FROM inventory i JOIN properties p ON p.id = i.property_id \
         LEFT JOIN ( \
             SELECT s.property_id, coalesce(m.room_type_id, s.room_type_id) AS room_type_id, night::date AS night, count(*) AS stays \
             FROM stays s CROSS JOIN generate_series(s.check_in::timestamp, \
                 CASE WHEN s.status = 'no_show' THEN s.check_in ELSE s.check_out - 1 END::timestamp, interval '1 day') night \
             LEFT JOIN LATERAL (SELECT m.room_type_id FROM stay_moves m \
                 WHERE s.moved_on > night::date AND m.property_id = s.property_id AND m.stay_id = s.id AND m.moved_on > night::date \
                 ORDER BY m.moved_on LIMIT 1) m ON true \
             WHERE s.status <> ALL($3) \
             GROUP BY 1, 2, 3) s USING (property_id, room_type_id, night) \
         LEFT JOIN ( \
             SELECT property_id, room_type_id, count(*) AS rooms FROM rooms WHERE NOT is_deleted \
             GROUP BY 1, 2) r USING (property_id, room_type_id) \
         LEFT JOIN ( \
             SELECT n.property_id, r.room_type_id, n.night, count(*) AS rooms \
             FROM room_nights n JOIN rooms r ON r.property_id = n.property_id AND r.id = n.room_id \
             WHERE n.block_id IS NOT NULL AND NOT r.is_deleted \
             GROUP BY 1, 2, 3) b USING (property_id, room_type_id, night) \
         LEFT JOIN ( \
             SELECT o.property_id, o.room_type_id, o.night, sum(greatest(o.rooms - coalesce(c.stays, 0), 0)) AS rooms \
             FROM allotment_nights o LEFT JOIN ( \
                 SELECT k.property_id, k.group_id AS allotment_id, coalesce(m.room_type_id, s.room_type_id) AS room_type_id, \
                        night::date AS night, count(*) AS stays \
                 FROM stays s JOIN bookings k ON k.property_id = s.property_id AND k.id = s.booking_id \
                 CROSS JOIN generate_series(s.check_in::timestamp, \
                     CASE WHEN s.status = 'no_show' THEN s.check_in ELSE s.check_out - 1 END::timestamp, interval '1 day') night \
                 LEFT JOIN LATERAL (SELECT m.room_type_id FROM stay_moves m \
                 WHERE s.moved_on > night::date AND m.property_id = s.property_id AND m.stay_id = s.id AND m.moved_on > night::date \
                 ORDER BY m.moved_on LIMIT 1) m ON true \
                 WHERE s.status <> ALL($3) AND k.group_id IS NOT NULL \
                 GROUP BY 1, 2, 3, 4) c USING (property_id, allotment_id, room_type_id, night) \
             GROUP BY 1, 2, 3) a USING (property_id, room_type_id, night) \
         WHERE ($2 IS NULL OR i.property_id = $2) AND (i.sold <> coalesce(s.stays, 0) OR i.allotted <> coalesce(a.rooms, 0) \
            OR i.night >= coalesce(p.business_date, ($1 AT TIME ZONE p.time_zone)::date) AND i.capacity <> coalesce(r.rooms, 0) - coalesce(b.rooms, 0)) \
         ORDER BY 1, 3, 2",
    );
    statement
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<SqlUuid>, _>(property_id)
        .bind::<Array<Text>, _>(WITHOUT_NIGHTS.as_slice())
        .load(&mut conn)
        .await
}

/// Sets the counters of a night, unless more would be sold than there are rooms. The row is locked.
pub(super) async fn set_counters(
    mut conn: &Conn,
    property_id: Uuid,
    (night, room_type_id): (NaiveDate, Uuid),
    (sold, allotted, capacity): (i32, i32, i32),
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let row = inventory::table.find((property_id, night, room_type_id));
    let counters = (inventory::sold.eq(sold), inventory::allotted.eq(allotted), inventory::capacity.eq(capacity));
    diesel::update(row.filter(inventory::overbooking.ge(sold + allotted - capacity)))
        .set((counters, inventory::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Keeps rooms of all types of a hotel from coming and going. Taken before the rows.
pub(super) async fn lock_types(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Uuid>> {
    room_types::table
        .filter(room_types::property_id.eq(property_id))
        .order(room_types::id)
        .select(room_types::id)
        .for_no_key_update()
        .load(&mut conn)
        .await
}
