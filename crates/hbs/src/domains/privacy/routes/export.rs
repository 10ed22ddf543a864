//! Exports of personal data.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::privacy::dto::export::{DownloadQuery, OrderExport, PersonalExport};
use crate::domains::privacy::error;
use crate::domains::privacy::model::export::ExportId;
use crate::domains::privacy::service::export as service;
use crate::error::problems;
use crate::http::upload::binary;
use crate::http::{PathId, Query, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::request_id::RequestId;
use crate::security::permission::PrivacyExport;
use crate::security::{Caller, Me, Staff};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// Routes of exports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_my_export))
        .routes(routes!(get_my_export))
        .routes(routes!(create_booking_export))
        .routes(routes!(get_booking_export))
        .routes(routes!(create_privacy_export))
        .routes(routes!(get_privacy_export))
        .routes(routes!(download_export))
}

/// An archive, not in base64.
pub struct ZipFile;

impl PartialSchema for ZipFile {
    fn schema() -> RefOr<Schema> {
        binary("An archive: ZIP.")
    }
}

impl ToSchema for ZipFile {}

/// Ask for an export of your data.
///
/// One archive of all that is kept of your account, at all hotels: `data.json` for programs, `index.html` for people, and your
/// files. It is made within a minute: `GET /v1/me/export` shows whether it is ready, and where to fetch it. While one waits to be
/// made, that one is the answer. You can ask for five a day.
#[utoipa::path(post, path = "/v1/me/exports", tag = "privacy", security(("bearer" = [])),
    responses((status = 202, body = PersonalExport, headers(("Location" = String, description = "Address of the export.")))),
    extensions(("x-problems" = json!([error::TOO_MANY_EXPORTS]))))]
pub async fn create_my_export(app: App, me: Me, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    service::order_own(&app, &me, &key).await
}

/// Show the newest export of your data.
///
/// When it is `ready`, `download_url` is the address of the archive, for 24 hours and without sign-in; each answer has a new one.
/// The archive is kept for a week. This makes no export: `POST /v1/me/exports` does.
#[utoipa::path(get, path = "/v1/me/export", tag = "privacy", security(("bearer" = [])),
    responses((status = 200, body = PersonalExport)), extensions(("x-problems" = json!([problems::NOT_FOUND]))))]
pub async fn get_my_export(app: App, me: Me) -> Result<Json<PersonalExport>> {
    Ok(Json(service::newest_own(&app, &me).await?))
}

/// Ask for an export as the guest of a booking.
///
/// For guests without an account, by the link to their booking: the archive holds what was booked with the address of the booking
/// and belongs to no account. When it is ready, the address of the archive is mailed there: a link may have been passed on, and
/// shows its booking alone. Whoever has an account gets the export of the account, as by `POST /v1/me/exports`.
#[utoipa::path(post, path = "/v1/bookings/{id}/exports", tag = "privacy", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 202, body = PersonalExport, headers(("Location" = String, description = "Address of the export.")))),
    extensions(("x-problems" = json!([error::TOO_MANY_EXPORTS]))))]
pub async fn create_booking_export(app: App, caller: Caller, PathId(id): PathId, Keyed(key, _): Keyed<NoBody>) -> Result<Answer> {
    service::order_by_booking(&app, &caller, &key, id).await
}

/// Show the newest export of the guest of a booking.
///
/// The export that was asked for by this booking or, of whoever has an account, that of the account.
#[utoipa::path(get, path = "/v1/bookings/{id}/export", tag = "privacy", security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PersonalExport)))]
pub async fn get_booking_export(app: App, caller: Caller, PathId(id): PathId) -> Result<Json<PersonalExport>> {
    Ok(Json(service::newest_of_booking(&app, &caller, id).await?))
}

/// Ask for an export of somebody's data.
///
/// Of an account, with all that there is of it, you need the permission for all properties. Of a guest's profile, with what its
/// hotel has of the guest, the permission at that property is enough. Notes of the staff are not in it.
/// Numbers of identity documents are masked for those who do not hold `guest_documents:read`.
#[utoipa::path(post, path = "/v1/privacy/exports", tag = "privacy", security(("bearer" = ["privacy:export"])),
    request_body = OrderExport,
    responses((status = 202, body = PersonalExport, headers(("Location" = String, description = "Address of the export.")))),
    extensions(("x-problems" = json!([error::TOO_MANY_EXPORTS]))))]
pub async fn create_privacy_export(
    app: App,
    staff: Staff<PrivacyExport>,
    Keyed(key, Valid(body)): Keyed<Valid<OrderExport>>,
) -> Result<Answer> {
    service::order(&app, &staff, &key, body).await
}

/// Show an export of somebody's data.
///
/// When it is `ready`, `download_url` is the address of the archive, for 24 hours and without sign-in. Whoever fetches it is on the
/// record. Of an export with numbers of identity documents, those alone who hold `guest_documents:read` get the address.
#[utoipa::path(get, path = "/v1/privacy/exports/{id}", tag = "privacy", security(("bearer" = ["privacy:export"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = PersonalExport)))]
pub async fn get_privacy_export(
    app: App,
    staff: Staff<PrivacyExport>,
    PathId(id): PathId<ExportId>,
) -> Result<Json<PersonalExport>> {
    Ok(Json(service::get(&app, &staff, id).await?))
}

/// Download the archive of an export.
///
/// The signature in the address says which archive it is and until when the address is good; nobody need sign in. That it was
/// fetched is on the record.
#[utoipa::path(get, path = "/v1/exports/{id}/download", tag = "privacy", security(()),
    params(("id" = uuid::Uuid, Path), DownloadQuery),
    responses((status = 200, content((ZipFile = "application/zip")))),
    extensions(("x-problems" = json!([error::EXPORT_OVER]))))]
pub async fn download_export(
    app: App,
    Extension(request_id): Extension<RequestId>,
    PathId(id): PathId<ExportId>,
    Query(query): Query<DownloadQuery>,
) -> Result<Response> {
    let service::Download { name, object } = service::download(&app, id, &query.signature, request_id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, object.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(object.content)).into_response())
}
