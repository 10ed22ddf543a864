//! Routes of actions on bookings and on single stays.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ActionBody, BookingOut};
use crate::domains::bookings::error;
use crate::domains::bookings::service::{self, ActionRequest};
use crate::domains::folios;
use crate::domains::stays::Action;
use crate::http::{DryRun, OptionalBody, PathId, Rehearsable};
use crate::idempotency::IdempotencyKey;
use crate::security::permission::{BookingsWrite, StaysCheckIn, StaysCheckOut, StaysNoShow, StaysUndo};
use crate::security::{Caller, OwnOr, Reach, Staff};
use crate::version::IfMatch;
use uuid::Uuid;

/// Confirm a hold.
///
/// A hold whose time is over can still be confirmed until it is marked as expired. Staff can confirm an expired hold as
/// well, for example after a late payment: at the price of the hold, if rooms are still free. Where the setting
/// `requires_verified_email` is on, guests can confirm once they have verified the e-mail address of their account. A booking
/// that `awaits_payment` is confirmed by its payment.
#[utoipa::path(post, path = "/v1/bookings/{id}/confirm", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::HOLD_EXPIRED, error::EMAIL_NOT_VERIFIED, error::PAYMENT_DUE, error::ROOMS]))))]
pub async fn confirm_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::all(id, Action::Confirm), body).await
}

/// Cancel a booking.
///
/// Every stay that has not begun is cancelled, its nights are on sale again and its charges are reversed. The fee of
/// its cancellation policy is charged instead, as `GET /v1/bookings/{id}/cancellation` shows beforehand; cancelling a
/// hold is free. With `bookings:waive_fee`, `waive_fee` and a reason, staff charge no fee.
#[utoipa::path(post, path = "/v1/bookings/{id}/cancel", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE]))))]
pub async fn cancel_booking(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::all(id, Action::Cancel), body).await
}

/// Check in the guests of a booking.
///
/// Possible from the day of arrival to the day before departure, into rooms that are clean or inspected. With
/// `stays:override`, `ignore_housekeeping` and a reason, guests can be checked into other rooms too. A stay without a
/// room gets one that is free.
#[utoipa::path(post, path = "/v1/bookings/{id}/check-in", tag = "bookings", security(("bearer" = ["stays:check_in"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_EARLY, error::TOO_LATE, error::IDENTITY_MISSING, error::NO_ROOM_ASSIGNED, error::ROOM_NOT_READY, error::ROOM_OCCUPIED]))))]
pub async fn check_in_booking(
    app: App,
    who: Staff<StaysCheckIn>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::CheckIn), body).await
}

/// Check out the guests of a booking.
///
/// Their rooms become dirty. If guests leave before their day of departure, the charges of the remaining nights are
/// reversed and the fee of the cancellation policy is charged instead, unless it is waived as for cancelling. At hotels
/// with the setting `requires_settled_folio`, the last guests of a booking can be checked out only when the folio is
/// settled: otherwise 409 `booking.balance_due`, unless `stays:override`, `ignore_balance` and a reason are given. With
/// `to_account_id`, the account of a company or agent pays what is due: it goes there by entries of kind `transfer`, within
/// the account's limit.
#[utoipa::path(post, path = "/v1/bookings/{id}/check-out", tag = "bookings", security(("bearer" = ["stays:check_out"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::BALANCE_DUE, folios::ACCOUNT_INACTIVE, folios::CREDIT_LIMIT]))))]
pub async fn check_out_booking(
    app: App,
    who: Staff<StaysCheckOut>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::CheckOut), body).await
}

/// Record the guests of a booking as a no-show.
///
/// The room is kept for the first night; the other nights are on sale again. The charges are replaced by the no-show
/// fee, unless it is waived.
#[utoipa::path(post, path = "/v1/bookings/{id}/no-show", tag = "bookings", security(("bearer" = ["stays:no_show"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_EARLY]))))]
pub async fn no_show_booking(
    app: App,
    who: Staff<StaysNoShow>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::NoShow), body).await
}

/// Cancel one stay of a booking.
///
/// This works like cancelling the booking, for one room.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/cancel", tag = "bookings", security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE]))))]
pub async fn cancel_stay(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach.clone(), &key, seen, Act::one(id, stay_id, Action::Cancel), body).await
}

/// Check in the guests of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/check-in", tag = "bookings", security(("bearer" = ["stays:check_in"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_EARLY, error::TOO_LATE, error::IDENTITY_MISSING, error::NO_ROOM_ASSIGNED, error::ROOM_NOT_READY, error::ROOM_OCCUPIED]))))]
pub async fn check_in_stay(
    app: App,
    who: Staff<StaysCheckIn>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::CheckIn), body).await
}

/// Check out the guests of one stay.
///
/// With `to_account_id`, the account pays what is due for the stay, and all that is due on the folios of the booking if nobody
/// else of it is in the house.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/check-out", tag = "bookings", security(("bearer" = ["stays:check_out"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::BALANCE_DUE, folios::ACCOUNT_INACTIVE, folios::CREDIT_LIMIT]))))]
pub async fn check_out_stay(
    app: App,
    who: Staff<StaysCheckOut>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::CheckOut), body).await
}

/// Record the guests of one stay as a no-show.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/no-show", tag = "bookings", security(("bearer" = ["stays:no_show"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_EARLY]))))]
pub async fn no_show_stay(
    app: App,
    who: Staff<StaysNoShow>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::NoShow), body).await
}

/// Undo the cancellation or no-show of a booking.
///
/// Possible on the same business date, if rooms are still free. The earlier charges are restored and the fee is
/// reversed. Stays that were cancelled on another date stay cancelled.
///
/// Guests who come after their date was closed are reinstated on the next one, with a reason and `first_night`, for the
/// nights that are left, and if none is left for that night: their stay is then expected late (`late_on`). The no-show
/// fee is credited on the open date, the nights that are left are charged anew, and the night that is over is charged or
/// waived.
#[utoipa::path(post, path = "/v1/bookings/{id}/reinstate", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::ROOMS]))))]
pub async fn reinstate_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::Reinstate), body).await
}

/// Undo the cancellation or no-show of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/reinstate", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::ROOMS]))))]
pub async fn reinstate_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::Reinstate), body).await
}

/// Undo the check-in of a booking.
///
/// Possible on the same business date.
#[utoipa::path(post, path = "/v1/bookings/{id}/undo-check-in", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::GUESTS_MOVED]))))]
pub async fn undo_check_in_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::UndoCheckIn), body).await
}

/// Undo the check-in of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/undo-check-in", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::GUESTS_MOVED]))))]
pub async fn undo_check_in_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::UndoCheckIn), body).await
}

/// Undo the check-out of a booking.
///
/// Possible on the same business date. Guests who left early get their remaining nights back if their room is still
/// free; the earlier charges are restored, and what went to an account today comes back to the folios.
#[utoipa::path(post, path = "/v1/bookings/{id}/undo-check-out", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::ROOM_OCCUPIED, error::ROOMS]))))]
pub async fn undo_check_out_booking(
    app: App,
    who: Staff<StaysUndo>,
    PathId(id): PathId,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::all(id, Action::UndoCheckOut), body).await
}

/// Undo the check-out of one stay.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/undo-check-out", tag = "bookings", security(("bearer" = ["stays:undo"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = Option<ActionBody>, responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([error::MOVE, error::TOO_LATE, error::ROOM_OCCUPIED, error::ROOMS]))))]
pub async fn undo_check_out_stay(
    app: App,
    who: Staff<StaysUndo>,
    PathId((id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, OptionalBody(body)): Rehearsable<OptionalBody<ActionBody>>,
) -> Result<Answer> {
    act(&app, &who.caller, who.reach(), &key, seen, Act::one(id, stay_id, Action::UndoCheckOut), body).await
}

/// An action on a booking or on one of its stays.
struct Act {
    booking_id: Uuid,
    stay_id: Option<Uuid>,
    action: Action,
}

impl Act {
    /// Builds the action for every stay of a booking that can take it.
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
        stay_id,
        reason: body.reason.as_deref(),
        fee_waived_by: body.waive_fee.then_some(caller),
        housekeeping_ignored_by: body.ignore_housekeeping.then_some(caller),
        balance_ignored_by: body.ignore_balance.then_some(caller),
        to_account: body.to_account_id.map(|account_id| (account_id, caller)),
        first_night: body.first_night.map(|first_night| (first_night, caller)),
        seen,
        ..ActionRequest::new(booking_id, action, &reach, &cause)
    };
    service::act(app, key, &request).await
}
