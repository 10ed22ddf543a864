use super::dto::{ChangeFilter, DiscrepancyFilter};
use super::model::{
    Assigned, Attendant, Credits, Deed, Discrepancy, DiscrepancyId, DiscrepancyStatus, RoomRow, ShownChange, ShownDiscrepancy,
    ShownTask, StayRow, Task, TaskChange, TaskId,
};
use crate::domains::bookings::rules::MAX_NIGHTS;
use crate::domains::stays::{Status, are_in_house, are_live};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::dsl::{case_when, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{
    api_keys, housekeeping_changes, housekeeping_credits, housekeeping_tasks, role_assignments, role_permissions, room_blocks,
    room_discrepancies, rooms, stays, users,
};
use uuid::Uuid;

/// Number of days for which guests who should have left may still be in their room.
const OVERDUE_DAYS: i64 = 30;

// Tasks

/// The tasks of a day, with their rooms and attendants.
pub async fn of_day(conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<ShownTask>> {
    shown(conn, property_id, Which::Day(date)).await
}

/// Some tasks, with their rooms and attendants.
pub async fn by_id(conn: &Conn, property_id: Uuid, ids: &[TaskId]) -> QueryResult<Vec<ShownTask>> {
    shown(conn, property_id, Which::Ids(ids)).await
}

/// Choice of tasks.
enum Which<'a> {
    Day(NaiveDate),
    Ids(&'a [TaskId]),
}

async fn shown(mut conn: &Conn, property_id: Uuid, which: Which<'_>) -> QueryResult<Vec<ShownTask>> {
    let of_room = rooms::property_id.eq(housekeeping_tasks::property_id).and(rooms::id.eq(housekeeping_tasks::room_id));
    let inside = stays::property_id
        .eq(housekeeping_tasks::property_id)
        .and(stays::room_id.eq(housekeeping_tasks::room_id.nullable()))
        .and(are_in_house());
    let mut query = housekeeping_tasks::table
        .inner_join(rooms::table.on(of_room))
        .left_join(users::table.on(users::id.nullable().eq(housekeeping_tasks::attendant_id)))
        .left_join(stays::table.on(inside))
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .select((
            Task::as_select(),
            rooms::number,
            rooms::floor,
            rooms::room_type_id,
            rooms::housekeeping,
            users::full_name.nullable(),
            case_when(stays::is_day_use, stays::check_in).otherwise(stays::check_out).nullable(),
        ))
        .into_boxed();
    match which {
        Which::Day(date) => query = query.filter(housekeeping_tasks::date.eq(date)),
        Which::Ids(ids) => query = query.filter(housekeeping_tasks::id.eq_any(ids)),
    }
    query.load(&mut conn).await
}

/// The rooms into which guests are still to come on a day.
pub async fn arriving(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<Uuid>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::check_in.eq(date))
        .filter(are_live())
        .filter(stays::status.ne(Status::CheckedIn))
        .filter(stays::room_id.is_not_null())
        .select(stays::room_id.assume_not_null())
        .load(&mut conn)
        .await
}

/// A task within the scope.
pub async fn find_task(mut conn: &Conn, scope: &Scope, id: TaskId) -> QueryResult<Option<Task>> {
    housekeeping_tasks::table
        .filter(housekeeping_tasks::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(housekeeping_tasks::property_id.eq_any(scope.ids())))
        .select(Task::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Some tasks of a hotel, locked in the order of their ids.
pub async fn lock_tasks(mut conn: &Conn, property_id: Uuid, ids: &[TaskId]) -> QueryResult<Vec<Task>> {
    housekeeping_tasks::table
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .filter(housekeeping_tasks::id.eq_any(ids))
        .order(housekeeping_tasks::id)
        .select(Task::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// All tasks of a day, locked in the order of their ids.
pub async fn lock_day(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<Task>> {
    housekeeping_tasks::table
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .filter(housekeeping_tasks::date.eq(date))
        .order(housekeeping_tasks::id)
        .select(Task::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Adds tasks. A room that has one that day by now keeps it.
pub async fn insert_tasks(mut conn: &Conn, tasks: &[Task]) -> QueryResult<Vec<Task>> {
    use housekeeping_tasks::{date, property_id, room_id};
    diesel::insert_into(housekeeping_tasks::table)
        .values(tasks)
        .on_conflict((property_id, date, room_id))
        .do_nothing()
        .returning(Task::as_returning())
        .get_results(&mut conn)
        .await
}

pub async fn delete_tasks(mut conn: &Conn, property_id: Uuid, ids: &[TaskId]) -> QueryResult<usize> {
    let dropped = housekeeping_tasks::table
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .filter(housekeeping_tasks::id.eq_any(ids));
    diesel::delete(dropped).execute(&mut conn).await
}

pub async fn update_task(mut conn: &Conn, task: &Task, change: &TaskChange, now: DateTime<Utc>) -> QueryResult<Task> {
    diesel::update(housekeeping_tasks::table.find((task.property_id, task.id)))
        .set((change, housekeeping_tasks::version.eq(housekeeping_tasks::version + 1), housekeeping_tasks::updated_at.eq(now)))
        .returning(Task::as_returning())
        .get_result(&mut conn)
        .await
}

/// Does the same with some tasks. Those that are nobody's become `attendant`'s.
pub async fn do_deed(
    mut conn: &Conn,
    property_id: Uuid,
    ids: &[TaskId],
    deed: &Deed,
    attendant: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Task>> {
    let done = housekeeping_tasks::table
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .filter(housekeeping_tasks::id.eq_any(ids));
    diesel::update(done)
        .set((
            deed,
            housekeeping_tasks::attendant_id.eq(coalesce(housekeeping_tasks::attendant_id, attendant)),
            housekeeping_tasks::version.eq(housekeeping_tasks::version + 1),
            housekeeping_tasks::updated_at.eq(now),
        ))
        .returning(Task::as_returning())
        .get_results(&mut conn)
        .await
}

/// Gives each of some tasks its attendant, place, service and credits.
pub async fn assign(mut conn: &Conn, property_id: Uuid, assigned: &[Assigned], now: DateTime<Utc>) -> QueryResult<Vec<Task>> {
    let statement = constant_sql(
        "UPDATE housekeeping_tasks t SET attendant_id = new.attendant_id, place = new.place, service = new.service, \
                credits = new.credits, version = t.version + 1, updated_at = $7 \
         FROM unnest($2, $3, $4, $5, $6) AS new(id, attendant_id, place, service, credits) \
         WHERE t.property_id = $1 AND t.id = new.id RETURNING t.*",
    );
    Cached(
        statement
            .bind::<SqlUuid, _>(property_id)
            .bind::<Array<SqlUuid>, _>(assigned.iter().map(|one| Uuid::from(one.id)).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(assigned.iter().map(|one| one.attendant_id).collect::<Vec<_>>())
            .bind::<Array<Integer>, _>(assigned.iter().map(|one| one.place).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(assigned.iter().map(|one| one.service.as_str()).collect::<Vec<_>>())
            .bind::<Array<Integer>, _>(assigned.iter().map(|one| one.credits).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(now),
    )
    .load(&mut conn)
    .await
}

/// The last place among an attendant's tasks of a day but for some; 0 where there are no others.
pub async fn last_place(
    mut conn: &Conn,
    property_id: Uuid,
    date: NaiveDate,
    attendant_id: Uuid,
    but: &[TaskId],
) -> QueryResult<i32> {
    let last: Option<i32> = housekeeping_tasks::table
        .filter(housekeeping_tasks::property_id.eq(property_id))
        .filter(housekeeping_tasks::date.eq(date))
        .filter(housekeeping_tasks::attendant_id.eq(attendant_id))
        .filter(housekeeping_tasks::id.ne_all(but))
        .select(diesel::dsl::max(housekeeping_tasks::place))
        .first(&mut conn)
        .await?;
    Ok(last.unwrap_or(0))
}

// What is there to do

pub async fn rooms(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<RoomRow>> {
    rooms::table
        .filter(rooms::property_id.eq(property_id))
        .filter(not(rooms::is_deleted))
        .select((rooms::id, rooms::number, rooms::floor, rooms::room_type_id, rooms::housekeeping))
        .load(&mut conn)
        .await
}

/// The stays with a room that a day concerns, and those whose guests should have left before.
pub async fn stays(mut conn: &Conn, property_id: Uuid, date: NaiveDate) -> QueryResult<Vec<StayRow>> {
    let departure = case_when(stays::is_day_use, stays::check_in).otherwise(stays::check_out);
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(are_live())
        .filter(stays::room_id.is_not_null())
        .filter(stays::check_in.le(date))
        .filter(stays::check_in.gt(date - TimeDelta::days(MAX_NIGHTS + OVERDUE_DAYS)))
        .filter(stays::check_out.ge(date).or(stays::status.eq(Status::CheckedIn)))
        .select((stays::room_id, stays::status, stays::check_in, departure))
        .load(&mut conn)
        .await
}

/// The rooms that are out of order on a night.
pub async fn out_of_order(mut conn: &Conn, property_id: Uuid, night: NaiveDate) -> QueryResult<Vec<Uuid>> {
    room_blocks::table
        .filter(room_blocks::property_id.eq(property_id))
        .filter(room_blocks::kind.eq("out_of_order"))
        .filter(room_blocks::from_date.le(night))
        .filter(end_of_block(room_blocks::released_from, room_blocks::to_date).gt(night))
        .select(room_blocks::room_id)
        .load(&mut conn)
        .await
}

/// The day on which the guests who are in a room leave it; `None` where nobody is in it.
pub async fn guests_leave_on(mut conn: &Conn, property_id: Uuid, room_id: Uuid) -> QueryResult<Option<NaiveDate>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::room_id.eq(room_id))
        .filter(are_in_house())
        .select(case_when(stays::is_day_use, stays::check_in).otherwise(stays::check_out))
        .first(&mut conn)
        .await
        .optional()
}

// Attendants

/// The people who hold a permission at a hotel by one of their roles, by name.
pub async fn people_with(mut conn: &Conn, property_id: Uuid, permission: &str) -> QueryResult<Vec<Attendant>> {
    let holders = role_assignments::table
        .inner_join(role_permissions::table.on(role_permissions::role_id.eq(role_assignments::role_id)))
        .filter(role_permissions::permission.eq(permission))
        .filter(role_assignments::property_id.is_null().or(role_assignments::property_id.eq(property_id)))
        .select(role_assignments::user_id);
    users::table
        .filter(users::id.eq_any(holders))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .order((users::full_name, users::id))
        .select((users::id, users::full_name))
        .load(&mut conn)
        .await
}

// Credits

/// The credits of the room types of a hotel of which something is said.
pub async fn credits(mut conn: &Conn, property_id: Uuid) -> QueryResult<Vec<Credits>> {
    housekeeping_credits::table
        .filter(housekeeping_credits::property_id.eq(property_id))
        .select(Credits::as_select())
        .load(&mut conn)
        .await
}

/// The credits of a room type, locked. Whoever sets them holds the type.
pub async fn lock_credits(mut conn: &Conn, property_id: Uuid, room_type_id: Uuid) -> QueryResult<Option<Credits>> {
    housekeeping_credits::table
        .find((property_id, room_type_id))
        .select(Credits::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Writes the credits of a room type, in place of those that there are.
pub async fn put_credits(mut conn: &Conn, credits: &Credits) -> QueryResult<usize> {
    use housekeeping_credits::{departure, property_id, room_type_id, stay_over, updated_at, version};
    diesel::insert_into(housekeeping_credits::table)
        .values(credits)
        .on_conflict((property_id, room_type_id))
        .do_update()
        .set((
            departure.eq(credits.departure),
            stay_over.eq(credits.stay_over),
            version.eq(credits.version),
            updated_at.eq(credits.updated_at),
        ))
        .execute(&mut conn)
        .await
}

// Discrepancies

/// A discrepancy within the scope, as it is shown.
pub async fn find_discrepancy(mut conn: &Conn, scope: &Scope, id: DiscrepancyId) -> QueryResult<Option<ShownDiscrepancy>> {
    let (reporters, resolvers) = diesel::alias!(users as reporters, users as resolvers);
    let of_room = rooms::property_id.eq(room_discrepancies::property_id).and(rooms::id.eq(room_discrepancies::room_id));
    let reported = reporters.field(users::id).nullable().eq(room_discrepancies::reported_by);
    let resolved = resolvers.field(users::id).nullable().eq(room_discrepancies::resolved_by);
    room_discrepancies::table
        .inner_join(rooms::table.on(of_room))
        .left_join(reporters.on(reported))
        .left_join(resolvers.on(resolved))
        .filter(room_discrepancies::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(room_discrepancies::property_id.eq_any(scope.ids())))
        .select((
            Discrepancy::as_select(),
            rooms::number,
            reporters.field(users::full_name).nullable(),
            resolvers.field(users::full_name).nullable(),
        ))
        .first(&mut conn)
        .await
        .optional()
}

/// Discrepancies within the scope, the newest first.
pub async fn list_discrepancies(
    mut conn: &Conn,
    scope: &Scope,
    filter: &DiscrepancyFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<ShownDiscrepancy>> {
    let (reporters, resolvers) = diesel::alias!(users as reporters, users as resolvers);
    let of_room = rooms::property_id.eq(room_discrepancies::property_id).and(rooms::id.eq(room_discrepancies::room_id));
    let reported = reporters.field(users::id).nullable().eq(room_discrepancies::reported_by);
    let resolved = resolvers.field(users::id).nullable().eq(room_discrepancies::resolved_by);
    let mut query = room_discrepancies::table
        .inner_join(rooms::table.on(of_room))
        .left_join(reporters.on(reported))
        .left_join(resolvers.on(resolved))
        .order(room_discrepancies::id.desc())
        .limit(limit)
        .select((
            Discrepancy::as_select(),
            rooms::number,
            reporters.field(users::full_name).nullable(),
            resolvers.field(users::full_name).nullable(),
        ))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(room_discrepancies::property_id.eq_any(ids));
    }
    let DiscrepancyFilter { property_id, room_id, status } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(room_discrepancies::property_id.eq(property_id));
    }
    if let Some(room_id) = room_id {
        query = query.filter(room_discrepancies::room_id.eq(room_id));
    }
    if let Some(status) = status {
        query = query.filter(room_discrepancies::status.eq(status));
    }
    if let Some(before) = before {
        query = query.filter(room_discrepancies::id.lt(before));
    }
    query.load(&mut conn).await
}

/// Returns `true` if a room has an open discrepancy.
pub async fn has_open_discrepancy(mut conn: &Conn, property_id: Uuid, room_id: Uuid) -> QueryResult<bool> {
    let open = room_discrepancies::table
        .filter(room_discrepancies::property_id.eq(property_id))
        .filter(room_discrepancies::room_id.eq(room_id))
        .filter(room_discrepancies::status.eq(DiscrepancyStatus::Open));
    diesel::select(diesel::dsl::exists(open)).get_result(&mut conn).await
}

pub async fn insert_discrepancy(mut conn: &Conn, new: &Discrepancy) -> QueryResult<usize> {
    diesel::insert_into(room_discrepancies::table).values(new).execute(&mut conn).await
}

/// Resolves a discrepancy, unless somebody has changed it since it was read.
pub async fn resolve(
    mut conn: &Conn,
    before: &Discrepancy,
    resolution: &str,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Discrepancy>> {
    let row = room_discrepancies::table.find((before.property_id, before.id));
    diesel::update(row.filter(room_discrepancies::version.eq(before.version)))
        .set((
            room_discrepancies::status.eq(DiscrepancyStatus::Resolved),
            room_discrepancies::resolution.eq(resolution),
            room_discrepancies::resolved_by.eq(by),
            room_discrepancies::resolved_at.eq(now),
            room_discrepancies::version.eq(room_discrepancies::version + 1),
            room_discrepancies::updated_at.eq(now),
        ))
        .returning(Discrepancy::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

// History

/// Changes of housekeeping states within the scope, the newest first.
pub async fn list_changes(
    mut conn: &Conn,
    scope: &Scope,
    filter: &ChangeFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<ShownChange>> {
    let of_room = rooms::property_id.eq(housekeeping_changes::property_id).and(rooms::id.eq(housekeeping_changes::room_id));
    let mut query = housekeeping_changes::table
        .inner_join(rooms::table.on(of_room))
        .left_join(users::table.on(users::id.nullable().eq(housekeeping_changes::actor_id)))
        .left_join(api_keys::table.on(api_keys::id.nullable().eq(housekeeping_changes::actor_id)))
        .filter(housekeeping_changes::property_id.eq(filter.property_id))
        .order(housekeeping_changes::id.desc())
        .limit(limit)
        .select((
            housekeeping_changes::property_id,
            housekeeping_changes::id,
            housekeeping_changes::room_id,
            rooms::number,
            housekeeping_changes::before,
            housekeeping_changes::after,
            housekeeping_changes::actor_kind,
            housekeeping_changes::actor_id,
            users::full_name.nullable(),
            api_keys::name.nullable(),
            housekeeping_changes::changed_at,
        ))
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(housekeeping_changes::property_id.eq_any(ids));
    }
    if let Some(room_id) = filter.room_id {
        query = query.filter(housekeeping_changes::room_id.eq(room_id));
    }
    if let Some(before) = before {
        query = query.filter(housekeeping_changes::id.lt(before));
    }
    query.load(&mut conn).await
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn coalesce(first: Nullable<SqlUuid>, second: Nullable<SqlUuid>) -> Nullable<SqlUuid>;
    #[sql_name = "coalesce"]
    fn end_of_block(released_from: Nullable<Date>, to: Date) -> Date;
}
