use super::dto::{AssignmentOut, CreateAssignment, HeldPermission, RoleOut};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::page::Page;
use crate::http::{Caller, PathId, Staff, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::security::permission::{CATALOGUE, Entry, RolesAssign, RolesRead, UsersRead};
use crate::security::to_the_end;
use axum::Json;
use uuid::Uuid;

/// List every permission that there is.
#[utoipa::path(get, path = "/v1/permissions", tag = "authorization", security(("bearer" = [])), responses((status = 200, body = Page<Entry>)))]
pub async fn list_permissions(_caller: Caller) -> Json<Page<Entry>> {
    Json(Page::whole(CATALOGUE.to_vec()))
}

/// List the roles and what they permit.
#[utoipa::path(get, path = "/v1/roles", tag = "authorization", security(("bearer" = ["roles:read"])), responses((status = 200, body = Page<RoleOut>)))]
pub async fn list_roles(app: App, _staff: Staff<RolesRead>) -> crate::Result<Json<Page<RoleOut>>> {
    Ok(Json(Page::whole(service::list_roles(&app).await?)))
}

/// Show what I may do, and where.
#[utoipa::path(get, path = "/v1/me/permissions", tag = "authorization", security(("bearer" = [])), responses((status = 200, body = Page<HeldPermission>)))]
pub async fn my_permissions(caller: Caller) -> Json<Page<HeldPermission>> {
    Json(Page::whole(service::my_permissions(&caller)))
}

/// List a user's roles.
#[utoipa::path(get, path = "/v1/users/{id}/role-assignments", tag = "authorization", security(("bearer" = ["users:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = Page<AssignmentOut>)))]
pub async fn list_assignments(app: App, staff: Staff<UsersRead>, PathId(id): PathId) -> Result<Json<Page<AssignmentOut>>> {
    Ok(Json(Page::whole(service::list_assignments(&app, &staff, id).await?)))
}

/// Give a user a role at a property, or at all of them.
///
/// Nobody gives what they do not hold.
#[utoipa::path(post, path = "/v1/users/{id}/role-assignments", tag = "authorization", security(("bearer" = ["roles:assign"])),
    params(("id" = Uuid, Path)), request_body = CreateAssignment, responses((status = 201, body = AssignmentOut)))]
pub async fn create_assignment(
    app: App,
    staff: Staff<RolesAssign>,
    PathId(id): PathId,
    Keyed(key, Valid(body)): Keyed<Valid<CreateAssignment>>,
) -> Result<Answer> {
    to_the_end(async move { service::assign(&app, &staff, &key, id, &body).await }).await
}

/// Take a role away from a user.
///
/// The last super administrator stays.
#[utoipa::path(delete, path = "/v1/users/{id}/role-assignments/{assignment_id}", tag = "authorization",
    security(("bearer" = ["roles:assign"])), params(("id" = Uuid, Path), ("assignment_id" = Uuid, Path)), responses((status = 204)))]
pub async fn delete_assignment(
    app: App,
    staff: Staff<RolesAssign>,
    PathId((id, assignment_id)): PathId<(Uuid, Uuid)>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::unassign(&app, &staff, &key, id, assignment_id).await }).await
}
