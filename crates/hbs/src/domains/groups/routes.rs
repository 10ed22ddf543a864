use super::dto::{CreateGroup, GroupFilter, GroupOffer, GroupOut, GroupSummary, SetBlock, UpdateGroup};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{GroupsRead, GroupsWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_groups, create_group))
        .routes(routes!(get_group, update_group))
        .routes(routes!(set_group_block))
        .routes(routes!(release_group))
        .routes(routes!(get_group_offer))
}

/// List groups.
///
/// By their cut-off dates.
#[utoipa::path(get, path = "/v1/groups", tag = "groups", security(("bearer" = ["groups:read"])),
    params(GroupFilter, PageQuery), responses((status = 200, body = Page<GroupSummary>)))]
pub async fn list_groups(
    app: App,
    staff: Staff<GroupsRead>,
    Query(filter): Query<GroupFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<GroupSummary>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show a group with its rooms, night by night.
#[utoipa::path(get, path = "/v1/groups/{id}", tag = "groups", security(("bearer" = ["groups:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = GroupOut)))]
pub async fn get_group(app: App, staff: Staff<GroupsRead>, PathId(id): PathId) -> Result<Versioned<GroupOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set rooms aside for a group.
///
/// The rooms are off sale at once. Guests of the group book with `group_code` and take from them first, at the agreed rates; nights beyond what was agreed
/// are taken from what is on sale. A stay that is cancelled goes back to the group. On the cut-off date, what is left goes back on sale.
#[utoipa::path(post, path = "/v1/groups", tag = "groups", security(("bearer" = ["groups:write"])),
    request_body = CreateGroup, responses((status = 201, body = GroupOut)))]
pub async fn create_group(
    app: App,
    staff: Staff<GroupsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateGroup>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a group (JSON merge patch), but for its rooms.
#[utoipa::path(patch, path = "/v1/groups/{id}", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateGroup, responses((status = 200, body = GroupOut)))]
pub async fn update_group(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateGroup>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Set other rooms aside for a group.
///
/// The whole of it: nights that are not named are given up. What its guests have booked stays theirs.
#[utoipa::path(put, path = "/v1/groups/{id}/block", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = SetBlock, responses((status = 200, body = GroupOut)))]
pub async fn set_group_block(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetBlock>>,
) -> Result<Answer> {
    service::set_block(&app, &staff, &key, seen, id, &body.block).await
}

/// Put what is left of a group's rooms back on sale before its cut-off date.
#[utoipa::path(post, path = "/v1/groups/{id}/release", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), IfMatch), responses((status = 200, body = GroupOut)))]
pub async fn release_group(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    service::release(&app, &staff, &key, seen, id).await
}

/// Show what guests of a group can book.
///
/// For whoever knows the code, in any case.
#[utoipa::path(get, path = "/v1/properties/{id}/groups/{code}", tag = "groups", security(()),
    params(("id" = Uuid, Path), ("code" = String, Path, example = "ANA-RUI-2026")), responses((status = 200, body = GroupOffer)))]
pub async fn get_group_offer(app: App, PathId((id, code)): PathId<(Uuid, String)>) -> Result<Json<GroupOffer>> {
    Ok(Json(service::offer(&app, id, &code).await?))
}
