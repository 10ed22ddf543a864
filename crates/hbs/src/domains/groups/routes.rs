use super::dto::{CreateGroup, GroupFilter, GroupOffer, GroupOut, GroupSummary, SetBlock, UpdateGroup};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::guesses::Guesser;
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::NoBody;
use crate::middleware::ClientIp;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{GroupsRead, GroupsWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of groups.
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
/// The list is ordered by cut-off date.
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

/// Add a group and set rooms aside for it.
///
/// The rooms are off sale at once. Guests of the group book with `group_code` and take from these rooms first, at the
/// agreed rates; further nights are sold from general availability. The nights of a cancelled stay go back to the
/// group. On the cut-off date, the remaining rooms go back on sale.
#[utoipa::path(post, path = "/v1/groups", tag = "groups", security(("bearer" = ["groups:write"])),
    params(DryRun), request_body = CreateGroup, responses((status = 201, body = GroupOut)),
    extensions(("x-problems" = json!([error::CODE_TAKEN, error::NO_AVAILABILITY]))))]
pub async fn create_group(
    app: App,
    staff: Staff<GroupsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateGroup>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a group (JSON merge patch).
///
/// Its rooms are changed with `PUT /v1/groups/{id}/block`.
#[utoipa::path(patch, path = "/v1/groups/{id}", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), MustMatch, DryRun), request_body = UpdateGroup,
    responses((status = 200, body = GroupOut)),
    extensions(("x-problems" = json!([error::RELEASED]))))]
pub async fn update_group(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<UpdateGroup>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Set the rooms of a group.
///
/// The list is complete: nights that are not named are given up. The group's guests keep their bookings.
#[utoipa::path(put, path = "/v1/groups/{id}/block", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), MustMatch, DryRun), request_body = SetBlock,
    responses((status = 200, body = GroupOut)),
    extensions(("x-problems" = json!([error::NO_AVAILABILITY, error::RELEASED]))))]
pub async fn set_group_block(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SetBlock>>,
) -> Result<Answer> {
    service::set_block(&app, &staff, &key, seen, id, &body.block).await
}

/// Release the remaining rooms of a group.
///
/// They go back on sale before the cut-off date.
#[utoipa::path(post, path = "/v1/groups/{id}/release", tag = "groups", security(("bearer" = ["groups:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), responses((status = 200, body = GroupOut)),
    extensions(("x-problems" = json!([error::RELEASED]))))]
pub async fn release_group(
    app: App,
    staff: Staff<GroupsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, NoBody): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::release(&app, &staff, &key, seen, id).await
}

/// Show the offer to the guests of a group.
///
/// Anyone who knows the code can read it; upper and lower case are the same. After 20 unknown codes from one address, more
/// are refused for some minutes.
#[utoipa::path(get, path = "/v1/properties/{id}/groups/{code}", tag = "groups", security(()),
    params(("id" = Uuid, Path), ("code" = String, Path, max_length = 30, description = "Code of the group; upper and lower case are the same.", example = "ANA-RUI-2026")),
    responses((status = 200, body = GroupOffer)))]
pub async fn get_group_offer(
    app: App,
    ClientIp(ip): ClientIp,
    PathId((id, code)): PathId<(Uuid, String)>,
) -> Result<Json<GroupOffer>> {
    Ok(Json(service::offer(&app, Guesser::at(ip), id, &code).await?))
}
