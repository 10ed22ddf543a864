//! Routes of the room and the guests of a stay.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{
    AssignRoom, BookingOut, ExemptStay, IdentityDocument, RevealStayDocument, SetStayGuests, SplitStay, StayGuestsOut,
    StayRoomsOut, StayRoomsQuery, SwapRooms, WithdrawExemption,
};
use crate::domains::bookings::error;
use crate::domains::bookings::service::{self, StayChange, StayRequest};
use crate::http::answer::Versioned;
use crate::http::{DryRun, PathId, Query, Rehearsable, Valid};
use crate::idempotency::Keyed;
use crate::security::Staff;
use crate::security::permission::{
    BookingsRead, BookingsWrite, GuestDocumentsRead, GuestsRead, StaysCheckIn, TaxExemptionsWrite,
};
use crate::version::{IfMatch, MatchOrAny, MustMatch};
use uuid::Uuid;

/// Assign a room to a stay.
///
/// The room must be of the stay's type and free on all its nights; with `upgrade`, it may be of another type that takes
/// the guests, at the same price. Guests in the house move for the remaining nights: the new room must be ready, the old one
/// becomes dirty, and `moves` of the stay has it. Without `room_id`, a stay without a room is given the one that fits best. A
/// pinned stay keeps its room when others are rearranged, and its guest sees the room.
#[utoipa::path(put, path = "/v1/bookings/{id}/stays/{stay_id}/room", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), MatchOrAny, DryRun), request_body = AssignRoom,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([
        error::ROOM_IS_FINAL, error::ROOM_TOO_SMALL, error::ROOM_NOT_READY, error::ROOM_OCCUPIED, error::BUSY, error::ROOMS
    ]))))]
pub async fn assign_room(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    seen: MatchOrAny,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<AssignRoom>>,
) -> Result<Answer> {
    service::assign_room(&app, &staff, &key, seen, ids, &body).await
}

/// Show the rooms that a stay could have.
///
/// Each room is shown with whether the stay can be given it for the nights that are left, with all that is against it, and
/// with the difference in price if it is of another type than was sold. The best come first.
#[utoipa::path(get, path = "/v1/bookings/{id}/stays/{stay_id}/rooms", tag = "front desk", security(("bearer" = ["bookings:read"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), StayRoomsQuery), responses((status = 200, body = StayRoomsOut)),
    extensions(("x-problems" = json!([error::ROOM_IS_FINAL]))))]
pub async fn get_stay_rooms(
    app: App,
    staff: Staff<BookingsRead>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    Query(query): Query<StayRoomsQuery>,
) -> Result<Versioned<StayRoomsOut>> {
    let body = service::rooms_for_stay(&app, &staff, ids, &query).await?;
    Ok(Versioned { version: body.version, body })
}

/// Swap the rooms of two stays.
///
/// Both stays must be still to come, in rooms of one type; they may be of different bookings.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/swap-room", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = SwapRooms,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::NOT_SWAPPABLE, error::BUSY]))))]
pub async fn swap_rooms(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId(ids): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SwapRooms>>,
) -> Result<Answer> {
    service::swap_rooms(&app, &staff, &key, seen, ids, body.with_stay_id).await
}

/// Split a stay at a night.
///
/// One stay becomes two, one after the other: the same guests, room, rate plan and terms of cancellation, and each with the
/// charges of its nights. The second can then be given another room, type, plan or dates by itself; `split_from` names the
/// first. Nothing is sold and nothing comes free, and the total of the booking stays what it is. Guests in the house who are
/// split today are checked out of the first stay and are in the second; if they are split at a later night, the second stay
/// is pinned to their room, and they are checked out and in on that day, for which the same room need not be made up. Split
/// stays are not joined again.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/split", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = SplitStay,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::NOT_AMENDABLE, error::DAY_USE, error::BUSY]))))]
pub async fn split_stay(
    app: App,
    staff: Staff<BookingsWrite>,
    PathId((booking_id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<SplitStay>>,
) -> Result<Answer> {
    let (cause, reach) = (staff.caller.cause(app.clock.now()), staff.reach());
    let change = StayChange::Split(body.night);
    service::change_stay(&app, &key, &StayRequest { booking_id, stay_id, change, seen, reach: &reach, cause: &cause }).await
}

/// Exempt a stay from taxes.
///
/// From a date on, the stay bears no taxes, or not some of them: those of dates to come are taken back, on its price and its
/// extras, and what comes to the stay later is charged without. Taxes that were in a price come off it. Dates that are over keep
/// theirs. Try it with `dry_run=true` first: a stay has one exemption, until that is withdrawn and over.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/tax-exemption", tag = "bookings",
    security(("bearer" = ["tax_exemptions:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = ExemptStay,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::NOT_AMENDABLE, error::EXEMPT_ALREADY, error::BUSY]))))]
pub async fn exempt_stay(
    app: App,
    staff: Staff<TaxExemptionsWrite>,
    PathId((booking_id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ExemptStay>>,
) -> Result<Answer> {
    let (cause, reach) = (staff.caller.cause(app.clock.now()), staff.reach());
    let change = StayChange::Exempt(&body);
    service::change_stay(&app, &key, &StayRequest { booking_id, stay_id, change, seen, reach: &reach, cause: &cause }).await
}

/// Withdraw a stay's exemption from taxes.
///
/// From a date on, today or later, the stay bears its taxes again: on nights and extras to come they are charged as they were, or
/// where they never were, as their rules say. Dates that are over stay without them. Try it with `dry_run=true` first.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/tax-exemption/withdraw", tag = "bookings",
    security(("bearer" = ["tax_exemptions:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = WithdrawExemption,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::NOT_AMENDABLE, error::NOT_EXEMPT, error::BUSY]))))]
pub async fn withdraw_tax_exemption(
    app: App,
    staff: Staff<TaxExemptionsWrite>,
    PathId((booking_id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<WithdrawExemption>>,
) -> Result<Answer> {
    let (cause, reach) = (staff.caller.cause(app.clock.now()), staff.reach());
    let change = StayChange::Withdraw(&body);
    service::change_stay(&app, &key, &StayRequest { booking_id, stay_id, change, seen, reach: &reach, cause: &cause }).await
}

/// List the guests of a stay.
///
/// Numbers of documents are masked: `…/guests/reveal` shows one in full.
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

/// Record the guests of a stay, with their documents.
///
/// The list replaces all guests on record. The version is that of the booking. A number that is sent back as it is shown
/// (`•••• 3456`) stays as it is on record, if a document of the same kind and country has it. At hotels with the setting
/// `requires_identity`, guests can be checked in only when at least one guest of each room is on record with date of
/// birth, nationality and document.
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
    service::set_guests(&app, &staff, &key, seen, (id, stay_id), &body.into_guests()).await
}

/// Show the identity document of a guest of a stay in full.
///
/// The guest is named by the position in the list; with `If-Match`, in the list of that version of the booking. That the document
/// was shown, and to whom, is on the record (`personal_data.revealed`) before the answer is given. No answer is kept, so the
/// operation takes no `Idempotency-Key`: each request is on the record.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/guests/reveal", tag = "front desk",
    security(("bearer" = ["guest_documents:read"])), params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch),
    request_body = RevealStayDocument,
    responses((status = 200, body = IdentityDocument, headers(("ETag" = String, description = "Version of the booking.")))))]
pub async fn reveal_stay_document(
    app: App,
    staff: Staff<GuestDocumentsRead>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Valid(body): Valid<RevealStayDocument>,
) -> Result<Versioned<IdentityDocument>> {
    let (version, body) = service::reveal_document(&app, &staff, seen, (id, stay_id), body).await?;
    Ok(Versioned { version, body })
}
