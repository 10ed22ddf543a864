//! Routes of offers.
mod images;

use super::dto::{
    CodeList, CodeOut, CreateCodes, CreateOffer, CreatedCodes, OfferFilter, OfferReport, OfferReportQuery, OfferShown,
    UpdateOffer, ValidateOffer, ValidatedOffer,
};
use super::error;
use super::service::{self, codes, offers};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::guesses::Guesser;
use crate::http::answer::Versioned;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::middleware::ClientIp;
use crate::page::{Page, PageQuery};
use crate::security::permission::{OffersRead, OffersWrite};
use crate::security::{Caller, Staff};
use crate::sheets::{Download, Format};
use crate::version::MustMatch;
use axum::Json;
use axum::body::Body;
use utoipa_axum::router::OpenApiRouter;

/// Routes of offers.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_offers, create_offer))
        .routes(routes!(validate_offer))
        .routes(routes!(get_offer_report))
        .routes(routes!(get_offer, update_offer, delete_offer))
        .routes(routes!(list_offer_codes, create_offer_codes))
        .routes(routes!(export_offer_codes))
        .merge(images::router())
}

/// List the offers of a property, oldest first.
///
/// The list is always whole. It needs no sign-in and has the offers that everybody gets; holders of `offers:read` at the property
/// are shown all of them, with their codes.
#[utoipa::path(get, path = "/v1/offers", tag = "offers", security((), ("bearer" = [])), params(OfferFilter),
    responses((status = 200, body = Page<OfferShown>)))]
pub async fn list_offers(app: App, caller: Option<Caller>, Query(filter): Query<OfferFilter>) -> Result<Json<Page<OfferShown>>> {
    Ok(Json(Page::whole(offers::list(&app, caller.as_ref(), &filter).await?)))
}

/// Show an offer.
///
/// An offer with a code, and one that is over, is shown only to holders of `offers:read` at its property.
#[utoipa::path(get, path = "/v1/offers/{id}", tag = "offers", security((), ("bearer" = [])), params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = OfferShown)))]
pub async fn get_offer(app: App, caller: Option<Caller>, PathId(id): PathId) -> Result<Versioned<OfferShown>> {
    let body = offers::get(&app, caller.as_ref(), id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add an offer.
///
/// Offers come after the price of the plan and before taxes. Of those that a stay could get, the one that saves most is taken
/// alone, unless those that say `is_combinable` save more together. Automatic offers show by themselves in searches and quotes;
/// those with a code wherever it is sent.
#[utoipa::path(post, path = "/v1/offers", tag = "offers", security(("bearer" = ["offers:write"])),
    request_body = CreateOffer, responses((status = 201, body = OfferShown)),
    extensions(("x-problems" = json!([
        error::CODE_TAKEN, error::PERCENT_OUT_OF_BOUNDS, error::OTHER_CURRENCY, error::WINDOW_REVERSED, error::UNKNOWN_ROOM_TYPE,
        error::HIDDEN_PLAN, crate::domains::extras::UNKNOWN, crate::domains::extras::ARCHIVED
    ]))))]
pub async fn create_offer(
    app: App,
    staff: Staff<OffersWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateOffer>>,
) -> Result<Answer> {
    offers::create(&app, &staff, &key, body).await
}

/// Change an offer (JSON merge patch).
///
/// Bookings that were made with the offer keep it as it was, and so do quotes until they expire. A limit can be set below what
/// was booked already: then nothing is left.
#[utoipa::path(patch, path = "/v1/offers/{id}", tag = "offers", security(("bearer" = ["offers:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateOffer, responses((status = 200, body = OfferShown)),
    extensions(("x-problems" = json!([
        error::CODE_TAKEN, error::PERCENT_OUT_OF_BOUNDS, error::OTHER_CURRENCY, error::WINDOW_REVERSED, error::UNKNOWN_ROOM_TYPE,
        error::HIDDEN_PLAN, crate::domains::extras::UNKNOWN, crate::domains::extras::ARCHIVED
    ]))))]
pub async fn update_offer(
    app: App,
    staff: Staff<OffersWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateOffer>>,
) -> Result<Answer> {
    offers::update(&app, &staff, &key, seen, id, body).await
}

/// Remove an offer.
///
/// An offer that something was booked with, or that somebody wishes for, is archived instead: it is over, and what was booked
/// goes on.
#[utoipa::path(delete, path = "/v1/offers/{id}", tag = "offers", security(("bearer" = ["offers:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)))]
pub async fn delete_offer(
    app: App,
    staff: Staff<OffersWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    offers::delete(&app, &staff, &key, seen, id).await
}

/// Explain an offer for a stay, condition by condition.
///
/// It needs no sign-in. The offer is named by its code, or by its identifier if it needs none. Conditions that depend on who
/// books are told to guests who are signed in; else they are known only then, as are those on what else is booked. After 20
/// unknown codes from one address, more are refused for some minutes.
#[utoipa::path(post, path = "/v1/offers/validate", tag = "offers", security((), ("bearer" = [])),
    request_body = ValidateOffer, responses((status = 200, body = ValidatedOffer)),
    extensions(("x-problems" = json!([error::CODE_UNKNOWN]))))]
pub async fn validate_offer(
    app: App,
    caller: Option<Caller>,
    ClientIp(ip): ClientIp,
    Valid(body): Valid<ValidateOffer>,
) -> Result<Json<ValidatedOffer>> {
    Ok(Json(service::validate(&app, caller.as_ref(), Guesser::at(ip), &body).await?))
}

/// Report bookings, revenue and discount of each offer and code.
///
/// Bookings are those made on business dates of the period. Revenue and discount are those of stays that are neither cancelled
/// nor expired.
#[utoipa::path(get, path = "/v1/offers/report", tag = "offers", security(("bearer" = ["offers:read"])), params(OfferReportQuery),
    responses((status = 200, body = OfferReport)))]
pub async fn get_offer_report(
    app: App,
    staff: Staff<OffersRead>,
    Query(query): Query<OfferReportQuery>,
) -> Result<Json<OfferReport>> {
    Ok(Json(service::report(&app, &staff, &query).await?))
}

/// List the codes of an offer, oldest first.
///
/// Each code that is good for one booking says which one it was used for.
#[utoipa::path(get, path = "/v1/offers/{id}/codes", tag = "offers", security(("bearer" = ["offers:read"])),
    params(("id" = uuid::Uuid, Path), CodeList, PageQuery), responses((status = 200, body = Page<CodeOut>)))]
pub async fn list_offer_codes(
    app: App,
    staff: Staff<OffersRead>,
    PathId(id): PathId,
    Query(filter): Query<CodeList>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<CodeOut>>> {
    Ok(Json(codes::list(&app, &staff, id, &filter, &page).await?))
}

/// Make a batch of codes that are good for one booking each.
///
/// The offer has the access `single_use_codes`. A booking that is cancelled, or a hold that expires, gives its code back.
#[utoipa::path(post, path = "/v1/offers/{id}/codes", tag = "offers", security(("bearer" = ["offers:write"])),
    params(("id" = uuid::Uuid, Path)), request_body = CreateCodes, responses((status = 201, body = CreatedCodes)),
    extensions(("x-problems" = json!([error::TOO_MANY_CODES, error::NO_SINGLE_USE_CODES]))))]
pub async fn create_offer_codes(
    app: App,
    staff: Staff<OffersWrite>,
    PathId(id): PathId,
    Keyed(key, Valid(body)): Keyed<Valid<CreateCodes>>,
) -> Result<Answer> {
    codes::create(&app, &staff, &key, id, &body).await
}

/// Export the codes of an offer as a spreadsheet, oldest first.
///
/// The file is CSV in UTF-8 with a header line, and has no limit on its length.
#[utoipa::path(get, path = "/v1/offers/{id}/codes/export", tag = "offers", security(("bearer" = ["offers:read"])),
    params(("id" = uuid::Uuid, Path), CodeList), responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_offer_codes(
    app: App,
    staff: Staff<OffersRead>,
    PathId(id): PathId,
    Query(filter): Query<CodeList>,
) -> Result<Download> {
    let lines = codes::export(app, &staff, id, filter.batch_id).await?;
    Ok(Download::new("codes", Format::Csv, Body::from_stream(lines)))
}
