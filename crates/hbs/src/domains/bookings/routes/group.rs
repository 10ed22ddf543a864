//! Routes of what is done with all of a group: its rooming list, and actions on its stays.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ActionBody, BulkDone, RoomingQuery};
use crate::domains::bookings::error;
use crate::domains::bookings::service::{self, import};
use crate::domains::groups;
use crate::domains::stays::Action;
use crate::error::problems;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable};
use crate::security::permission::{BookingsWrite, StaysCheckIn};
use crate::security::{Caller, Staff};
use crate::sheets;
use crate::sheets::{File, Receiving, Report, SheetFile, Template, TemplateQuery};

/// Import the rooming list of a group from a spreadsheet.
///
/// The file is CSV or XLSX, at most 10 MiB and 50,000 rows. Its first line names the columns of `GET
/// /v1/groups/rooming-list/template`. Each row is a room for a guest with a name; rows with the same reference are one booking,
/// which is made whole or not at all. Rooms of the group are picked up first, at its rates; further nights are sold from
/// general availability, where restrictions of the rate plan hold. The hotel's limits do not. What the group has booked under a
/// reference already is refused. All rows are booked or none, unless `partial=true`. In the report, the `id` of a row is that
/// of its booking.
#[utoipa::path(post, path = "/v1/groups/{id}/rooming-list", tag = "groups", security(("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), RoomingQuery),
    request_body(content((SheetFile = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (SheetFile = "application/octet-stream"))),
    responses((status = 200, body = Report)),
    extensions(("x-problems" = json!([sheets::PROBLEMS, problems::BUSY, error::BUSY, groups::RELEASED]))))]
pub async fn import_rooming_list(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(id): PathId,
    Query(query): Query<RoomingQuery>,
    receiving: Receiving,
    Rehearsable(key, File(file)): Rehearsable<File>,
) -> Result<Answer> {
    let _turn = receiving.turn(&app).await?;
    import::import_rooming_list(&app, &staff, &key, id, query.options(), file).await
}

/// Get an empty spreadsheet for a rooming list.
///
/// The file has a header line and one example row. In XLSX, each column has a note on its content.
#[utoipa::path(get, path = "/v1/groups/rooming-list/template", tag = "groups", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content((String = "text/csv"), (SheetFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
pub async fn rooming_list_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("rooming-list", import::ROOMING_COLUMNS, query.format)
}

/// Check in the guests of a group.
///
/// Every stay of the group's bookings that can be checked in today is, each as by itself, with a result of its own; the others
/// are left out. At most 300 stays at a time: `remaining` says how many are left for the next request.
#[utoipa::path(post, path = "/v1/groups/{id}/check-in", tag = "groups", security(("bearer" = ["stays:check_in"])),
    params(("id" = uuid::Uuid, Path), DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BulkDone)))]
pub async fn check_in_group(
    app: App,
    staff: Staff<StaysCheckIn>,
    PathId(id): PathId,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    service::act_on_group(&app, &staff, &key, Action::CheckIn, id, &body).await
}

/// Cancel the stays of a group.
///
/// Every stay of the group's bookings that has not begun is cancelled, each as by itself, with the fee of its policy and a
/// result of its own. The group itself stays open, and gets its rooms back: release it to put them on sale. At most 300 stays
/// at a time, as for checking in.
#[utoipa::path(post, path = "/v1/groups/{id}/cancel", tag = "groups", security(("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BulkDone)))]
pub async fn cancel_group(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(id): PathId,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    service::act_on_group(&app, &staff, &key, Action::Cancel, id, &body).await
}
