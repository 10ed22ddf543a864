//! Reading the day's work, and who has done what.
use crate::Result;
use crate::app::App;
use crate::domains::housekeeping::dto::{
    AttendantDay, AttendantsOut, ChangeFilter, DayQuery, HousekeepingChangeOut, HousekeepingDay, TaskOut,
};
use crate::domains::housekeeping::model::{ShownTask, TaskId, TaskStatus};
use crate::domains::housekeeping::repository;
use crate::domains::housekeeping::rules::walking;
use crate::domains::properties::{self, Property};
use crate::error::Or404;
use crate::page::{Page, PageQuery};
use crate::security::permission::{HousekeepingPlan, HousekeepingWrite, RoomsRead};
use crate::security::{Permission, Staff};
use crate::stores::postgres::Conn;
use chrono::NaiveDate;
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A day's tasks. Two round trips, however many there are.
pub async fn day(app: &App, staff: &Staff<RoomsRead>, query: &DayQuery) -> Result<HousekeepingDay> {
    staff.at(query.property_id)?;
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, query.property_id).await?.or_404("property")?;
    let today = property.business_date(app.clock.now());
    let mut day = shown_day(&conn, &property, query.date.unwrap_or(today), today).await?;
    let own = query.mine.then(|| staff.caller.id());
    day.tasks.retain(|task| {
        own.is_none_or(|own| task.attendant_id == Some(own))
            && query.attendant_id.is_none_or(|id| task.attendant_id == Some(id))
            && query.status.is_none_or(|status| task.status == status)
            && query.floor.as_ref().is_none_or(|floor| task.floor.as_ref() == Some(floor))
    });
    Ok(day)
}

/// The day as it is shown. One round trip.
pub(super) async fn shown_day(conn: &Conn, property: &Property, date: NaiveDate, today: NaiveDate) -> Result<HousekeepingDay> {
    let (rows, arriving) = try_join!(repository::of_day(conn, property.id, date), repository::arriving(conn, property.id, date))?;
    let mut tasks = in_order(rows, &arriving, today);
    let attendants = by_attendant(&tasks);
    let names: BTreeMap<Uuid, usize> =
        attendants.iter().enumerate().map(|(place, attendant)| (attendant.attendant_id, place)).collect();
    tasks.sort_by_key(|task| task.attendant_id.and_then(|id| names.get(&id).copied()).unwrap_or(usize::MAX));
    Ok(HousekeepingDay { property_id: property.id, date, attendants, tasks, hotels: vec![property.name.clone()] })
}

/// Returns tasks with urgent ones first, then in their places, then along the way.
fn in_order(rows: Vec<ShownTask>, arriving: &[Uuid], today: NaiveDate) -> Vec<TaskOut> {
    let show = |row: ShownTask| {
        let is_arriving = arriving.contains(&row.task.room_id);
        TaskOut::new(row, is_arriving, today)
    };
    let mut tasks: Vec<TaskOut> = rows.into_iter().map(show).collect();
    tasks.sort_by(|one, other| {
        let key = |task: &TaskOut| (!task.is_rush, task.place);
        let by_way = || walking(one.floor.as_deref(), &one.room_number).cmp(&walking(other.floor.as_deref(), &other.room_number));
        key(one).cmp(&key(other)).then_with(by_way)
    });
    tasks
}

/// Returns who has how much to do, by name.
fn by_attendant(tasks: &[TaskOut]) -> Vec<AttendantDay> {
    let mut days: BTreeMap<(&str, Uuid), AttendantDay> = BTreeMap::new();
    for task in tasks {
        let (Some(attendant_id), Some(name)) = (task.attendant_id, task.attendant_name.as_deref()) else { continue };
        let new =
            || AttendantDay { attendant_id, attendant_name: name.into(), tasks: 0, tasks_done: 0, credits: 0, credits_done: 0 };
        let day = days.entry((name, attendant_id)).or_insert_with(new);
        day.tasks += 1;
        day.credits += task.credits;
        if matches!(task.status, TaskStatus::Finished | TaskStatus::Inspected) {
            day.tasks_done += 1;
            day.credits_done += task.credits;
        }
    }
    days.into_values().collect()
}

pub async fn get_task(app: &App, staff: &Staff<RoomsRead>, id: TaskId) -> Result<TaskOut> {
    let conn = app.db.conn().await?;
    let task = repository::find_task(&conn, &staff.scope, id).await?.or_404("task")?;
    let property = properties::find(&conn, task.property_id).await?.or_404("task")?;
    let today = property.business_date(app.clock.now());
    shown_tasks(&conn, task.property_id, task.date, &[id], today).await?.pop().or_404("task")
}

/// Some tasks of a day as they are shown, in any order.
pub(super) async fn shown_tasks(
    conn: &Conn,
    property_id: Uuid,
    date: NaiveDate,
    ids: &[TaskId],
    today: NaiveDate,
) -> Result<Vec<TaskOut>> {
    let (rows, arriving) = try_join!(repository::by_id(conn, property_id, ids), repository::arriving(conn, property_id, date))?;
    Ok(in_order(rows, &arriving, today))
}

/// The people to whom rooms can be given at a hotel.
pub async fn attendants(app: &App, staff: &Staff<HousekeepingPlan>, property_id: Uuid) -> Result<AttendantsOut> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.or_404("property")?;
    let people = repository::people_with(&conn, property_id, HousekeepingWrite::NAME).await?;
    Ok(AttendantsOut { property_id, attendants: people.into_iter().map(Into::into).collect() })
}

/// The changes of housekeeping states at a hotel, the newest first.
pub async fn changes(
    app: &App,
    staff: &Staff<RoomsRead>,
    filter: &ChangeFilter,
    page: &PageQuery,
) -> Result<Page<HousekeepingChangeOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_changes(&conn, &staff.scope, filter, before, limit + 1).await?;
    Ok(page.page(rows, |row| row.id)?.map(Into::into))
}
