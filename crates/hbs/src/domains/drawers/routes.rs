use super::dto::{CloseDrawer, DrawerFilter, DrawerOut, MoveCash, OpenDrawer, ShiftOut};
use super::model::DrawerId;
use super::{error, service};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::Keyed;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{DrawersCount, PaymentsRead};
use crate::version::IfMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of drawers.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_drawers, open_drawer))
        .routes(routes!(get_drawer))
        .routes(routes!(move_cash))
        .routes(routes!(close_drawer))
}

/// List cash drawers, newest first.
#[utoipa::path(get, path = "/v1/drawers", tag = "drawers", security(("bearer" = ["payments:read"])),
    params(DrawerFilter, PageQuery), responses((status = 200, body = Page<DrawerOut>)))]
pub async fn list_drawers(
    app: App,
    staff: Staff<PaymentsRead>,
    Query(filter): Query<DrawerFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DrawerOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Open a cash drawer of one's own.
///
/// From then on the cash that you take goes into the drawer, and the cash that you pay back comes out of it. A person has one
/// open drawer at a hotel; an API key uses that of the person who made it. Without a drawer, cash is recorded all the same, and
/// nobody counts it.
#[utoipa::path(post, path = "/v1/drawers", tag = "drawers", security(("bearer" = ["drawers:count"])),
    params(DryRun), request_body = OpenDrawer, responses((status = 201, body = DrawerOut)),
    extensions(("x-problems" = json!([error::OPEN_EXISTS, error::OTHER_CURRENCY]))))]
pub async fn open_drawer(
    app: App,
    staff: Staff<DrawersCount>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<OpenDrawer>>,
) -> Result<Answer> {
    service::open(&app, &staff, &key, body).await
}

/// Show the shift of a cash drawer.
///
/// The shift has all that went into the drawer and out of it. While it is open, payments and refunds are left out, so that it is
/// counted blind.
#[utoipa::path(get, path = "/v1/drawers/{id}", tag = "drawers", security(("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = ShiftOut)))]
pub async fn get_drawer(app: App, staff: Staff<PaymentsRead>, PathId(id): PathId<DrawerId>) -> Result<Json<ShiftOut>> {
    Ok(Json(service::get(&app, &staff, id).await?))
}

/// Move cash into a drawer or out of it.
///
/// Cash is brought to the safe, taken for something that the hotel buys, or put in as change. Payments and refunds in cash count
/// by themselves.
#[utoipa::path(post, path = "/v1/drawers/{id}/movements", tag = "drawers", security(("bearer" = ["drawers:count"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = MoveCash, responses((status = 200, body = DrawerOut)),
    extensions(("x-problems" = json!([error::CLOSED, error::OTHER_CURRENCY]))))]
pub async fn move_cash(
    app: App,
    staff: Staff<DrawersCount>,
    PathId(id): PathId<DrawerId>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<MoveCash>>,
) -> Result<Answer> {
    service::move_cash(&app, &staff, &key, seen, id, body).await
}

/// Count and close a cash drawer.
///
/// The sum that should have been in it is told only then, with the difference. It is counted once, also by somebody else where
/// whoever answers for it has left; the record says by whom. There is no dry run: it would tell the sum before the cash is
/// counted.
#[utoipa::path(post, path = "/v1/drawers/{id}/close", tag = "drawers", security(("bearer" = ["drawers:count"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = CloseDrawer, responses((status = 200, body = DrawerOut)),
    extensions(("x-problems" = json!([error::CLOSED, error::OTHER_CURRENCY]))))]
pub async fn close_drawer(
    app: App,
    staff: Staff<DrawersCount>,
    PathId(id): PathId<DrawerId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<CloseDrawer>>,
) -> Result<Answer> {
    service::close(&app, &staff, &key, seen, id, body).await
}
