use super::dto::{
    AssignmentOut, CreateAssignment, CreateRole, HeldPermission, InvitationFilter, MyRoleInvitation, RoleOut, SentRoleInvitation,
    UpdateRole,
};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{CATALOGUE, Entry, RolesAssign, RolesRead, RolesWrite, UsersRead};
use crate::security::{Caller, Me, Staff, to_the_end};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;
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
        .routes(routes!(my_role_invitations))
        .routes(routes!(accept_role_invitation))
        .routes(routes!(decline_role_invitation))
        .routes(routes!(list_role_invitations))
        .routes(routes!(withdraw_role_invitation))
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
/// account whose e-mail address is not verified. If your permission holds for some properties only, an account without a
/// role at one of them is not found: invite its user by `POST /v1/users`. The user is told by mail.
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

/// List the roles that you are invited to take.
///
/// The newest come first. Staff of a property invite you to a role there if you do not work there yet.
#[utoipa::path(get, path = "/v1/me/role-invitations", tag = "authorization", security(("bearer" = [])),
    responses((status = 200, body = Page<MyRoleInvitation>)))]
pub async fn my_role_invitations(app: App, me: Me) -> Result<Json<Page<MyRoleInvitation>>> {
    Ok(Json(Page::whole(service::my_invitations(&app, &me).await?)))
}

/// Accept a role that you are invited to take.
///
/// You have the role at once. Staff of the property who may read accounts can then read yours, unless you work elsewhere too or
/// have bookings elsewhere.
#[utoipa::path(post, path = "/v1/me/role-invitations/{id}/accept", tag = "authorization", security(("bearer" = [])),
    params(("id" = Uuid, Path)), responses((status = 201, body = AssignmentOut)),
    extensions(("x-problems" = json!([error::UNVERIFIED, error::ALREADY_ASSIGNED, error::INVITATION_LAPSED]))))]
pub async fn accept_role_invitation(app: App, me: Me, PathId(id): PathId, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    to_the_end(async move { service::accept(&app, &me, &key, id).await }).await
}

/// Decline a role that you are invited to take.
///
/// You are not asked again for a week.
#[utoipa::path(post, path = "/v1/me/role-invitations/{id}/decline", tag = "authorization", security(("bearer" = [])),
    params(("id" = Uuid, Path)), responses((status = 204)))]
pub async fn decline_role_invitation(app: App, me: Me, PathId(id): PathId, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    service::decline(&app, &me, &key, id).await
}

/// List the invitations to roles, newest first.
///
/// Invitations that were accepted, taken back or are over are not listed. One that was declined looks like any other.
#[utoipa::path(get, path = "/v1/role-invitations", tag = "authorization", security(("bearer" = ["roles:assign"])),
    params(InvitationFilter, PageQuery), responses((status = 200, body = Page<SentRoleInvitation>)))]
pub async fn list_role_invitations(
    app: App,
    staff: Staff<RolesAssign>,
    Query(filter): Query<InvitationFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<SentRoleInvitation>>> {
    Ok(Json(service::sent_invitations(&app, &staff, &filter, &page).await?))
}

/// Take an invitation to a role back.
///
/// An invitation that was accepted cannot be taken back: take the role away instead.
#[utoipa::path(delete, path = "/v1/role-invitations/{id}", tag = "authorization", security(("bearer" = ["roles:assign"])),
    params(("id" = Uuid, Path)), responses((status = 204)))]
pub async fn withdraw_role_invitation(
    app: App,
    staff: Staff<RolesAssign>,
    PathId(id): PathId,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::withdraw(&app, &staff, &key, id).await
}
