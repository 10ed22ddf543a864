use super::read::answer;
use super::{caps, letters, people};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::UpdateBooking;
use crate::domains::bookings::model::{Booking, BookingChange};
use crate::domains::bookings::repository::{self, Live};
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::security::OwnOr;
use crate::security::permission::BookingsWrite;
use crate::stores::postgres::Conn;
use crate::version::{MustMatch, changed_meanwhile};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Changes the contact, the wishes and the notes of a booking.
pub async fn update(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateBooking,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    let change: BookingChange = patch.into();
    app.change(key, async |conn| {
        let before = repository::find(conn, &who.reach, id).await?.or_404("booking")?;
        seen.check(before.version)?;
        check_desk_notes(who, &before, &change)?;
        check_mailbox(conn, who, &before, &change, now).await?;
        check_profiles(conn, who, &before, &change).await?;
        let is_same = change.contact_email.as_ref().is_some_and(|email| *email == before.contact_email);
        let proof = if is_same { None } else { change.contact_proved_at };
        let change = BookingChange { contact_proved_at: proof, ..change.clone() };
        let change = people::with_profile(conn, &cause, &before, change).await?;
        let after =
            repository::update(conn, &before, &change, now).await?.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Ok(Answer { is_unchanged: true, ..answer(conn, &who.reach, before).await? });
        }
        outbox::publish(conn, &cause, [event]).await?;
        let about = (after.property_id, after.id);
        letters::queue(conn, letters::to_old_address(&before, &after), about, before.contact_email.as_deref()).await?;
        letters::queue(conn, letters::of_update(&before, &after), about, after.contact_email.as_deref()).await?;
        answer(conn, &who.reach, after).await
    })
    .await
    .inspect(|_| app.mailer.wake())
}

/// Checks the profile and the account that staff choose for a booking.
async fn check_profiles(conn: &Conn, who: &OwnOr<BookingsWrite>, booking: &Booking, change: &BookingChange) -> Result<()> {
    let pointer = if change.guest_id.is_some() { "/guest_id" } else { "/account_id" };
    let is_named = change.guest_id.is_some() || change.account_id.is_some();
    if is_named && !who.reach.scope.covers(booking.property_id) {
        return Err(Error::invalid(pointer, "is for staff of the hotel"));
    }
    people::check_guest(conn, booking.property_id, change.guest_id).await?;
    let account_id = change.account_id.flatten().filter(|id| booking.account_id != Some(*id));
    people::check_account(conn, booking.property_id, account_id).await
}

/// Checks that only staff write what only staff read.
fn check_desk_notes(who: &OwnOr<BookingsWrite>, booking: &Booking, change: &BookingChange) -> Result<()> {
    let pointer = match (&change.notes, &change.tags) {
        (Some(_), _) => "/notes",
        (None, Some(_)) => "/tags",
        (None, None) => return Ok(()),
    };
    if who.reach.scope.covers(booking.property_id) { Ok(()) } else { Err(Error::invalid(pointer, "is for staff of the hotel")) }
}

/// Checks that guests do not give bookings to a mailbox that has as many as the hotel allows.
async fn check_mailbox(
    conn: &Conn,
    who: &OwnOr<BookingsWrite>,
    booking: &Booking,
    change: &BookingChange,
    now: DateTime<Utc>,
) -> Result<()> {
    let new = change.contact_email.as_ref().filter(|email| **email != booking.contact_email);
    let (Some(email), false) = (new, who.reach.scope.covers(booking.property_id)) else { return Ok(()) };
    let Some(email) = email else {
        return Err(Error::invalid("/contact/email", "only staff of the hotel can remove the address"));
    };
    let live = caps::lock(conn, booking, Some(email), now).await?;
    // The account has neither more nor less than before.
    let live = Live { bookings_of_account: 0, nights_of_account: 0, ..live };
    let property = properties::find(conn, booking.property_id).await?.or_404("booking")?;
    let nights = repository::stays_of(conn, &[booking]).await?;
    let nights = nights.iter().filter(|stay| stay.status.has_nights()).map(|stay| stay.nights().count()).sum();
    Ok(caps::check(live, nights, &property.settings)?)
}
