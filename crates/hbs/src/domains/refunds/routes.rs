use super::dto::{ApproveRefund, RefundFilter, RefundOut, RejectRefund, RequestRefund, RetryRefund};
use super::error;
use super::model::RefundId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios;
use crate::http::answer::Versioned;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid, routes};
use crate::page::{Page, PageQuery};
use crate::security::permission::{PaymentsRead, RefundsApprove, RefundsRequest};
use crate::security::{OwnOr, Staff};
use crate::version::IfMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of refunds.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_refunds, request_refund))
        .routes(routes!(get_refund))
        .routes(routes!(approve_refund))
        .routes(routes!(reject_refund))
        .routes(routes!(retry_refund))
}

/// List refunds, newest first.
///
/// Guests see those of their own bookings.
#[utoipa::path(get, path = "/v1/refunds", tag = "refunds", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(RefundFilter, PageQuery), responses((status = 200, body = Page<RefundOut>)))]
pub async fn list_refunds(
    app: App,
    who: OwnOr<PaymentsRead>,
    Query(filter): Query<RefundFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<RefundOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Request a refund of a payment.
///
/// Its money is set aside, so that never more is paid back than was captured. Up to `refund_approval_above` of the hotel's
/// payment settings it is paid back at once; beyond that, somebody else approves it. Cancellations and no-shows request by
/// themselves what was paid beyond the fee. A dry run asks no gateway: where one pays back, it tells what comes of it if the
/// gateway does it at once (`completed`).
#[utoipa::path(post, path = "/v1/refunds", tag = "refunds", security(("bearer" = ["refunds:request"])),
    params(DryRun), request_body = RequestRefund, responses((status = 201, body = RefundOut)),
    extensions(("x-problems" = json!([
        error::EXCEEDS_REFUNDABLE, error::EXCEEDS_ENTRIES, error::OTHER_CURRENCY, error::NOT_POSITIVE, error::DISPUTED, folios::CLOSED,
        folios::NOT_OPEN, folios::OF_PAYMENT
    ]))))]
pub async fn request_refund(
    app: App,
    staff: Staff<RefundsRequest>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<RequestRefund>>,
) -> Result<Answer> {
    service::request(&app, &staff, &key, body).await
}

/// Show a refund.
///
/// Guests see those of their own bookings.
#[utoipa::path(get, path = "/v1/refunds/{id}", tag = "refunds", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = RefundOut)))]
pub async fn get_refund(app: App, who: OwnOr<PaymentsRead>, PathId(id): PathId<RefundId>) -> Result<Versioned<RefundOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Approve a refund.
///
/// Somebody else does than who requested it (403 `refunds.same_person`), whichever session or API key they use. It is then
/// paid back, by the way of its payment, and counts on the folio: at once, or `processing` until the gateway has done it. With
/// `way` `bank_transfer` it counts as transferred to a bank account at once, which you do yourself. A dry run asks no gateway: it
/// tells what comes of it if the gateway does it at once (`completed`), though it may take its time or refuse.
#[utoipa::path(post, path = "/v1/refunds/{id}/approve", tag = "refunds", security(("bearer" = ["refunds:approve"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = Option<ApproveRefund>, responses((status = 200, body = RefundOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::SAME_PERSON, error::DISPUTED, folios::CLOSED]))))]
pub async fn approve_refund(
    app: App,
    staff: Staff<RefundsApprove>,
    PathId(id): PathId<RefundId>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ApproveRefund>>,
) -> Result<Answer> {
    service::approve(&app, &staff, &key, seen, id, body).await
}

/// Reject a refund.
///
/// Its money can be requested again. Who requested it may do so as well.
#[utoipa::path(post, path = "/v1/refunds/{id}/reject", tag = "refunds", security(("bearer" = ["refunds:approve"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = RejectRefund, responses((status = 200, body = RefundOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn reject_refund(
    app: App,
    staff: Staff<RefundsApprove>,
    PathId(id): PathId<RefundId>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<RejectRefund>>,
) -> Result<Answer> {
    service::reject(&app, &staff, &key, seen, id, body).await
}

/// Try a refund again that did not go through.
///
/// Its money is set aside again, and the gateway gets a new order. A refund that is `processing` is looked up at the
/// gateway. Where the gateway has refused it for good (`failed`), such as for a card that is closed, `way` `bank_transfer` notes
/// that you have transferred it to a bank account instead. A dry run asks no gateway: it tells what comes of it if the gateway
/// has done it, or does it at once (`completed`), though it may take its time or refuse.
#[utoipa::path(post, path = "/v1/refunds/{id}/retry", tag = "refunds", security(("bearer" = ["refunds:approve"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = Option<RetryRefund>, responses((status = 200, body = RefundOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::EXCEEDS_REFUNDABLE, error::DISPUTED]))))]
pub async fn retry_refund(
    app: App,
    staff: Staff<RefundsApprove>,
    PathId(id): PathId<RefundId>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<RetryRefund>>,
) -> Result<Answer> {
    service::retry(&app, &staff, &key, seen, id, body).await
}
