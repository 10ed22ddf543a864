//! Working on tasks, one or many, and giving them to others.
use super::plan::check_attendant;
use super::read::shown_tasks;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::housekeeping::dto::{ActOnTasks, AssignTasks, TaskOut, TaskResult, TaskResults, UpdateTask};
use crate::domains::housekeeping::error::HousekeepingError;
use crate::domains::housekeeping::model::{Assigned, Deed, SkipReason, Task, TaskAction, TaskId};
use crate::domains::housekeeping::{repository, rules};
use crate::domains::properties;
use crate::domains::rooms::{self, Housekeeping};
use crate::error::{DomainError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::security::permission::{HousekeepingPlan, HousekeepingWrite};
use crate::security::{Permission, Staff};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::NaiveDate;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Changes a task: who does it, what is to be done, and what is to be minded.
pub async fn update(
    app: &App,
    staff: &Staff<HousekeepingPlan>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: TaskId,
    patch: UpdateTask,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let known = repository::find_task(conn, &staff.scope, id).await?.or_404("task")?;
        let today = today(conn, known.property_id, &cause).await?;
        let before = lock_one(conn, known.property_id, id).await?;
        seen.check(before.version)?;
        let patch = UpdateTask { attendant_id: patch.attendant_id.filter(|id| *id != before.attendant_id), ..patch };
        let place = match patch.attendant_id {
            Some(Some(attendant)) => Some(place_for(conn, &before, attendant).await?),
            Some(None) => Some(0),
            None => None,
        };
        let after = repository::update_task(conn, &before, &patch.into_change(place), now).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &shown_one(conn, &before, today, before.version).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &shown_one(conn, &after, today, after.version).await?)
    })
    .await
}

async fn place_for(conn: &Conn, task: &Task, attendant: Uuid) -> Result<i32> {
    check_attendant(conn, task.property_id, attendant).await?;
    Ok(repository::last_place(conn, task.property_id, task.date, attendant, &[task.id]).await? + 1)
}

/// Gives tasks of a day to an attendant, or takes them away from theirs.
pub async fn assign(app: &App, staff: &Staff<HousekeepingPlan>, key: &IdempotencyKey, request: AssignTasks) -> Result<Answer> {
    let AssignTasks { property_id, attendant_id, task_ids } = request;
    staff.at(property_id)?;
    check_distinct(&task_ids)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let today = today(conn, property_id, &cause).await?;
        let tasks = repository::lock_tasks(conn, property_id, &task_ids).await?;
        let by_id: HashMap<TaskId, &Task> = tasks.iter().map(|task| (task.id, task)).collect();
        if let Some(place) = task_ids.iter().position(|id| !by_id.contains_key(id)) {
            return Err(Error::invalid(format!("/task_ids/{place}"), "is not a task of the hotel"));
        }
        let date = by_id[&task_ids[0]].date;
        if let Some(place) = task_ids.iter().position(|id| by_id[id].date != date) {
            return Err(Error::invalid(format!("/task_ids/{place}"), "is of another day than the first one"));
        }
        let first = match attendant_id {
            Some(attendant) => {
                check_attendant(conn, property_id, attendant).await?;
                repository::last_place(conn, property_id, date, attendant, &task_ids).await? + 1
            }
            None => 0,
        };
        let assigned: Vec<Assigned> =
            (first..).zip(&task_ids).filter_map(|(place, id)| given(by_id[id], attendant_id, place)).collect();
        if !assigned.is_empty() {
            let after = repository::assign(conn, property_id, &assigned, now).await?;
            let events: Vec<Event> = after.iter().map(|task| Event::changed(by_id[&task.id], task)).collect();
            outbox::publish_many(conn, &cause, events).await?;
        }
        let shown = shown_tasks(conn, property_id, date, &task_ids, today).await?;
        Answer::done(&Page::whole(shown))
    })
    .await
}

/// Returns the task as it is given to somebody; `None` if it is theirs in that place already.
fn given(task: &Task, attendant_id: Option<Uuid>, place: i32) -> Option<Assigned> {
    let place = if attendant_id.is_some() { place } else { 0 };
    let is_new = (task.attendant_id, task.place) != (attendant_id, place);
    is_new.then_some(Assigned { id: task.id, attendant_id, place, service: task.service, credits: task.credits })
}

/// Does an action with one task.
pub async fn act<P: Permission>(
    app: &App,
    staff: &Staff<P>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: TaskId,
    (action, reason): (TaskAction, Option<SkipReason>),
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let known = repository::find_task(conn, &staff.scope, id).await?.or_404("task")?;
        let today = today(conn, known.property_id, &cause).await?;
        let before = lock_one(conn, known.property_id, id).await?;
        seen.check(before.version)?;
        let Some(deed) = deed_of(&before, action, reason, today, &cause)? else {
            return Answer::unchanged(before.version, &shown_one(conn, &before, today, before.version).await?);
        };
        carry_out(conn, known.property_id, action, &[(&before, deed)], &cause).await?;
        let shown = shown_one(conn, &before, today, before.version + 1).await?;
        Answer::ok(shown.version, &shown)
    })
    .await
}

/// Does an action with many tasks: with each that can take it, whatever becomes of the others.
pub async fn act_on_many(
    app: &App,
    staff: &Staff<HousekeepingWrite>,
    key: &IdempotencyKey,
    request: ActOnTasks,
) -> Result<Answer> {
    let ActOnTasks { property_id, action, task_ids, reason } = request;
    staff.at(property_id)?;
    if matches!(action, TaskAction::Inspect | TaskAction::Reopen) {
        staff.caller.require::<HousekeepingPlan>(property_id)?;
    }
    match (action, reason) {
        (TaskAction::Skip, None) => return Err(Error::invalid("/reason", "is needed to skip")),
        (TaskAction::Skip, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(Error::invalid("/reason", "is for skip only")),
    }
    check_distinct(&task_ids)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let today = today(conn, property_id, &cause).await?;
        let tasks = repository::lock_tasks(conn, property_id, &task_ids).await?;
        let mut refused = HashMap::new();
        let mut deeds = Vec::new();
        for task in &tasks {
            match deed_of(task, action, reason, today, &cause) {
                Ok(Some(deed)) => deeds.push((task, deed)),
                Ok(None) => {}
                Err(error) => {
                    refused.insert(task.id, error);
                }
            }
        }
        carry_out(conn, property_id, action, &deeds, &cause).await?;
        let shown = shown_tasks(conn, property_id, today, &task_ids, today).await?;
        let shown: HashMap<TaskId, TaskOut> = shown.into_iter().map(|task| (task.id, task)).collect();
        let results = task_ids.iter().map(|id| result(*id, refused.get(id), &shown)).collect();
        Answer::done(&TaskResults { results })
    })
    .await
}

fn result(task_id: TaskId, refused: Option<&HousekeepingError>, shown: &HashMap<TaskId, TaskOut>) -> TaskResult {
    let refusal = |code: &str, detail: String| TaskResult { task_id, task: None, code: Some(code.into()), detail: Some(detail) };
    match (refused, shown.get(&task_id)) {
        (Some(error), _) => refusal(error.problem().code, error.to_string()),
        (None, Some(task)) => TaskResult { task_id, task: Some(task.clone()), code: None, detail: None },
        (None, None) => refusal("request.not_found", "There is no such task at the hotel.".into()),
    }
}

/// Refuses a list that names a task twice.
fn check_distinct(ids: &[TaskId]) -> Result<()> {
    let mut seen = HashSet::new();
    match ids.iter().position(|id| !seen.insert(*id)) {
        Some(place) => Err(Error::invalid(format!("/task_ids/{place}"), "is named more than once")),
        None => Ok(()),
    }
}

fn deed_of(
    task: &Task,
    action: TaskAction,
    reason: Option<SkipReason>,
    today: NaiveDate,
    cause: &Cause,
) -> Result<Option<Deed>, HousekeepingError> {
    if task.date != today {
        return Err(HousekeepingError::NotToday(task.date));
    }
    rules::deed(task, action, reason, cause.user_id(), cause.at)
}

/// Does the same action with tasks that can take it, and sets their rooms. Rooms are locked after tasks.
async fn carry_out(conn: &Conn, property_id: Uuid, action: TaskAction, deeds: &[(&Task, Deed)], cause: &Cause) -> Result<()> {
    let Some((_, deed)) = deeds.first() else { return Ok(()) };
    let before: HashMap<TaskId, &Task> = deeds.iter().map(|(task, _)| (task.id, *task)).collect();
    let ids: Vec<TaskId> = deeds.iter().map(|(task, _)| task.id).collect();
    // Whoever makes up a room that is nobody's has made it theirs.
    let attendant = cause.user_id().filter(|_| matches!(action, TaskAction::Start | TaskAction::Finish));
    let after = repository::do_deed(conn, property_id, &ids, deed, attendant, cause.at).await?;
    let events = after.iter().map(|task| Event::changed(before[&task.id], task).named(told_as(action)));
    outbox::publish_many(conn, cause, events.collect::<Vec<_>>()).await?;
    let mut by_state: BTreeMap<&str, (Housekeeping, Vec<Uuid>)> = BTreeMap::new();
    for (task, _) in deeds {
        if let Some(state) = rules::room_state(task.status, action) {
            by_state.entry(state.as_str()).or_insert_with(|| (state, Vec::new())).1.push(task.room_id);
        }
    }
    for (state, rooms) in by_state.into_values() {
        let locked = rooms::lock_rooms(conn, property_id, Some(&rooms), None).await?;
        rooms::put_housekeeping(conn, locked, state, cause).await?;
    }
    Ok(())
}

fn told_as(action: TaskAction) -> &'static str {
    match action {
        TaskAction::Start => "housekeeping_task.started",
        TaskAction::Finish => "housekeeping_task.finished",
        TaskAction::Inspect => "housekeeping_task.inspected",
        TaskAction::Skip => "housekeeping_task.skipped",
        TaskAction::Reopen => "housekeeping_task.reopened",
    }
}

async fn today(conn: &Conn, property_id: Uuid, cause: &Cause) -> Result<NaiveDate> {
    let property = properties::find(conn, property_id).await?.or_404("property")?;
    Ok(property.business_date(cause.at))
}

async fn lock_one(conn: &Conn, property_id: Uuid, id: TaskId) -> Result<Task> {
    repository::lock_tasks(conn, property_id, &[id]).await?.pop().or_404("task")
}

/// A task as it is shown, under a version: what was written may be rolled back.
async fn shown_one(conn: &Conn, task: &Task, today: NaiveDate, version: i64) -> Result<TaskOut> {
    let shown = shown_tasks(conn, task.property_id, task.date, &[task.id], today).await?.pop().or_404("task")?;
    let updated_at = if version == task.version { task.updated_at } else { shown.updated_at };
    Ok(TaskOut { version, updated_at, ..shown })
}
