use super::dto::{ChargedOut, DueFilter, PaymentDueOut};
use super::{error, service};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios;
use crate::http::{DryRun, PathId, Query, Rehearsable, routes};
use crate::idempotency::NoBody;
use crate::page::{Page, PageQuery};
use crate::security::permission::{PaymentsRead, PaymentsWrite};
use crate::security::{OwnOr, Staff};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of what is due.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments_due))
        .routes(routes!(list_payments_due_of_booking))
        .routes(routes!(charge_payments_due))
}

/// List what is due of bookings before it is paid at the hotel, the earliest first.
///
/// Payments count for what is due first. With `is_chargeable` it is what the job charges to guarantees the next time, where the
/// payment settings of the hotel say `charges_guarantees`.
#[utoipa::path(get, path = "/v1/payments-due", tag = "payments", security(("bearer" = ["payments:read"])),
    params(DueFilter, PageQuery), responses((status = 200, body = Page<PaymentDueOut>)))]
pub async fn list_payments_due(
    app: App,
    staff: Staff<PaymentsRead>,
    Query(filter): Query<DueFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<PaymentDueOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// List what is due of a booking before it is paid at the hotel.
///
/// Guests see what is due of their own bookings.
#[utoipa::path(get, path = "/v1/bookings/{id}/payments-due", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = Page<PaymentDueOut>)))]
pub async fn list_payments_due_of_booking(
    app: App,
    who: OwnOr<PaymentsRead>,
    PathId(id): PathId,
) -> Result<Json<Page<PaymentDueOut>>> {
    Ok(Json(service::of_booking(&app, &who, id).await?))
}

/// Charge what is due of a booking to its guarantee.
///
/// All that is due by the business date and not paid is charged in one payment, which says how it went. A dry run says how much
/// that is, and asks no gateway.
#[utoipa::path(post, path = "/v1/bookings/{id}/payments-due/charge", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), DryRun), responses((status = 201, body = ChargedOut)),
    extensions(("x-problems" = json!([error::NOTHING_DUE, error::NO_GUARANTEE, folios::CLOSED]))))]
pub async fn charge_payments_due(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::charge(&app, &staff, &key, id).await
}
