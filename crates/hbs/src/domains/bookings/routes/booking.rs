//! Routes of bookings as a whole.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{
    AmendBooking, AmendmentOut, BookingFilter, BookingListQuery, BookingOut, BookingPage, CancellationOut, CancellationQuery,
    CreateBooking, CreateWalkIn, ExtendHold, UpdateBooking,
};
use crate::domains::bookings::error;
use crate::domains::bookings::service::{self, AmendRequest, ListOf};
use crate::http::answer::Versioned;
use crate::http::news::HeldCopy;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid, content_language};
use crate::idempotency::Keyed;
use crate::language::Language;
use crate::page::PageQuery;
use crate::security::permission::{BookingsRead, BookingsWrite};
use crate::security::{OwnOr, Staff};
use crate::sheets::{Download, Format};
use crate::texts::{Languages, Reading};
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse;
use http::header;

/// Book rooms.
///
/// Each entry of `rooms` is one room, sold in its rate plan or in the hotel's default plan if it names none. Every stay
/// is assigned a room at once. With `hold_minutes`, the rooms are held instead of confirmed. If the restrictions of a
/// rate plan prevent the sale, the answer is 409 `booking.restricted`. With the `quote` of `POST /v1/quotes`, the
/// quoted price is charged. Guests book for themselves; with `bookings:write`, staff book for others, by
/// `guest_user_id` or with a contact only. What guests have at a time is limited, for each account and for each e-mail
/// address: beyond that, the answer is 409 `booking.too_many_bookings`. Where the setting `requires_verified_email` is on,
/// bookings of guests who have not verified the e-mail address of their account are held until they do. Staff sell day use with a
/// `check_out` that is the `check_in`: one room, at the `day_price` of its rate plan, without taxes that are counted by
/// person and night. Its night is on sale again once the guests have been checked out on the day.
#[utoipa::path(post, path = "/v1/bookings", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(Languages, DryRun), request_body = CreateBooking, responses((status = 201, body = BookingOut)),
    extensions(("x-problems" = json!([error::SALE, error::QUOTE_EXPIRED, error::TOO_MANY_HOLDS, error::TOO_MANY_BOOKINGS]))))]
pub async fn create_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    spoken: Languages,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateBooking>>,
) -> Result<Answer> {
    service::create(&app, &who, &key, &spoken.0, body.into()).await
}

/// Sell rooms to guests at the desk and check them in.
///
/// The stays begin today, on the channel `walk_in`, in rooms that are ready. Needs `stays:check_in` as well. With a
/// `check_out` of today, one room is sold for day use.
#[utoipa::path(post, path = "/v1/walk-ins", tag = "front desk", security(("bearer" = ["bookings:write"])),
    params(DryRun), request_body = CreateWalkIn, responses((status = 201, body = BookingOut)),
    extensions(("x-problems" = json!([error::SALE, error::IDENTITY_MISSING, error::ROOM_NOT_READY, error::ROOM_OCCUPIED]))))]
pub async fn create_walk_in(
    app: App,
    _staff: Staff<BookingsWrite>,
    who: OwnOr<BookingsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateWalkIn>>,
) -> Result<Answer> {
    service::walk_in(&app, &who, &key, body.into()).await
}

/// List bookings, newest first or in another order.
///
/// With `updated_since`, staff of a hotel get the bookings that have changed since an earlier answer, and the identifiers of
/// those that the filter does not find any more.
#[utoipa::path(get, path = "/v1/bookings", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(BookingFilter, BookingListQuery, PageQuery, HeldCopy, Languages),
    responses((status = 200, body = BookingPage, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn list_bookings(
    app: App,
    who: OwnOr<BookingsRead>,
    held: HeldCopy,
    spoken: Languages,
    Query(filter): Query<BookingFilter>,
    Query(query): Query<BookingListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let wanted = ListOf { filter: &filter, query: &query, page: &page, reading: &reading };
    let (mark, body) = service::list(&app, &who, &wanted, held.mark.clone()).await?;
    let answer = held.answer(mark.as_ref(), body.as_ref())?;
    Ok((content_language(&reading.used()), answer))
}

/// Export bookings as a spreadsheet, newest first or in another order.
///
/// The file is CSV in UTF-8 with a header line. It takes the filters of the list and has no limit on its length. What
/// a spreadsheet program could take for a formula has a `'` before it, which imports take away again.
#[utoipa::path(get, path = "/v1/bookings/export", tag = "bookings", security(("bearer" = ["bookings:read"])), params(BookingFilter),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn export_bookings(app: App, staff: Staff<BookingsRead>, Query(filter): Query<BookingFilter>) -> Result<Download> {
    if let Some(property_id) = filter.property_id {
        staff.at(property_id)?;
    }
    let lines = service::export(app, &staff, filter).await?;
    Ok(Download::new("bookings", Format::Csv, Body::from_stream(lines)))
}

/// Show a booking.
#[utoipa::path(get, path = "/v1/bookings/{id}", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), Languages),
    responses((status = 200, body = BookingOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))))]
pub async fn get_booking(app: App, who: OwnOr<BookingsRead>, spoken: Languages, PathId(id): PathId) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let body = service::get(&app, &who, id, &reading).await?;
    Ok((content_language(&reading.used()), Versioned { version: body.version, body }))
}

/// Change the contact, special requests or language of a booking (JSON merge patch).
#[utoipa::path(patch, path = "/v1/bookings/{id}", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateBooking,
    responses((status = 200, body = BookingOut)), extensions(("x-problems" = json!([error::TOO_MANY_BOOKINGS]))))]
pub async fn update_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateBooking>>,
) -> Result<Answer> {
    service::update(&app, &who, &key, seen, id, body).await
}

/// Extend a hold.
///
/// A hold can be extended once, to end the given number of minutes from now: later 409 `booking.hold_extended`.
#[utoipa::path(post, path = "/v1/bookings/{id}/extend-hold", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = ExtendHold,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::HOLD_EXTENDED]))))]
pub async fn extend_hold(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ExtendHold>>,
) -> Result<Answer> {
    service::extend_hold(&app, &who, &key, seen, id, body.hold_minutes).await
}

/// Amend a booking: dates, room types, rate plans, guests or rooms.
///
/// Unchanged nights keep their price and their taxes; other nights are sold at the price of the day. Changes that change
/// nothing are refused. The difference is posted to the folio line by line. A stay keeps its room if that is free on all
/// nights and is given another one otherwise. Guests in the house keep theirs: whoever has it on added nights and may move
/// is given another one, or the amendment is refused. With another room type, guests in the house move for the nights that
/// are left, which are sold as of that type, to a room that is ready. Guests can amend as long as they could cancel for free: afterwards 409 `booking.amendment_not_free`.
#[utoipa::path(post, path = "/v1/bookings/{id}/amend", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), DryRun, IfMatch),
    request_body = AmendBooking, responses((status = 200, body = AmendmentOut, headers(("ETag" = String, description = "Version of the booking; of a dry run, the one that it would change.")))),
    extensions(("x-problems" = json!([error::AMENDMENT, error::AMENDMENT_NOT_FREE, error::TOO_MANY_BOOKINGS]))))]
pub async fn amend_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<AmendBooking>>,
) -> Result<Answer> {
    let (amend, cause) = (body.into(), who.caller.cause(app.clock.now()));
    let request = AmendRequest::new(id, &amend, &who.reach, &who.caller, &cause);
    let request = AmendRequest { is_dry_run: key.is_dry_run(), seen, ..request };
    service::amend(&app, &key, &request).await
}

/// Show the current price of cancelling a booking.
#[utoipa::path(get, path = "/v1/bookings/{id}/cancellation", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), CancellationQuery, Languages),
    responses((status = 200, body = CancellationOut, headers(("Content-Language" = String, description = "Language of the terms of cancellation.")))),
    extensions(("x-problems" = json!([error::ILLEGAL_MOVE]))))]
pub async fn preview_cancellation(
    app: App,
    who: OwnOr<BookingsRead>,
    spoken: Languages,
    PathId(id): PathId,
    Query(query): Query<CancellationQuery>,
) -> Result<impl IntoResponse> {
    let language = Language::first_of(&spoken.0);
    let preview = service::preview_cancellation(&app, &who, id, query.stay_id, language).await?;
    Ok(([(header::CONTENT_LANGUAGE, language.code())], Json(preview)))
}
