use super::dto::{CreatePayment, PaymentFilter, PaymentOut, PaymentSettingsOut, UpdatePaymentSettings, VoidPayment};
use super::error;
use super::model::PaymentId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios;
use crate::http::answer::Versioned;
use crate::http::{DryRun, OptionalBody, PathId, Query, Rehearsable, Valid};
use crate::idempotency::Keyed;
use crate::page::{Page, PageQuery};
use crate::security::permission::{PaymentsRead, PaymentsWrite, PropertiesUpdate};
use crate::security::{OwnOr, Staff};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Routes of payments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments, create_payment))
        .routes(routes!(get_payment))
        .routes(routes!(void_payment))
        .routes(routes!(get_payment_settings, update_payment_settings))
}

/// List payments, newest first.
///
/// Guests see those of their own bookings.
#[utoipa::path(get, path = "/v1/payments", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(PaymentFilter, PageQuery), responses((status = 200, body = Page<PaymentOut>)))]
pub async fn list_payments(
    app: App,
    who: OwnOr<PaymentsRead>,
    Query(filter): Query<PaymentFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<PaymentOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Record a payment.
///
/// The folio is named, or the booking whose main folio is paid. What was paid counts at once: it is an entry of the folio.
/// More than what is left to be paid is 409 `payments.exceeds_balance`; `overpay` (permission payments:overpay) takes it as
/// a deposit.
#[utoipa::path(post, path = "/v1/payments", tag = "payments", security(("bearer" = ["payments:write"])),
    params(DryRun), request_body = CreatePayment, responses((status = 201, body = PaymentOut)),
    extensions(("x-problems" = json!([
        error::EXCEEDS_BALANCE, error::METHOD_NOT_TAKEN, error::OTHER_CURRENCY, error::NOT_POSITIVE, folios::CLOSED
    ]))))]
pub async fn create_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreatePayment>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Show a payment.
///
/// Guests see those of their own bookings.
#[utoipa::path(get, path = "/v1/payments/{id}", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PaymentOut)))]
pub async fn get_payment(app: App, who: OwnOr<PaymentsRead>, PathId(id): PathId<PaymentId>) -> Result<Versioned<PaymentOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Void a payment that was recorded by mistake.
///
/// It is taken back on its folio, as if it had not been paid. That is possible on the business date on which it was
/// recorded, while nothing of it is paid back or asked for; later, refund it.
#[utoipa::path(post, path = "/v1/payments/{id}/void", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = Option<VoidPayment>, responses((status = 200, body = PaymentOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::DATE_OVER, error::HAS_REFUNDS, folios::CLOSED]))))]
pub async fn void_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<VoidPayment>>,
) -> Result<Answer> {
    service::void(&app, &staff, &key, seen, id, body).await
}

/// Show the payment settings of a property.
#[utoipa::path(get, path = "/v1/properties/{id}/payment-settings", tag = "payments", security(("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PaymentSettingsOut)))]
pub async fn get_payment_settings(
    app: App,
    staff: Staff<PaymentsRead>,
    PathId(id): PathId,
) -> Result<Versioned<PaymentSettingsOut>> {
    let body = service::get_settings(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Change the payment settings of a property (JSON merge patch).
///
/// They hold for what is paid and refunded from then on.
#[utoipa::path(patch, path = "/v1/properties/{id}/payment-settings", tag = "payments", security(("bearer" = ["properties:update"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdatePaymentSettings, responses((status = 200, body = PaymentSettingsOut)),
    extensions(("x-problems" = json!([error::OTHER_CURRENCY]))))]
pub async fn update_payment_settings(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdatePaymentSettings>>,
) -> Result<Answer> {
    service::update_settings(&app, &staff, &key, seen, id, body).await
}
