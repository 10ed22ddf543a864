use super::dto::{
    CreateGuest, GuestDocument, GuestDocumentsOut, GuestDuplicates, GuestFilter, GuestOut, GuestStay, GuestSummary, MergeGuests,
    RevealDocument, SetGuestDocuments, UpdateGuest,
};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::{Keyed, NoBody};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{GuestDocumentsRead, GuestDocumentsWrite, GuestsRead, GuestsWrite};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of guest profiles.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_guests, create_guest))
        .routes(routes!(get_guest, update_guest, delete_guest))
        .routes(routes!(list_guest_stays))
        .routes(routes!(list_guest_duplicates))
        .routes(routes!(merge_guests))
        .routes(routes!(unmerge_guest))
        .routes(routes!(get_guest_documents, set_guest_documents))
        .routes(routes!(reveal_guest_document))
}

/// List guest profiles, newest first.
///
/// Profiles that were merged into others are not listed; what they say finds the profile into which they were merged.
#[utoipa::path(get, path = "/v1/guests", tag = "guests", security(("bearer" = ["guests:read"])),
    params(GuestFilter, PageQuery), responses((status = 200, body = Page<GuestSummary>)))]
pub async fn list_guests(
    app: App,
    staff: Staff<GuestsRead>,
    Query(filter): Query<GuestFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<GuestSummary>>> {
    Ok(Json(service::list(&app, &staff, &filter, &page).await?))
}

/// Show a guest profile with the figures of its stays.
#[utoipa::path(get, path = "/v1/guests/{id}", tag = "guests", security(("bearer" = ["guests:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = GuestOut)))]
pub async fn get_guest(app: App, staff: Staff<GuestsRead>, PathId(id): PathId) -> Result<Versioned<GuestOut>> {
    let body = service::get(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Add a guest profile.
///
/// Bookings find the profile of their contact by themselves, or make one: the same name with the same e-mail address or phone
/// number is the same guest at a hotel.
#[utoipa::path(post, path = "/v1/guests", tag = "guests", security(("bearer" = ["guests:write"])),
    request_body = CreateGuest, responses((status = 201, body = GuestOut)))]
pub async fn create_guest(
    app: App,
    staff: Staff<GuestsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateGuest>>,
) -> Result<Answer> {
    service::create(&app, &staff, &key, body).await
}

/// Change a guest profile (JSON merge patch).
///
/// Bookings keep the contact that was typed for them.
#[utoipa::path(patch, path = "/v1/guests/{id}", tag = "guests", security(("bearer" = ["guests:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = UpdateGuest, responses((status = 200, body = GuestOut)),
    extensions(("x-problems" = json!([error::MERGED]))))]
pub async fn update_guest(
    app: App,
    staff: Staff<GuestsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateGuest>>,
) -> Result<Answer> {
    service::update(&app, &staff, &key, seen, id, body).await
}

/// Remove a guest profile that nothing refers to.
///
/// A profile with bookings stays. A duplicate is merged instead.
#[utoipa::path(delete, path = "/v1/guests/{id}", tag = "guests", security(("bearer" = ["guests:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), responses((status = 204)),
    extensions(("x-problems" = json!([error::IN_USE]))))]
pub async fn delete_guest(
    app: App,
    staff: Staff<GuestsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, NoBody): Keyed<NoBody>,
) -> Result<Answer> {
    service::delete(&app, &staff, &key, seen, id).await
}

/// List the stays of a guest, latest arrival first.
///
/// These are the stays under the guest's name and those in whose room the guest is registered, of merged profiles too.
#[utoipa::path(get, path = "/v1/guests/{id}/stays", tag = "guests", security(("bearer" = ["guests:read"])),
    params(("id" = uuid::Uuid, Path), PageQuery), responses((status = 200, body = Page<GuestStay>)))]
pub async fn list_guest_stays(
    app: App,
    staff: Staff<GuestsRead>,
    PathId(id): PathId,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<GuestStay>>> {
    Ok(Json(service::stays(&app, &staff, id, &page).await?))
}

/// List the profiles that may be duplicates of a guest profile.
///
/// The likeliest are first, each with its reasons: the same e-mail address, phone number, name or date of birth.
#[utoipa::path(get, path = "/v1/guests/{id}/duplicates", tag = "guests", security(("bearer" = ["guests:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = GuestDuplicates)))]
pub async fn list_guest_duplicates(app: App, staff: Staff<GuestsRead>, PathId(id): PathId) -> Result<Json<GuestDuplicates>> {
    Ok(Json(service::duplicates(&app, &staff, id).await?))
}

/// Merge another profile into a guest profile.
///
/// The profile of the address stays and gets what it lacked; the other one is kept as it was. Bookings, stays and groups of
/// both are those of the profile that stays. `unmerge` takes it back.
#[utoipa::path(post, path = "/v1/guests/{id}/merge", tag = "guests", security(("bearer" = ["guests:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), request_body = MergeGuests, responses((status = 200, body = GuestOut)),
    extensions(("x-problems" = json!([error::MERGED]))))]
pub async fn merge_guests(
    app: App,
    staff: Staff<GuestsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<MergeGuests>>,
) -> Result<Answer> {
    service::merge(&app, &staff, &key, seen, id, body.merged_id).await
}

/// Take the merge of a guest profile back.
///
/// The profile of the address, which was merged into another one, is as it was, with its bookings. The other one loses what it
/// got of it, unless that was changed since.
#[utoipa::path(post, path = "/v1/guests/{id}/unmerge", tag = "guests", security(("bearer" = ["guests:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun), responses((status = 200, body = GuestOut)),
    extensions(("x-problems" = json!([error::NOT_MERGED, error::MERGED_FURTHER]))))]
pub async fn unmerge_guest(
    app: App,
    staff: Staff<GuestsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, NoBody): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::unmerge(&app, &staff, &key, seen, id).await
}

/// Show the identity documents of a guest.
///
/// Numbers are masked: `…/documents/reveal` shows one in full. Each reading is on the record. A profile that was merged keeps its
/// documents: ask for them by its own id.
#[utoipa::path(get, path = "/v1/guests/{id}/documents", tag = "guests", security(("bearer" = ["guest_documents:read"])),
    params(("id" = uuid::Uuid, Path)), responses((status = 200, body = GuestDocumentsOut)))]
pub async fn get_guest_documents(
    app: App,
    staff: Staff<GuestDocumentsRead>,
    PathId(id): PathId,
) -> Result<Versioned<GuestDocumentsOut>> {
    let body = service::documents(&app, &staff, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Set the identity documents of a guest.
///
/// The list is complete: documents that are not in it are removed. Numbers are stored encrypted. A number that is sent back as it
/// is shown (`•••• 3456`) stays as it is on record, if a document of the same kind and country has it.
#[utoipa::path(put, path = "/v1/guests/{id}/documents", tag = "guests", security(("bearer" = ["guest_documents:write"])),
    params(("id" = uuid::Uuid, Path), MustMatch), request_body = SetGuestDocuments,
    responses((status = 200, body = GuestDocumentsOut)),
    extensions(("x-problems" = json!([error::MERGED]))))]
pub async fn set_guest_documents(
    app: App,
    staff: Staff<GuestDocumentsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetGuestDocuments>>,
) -> Result<Answer> {
    service::set_documents(&app, &staff, &key, seen, id, body.documents).await
}

/// Show an identity document of a guest in full.
///
/// The document is named by its position in the list; with `If-Match`, in the list of that version. That it was shown, and to
/// whom, is on the record (`personal_data.revealed`) before the answer is given. No answer is kept, so the operation takes no
/// `Idempotency-Key`: each request is on the record.
#[utoipa::path(post, path = "/v1/guests/{id}/documents/reveal", tag = "guests", security(("bearer" = ["guest_documents:read"])),
    params(("id" = uuid::Uuid, Path), IfMatch), request_body = RevealDocument,
    responses((status = 200, body = GuestDocument, headers(("ETag" = String, description = "Version of the guest.")))))]
pub async fn reveal_guest_document(
    app: App,
    staff: Staff<GuestDocumentsRead>,
    PathId(id): PathId,
    seen: IfMatch,
    Valid(body): Valid<RevealDocument>,
) -> Result<Versioned<GuestDocument>> {
    let (version, body) = service::reveal_document(&app, &staff, seen, id, body).await?;
    Ok(Versioned { version, body })
}
