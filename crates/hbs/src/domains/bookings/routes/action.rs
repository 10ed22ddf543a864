//! Actions on bookings and on single stays.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{ActionBody, BookingOut};
use crate::domains::bookings::service::{self, ActionRequest};
use crate::domains::stays::Action;
use crate::http::{OptionalBody, PathId};
use crate::idempotency::{IdempotencyKey, Keyed};
use crate::security::permission::{BookingsWrite, StaysCheckIn, StaysCheckOut, StaysNoShow, StaysUndo};
use crate::security::{Caller, OwnOr, Reach, Staff};
use crate::version::IfMatch;
use uuid::Uuid;

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
        stay_id,
        reason: body.reason.as_deref(),
        fee_waived_by: body.waive_fee.then_some(caller),
        housekeeping_ignored_by: body.ignore_housekeeping.then_some(caller),
        balance_ignored_by: body.ignore_balance.then_some(caller),
        seen,
        ..ActionRequest::new(booking_id, action, &reach, &cause)
    };
    service::act(app, key, &request).await
}
