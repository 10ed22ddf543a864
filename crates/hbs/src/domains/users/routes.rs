use super::dto::{AccountOut, InviteUser, InvitedOut, SuspendUser, UserFilter};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::authentication;
use crate::domains::authorization;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{UsersDelete, UsersInvite, UsersRead, UsersSuspend};
use crate::security::{Staff, to_the_end};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of accounts.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users, invite_user))
        .routes(routes!(get_user, delete_user))
        .routes(routes!(resend_invitation))
        .routes(routes!(suspend_user))
        .routes(routes!(reactivate_user))
        .routes(routes!(unlock_user))
        .routes(routes!(reset_second_factor))
}

/// List the accounts of guests and staff.
///
/// If your permission holds for all properties, all accounts are listed; otherwise those with a role at one of your
/// properties. Of users who are also elsewhere, only the name, the status and the roles at your properties are shown then;
/// they are not found by e-mail address or phone number, and not listed by last sign-in.
#[utoipa::path(get, path = "/v1/users", tag = "users", security(("bearer" = ["users:read"])), params(UserFilter, PageQuery),
    responses((status = 200, body = Page<AccountOut>)))]
pub async fn list_users(
    app: App,
    staff: Staff<UsersRead>,
    Query(filter): Query<UserFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AccountOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show an account.
///
/// If your permission holds for some properties only, an account without a role at one of them is not found, and of users who
/// are also elsewhere only the name, the status and the roles at your properties are shown.
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = AccountOut)))]
pub async fn get_user(app: App, staff: Staff<UsersRead>, PathId(id): PathId) -> Result<Versioned<AccountOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Invite a member of staff by mail.
///
/// The invited person chooses a password when accepting. Giving roles needs `roles:assign` at their properties as well,
/// and nobody can give permissions that they do not hold. If your permission holds for some properties only, and the address
/// belongs to an account without a role at one of them, the answer is 202: the user is invited to the roles, and has them
/// after accepting.
#[utoipa::path(post, path = "/v1/users", tag = "users", security(("bearer" = ["users:invite"])),
    request_body = InviteUser, responses((status = 201, body = AccountOut), (status = 202, body = InvitedOut)),
    extensions(("x-problems" = json!([authentication::EMAIL_TAKEN, authorization::ESCALATION]))))]
pub async fn invite_user(
    app: App,
    staff: Staff<UsersInvite>,
    Keyed(key, Valid(body)): Keyed<Valid<InviteUser>>,
) -> Result<Answer> {
    service::invite(&app, &staff, &key, body).await
}

/// Send an invitation again.
///
/// The link of the earlier mail ends when the new one is sent. Only an account that is `invited` can be invited again
/// (409 `users.not_invited`).
#[utoipa::path(post, path = "/v1/users/{id}/invitation", tag = "users", security(("bearer" = ["users:invite"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = AccountOut)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::NOT_INVITED, error::BEYOND_SCOPE]))))]
pub async fn resend_invitation(
    app: App,
    staff: Staff<UsersInvite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::resend_invitation(&app, &staff, &key, seen, id).await
}

/// Suspend an account.
///
/// Its sessions end at once, and its user, who is told by mail, cannot sign in. Nobody can suspend themselves, or somebody who
/// holds more permissions than they do. The last super administrator cannot be suspended.
#[utoipa::path(post, path = "/v1/users/{id}/suspend", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    request_body = SuspendUser, responses((status = 200, body = AccountOut)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::ILLEGAL_MOVE, error::BEYOND_SCOPE, error::ONESELF, authorization::LAST_SUPER_ADMIN]))))]
pub async fn suspend_user(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SuspendUser>>,
) -> Result<Answer> {
    to_the_end(async move { service::suspend(&app, &staff, &key, seen, id, &body.reason).await }).await
}

/// Reactivate a suspended account.
///
/// Its user can sign in again.
#[utoipa::path(post, path = "/v1/users/{id}/reactivate", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = AccountOut)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::ILLEGAL_MOVE, error::BEYOND_SCOPE]))))]
pub async fn reactivate_user(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::reactivate(&app, &staff, &key, seen, id).await }).await
}

/// Lift a lock-out after wrong passwords.
///
/// The user can try to sign in again at once. An account that is not locked out is left as it is.
#[utoipa::path(post, path = "/v1/users/{id}/unlock", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch),
    responses((status = 200, body = AccountOut)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::BEYOND_SCOPE]))))]
pub async fn unlock_user(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::unlock(&app, &staff, &key, seen, id).await
}

/// Delete an account.
///
/// Its sessions, roles and API keys end at once; its bookings stay. Its e-mail address and phone number can be used
/// again.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:delete"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::BEYOND_SCOPE, error::ONESELF, authorization::LAST_SUPER_ADMIN]))))]
pub async fn delete_user(
    app: App,
    staff: Staff<UsersDelete>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::delete(&app, &staff, &key, seen, id).await }).await
}

/// Remove the second factor of an account.
///
/// For users who have lost their device. All sessions of the account end, and its user is notified by mail.
#[utoipa::path(delete, path = "/v1/users/{id}/second-factor", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([authorization::ESCALATION, error::BEYOND_SCOPE, error::ONESELF]))))]
pub async fn reset_second_factor(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::reset_second_factor(&app, &staff, &key, seen, id).await }).await
}
