use super::dto::{JoinWaitlist, WaitlistEntryOut, WaitlistFilter};
use super::error;
use super::service;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, routes};
use crate::idempotency::NoBody;
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::{BookingsRead, BookingsWrite};
use crate::version::IfMatch;
use axum::Json;
use utoipa_axum::router::OpenApiRouter;

/// Routes of waitlists.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_waitlist, join_waitlist))
        .routes(routes!(get_waitlist_entry))
        .routes(routes!(leave_waitlist))
}

/// Join a waitlist.
///
/// A waitlist is for rooms that cannot be booked: if they can, the answer is 409 `waitlist.bookable`; if the
/// restrictions of a rate plan prevent it, 409 `booking.restricted`. Rooms that come back are on sale to anybody at
/// once. HBS tries to hold them for the first entry in line whose stay fits: then the guest gets a mail, the entry is
/// `offered`, and `booking_id` is the hold, which the guest confirms or cancels. Guests enter themselves; with
/// `bookings:write`, staff enter others, by `guest_user_id` or with a contact only.
#[utoipa::path(post, path = "/v1/waitlist", tag = "waitlist", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(DryRun), request_body = JoinWaitlist, responses((status = 201, body = WaitlistEntryOut)),
    extensions(("x-problems" = json!([error::FULL, error::ALREADY_WAITING, error::BOOKABLE]))))]
pub async fn join_waitlist(
    app: App,
    who: OwnOr<BookingsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<JoinWaitlist>>,
) -> Result<Answer> {
    service::join(&app, &who, &key, body).await
}

/// List waitlist entries, in line order.
///
/// Ended entries are listed too. Guests see their own entries; with `bookings:read`, staff see those of the hotel.
#[utoipa::path(get, path = "/v1/waitlist", tag = "waitlist", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(WaitlistFilter, PageQuery), responses((status = 200, body = Page<WaitlistEntryOut>)))]
pub async fn list_waitlist(
    app: App,
    who: OwnOr<BookingsRead>,
    Query(filter): Query<WaitlistFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<WaitlistEntryOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Show a waitlist entry.
///
/// Guests see their own entries; with `bookings:read`, staff see those of the hotel.
#[utoipa::path(get, path = "/v1/waitlist/{id}", tag = "waitlist", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WaitlistEntryOut)))]
pub async fn get_waitlist_entry(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Versioned<WaitlistEntryOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Leave a waitlist.
///
/// An entry that is `offered` cannot be left: cancel its booking instead (409 `waitlist.not_waiting`).
#[utoipa::path(post, path = "/v1/waitlist/{id}/leave", tag = "waitlist", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = uuid::Uuid, Path), IfMatch, DryRun),
    responses((status = 200, body = WaitlistEntryOut)),
    extensions(("x-problems" = json!([error::NOT_WAITING]))))]
pub async fn leave_waitlist(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    service::leave(&app, &who, &key, seen, id).await
}
