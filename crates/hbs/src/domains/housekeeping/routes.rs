use super::dto::{
    ActOnTasks, AllCreditsOut, AssignTasks, AtProperty, AttendantsOut, ChangeFilter, CreditsOut, DayQuery, DiscrepancyFilter,
    DiscrepancyOut, HousekeepingChangeOut, HousekeepingDay, PlanDay, ReportDiscrepancy, ResolveDiscrepancy, SetCredits, SkipTask,
    TaskOut, TaskResults, UpdateTask,
};
use super::error;
use super::model::{DiscrepancyId, TaskAction, TaskId};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::upload::PdfFile;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{HousekeepingPlan, HousekeepingWrite, RoomsRead};
use crate::sheets::{Exported, InForm, SheetFile};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of housekeeping.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_housekeeping_day))
        .routes(routes!(plan_housekeeping))
        .routes(routes!(assign_housekeeping_tasks))
        .routes(routes!(act_on_housekeeping_tasks))
        .routes(routes!(get_housekeeping_task, update_housekeeping_task))
        .routes(routes!(start_housekeeping_task))
        .routes(routes!(finish_housekeeping_task))
        .routes(routes!(inspect_housekeeping_task))
        .routes(routes!(skip_housekeeping_task))
        .routes(routes!(reopen_housekeeping_task))
        .routes(routes!(get_housekeeping_attendants))
        .routes(routes!(get_housekeeping_credits))
        .routes(routes!(set_housekeeping_credits))
        .routes(routes!(list_discrepancies, report_discrepancy))
        .routes(routes!(get_discrepancy))
        .routes(routes!(resolve_discrepancy))
        .routes(routes!(list_housekeeping_changes))
}

/// Show the work of housekeeping on a day.
///
/// The day is always shown whole: all tasks that fit the filter, by attendant and in their order. With `mine=true`, these
/// are one's own. No guests are named.
#[utoipa::path(get, path = "/v1/housekeeping/tasks", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(DayQuery, InForm),
    responses((status = 200, content((HousekeepingDay = "application/json"), (SheetFile = "text/csv"),
        (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (PdfFile = "application/pdf")))))]
pub async fn get_housekeeping_day(
    app: App,
    staff: Staff<RoomsRead>,
    Query(query): Query<DayQuery>,
    Query(form): Query<InForm>,
) -> Result<Exported<HousekeepingDay>> {
    Exported::new(service::day(&app, &staff, &query).await?, form.format, HousekeepingDay::table).await
}

/// Plan a day of housekeeping.
///
/// Every room that is to be made up gets a task: after guests who leave, for guests who stay, and, today, if it is not
/// made up. Tasks without an attendant are shared among `attendants`, so that all have about the same credits, those of
/// their other tasks of the day included, and floors are kept together; with `redistribute`, so are all open tasks.
/// Planning again brings the day up to date: tasks of rooms that need no service any more are dropped, and those of rooms
/// that guests have left since are opened again. Tasks that are started stay as they are.
#[utoipa::path(post, path = "/v1/housekeeping/plan", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    params(DryRun), request_body = PlanDay, responses((status = 200, body = HousekeepingDay)))]
pub async fn plan_housekeeping(
    app: App,
    staff: Staff<HousekeepingPlan>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<PlanDay>>,
) -> Result<Answer> {
    service::plan(&app, &staff, &key, body).await
}

/// Give tasks to an attendant.
///
/// Tasks come after the attendant's other tasks of the day, in the order in which they are named: with all of an
/// attendant's tasks, their order is set. Either all tasks are given or, if one cannot be, none.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/assign", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    request_body = AssignTasks, responses((status = 200, body = Page<TaskOut>)))]
pub async fn assign_housekeeping_tasks(
    app: App,
    staff: Staff<HousekeepingPlan>,
    Keyed(key, Valid(body)): Keyed<Valid<AssignTasks>>,
) -> Result<Answer> {
    service::assign(&app, &staff, &key, body).await
}

/// Start, finish, inspect, skip or reopen many tasks.
///
/// The action is done with each task that can take it; `results` says for each other one why not. Rooms get the state
/// that the same action on a single task gives them. `inspect` and `reopen` need `housekeeping:plan`.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/act", tag = "housekeeping", security(("bearer" = ["housekeeping:write"])),
    params(DryRun), request_body = ActOnTasks, responses((status = 200, body = TaskResults)))]
pub async fn act_on_housekeeping_tasks(
    app: App,
    staff: Staff<HousekeepingWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ActOnTasks>>,
) -> Result<Answer> {
    service::act_on_many(&app, &staff, &key, body).await
}

/// Show a task of housekeeping.
///
/// The answer has the room, its state, and who makes it up.
#[utoipa::path(get, path = "/v1/housekeeping/tasks/{id}", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = TaskOut)))]
pub async fn get_housekeeping_task(app: App, staff: Staff<RoomsRead>, PathId(id): PathId<TaskId>) -> Result<Versioned<TaskOut>> {
    let body = service::get_task(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change a task of housekeeping (JSON merge patch).
///
/// A task that is given to an attendant becomes the last one among theirs. Urgent tasks are shown first.
#[utoipa::path(patch, path = "/v1/housekeeping/tasks/{id}", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateTask, responses((status = 200, body = TaskOut)))]
pub async fn update_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingPlan>,
    PathId(id): PathId<TaskId>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateTask>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Start a task of housekeeping.
///
/// The room is `in_progress`. A task that is nobody's becomes the caller's. A task that is started already is accepted and
/// stays as it is.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/{id}/start", tag = "housekeeping", security(("bearer" = ["housekeeping:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), responses((status = 200, body = TaskOut)),
    extensions(("x-problems" = json!([error::WRONG_STATUS, error::NOT_TODAY]))))]
pub async fn start_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingWrite>,
    PathId(id): PathId<TaskId>,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::act(&app, &staff, &key, seen, id, (TaskAction::Start, None)).await
}

/// Finish a task of housekeeping.
///
/// The room is `clean`. A task that is nobody's becomes the caller's. A task that is finished already is accepted and stays
/// as it is.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/{id}/finish", tag = "housekeeping", security(("bearer" = ["housekeeping:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), responses((status = 200, body = TaskOut)),
    extensions(("x-problems" = json!([error::WRONG_STATUS, error::NOT_TODAY]))))]
pub async fn finish_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingWrite>,
    PathId(id): PathId<TaskId>,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::act(&app, &staff, &key, seen, id, (TaskAction::Finish, None)).await
}

/// Inspect a room that is made up.
///
/// The room is `inspected`. Whoever has finished the task does not inspect it (409 `housekeeping.own_work`). If the room is
/// not right, reopen the task.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/{id}/inspect", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), responses((status = 200, body = TaskOut)),
    extensions(("x-problems" = json!([error::WRONG_STATUS, error::NOT_TODAY, error::OWN_WORK]))))]
pub async fn inspect_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingPlan>,
    PathId(id): PathId<TaskId>,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::act(&app, &staff, &key, seen, id, (TaskAction::Inspect, None)).await
}

/// Skip a task of housekeeping.
///
/// The room was not made up, for the reason that is given. If the task was started, the room is `dirty` again.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/{id}/skip", tag = "housekeeping", security(("bearer" = ["housekeeping:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = SkipTask, responses((status = 200, body = TaskOut)),
    extensions(("x-problems" = json!([error::WRONG_STATUS, error::NOT_TODAY]))))]
pub async fn skip_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingWrite>,
    PathId(id): PathId<TaskId>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SkipTask>>,
) -> Result<Answer> {
    service::act(&app, &staff, &key, seen, id, (TaskAction::Skip, Some(body.reason))).await
}

/// Reopen a task of housekeeping.
///
/// A room that was made up is `dirty` again and is to be made up once more.
#[utoipa::path(post, path = "/v1/housekeeping/tasks/{id}/reopen", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), responses((status = 200, body = TaskOut)),
    extensions(("x-problems" = json!([error::WRONG_STATUS, error::NOT_TODAY]))))]
pub async fn reopen_housekeeping_task(
    app: App,
    staff: Staff<HousekeepingPlan>,
    PathId(id): PathId<TaskId>,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::act(&app, &staff, &key, seen, id, (TaskAction::Reopen, None)).await
}

/// List the people who can make up rooms at a hotel.
///
/// These are the people who hold `housekeeping:write` at the hotel by one of their roles, by name.
#[utoipa::path(get, path = "/v1/housekeeping/attendants", tag = "housekeeping", security(("bearer" = ["housekeeping:plan"])),
    params(AtProperty), responses((status = 200, body = AttendantsOut)))]
pub async fn get_housekeeping_attendants(
    app: App,
    staff: Staff<HousekeepingPlan>,
    Query(at): Query<AtProperty>,
) -> Result<Json<AttendantsOut>> {
    Ok(Json(service::attendants(&app, &staff, at.property_id).await?))
}

/// Show the credits of a hotel's room types.
///
/// A room type for which nothing has been set has 30 credits for departures and 20 for guests who stay.
#[utoipa::path(get, path = "/v1/housekeeping/credits", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(AtProperty), responses((status = 200, body = AllCreditsOut)))]
pub async fn get_housekeeping_credits(
    app: App,
    staff: Staff<RoomsRead>,
    Query(at): Query<AtProperty>,
) -> Result<Json<AllCreditsOut>> {
    Ok(Json(service::all_credits(&app, &staff, at.property_id).await?))
}

/// Set the credits of a room type.
///
/// Credits are what a day's work is shared by, such as the minutes that a room takes. Tasks that exist keep theirs. While
/// nothing has been set, the version is 0 (`If-Match: "0"`).
#[utoipa::path(put, path = "/v1/housekeeping/credits/{room_type_id}", tag = "housekeeping",
    security(("bearer" = ["housekeeping:plan"])), params(("room_type_id" = uuid::Uuid, Path, description = "Identifier of the room type."), MustMatch),
    request_body = SetCredits, responses((status = 200, body = CreditsOut)))]
pub async fn set_housekeeping_credits(
    app: App,
    staff: Staff<HousekeepingPlan>,
    PathId(room_type_id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetCredits>>,
) -> Result<Answer> {
    service::set_credits(&app, &staff, &key, seen, room_type_id, body).await
}

/// List discrepancies of rooms.
///
/// The newest discrepancies come first, resolved ones too unless `status` is named.
#[utoipa::path(get, path = "/v1/housekeeping/discrepancies", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(DiscrepancyFilter, PageQuery), responses((status = 200, body = Page<DiscrepancyOut>)))]
pub async fn list_discrepancies(
    app: App,
    staff: Staff<RoomsRead>,
    Query(filter): Query<DiscrepancyFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DiscrepancyOut>>> {
    Ok(Json(service::list_discrepancies(&app, &staff, &filter, &page).await?))
}

/// Show a discrepancy of a room.
///
/// The answer has who reported it and, once it is resolved, what the desk found.
#[utoipa::path(get, path = "/v1/housekeeping/discrepancies/{id}", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = DiscrepancyOut)))]
pub async fn get_discrepancy(
    app: App,
    staff: Staff<RoomsRead>,
    PathId(id): PathId<DiscrepancyId>,
) -> Result<Versioned<DiscrepancyOut>> {
    let body = service::get_discrepancy(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Report a discrepancy of a room.
///
/// A room is found vacant in which the desk has guests (`skip`), or occupied although the desk has nobody there (`sleep`).
/// If the desk says the same, the answer is 409 `housekeeping.no_discrepancy`. A room has one open discrepancy at a time.
#[utoipa::path(post, path = "/v1/housekeeping/discrepancies", tag = "housekeeping", security(("bearer" = ["housekeeping:write"])),
    request_body = ReportDiscrepancy, responses((status = 201, body = DiscrepancyOut)),
    extensions(("x-problems" = json!([error::NO_DISCREPANCY, error::ALREADY_REPORTED]))))]
pub async fn report_discrepancy(
    app: App,
    staff: Staff<HousekeepingWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<ReportDiscrepancy>>,
) -> Result<Answer> {
    service::report(&app, &staff, &key, body).await
}

/// Resolve a discrepancy of a room.
///
/// Say what was found. Nothing is done with stays or rooms: check guests in or out as it turns out.
#[utoipa::path(post, path = "/v1/housekeeping/discrepancies/{id}/resolve", tag = "housekeeping",
    security(("bearer" = ["housekeeping:write"])), params(("id" = uuid::Uuid, Path), IfMatch),
    request_body = ResolveDiscrepancy, responses((status = 200, body = DiscrepancyOut)),
    extensions(("x-problems" = json!([error::ALREADY_RESOLVED]))))]
pub async fn resolve_discrepancy(
    app: App,
    staff: Staff<HousekeepingWrite>,
    PathId(id): PathId<DiscrepancyId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ResolveDiscrepancy>>,
) -> Result<Answer> {
    service::resolve(&app, &staff, &key, seen, id, body).await
}

/// List changes of housekeeping states.
///
/// Each change is listed with who made it and when, the newest first, whether by a task, by setting the state of the room,
/// by a check-out or by the night audit.
#[utoipa::path(get, path = "/v1/housekeeping/changes", tag = "housekeeping", security(("bearer" = ["rooms:read"])),
    params(ChangeFilter, PageQuery), responses((status = 200, body = Page<HousekeepingChangeOut>)))]
pub async fn list_housekeeping_changes(
    app: App,
    staff: Staff<RoomsRead>,
    Query(filter): Query<ChangeFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<HousekeepingChangeOut>>> {
    Ok(Json(service::changes(&app, &staff, &filter, &page).await?))
}
