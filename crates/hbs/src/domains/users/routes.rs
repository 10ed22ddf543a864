use super::dto::{AccountOut, InviteUser, SuspendUser, UserFilter};
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{UsersDelete, UsersInvite, UsersRead, UsersSuspend};
use crate::security::{Staff, to_the_end};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The operations of this domain.
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
/// With the permission for all properties everybody; otherwise those who have a role at one of yours.
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
#[utoipa::path(get, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = AccountOut)))]
pub async fn get_user(app: App, staff: Staff<UsersRead>, PathId(id): PathId) -> Result<Versioned<AccountOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Invite a member of staff by mail.
///
/// They choose a password when they come. Giving roles takes `roles:assign` there too, and nobody gives what they do not hold.
#[utoipa::path(post, path = "/v1/users", tag = "users", security(("bearer" = ["users:invite"])),
    request_body = InviteUser, responses((status = 201, body = AccountOut)))]
pub async fn invite_user(
    app: App,
    staff: Staff<UsersInvite>,
    Keyed(key, Valid(body)): Keyed<Valid<InviteUser>>,
) -> Result<Answer> {
    service::invite(&app, &staff, &key, body).await
}

/// Send an invitation again.
#[utoipa::path(post, path = "/v1/users/{id}/invitation", tag = "users", security(("bearer" = ["users:invite"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = AccountOut)))]
pub async fn resend_invitation(
    app: App,
    staff: Staff<UsersInvite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::resend_invitation(&app, &staff, &key, seen, id).await
}

/// Suspend somebody: their sessions end at once, and they cannot sign in.
///
/// Nobody suspends themselves, nor somebody who holds more than they do. The last super administrator stays.
#[utoipa::path(post, path = "/v1/users/{id}/suspend", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = SuspendUser, responses((status = 200, body = AccountOut)))]
pub async fn suspend_user(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SuspendUser>>,
) -> Result<Answer> {
    to_the_end(async move { service::suspend(&app, &staff, &key, seen, id, &body.reason).await }).await
}

/// Let somebody who was suspended sign in again.
#[utoipa::path(post, path = "/v1/users/{id}/reactivate", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = AccountOut)))]
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
#[utoipa::path(post, path = "/v1/users/{id}/unlock", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = AccountOut)))]
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
/// Sessions, roles and keys of it end at once; its bookings stay. E-mail address and phone number can be used again.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:delete"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_user(
    app: App,
    staff: Staff<UsersDelete>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::delete(&app, &staff, &key, seen, id).await }).await
}

/// Take the second factor away from somebody who has lost their device.
///
/// Their sessions end, and they are told by mail.
#[utoipa::path(delete, path = "/v1/users/{id}/second-factor", tag = "users", security(("bearer" = ["users:suspend"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn reset_second_factor(
    app: App,
    staff: Staff<UsersSuspend>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    to_the_end(async move { service::reset_second_factor(&app, &staff, &key, seen, id).await }).await
}
