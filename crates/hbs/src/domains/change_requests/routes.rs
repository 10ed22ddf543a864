use super::dto::{ChangeRequestFilter, ChangeRequestOut, GrantChange, ProposeChange, RefuseChange, RequestChange};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings;
use crate::http::answer::Versioned;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::NoBody;
use crate::page::{Page, PageQuery};
use crate::security::permission::{BookingsRead, BookingsWrite};
use crate::security::{OwnOr, Staff};
use crate::version::IfMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of change requests.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(request_change))
        .routes(routes!(list_change_requests))
        .routes(routes!(get_change_request))
        .routes(routes!(withdraw_change_request))
        .routes(routes!(grant_change_request))
        .routes(routes!(refuse_change_request))
        .routes(routes!(propose_change))
        .routes(routes!(accept_change))
        .routes(routes!(decline_change))
}

/// Ask for a change that the guest may not make alone.
///
/// The request is for an amendment, as in `POST /v1/bookings/{id}/amend`, or for a cancellation without a fee. If the
/// guest can make the change without a fee, the answer is 409 `change_request.not_needed`. A booking can have one open
/// request at a time. Guests ask for their own bookings; with `bookings:write`, staff enter requests of guests.
#[utoipa::path(post, path = "/v1/bookings/{id}/change-requests", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), DryRun), request_body = RequestChange,
    responses((status = 201, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ALREADY_OPEN, error::NOT_NEEDED, bookings::AMENDMENT, bookings::MOVE]))))]
pub async fn request_change(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<RequestChange>>,
) -> Result<Answer> {
    service::request(&app, &who, &key, id, body).await
}

/// List change requests, oldest first.
///
/// Guests see the requests for their own bookings; with `bookings:read`, staff see those of the hotel. With
/// `status=open`, the list has the requests that wait for an answer.
#[utoipa::path(get, path = "/v1/change-requests", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(ChangeRequestFilter, PageQuery), responses((status = 200, body = Page<ChangeRequestOut>)))]
pub async fn list_change_requests(
    app: App,
    who: OwnOr<BookingsRead>,
    Query(filter): Query<ChangeRequestFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ChangeRequestOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Show a change request.
#[utoipa::path(get, path = "/v1/change-requests/{id}", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ChangeRequestOut)))]
pub async fn get_change_request(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Versioned<ChangeRequestOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Withdraw a change request.
///
/// Possible while the request is open.
#[utoipa::path(post, path = "/v1/change-requests/{id}/withdraw", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn withdraw_change_request(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::withdraw(&app, &who, &key, seen, id).await
}

/// Grant a change request.
///
/// The amendment is made as by staff, at the price of the day; a cancellation charges no fee, which needs
/// `bookings:waive_fee` as well.
#[utoipa::path(post, path = "/v1/change-requests/{id}/grant", tag = "change requests", security(("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    request_body = Option<GrantChange>, responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, bookings::AMENDMENT, bookings::MOVE, bookings::TOO_LATE]))))]
pub async fn grant_change_request(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<GrantChange>>,
) -> Result<Answer> {
    service::grant(&app, &staff, &key, seen, id, body).await
}

/// Refuse a change request, with a reason.
#[utoipa::path(post, path = "/v1/change-requests/{id}/refuse", tag = "change requests", security(("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    request_body = RefuseChange, responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn refuse_change_request(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<RefuseChange>>,
) -> Result<Answer> {
    service::refuse(&app, &staff, &key, seen, id, body.answer).await
}

/// Propose another change to the guest.
///
/// The proposal is one amendment, at a price that holds for 30 minutes, during which its rooms are set aside. The guest
/// gets a mail. `POST /v1/bookings/{id}/amend?dry_run=true` with the same body shows the result beforehand. Needs
/// `bookings:price` and `bookings:override` where the amendment does.
#[utoipa::path(post, path = "/v1/change-requests/{id}/propose", tag = "change requests", security(("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    request_body = ProposeChange, responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, bookings::AMENDMENT]))))]
pub async fn propose_change(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ProposeChange>>,
) -> Result<Answer> {
    service::propose(&app, &staff, &key, seen, id, body).await
}

/// Accept a proposal.
///
/// The booking is amended as proposed, at the proposed price.
#[utoipa::path(post, path = "/v1/change-requests/{id}/accept", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::LAPSED, bookings::AMENDMENT, bookings::AGREEMENT_OUTDATED]))))]
pub async fn accept_change(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::accept(&app, &who, &key, seen, id).await
}

/// Decline a proposal.
///
/// The booking stays as it is, and the rooms that were set aside are on sale again.
#[utoipa::path(post, path = "/v1/change-requests/{id}/decline", tag = "change requests", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    responses((status = 200, body = ChangeRequestOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn decline_change(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::decline(&app, &who, &key, seen, id).await
}
