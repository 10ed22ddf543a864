//! Routes of actions on many bookings and stays.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{BulkAction, BulkDone};
use crate::domains::bookings::service;
use crate::domains::stays::Action;
use crate::http::{DryRun, Rehearsable, Valid};
use crate::security::Staff;
use crate::security::permission::{BookingsWrite, StaysCheckIn, StaysCheckOut};

/// Check in the guests of many bookings and stays.
///
/// Each item is done as `POST /v1/bookings/{id}/check-in`, or that of the stay, would do it alone, in the order of the items.
/// What is refused has its problem in its result and keeps no other item from being done. Sent again with its `Idempotency-Key`
/// after it broke off, the request goes on: what is done is not done again.
#[utoipa::path(post, path = "/v1/bookings/bulk-check-in", tag = "bookings", security(("bearer" = ["stays:check_in"])),
    params(DryRun), request_body = BulkAction, responses((status = 200, body = BulkDone)))]
pub async fn check_in_many(
    app: App,
    staff: Staff<StaysCheckIn>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<BulkAction>>,
) -> Result<Answer> {
    service::act_on_each(&app, &staff, &key, Action::CheckIn, &body).await
}

/// Check out the guests of many bookings and stays.
///
/// Each item is done as `POST /v1/bookings/{id}/check-out`, or that of the stay, would do it alone, as for checking in many.
#[utoipa::path(post, path = "/v1/bookings/bulk-check-out", tag = "bookings", security(("bearer" = ["stays:check_out"])),
    params(DryRun), request_body = BulkAction, responses((status = 200, body = BulkDone)))]
pub async fn check_out_many(
    app: App,
    staff: Staff<StaysCheckOut>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<BulkAction>>,
) -> Result<Answer> {
    service::act_on_each(&app, &staff, &key, Action::CheckOut, &body).await
}

/// Cancel many bookings and stays.
///
/// Each item is done as `POST /v1/bookings/{id}/cancel`, or that of the stay, would do it alone, as for checking in many.
#[utoipa::path(post, path = "/v1/bookings/bulk-cancel", tag = "bookings", security(("bearer" = ["bookings:write"])),
    params(DryRun), request_body = BulkAction, responses((status = 200, body = BulkDone)))]
pub async fn cancel_many(
    app: App,
    staff: Staff<BookingsWrite>,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<BulkAction>>,
) -> Result<Answer> {
    service::act_on_each(&app, &staff, &key, Action::Cancel, &body).await
}
