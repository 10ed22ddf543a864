use super::dto::{
    AcknowledgePayment, CapturePayment, CreatePayment, GuaranteeOut, PaymentFilter, PaymentOut, PaymentSettingsOut,
    UpdatePaymentSettings, VoidPayment,
};
use super::error;
use super::model::PaymentId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios;
use crate::gateways::{Provider, SIGNATURE_HEADER};
use crate::http::answer::Versioned;
use crate::http::{DryRun, OptionalBody, PathId, Query, RawBody, Rehearsable, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::permission::{PaymentsRead, PaymentsWrite, PropertiesUpdate};
use crate::security::{OwnOr, Staff};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;

/// Routes of payments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments, create_payment))
        .routes(routes!(get_payment))
        .routes(routes!(capture_payment))
        .routes(routes!(void_payment))
        .routes(routes!(retry_payment))
        .routes(routes!(refresh_payment))
        .routes(routes!(acknowledge_payment))
        .routes(routes!(get_guarantee, leave_guarantee))
        .routes(routes!(receive_stripe_event))
        .routes(routes!(receive_demo_event))
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

/// Make a payment.
///
/// The folio is named, or the booking whose main folio is paid. Cash, a card at the terminal and a bank transfer are
/// recorded by staff (payments:write) and count at once. With `gateway`, guests pay for their own bookings, too:
/// `next_action` has the page to which whoever pays is sent, and the payment counts once the gateway has captured it.
/// More than what is left to be paid is 409 `payments.exceeds_balance`; `overpay` (permission payments:overpay) takes it as
/// a deposit. A dry run checks all of it and asks no gateway: it tells what comes of it if the gateway opens a page, whose
/// address nobody knows before, so `next_action` is null in it.
#[utoipa::path(post, path = "/v1/payments", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:write"])),
    params(DryRun), request_body = CreatePayment, responses((status = 201, body = PaymentOut)),
    extensions(("x-problems" = json!([
        error::EXCEEDS_BALANCE, error::METHOD_NOT_TAKEN, error::OTHER_CURRENCY, error::NOT_POSITIVE, error::NO_GATEWAY,
        error::TOO_MANY_UNDER_WAY, folios::CLOSED
    ]))))]
pub async fn create_payment(
    app: App,
    who: OwnOr<PaymentsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreatePayment>>,
) -> Result<Answer> {
    service::create(&app, &who, &key, body).await
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

/// Capture a payment that is authorized.
///
/// Some or all of it is taken, once; the rest is free again (`released`). A dry run asks no gateway: it tells what comes of it if
/// the gateway does it at once, though it may refuse.
#[utoipa::path(post, path = "/v1/payments/{id}/capture", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = Option<CapturePayment>,
    responses((status = 200, body = PaymentOut)),
    extensions(("x-problems" = json!([
        error::ILLEGAL_MOVE, error::EXCEEDS_AUTHORIZED, error::UNCLEAR, error::ORDERED, error::OTHER_CURRENCY, error::NOT_POSITIVE
    ]))))]
pub async fn capture_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<CapturePayment>>,
) -> Result<Answer> {
    service::capture(&app, &staff, &key, seen, id, body).await
}

/// Void a payment.
///
/// A payment that was recorded by mistake is taken back on its folio, as if it had not been paid: on the business date on which
/// it was recorded, while nothing of it is paid back or asked for. A payment through a gateway is given up while it is not
/// captured. Later, refund it. A dry run asks no gateway: it tells what comes of it if the gateway does it at once, though
/// whoever pays may have been faster.
#[utoipa::path(post, path = "/v1/payments/{id}/void", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = Option<VoidPayment>, responses((status = 200, body = PaymentOut)),
    extensions(("x-problems" = json!([
        error::ILLEGAL_MOVE, error::DATE_OVER, error::HAS_REFUNDS, error::DRAWER_COUNTED, error::UNCLEAR, error::ORDERED, folios::CLOSED
    ]))))]
pub async fn void_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<VoidPayment>>,
) -> Result<Answer> {
    service::void(&app, &staff, &key, seen, id, body).await
}

/// Try a payment through a gateway again.
///
/// An order whose end is not known is looked up, or given again with the same key. A payment that failed, or whose page is
/// over, gets another page, if so much is still to be paid. There is no dry run: what has become of an order, the gateway says.
#[utoipa::path(post, path = "/v1/payments/{id}/retry", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = PaymentOut)),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE, error::EXCEEDS_BALANCE, error::UNCLEAR, error::ORDERED, folios::CLOSED]))))]
pub async fn retry_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::retry(&app, &staff, &key, seen, id).await
}

/// Ask the gateway how a payment stands.
///
/// For whoever comes back from its page: the payment is `captured` as soon as the gateway has the money, whether or not its
/// event has come, and counts once whoever is first. What is over is answered as it is. The gateway is asked for a payment once
/// in 2 seconds: whoever wants to know sooner is answered as soon as the payment has changed, else once the 2 seconds are over.
/// So a page may ask again as soon as it has its answer. Guests ask for payments of their own bookings.
#[utoipa::path(post, path = "/v1/payments/{id}/refresh", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PaymentOut)))]
pub async fn refresh_payment(
    app: App,
    who: OwnOr<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::refresh(&app, &who, &key, id).await
}

/// Acknowledge what somebody has to look at.
///
/// The payment needs no `attention` any more, and what the gateway had told of it and was put aside is settled. What goes on (a
/// dispute that is lost, more that is refunded elsewhere) is said again. Nothing changes where there is nothing to look at.
#[utoipa::path(post, path = "/v1/payments/{id}/acknowledge", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = AcknowledgePayment, responses((status = 200, body = PaymentOut)))]
pub async fn acknowledge_payment(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentId>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<AcknowledgePayment>>,
) -> Result<Answer> {
    service::acknowledge(&app, &staff, &key, seen, id, body).await
}

/// Show the guarantee of a booking.
///
/// The one that can be charged, else the newest. Guests see that of their own bookings; 404 if none was ever begun.
#[utoipa::path(get, path = "/v1/bookings/{id}/guarantee", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = GuaranteeOut)))]
pub async fn get_guarantee(app: App, who: OwnOr<PaymentsRead>, PathId(id): PathId) -> Result<Versioned<GuaranteeOut>> {
    let body = service::get_guarantee(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Begin a guarantee of a booking.
///
/// `next_action` has the page of the gateway on which a means of payment is left; nothing is charged there. The gateway keeps
/// it, and what is due before the guests come, or for those who do not, can be charged to it. A further one takes the place of
/// the one before once it is left. Guests leave those of their own bookings.
#[utoipa::path(post, path = "/v1/bookings/{id}/guarantee", tag = "payments", security(("bearer" = []), ("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 201, body = GuaranteeOut)),
    extensions(("x-problems" = json!([error::METHOD_NOT_TAKEN, error::NO_GATEWAY]))))]
pub async fn leave_guarantee(
    app: App,
    who: OwnOr<PaymentsWrite>,
    PathId(id): PathId,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::leave_guarantee(&app, &who, &key, id).await
}

/// Receive an event of Stripe.
///
/// Stripe sends it by itself, signed. An event counts once however often it comes, in whatever order: Stripe is
/// asked for the payment. 204 says that the event is kept; 404 that Stripe is not set up here.
#[utoipa::path(post, path = "/v1/payments/webhooks/stripe", tag = "payments", security(()),
    request_body(content = serde_json::Value, description = "Event as Stripe sends it."),
    responses((status = 204)), extensions(("x-problems" = json!(error::EVENT))))]
pub async fn receive_stripe_event(app: App, headers: HeaderMap, body: RawBody) -> Result<StatusCode> {
    receive(&app, Provider::Stripe, &headers, &body).await
}

/// Receive an event of the demo gateway.
///
/// The demo gateway of a development server sends it by itself, signed as Stripe's events are. 204 says that the event is
/// kept; 404 that the demo gateway is not set up here.
#[utoipa::path(post, path = "/v1/payments/webhooks/demo", tag = "payments", security(()),
    request_body(content = serde_json::Value, description = "Event as the demo gateway sends it."),
    responses((status = 204)), extensions(("x-problems" = json!(error::EVENT))))]
pub async fn receive_demo_event(app: App, headers: HeaderMap, body: RawBody) -> Result<StatusCode> {
    receive(&app, Provider::Demo, &headers, &body).await
}

async fn receive(app: &App, provider: Provider, headers: &HeaderMap, body: &RawBody) -> Result<StatusCode> {
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    service::receive(app, provider, signature, &body.0).await?;
    Ok(StatusCode::NO_CONTENT)
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
