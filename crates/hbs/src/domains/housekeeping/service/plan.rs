//! Planning a day: which rooms are to be made up, and by whom.
use super::read::shown_day;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::housekeeping::dto::PlanDay;
use crate::domains::housekeeping::model::{Attendant, Credits, Deed, Task, TaskAction, TaskId};
use crate::domains::housekeeping::repository;
use crate::domains::housekeeping::rules::{self, Day, Plan, Today};
use crate::domains::properties::{self, Property};
use crate::domains::rooms;
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{HousekeepingPlan, HousekeepingWrite};
use crate::security::{Permission, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{Days, NaiveDate};
use futures_util::try_join;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Number of days ahead for which tasks can be made.
const DAYS_AHEAD: u64 = 7;

/// Makes the tasks of a day and shares those that are nobody's.
pub async fn plan(app: &App, staff: &Staff<HousekeepingPlan>, key: &IdempotencyKey, request: PlanDay) -> Result<Answer> {
    let PlanDay { property_id, date, attendants, redistribute } = request;
    staff.at(property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let attendants: Vec<(Uuid, Option<i32>)> = attendants.iter().map(|one| (one.attendant_id, one.max_credits)).collect();
    app.change(key, async |conn| {
        let property = properties::find(conn, property_id).await?.or_404("property")?;
        let today = property.business_date(now);
        let date = date.unwrap_or(today);
        check_date(date, today)?;
        let tasks = repository::lock_day(conn, property_id, date).await?;
        let (day, people) = look(conn, &property, date, tasks, &cause).await?;
        check_attendants(&attendants, &people)?;
        let plan = rules::plan(&day, &Today { attendants: &attendants, redistribute });
        carry_out(conn, &day, property_id, plan, &cause).await?;
        Answer::done(&shown_day(conn, &property, date, today).await?)
    })
    .await
}

fn check_date(date: NaiveDate, today: NaiveDate) -> Result<()> {
    if date < today {
        return Err(Error::invalid("/date", format!("is in the past: today is {today} at the hotel")));
    }
    if date > today + Days::new(DAYS_AHEAD) {
        return Err(Error::invalid("/date", format!("is more than {DAYS_AHEAD} days ahead: today is {today} at the hotel")));
    }
    Ok(())
}

/// Reads what there is to do. One round trip.
async fn look(
    conn: &Conn,
    property: &Property,
    date: NaiveDate,
    tasks: Vec<Task>,
    cause: &Cause,
) -> Result<(Day, Vec<Attendant>)> {
    let id = property.id;
    let of_property = &[id];
    let (rooms, stays, out_of_order, types, known, people) = try_join!(
        repository::rooms(conn, id),
        repository::stays(conn, id, date),
        repository::out_of_order(conn, id, date),
        rooms::types_of(conn, of_property),
        repository::credits(conn, id),
        repository::people_with(conn, id, HousekeepingWrite::NAME),
    )?;
    let usual = types.iter().map(|kind| Credits::usual(id, kind.id, cause.at));
    let credits: HashMap<Uuid, Credits> = usual.chain(known).map(|credits| (credits.room_type_id, credits)).collect();
    let is_today = date == property.business_date(cause.at);
    Ok((Day { date, is_today, rooms, stays, out_of_order, credits, tasks }, people))
}

/// Checks that each of the attendants is named once and can make up rooms at the hotel.
fn check_attendants(attendants: &[(Uuid, Option<i32>)], people: &[Attendant]) -> Result<()> {
    let mut seen = HashSet::new();
    let mut errors = Vec::new();
    for (place, (id, _)) in attendants.iter().enumerate() {
        let pointer = || format!("/attendants/{place}/attendant_id");
        if !people.iter().any(|person| person.user_id == *id) {
            errors.push(FieldError::body(pointer(), NO_ATTENDANT));
        } else if !seen.insert(*id) {
            errors.push(FieldError::body(pointer(), "is named more than once"));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Finding about somebody who cannot be given rooms.
const NO_ATTENDANT: &str = "is nobody who holds housekeeping:write at the hotel";

/// Checks that somebody can make up rooms at a hotel.
pub(super) async fn check_attendant(conn: &Conn, property_id: Uuid, attendant_id: Uuid) -> Result<()> {
    let people = repository::people_with(conn, property_id, HousekeepingWrite::NAME).await?;
    let is_one = people.iter().any(|person| person.user_id == attendant_id);
    if is_one { Ok(()) } else { Err(Error::invalid("/attendant_id", NO_ATTENDANT)) }
}

async fn carry_out(conn: &Conn, day: &Day, property_id: Uuid, plan: Plan, cause: &Cause) -> Result<()> {
    let before: HashMap<TaskId, &Task> = day.tasks.iter().map(|task| (task.id, task)).collect();
    let Plan { new, reopened, dropped, assigned } = plan;
    let mut events = Vec::new();
    let mut after: HashMap<TaskId, Task> = HashMap::new();
    if let Some(open_again) = reopened.first().and_then(|id| reopening(before[id], cause)) {
        let tasks = repository::do_deed(conn, property_id, &reopened, &open_again, None, cause.at).await?;
        after.extend(tasks.into_iter().map(|task| (task.id, task)));
    }
    if !assigned.is_empty() {
        let tasks = repository::assign(conn, property_id, &assigned, cause.at).await?;
        after.extend(tasks.into_iter().map(|task| (task.id, task)));
    }
    // In the order of the day's tasks, so that the record tells the same of the same plan.
    events.extend(day.tasks.iter().filter_map(|task| Some(Event::changed(task, after.get(&task.id)?))));
    if !dropped.is_empty() {
        repository::delete_tasks(conn, property_id, &dropped).await?;
        events.extend(dropped.iter().map(|id| Event::removed(before[id])));
    }
    let mut tasks: Vec<Task> = new.into_iter().map(|new| new.written(property_id, day.date, cause.at)).collect();
    tasks.sort_by_key(|task| task.room_id);
    if !tasks.is_empty() {
        let made = repository::insert_tasks(conn, &tasks).await?;
        events.extend(made.iter().map(Event::created));
    }
    if !events.is_empty() {
        outbox::publish_many(conn, cause, events).await?;
    }
    Ok(())
}

/// Returns what reopening makes of a task.
fn reopening(task: &Task, cause: &Cause) -> Option<Deed> {
    rules::deed(task, TaskAction::Reopen, None, cause.user_id(), cause.at).ok().flatten()
}
