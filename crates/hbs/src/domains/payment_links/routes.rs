use super::dto::{AskedOut, CreatePaymentLink, LinkToken, PaymentLinkFilter, PaymentLinkOut};
use super::model::PaymentLinkId;
use super::{error, service};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::{folios, payments};
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::outbox::Cause;
use crate::page::{Page, PageQuery};
use crate::request_id::RequestId;
use crate::security::Staff;
use crate::security::permission::{PaymentsRead, PaymentsWrite};
use crate::version::IfMatch;
use axum::{Extension, Json};
use utoipa_axum::router::OpenApiRouter;

/// Routes of payment links.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payment_links, create_payment_link))
        .routes(routes!(get_payment_link))
        .routes(routes!(cancel_payment_link))
        .routes(routes!(open_payment_link))
        .routes(routes!(pay_payment_link))
}

/// List payment links, newest first.
#[utoipa::path(get, path = "/v1/payment-links", tag = "payments", security(("bearer" = ["payments:read"])),
    params(PaymentLinkFilter, PageQuery), responses((status = 200, body = Page<PaymentLinkOut>)))]
pub async fn list_payment_links(
    app: App,
    staff: Staff<PaymentsRead>,
    Query(filter): Query<PaymentLinkFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<PaymentLinkOut>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Make a payment link.
///
/// Whoever has its address sees what the folio owes and pays it on a page of the gateway, without an account: a fixed amount, or
/// whatever is left to be paid. A folio has one open link at a time. With `email` the link is mailed.
#[utoipa::path(post, path = "/v1/payment-links", tag = "payments", security(("bearer" = ["payments:write"])),
    request_body = CreatePaymentLink, responses((status = 201, body = PaymentLinkOut)),
    extensions(("x-problems" = json!([
        error::OPEN_EXISTS, error::NOTHING_OWED, error::EXCEEDS_BALANCE, payments::METHOD_NOT_TAKEN, payments::NO_GATEWAY,
        payments::OTHER_CURRENCY, payments::NOT_POSITIVE, folios::CLOSED
    ]))))]
pub async fn create_payment_link(
    app: App,
    staff: Staff<PaymentsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreatePaymentLink>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Show a payment link.
#[utoipa::path(get, path = "/v1/payment-links/{id}", tag = "payments", security(("bearer" = ["payments:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PaymentLinkOut)))]
pub async fn get_payment_link(
    app: App,
    staff: Staff<PaymentsRead>,
    PathId(id): PathId<PaymentLinkId>,
) -> Result<Versioned<PaymentLinkOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Cancel a payment link.
///
/// No payment is begun by the link any more. Whoever is on a page of the gateway already can pay there until it ends: void that
/// payment, too, if they are not to.
#[utoipa::path(post, path = "/v1/payment-links/{id}/cancel", tag = "payments", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch), responses((status = 200, body = PaymentLinkOut)),
    extensions(("x-problems" = json!([error::OVER]))))]
pub async fn cancel_payment_link(
    app: App,
    staff: Staff<PaymentsWrite>,
    PathId(id): PathId<PaymentLinkId>,
    seen: IfMatch,
    Keyed(key, _): Keyed<NoBody>,
) -> Result<Answer> {
    service::cancel(&app, &staff, &key, seen, id).await
}

/// Show what a payment link asks for.
///
/// Whoever has the link may ask. The answer is 404 to a token that was changed, and 410 to a link that is over.
#[utoipa::path(post, path = "/v1/payment-links/open", tag = "payments", security(()),
    request_body = LinkToken, responses((status = 200, body = AskedOut)), extensions(("x-problems" = json!([error::OVER]))))]
pub async fn open_payment_link(app: App, Valid(body): Valid<LinkToken>) -> Result<Json<AskedOut>> {
    Ok(Json(service::open(&app, &body.token).await?))
}

/// Pay by a payment link.
///
/// `page` is the page of the gateway on which it is paid; while one is open, it is that one, so that nothing is paid twice. The
/// payment counts once the gateway has captured it. Where the gateway does not answer, `page` is null: send the request again.
#[utoipa::path(post, path = "/v1/payment-links/pay", tag = "payments", security(()),
    request_body = LinkToken, responses((status = 200, body = AskedOut)), extensions(("x-problems" = json!([
        error::OVER, error::NOTHING_OWED, payments::METHOD_NOT_TAKEN, payments::NO_GATEWAY, folios::CLOSED
    ]))))]
pub async fn pay_payment_link(
    app: App,
    Extension(request_id): Extension<RequestId>,
    Valid(body): Valid<LinkToken>,
) -> Result<Json<AskedOut>> {
    let cause = Cause::anonymous(request_id, app.clock.now()).sealing_with(&app.person_keys);
    Ok(Json(service::pay(&app, &body.token, &cause).await?))
}
