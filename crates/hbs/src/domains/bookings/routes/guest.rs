//! Routes of guests without an account.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{AccessOut, BookingOut, CreateGuestBooking, LookUp, OpenLink};
use crate::domains::bookings::{error, service};
use crate::guesses::Guesser;
use crate::http::{DryRun, Rehearsable, Valid};
use crate::idempotency::{Keyed, NoBody};
use crate::middleware::ClientIp;
use crate::outbox::Cause;
use crate::page::Page;
use crate::request_id::RequestId;
use crate::security::Me;
use crate::texts::{Languages, Reading};
use axum::Extension;
use axum::Json;
use http::StatusCode;

/// Book rooms without an account.
///
/// The rooms are held, for the hotel's `max_hold_minutes`, and a link is mailed to the contact's address. `POST
/// /v1/bookings/access` with its token proves the address and confirms the booking. Restrictions, limits and prices are those for
/// guests with an account.
#[utoipa::path(post, path = "/v1/bookings/guest", tag = "bookings", security(()),
    params(Languages, DryRun), request_body = CreateGuestBooking, responses((status = 201, body = BookingOut)),
    extensions(("x-problems" = json!([error::SALE, error::QUOTE_EXPIRED, error::TOO_MANY_HOLDS, error::TOO_MANY_BOOKINGS]))))]
pub async fn create_guest_booking(
    app: App,
    ClientIp(ip): ClientIp,
    Extension(request_id): Extension<RequestId>,
    spoken: Languages,
    Rehearsable(key, Valid(body)): Rehearsable<Valid<CreateGuestBooking>>,
) -> Result<Answer> {
    let cause = Cause::anonymous(request_id, app.clock.now()).sealing_with(&app.person_keys);
    service::create_for_visitor(&app, Guesser::at(ip), &key, &spoken.0, body.into(), cause).await
}

/// Get access to a booking by the link that was mailed to its contact.
///
/// The access token of the answer is for this booking alone: it shows, changes, amends and cancels it, and asks for changes, by
/// the rules for guests. The link has proved the address; a booking that was held until then is confirmed, unless the hold is over.
/// A link works until 30 days after the departure, while the booking has the address and belongs to no account.
#[utoipa::path(post, path = "/v1/bookings/access", tag = "bookings", security(()),
    params(Languages), request_body = OpenLink, responses((status = 200, body = AccessOut)),
    extensions(("x-problems" = json!([error::LINK_INVALID, error::BUSY]))))]
pub async fn open_booking_link(
    app: App,
    Extension(request_id): Extension<RequestId>,
    spoken: Languages,
    Valid(body): Valid<OpenLink>,
) -> Result<Json<AccessOut>> {
    Ok(Json(service::open_link(&app, &body.token, request_id, &Reading::new(spoken.0)).await?))
}

/// Have the link to a booking mailed again.
///
/// It is mailed if there is a booking with this reference whose contact has this address, and no account has it. The answer is
/// the same if there is none.
#[utoipa::path(post, path = "/v1/bookings/look-up", tag = "bookings", security(()),
    request_body = LookUp, responses((status = 202, description = "Mail on its way, if there is such a booking")))]
pub async fn look_up_booking(app: App, ClientIp(ip): ClientIp, Valid(body): Valid<LookUp>) -> Result<StatusCode> {
    service::look_up(&app, Guesser::at(ip), body).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Make the bookings with your address your own.
///
/// Bookings that belong to no account and whose contact has the e-mail address of yours, which must be verified, belong to your
/// account from then on: at most 200 at a time, those of other channels excepted. The answer lists them; mailed links to them
/// end.
#[utoipa::path(post, path = "/v1/bookings/claim", tag = "bookings", security(("bearer" = [])),
    responses((status = 200, body = Page<BookingOut>)), extensions(("x-problems" = json!([error::EMAIL_NOT_VERIFIED]))))]
pub async fn claim_bookings(app: App, me: Me, Keyed(key, NoBody): Keyed<NoBody>) -> Result<Answer> {
    service::claim(&app, &me, &key).await
}
