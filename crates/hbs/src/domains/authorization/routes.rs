use super::dto::{AssignmentOut, CreateAssignment, CreateRole, HeldPermission, RoleOut, UpdateRole};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::Page;
use crate::security::permission::{CATALOGUE, Entry, RolesAssign, RolesRead, RolesWrite, UsersRead};
use crate::security::{Caller, Staff, to_the_end};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Routes of roles and permissions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_permissions))
        .routes(routes!(list_roles, create_role))
        .routes(routes!(get_role, update_role, delete_role))
        .routes(routes!(my_permissions))
        .routes(routes!(list_assignments, create_assignment))
        .routes(routes!(delete_assignment))
}

/// List all permissions.
///
/// Roles and API keys are made of these permissions. The list is always whole.
#[utoipa::path(get, path = "/v1/permissions", tag = "authorization", security(("bearer" = [])), responses((status = 200, body = Page<Entry>)))]
pub async fn list_permissions(_caller: Caller) -> Json<Page<Entry>> {
    Json(Page::whole(CATALOGUE.to_vec()))
}

/// List the roles with their permissions.
#[utoipa::path(get, path = "/v1/roles", tag = "authorization", security(("bearer" = ["roles:read"])), responses((status = 200, body = Page<RoleOut>)))]
pub async fn list_roles(app: App, _staff: Staff<RolesRead>) -> crate::Result<Json<Page<RoleOut>>> {
    Ok(Json(Page::whole(service::list_roles(&app).await?)))
}

/// Add a role.
///
/// Roles are the same at all properties, so you need the permission for all properties. Nobody can put permissions into
/// a role that they do not hold.
#[utoipa::path(post, path = "/v1/roles", tag = "authorization", security(("bearer" = ["roles:write"])),
    request_body = CreateRole, responses((status = 201, body = RoleOut)),
    extensions(("x-problems" = json!([error::ESCALATION, error::CODE_TAKEN]))))]
pub async fn create_role(
    app: App,
    staff: Staff<RolesWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateRole>>,
) -> Result<Answer> {
    service::create_role(&app, &staff, &key, body).await
}

/// Show a role with its permissions.
#[utoipa::path(get, path = "/v1/roles/{id}", tag = "authorization", security(("bearer" = ["roles:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = RoleOut)))]
pub async fn get_role(app: App, _staff: Staff<RolesRead>, PathId(id): PathId) -> Result<Versioned<RoleOut>> {
    let body = service::get_role(&app, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change a role (JSON merge patch).
///
/// The change takes effect at once for everybody who has the role. Nobody can add or remove permissions that they do
/// not hold at all properties. Of `super_admin`, only `requires_second_factor` can be changed.
#[utoipa::path(patch, path = "/v1/roles/{id}", tag = "authorization", security(("bearer" = ["roles:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateRole,
    responses((status = 200, body = RoleOut)),
    extensions(("x-problems" = json!([error::ESCALATION, error::PROTECTED_ROLE, error::LAST_SUPER_ADMIN]))))]
pub async fn update_role(
    app: App,
    staff: Staff<RolesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateRole>>,
) -> Result<Answer> {
    to_the_end(async move { service::update_role(&app, &staff, &key, seen, id, body).await }).await
}

/// Remove a role.
///
/// A role can be removed only when nobody has it: otherwise 409 `authorization.role_in_use`.
#[utoipa::path(delete, path = "/v1/roles/{id}", tag = "authorization", security(("bearer" = ["roles:write"])),
    params(("id" = Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::ESCALATION, error::PROTECTED_ROLE, error::ROLE_IN_USE]))))]
pub async fn delete_role(
    app: App,
    staff: Staff<RolesWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete_role(&app, &staff, &key, seen, id).await
}

/// List your permissions, with the properties at which they hold.
///
/// Permissions that your roles grant only with a second factor are listed only in sessions that showed one. With an API
/// key, the list has the permissions that the key holds.
#[utoipa::path(get, path = "/v1/me/permissions", tag = "authorization", security(("bearer" = [])), responses((status = 200, body = Page<HeldPermission>)))]
pub async fn my_permissions(caller: Caller) -> Json<Page<HeldPermission>> {
    Json(Page::whole(service::my_permissions(&caller)))
}

/// List the roles of a user.
#[utoipa::path(get, path = "/v1/users/{id}/role-assignments", tag = "authorization", security(("bearer" = ["users:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<AssignmentOut>)))]
pub async fn list_assignments(app: App, staff: Staff<UsersRead>, PathId(id): PathId) -> Result<Json<Page<AssignmentOut>>> {
    Ok(Json(Page::whole(service::list_assignments(&app, &staff, id).await?)))
}

/// Give a user a role.
///
/// The role holds at one property or at all. Nobody can give permissions that they do not hold, nor give a role to an
/// account whose e-mail address is not verified.
#[utoipa::path(post, path = "/v1/users/{id}/role-assignments", tag = "authorization", security(("bearer" = ["roles:assign"])),
    params(("id" = Uuid, Path)), request_body = CreateAssignment,
    responses((status = 201, body = AssignmentOut)),
    extensions(("x-problems" = json!([error::ESCALATION, error::ALREADY_ASSIGNED, error::UNVERIFIED]))))]
pub async fn create_assignment(
    app: App,
    staff: Staff<RolesAssign>,
    PathId(id): PathId,
    Keyed(key, Valid(body)): Keyed<Valid<CreateAssignment>>,
) -> Result<Answer> {
    to_the_end(async move { service::assign(&app, &staff, &key, id, body).await }).await
}

/// Take a role from a user.
///
/// The last super administrator cannot lose that role: 409 `authorization.last_super_admin`.
#[utoipa::path(delete, path = "/v1/users/{id}/role-assignments/{assignment_id}", tag = "authorization",
    security(("bearer" = ["roles:assign"])), params(("id" = Uuid, Path), ("assignment_id" = Uuid, Path)), responses((status = 204)),
    extensions(("x-problems" = json!([error::ESCALATION, error::LAST_SUPER_ADMIN]))))]
pub async fn delete_assignment(
    app: App,
    staff: Staff<RolesAssign>,
    PathId((id, assignment_id)): PathId<(Uuid, Uuid)>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::unassign(&app, &staff, &key, id, assignment_id).await }).await
}
