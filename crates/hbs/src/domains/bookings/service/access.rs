//! Guests without an account: they book with an address, and a link that is mailed there proves that it is theirs and reaches
//! the booking. An account that has proved the same address can make the booking its own.
use super::change::lifecycle::{ActionRequest, act};
use super::read;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::{AccessOut, BookingOut, LookUp};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, MailKind};
use crate::domains::bookings::repository;
use crate::domains::stays::Action;
use crate::guesses::{self, Guesser};
use crate::idempotency::IdempotencyKey;
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::page::Page;
use crate::request_id::RequestId;
use crate::security::{self, Me, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::json;
use uuid::Uuid;

/// Maximum number of bookings that are claimed at once.
const MOST_CLAIMED: i64 = 200;

/// Exchanges the token of a mailed link for access to its booking. The link has proved the address: a hold that waited for that
/// is confirmed, if there still is time.
pub async fn open_link(app: &App, token: &str, request_id: RequestId, reading: &Reading) -> Result<AccessOut> {
    let guest = app.security.read_guest_link(token).ok_or(BookingError::LinkInvalid)?;
    let cause = Cause::guest_link(guest.booking_id, request_id, app.clock.now()).sealing_with(&app.person_keys);
    let reach = Reach::of_guest(guest.clone());
    let mut conn = app.db.conn().await?;
    let awaits_proof = conn.transaction(async |conn| prove(conn, &reach, guest.booking_id, &cause).await).await?;
    drop(conn);
    app.relay.wake();
    if awaits_proof {
        confirm(app, &ActionRequest::new(guest.booking_id, Action::Confirm, &reach, &cause)).await?;
    }
    let booking = read::find_for(app, &reach, guest.booking_id, reading).await?.ok_or(BookingError::LinkInvalid)?;
    let expires_in = app.config.access_token_seconds;
    let access_token = app.security.guest_access(guest, expires_in)?;
    Ok(AccessOut { access_token, token_type: "Bearer", expires_in, booking })
}

/// Notes that the address is the contact's. Returns whether a hold waits for that.
async fn prove(conn: &Conn, reach: &Reach, booking_id: Uuid, cause: &Cause) -> Result<bool> {
    let found = repository::find(conn, reach, booking_id).await?;
    let booking = found.filter(|booking| booking.guest_at(cause.at).is_some()).ok_or(BookingError::LinkInvalid)?;
    if booking.contact_proved_at.is_none()
        && let Some(after) = repository::prove_contact(conn, &booking, cause.at).await?
    {
        outbox::publish(conn, cause, [Event::changed(&booking, &after).named("booking.contact_proved")]).await?;
    }
    Ok(booking.awaits_proof)
}

/// Confirms a hold. What keeps it from that, the booking shows.
async fn confirm(app: &App, request: &ActionRequest<'_>) -> Result<()> {
    match act(app, &IdempotencyKey::none(), request).await {
        Ok(_) => {
            app.mailer.wake();
            Ok(())
        }
        Err(error @ Error::Client(_)) => {
            tracing::info!(booking_id = %request.booking_id, ?error, "a hold could not be confirmed by its link");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Has the link to a booking mailed anew to the address of its contact. Whether there is such a booking is looked up when the
/// mail is sent: so the answer, and the work for it, are the same.
pub async fn look_up(app: &App, guesser: Guesser, request: LookUp) -> Result<()> {
    let LookUp { reference, email } = request;
    let queue = || async {
        let conn = app.db.conn().await?;
        let params = json!({"reference": reference.to_uppercase()});
        let kind = MailKind::LookUp.as_str();
        mail::enqueue(&conn, &[Mail { kind, address: &email, user_id: None, booking: None, params }]).await?;
        // Nobody learns whether it was right: each counts.
        Ok::<_, Error>(None::<()>)
    };
    guesses::guess(app, guesser, queue).await?;
    app.mailer.wake();
    Ok(())
}

/// Gives the caller's account the bookings that were made with its address and belong to none.
pub async fn claim(app: &App, me: &Me, key: &IdempotencyKey) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let address = repository::lock_address(conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
        let (email, true) = address else { return Err(BookingError::AddressNotVerified.into()) };
        let unclaimed = repository::lock_unclaimed(conn, &email, MOST_CLAIMED).await?;
        if unclaimed.is_empty() {
            return Answer::done(&Page::<BookingOut>::whole(Vec::new()));
        }
        let claimed = give(conn, &unclaimed, me.user_id(), &cause).await?;
        let reach = Reach { owner: Some(me.user_id()), ..Reach::of_scope(Scope::Properties([].into())) };
        Answer::done(&Page::whole(read::show(conn, &reach, claimed, &Reading::default()).await?))
    })
    .await
}

/// Gives bookings of a demo hotel to an account, as if it had claimed them.
pub async fn give_for_demo(conn: &Conn, ids: &[Uuid], user_id: Uuid, cause: &Cause) -> Result<()> {
    let mut unclaimed = Vec::with_capacity(ids.len());
    for id in ids {
        unclaimed.extend(repository::find(conn, &Reach::of_scope(Scope::All), *id).await?);
    }
    unclaimed.sort_by_key(|booking| booking.id);
    give(conn, &unclaimed, user_id, cause).await.map(drop)
}

/// Gives bookings, in the order of their ids, to an account.
async fn give(conn: &Conn, unclaimed: &[Booking], user_id: Uuid, cause: &Cause) -> Result<Vec<Booking>> {
    let claimed = repository::claim(conn, unclaimed, user_id, cause.at).await?;
    let event = |(before, after): (&Booking, &Booking)| Event::changed(before, after).named("booking.claimed");
    let events: Vec<Event> = unclaimed.iter().zip(&claimed).map(event).collect();
    outbox::publish(conn, cause, events).await?;
    Ok(claimed)
}
