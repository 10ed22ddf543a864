//! Routes of the extras of a stay.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::BookingOut;
use crate::domains::bookings::error;
use crate::domains::bookings::service::{self, StayChange, StayRequest};
use crate::domains::extras::{self, ExtraRequest};
use crate::http::{DryRun, PathId, Rehearsable, Valid};
use crate::idempotency::NoBody;
use crate::security::OwnOr;
use crate::security::permission::BookingsWrite;
use crate::version::{IfMatch, MustMatch};
use uuid::Uuid;

/// Add an extra to a stay.
///
/// It is charged for the days of the stay that are left, at the price of the day, and follows the stay from then on: nights that
/// come have it, nights that go are taken back. Guests add extras until their day of arrival ends.
#[utoipa::path(post, path = "/v1/bookings/{id}/stays/{stay_id}/extras", tag = "bookings",
    security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), IfMatch, DryRun), request_body = ExtraRequest,
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([
        extras::UNKNOWN, extras::ARCHIVED, extras::QUANTITY_OUT_OF_BOUNDS, extras::DATE_OUTSIDE_STAY, extras::HAS_OWN_DAYS,
        extras::NOTHING_LEFT,
        error::NOT_AMENDABLE, error::TOO_LATE, error::BUSY
    ]))))]
pub async fn add_stay_extra(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId((booking_id, stay_id)): PathId<(Uuid, Uuid)>,
    seen: IfMatch,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<ExtraRequest>>,
) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let change = StayChange::AddExtra(body.into());
    let request = StayRequest { booking_id, stay_id, change, seen, reach: &who.reach, cause: &cause };
    service::change_stay(&app, &key, &request).await
}

/// Remove an extra from a stay.
///
/// It is named by its `id` in the stay's `extras`. What is to come of it is taken back, to the cent; days that have come while the
/// guests were there stay, and are adjusted on the folio if they were not served. The version is that of the booking. Guests remove extras until their day of arrival ends.
#[utoipa::path(delete, path = "/v1/bookings/{id}/stays/{stay_id}/extras/{extra_id}", tag = "bookings",
    security(("bearer" = []), ("bearer" = ["bookings:write"])),
    params(("id" = Uuid, Path), ("stay_id" = Uuid, Path), ("extra_id" = Uuid, Path), MustMatch, DryRun),
    responses((status = 200, body = BookingOut)),
    extensions(("x-problems" = json!([extras::SERVED, error::NOT_AMENDABLE, error::TOO_LATE, error::BUSY]))))]
pub async fn remove_stay_extra(
    app: App,
    who: OwnOr<BookingsWrite>,
    PathId((booking_id, stay_id, id)): PathId<(Uuid, Uuid, Uuid)>,
    MustMatch(version): MustMatch,
    Rehearsable(key, _): Rehearsable<NoBody>,
) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let change = StayChange::RemoveExtra(id);
    let request = StayRequest { booking_id, stay_id, change, seen: IfMatch(Some(version)), reach: &who.reach, cause: &cause };
    service::change_stay(&app, &key, &request).await
}
