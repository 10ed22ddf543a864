use super::dto::{
    ActionBody, AmendBooking, AmendQuery, AmendmentOut, AssignRoom, BookingFilter, BookingOut, CancellationOut,
    CancellationQuery, CreateBooking, CreateQuote, CreateWalkIn, ExtendHold, FolioOut, QuoteOut, SetStayGuests, StayGuestsOut,
    SwapRooms, UpdateBooking,
};
use super::import;
use super::rules::Action;
use super::service::{self, ActionRequest, AmendRequest};
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::http::answer::Versioned;
use crate::http::{OptionalBody, PathId, Query, Valid};
use crate::idempotency::{IdempotencyKey, Keyed};
use crate::page::{Page, PageQuery};
use crate::security::permission::{BookingsRead, BookingsWrite, GuestsRead, StaysCheckIn, StaysCheckOut, StaysNoShow, StaysUndo};
use crate::security::{Caller, OwnOr, Reach, Staff};
use crate::sheets;
use crate::sheets::{File, ImportQuery, Report, Template, TemplateQuery};
use crate::texts::Languages;
use crate::version::{IfMatch, MustMatch};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// The operations of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_quote))
        .routes(routes!(list_bookings, create_booking))
        .routes(routes!(create_walk_in))
        .routes(routes!(export_bookings))
        .merge(sheets::file_routes(OpenApiRouter::new().routes(routes!(import_bookings))))
        .routes(routes!(bookings_template))
        .routes(routes!(get_booking, update_booking))
        .routes(routes!(confirm_booking))
        .routes(routes!(extend_hold))
        .routes(routes!(amend_booking))
        .routes(routes!(cancel_booking))
        .routes(routes!(check_in_booking))
        .routes(routes!(check_out_booking))
        .routes(routes!(no_show_booking))
        .routes(routes!(preview_cancellation))
        .routes(routes!(cancel_stay))
        .routes(routes!(check_in_stay))
        .routes(routes!(check_out_stay))
        .routes(routes!(no_show_stay))
        .routes(routes!(reinstate_booking))
        .routes(routes!(reinstate_stay))
        .routes(routes!(undo_check_in_booking))
        .routes(routes!(undo_check_in_stay))
        .routes(routes!(undo_check_out_booking))
        .routes(routes!(undo_check_out_stay))
        .routes(routes!(assign_room))
        .routes(routes!(swap_rooms))
        .routes(routes!(get_stay_guests, set_stay_guests))
        .routes(routes!(get_folio))
}

/// Quote a price that holds for a while.
///
/// The answer says where each line of the price comes from and what it costs to cancel. Its `quote` is sent
/// with `POST /v1/bookings`, which then sells at just that price and on these terms, whatever has become
/// of rates and taxes, until it expires. The rooms are **not** held; what cannot be booked now is not quoted.
#[utoipa::path(post, path = "/v1/quotes", tag = "availability", security(()),
    request_body = CreateQuote, responses((status = 200, body = QuoteOut)))]
pub async fn create_quote(app: App, caller: Option<Caller>, Valid(body): Valid<CreateQuote>) -> Result<Json<QuoteOut>> {
    Ok(Json(service::quote(&app, caller.as_ref(), &body).await?))
}

/// Book rooms.
///
/// One entry of `rooms` is one room, sold in a rate plan: the hotel's default one where none is named. Each
/// gets a room at once. With `hold_minutes` the rooms are held instead of booked. What a plan's restrictions
/// keep from being sold is 409 `booking.restricted`. With the `quote` of `POST /v1/quotes` the price is the quoted one. Guests book for themselves; with `bookings:write`, staff book for
/// others, naming the `guest_user_id` or only a contact.
#[utoipa::path(post, path = "/v1/bookings", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(Languages), request_body = CreateBooking, responses((status = 201, body = BookingOut)))]
pub async fn create_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    spoken: Languages,
    Keyed(key, Valid(body)): Keyed<Valid<CreateBooking>>,
) -> Result<Answer> {
    service::create(&app, &who, &key, &spoken, body).await
}

/// Sell rooms to guests who are at the desk, and check them in.
///
/// From today on, on the channel `walk_in`, into rooms that are ready. Needs `stays:check_in` as well.
#[utoipa::path(post, path = "/v1/walk-ins", tag = "front desk", security(("bearer" = ["bookings:write"])),
    request_body = CreateWalkIn, responses((status = 201, body = BookingOut)))]
pub async fn create_walk_in(
    app: App,
    _staff: Staff<BookingsWrite>,
    who: OwnOr<BookingsWrite>,
    Keyed(key, Valid(body)): Keyed<Valid<CreateWalkIn>>,
) -> Result<Answer> {
    service::walk_in(&app, &who, &key, body).await
}

/// Import reservations of another system from a spreadsheet.
///
/// CSV in UTF-8 or XLSX, at most 10 MiB. The first line names the columns; `GET /v1/bookings/import/template` has them. Each row is
/// a stay of one room; rows with the same channel and reference are one booking, which is imported whole or not at all. Rooms are
/// checked as for a sale, restrictions and limits are not; nights that are past are not counted where the hotel did not sell them. All rows
/// are imported or none, unless `partial=true`. Prices in the file need `bookings:price`. The `id` of a row is that of its booking.
#[utoipa::path(post, path = "/v1/bookings/import", tag = "bookings", security(("bearer" = ["bookings:write"])), params(ImportQuery),
    request_body(content(("text/csv"), ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, body = Report)))]
pub async fn import_bookings(
    app: App,
    staff: Staff<BookingsWrite>,
    Query(query): Query<ImportQuery>,
    Keyed(key, File(file)): Keyed<File>,
) -> Result<Answer> {
    service::import(&app, &staff, &key, &query, &file).await
}

/// Get an empty spreadsheet for importing reservations.
#[utoipa::path(get, path = "/v1/bookings/import/template", tag = "bookings", security(("bearer" = [])), params(TemplateQuery),
    responses((status = 200, content_type = "text/csv")))]
pub async fn bookings_template(_caller: Caller, Query(query): Query<TemplateQuery>) -> Result<Template> {
    Template::new("bookings", import::COLUMNS, query.format)
}

/// List bookings, newest first.
#[utoipa::path(get, path = "/v1/bookings", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(BookingFilter, PageQuery), responses((status = 200, body = Page<BookingOut>)))]
pub async fn list_bookings(
    app: App,
    who: OwnOr<BookingsRead>,
    Query(filter): Query<BookingFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<BookingOut>>> {
    Ok(Json(service::list(&app, &who, &filter, &page).await?))
}

/// Export bookings as a spreadsheet, newest first.
///
/// CSV in UTF-8 with a header, by the filters of the list; whatever its length. Texts that a spreadsheet could take for formulas begin with `'`.
#[utoipa::path(get, path = "/v1/bookings/export", tag = "bookings", security(("bearer" = ["bookings:read"])), params(BookingFilter),
    responses((status = 200, content_type = "text/csv")))]
pub async fn export_bookings(app: App, staff: Staff<BookingsRead>, Query(filter): Query<BookingFilter>) -> Result<Response> {
    if let Some(property_id) = filter.property_id {
        staff.at(property_id)?;
    }
    let lines = service::export(app, staff.reach(), filter).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"bookings.csv\""),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Show a booking.
#[utoipa::path(get, path = "/v1/bookings/{id}", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = BookingOut)))]
pub async fn get_booking(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Versioned<BookingOut>> {
    let body = service::get(&app, &who, id).await?;
    Ok(Versioned { version: body.version, body })
}

/// Show a booking's folio: every charge, night by night.
#[utoipa::path(get, path = "/v1/bookings/{id}/folio", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path)), responses((status = 200, body = FolioOut)))]
pub async fn get_folio(app: App, who: OwnOr<BookingsRead>, PathId(id): PathId) -> Result<Json<FolioOut>> {
    Ok(Json(service::folio(&app, &who, id).await?))
}

/// Change a booking's contact or special requests (JSON merge patch).
#[utoipa::path(patch, path = "/v1/bookings/{id}", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), MustMatch), request_body = UpdateBooking, responses((status = 200, body = BookingOut)))]
pub async fn update_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<UpdateBooking>>,
) -> Result<Answer> {
    service::update(&app, &who, &key, seen, id, body).await
}

/// Confirm a hold.
///
/// A hold past its time can be confirmed as long as it has not been expired. Where a payment came late, staff confirm an expired one too: at the price
/// that it was held at, if there still are rooms.
#[utoipa::path(post, path = "/v1/bookings/{id}/confirm", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn confirm_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::all(id, Action::Confirm), body).await
}

/// Let a hold last longer.
///
/// Once, for so many minutes from now.
#[utoipa::path(post, path = "/v1/bookings/{id}/extend-hold", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ExtendHold, responses((status = 200, body = BookingOut)))]
pub async fn extend_hold(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<ExtendHold>>,
) -> Result<Answer> {
    service::extend_hold(&app, &who, &key, seen, id, body.hold_minutes).await
}

/// Amend a booking: other dates, room types, rate plans or guests.
///
/// A night that stays what it was keeps its price; others are sold at the price of the day. The difference is posted to the folio line by line. A stay
/// keeps its room if that is free on all nights, and gets another one otherwise; guests in the house keep theirs or are refused. With `dry_run=true`
/// all of it is tried and told, and nothing is changed. Guests amend as long as cancelling costs them nothing.
#[utoipa::path(post, path = "/v1/bookings/{id}/amend", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), AmendQuery, IfMatch), request_body = AmendBooking, responses((status = 200, body = AmendmentOut)))]
pub async fn amend_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    Query(query): Query<AmendQuery>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<AmendBooking>>,
) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let request = AmendRequest {
        booking_id: id,
        body: &body,
        is_dry_run: query.dry_run,
        seen,
        reach: &who.reach,
        caller: &who.caller,
        cause: &cause,
        agreed: None,
        also: None,
    };
    service::amend(&app, &key, &request).await
}

/// Cancel a booking.
///
/// Every stay that has not begun is cancelled, its nights are on sale again and its charges are taken back. What its cancellation policy
/// asks for is charged instead, as `GET …/cancellation` says beforehand; holds cost nothing. With `bookings:waive_fee`,
/// `waive_fee` and a reason, staff charge no fee.
#[utoipa::path(post, path = "/v1/bookings/{id}/cancel", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn cancel_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::all(id, Action::Cancel), body).await
}

/// Check the guests of a booking in.
///
/// From the day of arrival to the day before departure, into rooms that are clean or inspected. With `stays:override`, `ignore_housekeeping` and a
/// reason, also into others.
#[utoipa::path(post, path = "/v1/bookings/{id}/check-in", tag = "bookings", security(("bearer" = ["stays:check_in"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn check_in_booking(
    app: App,
    who: Staff<StaysCheckIn>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::CheckIn), body).await
}

/// Check the guests of a booking out.
///
/// Their rooms are dirty then. Guests who leave before their day of departure give the nights back that they do not stay: their charges are taken
/// back, and what the cancellation policy asks for at that time is charged instead, unless it is waived as for cancelling. Hotels with the setting
/// `requires_settled_folio` check the last guests of a booking in the house out only once there is nothing to settle; with `stays:override`, `ignore_balance` and a reason
/// also before.
#[utoipa::path(post, path = "/v1/bookings/{id}/check-out", tag = "bookings", security(("bearer" = ["stays:check_out"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn check_out_booking(
    app: App,
    who: Staff<StaysCheckOut>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::CheckOut), body).await
}

/// Record that the guests did not come.
///
/// The room is kept for the first night, the others are on sale again. The fee for not coming takes the place of the charges, unless it is waived.
#[utoipa::path(post, path = "/v1/bookings/{id}/no-show", tag = "bookings", security(("bearer" = ["stays:no_show"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn no_show_booking(
    app: App,
    who: Staff<StaysNoShow>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::NoShow), body).await
}

/// Show what cancelling would cost now.
#[utoipa::path(get, path = "/v1/bookings/{id}/cancellation", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), CancellationQuery), responses((status = 200, body = CancellationOut)))]
pub async fn preview_cancellation(
    app: App,
    who: OwnOr<BookingsRead>,
    PathId(id): PathId,
    Query(query): Query<CancellationQuery>,
) -> Result<Json<CancellationOut>> {
    Ok(Json(service::preview_cancellation(&app, &who, id, query.stay_id).await?))
}

/// Cancel one stay of a booking.
///
/// As cancelling the booking does, for this room alone.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/cancel", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn cancel_stay(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::one(id, stay_id, Action::Cancel), body).await
}

/// Check the guests of one room in.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/check-in", tag = "bookings", security(("bearer" = ["stays:check_in"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn check_in_stay(
    app: App,
    who: Staff<StaysCheckIn>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::CheckIn), body).await
}

/// Check the guests of one room out.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/check-out", tag = "bookings", security(("bearer" = ["stays:check_out"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn check_out_stay(
    app: App,
    who: Staff<StaysCheckOut>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::CheckOut), body).await
}

/// Record that the guests of one room did not come.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/no-show", tag = "bookings", security(("bearer" = ["stays:no_show"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn no_show_stay(
    app: App,
    who: Staff<StaysNoShow>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::NoShow), body).await
}

/// Undo the cancellation or no-show of a booking.
///
/// On the same business date, if there still are rooms. The charges are as they were before, and the fee is taken back.
/// Stays that were cancelled on another day stay cancelled.
#[utoipa::path(post, path = "/v1/bookings/{id}/reinstate", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn reinstate_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::Reinstate), body).await
}

/// Undo the cancellation or no-show of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/reinstate", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn reinstate_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::Reinstate), body).await
}

/// Undo the check-in of a booking.
///
/// On the same business date.
#[utoipa::path(post, path = "/v1/bookings/{id}/undo-check-in", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn undo_check_in_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::UndoCheckIn), body).await
}

/// Undo the check-in of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/undo-check-in", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn undo_check_in_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::UndoCheckIn), body).await
}

/// Undo the check-out of a booking.
///
/// On the same business date. Guests who left early get the nights back that they had booked, if their room is still free; the charges are as
/// they were before.
#[utoipa::path(post, path = "/v1/bookings/{id}/undo-check-out", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn undo_check_out_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::UndoCheckOut), body).await
}

/// Undo the check-out of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/undo-check-out", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = ActionBody, responses((status = 200, body = BookingOut)))]
pub async fn undo_check_out_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, OptionalBody(body)): Keyed<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::UndoCheckOut), body).await
}

/// Give a stay a room.
///
/// A room of its type that is free on all its nights, with `upgrade` of another type at the same price. Guests in the house move within their type, for
/// the nights that are left: the room must be ready, and the one that they leave is dirty. Sent without `room_id`, a stay without a room gets the
/// one that fits best. A pinned stay keeps its room when others are rearranged, and its guest sees which one it is.
#[utoipa::path(put, path = "/v1/bookings/{id}/stays/{stay_id}/room", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), MustMatch), request_body = AssignRoom, responses((status = 200, body = BookingOut)))]
pub async fn assign_room(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<AssignRoom>>,
) -> Result<Answer> {
    service::assign_room(&app, &staff, &key, seen, ids, &body).await
}

/// Let two stays change rooms.
///
/// Stays to come in rooms of one type, of the same or different bookings.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/swap-room", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch), request_body = SwapRooms, responses((status = 200, body = BookingOut)))]
pub async fn swap_rooms(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SwapRooms>>,
) -> Result<Answer> {
    service::swap_rooms(&app, &staff, &key, seen, ids, body.with_stay_id).await
}

/// What is done with what.
struct Act {
    booking_id: Uuid,
    stay_id: Option<Uuid>,
    action: Action,
}

impl Act {
    /// Every stay that can take the action.
    fn all(booking_id: Uuid, action: Action) -> Self {
        Self { booking_id, stay_id: None, action }
    }

    fn one(booking_id: Uuid, stay_id: Uuid, action: Action) -> Self {
        Self { booking_id, stay_id: Some(stay_id), action }
    }
}

async fn act(
    app: &App,
    caller: &Caller,
    reach: Reach,
    key: &IdempotencyKey,
    seen: IfMatch,
    Act { booking_id, stay_id, action }: Act,
    body: ActionBody,
) -> Result<Answer> {
    let cause = caller.cause(app.clock.now());
    let request = ActionRequest {
        booking_id,
        stay_id,
        action,
        reason: body.reason.as_deref(),
        waiver: body.waive_fee.then_some(caller),
        unready: body.ignore_housekeeping.then_some(caller),
        unsettled: body.ignore_balance.then_some(caller),
        seen,
        reach: &reach,
        cause: &cause,
        also: None,
    };
    service::act(app, key, &request).await
}

/// Show who stays in a room.
#[utoipa::path(get, path = "/v1/bookings/{id}/stays/{stay_id}/guests", tag = "front desk", security(("bearer" = ["guests:read"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path)), responses((status = 200, body = StayGuestsOut)))]
pub async fn get_stay_guests(
    app: App,
    staff: Staff<GuestsRead>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
) -> Result<Versioned<StayGuestsOut>> {
    let body = service::guests(&app, &staff, (id, stay_id)).await?;
    Ok(Versioned { version: body.version, body })
}

/// Record who stays in a room, with their documents.
///
/// In place of whoever was on record. The version is the booking's. Hotels with the setting `requires_identity` check guests in only once somebody of
/// each room is on record with birth date, nationality and document.
#[utoipa::path(put, path = "/v1/bookings/{id}/stays/{stay_id}/guests", tag = "front desk", security(("bearer" = ["stays:check_in"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), MustMatch), request_body = SetStayGuests,
    responses((status = 200, body = StayGuestsOut)))]
pub async fn set_stay_guests(
    app: App,
    staff: Staff<StaysCheckIn>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: MustMatch,
    Keyed(key, Valid(body)): Keyed<Valid<SetStayGuests>>,
) -> Result<Answer> {
    service::set_guests(&app, &staff, &key, seen, (id, stay_id), &body.guests).await
}
