use super::dto::{BusinessAccountFilter, BusinessAccountOut, CreateBusinessAccount, UpdateBusinessAccount};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{AccountsRead, AccountsWrite};
use crate::version::MustMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of accounts.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_accounts, create_account)).routes(routes!(
        get_account,
        update_account,
        delete_account
    ))
}

/// List accounts, newest first.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", security(("bearer" = ["accounts:read"])),
    params(BusinessAccountFilter, PageQuery), responses((status = 200, body = Page<BusinessAccountOut>)))]
pub async fn list_accounts(
    app: App,
    staff: Staff<AccountsRead>,
    Query(filter): Query<BusinessAccountFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<BusinessAccountOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show an account.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts", security(("bearer" = ["accounts:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = BusinessAccountOut)))]
pub async fn get_account(app: App, staff: Staff<AccountsRead>, PathId(id): PathId) -> Result<Versioned<BusinessAccountOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a company or an agent.
///
/// Bookings and groups name it as `account_id`, and guest profiles the company that they travel for.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", security(("bearer" = ["accounts:write"])),
    request_body = CreateBusinessAccount, responses((status = 201, body = BusinessAccountOut)))]
pub async fn create_account(
    app: App,
    staff: Staff<AccountsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateBusinessAccount>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change an account (JSON merge patch).
///
/// Nobody can book for an account that is not active; what it has booked stays as it is. Stays that are sold to an account with a
/// `tax_exemption` get it, and are quoted and charged without these taxes; setting it needs `tax_exemptions:write`.
#[utoipa::path(patch, path = "/v1/accounts/{id}", tag = "accounts", security(("bearer" = ["accounts:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateBusinessAccount,
    responses((status = 200, body = BusinessAccountOut)))]
pub async fn update_account(
    app: App,
    staff: Staff<AccountsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateBusinessAccount>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove an account that nothing refers to.
///
/// An account that was used is made inactive instead.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts", security(("bearer" = ["accounts:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::IN_USE]))))]
pub async fn delete_account(
    app: App,
    staff: Staff<AccountsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}
