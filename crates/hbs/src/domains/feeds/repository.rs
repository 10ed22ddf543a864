use super::dto::ConflictFilter;
use super::model::{
    ConflictState, ConflictStatus, Echoes, FeedConflict, FeedExport, FeedImport, NewFeedConflict, NewFeedExport, NewFeedImport,
    PollState,
};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{count_star, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{feed_conflicts, feed_exports, feed_imports, inventory, room_blocks, room_types, rooms, stays};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

pub async fn insert_export(mut conn: &Conn, new: &NewFeedExport<'_>) -> QueryResult<FeedExport> {
    diesel::insert_into(feed_exports::table).values(new).returning(FeedExport::as_returning()).get_result(&mut conn).await
}

/// Exports within the scope, in the order of their ids. `after` is the last id seen.
pub async fn list_exports(
    mut conn: &Conn,
    scope: &Scope,
    property_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<FeedExport>> {
    let mut query = feed_exports::table
        .filter(not(feed_exports::is_deleted))
        .order(feed_exports::id)
        .limit(limit)
        .select(FeedExport::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(feed_exports::property_id.eq_any(ids));
    }
    if let Some(property_id) = property_id {
        query = query.filter(feed_exports::property_id.eq(property_id));
    }
    if let Some(after) = after {
        query = query.filter(feed_exports::id.gt(after));
    }
    query.load(&mut conn).await
}

pub async fn find_export(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<FeedExport>> {
    feed_exports::table
        .filter(feed_exports::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_exports::property_id.eq_any(scope.ids())))
        .filter(not(feed_exports::is_deleted))
        .select(FeedExport::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn lock_export(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<FeedExport>> {
    feed_exports::table
        .filter(feed_exports::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_exports::property_id.eq_any(scope.ids())))
        .filter(not(feed_exports::is_deleted))
        .select(FeedExport::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// The export behind an address, with the name of the room or room type, if that is still there.
pub async fn find_export_by_token(mut conn: &Conn, token_hash: &[u8]) -> QueryResult<Option<(FeedExport, String)>> {
    let found: Option<(FeedExport, Option<String>, Option<String>)> = feed_exports::table
        .left_join(
            rooms::table.on(rooms::property_id
                .eq(feed_exports::property_id)
                .and(rooms::id.nullable().eq(feed_exports::room_id))
                .and(not(rooms::is_deleted))),
        )
        .left_join(
            room_types::table.on(room_types::property_id
                .eq(feed_exports::property_id)
                .and(room_types::id.nullable().eq(feed_exports::room_type_id))
                .and(not(room_types::is_deleted))),
        )
        .filter(feed_exports::token_hash.eq(token_hash))
        .filter(not(feed_exports::is_deleted))
        .select((FeedExport::as_select(), rooms::number.nullable(), room_types::name.nullable()))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(found.and_then(|(feed, number, name)| Some((feed, number.or(name)?))))
}

pub async fn set_token(mut conn: &Conn, row: &FeedExport, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<FeedExport> {
    diesel::update(feed_exports::table.find((row.property_id, row.id)))
        .set((
            feed_exports::token_hash.eq(token_hash),
            feed_exports::version.eq(feed_exports::version + 1),
            feed_exports::updated_at.eq(now),
        ))
        .returning(FeedExport::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn revoke_export(mut conn: &Conn, row: &FeedExport, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(feed_exports::table.find((row.property_id, row.id)))
        .set((
            feed_exports::is_deleted.eq(true),
            feed_exports::deleted_at.eq(now),
            feed_exports::version.eq(feed_exports::version + 1),
            feed_exports::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Notes that an export tells something else since an instant, unless another request has noted it already. Says since when
/// it does then.
pub async fn note_content(
    mut conn: &Conn,
    row: &FeedExport,
    hash: &[u8],
    since: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    let changed = diesel::update(
        feed_exports::table
            .find((row.property_id, row.id))
            .filter(feed_exports::content_hash.is_not_distinct_from(row.content_hash.as_deref())),
    )
    .set((feed_exports::content_hash.eq(hash), feed_exports::content_changed_at.eq(since)))
    .returning(feed_exports::content_changed_at)
    .get_result(&mut conn)
    .await
    .optional()?;
    match changed {
        Some(since) => Ok(since),
        None => {
            feed_exports::table.find((row.property_id, row.id)).select(feed_exports::content_changed_at).first(&mut conn).await
        }
    }
}

/// A night on which a room is taken.
#[derive(Debug, Clone, QueryableByName)]
pub struct TakenNight {
    #[diesel(sql_type = Date)]
    pub night: NaiveDate,
    /// The stay or block that has it.
    #[diesel(sql_type = SqlUuid)]
    pub owner_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub is_block: bool,
    /// Version of the booking or block.
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
    /// Import that the block follows, and the name of its event there.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub feed_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub feed_uid: Option<String>,
}

/// The nights of a room that are taken, from a date on.
pub async fn taken_nights(mut conn: &Conn, property_id: Uuid, room_id: Uuid, from: NaiveDate) -> QueryResult<Vec<TakenNight>> {
    constant_sql(
        "SELECT n.night, coalesce(n.stay_id, n.block_id) AS owner_id, n.block_id IS NOT NULL AS is_block, \
                coalesce(b.version, k.version) AS version, coalesce(b.updated_at, k.updated_at) AS changed_at, \
                k.feed_id, k.feed_uid \
         FROM room_nights n \
         LEFT JOIN stays s ON s.property_id = n.property_id AND s.id = n.stay_id \
         LEFT JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
         LEFT JOIN room_blocks k ON k.property_id = n.property_id AND k.id = n.block_id \
         WHERE n.property_id = $1 AND n.room_id = $2 AND n.night >= $3 ORDER BY n.night",
    )
    .bind::<SqlUuid, _>(property_id)
    .bind::<SqlUuid, _>(room_id)
    .bind::<Date, _>(from)
    .load(&mut conn)
    .await
}

/// A night of a room type.
#[derive(Debug, Clone, QueryableByName)]
pub struct TypeNight {
    #[diesel(sql_type = Date)]
    pub night: NaiveDate,
    /// `true` if no room is left, those counted as left that only imports block whose blocks are not told.
    #[diesel(sql_type = Bool)]
    pub is_full: bool,
    /// Time since which the counters are what they are.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
}

/// The nights of a room type from a date on. Blocks of imports count if the reader is known by an import of its own, but
/// for those of that import, and echoes.
pub async fn type_nights(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    reader: Option<Uuid>,
    from: NaiveDate,
) -> QueryResult<Vec<TypeNight>> {
    constant_sql(
        "SELECT i.night, i.sold + i.allotted >= i.capacity + count(k.id) AS is_full, i.updated_at AS changed_at \
         FROM inventory i \
         LEFT JOIN rooms r ON r.property_id = i.property_id AND r.room_type_id = i.room_type_id \
         LEFT JOIN room_nights n ON n.property_id = r.property_id AND n.room_id = r.id AND n.night = i.night \
         LEFT JOIN room_blocks k ON k.property_id = n.property_id AND k.id = n.block_id AND k.feed_id IS NOT NULL \
              AND ($4 IS NULL OR k.feed_id = $4 OR EXISTS ( \
                  SELECT FROM feed_imports f, jsonb_array_elements(f.echoes) AS echo \
                  WHERE f.property_id = k.property_id AND f.id = k.feed_id AND echo->>'uid' = k.feed_uid \
                      AND n.night >= (echo->>'from')::date AND n.night < (echo->>'to')::date)) \
         WHERE i.property_id = $1 AND i.room_type_id = $2 AND i.night >= $3 \
         GROUP BY i.property_id, i.night, i.room_type_id ORDER BY i.night",
    )
    .bind::<SqlUuid, _>(property_id)
    .bind::<SqlUuid, _>(room_type_id)
    .bind::<Date, _>(from)
    .bind::<Nullable<SqlUuid>, _>(reader)
    .load(&mut conn)
    .await
}

/// The nights of a room type from a date on, of which no room can be taken any more.
pub async fn sold_out_nights(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    from: NaiveDate,
) -> QueryResult<BTreeSet<NaiveDate>> {
    let nights: Vec<NaiveDate> = inventory::table
        .filter(inventory::property_id.eq(property_id))
        .filter(inventory::room_type_id.eq(room_type_id))
        .filter(inventory::night.ge(from))
        .filter((inventory::sold + inventory::allotted).ge(inventory::capacity + inventory::overbooking))
        .select(inventory::night)
        .load(&mut conn)
        .await?;
    Ok(nights.into_iter().collect())
}

/// Rooms of a type that are neither sold nor held back by others than a feed, by night: on nights that can be sold, and on
/// later ones on which others have some.
pub async fn rooms_left(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Uuid,
    feed_id: Uuid,
    from: NaiveDate,
) -> QueryResult<BTreeMap<NaiveDate, i64>> {
    let rows: Vec<NightLeft> = constant_sql(
        "WITH taken AS ( \
             SELECT n.night, count(*) AS rooms, count(*) FILTER (WHERE k.feed_id = $3) AS own \
             FROM rooms r \
             JOIN room_nights n ON n.property_id = r.property_id AND n.room_id = r.id AND n.night >= $4 \
             LEFT JOIN room_blocks k ON k.property_id = n.property_id AND k.id = n.block_id \
             WHERE r.property_id = $1 AND r.room_type_id = $2 AND NOT r.is_deleted GROUP BY n.night) \
         SELECT i.night, i.capacity - i.sold - i.allotted + coalesce(t.own, 0) AS rooms \
         FROM inventory i LEFT JOIN taken t ON t.night = i.night \
         WHERE i.property_id = $1 AND i.room_type_id = $2 AND i.night >= $4 \
         UNION ALL \
         SELECT t.night, (SELECT count(*) FROM rooms r \
                          WHERE r.property_id = $1 AND r.room_type_id = $2 AND NOT r.is_deleted) - t.rooms + t.own \
         FROM taken t WHERE NOT EXISTS ( \
             SELECT FROM inventory i WHERE i.property_id = $1 AND i.room_type_id = $2 AND i.night = t.night)",
    )
    .bind::<SqlUuid, _>(property_id)
    .bind::<SqlUuid, _>(room_type_id)
    .bind::<SqlUuid, _>(feed_id)
    .bind::<Date, _>(from)
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.night, row.rooms)).collect())
}

#[derive(QueryableByName)]
struct NightLeft {
    #[diesel(sql_type = Date)]
    night: NaiveDate,
    #[diesel(sql_type = BigInt)]
    rooms: i64,
}

/// Returns the number of rooms of a type.
pub async fn count_rooms(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<i64> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(rooms::room_type_id.eq(room_type_id))
        .filter(not(rooms::is_deleted))
        .count()
        .get_result(&mut conn)
        .await
}

/// The echoes of some imports.
pub async fn echoes_of(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Echoes)>> {
    feed_imports::table
        .filter(feed_imports::property_id.eq(property_id))
        .filter(feed_imports::id.eq_any(ids))
        .filter(not(feed_imports::is_deleted))
        .select((feed_imports::id, feed_imports::echoes))
        .load(&mut conn)
        .await
}

/// Returns `true` if an export may have told the program of an import of the nights that are taken: one that it reads, or of
/// which nobody has said who does, of the import's room or type, of the type of its room, or of a room of its type.
pub async fn is_told(mut conn: &Conn, row: &FeedImport) -> QueryResult<bool> {
    let told: Told = constant_sql(
        "SELECT EXISTS ( \
             SELECT FROM feed_imports f \
             JOIN feed_exports e ON e.property_id = f.property_id AND NOT e.is_deleted \
                 AND (e.import_id IS NULL OR e.import_id = f.id) \
             WHERE f.property_id = $1 AND f.id = $2 AND ( \
                 e.room_id = f.room_id OR e.room_type_id = f.room_type_id \
                 OR EXISTS (SELECT FROM rooms r WHERE r.property_id = f.property_id \
                            AND (r.id = f.room_id AND r.room_type_id = e.room_type_id \
                                 OR r.id = e.room_id AND r.room_type_id = f.room_type_id)))) AS is_told",
    )
    .bind::<SqlUuid, _>(row.property_id)
    .bind::<SqlUuid, _>(row.id)
    .get_result(&mut conn)
    .await?;
    Ok(told.is_told)
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Bool)]
    is_told: bool,
}

/// Writes which events of a feed were satisfied by what the room had.
pub async fn set_echoes(mut conn: &Conn, row: &FeedImport, echoes: &Echoes) -> QueryResult<usize> {
    diesel::update(feed_imports::table.find((row.property_id, row.id)))
        .set(feed_imports::echoes.eq(echoes))
        .execute(&mut conn)
        .await
}

/// Returns those of some ids that this hotel gave: to stays, blocks or room types, whether they are still there or not.
pub async fn given_ids(mut conn: &Conn, property_id: Uuid, ids: &[Uuid]) -> QueryResult<HashSet<Uuid>> {
    let of_stays = stays::table.filter(stays::property_id.eq(property_id)).filter(stays::id.eq_any(ids)).select(stays::id);
    let of_blocks = room_blocks::table
        .filter(room_blocks::property_id.eq(property_id))
        .filter(room_blocks::id.eq_any(ids))
        .select(room_blocks::id);
    let of_types = room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(room_types::id.eq_any(ids))
        .select(room_types::id);
    let mut given: HashSet<Uuid> = of_stays.load(&mut conn).await?.into_iter().collect();
    given.extend(of_blocks.load::<Uuid>(&mut conn).await?);
    given.extend(of_types.load::<Uuid>(&mut conn).await?);
    Ok(given)
}

/// Returns `true` if there is such a room type at the property.
pub async fn has_room_type(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<bool> {
    let found = room_types::table.find((property_id, room_type_id)).filter(not(room_types::is_deleted));
    diesel::select(diesel::dsl::exists(found)).get_result(&mut conn).await
}

pub async fn insert_import(mut conn: &Conn, new: &NewFeedImport<'_>) -> QueryResult<FeedImport> {
    diesel::insert_into(feed_imports::table).values(new).returning(FeedImport::as_returning()).get_result(&mut conn).await
}

/// Imports within the scope, in the order of their ids. `after` is the last id seen.
pub async fn list_imports(
    mut conn: &Conn,
    scope: &Scope,
    property_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<FeedImport>> {
    let mut query = feed_imports::table
        .filter(not(feed_imports::is_deleted))
        .order(feed_imports::id)
        .limit(limit)
        .select(FeedImport::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(feed_imports::property_id.eq_any(ids));
    }
    if let Some(property_id) = property_id {
        query = query.filter(feed_imports::property_id.eq(property_id));
    }
    if let Some(after) = after {
        query = query.filter(feed_imports::id.gt(after));
    }
    query.load(&mut conn).await
}

pub async fn find_import(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<FeedImport>> {
    feed_imports::table
        .filter(feed_imports::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_imports::property_id.eq_any(scope.ids())))
        .filter(not(feed_imports::is_deleted))
        .select(FeedImport::as_select())
        .first(&mut conn)
        .await
        .optional()
}

pub async fn lock_import(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<FeedImport>> {
    feed_imports::table
        .filter(feed_imports::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_imports::property_id.eq_any(scope.ids())))
        .filter(not(feed_imports::is_deleted))
        .select(FeedImport::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Gives a feed another name or address. It is fetched anew at `due`, whatever was known of it.
pub async fn update_import(
    mut conn: &Conn,
    row: &FeedImport,
    (name, url): (&str, Option<&str>),
    due: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<FeedImport> {
    diesel::update(feed_imports::table.find((row.property_id, row.id)))
        .set((
            feed_imports::name.eq(name),
            feed_imports::url.eq(url),
            feed_imports::next_poll_at.eq(due),
            feed_imports::etag.eq(None::<String>),
            feed_imports::last_modified.eq(None::<String>),
            feed_imports::version.eq(feed_imports::version + 1),
            feed_imports::updated_at.eq(now),
        ))
        .returning(FeedImport::as_returning())
        .get_result(&mut conn)
        .await
}

/// Lets a feed be fetched at an instant. What clients see of it as its version stays.
pub async fn set_due(mut conn: &Conn, row: &FeedImport, due: DateTime<Utc>) -> QueryResult<FeedImport> {
    diesel::update(feed_imports::table.find((row.property_id, row.id)))
        .set(feed_imports::next_poll_at.eq(due))
        .returning(FeedImport::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_import(mut conn: &Conn, row: &FeedImport, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(feed_imports::table.find((row.property_id, row.id)))
        .set((
            feed_imports::is_deleted.eq(true),
            feed_imports::deleted_at.eq(now),
            feed_imports::next_poll_at.eq(None::<DateTime<Utc>>),
            feed_imports::version.eq(feed_imports::version + 1),
            feed_imports::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// The feeds that are due and that nobody else is about to claim, the one that has waited longest first.
pub async fn lock_due(mut conn: &Conn, now: DateTime<Utc>, limit: i64) -> QueryResult<Vec<FeedImport>> {
    feed_imports::table
        .filter(feed_imports::next_poll_at.le(now))
        .order(feed_imports::next_poll_at)
        .limit(limit)
        .select(FeedImport::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(&mut conn)
        .await
}

/// Claims feeds until an instant.
pub async fn lease(mut conn: &Conn, ids: &[Uuid], until: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(feed_imports::table.filter(feed_imports::id.eq_any(ids)))
        .set(feed_imports::next_poll_at.eq(until))
        .execute(&mut conn)
        .await
}

/// Writes what was found when a feed was looked at.
pub async fn set_poll_state(mut conn: &Conn, row: &FeedImport, state: &PollState) -> QueryResult<usize> {
    diesel::update(feed_imports::table.find((row.property_id, row.id))).set(state).execute(&mut conn).await
}

/// The feeds that have become stale and have not been told to be, locked.
pub async fn lock_newly_stale(mut conn: &Conn, since: DateTime<Utc>, limit: i64) -> QueryResult<Vec<FeedImport>> {
    let never_read = feed_imports::last_success_at.is_null().and(feed_imports::created_at.le(since));
    feed_imports::table
        .filter(feed_imports::url.is_not_null())
        .filter(not(feed_imports::is_deleted))
        .filter(feed_imports::stale_since.is_null())
        .filter(feed_imports::last_success_at.le(since).or(never_read.nullable()))
        .order(feed_imports::id)
        .limit(limit)
        .select(FeedImport::as_select())
        .for_no_key_update()
        .skip_locked()
        .load(&mut conn)
        .await
}

pub async fn set_stale(mut conn: &Conn, ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(feed_imports::table.filter(feed_imports::id.eq_any(ids)))
        .set(feed_imports::stale_since.eq(now))
        .execute(&mut conn)
        .await
}

/// Returns the number of open conflicts of each of some feeds.
pub async fn open_conflicts(mut conn: &Conn, feeds: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = feed_conflicts::table
        .filter(feed_conflicts::feed_id.eq_any(feeds))
        .filter(as_indexed("feed_conflicts.status = 'open'"))
        .group_by(feed_conflicts::feed_id)
        .select((feed_conflicts::feed_id, count_star()))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The conflicts of a feed that are not resolved.
pub async fn standing_conflicts(mut conn: &Conn, feed: &FeedImport) -> QueryResult<Vec<FeedConflict>> {
    feed_conflicts::table
        .filter(feed_conflicts::property_id.eq(feed.property_id))
        .filter(feed_conflicts::feed_id.eq(feed.id))
        .filter(as_indexed("feed_conflicts.status <> 'resolved'"))
        .order(feed_conflicts::id)
        .select(FeedConflict::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert_conflicts(mut conn: &Conn, new: &[NewFeedConflict<'_>]) -> QueryResult<Vec<FeedConflict>> {
    diesel::insert_into(feed_conflicts::table).values(new).returning(FeedConflict::as_returning()).get_results(&mut conn).await
}

pub async fn set_conflict(
    mut conn: &Conn,
    row: &FeedConflict,
    state: &ConflictState,
    now: DateTime<Utc>,
) -> QueryResult<FeedConflict> {
    diesel::update(feed_conflicts::table.find((row.property_id, row.id)))
        .set((state, feed_conflicts::version.eq(feed_conflicts::version + 1), feed_conflicts::updated_at.eq(now)))
        .returning(FeedConflict::as_returning())
        .get_result(&mut conn)
        .await
}

/// Conflicts within the scope, newest first. `after` is the last id seen.
pub async fn list_conflicts(
    mut conn: &Conn,
    scope: &Scope,
    filter: &ConflictFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<FeedConflict>> {
    let mut query =
        feed_conflicts::table.order(feed_conflicts::id.desc()).limit(limit).select(FeedConflict::as_select()).into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(feed_conflicts::property_id.eq_any(ids));
    }
    let ConflictFilter { property_id, feed_id, status } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(feed_conflicts::property_id.eq(property_id));
    }
    if let Some(feed_id) = feed_id {
        query = query.filter(feed_conflicts::feed_id.eq(feed_id));
    }
    query = query.filter(feed_conflicts::status.eq(status.unwrap_or(ConflictStatus::Open)));
    if let Some(after) = after {
        query = query.filter(feed_conflicts::id.lt(after));
    }
    query.load(&mut conn).await
}

/// The feed that a conflict is of, within the scope.
pub async fn feed_of_conflict(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Uuid>> {
    feed_conflicts::table
        .filter(feed_conflicts::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_conflicts::property_id.eq_any(scope.ids())))
        .select(feed_conflicts::feed_id)
        .first(&mut conn)
        .await
        .optional()
}

pub async fn find_conflict(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<FeedConflict>> {
    feed_conflicts::table
        .filter(feed_conflicts::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(feed_conflicts::property_id.eq_any(scope.ids())))
        .select(FeedConflict::as_select())
        .first(&mut conn)
        .await
        .optional()
}
