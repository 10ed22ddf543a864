use super::dto::{CreateRegistrationCard, RegistrationCardOut, RegistrationTermsOut, SetRegistrationTerms, SignatureQuery};
use super::error;
use super::model::RegistrationCardId;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::upload::{PictureFile, SignatureFile, UploadTurn, signature_limit};
use crate::http::{OptionalBody, PathId, Query, Valid, routes};
use crate::idempotency::Keyed;
use crate::media::{self, Received};
use crate::page::Page;
use crate::security::Staff;
use crate::security::permission::{BookingsRead, GuestsRead, PropertiesUpdate, StaysCheckIn};
use crate::version::MustMatch;
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

/// Routes of registration cards.
pub fn router() -> OpenApiRouter<App> {
    let signatures = OpenApiRouter::new().routes(routes!(get_registration_card_signature, sign_registration_card));
    OpenApiRouter::new()
        .routes(routes!(list_registration_cards, create_registration_card))
        .routes(routes!(get_registration_card))
        .routes(routes!(print_registration_card))
        .merge(signatures.layer(signature_limit()))
        .routes(routes!(get_registration_terms, set_registration_terms))
}

/// Make a registration card for a stay.
///
/// The card shows what is on record now: the hotel, the stay, its guests with their documents, and the hotel's terms, in
/// the language that is asked for. It never changes. A card of the stay that was not signed is void from then on; one that
/// was signed stays. Without guests on record, the answer is 409 `registration_card.no_guests`, and for a stay to which nobody
/// comes 409 `registration_card.not_staying`.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/registration-cards", tag = "front desk",
    security(("bearer" = ["stays:check_in"])), params(("id" = Uuid, Path), ("stay_id" = Uuid, Path)),
    request_body = Option<CreateRegistrationCard>, responses((status = 201, body = RegistrationCardOut)),
    extensions(("x-problems" = json!([error::NO_GUESTS, error::NOT_STAYING]))))]
pub async fn create_registration_card(
    app: App,
    staff: Staff<StaysCheckIn>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<CreateRegistrationCard>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, ids, body).await
}

/// List the registration cards of a stay.
///
/// The newest card comes first. `is_current` says whether a card still says what is on record.
#[utoipa::path(get, path = "/v1/bookings/{id}/stays/{stay_id}/registration-cards", tag = "front desk",
    security(("bearer" = ["guests:read"])), params(("id" = Uuid, Path), ("stay_id" = Uuid, Path)),
    responses((status = 200, body = Page<RegistrationCardOut>)))]
pub async fn list_registration_cards(
    app: App,
    staff: Staff<GuestsRead>,
    PathId(ids): PathId<(Uuid, Uuid)>,
) -> Result<Json<Page<RegistrationCardOut>>> {
    Ok(Json(service::list(&app, &staff, ids).await?))
}

/// Show a registration card.
///
/// The card itself is the page at `print_url`.
#[utoipa::path(get, path = "/v1/registration-cards/{id}", tag = "front desk", security(("bearer" = ["guests:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = RegistrationCardOut)))]
pub async fn get_registration_card(
    app: App,
    staff: Staff<GuestsRead>,
    PathId(id): PathId<RegistrationCardId>,
) -> Result<Versioned<RegistrationCardOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Print a registration card.
///
/// The answer is a page for A4 paper, in the card's language, with the signature if there is one and a place for it
/// otherwise. It needs nothing from elsewhere, and nothing in it runs. Numbers of documents are on it for those who hold
/// `guest_documents:read`, and that they read them is on the record; for others they are dots.
#[utoipa::path(get, path = "/v1/registration-cards/{id}/print", tag = "front desk", security(("bearer" = ["guests:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, content_type = "text/html", body = String)))]
pub async fn print_registration_card(
    app: App,
    staff: Staff<GuestsRead>,
    PathId(id): PathId<RegistrationCardId>,
) -> Result<Response> {
    let service::Page { html, policy } = service::print(&app, &staff, id).await?;
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((headers, html).into_response())
}

/// Sign a registration card.
///
/// The body is the captured signature: a PNG, at most 1 MiB. It is stored anew, at most 1600 pixels wide and high, and has
/// no public address. Once it is signed, a card never changes (409 `registration_card.signed`). A card that does not say
/// what is on record any more cannot be signed (409 `registration_card.outdated`): make another one.
#[utoipa::path(put, path = "/v1/registration-cards/{id}/signature", tag = "front desk",
    security(("bearer" = ["stays:check_in"])), params(("id" = Uuid, Path), SignatureQuery, MustMatch),
    request_body(content((PictureFile = "image/png"))), responses((status = 200, body = RegistrationCardOut)),
    extensions(("x-problems" = json!([media::PROBLEMS, error::SIGNED, error::VOID, error::OUTDATED]))))]
pub async fn sign_registration_card(
    app: App,
    staff: Staff<StaysCheckIn>,
    PathId(id): PathId<RegistrationCardId>,
    Query(query): Query<SignatureQuery>,
    seen: MustMatch,
    UploadTurn(turn): UploadTurn,
    Keyed(key, SignatureFile(file)): Keyed<SignatureFile>,
) -> Result<Answer> {
    service::sign(&app, &staff, &key, seen, id, (query.signed_by, Received { turn, file })).await
}

/// Download the signature of a registration card.
///
/// The signature is private: it has no address that works without sign-in.
#[utoipa::path(get, path = "/v1/registration-cards/{id}/signature", tag = "front desk", security(("bearer" = ["guests:read"])),
    params(("id" = Uuid, Path)),
    responses((status = 200, content((PictureFile = "image/jpeg"), (PictureFile = "image/webp")))))]
pub async fn get_registration_card_signature(
    app: App,
    staff: Staff<GuestsRead>,
    PathId(id): PathId<RegistrationCardId>,
) -> Result<Response> {
    let (format, file) = service::signature(&app, &staff, id).await?;
    let headers = [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_LENGTH, file.size.to_string())];
    Ok((headers, Body::from_stream(file.content)).into_response())
}

/// Show the terms on a hotel's registration cards.
///
/// A hotel for which nothing has been set has none.
#[utoipa::path(get, path = "/v1/properties/{id}/registration-terms", tag = "front desk",
    security(("bearer" = ["bookings:read"])), params(("id" = Uuid, Path)),
    responses((status = 200, body = RegistrationTermsOut)))]
pub async fn get_registration_terms(
    app: App,
    staff: Staff<BookingsRead>,
    PathId(id): PathId,
) -> Result<Versioned<RegistrationTermsOut>> {
    let body = service::get_terms(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the terms on a hotel's registration cards.
///
/// The terms are complete: languages that are not named are removed. A card shows them in its language, else in the
/// hotel's, else in any. Cards that exist keep theirs. While nothing has been set, the version is 0 (`If-Match: "0"`).
#[utoipa::path(put, path = "/v1/properties/{id}/registration-terms", tag = "front desk",
    security(("bearer" = ["properties:update"])), params(("id" = Uuid, Path), MustMatch),
    request_body = SetRegistrationTerms, responses((status = 200, body = RegistrationTermsOut)))]
pub async fn set_registration_terms(
    app: App,
    staff: Staff<PropertiesUpdate>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetRegistrationTerms>>,
) -> Result<Answer> {
    service::set_terms(&app, &staff, &key, seen, id, body).await
}
